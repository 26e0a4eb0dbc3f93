"""Rules that look for their own pattern (`match`), and the settling of overlaps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import regex

from extractor.anchors import Scan
from extractor.reading import Found, Reading
from extractor.rules import Rule, RuleFile, anchors
from extractor.schema import TABLES

_DIGIT = regex.compile(r"\d")
Reader = Callable[[regex.Match[str], Reading], dict[str, Any] | None]


def _columns(rule: Rule, match: regex.Match[str], reading: Reading) -> dict[str, Any]:
    fields = TABLES[rule.table].__dataclass_fields__.keys() - {"start", "end", "mention"}
    groups = {k: reading.text[slice(*match.span(k))] for k, v in match.groupdict().items() if v and k in fields}
    return {**groups, **rule.set}


def _span(rule: Rule, match: regex.Match[str]) -> tuple[int, int]:
    """Return the mention: the group `mention` where the pattern has one, else the whole match."""
    return match.span("mention") if "mention" in match.groupdict() and match["mention"] else match.span()


def _each(pattern: regex.Pattern[str], scan: Scan) -> Iterator[regex.Match[str]]:
    """Yield the matches; the next is looked for where the mention of one ends, for its context may hold the next."""
    position = 0
    while match := scan.search(pattern, position):
        yield match
        mention = match.span("mention") if "mention" in pattern.groupindex and match["mention"] else match.span()
        position = max(mention[1], match.start() + 1)


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
        for match in _each(rule.match, scan):
            columns: dict[str, Any] | None = _columns(rule, match, reading)
            if rule.reader:
                columns = readers[rule.reader](match, reading)
                if columns == {}:  # the reader sees that the rule does not apply
                    continue
                if columns is not None:
                    columns = {**rule.set, **columns}
            start, end = _span(rule, match)
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
