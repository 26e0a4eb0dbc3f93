"""What annotated texts teach: the form of marked paragraphs, training, and the tables of weights that the rules travel with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from extractor import extract
from extractor.corpus import marked
from extractor.corpus.train import Example, fit, train
from extractor.data import rules_dir
from extractor.errors import InputError, RuleError
from extractor.extraction import find_facts
from extractor.facts import learned
from extractor.facts.context import PURPOSES, Contexts, named
from extractor.link.belongs import neighbours
from extractor.read.sentences import sentences
from extractor.reading import Found, make_reading

CORPUS = Path(__file__).parents[1] / "corpus"
PARAGRAPHS = sorted(CORPUS.glob("marked/*.txt"))


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


@pytest.mark.parametrize("name", [*PURPOSES.values(), "activity", "neighbours"])
def test_the_tables_travel_with_the_rules(name: str) -> None:
    model = learned.read(rules_dir() / "learned" / f"{name}.tsv")
    assert len(model.labels) > 5
    assert len(model.features) > 100


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


def test_a_figure_is_told_by_its_company() -> None:
    where = [(0, 0), (0, 0), (1, 0), (2, 90)]
    company = neighbours(where, ["relief", "-", "-", "other"], ["relief", "relief", "-", "other"])
    assert [set(named(features)) for features in company] == [
        {"own:relief", "rules:relief", "+1s:relief", "+2p:-", "in sentence:relief", "most of sentence:relief", "opens sentence:relief",
         "in paragraph:-", "in paragraph:relief", "most of paragraph:-", "opens paragraph:relief"},
        {"own:relief", "rules:-", "-1s:relief", "+1p:-", "+2-:other", "in sentence:relief", "most of sentence:relief", "opens sentence:relief",
         "in paragraph:-", "in paragraph:relief", "most of paragraph:-", "opens paragraph:relief"},
        {"own:-", "rules:-", "-2p:relief", "-1p:relief", "+1-:other", "alone in sentence", "in paragraph:relief", "most of paragraph:relief",
         "opens paragraph:relief"},
        {"own:other", "rules:other", "-2-:relief", "-1-:-", "alone in sentence", "alone in paragraph"},
    ]  # fmt: skip
    assert neighbours([], [], []) == []


def test_what_speaks_beside_is_not_learned_again() -> None:
    examples = [Example(["x"], label) for label in ("given", "raised") * 10]
    beside = np.array([[5.0, 0.0], [0.0, 5.0]] * 10, dtype=np.float32)
    labels, weights = fit(examples, beside=beside)
    assert labels == ["given", "raised"]
    assert max(map(abs, weights["x"])) < 0.1


def test_training_is_done_whole_and_again_the_same(tmp_path: Path) -> None:
    unseen = next(path for path in sorted(CORPUS.glob("articles/*.json")) if not json.loads(path.read_text(encoding="utf-8"))["seen"])
    (tmp_path / "articles").mkdir()
    shutil.copy(unseen, tmp_path / "articles")
    (tmp_path / "marked").mkdir()
    given = "Xã trao [[20 suất quà|gift|gift_giving]] cho [[20 hộ|beneficiary|gift_giving]], hết [[5 triệu đồng|given|gift_giving]]."
    raised = "Dân góp [[3 triệu đồng|raised|fundraising]]; có [[40 người|contributor|fundraising]] tham gia. Xã còn [[10 hộ nghèo|other_people|-]]."
    (tmp_path / "marked" / "a.txt").write_text("\n".join([given, raised] * 6) + "\n", encoding="utf-8")
    for to in ("one", "two"):
        counted = train(tmp_path / "articles", tmp_path / "marked", tmp_path / to)
        assert counted == {"flow": 12, "role": 18, "category": 6, "activity": 36}
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["activity.tsv", "category.tsv", "flow.tsv", "neighbours.tsv", "role.tsv"]
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)
    heads = [(tmp_path / "one" / name).read_text(encoding="utf-8").split("\nrules\t")[1].split("\n")[0] for name in ("activity.tsv", "neighbours.tsv")]
    assert [head.split("\t")[1:] for head in heads] == [["-", "fundraising", "gift_giving"]] * 2
