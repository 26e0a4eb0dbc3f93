"""What happened to each page, written down everywhere at once: archive, frontier, log, summary and the host's tally."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from extractor.archive import ArchiveWriter, Exchange
from extractor.crawl.frontier import Fetched, Frontier, Job, Spread
from extractor.crawl.history import Tally, alarms
from extractor.crawl.leads import LISTINGS, Leads
from extractor.crawl.options import CrawlEvent, CrawlSummary, OnEvent
from extractor.crawl.traps import Words


class Ledger:
    """The books of one run over a data folder."""

    def __init__(self, data: Path, on_event: OnEvent) -> None:
        self.frontier = Frontier(data / "frontier.sqlite")
        self.archive = ArchiveWriter(data / "archive", own=self.frontier.committed(), on_new=self.frontier.claim)
        self.summary = CrawlSummary()
        self.tallies: defaultdict[str, Tally] = defaultdict(Tally)
        self._on_event = on_event
        self._log: IO[str] = (data / "crawl-log.jsonl").open("a", encoding="utf-8")

    def tell(self, what: str, url: str, why: str = "") -> None:
        """Write one event to the log and to whoever listens."""
        at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        line = {"at": at, "what": what, "url": url, **({"why": why} if why else {})}
        self._log.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._log.flush()
        self._on_event(CrawlEvent(what, url, why))

    def close(self) -> None:
        """Close the books; what is in flight is queued again."""
        self._log.close()
        self.frontier.recover()
        self.frontier.close()

    def archived(self, job: Job, exchange: Exchange, leads: Leads, *, stop_after: int, at: tuple[str, str] | None) -> None:
        """Keep a page with what follows from it; a listing is read anew each time and not kept."""
        listing = job.kind in LISTINGS
        name, offset, length = (None, None, 0) if listing else self.archive.append(exchange)
        headers = {k.lower(): v for k, v in exchange.headers}
        fetched = Fetched(
            status=exchange.status, sha256=hashlib.sha256(exchange.body).hexdigest(), etag=headers.get("etag"),
            last_modified=headers.get("last-modified"), warc_file=name, warc_offset=offset, warc_length=length,
            fetched_at=exchange.fetched_at.isoformat(), canonical=leads.canonical, is_list=leads.is_list,
            words=Words(job.host, leads.words) if leads.words and not listing else None,
        )  # fmt: skip
        spread = Spread(list(leads.links.values()), leads.dropped, stop_after)
        for url, why in self.frontier.done(job, fetched, spread, at=at):
            self.dropped(url, why)
        tally = self.tallies[job.host]
        if not listing:
            self.summary.fetched += 1
            tally.fetched += 1
            if job.kind == "article":
                tally.page(leads.length)
        if job.start:
            tally.start_links += len(leads.links)
        self.tell("listed" if listing else "fetched", job.url)

    def dropped(self, url: str, reason: str) -> None:
        """Note an address that is not followed."""
        self.summary.dropped[reason] += 1
        self.tell("dropped", url, reason)

    def refused(self, job: Job, reason: str) -> None:
        """Note a queued page that is not asked for after all."""
        self.frontier.fail(job, reason, state="dropped")
        self.dropped(job.url, reason)

    def absent(self, job: Job, reason: str) -> None:
        """Note that a host has no listing where one was looked for."""
        self.frontier.fail(job, reason, state="absent")
        self.tell("absent", job.url, reason)

    def unchanged(self, job: Job) -> None:
        """Note a page that is as it was."""
        self.frontier.unchanged(job)
        if job.kind not in LISTINGS:
            self.summary.unchanged += 1
            self.tallies[job.host].unchanged += 1
        self.tell("unchanged", job.url)

    def failed(self, job: Job, reason: str, *, status: int | None = None, wait: float | None = None) -> None:
        """Note a page that failed, for good or until in `wait` seconds."""
        self.frontier.fail(job, reason, status=status, retry_at=None if wait is None else time.time() + wait)
        if wait is None:
            self.summary.failed[reason] += 1
            self.tallies[job.host].failed[reason] += 1
            self.tallies[job.host].home += reason == "gone"
        self.tell("failed" if wait is None else "waiting", job.url, reason)

    def left(self, job: Job | None, host: str, reason: str, until: float) -> None:
        """Note a host that is left for this run; its pages stay queued for the next."""
        if job:
            self.frontier.put_back(job, reason, until)
        self.summary.failed[reason] += 1
        self.tallies[host].failed[reason] += 1
        self.tell("left", job.url if job else f"//{host}/", reason)

    def moved(self, job: Job, to: str) -> None:
        """Note where a start page has gone."""
        if job.start:
            self.tallies[job.host].moved_to = urlsplit(to).hostname

    def end(self, hosts: Sequence[str]) -> None:
        """Write the run into each host's history, with its alarms."""
        at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        for host in hosts:
            tally = self.tallies[host]
            found = alarms(tally, [told for _, _, told in self.frontier.told(host)])
            self.frontier.tell_run(host, at, json.dumps({**tally.summary(), "alarms": found}, ensure_ascii=False))
            if found:
                self.summary.alarms[host] = found
            for alarm in found:
                self.tell("alarm", f"//{host}/", alarm)
