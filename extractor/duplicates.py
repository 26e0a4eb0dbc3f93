"""The same article under another address: by the canonical link that a page names, or by nearly the same words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from extractor.text import fold

_SHINGLE = 4  # words
_LEAST = 40  # shingles below which two texts are alike by chance
_SAME = 0.8  # of all shingles of two texts that both have
_PERMUTATIONS, _BANDS = 128, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One article, as far as it matters whether it repeats another."""

    article_id: str
    url: str | None
    text: str
    published_at: dt.datetime | None
    fetched_at: dt.datetime | None
    duplicate_of: str | None = None


def find_duplicates(copies: Iterable[Copy], canonical: Mapping[str, str]) -> dict[str, str | None]:
    """Return by article the one that it repeats, or None, for those of which the store says otherwise.

    `canonical` gives by URL the address that a page names as its own. Of articles that are the same the original is the one
    that a canonical link names, else the first published, else the first fetched.
    """
    from rensa import RMinHash, RMinHashLSH

    everything = list(copies)
    group = _Groups(len(everything))
    at = {copy.url: index for index, copy in enumerate(everything) if copy.url}
    named: set[int] = set()
    for index, copy in enumerate(everything):
        target = at.get(canonical.get(copy.url or "", ""))
        if target is not None and target != index:
            group.join(index, target)
            named.add(target)
    near = RMinHashLSH(threshold=_SAME, num_perm=_PERMUTATIONS, num_bands=_BANDS)
    for index, copy in enumerate(everything):
        mine = _shingles(copy.text)
        if len(mine) < _LEAST:
            continue
        sketch = RMinHash(num_perm=_PERMUTATIONS, seed=1)
        sketch.update(list(mine))
        for other in near.query(sketch):
            if not group.joined(index, other) and _alike(mine, _shingles(everything[other].text)):
                group.join(index, other)
        near.insert(index, sketch)
    return _changed(everything, group, named)


def _shingles(text: str) -> frozenset[str]:
    words = fold(text).lower().split()
    return frozenset(" ".join(words[n : n + _SHINGLE]) for n in range(len(words) - _SHINGLE + 1))


def _alike(mine: frozenset[str], other: frozenset[str]) -> bool:
    common = len(mine & other)
    return common >= _SAME * (len(mine) + len(other) - common)


def _changed(everything: list[Copy], group: _Groups, named: set[int]) -> dict[str, str | None]:
    late = dt.datetime.max.replace(tzinfo=dt.UTC)
    first: dict[int, tuple[object, ...]] = {}
    for index, copy in enumerate(everything):
        rank = (index not in named, copy.published_at or late, copy.fetched_at or late, copy.article_id)
        root = group.root(index)
        first[root] = min(first.get(root, rank), rank)
    found: dict[str, str | None] = {}
    for index, copy in enumerate(everything):
        original = str(first[group.root(index)][-1])
        repeats = original if original != copy.article_id else None
        if repeats != copy.duplicate_of:
            found[copy.article_id] = repeats
    return found


class _Groups:
    """Which articles are the same: a forest of which each tree is one."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def root(self, index: int) -> int:
        while self._above[index] != index:
            self._above[index] = self._above[self._above[index]]
            index = self._above[index]
        return index

    def join(self, one: int, other: int) -> None:
        self._above[self.root(one)] = self.root(other)

    def joined(self, one: int, other: int) -> bool:
        return self.root(one) == self.root(other)
