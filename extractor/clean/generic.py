"""The main text of a page of an unknown site, from the weight of its own words against its links, whatever the language.

The page is laid out once as flat lists of boxes and lines; every step is a pass over them, so that time grows with the
page's size and not with its depth. A line of running text gives its length to all boxes around it. Boxes named chrome
are taken off where they hold little of that weight. The main box is the tightest one that keeps most of what is left.
A page with little running text is a list: all its text weighs, and links stay.
"""

from __future__ import annotations

from dataclasses import dataclass

from extractor.clean.boxes import Layout, Line, lay_out, limits
from extractor.clean.tree import Parser

# Own characters that a line needs to be running text rather than a label.
_LEAST_PROSE = 60
# Share of a box's weight that one of its children must keep for the main text to lie in that child.
_KEEPS = 0.8
# A page is an article where running text is this share of its main box and at least so many characters.
_ARTICLE_SHARE, _ARTICLE_LEAST = 0.4, 250
# Share of links' characters above which a box within an article leads elsewhere; shorter boxes may be a name in the text.
_LINKED, _LEAST_LINKED = 0.6, 20


@dataclass(frozen=True, slots=True)
class MainText:
    """Paragraphs in reading order, and the captions taken out of them."""

    lines: list[str]
    captions: list[str]


def main_text(tree: Parser) -> MainText:
    """Return the main text of a pruned tree; no lines where it holds none."""
    page = lay_out(tree)
    main = _Main.of(page, [_prose(line) for line in page.lines])
    prose = sum(map(_prose, main.lines))
    if prose < _ARTICLE_LEAST or prose < _ARTICLE_SHARE * sum(len(line.text) for line in main.lines):
        main = _Main.of(page, [len(line.text) for line in page.lines])
        return MainText([line.text for line in main.lines], [])
    lines = _without_links(page, main)
    captions = [line.text for line in lines if page.tag[line.box] == "figcaption"]
    return MainText([line.text for line in lines if page.tag[line.box] not in {"figcaption", "h1"}], captions)


def _prose(line: Line) -> int:
    """Return the characters of a line that are running text of its own."""
    own = len(line.text) - line.links
    return own if own >= _LEAST_PROSE and own >= line.links else 0


@dataclass(frozen=True, slots=True)
class _Main:
    """The main box, the index after its last descendant, and its lines outside of chrome."""

    box: int
    end: int
    lines: list[Line]

    @classmethod
    def of(cls, page: Layout, weights: list[int]) -> _Main:
        own = [0] * len(page.parent)
        for line, weight in zip(page.lines, weights, strict=True):
            own[line.box] += weight
        gone = _chrome(page, _sums(page, own))
        box = _tightest(page, _sums(page, [0 if off else weight for off, weight in zip(gone, own, strict=True)]))
        end = box + 1
        while end < len(page.parent) and page.parent[end] >= box:
            end += 1
        return cls(box, end, [line for line in page.lines if box <= line.box < end and not gone[line.box]])


def _sums(page: Layout, own: list[int]) -> list[int]:
    """Return each box's own number with those of all boxes in it; a parent stands before its children."""
    sums = own.copy()
    for box in range(len(sums) - 1, 0, -1):
        sums[page.parent[box]] += sums[box]
    return sums


def _chrome(page: Layout, sums: list[int]) -> list[bool]:
    """Tell of each box whether it is chrome by its name or by that of a box around it.

    A name is trusted only where its boxes, each and together, hold less of the page's weight than its limit.
    """
    strong, weak = (share * sums[0] for share in limits())
    held: dict[str, int] = {}
    marks: list[str] = []
    around = [""] * len(sums)
    for box, mark in enumerate(page.mark):
        outer = around[page.parent[box]] if box else ""
        kept = "" if mark and sums[box] > (strong if mark[0] == "!" else weak) else mark
        if kept and kept != outer:
            held[kept] = held.get(kept, 0) + sums[box]
        around[box] = kept or outer
        marks.append(kept)
    trusted = {mark for mark, weight in held.items() if weight <= (strong if mark[0] == "!" else weak)}
    gone = [False] * len(sums)
    for box in range(1, len(sums)):
        gone[box] = gone[page.parent[box]] or marks[box] in trusted
    return gone


def _tightest(page: Layout, sums: list[int]) -> int:
    """Return the smallest box on the way down that each time keeps most of the weight."""
    heaviest = [0] * len(sums)
    for box in range(1, len(sums)):
        parent = page.parent[box]
        if not heaviest[parent] or sums[box] > sums[heaviest[parent]]:
            heaviest[parent] = box
    box = 0
    while heaviest[box] and sums[heaviest[box]] >= max(1, _KEEPS * sums[box]):
        box = heaviest[box]
    return box


def _without_links(page: Layout, main: _Main) -> list[Line]:
    """Return the main box's lines without the boxes in it whose words are mostly links."""
    texts, links = [0] * len(page.parent), [0] * len(page.parent)
    for line in main.lines:
        texts[line.box] += len(line.text)
        links[line.box] += line.links
    texts, links = _sums(page, texts), _sums(page, links)
    gone = [False] * len(page.parent)
    for box in range(main.box + 1, main.end):
        gone[box] = gone[page.parent[box]] or links[box] > max(_LEAST_LINKED, _LINKED * texts[box])
    return [line for line in main.lines if not gone[line.box]]
