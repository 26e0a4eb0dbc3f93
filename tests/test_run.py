"""The main job: nothing new the second time, every page accounted for, and no half table whatever happens to the folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import socket
import sqlite3
import struct
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from extractor import cli, engine, open_tables, worker
from extractor import run as run_room
from extractor.crawl import CrawlOptions
from extractor.data import pages_dir
from extractor.demo import serve
from extractor.errors import ExtractorError, StoreError
from extractor.page import Page
from extractor.run import Report, archived_pages
from extractor.run import run as run_job
from extractor.tables import Store
from extractor.tables.check import check_tables


def main_job(data, **options) -> Report:
    with serve() as served:
        crawl = CrawlOptions(delay=0.0, connect_to=served.connect_to)
        return run_job(served.starts, data=data, options=crawl, reading=engine.ReadOptions(sites=served.sites, workers=1), **options)


def bytes_of(data):
    files = [p for p in (data / "tables").rglob("*") if p.is_file() and p.name != ".lock"]
    return {str(p.relative_to(data)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def rows_of(data, table):
    return open_tables(data)[table].to_table().to_pylist()


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Give the folder of a main job that is done, and its report; tests that change it copy it first."""
    data = tmp_path_factory.mktemp("done") / "data"
    return data, main_job(data)


@pytest.fixture
def copy(done, tmp_path):
    return Path(shutil.copytree(done[0], tmp_path / "data"))


# --- what a run does ---


def test_every_page_is_accounted_for(done):
    data, report = done
    outcome = report.extracted

    assert outcome.pages == report.crawled.fetched == report.archived
    assert outcome.pages == outcome.articles + sum(outcome.skipped.values()) + sum(outcome.failed.values())
    assert outcome.articles == len(rows_of(data, "articles")) >= 12
    assert len({row["source"] for row in rows_of(data, "articles")}) == 3
    assert sum(outcome.failed.values()) == 0
    assert check_tables(data) == []


def test_each_article_names_its_archived_page(done):
    from extractor.archive import read_page_at

    data, _ = done
    for row in rows_of(data, "articles"):
        page = read_page_at(data / "archive" / row["warc_file"], row["warc_offset"])
        assert page.url == row["url"]
        assert row["fetched_at"] is not None
        assert row["http_status"] == 200


def test_a_second_run_finds_nothing_new_and_leaves_every_byte(copy):
    before = bytes_of(copy)
    report = main_job(copy)

    assert report.extracted is None
    assert report.crawled.fetched == 0
    assert bytes_of(copy) == before


def test_other_rules_read_the_archive_again_and_fetch_nothing(copy, monkeypatch):
    before = bytes_of(copy)
    monkeypatch.setattr(run_room, "rules_hash", lambda: "other rules")
    report = main_job(copy)

    assert report.crawled.fetched == 0
    assert report.extracted.pages == report.archived
    assert bytes_of(copy) == before


@pytest.mark.parametrize("lost", ["tables", "tables/money", "tables/manifest.json", "extracted.json"])
def test_lost_tables_are_made_anew_from_the_archive(copy, lost):
    before = bytes_of(copy)
    path = copy / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    report = main_job(copy)

    assert report.crawled.fetched == 0
    assert report.extracted is not None
    assert bytes_of(copy) == before


def test_processes_give_the_same_bytes(done, tmp_path):
    data, report = done
    with serve() as served:
        outcome = engine.run(archived_pages(data), tmp_path, options=engine.ReadOptions(sites=served.sites, workers=2))

    assert outcome == report.extracted
    assert bytes_of(tmp_path) == bytes_of(data)


# --- pages ---


def page(text, number=1):
    """Return a sample page with its last paragraph but one replaced."""
    sample = (pages_dir() / "nukeviet" / "bac-ha-trao-qua-ho-ngheo.html").read_text(encoding="utf-8")
    html, count = re.subn(r"Dịp này, đoàn đến thăm.*?</p>", f"{text}</p>", sample)
    assert count == 1
    url = f"https://mattran.example/vi/news/tin/trao-qua-{number}.html"
    return Page(url=url, content=html.encode(), headers={"content-type": "text/html; charset=utf-8"})


def gifts(data):
    return sorted(r["mention"] for r in rows_of(data, "quantities") if "xe lăn" in r["mention"])


POISON = Page(
    url="https://mattran.example/tin/doc-9.html", content=b"<html><body>" + b"<div>" * 200_000, headers={"content-type": "text/html"}
)


def test_a_poisoned_page_costs_one_page(tmp_path):
    outcome = engine.run([page("Trao 10 xe lăn.", 1), POISON, page("Trao 20 xe lăn.", 2)], tmp_path)

    assert (outcome.pages, outcome.articles, dict(outcome.failed)) == (3, 2, {"too_deep": 1})
    assert gifts(tmp_path) == ["10 xe lăn", "20 xe lăn"]


@pytest.mark.parametrize(
    "number",
    ["9" * 30, "9" * 400, "1." + "000." * 20 + "000", "9" * 19, "99999999999999999999,5", "0" * 50 + "7"],
)
def test_an_absurd_number_costs_no_page_and_is_accounted_for(tmp_path, number):
    told = f"Trao {number} suất quà trị giá {number} tỷ đồng cho {number} hộ nghèo, đạt {number}%, mỗi suất {number} triệu đồng."
    outcome = engine.run([page(told, 1), page("Trao 20 xe lăn.", 2)], tmp_path)

    assert (outcome.articles, sum(outcome.failed.values())) == (2, 0)
    assert check_tables(tmp_path) == []
    tables = [rows_of(tmp_path, name) for name in ("money", "quantities", "participants", "dates", "documents", "non_facts")]
    spans = [range(r["start"], r["end"]) for rows in tables for r in rows]
    text = next(r["text"] for r in rows_of(tmp_path, "articles") if number in r["text"])
    digits = [i for i, c in enumerate(text) if c.isdigit()]
    assert [i for i in digits if not any(i in span for span in spans)] == []


def test_an_absurd_product_is_not_checked_and_costs_no_page(tmp_path):
    many = "9.999.999.999.999"
    told = "Trao 20 suất quà, mỗi suất 500.000 đồng, tổng trị giá 10 triệu đồng."
    outcome = engine.run([page(told, 1), page(told.replace("500.000", many).replace("20", many), 2)], tmp_path)

    assert outcome.articles == 2
    first = next(r["article_id"] for r in rows_of(tmp_path, "articles") if r["url"].endswith("-1.html"))
    products = [(r["article_id"], int(r["expected"])) for r in rows_of(tmp_path, "checks") if int(r["stated"]) == 10_000_000]
    assert products == [(first, 10_000_000)]
    assert {int(m["amount"]) for m in rows_of(tmp_path, "money")} >= {9_999_999_999_999, 500_000}


def test_a_page_that_is_no_article_any_more_takes_its_article_out(tmp_path):
    url = page("").url
    engine.run([page("Trao 10 xe lăn.", 1), page("Trao 20 xe lăn.", 2)], tmp_path)
    gone = Page(url=url, status=404, content=b"<html><title>404</title><body>Not found</body></html>", headers={"content-type": "text/html"})
    outcome = engine.run([gone, page("Trao 20 xe lăn.", 2)], tmp_path)

    assert sum(outcome.skipped.values()) == 1
    assert [r["url"] for r in rows_of(tmp_path, "articles")] == [page("", 2).url]
    assert gifts(tmp_path) == ["20 xe lăn"]


def test_an_article_with_two_pages_is_there_as_the_last_of_them(tmp_path):
    engine.run([page("Trao 10 xe lăn và 5 xe lăn.", 1), page("Trao 20 xe lăn.", 1)], tmp_path)

    assert len(rows_of(tmp_path, "articles")) == 1
    assert gifts(tmp_path) == ["20 xe lăn"]
    assert check_tables(tmp_path) == []


@dataclass(frozen=True)
class Bad:
    """A page that does harm in the process that takes it up: what it becomes there is a call."""

    call: tuple
    url: str = "https://a.example/"
    content: bytes = b"bad"

    def __reduce__(self):
        return self.call


# The parser itself, on boxes so deep that it is at them for hours, holding the interpreter's lock.
STUCK = Bad((LexborHTMLParser, ("<div>" * 1_000_000,)), content=b"stuck")
GREEDY = Bad((bytearray, (2**34,)), content=b"greedy")
ENDED = Bad((os._exit, (9,)), content=b"ended")


def test_a_page_that_hangs_takes_all_memory_or_crashes_costs_that_page(tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "SECONDS", 20.0)
    pages = [page("Trao 10 xe lăn.", 1), STUCK, page("Trao 20 xe lăn.", 2), GREEDY, ENDED, page("Trao 30 xe lăn.", 3)]
    told = []
    outcome = engine.run(pages, tmp_path, options=engine.ReadOptions(workers=2), on_page=told.append)

    assert (outcome.pages, outcome.articles, outcome.skipped) == (6, 3, {})
    assert outcome.failed == {"too_slow": 1, "too_much_memory": 1, "crashed": 1}
    assert [result.what for result in told] == ["article", "failed", "article", "failed", "failed", "article"]
    assert gifts(tmp_path) == ["10 xe lăn", "20 xe lăn", "30 xe lăn"]


def test_a_page_that_ended_its_process_is_not_read_again(tmp_path, monkeypatch):
    first = engine.run([ENDED], tmp_path, options=engine.ReadOptions(workers=1))
    started = []
    monkeypatch.setattr(worker.Worker, "run", lambda self, value: started.append(value))
    again = engine.run([ENDED], tmp_path, options=engine.ReadOptions(workers=1))

    assert first.failed == again.failed == {"crashed": 1}
    assert [line.count("a.example") for line in (tmp_path / "poison.jsonl").read_text().splitlines()] == [1]
    assert started == []
    monkeypatch.setattr(engine, "rules_hash", lambda: "other rules")
    with pytest.raises(AttributeError):  # it is handed out again: nothing comes from the worker of this test
        engine.run([ENDED], tmp_path, options=engine.ReadOptions(workers=1))
    assert started == [ENDED]


def test_a_process_ended_from_outside_is_begun_anew(tmp_path):
    ones = worker.Worker(Path)
    assert ones.run("a") == Path("a")
    ones._process.kill()
    assert ones.run("b") == Path("b")
    ones.close()
    with pytest.raises(ExtractorError, match="ended"):
        ones.run("c")


def test_an_error_in_a_process_is_told(tmp_path):
    ones = worker.Worker(int)
    with pytest.raises(RuntimeError, match="invalid literal"):
        ones.run("x")
    assert ones.run("7") == 7
    ones.close()


def test_a_damaged_list_of_poison_is_told(tmp_path):
    (tmp_path / "poison.jsonl").write_text('{"version": 1}\nx\n', encoding="utf-8")
    with pytest.raises(StoreError, match=r"poison\.jsonl:2: .*take it out"):
        engine.run([], tmp_path, options=engine.ReadOptions(workers=1))


# --- rm -rf in mid-run ---


@pytest.mark.parametrize(
    ("what", "moment"),
    [
        (".", "fetch 1"),
        (".", "fetch last"),
        (".", "read 1"),
        (".", "read last"),
        ("archive", "fetch 4"),
        ("archive", "read 1"),
        ("frontier.sqlite", "fetch 4"),
        ("frontier.sqlite", "read last"),
    ],
)
def test_rm_rf_in_mid_run_ends_with_one_line_or_whole_tables(tmp_path, monkeypatch, capsys, moment, what):
    data, counts = tmp_path / "data", {"fetch": 0, "read": 0}
    kind, number = moment.split()
    last = {"fetch": 19, "read": 19}

    def remove(which):
        counts[which] += 1
        if which == kind and counts[which] == (last[which] if number == "last" else int(number)):
            path = data / what
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    monkeypatch.setattr(cli, "_teller", lambda *_, **__: contextlib.nullcontext((lambda _: remove("fetch"), lambda *_: remove("read"))))
    code, lines = command(monkeypatch, capsys, "run", "-q", "--data", str(data))

    assert counts[kind] >= (last[kind] if number == "last" else int(number)), "the moment never came"
    if code == 0:
        assert len(rows_of(data, "articles")) >= 12
    else:
        assert code == 1
        told = [line for line in lines if line.startswith("mttq: ")]
        assert len(told) == 1, lines
        assert not any("Traceback" in line for line in lines), "\n".join(lines)
    if (data / "tables" / "manifest.json").exists():
        assert check_tables(data) == []
    monkeypatch.undo()

    code, lines = command(monkeypatch, capsys, "run", "-q", "--data", str(data))
    if code:  # a frontier without its archive is not gone over: the way out is told
        assert what == "archive"
        assert "put the file back, or crawl into another folder" in lines[-1]
    else:
        assert len(rows_of(data, "articles")) >= 12
        assert check_tables(data) == []


def command(monkeypatch, capsys, *args):
    """Run the command in this process; return its exit code and the lines on stderr."""
    monkeypatch.setattr("sys.argv", ["mttq", *args])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code or 0, capsys.readouterr().err.splitlines()


def test_a_frontier_that_is_gone_empties_no_table(copy, monkeypatch):
    before = bytes_of(copy)
    crawl = run_room.crawl

    def crawl_and_lose(*args, **options):
        summary = crawl(*args, **options)
        for path in copy.glob("frontier.sqlite*"):
            path.unlink()
        return summary

    monkeypatch.setattr(run_room, "crawl", crawl_and_lose)

    with pytest.raises(StoreError, match="was removed during the run"):
        main_job(copy)
    assert bytes_of(copy) == before
    assert not (copy / "frontier.sqlite").exists()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (sqlite3.OperationalError("disk I/O error"), "mttq: frontier.sqlite of the data folder: disk I/O error"),
        (PermissionError(13, "Permission denied", "some/file"), "mttq: some/file: Permission denied"),
        (StoreError("no room"), "mttq: no room"),
    ],
)
def test_what_goes_wrong_below_is_one_line(tmp_path, monkeypatch, capsys, error, told):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(run_room, "run", fails)
    code, lines = command(monkeypatch, capsys, "run", "-q", "--data", str(tmp_path))

    assert code == 1
    assert len(lines) == 1
    assert lines[0].startswith(told)


def test_a_store_that_is_busy_ends_the_run(copy):
    before = bytes_of(copy)
    (copy / "extracted.json").unlink()
    with Store(copy)._lock(), pytest.raises(StoreError, match="another mttq is writing"):
        main_job(copy)
    assert bytes_of(copy) == before
    assert main_job(copy).extracted is not None


def test_the_sample_server_is_silent_of_visitors_that_leave(capfd):
    with serve() as served:
        for address in served.connect_to.values():
            with socket.create_connection(address) as visitor:
                visitor.sendall(b"GET / HTTP/1.1\r\n")
                visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets
        time.sleep(0.2)
    assert capfd.readouterr().err == ""
