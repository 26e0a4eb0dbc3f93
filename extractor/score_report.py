"""The words and figures of `mttq score`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from extractor import score, score_pages
from extractor.errors import InputError
from extractor.schema import FACT_TABLES


def predict(text: str, page: bool, published: str | None) -> Any:
    """Return the extraction of an annotated text: a page as text goes through the cleaner, an article does not."""
    from extractor.clean import clean_text
    from extractor.extraction import extract, extract_article

    return extract_article(clean_text(text)) if page else extract(text, published=published)


def report(folder: Path, *, texts: Path | None = None, misses: bool = False) -> Iterator[str]:
    """Yield the lines of a report on annotations (.gold, .json) or on sample pages (folders with site.toml)."""
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder of annotations")
    if any(folder.glob("*/site.toml")):
        yield from score_pages.lines(score_pages.measure(folder))
        return
    cases = score.load_cases(folder, predict, texts=texts)
    judged = [score.judge(case) for case in cases]
    yield from _facts(cases, judged)
    if misses:
        yield from _misses(cases, judged)


def _facts(cases: list[score.Case], judged: list[score.Judged]) -> Iterator[str]:
    yield f"{len(cases)} texts"
    yield f"{'table':<14} {'precision':>9} {'recall':>7} {'F1':>6} {'95 % interval':>15} {'n':>5}  other columns"
    for table, counts in score.tally(judged).items():
        low, high = score.interval(judged, table)
        columns = "  ".join(f"{c} {right / n:.3f} ({n})" for c, (right, n) in counts.columns.items())
        yield (
            f"{table:<14} {counts.precision:>9.3f} {counts.recall:>7.3f} {counts.f1:>6.3f}   {low:.3f} - {high:.3f} "
            f"{counts.right + counts.missed:>5}  {columns}"
        )
    if again := sum(len(j.repeated) for j in judged):
        counts = score.tally(judged)["locations"]
        counts.extra -= again
        yield (
            f"locations, {again} extra namings of places that their text has annotated elsewhere left aside: "
            f"precision {counts.precision:.3f}, F1 {counts.f1:.3f}"
        )
    links = score.links(cases, judged)
    yield f"links of facts to activities: precision {links.precision:.3f}, recall {links.recall:.3f}, F1 {links.f1:.3f}"
    open_runs = [(case, span) for case in cases for span in score.unaccounted(case)]
    digits = sum(sum(c.isdigit() for c in case.text) for case in cases)
    lost = sum(end - start for _, (start, end) in open_runs)
    yield f"digits accounted for: {100 * (1 - lost / digits) if digits else 100:.2f} % of {digits}"
    for case, (start, end) in open_runs[:20]:
        yield f"  {case.name}: …{case.text[max(0, start - 40) : end + 30]!r}"
    bands = score.reliability(judged)
    for name in dict.fromkeys(name for name, *_ in bands):
        told = "; ".join(f"{band}: {share:.3f} right of {n}" for table, band, n, share in bands if table == name)
        yield f"confidence, {name}: {told}"


def _misses(cases: list[score.Case], judged: list[score.Judged]) -> Iterator[str]:
    for case, one in zip(cases, judged, strict=True):
        for fact, row in one.pairs:
            around = case.text[max(0, row.start - 60) : row.end + 40].replace("\n", " ")
            for column, stated, given, same in score.column_results(fact, row):
                if not same:
                    yield f"{case.name} COLUMN {fact.table}.{column}: {row.mention}: {stated}, not {given} [{row.rule if fact.table in FACT_TABLES else row.reason}] …{around}…"
        for fact in one.missed:
            yield f"{case.name} MISSED {fact.table}: {fact.mention} {fact.columns}"
        for table, row in one.extra:
            if table in FACT_TABLES:
                around = case.text[max(0, row.start - 40) : row.end + 30].replace("\n", " ")
                keys = {k: str(getattr(row, k)) for k in score.KEYS[table]}
                yield f"{case.name} EXTRA {table}: {row.mention} {keys} [{row.rule}] …{around}…"
