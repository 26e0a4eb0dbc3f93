"""A parsed page laid out flat: its lines of text, and the boxes they stand in with what their tags and names say of them."""

from __future__ import annotations

import functools
import html as entities
import re
from dataclasses import dataclass, field

from extractor.clean.tree import is_hidden_class
from extractor.data import rules_dir
from extractor.rules import read_toml

# Of each tag its name, "!" for a comment, the first 2,000 characters of its attributes, and the text behind it.
_TOKEN = re.compile(r"<(!|[a-z/][^\s>]*+)(--.*?--(?=>)|[^>]{0,2000}+)[^>]*+>([^<]*+)", re.DOTALL)
_NAMED = re.compile(r' (class|id|role|aria-modal)="([^"]*)"')
_HIDING = re.compile(r' (class|style|hidden|aria-hidden)="([^"]*)"')
# Parts of a page that are sent after its frame and moved into it by the page's script.
_STREAMED = re.compile(r' id="S:[0-9a-f]{1,6}"')
# How a tag stands in a line; all others begin or end a box, and with it a line.
_NOTHING, _FORMAT, _LINK, _UNFORMAT, _UNLINK = range(5)
_BREAK, _BOX, _END = -1, -2, -3
_VOID = "area base col embed img input link meta param source track wbr"
_FORMATS = "abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small span strike strong sub sup time tt u var"
_KINDS = {
    **dict.fromkeys(_VOID.split(), _NOTHING),
    **dict.fromkeys(_FORMATS.split(), _FORMAT),
    **{f"/{tag}": _UNFORMAT for tag in _FORMATS.split()},
    "a": _LINK,
    "/a": _UNLINK,
    "!": _NOTHING,
    "br": _BREAK,
    "hr": _BREAK,
}
_CHROME_TAGS = frozenset({"nav", "footer", "aside", "form", "dialog", "menu"})
_CHROME_ROLES = frozenset(
    "navigation contentinfo complementary search banner dialog menu menubar alert alertdialog tablist toolbar".split()
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
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

    Of each box: its parent's index, its tag, and the word that marks it as chrome, or "".
    """

    parent: list[int] = field(default_factory=lambda: [-1])
    tag: list[str] = field(default_factory=lambda: ["body"])
    mark: list[str] = field(default_factory=lambda: [""])
    lines: list[Line] = field(default_factory=list)

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
    return re.compile(f"(?<![a-z])(?:({strong})|{weak})(?![a-z])")


def _by_first_letter(words: list[str]) -> str:
    """Return the alternation of patterns that begin with a letter, quicker to reject: few letters begin one."""
    by_letter: dict[str, list[str]] = {}
    for word in words:
        by_letter.setdefault(word[0], []).append(word[1:])
    return "|".join(f"{letter}(?:{'|'.join(rests)})" for letter, rests in by_letter.items())


@functools.lru_cache(maxsize=16384)
def _mark_of_name(name: str) -> str:
    """Return the word of a class or id that marks chrome, a strong one with "!" before it; "" where none does."""
    lower = name.lower()
    found = _names().search(lower if lower == name and "_" not in name else _CAMEL.sub("-", name).lower())
    return "" if found is None else f"!{found[0]}" if found[1] else found[0]


@functools.lru_cache(maxsize=16384)
def _mark(tag: str, attributes: str) -> str:
    """Return the word that marks a box as chrome, HIDDEN where it is not shown, "" where nothing does."""
    if tag == "body":
        return ""  # its classes name parts of the theme
    if _is_hidden(attributes):
        return HIDDEN
    if tag == "a":
        return ""  # the names of links say what they lead to
    mark = tag if tag in _CHROME_TAGS else ""
    for name, value in _NAMED.findall(attributes):
        if name == "role":
            mark = value if value in _CHROME_ROLES else mark
        elif name == "aria-modal":
            mark = "modal"
        else:
            mark = mark or _mark_of_name(value)
    return mark


def _is_hidden(attributes: str) -> bool:
    # Most attributes hide nothing, and are told by what they do not hold.
    if not ("hid" in attributes or "none" in attributes or "invisible" in attributes or "sr-only" in attributes or "screen-reader" in attributes):
        return False
    for name, value in _HIDING.findall(attributes):
        if name == "class":
            hides = is_hidden_class(value)
        elif name == "style":
            style = value.replace(" ", "").lower()
            hides = "display:none" in style or "visibility:hidden" in style
        else:
            hides = name == "hidden" or value == "true"
        if hides:
            return name != "hidden" or _STREAMED.search(attributes) is None
    return False


def lay_out(body: str) -> Layout:
    """Return the boxes and lines of a body without scripts and styles, as a tree gives it; hidden lines only where they are most of it."""
    walk = _Walk()
    walk.run(body)
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


class _Walk:
    """One pass over the tags and texts of a serialised tree, whose tags are balanced and whose attributes hold no ">".

    A box is made when the first line in it ends: most boxes without text cost little.
    """

    def __init__(self) -> None:
        self.page = Layout()
        self.open: list[tuple[str, str]] = []  # tag and attributes of the boxes around
        self.made = [0]  # the page's own box, and those of the open ones that are made
        self.pieces: list[str] = []
        self.links = 0

    def end_line(self) -> None:
        text = "".join(self.pieces)
        if "&" in text:
            text = entities.unescape(text)
        text = text.strip()
        # Spaces of other kinds are not printable.
        if "  " in text or not text.isprintable():
            text = " ".join(text.split())
        if text:
            if len(self.made) <= len(self.open):
                self.make_boxes()
            links = min(self.links, len(text))
            own = len(text) - links
            self.page.lines.append(Line(text, links, self.made[-1], own if own >= _LEAST_PROSE and own >= links else 0))
        self.pieces.clear()
        self.links = 0

    def make_boxes(self) -> None:
        page, made = self.page, self.made
        for tag, attributes in self.open[len(made) - 1 :]:
            page.parent.append(made[-1])
            made.append(len(page.tag))
            page.tag.append(tag)
            page.mark.append(_mark(tag, attributes) if attributes or tag in _CHROME_TAGS else "")

    def run(self, source: str) -> None:
        # A call for each box would take as long as all the rest.
        pieces, around, made, end_line, kind_of = self.pieces, self.open, self.made, self.end_line, _KINDS.get
        linked = 0
        boxed: list[bool] = []  # of each open element within a line, whether it is a box because of its mark
        for tag, attributes, text in _TOKEN.findall(source):
            kind = kind_of(tag)
            if kind is None:
                kind = _END if tag[0] == "/" else _BOX
            elif kind >= _UNFORMAT:
                linked -= kind == _UNLINK
                kind = _END if boxed.pop() else _NOTHING
            elif kind >= _FORMAT:
                linked += kind == _LINK
                # A link is no box but where it is hidden; its address fills no cache.
                opens = bool(attributes and (_is_hidden(attributes) if kind == _LINK else _mark(tag, attributes)))
                boxed.append(opens)
                kind = _BOX if opens else _NOTHING
            if kind:
                if pieces:
                    end_line()
                if kind == _BOX:
                    around.append((tag, attributes))
                elif kind == _END:
                    if len(made) > len(around):
                        made.pop()
                    around.pop()
            if text and (pieces or not text.isspace()):
                pieces.append(text)
                if linked:
                    self.links += len(text.strip())
        if pieces:
            end_line()
