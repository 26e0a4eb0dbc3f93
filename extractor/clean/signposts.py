"""What a page tells a crawler: its links, feeds, canonical address, and the pages that only a script would lead to."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from extractor.clean import guard
from extractor.clean.links import MAX_LINKS, Link, in_pager, joined, links_of, root_of
from extractor.clean.tree import Node, Parser, take_off

_POSTBACK = re.compile(r"__doPostBack\(\s*(?:'|&#39;)([^'&]*)(?:'|&#39;)\s*,\s*(?:'|&#39;)([^'&]*)(?:'|&#39;)")
_QUOTED = re.compile(r"['\"]((?:https?:/)?/[^'\"\s<>]{1,500}|\?[^'\"\s<>]{1,500})['\"]")
_CALLED = re.compile(r"(?:page|trang|paging)\w*\(\s*['\"]?(\d{1,5})['\"]?\s*\)", re.IGNORECASE)
_ADDRESSES = ("data-url", "data-href", "data-ajax-url", "data-next", "data-next-url", "data-load-more", "hx-get")
_FEEDS = "link[rel=alternate][type='application/rss+xml'], link[rel=alternate][type='application/atom+xml']"
_SCRIPTED = "[onclick], a[href^='javascript:' i], [data-url], [data-href], [data-ajax-url], [data-next], [data-next-url], [data-load-more], [hx-get], [data-page]"
# Words without which no script can lead to a page; looked for before the slower search of the tree.
_HINTS = ("onclick", "javascript:", "data-url", "data-href", "data-ajax-url", "data-next", "data-load-more", "data-page", "hx-get")
_FIELDS = "form input[name]"
_UNSENT = frozenset({"submit", "button", "image", "reset", "file", "checkbox", "radio"})
_DAY = re.compile(r"(?<![\d/])(\d{1,2})[/.-](\d{1,2})[/.-](20\d\d|19\d\d)(?!\d)")
_NUMBERS = b"0123456789 \t\r\n\x0b\x0c"
MAX_POSTBACKS = 50
MAX_FORM = 3_000_000
_NEAR = 600


@dataclass(frozen=True, slots=True)
class Postback:
    """A page of the list behind ASP.NET's script: `form` is the body to send, `key` what tells it from the others."""

    key: str
    form: str
    action: str


@dataclass(frozen=True, slots=True)
class Signposts:
    """All of it. `days` gives, by link, the one day that stands near it, where days were asked for.

    `words` is a digest of the page's words without numbers, by which pages that say the same are known; `length` counts the
    characters of its text, and `cut` the links beyond those that are taken of one page.
    """

    links: tuple[Link, ...]
    feeds: tuple[str, ...] = ()
    canonical: str | None = None
    amp: str | None = None
    postbacks: tuple[Postback, ...] = ()
    called: tuple[int, ...] = ()
    days: dict[str, dt.date] | None = None
    words: bytes | None = None
    length: int = 0
    title: str | None = None
    cut: int = 0


def find_signposts(html: str, *, base: str, dated: bool = False) -> Signposts:
    """Return what a page tells a crawler; PoisonError where it must not be parsed."""
    source = html.encode("utf-8", "ignore")
    tree = guard.checked(source)
    root = root_of(tree, base)
    links = {link.url: link for link in links_of(tree, root)}
    lowered = html.lower()
    scripted, called = _scripted(tree, root) if any(hint in lowered for hint in _HINTS) else ([], ())
    for url in scripted:
        links.setdefault(url, Link(url, "", pager=True))
    stated = [node.attributes.get("href") for node in tree.css(_FEEDS)[:10]]
    postbacks = _postbacks(tree, base) if "__doPostBack" in html else ()
    days = _days(tree, root) if dated else None
    feeds = tuple(joined(root, feed) for feed in stated if feed)
    take_off(tree, "script, style, noscript")
    text = tree.body.text(separator=" ") if tree.body else ""
    return Signposts(
        tuple(links.values()),
        feeds=feeds,
        canonical=_named(tree, "link[rel=canonical][href]", root),
        amp=_named(tree, "link[rel=amphtml][href]", root),
        postbacks=postbacks,
        called=called,
        days=days,
        words=hashlib.blake2b(text.encode("utf-8", "replace").translate(None, _NUMBERS), digest_size=12).digest(),
        length=len(text),
        title=_title(tree),
        cut=max(0, len(tree.css("a[href]")) - MAX_LINKS) if html.count("href") > MAX_LINKS else 0,
    )


def _title(tree: Parser) -> str | None:
    node = tree.css_first("title")
    return " ".join(node.text().split())[:200] or None if node is not None else None


def _named(tree: Parser, selector: str, root: str) -> str | None:
    node = tree.css_first(selector)
    href = (node.attributes.get("href") or "").strip() if node is not None else ""
    return joined(root, href) if href else None


def _scripted(tree: Parser, root: str) -> tuple[list[str], tuple[int, ...]]:
    """Return addresses and numbers of pages that the scripts of a pager name."""
    urls: dict[str, None] = {}
    numbers: dict[int, None] = {}
    for node in tree.css(_SCRIPTED)[:2_000]:
        attributes = node.attributes
        stated = [attributes.get(name) or "" for name in _ADDRESSES]
        code = f"{attributes.get('onclick') or ''} {attributes.get('href') or ''}"
        if not (in_pager(node) or "page" in code.lower() or attributes.get("data-next") or attributes.get("data-load-more")):
            continue
        stated += [found[1] for found in _QUOTED.finditer(code) if "javascript:" in code.lower() or attributes.get("onclick")]
        urls |= {joined(root, one).partition("#")[0]: None for one in stated if one.startswith(("/", "?", "http"))}
        counted = [found[1] for found in _CALLED.finditer(code)] + [attributes.get("data-page") or ""]
        numbers |= {int(n): None for n in counted if n.isascii() and n.isdigit() and 1 < int(n[:6]) < 100_000}
    return list(urls), tuple(numbers)


def _postbacks(tree: Parser, base: str) -> tuple[Postback, ...]:
    """Return the postbacks of pagers, with the form's hidden fields as a browser would send them."""
    form = tree.css_first("form:has(input[name=__VIEWSTATE])")
    if form is None:
        return ()
    fields = {
        name: node.attributes.get("value") or ""
        for node in tree.css(_FIELDS)
        if (name := node.attributes.get("name")) and (node.attributes.get("type") or "text").lower() not in _UNSENT
    }
    action = joined(base, form.attributes.get("action") or "").partition("#")[0] or base
    found: dict[str, Postback] = {}
    for node in tree.css("a[href*=__doPostBack], [onclick*=__doPostBack]"):
        call = _POSTBACK.search(f"{node.attributes.get('href') or ''} {node.attributes.get('onclick') or ''}")
        if call is None or len(found) >= MAX_POSTBACKS or not _turns_pages(node, call[2]):
            continue
        sent = urlencode({**fields, "__EVENTTARGET": call[1], "__EVENTARGUMENT": call[2]})
        if len(sent) <= MAX_FORM:
            key = f"{call[1]}:{call[2]}" if call[2] else call[1]
            found.setdefault(key, Postback(key, sent, action))
    return tuple(found.values())


def _turns_pages(node: Node, argument: str) -> bool:
    """Tell whether a postback leads to another page of a list, not to a log-in or a sort order."""
    label = node.text().strip()
    if label == "1" or argument == "Page$1":
        return False  # the first page is the list itself
    return argument.startswith("Page$") or label.isdigit() or (in_pager(node) and bool(label))


def _days(tree: Parser, root: str) -> dict[str, dt.date]:
    """Return by link the day beside it: that of the smallest box around it which holds one day and no second."""
    found: dict[str, dt.date] = {}
    read: dict[int, set[tuple[str, str, str]] | None] = {}
    for node in tree.css("a[href]")[:MAX_LINKS]:
        box: Node | None = node
        for _ in range(4):
            if box is None:
                break
            if box.mem_id not in read:
                read[box.mem_id] = _days_within(box)
            days = read[box.mem_id]
            if days is None or days:
                if days and len(days) == 1 and (day := _day(*next(iter(days)))):
                    found.setdefault(joined(root, node.attributes.get("href") or "").partition("#")[0], day)
                break
            box = box.parent
    return found


def _days_within(box: Node) -> set[tuple[str, str, str]] | None:
    """Return the days that a small box tells, None where it is no small one; no more of it is read than tells so."""
    pieces, length = list[str](), 0
    for count, node in enumerate(box.traverse(include_text=True)):
        if node.tag == "-text":
            pieces.append(node.text_content or "")
            length += len(pieces[-1]) + 1
        if length > _NEAR or count > _NEAR:
            return None
    return set(_DAY.findall(" ".join(pieces)))


def _day(day: str, month: str, year: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
