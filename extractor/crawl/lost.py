"""Articles whose pages are none any more: deleted, led home, replaced by an error. Their last good states stay; this is what became of them."""

from __future__ import annotations

import sqlite3
import time

# What a server answers of a page that it no longer has. Other causes (error, home, shell, …) are kinds of pages, told by reading.
ANSWERS = ("gone", "http_404", "http_410", "off_scope")
SIGHTS = 3  # runs that must see a page gone before it is asked for no more
_AGAIN = "why = excluded.why, seen = max(seen, excluded.seen), times = times + (run < excluded.run), run = excluded.run"


class Lost:
    """The lost articles of one frontier, kept in its file: why, since when, when seen so last, in how many runs."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def answered(self, page: int, why: str) -> None:
        """Note the answer for a page, where it is a known article's and says that there is none."""
        if why in ANSWERS:
            self._db.execute(  # the statements below are put together of words of ours alone
                "INSERT INTO lost (page, why, since, seen, times, run) SELECT id, ?2, ?3, ?3, 1, asked_run FROM pages "  # noqa: S608
                f"WHERE id = ?1 AND kind = 'article' AND warc_file IS NOT NULL ON CONFLICT (page) DO UPDATE SET {_AGAIN}",
                (page, why, time.time()),
            )

    def there(self, page: int) -> None:
        """Note that a server has a page after all; what reading told of its content stays true until it is read again."""
        self._db.execute(f"DELETE FROM lost WHERE page = ? AND why IN {ANSWERS}", (page,))  # noqa: S608
        self._db.execute(
            "UPDATE lost SET seen = ?2, times = times + (run < pages.asked_run), run = pages.asked_run FROM pages WHERE lost.page = ?1 AND pages.id = ?1",
            (page, time.time()),
        )

    def read_as(self, url: str, kind: str | None) -> None:
        """Note as what the newest state of an article's page reads: a kind that is no article, or None for an article."""
        if kind is None:
            self._db.execute("DELETE FROM lost WHERE page = (SELECT id FROM pages WHERE url = ?)", (url,))
            return
        self._db.execute(
            "INSERT INTO lost (page, why, since, seen, times, run) SELECT id, ?2, seen_at, seen_at, 1, asked_run FROM pages "  # noqa: S608
            f"WHERE url = ?1 ON CONFLICT (page) DO UPDATE SET {_AGAIN}",
            (url, kind),
        )

    def queue(self, host: str, recheck: float, run: int) -> None:
        """Queue a host's lost articles again that were last seen so `recheck` seconds ago, until they were seen so often enough."""
        self._db.execute(
            "UPDATE pages SET state = 'queued', attempts = 0, next_at = 0 WHERE state = 'failed' AND host = ? AND asked_run < ? "
            "AND id IN (SELECT page FROM lost WHERE times < ? AND ? - seen >= ?)",
            (host, run, SIGHTS, time.time(), recheck),
        )

    def urls(self) -> set[str]:
        """Return the addresses of all lost articles."""
        return {url for (url,) in self._db.execute("SELECT url FROM lost JOIN pages ON pages.id = lost.page")}

    def counts(self) -> dict[str, int]:
        """Return how many articles are lost, by why."""
        return dict(self._db.execute("SELECT why, count(*) FROM lost GROUP BY why ORDER BY why"))
