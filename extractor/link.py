"""From facts to what they tell together: activities, parts of totals, running totals, and the text's own arithmetic."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import regex

from extractor.facts.amounts import value_of
from extractor.facts.cues import Cues
from extractor.facts.match import find_matches
from extractor.reading import Found, Reading
from extractor.rules import load

_COUNTED = ("money", "participants", "quantities")
_PARTS_OPEN = regex.compile(r"\(|trong đó|bao gồm|gồm có|gồm|cụ thể")
_AS_OF = regex.compile(
    r"(?<!\w)(?:tính đến|tính tới|đến thời điểm|tới thời điểm|cho đến|đến hết|đến nay|tính từ đầu năm đến)[^.;\n]{0,40}$"
)
_STOP = regex.compile(r"[;\n]|\.(?=\s)")


@dataclass(slots=True)
class Clause:
    """One clause that reports something: its trigger and the facts that belong to it."""

    start: int
    end: int
    type: str
    status: str
    rule: str
    facts: list[Found] = field(default_factory=list)


def link_dates(reading: Reading, found: Sequence[Found]) -> None:
    """Set `as_of` on counted facts that follow "tính đến <date>" in their sentence."""
    running: list[tuple[int, int, dt.date]] = []
    for one in found:
        if one.table == "dates":
            sentence = reading.sentence_span(one.start)
            if _AS_OF.search(reading.folded, max(sentence[0], one.start - 60), one.start):
                running.append((one.start, sentence[1], one.columns["end_date"]))
    for one in found:
        if one.table in _COUNTED:
            for start, end, date in running:
                if start < one.start < end:
                    one.as_of = date


def _same_kind(one: Found, other: Found) -> bool:
    if one.table != other.table:
        return False
    if one.table == "money":
        return bool(one.columns["currency"] == other.columns["currency"])
    if one.table == "participants":
        return bool(one.columns["unit"] == other.columns["unit"])
    return bool(one.columns["unit"] == other.columns["unit"] and one.columns["unit"] != "%")


def link_parts(reading: Reading, found: Sequence[Found]) -> None:
    """Set `part_of` on facts that a bracket or "trong đó" after a larger fact of the same kind introduces."""
    counted = [f for f in found if f.table in _COUNTED]
    for index, total in enumerate(counted):
        if total.part_of is not None:
            continue
        end = reading.sentence_span(total.start)[1]
        following = next((f.start for f in counted[index + 1 :]), end)
        opened = _PARTS_OPEN.search(reading.folded, total.end, min(end, following))
        if not opened:
            continue
        close = reading.folded.find(")", opened.end(), end) if opened[0] == "(" else -1
        stop = _STOP.search(reading.folded, opened.end(), end) if opened[0] != "(" else None
        limit = close if close > 0 else stop.start() if stop else end
        for part in counted[index + 1 :]:
            if part.start >= limit:
                break
            if _same_kind(total, part) and value_of(part) <= value_of(total) and part.columns.get("per") is None:
                part.part_of = total


def _clauses(reading: Reading) -> list[Clause]:
    """Return the clauses that report an activity, by their triggers."""
    triggers = find_matches(load("activities"), reading, {})
    return [Clause(t.start, t.end, t.columns["type"], "done", t.rule) for t in triggers]


def find_activities(reading: Reading, found: Sequence[Found]) -> list[Clause]:
    """Return the activities with the counted facts that belong to them: those nearest in the sentence.

    A trigger without any figure, place or date of its own in the sentence is told, too; two triggers of one type in one
    sentence without a figure between them are one activity.
    """
    clauses = _clauses(reading)
    status = Cues(load("activities"), reading)
    by_sentence: dict[int, list[Clause]] = {}
    for clause in clauses:
        here = by_sentence.setdefault(reading.sentence_no(clause.start), [])
        between = [f for f in found if f.table in _COUNTED and here and here[-1].start <= f.start < clause.start]
        if here and here[-1].type == clause.type and not between:
            continue
        said = status.settle(clause.start, clause.end, reading.sentence_span(clause.start), "status")
        clause.status = said.value if said else "done"
        here.append(clause)
    for fact in found:
        if fact.table in _COUNTED:
            _assign(reading, fact, by_sentence)
    return [c for number in sorted(by_sentence) for c in by_sentence[number]]


def _assign(reading: Reading, fact: Found, by_sentence: dict[int, list[Clause]]) -> None:
    here = by_sentence.get(reading.sentence_no(fact.start), [])
    if not here:
        return
    before = [c for c in here if c.start <= fact.start]
    clause = before[-1] if before else here[0]
    clause.facts.append(fact)


def organiser_of(reading: Reading, clause: Clause, found: Iterable[Found]) -> str | None:
    """Return the body that stands nearest before the trigger in its sentence."""
    start = reading.sentence_span(clause.start)[0]
    names = [f for f in found if f.table == "organisations" and start <= f.start < clause.start]
    return names[-1].columns["name"] if names else None


def occurrences_of(clause: Clause) -> int | None:
    """Return how many times it was done: the first count of events among its facts."""
    for fact in clause.facts:
        if fact.table == "quantities" and fact.columns["category"] == "event" and fact.part_of is None:
            return int(fact.columns["value"])
    return None


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
        number = reading.sentence_no(rate.start)
        near = [f for f in counted if reading.sentence_no(f.start) == number and f is not rate]
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


# A campaign whose money is a fund's.
_FUNDED = {"Ngày vì người nghèo": "Quỹ Vì người nghèo"}
_FUND_WORD = regex.compile(r"^Quỹ (?=\p{Lu})")
_FUND_REACH = 220


_OF_FUND = frozenset({"raised", "given", "planned"})
_SAME_FUND = 60


def link_funds(reading: Reading, money: Sequence[Found], programmes: Sequence[Found]) -> None:
    """Set the fund of the amounts that came into, went out of or are planned for one; the parts of a list share it."""
    last: Found | None = None
    for one in money:
        if one.columns.get("flow") in _OF_FUND:
            one.columns["fund"] = _fund_of(reading, one, programmes)
        if last and not one.columns.get("fund") and last.columns.get("fund") and one.start - last.end <= _SAME_FUND:
            alike = {last.columns.get("flow"), one.columns.get("flow")} in ({"raised"}, {"raised", "planned"}, {"planned"})
            if alike and reading.sentence_no(last.start) == reading.sentence_no(one.start):
                one.columns["fund"] = last.columns["fund"]
        last = one


def _fund_of(reading: Reading, money: Found, programmes: Sequence[Found]) -> str | None:
    """Return the fund that the money belongs to, without the word "Quỹ": the nearest of its sentence, those before it first.

    Money that came in may also belong to a fund that the sentence before names ("Quỹ … . Đến nay đã nhận được 5 tỷ").
    """
    start, end = reading.sentence_span(money.start)
    earlier = reading.sentence_span(start - 1)[0] if start and money.columns.get("flow") == "raised" else start
    best: tuple[int, str] | None = None
    for one in programmes:
        if not earlier <= one.start < end or not (one.columns["kind"] == "fund" or one.columns["name"] in _FUNDED):
            continue
        distance = money.start - one.end if one.end <= money.start else one.start - money.end + 60
        if distance <= _FUND_REACH and (best is None or distance < best[0]):
            best = (distance, _FUNDED.get(one.columns["name"], one.columns["name"]))
    return _FUND_WORD.sub("", best[1]) if best else None
