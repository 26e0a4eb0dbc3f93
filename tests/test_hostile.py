"""Broken and hostile pages: the sample pages cut, shuffled, nested and with bytes flipped; shapes made to be slow.

A few hundred pages by default; `MTTQ_FUZZ=20000 python -m pytest tests/test_hostile.py` goes on as long as one likes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html as entities
import os
import random
import re
import subprocess
import sys
import time
import unicodedata
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor import Article, clean
from extractor.clean import main_text
from extractor.clean.decode import decode
from extractor.clean.tree import parse
from extractor.clean.unpruned import look_over, prune
from extractor.data import pages_dir
from extractor.errors import PoisonError

FUZZ = int(os.environ.get("MTTQ_FUZZ", "250"))
pytestmark = pytest.mark.timeout(300 + FUZZ)
STORY = "Bà con thôn Đồng Chùa góp công làm lại con đường ra đồng, dài gần hai cây số, xong trước vụ gặt tháng mười. "
SEEN_AT = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
TAG = re.compile(r"</?(?:div|p|span|a|ul|li|td|tr|table|script|style|h[1-6]|img|br|form|input)(?:\s[^<>\n]*)?/?>", re.IGNORECASE)
INSERTS = [b"<", b">", b'"', b"'", b"&", b"\x00", b"\xff\xfe", b"<!--", b"-->", b"]]>", b"</", b"<script>", b"</script>", b"<style>", b"<table>",
           b"<tr><td>", b"<a href=x>", b"<b>", b"<p>", b"</p>", b"<svg>", b"<math><mi>", b"<template>", b"<textarea>", b"<plaintext>", b"<select>",
           b"<frameset>", b"</html>", b"</body>", b"<body hidden>", b"<html lang=x>", b"<div style=display:none>", b"&#x110000;", b"&#0;", b"&nbsp;", b"\xe2\x80\xae"]  # fmt: skip


@cache
def samples() -> list[bytes]:
    found = [path.read_bytes() for path in sorted(pages_dir().glob("*/*.html"))]
    assert len(found) > 60
    return found


def cut(page: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(page) + 1) for _ in range(2))
    return chance.choice([page[:end], page[start:], page[:start] + page[end:]])


def shuffle(page: bytes, chance: random.Random) -> bytes:
    parts = re.split(chance.choice([rb"(?=<)", rb"(?<=>)", rb"\n", rb"(?=<div)"]), page)
    chance.shuffle(parts)
    return b"".join(parts)


def nest(page: bytes, chance: random.Random) -> bytes:
    tag, times = chance.choice([b"div", b"table", b"ul", b"b", b"a", b"blockquote", b"svg", b"form"]), chance.choice([3, 40, 400, 1_500])
    at = chance.randrange(len(page) + 1)
    return page[:at] + b"<%b>" % tag * times + page[at:] + b"</%b>" % tag * chance.choice([0, times])


def flip(page: bytes, chance: random.Random) -> bytes:
    flipped = bytearray(page)
    for _ in range(chance.choice([1, 20, 300]) if page else 0):
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def insert(page: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice([1, 8, 80])):
        at = chance.randrange(len(page) + 1)
        page = page[:at] + chance.choice(INSERTS) + page[at:]
    return page


def splice(page: bytes, chance: random.Random) -> bytes:
    other = chance.choice(samples())
    return page[: chance.randrange(len(page) + 1)] + other[chance.randrange(len(other)) :]


@st.composite
def broken_pages(draw: st.DrawFn) -> bytes:
    """Return a sample page with up to four kinds of harm done to it."""
    page = draw(st.sampled_from(samples()))
    chance = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311
    for harm in draw(st.lists(st.sampled_from([cut, shuffle, nest, flip, insert, splice]), min_size=1, max_size=4)):
        page = harm(page, chance)
    return page


def read(page: bytes | str) -> Article | str:
    """Return a page's article, or the reason why it is not read: nothing else may happen."""
    try:
        return clean(page, "https://mattran.example/tin/1.html", fetched_at=SEEN_AT)
    except PoisonError as error:
        return error.reason


# Each of these once ended in an exception, or in tags as text.
CRASHES = {
    "hidden root": "<html hidden><body><p>Bản tin.</p></body></html>",
    "zone of no place": "<meta property='article:published_time' content='2024-01-22T09:12:00+47:00'><p>Bản tin.</p>",
    "title in the body": "<body><p>Bản tin.</p><title><div>Bản tin khác.</div>",
    "addresses that are none": "<base href='http://[x'><iframe src='http://[y/a.pdf'></iframe><p>Bản tin.<a href='http://[z'></a><a href='/b.pdf'></a>",
}


@pytest.mark.parametrize("page", CRASHES.values(), ids=CRASHES)
def test_pages_that_once_crashed(page: str) -> None:
    article = read(page)
    assert isinstance(article, Article)
    assert (article.text, article.published_at) == ("Bản tin.", None)


@pytest.mark.parametrize("digits", [12, 13, 25, 5_000])
def test_a_counter_fits_its_column(digits: int) -> None:
    article = read(f"<h1>Con đường ra đồng</h1>{f'<p>{STORY}</p>' * 8}<p>Lượt xem: {'9' * digits}</p>")
    assert isinstance(article, Article)
    assert article.views == (999_999_999_999 if digits == 12 else None)


def unspaced(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=FUZZ, deadline=None)
@given(broken_pages())
def test_a_broken_page_gives_a_sound_article_or_is_refused(page: bytes) -> None:
    article = read(page)
    if isinstance(article, str):
        return
    alone = main_text(page)
    shown = [article.text, article.title or "", article.lead or "", *article.captions, alone]
    assert all(unicodedata.is_normalized("NFC", text) for text in shown)
    assert not any("\x00" in text or "\r" in text for text in shown)
    assert all(text == "" or all(line and line == " ".join(line.split()) for line in text.split("\n")) for text in (article.text, alone))
    assert article.content_sha256 == hashlib.sha256(article.text.encode()).hexdigest()
    if tags := TAG.findall(article.text):
        # Broken markup may show a tag's words as text; then the parser has them as text too.
        tree = parse(decode(page))
        prune(look_over(tree))
        assert all(unspaced(tag) in unspaced(tree.body.text()) for tag in tags)
    assert len(article.text) <= 2 * len(page)
    assert read(page) == article


@settings(max_examples=FUZZ // 4, deadline=None)
@given(broken_pages())
def test_what_was_read_reads_as_itself(page: bytes) -> None:
    article = read(page)
    if isinstance(article, str) or article.kind != "article":
        return
    lines = article.text.split("\n")
    again = clean("<html><body><article>" + "".join(f"<p>{entities.escape(line)}</p>" for line in lines) + "</article></body></html>")
    assert set(again.text.split("\n")) <= {*lines, ""}


@settings(max_examples=FUZZ, deadline=None)
@given(st.lists(st.text(max_size=20) | st.sampled_from([i.decode("latin-1") for i in INSERTS]), max_size=40).map("".join))
def test_any_text_may_come_as_a_page(text: str) -> None:
    assert isinstance(read(text), Article)
    assert isinstance(read(text.encode()), Article)


# A unit said over and over: (before, unit, after).
SHAPES = {
    "paragraphs": ("", f"<p>{STORY}</p>", ""),
    "open paragraphs": ("", f"<p>{STORY}", ""),
    "one line": ("<p>", STORY, "</p>"),
    "links": ("<div>", "<a href='/tin/1.html'>Tin trong ngày</a> ", "</div>"),
    "cells": ("<table>", "<tr><td>Thôn 1<td>25 hộ", "</table>"),
    "breaks": ("<div>", "Thôn 1: 25 hộ<br>", "</div>"),
    "lists": ("<ul>", "<li class='item related'><h3><a href=/>Tin</a></h3>", "</ul>"),
    "headings": ("", "<h2>Related articles</h2>", ""),
    "comments": ("", f"<div class=comment><h1>Ý kiến</h1>{STORY}</div>", ""),
    "hidden": (STORY, f"<div hidden><span class=sr-only>{STORY}</span></div>", ""),
    "classes": ("<div class='", "menu-item sidebar_", f"'>{STORY}</div>"),
    "dates": ("<div>", "<p>Ngày 12/3/2024 10:05</p>", "</div>"),
    "entities": ("<p>", "&lt;&amp;&#7854;&nbsp;", "</p>"),
    "odd brackets": ("<p>", "<<a <", "</p>"),
    "open scripts": ("", "<script>x<", ""),
    "comments open": ("", "<!-- -- ", ""),
    "spaces": ("<p>a", " \u00a0\u200b\t", "b</p>"),
    "marks": ("<p>", "e\u0301\u0323", "</p>"),
    "digits": ("<p>", "1.000.", "</p>"),
    "deep": ("", "<div>" * 1_000 + "</div>" * 1_000, ""),
    "formats": ("", "<b><i>x</i></b><font size=2>y</font>", ""),
    "foster": ("<table>", "x<b>y</b>", "</table>"),
}


def seconds(shape: tuple[str, str, str], size: int) -> float:
    before, unit, after = shape
    page = f"<html><body>{before}{unit * (size // len(unit))}{after}</body></html>".encode()
    best = float("inf")
    for _ in range(2):
        start = time.perf_counter()
        read(page)
        best = min(best, time.perf_counter() - start)
    return best


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_time_grows_with_size_alone(shape: tuple[str, str, str]) -> None:
    read(STORY)  # rules are loaded before the clock starts
    # Eight times the size may take eight times as long; what is quadratic takes 64 times, however busy the machine.
    assert any(seconds(shape, 320_000) < 30 * max(seconds(shape, 40_000), 2e-3) for _ in range(4))


@pytest.mark.parametrize("name", ["paragraphs", "links", "lists", "cells", "formats"])
def test_memory_is_bounded_by_size(name: str) -> None:
    before, unit, after = SHAPES[name]
    script = (
        "import resource, sys\nfrom extractor import clean\n"
        f"page = {before!r} + {unit!r} * (int(sys.argv[1]) // {len(unit)}) + {after!r}\n"
        "clean('<p>x'); start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "clean(page); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start)"
    )
    size = 1_500_000
    done = subprocess.run([sys.executable, "-c", script, str(size)], capture_output=True, text=True, check=True)
    assert int(done.stdout) * 1024 < 120 * size
