"""One article with everything that it states."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from extractor.errors import InputError
from extractor.query import Ask
from extractor.report.spans import Piece, pieces
from extractor.schema import FACT_TABLES, Fact

_BASE = {f.name for f in dataclasses.fields(Fact)}
VALUES = {table: [f.name for f in dataclasses.fields(of) if f.name not in _BASE] for table, of in FACT_TABLES.items()}
_LINKS = ("as_of", "part_of", "activity_id")


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """An article's row, its text in pieces, and its facts in the order of the text, each with `table` and `values`."""

    article: dict[str, Any]
    pieces: list[Piece]
    facts: list[dict[str, Any]]

    @property
    def tables(self) -> list[str]:
        """The tables that the article has facts in."""
        there = {fact["table"] for fact in self.facts}
        return [name for name in FACT_TABLES if name in there]


def values_of(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a fact that say what it is, without the empty ones."""
    names = [*VALUES[table], *_LINKS]
    return {name: row[name] for name in names if row[name] is not None and row[name] != [] and not (table == "activities" and name == "activity_id")}


def _facts(ask: Ask, ids: list[str]) -> Iterator[dict[str, Any]]:
    for table in FACT_TABLES:
        for row in ask(f'SELECT * FROM "{table}" WHERE list_contains($ids, article_id)', {"ids": ids}).to_pylist():  # noqa: S608  # a table of ours
            yield {**row, "table": table, "values": values_of(table, row)}


def read_articles(ask: Ask, ids: list[str]) -> list[Told]:
    """Return the articles of these ids that there are, in the order of the ids."""
    rows = {row["article_id"]: row for row in ask("SELECT * FROM articles WHERE list_contains($ids, article_id)", {"ids": ids}).to_pylist()}
    facts: dict[str, list[dict[str, Any]]] = {i: [] for i in rows}
    for fact in sorted(_facts(ask, ids), key=lambda f: (f["start"], -f["end"], f["table"])):
        if fact["article_id"] in facts:
            facts[fact["article_id"]].append(fact)
    return [Told(rows[i], pieces(rows[i]["text"], facts[i]), facts[i]) for i in ids if i in rows]


def read_article(ask: Ask, article_id: str) -> Told:
    """Return one article; InputError where there is none of that id."""
    found = read_articles(ask, [article_id])
    if not found:
        raise InputError(f"{article_id}: no article of that id here")
    return found[0]
