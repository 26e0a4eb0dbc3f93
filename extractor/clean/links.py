"""Links of a page, with what tells an article from a menu."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from extractor.clean import guard
from extractor.clean.tree import parse

_SKIP = ("mailto:", "javascript:", "tel:", "#", "data:", "zalo:")
_MEDIA = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".css", ".js", ".mp4", ".mp3", ".zip", ".rar", ".ico", ".woff", ".woff2")
MAX_LINKS = 5_000


@dataclass(frozen=True, slots=True)
class Link:
    """One link: absolute `url` without fragment, its words, whether it stands in a pager."""

    url: str
    text: str
    pager: bool = False


def find_links(html: str, *, base: str) -> list[Link]:
    """Return the page's links to http and https, each once, in order; at most 5,000. PoisonError as for `clean`."""
    guard.check(html)
    tree = parse(html)
    anchor = tree.css_first("base[href]")
    root = urljoin(base, anchor.attributes.get("href") or "") if anchor else base
    found: dict[str, Link] = {}
    for node in tree.css("a[href]")[:MAX_LINKS]:
        href = (node.attributes.get("href") or "").strip()
        if not href or href.lower().startswith(_SKIP):
            continue
        url = urljoin(root, href).partition("#")[0]
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and not parts.path.lower().endswith(_MEDIA) and url not in found:
            found[url] = Link(url, " ".join(node.text(separator=" ").split()), _in_pager(node))
    return list(found.values())


def _in_pager(node: object) -> bool:
    current, steps = getattr(node, "parent", None), 0
    while current is not None and steps < 4:
        name = f"{current.attributes.get('class') or ''} {current.attributes.get('id') or ''}".lower()
        if "pag" in name:
            return True
        current, steps = current.parent, steps + 1
    return False
