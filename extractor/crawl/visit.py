"""One page: asked for, judged, kept, and its links queued."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from extractor.archive import Exchange
from extractor.clean.decode import decode
from extractor.clean.kinds import leads_nowhere
from extractor.crawl import pace
from extractor.crawl.fetch import Fetcher
from extractor.crawl.jobs import Job
from extractor.crawl.leads import LISTINGS, Guide, Leads
from extractor.crawl.ledger import Ledger
from extractor.crawl.sitemap import read_listing
from extractor.encoding import undo
from extractor.errors import FetchError, PoisonError
from extractor.url import canonical_url

_PERMANENT = frozenset({"off_scope", "private_address", "scheme", "too_large", "redirects", "tls", "robots"})
_LISTING_LIMIT = 60_000_000

OnHop = Callable[[str], Awaitable[None]]


class Visitor:
    """Visits pages for one run."""

    def __init__(self, fetcher: Fetcher, ledger: Ledger, guide: Guide, addresses: pace.Addresses) -> None:
        self.fetcher, self.ledger, self.guide, self.addresses = fetcher, ledger, guide, addresses

    async def visit(self, job: Job, on_hop: OnHop) -> tuple[bool, float | None]:
        """Fetch one page; return whether its server is well, and the pause in seconds that it asks for."""
        began = time.monotonic()
        try:
            exchange = await self._ask(job, on_hop)
        except FetchError as error:
            return self._not_fetched(job, error)
        self.addresses.seen(job.host, exchange.remote_ip)
        well = exchange.status < 500 and exchange.status != 429
        self.addresses.answered(job.host, time.monotonic() - began, well=well)
        if exchange.status == 304:
            self.ledger.unchanged(job)
        elif exchange.status == 200:
            await self._keep(job, exchange)
        else:
            return well, self._refused(job, exchange)
        return True, None

    async def _ask(self, job: Job, on_hop: OnHop) -> Exchange:
        url, hosts = job.url.partition("#")[0], self.guide.hosts
        if job.form is not None:
            return await self.fetcher.post(url, job.form, in_scope=hosts, on_hop=on_hop)
        conditions = {k: v for k, v in (("If-None-Match", job.etag), ("If-Modified-Since", job.last_modified)) if v}
        return await self.fetcher.get(url, conditions=conditions, in_scope=hosts, on_hop=on_hop)

    def _not_fetched(self, job: Job, error: FetchError) -> tuple[bool, None]:
        if error.reason == "off_scope" and error.url:
            self.ledger.moved(job, error.url)
        permanent = error.reason in _PERMANENT
        if not permanent:
            self.addresses.answered(job.host, 0.0, well=False)
        wait = None if permanent else pace.retry_wait(None, job.attempts, self.guide.options.delay, None)
        self.ledger.failed(job, error.reason, wait=wait)
        return permanent, None

    def _refused(self, job: Job, exchange: Exchange) -> float | None:
        status = exchange.status
        asked = pace.asked_wait(dict(exchange.headers), now=time.time())
        wait = pace.retry_wait(status, job.attempts, self.guide.options.delay, asked)
        if job.kind in LISTINGS and wait is None and status < 500:
            self.ledger.absent(job, f"http_{status}")
        else:
            self.ledger.failed(job, f"http_{status}", status=status, wait=wait)
        return asked if wait is not None else None

    async def _keep(self, job: Job, exchange: Exchange) -> None:
        """Keep a page, unless it is the one that is kept already; a body that must not be unpacked fails."""
        asked, at = job.url.partition("#")[0], canonical_url(exchange.url)
        moved = None if at == asked else (at, urlsplit(at).hostname or "")
        if moved and job.depth and not job.start and leads_nowhere(at):
            self.ledger.failed(job, "gone")  # what a site does with pages that it no longer has
            return
        digest = hashlib.sha256(exchange.body).hexdigest()
        if digest == job.sha256 or (moved and self.ledger.frontier.holds(at, digest)):
            self.ledger.unchanged(job)
            return
        try:
            leads = self._leads(job, exchange, {k.lower(): v for k, v in exchange.headers})
        except PoisonError as error:
            options = self.guide.options
            wait = pace.retry_wait(None, job.attempts, options.delay, None) if error.reason == "truncated" else None
            self.ledger.failed(job, error.reason, wait=wait)
            return
        await self.ledger.archived(job, exchange, leads, stop_after=self.guide.options.stop_after, at=moved)

    def _leads(self, job: Job, exchange: Exchange, headers: Mapping[str, str]) -> Leads:
        """Return what follows from a page; PoisonError where the body cannot be unpacked, nothing where it cannot be parsed."""
        coding, kind = headers.get("content-encoding", ""), headers.get("content-type", "html")
        if job.kind in LISTINGS:
            listing = read_listing(undo(exchange.body, coding, limit=_LISTING_LIMIT), base=exchange.url)
            return self.guide.of_listing(job, listing, exchange.url)
        content = undo(exchange.body, coding)
        if "html" not in kind and "json" not in kind:
            return Leads()
        try:
            return self.guide.of_page(job, exchange.url, decode(content, headers), is_json="json" in kind)
        except PoisonError as error:
            return Leads(dropped=[(job.url, error.reason)])
