"""What the readers of facts are given (Reading) and what they give back (Found)."""

from __future__ import annotations

import bisect
import datetime as dt
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from extractor.text import fold

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The unit whose site the article stands on: codes before July 2025, each None below its level or where unknown.

    `level` is country, province, district or commune.
    """

    level: str | None = None
    province_code: str | None = None
    district_code: str | None = None
    commune_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text made ready: `folded` has the same length as `text`; `sentences` are (start, end) in order, without overlap."""

    text: str
    folded: str
    sentences: tuple[tuple[int, int], ...]
    published: dt.date | None = None
    owner: Owner = field(default_factory=Owner)
    title: str | None = None
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _told: dict[int, str] = field(init=False, repr=False, compare=False, default_factory=dict)
    _made: dict[object, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", tuple(start for start, _ in self.sentences))

    def once(self, make: Callable[[Reading], _Made]) -> _Made:
        """Return what `make` makes of this reading; it is made once, for all who ask."""
        if make not in self._made:
            self._made[make] = make(self)
        made: _Made = self._made[make]
        return made

    def sentence_no(self, offset: int) -> int:
        """Return the number of the sentence that holds, or last began before, the offset."""
        return max(0, bisect.bisect_right(self._starts, offset) - 1)

    def sentence(self, number: int) -> str:
        """Return the words of the sentence of a number: the same object each time, for all facts of the sentence."""
        if number not in self._told:
            self._told[number] = self.text[slice(*self.sentences[number])]
        return self._told[number]

    def sentence_span(self, offset: int) -> tuple[int, int]:
        """Return (start, end) of that sentence."""
        return self.sentences[self.sentence_no(offset)] if self.sentences else (0, len(self.text))


def make_reading(
    text: str,
    sentences: tuple[tuple[int, int], ...],
    *,
    published: dt.date | None = None,
    owner: Owner | None = None,
    title: str | None = None,
) -> Reading:
    """Return a Reading of text whose sentences are known."""
    return Reading(
        text=text, folded=fold(text), sentences=sentences, published=published, owner=owner or Owner(), title=title
    )


@dataclass(slots=True, kw_only=True, eq=False)
class Found:
    """One fact or non-fact as a reader found it: `columns` are the fields of its table's dataclass in schema.py
    beyond those that every fact table has. `text[start:end]` is the mention. `same_as` is the fact of its list whose
    purpose it shares, `told_by` where the words stand by which the rules tell its purpose."""

    table: str
    start: int
    end: int
    rule: str
    confidence: float = 0.9
    columns: dict[str, Any] = field(default_factory=dict)
    part_of: Found | None = None
    same_as: Found | None = None
    told_by: str | None = None
    as_of: dt.date | None = None


def between(found: Sequence[Found], start: int, end: int) -> Sequence[Found]:
    """Return of findings in text order those that begin from `start` on and before `end`."""
    begins = operator.attrgetter("start")
    return found[bisect.bisect_left(found, start, key=begins) : bisect.bisect_left(found, end, key=begins)]
