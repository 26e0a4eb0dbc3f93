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


def to_arrow(table: str, rows: Sequence[Any]) -> pa.Table:
    """Return the rows (dataclasses of the schema) as an Arrow table."""
    schema = arrow_schema(table)
    arrays = [pa.array([getattr(row, name) for row in rows], type=schema.field(name).type) for name in schema.names]
    return pa.Table.from_arrays(arrays, schema=schema)


def months_of(articles: pa.Table) -> dict[str, str]:
    """Return the month of publication by article_id."""
    local = articles["published_at"]
    months = pc.strftime(local, format="%Y-%m").to_pylist()
    return {i: m or UNKNOWN_MONTH for i, m in zip(articles["article_id"].to_pylist(), months, strict=True)}


def only(rows: pa.Table, ids: Iterable[str]) -> pa.Table:
    """Return the rows that belong to these articles."""
    return rows.filter(pc.is_in(rows["article_id"], value_set=pa.array(sorted(ids), type=pa.string())))
