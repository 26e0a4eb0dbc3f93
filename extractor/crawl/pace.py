"""How long to wait before a host, or an address that many hosts share, is asked again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

RETRIES = 3
LEAST_RETRY = 1.0
LONGEST = 3600.0
GIVE_UP = 8  # failures of a host, one after the other, after which a run leaves it
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
    if attempts >= RETRIES or (status is not None and status not in _PASSING):
        return None
    return asked if asked is not None else min(max(LEAST_RETRY, delay) * 2**attempts, LONGEST)


class Addresses:
    """When each address may be asked again: small sites share a server, and it is the server that is spared."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._of: dict[str, str] = {}
        self._free_at: dict[str, float] = {}

    def seen(self, host: str, address: str | None) -> None:
        """Note that a host answered from an address."""
        if address:
            self._of[host] = address

    def take(self, host: str) -> float:
        """Return 0 where the host's address may be asked now, and reserve it; else the seconds to wait."""
        address, now = self._of.get(host, host), time.monotonic()
        wait = self._free_at.get(address, 0.0) - now
        if wait > 0:
            return wait
        self._free_at[address] = now + self._delay
        return 0.0
