"""The parsed page: what is dropped from every page, and paragraphs out of nodes."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode

# Code, fields of forms, site-wide boxes, and elements whose text is written out raw, tags and all, when a tree becomes text again.
GONE = (
    "script style noscript template svg math iframe object canvas select button input textarea nav footer title xmp noembed noframes plaintext"
).split()
_FRAME = frozenset({"html", "head", "body"})  # a page hidden as a whole is shown by its script
_HIDDEN = (
    "[hidden], [aria-hidden=true], "
    "[style*='display:none' i], [style*='display: none' i], [style*='visibility:hidden' i], [style*='visibility: hidden' i]"
)
_NAMED_HIDDEN = "[class*=hid], [class*=-none], [class*=invisible], [class*=sr-only]"
# The parser's numbers of texts, and of what is never shown: comments, and instructions to programs.
TEXT, UNSHOWN = 2, (0, 4)
# Classes that hide a node, at least on a wide screen, and those that show it again there.
_HIDES = re.compile(
    r"(?:^|\s)(?:(?:sm:|md:|lg:|xl:|2xl:)?hidden|hide|d-(?:sm-|md-|lg-|xl-)?none|invisible|sr-only|visually-?hidden|screen-reader-text|is-hidden)(?:\s|$)"
)
_SHOWS = re.compile(r"(?::|-(?:sm|md|lg|xl|xxl)-)(?:block|flex|grid|inline|table|visible)")
_BLOCKS = frozenset(
    "address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main "
    "ol p pre section table tbody td tfoot th thead tr ul body".split()
)
Parser = LexborHTMLParser
Node = LexborNode
Attributes = Mapping[str, str | None]


def parse(source: bytes | str) -> Parser:
    """Return the parsed page; bytes are in UTF-8."""
    return LexborHTMLParser(source)


def is_hidden_class(names: str) -> bool:
    """Tell whether a class attribute hides its node on a wide screen.

    >>> is_hidden_class("menu hidden"), is_hidden_class("hidden md:block"), is_hidden_class("lg:hidden")
    (True, False, True)
    """
    return _HIDES.search(names) is not None and _SHOWS.search(names) is None


def tag_numbers(tags: Iterable[str]) -> frozenset[int]:
    """Return the parser's numbers of tags: quicker to compare than names, and than a search for each."""
    page = parse("")
    return frozenset(page.create_node(tag).tag_id for tag in tags)


def prune_hidden(tree: Parser) -> None:
    """Take off the nodes that are not shown."""
    take_off(tree, _HIDDEN)
    for node in reversed(find(tree, _NAMED_HIDDEN)):
        if node.tag not in _FRAME and is_hidden_class(node.attributes.get("class") or ""):
            node.decompose()


def find(tree: Parser | Node, selector: str) -> list[Node]:
    """Return the nodes that a list of selectors finds, in reading order, each once: the parser gives one for each match."""
    return list({node.mem_id: node for node in tree.css(selector)}.values())


def take_off(tree: Parser | Node, selector: str) -> None:
    """Take off the nodes that a selector finds, the inner before the outer: none is touched after it is freed."""
    for node in reversed(find(tree, selector)):
        if node.tag not in _FRAME:
            node.decompose()


def drop(node: Node, selectors: Iterable[str]) -> None:
    """Take off what the selectors find below a node."""
    if selector := ", ".join(selectors):
        take_off(node, selector)


def first(tree: Parser | Node, selectors: Iterable[str]) -> Node | None:
    """Return the first node that a selector finds and that holds text or is a meta."""
    for selector in selectors:
        node = tree.css_first(selector)
        if node is not None and not _says(node):
            node = next(filter(_says, tree.css(selector)), None)
        if node is not None:
            return node
    return None


def _says(node: Node) -> bool:
    if node.tag == "meta":
        return True
    return any(part.tag_id == TEXT and (part.text_content or "").strip() for part in node.traverse(include_text=True, skip_empty=True))


def words(node: Node | None) -> str | None:
    """Return a node's text on one line; a meta's content; None where there is none."""
    if node is None:
        return None
    if node.tag == "meta":
        return node.attributes.get("content")
    return " ".join(node.text(separator=" ").replace("\u00a0", " ").split()) or None


def paragraphs(node: Node) -> list[str]:
    """Return the node's text as paragraphs: a block or a line break ends one, spaces are one."""
    blocks, breaks = _blocks()
    lines: list[str] = []
    pieces: list[str] = []

    def flush() -> None:
        line = " ".join("".join(pieces).replace("\u00a0", " ").split())
        pieces.clear()
        if line:
            lines.append(line)

    # Without recursion: pages may be deep.
    around = [node]
    part = node.first_child
    while around:
        if part is None:
            ended = around.pop()
            if pieces and ended.tag_id in blocks:
                flush()
            part = ended.next
            continue
        number = part.tag_id
        if number == TEXT:
            pieces.append(part.text_content or "")
        elif pieces and number in breaks:
            flush()
        if within := part.first_child:
            around.append(part)
            part = within
        else:
            part = part.next
    if pieces:
        flush()
    return lines


@functools.cache
def _blocks() -> tuple[frozenset[int], frozenset[int]]:
    """Return the numbers of blocks, and of what ends a line where it begins."""
    return tag_numbers(_BLOCKS), tag_numbers([*_BLOCKS, "br"])
