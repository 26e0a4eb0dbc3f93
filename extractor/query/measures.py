"""Measures for map and time line: one figure a province and month, each sum counting a fact once."""

from __future__ import annotations

from typing import Any

from extractor.query import Ask

# name: (FROM, figure, condition); `t` has province_code and published_at.
MEASURES: dict[str, tuple[str, str, str]] = {
    "articles": ("told t", "count(*)", "t.first_told"),
    "facts": ("facts f JOIN told t USING (article_id)", "count(*)", "t.first_told"),
    "raised": ("money_counted t", "sum(t.amount)", "t.flow = 'raised' AND t.left_out IS NULL AND t.currency = 'VND'"),
    "given": ("money_counted t", "sum(t.amount)", "t.flow = 'given' AND t.left_out IS NULL AND t.currency = 'VND'"),
    "houses": ("quantities_counted t", "sum(t.value)", "t.category = 'house' AND t.left_out IS NULL"),
    "households": ("participants_counted t", "sum(t.count)", "t.unit = 'household' AND t.role = 'beneficiary' AND t.left_out IS NULL"),
    "voters": ("participants_counted t SEMI JOIN (SELECT article_id FROM activities WHERE type = 'voter_contact') v USING (article_id)", "sum(t.count)", "t.role = 'attendee' AND t.left_out IS NULL"),
    "supervision": ("activities f JOIN told t USING (article_id)", "count(DISTINCT t.article_id)", "f.type = 'supervision' AND t.first_told"),
}

_BY_PROVINCE = """
SELECT {code} AS code, {figure} AS figure FROM {source} JOIN provinces p ON p.code = t.province_code
WHERE {condition} AND ($year IS NULL OR year(t.published_at) = $year) GROUP BY 1
"""
_BY_MONTH = """
SELECT strftime(t.published_at, '%Y-%m') AS month, {figure} AS figure FROM {source} LEFT JOIN provinces p ON p.code = t.province_code
WHERE {condition} AND t.published_at IS NOT NULL AND ($province IS NULL OR {code} = $province) GROUP BY 1 ORDER BY 1
"""
_NAMES = "SELECT DISTINCT {code} AS code, {name} AS name FROM provinces p ORDER BY 1"


def _fill(sql: str, measure: str, units: int) -> str:
    source, figure, condition = MEASURES[measure]
    code, name = ("p.code_2025", "p.name_2025") if units == 34 else ("p.code", "p.name")
    return sql.format(source=source, figure=figure, condition=condition, code=code, name=name)


def by_province(ask: Ask, measure: str, *, units: int = 63, year: int | None = None) -> dict[str, Any]:
    """Return the figure by code of province, of the 63 of before July 2025 or the 34 since; without those that have none."""
    rows = ask(_fill(_BY_PROVINCE, measure, units).replace("$year", "CAST($year AS INTEGER)"), {"year": year}).to_pylist()
    return {row["code"]: row["figure"] for row in rows if row["figure"] is not None}


def by_month(ask: Ask, measure: str, *, units: int = 63, province: str | None = None) -> list[tuple[str, Any]]:
    """Return the figure by month of publication."""
    rows = ask(_fill(_BY_MONTH, measure, units).replace("$province", "CAST($province AS VARCHAR)"), {"province": province}).to_pylist()
    return [(row["month"], row["figure"]) for row in rows if row["figure"] is not None]


def province_names(ask: Ask, units: int) -> dict[str, str]:
    """Return the provinces' names by code."""
    return {row["code"]: row["name"] for row in ask(_fill(_NAMES, "articles", units)).to_pylist()}
