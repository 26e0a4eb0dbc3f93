"""Tables from a stream of pages: parts wait on the disk and are merged as if they had been one."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from extractor import engine, extract, open_tables
from extractor.inputs import Piece
from extractor.tables import Store, to_tables
from extractor.tables.check import check_tables


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
            spool.add(to_tables(STATES[begin : begin + size]))
        store.put(spool)

    assert bytes_of(tmp_path / "parts") == bytes_of(tmp_path / "one")
    assert check_tables(tmp_path / "parts") == []
    assert not list((tmp_path / "parts" / "tables").glob(".spool-*"))


def test_an_edited_article_leaves_its_earlier_state(tmp_path):
    store = Store(tmp_path)
    for state in (article(1, 5, month=1), article(1, 6, month=2)):
        with store.spool() as spool:
            spool.add(to_tables([state]))
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
        first.add(to_tables([article(1, 5)]))
        assert second.rows("money", "2024-01").num_rows == 0
        assert first.rows("money", "2024-01").num_rows == 1


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
engine._AT_ONCE = 100
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
