"""What annotated texts teach: the form of marked paragraphs, training, and the tables of weights that the rules travel with."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor import extract
from extractor.corpus import marked
from extractor.corpus.train import Example, fit
from extractor.data import rules_dir
from extractor.errors import InputError, RuleError
from extractor.extraction import find_facts
from extractor.facts import learned
from extractor.facts.context import Contexts, named
from extractor.read.sentences import sentences
from extractor.reading import Found, make_reading

PARAGRAPHS = sorted((Path(__file__).parents[1] / "corpus" / "marked").glob("*.txt"))


@pytest.mark.parametrize("path", PARAGRAPHS, ids=lambda p: p.stem)
def test_every_paragraph_can_be_read(path: Path) -> None:
    texts = list(marked.read(path))
    assert texts
    for text, marks in texts:
        assert all(text[mark.start : mark.end].strip() for mark in marks)
        assert [m.start for m in marks] == sorted(m.start for m in marks)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Trao [[20 suất|gift]]", "is not"),
        ("Trao [[20 suất|present|gift_giving]]", "no label"),
        ("Trao [[20 suất|gift|giving]]", "no type of activity"),
        ("Còn [[5 triệu|other|-]]", "no label"),
    ],
)
def test_a_wrong_mark_is_named(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "wrong.txt"
    path.write_text(f"Đúng [[5 hộ|beneficiary|relief]].\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"wrong\.txt:2: .*{told}"):
        list(marked.read(path))


def test_what_examples_share_is_learned() -> None:
    examples = [Example(["always", f"L:{w}", f"R:{i}"], label) for i in range(9) for w, label in (("góp", "raised"), ("trao", "given"))]
    labels, weights = fit(examples)
    assert labels == ["given", "raised"]
    assert weights["L:góp"][1] > 0 > weights["L:góp"][0]
    assert weights["L:trao"][0] > 0 > weights["L:trao"][1]


def test_a_table_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "flow.tsv"
    learned.write(path, ["given", "raised"], {"L:góp": [-0.5, 0.5], "L:x": [0.001, 0.0]}, head="made so", rules=1.5)
    model = learned.read(path)
    assert (model.labels, model.features, model.weights.tolist(), model.rules) == (("given", "raised"), ("L:góp",), [[-50, 50]], 150)


@pytest.mark.parametrize("text", ["", "rules\tx\tgiven\n", "rules\t1\tgiven\traised\nL:góp\t5\n", "rules\t1\tgiven\nL:góp\tviel\n"])
def test_a_broken_table_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "flow.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=r"flow\.tsv"):
        learned.read(path)


@pytest.mark.parametrize("name", [*learned.QUESTIONS.values(), "activity"])
def test_the_tables_travel_with_the_rules(name: str) -> None:
    model = learned.read(rules_dir() / "learned" / f"{name}.tsv")
    assert len(model.labels) > 5
    assert "always" in model.features


def test_the_words_around_a_fact() -> None:
    text = "Hội nghị họp. Trao 20 suất quà cho dân."
    start = text.index("20")
    fact = Found(table="quantities", start=start, end=start + 11, rule="", columns={"unit": "suất", "what": "suất quà"})
    meeting = Found(table="quantities", start=0, end=8, rule="")
    features = named(Contexts(make_reading(text, sentences(text))).features(fact, before=(meeting, "event")))
    assert {"L:trao", "L0:trao", "R:cho", "R0:cho", "M:0 suất", "unit=suất", "what:quà", "before:event"} <= set(features)
    assert not {"L:họp", "L:nghị"} & set(features)
    assert len(features) == len(set(features))


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("Anh Tư dốc túi cho bà cụ 2 triệu đồng làm lộ phí.", "given"),
        ("Ông chủ tiệm dúi cho cháu 500 nghìn đồng.", "given"),
        ("Tiền thợ lợp mái tám triệu đồng.", "worth"),
        ("Mỗi ngày chị bán vé số lời 100 nghìn đồng.", "indicator"),
    ],
)
def test_what_no_rule_has_words_for_is_read_by_what_was_learned(text: str, flow: str) -> None:
    reading = make_reading(text, sentences(text))
    assert [f.columns.get("flow") for f in find_facts(reading) if f.table == "money"] == [None]
    assert [f.columns["flow"] for f in find_facts(reading, Contexts(reading)) if f.table == "money"] == [flow]


def test_an_activity_is_what_its_words_name() -> None:
    told = extract("Thôn tổ chức Ngày hội Đại đoàn kết, tuyên dương 12 hộ gia đình văn hóa tiêu biểu.").activities
    assert {a.type for a in told if "Ngày hội" in a.trigger} == {"festival"}
