"""What people see while a crawl or another long work runs: live in a terminal, plain lines elsewhere. The log tells everything, always."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.crawl import CrawlEvent, OnEvent

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from extractor.engine import Result

_ROWS = 15
_WINDOW = 60.0  # seconds over which the rate is told
# Seconds between two words of how far a work is: in a terminal, and elsewhere.
_REDRAWN, _ADDED = 0.25, 30.0
_ASKED = frozenset({"fetched", "unchanged", "failed", "waiting", "listed"})
_SAID = frozenset({"fetched", "unchanged", "failed", "waiting", "left", "alarm"})  # dropped links are for the log


@dataclass(slots=True)
class _Host:
    counts: Counter[str] = field(default_factory=Counter)
    times: deque[float] = field(default_factory=lambda: deque(maxlen=200))
    last: str = ""

    def rate(self, now: float) -> float:
        """Return the pages a second, over the last minute."""
        recent = [t for t in self.times if now - t <= _WINDOW]
        return len(recent) / max(1.0, min(_WINDOW, now - recent[0])) if recent else 0.0


class Board:
    """Counts what happens, and draws it."""

    def __init__(self, data: Path) -> None:
        self._frontier = data / "frontier.sqlite"
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()  # the table is drawn by a thread of its own

    def event(self, event: CrawlEvent) -> None:
        """Take note of an event."""
        name = event.url.partition("://")[2].partition("/")[0] if "://" in event.url else event.url.strip("/")
        with self._lock:
            host = self._hosts.setdefault(name, _Host())
            host.counts[event.what] += 1
            if event.what in _ASKED:
                host.times.append(time.monotonic())
            if event.why and event.what in {"failed", "waiting", "left", "alarm"}:
                host.last = event.why

    def queued(self) -> dict[str, int]:
        """Return how many pages wait, by host."""
        if not self._frontier.exists():
            return {}
        with contextlib.closing(sqlite3.connect(f"file:{self._frontier}?mode=ro", uri=True)) as db:
            try:
                return dict(db.execute("SELECT host, count(*) FROM pages WHERE state = 'queued' GROUP BY host"))
            except sqlite3.OperationalError:  # it is being made
                return {}

    def table(self) -> Table:
        """Return the table: the busiest hosts, and all in all."""
        from rich.table import Table

        waiting, now = self.queued(), time.monotonic()
        table = Table(title=None, expand=False)
        for name, side in (("host", "left"), ("queue", "right"), ("fetched", "right"), ("unchanged", "right"), ("errors", "right"), ("pages/min", "right"), ("left", "right"), ("last trouble", "left")):
            table.add_column(name, justify=side, overflow="ellipsis", no_wrap=True)  # type: ignore[arg-type]
        with self._lock:
            hosts = sorted(self._hosts.items(), key=lambda item: (-waiting.get(item[0], 0), -len(item[1].times)))
            shown = [(name, host) for name, host in hosts if host.counts.keys() & _SAID or waiting.get(name)]
            for name, host in shown[:_ROWS]:
                table.add_row(*_row(name, host, waiting.get(name, 0), now))
            total = _Host(sum((h.counts for _, h in shown), Counter()))
            rates = [(host.rate(now), waiting.get(name, 0)) for name, host in shown]
        table.add_section()
        longest = max((queue / rate for rate, queue in rates if rate), default=0.0)
        more = f" (+{len(shown) - _ROWS})" if len(shown) > _ROWS else ""
        table.add_row(f"{len(shown)} hosts{more}", str(sum(waiting.values())), *_counted(total), f"{60 * sum(r for r, _ in rates):.0f}", _span(longest), "")
        return table


def _counted(host: _Host) -> tuple[str, str, str]:
    return str(host.counts["fetched"]), str(host.counts["unchanged"]), str(host.counts["failed"] + host.counts["left"])


def _row(name: str, host: _Host, queue: int, now: float) -> tuple[str, ...]:
    rate = host.rate(now)
    return (name, str(queue), *_counted(host), f"{60 * rate:.0f}", _span(queue / rate) if rate and queue else "", host.last[:40])


def _span(seconds: float) -> str:
    """Return a span of time in words.

    >>> _span(0), _span(59), _span(150), _span(9_000)
    ('', '1 min', '3 min', '2 h 30 min')
    """
    minutes = -(-int(seconds) // 60)
    return "" if not minutes else f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@contextlib.contextmanager
def shown(console: Console, data: Path, *, quiet: bool) -> Iterator[OnEvent]:
    """Show a crawl while the block runs; yield what is to be told of each event."""
    if quiet:
        yield lambda _: None
    elif console.is_terminal:
        from rich.live import Live

        board = Board(data)
        with Live(get_renderable=board.table, console=console, refresh_per_second=1, transient=True):
            yield board.event
    else:
        yield lambda event: _line(console, event)


def _line(console: Console, event: CrawlEvent) -> None:
    if event.what in _SAID:
        console.print(f"  {event.what:<10} {event.url}" + (f"  ({event.why})" if event.why else ""), markup=False)


@contextlib.contextmanager
def counted(console: Console) -> Iterator[Callable[[Callable[[], str]], None]]:
    """Show how far a long work is while the block runs; yield what is called at each step with how it is put into words.

    A terminal has one line that changes; elsewhere a line is added every half minute, so that short works say nothing.
    """
    last = time.monotonic()
    with console.status("") if console.is_terminal else contextlib.nullcontext() as status:

        def step(words: Callable[[], str]) -> None:
            nonlocal last
            if (now := time.monotonic()) - last < (_REDRAWN if status else _ADDED):
                return
            last = now
            if status:
                status.update(words())
            else:
                console.print(f"  {words()}", markup=False)

        yield step


@contextlib.contextmanager
def reading(console: Console) -> Iterator[Callable[[Result], None]]:
    """Show how many pages are read while the block runs; yield what is told of each."""
    told: Counter[str] = Counter()
    with counted(console) as step:

        def on_page(result: Result) -> None:
            told[result.what] += 1
            step(lambda: f"read {told.total()} pages: articles {told['article']}, skipped {told['skipped']}, failed {told['failed']}")

        yield on_page
