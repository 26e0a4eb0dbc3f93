"""The parsed page: what is dropped from every page, and paragraphs out of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

_GONE = "script, style, noscript, template, svg, iframe, object, select, button, input, textarea, nav, footer, [hidden], [aria-hidden=true], canvas"
_HIDDEN = ("hidden", "hide", "d-none", "invisible", "sr-only", "visually-hidden")
_BLOCKS = frozenset(
    "address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main "
    "ol p pre section table tbody td tfoot th thead tr ul body".split()
)
Parser = LexborHTMLParser
Node = LexborNode


def parse(html: str) -> Parser:
    """Return the parsed page."""
    return LexborHTMLParser(html)


def prune(tree: Parser) -> None:
    """Take off what is no text of any page: code, forms' fields, hidden nodes."""
    for node in tree.css(_GONE):
        node.decompose()
    for node in tree.css("[class], [style]"):
        attributes = node.attributes
        classes = (attributes.get("class") or "").split()
        style = (attributes.get("style") or "").replace(" ", "").lower()
        if any(c in _HIDDEN for c in classes) or "display:none" in style or "visibility:hidden" in style:
            node.decompose()


def drop(node: Node, selectors: Iterable[str]) -> None:
    """Take off what the selectors find below a node."""
    for selector in selectors:
        for found in node.css(selector):
            found.decompose()


def first(tree: Parser | Node, selectors: Iterable[str]) -> Node | None:
    """Return the first node that a selector finds and that holds text or is a meta."""
    for selector in selectors:
        for node in tree.css(selector):
            if node.tag == "meta" or node.text(strip=True):
                return node
    return None


def words(node: Node | None) -> str | None:
    """Return a node's text on one line; a meta's content; None where there is none."""
    if node is None:
        return None
    if node.tag == "meta":
        return node.attributes.get("content")
    return " ".join(node.text(separator=" ").replace("\u00a0", " ").split()) or None


def paragraphs(node: Node) -> list[str]:
    """Return the node's text as paragraphs: a block or a line break ends one, spaces are one."""
    lines: list[str] = []
    pieces: list[str] = []

    def flush() -> None:
        line = " ".join("".join(pieces).replace("\u00a0", " ").split())
        pieces.clear()
        if line:
            lines.append(line)

    for kind, text in _walk(node):
        if kind == "text":
            pieces.append(text)
        else:
            flush()
    flush()
    return lines


def _walk(root: Node) -> Iterator[tuple[str, str]]:
    """Yield ("text", words) and ("break", "") in reading order, without recursion: pages may be deep."""
    stack: list[tuple[Node | None, bool]] = [(root, False)]
    while stack:
        node, leaving = stack.pop()
        if node is None:
            continue
        tag = node.tag
        if leaving:
            yield "break", ""
            continue
        if tag == "-text":
            yield "text", node.text_content or ""
            continue
        if tag == "br":
            yield "break", ""
            continue
        if tag == "_comment":
            continue
        if tag in _BLOCKS:
            yield "break", ""
            stack.append((node, True))
        child = node.last_child
        while child is not None:
            stack.append((child, False))
            child = child.prev
