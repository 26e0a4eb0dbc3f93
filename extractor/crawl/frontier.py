"""Which pages are to fetch, which were, and why not: one SQLite file, safe against a kill at any moment.

A page's effect is one transaction: its state, where it is archived and how long the archive then is. What the archive
holds beyond its committed length was never committed and is cut off at the next start.

`runs` are numbered from 1; `found_run` and `asked_run` of a page tell what is new in a run and what was asked for in it.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from extractor.crawl.database import open_database
from extractor.crawl.jobs import Effect, Fetched, Found, Job, Spread
from extractor.crawl.lost import Lost
from extractor.crawl.traps import Patterns

_MAX_ENDS = 9
DAY = 86_400.0


class Frontier:
    """The frontier of one data folder."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; StoreError where a later version wrote it."""
        self.run = 0
        self._db = open_database(path)
        self._taken: dict[str, Job] = {}
        self.patterns = Patterns(self._db)
        self.lost = Lost(self._db)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def recover(self) -> int:
        """Queue again what was in flight when the last run ended, and what it held back; return how many were in flight.

        A page that was in flight at so many ends that it may be their cause is failed instead (`ends_runs`).
        """
        self._db.executemany("UPDATE pages SET attempts = attempts - 1 WHERE id = ?", [(job.id,) for job in self._taken.values()])
        self._taken.clear()  # taken, and never asked for
        self._db.execute(
            "UPDATE pages SET state = 'failed', why = 'ends_runs' WHERE state = 'inflight' AND attempts > ?",
            (_MAX_ENDS,),
        )
        self._db.execute("UPDATE pages SET state = 'queued' WHERE state = 'held'")
        return self._db.execute("UPDATE pages SET state = 'queued' WHERE state = 'inflight'").rowcount

    def committed(self) -> dict[str, int]:
        """Return the committed length of each archive file."""
        return dict(self._db.execute("SELECT file, length FROM archive"))

    def claim(self, file: str) -> None:
        """Note an archive file as the frontier's own before it is made: what a kill leaves in it may then be cut off."""
        self._db.execute("PRAGMA synchronous = FULL")  # a file that nobody knows of would never be cut
        self._db.execute("INSERT OR IGNORE INTO archive (file, length) VALUES (?, 0)", (file,))
        self._db.execute("PRAGMA synchronous = NORMAL")

    def begin(self, urls: Iterable[tuple[str, str]], *, recheck: float | None = None) -> int:
        """Begin a run and return its number: queue start pages (url, host), and again what may have changed.

        That is what the hosts list themselves in (lists, sitemaps, feeds) and, with `recheck`, articles: those last seen
        that many days ago and at least as long ago as they were known then, half a year at most; with 0 all.
        A run that was killed less than a day ago goes on instead: nothing is asked in it twice.
        """
        starts = list(urls)
        with self._transaction():
            self.run = self._number()
            self._db.executemany(
                "INSERT INTO pages (url, host, depth, start, priority, found_run, found_at) VALUES (?1, ?2, 0, 1, 1, ?3, ?4) "
                "ON CONFLICT (url) DO UPDATE SET state = 'queued', depth = 0, attempts = 0, next_at = 0, start = 1 "
                "WHERE state != 'done' OR asked_run < ?3 OR NOT start",
                [(*start, self.run, time.time()) for start in starts],
            )
            for host in {host for _, host in starts}:
                self._again(host, recheck)
        return self.run

    def _number(self) -> int:
        """Return the number of the run: that of one which was killed today is taken up again, so that nothing is asked twice."""
        last, seen = self._db.execute("SELECT max(max(asked_run, found_run)), max(seen_at) FROM pages").fetchone()
        ended = self._db.execute("SELECT 1 FROM runs WHERE run = ?", (last,)).fetchone()
        return int(last or 0) + (1 if ended or not last or time.time() - (seen or 0.0) > DAY else 0)

    def starts(self) -> list[str]:
        """Return the start pages of all runs."""
        return [url for (url,) in self._db.execute("SELECT url FROM pages WHERE start ORDER BY id")]

    def _again(self, host: str, recheck: float | None) -> None:
        again = "UPDATE pages SET state = 'queued', attempts = 0, next_at = 0, streak = 0 WHERE state = 'done' AND host = ?1 AND asked_run < ?4 AND "
        self._db.execute(f"{again} (kind IN ('sitemap', 'feed') OR is_list)", (host, None, None, self.run))
        if recheck is not None:
            self.lost.queue(host, recheck * DAY, self.run)
            due = f"kind = 'article' AND warc_file IS NOT NULL AND (?2 <= 0 OR ?3 - seen_at >= max(?2, min(seen_at - found_at, {180 * DAY})))"
            self._db.execute(again + due, (host, recheck * DAY, time.time(), self.run))

    def add(self, found: Iterable[Found]) -> None:
        """Queue addresses that no page led to, such as a host's sitemaps; known ones stay as they are."""
        self._insert(found, None)

    def _insert(self, found: Iterable[Found], parent: int | None) -> int:
        before, now = self._db.total_changes, time.time()
        self._db.executemany(
            "INSERT OR IGNORE INTO pages (url, host, depth, kind, priority, lastmod, form, parent, found_run, found_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(f.url, f.host, f.depth, f.kind, f.priority, f.lastmod, f.form, parent, self.run, now) for f in found],
        )
        return self._db.total_changes - before

    def next_job(self, host: str) -> Job | None:
        """Return the host's next page that is due, marked as in flight; the most useful first, then the shallowest, then the oldest."""
        return self._taken.pop(host, None) or self._take(host)

    def _take(self, host: str) -> Job | None:
        row = self._db.execute(
            "UPDATE pages SET state = 'inflight', attempts = attempts + 1, asked_run = ? WHERE id = (SELECT id FROM pages INDEXED BY pages_next "
            "WHERE state = 'queued' AND host = ? AND next_at <= ? ORDER BY priority, depth, id LIMIT 1) "
            "RETURNING id, url, host, depth, attempts, etag, last_modified, sha256, kind, form, streak, start",
            (self.run, host, time.time()),
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
        self, job: Job, fetched: Fetched, spread: Spread | None = None, *, at: tuple[str, str] | None = None
    ) -> list[tuple[str, str]]:
        """Commit one page as `done_all` does; return the (url, why) that are dropped for the first time."""
        return self.done_all([Effect(job, fetched, spread or Spread(), at)])[0]

    def done_all(self, effects: Sequence[Effect], *, going_on: Iterable[str] = ()) -> list[list[tuple[str, str]]]:
        """Commit pages, their places in the archive and what they lead to, all of it or nothing.

        Returns for each the (url, why) that are dropped for the first time. The next page of each host that is `going_on`
        is taken in the same commit: one of its own for each page would cost a tenth of a crawl's time.
        """
        with self._transaction():
            dropped = [self._done(effect) for effect in effects]
            taken = {host: self._take(host) for host in going_on if host not in self._taken}
        self._taken |= {host: job for host, job in taken.items() if job}
        return dropped

    def _done(self, effect: Effect) -> list[tuple[str, str]]:
        job, fetched, at = effect.job, effect.fetched, effect.at
        page = self._moved(job, fetched, at) if at else job.id
        self._db.execute(
            "UPDATE pages SET state = 'done', status = ?, sha256 = ?, etag = ?, last_modified = ?, warc_file = ?, warc_offset = ?, "
            "fetched_at = ?, seen_at = ?, canonical = ?, is_list = max(is_list, ?), why = NULL, asked_run = ? WHERE id = ?",
            (
                fetched.status, fetched.sha256, fetched.etag, fetched.last_modified, fetched.warc_file, fetched.warc_offset,
                fetched.fetched_at, time.time(), fetched.canonical, fetched.is_list, self.run, page,
            ),
        )  # fmt: skip
        articles = self._spread(job, effect.spread)
        first = self._note_dropped(job, effect.spread.dropped)
        if fetched.warc_file is not None:
            self.patterns.note(at[0] if at else job.url, job.kind, fetched.words, news=articles > 0)
            self._archived(page, fetched)
        return first

    def _moved(self, job: Job, fetched: Fetched, at: tuple[str, str]) -> int:
        self._db.execute(
            "INSERT OR IGNORE INTO pages (url, host, depth, kind, priority, parent, found_run, found_at) VALUES (?, ?, ?, ?, 5, ?, ?, ?)",
            (*at, job.depth, job.kind, job.id, self.run, time.time()),
        )
        page: int = self._db.execute("SELECT id FROM pages WHERE url = ?", (at[0],)).fetchone()[0]
        self._db.execute(
            "UPDATE pages SET state = 'done', why = 'moved', status = ?, sha256 = ?, etag = ?, last_modified = ?, warc_file = NULL, warc_offset = NULL WHERE id = ?",
            (fetched.status, fetched.sha256, fetched.etag, fetched.last_modified, job.id),
        )
        return page

    def _archived(self, page: int, fetched: Fetched) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO states (warc_file, warc_offset, page, sha256, fetched_at) VALUES (?, ?, ?, ?, ?)",
            (fetched.warc_file, fetched.warc_offset, page, fetched.sha256, fetched.fetched_at),
        )
        self.lost.there(page)
        self._db.execute(
            "INSERT INTO archive (file, length) VALUES (?, ?) ON CONFLICT (file) DO UPDATE SET length = excluded.length",
            (fetched.warc_file, fetched.warc_length),
        )

    def _spread(self, job: Job, spread: Spread) -> int:
        """Queue what a page leads to; return how many articles are new."""
        pagers = [f for f in spread.links if f.kind == "pager"]
        others = [f for f in spread.links if f.kind != "pager"]
        articles = self._insert((f for f in others if f.kind == "article"), job.id)
        self._insert((f for f in others if f.kind != "article"), job.id)
        self._insert(pagers, job.id)
        self._db.executemany(
            "UPDATE pages SET state = 'queued', attempts = 0, next_at = 0, lastmod = ?1 WHERE url = ?2 AND state = 'done' AND asked_run < ?3 "
            "AND fetched_at IS NOT NULL AND (CASE WHEN length(?1) = 10 THEN ?1 > substr(fetched_at, 1, 10) ELSE ?1 > fetched_at END)",
            [(f.lastmod, f.url, self.run) for f in others if f.lastmod],
        )
        if pagers and self.run > 1:
            self._walk_on(job, pagers, others, spread.stop_after)
        return articles

    def _walk_on(self, job: Job, pagers: Sequence[Found], others: Sequence[Found], stop_after: int) -> None:
        """Ask a list's next known page again, unless what it lists has been known for too long in a row."""
        (fresh,) = self._db.execute(
            "SELECT count(*) FROM pages WHERE found_run = ? AND url IN (SELECT value FROM json_each(?))", (self.run, json.dumps([f.url for f in others]))
        ).fetchone()
        streak = 0 if fresh else job.streak + max(1, len(others))
        if streak >= stop_after:
            return
        for found in pagers:
            again = self._db.execute(
                "UPDATE pages SET state = 'queued', attempts = 0, next_at = 0, streak = ?, form = ? WHERE url = ? AND state = 'done' AND asked_run < ?",
                (streak, found.form, found.url, self.run),
            ).rowcount
            if again:
                return

    def _note_dropped(self, job: Job, dropped: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        first = []
        for url, why in dropped:
            if self._db.execute("INSERT OR IGNORE INTO dropped (url, why, parent) VALUES (?, ?, ?)", (url[:2_000], why, job.id)).rowcount:
                first.append((url, why))
        return first

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

    def newer(self, url: str, sha256: str, fetched_at: str) -> str | None:
        """Return why a state of a page need not be kept: `known` already, or `older` than the one that is; None where it must."""
        row = self._db.execute(
            "SELECT fetched_at, EXISTS (SELECT 1 FROM states WHERE states.page = pages.id AND states.sha256 = ?) FROM pages WHERE url = ? AND warc_file IS NOT NULL",
            (sha256, url),
        ).fetchone()
        if row is None:
            return None
        return "known" if row[1] else "older" if fetched_at < row[0] else None

    def held_since(self, url: str, fetched_at: str) -> str | None:
        """Return `known` where a page's state of this moment is archived, `older` where a later one is, else None."""
        row = self._db.execute("SELECT fetched_at FROM pages WHERE url = ? AND warc_file IS NOT NULL", (url,)).fetchone()
        if row is None or row[0] < fetched_at:
            return None
        return "known" if row[0] == fetched_at else "older"

    def size(self) -> int:
        """Return how many pages are known."""
        return int(self._db.execute("SELECT count(*) FROM pages").fetchone()[0])

    def job_for(self, found: Found) -> Job:
        """Return the job of a page that was fetched elsewhere; it is made known first."""
        self.add([found])
        row = self._db.execute(
            "SELECT id, url, host, depth, attempts, etag, last_modified, sha256, kind FROM pages WHERE url = ?", (found.url,)
        ).fetchone()
        return Job(*row)

    def hold(self, job: Job, origin: str, why: str) -> None:
        """Leave a page that was not asked for after all, and all that is queued of its origin (http://host:port), for the next run."""
        with self._transaction():
            self._db.execute("UPDATE pages SET state = 'held', attempts = attempts - 1, why = ? WHERE id = ?", (why, job.id))
            # All addresses that begin with it and a slash: 0 is the letter after the slash.
            self._db.execute(
                "UPDATE pages SET state = 'held', why = ? WHERE state = 'queued' AND host = ? AND url >= ? || '/' AND url < ? || '0'", (why, job.host, origin, origin)
            )

    def unchanged(self, job: Job) -> None:
        """Mark a page as seen and unchanged since it was archived."""
        with self._transaction():
            self._db.execute("UPDATE pages SET state = 'done', why = 'unchanged', seen_at = ? WHERE id = ?", (time.time(), job.id))
            self.lost.there(job.id)

    def fail(
        self, job: Job, reason: str, *, status: int | None = None, retry_at: float | None = None, state: str = "failed"
    ) -> None:
        """Mark a page as failed (or dropped, or absent), or queue it again for `retry_at`."""
        state = "queued" if retry_at is not None else state
        with self._transaction():
            self._db.execute(
                "UPDATE pages SET state = ?, why = ?, status = ?, next_at = ? WHERE id = ?",
                (state, reason, status, retry_at or 0, job.id),
            )
            if state == "failed":
                self.lost.answered(job.id, reason)

    def tell_run(self, host: str, at: str, told: str) -> None:
        """Keep what is told of a host's part in this run."""
        self._db.execute("INSERT OR REPLACE INTO runs (run, host, at, told) VALUES (?, ?, ?, ?)", (self.run, host, at, told))

    def told(self, host: str) -> list[tuple[int, str, str]]:
        """Return (run, at, told) of a host's runs, the oldest first."""
        return list(self._db.execute("SELECT run, at, told FROM runs WHERE host = ? ORDER BY run", (host,)))

    def archived(self) -> list[tuple[str, str, int]]:
        """Return (url, archive file, offset) of every archived page, in the archive's order."""
        return list(
            self._db.execute(
                "SELECT url, warc_file, warc_offset FROM pages WHERE warc_file IS NOT NULL ORDER BY warc_file, warc_offset"
            )
        )

    def states(self) -> list[tuple[str, str, int]]:
        """Return (url, archive file, offset) of every state of every page, in the archive's order."""
        return list(
            self._db.execute(
                "SELECT url, states.warc_file, states.warc_offset FROM states JOIN pages ON pages.id = states.page ORDER BY 2, 3"
            )
        )

    def canonical_links(self) -> dict[str, str]:
        """Return by URL the canonical address that a page names, where that is another."""
        return dict(self._db.execute("SELECT url, canonical FROM pages WHERE canonical IS NOT NULL"))
