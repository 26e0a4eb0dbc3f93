"""The words around a fact, as features that a learned model weighs."""

from __future__ import annotations

import bisect
import functools
import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

import regex

from extractor.facts.plans import Plans
from extractor.reading import Found, Reading
from extractor.text import fold

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_WORD = regex.compile(r"[\w%]+|[;:,().\n/+-]")
_KIND = regex.compile(r"[^:=]*[:=]")
# Fewer words than these join a fact to the one before.
_SHORT = 6
Told_co = TypeVar("Told_co", covariant=True)

# By table, the column that tells what a fact is for, and that a learned model of its name corrects.
PURPOSES = {"money": "flow", "participants": "role", "quantities": "category"}
# The number of a feature that no model has learned anything of.
UNKNOWN = -1
# Where they stand in a Place.
_BEGIN, _FIRST, _BEHIND, _END = range(4)
# The kinds of the words around a fact, all of its sentence, each with where they begin and end: so many words on from the fact's
# first word, or from the first behind it. Those before it, of it, behind it, and again as nearer ones before and behind.
AROUND = {
    "L:": ((_FIRST, -24), (_FIRST, 0)),
    "M:": ((_FIRST, 0), (_BEHIND, 0)),
    "R:": ((_BEHIND, 0), (_BEHIND, 12)),
    "N:": ((_FIRST, -8), (_FIRST, 0)),
    "A:": ((_BEHIND, 0), (_BEHIND, 5)),
}
# The kinds of those that stand nearest, one by one.
NEAREST = {
    "L0:": ((_FIRST, -1), (_FIRST, 0)),
    "L1:": ((_FIRST, -2), (_FIRST, -1)),
    "L2:": ((_FIRST, -3), (_FIRST, -2)),
    "R0:": ((_BEHIND, 0), (_BEHIND, 1)),
    "R1:": ((_BEHIND, 1), (_BEHIND, 2)),
}
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

        >>> known = Vocabulary(["L:trao", "always", "L::", "joint:given:,", "M:trao", "M:trao :"])
        >>> known.of("L:", ":"), known.of("L:", "x"), known.of("joint:", "given:,"), known.of("", "always")
        (2, -1, 3, 1)
        >>> known.around(["x", "trao", ":"])[:2].tolist(), known.around(["x", "trao", ":"])[-4].tolist()
        ([[-1, 0, 2], [-1, 4, -1]], [-1, 5, -1])
        """
        import numpy as np

        self._rows: dict[str, dict[str, int]] = defaultdict(dict)
        kind = ""
        for row, feature in enumerate(features):
            if not (kind and feature.startswith(kind)):  # those of a kind mostly stand together
                kind = match[0] if (match := _KIND.match(feature)) else ""
                of_kind = self._rows[kind]
            of_kind[feature[len(kind) :]] = row
        # One search for a word wherever it stands, and for two by their numbers: most of the time goes into these.
        kinds = [self._rows[kind] for kind in (*AROUND, *NEAREST)]
        told = dict.fromkeys(itertools.chain(*kinds))
        self._words = {word: number for number, word in enumerate(dict.fromkeys(" ".join(told).split(" ")))}
        self._of_words = _table(kinds, self._words)
        two = [one for one in told if one.count(" ") == 1]
        codes = self._codes(self._numbers(" ".join(two).split(" ")))[::2]
        order = codes.argsort()
        self._pairs = np.append(codes[order], np.iinfo(np.int64).max)
        self._of_pairs = _table(kinds[: len(AROUND)], two).take(np.append(order, UNKNOWN), axis=1)

    def of(self, kind: str, value: str, /) -> int:
        """Return the number."""
        rows = self._rows.get(kind)
        return rows.get(value, UNKNOWN) if rows else UNKNOWN

    def around(self, words: Sequence[str], /) -> npt.NDArray[np.int64]:
        """Return the numbers of words as standing around a fact: a row for each of AROUND and NEAREST, and again for each of AROUND
        with the numbers of each word with the one behind it."""
        import numpy as np

        numbers = self._numbers(words)
        codes = self._codes(numbers)
        at = self._pairs.searchsorted(codes)
        at[self._pairs[at] != codes] = UNKNOWN
        singles = len(self._of_words)
        rows = np.full((singles + len(self._of_pairs), len(words)), UNKNOWN)
        rows[:singles] = self._of_words.take(numbers, axis=1)
        rows[singles:, :-1] = self._of_pairs.take(at, axis=1)
        return rows

    def _numbers(self, words: Sequence[str]) -> npt.NDArray[np.int64]:
        import numpy as np

        return np.fromiter(map(self._words.get, words, itertools.repeat(len(self._words))), np.int64, len(words))

    def _codes(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return one number for each word with the one behind it."""
        return numbers[:-1] * (len(self._words) + 1) + numbers[1:]


def _table(kinds: Sequence[Mapping[str, int]], told: Collection[str]) -> npt.NDArray[np.int64]:
    """Return the numbers of words or pairs as of each kind, and of one more that is UNKNOWN."""
    import numpy as np

    table = np.full((len(kinds), len(told) + 1), UNKNOWN)
    for row, of in zip(table, kinds, strict=True):
        row[:-1] = np.fromiter(map(of.get, told, itertools.repeat(UNKNOWN)), np.int64, len(told))
    return table


class Place(NamedTuple):
    """Where a fact stands among the words of a text: where the words of its sentence begin, its own first word, the first behind
    it, and the end of those of its sentence, which `opens` in the text."""

    begin: int
    first: int
    behind: int
    end: int
    opens: int


def windows(places: Sequence[Place]) -> npt.NDArray[np.int64]:
    """Return for each place which words stand around it: where they begin and end, for each row of `Vocabulary.around`."""
    import numpy as np

    of = np.fromiter(itertools.chain.from_iterable(places), np.int64, len(places) * len(Place._fields)).reshape(len(places), -1, 1)
    far = of[:, _edges()[..., 0], 0] + _edges()[..., 1]
    bounds: npt.NDArray[np.int64] = np.minimum(np.maximum(far, of[:, [_BEGIN]]), of[:, [_END]])
    bounds[:, -len(AROUND) :, 1] -= 1  # the last word is not the first of a pair
    return bounds


@functools.cache
def _edges() -> npt.NDArray[np.int64]:
    import numpy as np

    return np.array([*AROUND.values(), *NEAREST.values(), *AROUND.values()])


class Contexts(Generic[Told_co]):
    """The words around the facts of a text, numbers as 0; each sentence with facts is cut up once, and each fact's place found once.

    `words` are those of all sentences asked so far, one after the other; `of` tells what else is known of a fact.
    """

    def __init__(self, reading: Reading, telling: Telling[Told_co]) -> None:
        self.words: list[str] = []
        self._reading, self.of, self._plans = reading, telling.of, reading.once(Plans)
        self._sentences: dict[int, tuple[int, int]] = {}
        self._starts: list[int] = []
        self._places: dict[Found, Place] = {}

    def place(self, fact: Found) -> Place:
        """Return where a fact stands among `words`."""
        place = self._places.get(fact)
        if place is None:
            opens, close = self._reading.sentence_span(fact.start)
            begin, end = self._sentences.get(opens) or self._cut(opens, close)
            first = bisect.bisect_left(self._starts, fact.start, begin, end)
            place = Place(begin, first, bisect.bisect_left(self._starts, fact.end, first, end), end, opens)
            self._places[fact] = place
        return place

    def _cut(self, start: int, end: int) -> tuple[int, int]:
        """Return where the words of a sentence begin and end among `words`."""
        words, starts = self.words, self._starts
        begin = len(words)
        for match in _WORD.finditer(self._reading.folded, start, end):
            word = match[0]
            words.append("0" if word[0].isdigit() else word)
            starts.append(match.start())
        self._sentences[start] = begin, len(words)
        return self._sentences[start]

    def joint(self, fact: Found, *, before: tuple[Found, str | None] | None) -> list[Told_co]:
        """Return what the fact before is, and with what words this one follows it in its sentence."""
        of = self.of
        if before is None:
            return [of("", "first")]
        one, label, here = before[0], str(before[1]), self.place(fact)
        if one.start < here.opens:
            return [of("before:", label)]
        begin, end = self.place(one).behind, here.first
        told = " ".join(self.words[max(begin, end - 2) : end]) if end - begin < _SHORT else "…"
        return [of("before:", label), of("same sentence:", label), of("joint:", f"{label}:{told}")]

    def own(self, fact: Found) -> list[Told_co]:
        """Return what the fact says of itself: of where it stands, and in its columns."""
        return [*self._stands(fact), *self._says(fact)]

    def _stands(self, fact: Found) -> list[Told_co]:
        told, place = [self.of("", "always")], self.place(fact)
        if self._plans.covers(fact.start):
            told.append(self.of("", "in plans"))
        if place.first == place.begin:
            told.append(self.of("", "opens"))
        return told

    def _says(self, fact: Found) -> list[Told_co]:
        whole, columns = fact.part_of, fact.columns
        told = [self.of("part of:", str(whole.columns.get(PURPOSES[fact.table])))] if whole else []
        for column in _OWN[fact.table]:
            told += _said(self.of, column, str(columns.get(column)))
        return told

    def all(self, fact: Found) -> list[Told_co]:
        """Return what the fact says of itself and the words around it, one by one and in pairs."""
        of_kinds = [self.words[slice(*window)] for window in windows([self.place(fact)])[0].tolist()]
        around = {kind: [self.of(kind, word) for word in words] for kind, words in zip((*AROUND, *NEAREST), of_kinds, strict=False)}
        for kind, words in zip(AROUND, of_kinds, strict=False):
            around[kind] += [self.of(kind, pair) for pair in pairs(words)]
        nearest, others = ([told for kind in kinds for told in around[kind]] for kinds in (NEAREST, AROUND))
        return [*self._stands(fact), *nearest, *self._says(fact), *others]


@functools.lru_cache(maxsize=4096)
def _said(of: Callable[[str, str], Any], column: str, value: str) -> tuple[Any, ...]:
    """Return what a column says, whole and word by word: what is counted is named by the same few words again and again."""
    folded = fold(value)
    return of(f"{column}=", folded), *(of(f"{column}:", word) for word in folded.split())


def pairs(words: Sequence[str]) -> list[str]:
    """Return each word with the one behind it.

    >>> pairs(["trao", "0", "suất"])
    ['trao 0', '0 suất']
    """
    return [f"{one} {other}" for one, other in itertools.pairwise(words)]
