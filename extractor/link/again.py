"""What an article tells twice: an activity counts each of its figures once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from extractor.link.activities import Clause
from extractor.reading import Found, Reading

# What makes two figures of a table the same.
_SAME = {
    "money": ("amount", "amount_max", "currency", "per"),
    "participants": ("count", "count_max", "total", "unit"),
    "quantities": ("value", "value_max", "total", "unit"),
}
_NAMES = frozenset({"people", "organisations", "locations"})


def told_again(reading: Reading, found: Iterable[Found], clauses: Iterable[Clause]) -> set[int]:
    """Return by id the figures of activities that only repeat one before.

    Such a figure is of the same value as one of an earlier sentence, and its sentence names nobody and no place that the
    earlier one does not: two donors may give the same sum.
    """
    names: dict[int, set[str]] = defaultdict(set)
    for one in found:
        if one.table in _NAMES:
            names[reading.sentence_no(one.start)].add(str(one.columns["name"]))
    first: dict[tuple[object, ...], Found] = {}
    again: set[int] = set()
    for figure in sorted(_figures(clauses), key=lambda f: f.start):
        before = first.setdefault(_value(figure), figure)
        here, there = reading.sentence_no(figure.start), reading.sentence_no(before.start)
        if here != there and names[here] <= names[there]:
            again.add(id(figure))
    return again


def _figures(clauses: Iterable[Clause]) -> Sequence[Found]:
    return [figure for clause in clauses for figure in clause.facts]


def _value(figure: Found) -> tuple[object, ...]:
    return figure.table, *(figure.columns.get(column) for column in _SAME[figure.table])
