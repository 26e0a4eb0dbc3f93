"""One file of the store made anew, aside: what it holds now, without what is replaced, and what comes in, in one order.

A pure function of files on the disk, for any process to run. Rows stream: memory holds a row group, however large the file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extractor.errors import StoreError
from extractor.schema import SCHEMA_VERSION
from extractor.tables.columns import arrow_schema, only, order_of, ordered
from extractor.tables.incoming import Incoming

_FILE = "part-0.parquet"
# Beside the tables: what names their state, what is about to be moved, and where it waits.
MANIFEST, JOURNAL, STAGING, READY = "manifest.json", "journal.json", ".staging", "ready"
# A row group: of texts some megabytes, of facts as many.
_GROUP = 32_000
_GROUP_OF = {"articles": 2_000, "article_versions": 2_000}
_AT_ONCE = 4_000
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A file to be made: of the table and month, for the tables at `root`, in the folder `aside`.

    `incoming` is a finished spool. `gone` are the articles that leave their rows, `edited` those of them whose present state
    moves among the versions; `marks` what `duplicate_of` is to be.
    """

    table: str
    month: str
    root: Path
    aside: Path
    incoming: Path | None = None
    gone: frozenset[str] = NONE
    edited: frozenset[str] = NONE
    marks: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Staged:
    """A file that was made: the path that it is for, how many rows it holds, and its digest."""

    table: str
    target: str
    rows: int
    sha256: str


def target_of(table: str, month: str) -> str:
    """Return the path of a partition's file below the tables' folder."""
    return f"{table}/month={month}/{_FILE}"


def aside_name(target: str) -> str:
    """Return the name of a file while it waits: all in one folder, since folders cost more than files to make and remove."""
    return target.replace("/", "-")


def stage(order: Order) -> Staged | None:
    """Make a file and read it back; None where the store holds the same bytes."""
    target = target_of(order.table, order.month)
    path = order.aside / aside_name(target)
    if order.incoming is None:
        count = _write(path, order.table, _changed(order))
    else:
        with Incoming(order.incoming) as incoming:
            count = _write(path, order.table, _rows(order, incoming))
    if pq.read_metadata(path).num_rows != count:
        raise StoreError(f"{path}: what was written is not what is read back; the disk may be failing")
    digest = sha256_of(path)
    if digest == sha256_of(order.root / target):
        path.unlink()
        return None
    return Staged(order.table, target, count, str(digest))


def stored(root: Path, table: str, month: str, *, columns: Collection[str] | None = None) -> Iterator[pa.Table]:
    """Yield the rows of a partition, some at a time; StoreError where it is damaged or of another schema."""
    path = root / target_of(table, month)
    schema = arrow_schema(table)
    if not path.exists():
        return
    try:
        with pq.ParquetFile(path) as file:
            if file.schema_arrow.names != schema.names:
                raise StoreError(f"{path}: columns of another schema than {SCHEMA_VERSION}; move {root} away and run again: the archive gives the tables anew")
            wanted = schema if columns is None else pa.schema([schema.field(c) for c in columns])
            for batch in file.iter_batches(_AT_ONCE, columns=wanted.names):
                yield pa.Table.from_batches([batch]).cast(wanted)
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"{path}: damaged ({error}); move {root} away and run again: the archive gives the tables anew") from error


def _rows(order: Order, incoming: Incoming) -> Iterator[pa.Table]:
    kept = stored(order.root, order.table, order.month)
    if order.table == "article_versions":
        now = stored(order.root, "articles", order.month)
        return _merged(order.table, kept, (only(rows, order.edited).cast(arrow_schema(order.table)) for rows in now))
    return _merged(order.table, (_without(rows, order.gone) for rows in kept), incoming.rows(order.table, order.month))


def _changed(order: Order) -> Iterator[pa.Table]:
    """Yield the articles of the month with their marks."""
    at = arrow_schema("articles").get_field_index("duplicate_of")
    for rows in stored(order.root, order.table, order.month):
        pairs = zip(rows["article_id"].to_pylist(), rows["duplicate_of"].to_pylist(), strict=True)
        marked = pa.array([order.marks.get(article_id, now) for article_id, now in pairs], type=pa.string())
        yield rows.set_column(at, rows.schema.field(at), marked)


def _without(rows: pa.Table, gone: Collection[str]) -> pa.Table:
    there = pc.unique(rows["article_id"]).to_pylist()
    stay = [i for i in there if i not in gone]
    return rows if len(stay) == len(there) else only(rows, stay)


def _merged(table: str, kept: Iterable[pa.Table], new: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Merge two streams that have the table's order; rows of which only one article's lie in both keep that order too."""
    streams = [filter(len, kept), filter(len, new)]
    heads = [next(stream, None) for stream in streams]
    while (one := heads[0]) is not None and (other := heads[1]) is not None:
        bound = min(_key(table, head, len(head) - 1) for head in (one, other))
        ends = [_upto(table, head, bound) for head in (one, other)]
        yield ordered(table, pa.concat_tables([one.slice(0, ends[0]), other.slice(0, ends[1])]))
        rest = (one.slice(ends[0]), other.slice(ends[1]))
        heads = [head if len(head) else next(stream, None) for head, stream in zip(rest, streams, strict=True)]
    for head, stream in zip(heads, streams, strict=True):
        if head is not None:
            yield head
            yield from stream


def _key(table: str, rows: pa.Table, at: int) -> tuple[Any, ...]:
    """Return what a row is sorted by; what is null comes last."""
    values = [rows[column][at].as_py() for column in order_of(table)]
    return tuple((value is None, "" if value is None else value) for value in values)


def _upto(table: str, rows: pa.Table, bound: tuple[Any, ...]) -> int:
    """Return how many of the rows do not come after the bound."""
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) // 2
        if _key(table, rows, middle) <= bound:
            low = middle + 1
        else:
            high = middle
    return low


def _write(path: Path, table: str, parts: Iterable[pa.Table]) -> int:
    """Write rows in row groups of a fixed size, so that the bytes do not depend on how the rows came; return how many."""
    schema, most = arrow_schema(table), _GROUP_OF.get(table, _GROUP)
    waiting, held, count = [schema.empty_table()], 0, 0
    with pq.ParquetWriter(path, schema, compression="zstd", write_page_index=True) as writer:

        def give(rows: pa.Table) -> None:
            writer.write_table(rows.combine_chunks(), row_group_size=most)

        for part in parts:
            waiting.append(part)
            held, count = held + len(part), count + len(part)
            while held >= most:
                together = pa.concat_tables(waiting)
                give(together.slice(0, most))
                waiting, held = [together.slice(most)], held - most
        if held:
            give(pa.concat_tables(waiting))
    return count


def sync(path: Path) -> None:
    """Have a file reach the disk."""
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def sha256_of(path: Path) -> str | None:
    """Return the SHA-256 of a file, None where there is none."""
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except FileNotFoundError:
        return None
