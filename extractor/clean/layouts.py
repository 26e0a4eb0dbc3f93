"""Pages of a known family: which it is, and the parts of an article by the family's layout."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from extractor.anchors import Words
from extractor.clean.bylines import read_byline
from extractor.clean.captions import take_captions
from extractor.clean.links import drop_link_lists, file_address, is_file_address
from extractor.clean.metadata import read_views
from extractor.clean.moments import Stated, read_stated
from extractor.clean.parts import Parts, read_lines
from extractor.clean.tree import Node, Parser, drop, find, first, paragraphs, take_off, words
from extractor.sites import Family, Layout, load_families

_NUMBER = re.compile(r"\d{1,3}(?:\.?\d{3})*")
# Marks that stand within a headline: "new", "featured".
_MARKS = ("sup",)


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a layout says that is lost when the page is pruned: counters stand hidden, attachments in frames."""

    views: int | None
    files: tuple[str, ...]
    crumbs: tuple[str, ...]
    updated: str | None


# Letters of which any Vietnamese page has one, and pages of other languages none: the layouts are for Vietnamese pages.
_LETTERS = tuple(letter.encode() for letter in "ưạếộ")
# What they begin with in UTF-8: a search for one byte takes next to no time.
_FIRST_BYTES = tuple({letter[:1] for letter in _LETTERS})


# Words of a selector that stand in any page in which it finds something: names of classes and ids, pieces of values.
_STATED = re.compile(r"(?<=[#.\['\"=/?])[\w-]{3,}(?![\w-]*\s*[\^$*~|]?=)", re.ASCII)


@functools.cache
def _marks() -> tuple[Words, list[tuple[Family, list[tuple[str, frozenset[bytes]]]]]]:
    """Return the words of all marks, and each family with its marks and their words."""
    each = [(family, [(mark, _words_of(mark)) for mark in family.detect]) for family in load_families()]
    return Words(word for _, marks in each for _, words in marks for word in words), each


def _words_of(selector: str) -> frozenset[bytes]:
    # What stands in brackets may be what is not to be found.
    return frozenset() if "(" in selector else frozenset(word.lower().encode() for word in _STATED.findall(selector))


def family_of(tree: Parser, source: bytes) -> Family | None:
    """Return the family whose marks an unpruned page bears; `source` is the page before it was parsed."""
    if not any(byte in source for byte in _FIRST_BYTES) or not any(letter in source for letter in _LETTERS):
        return None
    # One look at the page tells for which marks it is worth to search the tree: of most families, for none.
    known, each = _marks()
    found = known.within(source.lower())
    for family, marks in each:
        perhaps = ", ".join(mark for mark, words in marks if words <= found)
        if perhaps and tree.css_first(perhaps) is not None:
            return family
    return None


def read_hidden(tree: Parser, family: Family | None) -> dict[str, Hidden]:
    """Return by layout what is to be read of an unpruned page."""
    return {layout.name: _hidden(tree, layout) for layout in (family.layouts if family else ()) if _fits(tree, layout)}


def _fits(tree: Parser, layout: Layout) -> bool:
    return tree.css_first(", ".join(layout.body)) is not None


def _hidden(tree: Parser, layout: Layout) -> Hidden:
    views = (_counted(words(node) or "") for node in _all(tree, layout.views))
    addresses = (file_address(node) for node in _all(tree, layout.attachments))
    files = [address for address in addresses if address and not address.startswith("#")]
    crumbs = next((nodes for selector in layout.section if (nodes := tree.css(selector))), [])
    return Hidden(
        next((v for v in views if v is not None), None),
        tuple(dict.fromkeys(files)),
        tuple(w for node in crumbs if (w := words(node))),
        _date_words(changed) if (changed := first(tree, layout.updated)) is not None else None,
    )


def _counted(box: str) -> int | None:
    """Return what a box for a counter says, which may be the number alone."""
    return int(box.replace(".", "")) if _NUMBER.fullmatch(box) else read_views(box)


def _all(tree: Parser, selectors: Iterable[str]) -> Iterable[Node]:
    return (node for selector in selectors for node in tree.css(selector))


def read_layout(
    tree: Parser, family: Family, hidden: Mapping[str, Hidden], fetched_at: dt.datetime | None
) -> tuple[Parts, tuple[str, ...]] | None:
    """Return the parts by the first layout whose body the page has, and its breadcrumb; None where it has none."""
    for layout in family.layouts:
        body = first(tree, layout.body)
        if body is not None:
            parts = _read(tree, layout, body, fetched_at)
            parts.family = f"{family.name}: {layout.name}"
            known = hidden[layout.name]
            parts.views = parts.views if known.views is None else known.views
            parts.attachments = list(dict.fromkeys((*known.files, *parts.attachments)))
            if known.updated:
                parts.updated = read_stated(known.updated, fetched_at=fetched_at).published
            return parts, known.crumbs
    return None


def _read(tree: Parser, layout: Layout, body: Node, fetched_at: dt.datetime | None) -> Parts:
    parts = Parts(title=_title(tree, layout))
    stated = _stated(tree, layout, fetched_at)
    author = words(first(tree, layout.author))
    drop(body, layout.drop)
    parts.attachments = [href for node in body.css("a[href]") if (href := node.attributes.get("href")) and is_file_address(href)]
    drop_link_lists(body)
    within = take_captions(body)
    parts.captions = [*_take_captions(tree, layout), *within]
    lead_node = first(tree, layout.lead)
    lead = paragraphs(lead_node) if lead_node is not None else []
    read_lines(paragraphs(body), parts)
    parts.lead = "\n".join(lead) or None
    parts.published, parts.updated = stated.published, stated.updated
    if lead and (not parts.body or parts.body[0] != lead[0]):
        parts.body = lead + parts.body
    if author and (byline := read_byline(author, pushed=True)):
        # Who signs the article wrote it; the software's own box may name whoever put it on the page.
        parts.author, parts.photo_credit = parts.author or byline[0], parts.photo_credit or byline[1]
    return parts


def _stated(tree: Parser, layout: Layout, fetched_at: dt.datetime | None) -> Stated:
    """Return what the first of the layout's boxes of dates says that states a moment."""
    for selector in layout.date:
        node = first(tree, (selector,))
        stated = read_stated(_date_words(node), fetched_at=fetched_at) if node is not None else None
        if stated and stated.published:
            return stated
    return Stated(None, None)


def _title(tree: Parser, layout: Layout) -> str | None:
    node = first(tree, layout.title)
    if node is not None:
        drop(node, _MARKS)
    return words(node)


def read_labels(tree: Parser, family: Family, parts: Parts, fetched_at: dt.datetime | None) -> None:
    """Fill what the family's layouts tell of a page that has none of their boxes: headline, days and lead."""
    for layout in family.layouts:
        parts.title = parts.title or _title(tree, layout)
        if parts.published is None:
            stated = _stated(tree, layout, fetched_at)
            parts.published, parts.updated = stated.published, parts.updated or stated.updated
        if parts.lead is None and (lead := first(tree, layout.lead)) is not None:
            parts.lead = "\n".join(paragraphs(lead)) or None


def _date_words(node: Node) -> str:
    """Return what a box of dates says: for machines where it does, since that has the hour too."""
    return node.attributes.get("datetime") or words(node) or ""


def _take_captions(tree: Parser, layout: Layout) -> list[str]:
    """Return the captions and take them off the page, each once though two selectors find it."""
    selector = ", ".join(layout.captions)
    if not selector:
        return []
    captions = [caption for node in find(tree, selector) if (caption := words(node))]
    take_off(tree, selector)
    return captions
