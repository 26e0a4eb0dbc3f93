"""Which pages are to fetch, which were, and why not: one SQLite file, safe against a kill at any moment.

A page's effect is one transaction: its state, where it is archived and how long the archive then is. What the archive
holds beyond its committed length was never committed and is cut off at the next start.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pages (
  id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, host TEXT NOT NULL, depth INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued', attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL DEFAULT 0,
  etag TEXT, last_modified TEXT, sha256 TEXT, status INTEGER, why TEXT,
  warc_file TEXT, warc_offset INTEGER, fetched_at TEXT, start INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS pages_due ON pages (state, host, next_at);
CREATE TABLE IF NOT EXISTS archive (file TEXT PRIMARY KEY, length INTEGER NOT NULL);
"""


_MAX_ENDS = 9


@dataclass(frozen=True, slots=True)
class Job:
    """One page to fetch, with what to ask for it conditionally."""

    id: int
    url: str
    host: str
    depth: int
    attempts: int
    etag: str | None
    last_modified: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a fetch gave for a job, to be committed at once with where it is archived."""

    status: int
    sha256: str
    etag: str | None
    last_modified: str | None
    warc_file: str
    warc_offset: int
    warc_length: int
    fetched_at: str


class Frontier:
    """The frontier of one data folder."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def recover(self) -> int:
        """Queue again what was in flight when the last run ended; return how many that were.

        A page that was in flight at so many ends that it may be their cause is failed instead (`ends_runs`).
        """
        self._db.execute(
            "UPDATE pages SET state = 'failed', why = 'ends_runs' WHERE state = 'inflight' AND attempts > ?",
            (_MAX_ENDS,),
        )
        return self._db.execute("UPDATE pages SET state = 'queued' WHERE state = 'inflight'").rowcount

    def committed(self) -> dict[str, int]:
        """Return the committed length of each archive file."""
        return dict(self._db.execute("SELECT file, length FROM archive"))

    def claim(self, file: str) -> None:
        """Note an archive file as the frontier's own before it is made: what a kill leaves in it may then be cut off."""
        self._db.execute("INSERT OR IGNORE INTO archive (file, length) VALUES (?, 0)", (file,))

    def begin(self, urls: Iterable[tuple[str, str]]) -> None:
        """Queue start pages (url, host), again where they are known: lists change."""
        self._db.executemany(
            "INSERT INTO pages (url, host, depth, start) VALUES (?, ?, 0, 1) "
            "ON CONFLICT (url) DO UPDATE SET state = 'queued', depth = 0, attempts = 0, next_at = 0, start = 1",
            list(urls),
        )

    def next_job(self, host: str) -> Job | None:
        """Return the host's next page that is due, marked as in flight; the shallowest first, then the oldest."""
        row = self._db.execute(
            "UPDATE pages SET state = 'inflight', attempts = attempts + 1 WHERE id = (SELECT id FROM pages WHERE state = 'queued' "
            "AND host = ? AND next_at <= ? ORDER BY depth, id LIMIT 1) RETURNING id, url, host, depth, attempts, etag, last_modified, sha256",
            (host, time.time()),
        ).fetchone()
        return Job(*row) if row else None

    def waiting(self, host: str) -> float | None:
        """Return when the host's next page is due, or None where nothing is queued."""
        row = self._db.execute("SELECT min(next_at) FROM pages WHERE state = 'queued' AND host = ?", (host,)).fetchone()
        return float(row[0]) if row and row[0] is not None else None

    def hosts(self) -> list[str]:
        """Return the hosts that have pages queued."""
        return [h for (h,) in self._db.execute("SELECT DISTINCT host FROM pages WHERE state = 'queued' ORDER BY host")]

    def done(
        self, job: Job, fetched: Fetched, links: Iterable[tuple[str, str, int]], *, at: tuple[str, str] | None = None
    ) -> int:
        """Commit a page, its place in the archive and the pages it links to (url, host, depth); return how many are new.

        `at` is the (url, host) that the page redirected to: the archived page is then that one's.
        """
        with self._transaction():
            before = self._db.total_changes
            self._db.executemany("INSERT OR IGNORE INTO pages (url, host, depth) VALUES (?, ?, ?)", list(links))
            new = self._db.total_changes - before
            page = job.id
            if at:
                self._db.execute("INSERT OR IGNORE INTO pages (url, host, depth) VALUES (?, ?, ?)", (*at, job.depth))
                (page,) = self._db.execute("SELECT id FROM pages WHERE url = ?", (at[0],)).fetchone()
                self._db.execute(
                    "UPDATE pages SET state = 'done', why = 'moved', status = ?, sha256 = ?, etag = ?, last_modified = ?, warc_file = NULL, warc_offset = NULL WHERE id = ?",
                    (fetched.status, fetched.sha256, fetched.etag, fetched.last_modified, job.id),
                )
            self._db.execute(
                "UPDATE pages SET state = 'done', status = ?, sha256 = ?, etag = ?, last_modified = ?, warc_file = ?, warc_offset = ?, "
                "fetched_at = ?, why = NULL WHERE id = ?",
                (
                    fetched.status, fetched.sha256, fetched.etag, fetched.last_modified, fetched.warc_file, fetched.warc_offset,
                    fetched.fetched_at, page,
                ),
            )  # fmt: skip
            self._db.execute(
                "INSERT INTO archive (file, length) VALUES (?, ?) ON CONFLICT (file) DO UPDATE SET length = excluded.length",
                (fetched.warc_file, fetched.warc_length),
            )
        return new

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def holds(self, url: str, sha256: str) -> bool:
        """Tell whether the archive holds this very content of a page."""
        return (
            self._db.execute(
                "SELECT 1 FROM pages WHERE url = ? AND sha256 = ? AND warc_file IS NOT NULL", (url, sha256)
            ).fetchone()
            is not None
        )

    def put_back(self, job: Job, why: str, next_at: float) -> None:
        """Queue a page again that was not asked for at all."""
        self._db.execute(
            "UPDATE pages SET state = 'queued', attempts = attempts - 1, why = ?, next_at = ? WHERE id = ?",
            (why, next_at, job.id),
        )

    def unchanged(self, job: Job) -> None:
        """Mark a page as seen and unchanged since it was archived."""
        self._db.execute("UPDATE pages SET state = 'done', why = 'unchanged' WHERE id = ?", (job.id,))

    def fail(self, job: Job, reason: str, *, status: int | None = None, retry_at: float | None = None) -> None:
        """Mark a page as failed, or queue it again for `retry_at`."""
        state = "queued" if retry_at is not None else "failed"
        self._db.execute(
            "UPDATE pages SET state = ?, why = ?, status = ?, next_at = ? WHERE id = ?",
            (state, reason, status, retry_at or 0, job.id),
        )

    def retry_failed(self) -> int:
        """Queue failed pages again; return how many."""
        return self._db.execute(
            "UPDATE pages SET state = 'queued', attempts = 0, next_at = 0 WHERE state = 'failed'"
        ).rowcount

    def counts(self) -> dict[str, int]:
        """Return how many pages are in each state."""
        return dict(self._db.execute("SELECT state, count(*) FROM pages GROUP BY state"))

    def failures(self) -> dict[str, int]:
        """Return how many pages failed, by reason."""
        return dict(
            self._db.execute("SELECT why, count(*) FROM pages WHERE state = 'failed' GROUP BY why ORDER BY why")
        )

    def explain(self, url: str) -> dict[str, object] | None:
        """Return all that is known of a page, or None."""
        cursor = self._db.execute("SELECT * FROM pages WHERE url = ?", (url,))
        row = cursor.fetchone()
        return dict(zip([d[0] for d in cursor.description], row, strict=True)) if row else None

    def archived(self) -> list[tuple[str, str, int]]:
        """Return (url, archive file, offset) of every archived page, in the archive's order."""
        return list(
            self._db.execute(
                "SELECT url, warc_file, warc_offset FROM pages WHERE warc_file IS NOT NULL ORDER BY warc_file, warc_offset"
            )
        )
