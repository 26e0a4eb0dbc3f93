"""Funds, campaigns, movements and festivals. The patterns are in rules/facts/programmes.toml."""

from __future__ import annotations

from typing import Any

import regex

from extractor.facts.match import Reader, find_matches
from extractor.reading import Found, Reading
from extractor.rules import load


def _title(words: str) -> str:
    """Return the words as a title: one space, an upper-case first letter."""
    words = " ".join(words.split()).strip(" .,;:-")
    return words[:1].upper() + words[1:]


def _inner(match: regex.Match[str], reading: Reading) -> str:
    groups = match.groupdict()
    group = next(g for g in ("quoted", "known", "goal") if groups.get(g))
    words = reading.text[slice(*match.span(group))]
    return _title(words.lower() if words.isupper() else words)


def _read_fund(match: regex.Match[str], reading: Reading) -> dict[str, Any]:
    return {"name": f"Quỹ {_inner(match, reading)}", "kind": "fund"}


def _read_poor(match: regex.Match[str], _: Reading) -> dict[str, Any]:
    if match[0].startswith("q"):
        return {"name": "Quỹ Vì người nghèo", "kind": "fund"}
    return (
        {"name": "Ngày vì người nghèo", "kind": "campaign"}
        if "ngày" in match[0]
        else {"name": "Quỹ Vì người nghèo", "kind": "fund"}
    )


def _named(kind: str) -> Reader:
    return lambda match, reading: {"name": _inner(match, reading), "kind": kind}


def _read_target(match: regex.Match[str], _: Reading) -> dict[str, Any]:
    return {"name": f"Chương trình mục tiêu quốc gia {match['goal']}", "kind": "target_programme"}


READERS: dict[str, Reader] = {
    "fund": _read_fund,
    "for_the_poor": _read_poor,
    "campaign": _named("campaign"),
    "movement": _named("movement"),
    "target_programme": _read_target,
}


def find_programmes(reading: Reading) -> list[Found]:
    """Return the programmes that the text names (table "programmes")."""
    return find_matches(load("programmes"), reading, READERS)
