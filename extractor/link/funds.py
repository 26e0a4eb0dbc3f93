"""The fund that an amount of money belongs to."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from extractor.reading import Found, Reading, between

# A campaign whose money is a fund's.
_FUNDED = {"Ngày vì người nghèo": "Quỹ Vì người nghèo"}
_FUND_WORD = regex.compile(r"^Quỹ (?=\p{Lu})")
_FUND_REACH = 220
_OF_FUND = frozenset({"raised", "given", "planned"})
_SAME_FUND = 60


def link_funds(reading: Reading, found: Sequence[Found]) -> None:
    """Set the fund of the amounts that came into, went out of or are planned for one; the parts of a list share it."""
    money, programmes = ([one for one in found if one.table == table] for table in ("money", "programmes"))
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
    for one in between(programmes, earlier, end):
        if one.columns["kind"] != "fund" and one.columns["name"] not in _FUNDED:
            continue
        distance = money.start - one.end if one.end <= money.start else one.start - money.end + 60
        if distance <= _FUND_REACH and (best is None or distance < best[0]):
            best = (distance, _FUNDED.get(one.columns["name"], one.columns["name"]))
    return _FUND_WORD.sub("", best[1]) if best else None
