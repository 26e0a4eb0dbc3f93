"""Totals and their parts, running totals and the day up to which they count."""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
from collections.abc import Sequence

import regex

from extractor.facts.amounts import value_of
from extractor.facts.blocks import Blocks
from extractor.reading import Found, Reading

_COUNTED = ("money", "participants", "quantities")
_PARTS_OPEN = regex.compile(r"\(|trong đó|bao gồm|gồm có|gồm|cụ thể")
# "trong tổng số 1.126 căn nhà có 874 căn xây mới": what stands before the whole, and opens its parts.
_OUT_OF = regex.compile(r"(?<!\w)trong (?:tổng )?số (?:(?:hơn|trên|gần|khoảng) )?$")
_THERE_ARE = regex.compile(r"(?<!\w)(?:có|thì)(?!\w)")
_AS_OF = regex.compile(
    r"(?<!\w)(?:tính đến|tính tới|đến thời điểm|tới thời điểm|cho đến|đến hết|đến nay|tính từ đầu năm đến)[^.;\n]{0,40}$"
)
_STOP = regex.compile(r"[;\n]|\.(?=\s)")


def link_dates(reading: Reading, found: Sequence[Found]) -> None:
    """Set `as_of` on counted facts that follow "tính đến <date>" in their sentence; the findings are in text order."""
    running: list[tuple[int, int, dt.date]] = []
    for one in found:
        if one.table == "dates":
            sentence = reading.sentence_span(one.start)
            if _AS_OF.search(reading.folded, max(sentence[0], one.start - 60), one.start):
                running.append((one.start, sentence[1], one.columns["end_date"]))
    for one in found:
        # An earlier date ends no later than the last one before the fact.
        before = bisect.bisect_left(running, (one.start,)) - 1 if one.table in _COUNTED else -1
        if before >= 0 and one.start < running[before][1]:
            one.as_of = running[before][2]


def _same_kind(one: Found, other: Found) -> bool:
    if one.table != other.table:
        return False
    if one.table == "money":
        return bool(one.columns["currency"] == other.columns["currency"])
    if one.table == "participants":
        return bool(one.columns["unit"] == other.columns["unit"])
    return bool(one.columns["unit"] == other.columns["unit"] and one.columns["unit"] != "%")


def link_parts(reading: Reading, found: Sequence[Found]) -> None:
    """Set `part_of` on facts that a bracket or "trong đó" after a larger fact of the same kind introduces, or a line with one
    that ends with a colon: what the items of the list below it come to is no more than it."""
    counted = [f for f in found if f.table in _COUNTED]
    for index, (total, after) in enumerate(itertools.zip_longest(counted, counted[1:])):
        if total.part_of is not None:
            continue
        end = reading.sentence_span(total.start)[1]
        following = after.start if after else end
        opens = _THERE_ARE if _OUT_OF.search(reading.folded, max(0, total.start - 30), total.start) else _PARTS_OPEN
        opened = opens.search(reading.folded, total.end, min(end, following))
        if not opened:
            continue
        close = reading.folded.find(")", opened.end(), end) if opened[0] == "(" else -1
        stop = _STOP.search(reading.folded, opened.end(), end) if opened[0] != "(" else None
        limit = close if close > 0 else stop.start() if stop else end
        for part in map(counted.__getitem__, range(index + 1, len(counted))):  # no copy of all that follow
            if part.start >= limit:
                break
            if _same_kind(total, part) and value_of(part) <= value_of(total) and part.columns.get("per") is None:
                part.part_of = total
    _link_lists(reading, counted)


def _link_lists(reading: Reading, counted: Sequence[Found]) -> None:
    blocks = Blocks.of(reading)
    for start, those in itertools.groupby(counted, key=lambda f: blocks.start(f.start)):
        line_end = reading.text.find("\n", start)
        heads: list[Found] = []
        items: list[Found] = []
        for one in those:
            (heads if one.start < line_end else items).append(one)
        introduces = heads and reading.text[start:line_end].rstrip().endswith(":") and not _STOP.search(reading.folded, heads[-1].end, line_end)
        if introduces and items:
            _link_items(heads[-1], [one for one in items if one.part_of is None and one.columns.get("per") is None and _same_kind(heads[-1], one)])


def _link_items(total: Found, items: Sequence[Found]) -> None:
    if total.part_of is None and sum(map(value_of, items)) <= value_of(total):
        for one in items:
            one.part_of = total
