"""The tables' Arrow schemas, and rows by month and by article."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from extractor import __version__
from extractor.rules import rules_hash
from extractor.schema import ABOUT_VI, SCHEMA_VERSION, TABLES

UNKNOWN_MONTH = "unknown"
_TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float32": pa.float32(),
    "bool": pa.bool_(),
    "date32": pa.date32(),
    "list<string>": pa.list_(pa.string()),
    "timestamp[s, tz=Asia/Ho_Chi_Minh]": pa.timestamp("s", tz="Asia/Ho_Chi_Minh"),
    "timestamp[us, tz=UTC]": pa.timestamp("us", tz="UTC"),
    "decimal128(24, 2)": pa.decimal128(24, 2),
    "decimal128(24, 4)": pa.decimal128(24, 4),
}


@functools.cache
def arrow_schema(table: str) -> pa.Schema:
    """Return the Arrow schema of a table, with descriptions in both languages and the versions in its metadata."""
    columns = []
    for column in dataclasses.fields(TABLES[table]):
        meta = column.metadata
        nullable = column.default is None
        described = {"en": meta["en"], "vi": meta["vi"]}
        columns.append(pa.field(column.name, _TYPES[meta["arrow"]], nullable=nullable, metadata=described))
    about = (TABLES[table].__doc__ or "").strip()
    versions = {"table": table, "about": about, "about_vi": ABOUT_VI[table], "schema_version": SCHEMA_VERSION, "extractor_version": __version__, "rules": rules_hash()}
    return pa.schema(columns, metadata=versions)


def from_columns(table: str, columns: Sequence[Sequence[Any]]) -> pa.Table:
    """Return values, column by column in the schema's order, as an Arrow table."""
    schema = arrow_schema(table)
    return pa.Table.from_arrays([pa.array(values, type=field.type) for values, field in zip(columns, schema, strict=True)], schema=schema)


def to_arrow(table: str, rows: Sequence[Any]) -> pa.Table:
    """Return the rows (dataclasses of the schema) as an Arrow table."""
    return from_columns(table, [[getattr(row, name) for row in rows] for name in arrow_schema(table).names])


@functools.cache
def order_of(table: str) -> tuple[str, ...]:
    """Return the columns by which a table is sorted; rows that are the same in all of them stay in the order of the text."""
    names = arrow_schema(table).names
    return tuple(k for k in ("source", "article_id", "start", "end", "fact_id", "check_id", "content_sha256") if k in names)


def ordered(table: str, rows: pa.Table) -> pa.Table:
    """Return the rows in the table's order."""
    return rows.sort_by([(k, "ascending") for k in order_of(table)])


def only(rows: pa.Table, ids: Iterable[str]) -> pa.Table:
    """Return the rows that belong to these articles."""
    return rows.filter(pc.is_in(rows["article_id"], value_set=pa.array(sorted(ids), type=pa.string())))
