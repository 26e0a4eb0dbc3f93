"""SQL over the tables: DuckDB, each table a view under its own name."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import IO, Any

from extractor.errors import InputError, StoreError
from extractor.query.views import Views

FORMATS = ("table", "csv", "json", "parquet")
_FORMULA = re.compile("'*[=+@\t\r\n＝＋－＠-]")  # the wide forms stand for the narrow ones in some spreadsheets


_READS = ("select", "from", "with", "pivot")
_TRIES = 20


Ask = Callable[..., Any]
"""Answers one SELECT with an Arrow table: `ask(sql)` or `ask(sql, {"name": value})`, as `partial(query, data)` does."""


@contextlib.contextmanager
def connect(data: Path, *, manifest: Mapping[str, Any] | None = None) -> Iterator[Views]:
    """Yield the tables of the state that the manifest names, and the shared views, in a connection in memory."""
    import duckdb

    from extractor.query.kept import kept_folder
    from extractor.schema import TABLES
    from extractor.tables import Store

    store = Store(data)
    manifest = manifest or store.settled()
    options: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False, "python_enable_replacements": False}
    connection = duckdb.connect(":memory:", config=options)
    try:
        connection.execute("SET GLOBAL TimeZone = 'Asia/Ho_Chi_Minh'; SET GLOBAL asof_loop_join_threshold = 0")  # rows of many files are estimated too few: no loop
        files = {name: [store.root / f["path"] for f in manifest["files"] if f["table"] == name] for name in TABLES}
        yield Views(connection, files, kept_folder(store, manifest["state"]))
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
    with connect(data, manifest=manifest) as views:
        return _answer(views, sql, parameters)


def _answer(views: Views, sql: str, parameters: Mapping[str, Any] | None = None) -> Any:
    import duckdb

    try:
        if not _only_reads(duckdb.extract_statements(sql)):
            raise InputError("the query is to be one SELECT; tables and files are only read")
        return _named_apart(views.arrow(sql, parameters))
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
    with connect(data, manifest=manifest) as views:
        yield partial(_answer, views)
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
    """Return a cell that a spreadsheet takes for text: a leading = + - @ gets an apostrophe, which strips off again.

    One that began with apostrophes before it gets one more: the first, and no other, is to be taken off.
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


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
