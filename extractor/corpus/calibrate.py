"""How often each rule is right on the annotated articles that were read while rules were written."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from extractor import confidence, score
from extractor.corpus.agreement import paired
from extractor.errors import InputError
from extractor.schema import FACT_TABLES
from extractor.score import Case
from extractor.score_report import predict


def counts(cases: Iterable[Case]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return (right, of) by (table, rule) over annotated texts; facts that are optional there count neither way."""
    right: Counter[tuple[str, str]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    for case in cases:
        judged = score.judge(case)
        repeated = {id(row) for row in judged.repeated}
        right.update((fact.table, row.rule) for fact, row in judged.pairs if fact.table in FACT_TABLES)
        wrong.update((t, row.rule) for t, row in judged.extra if t in FACT_TABLES and id(row) not in repeated)
        for table in FACT_TABLES.keys() - score.KEYS.keys():
            _count_named(case, table, right, wrong)
    return {key: (right[key], right[key] + wrong[key]) for key in right.keys() | wrong.keys()}


def _count_named(case: Case, table: str, right: Counter[tuple[str, str]], wrong: Counter[tuple[str, str]]) -> None:
    """Count the facts of a table that `score` does not judge, by name or type.

    Of bodies and programmes the articles have only the main ones annotated: a row where nothing is annotated says nothing. Of
    activities they have all.
    """
    stated = [{**e.columns, "start": e.start, "end": e.end, "optional": e.optional} for e in case.expected if e.table == table]
    left = [dataclasses.asdict(row) for row in case.predicted.get(table, ())]
    rows = list(left)
    for fact, row in paired(table, stated, left):
        right[table, row["rule"]] += not fact["optional"]
        rows.remove(row)
    for row in rows:
        near = [f for f in stated if f["start"] < row["end"] and row["start"] < f["end"]]
        whole = table == "activities" and not near
        wrong[table, row["rule"]] += whole or any(not f["optional"] for f in near)


def calibrate(folder: Path, path: Path) -> int:
    """Write the table of confidences by the seen articles of a folder; return how many articles that were."""
    cases = [case for case in score.load_cases(folder, predict) if case.seen]
    if not cases:
        raise InputError(f"{folder}: no article is marked seen; others must not teach the table")
    confidence.write(path, counts(cases))
    return len(cases)
