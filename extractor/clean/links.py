"""Links of a page, with what tells an article from a menu."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qs, urljoin, urlsplit

from extractor.clean import guard
from extractor.clean.tree import Node, parse

_SKIP = ("mailto:", "javascript:", "tel:", "#", "data:", "zalo:")
_MEDIA = (
    ".jpg",
    ".jpeg",
    ".png",
    ".gif",
    ".webp",
    ".svg",
    ".css",
    ".js",
    ".mp4",
    ".mp3",
    ".zip",
    ".rar",
    ".ico",
    ".woff",
    ".woff2",
)
MAX_LINKS = 5_000
_DOWNLOAD = re.compile(r"downloadFile\(\s*['\"]([^'\"]+)")
# A box of nothing but links is a list of other stories or of files as long as it is short.
_LONGEST_LIST = 800
_BOXES = frozenset({"ul", "ol", "li", "p", "div", "section", "aside", "table"})


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


def file_address(node: Node) -> str | None:
    """Return the address of the file that a node offers: a link's, a script's `downloadFile('…')`, or a viewer's `file=`."""
    attributes = node.attributes
    if called := _DOWNLOAD.search(attributes.get("onclick") or ""):
        return called[1]
    viewed = parse_qs(urlsplit(attributes.get("src") or "").query).get("file")
    return viewed[0] if viewed else attributes.get("href")


def drop_link_lists(body: Node) -> None:
    """Take off what in an article's box is nothing but links: other stories set between its paragraphs."""
    nodes = [node for node in body.traverse(include_text=True) if node.mem_id != body.mem_id]
    whole, linked = _sizes(nodes)
    gone: set[int] = set()
    lists: list[Node] = []
    for node in nodes:
        size, above = whole[node.mem_id], node.parent
        if above is not None and above.mem_id in gone:
            gone.add(node.mem_id)
        elif node.tag in _BOXES and 0 < size <= _LONGEST_LIST and linked[node.mem_id] == size:
            gone.add(node.mem_id)
            lists.append(node)
    for node in lists:
        node.decompose()


def _sizes(nodes: list[Node]) -> tuple[Counter[int], Counter[int]]:
    """Return how many characters each node holds, and how many of them are links'; the nodes come parents first."""
    whole: Counter[int] = Counter()
    linked: Counter[int] = Counter()
    for node in reversed(nodes):
        if node.tag == "-text":
            whole[node.mem_id] = len((node.text_content or "").strip())
        elif node.tag == "a" and "href" in node.attributes:
            linked[node.mem_id] = whole[node.mem_id]
        if node.parent is not None:
            whole[node.parent.mem_id] += whole[node.mem_id]
            linked[node.parent.mem_id] += linked[node.mem_id]
    return whole, linked


def _in_pager(node: object) -> bool:
    current, steps = getattr(node, "parent", None), 0
    while current is not None and steps < 4:
        name = f"{current.attributes.get('class') or ''} {current.attributes.get('id') or ''}".lower()
        if "pag" in name:
            return True
        current, steps = current.parent, steps + 1
    return False
