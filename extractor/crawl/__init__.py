"""From start pages to an archive: politely, each page once, nothing lost when killed."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from extractor.errors import FetchError, PoisonError
from extractor.url import canonical_url

if TYPE_CHECKING:
    from extractor.archive import ArchiveWriter, Exchange
    from extractor.crawl.fetch import Fetcher
    from extractor.crawl.frontier import Frontier, Job
    from extractor.crawl.robots import Rules

_RETRIES = 3
_PERMANENT = frozenset({"off_scope", "private_address", "scheme", "too_large", "redirects", "tls"})
_FILES = (".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt")
_MAX_SEGMENTS = 12
_MAX_REPEATS = 3


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


def drop_reason(url: str, hosts: frozenset[str]) -> str | None:
    """Return why a link is not followed, or None: off the sites, a trap's shape, a tool of the page.

    >>> drop_reason("http://a.example/x/y/x/y/x/y/x/y", frozenset({"a.example"}))
    'path_repeats'
    """
    parts = urlsplit(url)
    if (parts.hostname or "") not in hosts:
        return "off_scope"
    segments = [s for s in parts.path.split("/") if s]
    if len(segments) > _MAX_SEGMENTS or len(url) > 1_000:
        return "too_long"
    if segments and max(Counter(segments).values()) > _MAX_REPEATS:
        return "path_repeats"
    lowered = url.lower()
    if parts.path.lower().endswith(_FILES):
        return "attachment"
    if any(tool in lowered for tool in ("/print/", "/savefile/", "/login", "/dang-nhap", "/rss/", "printpage.aspx", "ctl/login", "/search")):
        return "page_tool"
    return None


class _Crawl:
    """One run over a data folder."""

    def __init__(self, data: Path, options: CrawlOptions, on_event: OnEvent, hosts: frozenset[str]) -> None:
        from extractor.archive import ArchiveWriter
        from extractor.crawl.fetch import Fetcher, Reach
        from extractor.crawl.frontier import Frontier

        self.options, self.on_event, self.hosts = options, on_event, hosts
        self.frontier: Frontier = Frontier(data / "frontier.sqlite")
        self.archive: ArchiveWriter = ArchiveWriter(data / "archive", own=self.frontier.committed(), on_new=self.frontier.claim)
        self.fetcher: Fetcher = Fetcher(Reach(allow_loopback=options.allow_loopback, connect_to=options.connect_to))
        self.summary = CrawlSummary()
        self.robots: dict[str, Rules] = {}
        self.log: IO[str] = (data / "crawl-log.jsonl").open("a", encoding="utf-8")
        self.gate = asyncio.Semaphore(options.concurrency)

    def tell(self, what: str, url: str, why: str = "") -> None:
        line = {"at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "what": what, "url": url, **({"why": why} if why else {})}
        self.log.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.log.flush()
        self.on_event(CrawlEvent(what, url, why))

    async def run(self) -> None:
        try:
            await asyncio.gather(*(self._host(host) for host in self.frontier.hosts() if host in self.hosts))
        finally:
            await self.fetcher.close()
            self.log.close()

    async def _host(self, host: str) -> None:
        """Work through one host, one page at a time."""
        failures = 0
        while self.summary.fetched + self.summary.unchanged < self.options.max_pages:
            job = self.frontier.next_job(host)
            if job is None:
                due = self.frontier.waiting(host)
                if due is None:
                    return
                await asyncio.sleep(min(30.0, max(0.05, due - time.time())))
                continue
            rules = await self._rules(job)
            if not rules.allows(job.url, _agent()):
                self._failed(job, "robots", None)
                continue
            async with self.gate:
                went_well = await self._page(job)
            failures = 0 if went_well else failures + 1
            pause = max(self.options.delay, rules.delay(_agent())) * (2 ** min(failures, 6) if failures else 1)
            if pause:
                await asyncio.sleep(pause)

    async def _rules(self, job: Job) -> Rules:
        from extractor.crawl import robots
        from extractor.encoding import undo

        parts = urlsplit(job.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        known = self.robots.get(origin)
        if known is None or known.expires < time.time():
            try:
                exchange = await self.fetcher.get(f"{origin}/robots.txt")
                body = undo(exchange.body, dict(exchange.headers).get("content-encoding", ""))
                known = robots.from_response(exchange.status, body)
            except (FetchError, PoisonError) as error:
                known = robots.from_failure(FetchError(error.reason, str(error)))
            self.robots[origin] = known
        return known

    async def _page(self, job: Job) -> bool:
        conditions = {k: v for k, v in (("If-None-Match", job.etag), ("If-Modified-Since", job.last_modified)) if v}
        try:
            exchange = await self.fetcher.get(job.url, conditions=conditions, in_scope=self.hosts)
        except FetchError as error:
            retry = None if error.reason in _PERMANENT or job.attempts >= _RETRIES else time.time() + self.options.delay * 2**job.attempts
            self._failed(job, error.reason, None, retry_at=retry)
            return False
        if exchange.status == 304:
            self._unchanged(job)
            return True
        if exchange.status != 200:
            retry = _retry_at(exchange, job, self.options.delay)
            self._failed(job, f"http_{exchange.status}", exchange.status, retry_at=retry)
            return exchange.status < 500 and exchange.status != 429
        return self._archive(job, exchange)

    def _archive(self, job: Job, exchange: Exchange) -> bool:
        from extractor.crawl.frontier import Fetched

        digest = hashlib.sha256(exchange.body).hexdigest()
        if digest == job.sha256:
            self._unchanged(job)
            return True
        headers = {k.lower(): v for k, v in exchange.headers}
        links = self._links(job, exchange, headers)
        name, offset, length = self.archive.append(exchange)
        fetched = Fetched(
            status=exchange.status, sha256=digest, etag=headers.get("etag"), last_modified=headers.get("last-modified"),
            warc_file=name, warc_offset=offset, warc_length=length, fetched_at=exchange.fetched_at.isoformat(),
        )  # fmt: skip
        self.frontier.done(job, fetched, links)
        self.summary.fetched += 1
        self.tell("fetched", job.url)
        return True

    def _links(self, job: Job, exchange: Exchange, headers: Mapping[str, str]) -> list[tuple[str, str, int]]:
        from extractor.clean.decode import decode
        from extractor.clean.links import find_links
        from extractor.encoding import undo

        if job.depth >= self.options.max_depth or "html" not in headers.get("content-type", "html"):
            return []
        try:
            html = decode(undo(exchange.body, headers.get("content-encoding", "")), headers)
            found = find_links(html, base=exchange.url)
        except PoisonError as error:
            self.summary.dropped[error.reason] += 1
            self.tell("dropped", job.url, error.reason)
            return []
        kept: dict[str, tuple[str, str, int]] = {}
        for link in found:
            url = canonical_url(link.url)
            if reason := drop_reason(url, self.hosts):
                self.summary.dropped[reason] += 1
                continue
            # The further pages of a list are as deep as the list itself, within reason.
            kept[url] = (url, urlsplit(url).hostname or "", job.depth if link.pager and job.depth else job.depth + 1)
        return list(kept.values())

    def _unchanged(self, job: Job) -> None:
        self.frontier.unchanged(job)
        self.summary.unchanged += 1
        self.tell("unchanged", job.url)

    def _failed(self, job: Job, reason: str, status: int | None, *, retry_at: float | None = None) -> None:
        self.frontier.fail(job, reason, status=status, retry_at=retry_at)
        if retry_at is None:
            self.summary.failed[reason] += 1
        self.tell("failed" if retry_at is None else "waiting", job.url, reason)


def _agent() -> str:
    from extractor.crawl.fetch import AGENT

    return AGENT


def _retry_at(exchange: Exchange, job: Job, delay: float) -> float | None:
    if exchange.status not in {429, 500, 502, 503, 504} or job.attempts >= _RETRIES:
        return None
    after = {k.lower(): v for k, v in exchange.headers}.get("retry-after", "")
    wait = float(after) if after.isdigit() else max(1.0, delay) * 2**job.attempts
    return time.time() + min(wait, 3600.0)


def crawl(starts: Sequence[str], *, data: Path, options: CrawlOptions, on_event: OnEvent = lambda _: None) -> CrawlSummary:
    """Crawl the hosts of the start pages into DATA/archive; return what was done.

    Start pages are asked for again on every run, other pages once. A keyboard interrupt ends the run cleanly: what is in
    flight is queued again, and the next run goes on from there (`interrupted` is then True).
    """
    urls = [canonical_url(url) for url in starts]
    hosts = frozenset(urlsplit(u).hostname or "" for u in urls)
    data.mkdir(parents=True, exist_ok=True)
    run = _Crawl(data, options, on_event, hosts)
    try:
        run.frontier.recover()
        run.archive.cut(run.frontier.committed())
        run.frontier.begin([(u, urlsplit(u).hostname or "") for u in urls])
        asyncio.run(run.run())
    except KeyboardInterrupt:
        run.summary.interrupted = True
    finally:
        run.frontier.recover()
        run.frontier.close()
    return run.summary
