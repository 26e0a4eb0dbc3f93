"""A parsed page laid out flat: its lines of text, and the boxes they stand in with what their tags and names say of them."""

from __future__ import annotations

import functools
import html as entities
import re
from dataclasses import dataclass, field

from extractor.clean.tree import Parser, is_hidden_class
from extractor.data import rules_dir
from extractor.rules import read_toml

_TOKEN = re.compile(r"<(!--.*?--(?=>)|/?[a-z][^\s>]*)([^>]*)>([^<]*)", re.DOTALL)
_ATTRIBUTE = re.compile(r' (class|id|role|style|hidden|aria-hidden|aria-modal)="([^"]*)"')
_TEXT, _OPEN, _CLOSE, _LINK, _UNLINK, _SPAN, _UNSPAN, _BREAK = range(8)
_VOID = "area base col embed img input link meta param source track wbr"
_FORMAT = "abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small strike strong sub sup time tt u var"
_KINDS = {
    **dict.fromkeys(_VOID.split(), _TEXT),
    **dict.fromkeys(_FORMAT.split(), _TEXT),
    **{f"/{tag}": _TEXT for tag in _FORMAT.split()},
    "a": _LINK,
    "/a": _UNLINK,
    "span": _SPAN,
    "/span": _UNSPAN,
    "br": _BREAK,
    "hr": _BREAK,
}
_CHROME_TAGS = frozenset({"nav", "footer", "aside", "form", "dialog", "menu"})
_CHROME_ROLES = frozenset(
    "navigation contentinfo complementary search banner dialog menu menubar alert alertdialog tablist toolbar".split()
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_LONGEST_ATTRIBUTES = 2000


@dataclass(slots=True)
class Line:
    """A paragraph, heading or cell: its words, how many of its characters are links', and the box it stands in."""

    text: str
    links: int
    box: int


@dataclass(slots=True)
class Layout:
    """A page's boxes in reading order, a parent before its children, and its lines.

    Of each box: its parent's index, its tag, and the word that marks it as chrome, or "".
    """

    parent: list[int] = field(default_factory=lambda: [-1])
    tag: list[str] = field(default_factory=lambda: ["body"])
    mark: list[str] = field(default_factory=lambda: [""])
    lines: list[Line] = field(default_factory=list)


@functools.cache
def limits() -> tuple[float, float]:
    """Return the share of a page's running text that chrome may hold: by a strong word, by a weak one."""
    data = read_toml(rules_dir() / "generic.toml")
    return data["strong"]["limit"], data["weak"]["limit"]


@functools.cache
def _names() -> re.Pattern[str]:
    data = read_toml(rules_dir() / "generic.toml")
    strong, weak = ("|".join(data[key]["words"]) for key in ("strong", "weak"))
    return re.compile(f"(?<![a-z])(?:({strong})|{weak})(?![a-z])")


@functools.lru_cache(maxsize=16384)
def _mark_of_name(name: str) -> str:
    """Return the word of a class or id that marks chrome, a strong one with "!" before it; "" where none does."""
    lower = name.lower()
    found = _names().search(lower if lower == name and "_" not in name else _CAMEL.sub("-", name).lower())
    return "" if found is None else f"!{found[0]}" if found[1] else found[0]


@functools.lru_cache(maxsize=16384)
def _mark(tag: str, attributes: str) -> str | None:
    """Return the word that marks a box as chrome, "" where none does, None where the box is not shown."""
    if tag == "body":
        return ""  # its classes name parts of the theme
    mark = tag if tag in _CHROME_TAGS else ""
    for name, value in _ATTRIBUTE.findall(attributes):
        if name == "class" and is_hidden_class(value):
            return None
        if name in {"class", "id"}:
            mark = mark or _mark_of_name(value)
        elif name == "style":
            style = value.replace(" ", "").lower()
            if "display:none" in style or "visibility:hidden" in style:
                return None
        elif name == "role":
            mark = value if value in _CHROME_ROLES else mark
        elif name == "hidden" or (name == "aria-hidden" and value == "true"):
            return None
        elif name == "aria-modal":
            mark = "modal"
    return mark


def lay_out(tree: Parser) -> Layout:
    """Return the boxes and lines of a pruned tree."""
    walk = _Walk()
    if tree.body is not None:
        walk.run(tree.body.html or "")
    return walk.page


class _Walk:
    """One pass over the tags and texts of a serialised tree, whose tags are balanced and whose attributes hold no ">"."""

    def __init__(self) -> None:
        self.page = Layout()
        self.pieces: list[str] = []
        self.links = 0

    def end_line(self, box: int) -> None:
        text = "".join(self.pieces)
        if "&" in text:
            text = entities.unescape(text)
        text = " ".join(text.split())
        if text:
            self.page.lines.append(Line(text, min(self.links, len(text)), box))
        self.pieces.clear()
        self.links = 0

    def open_box(self, tag: str, mark: str, inside: int) -> int:
        page = self.page
        page.parent.append(inside)
        page.tag.append(tag)
        page.mark.append(mark)
        return len(page.parent) - 1

    def run(self, source: str) -> None:
        parent, pieces = self.page.parent, self.pieces
        box, linked, deep, skipped = 0, 0, 0, ""
        spans: list[bool] = []
        for tag, attributes, text in _TOKEN.findall(source):
            if skipped:
                # Only boxes of the skipped one's tag can end it.
                deep += (tag == skipped) - (tag[1:] == skipped and tag[0] == "/")
                if deep:
                    continue
                skipped = ""
            elif (kind := _KINDS.get(tag)) is None or kind == _SPAN:
                if tag[0] == "/":
                    if pieces:
                        self.end_line(box)
                    box = max(parent[box], 0)
                elif tag[0] != "!":
                    mark = _mark(tag, attributes[:_LONGEST_ATTRIBUTES])
                    if mark is None:
                        skipped, deep = tag, 1
                        continue
                    if kind is None or mark:
                        if pieces:
                            self.end_line(box)
                        box = self.open_box(tag, mark, box)
                    if kind:
                        spans.append(bool(mark))
            elif kind == _LINK:
                linked += 1
            elif kind == _UNLINK:
                linked -= 1
            elif kind == _UNSPAN:
                if spans.pop():
                    if pieces:
                        self.end_line(box)
                    box = max(parent[box], 0)
            elif kind == _BREAK and pieces:
                self.end_line(box)
            if text and (pieces or not text.isspace()):
                pieces.append(text)
                if linked:
                    self.links += len(text.strip())
        if pieces:
            self.end_line(box)
