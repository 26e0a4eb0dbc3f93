"""What stands around the main text of a page without a known layout: headline, day, counter, breadcrumb, byline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import regex

from extractor.clean.bylines import read_byline
from extractor.clean.chrome import is_chrome
from extractor.clean.generic import MainText, Shown
from extractor.clean.head import Head, title_of
from extractor.clean.metadata import read_views, section_of, tells
from extractor.clean.moments import Stated, is_date_line, read_stated
from extractor.clean.parts import Parts
from extractor.text import fold

_LEAST_HEADING, _LEAST_TITLE, _LONGEST_TITLE = 6, 12, 250
# A day stands below the headline, or no more lines above it; a counter, no more lines below the text.
_LONGEST_RELATIVE = 24
_DAY_ABOVE, _NEAR_BELOW, _BYLINE_BELOW = 4, 10, 3
_LONGEST_SECTION = 25
_LEAST_LEAD, _LONGEST_LEAD = 60, 2
_CRUMBS = regex.compile(r"(?:bạn đang ở[^»>›/|]{0,20})?trang (?:chủ|nhất)\s*[»>›/|].+")
_STEP = regex.compile(r"\s*[»>›|/]\s*")
_LABELLED_DAY = regex.compile(r"(?:đăng|cập nhật|ngày gửi|xuất bản)")


def read_around(main: MainText, head: Head, parts: Parts, fetched_at: dt.datetime | None) -> int:
    """Fill what is missing of the parts from the lines around the main text; return the index of the headline, or -1.

    The index counts the lines above the first paragraph from the end: lines of the main text before it are none of it.
    """
    place = _title_at(main.above, head)
    if place == len(main.above) - 1 and _goes_on(main, place):
        place = -1
    if place >= 0:
        parts.title = main.above[place].text
    near = main.above[max(0, place - _DAY_ABOVE) :]
    stated = _stated(near, main.below, fetched_at)
    parts.published, parts.updated = parts.published or stated.published, parts.updated or stated.updated
    if parts.views is None:
        counters = (*near, *main.below[:_NEAR_BELOW])
        parts.views = next((v for line in counters if (v := read_views(line.text)) is not None), None)
    parts.section = parts.section or _section(main.above, parts.title)
    if parts.author is None:
        _read_byline(main.below, parts)
    return place


def _goes_on(main: MainText, place: int) -> bool:
    """Tell whether the line above the first paragraph is the beginning of its sentence, and no headline."""
    lines = [line for line in main.lines if line != main.above[place].text] if main.above else []
    return bool(lines) and lines[0][:1].islower()


def lead_above(main: MainText, place: int) -> list[str]:
    """Return the paragraphs between the headline and the main text: a lead in a box of its own."""
    lead: list[str] = []
    for line in reversed(main.above[place + 1 :] if place >= 0 else []):
        if len(line.text) < _LEAST_LEAD or line.links or is_date_line(line.text) or is_chrome(line.text, "head"):
            if lead:
                break
            continue
        lead.insert(0, line.text)
    return lead[-_LONGEST_LEAD:]


def _is_title(line: Shown) -> bool:
    text = line.text
    return (
        (_LEAST_HEADING if line.tag in {"h1", "h2"} else _LEAST_TITLE) <= len(text) <= _LONGEST_TITLE
        and (line.links < len(text) // 2 or line.tag in {"h1", "h2"})
        and not text.endswith(".")
        and not is_date_line(text)
        and not is_chrome(text, "head", "line", "tail", "related")
        and _CRUMBS.match(text.lower()) is None
        and read_views(text) is None
    )


def _title_at(above: Sequence[Shown], head: Head) -> int:
    """Return the index of the headline: the line that the window or the sharing repeats, a heading, the line by the day."""
    candidates = [index for index, line in enumerate(above) if _is_title(line)]
    if not candidates:
        return -1
    told = fold(f"{head.shared or ''} | {head.window or ''}")
    repeated = [index for index in candidates if fold(above[index].text) in told]
    if repeated:
        return max(repeated, key=lambda index: len(above[index].text))
    if headings := [index for index in candidates if above[index].tag == "h1"]:
        return headings[-1]
    if tells(title_of(head, ())):
        return -1
    headings = [index for index in candidates if above[index].tag in {"h2", "h3", "h4"}]
    return headings[-1] if headings else _by_day(above, candidates)


def _by_day(above: Sequence[Shown], candidates: Sequence[int]) -> int:
    """Return the index of the candidate that stands by the day of publication."""
    day = next((index for index in range(len(above) - 1, -1, -1) if is_date_line(above[index].text)), None)
    if day is None:
        return candidates[-1]
    before = [index for index in candidates if day - _DAY_ABOVE <= index < day]
    after = [index for index in candidates if index > day]
    # A section's name stands above the day too, with the headline below.
    if before and after and len(above[before[-1]].text) < min(_LONGEST_SECTION, len(above[after[0]].text)):
        return after[0]
    return before[-1] if before else after[0] if after else candidates[-1]


def _stated(near: Sequence[Shown], below: Sequence[Shown], fetched_at: dt.datetime | None) -> Stated:
    for line in reversed(near):
        if is_date_line(line.text) and (stated := read_stated(line.text, fetched_at=fetched_at)).published:
            return stated
    for line in below[:_NEAR_BELOW]:
        if is_date_line(line.text) and _LABELLED_DAY.search(fold(line.text)):
            return read_stated(line.text, fetched_at=fetched_at)
    # The headline's own line may end in the day, and a relative day is no line of dates.
    return next(
        (stated for line in near if len(line.text) < _LONGEST_TITLE and (stated := _at_end(line.text, fetched_at)).published),
        Stated(None, None),
    )


def _at_end(text: str, fetched_at: dt.datetime | None) -> Stated:
    words = text if len(text) < _LONGEST_RELATIVE else text[-14:] if text.endswith(")") else ""
    return read_stated(words, fetched_at=fetched_at)


def _section(above: Sequence[Shown], title: str | None) -> str | None:
    for line in reversed(above):
        if _CRUMBS.match(line.text.lower()):
            return section_of(_STEP.split(line.text), title)
    return None


def _read_byline(below: Sequence[Shown], parts: Parts) -> None:
    for line in below[:_BYLINE_BELOW]:
        if is_chrome(line.text, "tail", "related") or line.links:
            return
        if byline := read_byline(line.text, pushed=True):
            parts.author, parts.photo_credit = byline[0], parts.photo_credit or byline[1]
            return
