"""SQL over the tables: DuckDB, each table a view under its own name."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from extractor.errors import InputError, StoreError
from extractor.query.views import mentions_shared, shared_views

if TYPE_CHECKING:
    import duckdb

FORMATS = ("table", "csv", "json", "parquet")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


_READS = ("select", "from", "with", "pivot")
_TRIES = 5


Ask = Callable[..., Any]
"""Answers one SELECT with an Arrow table: `ask(sql)` or `ask(sql, {"name": value})`, as `partial(query, data)` does."""


@contextlib.contextmanager
def connect(data: Path, *, manifest: Mapping[str, Any] | None = None, shared: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection in memory with one view a table, of the state the manifest names, and the `shared` views."""
    import duckdb

    from extractor.schema import TABLES
    from extractor.tables import Store

    store = Store(data)
    files = (manifest or store.settled())["files"]
    options: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False, "python_enable_replacements": False}
    connection = duckdb.connect(":memory:", config=options)
    try:
        connection.execute("SET GLOBAL TimeZone = 'Asia/Ho_Chi_Minh'")
        for name in TABLES:
            paths = [str(store.root / f["path"]).replace("'", "''") for f in files if f["table"] == name]
            listed = ", ".join(f"'{p}'" for p in paths)
            connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM read_parquet([{listed}], hive_partitioning = true)')  # noqa: S608
        if shared:
            connection.execute(shared_views())
        yield connection
    except duckdb.IOException as error:
        raise StoreError(f"{store.root}: cannot be read ({_first_line(error)}); `mttq run` makes lost tables anew") from error
    finally:
        connection.close()


def query(data: Path, sql: str, parameters: Mapping[str, Any] | None = None) -> Any:
    """Return the result of one SELECT as an Arrow table, all of one state of the tables.

    `parameters` are the values of `$name` in it. InputError says what is wrong with the SQL, or that it is no SELECT:
    nothing is ever written.
    """
    from extractor.tables import Store

    store = Store(data)
    for _ in range(_TRIES):
        manifest = store.settled()
        try:
            result, failure = _ask(data, sql, manifest, parameters), None
        except (InputError, StoreError) as error:
            result, failure = None, error
        if store.settled()["state"] == manifest["state"]:  # else a writer came in between: the files may be of two states
            break
    else:
        raise StoreError(f"{store.root}: was written to at each of {_TRIES} tries to read it; ask again when the run is over")
    if failure:
        raise failure
    return result


def _ask(data: Path, sql: str, manifest: Mapping[str, Any], parameters: Mapping[str, Any] | None = None) -> Any:
    with connect(data, manifest=manifest, shared=mentions_shared(sql)) as connection:
        return _answer(connection, sql, parameters)


def _answer(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None) -> Any:
    import duckdb

    try:
        if not _only_reads(connection.extract_statements(sql)):
            raise InputError("the query is to be one SELECT; tables and files are only read")
        return _named_apart(connection.sql(sql, params=dict(parameters) if parameters else None).to_arrow_table())
    except duckdb.IOException:
        raise
    except duckdb.Error as error:
        raise InputError(f"the query cannot be answered: {error}") from error


@contextlib.contextmanager
def one_state(data: Path) -> Iterator[Ask]:
    """Yield what answers many SELECTs, all of one state of the tables; StoreError where a writer came in between.

    May be asked from several threads.
    """
    from extractor.tables import Store

    store = Store(data)
    manifest = store.settled()
    with connect(data, manifest=manifest) as connection:
        yield lambda sql, parameters=None: _answer(connection.cursor(), sql, parameters)
    if store.settled()["state"] != manifest["state"]:
        raise StoreError(f"{store.root}: was written to while it was read; do it again when the run is over")


def _only_reads(statements: Sequence[Any]) -> bool:
    """Tell whether this is one SELECT, in DuckDB's wide sense (FROM, DESCRIBE, SHOW, SUMMARIZE).

    A PIVOT that has to look for its columns first is of type MULTI, but so is a COPY of one: there the first word decides.
    EXPLAIN is none of them: EXPLAIN ANALYZE carries out the COPY that it explains.
    """
    kinds = [statement.type.name for statement in statements]
    return kinds == ["SELECT"] or (kinds == ["MULTI"] and statements[0].query.lstrip(" \r\n\t(").lower().startswith(_READS))


def _named_apart(table: Any) -> Any:
    """Return the table with names that differ: a join of two tables has article_id twice."""
    names: list[str] = []
    for name in table.schema.names:
        apart, number = name, 1
        while apart in names:
            apart, number = f"{name}_{number}", number + 1
        names.append(apart)
    return table.rename_columns(names)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def guarded(value: Any) -> Any:
    """Return a cell that a spreadsheet takes for text: a leading = + - @ gets an apostrophe, which strips off again."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no such number
    return value


def write_result(table: Any, form: str, out: IO[str], *, path: Path | None = None) -> None:
    """Write a result as a table for people, CSV (guarded against formulas), JSON lines or Parquet, to `path` if it is given.

    InputError where the file cannot be written.
    """
    if path is None:
        if form == "parquet":
            raise InputError("--format parquet writes a file: say where with --to FILE")
        _write_text(table, form, out)
        return
    try:
        if form == "parquet":
            import pyarrow.parquet as pq

            pq.write_table(table, path, compression="zstd")
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                _write_text(table, form, file)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


def as_parquet(table: Any) -> bytes:
    """Return a result as a Parquet file."""
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def _write_text(table: Any, form: str, out: IO[str]) -> None:
    names = table.schema.names
    if form == "json":
        for row in table.to_pylist():
            out.write(json.dumps({k: _plain(v) for k, v in row.items()}, ensure_ascii=False, default=str) + "\n")
    elif form == "csv":
        _write_csv([names], out)
        _write_csv(([_plain(row[name]) for name in names] for row in table.to_pylist()), out)
    else:
        _write_table(table, names, out)


def _write_csv(rows: Iterable[Sequence[Any]], out: IO[str]) -> None:
    line = io.StringIO(newline="")
    writer = csv.writer(line, lineterminator="\r\n")  # so that a lone CR in a cell is quoted too; lines still end in LF
    for row in rows:
        writer.writerow([guarded(value) for value in row])
        out.write(line.getvalue().removesuffix("\r\n") + "\n")
        line.seek(0)
        line.truncate()


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
