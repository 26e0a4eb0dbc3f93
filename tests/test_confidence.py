"""Confidence: measured by rule on the seen articles, kept as data, and holding on articles that nobody read for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor import confidence, extract, score
from extractor.corpus.calibrate import calibrate, counts
from extractor.data import rules_dir
from extractor.errors import InputError, RuleError
from extractor.schema import FACT_TABLES
from extractor.score_report import predict

ARTICLES = Path(__file__).parent.parent / "corpus" / "articles"
TABLE = rules_dir() / "confidence.tsv"


def test_what_is_marked_sure_is_right_on_unseen_articles() -> None:
    judged = [score.judge(case) for case in score.load_cases(ARTICLES, predict) if not case.seen]
    ((_, _, rows, share),) = [band for band in score.reliability(judged, edges=(0.9, 1.01)) if band[0] == "all"]
    assert rows > 2_000
    assert share >= 0.9
    for name, _, rows, share in score.reliability(judged, edges=(0.9, 1.01)):
        assert rows < 30 or share >= 0.85, name


def test_the_table_is_what_its_counts_say() -> None:
    known = confidence.read(TABLE.read_text(encoding="utf-8").splitlines())
    assert {f"{table}: *" for table in FACT_TABLES} <= known.keys()
    priors, table = {}, ""
    for line in TABLE.read_text(encoding="utf-8").splitlines()[4:]:
        rule, right, of, sure = line.split("\t")
        if rule.endswith(": *"):
            table = rule
            priors[table] = int(right) / int(of)
        assert float(sure) == confidence.smoothed(int(right), int(of), priors[table]), rule


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0, 1))
def test_more_right_is_never_less_sure(right: int, wrong: int, prior: float) -> None:
    sure = confidence.smoothed(right, right + wrong, prior)
    assert 0 < sure < 1
    assert confidence.smoothed(right + 1, right + wrong + 1, prior) >= sure - 0.01
    assert confidence.smoothed(right, right + wrong + 1, prior) <= sure + 0.01


def test_facts_bear_the_confidence_of_their_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidence, "_table", lambda: {"money: dong": 0.77, "quantities: *": 0.66})
    found = extract("Trao 5 suất quà và 20 triệu đồng cho 3 hộ nghèo.")
    assert found.money[0].confidence == pytest.approx(0.77)
    assert found.quantities[0].confidence == pytest.approx(0.66)  # a rule that was never measured
    assert found.participants[0].confidence == pytest.approx(0.9)  # a kind of fact that was never measured


def test_a_line_that_is_wrong_is_named() -> None:
    with pytest.raises(RuleError, match="line 2"):
        confidence.read(["money: dong\t1\t1\t0.9", "money: dong\t1"])
    with pytest.raises(RuleError, match="line 1"):
        confidence.read(["money: dong\t1\t1\tsure"])


def annotated(folder: Path, *, seen: bool) -> None:
    import json

    text = "Trao 5 suất quà và 20 triệu đồng."
    facts = {
        "quantities": [{"mention": "5 suất quà", "value": "6", "start": 5, "end": 15}],
        "money": [{"mention": "20 triệu đồng", "amount": "20000000", "currency": "VND", "start": 19, "end": 32}],
    }
    (folder / "x.json").write_text(json.dumps({"text": text, "seen": seen, "facts": facts}), encoding="utf-8")


def test_calibration_counts_what_each_rule_gave(tmp_path: Path) -> None:
    annotated(tmp_path, seen=True)
    found = counts(score.load_cases(tmp_path, predict))
    assert found["money", "money: dong"] == (1, 1)
    assert found["quantities", "quantities: gifts"] == (0, 1)
    assert found["activities", "activities: gift giving"] == (0, 1)
    assert calibrate(tmp_path, tmp_path / "confidence.tsv") == 1
    known = confidence.read((tmp_path / "confidence.tsv").read_text(encoding="utf-8").splitlines())
    assert known["money: dong"] > known["quantities: gifts"]


def test_unseen_articles_teach_nothing(tmp_path: Path) -> None:
    annotated(tmp_path, seen=False)
    with pytest.raises(InputError, match="seen"):
        calibrate(tmp_path, tmp_path / "confidence.tsv")
    assert not (tmp_path / "confidence.tsv").exists()
