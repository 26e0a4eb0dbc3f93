"""A parsed page laid out flat: its lines of text, and the boxes they stand in with what their tags and names say of them."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from extractor.clean.tree import TEXT, UNSHOWN, Attributes, Node, is_hidden_class, tag_numbers
from extractor.data import rules_dir
from extractor.rules import read_toml

# How an element stands in a line; all others, headings of the first two ranks among them, begin and end a box, and with it a line.
_NOTHING, _FORMAT, _LINK, _BREAK, _BOX, _HEADING = range(6)
_KINDS = {
    "area base col embed img input link meta param source track wbr": _NOTHING,
    "br hr": _BREAK,
    "abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small span strike strong sub sup time "
    "tt u var": _FORMAT,
    "a": _LINK,
    "h1 h2": _HEADING,
}
_HIDING = frozenset({"style", "hidden", "aria-hidden"})
_TELLING = _HIDING | {"id", "role", "aria-modal"}
_CHROME_TAGS = frozenset({"nav", "footer", "aside", "form", "dialog", "menu"})
_CHROME_ROLES = frozenset(
    "navigation contentinfo complementary search banner dialog menu menubar alert alertdialog tablist toolbar".split()
)
# Parts of a page that are sent after its frame and moved into it by the page's script.
_STREAMED = re.compile(r"S:[0-9a-f]{1,6}")
# A class or id of more characters is no name, and fills no cache.
_LONGEST_NAME = 1_000
# What a page writes of signs that it cannot hold as they are.
_REFERENCES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\u00a0": "&nbsp;"})
_CAMEL = re.compile("[A-Z](?<=[a-z].)")
# Share of a page's characters above which what is hidden is taken for the page itself.
_HIDDEN_PAGE = 0.95
HIDDEN = "!hidden"
# Own characters that a line needs to be running text rather than a label.
_LEAST_PROSE = 60


@dataclass(slots=True, eq=False)
class Line:
    """A paragraph, heading or cell: its words, how many of its characters are links', and the box it stands in.

    `prose` counts the characters of running text of its own: none in a label.
    """

    text: str
    links: int
    box: int
    prose: int


@dataclass(slots=True)
class Layout:
    """A page's boxes that hold text in reading order, a parent before its children, and its lines.

    Of each box: its parent's index, its tag, and the word that marks it as chrome, or "". `links` and `headings`, those of the
    first two ranks, are all that the page has, with text or without.
    """

    parent: list[int] = field(default_factory=lambda: [-1])
    tag: list[str] = field(default_factory=lambda: ["body"])
    mark: list[str] = field(default_factory=lambda: [""])
    lines: list[Line] = field(default_factory=list)
    links: list[Node] = field(default_factory=list)
    headings: list[Node] = field(default_factory=list)

    def end_of(self, box: int) -> int:
        """Return the index after the last box in a box."""
        end = box + 1
        while end < len(self.parent) and self.parent[end] >= box:
            end += 1
        return end


@functools.cache
def limits() -> tuple[float, float]:
    """Return the share of a page's running text that chrome may hold: by a strong word, by a weak one."""
    data = read_toml(rules_dir() / "generic.toml")
    return data["strong"]["limit"], data["weak"]["limit"]


@functools.cache
def _names() -> re.Pattern[str]:
    data = read_toml(rules_dir() / "generic.toml")
    strong, weak = (_by_first_letter(data[key]["words"]) for key in ("strong", "weak"))
    return re.compile(f"[^a-z](?:({strong})|({weak}))(?![a-z])")


def _by_first_letter(words: list[str]) -> str:
    """Return the alternation of patterns that begin with a letter, quicker to reject: few letters begin one."""
    by_letter: dict[str, list[str]] = {}
    for word in words:
        by_letter.setdefault(word[0], []).append(word[1:])
    return "|".join(f"{letter}(?:{'|'.join(rests)})" for letter, rests in by_letter.items())


def _named(name: str) -> str:
    """Return the word of a class or id that marks chrome, a strong one with "!" before it; "" where none does."""
    lower = name.lower()
    if lower != name:
        lower = _CAMEL.sub(r"-\g<0>", name).lower()
    found = _names().search("-" + lower.replace("_", "-"))
    return "" if found is None else f"!{found[1]}" if found[1] else found[2]


_mark_of_id = functools.lru_cache(maxsize=32768)(_named)


@functools.lru_cache(maxsize=32768)
def _mark_of_class(names: str) -> str:
    # Most hide nothing, and are told by what they do not hold.
    may_hide = "hid" in names or "none" in names or "invisible" in names or "sr-only" in names or "screen-reader" in names
    return HIDDEN if may_hide and is_hidden_class(names) else _named(names)


def _mark(tag: str, attributes: Attributes) -> str:
    """Return the word that marks an element as chrome, HIDDEN where it is not shown, "" where nothing does."""
    if tag == "body":
        return ""  # its classes name parts of the theme
    mark = tag if tag in _CHROME_TAGS else ""
    for name, value in attributes.items():
        if name == "class":
            word = _mark_of_class(value) if value and len(value) <= _LONGEST_NAME else ""
            if word == HIDDEN:
                return HIDDEN
            mark = mark or word
        elif name not in _TELLING:
            continue
        elif name == "id":
            mark = mark or (_mark_of_id(value) if value and len(value) <= _LONGEST_NAME else "")
        elif name == "role":
            mark = value if value in _CHROME_ROLES else mark
        elif name == "aria-modal":
            mark = "modal"
        elif _hides(name, value, attributes):
            return HIDDEN
    return mark


def _is_hidden(attributes: Attributes) -> bool:
    """Tell whether an element is not shown."""
    for name, value in attributes.items():
        if name == "class":
            if value and len(value) <= _LONGEST_NAME and _mark_of_class(value) == HIDDEN:
                return True
        elif name in _HIDING and _hides(name, value, attributes):
            return True
    return False


def _hides(name: str, value: str | None, attributes: Attributes) -> bool:
    """Tell whether an attribute other than a class hides its element."""
    if name == "hidden":
        return _STREAMED.fullmatch(attributes.get("id") or "") is None
    if name == "aria-hidden" or not value:
        return value == "true"
    if "none" not in value and "hid" not in value:
        return False  # nearly all
    style = value.replace(" ", "").lower()
    return "display:none" in style or "visibility:hidden" in style


@functools.cache
def _kinds() -> dict[int, int]:
    """Return by the parser's number of a tag how it stands in a line."""
    return {number: kind for tags, kind in _KINDS.items() for number in tag_numbers(tags.split())} | dict.fromkeys(UNSHOWN, _NOTHING)


def lay_out(root: Node | None) -> Layout:
    """Return the boxes and lines in a node of a pruned page; hidden lines only where they are most of it."""
    if root is None:
        return Layout()
    walk = _Walk(root)
    walk.run()
    walk.page.lines = _shown(walk.page)
    return walk.page


def _shown(page: Layout) -> list[Line]:
    if HIDDEN not in page.mark:
        return page.lines
    hidden = [mark == HIDDEN for mark in page.mark]
    for box in range(1, len(hidden)):
        hidden[box] = hidden[box] or hidden[page.parent[box]]
    shown = [line for line in page.lines if not hidden[line.box]]
    # Some pages come hidden as a whole, and their script shows them.
    most = sum(len(line.text) for line in shown) < (1 - _HIDDEN_PAGE) * sum(len(line.text) for line in page.lines)
    return page.lines if most else shown


def _written(text: str) -> int:
    """Return how many characters a link's words take in the page: the limits were chosen by such counts."""
    if "&" in text or "\u00a0" in text or "<" in text or ">" in text:
        text = text.translate(_REFERENCES)
    return len(text.strip())


class _Walk:
    """One pass over the nodes of a tree in reading order, without recursion: pages may be deep.

    A box is made when the first line in it begins: most boxes without text cost little.
    """

    def __init__(self, root: Node) -> None:
        self.page = Layout()
        # The elements around, and behind the page's own box that of each: no box before there is text, but how it stands in a line.
        self.around = [root]
        self.boxes = [0, ~_kinds().get(root.tag_id, _BOX)]

    def run(self) -> None:
        # A call for each node would take as long as all the rest.
        around, boxes, kind_of, end_line = self.around, self.boxes, _kinds().get, self.end_line
        found_links, headings = self.page.links, self.page.headings
        pieces: list[str] = []
        links = 0  # characters of the line that are links'
        linked = int(boxes[-1] == ~_LINK)  # how many elements are around within the outermost link
        node = around[0].first_child
        while around:
            if node is None:
                if pieces and boxes[-1] != boxes[-2]:
                    end_line(pieces, links)
                    links = 0
                boxes.pop()
                node = around.pop().next
                if len(around) < linked:
                    linked = 0
                continue
            number = node.tag_id
            if number == TEXT:
                # What is empty to the parser is many times as quick to tell; Python knows more spaces.
                if pieces or not node.is_empty_text_node:
                    text = node.text_content or ""
                    if pieces or not text.isspace() or "\u00a0" in text:
                        if boxes[-1] < 0:
                            self.make_boxes()
                        pieces.append(text)
                        if linked:
                            links += _written(text)
                node = node.next
                continue
            kind = kind_of(number, _BOX)
            box = ~kind
            if kind == _LINK:
                found_links.append(node)
            elif kind == _HEADING:
                headings.append(node)
            if pieces and kind != _NOTHING:
                if kind >= _BREAK or self.mark_within(node, kind):
                    end_line(pieces, links)
                    links = 0
                else:
                    box = boxes[-1]
            if inner := node.first_child:
                around.append(node)
                boxes.append(box)
                if kind == _LINK and not linked:
                    linked = len(around)
                node = inner
            else:
                node = node.next
        if pieces:  # of a root that is no box itself
            end_line(pieces, links)

    def end_line(self, pieces: list[str], links: int) -> None:
        text = (pieces[0] if len(pieces) == 1 else "".join(pieces)).strip()
        pieces.clear()
        # Spaces of other kinds are not printable.
        if "  " in text or not text.isprintable():
            text = " ".join(text.split())
        if length := len(text):
            links = min(links, length)
            own = length - links
            self.page.lines.append(Line(text, links, self.boxes[-1], own if own >= _LEAST_PROSE and own >= links else 0))

    def make_boxes(self) -> None:
        """Make the boxes around a text that are not made yet."""
        page, boxes, around = self.page, self.boxes, self.around
        first = len(boxes)
        while boxes[first - 1] < 0:
            first -= 1
        box = boxes[first - 1]
        for index in range(first, len(boxes)):
            element, kind = around[index - 1], ~boxes[index]
            if kind >= _BOX:
                tag = element.tag or ""
                page.parent.append(box)
                box = len(page.tag)
                page.tag.append(tag)
                page.mark.append(_mark(tag, element.attributes))
            elif mark := self.mark_within(element, kind):
                page.parent.append(box)
                box = len(page.tag)
                page.tag.append(element.tag or "")
                page.mark.append(mark)
            boxes[index] = box

    def mark_within(self, node: Node, kind: int) -> str:
        """Return the mark that makes an element within a line a box: of a link only that it is hidden, as its names say what it leads to."""
        attributes = node.attributes
        if not attributes:
            return ""
        if kind == _LINK:
            return HIDDEN if _is_hidden(attributes) else ""
        return _mark("", attributes)
