"""What a page must not be to be parsed: too large, too deep, too wide. The parser is quadratic in depth, attributes, open formats and choices."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from extractor.clean.tree import Parser, parse
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
_CHOICES = frozenset({"option", "optgroup"})
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
        _check_nesting(_TAG.findall(source.decode("utf-8", "replace")))


def checked(source: bytes) -> Parser:
    """Return the parsed page; PoisonError as for `check`."""
    check(source)
    return parse(source)


class _Kind(NamedTuple):
    """How a tag counts: by how much it changes the depth, not where it `may_end_itself` and does; a format that is left open
    until it is closed; a choice of a select, where it is not its beginning or end."""

    step: int
    may_end_itself: bool
    format: str
    closes: bool
    choice: bool | None


class _Kinds(dict[str, _Kind]):
    """Kinds by the tag's name as it is written, after a slash where it closes: few names, and many tags of each."""

    def __missing__(self, name: str) -> _Kind:
        lower = name.lower()
        bare = lower.removeprefix("/")
        step = 0 if not name or lower in _VOID else -1 if bare != lower else 1
        choice = False if bare == "select" else True if lower in _CHOICES else None
        self[name] = kind = _Kind(step, lower in _SHAPES, bare if bare in _FORMATS else "", bare != lower, choice)
        return kind


def _check_nesting(tags: list[tuple[str, str, str]]) -> None:
    """Raise PoisonError where tags nest too deep, where the parser would make too many elements of formats that are left open,
    each once for every tag after it, or where one select offers too many choices.
    """
    kinds = _Kinds()
    left: Counter[str] = Counter()
    different: Counter[tuple[str, str]] = Counter()
    depth = deepest = opened = copies = choices = most = 0
    for name, attributes, slash in tags:
        step, may_end_itself, format_, closes, choice = kinds[name]
        if step and not (slash and may_end_itself):
            depth += step
            if depth > deepest:
                deepest = depth
            elif depth < 0:
                depth = 0
        if not format_:
            copies += opened
        elif closes:
            if left[format_]:
                opened -= 1
                left[format_] -= 1
        elif different[format_, attributes] < _SAME:
            different[format_, attributes] += 1
            left[format_] += 1
            opened += 1
        if choice is not None:
            choices = choices + 1 if choice else 0
            most = max(most, choices)
    if deepest > MAX_DEPTH:
        raise PoisonError("too_deep", f"the page nests more than {MAX_DEPTH} elements")
    if copies > MAX_COPIES:
        raise PoisonError("too_many_open_formats", f"formats left open would be opened again more than {MAX_COPIES} times")
    if most > MAX_OPTIONS:
        raise PoisonError("too_many_options", f"a select offers more than {MAX_OPTIONS} choices")
