"""The words around a fact, as features that a learned model weighs."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable
from typing import NamedTuple

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
Features = list[tuple[str, list[str]]]
# By table, the column that tells what a fact is for, and that a learned model of its name corrects.
PURPOSES = {"money": "flow", "participants": "role", "quantities": "category"}
# What a fact says of itself, by table.
_OWN = {"money": ("per",), "participants": ("unit", "who"), "quantities": ("unit", "what")}


class Contexts:
    """The words around the facts of a text; each sentence is cut up once, each fact looked at once.

    A feature is a kind ("L:", a word before) and what it is of that kind ("trao"); those of a kind stand together, so that a
    model finds the weights of "trao" before, behind and within without a new string for each.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading, self._plans = reading, reading.once(Plans)
        self._sentences: dict[int, _Words] = {}
        # Beside its rows each fact is kept, so that no other can come to bear its id.
        self._rows: dict[int, tuple[Found, list[int]]] = {}

    def features(self, fact: Found, *, before: tuple[Found, str | None] | None) -> Features:
        """Return what is known of a fact: the words before (L), behind (R) and of it (M), those that stand nearest with
        their place, what it says of itself, and the fact `before` it in its table with what that one is."""
        return [*self._of(fact), *self._follows(fact, before)]

    def rows(self, fact: Found, *, before: tuple[Found, str | None] | None, known: Vocabulary) -> list[int]:
        """Return the rows of a fact's features in the one vocabulary of all models."""
        if id(fact) not in self._rows:
            self._rows[id(fact)] = fact, known.rows(self._of(fact))
        return [*self._rows[id(fact)][1], *known.rows(self._follows(fact, before))]

    def _words(self, offset: int) -> _Words:
        number = self._reading.sentence_no(offset)
        if number not in self._sentences:
            matches = list(_WORD.finditer(self._reading.folded, *self._reading.sentence_span(offset)))
            words = ["0" if m[0][0].isdigit() else m[0] for m in matches]
            self._sentences[number] = _Words([m.start() for m in matches], words, [f"{a} {b}" for a, b in itertools.pairwise(words)])
        return self._sentences[number]

    def _follows(self, fact: Found, before: tuple[Found, str | None] | None) -> Features:
        """Return what the fact before is, and with what joint this one follows it in its sentence."""
        if before is None:
            return [("", ["first"])]
        one, label = before
        if one.start < self._reading.sentence_span(fact.start)[0]:
            return [("before:", [str(label)])]
        starts, words, _ = self._words(fact.start)
        joint = words[bisect.bisect_left(starts, one.end) : bisect.bisect_left(starts, fact.start)]
        told = " ".join(joint[-2:]) if len(joint) < _SHORT else "…"
        return [("before:", [str(label)]), ("same sentence:", [str(label)]), ("joint:", [f"{label}:{told}"])]

    def _of(self, fact: Found) -> Features:
        starts, words, pairs = self._words(fact.start)
        low, high = bisect.bisect_left(starts, fact.start), bisect.bisect_left(starts, fact.end)
        first = max(0, low - _BEFORE)
        told: Features = [
            ("", ["always", *(["in plans"] if self._plans.covers(fact.start) else []), *(["opens"] if low == 0 else [])]),
            ("part of:", [str(fact.part_of.columns.get(PURPOSES[fact.table]))] if fact.part_of else []),
            ("L:", [*words[first:low], *pairs[first : max(first, low - 1)]]),
            *((f"L{place}:", [word]) for place, word in enumerate(reversed(words[max(0, low - _NEAR) : low]))),
            ("R:", words[high : high + _BEHIND]),
            *((f"R{place}:", [word]) for place, word in enumerate(words[high : high + _NEAR - 1])),
            ("M:", [*words[low:high], *pairs[low : max(low, high - 1)]]),
        ]
        for column in _OWN[fact.table]:
            value = fold(str(fact.columns.get(column)))
            told += [(f"{column}=", [value]), (f"{column}:", value.split())]
        return told


class Vocabulary:
    """The features that any model has learned something of, numbered; by kind, so that no string is made to look one up."""

    def __init__(self, features: Iterable[str]) -> None:
        """Number the features in their order.

        >>> Vocabulary(["L:trao", "always", "L::", "joint:given:,"]).rows([("L:", [":", "x", "trao"]), ("joint:", ["given:,"])])
        [2, 0, 3]
        """
        self._rows: dict[str, dict[str, int]] = {}
        for row, feature in enumerate(features):
            kind = match[0] if (match := _KIND.match(feature)) else ""
            self._rows.setdefault(kind, {})[feature[len(kind) :]] = row

    def rows(self, features: Features) -> list[int]:
        """Return the rows of those features that are known, each once."""
        found: list[int | None] = []
        for kind, values in features:
            if of := self._rows.get(kind):
                found += map(of.get, values)
        return [row for row in dict.fromkeys(found) if row is not None]


class _Words(NamedTuple):
    """The words of a sentence, numbers as 0: where they begin, they themselves, each with the next."""

    starts: list[int]
    words: list[str]
    pairs: list[str]


def named(features: Features) -> list[str]:
    """Return the features each as one string, once.

    >>> named([("L:", ["trao", "cho", "trao"]), ("", ["always"])])
    ['L:trao', 'L:cho', 'always']
    """
    return list(dict.fromkeys(kind + value for kind, values in features for value in values))
