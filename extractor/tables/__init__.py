"""Schemas and the Parquet store.

One folder a table, one partition a month of publication (`month=2024-03`, `month=unknown`), one file a partition. A
write stages its files aside, reads their footers back, notes in a journal what it is about to move, and moves them, the
manifest last; whoever comes after a kill, writer or reader, finishes the journal or sweeps what was staged. So every file
that a reader meets is whole, and a settled manifest names one state of all tables. Writing the same twice gives the same
bytes.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from extractor import __version__
from extractor.duplicates import Copy
from extractor.errors import StoreError
from extractor.rules import rules_hash
from extractor.schema import SCHEMA_VERSION, TABLES
from extractor.tables.columns import UNKNOWN_MONTH, arrow_schema, to_arrow
from extractor.tables.incoming import Fetch, Incoming, Packed, Spool, pack, to_tables
from extractor.tables.staging import (
    JOURNAL,
    MANIFEST,
    NONE,
    READY,
    STAGING,
    Order,
    Staged,
    aside_name,
    sha256_of,
    stage,
    stored,
    sync,
    target_of,
)
from extractor.url import canonical_url

__all__ = ["PATIENCE", "UNKNOWN_MONTH", "Fetch", "Packed", "Spool", "Store", "arrow_schema", "open_tables", "pack", "sha256_of", "to_arrow", "to_tables"]
PATIENCE = 30.0
# Calls a function of a module with each value, here or in other processes, and gives the results in their order.
Each = Callable[[Callable[[Order], Staged | None], Iterable[Order]], Iterable[Staged | None]]
_SYNCING = 8
_MONTH = pa.schema([("month", pa.string())])


class Store:
    """The tables under DATA/tables. One writer at a time; readers need no lock."""

    def __init__(self, data: Path) -> None:
        self.root = data / "tables"
        self.derived = data / "derived"  # what readers worked out of a state, kept by them; a write takes it away

    @property
    def manifest_path(self) -> Path:
        """Where the manifest is."""
        return self.root / MANIFEST

    @property
    def _journal(self) -> Path:
        return self.root / JOURNAL

    @property
    def _staging(self) -> Path:
        return self.root / STAGING

    @property
    def _ready(self) -> Path:
        return self._staging / READY

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

    def months(self, table: str) -> list[str]:
        """Return the partitions of a table."""
        there = (p.name.removeprefix("month=") for p in (self.root / table).glob("month=*"))
        return sorted(month for month in there if (self.root / target_of(table, month)).exists())

    def write(self, tables: Mapping[str, pa.Table], *, withdrawn: Iterable[Fetch] = ()) -> int:
        """Put whole articles in, replacing what the store holds of them; take withdrawn ones out.

        Withdrawn is an article (its id and when its page was fetched) that a page turns out not to hold. A row that was made
        of an earlier fetch stays: that the page holds no article now does not make what it held untrue.

        Returns how many files changed. StoreError where another writer is at work or the disk is full; the state before
        is then intact.
        """
        with self.spool() as spool:
            spool.add_tables(tables)
            for fetch in withdrawn:
                spool.withdraw(*fetch)
            return self.put(spool)

    def spool(self) -> Spool:
        """Return an empty spool beside the tables, whose articles `put` takes; to be closed."""
        try:
            return Spool(self.root)
        except OSError as error:
            raise self._failed(error) from error

    def put(self, spool: Spool, *, each: Each = map) -> int:
        """Do what `write` does with what was spooled; `each` says where the files are made: here, or by other processes."""
        with self._writing():
            return self._change(partial(self._orders, spool.finish()), each)

    def copies(self) -> Iterator[Copy]:
        """Yield of each article what tells whether it repeats another."""
        columns = ["article_id", "url", "text", "published_at", "fetched_at", "duplicate_of"]
        for month in self.months("articles"):
            for rows in stored(self.root, "articles", month, columns=columns):
                for row in rows.to_pylist():
                    yield Copy(**row)

    def urls_among(self, urls: Collection[str]) -> set[str]:
        """Return which of the URLs (in canonical form) are those of articles."""
        parts = (rows for month in (self.months("articles") if urls else ()) for rows in stored(self.root, "articles", month, columns=["url"]))
        return {form for rows in parts for url in rows["url"].to_pylist() if url and (form := canonical_url(url)) in urls}

    def set_duplicates(self, originals: Mapping[str, str | None], *, each: Each = map) -> int:
        """Set `duplicate_of` of these articles; return how many files changed."""
        if not originals:
            return 0
        with self._writing():
            return self._change(partial(self._marking, originals), each)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Be the one writer while the block runs, from a state that is whole; StoreError says what is in the way."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with self._lock() as free:
                if not free:
                    raise StoreError(f"{self.root}: another mttq is writing here; wait for it or use another --data")
                self._recover()
                yield
        except OSError as error:
            raise self._failed(error) from error

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

    def _orders(self, spooled: Path, aside: Path) -> Iterator[Order]:
        """Yield the files that must be made anew: of all months that get, lose or change an article."""
        with Incoming(spooled) as incoming:
            gone, edited = self._replaced(incoming)
            touched = incoming.months() | set(gone)
        for name in TABLES:
            months = set(edited) if name == "article_versions" else touched
            for month in sorted(months | ({UNKNOWN_MONTH} if not self.months(name) else set())):
                yield Order(table=name, month=month, root=self.root, aside=aside, incoming=spooled, gone=gone.get(month, NONE), edited=edited.get(month, NONE))

    def _replaced(self, incoming: Incoming) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
        """Return by month the articles that leave their rows, and of them those whose text is another now, without those
        whose state is kept already."""
        gone: dict[str, set[str]] = {}
        changed: dict[tuple[str, str], str] = {}
        for month in self.months("articles"):
            for rows in stored(self.root, "articles", month, columns=["article_id", "content_sha256", "fetched_at"]):
                for article_id, sha256, fetched_at in zip(*(column.to_pylist() for column in rows.columns), strict=True):
                    new = incoming.sha256_of(article_id)
                    if new is not None or incoming.withdrawn(article_id, fetched_at):
                        gone.setdefault(month, set()).add(article_id)
                    if new is not None and new != sha256:
                        changed[article_id, sha256] = month
        for month in self.months("article_versions") if changed else ():
            for rows in stored(self.root, "article_versions", month, columns=["article_id", "content_sha256"]):
                for state in zip(*(column.to_pylist() for column in rows.columns), strict=True):
                    changed.pop(state, None)
        edited: dict[str, set[str]] = {}
        for (article_id, _), month in changed.items():
            edited.setdefault(month, set()).add(article_id)
        return _frozen(gone), _frozen(edited)

    def _marking(self, originals: Mapping[str, str | None], aside: Path) -> Iterator[Order]:
        for month in self.months("articles"):
            parts = (rows["article_id"].to_pylist() for rows in stored(self.root, "articles", month, columns=["article_id"]))
            marks = {i: originals[i] for ids in parts for i in ids if i in originals}
            if marks:
                yield Order(table="articles", month=month, root=self.root, aside=aside, marks=marks)

    def _change(self, orders: Callable[[Path], Iterable[Order]], each: Each) -> int:
        """Have files made, in a folder of their own, so that what a killed run's processes still write reaches no later run;
        then put them in place. Returns how many changed."""
        began = self._lock_id()
        self._staging.mkdir(exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=self._staging))
        staged = [one for one in each(stage, orders(aside)) if one]
        if began is None or self._lock_id() != began:
            raise self._removed()
        aside.rename(self._ready)
        self._commit(staged)
        return len(staged)

    def _commit(self, staged: Sequence[Staged]) -> None:
        """Note what is to be moved, then move it. All that needs room on the disk is done before the note."""
        described = self._describe({one.target: one for one in staged})
        if staged or not self.manifest_path.exists() or self.manifest_path.read_text(encoding="utf-8") != described:
            manifest = self._ready / MANIFEST
            _write_file(manifest, described)
            with ThreadPoolExecutor(_SYNCING) as threads:  # one after another takes many times as long
                list(threads.map(sync, (self._ready / aside_name(one.target) for one in staged)))
            moves = [*((one.target, one.sha256) for one in staged), (MANIFEST, sha256_of(manifest))]
            for one in staged:
                (self.root / one.target).parent.mkdir(parents=True, exist_ok=True)
            _write_file(self._journal, json.dumps(moves))
            self._finish(moves)
            shutil.rmtree(self.derived, ignore_errors=True)
        shutil.rmtree(self._staging, ignore_errors=True)

    def _finish(self, moves: Iterable[Sequence[str | None]]) -> None:
        """Carry out the journal: every move that is not done yet, the manifest's last; then the journal is over."""
        for target, digest in moves:
            final = self.root / str(target)
            try:
                (self._ready / aside_name(str(target))).replace(final)
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

    def _describe(self, staged: Mapping[str, Staged]) -> str:
        """Return the manifest of the state that the staged files lead to."""
        known = {f["path"]: f for f in self.manifest()["files"]} if self.manifest_path.exists() else {}
        files = []
        for name in TABLES:
            there = {target_of(name, month) for month in self.months(name)}
            for target in sorted(there | {t for t, one in staged.items() if one.table == name}):
                if one := staged.get(target):
                    files.append({"table": name, "path": target, "rows": one.rows, "sha256": one.sha256})
                else:
                    files.append(known.get(target) or self._described(name, target))
        state = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]
        about = {"state": state, "schema_version": SCHEMA_VERSION, "extractor_version": __version__, "rules": rules_hash(), "files": files}
        return json.dumps(about, indent=1, ensure_ascii=False) + "\n"

    def _described(self, table: str, target: str) -> dict[str, Any]:
        path = self.root / target
        return {"table": table, "path": target, "rows": pq.read_metadata(path).num_rows, "sha256": sha256_of(path)}

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


def _frozen(by_month: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    return {month: frozenset(ids) for month, ids in by_month.items()}


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
