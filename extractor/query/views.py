"""The tables and what questions and people build on beside them: units, `told`, `facts`, and facts counted once."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractor.data import rules_dir
from extractor.schema import TABLES

if TYPE_CHECKING:
    import duckdb

_HERE = Path(__file__).parent
# What makes two tellings in one article the same, and two running totals one series; `better` names the telling that is kept.
_COUNTED = {
    "money": {
        "columns": "amount, amount_max, currency, flow, fund, form",
        "value": "amount",
        "same": "currency, flow",
        "rate": "per IS NOT NULL",
        "better": "fund IS NULL,",
        "series": "currency, flow, fund, form",
        "held": "a.fund = b.fund AND a.flow = b.flow AND a.currency = b.currency AND NOT a.rate AND NOT b.rate",
    },
    "participants": {
        "columns": "count, count_max, unit, role, lower(who) AS who",
        "value": "count",
        "same": "unit, role, who",
        "rate": "FALSE",
        "better": "",
        "series": "unit, role, who",
        "held": "FALSE",
    },
    "quantities": {
        "columns": "value, value_max, unit, category, lower(what) AS what",
        "value": "value",
        "same": "unit, category, what",
        "rate": "category = 'rate'",
        "better": "",
        "series": "unit, category, what",
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
KEPT = ("told", *(f"{table}_judged" for table in _COUNTED))  # tables that `kept.py` keeps on the disk
_STATEMENT = re.compile(r"^CREATE (?:TABLE|VIEW|MACRO) (\w+).*?;$", re.DOTALL | re.MULTILINE)
_MENTION = re.compile(r"(?<!\bas )\b\w+", re.IGNORECASE)  # what follows AS is a name that the query gives
_LISTS_ALL = re.compile(r"\b(?:show|information_schema|duckdb_\w+|pragma\w*)\b", re.IGNORECASE)


def _facts_view() -> str:
    """Return the statement that makes `facts`: the columns that every fact has, with its kind and figure."""
    selects = [
        f"SELECT '{table}' AS \"table\", article_id, fact_id, sentence_no, start, \"end\", mention, sentence, {kind} AS kind, "  # noqa: S608
        f'{figure}::DECIMAL(24, 4) AS figure, rule, confidence, month FROM "{table}"'
        for table, (kind, figure) in _FIGURES.items()
    ]
    return "CREATE VIEW facts AS\n" + "\nUNION ALL ".join(selects) + ";"


@functools.cache
def shared() -> dict[str, str]:
    """Return the statements that make what is shared, by name."""
    counted = (_HERE / "counted.sql").read_text(encoding="utf-8")
    parts = [_facts_view(), (_HERE / "views.sql").read_text(encoding="utf-8"), *(counted.format(table=table, **names) for table, names in _COUNTED.items())]
    return {found[1]: found[0] for found in _STATEMENT.finditer("\n".join(parts))}


class Views:
    """The tables of one state in a connection, and what is shared: each made when a query first mentions it.

    Making all of them takes longer than most queries take to answer. What stands in the folder `kept` is read from there.
    May be used from several threads.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, files: Mapping[str, Sequence[Path]], kept: Path) -> None:
        self._connection = connection
        self._files = files
        self._kept = kept
        self._made: set[str] = set()
        self._lock = threading.Lock()

    def arrow(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """Return the answer to a query as an Arrow table; duckdb.Error where there is none."""
        import duckdb

        self._bring(sql)
        try:
            return self._ask(sql, parameters)
        except duckdb.CatalogException:
            self._bring("show")  # a name that was not seen, or that is misspelt: then the error names the nearest
            return self._ask(sql, parameters)

    def copy(self, name: str, path: Path) -> None:
        """Write a table or view as a Parquet file."""
        self._bring(name)
        self._connection.execute(f"COPY (FROM {name}) TO {_quoted(path)} (FORMAT parquet, COMPRESSION zstd)")

    def _ask(self, sql: str, parameters: Mapping[str, Any] | None) -> Any:
        return self._connection.cursor().sql(sql, params=dict(parameters) if parameters else None).to_arrow_table()

    def _bring(self, sql: str) -> None:
        """Make what the query mentions and is not there yet."""
        with self._lock:
            for name in (*TABLES, *shared()) if _LISTS_ALL.search(sql) else _mentioned(sql):
                self._make(name)

    def _make(self, name: str) -> None:
        if name in self._made:
            return
        if name in TABLES:
            self._connection.execute(_table_view(name, self._files[name]))
        elif not self._found(name):
            for needed in _mentioned(shared()[name]):
                if needed != name:
                    self._make(needed)
            self._connection.execute(shared()[name].replace("{units}", _quoted(rules_dir() / "places" / "units.tsv")))
        self._made.add(name)

    def _found(self, name: str) -> bool:
        """Make it of what is kept, if it is there and can be read, and tell whether it was."""
        import duckdb

        path = self._kept / f"{name}.parquet"
        if name not in KEPT or not path.exists():
            return False
        try:
            self._connection.execute(f"CREATE VIEW {name} AS FROM read_parquet({_quoted(path)})")
        except duckdb.Error:  # cut short or taken away: it is worked out anew
            return False
        return True


def _mentioned(sql: str) -> Iterator[str]:
    """Yield the names of ours in a query, each once."""
    return (name for name in dict.fromkeys(word.lower() for word in _MENTION.findall(sql)) if name in TABLES or name in shared())


def _table_view(name: str, files: Sequence[Path]) -> str:
    listed = ", ".join(map(_quoted, files))
    return f"CREATE VIEW \"{name}\" AS SELECT * FROM read_parquet([{listed}], hive_partitioning = true, hive_types = {{'month': VARCHAR}})"  # noqa: S608


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
