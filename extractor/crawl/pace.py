"""How long to wait before a host, or an address that many hosts share, is asked again."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

RETRIES = 3
LIMITED_RETRIES = 8  # it is not the page that fails where a server asks for fewer requests
LEAST_RETRY = 1.0
LONGEST = 3600.0
GIVE_UP = 8  # failures of a host, one after the other, after which a run leaves it
COMFORT = 1.0  # seconds that an answer may take before the pause grows with it
SLOWEST = 10.0
LEAST_PAUSE = 0.05  # seconds that grow with failures even where no delay is asked for
MOST_PENALTY = 64.0
_PASSING = frozenset({429, 500, 502, 503, 504})


def asked_wait(headers: Mapping[str, str], *, now: float) -> float | None:
    """Return the seconds that Retry-After asks for, as a number or a date, an hour at most; None where it asks nothing.

    >>> asked_wait({"retry-after": "120"}, now=0), asked_wait({"retry-after": "Thu, 01 Jan 1970 00:00:30 GMT"}, now=10.0)
    (120.0, 20.0)
    >>> asked_wait({"retry-after": "soon"}, now=0) is None
    True
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError):
        return None
    return min(max(0.0, moment.timestamp() - now), LONGEST)


def retry_wait(status: int | None, attempts: int, delay: float, asked: float | None) -> float | None:
    """Return in how many seconds a failed page is asked again; None where it is not (`status` is None: no answer)."""
    if attempts >= (LIMITED_RETRIES if status == 429 else RETRIES) or (status is not None and status not in _PASSING):
        return None
    return asked if asked is not None else min(max(LEAST_RETRY, delay) * 2**attempts, LONGEST)


@dataclass(slots=True)
class _Server:
    """One address: when it may be asked again, how slow it answers, and how much longer than usual it is to be left alone."""

    free_at: float = 0.0
    latency: float = 0.0
    penalty: float = 1.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Addresses:
    """When each address may be asked again: small sites share a server, and it is the server that is spared.

    One connection at a time; the pause is the delay, longer where answers take longer than a second, and doubled with each
    failure until answers come again.
    """

    def __init__(self) -> None:
        self._of: dict[str, str] = {}
        self._servers: dict[str, _Server] = {}

    def seen(self, host: str, address: str | None) -> None:
        """Note that a host answered from an address."""
        if address:
            self._of[host] = address

    def _server(self, host: str) -> _Server:
        return self._servers.setdefault(self._of.get(host, host), _Server())

    def pause(self, host: str, delay: float) -> float:
        """Return the seconds between two fetches of a host's address."""
        server = self._server(host)
        if server.penalty > 1.0:
            delay = max(delay, LEAST_PAUSE)
        return min(delay * min(max(1.0, server.latency / COMFORT), SLOWEST) * server.penalty, LONGEST)

    def answered(self, host: str, took: float, *, well: bool) -> None:
        """Note how long an answer took in seconds, and whether the server could give it."""
        server = self._server(host)
        server.latency = took if not server.latency else 0.7 * server.latency + 0.3 * took
        server.penalty = max(1.0, server.penalty / 2) if well else min(server.penalty * 2, MOST_PENALTY)

    @contextlib.asynccontextmanager
    async def turn(self, host: str, delay: float) -> AsyncIterator[None]:
        """Hold a host's address while the block runs, when it may be asked; then leave it alone for the pause."""
        server = self._server(host)
        async with server.lock:
            while (wait := server.free_at - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            began = time.monotonic()
            try:
                yield
            finally:
                # The pause is counted from when the server was asked, but no shorter than a third after it answered.
                now, pause = time.monotonic(), self.pause(host, delay)
                self._server(host).free_at = max(began + pause, now + pause / 3)
