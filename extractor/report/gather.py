"""What a report tells of a run: coverage, facts by month, failures by reason, suspects, a sample."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from extractor.query import Ask
from extractor.schema import FACT_TABLES

Rows = list[dict[str, Any]]

_COVERAGE = """
WITH n AS (SELECT article_id, count(*) AS facts FROM facts GROUP BY 1)
SELECT t.source, t.source_level AS level, any_value(p.name) AS province, count(*) AS articles, sum(coalesce(n.facts, 0))::BIGINT AS facts,
       min(t.published_at)::DATE AS first, max(t.published_at)::DATE AS last
FROM told t LEFT JOIN n USING (article_id) LEFT JOIN provinces p ON p.code = t.province_code GROUP BY 1, 2 ORDER BY articles DESC, source
"""
_COMMUNES = "SELECT count(DISTINCT commune_code_2025) AS n, (SELECT count(*) FROM units WHERE system = '2025' AND level = 'commune') AS of FROM locations"
_MONTHS = """SELECT month, "table", count(*) AS n FROM facts GROUP BY ALL ORDER BY month, "table" """
_CHECKS = """
SELECT c.kind, c.expected, c.stated, c.fact_ids, a.article_id, a.title FROM checks c JOIN articles a USING (article_id)
WHERE NOT c.holds ORDER BY a.published_at DESC NULLS LAST, c.check_id LIMIT 100
"""
_DAMAGED = "SELECT article_id, title, source, damage FROM articles WHERE damage > 0.02 ORDER BY damage DESC, article_id LIMIT 100"
_UNSURE = """
SELECT f.*, within(a.text, f.sentence, f.start) AS begin, a.title FROM facts f JOIN articles a USING (article_id)
WHERE f.confidence < 0.7 ORDER BY f.confidence, f.fact_id LIMIT 50
"""
# A site's last month against the median of those before it, of which there must be three.
_DRIFT = """
WITH n AS (SELECT article_id, count(*) AS facts FROM facts GROUP BY 1), monthly AS (
  SELECT a.source, a.month, count(*) AS articles, avg(length(a.text)) AS length, avg(coalesce(n.facts, 0)) AS facts
  FROM articles a LEFT JOIN n USING (article_id) WHERE a.kind = 'article' AND a.month <> 'unknown' GROUP BY 1, 2
), long AS (UNPIVOT monthly ON articles::DOUBLE AS articles, length, facts INTO NAME measure VALUE value), compared AS (
  SELECT source, measure, arg_max(value, month) AS now, max(month) AS month, count(*) - 1 AS months,
         median(value) FILTER (month <> (SELECT max(m.month) FROM monthly m WHERE m.source = long.source)) AS usual
  FROM long GROUP BY source, measure
)
SELECT * FROM compared WHERE months >= 3 AND usual > 0 AND (now > 3 * usual OR now < usual / 3) ORDER BY source, measure
"""
_SAMPLE = """
SELECT f.*, within(a.text, f.sentence, f.start) AS begin, a.title, t.source, t.published_at::DATE AS published
FROM facts f JOIN articles a USING (article_id) JOIN told t USING (article_id)
QUALIFY row_number() OVER (PARTITION BY f."table" ORDER BY md5(f.fact_id || $seed)) <= $each ORDER BY f."table", md5(f.fact_id || $seed)
"""

_ARTICLES = "SELECT article_id, title, source, published_at::DATE AS published FROM told ORDER BY published_at DESC NULLS LAST, article_id"


def by_month(ask: Ask) -> tuple[list[str], dict[tuple[str, str], int]]:
    """Return the months and how many facts each table has in each."""
    counts = {(row["month"], row["table"]): row["n"] for row in ask(_MONTHS).to_pylist()}
    return sorted({month for month, _ in counts}), counts


def failures(data: Path) -> Rows:
    """Return (stage, reason, pages) of what was not fetched and what was not read, from the logs of the folder."""
    counts: Counter[tuple[str, str]] = Counter()
    log, run = data / "crawl-log.jsonl", data / "last-run.json"
    if log.exists():
        with log.open(encoding="utf-8") as lines:
            for line in lines:
                event = json.loads(line)
                if event["what"] != "fetched":
                    counts["crawl: " + event["what"], event.get("why") or "-"] += 1
    if run.exists():
        last = json.loads(run.read_text(encoding="utf-8"))
        for stage in ("skipped", "failed"):
            for reason, pages in last[stage].items():
                counts["read: " + stage, reason] += pages
        for reason, pages in last["links_not_followed"].items():
            counts["links not followed", reason] += pages
    return [{"stage": stage, "reason": reason, "pages": n} for (stage, reason), n in sorted(counts.items())]


def gathered(ask: Ask, data: Path, *, seed: str, sample: int) -> dict[str, Any]:
    """Return everything that the report's page shows, by name: of the tables that `ask` reads, and of the logs in `data`."""
    months, counts = by_month(ask)
    return {
        "coverage": ask(_COVERAGE).to_pylist(),
        "communes": ask(_COMMUNES).to_pylist()[0],
        "months": months,
        "counts": counts,
        "tables": list(FACT_TABLES),
        "failures": failures(data),
        "checks": ask(_CHECKS).to_pylist(),
        "damaged": ask(_DAMAGED).to_pylist(),
        "unsure": ask(_UNSURE).to_pylist(),
        "drift": ask(_DRIFT).to_pylist(),
        "articles": ask(_ARTICLES).to_pylist(),
        "sample": ask(_SAMPLE, {"seed": seed, "each": sample}).to_pylist(),
    }
