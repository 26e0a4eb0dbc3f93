"""The docs: every command that they show is run, in order, and every link leads somewhere."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").rglob("*.md"))
REFERENCE: dict[Path, str] = runpy.run_path(str(ROOT / "docs/build.py"))["pages"]()
SHOWN = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[str]:
    return [line for block in SHOWN.findall(page.read_text(encoding="utf-8")) for line in block.splitlines() if line.strip()]


# Pages whose commands name sites and files of the reader's own.
NAMED = ("rules.md", "house.md", "crawl.md", "corpus.md")
WITH_COMMANDS = [p for p in PAGES if commands(p) and p.parent.name != "reference" and p.name not in NAMED]
SCHEDULER = "tcp://10.0.0.1:8786"  # what docs/howto/cluster.md writes for the address of the reader's own


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Give a folder with a data folder of the sample pages, in which `mttq` and `python` are those under test."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "bin").mkdir()
    for name, of in (("mttq", f'exec "{sys.executable}" -m extractor "$@"'), ("python", f'exec "{sys.executable}" "$@"')):
        path = folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{of}\n", encoding="utf-8")
        path.chmod(0o755)
    for name in ("corpus", "tests", "extractor", "rules", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "docs", folder / "docs")  # a page writes the reference anew: not that of the test's own
    run(folder, "mttq run --quiet")
    return folder


def run(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S602  # our own pages
    assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done


@pytest.mark.parametrize("page", [p for p in WITH_COMMANDS if p.stem != "cluster"], ids=lambda p: p.stem)
def test_every_command_of_a_page_works(page, place):
    for line in commands(page):
        run(place, line)


@pytest.mark.filterwarnings("default")
def test_every_command_for_a_cluster_works(place):
    distributed = pytest.importorskip("distributed")
    lines = commands(ROOT / "docs/howto/cluster.md")

    assert any(SCHEDULER in line for line in lines)
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        for line in lines:
            run(place, line.replace(SCHEDULER, cluster.scheduler_address))


@pytest.mark.parametrize("path", sorted(REFERENCE), ids=lambda p: p.stem)
def test_a_reference_page_says_what_the_code_and_the_rules_say(path):
    assert path.exists() and path.read_text(encoding="utf-8") == REFERENCE[path], "out of date; write it anew: python docs/build.py"


def test_no_reference_page_is_left_of_what_is_gone():
    assert {*(ROOT / "docs/reference").rglob("*.md")} == set(REFERENCE)


def test_the_tutorial_and_how_to_pages_are_there():
    assert {p.stem for p in WITH_COMMANDS} == {"tutorial", "add-a-site", "add-a-rule", "annotate", "cite", "many-pages", "cluster"}


@pytest.mark.parametrize("page", [*(p for p in PAGES if p.parent.name != "rules"), ROOT / "README.md"], ids=lambda p: p.stem)
def test_links_of_a_page_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), target


def test_every_verb_stands_in_the_readme():
    done = subprocess.run([sys.executable, "-m", "extractor", "--help"], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    verbs = re.findall(r"^  (\w+)  ", done.stdout.split("Commands:")[1], re.MULTILINE)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert len(verbs) >= 11
    assert [verb for verb in verbs if f"mttq {verb}" not in readme] == []
