"""Pages that come as text, chrome and all: the article between the page's head and its foot."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from extractor.clean.chrome import is_chrome
from extractor.clean.metadata import is_date_line, read_byline, read_moment, read_views
from extractor.text import nfc

_LONG = 160


@dataclass(slots=True)
class Parts:
    """What was found in a page's lines."""

    title: str | None = None
    author: str | None = None
    photo_credit: str | None = None
    published: tuple[dt.datetime, str] | None = None
    views: int | None = None
    body: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)


def _first_long(lines: list[str]) -> int:
    return next((i for i, line in enumerate(lines) if len(line.strip()) >= _LONG), len(lines))


def _head(lines: list[str]) -> int:
    """Return the line after the last chrome line that stands above the first long paragraph."""
    first = _first_long(lines)
    last = [i for i, line in enumerate(lines[:first]) if line.strip() and is_chrome(line, "head")]
    return last[-1] + 1 if last else 0


def _foot(lines: list[str], start: int) -> int:
    """Return where the page's foot begins: at a chrome line, or after a byline, below the first paragraph."""
    first = start + _first_long(lines[start:])
    for index in range(first + 1, len(lines)):
        if lines[index].strip() and is_chrome(lines[index], "tail"):
            return index
    return len(lines)


def has_chrome(text: str) -> bool:
    """Tell whether the text is a page with its chrome, and not an article alone."""
    lines = text.split("\n")
    return _head(lines) > 0 or _foot(lines, 0) < len(lines)


def split_page(text: str) -> Parts:
    """Return the parts of a page that came as text; `body` is its paragraphs."""
    lines = nfc(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start = _head(lines)
    end = _foot(lines, start)
    parts = Parts()
    index = _read_top(lines, start, end, parts)
    while index < end:
        line = " ".join(lines[index].replace("\u00a0", " ").split())
        if line and is_chrome(line, "caption"):
            index = _read_caption(lines, index + 1, end, parts)
            continue
        if line and _ends_article(lines, index, parts):
            break
        if line and not is_chrome(line, "line"):
            parts.body.append(line)
        index += 1
    parts.views = next((v for line in lines[end:] if (v := read_views(line)) is not None), None)
    return parts


def _read_top(lines: list[str], start: int, end: int, parts: Parts) -> int:
    """Read title and date, which stand above the first paragraph; return the line after them."""
    index = start
    while index < end:
        line = " ".join(lines[index].replace("\u00a0", " ").split())
        if not line:
            index += 1
        elif parts.published is None and is_date_line(line):
            parts.published = read_moment(line)
            index += 1
        elif parts.title is None and len(line) < 300 and not line.endswith((".", ";", ":")) and index < start + 12:
            parts.title = line
            index += 1
        else:
            return index
    return index


def _read_caption(lines: list[str], index: int, end: int, parts: Parts) -> int:
    while index < end and not lines[index].strip():
        index += 1
    if index < end:
        parts.captions.append(" ".join(lines[index].split()))
    return index + 1


def _ends_article(lines: list[str], index: int, parts: Parts) -> bool:
    """Tell whether the line is the byline that closes the article, and keep whom it names."""
    if not parts.body or sum(map(len, parts.body)) < _LONG:
        return False
    pushed = len(lines[index]) - len(lines[index].lstrip(" \u00a0\t")) >= 12
    byline = read_byline(lines[index], pushed=pushed)
    if byline is None:
        return False
    parts.author, parts.photo_credit = byline
    return True
