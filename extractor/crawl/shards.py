"""A crawl of many sites in parts, one for each machine: hosts of one server go to one machine, whoever computes it.

Many communes share a server; two machines that each keep its pace would ask it twice as often as it is asked by one.
"""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from extractor.errors import InputError

_SHARD = re.compile(r"(\d{1,5})/(\d{1,5})")
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number`, from 1 on, of `of` parts."""

    number: int
    of: int

    @classmethod
    def read(cls, stated: str) -> Shard:
        """Return the shard of a text such as "2/5"; InputError where it is none."""
        match = _SHARD.fullmatch(stated)
        if not match or not 1 <= int(match[1]) <= int(match[2]):
            raise InputError(f"{stated}: a shard is stated as i/n with i from 1 to n, such as 2/5")
        return cls(int(match[1]), int(match[2]))

    def holds(self, key: str) -> bool:
        """Tell whether a key is of this part; each key is of exactly one, by its digest alone.

        >>> [sum(Shard(n, 3).holds(key) for n in (1, 2, 3)) for key in ("a", "b", "10.0.0.1")]
        [1, 1, 1]
        """
        return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % self.of == self.number - 1


def addresses(host: str) -> list[str]:
    """Return the addresses of a host, none where it has none now."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return []
    return [str(one[4][0]) for one in found]


def server_of(host: str, found: Iterable[str]) -> str:
    """Return what names the server of a host: the least of its addresses, IPv4 before IPv6; the host where it has none."""
    known = sorted(map(ip_address, found), key=lambda a: (a.version, int(a)))
    return str(known[0]) if known else host


def of_shard(urls: Iterable[str], shard: Shard, *, resolve: Callable[[str], list[str]] = addresses) -> list[str]:
    """Return the URLs whose server is of the shard, in order; each host is resolved once."""
    stated = list(urls)
    hosts = sorted({urlsplit(url).hostname or "" for url in stated})
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        servers = {host: server_of(host, found) for host, found in zip(hosts, threads.map(resolve, hosts), strict=True)}
    return [url for url in stated if shard.holds(servers[urlsplit(url).hostname or ""])]
