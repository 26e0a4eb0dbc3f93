"""What is to be written to the store, spooled on the disk: memory does not grow with the articles.

Who reads an article packs its rows; the spool keeps them as bytes, one row of an SQLite file an article, a column a table, and
gives a table's rows of one month sorted, some at a time, to whoever writes that month.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import fcntl
import os
import pickle
import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from extractor.errors import StoreError
from extractor.schema import TABLES
from extractor.tables.columns import UNKNOWN_MONTH, arrow_schema, from_columns, ordered, to_arrow

Fetch = tuple[str, dt.datetime | None]  # article_id, and when its page was fetched
Rows = Mapping[str, Sequence[Any]]
_PREFIX = ".spool-"
_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_CODEC = "lz4"
_LENGTH = 8
_AT_ONCE = 1_000_000  # packed bytes that are unpacked together
_SPOOLED = tuple(name for name in TABLES if name != "article_versions")  # versions are made of what the store holds
_INSERT = f"INSERT OR REPLACE INTO incoming VALUES ({', '.join('?' * (4 + len(_SPOOLED)))})"  # noqa: S608  nothing from outside
_INDEXES = (
    "CREATE INDEX by_article ON incoming (month, article_id)",
    "CREATE INDEX by_source ON incoming (month, source IS NULL, source, article_id)",
)


@dataclass(frozen=True, slots=True)
class Packed:
    """An article with all that it states: what the store must know of it, and its rows of each table as bytes."""

    article_id: str
    month: str
    source: str | None
    content_sha256: str
    tables: Mapping[str, bytes]


def pack(rows: Rows) -> Packed:
    """Return the rows of one article (dataclasses of the schema, by table) packed."""
    article = rows["articles"][0]
    columns = {name: [[getattr(row, column) for row in rows[name]] for column in arrow_schema(name).names] for name in _SPOOLED if rows.get(name)}
    return _packed(article.article_id, article, columns)


def _packed(article_id: str, article: Any, columns: Mapping[str, list[list[Any]]]) -> Packed:
    packed = {name: _compressed(pickle.dumps(of, 5)) for name, of in columns.items()}
    return Packed(article_id, month_of(article.published_at), article.source, article.content_sha256, packed)


def month_of(published: dt.datetime | None) -> str:
    """Return the partition of an article; a moment without a zone is UTC, as Arrow takes it."""
    if published is None:
        return UNKNOWN_MONTH
    aware = published if published.tzinfo else published.replace(tzinfo=dt.UTC)
    return f"{aware.astimezone(_ZONE):%Y-%m}"


def _moment(moment: dt.datetime | None) -> str:
    return moment.astimezone(dt.UTC).isoformat() if moment else ""


def _compressed(content: bytes) -> bytes:
    packed: bytes = pa.compress(content, codec=_CODEC, asbytes=True)
    return len(content).to_bytes(_LENGTH, "little") + packed


def _columns(packed: bytes) -> Any:
    size = int.from_bytes(packed[:_LENGTH], "little")
    return pickle.loads(pa.decompress(packed[_LENGTH:], size, codec=_CODEC))  # noqa: S301  written by our own process


class Spool:
    """Packed articles on the disk; of one that comes more than once the last state counts."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        self._root, self._folder = root, Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root)).resolve()
        self._lock = _locked(self._folder)
        self.path = self._folder / "incoming.sqlite"
        self._connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        """Make the file. What a killed run leaves is thrown away: nothing needs a journal or has to reach the disk."""
        tables = ", ".join(f'"{name}" BLOB' for name in _SPOOLED)
        with self._told():
            for statement in (
                "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF",
                f"CREATE TABLE incoming (article_id TEXT PRIMARY KEY, month TEXT, source TEXT, content_sha256 TEXT, {tables})",
                "CREATE TABLE withdrawn (article_id TEXT, fetched_at TEXT, PRIMARY KEY (article_id, fetched_at)) WITHOUT ROWID",
                "BEGIN",
            ):  # fmt: skip
                self._connection.execute(statement)

    def add(self, article: Packed) -> None:
        """Take an article; StoreError where the disk does not."""
        with self._told():
            row = (article.article_id, article.month, article.source, article.content_sha256, *map(article.tables.get, _SPOOLED))
            self._connection.execute(_INSERT, row)

    def withdraw(self, article_id: str, fetched_at: dt.datetime | None) -> None:
        """Have an article taken out of the tables if it was made of that fetch, unless the spool has a state of it."""
        with self._told():
            self._connection.execute("INSERT OR IGNORE INTO withdrawn VALUES (?, ?)", (article_id, _moment(fetched_at)))

    def add_tables(self, tables: Mapping[str, pa.Table]) -> None:
        """Take whole articles as Arrow tables."""
        split = {name: dict(_by_article(tables[name])) for name in _SPOOLED if name in tables}
        for article_id, columns in split["articles"].items():
            article = _Head(**dict(zip(tables["articles"].schema.names, (values[0] for values in columns), strict=True)))
            self.add(_packed(article_id, article, {name: of[article_id] for name, of in split.items() if article_id in of}))

    def count(self) -> int:
        """Return how many articles there are."""
        with self._told():
            return int(self._connection.execute("SELECT count(*) FROM incoming").fetchone()[0])

    def finish(self) -> Path:
        """Make what was taken readable for other processes, and return its file; nothing can be added any more."""
        with self._told():
            for statement in (*_INDEXES, "COMMIT"):
                self._connection.execute(statement)
        return self.path

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if not self._folder.exists():
                raise FileNotFoundError(f"{self._folder}: was removed") from error
            why = os.strerror(errno.ENOSPC) if error.sqlite_errorcode == sqlite3.SQLITE_FULL else error
            raise StoreError(f"{self._root}: cannot write ({why}); the tables are as they were before. Make room and run again") from error

    def close(self) -> None:
        """Take what was spooled from the disk."""
        self._connection.close()
        self._lock.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Head:
    """What the store must know of an article that comes as an Arrow table."""

    def __init__(self, **columns: Any) -> None:
        self.published_at, self.source, self.content_sha256 = columns["published_at"], columns["source"], columns["content_sha256"]


def _by_article(table: pa.Table) -> Iterator[tuple[str, list[list[Any]]]]:
    """Yield of each article its rows, as lists by column; of an article the rows stay in their order."""
    rows = table.sort_by("article_id")
    columns = [column.to_pylist() for column in rows.columns]
    counts = rows["article_id"].value_counts()
    start = 0
    for article_id, count in zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True):
        yield article_id, [column[start : start + count] for column in columns]
        start += count


class Incoming:
    """A finished spool, read: by any number of processes at the same time."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise FileNotFoundError(f"{path}: was removed")
        self._connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)

    def months(self) -> set[str]:
        """Return the months of publication."""
        return {month for (month,) in self._connection.execute("SELECT DISTINCT month FROM incoming")}

    def sha256_of(self, article_id: str) -> str | None:
        """Return the SHA-256 of an article's text, None where it does not come in."""
        row = self._connection.execute("SELECT content_sha256 FROM incoming WHERE article_id = ?", (article_id,)).fetchone()
        return row[0] if row else None

    def withdrawn(self, article_id: str, fetched_at: dt.datetime | None) -> bool:
        """Tell whether a page turned out not to hold the article that was made of this fetch."""
        found = self._connection.execute("SELECT 1 FROM withdrawn WHERE article_id = ? AND fetched_at = ?", (article_id, _moment(fetched_at)))
        return found.fetchone() is not None

    def rows(self, table: str, month: str) -> Iterator[pa.Table]:
        """Yield the rows of a table that belong to articles of a month, in the table's order, whole articles at a time."""
        order = "source IS NULL, source, article_id" if "source" in arrow_schema(table).names else "article_id"
        waiting: list[bytes] = []
        size = 0
        for (packed,) in self._connection.execute(f'SELECT "{table}" FROM incoming WHERE month = ? AND "{table}" IS NOT NULL ORDER BY {order}', (month,)):  # noqa: S608  names of the schema
            waiting.append(packed)
            size += len(packed)
            if size > _AT_ONCE:
                yield _unpacked(table, waiting)
                waiting, size = [], 0
        if waiting:
            yield _unpacked(table, waiting)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Incoming:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _unpacked(table: str, packed: Collection[bytes]) -> pa.Table:
    columns: list[list[Any]] = [[] for _ in arrow_schema(table).names]
    for one in packed:
        for column, values in zip(columns, _columns(one), strict=True):
            column.extend(values)
    return ordered(table, from_columns(table, columns))


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


def to_tables(extracted: Iterable[Rows]) -> dict[str, pa.Table]:
    """Return Arrow tables of what was extracted, every table of the schema among them.

    Of an article that comes more than once only the last state is taken.
    """
    last = {rows["articles"][0].article_id: rows for rows in extracted}
    return {name: to_arrow(name, [row for rows in last.values() for row in rows.get(name, ())]) for name in TABLES}
