"""The little XML that a crawler meets, from strangers: streamed, bounded, without document types and thus without entity bombs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate

MAX_ITEMS = 50_000
MAX_DEPTH = 50
_MAX_TEXT = 4_000


@dataclass(slots=True)
class Item:
    """One item: the texts of its children by their local names, each name's first, and addresses of its links by their kind."""

    name: str
    texts: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)


class _Reader:
    def __init__(self, items: frozenset[str]) -> None:
        self.items, self.found, self.path = items, list[Item](), list[str]()
        self.current: Item | None = None
        self.text: list[str] = []
        self.kept = 0
        self.root = ""
        self.broken = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2].lower()
        self.root = self.root or name
        self.path.append(name)
        if len(self.path) > MAX_DEPTH:
            raise ValueError(f"deeper than {MAX_DEPTH} elements")
        if name in self.items:
            if len(self.found) >= MAX_ITEMS:
                raise ValueError(f"more than {MAX_ITEMS} entries")
            self.current = Item(name)
        elif self.current is not None and name == "link" and attributes.get("href"):
            self.current.links.setdefault(attributes.get("rel", "alternate"), attributes["href"].strip())
        self.text, self.kept = [], 0

    def data(self, text: str) -> None:
        if self.current is not None and self.kept < _MAX_TEXT:
            self.text.append(text[: _MAX_TEXT - self.kept])
            self.kept += len(text)

    def end(self, tag: str) -> None:
        name = self.path.pop()
        if self.current is None:
            return
        if name == self.current.name:
            self.found.append(self.current)
            self.current = None
        elif words := "".join(self.text).strip():
            self.current.texts.setdefault(name, words)
        self.text = []

    def refuse(self, *_: object) -> None:
        raise ValueError("it declares a document type")


@dataclass(frozen=True, slots=True)
class Read:
    """What an XML file holds: the root's local name, its items, and why it was not read to its end, "" where it was."""

    root: str
    items: tuple[Item, ...]
    broken: str


def read_items(content: bytes, names: frozenset[str]) -> Read:
    """Return the items of these (local, lower-case) names; of a file that breaks in its middle, those before the break.

    >>> read_items(b"<urlset><url><loc>http://a.example/1</loc></url><url></urlset>", frozenset({"url"})).items[0].texts
    {'loc': 'http://a.example/1'}
    """
    reader = _Reader(names)
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = reader.data, reader.refuse
    try:
        for piece in _pieces(content.lstrip(b"\xef\xbb\xbf \r\n\t")):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (ExpatError, ValueError, LookupError) as error:
        reader.broken = str(error)
    return Read(reader.root, tuple(reader.found), reader.broken)


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 65_536):
        yield content[start : start + 65_536]
