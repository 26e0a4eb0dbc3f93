"""Lines that belong to the site and not to the article, by rules/chrome.toml."""

from __future__ import annotations

import functools
import re

import regex

from extractor.anchors import Openings
from extractor.data import rules_dir
from extractor.rules import read_toml
from extractor.text import fold

_LONGEST = 200
# A pattern of words that may stand anywhere in a line: looked for as they are.
_ANYWHERE = re.compile(r"\.\*([\w ]+)\.\*")


@functools.cache
def _rules() -> tuple[Openings[tuple[str, regex.Pattern[str]]], dict[str, str]]:
    """Return the patterns with their places, of which those that a line's beginning does not fit are not tried; and the places
    of words that may stand anywhere.
    """
    told = [(where, pattern) for where, patterns in read_toml(rules_dir() / "chrome.toml").items() for pattern in patterns]
    anywhere = {words[1]: where for where, pattern in told if (words := _ANYWHERE.fullmatch(pattern))}
    compiled = [(where, regex.compile(pattern)) for where, pattern in told if not _ANYWHERE.fullmatch(pattern)]
    return Openings((pattern, (where, pattern)) for where, pattern in compiled), anywhere


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
    folded = fold(words)
    openings, anywhere = _rules()
    found = [where for where, pattern in openings.at(folded, 0) if pattern.fullmatch(folded)]
    found += [where for told, where in anywhere.items() if told in folded]
    return tuple(dict.fromkeys(found)) if found else ()
