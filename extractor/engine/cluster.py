"""Archives read by the machines of a Dask cluster: each file is one task, and what it gives is merged exactly once.

A task is a pure function of its file: where a worker dies or a task fails, the scheduler has another worker do it again, and
nothing of the first attempt is anywhere. Parts are taken in the order of the files, whatever order they come in, so that the
tables are the same bytes as those of a run on one machine. Within a task each page is read in a process of its own, as always.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime as dt
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractor import __version__
from extractor.engine import Outcome, ReadOptions, crew_of, gather, read
from extractor.engine.crew import Crew
from extractor.errors import ExtractorError, InputError
from extractor.files import open_file
from extractor.inputs import read_pieces
from extractor.rules import rules_hash

if TYPE_CHECKING:
    from extractor.tables import Fetch, Packed

# Files that are given out for each worker: one at work, one waiting, so that nobody waits and little is held.
_AHEAD = 2
_RETRIES = 3
PATIENCE = "30s"


@dataclass(slots=True)
class Part:
    """What one file gave: its articles and the pages that are none, and what became of all; `told` says what could not be read."""

    path: str
    articles: list[Packed] = field(default_factory=list)
    others: list[Fetch] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)
    told: list[str] = field(default_factory=list)

    def add(self, article: Packed) -> None:
        """Take an article."""
        self.articles.append(article)

    def withdraw(self, article_id: str, fetched_at: dt.datetime | None) -> None:
        """Take a page that holds no article."""
        self.others.append((article_id, fetched_at))


def read_part(path: str, options: ReadOptions, made_by: tuple[str, str]) -> Part:
    """Return what a file gives; `made_by` is the asker's version and rules, which must be this machine's too.

    Runs on the machines of the cluster. ExtractorError where their software is another than the asker's.
    """
    if made_by != _made_by():
        raise ExtractorError(f"a worker has {_made_by()}, the asker {made_by}: install the same version with the same rules everywhere")
    part = Part(path)
    options = replace(options, workers=max(1, options.workers))
    with tempfile.TemporaryDirectory(prefix="mttq-") as folder, _crew(options) as crew:
        results = read(crew, _pieces(path, Path(folder), part.told), Path(folder))
        part.told += [result.told for result in gather(results, part, part.outcome) if result.what == "failed"]
    return part


_HERE = threading.local()


@contextlib.contextmanager
def _crew(options: ReadOptions) -> Iterator[Crew]:
    """Yield the readers of this thread, which stay at work from file to file; after an error others are begun."""
    if getattr(_HERE, "options", None) != options:
        if hasattr(_HERE, "crew"):
            _HERE.crew.close()
        _HERE.crew, _HERE.options = crew_of(options), options
        atexit.register(_HERE.crew.close)
    try:
        yield _HERE.crew
    except BaseException:
        _HERE.options = None
        raise


def _made_by() -> tuple[str, str]:
    return __version__, rules_hash()


def _pieces(path: str, folder: Path, told: list[str]) -> Iterator[Any]:
    """Yield the pieces of a file, wherever it lies; what cannot be read of it is told."""
    try:
        yield from read_pieces(str(_local(path, folder)))
    except ExtractorError as error:
        told.append(str(error))


def _local(path: str, folder: Path) -> Path:
    """Return the file on this machine: itself, or a copy of what stands at an s3://, gs://, hdfs:// or file:// address."""
    if "://" not in path:
        return Path(path)
    copy = folder / path.rpartition("/")[2]
    try:
        with open_file(path) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, 1_000_000)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    return copy


def run_on_cluster(
    paths: Sequence[str], data: Path, *, scheduler: str, options: ReadOptions, on_failure: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Extract the files into the tables of a data folder on this machine, each file on a machine of the cluster.

    Paths must be good on every machine: a shared folder, or addresses that Arrow's file systems open. Each process of the
    cluster reads its pages in `options.workers` processes more (at least one, so that a page that hangs costs that page); as
    many write the tables here.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise InputError(f"{error.name} is not installed; a cluster needs: pip install 'mttq-extractor[cluster]'") from error
    from extractor.tables import Store

    outcome, store = Outcome(), Store(data)
    try:
        connect: Any = Client  # distributed is typed in part only
        client = connect(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{scheduler}: no Dask scheduler answers there ({error}); start one: dask scheduler") from error
    with client, closing(crew_of(options)) as crew, store.spool() as spool:
        for part in _parts(client, paths, options):
            for article in part.articles:
                spool.add(article)
            for fetch in part.others:
                spool.withdraw(*fetch)
            outcome.add(part.outcome)
            for told in part.told:
                on_failure(told)
        outcome.written = spool.count()
        store.put(spool, each=crew.map)
    return outcome


def _parts(client: Any, paths: Sequence[str], options: ReadOptions) -> Iterator[Part]:
    """Yield the parts in the order of the paths; no more are under way than a few for each worker of the cluster."""
    waiting: deque[Any] = deque()
    made_by = _made_by()
    for path in paths:
        waiting.append(client.submit(read_part, path, options, made_by, pure=False, retries=_RETRIES))
        while len(waiting) > _AHEAD * max(1, len(client.scheduler_info(n_workers=-1)["workers"])):
            yield _result(waiting)
    while waiting:
        yield _result(waiting)


def _result(waiting: deque[Any]) -> Part:
    future = waiting.popleft()
    part: Part = future.result()
    future.release()
    return part
