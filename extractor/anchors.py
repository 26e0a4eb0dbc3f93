"""Where a pattern may begin: the literal words that its matches can start with, found for all patterns in one pass over a text.

A search tries a pattern at every character; most of a text begins no match of it. What a match can begin with is read from
the pattern itself (`beginnings`). All beginnings of all patterns are looked for at once (Aho-Corasick), and each pattern is
tried only where one of its own stands. It finds what a search finds, match by match.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import ahocorasick_rs
import regex

from extractor.beginnings import (
    ANY_DIGIT,
    LONGEST,
    Behind,
    Lead,
    Starts,
    beginnings,
    led_beginnings,
    levelled,
    stands_behind,
)

_REMEMBERED, _CHARACTERS = 50_000, 4_096
# Stands for a digit behind a digit: few patterns begin within a number.
_LATER_DIGIT = "1"
_Item = TypeVar("_Item")


class Openings(Generic[_Item]):
    """Things with a pattern each, of which those are told whose pattern may match at a place: the same words, the same answer.

    Things without a pattern may always.
    """

    def __init__(self, things: Iterable[tuple[regex.Pattern[str] | None, _Item]]) -> None:
        self._things: list[_Item] = []
        self._always: list[int] = []
        # By beginning: the numbers of the things that may begin so.
        self._begun: dict[str, list[int]] = {}
        for number, (pattern, thing) in enumerate(things):
            self._things.append(thing)
            starts = beginnings(pattern) if pattern else None
            if starts is None:
                self._always.append(number)
            for words in starts or ():
                self._begun.setdefault(words, []).append(number)
        self._told = functools.lru_cache(maxsize=_REMEMBERED)(self._tell)

    def at(self, text: str, position: int) -> tuple[_Item, ...]:
        """Return the things whose pattern may match at the position of the text, in order."""
        return self._told(levelled(text[position : position + LONGEST]))

    def _tell(self, words: str) -> tuple[_Item, ...]:
        begun = {number for n in range(1, len(words) + 1) for number in self._begun.get(words[:n], ())}
        return tuple(self._things[number] for number in sorted(begun.union(self._always)))


def _numbered(text: str) -> str:
    """Return a levelled text with its digits behind a digit marked.

    >>> _numbered("ngày 00/0/0000")
    'ngày 01/0/0111'
    """
    return text.replace(ANY_DIGIT * 2, ANY_DIGIT + _LATER_DIGIT).replace(_LATER_DIGIT + ANY_DIGIT, _LATER_DIGIT * 2)


def _marks(words: str, behind: Behind) -> set[str]:
    """Return how a beginning stands in a numbered text.

    >>> sorted(_marks("00/0", Behind(digit=True)))
    ['01/0', '11/0']
    """
    within = {_numbered(ANY_DIGIT + words)[1:]} if behind.digit else set()
    return {_numbered(words)} | within


# Two files' automata are led through the same text.
@functools.lru_cache(maxsize=1)
def _looked_through(text: str) -> str:
    return _numbered(levelled(text))


class _Letters:
    """Which letters patterns stand behind: each kind of letters is a bit."""

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}
        self.kinds_of = functools.lru_cache(maxsize=_CHARACTERS)(self._kinds_of)

    def bit(self, behind: Behind) -> int:
        """Return the bit of a kind."""
        return self._bits.setdefault(behind.pattern, 1 << len(self._bits))

    def _kinds_of(self, letter: str) -> int:
        """Return the bits of all kinds that a letter, or the beginning of a text, is of."""
        return sum(bit for pattern, bit in self._bits.items() if regex.compile(pattern).match(letter, len(letter)))


class Anchors:
    """The beginnings of many patterns, in one automaton."""

    def __init__(self, patterns: Iterable[regex.Pattern[str]]) -> None:
        anchored = {pattern: starts for pattern in patterns if (starts := led_beginnings(pattern))}
        self._anchored, self._letters = list(anchored), _Letters()
        # Of each run that leads to a beginning: whose it is, the run, what the pattern stands behind.
        self._runs: list[tuple[int, Lead, int]] = []
        # By beginning: what it stands behind, and whose place is there: a pattern's, or the end of a run's.
        marks: dict[str, tuple[tuple[int, int], ...]] = {}
        for number, (pattern, starts) in enumerate(anchored.items()):
            whose = {None: (number, stands_behind(pattern))} | self._ends_of_runs(number, pattern, starts)
            for words, lead, _ in starts:
                place, behind = whose[lead]
                for mark in _marks(words, behind):
                    marks[mark] = *marks.get(mark, ()), (self._letters.bit(behind), place)
        # Most are alike: one for all is nearer at hand.
        alike: dict[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]] = {}
        self._marked = [alike.setdefault(marked, marked) for marked in marks.values()]
        self._automaton = ahocorasick_rs.AhoCorasick(list(marks), matchkind=ahocorasick_rs.MatchKind.Standard)
        self._last: Scan | None = None

    def _ends_of_runs(self, number: int, pattern: regex.Pattern[str], starts: Starts) -> dict[Lead | None, tuple[int, Behind]]:
        """Return by lead the number of its own under which a run's ends are found, and what they stand behind."""
        bit, whose = self._letters.bit(stands_behind(pattern)), dict[Lead | None, tuple[int, Behind]]()
        for lead in {start.lead for start in starts if start.lead}:
            whose[lead] = len(self._anchored) + len(self._runs), lead.behind
            self._runs.append((number, lead, bit))
        return whose

    def scan(self, text: str) -> Scan:
        """Return the text with the places where each pattern may begin; of the same text again, what was found before."""
        last = self._last
        if last is None or last.text is not text:
            self._last = last = Scan(text, dict(zip(self._anchored, self._places(text), strict=False)))
        return last

    def _places(self, text: str) -> list[list[int]]:
        """Return the places of each pattern, in order."""
        places: list[list[int]] = [[] for _ in range(len(self._anchored) + len(self._runs))]
        kinds_of, marked = self._letters.kinds_of, self._marked
        for which, start, _ in self._automaton.find_matches_as_indexes(_looked_through(text), overlapping=True):
            kinds = kinds_of(text[start - 1 : start])
            for behind, whose in marked[which]:
                if behind & kinds:
                    places[whose].append(start)
        for (number, lead, behind), ends in zip(self._runs, places[len(self._anchored) :], strict=True):
            places[number] += self._led(text, ends, lead, behind)
        for of_one in places:
            of_one.sort()
        return places

    def _led(self, text: str, ends: Iterable[int], lead: Lead, behind: int) -> Iterator[int]:
        """Yield where the runs that end at the places may begin: no more of each than the run is long at most."""
        of = regex.compile(lead.of)
        for end in ends:
            for start in range(end - 1, max(end - lead.most, 0) - 1, -1):
                if not of.match(text, start):
                    break
                if end - start >= lead.least and self._letters.kinds_of(text[start - 1 : start]) & behind:
                    yield start


class Scan:
    """A text in which patterns are searched for, those whose places are known at these alone."""

    def __init__(self, text: str, places: Mapping[regex.Pattern[str], Sequence[int]]) -> None:
        self.text, self._places = text, places

    def places(self, pattern: regex.Pattern[str]) -> Sequence[int]:
        """Return where an anchored pattern is tried, in order."""
        return self._places[pattern]

    def each(self, pattern: regex.Pattern[str], mention: str | int = 0) -> Iterable[regex.Match[str]]:
        """Return what `pattern.finditer(text)` does, for a pattern that matches no empty words.

        With a group `mention`, the next match is looked for where this group ends, where the match has it.
        """
        places = self._places.get(pattern)
        if places is None:
            return self._searched(pattern, mention)
        return self._tried(pattern, places, mention) if places else ()

    def _searched(self, pattern: regex.Pattern[str], mention: str | int) -> Iterator[regex.Match[str]]:
        position = 0
        while match := pattern.search(self.text, position):
            yield match
            position = _after(match, mention)

    def _tried(self, pattern: regex.Pattern[str], places: Sequence[int], mention: str | int) -> Iterator[regex.Match[str]]:
        position = 0
        for place in places:
            if place >= position and (match := pattern.match(self.text, place)):
                yield match
                position = _after(match, mention)


def _after(match: regex.Match[str], mention: str | int) -> int:
    return max(match.end(mention if match[mention] else 0), match.start() + 1)


class Words:
    """Words that are looked for all at once."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self._words = sorted(set(words))
        self._automaton = ahocorasick_rs.BytesAhoCorasick(self._words)

    def within(self, source: bytes) -> set[bytes]:
        """Return those that stand anywhere in the bytes."""
        return {self._words[which] for which, _, _ in self._automaton.find_matches_as_indexes(source, overlapping=True)}
