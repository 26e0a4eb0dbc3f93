"""Tables from a stream of pages: parts wait on the disk and are merged as if they had been one."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor import engine, extract, open_tables
from extractor.inputs import Piece
from extractor.tables import Store, arrow_schema, incoming, pack, staging, to_tables
from extractor.tables.check import check_tables
from extractor.tables.columns import from_columns, ordered


def article(number, of, month=1):
    text = f"Ngày 5/3/2024, huyện Hạ Lang đã trao {of} suất quà trị giá {of} triệu đồng cho {of} hộ nghèo."
    return extract(text, url=f"https://a.example/{number}.html", published=f"2024-{month:02}-05").rows()


def bytes_of(data):
    files = [p for p in (data / "tables").rglob("*") if p.is_file() and p.name != ".lock"]
    return {str(p.relative_to(data)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


STATES = [article(n, n + 1, month=n % 3 + 1) for n in range(9)] + [article(2, 50, month=7), article(4, 60, month=2)]


@pytest.mark.parametrize("size", [1, 4, 100])
def test_parts_give_the_same_bytes_as_one_write(tmp_path, size):
    Store(tmp_path / "one").write(to_tables(STATES))
    store = Store(tmp_path / "parts")
    with store.spool() as spool:
        for begin in range(0, len(STATES), size):
            spool.add_tables(to_tables(STATES[begin : begin + size]))
        store.put(spool)

    assert bytes_of(tmp_path / "parts") == bytes_of(tmp_path / "one")
    assert check_tables(tmp_path / "parts") == []
    assert not list((tmp_path / "parts" / "tables").glob(".spool-*"))


@pytest.mark.parametrize(("batch", "packed"), [(1, 1), (3, 2_000), (4_000, 1_000_000)])
def test_what_is_held_at_a_time_does_not_change_the_bytes(tmp_path, monkeypatch, batch, packed):
    """A file of several row groups, rows of the same month before, between and after those that were there."""
    monkeypatch.setattr(staging, "_GROUP", 5)
    monkeypatch.setattr(staging, "_GROUP_OF", {"articles": 2, "article_versions": 2})
    Store(tmp_path / "one").write(to_tables(STATES))
    monkeypatch.setattr(staging, "_AT_ONCE", batch)
    monkeypatch.setattr(incoming, "_AT_ONCE", packed)
    for states in (STATES[1:9:2], STATES[3:9:3], STATES[:9], STATES[9:]):
        Store(tmp_path / "steps").write(to_tables(states))

    steps, one = bytes_of(tmp_path / "steps"), bytes_of(tmp_path / "one")
    assert steps.keys() >= one.keys()
    told = [path for path in one if "article_versions" not in path and "manifest" not in path]
    assert {path: steps[path] for path in told} == {path: one[path] for path in told}
    assert len(open_tables(tmp_path / "steps")["article_versions"].to_table()) == 2
    assert check_tables(tmp_path / "steps") == []


ids = st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.text("0đz~", min_size=1, max_size=3)), unique_by=lambda pair: pair[1], max_size=12)


@given(ids, ids, st.integers(1, 4), st.integers(1, 4))
def test_two_sorted_streams_merge_into_one(kept, new, one, other):
    def stream(pairs, size):
        columns = {"source": [s for s, _ in pairs], "article_id": [i for _, i in pairs]}
        blank = {name: [None] * len(pairs) for name in arrow_schema("articles").names}
        rows = ordered("articles", from_columns("articles", list({**blank, **columns}.values())))
        return [rows.slice(at, size) for at in range(0, len(rows), size)]

    new = [pair for pair in new if pair[1] not in {i for _, i in kept}]
    merged = [row for rows in staging._merged("articles", stream(kept, one), stream(new, other)) for row in rows.select(["source", "article_id"]).to_pylist()]

    assert [(row["source"], row["article_id"]) for row in merged] == sorted([*kept, *new], key=lambda pair: (pair[0] is None, pair[0] or "", pair[1].encode()))


def lines(count):
    for n in range(count):
        told = {"text": f"Ngày 5/3/2024, huyện Hạ Lang đã trao {n + 1} suất quà.", "url": f"https://a.example/{n}", "published": f"2024-{n % 5 + 1:02}-05"}
        yield Piece("line", json.dumps(told).encode(), f"line {n}")


def test_any_number_of_processes_gives_the_same_bytes(tmp_path):
    for workers in (0, 1, 3):
        data = tmp_path / str(workers)
        for count in (20, 30):  # the second run meets the tables of the first
            outcome = engine.run(lines(count), data, options=engine.ReadOptions(workers=workers))
            assert outcome.written == count

    assert bytes_of(tmp_path / "0") == bytes_of(tmp_path / "1") == bytes_of(tmp_path / "3")
    assert not list((tmp_path / "3" / "tables").glob(".s*"))


def test_what_processes_of_a_killed_run_still_write_reaches_no_later_run(tmp_path):
    engine.run(lines(10), tmp_path / "whole")
    script = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_streaming import engine, lines
engine.run(lines(10), Path({str(tmp_path / "killed")!r}), options=engine.ReadOptions(workers=2))
"""
    process = subprocess.Popen([sys.executable, "-c", script])
    end = time.monotonic() + 60
    while not list((tmp_path / "killed").glob("tables/.staging/*/*")) and time.monotonic() < end:
        time.sleep(0.001)
    process.kill()
    process.wait()

    assert not (tmp_path / "killed" / "tables" / "manifest.json").exists()
    engine.run(lines(10), tmp_path / "killed")
    assert bytes_of(tmp_path / "killed") == bytes_of(tmp_path / "whole")


def test_what_a_process_raises_of_the_disk_is_raised_here(tmp_path):
    with closing(engine.crew_of(engine.ReadOptions(workers=1))) as crew:
        assert list(crew.map(len, ["a", "bc"])) == [1, 2]
        with pytest.raises(FileNotFoundError):
            list(crew.map(os.listdir, [str(tmp_path / "nowhere")]))


def test_an_edited_article_leaves_its_earlier_state(tmp_path):
    store = Store(tmp_path)
    for state in (article(1, 5, month=1), article(1, 6, month=2)):
        with store.spool() as spool:
            spool.add(pack(state))
            store.put(spool)

    tables = open_tables(tmp_path)
    assert tables["articles"].count_rows() == tables["article_versions"].count_rows() == 1
    assert {row["month"] for row in tables["money"].to_table().to_pylist()} == {"2024-02"}


def test_the_spool_of_a_killed_run_is_taken_away_and_that_of_a_living_one_is_not(tmp_path):
    store = Store(tmp_path)
    script = f"import os; from pathlib import Path; from extractor.tables import Store; Store(Path({str(tmp_path)!r})).spool(); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", script], check=False)
    assert len(list((tmp_path / "tables").glob(".spool-*"))) == 1
    with store.spool() as first, store.spool() as second:
        assert len(list((tmp_path / "tables").glob(".spool-*"))) == 2
        first.add(pack(article(1, 5)))
        assert (first.count(), second.count()) == (1, 0)


def test_a_line_that_cannot_be_read_costs_that_line(tmp_path):
    lines = [{"text": "Trao 10 suất quà.", "url": "https://a.example/1"}, {"nothing": 1}, {"text": "Trao 20 suất quà.", "url": "https://a.example/2"}]
    pieces = [Piece("line", json.dumps(line).encode(), f"a.jsonl, line {n}") for n, line in enumerate(lines, 1)]
    told: list[engine.Result] = []
    outcome = engine.run(pieces, tmp_path, on_page=told.append)

    assert (outcome.pages, outcome.written, outcome.failed) == (3, 2, {"InputError": 1})
    assert [result.told for result in told if result.what == "failed"] == ["a.jsonl, line 2: an object with `text` or `html` is needed"]


def memory_of(pages, folder: Path):
    """Return the peak memory in MB of a process that reads so many pages into tables."""
    script = f"""
import resource, sys
from pathlib import Path
from extractor import engine
from extractor.inputs import Piece
text = "Ngày {{}}/{{}}/2024, huyện Hạ Lang đã trao {{}} suất quà trị giá {{}} triệu đồng cho hộ nghèo."
def pieces():
    for n in range({pages}):
        line = '{{"text": "%s", "url": "https://a.example/%d", "published": "20%02d-%02d-05"}}' % (text.format(*[n % 27 + 1, n % 12 + 1, n, n]), n, n % 20, n % 12 + 1)
        yield Piece("line", line.encode(), str(n))
print(engine.run(pieces(), Path({str(folder)!r})).written, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    written, megabytes = map(int, done.stdout.split())
    assert written == pages
    return megabytes


def test_memory_does_not_grow_with_the_pages(tmp_path):
    few, many = memory_of(400, tmp_path / "few"), memory_of(1_600, tmp_path / "many")

    assert many < 1.2 * few
