"""Schemas and the Parquet store.

One folder a table, one partition a month of publication (`month=2024-03`, `month=unknown`), one file a partition. A
write stages its files aside, reads their footers back, notes in a journal what it is about to move, moves, and writes
the manifest last; a start after a kill finishes the journal or sweeps what was staged. So every file that a reader meets
is whole, and the manifest always names one state of all tables. Writing the same twice gives the same bytes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from extractor import __version__
from extractor.errors import StoreError
from extractor.rules import rules_hash
from extractor.schema import SCHEMA_VERSION, TABLES

UNKNOWN_MONTH = "unknown"
_FILE = "part-0.parquet"
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
_MONTH = pa.schema([("month", pa.string())])


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
    versions = {"table": table, "about": about, "schema_version": SCHEMA_VERSION, "extractor_version": __version__, "rules": rules_hash()}
    return pa.schema(columns, metadata=versions)


def to_arrow(table: str, rows: Sequence[Any]) -> pa.Table:
    """Return the rows (dataclasses of the schema) as an Arrow table."""
    schema = arrow_schema(table)
    arrays = [pa.array([getattr(row, name) for row in rows], type=schema.field(name).type) for name in schema.names]
    return pa.Table.from_arrays(arrays, schema=schema)


def _months(articles: pa.Table) -> dict[str, str]:
    """Return the month of publication by article_id."""
    local = articles["published_at"]
    months = pc.strftime(local, format="%Y-%m").to_pylist()
    return {i: m or UNKNOWN_MONTH for i, m in zip(articles["article_id"].to_pylist(), months, strict=True)}


def _ordered(table: str, rows: pa.Table) -> pa.Table:
    keys = [k for k in ("source", "article_id", "start", "end", "fact_id", "check_id", "content_sha256") if k in rows.schema.names]
    return rows.sort_by([(k, "ascending") for k in keys])


def _without(rows: pa.Table, ids: set[str]) -> pa.Table:
    return rows.filter(pc.invert(pc.is_in(rows["article_id"], value_set=pa.array(sorted(ids), type=pa.string()))))


def _only(rows: pa.Table, ids: set[str]) -> pa.Table:
    return rows.filter(pc.is_in(rows["article_id"], value_set=pa.array(sorted(ids), type=pa.string())))


class Store:
    """The tables under DATA/tables. One writer at a time; readers need no lock."""

    def __init__(self, data: Path) -> None:
        self.root = data / "tables"

    @property
    def manifest_path(self) -> Path:
        """Where the manifest is."""
        return self.root / "manifest.json"

    def manifest(self) -> dict[str, Any]:
        """Return the manifest; StoreError where there is none."""
        try:
            return json.loads(self.manifest_path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
        except FileNotFoundError as error:
            raise StoreError(f"{self.root}: no tables here yet; run `mttq run` or `mttq extract --to` first") from error
        except json.JSONDecodeError as error:
            raise StoreError(f"{self.manifest_path}: damaged ({error}); remove it and extract again") from error

    def read(self, table: str, month: str) -> pa.Table:
        """Return one partition, empty where there is none."""
        path = self.root / table / f"month={month}" / _FILE
        if not path.exists():
            return arrow_schema(table).empty_table()
        stored = pq.read_table(path, partitioning=None)
        return stored.cast(arrow_schema(table)) if stored.schema.names == arrow_schema(table).names else self._mismatch(path)

    def _mismatch(self, path: Path) -> pa.Table:
        raise StoreError(f"{path}: columns of another schema than {SCHEMA_VERSION}; move the folder away and extract again from the archive")

    def months(self, table: str) -> list[str]:
        """Return the partitions of a table."""
        return sorted(p.name.removeprefix("month=") for p in (self.root / table).glob("month=*") if (p / _FILE).exists())

    def write(self, tables: Mapping[str, pa.Table], *, withdrawn: Iterable[str] = ()) -> int:
        """Put whole articles in, replacing what the store holds of them; take withdrawn ones out.

        Returns how many files changed. StoreError where another writer is at work or the disk is full; the state before
        is then intact.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with self._locked():
                self._recover()
                return self._write(tables, set(withdrawn))
        except OSError as error:
            raise StoreError(f"{self.root}: cannot write ({error.strerror or error}); the tables are as they were before. Make room and run again") from error

    def _write(self, tables: Mapping[str, pa.Table], withdrawn: set[str]) -> int:
        articles = tables["articles"]
        new_months = _months(articles)
        replaced = set(new_months) | withdrawn
        old = self._rows_of(replaced)
        touched = set(new_months.values()) | set(_months(old).values())
        incoming = {name: tables[name] for name in TABLES if name in tables}
        incoming["article_versions"] = self._versions(old, articles)
        version_months = _months(incoming["article_versions"])
        staging = self.root / ".staging"
        shutil.rmtree(staging, ignore_errors=True)
        moves: list[tuple[str, str]] = []
        for name in TABLES:
            months = set(version_months.values()) if name == "article_versions" else touched
            for month in sorted(months | ({UNKNOWN_MONTH} if not self.months(name) else set())):
                chosen = {i for i, m in (version_months if name == "article_versions" else new_months).items() if m == month}
                kept = self.read(name, month)
                kept = kept if name == "article_versions" else _without(kept, replaced)
                rows = pa.concat_tables([kept, _only(incoming.get(name, arrow_schema(name).empty_table()).cast(arrow_schema(name)), chosen)])
                if moved := self._stage(staging, name, month, _ordered(name, rows)):
                    moves.append(moved)
        self._commit(staging, moves)
        return len(moves)

    def _rows_of(self, ids: set[str]) -> pa.Table:
        found = [_only(self.read("articles", month), ids) for month in self.months("articles")]
        return pa.concat_tables([arrow_schema("articles").empty_table(), *found])

    def _versions(self, old: pa.Table, new: pa.Table) -> pa.Table:
        """Return the earlier states of articles whose text is another now."""
        hashes = dict(zip(new["article_id"].to_pylist(), new["content_sha256"].to_pylist(), strict=True))
        edited = [hashes.get(i, h) != h for i, h in zip(old["article_id"].to_pylist(), old["content_sha256"].to_pylist(), strict=True)]
        return old.filter(pa.array(edited, type=pa.bool_())).cast(arrow_schema("article_versions"))

    def _stage(self, staging: Path, name: str, month: str, rows: pa.Table) -> tuple[str, str] | None:
        """Write one file aside and read it back; None where the store holds the same bytes already."""
        target = f"{name}/month={month}/{_FILE}"
        path = staging / target
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, path, compression="zstd", row_group_size=64_000, write_page_index=True)
        if pq.read_metadata(path).num_rows != rows.num_rows:
            raise StoreError(f"{path}: what was written is not what is read back; the disk may be failing")
        final = self.root / target
        if final.exists() and final.stat().st_size == path.stat().st_size and final.read_bytes() == path.read_bytes():
            return None
        with path.open("rb") as handle:
            os.fsync(handle.fileno())
        return str(path.relative_to(self.root)), target

    def _commit(self, staging: Path, moves: list[tuple[str, str]]) -> None:
        if moves or not self.manifest_path.exists():
            _write_file(self.root / "journal.json", json.dumps(moves))
            self._finish(moves)
        shutil.rmtree(staging, ignore_errors=True)

    def _finish(self, moves: Iterable[Sequence[str]]) -> None:
        """Carry out the journal: every move that is not done yet, then the manifest, then the journal is over."""
        for source, target in moves:
            final = self.root / target
            final.parent.mkdir(parents=True, exist_ok=True)
            if (self.root / source).exists():
                (self.root / source).replace(final)
        _write_file(self.manifest_path, self._describe())
        (self.root / "journal.json").unlink(missing_ok=True)

    def _describe(self) -> str:
        files = []
        for name in TABLES:
            for month in self.months(name):
                path = self.root / name / f"month={month}" / _FILE
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                files.append({"table": name, "path": f"{name}/month={month}/{_FILE}", "rows": pq.read_metadata(path).num_rows, "sha256": digest})
        state = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]
        about = {"state": state, "schema_version": SCHEMA_VERSION, "extractor_version": __version__, "rules": rules_hash(), "files": files}
        return json.dumps(about, indent=1, ensure_ascii=False) + "\n"

    def _recover(self) -> None:
        """Finish or sweep what a killed writer left."""
        journal = self.root / "journal.json"
        if journal.exists():
            self._finish(json.loads(journal.read_text(encoding="utf-8")))
        shutil.rmtree(self.root / ".staging", ignore_errors=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.root / ".lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError(f"{self.root}: another mttq is writing here; wait for it or use another --data") from error
            yield


def _write_file(path: Path, text: str) -> None:
    aside = path.with_suffix(".new")
    with aside.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    aside.replace(path)


def open_tables(path: str | os.PathLike[str]) -> dict[str, ds.Dataset]:
    """Return each table as an Arrow dataset, all of one state, as the manifest names it.

    `path` is the data folder (`mttq-data`) or its `tables`. StoreError where there are no tables.
    """
    root = Path(path)
    data = root.parent if root.name == "tables" else root
    store = Store(data)
    files = store.manifest()["files"]
    opened = {}
    for name in TABLES:
        paths = [str(store.root / f["path"]) for f in files if f["table"] == name]
        schema = pa.schema([*arrow_schema(name), *_MONTH])
        opened[name] = ds.dataset(paths, schema=schema, format="parquet", partitioning=ds.partitioning(_MONTH, flavor="hive"), partition_base_dir=str(store.root / name))
    return opened




def check_tables(data: Path) -> list[str]:
    """Return what is wrong with the tables, one line a problem: files, keys, offsets, references."""
    store = Store(data)
    problems = []
    for entry in store.manifest()["files"]:
        path = store.root / entry["path"]
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            problems.append(f"{entry['path']}: not the file that the manifest names")
    tables = {name: dataset.to_table() for name, dataset in open_tables(data).items()}
    texts = dict(zip(tables["articles"]["article_id"].to_pylist(), tables["articles"]["text"].to_pylist(), strict=True))
    facts: set[str] = set()
    for name, rows in tables.items():
        if "fact_id" in rows.schema.names:
            ids = rows["fact_id"].to_pylist()
            if len(set(ids)) != len(ids):
                problems.append(f"{name}: {len(ids) - len(set(ids))} fact_id twice")
            facts.update(ids)
        if "mention" in rows.schema.names:
            problems += _bad_offsets(name, rows, texts)
    for name in ("money", "participants", "quantities"):
        for column in ("part_of", "activity_id"):
            lost = [v for v in tables[name][column].to_pylist() if v is not None and v not in facts]
            if lost:
                problems.append(f"{name}.{column}: {len(lost)} refer to no fact, the first {lost[0]}")
    return problems


def _bad_offsets(name: str, rows: pa.Table, texts: Mapping[str, str]) -> list[str]:
    columns = [rows[c].to_pylist() for c in ("article_id", "start", "end", "mention")]
    bad = [(i, s) for i, s, e, m in zip(*columns, strict=True) if i not in texts or texts[i][s:e] != m]
    return [f"{name}: {len(bad)} mentions are not the words at their offsets, the first in article {bad[0][0]} at {bad[0][1]}"] if bad else []
