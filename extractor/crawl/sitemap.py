"""What a site says of its own pages: sitemaps, their indexes (packed or not), RSS and Atom."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from extractor.clean.links import joined
from extractor.crawl.xmlread import Item, read_items
from extractor.encoding import undo

MAX_ADDRESS = 2_000
_GZIP = b"\x1f\x8b"
_FEEDS = frozenset({"rss", "rdf", "feed"})
_NAMES = frozenset({"url", "sitemap", "item", "entry"})
_LINE = re.compile(r"https?://\S+")
_HANOI = dt.timezone(dt.timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Entry:
    """One address that a site names. `modified` and `published` are aware, None where the file does not say."""

    url: str
    modified: dt.datetime | None = None
    published: dt.datetime | None = None
    index: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The entries of a sitemap or feed in the file's order, and why it was not read to its end ("" where it was)."""

    entries: tuple[Entry, ...]
    broken: str = ""


def read_listing(content: bytes, *, base: str) -> Listing:
    """Return what a sitemap, sitemap index, plain list of addresses, RSS or Atom file names; PoisonError for a bomb.

    Times of modification that most entries share are the time at which the file was made, and are left out.

    >>> read_listing(b"<rss><channel><item><link>/tin/1</link></item></channel></rss>", base="http://a.example/rss").entries[0].url
    'http://a.example/tin/1'
    """
    if content.startswith(_GZIP):
        content = undo(content, "gzip", limit=60_000_000)
    head = content[:200].lstrip(b"\xef\xbb\xbf \r\n\t")
    if not head.startswith(b"<"):
        lines = (line.strip() for line in content.decode("utf-8-sig", "replace").splitlines())
        return Listing(tuple(Entry(line) for line in lines if len(line) <= MAX_ADDRESS and _LINE.fullmatch(line)))
    read = read_items(content, _NAMES)
    feed = read.root in _FEEDS
    entries = [e for e in ((_of_feed if feed else _of_sitemap)(item, base) for item in read.items) if e]
    return Listing(tuple(entries if feed else _trusted(entries)), read.broken)


def _of_sitemap(item: Item, base: str) -> Entry | None:
    address = item.texts.get("loc", "")
    if not address or len(address) > MAX_ADDRESS or item.name not in {"url", "sitemap"}:
        return None
    published = moment(item.texts.get("publication_date", ""))
    return Entry(joined(base, address), moment(item.texts.get("lastmod", "")), published, item.name == "sitemap")


def _of_feed(item: Item, base: str) -> Entry | None:
    address = item.links.get("alternate") or item.texts.get("link") or item.texts.get("guid", "")
    if not address or len(address) > MAX_ADDRESS or item.name not in {"item", "entry"}:
        return None
    stated = (item.texts.get(name, "") for name in ("pubdate", "published", "date"))
    published = next((found for one in stated if (found := moment(one))), None)
    return Entry(joined(base, address), moment(item.texts.get("updated", "")), published)


def moment(stated: str) -> dt.datetime | None:
    """Return an ISO or RFC 822 time, in Hà Nội's where it names no zone; None for others: 05/03/2024 may be either.

    >>> moment("2024-03-05"), moment("Tue, 05 Mar 2024 08:00:00 +0700").isoformat(), moment("05/03/2024")
    (datetime.datetime(2024, 3, 5, 0, 0, tzinfo=datetime.timezone(datetime.timedelta(seconds=25200))), '2024-03-05T08:00:00+07:00', None)
    """
    stated = stated.strip()
    try:
        found = dt.datetime.fromisoformat(stated)
    except ValueError:
        if "/" in stated or not re.search(r"[A-Za-z]{3}", stated):
            return None
        try:
            found = parsedate_to_datetime(stated)
        except (ValueError, IndexError):
            return None
    return found if found.tzinfo else found.replace(tzinfo=_HANOI)


def _trusted(entries: Iterable[Entry]) -> list[Entry]:
    entries = list(entries)
    days = Counter(e.modified.date() for e in entries if e.modified and not e.index)
    if len(entries) < 10 or not days or days.most_common(1)[0][1] * 2 <= len(entries):
        return entries
    made = days.most_common(1)[0][0]
    return [Entry(e.url, None, e.published, e.index) if e.modified and e.modified.date() == made else e for e in entries]
