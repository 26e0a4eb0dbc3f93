"""A site that nobody described yet: looked at once, and written down as a file of rules/sites for people to check."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from extractor.clean.decode import decode
from extractor.clean.signposts import Signposts, find_signposts
from extractor.crawl import robots
from extractor.crawl.fetch import AGENT, Fetcher, Reach
from extractor.crawl.guess import LIST, guess_kind
from extractor.data import rules_dir
from extractor.encoding import undo
from extractor.errors import FetchError, InputError, PoisonError, SiteError
from extractor.sites import TLS, load_site
from extractor.url import canonical_url

_NEWS = re.compile(r"tin(?:-tuc|tuc|$)|hoat-?dong|su-?kien|news|phong-?trao|mat-?tran|giam-?sat", re.IGNORECASE)
_MAX_STARTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a site showed of itself, and what of it people should check."""

    host: str
    name: str
    owner: str
    scheme: str
    start: tuple[str, ...]
    tls: str = "verify"
    family: str | None = None
    sitemaps: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    doubts: tuple[str, ...] = field(default=())

    def text(self) -> str:
        """Return the file's text."""
        lines = [f"{key} = {_toml(value)}" for key, value in (("host", self.host), ("name", self.name), ("owner", self.owner))]
        lines += [f"family = {_toml(self.family)}"] if self.family else []
        lines += [f"scheme = {_toml(self.scheme)}"] if self.scheme != "https" else []
        lines += [f"tls = {_toml(self.tls)}"] if self.tls != "verify" else []
        lists = (("start", self.start), ("sitemaps", self.sitemaps), ("feeds", self.feeds))
        return "\n".join([*lines, *(f"{key} = [{', '.join(map(_toml, values))}]" for key, values in lists if values)]) + "\n"

    def write(self, folder: Path | None = None) -> Path:
        """Write the file and return its path; SiteError where there is one already, or where it would not be read."""
        path = (folder or rules_dir() / "sites") / f"{self.host}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as handle:
                handle.write(self.text())
        except FileExistsError as error:
            raise SiteError(f"{path}: there already; edit it, or move it away to have the site looked at anew") from error
        load_site(path)
        return path


def _toml(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def probe(url: str, *, owner: str | None = None, allow_loopback: bool = False, reach: Reach | None = None) -> Probed:
    """Return what a site shows at an address; SiteError where it does not answer, or does not want to be looked at."""
    stated = canonical_url(url if "://" in url else f"https://{url}")
    host = urlsplit(stated).hostname or ""
    found = asyncio.run(_look(stated, host, reach or Reach(allow_loopback=allow_loopback)))
    return _described(found, owner)


@dataclass(frozen=True, slots=True)
class _Look:
    url: str
    html: str
    tls: str
    sitemaps: list[str]


async def _look(url: str, host: str, reach: Reach) -> _Look:
    """Fetch robots.txt and the page; the check of the certificate is relaxed step by step, and the step is told."""
    last: FetchError | None = None
    for mode in TLS:
        fetcher = Fetcher(reach, tls={host: mode, f"www.{host}": mode})
        try:
            rules = await _rules(fetcher, url)
            if not rules.allows(url, AGENT):
                raise SiteError(f"{url}: robots.txt does not let it be looked at ({rules.why or 'Disallow'})")
            exchange = await fetcher.get(url)
        except FetchError as error:
            last = error
            if error.reason != "tls":
                break
            continue
        finally:
            await fetcher.close()
        if exchange.status != 200:
            raise SiteError(f"{url}: answers {exchange.status}; name a page that it has")
        headers = {k.lower(): v for k, v in exchange.headers}
        try:
            content = undo(exchange.body, headers.get("content-encoding", ""))
        except PoisonError as error:
            raise SiteError(f"{url}: {error}") from error
        return _Look(exchange.url, decode(content, headers), mode, rules.sitemaps())
    raise SiteError(f"{url}: cannot be looked at ({last.reason if last else 'tls'}): {last}")


async def _rules(fetcher: Fetcher, url: str) -> robots.Rules:
    parts = urlsplit(url)
    try:
        exchange = await fetcher.get(f"{parts.scheme}://{parts.netloc}/robots.txt", keep=robots.MAX_BYTES + 1)
    except FetchError as error:
        if error.reason == "tls":
            raise
        return robots.from_failure(error)
    return robots.from_response(exchange.status, exchange.body)


def _described(look: _Look, owner: str | None) -> Probed:
    from extractor.clean.html import family_name
    from extractor.places import owner_of

    parts = urlsplit(look.url)
    posts = find_signposts(look.html, base=look.url)
    name, family = posts.title or parts.hostname or "", family_name(look.html)
    doubts = []
    unit = owner or name
    known = owner_of(unit)
    if known is None or known.level is None:
        doubts.append(f"owner: no unit is known in {unit!r}; write it like \"huyện Hạ Lang, tỉnh Cao Bằng\"")
    elif owner is None:
        doubts.append(f"owner: read from the page's title ({known.level})")
    if family is None:
        doubts.append("family: none of rules/families fits the first page; articles are found by the generic way")
    if look.tls != "verify":
        doubts.append(f"tls: its certificate is not in order; {look.tls!r} is written into the row of every article")
    start = _starts(posts, look.url)
    if len(start) == 1:
        doubts.append("start: no list of news was found from the first page")
    return Probed(
        host=parts.hostname or "", name=name, owner=unit, scheme=parts.scheme, start=start, tls=look.tls, family=family,
        sitemaps=tuple(look.sitemaps), feeds=tuple(_path(feed, look.url) for feed in posts.feeds[:3]), doubts=tuple(doubts),
    )  # fmt: skip


def _starts(posts: Signposts, url: str) -> tuple[str, ...]:
    """Return the page itself and the lists of news that it leads to."""
    found = {_path(url, url): None}
    for link in posts.links:
        try:
            address = canonical_url(link.url)
        except InputError:  # no address at all
            continue
        parts = urlsplit(address)
        if parts.hostname == urlsplit(url).hostname and guess_kind(address, pager=link.pager) == LIST and _NEWS.search(parts.path):
            found.setdefault(_path(address, url))
    return tuple(found)[:_MAX_STARTS]


def _path(address: str, url: str) -> str:
    """Return an address on the site's own host as a path, others as they are."""
    parts, own = urlsplit(address), urlsplit(url)
    if (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
        return address
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
