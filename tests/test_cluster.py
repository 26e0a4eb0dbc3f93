"""A real cluster of two worker processes on loopback: the same bytes as one machine gives, whoever dies."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from extractor import engine
from extractor.archive import ArchiveWriter, Exchange
from extractor.cli import app
from extractor.data import pages_dir
from extractor.engine import ReadOptions
from extractor.errors import ExtractorError, InputError
from extractor.inputs import read_pieces
from extractor.tables.check import check_tables

distributed = pytest.importorskip("distributed")
# What Dask says of a worker that this test has killed on purpose.
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.timeout(240)]

FILES, PAGES = 6, 14


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """Return WARC files of sample pages; the same article is in several, in another state, and one file ends too early."""
    folder = tmp_path_factory.mktemp("archives")
    samples = sorted(pages_dir().glob("*/*.html"))
    for number in range(FILES):
        writer = ArchiveWriter(folder / str(number))
        for k, path in enumerate(samples[number * 10 : number * 10 + PAGES]):
            about = path.with_suffix(".json")
            told = json.loads(about.read_text(encoding="utf-8")) if about.exists() else {}
            writer.append(
                Exchange(
                    url=f"https://mattran.example/{path.parent.name}/{told.get('path', path.name).lstrip('/')}",
                    headers=(("Content-Type", "text/html; charset=utf-8"),),
                    body=path.read_bytes().replace(b"</p>", f" ({number})</p>".encode(), 1),
                    fetched_at=dt.datetime(2026, 1, 1, number, k, tzinfo=dt.UTC),
                )
            )
    paths = sorted(folder.glob("*/*.warc.gz"))
    named = [path.rename(folder / f"{n}.warc.gz") for n, path in enumerate(paths)]
    named[3].write_bytes(named[3].read_bytes()[:-40])
    return [str(path) for path in named]


@pytest.fixture(scope="module")
def cluster():
    """Give a cluster of two worker processes."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1") as running:
        yield running


def bytes_of(data):
    files = [p for p in (data / "tables").rglob("*") if p.is_file() and p.name != ".lock"]
    return {str(p.relative_to(data)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def inline(archives, tmp_path_factory):
    """Return the bytes of the tables that one process gives, and what became of the pages."""
    data = tmp_path_factory.mktemp("inline")

    def pieces():
        for path in archives:
            try:
                yield from read_pieces(path)
            except InputError as error:
                assert "ends" in str(error)

    outcome = engine.run(pieces(), data)
    assert outcome.written > 20
    assert outcome.articles > outcome.written, "some articles come more than once"
    return bytes_of(data), outcome


def test_a_cluster_gives_the_same_bytes(archives, cluster, inline, tmp_path):
    done = CliRunner().invoke(
        app, ["extract", *archives, "--format", "parquet", "--to", str(tmp_path), "--engine", "dask", "--scheduler", cluster.scheduler_address]
    )

    assert done.exit_code == 1, done.output  # for the file that ends too early
    assert "3.warc.gz" in done.output
    assert bytes_of(tmp_path) == inline[0]
    assert check_tables(tmp_path) == []


def test_the_tables_may_stand_at_an_address(archives, cluster, inline, tmp_path):
    done = CliRunner().invoke(
        app, ["extract", *archives, "--format", "parquet", "--to", tmp_path.as_uri(), "--engine", "dask", "--scheduler", cluster.scheduler_address]
    )

    assert done.exit_code == 1, done.output  # for the file that ends too early
    assert bytes_of(tmp_path) == inline[0]


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(archives, cluster, inline, tmp_path):
    from extractor.engine.cluster import run_on_cluster

    killed: list[int] = []

    def kill() -> None:
        with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
            pids = client.run(os.getpid)
            end = time.monotonic() + 60
            while time.monotonic() < end and not killed:
                busy = [worker for worker, tasks in client.processing().items() if tasks and worker in pids]
                if busy:
                    os.kill(pids[busy[0]], signal.SIGKILL)
                    killed.append(pids[busy[0]])
                time.sleep(0.05)

    killer = threading.Thread(target=kill)
    killer.start()
    outcome = run_on_cluster(archives, tmp_path, scheduler=cluster.scheduler_address, options=ReadOptions())
    killer.join()

    assert len(killed) == 1, "no worker was at work when it should be killed"
    assert outcome == inline[1]
    assert bytes_of(tmp_path) == inline[0]


def test_files_may_stand_at_addresses(archives, inline, tmp_path):
    from extractor.engine.cluster import _made_by, read_part

    address, plain = (read_part(path, ReadOptions(), _made_by()) for path in (Path(archives[0]).as_uri(), archives[0]))

    assert address.told == plain.told == []
    assert address.articles == plain.articles != []
    assert "cannot be read" in read_part((tmp_path / "none.warc.gz").as_uri(), ReadOptions(), _made_by()).told[0]


def test_machines_with_other_rules_are_told():
    from extractor.engine.cluster import _made_by, read_part

    with pytest.raises(ExtractorError, match="install the same version"):
        read_part("any.warc.gz", ReadOptions(), (_made_by()[0], "other rules"))


def test_no_scheduler_is_told(tmp_path, monkeypatch):
    from extractor.engine import cluster as room

    monkeypatch.setattr(room, "PATIENCE", "1s")
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        room.run_on_cluster([], tmp_path, scheduler="tcp://127.0.0.1:9", options=replace(ReadOptions(), workers=1))
