"""What is kept beside the tables changes how long a question takes, and nothing of its answer."""

from __future__ import annotations

import shutil
import threading
import time
from functools import partial

import pytest

from extractor.errors import StoreError
from extractor.query import connect, query
from extractor.query.asking import answer, questions
from extractor.query.kept import keep, kept_folder
from extractor.query.views import KEPT
from extractor.tables import Store

ARTICLE = "source=x level=province published=2024-01-02\nTin\n\nQuỹ nhận [{amount} đồng]{{money id=m amount={amount} currency=VND flow=raised fund='Quỹ Vì người nghèo' modifier=exact}}."


@pytest.fixture
def data(fixed, tmp_path):
    shutil.copytree(fixed / "tables", tmp_path / "tables")
    keep(tmp_path)
    return tmp_path


def folder_of(data):
    store = Store(data)
    return kept_folder(store, store.settled()["state"])


@pytest.mark.parametrize("name", questions())
def test_every_answer_is_the_same(data, fixed, name):
    assert not Store(fixed).derived.exists()
    assert answer(partial(query, data), name).equals(answer(partial(query, fixed), name))


def test_what_is_kept_is_read(data):
    with connect(data) as views:
        assert views.arrow("SELECT count(*) AS n FROM money_counted").to_pylist()[0]["n"] > 0
        views_there = set(views.arrow("SELECT view_name AS name FROM duckdb_views()")["name"].to_pylist())

    assert set(KEPT) <= views_there


def test_nothing_of_it_is_worked_out_twice(data):
    times = {p.name: p.stat().st_mtime_ns for p in folder_of(data).iterdir()}
    keep(data)

    assert {p.name: p.stat().st_mtime_ns for p in folder_of(data).iterdir()} == times
    assert set(times) == {f"{name}.parquet" for name in KEPT}


def test_a_write_takes_it_away_and_the_answer_is_the_new_one(tmp_path, store_of):
    for amount in (1_000_000, 2_000_000):
        store_of(tmp_path, {"a": ARTICLE.format(amount=amount)})
        assert not Store(tmp_path).derived.exists()
        keep(tmp_path)
        assert query(tmp_path, "SELECT sum(amount) AS n FROM money_counted WHERE left_out IS NULL").to_pylist() == [{"n": amount}]
    assert len(list(Store(tmp_path).derived.iterdir())) == 1


@pytest.mark.parametrize("length", [0, 4, -100])
def test_what_cannot_be_read_is_worked_out_anew(data, fixed, length):
    path = folder_of(data) / "told.parquet"
    path.write_bytes(path.read_bytes()[:length])

    assert answer(partial(query, data), "fund-totals").equals(answer(partial(query, fixed), "fund-totals"))


def test_what_a_killed_run_left_is_swept(data):
    folder = folder_of(data)
    (folder.parent / ".half").mkdir()
    (folder.parent / "another-state").mkdir()
    shutil.rmtree(folder)
    keep(data)

    assert list(folder.parent.iterdir()) == [folder]


def test_a_place_that_cannot_be_written_is_told(fixed, tmp_path):
    shutil.copytree(fixed / "tables", tmp_path / "tables")
    Store(tmp_path).derived.write_text("a file")

    with pytest.raises(StoreError, match="the tables are whole"):
        keep(tmp_path)


def test_questions_beside_a_writer_see_one_state_and_no_error(tmp_path, store_of):
    def write(amount):
        store_of(tmp_path, {name: ARTICLE.format(amount=amount) for name in ("a", "b")})
        keep(tmp_path)

    def write_on():
        for turn in range(40):
            if over.is_set():
                break
            write(amounts[turn % 2])
            time.sleep(0.1)

    amounts, over, seen = (1_000_000, 2_000_000), threading.Event(), []
    write(amounts[1])
    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        while writer.is_alive() and (len(seen) < 10 or set(seen) != set(amounts)):
            rows = query(tmp_path, "SELECT amount, left_out FROM money_counted ORDER BY left_out NULLS FIRST").to_pylist()
            assert [row["left_out"] for row in rows] == [None, "duplicate"]
            assert rows[0]["amount"] == rows[1]["amount"]
            seen.append(rows[0]["amount"])
    finally:
        over.set()
        writer.join()

    assert set(seen) == set(amounts)
    assert len(seen) >= 10
