"""The lines of an article's box into body, captions, byline and counter: the same for pages of HTML and pages as text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from extractor.clean.bylines import read_byline
from extractor.clean.chrome import places
from extractor.clean.metadata import read_views
from extractor.clean.moments import Moment, is_date_line

# Lines above the foot among which the byline stands.
_BYLINE_REACH = 4
_LEAST_PROSE = 80
_FOOT = frozenset({"listed", "tail", "related"})
_LONGEST_COUNTER = 30
# Below a label such as "Read more" stand no more headlines than this, one of which is the label's own line.
_OTHERS, _LEAST_HEADLINE, _LONGEST_HEADLINE, _ENDS = 3, 25, 160, frozenset(".:;!?…”\"")
# Below a foot stand beginnings of other stories, which are not much more than the article; below a certain one, of many.
_LEAST_ABOVE, _LEAST_OF_ALL = 0.6, 0.2
# A paragraph that ends without a mark after so many characters, before a line that begins in lower case, was broken.
_LEAST_BROKEN = 30
_OPEN_ENDS = frozenset(",%)”\"")
_GOES_ON = re.compile(r"[^\W\d_]+[ ,;]")


@dataclass(slots=True)
class Parts:
    """What was found of an article in its page."""

    title: str | None = None
    lead: str | None = None
    author: str | None = None
    photo_credit: str | None = None
    section: str | None = None
    published: Moment | None = None
    updated: Moment | None = None
    views: int | None = None
    body: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    family: str = "text"


def read_lines(lines: list[str], parts: Parts) -> None:
    """Put the lines of an article's box where they belong."""
    told = [places(line) for line in lines]
    end = _foot(lines, told)
    caption_next, others = False, 0
    for index, (line, chrome) in enumerate(zip(lines[:end], told, strict=False)):
        others = _OTHERS if "label" in chrome else others - 1 if others and _is_headline(line) else 0
        if caption_next:
            parts.captions.append(line)
            caption_next = False
        elif others > 0:
            continue  # other stories, and the label above them
        elif "caption" in chrome:
            caption_next = True
        elif "line" in chrome or is_date_line(line) or (len(line) < _LONGEST_COUNTER and read_views(line) is not None):
            parts.views = read_views(line) if parts.views is None else parts.views
        elif index >= end - _BYLINE_REACH and parts.body and (byline := read_byline(line, pushed=True)):
            parts.author, parts.photo_credit = parts.author or byline[0], parts.photo_credit or byline[1]
        else:
            parts.body.append(line)
    if parts.views is None:
        parts.views = next((v for line in lines[end:] if (v := read_views(line)) is not None), None)


def _is_headline(line: str) -> bool:
    return _LEAST_HEADLINE <= len(line) <= _LONGEST_HEADLINE and line[-1:] not in _ENDS


def foot(lines: list[str]) -> int:
    """Return the index of the first line below the article, or the number of lines: a byline stands just above it.

    What heads other stories within an article is no foot: much more of the article stands below it than above.
    """
    return _foot(lines, [places(line) for line in lines])


def _foot(lines: list[str], told: list[tuple[str, ...]]) -> int:
    weights = [len(line) if len(line) >= _LEAST_PROSE and "listed" not in chrome else 0 for line, chrome in zip(lines, told, strict=True)]
    above, below = 0, sum(weights)
    for index, chrome in enumerate(told):
        if chrome and above >= _LEAST_OF_ALL * below and above:
            may_stand_within = "related" in chrome or _is_list(told, index)
            if "tail" in chrome or (may_stand_within and above >= _LEAST_ABOVE * below):
                return index
        above += weights[index]
        below -= weights[index]
    return len(lines)


def _is_list(told: list[tuple[str, ...]], index: int) -> bool:
    """Tell whether headlines of other stories with their days begin at a line: one may be a caption, two are none."""
    if "listed" not in told[index]:
        return False
    return index + 1 == len(told) or not _FOOT.isdisjoint(told[index + 1])


def join_broken(lines: list[str]) -> list[str]:
    """Return paragraphs with those that were broken in mid-sentence joined.

    >>> join_broken(["Ủy ban MTTQ huyện Sông Hinh tổ chức trao", "quà cho 20 hộ nghèo.", "- xã Ea Bar 5 hộ"])
    ['Ủy ban MTTQ huyện Sông Hinh tổ chức trao quà cho 20 hộ nghèo.', '- xã Ea Bar 5 hộ']
    """
    joined: list[str] = []
    for line in lines:
        if joined and _goes_on(joined[-1], line):
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
    return joined


def _goes_on(before: str, line: str) -> bool:
    """Tell whether a line goes on with the sentence of the line before."""
    return (
        line[:1].islower()
        and len(before) >= _LEAST_BROKEN
        and (before[-1].isalnum() or before[-1] in _OPEN_ENDS)
        and _GOES_ON.match(line) is not None
    )
