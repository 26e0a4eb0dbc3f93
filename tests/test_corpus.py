"""Annotated articles: their form, the exchange with annotation tools without moving an offset, agreement of two annotations."""

from __future__ import annotations

import copy
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from extractor import cli
from extractor.corpus import exchange, form
from extractor.corpus.agreement import agreement
from extractor.errors import InputError

CORPUS = Path(__file__).parent.parent / "corpus"
ARTICLES = sorted([*(CORPUS / "articles").glob("*.json"), *(CORPUS / "second").glob("*.json")])
# An emoji is two code units, a flag four; a tab, line ends of two characters, letters of two code points.
ODD = "🎁 Trao\t5 suất quà 🇻🇳 cho\r\n" + unicodedata.normalize("NFD", "hộ nghèo: 20 triệu đồng") + "\n👨🏻‍🚒 7 người."


def fact(text: str, words: str, **columns: object) -> dict[str, object]:
    start = text.index(words)
    return {"mention": words, **columns, "start": start, "end": start + len(words)}


def document(text: str, **facts: list[dict[str, object]]) -> form.Document:
    tables = {table: sorted(facts.get(table, []), key=lambda f: f["start"]) for table in form.COLUMNS}
    return {"id": "x", "title": "T\t“é”", "published_at": "2024-03-05", "province": "Huế", "genre": "news", "seen": True, "text": text, "facts": tables}


ODD_DOCUMENT = document(
    ODD,
    quantities=[fact(ODD, "5 suất quà", value="5", modifier="exact", category="gift", what='quà "Tết"')],
    participants=[fact(ODD, "7 người", count="7", modifier="exact", unit="person", role="other"), fact(ODD, "quà 🇻🇳 cho\r\n" + ODD.split("\n")[1][:3], count="1", optional=True)],
    money=[fact(ODD, unicodedata.normalize("NFD", "20 triệu đồng"), amount="20000000")],
    activities=[fact(ODD, "Trao\t5 suất quà 🇻🇳 cho\r\n" + ODD.split("\n")[1], type="gift_giving", status="done", money="20000000")],
)


@pytest.mark.parametrize("path", ARTICLES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_annotated_articles_hold_to_their_form(path: Path) -> None:
    assert list(form.check_file(path)) == []


def good() -> form.Document:
    text = "Trao 5 suất quà và 20 triệu đồng."
    return document(
        text,
        quantities=[fact(text, "5 suất quà", value="5", modifier="exact", category="gift")],
        money=[fact(text, "20 triệu đồng", amount="20000000", currency="VND", modifier="exact", flow="given")],
        activities=[fact(text, "Trao", type="gift_giving", status="done", money="20000000", quantities="5")],
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["facts"]["money"][0].update(start=18), "at 18 to 32 stands"),
        (lambda d: d["facts"]["money"][0].update(start=-1), "are no place"),
        (lambda d: d["facts"]["money"][0].update(flow="lent"), "flow = 'lent' is none of"),
        (lambda d: d["facts"]["money"][0].update(amount="20 triệu"), "is not of its form"),
        (lambda d: d["facts"]["money"][0].update(colour="red"), "has no column colour"),
        (lambda d: d["facts"]["money"][0].pop("currency"), "currency is missing"),
        (lambda d: d["facts"]["activities"][0].update(quantities="5,6"), "quantities has no fact of 6"),
        (lambda d: d["facts"]["quantities"].clear(), "the digits 5 are in no fact"),
        (lambda d: d["facts"].update(houses=[]), "no table houses"),
        (lambda d: d.update(text=d["text"] + "\r\n"), "text is not in NFC"),
        (lambda d: d.pop("genre"), "genre missing"),
        (lambda d: d.update(extra=1), "unknown key extra"),
    ],
)
def test_what_is_wrong_in_an_article_is_said(change, said: str) -> None:
    assert list(form.check(good())) == []
    wrong = good()
    change(wrong)
    assert said in "\n".join(form.check(wrong))


def test_an_optional_fact_may_leave_columns_out() -> None:
    some = good()
    some["facts"]["money"][0].pop("currency")
    some["facts"]["money"][0]["optional"] = True
    assert list(form.check(some)) == []


def test_files_are_held_to_their_name_and_form(tmp_path: Path) -> None:
    form.write(good(), tmp_path, "x")
    assert list(form.check_file(tmp_path / "x.json")) == []
    form.write(good(), tmp_path, "y")
    assert "not the file's name" in "\n".join(form.check_file(tmp_path / "y.json"))
    (tmp_path / "x.json").write_text(json.dumps(good()), encoding="utf-8")
    assert "not in canonical form" in "\n".join(form.check_file(tmp_path / "x.json"))
    for content in ("{", "[]", '{"text": 1}'):
        (tmp_path / "x.json").write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match="x.json"):
            list(form.check_file(tmp_path / "x.json"))


# --- exchange ---


def returned(some: form.Document, tool: str) -> form.Document:
    """Return an article that went to a tool and came back."""
    if tool == "brat":
        return exchange.from_brat(*exchange.to_brat(some), "x")
    make, read = {
        "label-studio": (exchange.to_label_studio, exchange.from_label_studio), "doccano": (exchange.to_doccano, exchange.from_doccano),
    }[tool]  # fmt: skip
    ((name, back),) = read(make({"x": some}), "x")
    assert name == "x"
    return back


@pytest.mark.parametrize("tool", exchange.FORMS)
def test_odd_texts_come_back_as_they_went(tool: str) -> None:
    assert returned(ODD_DOCUMENT, tool) == ODD_DOCUMENT


PIECES = st.sampled_from(["🎁", "🇻🇳", "\r\n", "\n", "\t", "ộ", unicodedata.normalize("NFD", "ộ"), " ", "a", "5", "\u00a0", "\u200b", "\\n", '"', "\u2028", "\x85", "\x0c"])


@pytest.mark.parametrize("tool", exchange.FORMS)
@given(data=st.data())
def test_any_text_comes_back_as_it_went(tool: str, data: st.DataObject) -> None:
    text = "x" + "".join(data.draw(st.lists(PIECES, max_size=30))) + "x"
    places = data.draw(st.lists(st.tuples(st.integers(0, len(text) - 1), st.integers(1, 12)), max_size=6))
    spans = {(a, min(len(text), a + n)) for a, n in places}
    spans = sorted((a, b) for a, b in spans if text[a:b].strip("\n") == text[a:b])  # brat has no place for a line end alone
    facts = [{"mention": text[a:b], "amount": str(i), "purpose": text, "start": a, "end": b} for i, (a, b) in enumerate(spans)]
    some = document(text, money=facts)
    assert returned(some, tool) == some


@pytest.mark.parametrize("tool", exchange.FORMS)
def test_files_of_every_article_come_back_byte_for_byte(tool: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    for path in ARTICLES[:6]:
        form.write(form.read(path), source, path.stem)
    form.write({**ODD_DOCUMENT, "id": "odd"}, source, "odd")
    run = CliRunner().invoke
    done = run(cli.app, ["corpus", "export", str(source), str(tmp_path / "out"), "--to", tool])
    assert done.exit_code == 0, done.output
    file = {"label-studio": "tasks.json", "doccano": "articles.jsonl", "brat": ""}[tool]
    done = run(cli.app, ["corpus", "import", str(tmp_path / "out" / file), str(tmp_path / "back"), "--from", tool])
    assert done.exit_code == 0, done.output
    assert {p.name: p.read_bytes() for p in source.iterdir()} == {p.name: p.read_bytes() for p in (tmp_path / "back").iterdir()}


def test_scripts_count_an_emoji_as_two() -> None:
    (task,) = json.loads(exchange.to_label_studio({"x": ODD_DOCUMENT}))
    region = next(r for r in task["annotations"][0]["result"] if r["value"]["text"] == "5 suất quà")
    assert region["value"]["start"] == ODD.index("5 suất quà") + 1
    row = json.loads(exchange.to_doccano({"x": ODD_DOCUMENT}))
    start, end, _ = next(span for span in row["label"] if span[2] == "quantities")
    assert ODD.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le") == "5 suất quà"
    _, annotations = exchange.to_brat(ODD_DOCUMENT)
    assert f"quantities {ODD.index('5 suất')} " in annotations


def test_label_studio_of_either_count_is_read() -> None:
    tasks = json.loads(exchange.to_label_studio({"x": ODD_DOCUMENT}))
    for region in tasks[0]["annotations"][0]["result"]:
        words = region["value"]["text"] if region["type"] == "labels" else None
        if words == "5 suất quà":
            region["value"].update(start=ODD.index(words), end=ODD.index(words) + len(words))
    ((_, back),) = exchange.from_label_studio(json.dumps(tasks), "x")
    assert back == ODD_DOCUMENT


def test_spans_that_were_drawn_anew_have_no_columns() -> None:
    row = json.loads(exchange.to_doccano({"x": good()}))
    row["label"].append([0, 4, "people"])
    ((_, back),) = exchange.from_doccano(json.dumps(row), "x")
    assert back["facts"]["people"] == [{"mention": "Trao", "start": 0, "end": 4}]
    assert "people 'Trao': name is missing" in list(form.check(back))


@pytest.mark.parametrize(
    ("tool", "content", "said"),
    [
        ("label-studio", "{", "no JSON"),
        ("label-studio", "[]", "holds no articles"),
        ("label-studio", '[{"text": "a"}]', "no export of label-studio"),
        ("label-studio", '[{"data": {"text": "abc"}, "annotations": [{"result": [{"id": "1", "type": "labels", "value": {"start": 0, "end": 2, "text": "bc", "labels": ["money"]}}]}]}]', "does not stand"),
        ("doccano", '{"text": "🎁a", "label": [[0, 1, "money"]]}', "cuts a character"),
        ("doccano", '{"text": "abc", "label": [[0, 1, "colour"]]}', "is no table"),
        ("doccano", '{"text": "abc", "label": [], "name": "../x"}', "no file name"),
    ],
)
def test_what_cannot_be_read_back_is_said(tmp_path: Path, tool: str, content: str, said: str) -> None:
    path = tmp_path / "in.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        exchange.import_(path, tmp_path / "out", tool)


def test_brat_names_the_line_that_is_wrong() -> None:
    with pytest.raises(InputError, match="x.ann, line 2"):
        exchange.from_brat("abc", "T1\tmoney 0 1\ta\nT2\tmoney 0\ta\n", "x.ann")
    with pytest.raises(InputError, match="not within the text"):
        exchange.from_brat("abc", "T1\tmoney 0 9\ta\n", "x.ann")


# --- agreement ---


def test_agreement_counts_facts_and_columns(tmp_path: Path) -> None:
    other = copy.deepcopy(good())
    other["facts"]["money"][0]["flow"] = "raised"
    other["facts"]["money"][0]["per"] = "hộ"
    other["facts"]["quantities"][0]["value"] = "6"
    other["facts"]["activities"][0]["optional"] = True
    form.write(good(), tmp_path / "a", "x")
    form.write(other, tmp_path / "b", "x")
    form.write(good(), tmp_path / "a", "y")  # annotated once
    texts, tables = agreement(tmp_path / "a", tmp_path / "b")
    assert texts == 1
    assert (tables["money"].f1, tables["money"].columns) == (1.0, {"modifier": (1, 1), "per": (0, 1), "flow": (0, 1)})
    assert (tables["quantities"].both, tables["quantities"].first, tables["quantities"].second) == (0, 1, 1)
    assert (tables["activities"].both, tables["activities"].first, tables["activities"].second) == (0, 0, 0)
    assert tables["people"].f1 == 1.0
    done = CliRunner().invoke(cli.app, ["corpus", "agreement", str(tmp_path / "a"), str(tmp_path / "b")])
    assert done.stdout.splitlines()[2].split()[:3] == ["money", "1.000", "1"]


def test_agreement_is_the_same_both_ways() -> None:
    _, there = agreement(CORPUS / "articles", CORPUS / "second")
    texts, back = agreement(CORPUS / "second", CORPUS / "articles")
    assert texts == 12
    assert {t: a.f1 for t, a in there.items()} == pytest.approx({t: a.f1 for t, a in back.items()})


def test_agreement_needs_the_same_texts(tmp_path: Path) -> None:
    form.write(good(), tmp_path / "a", "x")
    form.write({**good(), "text": "Trao 6 suất quà và 20 triệu đồng."}, tmp_path / "b", "x")
    form.write(good(), tmp_path / "c", "z")
    with pytest.raises(InputError, match="different texts"):
        agreement(tmp_path / "a", tmp_path / "b")
    with pytest.raises(InputError, match="same file name"):
        agreement(tmp_path / "a", tmp_path / "c")
    with pytest.raises(InputError, match="no annotated articles"):
        agreement(tmp_path / "a", tmp_path)


def test_corpus_check_ends_with_what_was_found(tmp_path: Path) -> None:
    form.write(good(), tmp_path, "x")
    assert CliRunner().invoke(cli.app, ["corpus", "check", str(tmp_path)]).exit_code == 0
    form.write(good(), tmp_path, "y")
    done = CliRunner().invoke(cli.app, ["corpus", "check", str(tmp_path)])
    assert done.exit_code == 1
    assert "y.json: id 'x' is not the file's name" in done.stdout
