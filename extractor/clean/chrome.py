"""Lines that belong to the site and not to the article, by rules/chrome.toml."""

from __future__ import annotations

import functools
import re

from extractor.data import rules_dir
from extractor.rules import read_toml
from extractor.text import fold

_LONGEST = 200
# A pattern without a choice between wholes, whose lines all begin with its first letter.
_PLAIN = re.compile(r"(?!.*\\[()|])[^\W_](?![?*{])(?:[^|()]|\((?:[^()]|\([^()]*\))*\))*$")


@functools.cache
def _rules() -> dict[str, list[str]]:
    return read_toml(rules_dir() / "chrome.toml")


@functools.cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {place: re.compile("(?:" + "|".join(patterns) + ")") for place, patterns in _rules().items()}


@functools.cache
def _first_letters() -> frozenset[str]:
    return frozenset(p[0] for patterns in _rules().values() for p in patterns if _PLAIN.match(p))


@functools.cache
def _beginning(letter: str) -> re.Pattern[str]:
    """Return what a line that begins with a letter may fit, "" for any letter that begins no pattern: few of all, and quick to reject."""
    fitting = (p for patterns in _rules().values() for p in patterns if _PLAIN.match(p) is None or p[0] == letter)
    return re.compile("|".join(f"(?:{p})" for p in fitting))


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
    first = folded[:1]
    if not _beginning(first if first in _first_letters() else "").fullmatch(folded):
        return ()  # nearly all lines
    return tuple(where for where, pattern in _patterns().items() if pattern.fullmatch(folded))
