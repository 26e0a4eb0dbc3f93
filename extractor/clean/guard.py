"""What a page must not be to be parsed: too large, too deep, too wide. The parser is quadratic in depth, attributes, open formats and choices."""

from __future__ import annotations

import re
from collections import Counter

from extractor.errors import PoisonError

MAX_SIZE = 10_000_000
MAX_DEPTH = 2_000
MAX_ATTRIBUTES = 500
MAX_COPIES = 1_000_000
MAX_OPTIONS = 10_000  # of one select: as many as the country had communes
# All quantifiers give nothing back, so that time is linear.
_ATTRIBUTE = r"[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"?|'[^']*+'?|[^\s>\"'][^\s>]*+)?+)?+"
_COMMENT = r"!--(?:-?>|(?:[^-]++|-(?!-!?>))*+)"
# Elements whose text holds no tags, up to the end of their own closing tag.
_RAW = r"(?=[sStTxXiInN])(?i:script|style|textarea|title|xmp|iframe|noembed|noframes)(?![^\s/>])"
# One with too many attributes is left to the pattern that tells so.
_RAW += rf"(?!(?:{_ATTRIBUTE}){{{MAX_ATTRIBUTES + 1}}}+)"
_RAW += r"[^>]*+>(?:[^<]++|<(?!/(?i:script|style|textarea|title|xmp|iframe|noembed|noframes)))*+(?:</[^>]*+)?+"
# The rest of most tags: up to 20 values in double quotes, with room for no more than 20 other attributes between two of them.
_NARROW = r"[^>\"'=]{0,40}+(?:(?<=[^\s/\"])=\"[^\"]*+\"[^>\"'=]{0,40}+){0,20}+>"
# Of each opening tag the first letter of the attribute that is one too many.
_WIDE = re.compile(
    rf"<(?:{_RAW}|[a-zA-Z][^\s/>]*+(?:{_NARROW}|(?:{_ATTRIBUTE}){{0,{MAX_ATTRIBUTES}}}+[\s/]*+([^\s/>])?+)|{_COMMENT})".encode()
)
# Of each tag its name, after a slash where it closes, its attributes, and a slash that ends it.
_TAG = re.compile(rf"<(?:{_RAW}|(/?[a-zA-Z][^\s/>]*+)((?:{_ATTRIBUTE})*+)\s*+(/?)|{_COMMENT})")
# Elements that the parser opens again in every paragraph below, up to three that are the same, until they are closed.
_FORMATS = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_SAME = 3
# Shapes that close themselves in drawings; the slash of an element of HTML closes nothing.
_SHAPES = frozenset("circle ellipse fegaussianblur feoffset g image line path polygon polyline rect stop use".split())
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr p li td tr th option dt dd".split())


def check(source: bytes) -> None:
    """Raise PoisonError where the page, in UTF-8, must not be parsed; linear in its size."""
    if len(source) > MAX_SIZE:
        raise PoisonError("too_large", f"the page has {len(source)} bytes, {MAX_SIZE} at most")
    found = _WIDE.findall(source)
    if any(found):
        raise PoisonError("too_many_attributes", f"a tag has more than {MAX_ATTRIBUTES} attributes")
    # A page of few tags cannot be too deep, and most are spared the slower count.
    if len(found) > MAX_DEPTH:
        tags = _TAG.findall(source.decode("utf-8", "replace"))
        if _is_deep(tags):
            raise PoisonError("too_deep", f"the page nests more than {MAX_DEPTH} elements")
        if _copies(tags) > MAX_COPIES:
            raise PoisonError("too_many_open_formats", f"formats left open would be opened again more than {MAX_COPIES} times")
        if _options(tags) > MAX_OPTIONS:
            raise PoisonError("too_many_options", f"a select offers more than {MAX_OPTIONS} choices")


def _is_deep(tags: list[tuple[str, str, str]]) -> bool:
    depth = 0
    for name, _, slash in tags:
        lower = name.lower()
        if not name or lower in _VOID or (slash and lower in _SHAPES):
            continue
        depth = max(0, depth - 1) if name[0] == "/" else depth + 1
        if depth > MAX_DEPTH:
            return True
    return False


def _copies(tags: list[tuple[str, str, str]]) -> int:
    """Return how many elements the parser may make of formats that are left open: each once for every tag after it."""
    left: Counter[str] = Counter()
    different: Counter[tuple[str, str]] = Counter()
    opened = copies = 0
    for name, attributes, _ in tags:
        lower = name.lower()
        bare = lower.removeprefix("/")
        if bare not in _FORMATS:
            copies += opened
        elif bare != lower:
            opened -= left[bare] > 0
            left[bare] -= left[bare] > 0
        elif different[bare, attributes] < _SAME:
            different[bare, attributes] += 1
            left[bare] += 1
            opened += 1
    return copies


def _options(tags: list[tuple[str, str, str]]) -> int:
    """Return the most choices that one select offers."""
    most = choices = 0
    for name, _, _ in tags:
        lower = name.lower()
        if lower in {"select", "/select"}:
            choices = 0
        elif lower in {"option", "optgroup"}:
            choices += 1
            most = max(most, choices)
    return most
