"""The one place that speaks HTTP: bounded, guarded against private addresses, redirects followed one checked hop at a time."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import select
import socket
import ssl
import time
import warnings
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx
import truststore
from w3lib.url import safe_url_string

from extractor import __version__
from extractor.archive import Exchange
from extractor.errors import FetchError

CONTACT = "see the project's README"
AGENT = "mttq-extractor"
MAX_WIRE = 20_000_000
MAX_REDIRECTS = 5
DEADLINE = 60.0
LEAST_RATE = 200.0  # bytes a second, over the time of the body, after the grace
GRACE = 10.0
_HEADERS = {
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.5",
    "Connection": "keep-alive",
}
_EXTENSIONS = {"timeout": httpx.Timeout(20.0, connect=15.0).as_dict()}
_LEGACY_SERVER_CONNECT = 0x4  # ssl.OP_LEGACY_SERVER_CONNECT, which Python 3.11 does not name
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def user_agent(contact: str | None) -> str:
    """Return what servers are told of who asks; `contact` is where the one who crawls can be reached."""
    stated = "".join(letter for letter in contact or CONTACT if letter.isascii() and letter.isprintable())
    return f"{AGENT}/{__version__} (research crawler; asks for robots.txt; contact: {stated})"


OnHop = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a crawl may connect: `connect_to` sends hosts to an address of this machine, as curl's option does."""

    allow_loopback: bool = False
    connect_to: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def forbidden(address: str) -> str | None:
    """Return why an address must not be connected to, or None.

    >>> forbidden("::ffff:127.0.0.1"), forbidden("100.64.0.1"), forbidden("203.113.1.1")
    ('private_address', 'private_address', None)
    """
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(ip.packed[12:]) if ip in _NAT64 else None)
        if (
            inner is None and ip not in _GLOBAL_V6
        ):  # site-local, IPv4-compatible and the like, which Python calls global
            return "private_address"
        ip = inner or ip
    return None if ip.is_global and not ip.is_multicast else "private_address"


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that knows its socket: looking for it anew takes longer than what a pool asks before each request."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._server_addr = inner.get_extra_info("server_addr")
        self._poll = select.poll() if hasattr(select, "poll") else None  # Windows has none
        if self._poll:
            self._poll.register(inner.get_extra_info("socket"), select.POLLIN)
        self.read, self.write, self.aclose = inner.read, inner.write, inner.aclose  # type: ignore[method-assign]

    async def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> httpcore.AsyncNetworkStream:
        return _Stream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        if info == "server_addr":
            return self._server_addr
        if info == "is_readable" and self._poll:
            return bool(self._poll.poll(0))
        return self._inner.get_extra_info(info)


class _Backend(httpcore.AsyncNetworkBackend):
    """Resolves a host once, refuses it unless every address is global, and connects to an address that was checked."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if host in self._reach.connect_to:
            address, port = self._reach.connect_to[host]
            addresses = [address]
        else:
            addresses = await self._resolve(host, port)
        for address in addresses[:-1]:
            try:
                return await self._connect(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue  # the next of its addresses may answer, such as IPv4 where IPv6 has no route
        return await self._connect(addresses[-1], port, timeout, local_address, socket_options)

    async def _connect(
        self,
        address: str,
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[Any] | None,
    ) -> httpcore.AsyncNetworkStream:
        return _Stream(
            await self._inner.connect_tcp(
                address, port, timeout=timeout, local_address=local_address, socket_options=socket_options
            )
        )

    async def _resolve(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise FetchError("dns", f"{host}: the name cannot be resolved ({error})") from error
        addresses = [str(item[4][0]) for item in found]
        for address in addresses:
            loopback = ipaddress.ip_address(address.partition("%")[0]).is_loopback and self._reach.allow_loopback
            if (reason := forbidden(address)) and not loopback:
                raise FetchError(
                    reason,
                    f"{host} is at {address}, which is no public address; --allow-loopback permits this machine's own",
                )
        return list(dict.fromkeys(addresses))[:4]

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise FetchError("private_address", "no unix sockets")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _context(mode: str) -> ssl.SSLContext:
    """Return how certificates are checked: `verify`; `legacy`, old protocols and short keys too; `unverified`, nothing."""
    if mode == "unverified":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    else:
        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if mode != "verify":
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.options |= _LEGACY_SERVER_CONNECT
        with warnings.catch_warnings():  # old protocols are what this mode is for
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
    return context


class _Connections:
    """The connections of one way to check certificates, a pool for each host: one for all would look at each idle one before each request."""

    def __init__(self, reach: Reach, mode: str) -> None:
        self._backend, self._context = _Backend(reach), _context(mode)
        self._hosts: dict[str, httpx.AsyncHTTPTransport] = {}

    def to(self, host: str) -> httpx.AsyncHTTPTransport:
        """Return the connections to a host."""
        if host not in self._hosts:
            self._hosts[host] = self._of_host()
        return self._hosts[host]

    def _of_host(self) -> httpx.AsyncHTTPTransport:
        transport = httpx.AsyncHTTPTransport(verify=self._context, retries=0)
        # httpx offers no public way to a network backend; a test holds this to the pinned version.
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=self._context,
            http1=True,
            http2=True,
            max_connections=4,
            max_keepalive_connections=2,
            network_backend=self._backend,
        )
        return transport

    async def close(self) -> None:
        for transport in self._hosts.values():
            await transport.aclose()


@dataclass(frozen=True, slots=True)
class _Ask:
    """What is asked for: on which conditions, with which form posted, how much of the body is kept."""

    conditions: Mapping[str, str]
    form: str | None
    keep: int | None

    def request(self) -> tuple[str, dict[str, str], bytes | None]:
        if self.form is None:
            return "GET", dict(self.conditions), None
        kind = "application/x-www-form-urlencoded"
        return "POST", {**self.conditions, "Content-Type": kind}, self.form.encode("ascii", "replace")


class Fetcher:
    """Fetches single pages; one for a whole crawl. `tls` names the check of certificates by host, where it is not `verify`."""

    def __init__(self, reach: Reach, *, tls: Mapping[str, str] | None = None, contact: str | None = None) -> None:
        self._reach, self._tls = reach, dict(tls or {})
        self._headers = {"User-Agent": user_agent(contact), **_HEADERS}
        self._connections: dict[str, _Connections] = {}
        self._cookies = httpx.Cookies()

    def _to(self, host: str, mode: str) -> httpx.AsyncHTTPTransport:
        if mode not in self._connections:
            self._connections[mode] = _Connections(self._reach, mode)
        return self._connections[mode].to(host)

    async def close(self) -> None:
        """Close all connections."""
        for connections in self._connections.values():
            await connections.close()

    async def get(
        self,
        url: str,
        *,
        conditions: Mapping[str, str] | None = None,
        in_scope: frozenset[str] | None = None,
        on_hop: OnHop | None = None,
        keep: int | None = None,
    ) -> Exchange:
        """Return the last exchange of a page, redirects followed; its `url` is where the answer came from.

        `on_hop` is asked before a redirect is followed and may raise; with `keep` a longer body is cut there, not refused.
        FetchError with reason: redirects, off_scope, private_address, dns, connect, tls, timeout, too_slow, too_large,
        scheme, protocol.
        """
        return await self._follow(url, _Ask(conditions or {}, None, keep), in_scope, on_hop)

    async def post(
        self, url: str, form: str, *, in_scope: frozenset[str] | None = None, on_hop: OnHop | None = None
    ) -> Exchange:
        """Return what a form (its body, as a browser sends it) leads to; errors as for `get`."""
        return await self._follow(url, _Ask({}, form, None), in_scope, on_hop)

    async def _follow(self, url: str, ask: _Ask, in_scope: frozenset[str] | None, on_hop: OnHop | None) -> Exchange:
        began, first = time.monotonic(), url
        try:
            async with asyncio.timeout(DEADLINE):
                for _ in range(MAX_REDIRECTS + 1):
                    exchange = await self._one(url, ask)
                    location = dict(exchange.headers).get("location")
                    if exchange.status not in _REDIRECTS or not location:
                        took = (("fetchTimeMs", f"{(time.monotonic() - began) * 1000:.0f}"),)
                        return replace(exchange, conditions=took if url == first else (("via", first), *took))
                    url = _next_hop(url, location, in_scope)
                    if exchange.status not in {307, 308}:
                        ask = replace(ask, form=None)
                    if on_hop:
                        await on_hop(url)
                raise FetchError("redirects", f"{first}: more than {MAX_REDIRECTS} redirects")
        except TimeoutError as error:
            raise FetchError("timeout", f"{url}: not answered whole within {DEADLINE:.0f} s") from error

    async def _send(self, request: httpx.Request, mode: str) -> httpx.Response:
        """Return the answer to one request, its body unread.

        A client of httpx would do this and more: it asks its cookies, log, authentication and redirects at every request,
        which takes as long as the request itself.
        """
        if self._cookies:
            self._cookies.set_cookie_header(request)
        response = await self._to(request.url.host, mode).handle_async_request(request)
        response.request = request
        if "set-cookie" in response.headers:
            self._cookies.extract_cookies(response)
        return response

    async def _one(self, url: str, ask: _Ask) -> Exchange:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise FetchError("scheme", f"{url}: only http and https are fetched")
        try:
            mode = self._tls.get(urlsplit(url).hostname or "", "verify")
            method, headers, content = ask.request()
            request = httpx.Request(method, url, headers={**self._headers, **headers}, content=content, extensions=_EXTENSIONS)
            async with contextlib.aclosing(await self._send(request, mode)) as response:
                address = _address(response)  # while the connection stands
                body = await _body(response, url, ask.keep)
                return Exchange(
                    url=url,
                    method=method,
                    request_body=content or b"",
                    tls=mode if url.startswith("https:") and mode != "verify" else None,
                    request_headers=tuple((k, v) for k, v in response.request.headers.items()),
                    status=response.status_code,
                    reason=response.reason_phrase or "-",
                    headers=tuple(
                        (k, v) for k, v in response.headers.multi_items() if k.lower() != "transfer-encoding"
                    ),
                    body=body,
                    fetched_at=dt.datetime.now(dt.UTC),
                    remote_ip=address,
                )
        except httpx.TimeoutException as error:
            raise FetchError("timeout", f"{url}: no answer ({type(error).__name__})") from error
        except httpx.ConnectError as error:
            reason = "tls" if "SSL" in str(error) or "certificate" in str(error).lower() else "connect"
            raise FetchError(reason, f"{url}: no connection ({error})") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            raise FetchError("protocol", f"{url}: {type(error).__name__}: {error}") from error


def _address(response: httpx.Response) -> str | None:
    stream = response.extensions.get("network_stream")
    server = stream.get_extra_info("server_addr") if stream else None
    return server[0] if server else None


def _next_hop(url: str, location: str, in_scope: frozenset[str] | None) -> str:
    try:
        following = safe_url_string(urljoin(url, location).partition("#")[0])
        host = urlsplit(following).hostname or ""
    except ValueError as error:
        raise FetchError("protocol", f"{url} redirects to {location!r}, which is no address") from error
    if in_scope is not None and host not in in_scope:
        raise FetchError("off_scope", f"{url} redirects to {following}, which is not on the sites asked for", url=following)
    return following


async def _body(response: httpx.Response, url: str, keep: int | None) -> bytes:
    """Return the body as it comes over the wire, within the bounds of size and rate."""
    pieces, size, began = [], 0, time.monotonic()
    async for piece in response.aiter_raw():
        pieces.append(piece)
        size += len(piece)
        took = time.monotonic() - began
        if keep is not None and size >= keep:
            return b"".join(pieces)[:keep]
        if size > MAX_WIRE:
            raise FetchError("too_large", f"{url}: more than {MAX_WIRE} bytes")
        if took > GRACE and size / took < LEAST_RATE:
            raise FetchError("too_slow", f"{url}: {size / took:.0f} bytes a second")
    return b"".join(pieces)
