"""One run over a data folder: all hosts at once, each host one page at a time."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path
from urllib.parse import urlsplit

from extractor.crawl import pace, robots
from extractor.crawl.fetch import AGENT, Fetcher, Reach
from extractor.crawl.jobs import Job
from extractor.crawl.leads import FEED, LISTINGS, SITEMAP, Guide, first_listings
from extractor.crawl.ledger import Ledger
from extractor.crawl.options import CrawlOptions
from extractor.crawl.robots import Rules
from extractor.crawl.visit import Visitor
from extractor.encoding import undo
from extractor.errors import FetchError, PoisonError


class Loop:
    """One run."""

    def __init__(self, data: Path, options: CrawlOptions, ledger: Ledger, hosts: frozenset[str]) -> None:
        self.options, self.ledger, self.hosts = options, ledger, hosts
        tls = {site.host: site.tls for site in options.sites if site.tls != "verify"}
        self.fetcher = Fetcher(Reach(allow_loopback=options.allow_loopback, connect_to=options.connect_to), tls=tls, contact=options.contact)
        self.addresses = pace.Addresses()
        self.visitor = Visitor(self.fetcher, ledger, Guide(options, hosts), self.addresses)
        self.robots: dict[str, Rules] = {}
        self.asked = 0
        self.left: set[str] = set()
        self.held: set[str] = set()
        self.broken: Exception | None = None
        self.gate = asyncio.Semaphore(options.concurrency)

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
        return [host for host in self.ledger.frontier.hosts() if host in self.hosts and host not in self.left]

    async def _host(self, host: str) -> None:
        """Work through one host, one page at a time."""
        failures = 0
        while self.asked < self.options.max_pages:
            job = await self._next(host)
            if job is None:
                return
            rules = await self._rules(job.url)
            if rules.unread:  # of http or of one port alone, it may be: the rest of the host goes on
                origin = _origin(job.url)
                self.ledger.held(job, origin, rules.reason, first=origin not in self.held)
                self.held.add(origin)
                continue
            if self._unwanted(job, rules):
                continue
            self.asked += job.kind not in LISTINGS
            delay = max(self.options.delay_of(host), rules.delay(AGENT))
            async with self.gate, self.addresses.turn(host, delay):
                well, asked = await self.visitor.visit(job, self._check_hop)
            failures = 0 if well else failures + 1
            if failures >= pace.GIVE_UP:
                self.left.add(host)
                self.ledger.left(host, "host_down")
                return
            if asked:
                await asyncio.sleep(asked)

    async def _next(self, host: str) -> Job | None:
        """Return the host's next page when it is due; None where it has none."""
        while (job := self.ledger.frontier.next_job(host)) is None:
            due = self.ledger.frontier.waiting(host)
            if due is None:
                return None
            await asyncio.sleep(min(30.0, max(0.05, due - time.time())))
        return job

    def _unwanted(self, job: Job, rules: Rules) -> bool:
        """Note why a page is not asked for after all, where it is not."""
        if not rules.allows(job.url, AGENT):
            if job.kind in LISTINGS:
                self.ledger.absent(job, "robots")
            else:
                self.ledger.failed(job, "robots")
            return True
        if not job.start and job.kind not in LISTINGS and (why := self.ledger.frontier.patterns.refuses(job.url, job.kind)):
            self.ledger.refused(job, why)
            return True
        return False

    async def _rules(self, url: str) -> Rules:
        """Return the rules for a URL; old ones stay in force where they cannot be read anew."""
        origin, host = _origin(url), urlsplit(url).hostname or ""
        known = self.robots.get(origin)
        if known is not None and known.expires >= time.time():
            return known
        fresh = await self._read_rules(origin, host, again=known is None)
        if fresh.unread and known is not None and not known.unread:
            known.expires = fresh.expires
            return known
        self.robots[origin] = fresh
        self.ledger.tallies[host].crawl_delay_cut = fresh.cut_delay(AGENT)
        if not fresh.unread and host in self.hosts:
            site = self.options.site(host)
            listings = {SITEMAP: site.sitemaps, FEED: site.feeds} if site else {}
            self.ledger.frontier.add(first_listings(host, origin, fresh.sitemaps(), listings))
        return fresh

    async def _read_rules(self, origin: str, host: str, *, again: bool) -> Rules:
        """Return the rules that an origin states, asked for `again` where it cannot be read: a run may not lose a host to one bad answer."""
        attempts = 1
        while True:
            rules, asked = await self._ask_rules(origin, host)
            wait = pace.retry_wait(None, attempts, self.options.delay, asked) if again and rules.passing else None
            if wait is None:
                return rules
            self.ledger.tell("waiting", f"{origin}/robots.txt", rules.why)
            await asyncio.sleep(wait)
            attempts += 1

    async def _ask_rules(self, origin: str, host: str) -> tuple[Rules, float | None]:
        """Return the rules that one answer makes, and the pause in seconds that it asks for."""
        try:
            exchange = await self.fetcher.get(f"{origin}/robots.txt", keep=robots.MAX_BYTES + 1)
            self.addresses.seen(host, exchange.remote_ip)
            headers = dict(exchange.headers)
            body = undo(exchange.body, headers.get("content-encoding", ""), limit=robots.MAX_BYTES + 1, partial=True)
            return robots.from_response(exchange.status, body), pace.asked_wait(headers, now=time.time())
        except (FetchError, PoisonError) as error:
            return robots.from_failure(FetchError(error.reason, str(error))), None

    async def _check_hop(self, url: str) -> None:
        rules = await self._rules(url)
        if rules.unread:
            raise FetchError(rules.reason, f"a redirect leads to {url}, of which robots.txt cannot be read ({rules.why})")
        if not rules.allows(url, AGENT):
            raise FetchError("robots", f"a redirect leads to {url}, which robots.txt forbids")


def _origin(url: str) -> str:
    """Return what a robots.txt speaks for.

    >>> _origin("http://a.example:8080/tin")
    'http://a.example:8080'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
