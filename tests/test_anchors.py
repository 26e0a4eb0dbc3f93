"""Patterns tried where they may begin find what a search finds, whatever the text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from extractor.anchors import Anchors, Openings, beginnings
from extractor.rules import anchors, load
from extractor.text import fold

ARTICLES = Path(__file__).parents[1] / "corpus" / "articles"
NAMES = ("activities", "dates", "documents", "money", "non_facts", "participants", "programmes", "quantities")
FILES = [load(name) for name in NAMES]


def patterns_of(file):
    all_of = (*(r.match for r in file.rules), *(c.pattern for c in file.cues), file.cue_words)
    return [pattern for pattern in all_of if pattern is not None]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"xã|phường", {"xã", "phường"}),
        (r"(?<!\w)(?:từ )?ngày", {"từ ngày", "ngày"}),
        (r"\d{1,2}/\d", {"0/0", "00/0"}),
        (r"(?<a>năm) +(?<b>[12]\d)", {"năm 00", "năm  "}),
        (r"(?:ab)+c", {"abc", "ababc", "abababc", "abababa"}),
        (r"(?:ab){2}c", {"ababc"}),
        (r"[xy]a?b", {"xab", "xb", "yab", "yb"}),
        (r"(?>ab|a)\w", {"ab", "a"}),
        (r"(?=xyz)ab", {"ab"}),
        (r"\d(?=,| và)", {"0,", "0 và"}),
        (r"(?:a(?=b)|c)d", {"ab", "cd"}),
        (r"a(?:\w*|,)", {"a"}),
        (r"a\w", {"a"}),
        (r"(a)\1", {"a"}),
        (r"\w+", None),
        (r"(?:xã)?", None),
        (r"\p{Lu}a", None),
        (r"(?i)xã", None),
    ],
)
def test_beginnings(pattern, expected):
    found = beginnings(regex.compile(pattern))
    # Of two words one of which begins with the other, the shorter is enough.
    wanted = expected and {w for w in expected if not any(w != v and w.startswith(v) for v in expected)}

    assert (found and set(found)) == wanted


def test_patterns_of_many_beginnings_have_shorter_ones():
    many = "|".join(f"{a}{b}{c}{d}" for a in "abcdefgh" for b in "abcdefgh" for c in "abcdefgh" for d in "abcdefgh")
    found = beginnings(regex.compile(many))

    assert found is not None
    assert {len(word) for word in found} == {3}


def spans(matches):
    return [match.span() for match in matches]


def assert_the_same(text):
    for file in FILES:
        scan = anchors().scan(text)
        for pattern in patterns_of(file):
            assert spans(scan.each(pattern)) == spans(pattern.finditer(text)), pattern.pattern


WORDS = sorted({word for file in FILES for words in file.words.values() for word in words[:40]})
PIECES = st.one_of(
    st.sampled_from([fold(word) for word in WORDS]),
    st.sampled_from(["12", "3/4/2023", "1.250", "٣", "５", "2²", "  ", "\n", " - ", "(", ")", ",", ".", "/", "i. ", "ngày 5", "tháng 10 năm 2022", "từ", "đến"]),
    st.text(max_size=4),
)


@given(st.lists(PIECES, max_size=30), st.sampled_from([" ", "", "  "]))
def test_the_same_in_any_text(pieces, between):
    assert_the_same(fold(between.join(pieces)))


@pytest.mark.parametrize("path", sorted(ARTICLES.glob("*.json"))[::8], ids=lambda p: p.stem)
def test_the_same_in_articles(path):
    assert_the_same(fold(json.loads(path.read_text(encoding="utf-8"))["text"]))


def test_examples_of_the_rules_are_found_as_by_a_search():
    assert_the_same(fold("\n".join(e.text for file in FILES for rule in file.rules for e in rule.yes)))


@pytest.mark.parametrize("source", [r"(?<!\w)(?<mention>xã) [^,]*(?: xã)?", r"(?<mention>\p{L}+) [^,]*(?: xã)?"])
def test_what_stands_behind_a_mention_may_be_the_next(source):
    pattern = regex.compile(source)
    scan = Anchors([pattern]).scan("xã và xã và axã, xã")

    assert [match.start() for match in scan.each(pattern)] == [0]
    assert [match.start() for match in scan.each(pattern, "mention")] == ([0, 6] if beginnings(pattern) else [0, 3, 6, 9])


def test_openings_leave_out_only_what_cannot_match():
    rules = [rule for name in ("money", "participants", "quantities") for rule in load(name).rules]
    openings = Openings((rule.after, rule) for rule in rules)
    text = fold("\n".join(e.text for rule in rules for e in rule.yes))
    places = [m.end() for m in regex.finditer(r"\d+", text)]
    kept = 0
    for place in places:
        may = openings.at(text, place)
        assert [r for r in rules if r.after is None or r.after.match(text, place)] == [
            r for r in may if r.after is None or r.after.match(text, place)
        ]
        kept += len(may)

    assert kept < 0.5 * len(places) * len(rules)


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        (r"(?<!\w)a", [0, 2]),
        (r"(?<=^|\n)a", [0]),
        (r"(?<= +)a", [2]),
        (r"a", [0, 2, 4]),
        (r"(?<!\w)\d", [6]),
        (r"\d", [6, 7]),
        (r"(?<!\w)\w{1,4} ?\d", [2, 6]),
        (r"\w{2,4} \d", [2, 3]),
    ],
)
def test_places_that_what_stands_before_rules_out_are_not_tried(pattern, places):
    compiled = regex.compile(pattern)

    assert Anchors([compiled]).scan("a ada 12").places(compiled) == places


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?<![^\w])\d", r"(?<![\d,])\d{2}|(?<!a)b", r"(?<=[^\d]|^)\d", r"(?<!a{2})a", r"(?<!aa|b)a", r"(?<=a|^b)b", r"(?<=a{2})b",
        r"[^\W\d_]{1,3}-?\d", r"\w{2,3}\d(?=-|/)", r"(?:[^,]{0,2}/|a)\d", r"\d{1,2}/(?:\d{1,2}/)?\d(?!\d)", r"(?:a(?=b)|b)\d?",
        r"(?<=\d)\d", r" {2,9}a|a {1,9}b| {0,9}/", r"(?:a|\d ){0,3}(?:b|-)",
    ],
)  # fmt: skip
@given(st.text("ab12٣ -/\n,_²", max_size=12))
def test_the_same_with_any_beginning(pattern, text):
    compiled = regex.compile(pattern)

    assert spans(Anchors([compiled]).scan(text).each(compiled)) == spans(compiled.finditer(text))


def test_most_patterns_of_the_rules_are_anchored():
    patterns = [pattern for file in FILES for pattern in patterns_of(file)]

    assert sum(1 for pattern in patterns if beginnings(pattern)) > 0.95 * len(patterns)
