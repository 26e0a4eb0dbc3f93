"""Search: sentences with their facts, and articles, by words with or without tone marks and by what the facts are."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from extractor.query import Ask
from extractor.query.words import phrases

_CONDITIONS = {
    "table": 'f."table" = $table',
    "kind": "f.kind = $kind",
    "least": "f.figure >= $least",
    "most": "f.figure <= $most",
    "source": "t.source = $source",
    "level": "t.source_level = $level",
    "province": "t.province_code = $province",
    "province_2025": "p.code_2025 = $province_2025",
    "year": "t.year = $year",
    "month": "strftime(t.published_at, '%Y-%m') = $month",
}
_OF_FACTS = {"table", "kind", "least", "most"}
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for: words, and filters that all must hold; None where a filter is not set.

    `province` and `province_2025` are codes of the two systems; `kind` is a fact's flow, role, category, level or type.
    """

    words: str = ""
    table: str | None = None
    kind: str | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    source: str | None = None
    level: str | None = None
    province: str | None = None
    province_2025: str | None = None
    year: int | None = None
    month: str | None = None

    def filters(self) -> dict[str, Any]:
        """Return the filters that are set, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "words" and getattr(self, f.name) is not None}


@dataclass(frozen=True, slots=True)
class Hits:
    """How many there are in all, and those of one page."""

    total: int
    rows: list[dict[str, Any]]

    def to_arrow(self) -> Any:
        """Return the rows as an Arrow table."""
        import pyarrow as pa

        return pa.Table.from_pylist(self.rows)


# What is counted and shown; only the rows of one page are joined with the texts, in which the words' places are looked up.
_OF = {
    "facts": "facts f JOIN told t USING (article_id) LEFT JOIN provinces p ON p.code = t.province_code",
    "articles": "told t JOIN articles a USING (article_id) LEFT JOIN provinces p ON p.code = t.province_code",
}
_FACTS = """
WITH page AS (
  SELECT f.*, t.title, t.url, t.source, t.published_at FROM {of} WHERE {conditions}
  ORDER BY t.published_at DESC NULLS LAST, f.article_id, f.start, f."table", f.fact_id LIMIT $limit OFFSET $offset
)
SELECT f."table", f.kind, f.figure, f.mention, f.sentence, f.fact_id, f.start, within(a.text, f.sentence, f.start) AS begin, f.rule, f.confidence,
       f.article_id, f.title, f.url, f.source, f.published_at::DATE AS published
FROM page f JOIN articles a USING (article_id) ORDER BY f.published_at DESC NULLS LAST, f.article_id, f.start, f."table", f.fact_id
"""
_ARTICLES = """
SELECT t.article_id, t.title, t.url, t.source, t.source_level AS level, p.name AS province, t.published_at::DATE AS published, a.lead
FROM {of} WHERE {conditions} ORDER BY t.published_at DESC NULLS LAST, t.article_id LIMIT $limit OFFSET $offset
"""
_HOLDS = "EXISTS (SELECT 1 FROM facts f WHERE f.article_id = t.article_id AND {conditions})"


def find_facts(ask: Ask, wanted: Search, *, page: int = 0, size: int = PAGE) -> Hits:
    """Return the facts whose sentence holds every word and that pass the filters, the newest article first."""
    patterns = {f"w{n}": pattern for n, pattern in enumerate(phrases(wanted.words))}
    conditions = [f"regexp_matches(f.sentence, ${name})" for name in patterns] + [_CONDITIONS[name] for name in wanted.filters()]
    return _hits(ask, ("facts", _FACTS), conditions, {**patterns, **wanted.filters()}, (page, size))


def find_articles(ask: Ask, wanted: Search, *, page: int = 0, size: int = PAGE) -> Hits:
    """Return the articles whose headline or text holds every word, with a fact that passes the filters on facts."""
    patterns = {f"w{n}": pattern for n, pattern in enumerate(phrases(wanted.words))}
    conditions = [f"(regexp_matches(a.text, ${name}) OR regexp_matches(a.title, ${name}))" for name in patterns]
    conditions += [_CONDITIONS[name] for name in wanted.filters() if name not in _OF_FACTS]
    if of_facts := [_CONDITIONS[name] for name in wanted.filters() if name in _OF_FACTS]:
        conditions.append(_HOLDS.format(conditions=" AND ".join(of_facts)))
    return _hits(ask, ("articles", _ARTICLES), conditions, {**patterns, **wanted.filters()}, (page, size))


def _hits(ask: Ask, wanted: tuple[str, str], conditions: list[str], values: dict[str, Any], page: tuple[int, int]) -> Hits:
    (of, sql), (number, size) = wanted, page
    where = " AND ".join(conditions) or "TRUE"
    total = ask(f"SELECT count(*) AS total FROM {_OF[of]} WHERE {where}", values).to_pylist()[0]["total"]  # noqa: S608 - our own words; what people type are parameters
    rows = ask(sql.format(of=_OF[of], conditions=where), {**values, "limit": size, "offset": number * size}).to_pylist() if total > number * size else []
    return Hits(total, rows)
