"""Personal data: private persons, telephone and account numbers are masked unless they are asked for.

Office holders are told by their position. A masked name keeps the first letter of each word, a masked number no digit;
all keep their length, so that every offset and `text[start:end] == mention` still hold. (Vietnam's Law 91/2025 on the
protection of personal data is the reason.)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import regex

from extractor.extraction import Extraction
from extractor.schema import NonFact
from extractor.text import fold

_MASK = "•"
# An account's or an identity card's number has so many digits, and words that say so before it.
_ACCOUNT_DIGITS = 6
_ACCOUNT_BEFORE = regex.compile(r"(?<!\w)(?:tài khoản|stk|số tk|cmnd|cccd|căn cước|chứng minh)(?!\w)[^;\n]{0,80}$")
_LETTER = regex.compile(r"(?<=\w)[\w'’]")


@dataclass(frozen=True, slots=True)
class Masked:
    """An extraction without personal data, and how much was masked: persons (rows left out of `people`) and numbers."""

    extraction: Extraction
    persons: int
    numbers: int


def mask(extraction: Extraction) -> Masked:
    """Return the extraction with private persons left out and their names, telephone and account numbers masked."""
    offices = {fold(p.name) for p in extraction.people if p.position}
    private = [p for p in extraction.people if fold(p.name) not in offices]
    numbers = [n for n in extraction.non_facts if n.reason == "phone" or _is_account(extraction, n)]
    if not private and not numbers:
        return Masked(extraction, 0, 0)
    masks = {p.mention: _LETTER.sub(_MASK, p.mention) for p in private}
    masks |= {n.mention: regex.sub(r"\d", _MASK, n.mention) for n in numbers}
    text = _masked(extraction.article.text, masks)
    tables = {
        name: tuple(_row(row, text, masks) for row in rows if name != "people" or row not in private)
        for name, rows in extraction.rows().items()
        if name != "articles"
    }
    article = dataclasses.replace(extraction.article, **_strings(extraction.article, masks))
    return Masked(Extraction(article=article, **tables), len(private), len(numbers))


def _is_account(extraction: Extraction, number: NonFact) -> bool:
    before = fold(extraction.article.text[max(0, number.start - 100) : number.start])
    digits = sum(c.isdigit() for c in number.mention)
    return number.reason == "other" and digits >= _ACCOUNT_DIGITS and _ACCOUNT_BEFORE.search(before) is not None


def _masked(value: str, masks: Mapping[str, str]) -> str:
    for word in sorted(masks, key=len, reverse=True):
        if word in value:
            value = regex.sub(rf"(?<!\w){regex.escape(word)}(?!\w)", masks[word], value)
    return value


def _strings(row: Any, masks: Mapping[str, str]) -> dict[str, Any]:
    """Return the text columns of a row that hold something masked, masked."""
    changed: dict[str, Any] = {}
    for column in dataclasses.fields(row):
        value = getattr(row, column.name)
        if isinstance(value, str) and (new := _masked(value, masks)) != value:
            changed[column.name] = new
        elif isinstance(value, tuple) and value and all(isinstance(v, str) for v in value):
            changed[column.name] = tuple(_masked(v, masks) for v in value)
    return changed


def _row(row: Any, text: str, masks: Mapping[str, str]) -> Any:
    changed = _strings(row, masks)
    if hasattr(row, "mention"):
        changed["mention"] = text[row.start : row.end]
    return dataclasses.replace(row, **changed) if changed else row
