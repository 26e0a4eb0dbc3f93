"""How far two people who annotated the same texts agree: F1 of one against the other, by table, and the columns of what both found.

Facts agree where their keys are equal and their words overlap, one to one. A fact that one of them marked optional, and the
other left out or has, counts neither way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractor.corpus.form import COLUMNS, Document, read_folder
from extractor.errors import InputError
from extractor.score import KEYS, same_value

_KEYS: Mapping[str, tuple[str, ...]] = {**KEYS, "organisations": ("name",), "programmes": ("name",), "activities": ("type",), "non_facts": ()}
Fact = dict[str, Any]


@dataclass(slots=True)
class Agreement:
    """Counts of one table: facts of both, of the first alone, of the second alone; by column (alike, stated by either)."""

    both: int = 0
    first: int = 0
    second: int = 0
    columns: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def f1(self) -> float:
        """F1 of either against the other, which is the same both ways; 1 where neither found anything."""
        whole = 2 * self.both + self.first + self.second
        return 2 * self.both / whole if whole else 1.0


def agreement(first: Path, second: Path) -> tuple[int, dict[str, Agreement]]:
    """Return (texts that both annotated, counts by table); InputError where none is shared or a text is not the same."""
    one, other = read_folder(first), read_folder(second)
    shared = sorted(one.keys() & other.keys())
    if not shared:
        raise InputError(f"{first} and {second}: no article of the same file name")
    tables = {table: Agreement() for table in COLUMNS}
    for name in shared:
        if one[name]["text"] != other[name]["text"]:
            raise InputError(f"{name}: the two annotations are of different texts")
        for table, counts in tables.items():
            _count(table, counts, one[name], other[name])
    return len(shared), tables


def _count(table: str, counts: Agreement, one: Document, other: Document) -> None:
    left, right = list(one["facts"].get(table, ())), list(other["facts"].get(table, ()))
    pairs = paired(table, left, right)
    counts.first += sum(not fact.get("optional") and not _beside_optional(fact, right) for fact in left)
    counts.second += sum(not fact.get("optional") and not _beside_optional(fact, left) for fact in right)
    for a, b in pairs:
        if a.get("optional") or b.get("optional"):
            continue
        counts.both += 1
        for column in COLUMNS[table]:
            if column not in _KEYS[table] and (column in a or column in b):
                alike, stated = counts.columns.get(column, (0, 0))
                counts.columns[column] = (alike + same_value(column, a.get(column), b.get(column)), stated + 1)


def paired(table: str, left: list[Fact], right: list[Fact]) -> list[tuple[Fact, Fact]]:
    """Return the pairs that agree, taken out of both lists; facts that count go before optional ones."""
    pairs = []
    for fact in sorted(left, key=lambda f: bool(f.get("optional"))):
        hits = (other for other in right if _overlap(fact, other) and _keys_equal(table, fact, other))
        if hit := min(hits, key=lambda f: bool(f.get("optional")), default=None):
            left.remove(fact)
            right.remove(hit)
            pairs.append((fact, hit))
    return pairs


def _overlap(one: Fact, other: Fact) -> bool:
    return bool(one["start"] < other["end"] and other["start"] < one["end"])


def _keys_equal(table: str, one: Fact, other: Fact) -> bool:
    return all(same_value(key, one.get(key), other.get(key)) for key in _KEYS[table])


def _beside_optional(fact: Fact, others: list[Fact]) -> bool:
    return any(other.get("optional") and _overlap(fact, other) for other in others)


def lines(first: Path, second: Path) -> Iterator[str]:
    """Yield the agreement of two folders for people."""
    texts, tables = agreement(first, second)
    yield f"{texts} texts annotated twice"
    yield f"{'table':<14} {'F1':>6} {'both':>6} {'first only':>11} {'second only':>12}  columns of what both found"
    for table, counts in tables.items():
        columns = "  ".join(f"{c} {alike / stated:.3f} ({stated})" for c, (alike, stated) in counts.columns.items())
        yield f"{table:<14} {counts.f1:>6.3f} {counts.both:>6} {counts.first:>11} {counts.second:>12}  {columns}"


