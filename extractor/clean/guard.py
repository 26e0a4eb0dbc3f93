"""What a page must not be to be parsed: too large, too deep, too wide. The parser is quadratic in depth and attributes."""

from __future__ import annotations

import re

from extractor.errors import PoisonError

MAX_SIZE = 10_000_000
MAX_DEPTH = 2_000
MAX_ATTRIBUTES = 500
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)(/?)>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr p li td tr th option dt dd".split())


def check(html: str) -> None:
    """Raise PoisonError where the page must not be parsed; linear in its size."""
    if len(html) > MAX_SIZE:
        raise PoisonError("too_large", f"the page has {len(html)} characters, {MAX_SIZE} at most")
    depth = 0
    for match in _TAG.finditer(html):
        if match[2].lower() in _VOID or match[4]:
            continue
        depth = max(0, depth - 1) if match[1] else depth + 1
        if depth > MAX_DEPTH:
            raise PoisonError("too_deep", f"the page nests more than {MAX_DEPTH} elements")
        if match[3].count("=") > MAX_ATTRIBUTES:
            raise PoisonError("too_many_attributes", f"a tag has more than {MAX_ATTRIBUTES} attributes")
