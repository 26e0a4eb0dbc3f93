"""Lines that belong to the site and not to the article, by rules/chrome.toml."""

from __future__ import annotations

import functools

import regex

from extractor.data import rules_dir
from extractor.rules import read_toml
from extractor.text import fold

_LONGEST = 200


@functools.cache
def _patterns() -> dict[str, regex.Pattern[str]]:
    data = read_toml(rules_dir() / "chrome.toml")
    return {k: regex.compile("(?:" + "|".join(v) + ")") for k, v in data.items() if k != "blocks"}


@functools.cache
def block_words() -> tuple[str, ...]:
    """Return the words that mark a block as chrome in its class or id."""
    return tuple(read_toml(rules_dir() / "chrome.toml")["blocks"])


@functools.lru_cache(maxsize=64)
def _folded(line: str) -> str:
    # A line is asked about several times in a row: for each place.
    return " ".join(fold(line).split())


def is_chrome(line: str, where: str) -> bool:
    """Tell whether a line is chrome at a place: head, tail, line or caption."""
    if len(line) > 2 * _LONGEST:
        return False
    folded = _folded(line)
    return len(folded) <= _LONGEST and _patterns()[where].fullmatch(folded) is not None
