"""What an article tells twice: an activity counts each of its figures once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from extractor.facts.blocks import ITEM
from extractor.link.activities import Clause
from extractor.reading import Found, Reading

# What makes two figures of a table the same.
_SAME = {
    "money": ("amount", "amount_max", "currency", "per"),
    "participants": ("count", "count_max", "total", "unit"),
    "quantities": ("value", "value_max", "total", "unit"),
}
# Of a long list of equal sums, the last so many are looked at.
_LOOKED_AT = 8
# So many words at most stand behind the sum of an entry; a headline goes on: "Hà Nội: 5 tỷ đồng giúp bà con vùng lũ".
_FEW = 4
_NAMES = frozenset({"people", "organisations", "locations"})


def told_again(reading: Reading, found: Iterable[Found], clauses: Iterable[Clause]) -> set[int]:
    """Return by id the figures of activities that only repeat another.

    Such a figure is of the same value as one of another sentence, and its own sentence names nobody and no place that the other
    does not (two donors may give the same sum); of two that name the same it is the later one. A headline names least. What is
    an entry of a list is told for the first time.
    """
    names: dict[int, set[str]] = defaultdict(set)
    for one in found:
        if one.table in _NAMES:
            names[reading.sentence_no(one.start)].add(str(one.columns["name"]))
    kept: dict[tuple[object, ...], list[Found]] = defaultdict(list)
    again: set[int] = set()
    for figure in sorted((f for clause in clauses for f in clause.facts if not _is_entry(reading, f)), key=lambda f: f.start):
        same, here = kept[_value(figure)], reading.sentence_no(figure.start)
        told = [(one, reading.sentence_no(one.start)) for one in same[-_LOOKED_AT:]]
        if any(there != here and names[here] <= names[there] for _, there in told):
            again.add(id(figure))
            continue
        again.update(id(one) for one, there in told if there != here and names[there] < names[here])
        same.append(figure)
    return again


def _is_entry(reading: Reading, figure: Found) -> bool:
    """Tell whether a figure is an entry of a list: "- Chi hội 3: 500.000 đồng"."""
    start, end = reading.sentence_span(figure.start)
    behind_colon = figure.table == "money" and reading.text[start : figure.start].rstrip().endswith(":")
    return ITEM.match(reading.text, start) is not None or (behind_colon and len(reading.text[figure.end : end].split()) <= _FEW)


def _value(figure: Found) -> tuple[object, ...]:
    return figure.table, *(figure.columns.get(column) for column in _SAME[figure.table])
