"""Pages that come as text, chrome and all: the article between the page's head and its foot."""

from __future__ import annotations

import regex

from extractor.clean.bylines import read_byline
from extractor.clean.chrome import is_chrome
from extractor.clean.metadata import headline, read_views
from extractor.clean.moments import is_date_line, read_stated
from extractor.clean.parts import Parts, foot, join_broken
from extractor.text import nfc

# A paragraph of running text; a shorter one where a page has none so long.
_LONG, _SHORTER = 160, 80
# Characters that a byline, or its absence of words, is pushed to the right by.
_PUSHED = 12
_LEAST_TITLE, _LONGEST_TITLE = 15, 300
# What stands on the title's own line behind it.
_BEHIND_TITLE = regex.compile(r"(?:\s+(?:In trang|In bài|Bản in|In|Email|Lưu))+$")
_BEHIND_DAY = regex.compile(r"\s*\(\d{1,2}/\d{1,2}/\d{4}\)$")
_ENDS_SENTENCE = (".", ";", ":")
# Lines of a text that was wrapped are this much of the longest one, and the longest is no longer than a screen.
_WRAPPED, _SCREEN = 0.75, (40, 130)


def has_chrome(text: str) -> bool:
    """Tell whether the text is a page with its chrome, and not an article alone."""
    lines = _lines(text)
    first = _first_long(lines)
    return any(is_chrome(line, "head") for line in lines[:first]) or foot(lines[first:]) < len(lines[first:])


def split_page(text: str) -> Parts:
    """Return the parts of a page that came as text; `body` is its paragraphs."""
    lines = _lines(text)
    parts = Parts()
    start = _read_head(lines, parts)
    end = start + foot([line.strip() for line in lines[start:]])
    index = start
    while index < end:
        line = _one_space(lines[index])
        if is_chrome(line, "caption"):
            parts.captions += [_one_space(words) for words in lines[index + 1 : index + 2]]
            index += 2
            continue
        if _ends_article(lines, index, end, parts):
            break
        if line != parts.title and not is_chrome(line, "line") and not is_date_line(line):
            parts.body.append(line)
        index += 1
    parts.body = join_broken(parts.body)
    parts.views = next((v for line in lines[index:] if (v := read_views(line)) is not None), parts.views)
    return parts


def _one_space(line: str) -> str:
    return " ".join(line.replace("\u00a0", " ").split())


def _lines(text: str) -> list[str]:
    """Return the lines that hold words, with the spaces before them; the lines of a wrapped paragraph are one."""
    lines: list[str] = []
    run: list[str] = []
    for line in (*nfc(text).replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""):
        if _one_space(line):
            run.append(line)
            continue
        lines += [" ".join(run)] if _is_wrapped(run) else run
        run = []
    return lines


def _is_wrapped(run: list[str]) -> bool:
    """Tell whether lines without an empty one between are a paragraph that was cut at a width."""
    longest = max(map(len, run), default=0)
    return (
        len(run) >= 3
        and _SCREEN[0] <= longest <= _SCREEN[1]
        and min(map(len, run[:-1])) >= _WRAPPED * longest
        and not any(is_chrome(line, "head", "tail", "related", "listed") for line in run)
    )


def _first_long(lines: list[str]) -> int:
    for least in (_LONG, _SHORTER):
        for index, line in enumerate(lines):
            if len(line.strip()) >= least and (least == _LONG or line.rstrip().endswith(".")):
                return index
    return len(lines)


def _read_head(lines: list[str], parts: Parts) -> int:
    """Read title, date and counter, which stand above the first long paragraph; return the line where the body begins."""
    first = _first_long(lines)
    last, titles = -1, []
    for index, raw in enumerate(lines[:first]):
        line = _one_space(raw)
        if is_date_line(line):
            stated = read_stated(line)
            parts.published, parts.updated = parts.published or stated.published, parts.updated or stated.updated
            last = index
        elif is_chrome(line, "head", "line"):
            parts.views = read_views(line) if parts.views is None else parts.views
            last = index
        elif _LEAST_TITLE <= len(line) <= _LONGEST_TITLE and not line.endswith(_ENDS_SENTENCE):
            titles.append(index)
    if not titles:
        return last + 1
    # Below all chrome, where a title stands there; else it stands above the tools and the date.
    place = next((index for index in titles if index > last), titles[-1])
    title = _BEHIND_TITLE.sub("", _one_space(lines[place]))
    # A title may stand twice: as the window's, and with the day behind it.
    for index in titles:
        if index > place and _BEHIND_DAY.sub("", _one_space(lines[index])) == title:
            place, title = index, _one_space(lines[index])
    stated = read_stated(title[-14:])
    parts.published = parts.published or stated.published
    parts.title = headline(title, stated.published[0] if stated.published else None)
    return max(place, last if place <= last else place) + 1


def _ends_article(lines: list[str], index: int, end: int, parts: Parts) -> bool:
    """Tell whether the line is the byline that closes the article, and keep whom it names."""
    if not parts.body or sum(map(len, parts.body)) < _SHORTER:
        return False
    raw = lines[index]
    pushed = len(raw) - len(raw.lstrip(" \u00a0\t")) >= _PUSHED
    byline = read_byline(raw, pushed=pushed)
    # Names and credits stand within an article too: the one that closes it has no paragraph below, or stands at the right.
    if byline is None or not (pushed or all(len(line.strip()) < _LONG for line in lines[index + 1 : end])):
        return False
    parts.author, parts.photo_credit = byline[0] or parts.author, byline[1] or parts.photo_credit
    return byline[0] is not None
