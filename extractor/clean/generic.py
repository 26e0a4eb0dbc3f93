"""The main text of a page of an unknown site, from the weight of its own words against its links, whatever the language.

The page is laid out once as flat lists of boxes and lines; every step is a pass over them, so that time grows with the
page's size and not with its depth. A line of running text gives its length to all boxes around it. Boxes named chrome
are taken off where they hold little of that weight. The main box is the tightest one that keeps most of what is left.
A page with little running text in its main box is a list: all its text weighs, and links stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from extractor.clean.boxes import Layout, Line, limits
from extractor.clean.sections import without_other_sections

# Share of a box's weight that one of its children must keep for the main text to lie in that child.
_KEEPS = 0.8
# What is left without a box so long is an article by itself, and the box may be all the rest: comments.
_ARTICLE_ALONE = 1500
# A box with this share of the page's weight and a headline in it is no chrome, whatever its name.
_HEADED = 0.2
# A page is an article where running text is so many characters, this share of its main box, and this of all that is shown.
_ARTICLE_LEAST, _ARTICLE_SHARE, _ARTICLE_OF_PAGE = 250, 0.4, 0.15
# A page with so much of its text in the main box is an article without a further look.
_ARTICLE_SURE = 0.5
# Share of links' characters above which a box within an article leads elsewhere; shorter boxes may be a name in the text.
_LINKED, _LEAST_LINKED = 0.9, 20
# Lines around the main text that may tell of the article: headline, day, counter, byline.
_REACH = 30
_ENDS = (".", ":", ";", "!", "?", "…", "”", '"', ",")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


class Shown(NamedTuple):
    """A line outside of the main text: its words, how many of its characters are links', and its box's tag."""

    text: str
    links: int
    tag: str


@dataclass(frozen=True, slots=True)
class MainText:
    """Paragraphs in reading order, the captions taken out of them, and what stands right above and below."""

    lines: list[str]
    captions: list[str]
    above: list[Shown] = field(default_factory=list)
    below: list[Shown] = field(default_factory=list)


def main_text(page: Layout) -> MainText:
    """Return the main text of a pruned page that is laid out, or of a part of it; no lines where it holds none."""
    main = _Main.of(page, [line.prose for line in page.lines])
    shown = _length(page.lines)
    # The page without its chrome has no more than the whole: mostly it need not be told what is.
    if main.prose() < _ARTICLE_SURE * shown and not main.is_article(shown):
        everything = _Main.of(page, [len(line.text) for line in page.lines])
        if not main.is_article(_length(everything.shown)):
            return MainText([line.text for line in everything.lines], [])
    lines = without_other_sections(page, main.box, _without_links(page, main))
    captions = [line.text for line in lines if page.tag[line.box] == "figcaption"]
    above, below = _around(page, lines)
    return MainText([line.text for line in lines if page.tag[line.box] not in {"figcaption", "h1"}], captions, above, below)


def _around(page: Layout, lines: list[Line]) -> tuple[list[Shown], list[Shown]]:
    """Return the lines up to the first paragraph, headings of the main text among them, and those behind the last."""
    if not lines:
        return [], []
    first = next((line for line in lines if line.prose and line.text.endswith(_ENDS) and page.tag[line.box] not in _HEADINGS), lines[0])
    start, end = page.lines.index(first), page.lines.index(lines[-1])
    shown = (page.lines[max(0, start - _REACH) : start], page.lines[end + 1 : end + 1 + _REACH])
    above, below = ([Shown(line.text, line.links, page.tag[line.box]) for line in part] for part in shown)
    return above, below


@dataclass(frozen=True, slots=True)
class _Main:
    """The main box, the index after its last descendant, its lines outside of chrome, and all lines outside of chrome."""

    box: int
    end: int
    lines: list[Line]
    shown: list[Line]

    @classmethod
    def of(cls, page: Layout, weights: list[int]) -> _Main:
        own = [0] * len(page.parent)
        for line, weight in zip(page.lines, weights, strict=True):
            own[line.box] += weight
        whole = sums(page, own)
        shown = page.lines
        if gone := _chrome(page, whole):
            whole = sums(page, [0 if off else weight for off, weight in zip(gone, own, strict=True)])
            shown = [line for line in shown if not gone[line.box]]
        box = _tightest(page, whole)
        end = page.end_of(box)
        return cls(box, end, [line for line in shown if box <= line.box < end], shown)

    def prose(self) -> int:
        """Return the characters of running text in the main box."""
        return sum(line.prose for line in self.lines)

    def is_article(self, shown: int) -> bool:
        """Tell whether the main box has enough running text, by itself and of the characters that are shown on the page."""
        return self.prose() >= max(_ARTICLE_LEAST, _ARTICLE_SHARE * _length(self.lines), _ARTICLE_OF_PAGE * shown)


def _length(lines: Sequence[Line]) -> int:
    return sum(len(line.text) for line in lines)


def sums(page: Layout, own: list[int]) -> list[int]:
    """Return each box's own number with those of all boxes in it; a parent stands before its children."""
    whole, parent = own.copy(), page.parent
    for box in range(len(whole) - 1, 0, -1):
        if whole[box]:
            whole[parent[box]] += whole[box]
    return whole


def _chrome(page: Layout, weight: list[int]) -> list[bool]:
    """Tell of each box whether it is chrome by its name or by that of a box around it; nothing where none is.

    A name is trusted only where its boxes, each and together, hold less of the page's weight than its limit.
    """
    if not any(page.mark):
        return []
    strong, weak = (share * weight[0] for share in limits())
    strong = max(strong, weight[0] - _ARTICLE_ALONE)
    headed = _headed(page, weight) if "h1" in page.tag else ()
    held: dict[str, int] = {}
    marks: dict[int, str] = {}
    around = [""] * len(weight)
    for box, (mark, parent) in enumerate(zip(page.mark, page.parent, strict=True)):
        outer = around[parent] if box else ""
        if mark and box not in headed and weight[box] <= (strong if mark[0] == "!" else weak):
            marks[box] = mark
            if mark != outer:
                held[mark] = held.get(mark, 0) + weight[box]
            outer = mark
        around[box] = outer
    trusted = {mark for mark, held_by in held.items() if held_by <= (strong if mark[0] == "!" else weak)}
    if not trusted:
        return []
    gone = [False]
    for box in range(1, len(weight)):
        gone.append(gone[page.parent[box]] or marks.get(box) in trusted)
    return gone


def _headed(page: Layout, weight: list[int]) -> set[int]:
    """Return the heavy boxes with a headline in them."""
    found: set[int] = set()
    least = _HEADED * weight[0]
    for line in page.lines:
        box = line.box if page.tag[line.box] == "h1" else 0
        while box > 0 and box not in found:
            if weight[box] > least:
                found.add(box)
            box = page.parent[box]
    return found


def _tightest(page: Layout, weight: list[int]) -> int:
    """Return the smallest box on the way down that each time keeps most of the weight."""
    heaviest = [0] * len(weight)
    for box in range(1, len(weight)):
        parent = page.parent[box]
        if not heaviest[parent] or weight[box] > weight[heaviest[parent]]:
            heaviest[parent] = box
    box = 0
    while heaviest[box] and weight[heaviest[box]] >= max(1, _KEEPS * weight[box]):
        box = heaviest[box]
    return box


def _without_links(page: Layout, main: _Main) -> list[Line]:
    """Return the main box's lines without the boxes in it whose words are mostly links; a linked heading heads a part."""
    texts, links = [0] * len(page.parent), [0] * len(page.parent)
    for line in main.lines:
        texts[line.box] += len(line.text)
        links[line.box] += line.links
    for box in range(main.end - 1, main.box, -1):
        if texts[box]:
            parent = page.parent[box]
            texts[parent] += texts[box]
            links[parent] += links[box]
    gone = [False] * len(page.parent)
    for box in range(main.box + 1, main.end):
        linked = links[box] > max(_LEAST_LINKED, _LINKED * texts[box]) and page.tag[box] not in _HEADINGS
        gone[box] = gone[page.parent[box]] or linked
    return [line for line in main.lines if not gone[line.box]]
