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
_DIGIT = regex.compile(r"\d")
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
    masks = _Masks(
        {p.mention: _LETTER.sub(_MASK, p.mention) for p in private} | {n.mention: _DIGIT.sub(_MASK, n.mention) for n in numbers}
    )
    text = masks.of(extraction.article.text)
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


class _Masks:
    """Words of one article and what stands in their place; what is asked again, such as a sentence of many rows, is known."""

    def __init__(self, masks: Mapping[str, str]) -> None:
        longest_first = sorted(masks, key=len, reverse=True)
        self._masks = [(word, regex.compile(rf"(?<!\w){regex.escape(word)}(?!\w)"), masks[word]) for word in longest_first]
        self._known: dict[str, str] = {}

    def of(self, value: str) -> str:
        """Return a text with all words masked."""
        known = self._known.get(value)
        if known is None:
            known = value
            for word, pattern, instead in self._masks:
                if word in known:
                    known = pattern.sub(instead, known)
            self._known[value] = known
        return known


def _strings(row: Any, masks: _Masks) -> dict[str, Any]:
    """Return the text columns of a row that hold something masked, masked."""
    changed: dict[str, Any] = {}
    for name in row.__dataclass_fields__:
        value = getattr(row, name)
        if isinstance(value, str):
            new: Any = masks.of(value)
        elif isinstance(value, tuple) and value and all(isinstance(v, str) for v in value):
            new = tuple(map(masks.of, value))
        else:
            continue
        if new != value:
            changed[name] = new
    return changed


def _row(row: Any, text: str, masks: _Masks) -> Any:
    changed = _strings(row, masks)
    if hasattr(row, "mention"):
        changed["mention"] = text[row.start : row.end]
        if changed["mention"] == row.mention:
            del changed["mention"]
    return dataclasses.replace(row, **changed) if changed else row
