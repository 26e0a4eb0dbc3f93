"""From start pages to an archive: politely, each page once, nothing lost when killed."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from extractor.crawl.options import CrawlEvent, CrawlOptions, CrawlSummary, OnEvent
from extractor.errors import StoreError
from extractor.url import canonical_url

__all__ = ["CrawlEvent", "CrawlOptions", "CrawlSummary", "OnEvent", "crawl"]


@contextlib.contextmanager
def alone(data: Path) -> Iterator[None]:
    """Hold the folder's lock, which a killed process gives back by itself; StoreError where another crawl holds it."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "crawl.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(
                f"{data}: another mttq is crawling into this folder; wait for it or use another --data"
            ) from error
        yield


def crawl(
    starts: Sequence[str], *, data: Path, options: CrawlOptions, on_event: OnEvent = lambda _: None
) -> CrawlSummary:
    """Crawl the hosts of the start pages into DATA/archive (without any: those of the folder's runs before); return what was done.

    Start pages, lists, sitemaps and feeds are asked for again on every run, articles when they may have changed. A keyboard
    interrupt ends the run cleanly: what is in flight is queued again, and the next run goes on from there (`interrupted` is
    then True). StoreError where another crawl writes to the folder or the disk is full, InputError where a start is no address
    or the archive has lost pages.
    """
    from extractor.crawl.ledger import Ledger
    from extractor.crawl.loop import Loop

    urls = [canonical_url(url) for url in starts]
    with alone(data):
        ledger = Ledger(data, on_event)
        urls = urls or ledger.frontier.starts()
        hosts = frozenset(urlsplit(u).hostname or "" for u in urls) | (frozenset() if starts else frozenset(ledger.frontier.hosts()))
        loop = Loop(data, options, ledger, hosts)
        try:
            ledger.frontier.recover()
            ledger.archive.cut(ledger.frontier.committed())
            ledger.frontier.begin([(u, urlsplit(u).hostname or "") for u in urls], recheck=options.recheck)
            asyncio.run(loop.run())
            if loop.broken is None:
                ledger.end(sorted(hosts))
        except KeyboardInterrupt:
            ledger.summary.interrupted = True
        finally:
            ledger.close()
    if loop.broken:
        raise StoreError(
            f"{data}: cannot be written: {loop.broken}. What was fetched is kept; make room and run the same again"
        ) from loop.broken
    return ledger.summary
