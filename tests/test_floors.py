"""Floors: scores may not fall silently, whatever they were measured on; lowering one is asked for by name."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from extractor import floors, score_pages
from extractor.data import pages_dir
from extractor.errors import FloorError, InputError

CORPUS = pages_dir().parent
FLOORS = CORPUS / "floors.json"


@pytest.fixture
def measured() -> floors.Measured:
    scores = {"seen": {"text": 0.99, "chrome": -0.0}, "unseen": {"text": 0.95, "chrome": -2.0}}
    return floors.Measured("pages", 7, "a" * 64, scores)


@pytest.mark.parametrize("corpus", sorted(floors.read(FLOORS)))
def test_scores_hold_their_floors(corpus: str) -> None:
    floors.gate(FLOORS, floors.measure(CORPUS / corpus))


def test_the_pages_have_floors_as_high_as_they_must_be() -> None:
    entry = floors.read(FLOORS)["pages"]
    for pages in (entry["seen"], entry["unseen"]):
        assert pages["text"] >= 0.99
        assert pages["text of the worst family"] >= 0.95
        assert min(pages["title"], pages["date"]) >= 0.98
        assert pages["author"] >= 0.95
        assert pages["chrome"] == 0


def test_a_fall_is_told_with_its_figures(tmp_path: Path, measured: floors.Measured) -> None:
    path = tmp_path / "floors.json"
    with pytest.raises(FloorError, match="no floors of pages"):
        floors.gate(path, measured)
    floors.update(path, measured)
    floors.gate(path, measured)
    worse = replace(measured, scores={"seen": measured.scores["seen"], "unseen": {"text": 0.94, "chrome": -3.0}})
    with pytest.raises(FloorError, match=r"(?s)chrome: -3.*unseen, text: 0.9400, floor 0.9500"):
        floors.gate(path, worse)
    with pytest.raises(FloorError, match="--allow-regression"):
        floors.update(path, worse)
    floors.gate(path, measured)  # what was refused has not been written
    floors.update(path, worse, allow_regression=True)
    floors.gate(path, worse)


def test_a_score_that_is_measured_no_more_is_a_fall(tmp_path: Path, measured: floors.Measured) -> None:
    floors.update(tmp_path / "floors.json", measured)
    fewer = replace(measured, scores={"seen": measured.scores["seen"], "unseen": {"text": 0.95}})
    with pytest.raises(FloorError, match="chrome: not measured"):
        floors.gate(tmp_path / "floors.json", fewer)


def test_better_scores_on_other_files_are_to_be_written_anew(tmp_path: Path, measured: floors.Measured) -> None:
    floors.update(tmp_path / "floors.json", measured)
    with pytest.raises(FloorError, match="--update"):
        floors.gate(tmp_path / "floors.json", replace(measured, sha256="b" * 64, files=9))


def test_other_corpora_keep_their_floors(tmp_path: Path, measured: floors.Measured) -> None:
    path = tmp_path / "floors.json"
    floors.update(path, measured)
    floors.update(path, replace(measured, corpus="articles"))
    assert set(floors.read(path)) == {"pages", "articles"}


def test_the_hash_is_of_every_file(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    shutil.copytree(CORPUS / "pages" / "hoian", folder / "hoian")
    before = floors.measure(folder)
    page = next((folder / "hoian").glob("*.html"))
    page.write_text(page.read_text(encoding="utf-8") + "<!-- x -->", encoding="utf-8")
    after = floors.measure(folder)
    assert before.sha256 != after.sha256
    assert before.scores == after.scores


def test_facts_are_measured_by_table(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for path in sorted((CORPUS / "articles").glob("*.json"))[:2]:
        shutil.copy(path, folder)
    scores = floors.measure(folder).scores
    assert {"money", "locations", "links", "digits"} <= set(scores["seen"]) | set(scores["unseen"])


def test_what_cannot_be_measured_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no files"):
        floors.measure(tmp_path)
    (tmp_path / "floors.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="no JSON"):
        floors.read(tmp_path / "floors.json")


def test_the_summary_counts_chrome_and_the_worst_family() -> None:
    pages = [
        score_pages.Judged("a", "1", True, {"kind": 1, "text": 1, "title": 1, "date": 1, "author": 1, "chrome": 0}),
        score_pages.Judged("b", "2", True, {"kind": 1, "text": 0.5, "title": 0, "date": 1, "author": 1, "chrome": 2}),
        score_pages.Judged("b", "3", True, {"kind": 0}),
    ]
    figures = score_pages.summary(pages, seen=True)
    assert figures["text"] == 0.75
    assert figures["text of the worst family"] == 0.5
    assert figures["chrome"] == -2
    assert figures["kind"] == pytest.approx(2 / 3)
    assert json.dumps(figures)
