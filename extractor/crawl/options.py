"""What a crawl is told, and what it tells."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from extractor.sites import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    """How far and how fast.

    `delay` is the pause in seconds between two fetches of a host; `since` and `until` are the first and last day of
    publication, for pages whose day is known before they are fetched; `stop_after` known pages in a row end the walk through a
    list; articles last seen `recheck` days ago, and at least as long ago as they were known then, are asked for again (0: all;
    None: none). `sites` are the files of the sites that are crawled. `contact` is told to servers: where
    the one who crawls can be reached.
    """

    delay: float = 2.0
    max_depth: int = 3
    max_pages: int = 10_000
    concurrency: int = 32
    allow_loopback: bool = False
    connect_to: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    since: dt.date | None = None
    until: dt.date | None = None
    stop_after: int = 50
    recheck: float | None = 1.0
    sites: tuple[Site, ...] = ()
    contact: str | None = None

    def site(self, host: str) -> Site | None:
        """Return the file of a host's site."""
        return next((s for s in self.sites if s.host == host), None)

    def delay_of(self, host: str) -> float:
        """Return a host's delay: its site's where that is longer."""
        site = self.site(host)
        return max(self.delay, site.delay or 0.0) if site and self.delay else self.delay


@dataclass(frozen=True, slots=True)
class CrawlEvent:
    """One thing that happened: a page fetched, unchanged, failed, dropped, absent or waiting; a host left or told of."""

    what: str
    url: str
    why: str = ""


@dataclass(slots=True)
class CrawlSummary:
    """What a crawl did: pages fetched anew, seen unchanged, failed by reason; links dropped by reason; alarms by host."""

    fetched: int = 0
    unchanged: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    interrupted: bool = False
    alarms: dict[str, list[str]] = field(default_factory=dict)


OnEvent = Callable[[CrawlEvent], None]
