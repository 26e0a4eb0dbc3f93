"""kill -9 at any moment: of a writer of the store at its n-th act on the disk, and of the whole main job.

By default few kills, spread over the whole; `MTTQ_KILLS=100 python -m pytest tests/test_kills.py` does a hundred of each
kind (some ten minutes).
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from extractor import extract, open_tables
from extractor.schema import TABLES
from extractor.tables import Store, to_tables
from extractor.tables.check import check_tables

KILLS = int(os.environ.get("MTTQ_KILLS", "0"))
MTTQ = [sys.executable, "-m", "extractor"]

# Everything that the standard library does to files is told to an audit hook: the count of what is told of this folder is
# a clock on which every moment of a write can be named.
WRITER = """
import os, signal, sys
sys.path.insert(0, {here!r})
import test_kills as t
from extractor.tables import Store
tables, count, most = t.state(20), 0, {most}

def hook(event, args):
    global count
    if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.scandir") and {data!r} in str(args[0]):
        count += 1
        if count == most:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
Store(t.Path({data!r})).write(tables)
print(count)
"""


def state(of):
    """Return tables of three articles in two months, all of whose amounts are `of` millions."""
    rows = []
    for number in range(3):
        text = f"Ngày 5/3/2024, huyện Hạ Lang đã trao {of} suất quà trị giá {of} triệu đồng cho {of} hộ nghèo."
        rows.append(extract(text, url=f"https://a.example/{number}.html", published=f"2024-0{number % 2 + 1}-05").rows())
    return to_tables(rows)


def write_until(data, most):
    """Run a writer in a process of its own, killed at its `most`-th act; return its exit code and how far it counted."""
    script = WRITER.format(here=str(Path(__file__).parent), data=str(data), most=most)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    return done.returncode, int(done.stdout or 0), done.stderr


def told(data):
    """Return what each table tells of, which is one number in a whole state."""
    tables = {name: dataset.to_table() for name, dataset in open_tables(data).items()}
    assert {name: tables[name].num_rows for name in ("articles", "money", "participants")} == {
        "articles": 3,
        "money": 3,
        "participants": 3,
    }
    numbers = {
        *(int(a) // 1_000_000 for a in tables["money"]["amount"].to_pylist()),
        *tables["participants"]["count"].to_pylist(),
        *(int(v) for v in tables["quantities"]["value"].to_pylist()),
    }
    assert len(numbers) == 1, f"a state of {numbers}"
    return numbers.pop()


def assert_files_whole(data):
    """What a reader of the bare folder meets is whole at every moment."""
    for path in (data / "tables").glob("*/month=*/*"):
        assert path.name == "part-0.parquet"
        pq.read_table(path, partitioning=None)


def moments(acts):
    """Return at which acts to kill: some of all, more towards the end, where files are moved."""
    if KILLS:
        return sorted(random.Random(1).choices(range(1, acts + 1), k=KILLS))  # noqa: S311
    return [1, acts // 2, acts - 30, acts - 12, acts - 3, acts - 1, acts]


@pytest.fixture(scope="module")
def acts(tmp_path_factory):
    """Return how many acts a write has that replaces one state by another."""
    data = tmp_path_factory.mktemp("count")
    Store(data).write(state(10))
    code, count, errors = write_until(data, 0)
    assert code == 0, errors
    assert count > 100
    return count


@pytest.mark.timeout(1200)
def test_a_killed_writer_leaves_one_state_or_the_other(tmp_path, acts):
    seen = []
    for number, moment in enumerate(moments(acts)):
        data = tmp_path / str(number)
        Store(data).write(state(10))
        code, _, errors = write_until(data, moment)

        assert code == -signal.SIGKILL, errors
        assert_files_whole(data)
        seen.append(told(data))
        assert_files_whole(data)
        assert check_tables(data) == [], moment
        Store(data).write(state(30))
        assert told(data) == 30
        assert not (data / "tables" / "journal.json").exists()
        assert not (data / "tables" / ".staging").exists()
    assert set(seen) == {10, 20}, "kills before and after the point of no return"
    assert seen == sorted(seen), "one point of no return"


@pytest.mark.timeout(1200)
def test_a_killed_first_writer_leaves_nothing_or_all(tmp_path, acts):
    for number, moment in enumerate(moments(acts)[:: 1 if KILLS else 3]):
        data = tmp_path / str(number)
        code, _, errors = write_until(data, moment)
        assert code in {-signal.SIGKILL, 0}, errors
        settled = (data / "tables" / "manifest.json").exists() or (data / "tables" / "journal.json").exists()
        assert_files_whole(data)
        if settled:
            assert told(data) == 20
        Store(data).write(state(30))
        assert told(data) == 30
        assert check_tables(data) == []


def contents(data):
    """Return what the tables hold, apart from when and where pages were archived."""
    tables = {name: dataset.to_table() for name, dataset in open_tables(data).items()}
    moving = [c for c in ("fetched_at", "warc_file", "warc_offset") if c in tables["articles"].schema.names]
    tables["articles"] = tables["articles"].drop_columns(moving)
    return {name: hashlib.sha256(repr(table.to_pylist()).encode()).hexdigest() for name, table in tables.items()}


@pytest.mark.timeout(3600)
def test_the_main_job_killed_and_run_again_ends_with_the_same_tables(tmp_path):
    began = time.monotonic()
    subprocess.run([*MTTQ, "run", "-q", "--data", str(tmp_path / "whole")], capture_output=True, check=True)
    took = time.monotonic() - began
    expected = contents(tmp_path / "whole")
    assert set(expected) == set(TABLES)
    chance, killed = random.Random(7), 0  # noqa: S311
    for number in range(max(KILLS // 4, 1)):
        data = tmp_path / str(number)
        for share in ([chance.uniform(0.2, 1.0) for _ in range(4)] if KILLS else [0.5, 0.8]):
            with subprocess.Popen([*MTTQ, "run", "-q", "--data", str(data)], stderr=subprocess.DEVNULL) as job:
                time.sleep(took * share)
                job.kill()
            killed += job.returncode == -signal.SIGKILL
            assert_files_whole(data)
        done = subprocess.run([*MTTQ, "run", "-q", "--data", str(data)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert contents(data) == expected
        assert check_tables(data) == []
    assert killed > 0, "no run was killed before its end"
