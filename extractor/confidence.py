"""How sure a fact is: how often its rule was right on annotated articles, as rules/confidence.tsv says.

The table is made by `mttq corpus calibrate`. A rule that is not in it is as sure as its kind of fact is on the whole.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from extractor.data import rules_dir
from extractor.errors import RuleError

# A rule counts as if it had been seen so many times more, as right as its kind of fact is: few rows say little.
_PRIOR = 10
_LEAST, _MOST = 0.05, 0.99
_HEAD = """\
# How often each rule was right on the annotated articles that were read while rules were written (seen = true).
# Made by: mttq corpus calibrate corpus/articles. A fact is right where its keys are; `of` counts the rule's facts;
# the confidence is drawn to that of the whole table (*) where `of` is small, less one standard deviation.
rule\tright\tof\tconfidence
"""


def smoothed(right: int, of: int, prior: float) -> float:
    """Return the confidence of a rule that was right so often, in a table of which the share `prior` is right.

    >>> smoothed(0, 0, 0.9), smoothed(1, 1, 0.9), smoothed(500, 500, 0.9), smoothed(1, 4, 0.9)
    (0.81, 0.83, 0.99, 0.6)
    """
    share = (right + _PRIOR * prior) / (of + _PRIOR)
    return round(min(_MOST, max(_LEAST, share - math.sqrt(share * (1 - share) / (of + _PRIOR + 1)))), 2)


def write(path: Path, counts: Mapping[tuple[str, str], tuple[int, int]]) -> None:
    """Write the table for counts of (right, of) by (table, rule)."""
    lines = []
    for table in sorted({table for table, _ in counts}):
        own = {rule: pair for (name, rule), pair in counts.items() if name == table}
        right, of = (sum(column) for column in zip(*own.values(), strict=True))
        prior = right / of if of else 0.5
        lines.append(_line(f"{table}: *", right, of, smoothed(right, of, prior)))
        lines += [_line(rule, *own[rule], smoothed(*own[rule], prior)) for rule in sorted(own)]
    path.write_text(_HEAD + "".join(lines), encoding="utf-8")


def _line(rule: str, right: int, of: int, confidence: float) -> str:
    return f"{rule}\t{right}\t{of}\t{confidence:.2f}\n"


def read(lines: Iterable[str]) -> dict[str, float]:
    """Return the confidence by rule; RuleError names the line that is wrong."""
    found = {}
    for number, line in enumerate(lines, 1):
        if line.startswith(("#", "rule\t")) or not line.strip():
            continue
        fields = line.rstrip("\n").split("\t")
        try:
            rule, _, _, confidence = fields
            found[rule] = float(confidence)
        except ValueError as error:
            raise RuleError(f"confidence.tsv, line {number}: expected rule, right, of, confidence, parted by tabs") from error
    return found


@functools.cache
def _table() -> dict[str, float]:
    path = rules_dir() / "confidence.tsv"
    return read(path.read_text(encoding="utf-8").splitlines()) if path.exists() else {}


def confidence(table: str, rule: str, stated: float) -> float:
    """Return how sure a fact of a rule is; what the rule states itself counts where nothing was measured."""
    known = _table()
    return known.get(rule) or known.get(f"{table}: *") or stated
