"""References to official documents. The patterns are in rules/facts/documents.toml."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Any

import regex

from extractor.facts.match import find_matches
from extractor.reading import Found, Reading
from extractor.rules import load

_LETTERS = regex.compile(r"[a-zđư]+")


def _issued(match: regex.Match[str]) -> dt.date | None:
    days, months, years = match.captures("dd"), match.captures("dm"), match.captures("dy")
    if not days:
        return None
    day, month, year = int(days[0]), int(months[0]), int(years[0])
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return dt.date(year, month, day)


def _kind_of(number: str) -> str | None:
    """Return the kind of document that the letters of a number stand for: "217-qđ/tw" is a quyết định."""
    codes = load("documents").words
    for part in _LETTERS.findall(number):
        if kind := codes.get(f"code_{part}"):
            return kind[0]
    return None


def _read_document(match: regex.Match[str], reading: Reading) -> dict[str, Any] | None:
    groups = match.groupdict()

    def words(group: str) -> str | None:
        return reading.text[slice(*match.span(group))].strip(' "“”') if groups.get(group) else None

    kind = words("doc_type") or _kind_of(match["number"])
    return {
        "number": words("number"),
        "doc_type": kind[0].upper() + kind[1:].lower() if kind else None,
        "issuer": words("issuer"),
        "date": _issued(match) if "dd" in groups else None,
        "subject": words("subject"),
    }


def find_documents(reading: Reading) -> list[Found]:
    """Return the documents that the text refers to by number (table "documents")."""
    return find_matches(load("documents"), reading, {"document": _read_document})
