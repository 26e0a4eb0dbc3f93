"""Words near a fact that settle what it is for: the cue of least distance plus cost wins.

All words of a file's cues are found in one pass over the text; a fact then looks only at those of its own sentence.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import regex

from extractor.reading import Reading
from extractor.rules import Cue, RuleFile, anchors, load
from extractor.text import fold, one_space

# Between a fact and its cue, what ends a clause counts as this many characters.
_CLAUSE_END = regex.compile(r";|\n|(?<=\w)\.\s")
CLAUSE_COST = 80
# What is said in a bracket that has closed again speaks of little outside of it.
_BRACKET_COST = 60
# Words after which a sentence that spoke of plans tells of results.
_TURN = regex.compile(r"(?<!\w)(?:đã|kết quả|đến nay|tính đến|vừa|nguồn do)(?!\w)")

Hit = tuple[int, int, Cue]


def clause_ends(words: str) -> int:
    """Return how many clauses end within the words.

    >>> clause_ends("trao 20 suất quà; vận động 1.500.000 đồng. Dịp này")
    2
    """
    # Most words between two things end none, and are told by what they do not hold.
    if "." in words or ";" in words or "\n" in words:
        return len(_CLAUSE_END.findall(words))
    return 0


class Said(NamedTuple):
    """What a cue says of a fact: the value, how near it stands (its cost added), and whether it follows the fact."""

    value: Any
    distance: int
    follows: bool


@functools.cache
def _lexicon(name: str) -> dict[str, list[Cue]]:
    cues: dict[str, list[Cue]] = {}
    for cue in load(name).cues:
        for word in cue.words:
            cues.setdefault(fold(word), []).append(cue)
    return cues


class Cues:
    """The cues of one rule file in one text."""

    def __init__(self, file: RuleFile, reading: Reading) -> None:
        self._folded = reading.folded
        lexicon, scan = _lexicon(file.name), anchors().scan(reading.folded)
        hits: list[Hit] = []
        if file.cue_words:
            for match in scan.each(file.cue_words):
                hits += [(match.start(), match.end(), cue) for cue in lexicon[one_space(match[0])]]
        for cue in file.cues:
            if cue.pattern:
                hits += [(m.start(), m.end(), cue) for m in scan.each(cue.pattern)]
        self._hits = sorted(hits, key=lambda h: h[:2])
        self._starts = [h[0] for h in self._hits]

    def settle(self, start: int, end: int, sentence: tuple[int, int], column: str) -> Said | None:
        """Return what the nearest cue says of the column for a fact at start..end, or None where no cue speaks of it."""
        best: Said | None = None
        for distance, (low, _, cue) in self.heard(start, end, sentence, column):
            if best is None or distance <= best.distance:
                best = Said(cue.set[column], distance, low >= end)
        return best

    def heard(self, start: int, end: int, sentence: tuple[int, int], column: str) -> Iterator[tuple[int, Hit]]:
        """Yield each cue that speaks of the column for a fact at start..end, with its distance, its cost added."""
        first = bisect.bisect_left(self._starts, sentence[0])
        last = bisect.bisect_left(self._starts, sentence[1])
        for hit in self._hits[first:last]:
            if column in hit[2].set:
                distance = self._distance(*hit[:2], start, end, hit[2])
                if distance is not None:
                    yield distance, hit

    def _distance(self, low: int, high: int, start: int, end: int, cue: Cue) -> int | None:
        if cue.side == "inside":
            return cue.cost if low < end and high > start else None
        if high <= start and cue.side != "after":
            gap = self._folded[high:start]
        elif low >= end and cue.side != "before":
            gap = self._folded[end:low]
        else:
            return None
        if len(gap) > cue.reach:
            return None
        clauses = clause_ends(gap)
        if cue.scope:
            left = clauses and cue.scope == "clause"
            return None if left or _TURN.search(gap) else cue.cost
        closed = gap.count(")") > gap.count("(")
        return len(gap) + cue.cost + CLAUSE_COST * clauses + _BRACKET_COST * closed
