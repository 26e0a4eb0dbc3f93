"""SQL over the tables: DuckDB, each table a view under its own name."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from extractor.errors import InputError

if TYPE_CHECKING:
    import duckdb

FORMATS = ("table", "csv", "json", "parquet")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@contextlib.contextmanager
def connect(data: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection in memory with one view a table, of the state the manifest names."""
    import duckdb

    from extractor.schema import TABLES
    from extractor.tables import Store

    store = Store(data)
    files = store.manifest()["files"]
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        connection.execute("SET TimeZone = 'Asia/Ho_Chi_Minh'")
        for name in TABLES:
            paths = [str(store.root / f["path"]).replace("'", "''") for f in files if f["table"] == name]
            listed = ", ".join(f"'{p}'" for p in paths)
            connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM read_parquet([{listed}], hive_partitioning = true)')  # noqa: S608
        yield connection
    finally:
        connection.close()


def query(data: Path, sql: str) -> Any:
    """Return the result of a SELECT as an Arrow table; InputError says what is wrong with the SQL."""
    import duckdb

    with connect(data) as connection:
        try:
            return connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise InputError(f"the query cannot be answered: {error}") from error


def guarded(value: Any) -> Any:
    """Return a cell that a spreadsheet takes for text: a leading = + - @ gets an apostrophe, which strips off again."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value


def write_result(table: Any, form: str, out: IO[str], *, path: Path | None = None) -> None:
    """Write a result as a table for people, CSV (guarded against formulas), JSON lines, or to `path` as Parquet."""
    names = table.schema.names
    if form == "parquet":
        import pyarrow.parquet as pq

        if path is None:
            raise InputError("--format parquet writes a file: say where with --to FILE")
        pq.write_table(table, path, compression="zstd")
    elif form == "json":
        for row in table.to_pylist():
            out.write(json.dumps({k: _plain(v) for k, v in row.items()}, ensure_ascii=False, default=str) + "\n")
    elif form == "csv":
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        for row in table.to_pylist():
            writer.writerow([guarded(_plain(row[name])) for name in names])
    else:
        _write_table(table, names, out)


def _write_table(table: Any, names: list[str], out: IO[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table(*names)
    for row in table.slice(0, 200).to_pylist():
        shown.add_row(*("" if row[n] is None else _shown(_plain(row[n])) for n in names))
    console = Console(file=out, width=None if out.isatty() else 200, markup=False, highlight=False)
    console.print(shown)
    console.print(f"{table.num_rows} rows" + (", 200 shown; --format csv gives all" if table.num_rows > 200 else ""))


def _shown(value: Any) -> str:
    return f"{value:,}".replace(",", ".") if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000 else str(value)
