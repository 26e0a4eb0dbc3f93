"""The words around a fact, as features that a learned model weighs."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import regex

from extractor.facts.plans import Plans
from extractor.reading import Found, Reading
from extractor.text import fold

_WORD = regex.compile(r"[\w%]+|[;:,().\n/+-]")
_KIND = regex.compile(r"[^:=]*[:=]")
# So many words before and behind the fact, of its own sentence, and so many of them with their place.
_BEFORE, _BEHIND, _NEAR = 24, 12, 3
# Fewer words than these join a fact to the one before.
_SHORT = 6
Told = TypeVar("Told")

# By table, the column that tells what a fact is for, and that a learned model of its name corrects.
PURPOSES = {"money": "flow", "participants": "role", "quantities": "category"}
# The number of a feature that no model has learned anything of.
UNKNOWN = -1
_UNKNOWN_AROUND = (UNKNOWN, UNKNOWN, UNKNOWN)
# What a fact says of itself, by table.
_OWN = {"money": ("per",), "participants": ("unit", "who"), "quantities": ("unit", "what")}


class Telling(Protocol[Told]):
    """What features are told as: their names, or their numbers in a vocabulary."""

    def of(self, kind: str, values: Sequence[str], /) -> list[Told]:
        """Return the features of a kind ("unit=") for each of the values ("suất")."""
        ...

    def around(self, words: Sequence[str], /) -> tuple[Sequence[Told], Sequence[Told], Sequence[Told]]:
        """Return the features of words before a fact, of it, and behind it: a feature for each word."""
        ...


class Names:
    """Features by name."""

    def of(self, kind: str, values: Sequence[str], /) -> list[str]:
        """Return the names.

        >>> Names().of("L:", ["trao", "cho"])
        ['L:trao', 'L:cho']
        """
        return [kind + value for value in values]

    def around(self, words: Sequence[str], /) -> tuple[list[str], list[str], list[str]]:
        """Return the names of words before a fact, of it, and behind it."""
        return self.of("L:", words), self.of("M:", words), self.of("R:", words)


class Vocabulary:
    """Features by number; by kind, so that no string is made to look one up."""

    def __init__(self, features: Iterable[str]) -> None:
        """Number the features in their order; all others are UNKNOWN.

        >>> known = Vocabulary(["L:trao", "always", "L::", "joint:given:,"])
        >>> known.of("L:", [":", "x", "trao"]), known.of("joint:", ["given:,"]), known.of("", ["always"])
        ([2, -1, 0], [3], [1])
        """
        self._rows: dict[str, dict[str, int]] = {}
        for row, feature in enumerate(features):
            kind = match[0] if (match := _KIND.match(feature)) else ""
            self._rows.setdefault(kind, {})[feature[len(kind) :]] = row
        # One search for a word wherever it stands: most of the time goes into these.
        kinds = [self._rows.get(kind, {}) for kind in ("L:", "M:", "R:")]
        self._around = {word: tuple(rows.get(word, UNKNOWN) for rows in kinds) for word in set().union(*kinds)}

    def of(self, kind: str, values: Sequence[str], /) -> list[int]:
        """Return the numbers."""
        rows = self._rows.get(kind)
        return [rows.get(value, UNKNOWN) for value in values] if rows else [UNKNOWN] * len(values)

    def around(self, words: Sequence[str], /) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
        """Return the numbers of words before a fact, of it, and behind it."""
        if not words:
            return (), (), ()
        before, of_it, behind = zip(*map(self._around.get, words, itertools.repeat(_UNKNOWN_AROUND)), strict=True)
        return before, of_it, behind


class Contexts(Generic[Told]):
    """The words around the facts of a text; each sentence is cut up, and its words are told, once."""

    def __init__(self, reading: Reading, telling: Telling[Told]) -> None:
        self._reading, self._telling, self._plans = reading, telling, reading.once(Plans)
        self._sentences: dict[int, _Words[Told]] = {}

    def of(self, kind: str, *values: str) -> list[Told]:
        """Return what is known besides of a fact."""
        return self._telling.of(kind, values)

    def _words(self, offset: int) -> _Words[Told]:
        number = self._reading.sentence_no(offset)
        if number not in self._sentences:
            matches = list(_WORD.finditer(self._reading.folded, *self._reading.sentence_span(offset)))
            words = ["0" if m[0][0].isdigit() else m[0] for m in matches]
            pairs = [f"{a} {b}" for a, b in itertools.pairwise(words)]
            (before, of_it, behind), (before_two, of_two, _) = self._telling.around(words), self._telling.around(pairs)
            told = (before, before_two), (of_it, of_two), behind
            self._sentences[number] = _Words([m.start() for m in matches], words, *told)
        return self._sentences[number]

    def joint(self, fact: Found, *, before: tuple[Found, str | None] | None) -> list[Told]:
        """Return what the fact before is, and with what words this one follows it in its sentence."""
        if before is None:
            return self.of("", "first")
        one, label = before
        if one.start < self._reading.sentence_span(fact.start)[0]:
            return self.of("before:", str(label))
        within = self._words(fact.start)
        joint = within.words[bisect.bisect_left(within.starts, one.end) : bisect.bisect_left(within.starts, fact.start)]
        told = " ".join(joint[-2:]) if len(joint) < _SHORT else "…"
        return [*self.of("before:", str(label)), *self.of("same sentence:", str(label)), *self.of("joint:", f"{label}:{told}")]

    def words(self, fact: Found) -> list[Told]:
        """Return the words before (L), behind (R) and of a fact (M), alone and in pairs, those that stand nearest with their
        place, and what the fact says of itself."""
        within, of = self._words(fact.start), self.of
        low, high = bisect.bisect_left(within.starts, fact.start), bisect.bisect_left(within.starts, fact.end)
        first = max(0, low - _BEFORE)
        told = of("", "always", *(["in plans"] if self._plans.covers(fact.start) else []), *(["opens"] if low == 0 else []))
        for words, pairs, begin, end in ((*within.before, first, low), (*within.of_it, low, high)):
            told += words[begin:end]
            told += pairs[begin : max(begin, end - 1)]
        told += within.behind[high : high + _BEHIND]
        for place, word in enumerate(reversed(within.words[max(0, low - _NEAR) : low])):
            told += of(f"L{place}:", word)
        for place, word in enumerate(within.words[high : high + _NEAR - 1]):
            told += of(f"R{place}:", word)
        if fact.part_of:
            told += of("part of:", str(fact.part_of.columns.get(PURPOSES[fact.table])))
        for column in _OWN[fact.table]:
            value = fold(str(fact.columns.get(column)))
            told += [*of(f"{column}=", value), *of(f"{column}:", *value.split())]
        return told


class _Words(NamedTuple, Generic[Told]):
    """The words of a sentence, numbers as 0: where they begin, they themselves, and they told, with pairs of neighbours, as
    standing before a fact, within it, and behind it."""

    starts: list[int]
    words: list[str]
    before: tuple[Sequence[Told], Sequence[Told]]
    of_it: tuple[Sequence[Told], Sequence[Told]]
    behind: Sequence[Told]
