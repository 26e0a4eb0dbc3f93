"""What a folder's frontier tells people: how far the crawl is, what failed, what is known of one address."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from extractor.errors import InputError
from extractor.url import canonical_url

_LOST = """
SELECT host, group_concat(line, ', ') FROM (
  SELECT host, lost.why || ' ' || count(*) || ' since ' || strftime('%Y-%m-%d', min(since), 'unixepoch') AS line
  FROM lost JOIN pages ON pages.id = lost.page GROUP BY host, lost.why ORDER BY lost.why
) GROUP BY host
"""
_LOST_PAGE = "SELECT why, strftime('%Y-%m-%d', since, 'unixepoch'), strftime('%Y-%m-%d', seen, 'unixepoch'), times FROM lost WHERE page = ?"


@contextlib.contextmanager
def _opened(data: Path) -> Iterator[sqlite3.Connection]:
    path = data / "frontier.sqlite"
    if not path.exists():
        raise InputError(f"{data}: no crawl here yet; `mttq crawl URL --data {data}` begins one")
    from extractor.crawl.frontier import Frontier

    Frontier(path).close()  # brings a folder of an earlier version up to date
    db = sqlite3.connect(path, isolation_level=None)
    try:
        yield db
    finally:
        db.close()


def counts(data: Path) -> dict[str, int]:
    """Return how many pages are in each state; InputError where nothing was crawled."""
    with _opened(data) as db:
        return dict(db.execute("SELECT state, count(*) FROM pages GROUP BY state ORDER BY state"))


def failures(data: Path) -> dict[str, int]:
    """Return how many pages failed, by reason."""
    with _opened(data) as db:
        return dict(db.execute("SELECT why, count(*) FROM pages WHERE state = 'failed' GROUP BY why ORDER BY why"))


def status(data: Path) -> list[str]:
    """Return lines for people: pages by state, failures and drops by reason, and each host with its last run's word."""
    with _opened(data) as db:
        states = db.execute("SELECT state, count(*) FROM pages GROUP BY state ORDER BY state").fetchall()
        failed = db.execute("SELECT why, count(*) FROM pages WHERE state = 'failed' GROUP BY why ORDER BY why").fetchall()
        dropped = db.execute("SELECT why, count(*) FROM dropped GROUP BY why ORDER BY why").fetchall()
        hosts = db.execute(
            "SELECT host, sum(state = 'done'), sum(state = 'queued'), sum(state = 'failed'), "
            "(SELECT told FROM runs WHERE runs.host = pages.host ORDER BY run DESC LIMIT 1) FROM pages GROUP BY host ORDER BY host"
        ).fetchall()
        lost = dict(db.execute(_LOST))
    lines = [f"pages: {_listed(states)}; failed: {_listed(failed)}; links not followed: {_listed(dropped)}"]
    for host, done, queued, failed_here, told in hosts:
        alarms = json.loads(told).get("alarms", []) if told else []
        told_lost = [f"articles that are no more: {lost[host]}"] if host in lost else []
        lines.append(f"  {host}: " + "; ".join([f"done {done}, queued {queued}, failed {failed_here}", *told_lost, *alarms]))
    return lines


def hosts(data: Path) -> dict[str, str]:
    """Return by host how far it is, in words."""
    with _opened(data) as db:
        rows = db.execute("SELECT host, sum(state = 'done'), sum(state = 'queued'), (SELECT max(at) FROM runs WHERE runs.host = pages.host) FROM pages GROUP BY host")
        return {host: f"{done} pages, {queued} queued, last crawled {(at or 'never')[:10]}" for host, done, queued, at in rows}


def _listed(rows: list[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {n}" for name, n in rows) or "0"


def explain(data: Path, url: str) -> dict[str, object] | None:
    """Return all that is known of an address: its state and why, the way that led there, its states in the archive; None if nothing."""
    with _opened(data) as db:
        for form in dict.fromkeys((url, canonical_url(url))):
            cursor = db.execute("SELECT * FROM pages WHERE url = ?", (form,))
            if row := cursor.fetchone():
                known = dict(zip([d[0] for d in cursor.description], row, strict=True))
                return _told(db, known)
            if row := db.execute("SELECT url, why, parent FROM dropped WHERE url = ?", (form,)).fetchone():
                return {"url": row[0], "state": "dropped", "why": row[1], "found on": _way(db, row[2])}
    return None


def _told(db: sqlite3.Connection, known: dict[str, object]) -> dict[str, object]:
    if form := known.pop("form"):
        known["form"] = f"{len(str(form))} bytes to post"
    known["found on"] = _way(db, known.pop("parent"))
    rows = db.execute("SELECT fetched_at, warc_file, warc_offset FROM states WHERE page = ? ORDER BY fetched_at", (known["id"],))
    if row := db.execute(_LOST_PAGE, (known["id"],)).fetchone():
        known["lost"] = "{} since {}, last seen so {}, in {} runs; the tables keep what it said".format(*row)
    known["states kept"] = ", ".join(f"{at} {file}:{offset}" for at, file, offset in rows) or "none"
    return {name: value for name, value in known.items() if value not in {None, ""}}


def _way(db: sqlite3.Connection, parent: object) -> str:
    """Return the addresses from the start to the page on which an address was found."""
    way: list[str] = []
    while parent is not None and len(way) < 20:
        row = db.execute("SELECT url, parent FROM pages WHERE id = ?", (parent,)).fetchone()
        if row is None:
            break
        way.append(row[0])
        parent = row[1]
    return " > ".join(reversed(way)) or "given by hand, by robots.txt or by a sitemap's place"


def retry_failed(data: Path) -> int:
    """Queue failed pages again; return how many."""
    with _opened(data) as db:
        return db.execute("UPDATE pages SET state = 'queued', attempts = 0, next_at = 0 WHERE state = 'failed'").rowcount
