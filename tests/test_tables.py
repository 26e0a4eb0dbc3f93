"""The store: the same in gives the same bytes, one state at a time, one writer at a time, and nothing half-written."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extractor import extract, open_tables, tables
from extractor.errors import StoreError
from extractor.schema import FACT_TABLES, TABLES
from extractor.tables import Store, arrow_schema, to_arrow, to_tables
from extractor.tables.check import check_tables

STRING, INT32, INT64, DATE, BOOL = pa.string(), pa.int32(), pa.int64(), pa.date32(), pa.bool_()
MONEY, VALUE, WORDS = pa.decimal128(24, 2), pa.decimal128(24, 4), pa.list_(pa.string())
EVERY_FACT = {
    "article_id": STRING, "fact_id": STRING, "sentence_no": INT32, "start": INT32, "end": INT32, "mention": STRING,
    "sentence": STRING, "rule": STRING, "confidence": pa.float32(), "activity_id": STRING, "part_of": STRING, "as_of": DATE,
}  # fmt: skip
CONTRACT = {
    "money": {
        "amount": MONEY, "amount_max": MONEY, "currency": STRING, "modifier": STRING, "per": STRING, "form": STRING,
        "flow": STRING, "fund": STRING, "purpose": STRING,
    },
    "participants": {
        "count": INT64, "count_max": INT64, "total": INT64, "modifier": STRING, "unit": STRING, "who": STRING, "role": STRING,
    },
    "quantities": {
        "value": VALUE, "value_max": VALUE, "total": VALUE, "modifier": STRING, "unit": STRING, "what": STRING, "category": STRING,
    },
    "locations": {
        "name": STRING, "type": STRING, "level": STRING, "province_code": STRING, "district_code": STRING,
        "commune_code": STRING, "province_code_2025": STRING, "commune_code_2025": STRING, "resolution": STRING, "role": STRING,
    },
    "dates": {"start_date": DATE, "end_date": DATE, "granularity": STRING, "relative": BOOL},
    "documents": {"doc_type": STRING, "number": STRING, "issuer": STRING, "date": DATE, "subject": STRING},
    "people": {"name": STRING, "position": STRING, "organisation": STRING},
    "organisations": {"name": STRING, "kind": STRING, "level": STRING},
    "programmes": {"name": STRING, "kind": STRING},
    "activities": {
        "type": STRING, "trigger": STRING, "status": STRING, "occurrences": INT64, "organiser": STRING, "date_start": DATE,
        "date_end": DATE, "location_fact_id": STRING, "programme": STRING, "money_ids": WORDS, "participant_ids": WORDS,
        "quantity_ids": WORDS,
    },
}  # fmt: skip
OTHERS = {
    "articles": {
        "article_id": STRING, "url": STRING, "canonical_url": STRING, "source": STRING, "source_level": STRING,
        "source_province_code": STRING, "title": STRING, "lead": STRING, "author": STRING, "section": STRING,
        "published_at": pa.timestamp("s", tz="Asia/Ho_Chi_Minh"), "text": STRING, "captions": WORDS, "attachments": WORDS,
        "views": INT64, "content_sha256": STRING, "fetched_at": pa.timestamp("us", tz="UTC"), "http_status": INT32,
        "warc_file": STRING, "warc_offset": INT64, "duplicate_of": STRING, "damage": pa.float32(),
        "extractor_version": STRING, "schema_version": STRING,
    },
    "checks": {
        "article_id": STRING, "check_id": STRING, "kind": STRING, "fact_ids": WORDS, "expected": VALUE, "stated": VALUE, "holds": BOOL,
    },
    "non_facts": {"article_id": STRING, "start": INT32, "end": INT32, "mention": STRING, "reason": STRING},
}  # fmt: skip
NULLABLE = {
    "money": {"amount_max", "per", "form", "fund", "purpose"},
    "participants": {"count", "count_max", "total"},
    "quantities": {"value_max", "total", "what"},
    "dates": set(),
    "programmes": set(),
}


def article(number, *, of=10, published="2024-03-05", site="mattran.example"):
    """Return the rows of one article whose every table tells `of`, so that states can be told apart."""
    text = (
        f"Ngày 5/3/2024, Ủy ban MTTQ huyện Hạ Lang đã trao {of} suất quà trị giá {of} triệu đồng cho {of} hộ nghèo xã Lý Quốc. "
        f"Theo Nghị quyết số {of}-NQ/HU, Quỹ \"Vì người nghèo\" lần thứ {of} nhận {of + 5} triệu đồng."
    )
    return extract(text, url=f"https://{site}/{number}.html", published=published).rows()


def write(data, *rows, withdrawn=()):
    return Store(data).write(to_tables(rows), withdrawn=withdrawn)


def bytes_of(data):
    """Return the digest of every file that readers meet, by its path."""
    root = data / "tables"
    found = [p for p in root.rglob("*") if p.is_file() and p.name != ".lock"]
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


def tables_of(data):
    return {name: dataset.to_table() for name, dataset in open_tables(data).items()}


def amounts(data):
    return sorted(int(a) for a in tables_of(data)["money"]["amount"].to_pylist())


# --- schemas ---


@pytest.mark.parametrize("name", FACT_TABLES)
def test_a_fact_table_has_the_columns_of_the_contract(name, tmp_path):
    expected = {**EVERY_FACT, **CONTRACT[name]}

    assert dict(zip(arrow_schema(name).names, arrow_schema(name).types, strict=True)) == expected
    write(tmp_path, article(1))
    stored = pq.read_schema(next((tmp_path / "tables" / name).glob("month=2024-03/*.parquet")))
    assert dict(zip(stored.names, stored.types, strict=True)) == expected


@pytest.mark.parametrize("name", [*OTHERS, "article_versions"])
def test_the_other_tables_have_the_columns_of_the_contract(name):
    expected = OTHERS["articles" if name == "article_versions" else name]
    schema = arrow_schema(name)
    given = dict(zip(schema.names, schema.types, strict=True))

    assert given.items() >= expected.items()
    assert list(given)[: len(expected)] == list(expected)
    beyond = {"kind", "published_evidence", "updated_at", "photo_credit", "family", "disagreement", "repair", "tls_downgrade"}
    assert set(given) - set(expected) == (beyond if "article" in name else set())


def test_no_table_is_missing_and_none_is_extra():
    assert set(TABLES) == {*CONTRACT, *OTHERS, "article_versions"}


@pytest.mark.parametrize(("name", "columns"), NULLABLE.items())
def test_only_columns_that_may_be_unknown_are_nullable(name, columns):
    nullable = {field.name for field in arrow_schema(name) if field.nullable}

    assert nullable == {"activity_id", "part_of", "as_of"} | columns


def test_a_file_describes_itself_in_both_languages(tmp_path):
    write(tmp_path, article(1))
    schema = pq.read_schema(tmp_path / "tables/money/month=2024-03/part-0.parquet")

    assert schema.metadata[b"schema_version"] == b"1.0"
    assert {b"table", b"about", b"extractor_version", b"rules"} <= set(schema.metadata)
    for field in schema:
        assert field.metadata[b"en"]
        assert field.metadata[b"vi"]


# --- the same in, the same out ---


def test_the_same_written_twice_is_the_same_bytes_and_no_write(tmp_path):
    first = write(tmp_path, article(1), article(2, published="2024-04-01"))
    before = bytes_of(tmp_path)
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "tables").rglob("*.parquet")}

    assert first > 0
    assert write(tmp_path, article(1), article(2, published="2024-04-01")) == 0
    assert bytes_of(tmp_path) == before
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "tables").rglob("*.parquet")} == times


def test_the_order_of_writing_leaves_no_trace(tmp_path):
    rows = [article(n, of=n + 1, published=f"2024-0{n % 3 + 1}-15") for n in range(7)]
    write(tmp_path / "at once", *rows)
    write(tmp_path / "backwards", *reversed(rows))
    for one in rows:
        write(tmp_path / "one by one", one)

    assert bytes_of(tmp_path / "at once") == bytes_of(tmp_path / "backwards") == bytes_of(tmp_path / "one by one")


def test_an_article_twice_in_one_write_is_there_once_as_it_was_last(tmp_path):
    write(tmp_path, article(1, of=10), article(2, of=30), article(1, of=20))

    assert tables_of(tmp_path)["articles"].num_rows == 2
    assert amounts(tmp_path) == [20_000_000, 25_000_000, 30_000_000, 35_000_000]
    assert check_tables(tmp_path) == []


# --- upsert and removal ---


def test_an_article_that_changed_is_replaced_in_every_table_and_kept_as_a_version(tmp_path):
    write(tmp_path, article(1, of=10), article(2, of=30))
    first = tables_of(tmp_path)
    write(tmp_path, article(1, of=20))
    tables = tables_of(tmp_path)

    assert amounts(tmp_path) == [20_000_000, 25_000_000, 30_000_000, 35_000_000]
    assert {name: t.num_rows for name, t in tables.items() if name != "article_versions"} == {
        name: t.num_rows for name, t in first.items() if name != "article_versions"
    }
    versions = tables["article_versions"].to_pylist()
    assert [v["text"] for v in versions] == [a["text"] for a in first["articles"].to_pylist() if a["url"].endswith("/1.html")]
    assert check_tables(tmp_path) == []


def test_an_article_that_goes_back_and_forth_has_each_state_once(tmp_path):
    for of in (10, 20, 10, 20, 10):
        write(tmp_path, article(1, of=of))

    versions = tables_of(tmp_path)["article_versions"]
    assert len(versions) == len(set(versions["content_sha256"].to_pylist())) == 2


def test_an_article_that_moves_to_another_month_is_in_that_month_alone(tmp_path):
    write(tmp_path, article(1, published="2024-03-05"))
    write(tmp_path, article(1, published="2024-05-05"))

    assert [r["month"] for r in tables_of(tmp_path)["money"].to_pylist()] == ["2024-05"] * 2
    assert tables_of(tmp_path)["articles"].num_rows == 1


def test_the_month_is_that_of_vietnam(tmp_path):
    write(tmp_path, article(1, published=dt.datetime(2024, 2, 29, 18, 0, tzinfo=dt.UTC)), article(2, published=None))

    assert sorted(tables_of(tmp_path)["articles"]["month"].to_pylist()) == ["2024-03", "unknown"]


def test_a_withdrawn_article_leaves_every_table_but_its_versions(tmp_path):
    rows = article(1, of=10)
    write(tmp_path, rows, article(2, of=30))
    write(tmp_path, article(1, of=20))
    write(tmp_path, withdrawn=[(rows["articles"][0].article_id, None)])
    tables = tables_of(tmp_path)

    assert {row for t in tables.values() for row in t["article_id"].to_pylist()} >= {rows["articles"][0].article_id}
    for name, table in tables.items():
        held = rows["articles"][0].article_id in table["article_id"].to_pylist()
        assert held == (name == "article_versions"), name
    assert amounts(tmp_path) == [30_000_000, 35_000_000]
    assert write(tmp_path, withdrawn=[("no such article", None)]) == 0


def test_what_an_earlier_fetch_held_stays_when_a_later_one_holds_no_article(tmp_path):
    rows = article(1, of=10)
    early, late = dt.datetime(2024, 3, 6, 1, tzinfo=dt.UTC), dt.datetime(2024, 9, 6, 1, tzinfo=dt.UTC)
    write(tmp_path, {**rows, "articles": (replace(rows["articles"][0], fetched_at=early),)})
    before = bytes_of(tmp_path)

    assert write(tmp_path, withdrawn=[(rows["articles"][0].article_id, late)]) == 0
    assert bytes_of(tmp_path) == before
    write(tmp_path, withdrawn=[(rows["articles"][0].article_id, early)])
    assert amounts(tmp_path) == []


# --- readers ---


def test_pandas_duckdb_and_arrow_read_the_same_from_the_folder(tmp_path):
    write(tmp_path, *(article(n, of=n + 1, published=f"2024-0{n % 3 + 1}-15") for n in range(5)))
    root = tmp_path / "tables"
    for name in TABLES:
        rows = tables_of(tmp_path)[name].num_rows
        assert len(pd.read_parquet(root / name)) == rows
        assert duckdb.sql(f"SELECT count(*) FROM '{root}/{name}/*/*.parquet'").fetchall() == [(rows,)]
    assert pd.read_parquet(root / "money")["amount"].sum() == sum(amounts(tmp_path)) > 0


def test_tables_open_by_the_data_folder_and_by_their_own(tmp_path):
    write(tmp_path, article(1))

    assert set(open_tables(tmp_path)) == set(open_tables(str(tmp_path / "tables"))) == set(TABLES)
    assert open_tables(tmp_path)["money"].to_table() == open_tables(tmp_path / "tables")["money"].to_table()


def test_a_study_can_cite_a_state(tmp_path):
    write(tmp_path, article(1, of=10))
    first = Store(tmp_path).manifest()["state"]
    write(tmp_path, article(1, of=20))
    second = Store(tmp_path).manifest()["state"]
    write(tmp_path / "other", article(1, of=10))

    assert first != second
    assert Store(tmp_path / "other").manifest()["state"] == first


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
import test_tables as t
a = [t.article(n, of=10) for n in range(4)]
b = [t.article(n, of=20) for n in range(4)]
t.write(Path({data!r}), *a)
print("ready", flush=True)
while not Path({data!r}, "stop").exists():
    t.write(Path({data!r}), *b)
    t.write(Path({data!r}), *a)
"""


def test_readers_beside_a_writer_see_one_state_and_no_error(tmp_path):
    from extractor.query import query

    script = WRITER.format(here=str(Path(__file__).parent), data=str(tmp_path))
    sql = (
        "SELECT (SELECT list_sort(list(DISTINCT amount::BIGINT)) FROM money) AS money,"
        " (SELECT list(DISTINCT value::BIGINT) FROM quantities) AS gifts, (SELECT list(DISTINCT count) FROM participants) AS homes,"
        " (SELECT count(*) FROM articles) AS articles"
    )
    seen = set()
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as writer:
        try:
            assert writer.stdout.readline() == "ready\n"
            for _ in range(40):
                row = query(tmp_path, sql).to_pylist()[0]
                assert row["articles"] == 4
                (of,) = row["gifts"]
                assert row["homes"] == [of], "two states in one answer"
                assert row["money"] == [of * 1_000_000, of * 1_000_000 + 5_000_000]
                seen.add(of)
        finally:
            (tmp_path / "stop").touch()
    assert writer.returncode == 0
    assert seen == {10, 20}, "the writer was to be seen in both of its states"
    assert check_tables(tmp_path) == []


def test_a_reader_finishes_what_a_killed_writer_had_begun_to_move(tmp_path, monkeypatch):
    write(tmp_path, article(1, of=10))
    stop_after(monkeypatch, moves=3)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, article(1, of=20))
    monkeypatch.undo()

    assert (tmp_path / "tables" / "journal.json").exists()
    assert amounts(tmp_path) == [20_000_000, 25_000_000]
    assert not (tmp_path / "tables" / "journal.json").exists()
    assert check_tables(tmp_path) == []


def test_what_was_only_staged_is_swept_and_not_seen(tmp_path, monkeypatch):
    write(tmp_path, article(1, of=10))
    before = bytes_of(tmp_path)
    monkeypatch.setattr(Store, "_commit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, article(1, of=20))
    monkeypatch.undo()

    assert list((tmp_path / "tables" / ".staging").rglob("*.parquet"))
    assert amounts(tmp_path) == [10_000_000, 15_000_000]
    assert len(pd.read_parquet(tmp_path / "tables" / "money")) == 2
    write(tmp_path)
    assert not (tmp_path / "tables" / ".staging").exists()
    assert bytes_of(tmp_path) == before


def stop_after(monkeypatch, *, moves):
    """Let that many files be moved out of staging, then stop the writer as a kill would."""
    move, count = Path.replace, []

    def counted(path, target):
        if ".staging" in path.parts:
            if len(count) == moves:
                raise KeyboardInterrupt
            count.append(path)
        return move(path, target)

    monkeypatch.setattr(Path, "replace", counted)


# --- one writer at a time ---


def test_a_second_writer_is_told_and_changes_nothing(tmp_path):
    write(tmp_path, article(1, of=10))
    before = bytes_of(tmp_path)
    with Store(tmp_path)._lock() as free:
        assert free
        with pytest.raises(StoreError, match="another mttq is writing"):
            write(tmp_path, article(1, of=20))
        assert amounts(tmp_path) == [10_000_000, 15_000_000]
    assert bytes_of(tmp_path) == before

    write(tmp_path, article(1, of=20))
    assert amounts(tmp_path) == [20_000_000, 25_000_000]


def test_a_reader_waits_while_a_living_writer_moves(tmp_path, monkeypatch):
    write(tmp_path, article(1, of=10))
    stop_after(monkeypatch, moves=3)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, article(1, of=20))
    monkeypatch.undo()
    store = Store(tmp_path)
    with store._lock():
        with pytest.raises(StoreError, match="moving files here"):
            store.settled(patience=0.1)
        answers = []
        reader = threading.Thread(target=lambda: answers.append(amounts(tmp_path)))
        reader.start()
        reader.join(0.2)
        assert answers == []
    reader.join(10)
    assert answers == [[20_000_000, 25_000_000]]


# --- disks and hands ---


@pytest.fixture
def small_disk(tmp_path):
    """Give a folder on a disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.skipif(not shutil.which("mount") or os.geteuid() != 0, reason="only root may mount a small disk")
@pytest.mark.parametrize("room", [0, 8, 40, 120, 260])
def test_a_full_disk_leaves_the_state_before(small_disk, room):
    write(small_disk, article(1, of=10))
    before = bytes_of(small_disk)
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    (small_disk / "ballast").write_bytes(b"x" * max(0, free - room * 1024))
    many = [article(n, of=n + 20, published=f"20{n:02d}-03-05") for n in range(10, 40)]

    with pytest.raises(StoreError, match=r"No space left.*as they were before") as told:
        write(small_disk, *many)
    assert "\n" not in str(told.value)
    assert bytes_of(small_disk) == before
    assert amounts(small_disk) == [10_000_000, 15_000_000]
    assert check_tables(small_disk) == []

    (small_disk / "ballast").unlink()
    write(small_disk, article(1, of=20))
    assert amounts(small_disk) == [20_000_000, 25_000_000]
    assert not (small_disk / "tables" / ".staging").exists()


def test_a_disk_that_fails_at_any_file_leaves_the_state_before(tmp_path, monkeypatch):
    synced, fails_at, sync = [], 0, os.fsync

    def fsync(handle):
        synced.append(handle)
        if len(synced) == fails_at:
            raise OSError(errno.EIO, "Input/output error")
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    for of in (10, 20, 10):  # so that both states are among the versions, and each write changes the same files
        write(tmp_path, article(1, of=of))
    synced.clear()
    write(tmp_path, article(1, of=20))
    files = len(synced)
    write(tmp_path, article(1, of=10))
    before = bytes_of(tmp_path)

    assert files > 10, "every table that changed, the manifest and the journal"
    for fails_at in range(1, files + 1):  # noqa: B007 - read by fsync
        synced.clear()
        with pytest.raises(StoreError, match=r"Input/output error.*as they were before"):
            write(tmp_path, article(1, of=20))
        left = {path: digest for path, digest in bytes_of(tmp_path).items() if not path.endswith(".new")}
        assert left == before
        assert amounts(tmp_path) == [10_000_000, 15_000_000]
    fails_at = 0
    write(tmp_path, article(1, of=20))
    assert amounts(tmp_path) == [20_000_000, 25_000_000]
    assert not list((tmp_path / "tables").glob("*.new"))


@pytest.mark.parametrize("after", [0, 5, 12])
def test_a_folder_removed_while_files_are_staged_is_told(tmp_path, monkeypatch, after):
    write(tmp_path, article(1, of=10))
    stage, count = tables.stage, []

    def staged(order):
        if len(count) == after:
            shutil.rmtree(tmp_path / "tables")
        count.append(order)
        return stage(order)

    monkeypatch.setattr(tables, "stage", staged)
    with pytest.raises(StoreError, match="was removed while"):
        write(tmp_path, article(2, of=20))
    monkeypatch.undo()

    assert list(tmp_path.rglob("*.parquet")) == []
    with pytest.raises(StoreError, match="no tables here yet"):
        open_tables(tmp_path)
    write(tmp_path, article(1, of=10), article(2, of=20))
    assert check_tables(tmp_path) == []


@pytest.mark.parametrize("after", [0, 1, 7, 13])
def test_a_folder_removed_while_files_are_moved_is_told(tmp_path, monkeypatch, after):
    write(tmp_path, article(1, of=10))
    move, count = Path.replace, []

    def moved(path, target):
        if ".staging" in path.parts:
            if len(count) == after:
                shutil.rmtree(tmp_path / "tables")
            count.append(path)
        return move(path, target)

    monkeypatch.setattr(Path, "replace", moved)
    with pytest.raises(StoreError, match="was removed while"):
        write(tmp_path, article(1, of=20))
    monkeypatch.undo()

    with pytest.raises(StoreError, match="no tables here yet"):
        open_tables(tmp_path)
    write(tmp_path, article(1, of=20))
    assert amounts(tmp_path) == [20_000_000, 25_000_000]
    assert check_tables(tmp_path) == []


def test_a_journal_whose_files_are_gone_takes_the_manifest_away(tmp_path, monkeypatch):
    write(tmp_path, article(1, of=10))
    stop_after(monkeypatch, moves=3)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, article(1, of=20))
    monkeypatch.undo()
    shutil.rmtree(tmp_path / "tables" / ".staging")

    with pytest.raises(StoreError, match="was removed while"):
        open_tables(tmp_path)
    assert not Store(tmp_path).is_whole()
    write(tmp_path, article(1, of=20))
    assert amounts(tmp_path) == [20_000_000, 25_000_000]


def test_a_lost_file_is_seen(tmp_path):
    write(tmp_path, article(1))
    assert Store(tmp_path).is_whole()
    shutil.rmtree(tmp_path / "tables" / "money" / "month=2024-03")

    assert not Store(tmp_path).is_whole()
    assert not Store(tmp_path / "nowhere").is_whole()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"files": 3}'])
def test_a_damaged_manifest_is_told(tmp_path, content):
    write(tmp_path, article(1))
    (tmp_path / "tables" / "manifest.json").write_text(content)

    with pytest.raises(StoreError, match=r"manifest\.json: damaged"):
        open_tables(tmp_path)
    (tmp_path / "tables" / "manifest.json").unlink()
    write(tmp_path, article(1))
    assert check_tables(tmp_path) == []


@pytest.mark.parametrize("content", ["", "{", "[1]", '[["a"]]'])
def test_a_damaged_journal_is_told(tmp_path, content):
    write(tmp_path, article(1))
    (tmp_path / "tables" / "journal.json").write_text(content)

    with pytest.raises(StoreError, match=r"journal\.json: damaged"):
        write(tmp_path, article(2))


@pytest.mark.parametrize("keep", [0, 3, 200])
def test_a_damaged_file_is_told_and_not_written_over(tmp_path, keep):
    write(tmp_path, article(1))
    path = tmp_path / "tables/money/month=2024-03/part-0.parquet"
    path.write_bytes(path.read_bytes()[:keep])

    with pytest.raises(StoreError, match=r"part-0\.parquet: damaged"):
        write(tmp_path, article(2))
    assert path.stat().st_size == keep
    assert any("not the file that the manifest names" in p for p in problems_of(tmp_path))


def problems_of(data):
    try:
        return check_tables(data)
    except (StoreError, OSError, pa.ArrowException):
        return ["not the file that the manifest names"]


def test_tables_of_another_schema_are_left_alone(tmp_path):
    write(tmp_path, article(1))
    path = tmp_path / "tables/money/month=2024-03/part-0.parquet"
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns(["flow"]), path)
    before = path.read_bytes()

    with pytest.raises(StoreError, match="another schema"):
        write(tmp_path, article(2))
    assert path.read_bytes() == before


# --- what check_tables sees ---


@pytest.mark.parametrize(
    ("table", "column", "value", "problem"),
    [
        ("money", "start", 3, "mentions are not the words"),
        ("money", "part_of", "0" * 16, "money.part_of"),
        ("quantities", "activity_id", "0" * 16, "quantities.activity_id"),
        ("money", "fact_id", "1" * 16, "fact_id twice"),
    ],
)
def test_check_tables_names_what_is_wrong(tmp_path, table, column, value, problem):
    write(tmp_path, article(1))
    assert check_tables(tmp_path) == []
    path = tmp_path / f"tables/{table}/month=2024-03/part-0.parquet"
    rows = pq.read_table(path, partitioning=None)
    index = rows.schema.get_field_index(column)
    pq.write_table(rows.set_column(index, rows.schema.field(column), pa.array([value] * len(rows), rows.schema.field(column).type)), path)

    found = check_tables(tmp_path)
    assert any("not the file that the manifest names" in p for p in found)
    assert any(problem in p for p in found), found


def test_rows_become_arrow_without_loss():
    rows = article(1, of=10)["money"]
    table = to_arrow("money", rows)

    assert [r["amount"] for r in table.to_pylist()] == [m.amount for m in rows]
    assert [r["mention"] for r in table.to_pylist()] == [m.mention for m in rows]
    assert to_arrow("money", []).num_rows == 0


def test_the_manifest_names_every_file_and_no_other(tmp_path):
    write(tmp_path, article(1), article(2, published="2024-04-01"))
    manifest = json.loads((tmp_path / "tables" / "manifest.json").read_text(encoding="utf-8"))
    files = {f["path"]: f for f in manifest["files"]}

    assert set(files) == {p for p in bytes_of(tmp_path) if p.endswith(".parquet")}
    for path, digest in bytes_of(tmp_path).items():
        if path in files:
            assert files[path]["sha256"] == digest
            assert files[path]["rows"] == pq.read_metadata(tmp_path / "tables" / path).num_rows
    assert all(re.fullmatch(r"\w+/month=(\d{4}-\d\d|unknown)/part-0\.parquet", p) for p in files)
