"""rules/sites/*.toml and rules/families/*.toml as checked records."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from extractor.data import rules_dir
from extractor.errors import RuleError, SiteError
from extractor.reading import Owner
from extractor.rules import read_toml

_FRONT = re.compile("mttq|mặt trận|mattran|ubmt")
COUNTRY = "Việt Nam"
TLS = ("verify", "legacy", "unverified")
_PATHS = ("start", "sitemaps", "feeds")
_LISTS = ("title", "date", "lead", "body", "author", "views", "section", "updated", "captions", "attachments", "drop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """CSS selectors of one layout of a family, each list tried in order."""

    name: str
    since: str
    title: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One CMS: `detect` are selectors of which one on a page is enough.

    `varies` tells that sites all over the world set it up in ways of their own, so that a layout's box is believed only
    where it holds most of the page's main text. `area` is where articles stand whose layout is unknown.
    """

    name: str
    about: str
    detect: tuple[str, ...]
    layouts: tuple[Layout, ...]
    varies: bool = False
    area: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One site: whose it is and where to begin. `id` is the file's name; `seen` tells that its pages were looked at,
    `known_from` where else its address is known from. The owner "Việt Nam" is a body of the centre. `layouts` are what its
    pages have of their own, tried before those of its family.

    `tls` is `verify`, `legacy` (protocols and keys of old, the certificate still checked) or `unverified`; `pager` is the
    address of a list's page `{n}` where only a script knows it, relative to the list; `delay` is in seconds.
    """

    id: str
    host: str
    name: str
    owner: str
    start: tuple[str, ...] = ("/",)
    family: str | None = None
    seen: bool = False
    scheme: str = "https"
    tls: str = "verify"
    delay: float | None = None
    pager: str | None = None
    sitemaps: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    known_from: str | None = None
    layouts: tuple[Layout, ...] = ()

    @property
    def start_urls(self) -> tuple[str, ...]:
        """Absolute addresses to begin at."""
        return tuple(path if "://" in path else f"{self.scheme}://{self.host}{path}" for path in self.start)

    def unit(self) -> Owner:
        """Return the unit that owns the site, with its codes; an empty Owner where the gazetteer does not know it."""
        from extractor.places import owner_of

        return Owner(level="country") if self.owner == COUNTRY else owner_of(self.owner) or Owner()


def _checked(raw: Mapping[str, Any], kind: type[Any], where: str, *, extra: frozenset[str] = frozenset()) -> None:
    known = {f.name for f in fields(kind)} | extra
    if unknown := sorted(set(raw) - known):
        raise SiteError(f"{where}: unknown key {unknown}; known are {sorted(known)}")


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path)
    except RuleError as error:
        raise SiteError(str(error)) from error


def _layout(raw: Mapping[str, Any], where: str) -> Layout:
    _checked(raw, Layout, where)
    if not raw.get("body"):
        raise SiteError(f"{where}: a layout needs `body`")
    return Layout(name=raw["name"], since=raw["since"], **{k: tuple(raw.get(k, ())) for k in _LISTS})


def load_family(path: Path) -> Family:
    """Return one family; SiteError names the file and what is wrong."""
    raw = _read(path)
    _checked(raw, Family, path.name, extra=frozenset({"layout"}))
    layouts = tuple(_layout(r, f"{path.name}: {r.get('name')}") for r in raw.get("layout", ()))
    return Family(
        name=path.stem,
        about=raw.get("about", ""),
        detect=tuple(raw.get("detect", ())),
        layouts=layouts,
        varies=bool(raw.get("varies", False)),
        area=tuple(raw.get("area", ())),
    )


@functools.cache
def load_families() -> tuple[Family, ...]:
    """Return all families, by name."""
    return tuple(load_family(p) for p in sorted((rules_dir() / "families").glob("*.toml")))


def load_site(path: Path, *, site_id: str | None = None) -> Site:
    """Return one site; SiteError names the file and what is wrong."""
    raw = _read(path)
    _checked(raw, Site, path.name, extra=frozenset({"layout"}))
    layouts = tuple(_layout(r, f"{path.name}: {r.get('name')}") for r in raw.pop("layout", ()))
    try:
        site = Site(
            id=site_id or path.stem, layouts=layouts, **{**raw, **{name: tuple(raw[name]) for name in _PATHS if name in raw}}
        )
    except TypeError as error:
        raise SiteError(f"{path.name}: {error}; a site needs host, name and owner") from error
    if site.tls not in TLS:
        raise SiteError(f"{path.name}: tls is {site.tls!r}; known are {TLS}")
    if site.pager is not None and "{n}" not in site.pager:
        raise SiteError(f"{path.name}: pager {site.pager!r} has no {{n}} for the page's number")
    return site


@functools.cache
def load_sites() -> tuple[Site, ...]:
    """Return all sites of rules/sites, by id."""
    return tuple(load_site(p) for p in sorted((rules_dir() / "sites").glob("*.toml")))


def family_at(site: Site | None, family: Family | None) -> Family | None:
    """Return the family of a page with its site's own layouts before the others."""
    if site is None or not site.layouts:
        return family
    own = family or Family(name=site.id, about=site.name, detect=(), layouts=())
    return replace(own, layouts=site.layouts + own.layouts)


def uncovered(sites: Iterable[Site]) -> tuple[list[str], list[str]]:
    """Return the provinces before and since July 2025 of which no Front's site of their own is known, by name.

    A province since then is covered where one that went into it was.
    """
    from extractor.places import provinces

    covered = {s.unit().province_code for s in sites if s.unit().level == "province" and _FRONT.search(f"{s.host} {s.name}".lower())}
    old = provinces(new=False)
    went_into = {successor for code, _, successor in old if code in covered}
    before = [name for code, name, _ in old if code not in covered]
    return before, [name for code, name, _ in provinces(new=True) if code not in went_into]


def site_for(url: str | None, sites: tuple[Site, ...] | None = None) -> Site | None:
    """Return the site whose host the URL has, `www.` or not."""
    host = (urlsplit(url or "").hostname or "").removeprefix("www.")
    return (_by_host() if sites is None else _hosts(sites)).get(host)


def _hosts(sites: Iterable[Site]) -> dict[str, Site]:
    return {site.host.removeprefix("www."): site for site in sites}


@functools.cache
def _by_host() -> dict[str, Site]:
    return _hosts(load_sites())
