"""A data folder outlives the program that made it: earlier frontiers are brought up to date, later ones are refused in words."""

import hashlib
import sqlite3
from collections import Counter

import pytest
from typer.testing import CliRunner

from extractor.archive import read_page_at
from extractor.cli import app
from extractor.crawl import database, status
from extractor.crawl.frontier import DAY, Frontier
from extractor.crawl.imports import import_all
from extractor.errors import StoreError
from replica.server import HOME, LOOKED_FOR, World, html

# The tables as earlier versions made them.
FIRST = """
CREATE TABLE pages (
  id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, host TEXT NOT NULL, depth INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued', attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL DEFAULT 0,
  etag TEXT, last_modified TEXT, sha256 TEXT, status INTEGER, why TEXT,
  warc_file TEXT, warc_offset INTEGER, fetched_at TEXT, start INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX pages_due ON pages (state, host, next_at);
CREATE TABLE archive (file TEXT PRIMARY KEY, length INTEGER NOT NULL);
"""
UNCOUNTED = """
CREATE TABLE pages (
  id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, host TEXT NOT NULL, depth INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued', attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL DEFAULT 0,
  etag TEXT, last_modified TEXT, sha256 TEXT, status INTEGER, why TEXT,
  warc_file TEXT, warc_offset INTEGER, fetched_at TEXT, start INTEGER NOT NULL DEFAULT 0,
  kind TEXT NOT NULL DEFAULT 'list', priority INTEGER NOT NULL DEFAULT 5, parent INTEGER,
  found_run INTEGER NOT NULL DEFAULT 0, asked_run INTEGER NOT NULL DEFAULT 0, found_at REAL NOT NULL DEFAULT 0,
  seen_at REAL NOT NULL DEFAULT 0, lastmod TEXT, canonical TEXT, form TEXT, streak INTEGER NOT NULL DEFAULT 0,
  is_list INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX pages_next ON pages (state, host, priority, depth, id);
CREATE TABLE archive (file TEXT PRIMARY KEY, length INTEGER NOT NULL);
CREATE TABLE states (warc_file TEXT, warc_offset INTEGER, page INTEGER NOT NULL, sha256 TEXT, fetched_at TEXT,
  PRIMARY KEY (warc_file, warc_offset)) WITHOUT ROWID;
CREATE TABLE dropped (url TEXT PRIMARY KEY, why TEXT NOT NULL, parent INTEGER) WITHOUT ROWID;
CREATE TABLE runs (run INTEGER, host TEXT, at TEXT, told TEXT NOT NULL, PRIMARY KEY (run, host)) WITHOUT ROWID;
CREATE TABLE patterns (pattern TEXT PRIMARY KEY, fetched INTEGER NOT NULL DEFAULT 0, barren INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE seen (host TEXT, words BLOB, PRIMARY KEY (host, words)) WITHOUT ROWID;
"""
EARLIER = pytest.mark.parametrize("schema", [FIRST, UNCOUNTED], ids=["first", "uncounted"])
PATHS = [f"/tin/bai-{1000 + n}.html" for n in range(12)]


@pytest.fixture
def world():
    one = World()
    one.put("/", html("/tin/", "/gioi-thieu"))
    one.put("/tin/", html(*PATHS))
    one.put("/gioi-thieu", html(text="Giới thiệu"))
    for path in PATHS:
        one.put(path, html(text=hashlib.sha256(path.encode()).hexdigest()))
    yield one
    one.close()


def set_back(data, schema):
    """Make the frontier what the earlier program would have left: its tables, with what they hold of the present ones."""
    path = data / "frontier.sqlite"
    old = path.with_name("old.sqlite")
    with sqlite3.connect(old, isolation_level=None) as db:
        db.executescript(schema)
        db.execute("ATTACH ? AS present", (str(path),))
        for (table,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            names = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM present.{table}")
    db.close()
    for one in data.glob("frontier.sqlite*"):
        one.unlink()
    old.rename(path)


def kept(data):
    frontier = Frontier(data / "frontier.sqlite")
    try:
        return {url: read_page_at(data / "archive" / name, offset).content for url, name, offset in frontier.archived()}
    finally:
        frontier.close()


def later(data, days):
    with sqlite3.connect(data / "frontier.sqlite") as db:
        db.execute("UPDATE pages SET seen_at = seen_at - ?1, found_at = found_at - ?1", (days * DAY,))
    db.close()


@EARLIER
def test_a_crawl_that_an_earlier_version_began_goes_on(world, tmp_path, schema):
    world.crawl(tmp_path / "whole")
    world.asked.clear()
    data = tmp_path / "data"
    assert world.crawl(data, max_pages=7).fetched == 7
    set_back(data, schema)
    before = kept(data)

    assert world.crawl(data).fetched == len(PATHS) + 3 - 7

    assert before.items() < kept(data).items() == kept(tmp_path / "whole").items()
    asked = Counter(path for _, _, path, _ in world.asked if path not in LOOKED_FOR)
    assert {path: n for path, n in asked.items() if n > 1} == {"/": 2, "/tin/": 2}
    assert {path: n for path, n in status.counts(data).items() if path != "absent"} == {"done": len(PATHS) + 3}


@EARLIER
def test_what_an_earlier_version_has_fetched_is_looked_at_again(world, tmp_path, schema):
    world.crawl(tmp_path)
    set_back(tmp_path, schema)
    kept(tmp_path)
    later(tmp_path, 3)
    world.put(PATHS[0], html(text="sửa"))
    world.put("/tin/", html(*PATHS, "/tin/bai-9999.html"))
    world.put("/tin/bai-9999.html", html(text="mới"))

    assert world.crawl(tmp_path).fetched == 3
    assert "sửa".encode() in kept(tmp_path)[HOME + PATHS[0][1:]]
    frontier = Frontier(tmp_path / "frontier.sqlite")
    assert len(frontier.states()) == len(PATHS) + 3 + 3  # the earlier states are known too
    frontier.close()


@EARLIER
def test_a_kill_in_the_middle_of_it_leaves_the_earlier_file(world, tmp_path, schema, monkeypatch):
    world.crawl(tmp_path)
    set_back(tmp_path, schema)
    with monkeypatch.context() as patch:
        patch.setattr(database, "_INDEXES", ("no SQL",))
        with pytest.raises(sqlite3.Error):
            Frontier(tmp_path / "frontier.sqlite")
    with sqlite3.connect(tmp_path / "frontier.sqlite") as db:
        assert db.execute("PRAGMA user_version").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'lost'").fetchone() == (0,)
    db.close()

    assert len(kept(tmp_path)) == len(PATHS) + 3


def test_the_file_of_a_later_version_is_refused_and_left_as_it_is(world, tmp_path):
    world.crawl(tmp_path)
    with sqlite3.connect(tmp_path / "frontier.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = (tmp_path / "frontier.sqlite").read_bytes()

    for act in (lambda: world.crawl(tmp_path), lambda: status.status(tmp_path), lambda: import_all([], data=tmp_path)):
        with pytest.raises(StoreError, match=r"a later mttq \(frontier version 99, this one knows \d+\); use that mttq, or crawl into another --data"):
            act()
    ran = CliRunner().invoke(app, ["crawl", HOME, "--data", str(tmp_path), "--quiet"])
    assert isinstance(ran.exception, StoreError)
    assert (tmp_path / "frontier.sqlite").read_bytes() == before
