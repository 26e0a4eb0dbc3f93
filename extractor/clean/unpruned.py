"""A whole page looked over once, before anything is taken off: each search walks all of the tree, so two find what all readers ask for."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import NamedTuple

from extractor.clean.tree import GONE, Attributes, Node, Parser, tag_numbers

# The parser itself passes over most elements of a page, which are none of those that are asked for by their tag.
_BY_TAG = ":not(div,a,span,li,p,img,h1,h2,h3,h4,td,tr,strong,b,br,ul,i,section,link)"
_TAGS = {
    "title": "titles",
    "meta": "metas",
    "base": "bases",
    "script": "scripts",
    "iframe": "frames",
    "embed": "frames",
    "object": "frames",
    "marquee": "marquees",
}
_BY_ATTRIBUTE = "[style], [hidden], [itemprop]"


class Marked(NamedTuple):
    """An element with what its tag says of it."""

    node: Node
    given: Attributes


@dataclass(slots=True)
class Unpruned:
    """Elements of an unpruned page, in reading order: by tag, those that attributes tell of, and what is taken off."""

    titles: list[Node] = field(default_factory=list)
    metas: list[Node] = field(default_factory=list)
    bases: list[Node] = field(default_factory=list)
    scripts: list[Node] = field(default_factory=list)
    frames: list[Node] = field(default_factory=list)
    marquees: list[Node] = field(default_factory=list)
    marked: list[Marked] = field(default_factory=list)
    gone: list[Node] = field(default_factory=list)


@functools.cache
def _numbers() -> tuple[frozenset[int], dict[int, str]]:
    """Return the parser's numbers of what is taken off, and the lists of what is read."""
    return tag_numbers(GONE), {number: name for tag, name in _TAGS.items() for number in tag_numbers([tag])}


def look_over(tree: Parser) -> Unpruned:
    """Return what is read of a page that nothing was taken off yet."""
    found = Unpruned()
    gone, names = _numbers()
    for node in tree.css(_BY_TAG):
        number = node.tag_id
        if number in gone:
            found.gone.append(node)
        if number in names:
            getattr(found, names[number]).append(node)
    # Of one that two selectors find the parser gives two.
    marked = {node.mem_id: node for node in tree.css(_BY_ATTRIBUTE)}
    found.marked = [Marked(node, node.attributes) for node in marked.values()]
    return found


def prune(found: Unpruned) -> None:
    """Take off what is no text of any page, the inner before the outer: code, fields of forms, the site's own boxes."""
    for node in reversed(found.gone):
        node.decompose()
