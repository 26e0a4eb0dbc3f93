"""Traps: addresses without end that bring nothing new. Each pattern of addresses has a budget, and closes when it is barren."""

from __future__ import annotations

import functools
import re
import sqlite3
from dataclasses import dataclass
from urllib.parse import urlsplit

from extractor.crawl.guess import ARTICLE, PAGER, guess_kind
from extractor.url import query_names

CALENDAR_BUDGET = 60
FILTER_BUDGET = 300
PAGER_BUDGET = 3_000
BUDGET = 20_000
# So many pages one after the other whose words, numbers apart, were all seen before on the host, and that led to no new article.
BARREN = {PAGER: 3, ARTICLE: 100}
BARREN_OTHERS = 10
_CALENDAR_NAMES = frozenset({"month", "year", "day", "date", "bydate", "ngay", "thang", "nam", "fromdate", "todate"})
_CALENDAR_PATH = re.compile(r"/(?:calendar|lich|events?|archive|luu-tru)(?:[-/]|$)", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")


@functools.lru_cache(maxsize=1_024)  # asked before a page is fetched and after
def pattern_of(url: str) -> str:
    """Return the shape of an address: its host, its folders with numbers and titles left open, the names of its query.

    >>> pattern_of("http://a.example/tin/trao-qua-tet-123.html?b=1&a=2"), pattern_of("http://a.example/lich/2024/05")
    ('a.example/tin/*?a&b', 'a.example/lich/#/#')
    """
    parts = urlsplit(url)
    shapes = []
    for depth, segment in enumerate(s for s in parts.path.split("/") if s):
        if segment.isdigit():
            shapes.append("#")
        elif depth >= 2 or "-" in segment or "." in segment or len(segment) > 24 or _DIGITS.search(segment):
            shapes.append("*")
        else:
            shapes.append(segment)
    names = query_names(url)
    return f"{parts.netloc}/{'/'.join(shapes)}" + (f"?{'&'.join(names)}" if names else "")


def budget_of(url: str, kind: str) -> int | None:
    """Return how many pages of an address's pattern are fetched at most in all; None for articles, which count as pages alone."""
    names = {name.lower() for name in query_names(url)}
    if kind == PAGER:
        return PAGER_BUDGET
    if kind == ARTICLE and not names & _CALENDAR_NAMES:
        return None
    if names & _CALENDAR_NAMES or (_CALENDAR_PATH.search(urlsplit(url).path) and _DIGITS.search(url)):
        return CALENDAR_BUDGET
    return FILTER_BUDGET if len(names) >= 3 else BUDGET


@dataclass(frozen=True, slots=True)
class Words:
    """What a page said: a digest of its words without numbers."""

    host: str
    digest: bytes


class Patterns:
    """The patterns of one frontier, kept in its file; what is noted is part of the transaction that is open."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def refuses(self, url: str, kind: str | None = None) -> str | None:
        """Return why no more pages of an address's pattern are fetched (pattern_budget, no_new_content), or None."""
        kind = kind or guess_kind(url)
        row = self._db.execute("SELECT fetched, barren FROM patterns WHERE pattern = ?", (_key(url, kind),)).fetchone()
        if row is None:
            return None
        budget = budget_of(url, kind)
        if budget is not None and row[0] >= budget:
            return "pattern_budget"
        return "no_new_content" if row[1] >= BARREN.get(kind, BARREN_OTHERS) else None

    def note(self, url: str, kind: str, words: Words | None, *, news: bool = False) -> None:
        """Note a page that was fetched; it is barren where its words are none that are new on the host, and it led to no `news`."""
        new = words is None or bool(
            self._db.execute("INSERT OR IGNORE INTO seen (host, words) VALUES (?, ?)", (words.host, words.digest)).rowcount
        )
        new = new or news
        self._db.execute(
            "INSERT INTO patterns (pattern, fetched, barren) VALUES (?1, 1, ?2) "
            "ON CONFLICT (pattern) DO UPDATE SET fetched = fetched + 1, barren = CASE WHEN ?2 THEN barren + 1 ELSE 0 END",
            (_key(url, kind), int(not new)),
        )


def _key(url: str, kind: str) -> str:
    """Return the pattern; the pages of one list are a pattern of their own, so that its end ends no other list."""
    if kind == PAGER:
        parts = urlsplit(url)
        return f"{parts.netloc}{_DIGITS.sub('#', parts.path)}?{'&'.join(query_names(url))}#{_DIGITS.sub('#', parts.fragment)}"
    return pattern_of(url)
