"""What annotated texts teach: the form of marked paragraphs, training, and the tables of weights that the rules travel with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from extractor import extract
from extractor.corpus import marked
from extractor.corpus.descent import Course, Lesson, inputs_of, joined, teach
from extractor.corpus.train import train
from extractor.errors import InputError, RuleError
from extractor.extraction import find_facts, read_facts
from extractor.facts import learned
from extractor.facts.context import PURPOSES, UNKNOWN, Contexts, Names
from extractor.link.activities import find_activities
from extractor.link.figures import QUESTIONS, Company, company_inputs, figures
from extractor.link.settle import around
from extractor.read.sentences import sentences
from extractor.reading import Found, make_reading

CORPUS = Path(__file__).parents[1] / "corpus"
_MANY = 20_000
COURSE = Course(16, 5, 0.2)
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


def lesson(*, beside: np.ndarray | None = None) -> Lesson:
    """Return examples of two labels, of which the second input tells them apart."""
    rows = [[0, 1 + at % 2, 3 + at % 5] for at in range(_MANY)]
    return Lesson(inputs_of(rows, 8), np.arange(_MANY) % 2, 2, beside)


def test_what_examples_share_is_learned() -> None:
    network = teach({"flow": lesson()}, COURSE, seed=1)
    assert network.answer("flow", inputs_of([[0, 1], [0, 2]], 8)).argmax(axis=1).tolist() == [0, 1]
    again = teach({"flow": lesson()}, COURSE, seed=1)
    assert np.array_equal(network.weights, again.weights)


def test_shares_are_learned_from_as_well() -> None:
    shares = np.random.default_rng(0).random((_MANY, 3), np.float32)
    truth = (shares[:, 0] > shares[:, 1]).astype(int)
    network = teach({"flow": Lesson(shares, truth, 2)}, COURSE, seed=0)
    weights, biases = network.answers["flow"]
    told = np.maximum(np.array([[0.9, 0.1, 0.5], [0.1, 0.9, 0.5]], np.float32) @ network.weights, 0) @ weights + biases
    assert told.argmax(axis=1).tolist() == [1, 0]


def test_what_speaks_beside_is_not_learned_again() -> None:
    beside = np.array([[6.0, 0.0], [0.0, 6.0]] * (_MANY // 2), dtype=np.float32)
    shown = inputs_of([[0, 1], [0, 2]], 8)
    alone, helped = (teach({"flow": of}, COURSE, seed=0).answer("flow", shown) for of in (lesson(), lesson(beside=beside)))
    assert np.abs(np.diff(helped)).max() < np.abs(np.diff(alone)).max()


def test_joined_networks_say_what_they_say_on_average() -> None:
    both = [teach({"flow": lesson()}, COURSE, seed=seed) for seed in (0, 1)]
    shown = inputs_of([[0, 1, 4], [0, 2], []], 8)
    mean = np.mean([one.answer("flow", shown) for one in both], axis=0)
    assert np.allclose(joined(both).answer("flow", shown), mean, atol=1e-5)


def answers() -> dict[str, learned.Answers]:
    return {"flow": learned.Answers(("given", "raised"), np.array([[1, -1], [-1, 1]], np.float32), np.array([0.5, 0], np.float32))}


def test_a_network_comes_back_as_it_was_written(tmp_path: Path) -> None:
    weights = np.array([[0.5, -2.0], [0.25, 1.0], [0.0, 0.01]], np.float32)
    for name in ("one.npz", "two.npz"):
        learned.write(tmp_path / name, ["always", "L:góp", "L::"], weights, answers())
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    net = learned.read(tmp_path / "one.npz")
    assert net.inputs == ("always", "L:góp", "L::")
    assert np.allclose(net.weights * net.scales, [*weights, [0, 0]], atol=0.01)
    assert net.answers["flow"].labels == ("given", "raised")
    sums = learned.sums(net, learned.Bags.of([[0, 1], [UNKNOWN], [1]]))
    assert np.allclose(sums, [[0.75, -1], [0, 0], [0.25, 1]], atol=0.02)
    assert np.allclose(net.answer("flow", sums), [[1.25, -0.75], [0.5, 0], [-0.25, 0.75]], atol=0.04)


def test_what_an_input_adds_is_told(tmp_path: Path) -> None:
    learned.write(tmp_path / "one.npz", ["always", "L:góp"], np.array([[0.5, -2.0], [0.25, 3.0]], np.float32), answers())
    net = learned.read(tmp_path / "one.npz")
    told = learned.heaviest(net, [0, 1], "flow", "raised", most=5)
    assert [(name, round(more, 1)) for name, more in told] == [("L:góp", 2.8)]
    assert [name for name, _ in learned.heaviest(net, [0, 1], "flow", "given", most=5)] == ["always"]


@pytest.mark.parametrize("wrong", ["text", "nothing", "shape"])
def test_a_broken_network_is_an_error(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "alone.npz"
    if wrong == "text":
        path.write_text("weights", encoding="utf-8")
    elif wrong == "nothing":
        np.savez(path, inputs=np.zeros(3, np.uint8))
    else:
        learned.write(path, ["always", "L:góp"], np.ones((3, 2), np.float32), answers())
    with pytest.raises(RuleError, match=r"alone\.npz"):
        learned.read(path)


def test_the_networks_travel_with_the_rules() -> None:
    vocabulary, alone, second = learned.learned()
    assert set(alone.answers) == set(second.answers) == set(QUESTIONS)
    labels = {question: of.labels for question, of in alone.answers.items()}
    assert {question: of.labels for question, of in second.answers.items()} == labels
    assert all(len(of) > 5 for of in labels.values())
    assert list(second.inputs) == company_inputs({question: labels[question] for question in QUESTIONS})
    assert vocabulary.of("L:", "not a word") == UNKNOWN
    assert vocabulary.of("L:", "trao") != UNKNOWN


def test_the_words_around_a_fact() -> None:
    text = "Hội nghị họp. Trao 20 suất quà cho dân."
    start = text.index("20")
    fact = Found(table="quantities", start=start, end=start + 11, rule="", columns={"unit": "suất", "what": "suất quà"})
    meeting = Found(table="quantities", start=0, end=8, rule="")
    contexts = Contexts(make_reading(text, sentences(text)), Names())
    features = {*contexts.all(fact), *contexts.joint(fact, before=(meeting, "event"))}
    assert {"L:trao", "L0:trao", "R:cho", "R0:cho", "M:0 suất", "unit=suất", "what:quà", "before:event"} <= features
    assert not {"L:họp", "L:nghị"} & features


@pytest.mark.parametrize(
    "text",
    [
        "5 hộ.",
        "Trong 6 tháng, xã vận động được 120 triệu đồng, trao 20 suất quà cho 20 hộ nghèo; Sửa 3 căn nhà (40 triệu đồng/căn).\nDự kiến: 7 hộ.",
        "Danh sách ủng hộ:\n" + "".join(f"- Ông A: {n}00.000 đồng\n" for n in range(1, 40)),
    ],
)
def test_words_are_summed_by_windows_as_one_by_one(text: str) -> None:
    reading, known = make_reading(text, sentences(text)), learned.learned()
    facts = [f for f in find_facts(reading) if f.table in PURPOSES]
    contexts = Contexts(reading, known.vocabulary)
    by_windows = learned.sums(known.alone, around(facts, contexts))
    assert np.array_equal(by_windows, learned.sums(known.alone, learned.Bags.of([contexts.all(fact) for fact in facts])))
    row_of = {name: row for row, name in enumerate(known.alone.inputs)}
    names = Contexts(reading, Names())
    assert [[row_of.get(name, UNKNOWN) for name in names.all(fact)] for fact in facts] == [contexts.all(fact) for fact in facts]


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
    assert [f.columns["flow"] for f in read_facts(reading)[0] if f.table == "money"] == [flow]


def test_an_activity_is_what_its_words_name() -> None:
    told = extract("Thôn tổ chức Ngày hội Đại đoàn kết, tuyên dương 12 hộ gia đình văn hóa tiêu biểu.").activities
    assert {a.type for a in told if "Ngày hội" in a.trigger} == {"festival"}


def test_a_figure_is_known_by_its_company(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Xã trao 20 suất quà, hết 5 triệu đồng.\nDân góp 3 triệu đồng."
    reading = make_reading(text, sentences(text))
    found = find_facts(reading)
    asked = list(figures(reading, found, find_activities(reading, found)))
    assert [reading.text[f.found.start : f.found.end] for f in asked] == ["20 suất quà", "5 triệu đồng", "3 triệu đồng"]
    labels = {"flow": ("given", "raised"), "role": (), "category": ("gift",), "activity": ("-", "relief")}
    told = {question: np.full((3, len(of)), 0.5, np.float32) for question, of in labels.items()}
    told["flow"] = np.array([[0, 0], [0.9, 0.1], [0.2, 0.8]], np.float32)
    names = company_inputs(labels)
    rows = [{name: round(float(share), 2) for name, share in zip(names, row, strict=True)} for row in np.concatenate(list(Company(asked, labels).parts(told)))]
    gift, money, gathered = rows
    monkeypatch.setattr("extractor.link.figures._AT_ONCE", 1)
    parts = [part.tolist() for part in Company(asked, labels).parts(told)]
    assert [part[0] for part in parts] == pytest.approx(np.array([list(row.values()) for row in rows]), abs=0.01)
    assert (gift["+0 flow=given"], gift["+1 flow=given"], gift["+2 flow=raised"], gift["+0 rules category=gift"]) == (0, 0.9, 0.8, 1)
    assert (gift["-1 there"], gift["+1 there"], gift["+1 same sentence"], gift["+2 same paragraph"]) == (0, 1, 1, 0)
    assert (money["sentence flow=given"], money["paragraph flow=raised"], money["text flow=raised"]) == (0, 0, 0.4)
    assert (gathered["sentence flow=raised"], gathered["+0 money"], gathered["-2 quantities"]) == (0, 1, 1)


def test_training_is_done_whole_and_again_the_same(tmp_path: Path) -> None:
    unseen = next(path for path in sorted(CORPUS.glob("articles/*.json")) if not json.loads(path.read_text(encoding="utf-8"))["seen"])
    (tmp_path / "articles").mkdir()
    shutil.copy(unseen, tmp_path / "articles")
    (tmp_path / "marked").mkdir()
    given = "Xã trao [[20 suất quà|gift|gift_giving]] cho [[20 hộ|beneficiary|gift_giving]], hết [[5 triệu đồng|given|gift_giving]]."
    raised = "Dân góp [[3 triệu đồng|raised|fundraising]]; có [[40 người|contributor|fundraising]] tham gia. Xã còn [[10 hộ nghèo|other_people|-]]."
    (tmp_path / "marked" / "a.txt").write_text("\n".join([given, raised] * 8) + "\n", encoding="utf-8")
    for to in ("one", "two"):
        counted = train(tmp_path / "articles", tmp_path / "marked", tmp_path / to)
        assert counted == {"flow": 16, "role": 24, "category": 8, "activity": 48}
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["alone.npz", "company.npz"]
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)
    net = learned.read(tmp_path / "one" / "company.npz")
    assert net.answers["activity"].labels == ("-", "fundraising", "gift_giving")
