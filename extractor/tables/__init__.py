"""Schemas and the Parquet store.

One folder a table, one partition a month of publication (`month=2024-03`, `month=unknown`), one file a partition. A
write stages its files aside, reads their footers back, notes in a journal what it is about to move, and moves them, the
manifest last; whoever comes after a kill, writer or reader, finishes the journal or sweeps what was staged. So every file
that a reader meets is whole, and a settled manifest names one state of all tables. Writing the same twice gives the same
bytes.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from extractor import __version__
from extractor.duplicates import Copy
from extractor.errors import StoreError
from extractor.rules import rules_hash
from extractor.schema import SCHEMA_VERSION, TABLES
from extractor.tables.columns import UNKNOWN_MONTH, arrow_schema, months_of, only, to_arrow
from extractor.tables.incoming import Incoming, InMemory, Spool, to_tables
from extractor.url import canonical_url

__all__ = ["PATIENCE", "UNKNOWN_MONTH", "Incoming", "Spool", "Store", "arrow_schema", "open_tables", "sha256_of", "to_arrow", "to_tables"]
PATIENCE = 30.0
_FILE = "part-0.parquet"
_MONTH = pa.schema([("month", pa.string())])
Fetch = tuple[str, dt.datetime | None]  # article_id, and when its page was fetched


def _ordered(table: str, rows: pa.Table) -> pa.Table:
    keys = [k for k in ("source", "article_id", "start", "end", "fact_id", "check_id", "content_sha256") if k in rows.schema.names]
    return rows.sort_by([(k, "ascending") for k in keys])


def _states(rows: pa.Table) -> list[tuple[str, str]]:
    return list(zip(rows["article_id"].to_pylist(), rows["content_sha256"].to_pylist(), strict=True))


def _without(rows: pa.Table, ids: Collection[str]) -> pa.Table:
    there = pc.unique(rows["article_id"]).to_pylist()
    stay = [i for i in there if i not in ids]
    return rows if len(stay) == len(there) else only(rows, stay)


class Store:
    """The tables under DATA/tables. One writer at a time; readers need no lock."""

    def __init__(self, data: Path) -> None:
        self.root = data / "tables"
        self.derived = data / "derived"  # what readers worked out of a state, kept by them; a write takes it away

    @property
    def manifest_path(self) -> Path:
        """Where the manifest is."""
        return self.root / "manifest.json"

    @property
    def _journal(self) -> Path:
        return self.root / "journal.json"

    @property
    def _staging(self) -> Path:
        return self.root / ".staging"

    def manifest(self) -> dict[str, Any]:
        """Return the manifest; StoreError where there is none."""
        try:
            found = json.loads(self.manifest_path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise StoreError(f"{self.root}: no tables here yet; run `mttq run` or `mttq extract --to` first") from error
        except ValueError as error:
            raise StoreError(f"{self.manifest_path}: damaged ({error}); remove it and extract again") from error
        if not isinstance(found, dict) or not isinstance(found.get("files"), list):
            raise StoreError(f"{self.manifest_path}: damaged (it names no files); remove it and extract again")
        return found

    def settled(self, *, patience: float = PATIENCE) -> dict[str, Any]:
        """Return the manifest of a state that is whole: no file of it is waiting to be moved.

        What a killed writer left half moved is finished here; a living writer is waited for, `patience` seconds at most.
        """
        end = time.monotonic() + patience
        try:
            while self._journal.exists():
                with self._lock() as free:
                    if free:
                        self._recover()
                if not free and time.monotonic() > end:
                    raise StoreError(f"{self.root}: another mttq has been moving files here for {patience:.0f} s; try again later")
                time.sleep(0 if free else 0.02)
        except OSError as error:
            raise StoreError(f"{self.root}: a killed run left a half-done write, which cannot be finished ({error.strerror or error})") from error
        return self.manifest()

    def is_whole(self) -> bool:
        """Tell whether there is a manifest and every file that it names."""
        if not self.manifest_path.exists():
            return False
        return all((self.root / f["path"]).is_file() for f in self.settled()["files"])

    def read(self, table: str, month: str) -> pa.Table:
        """Return one partition, empty where there is none; StoreError where it is damaged or of another schema."""
        path = self.root / table / f"month={month}" / _FILE
        schema = arrow_schema(table)
        if not path.exists():
            return schema.empty_table()
        try:
            stored = pq.read_table(path, partitioning=None)
            return stored.cast(schema) if stored.schema.names == schema.names else self._mismatch(path)
        except (pa.ArrowException, OSError) as error:
            raise StoreError(f"{path}: damaged ({error}); move {self.root} away and run again: the archive gives the tables anew") from error

    def _mismatch(self, path: Path) -> pa.Table:
        raise StoreError(f"{path}: columns of another schema than {SCHEMA_VERSION}; move {self.root} away and run again: the archive gives the tables anew")

    def months(self, table: str) -> list[str]:
        """Return the partitions of a table."""
        return sorted(p.name.removeprefix("month=") for p in (self.root / table).glob("month=*") if (p / _FILE).exists())

    def write(self, tables: Mapping[str, pa.Table], *, withdrawn: Iterable[Fetch] = ()) -> int:
        """Put whole articles in, replacing what the store holds of them; take withdrawn ones out.

        Withdrawn is an article (its id and when its page was fetched) that a page turns out not to hold. A row that was made
        of an earlier fetch stays: that the page holds no article now does not make what it held untrue.

        Returns how many files changed. StoreError where another writer is at work or the disk is full; the state before
        is then intact.
        """
        return self.put(InMemory(tables), withdrawn=withdrawn)

    def spool(self) -> Spool:
        """Return an empty spool beside the tables, whose articles `put` takes; to be closed."""
        try:
            return Spool(self.root)
        except OSError as error:
            raise self._failed(error) from error

    def put(self, incoming: Incoming, *, withdrawn: Iterable[Fetch] = ()) -> int:
        """Do what `write` does, a month at a time."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with self._lock() as free:
                if not free:
                    raise StoreError(f"{self.root}: another mttq is writing here; wait for it or use another --data")
                self._recover()
                return self._write(incoming, set(withdrawn))
        except OSError as error:
            raise self._failed(error) from error

    def copies(self) -> Iterator[Copy]:
        """Yield of each article what tells whether it repeats another."""
        columns = ["article_id", "url", "text", "published_at", "fetched_at", "duplicate_of"]
        for month in self.months("articles"):
            for row in self.read("articles", month).select(columns).to_pylist():
                yield Copy(**row)

    def urls_among(self, urls: Collection[str]) -> set[str]:
        """Return which of the URLs (in canonical form) are those of articles."""
        stored = (row["url"] for month in (self.months("articles") if urls else ()) for row in self.read("articles", month).select(["url"]).to_pylist())
        return {form for url in stored if url and (form := canonical_url(url)) in urls}

    def set_duplicates(self, originals: Mapping[str, str | None]) -> int:
        """Set `duplicate_of` of these articles; return how many files changed."""
        ids = set(originals)
        if not ids:
            return 0
        tables = {name: pa.concat_tables([arrow_schema(name).empty_table(), *(only(self.read(name, m), ids) for m in self.months(name))]) for name in TABLES if name != "article_versions"}
        articles = tables["articles"]
        marked = pa.array([originals[i] for i in articles["article_id"].to_pylist()], type=pa.string())
        tables["articles"] = articles.set_column(articles.schema.get_field_index("duplicate_of"), arrow_schema("articles").field("duplicate_of"), marked)
        return self.write(tables)

    def _failed(self, error: OSError) -> StoreError:
        why = f"{self.root}: cannot write ({error.strerror or error})"
        if self._journal.exists():
            return StoreError(f"{why}; the new state is on the disk whole, and the next run or query moves it into its place")
        shutil.rmtree(self._staging, ignore_errors=True)
        if isinstance(error, FileNotFoundError):
            return self._removed()
        return StoreError(f"{why}; the tables are as they were before. Make room and run again")

    def _removed(self) -> StoreError:
        shutil.rmtree(self._staging, ignore_errors=True)
        return StoreError(f"{self.root}: was removed while it was written to; run again, and the archive gives the tables anew")

    def _lock_id(self) -> int | None:
        """Return what tells this folder from another that was made at its place later."""
        lock = self.root / ".lock"
        return lock.stat().st_ino if lock.exists() else None

    def _write(self, incoming: Incoming, withdrawn: set[Fetch]) -> int:
        began = self._lock_id()
        replaced, old_months, edited = self._replaced(incoming, withdrawn)
        edited_months = set(months_of(edited).values())
        touched = set(incoming.months.values()) | old_months
        staged: dict[str, str] = {}
        for name in TABLES:
            months = edited_months if name == "article_versions" else touched
            for month in sorted(months | ({UNKNOWN_MONTH} if not self.months(name) else set())):
                kept = self.read(name, month)
                if name == "article_versions":
                    new = only(edited, {i for i, m in months_of(edited).items() if m == month})
                else:
                    kept, new = _without(kept, replaced), incoming.rows(name, month)
                staged |= self._stage(name, month, _ordered(name, pa.concat_tables([kept, new])))
        if began is None or self._lock_id() != began:
            raise self._removed()
        self._commit(staged)
        return len(staged)

    def _replaced(self, incoming: Incoming, withdrawn: set[Fetch]) -> tuple[set[str], set[str], pa.Table]:
        """Return the articles that leave their rows, the months that hold any of them, and the states of those whose text
        is another now, without the states that are kept already."""
        ids, hashes = set(incoming.months), incoming.hashes
        suspects = {article for article, _ in withdrawn} - ids
        kept = {state for month in self.months("article_versions") for state in _states(self.read("article_versions", month))}
        months: set[str] = set()
        edited = [arrow_schema("article_versions").empty_table()]
        for month in self.months("articles"):
            old = only(self.read("articles", month), ids | suspects)
            gone = {fetch[0] for fetch in zip(old["article_id"].to_pylist(), old["fetched_at"].to_pylist(), strict=True) if fetch in withdrawn}
            ids |= gone & suspects
            old = only(old, ids)
            if old.num_rows:
                months.add(month)
                changed = [hashes.get(i, h) != h and (i, h) not in kept for i, h in _states(old)]
                edited.append(old.filter(pa.array(changed, type=pa.bool_())).cast(arrow_schema("article_versions")))
        return ids, months, pa.concat_tables(edited)

    def _stage(self, name: str, month: str, rows: pa.Table) -> dict[str, str]:
        """Write one file aside and read it back; return its digest by its path, nothing where the store holds the same bytes."""
        target = f"{name}/month={month}/{_FILE}"
        path = self._staging / target
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, path, compression="zstd", row_group_size=64_000, write_page_index=True)
        if pq.read_metadata(path).num_rows != rows.num_rows:
            raise StoreError(f"{path}: what was written is not what is read back; the disk may be failing")
        digest = sha256_of(path)
        if digest == sha256_of(self.root / target):
            path.unlink()
            return {}
        with path.open("rb") as handle:
            os.fsync(handle.fileno())
        return {target: str(digest)}

    def _commit(self, staged: dict[str, str]) -> None:
        """Note what is to be moved, then move it. All that needs room on the disk is done before the note."""
        described = self._describe(staged)
        if staged or not self.manifest_path.exists() or self.manifest_path.read_text(encoding="utf-8") != described:
            self._staging.mkdir(exist_ok=True)
            _write_file(self._staging / "manifest.json", described)
            moves = [*staged.items(), ("manifest.json", sha256_of(self._staging / "manifest.json"))]
            for target in staged:
                (self.root / target).parent.mkdir(parents=True, exist_ok=True)
            _write_file(self._journal, json.dumps(moves))
            self._finish(moves)
            shutil.rmtree(self.derived, ignore_errors=True)
        shutil.rmtree(self._staging, ignore_errors=True)

    def _finish(self, moves: Iterable[Sequence[str | None]]) -> None:
        """Carry out the journal: every move that is not done yet, the manifest's last; then the journal is over."""
        for target, digest in moves:
            final = self.root / str(target)
            try:
                (self._staging / str(target)).replace(final)
            except FileNotFoundError as error:
                if sha256_of(final) != digest:
                    raise self._lost(final) from error
        for entry in self.manifest()["files"]:
            if not (self.root / entry["path"]).is_file():
                raise self._lost(self.root / entry["path"])
        self._journal.unlink(missing_ok=True)

    def _lost(self, path: Path) -> StoreError:
        """Take the manifest away, so that nobody takes what is left for the tables; the next run makes them anew."""
        self.manifest_path.unlink(missing_ok=True)
        self._journal.unlink(missing_ok=True)
        return StoreError(f"{path}: was removed while the tables were written; run again, and the archive gives the tables anew")

    def _describe(self, staged: Mapping[str, str]) -> str:
        """Return the manifest of the state that the staged files lead to."""
        known = {f["path"]: f for f in self.manifest()["files"]} if self.manifest_path.exists() else {}
        files = []
        for name in TABLES:
            there = {f"{name}/month={month}/{_FILE}" for month in self.months(name)}
            for target in sorted(there | {t for t in staged if t.startswith(f"{name}/")}):
                path = (self._staging if target in staged else self.root) / target
                described = {"table": name, "path": target, "rows": pq.read_metadata(path).num_rows, "sha256": sha256_of(path)}
                files.append(described if target in staged else known.get(target, described))
        state = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]
        about = {"state": state, "schema_version": SCHEMA_VERSION, "extractor_version": __version__, "rules": rules_hash(), "files": files}
        return json.dumps(about, indent=1, ensure_ascii=False) + "\n"

    def _recover(self) -> None:
        """Finish or sweep what a killed writer left."""
        if self._journal.exists():
            try:
                moves = [(str(target), str(digest)) for target, digest in json.loads(self._journal.read_text(encoding="utf-8"))]
            except (ValueError, TypeError) as error:
                raise StoreError(f"{self._journal}: damaged ({error}); move {self.root} away and run again") from error
            self._finish(moves)
        shutil.rmtree(self._staging, ignore_errors=True)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[bool]:
        """Hold the folder's lock while the block runs, and yield True; yield False where another holds it."""
        with (self.root / ".lock").open("w") as handle:
            free = True
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                free = False
            yield free


def sha256_of(path: Path) -> str | None:
    """Return the SHA-256 of a file, None where there is none."""
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except FileNotFoundError:
        return None


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
    files = store.settled()["files"]
    opened = {}
    for name in TABLES:
        paths = [str(store.root / f["path"]) for f in files if f["table"] == name]
        schema = pa.schema([*arrow_schema(name), *_MONTH])
        opened[name] = ds.dataset(paths, schema=schema, format="parquet", partitioning=ds.partitioning(_MONTH, flavor="hive"), partition_base_dir=str(store.root / name))
    return opened
