"""What a page must not be to be parsed: too large, too deep, too wide. The parser is quadratic in depth and attributes."""

from __future__ import annotations

import re

from extractor.errors import PoisonError

MAX_SIZE = 10_000_000
MAX_DEPTH = 2_000
MAX_ATTRIBUTES = 500
# A tag up to its end, which no ">" within a quoted value is; the quantifiers give nothing back, so that time is linear.
_REST = r"(?:[^>=]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?)*+"
_COMMENT = r"!--.*?(?:--!?>|\Z)"
_TAG = re.compile(rf"<(?:[a-zA-Z/]{_REST}|{_COMMENT})", re.DOTALL)
# The same where text of scripts and titles is no tag: slower, for pages that seem too wide.
_RAW = "script|style|textarea|title|xmp|iframe|noembed|noframes"
_TRUE_TAG = re.compile(rf"<(?:(?:{_RAW})\b[^>]*+>.*?(?:</(?:{_RAW})|\Z)|{_COMMENT}|([a-zA-Z/]{_REST}))", re.DOTALL | re.IGNORECASE)
_NAME = re.compile(r"</?([a-zA-Z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"(?<=[\s/\"'])[^\s/\"'=][^\s/=]*+(?:=(?:\"[^\"]*+\"?|'[^']*+'?|[^\s\"']*+))?")
# Shapes that close themselves in drawings; the slash of an element of HTML closes nothing.
_SHAPES = frozenset("circle ellipse fegaussianblur feoffset g image line path polygon polyline rect stop use".split())
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr p li td tr th option dt dd".split())


def check(html: str) -> None:
    """Raise PoisonError where the page must not be parsed; linear in its size."""
    if len(html) > MAX_SIZE:
        raise PoisonError("too_large", f"the page has {len(html)} characters, {MAX_SIZE} at most")
    tags = _TAG.findall(html)
    if _any_wide(tags) and _any_wide(_TRUE_TAG.findall(html)):
        raise PoisonError("too_many_attributes", f"a tag has more than {MAX_ATTRIBUTES} attributes")
    # A page without so many tags left open cannot be too deep, and most are spared the slower count.
    if html.count("<") - html.count("</") > MAX_DEPTH and _is_deep(tags):
        raise PoisonError("too_deep", f"the page nests more than {MAX_DEPTH} elements")


def _any_wide(tags: list[str]) -> bool:
    # An attribute and what parts it from the next are two characters at least.
    long = [tag for tag in tags if len(tag) > 2 * MAX_ATTRIBUTES and not tag.startswith("<!")]
    return any(len(_ATTRIBUTE.findall(tag)) > MAX_ATTRIBUTES for tag in long)


def _is_deep(tags: list[str]) -> bool:
    depth = 0
    for tag in tags:
        name = _NAME.match(tag)
        if name is None or name[1].lower() in _VOID or (tag[-1] == "/" and name[1].lower() in _SHAPES):
            continue
        depth = max(0, depth - 1) if tag[1] == "/" else depth + 1
        if depth > MAX_DEPTH:
            return True
    return False
