"""The frontier's file: its tables, and folders of earlier versions brought up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from extractor.crawl.guess import guess_kind
from extractor.errors import StoreError

VERSION = 1  # of the tables below, in the file's `user_version`; files from before it was counted have 0

_PAGES = {
    "id": "INTEGER PRIMARY KEY", "url": "TEXT NOT NULL UNIQUE", "host": "TEXT NOT NULL", "depth": "INTEGER NOT NULL",
    "state": "TEXT NOT NULL DEFAULT 'queued'", "attempts": "INTEGER NOT NULL DEFAULT 0", "next_at": "REAL NOT NULL DEFAULT 0",
    "etag": "TEXT", "last_modified": "TEXT", "sha256": "TEXT", "status": "INTEGER", "why": "TEXT",
    "warc_file": "TEXT", "warc_offset": "INTEGER", "fetched_at": "TEXT", "start": "INTEGER NOT NULL DEFAULT 0",
    "kind": "TEXT NOT NULL DEFAULT 'list'", "priority": "INTEGER NOT NULL DEFAULT 5", "parent": "INTEGER",
    "found_run": "INTEGER NOT NULL DEFAULT 0", "asked_run": "INTEGER NOT NULL DEFAULT 0", "found_at": "REAL NOT NULL DEFAULT 0",
    "seen_at": "REAL NOT NULL DEFAULT 0", "lastmod": "TEXT", "canonical": "TEXT", "form": "TEXT", "streak": "INTEGER NOT NULL DEFAULT 0",
    "is_list": "INTEGER NOT NULL DEFAULT 0",
}  # fmt: skip
_TABLES = (
    f"CREATE TABLE IF NOT EXISTS pages ({', '.join(f'{name} {kind}' for name, kind in _PAGES.items())})",
    "CREATE TABLE IF NOT EXISTS archive (file TEXT PRIMARY KEY, length INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS states (warc_file TEXT, warc_offset INTEGER, page INTEGER NOT NULL, sha256 TEXT, fetched_at TEXT, "
    "PRIMARY KEY (warc_file, warc_offset)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS dropped (url TEXT PRIMARY KEY, why TEXT NOT NULL, parent INTEGER) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS runs (run INTEGER, host TEXT, at TEXT, told TEXT NOT NULL, PRIMARY KEY (run, host)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS patterns (pattern TEXT PRIMARY KEY, fetched INTEGER NOT NULL DEFAULT 0, barren INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS seen (host TEXT, words BLOB, PRIMARY KEY (host, words)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS lost (page INTEGER PRIMARY KEY, why TEXT NOT NULL, since REAL NOT NULL, seen REAL NOT NULL, "
    "times INTEGER NOT NULL, run INTEGER NOT NULL)",
)
_INDEXES = (
    "DROP INDEX IF EXISTS pages_due",
    "CREATE INDEX IF NOT EXISTS pages_next ON pages (state, host, priority, depth, id)",
)


def open_database(path: Path) -> sqlite3.Connection:
    """Return the frontier's file, made where there is none, brought up to date where an earlier version wrote it.

    StoreError where a later version wrote it: what it means by its tables is not known here.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        # A kill loses nothing that is committed. The loss of power may lose the last commits, never a part of one: the pages
        # are on the disk before they are committed, are then cut off at the next start, and are fetched again.
        db.execute("PRAGMA synchronous = NORMAL")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise StoreError(
                f"{path}: written by a later mttq (frontier version {version}, this one knows {VERSION}); "
                "use that mttq, or crawl into another --data"
            )
        if version < VERSION:
            _upgrade(db)
    except BaseException:
        db.close()
        raise
    return db


def _upgrade(db: sqlite3.Connection) -> None:
    """Bring the tables up to date, all of it or nothing; what earlier versions did not keep is taken from what they did."""
    db.execute("BEGIN IMMEDIATE")
    try:
        known = {row[1] for row in db.execute("PRAGMA table_info(pages)")}
        for statement in _TABLES:
            db.execute(statement)
        if known:
            for name in _PAGES.keys() - known:
                db.execute(f"ALTER TABLE pages ADD COLUMN {name} {_PAGES[name]}")
            if "kind" not in known:
                _fill_in(db)
            db.execute(
                "INSERT OR IGNORE INTO states SELECT warc_file, warc_offset, id, sha256, fetched_at FROM pages "
                "WHERE warc_file IS NOT NULL AND NOT EXISTS (SELECT 1 FROM states)"
            )
        for statement in _INDEXES:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _fill_in(db: sqlite3.Connection) -> None:
    """Tell of pages that were fetched before kinds were known what they look like, and when they were seen."""
    db.create_function("guess_kind", 1, guess_kind, deterministic=True)
    db.execute("UPDATE pages SET kind = guess_kind(url), seen_at = coalesce(strftime('%s', fetched_at), 0) + 0.0, found_at = coalesce(strftime('%s', fetched_at), 0) + 0.0")
    db.execute("UPDATE pages SET is_list = kind = 'list' AND state = 'done'")
