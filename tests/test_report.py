"""The report: everything escaped, nothing loaded from elsewhere, the text whole, every fact marked where it stands."""

from __future__ import annotations

import datetime as dt
import html
import re
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.query import query
from extractor.report import page_name, write_report
from extractor.report.article import read_article, values_of
from extractor.report.gather import gathered
from extractor.report.pages import LANGUAGES, policy, render, says, shown, style
from extractor.report.spans import pieces
from extractor.schema import FACT_TABLES


@pytest.fixture(scope="module", params=LANGUAGES)
def written(request, fixed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    assert write_report(fixed, folder, language=request.param) == 18
    return folder, request.param


def pages_of(folder):
    return {p: p.read_text(encoding="utf-8") for p in folder.rglob("*.html")}


def text_of(page):
    inside = re.search(r'<div class="text" lang="vi">(.*?)</div>', page, re.DOTALL)[1]
    return html.unescape(re.sub(r"<[^>]*>", "", inside))


# --- pages ---


def test_every_article_has_a_page_that_holds_its_text_and_facts(written, ask):
    folder, _ = written
    for name in (f"a{n:02d}" for n in range(1, 18)):
        told = read_article(ask, name)
        page = (folder / "articles" / page_name(name)).read_text(encoding="utf-8")

        assert text_of(page) == told.article["text"]
        for fact in told.facts:
            assert f'id="f-{fact["fact_id"]}"' in page


def test_nothing_on_a_page_is_loaded_from_elsewhere_or_run(written):
    folder, _ = written
    for page in pages_of(folder).values():
        assert "default-src &#39;none&#39;" in page
        assert not re.findall(r"<(?:script|img|iframe|object|link|base|form)\b", page)
        assert not re.findall(r"""\s(?:src|on\w+|style)=|@import|url\((?!#empty)|javascript:""", re.sub(r"&lt;.*?&gt;", "", page))


def test_hostile_words_are_words(written):
    folder, _ = written
    page = (folder / "articles" / page_name("a16")).read_text(encoding="utf-8")

    assert "Tin &lt;script&gt;alert(1)&lt;/script&gt; không ngày" in page
    assert "&lt;img src=x onerror=alert(2)&gt;" in page


def test_links_between_the_pages_lead_somewhere(written):
    folder, _ = written
    for path, page in pages_of(folder).items():
        for target in re.findall(r'href="([^"#:]+)"', page):
            assert (path.parent / target).resolve().is_file(), target
        for anchor in re.findall(r'href="#([^"]+)"', page):
            assert f'id="{anchor}"' in page


def test_the_page_is_in_the_language_asked_for(written):
    folder, language = written
    page = (folder / "index.html").read_text(encoding="utf-8")

    assert f'<html lang="{language}">' in page
    assert {"vi": "Độ phủ theo đơn vị", "en": "Coverage by unit"}[language] in page


def test_the_same_tables_give_the_same_bytes(fixed, tmp_path):
    for name in ("one", "two"):
        write_report(fixed, tmp_path / name)

    assert {p.name: t for p, t in pages_of(tmp_path / "one").items()} == {p.name: t for p, t in pages_of(tmp_path / "two").items()}


# --- what the report tells ---


def test_what_is_gathered(ask, fixed):
    about = gathered(ask, fixed, seed="x", sample=2)

    assert [(row["source"], row["articles"]) for row in about["coverage"]] == [("bacha", 5), ("laocai", 4), ("haquang", 3), ("yenbai", 3), ("banlien", 1), ("khong", 1)]
    assert about["communes"] == {"n": 3, "of": 3321}
    assert about["counts"]["2024-11", "participants"] == 2
    assert [row["article_id"] for row in about["checks"]] == ["a08"]
    assert [row["article_id"] for row in about["damaged"]] == ["a15"]
    assert [row["fact_id"] for row in about["unsure"]] == ["a15.dk"]
    assert len([row for row in about["sample"] if row["table"] == "money"]) == 2
    assert about["sample"] == gathered(ask, fixed, seed="x", sample=2)["sample"] != gathered(ask, fixed, seed="y", sample=2)["sample"]


def test_failures_are_those_of_the_logs(fixed, tmp_path):
    from extractor.report.gather import failures

    assert failures(tmp_path) == []
    (tmp_path / "crawl-log.jsonl").write_text('{"what": "fetched", "url": "a"}\n' + '{"what": "failed", "url": "b", "why": "timeout"}\n' * 2, encoding="utf-8")
    (tmp_path / "last-run.json").write_text('{"skipped": {"list": 6}, "failed": {"too_deep": 1}, "links_not_followed": {"off_scope": 3}}', encoding="utf-8")

    assert [(row["stage"], row["reason"], row["pages"]) for row in failures(tmp_path)] == [
        ("crawl: failed", "timeout", 2), ("links not followed", "off_scope", 3), ("read: failed", "too_deep", 1), ("read: skipped", "list", 6),
    ]  # fmt: skip


def test_a_site_unlike_itself_is_told(tmp_path, store_of):
    def article(month, amounts):
        marked = " ".join(f"[{n} triệu]{{money amount={n}000000}}" for n in amounts)
        return f"source=x level=district published=2024-0{month}-05T08:00\nTin {month}\n\nTháng {month}: {marked}.\n"

    store_of(tmp_path / "same", {f"m{n}": article(n, range(1, 9)) for n in range(1, 5)})
    store_of(tmp_path / "less", {f"m{n}": article(n, range(1, 9) if n < 4 else [1]) for n in range(1, 5)})
    store_of(tmp_path / "short", {f"m{n}": article(n, range(1, 9) if n < 3 else [1]) for n in range(1, 4)})

    assert gathered(partial(query, tmp_path / "same"), tmp_path, seed="", sample=0)["drift"] == []
    assert next((row["measure"], row["month"], row["now"], row["usual"]) for row in gathered(partial(query, tmp_path / "less"), tmp_path, seed="", sample=0)["drift"]) == ("facts", "2024-04", 1, 8)
    assert gathered(partial(query, tmp_path / "short"), tmp_path, seed="", sample=0)["drift"] == [], "two earlier months are no habit"


# --- parts ---

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)).map(lambda s: {"start": s[0], "end": min(s[0] + s[1], 40)}).filter(lambda f: f["start"] < f["end"]), max_size=12)


@given(SPANS)
def test_pieces_are_the_text_and_know_their_facts(facts):
    text = "".join(chr(0x100 + n) for n in range(40))
    found = pieces(text, facts)
    position = 0
    for piece in found:
        stop = position + len(piece.text)
        assert text[position:stop] == piece.text
        expected = [f for f in facts if f["start"] <= position and stop <= f["end"]]
        assert sorted(map(id, piece.facts)) == sorted(map(id, expected))
        assert not [f for f in facts if position < f["start"] < stop or position < f["end"] < stop], "a fact begins or ends inside a piece"
        position = stop
    assert position == len(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"), (999, "999"), (1000, "1.000"), (Decimal("1300000000.00"), "1.300.000.000"), (Decimal("99.6200"), "99,62"), (-5, "-5"), (0.5, "0,5"),
        (True, "✓"), (dt.datetime(2024, 3, 5, 9, 7), "05/03/2024 09:07"), (["a", 2], "a, 2"), (None, ""), ("<b>", "<b>"),
    ],
)  # fmt: skip
def test_values_for_people(value, expected):
    assert shown(value) == expected


def test_phrases_are_there_in_both_languages_and_none_is_missing():
    for language in LANGUAGES:
        assert all(says(language)(name) for name in (*FACT_TABLES, "report"))
    with pytest.raises(KeyError):
        says("vi")("nosuch")


def test_a_value_that_a_page_is_not_given_is_an_error():
    import jinja2

    with pytest.raises(jinja2.UndefinedError):
        render("article.html", "vi")


def test_values_are_the_columns_that_say_what_a_fact_is(ask):
    fact = next(f for f in read_article(ask, "a08").facts if f["fact_id"] == "a08.than2")

    assert fact["values"] == {"amount": Decimal(2_000_000_000), "currency": "VND", "modifier": "exact", "form": "cash", "flow": "raised", "part_of": "a08.thu"}
    assert values_of("money", fact) == fact["values"]


def test_the_policy_lets_the_style_in_and_nothing_else():
    assert "script-src" not in policy()
    assert "</style" not in style()
    assert re.findall(r"url\(([^)]*)\)", style()) == ["#empty"]
