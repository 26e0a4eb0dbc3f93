"""The words around a fact, as features that a learned model weighs."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator

import regex

from extractor.facts.plans import Plans
from extractor.reading import Found, Reading
from extractor.text import fold

_WORD = regex.compile(r"[\w%]+|[;:,().\n/+-]")
# So many words before and behind the fact, of its own sentence, and so many of them with their place.
_BEFORE, _BEHIND, _NEAR = 24, 12, 3
# Fewer words than these join a fact to the one before.
_SHORT = 6
# What a fact says of itself, by table.
_OWN = {"money": ("per",), "participants": ("unit", "who"), "quantities": ("unit", "what")}


class Contexts:
    """The words around the facts of a text; each sentence is cut up once, each fact looked at once."""

    def __init__(self, reading: Reading) -> None:
        self._reading, self._plans = reading, Plans(reading)
        self._sentences: dict[int, tuple[list[int], list[str]]] = {}
        # Beside its features each fact is kept, so that no other can come to bear its id.
        self._told: dict[int, tuple[Found, list[str]]] = {}

    def features(self, fact: Found, *, before: tuple[Found, str | None] | None) -> list[str]:
        """Return what is known of a fact: the words before (L), behind (R) and of it (M), those that stand nearest with
        their place, what it says of itself, and the fact `before` it in its table with what that one is."""
        if id(fact) not in self._told:
            self._told[id(fact)] = fact, list(dict.fromkeys(self._of(fact)))
        return [*self._told[id(fact)][1], *self._follows(fact, before)]

    def _words(self, offset: int) -> tuple[list[int], list[str]]:
        """Return where the words of the offset's sentence begin, and the words, numbers as 0."""
        number = self._reading.sentence_no(offset)
        if number not in self._sentences:
            matches = list(_WORD.finditer(self._reading.folded, *self._reading.sentence_span(offset)))
            words = ["0" if m[0][0].isdigit() else m[0] for m in matches]
            self._sentences[number] = [m.start() for m in matches], words
        return self._sentences[number]

    def _follows(self, fact: Found, before: tuple[Found, str | None] | None) -> Iterator[str]:
        """Yield what the fact before is, and with what joint this one follows it in its sentence."""
        if before is None:
            yield "first"
            return
        one, label = before
        yield f"before:{label}"
        if one.start >= self._reading.sentence_span(fact.start)[0]:
            starts, words = self._words(fact.start)
            joint = words[bisect.bisect_left(starts, one.end) : bisect.bisect_left(starts, fact.start)]
            yield f"same sentence:{label}"
            yield f"joint:{label}:{' '.join(joint[-2:]) if len(joint) < _SHORT else '…'}"

    def _of(self, fact: Found) -> Iterator[str]:
        starts, words = self._words(fact.start)
        low, high = bisect.bisect_left(starts, fact.start), bisect.bisect_left(starts, fact.end)
        left, inside, right = words[max(0, low - _BEFORE) : low], words[low:high], words[high : high + _BEHIND]
        yield "always"
        if self._plans.covers(fact.start):
            yield "in plans"
        yield from (f"L:{w}" for w in left)
        yield from (f"L:{a} {b}" for a, b in itertools.pairwise(left))
        yield from (f"L{place}:{w}" for place, w in enumerate(reversed(left[-_NEAR:])))
        yield from (f"R:{w}" for w in right)
        yield from (f"R{place}:{w}" for place, w in enumerate(right[: _NEAR - 1]))
        yield from (f"M:{w}" for w in inside)
        yield from (f"M:{a} {b}" for a, b in itertools.pairwise(inside))
        for column in _OWN[fact.table]:
            value = fold(str(fact.columns.get(column)))
            yield f"{column}={value}"
            yield from (f"{column}:{w}" for w in value.split())
        if not left:
            yield "opens"
