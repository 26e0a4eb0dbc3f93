"""The main text of a page of an unknown site: blocks scored by their own words against their links."""

from __future__ import annotations

import regex

from extractor.clean.chrome import block_words
from extractor.clean.tree import Node, Parser

_ARTICLE = ("article", "main", "[itemprop=articleBody]", "[role=main]", "#content", ".content", ".entry-content", ".post-content", ".article-body", ".detail-content")
_MIN_TEXT = 140
_SPLIT = regex.compile(r"[\s_-]+")


def is_chrome_block(node: Node) -> bool:
    """Tell whether a block's class or id names it chrome."""
    attributes = node.attributes
    name = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower()
    return bool(name.strip()) and any(word in name for word in block_words())


def _length(node: Node) -> int:
    return len(node.text(strip=True))


def link_density(node: Node) -> float:
    """Return the share of a block's characters that are links' words."""
    total = _length(node)
    return sum(len(a.text(strip=True)) for a in node.css("a")) / total if total else 1.0


def strip_chrome(root: Node) -> None:
    """Take off blocks below the root that are named chrome and hold less than half of its text, or are all links."""
    whole = _length(root)
    for node in root.css("div, section, aside, ul, ol, table, form, header"):
        if node == root or node.parent is None:
            continue
        size = _length(node)
        if size > whole * 0.5:
            continue
        named = is_chrome_block(node) or node.tag in {"aside", "form"}
        links = size > 20 and link_density(node) > 0.6
        if named or links:
            node.decompose()


def _score(node: Node) -> float:
    """Return how much running text stands directly in a block: long paragraphs with commas, few links."""
    score = 0.0
    for child in node.iter(include_text=True):
        if child.tag in {"p", "-text", "span", "font", "b", "strong", "em", "i", "blockquote", "div"}:
            text = (child.text_content or "") if child.tag == "-text" else child.text(strip=True) or ""
            if len(text) > 60 and not (child.tag == "div" and child.css_first("p, div")):
                score += len(text) + 30 * text.count(",")
    return score * (1 - min(1.0, link_density(node)))


def main_node(tree: Parser) -> Node | None:
    """Return the block that holds the main text, or None where no block holds any."""
    body = tree.body
    if body is None:
        return None
    scores: list[tuple[float, int, Node]] = []
    for order, node in enumerate(body.css("div, article, section, td, main, body")):
        score = _score(node)
        if score:
            scores.append((score, -order, node))
    if not scores:
        return body if _length(body) >= _MIN_TEXT else None
    best = max(scores, key=lambda s: s[:2])[2]
    return _widen(best, max(s[0] for s in scores))


def _widen(node: Node, score: float) -> Node:
    """Return the ancestor that holds the neighbours of a body in parts: those with a good share of its score."""
    parent = node.parent
    while parent is not None and parent.tag not in {"body", "html"}:
        siblings = [c for c in parent.iter() if c != node and c.tag in {"div", "section", "p", "article"}]
        text = sum(_length(c) for c in siblings if not is_chrome_block(c) and link_density(c) < 0.3)
        if text < 0.25 * score:
            return node
        node, parent = parent, parent.parent
    return node
