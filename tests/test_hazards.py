"""Every hazard that docs/hazards.md names has its tests: each of them is there, is collected, and is not set aside."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "hazards.md"
ROWS = [[cell.strip() for cell in line.strip("|\n ").split(" | ")] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][2:]
NAMED = re.compile(r"`(test_\w+\.py)(?:::(test_\w+))?`")


def set_aside(path: Path) -> set[str]:
    """Return the tests of a file that are always skipped or expected to fail."""
    tests = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)]
    return {test.name for test in tests if any(re.search(r"mark\.(?:skip\b|xfail)", ast.unparse(one)) for one in test.decorator_list)}


@pytest.fixture(scope="module")
def collected():
    """Give the tests that pytest finds in the files that the page names, by file."""
    files = sorted({file for row in ROWS for file, _ in NAMED.findall(row[2])})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *(str(TESTS / file) for file in files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=TESTS.parent)
    found: dict[str, set[str]] = {}
    for file, test in re.findall(r"^tests/(test_\w+\.py)::(test_\w+)", done.stdout, re.MULTILINE):
        found.setdefault(file, set()).add(test)
    return found


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_hazard_is_met_and_tested(row, collected):
    hazard, met, shown = row
    named = NAMED.findall(shown)

    assert hazard
    assert met
    assert named
    assert NAMED.sub("", shown).strip() == ""
    missing = [f"{file}::{test}" for file, test in named if file not in collected or (test and test not in collected[file])]
    assert missing == []
    assert [test for file, test in named if test in set_aside(TESTS / file)] == []


def test_the_page_holds_every_hazard():
    assert len(ROWS) >= 23
    assert len({row[0] for row in ROWS}) == len(ROWS)
