"""Lines that belong to the site and not to the article, by rules/chrome.toml."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

import regex

from extractor.anchors import Openings
from extractor.beginnings import LONGEST, beginnings
from extractor.data import rules_dir
from extractor.rules import read_toml
from extractor.text import fold, holds_any

_LONGEST = 200
# A pattern of words that may stand anywhere in a line: looked for as they are, in lower case.
_ANYWHERE = re.compile(r"\.\*([\w ]+)\.\*")
# What a line begins with, and three characters more: as many as decide how these are folded.
_BEGINNING = LONGEST + 3
_Placed = tuple[str, regex.Pattern[str]]


class _Rules(NamedTuple):
    """Patterns with their places: by what a line begins with, those that begin with anything and end in a bracket, and the
    places of words that may stand anywhere.
    """

    begun: Openings[_Placed]
    bracketed: tuple[_Placed, ...]
    anywhere: dict[str, str]


@functools.cache
def _rules() -> _Rules:
    told = [(where, pattern) for where, patterns in read_toml(rules_dir() / "chrome.toml").items() for pattern in patterns]
    anywhere = {words[1]: where for where, pattern in told if (words := _ANYWHERE.fullmatch(pattern))}
    placed = [(where, regex.compile(pattern)) for where, pattern in told if not _ANYWHERE.fullmatch(pattern)]
    bracketed = tuple(p for p in placed if p[1].pattern.endswith(r"\)") and beginnings(p[1]) is None)
    return _Rules(Openings((p[1], p) for p in placed if p not in bracketed), bracketed, anywhere)


def is_chrome(line: str, *where: str) -> bool:
    """Tell whether a line is chrome at one of the places: head, tail, related, listed, label, line or caption."""
    found = places(line)
    return bool(found) and not set(found).isdisjoint(where)


def places(line: str) -> tuple[str, ...]:
    """Return the places at which a line is chrome."""
    return _places(line) if len(line) <= 2 * _LONGEST else ()


@functools.lru_cache(maxsize=4096)
def _places(line: str) -> tuple[str, ...]:
    # A line is asked about several times, once for each place.
    words = line if line.isprintable() and "  " not in line else " ".join(line.split())
    if len(words) > _LONGEST:
        return ()
    rules = _rules()
    # Of most lines both ends tell that they are none, and they need not be folded whole.
    perhaps = rules.begun.at(fold(words[:_BEGINNING]), 0) + (rules.bracketed if words.endswith(")") else ())
    folded = fold(words) if perhaps else ""
    found = [where for where, pattern in perhaps if pattern.fullmatch(folded)]
    lower = words.lower()
    if holds_any(lower, rules.anywhere):
        found += [where for told, where in rules.anywhere.items() if told in lower]
    return tuple(dict.fromkeys(found)) if found else ()
