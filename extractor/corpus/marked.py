"""Marked paragraphs: texts in which each figure is marked with what it is for. They teach the learned models.

One text a line, " ¶ " where its lines end, and marks [[mention|label|activity]]: "Trao [[20 suất quà|gift|gift_giving]] cho
[[20 hộ|beneficiary|gift_giving]]". The label is the flow of money, the role of people or the category of things ("other" as
other_money, other_people, other_things), the activity its type, or "-".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import regex

from extractor.corpus.form import COLUMNS
from extractor.errors import InputError
from extractor.facts.context import PURPOSES

_MARK = regex.compile(r"\[\[([^|\[\]]+)\|([^|\[\]]+)\|([^|\[\]]+)\]\]")
_OTHER = {"money": "other_money", "participants": "other_people", "quantities": "other_things"}
_LABELS = {t: COLUMNS[t][column].split() for t, column in PURPOSES.items()}
_ACTIVITIES = frozenset([*COLUMNS["activities"]["type"].split(), "-"])


class Mark(NamedTuple):
    """One marked figure: its place, its table, its label there (flow, role or category), its activity's type or "-"."""

    start: int
    end: int
    table: str
    label: str
    activity: str


class Marked(NamedTuple):
    """One text without its marks, and the marks in order."""

    text: str
    marks: tuple[Mark, ...]


def read(path: Path) -> Iterator[Marked]:
    """Yield the texts of a file; InputError names the line of a mark that cannot be read."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                yield parse(line.strip())
            except ValueError as error:
                raise InputError(f"{path}:{number}: {error}") from error


def parse(line: str) -> Marked:
    """Return the text of one line and its marks; ValueError says what is wrong.

    >>> parse("Trao [[20 suất quà|gift|gift_giving]] cho dân.")
    Marked(text='Trao 20 suất quà cho dân.', marks=(Mark(start=5, end=16, table='quantities', label='gift', activity='gift_giving'),))
    """
    line = line.replace(" ¶ ", "\n").replace("¶", "\n")
    text, marks, at = "", [], 0
    for match in _MARK.finditer(line):
        text += line[at : match.start()]
        marks.append(_mark(match, len(text)))
        text += match[1]
        at = match.end()
    text += line[at:]
    if "[[" in text or "]]" in text:
        raise ValueError("a mark is not [[mention|label|activity]]")
    return Marked(text, tuple(marks))


def _mark(match: regex.Match[str], start: int) -> Mark:
    mention, label, activity = match.groups()
    if activity not in _ACTIVITIES:
        raise ValueError(f"{activity!r} is no type of activity")
    for table, labels in _LABELS.items():
        if label == _OTHER[table] or (label in labels and label != "other"):
            return Mark(start, start + len(mention), table, "other" if label == _OTHER[table] else label, activity)
    raise ValueError(f"{label!r} is no label of money, people or things")
