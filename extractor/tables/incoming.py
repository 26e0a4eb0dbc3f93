"""What is to be written to the store: in memory, or spooled on the disk, so that memory does not grow with the articles."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from extractor.schema import TABLES
from extractor.tables.columns import arrow_schema, months_of, only, to_arrow

Rows = Mapping[str, Sequence[Any]]
_PREFIX = ".spool-"
_PACKED = ipc.IpcWriteOptions(compression="zstd")


class Incoming(Protocol):
    """Whole articles that are to be put in: the month and the SHA-256 of the text of each, and their rows by month."""

    @property
    def months(self) -> Mapping[str, str]:
        """The month of publication by article_id."""

    @property
    def hashes(self) -> Mapping[str, str]:
        """The SHA-256 of the text by article_id."""

    def rows(self, table: str, month: str) -> pa.Table:
        """Return the rows of a table that belong to articles of the month."""


class InMemory:
    """Articles as Arrow tables."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = tables
        self.months = months_of(tables["articles"])
        self.hashes = _hashes(tables["articles"])
        self._of_month: dict[str, list[str]] = {}
        for article, month in self.months.items():
            self._of_month.setdefault(month, []).append(article)

    def rows(self, table: str, month: str) -> pa.Table:
        """Return the rows of a table that belong to articles of the month."""
        schema = arrow_schema(table)
        return only(self._tables.get(table, schema.empty_table()).cast(schema), self._of_month.get(month, ()))


class Spool:
    """Articles on the disk, in parts; of an article that comes more than once the last state counts.

    Memory holds an identity, a month and a digest for each article, and what is read of one month at a time.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
        self._lock = _locked(self._folder)
        self._parts: list[dict[str, dict[str, int]]] = []
        self._part_of: dict[str, int] = {}
        self.months: dict[str, str] = {}
        self.hashes: dict[str, str] = {}

    def add(self, tables: Mapping[str, pa.Table]) -> None:
        """Put a part on the disk: articles, each once, with all their rows."""
        articles = tables["articles"]
        months = months_of(articles)
        self.months |= months
        self.hashes |= _hashes(articles)
        self._part_of |= dict.fromkeys(months, len(self._parts))
        self._parts.append({name: self._write(name, table, months) for name, table in tables.items() if table.num_rows})

    def _write(self, name: str, table: pa.Table, months: Mapping[str, str]) -> dict[str, int]:
        """Write a table's rows, a batch a month; return which batch is of which month."""
        month = pa.array([months[i] for i in table["article_id"].to_pylist()], type=pa.string())
        order = pc.sort_indices(month)
        table, month = table.take(order).combine_chunks(), month.take(order)
        ends = pc.value_counts(month)
        batches: dict[str, int] = {}
        with pa.OSFile(str(self._path(name, len(self._parts))), "wb") as file, ipc.new_file(file, table.schema, options=_PACKED) as writer:
            start = 0
            for number, (of, count) in enumerate(zip(ends.field("values").to_pylist(), ends.field("counts").to_pylist(), strict=True)):
                writer.write_batch(table.slice(start, count).to_batches()[0])
                batches[of] = number
                start += count
        return batches

    def _path(self, table: str, part: int) -> Path:
        return self._folder / f"{table}-{part:06d}.arrow"

    def rows(self, table: str, month: str) -> pa.Table:
        """Return the rows of a table that belong to articles of the month, by their last state."""
        found = [arrow_schema(table).empty_table()]
        for number, part in enumerate(self._parts):
            if month not in part.get(table, ()):
                continue
            with pa.OSFile(str(self._path(table, number)), "rb") as file:
                rows = pa.Table.from_batches([ipc.open_file(file).get_batch(part[table][month])])
            ids = pc.unique(rows["article_id"]).to_pylist()
            last = [i for i in ids if self._part_of[i] == number]
            found.append(only(rows, last) if len(last) < len(ids) else rows)
        return pa.concat_tables(found)

    def close(self) -> None:
        """Take what was spooled from the disk."""
        self._lock.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _locked(folder: Path) -> IO[str]:
    """Return the open lock of a spool, held until it is closed or the process ends; OSError where another holds it."""
    handle = (folder / "lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise
    return handle


def _sweep(root: Path) -> None:
    """Take the spools of killed processes away: those whose lock nobody holds."""
    for folder in root.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another process is at work in it, or has just taken it away
            _locked(folder).close()
            shutil.rmtree(folder, ignore_errors=True)


def _hashes(articles: pa.Table) -> dict[str, str]:
    return dict(zip(articles["article_id"].to_pylist(), articles["content_sha256"].to_pylist(), strict=True))


def to_tables(extracted: Iterable[Rows]) -> dict[str, pa.Table]:
    """Return Arrow tables of what was extracted, every table of the schema among them.

    Of an article that comes more than once only the last state is taken.
    """
    last = {rows["articles"][0].article_id: rows for rows in extracted}
    return {name: to_arrow(name, [row for rows in last.values() for row in rows.get(name, ())]) for name in TABLES}
