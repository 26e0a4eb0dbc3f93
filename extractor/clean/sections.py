"""Parts of a main text that are no part of the article: what stands under "Related", "About the author", "Comments"."""

from __future__ import annotations

import functools
import re

from extractor.clean.boxes import Layout, Line
from extractor.data import rules_dir
from extractor.rules import read_toml

# A heading is no longer, and what it heads is no more of the text than this: by a heading's tag, by a bare label.
_LONGEST, _HEADED, _LABELLED = 100, 0.5, 0.15
# Share of the text above which a label is no head of a foot.
_ABOVE = 0.3
_TAGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6, "p": 7, "div": 7, "span": 7, "strong": 7}
_EDGES = " :.!?…»→>-\u2013\u2014|•▼▾&、：！？"


@functools.cache
def _elsewhere() -> re.Pattern[str]:
    words = read_toml(rules_dir() / "generic.toml")["elsewhere"]["headings"]
    return re.compile("(?:" + "|".join(words) + ")")


@functools.lru_cache(maxsize=16384)
def _leads_elsewhere(text: str) -> bool:
    return _elsewhere().fullmatch(text.lower().strip(_EDGES)) is not None


def without_other_sections(page: Layout, main: int, lines: list[Line]) -> list[Line]:
    """Return lines without the sections whose headings say that they lead elsewhere.

    A section is the smallest box around its heading that holds more than the heading, up to the next heading of its
    level. It goes only where it holds little of the text and stands below some of it.
    """
    whole, above = sum(len(line.text) for line in lines), 0
    kept: list[Line] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        level = _TAGS.get(page.tag[line.box], 0)
        if level and len(line.text) <= _LONGEST and above >= _ABOVE * whole and _leads_elsewhere(line.text):
            end = _end(page, main, lines, index)
            size = sum(len(line.text) for line in lines[index:end])
            if size <= (_HEADED if level < 7 else _LABELLED) * whole:
                index = end
                continue
        kept.append(line)
        above += len(line.text)
        index += 1
    return kept


def _end(page: Layout, main: int, lines: list[Line], start: int) -> int:
    """Return the index after the last line of the section that begins at `start`."""
    level = _TAGS[page.tag[lines[start].box]]
    box = lines[start].box
    following = lines[start + 1].box if start + 1 < len(lines) else box
    while box != main and not box <= following < page.end_of(box):
        box = page.parent[box]
    until = page.end_of(box)
    end = start + 1
    while end < len(lines) and box <= lines[end].box < until:
        if level < 7 and _TAGS.get(page.tag[lines[end].box], 9) <= level:
            break
        end += 1
    return end
