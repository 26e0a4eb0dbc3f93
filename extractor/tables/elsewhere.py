"""Tables at an address that Arrow's file systems open (s3://, gs://, hdfs://, file://): brought here to be written, and taken back."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

from pyarrow import fs

from extractor.errors import StoreError
from extractor.tables.staging import JOURNAL, MANIFEST, READY, STAGING, aside_name, sha256_of

_AT_ONCE = 8


@contextlib.contextmanager
def brought_here(address: str) -> Iterator[Path]:
    """Give a data folder on this machine with the tables of the one at an address; what was changed is taken there at the end.

    It is put in place there as here: staged, noted in a journal, moved, the manifest last. A run that is killed leaves the state
    before, or one that the next run finishes. Nothing there keeps a second writer out: one at a time is up to whoever calls.
    Nothing is taken there where the block raises. StoreError where the address cannot be read or written.
    """
    with tempfile.TemporaryDirectory(prefix="mttq-") as folder:
        here = Path(folder) / "tables"
        try:
            there = _Far(address)
            there.fetch(here)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{address}: the tables there cannot be read: {error}") from error
        yield Path(folder)
        try:
            there.take(here)
        except OSError as error:
            raise StoreError(f"{address}: cannot be written: {error}; run again, which finishes what was begun") from error


class _Far:
    """The tables' folder of a data folder at an address."""

    def __init__(self, address: str) -> None:
        self._system, path = fs.FileSystem.from_uri(address)
        self._root = f"{path.rstrip('/')}/tables"

    def fetch(self, here: Path) -> None:
        """Bring the files of the present state; a write that was not ended is ended first."""
        self._finish()
        files = self._manifest()
        if files is None:
            return
        targets = [*(_within(entry["path"]) for entry in files), MANIFEST]
        for folder in {(here / target).parent for target in targets}:
            folder.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(lambda target: self._copy_here(target, here / target), targets))
        for entry in files:
            if sha256_of(here / entry["path"]) != entry["sha256"]:
                raise StoreError(f"{self._root}/{entry['path']}: is not what the manifest says; move {self._root} away and run again: the archive gives the tables anew")

    def take(self, here: Path) -> None:
        """Take the files there that are others than those of the state there."""
        if not (here / MANIFEST).exists():
            return
        known = {entry["path"]: entry["sha256"] for entry in self._manifest() or ()}
        files = json.loads((here / MANIFEST).read_text(encoding="utf-8"))["files"]
        moves = [(entry["path"], entry["sha256"]) for entry in files if known.get(entry["path"]) != entry["sha256"]]
        moves.append((MANIFEST, sha256_of(here / MANIFEST)))
        self._make(f"{STAGING}/{READY}")
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(lambda move: self._copy_there(here / move[0], self._ready(move[0])), moves))
        for target, _ in moves:
            self._make(target.rpartition("/")[0])
        with self._system.open_output_stream(f"{self._root}/{STAGING}/{JOURNAL}") as journal:
            journal.write(json.dumps(moves).encode())
        self._system.move(f"{self._root}/{STAGING}/{JOURNAL}", f"{self._root}/{JOURNAL}")
        self._finish()

    def _finish(self) -> None:
        """Move what the journal names, as far as it is not moved yet, the manifest last; sweep what was staged and not noted."""
        noted = self._read(JOURNAL)
        for target, _ in json.loads(noted) if noted else ():
            _within(target)
            with contextlib.suppress(FileNotFoundError):  # moved before
                self._system.move(self._ready(target), f"{self._root}/{target}")
        if noted:
            self._system.delete_file(f"{self._root}/{JOURNAL}")
        self._system.delete_dir_contents(f"{self._root}/{STAGING}", missing_dir_ok=True)

    def _manifest(self) -> list[dict[str, Any]] | None:
        told = self._read(MANIFEST)
        return json.loads(told)["files"] if told else None

    def _ready(self, target: str) -> str:
        return f"{self._root}/{STAGING}/{READY}/{aside_name(target)}"

    def _make(self, folder: str) -> None:
        self._system.create_dir(f"{self._root}/{folder}", recursive=True)

    def _read(self, name: str) -> bytes | None:
        try:
            with self._system.open_input_stream(f"{self._root}/{name}") as source:
                return bytes(source.read())
        except FileNotFoundError:
            return None

    def _copy_here(self, name: str, to: Path) -> None:
        with self._system.open_input_stream(f"{self._root}/{name}", compression=None) as source, to.open("wb") as target:
            shutil.copyfileobj(source, target, 1_000_000)

    def _copy_there(self, path: Path, to: str) -> None:
        with path.open("rb") as source, self._system.open_output_stream(to, compression=None) as target:
            shutil.copyfileobj(source, target, 1_000_000)


def _within(target: str) -> str:
    """Return a path below the tables' folder; ValueError where it leads out of it."""
    if PurePosixPath(target).is_absolute() or ".." in PurePosixPath(target).parts:
        raise ValueError(f"{target} leads out of the tables")
    return target
