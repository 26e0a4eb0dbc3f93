"""From what a page or listing says to what is queued: kinds, depths, priorities, and a reason for every address left out."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from extractor.clean.signposts import Postback, Signposts, find_signposts
from extractor.crawl.ajax import html_of_json
from extractor.crawl.guess import ARTICLE, LIST, PAGER, day_in, guess_kind, page_number
from extractor.crawl.jobs import Found, Job
from extractor.crawl.options import CrawlOptions
from extractor.crawl.scope import drop_reason
from extractor.crawl.sitemap import Entry, Listing
from extractor.errors import InputError
from extractor.url import canonical_url

SITEMAP, FEED = "sitemap", "feed"
LISTINGS = frozenset({SITEMAP, FEED})
MAX_SITEMAP_DEPTH = 3
_PRIORITY = {SITEMAP: 0, FEED: 0, ARTICLE: 2, LIST: 3, PAGER: 4}
_LIST_OF = 5  # new articles that a page which is none must lead to, to be taken for a list

# Most links of a page stand on every page of its site; the bound keeps memory flat.
_canonical = functools.lru_cache(maxsize=20_000)(canonical_url)


@dataclass(frozen=True, slots=True)
class Dated:
    """What is known of an address's page before it is fetched: its day of publication, and when it was changed last."""

    day: dt.date | None = None
    lastmod: str | None = None


_UNDATED = Dated()


@dataclass(slots=True)
class Leads:
    """What follows from one page: addresses to queue, addresses left out with why, and what the page says of itself."""

    links: dict[str, Found] = field(default_factory=dict)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    canonical: str | None = None
    is_list: bool = False
    words: bytes | None = None
    length: int | None = None


class Guide:
    """Judges addresses for one crawl."""

    def __init__(self, options: CrawlOptions, hosts: frozenset[str]) -> None:
        self.options, self.hosts = options, hosts

    def of_page(self, job: Job, url: str, text: str, *, is_json: bool = False) -> Leads:
        """Return what follows from a page of HTML (or a script's answer); PoisonError where it must not be parsed."""
        window = self.options.since or self.options.until
        posts = find_signposts(html_of_json(text) if is_json else text, base=url, dated=window is not None)
        leads = Leads(words=posts.words, length=posts.length)
        if posts.cut:
            leads.dropped.append((f"{url}#{posts.cut}-more-links", "too_many_links"))
        if posts.canonical:
            leads.canonical = self._own(posts.canonical, url)
        if job.depth >= self.options.max_depth and job.kind != PAGER:
            leads.dropped = [(link.url, "max_depth") for link in posts.links if self._unseen(link.url)]
            return leads
        days = posts.days or {}
        for link in posts.links:
            self._link(leads, job, link.url, pager=link.pager, day=days.get(link.url))
        if job.start or job.depth == 0:
            for feed in posts.feeds:
                self._listing(leads, feed, FEED, job.depth + 1)
        self._further(leads, job, url, posts)
        if self.options.since and posts.days:
            self._end_of_time(leads, list(posts.days.values()), self.options.since)
        articles = sum(found.kind == ARTICLE for found in leads.links.values())
        pagers = any(found.kind == PAGER for found in leads.links.values())
        leads.is_list = guess_kind(url) == LIST and job.kind != PAGER and (pagers or articles >= _LIST_OF)
        return leads

    def of_listing(self, job: Job, listing: Listing, url: str) -> Leads:
        """Return what follows from a sitemap or feed."""
        leads = Leads()
        if listing.broken:
            leads.dropped.append((url, "listing_broken"))
        for entry in listing.entries:
            if entry.index:
                if job.depth >= MAX_SITEMAP_DEPTH:
                    leads.dropped.append((entry.url, "sitemap_depth"))
                else:
                    self._listing(leads, entry.url, SITEMAP, job.depth + 1)
            else:
                self._entry(leads, entry)
        return leads

    def _own(self, stated: str, url: str) -> str | None:
        """Return a page's canonical address where it names another page of the sites, not a mere home page."""
        try:
            canonical = canonical_url(stated)
        except InputError:
            return None
        parts = urlsplit(canonical)
        ours = parts.scheme in {"http", "https"} and parts.path not in {"", "/"}
        return canonical if ours and canonical != canonical_url(url) else None

    def _unseen(self, url: str) -> bool:
        try:
            return (urlsplit(url).hostname or "") in self.hosts
        except ValueError:
            return False

    def _link(self, leads: Leads, job: Job, stated: str, *, pager: bool, day: dt.date | None) -> None:
        if url := _address(leads, stated):
            kind = guess_kind(url, pager=pager)
            # The further pages of a list are as deep as the list itself, within reason.
            depth = job.depth if kind == PAGER and job.depth else job.depth + 1
            self._queue(leads, url, kind, depth, Dated(day))

    def _entry(self, leads: Leads, entry: Entry) -> None:
        day = entry.published.date() if entry.published else None
        changed = entry.modified.astimezone(dt.UTC) if entry.modified else None
        if day is None and changed and self.options.since and changed.date() < self.options.since:
            day = changed.date()  # what was changed last before the first day was published before it too
        if url := _address(leads, entry.url):
            self._queue(leads, url, guess_kind(url), 1, Dated(day, _lastmod(entry.modified)))

    def _listing(self, leads: Leads, stated: str, kind: str, depth: int) -> None:
        if not (url := _address(leads, stated)):
            return
        host = urlsplit(url).hostname or ""
        if host in self.hosts:
            leads.links.setdefault(url, Found(url, host, depth, kind, _PRIORITY[kind]))
        else:
            leads.dropped.append((url, "off_scope"))

    def _queue(self, leads: Leads, url: str, kind: str, depth: int, dated: Dated = _UNDATED) -> None:
        if why := drop_reason(url, self.hosts, kind=kind) or self._outside(dated.day or day_in(url)):
            leads.dropped.append((url, why))
        elif url not in leads.links:
            leads.links[url] = Found(url, urlsplit(url).hostname or "", depth, kind, _PRIORITY[kind], dated.lastmod)

    def _outside(self, day: dt.date | None) -> str | None:
        if day is None:
            return None
        if self.options.since and day < self.options.since:
            return "before_since"
        return "after_until" if self.options.until and day > self.options.until else None

    def _end_of_time(self, leads: Leads, days: list[dt.date], since: dt.date) -> None:
        """Leave a list's further pages where all that it dates lies before the first day."""
        if len(days) >= _LIST_OF // 2 and max(days) < since:
            for url in [url for url, found in leads.links.items() if found.kind == PAGER]:
                del leads.links[url]
                leads.dropped.append((url, "before_since"))

    def _further(self, leads: Leads, job: Job, url: str, posts: Signposts) -> None:
        """Queue a list's further pages that only a script leads to."""
        self._postbacks(leads, job, posts.postbacks)
        if posts.called and not posts.postbacks and not any(f.kind == PAGER for f in leads.links.values()):
            current = page_number(url) or 1
            following = min((n for n in posts.called if n > current), default=None)
            if following:
                site = self.options.site(urlsplit(url).hostname or "")
                template = site.pager if site and site.pager else "?page={n}"
                self._link(leads, job, urljoin(url, template.replace("{n}", str(following))), pager=True, day=None)

    def _postbacks(self, leads: Leads, job: Job, postbacks: Iterable[Postback]) -> None:
        depth = max(job.depth, 1)
        for post in postbacks:
            try:
                action = canonical_url(post.action)
            except InputError:
                leads.dropped.append((post.action, "bad_link"))
                continue
            host = urlsplit(action).hostname or ""
            if host not in self.hosts:
                leads.dropped.append((action, "off_scope"))
                continue
            key = f"{action}#post={post.key}"
            leads.links[key] = Found(key, host, depth, PAGER, _PRIORITY[PAGER], form=post.form)


def _address(leads: Leads, stated: str) -> str | None:
    """Return an address in canonical form; of what is none, a note."""
    try:
        return _canonical(stated)
    except InputError:
        leads.dropped.append((stated, "bad_link"))
        return None


def first_listings(host: str, origin: str, named: Iterable[str], site_listings: Mapping[str, Iterable[str]]) -> list[Found]:
    """Return a host's sitemaps and feeds to begin with: those that robots.txt and its file name, or else the usual place."""
    sitemaps = [*named, *(urljoin(origin, s) for s in site_listings.get(SITEMAP, ()))] or [f"{origin}/sitemap.xml"]
    feeds = [urljoin(origin, f) for f in site_listings.get(FEED, ())]
    found = []
    for kind, stated in [*((SITEMAP, s) for s in sitemaps), *((FEED, f) for f in feeds)]:
        try:
            url = canonical_url(stated)
        except InputError:
            continue
        if (urlsplit(url).hostname or "") == host:
            found.append(Found(url, host, 0, kind, _PRIORITY[kind]))
    return found


def _lastmod(moment: dt.datetime | None) -> str | None:
    """Return an ISO time in UTC; a day alone where the file states no more."""
    if moment is None:
        return None
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return moment.date().isoformat()
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds")
