"""Does the text agree with itself? Sums, products and shares that it states, against the values extracted."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from extractor.facts.amounts import value_of
from extractor.reading import Found, Reading, between

_COUNTED = ("money", "participants", "quantities")


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One sum, product or share that the text states: the facts, the stated one last."""

    kind: str
    facts: tuple[Found, ...]
    expected: Decimal
    stated: Decimal
    holds: bool


_LOOSE = Decimal("0.06")


def _agrees(expected: Decimal, stated: Found | None, value: Decimal, exact: bool) -> bool:
    """Tell whether both are equal, rounding to the digits stated and the bounds of hedges allowed for."""
    modifier = stated.columns.get("modifier", "exact") if stated else "exact"
    if modifier == "over":
        return expected >= value and expected <= value * (1 + _LOOSE)
    if modifier in {"nearly", "under"}:
        return expected <= value and expected >= value * (1 - _LOOSE)
    if modifier in {"about", "vague"} or not exact:
        return abs(expected - value) <= abs(value) * _LOOSE
    digits = value.normalize().as_tuple()
    unit = Decimal(10) ** int(digits.exponent)
    return abs(expected - value) < unit / 2 or expected == value


def _exact(facts: Iterable[Found]) -> bool:
    return all(f.columns.get("modifier", "exact") == "exact" for f in facts)


def _sums(found: Sequence[Found]) -> list[Reckoning]:
    parts: dict[int, list[Found]] = {}
    totals: dict[int, Found] = {}
    for one in found:
        if one.part_of is not None and one.part_of.part_of is None:
            parts.setdefault(id(one.part_of), []).append(one)
            totals[id(one.part_of)] = one.part_of
    done = []
    for key, group in parts.items():
        total = totals[key]
        if len(group) < 2:
            continue
        expected, stated = sum((value_of(f) for f in group), Decimal(0)), value_of(total)
        if expected < stated * Decimal("0.5") or expected > stated * 2:
            continue  # the parts named are not all of it
        done.append(
            Reckoning("sum", (*group, total), expected, stated, _agrees(expected, total, stated, _exact(group)))
        )
    return done


def _products(reading: Reading, found: Sequence[Found]) -> list[Reckoning]:
    """Return rate times count against an amount of the same sentence."""
    done = []
    counted = [f for f in found if f.table in _COUNTED]
    for rate in (
        f for f in counted if f.table == "money" and f.columns.get("per") and f.columns.get("amount_max") is None
    ):
        near = [f for f in between(counted, *reading.sentence_span(rate.start)) if f is not rate]
        amounts = [f for f in near if f.table == "money" and not f.columns.get("per") and value_of(f) > value_of(rate)]
        counts = [f for f in near if f.table != "money" and _counts(f, rate.columns["per"])]
        for amount in amounts:
            products = [(c, value_of(c) * value_of(rate)) for c in counts]
            fitting = [(c, p) for c, p in products if _agrees(p, amount, value_of(amount), _exact([rate, c]))]
            if fitting or len(products) == 1:
                count, product = fitting[0] if fitting else products[0]
                if Decimal("0.2") < product / value_of(amount) < 5:
                    done.append(Reckoning("product", (rate, count, amount), product, value_of(amount), bool(fitting)))
    return done


def _counts(fact: Found, per: str) -> bool:
    unit = str(fact.columns.get("unit", ""))
    if fact.table == "participants":
        return True
    return unit == per or fact.columns.get("category") in {"gift", "house"}


def _shares(reading: Reading, found: Sequence[Found]) -> list[Reckoning]:
    """Return part and whole against a percentage that follows in the same sentence."""
    done = []
    counted = [f for f in found if f.table in ("participants", "quantities")]
    for part, share in itertools.pairwise(counted):
        total = part.columns.get("total")
        if (
            not total
            or share.columns.get("unit") != "%"
            or reading.sentence_no(part.start) != reading.sentence_no(share.start)
        ):
            continue
        if share.start - part.end > 40:
            continue
        expected = (value_of(part) * 100 / Decimal(total)).quantize(Decimal("0.0001"))
        done.append(
            Reckoning(
                "share", (part, share), expected, value_of(share), _agrees(expected, share, value_of(share), True)
            )
        )
    return done


def find_checks(reading: Reading, found: Sequence[Found]) -> list[Reckoning]:
    """Return the sums, products and shares that the text states, holding or not."""
    return [*_sums(found), *_products(reading, found), *_shares(reading, found)]
