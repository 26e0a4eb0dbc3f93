"""Rules that look for their own pattern (`match`), and the settling of overlaps."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import regex

from extractor.reading import Found, Reading
from extractor.rules import Rule, RuleFile, anchors
from extractor.schema import TABLES

_DIGIT = regex.compile(r"\d")
Reader = Callable[[regex.Match[str], Reading], dict[str, Any] | None]


@functools.cache
def _columns_told(pattern: regex.Pattern[str], table: str) -> list[str]:
    """Return the groups of a pattern that are named like columns of the table."""
    columns = TABLES[table].__dataclass_fields__.keys() - {"start", "end", "mention"}
    return [group for group in pattern.groupindex if group in columns]


def _columns(rule: Rule, match: regex.Match[str], reading: Reading) -> dict[str, Any]:
    told = {group: reading.text[slice(*match.span(group))] for group in _columns_told(match.re, rule.table) if match[group]}
    return {**told, **rule.set}


def _mention(rule: Rule) -> str | int:
    """Return the group that is the mention: `mention` where the pattern has one, else the whole match."""
    return "mention" if rule.match and "mention" in rule.match.groupindex else 0


def find_matches(
    file: RuleFile, reading: Reading, readers: Mapping[str, Reader], *, unread: str | None = None
) -> list[Found]:
    """Return what the file's `match` rules find, in order, the longest of overlapping ones.

    What a rule matches and its reader cannot settle (None) is left out, or is a non-fact of the reason `unread`; what is
    nothing of the rule's ({}) is left to other rules.
    """
    found: list[Found] = []
    scan = anchors().scan(reading.folded)
    for rule in file.rules:
        if rule.match is None or rule.off:
            continue
        mention = _mention(rule)
        for match in scan.each(rule.match, mention):
            columns: dict[str, Any] | None
            if rule.reader:
                columns = readers[rule.reader](match, reading)
                if columns == {}:  # the reader sees that the rule does not apply
                    continue
                if columns is not None:
                    columns = {**rule.set, **columns}
            else:
                columns = _columns(rule, match, reading)
            start, end = match.span(mention if match[mention] else 0)
            while start < end and reading.text[start].isspace():
                start += 1
            table = rule.table
            if columns is None and unread and _DIGIT.search(match[0]):
                table, columns = "non_facts", {"reason": unread}
            if columns is not None and start < end:
                found.append(
                    Found(table=table, start=start, end=end, rule=rule.id, confidence=rule.confidence, columns=columns)
                )
    return settle(found)


def settle(found: Iterable[Found]) -> list[Found]:
    """Return the findings without overlaps, the longer first, then the earlier, then the rule that stands first."""
    kept: list[Found] = []
    taken: set[int] = set()
    for one in sorted(found, key=lambda f: (f.start - f.end, f.start)):
        cells = range(one.start, one.end)
        if not taken.isdisjoint(cells):
            continue
        taken.update(cells)
        kept.append(one)
    return sorted(kept, key=lambda f: f.start)


def spans(found: Iterable[Found]) -> list[tuple[int, int]]:
    """Return the merged, sorted spans of the findings."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((f.start, f.end) for f in found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
