"""From start pages to an archive: politely, each page once, nothing lost when killed."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import fcntl
import hashlib
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from extractor.crawl import pace
from extractor.crawl.scope import drop_reason
from extractor.encoding import undo
from extractor.errors import FetchError, InputError, PoisonError, StoreError
from extractor.url import canonical_url

if TYPE_CHECKING:
    from extractor.archive import ArchiveWriter, Exchange
    from extractor.crawl.fetch import Fetcher
    from extractor.crawl.frontier import Frontier, Job
    from extractor.crawl.robots import Rules

_PERMANENT = frozenset({"off_scope", "private_address", "scheme", "too_large", "redirects", "tls", "robots"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    """How far and how fast: `delay` is the pause in seconds between two fetches of a host."""

    delay: float = 2.0
    max_depth: int = 3
    max_pages: int = 10_000
    concurrency: int = 32
    allow_loopback: bool = False
    connect_to: Mapping[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CrawlEvent:
    """One thing that happened to one page: fetched, unchanged, failed, dropped or waiting."""

    what: str
    url: str
    why: str = ""


@dataclass(slots=True)
class CrawlSummary:
    """What a crawl did: pages fetched anew, seen unchanged, failed by reason; links dropped by reason."""

    fetched: int = 0
    unchanged: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    interrupted: bool = False


OnEvent = Callable[[CrawlEvent], None]


class _Crawl:
    """One run over a data folder."""

    def __init__(self, data: Path, options: CrawlOptions, on_event: OnEvent, hosts: frozenset[str]) -> None:
        from extractor.archive import ArchiveWriter
        from extractor.crawl.fetch import Fetcher, Reach
        from extractor.crawl.frontier import Frontier

        self.options, self.on_event, self.hosts = options, on_event, hosts
        self.frontier: Frontier = Frontier(data / "frontier.sqlite")
        self.archive: ArchiveWriter = ArchiveWriter(
            data / "archive", own=self.frontier.committed(), on_new=self.frontier.claim
        )
        self.fetcher: Fetcher = Fetcher(Reach(allow_loopback=options.allow_loopback, connect_to=options.connect_to))
        self.summary = CrawlSummary()
        self.robots: dict[str, Rules] = {}
        self.addresses = pace.Addresses(options.delay)
        self.asked = 0
        self.left: set[str] = set()
        self.broken: Exception | None = None
        self.log: IO[str] = (data / "crawl-log.jsonl").open("a", encoding="utf-8")
        self.gate = asyncio.Semaphore(options.concurrency)

    def tell(self, what: str, url: str, why: str = "") -> None:
        line = {
            "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "what": what,
            "url": url,
            **({"why": why} if why else {}),
        }
        self.log.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.log.flush()
        self.on_event(CrawlEvent(what, url, why))

    def close(self) -> None:
        self.log.close()
        self.frontier.recover()
        self.frontier.close()

    async def run(self) -> None:
        """Work through all hosts, again where one host's pages led to another's that had none left."""
        try:
            while hosts := self._hosts():
                async with asyncio.TaskGroup() as group:
                    for host in hosts:
                        group.create_task(self._host(host))
        except* (OSError, sqlite3.Error) as errors:
            self.broken = errors.exceptions[0]
        finally:
            await self.fetcher.close()

    def _hosts(self) -> list[str]:
        if self.asked >= self.options.max_pages:
            return []
        return [host for host in self.frontier.hosts() if host in self.hosts and host not in self.left]

    async def _host(self, host: str) -> None:
        """Work through one host, one page at a time."""
        failures = 0
        while self.asked < self.options.max_pages:
            job = self.frontier.next_job(host)
            if job is None:
                due = self.frontier.waiting(host)
                if due is None:
                    return
                await asyncio.sleep(min(30.0, max(0.05, due - time.time())))
                continue
            rules = await self._rules(job.url)
            if rules.unread:
                self._leave(job, rules.reason, rules.expires)
                return
            if not rules.allows(job.url, _agent()):
                self._failed(job, "robots")
                continue
            self.asked += 1
            went_well, asked = await self._turn(job)
            failures = 0 if went_well else failures + 1
            if failures >= pace.GIVE_UP:
                self._leave(None, "host_down", 0.0, host=host)
                return
            pause = max(self.options.delay, rules.delay(_agent())) * (2 ** min(failures, 6))
            await asyncio.sleep(max(pause, asked or 0.0))

    async def _turn(self, job: Job) -> tuple[bool, float | None]:
        """Fetch a page when its server may be asked; return whether that went well, and the pause that the host asks for."""
        while wait := self.addresses.take(job.host):
            await asyncio.sleep(wait)
        async with self.gate:
            return await self._page(job)

    async def _rules(self, url: str) -> Rules:
        """Return the rules for a URL; old ones stay in force where they cannot be read anew."""
        from extractor.crawl import robots

        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        known = self.robots.get(origin)
        if known is not None and known.expires >= time.time():
            return known
        try:
            exchange = await self.fetcher.get(f"{origin}/robots.txt", keep=robots.MAX_BYTES + 1)
            self.addresses.seen(parts.hostname or "", exchange.remote_ip)
            coding = dict(exchange.headers).get("content-encoding", "")
            fresh = robots.from_response(
                exchange.status, undo(exchange.body, coding, limit=robots.MAX_BYTES + 1, partial=True)
            )
        except (FetchError, PoisonError) as error:
            fresh = robots.from_failure(FetchError(error.reason, str(error)))
        if fresh.unread and known is not None and not known.unread:
            known.expires = fresh.expires
            return known
        self.robots[origin] = fresh
        return fresh

    async def _check_hop(self, url: str) -> None:
        rules = await self._rules(url)
        if not rules.allows(url, _agent()):
            raise FetchError("robots", f"a redirect leads to {url}, which robots.txt forbids")

    async def _page(self, job: Job) -> tuple[bool, float | None]:
        conditions = {k: v for k, v in (("If-None-Match", job.etag), ("If-Modified-Since", job.last_modified)) if v}
        try:
            exchange = await self.fetcher.get(
                job.url, conditions=conditions, in_scope=self.hosts, on_hop=self._check_hop
            )
        except FetchError as error:
            wait = None if error.reason in _PERMANENT else pace.retry_wait(None, job.attempts, self.options.delay, None)
            self._failed(job, error.reason, wait=wait)
            return error.reason in _PERMANENT, None
        self.addresses.seen(job.host, exchange.remote_ip)
        if exchange.status == 304:
            self._unchanged(job)
        elif exchange.status == 200:
            self._archive(job, exchange)
        else:
            asked = pace.asked_wait(dict(exchange.headers), now=time.time())
            wait = pace.retry_wait(exchange.status, job.attempts, self.options.delay, asked)
            self._failed(job, f"http_{exchange.status}", status=exchange.status, wait=wait)
            return exchange.status < 500 and exchange.status != 429, asked if wait is not None else None
        return True, None

    def _archive(self, job: Job, exchange: Exchange) -> None:
        """Keep a page, unless it is the one that is kept already; a body that must not be unpacked fails."""
        from extractor.crawl.frontier import Fetched

        at = canonical_url(exchange.url)
        moved = None if at == job.url else (at, urlsplit(at).hostname or "")
        if moved and job.depth and urlsplit(at).path == "/":
            self._failed(job, "gone")  # what a site does with pages that it no longer has
            return
        digest = hashlib.sha256(exchange.body).hexdigest()
        if digest == job.sha256 or (moved and self.frontier.holds(at, digest)):
            self._unchanged(job)
            return
        headers = {k.lower(): v for k, v in exchange.headers}
        try:
            links = self._links(job, exchange, headers)
        except PoisonError as error:
            wait = (
                pace.retry_wait(None, job.attempts, self.options.delay, None) if error.reason == "truncated" else None
            )
            self._failed(job, error.reason, wait=wait)
            return
        name, offset, length = self.archive.append(exchange)
        fetched = Fetched(
            status=exchange.status, sha256=digest, etag=headers.get("etag"), last_modified=headers.get("last-modified"),
            warc_file=name, warc_offset=offset, warc_length=length, fetched_at=exchange.fetched_at.isoformat(),
        )  # fmt: skip
        self.frontier.done(job, fetched, links, at=moved)
        self.summary.fetched += 1
        self.tell("fetched", job.url)

    def _links(self, job: Job, exchange: Exchange, headers: Mapping[str, str]) -> list[tuple[str, str, int]]:
        """Return the links to follow; PoisonError where the body cannot be unpacked, none where it cannot be parsed."""
        from extractor.clean.decode import decode
        from extractor.clean.links import find_links

        content = undo(exchange.body, headers.get("content-encoding", ""))
        if job.depth >= self.options.max_depth or "html" not in headers.get("content-type", "html"):
            return []
        try:
            found = find_links(decode(content, headers), base=exchange.url)
        except (PoisonError, ValueError) as error:
            self._dropped(job.url, error.reason if isinstance(error, PoisonError) else "bad_link")
            return []
        kept: dict[str, tuple[str, str, int]] = {}
        for link in found:
            try:
                url = canonical_url(link.url)
            except InputError:
                self._dropped(link.url, "bad_link")
                continue
            if reason := drop_reason(url, self.hosts):
                self.summary.dropped[reason] += 1
                continue
            # The further pages of a list are as deep as the list itself, within reason.
            kept[url] = (url, urlsplit(url).hostname or "", job.depth if link.pager and job.depth else job.depth + 1)
        return list(kept.values())

    def _dropped(self, url: str, reason: str) -> None:
        self.summary.dropped[reason] += 1
        self.tell("dropped", url, reason)

    def _unchanged(self, job: Job) -> None:
        self.frontier.unchanged(job)
        self.summary.unchanged += 1
        self.tell("unchanged", job.url)

    def _failed(self, job: Job, reason: str, *, status: int | None = None, wait: float | None = None) -> None:
        self.frontier.fail(job, reason, status=status, retry_at=None if wait is None else time.time() + wait)
        if wait is None:
            self.summary.failed[reason] += 1
        self.tell("failed" if wait is None else "waiting", job.url, reason)

    def _leave(self, job: Job | None, reason: str, until: float, *, host: str = "") -> None:
        """Leave a host for this run; its pages stay queued for the next."""
        if job:
            self.frontier.put_back(job, reason, until)
        self.left.add(job.host if job else host)
        self.summary.failed[reason] += 1
        self.tell("left", job.url if job else f"//{host}/", reason)


def _agent() -> str:
    from extractor.crawl.fetch import AGENT

    return AGENT


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
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
    """Crawl the hosts of the start pages into DATA/archive; return what was done.

    Start pages are asked for again on every run, other pages once. A keyboard interrupt ends the run cleanly: what is in
    flight is queued again, and the next run goes on from there (`interrupted` is then True). StoreError where another crawl
    writes to the folder or the disk is full, InputError where a start is no address or the archive has lost pages.
    """
    urls = [canonical_url(url) for url in starts]
    hosts = frozenset(urlsplit(u).hostname or "" for u in urls)
    with _alone(data):
        run = _Crawl(data, options, on_event, hosts)
        try:
            run.frontier.recover()
            run.archive.cut(run.frontier.committed())
            run.frontier.begin([(u, urlsplit(u).hostname or "") for u in urls])
            asyncio.run(run.run())
        except KeyboardInterrupt:
            run.summary.interrupted = True
        finally:
            run.close()
    if run.broken:
        raise StoreError(
            f"{data}: cannot be written: {run.broken}. What was fetched is kept; make room and run the same again"
        ) from run.broken
    return run.summary
