"""A place as the text names it, and the part of a run of capitals that is its name."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from extractor.places.gazetteer import NEW_SYSTEM, gazetteer
from extractor.reading import Reading
from extractor.rules import word_sets

_CAP = r"\p{Lu}[\w'’]*"
NAME = regex.compile(rf"{_CAP}(?:(?: ?- ?| ){_CAP})*")


@dataclass(frozen=True, slots=True)
class Mention:
    """A place as the text names it: `start` is where its word of type, if it has one, begins."""

    start: int
    end: int
    name_start: int
    type: str | None
    level: str
    name: str
    known: bool


def longest_known(level: str, name: str) -> str | None:
    """Return the longest beginning of the name, in whole words, that a unit of the level bears."""
    words = name.split(" ")
    for count in range(len(words), 0, -1):
        head = " ".join(words[:count])
        if gazetteer().find(level, head):
            return head
    return None


def trim(level: str, name: str) -> tuple[str, bool]:
    """Return the part of a capitalised run that is the place's name, and whether it is known."""
    known = longest_known(level, name)
    words = name.split(" ")
    if known and not (
        " " not in known and len(words) > 1 and not known.isdigit() and level == "commune" and len(words) == 2
    ):
        return known, True
    surnames = word_sets("places", "stop")["surnames"]
    for index in range(1, len(words)):  # a person's name may follow: "tỉnh Bến Tre Nguyễn Hải Hà"
        if words[index] in surnames and len(words) - index >= (3 if level == "village" else 2):
            return " ".join(words[:index]), False
    return " ".join(words[: 4 if "-" not in name else 6]), False


def is_since(reading: Reading) -> bool:
    """Tell whether the text was published under the system of units that is in force since July 2025."""
    return reading.published is not None and reading.published >= NEW_SYSTEM
