"""What happened to each page, written down everywhere at once: archive, frontier, log, summary and the host's tally."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from extractor.archive import ArchiveWriter, Exchange
from extractor.crawl.frontier import Frontier
from extractor.crawl.history import Tally, alarms
from extractor.crawl.jobs import Effect, Fetched, Job, Spread
from extractor.crawl.leads import LISTINGS, Leads
from extractor.crawl.options import CrawlEvent, CrawlSummary, OnEvent
from extractor.crawl.traps import Words


@dataclass(slots=True, eq=False)
class _Entry:
    """One page that is to be written; `kept` is done when it is."""

    job: Job
    exchange: Exchange
    leads: Leads
    stop_after: int
    at: tuple[str, str] | None
    first_dropped: list[tuple[str, str]] = field(default_factory=list)
    kept: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def listing(self) -> bool:
        return self.job.kind in LISTINGS

    def effect(self, name: str | None, offset: int | None, length: int) -> Effect:
        headers = {k.lower(): v for k, v in self.exchange.headers}
        fetched = Fetched(
            status=self.exchange.status, sha256=hashlib.sha256(self.exchange.body).hexdigest(), etag=headers.get("etag"),
            last_modified=headers.get("last-modified"), warc_file=None if self.listing else name, warc_offset=offset, warc_length=length,
            fetched_at=self.exchange.fetched_at.isoformat(), canonical=self.leads.canonical, is_list=self.leads.is_list,
            words=Words(self.job.host, self.leads.words) if self.leads.words and not self.listing else None,
        )  # fmt: skip
        return Effect(self.job, fetched, Spread(list(self.leads.links.values()), self.leads.dropped, self.stop_after), self.at)


class Ledger:
    """The books of one run over a data folder."""

    def __init__(self, data: Path, on_event: OnEvent) -> None:
        self.frontier = Frontier(data / "frontier.sqlite")
        self.archive = ArchiveWriter(data / "archive", own=self.frontier.committed(), on_new=self.frontier.claim)
        self.summary = CrawlSummary()
        self.tallies: defaultdict[str, Tally] = defaultdict(Tally)
        self._pending: list[_Entry] = []
        self._writer: asyncio.Task[None] | None = None
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

    async def archived(self, job: Job, exchange: Exchange, leads: Leads, *, stop_after: int, at: tuple[str, str] | None) -> None:
        """Keep a page with what follows from it, together with those of other hosts that come at the same time.

        A listing is read anew each time and its file not kept.
        """
        entry = _Entry(job, exchange, leads, stop_after, at)
        self._pending.append(entry)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._drain())
        await entry.kept
        self._told(entry)

    async def _drain(self) -> None:
        """Write what is pending until nothing is: while the disk is at one lot, the next gathers."""
        while self._pending:
            entries, self._pending = self._pending, []
            try:
                await self._write(entries)
            except BaseException as error:
                for entry in entries:
                    if not entry.kept.done():
                        entry.kept.set_exception(error) if isinstance(error, Exception) else entry.kept.cancel()
                if not isinstance(error, Exception):
                    raise

    async def _write(self, entries: list[_Entry]) -> None:
        """Write pages: one flush of the archive, off the loop, then one commit of the frontier."""
        pages = [entry for entry in entries if not entry.listing]
        name, offsets, length = None, list[int](), 0
        if pages:
            name = self.archive.claim()
            offsets, length = await asyncio.to_thread(self.archive.append_to, name, [e.exchange for e in pages])
        places = {id(entry): offset for entry, offset in zip(pages, offsets, strict=True)}
        effects = [entry.effect(name, places.get(id(entry)), length) for entry in entries]
        dropped_first = self.frontier.done_all(effects, going_on={entry.job.host for entry in entries})
        for entry, dropped in zip(entries, dropped_first, strict=True):
            entry.first_dropped = dropped
            if not entry.kept.done():  # its host may have been given up meanwhile
                entry.kept.set_result(None)

    def _told(self, entry: _Entry) -> None:
        job, leads, listing = entry.job, entry.leads, entry.listing
        for url, why in entry.first_dropped:
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

    def held(self, job: Job, origin: str, reason: str, *, first: bool) -> None:
        """Note that an origin is left for this run, told at the `first` of its pages; they are all queued for the next."""
        self.frontier.hold(job, origin, reason)
        if first:
            self._left(job.host, job.url, reason)

    def left(self, host: str, reason: str) -> None:
        """Note a host that is left for this run; its pages stay queued for the next."""
        self._left(host, f"//{host}/", reason)

    def _left(self, host: str, url: str, reason: str) -> None:
        self.summary.failed[reason] += 1
        self.tallies[host].failed[reason] += 1
        self.tell("left", url, reason)

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
