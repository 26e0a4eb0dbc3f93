"""The views that questions and people build on, beside the tables: units, `told`, `facts`, and facts counted once."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from extractor.data import rules_dir

_HERE = Path(__file__).parent
_SERIES = "source, source_level, province_code"
# What makes two tellings in one article the same, and two running totals one series; `better` names the telling that is kept.
_COUNTED = {
    "money": {
        "value": "amount",
        "value_max": "amount_max",
        "same": "currency, flow",
        "rate": "per IS NOT NULL",
        "better": "fund IS NULL,",
        "series": f"{_SERIES}, currency, flow, fund, form",
        "held": "a.fund = b.fund AND a.flow = b.flow AND a.currency = b.currency AND a.per IS NULL AND b.per IS NULL",
    },
    "participants": {
        "value": "count",
        "value_max": "count_max",
        "same": "unit, role, lower(who)",
        "rate": "FALSE",
        "better": "",
        "series": f"{_SERIES}, unit, role, lower(who)",
        "held": "FALSE",
    },
    "quantities": {
        "value": "value",
        "value_max": "value_max",
        "same": "unit, category, lower(what)",
        "rate": "category = 'rate'",
        "better": "",
        "series": f"{_SERIES}, unit, category, lower(what)",
        "held": "FALSE",
    },
}

# Each table's kind of fact and its figure, as `facts` shows them.
_FIGURES = {
    "money": ("flow", "amount"),
    "participants": ("role", '"count"'),
    "quantities": ("category", "value"),
    "locations": ("level", "NULL"),
    "dates": ("granularity", "NULL"),
    "documents": ("doc_type", "NULL"),
    "people": ("position", "NULL"),
    "organisations": ("kind", "NULL"),
    "programmes": ("kind", "NULL"),
    "activities": ("type", "occurrences"),
}


def _facts_view() -> str:
    """Return the statement that makes `facts`: the columns that every fact has, with its kind and figure."""
    selects = [
        f"SELECT '{table}' AS \"table\", article_id, fact_id, sentence_no, start, \"end\", mention, sentence, {kind} AS kind, "  # noqa: S608
        f'{figure}::DECIMAL(24, 4) AS figure, rule, confidence, month FROM "{table}"'
        for table, (kind, figure) in _FIGURES.items()
    ]
    return "CREATE VIEW facts AS\n" + "\nUNION ALL ".join(selects) + ";"


_NAMES = re.compile(r"\b(?:units|provinces|told|facts|names|\w+_counted|within|before|after|show|describe)\b", re.IGNORECASE)


def mentions_shared(sql: str) -> bool:
    """Tell whether a query may need the shared views, which take longer to make than most queries to answer."""
    return bool(_NAMES.search(sql))


@functools.cache
def shared_views() -> str:
    """Return the statements that make the shared views over the tables' own."""
    units = str(rules_dir() / "places" / "units.tsv").replace("'", "''")
    counted = (_HERE / "counted.sql").read_text(encoding="utf-8")
    views = [_facts_view(), (_HERE / "views.sql").read_text(encoding="utf-8").replace("{units}", units)]
    for table, names in _COUNTED.items():
        views.append(counted.format(table=table, **names))
    return "\n".join(views)
