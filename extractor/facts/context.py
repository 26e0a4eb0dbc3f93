"""The words around a fact, as features that a learned model weighs."""

from __future__ import annotations

import bisect
import functools
import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

import regex

from extractor.facts.plans import Plans
from extractor.reading import Found, Reading
from extractor.text import fold

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_WORD = regex.compile(r"[\w%]+|[;:,().\n/+-]")
_KIND = regex.compile(r"[^:=]*[:=]")
# So many words before and behind the fact, of its own sentence; so many of them are told again as nearer ones, and so many before
# with their place.
_BEFORE, _BEHIND, _NEARER_BEFORE, _NEARER_BEHIND, _NEAR = 24, 12, 8, 5, 3
_BY_PLACE = [f"L{place}:" for place in range(_NEAR)], [f"R{place}:" for place in range(_NEAR - 1)]
# Fewer words than these join a fact to the one before.
_SHORT = 6
Told_co = TypeVar("Told_co", covariant=True)

# By table, the column that tells what a fact is for, and that a learned model of its name corrects.
PURPOSES = {"money": "flow", "participants": "role", "quantities": "category"}
# The number of a feature that no model has learned anything of.
UNKNOWN = -1
# The kinds of the words around a fact: before it, of it, behind it, and those nearer before and behind.
AROUND = ("L:", "M:", "R:", "N:", "A:")
# What a fact says of itself, by table.
_OWN = {"money": ("per",), "participants": ("unit", "who"), "quantities": ("unit", "what")}


class Telling(Protocol[Told_co]):
    """What features are told as: their names, or their numbers in a vocabulary."""

    def of(self, kind: str, value: str, /) -> Told_co:
        """Return the feature of a kind ("unit=") for a value ("suất")."""
        ...


class Names:
    """Features by name."""

    def of(self, kind: str, value: str, /) -> str:
        """Return the name.

        >>> Names().of("L:", "trao")
        'L:trao'
        """
        return kind + value


class Vocabulary:
    """Features by number; by kind, so that no string is made to look one up."""

    def __init__(self, features: Iterable[str]) -> None:
        """Number the features in their order; all others are UNKNOWN.

        >>> known = Vocabulary(["L:trao", "always", "L::", "joint:given:,", "M:trao"])
        >>> known.of("L:", ":"), known.of("L:", "x"), known.of("joint:", "given:,"), known.of("", "always")
        (2, -1, 3, 1)
        >>> known.around([":", "x", "trao"])[:2].tolist()
        [[2, -1, 0], [-1, -1, 4]]
        """
        import numpy as np

        self._rows: dict[str, dict[str, int]] = {}
        for row, feature in enumerate(features):
            kind = match[0] if (match := _KIND.match(feature)) else ""
            self._rows.setdefault(kind, {})[feature[len(kind) :]] = row
        # One search for a word wherever it stands: most of the time goes into these.
        kinds = [self._rows.get(kind, {}) for kind in AROUND]
        self._words = {word: at for at, word in enumerate(dict.fromkeys(itertools.chain(*kinds)))}
        rows = [[*(of.get(word, UNKNOWN) for word in self._words), UNKNOWN] for of in kinds]
        self._around = np.array(rows, dtype=np.intp)

    def of(self, kind: str, value: str, /) -> int:
        """Return the number."""
        rows = self._rows.get(kind)
        return rows.get(value, UNKNOWN) if rows else UNKNOWN

    def around(self, words: Sequence[str], /) -> npt.NDArray[np.intp]:
        """Return the numbers of words as standing around a fact: a row for each of AROUND."""
        import numpy as np

        return self._around[:, np.fromiter(map(self._words.get, words, itertools.repeat(UNKNOWN)), np.intp, len(words))]


class Windows(NamedTuple):
    """Which words stand around a fact, for each of AROUND: where they begin and end."""

    before: tuple[int, int]
    of_it: tuple[int, int]
    behind: tuple[int, int]
    nearer_before: tuple[int, int]
    nearer_behind: tuple[int, int]


class Contexts(Generic[Told_co]):
    """The words around the facts of a text, numbers as 0; each sentence with facts is cut up once.

    `words` are those of all sentences asked so far, one after the other.
    """

    def __init__(self, reading: Reading, telling: Telling[Told_co]) -> None:
        self.words: list[str] = []
        self._reading, self._of, self._plans = reading, telling.of, reading.once(Plans)
        self._sentences: dict[int, tuple[int, int]] = {}
        self._starts: list[int] = []

    def of(self, kind: str, value: str) -> Told_co:
        """Return what is known besides of a fact."""
        return self._of(kind, value)

    def _sentence(self, offset: int) -> tuple[int, int]:
        """Return where the words of a sentence begin and end among `words`."""
        number = self._reading.sentence_no(offset)
        if number not in self._sentences:
            begin = len(self.words)
            for match in _WORD.finditer(self._reading.folded, *self._reading.sentence_span(offset)):
                word = match[0]
                self.words.append("0" if word[0].isdigit() else word)
                self._starts.append(match.start())
            self._sentences[number] = begin, len(self.words)
        return self._sentences[number]

    def windows(self, fact: Found) -> Windows:
        """Return which of `words` stand around a fact, all in its sentence."""
        begin, end = self._sentence(fact.start)
        low = bisect.bisect_left(self._starts, fact.start, begin, end)
        high = bisect.bisect_left(self._starts, fact.end, low, end)
        before, nearer = ((max(begin, low - most), low) for most in (_BEFORE, _NEARER_BEFORE))
        behind, nearer_behind = ((high, min(end, high + most)) for most in (_BEHIND, _NEARER_BEHIND))
        return Windows(before, (low, high), behind, nearer, nearer_behind)

    def joint(self, fact: Found, *, before: tuple[Found, str | None] | None) -> list[Told_co]:
        """Return what the fact before is, and with what words this one follows it in its sentence."""
        if before is None:
            return [self._of("", "first")]
        one, label = before[0], str(before[1])
        if one.start < self._reading.sentence_span(fact.start)[0]:
            return [self._of("before:", label)]
        span = self._sentence(fact.start)
        begin, end = (bisect.bisect_left(self._starts, offset, *span) for offset in (one.end, fact.start))
        told = " ".join(self.words[max(begin, end - 2) : end]) if end - begin < _SHORT else "…"
        return [self._of("before:", label), self._of("same sentence:", label), self._of("joint:", f"{label}:{told}")]

    def own(self, fact: Found, windows: Windows) -> list[Told_co]:
        """Return what the fact says of itself, and the words that stand nearest, with their place."""
        of, words = self._of, self.words
        told = [of("", "always")]
        if self._plans.covers(fact.start):
            told.append(of("", "in plans"))
        if windows.of_it[0] == self._sentence(fact.start)[0]:
            told.append(of("", "opens"))
        before, behind = (words[slice(*window)] for window in (windows.nearer_before, windows.nearer_behind))
        for kinds, near in (_BY_PLACE[0], reversed(before)), (_BY_PLACE[1], behind):
            told += [of(kind, word) for kind, word in zip(kinds, near, strict=False)]
        if fact.part_of:
            told.append(of("part of:", str(fact.part_of.columns.get(PURPOSES[fact.table]))))
        for column in _OWN[fact.table]:
            value = _folded(str(fact.columns.get(column)))
            told.append(of(column + "=", value))
            told += [of(column + ":", word) for word in value.split()]
        return told

    def all(self, fact: Found) -> list[Told_co]:
        """Return what the fact says of itself and the words around it, one by one and in pairs."""
        windows = self.windows(fact)
        told = self.own(fact, windows)
        for kind, window in zip(AROUND, windows, strict=True):
            words = self.words[slice(*window)]
            told += [self._of(kind, word) for word in (*words, *pairs(words))]
        return told


# What is counted is named by the same few words again and again.
_folded = functools.lru_cache(maxsize=4096)(fold)


def pairs(words: Sequence[str]) -> list[str]:
    """Return each word with the one behind it.

    >>> pairs(["trao", "0", "suất"])
    ['trao 0', '0 suất']
    """
    return [f"{one} {other}" for one, other in itertools.pairwise(words)]
