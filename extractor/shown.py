"""Facts for people and for pipes: JSON lines, tables on a terminal, and where one fact comes from."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from extractor.errors import InputError

if TYPE_CHECKING:
    from extractor.extraction import Extraction

_COLUMNS: dict[str, tuple[str, ...]] = {
    "money": ("amount", "amount_max", "currency", "modifier", "per", "flow", "fund"),
    "participants": ("count", "count_max", "total", "modifier", "unit", "who", "role"),
    "quantities": ("value", "value_max", "total", "modifier", "unit", "what", "category"),
    "locations": ("name", "level", "province_code", "district_code", "commune_code", "resolution"),
    "dates": ("start_date", "end_date", "granularity", "relative"),
    "documents": ("doc_type", "number", "issuer", "date"),
    "people": ("name", "position"),
    "organisations": ("name", "kind", "level"),
    "programmes": ("name", "kind"),
    "activities": ("type", "status", "occurrences", "organiser"),
    "checks": ("kind", "expected", "stated", "holds"),
    "non_facts": ("reason",),
}


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: decimals as numbers where they are exact, dates in ISO form."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def as_json_lines(extraction: Extraction) -> Iterator[str]:
    """Yield one JSON object a row, its table first, the article before its facts."""
    for table, rows in extraction.rows().items():
        for row in rows:
            columns = {f.name: plain(getattr(row, f.name)) for f in dataclasses.fields(row)}
            yield json.dumps({"table": table, **columns}, ensure_ascii=False)


def as_table(extraction: Extraction, out: IO[str]) -> None:
    """Write the facts of one article as tables for a terminal."""
    from rich.console import Console
    from rich.table import Table

    console = Console(file=out, width=None if out.isatty() else 160, markup=False, highlight=False)
    article = extraction.article
    published = article.published_at.strftime("%d/%m/%Y %H:%M") if article.published_at else "no date"
    console.print(f"{article.title or '(no title)'}  [{article.kind}, {published}, {len(article.text)} characters]")
    for name, rows in extraction.rows().items():
        if name == "articles" or not rows:
            continue
        shown = Table("mention", *_COLUMNS[name], title=name, title_justify="left")
        for row in rows:
            cells = [plain(getattr(row, c)) for c in _COLUMNS[name]]
            shown.add_row(getattr(row, "mention", ""), *("" if c is None else _grouped(c) for c in cells))
        console.print(shown)


def _grouped(value: Any) -> str:
    return f"{value:,}".replace(",", ".") if isinstance(value, int) and not isinstance(value, bool) else str(value)


def explain_fact(data: Path, fact_id: str) -> str:
    """Return where a fact comes from: values, words in their sentence, rule, page, archive. InputError where it is unknown."""
    from extractor.query import query
    from extractor.schema import FACT_TABLES

    for table in FACT_TABLES:
        rows = query(data, f"SELECT * FROM {table} WHERE fact_id = '{fact_id}'").to_pylist()
        if rows:
            row = rows[0]
            article = query(data, f"SELECT * FROM articles WHERE article_id = '{row['article_id']}'").to_pylist()[0]
            return "\n".join(_explained(table, row, article))
    raise InputError(f"{fact_id}: no fact of that id in {data}; `mttq query \"SELECT fact_id FROM money\"` lists ids")


def _explained(table: str, row: dict[str, Any], article: dict[str, Any]) -> Iterator[str]:
    yield f"{table} {row['fact_id']}"
    for column in _COLUMNS[table]:
        if row.get(column) is not None:
            yield f"  {column}: {plain(row[column])}"
    for column in ("activity_id", "part_of", "as_of"):
        if row.get(column) is not None:
            yield f"  {column}: {plain(row[column])}"
    sentence = row["sentence"]
    begin = row["start"] - article["text"].rfind(sentence, 0, row["start"] + len(sentence))  # the same words may stand in it twice
    marked = f"{sentence[:begin]}«{row['mention']}»{sentence[begin + len(row['mention']) :]}"
    yield f"  words: characters {row['start']} to {row['end']}, sentence {row['sentence_no']}"
    yield f"  sentence: {marked}"
    yield f"  rule: {row['rule']} (confidence {row['confidence']:.2f})"
    yield f"  article: {article['title']} ({article['published_at']})"
    yield f"  page: {article['url']}"
    yield f"  archived: {article['warc_file']} at {article['warc_offset']}, fetched {article['fetched_at']}"


def explain_text(text: str) -> str:
    """Return what a sentence gives and by which rules; then, for each number and place, which rules and cues lost to them."""
    from extractor.extraction import extract
    from extractor.read.sentences import sentences
    from extractor.reading import make_reading
    from extractor.workbench.trace import trace

    extraction = extract(text)
    lines = []
    for table, rows in extraction.rows().items():
        for row in rows if table != "articles" else ():
            values = ", ".join(f"{c}={plain(getattr(row, c))}" for c in _COLUMNS[table] if getattr(row, c) is not None)
            mention = f"«{row.mention}»" if hasattr(row, "mention") else ""
            rule = f"  [{row.rule}]" if hasattr(row, "rule") else ""
            lines.append(f"{table:<14} {mention} {values}{rule}")
    whole = extraction.article.text
    lines += trace(make_reading(whole, sentences(whole)))
    return "\n".join(lines) or "nothing: no number, place, date, person, body or programme in these words"
