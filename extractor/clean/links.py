"""Links of a page, with what tells an article from a menu."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit

from extractor.clean import guard
from extractor.clean.chrome import is_chrome
from extractor.clean.tree import TEXT, Node, Parser
from extractor.text import holds_any

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
_FILE_BOXES = ("attach", "file", "dinhkem", "dinh-kem", "download")
_FILES = (".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt", ".rtf", ".zip", ".rar")
# In both cases, and not by a flag: a search that minds no case takes twice the time.
_FILE_NAMED = re.compile(rf"\.(?:{'|'.join(f'{e[1:]}|{e[1:].upper()}' for e in _FILES)})[?#\n]")
MAX_LINKS = 5_000
_DOWNLOAD = re.compile(r"downloadFile\(\s*['\"]([^'\"]+)")
# A box of nothing but links is a list of other stories or of files as long as it is short.
_LONGEST_LIST = 800
_LONGEST_LABEL = 40
_OFFERS, _LONGEST_OFFER = ("đính kèm", "tải về", "tải xuống", "tải văn bản"), 200
_LABELS = frozenset({"p", "div", "b", "strong", "h2", "h3", "h4", "h5", "span"})
_BOXES = frozenset({"ul", "ol", "li", "p", "div", "section", "aside", "table"})


@dataclass(frozen=True, slots=True)
class Link:
    """One link: absolute `url` without fragment, its words, whether it stands in a pager."""

    url: str
    text: str
    pager: bool = False


def find_links(html: str, *, base: str) -> list[Link]:
    """Return the page's links to http and https, each once, in order; at most 5,000. PoisonError as for `clean`."""
    source = html.encode("utf-8", "ignore")
    tree = guard.checked(source)
    return links_of(tree, root_of(tree, base))


def root_of(tree: Parser, base: str) -> str:
    """Return the address that a page's relative links start from."""
    anchor = tree.css_first("base[href]")
    return joined(base, anchor.attributes.get("href") or "") if anchor else base


def joined(root: str, address: str) -> str:
    """Return an absolute address; what is no address stays as it is written and is told where links are judged."""
    try:
        return urljoin(root, address)
    except ValueError:
        return address


def links_of(tree: Parser, root: str) -> list[Link]:
    """Return the links of a parsed page, each once, in order, at most 5,000; what is no address stays as it is written."""
    found: dict[str, Link] = {}
    for node in tree.css("a[href]")[:MAX_LINKS]:
        href = (node.attributes.get("href") or "").strip()
        if not href or href.lower().startswith(_SKIP):
            continue
        try:
            url = urljoin(root, href).partition("#")[0]
            parts = urlsplit(url)
        except ValueError:  # told as a bad link where links are judged
            found[href] = Link(href, "")
            continue
        if parts.scheme in {"http", "https"} and not parts.path.lower().endswith(_MEDIA) and url not in found:
            found[url] = Link(url, " ".join(node.text(separator=" ").split()), in_pager(node))
    return list(found.values())


def file_address(node: Node) -> str | None:
    """Return the address of the file that a node offers: a link's, a script's `downloadFile('…')`, or a viewer's `file=`."""
    attributes = node.attributes
    if called := _DOWNLOAD.search(attributes.get("onclick") or ""):
        return called[1]
    viewed = parse_qs(_parts(attributes.get("src") or "").query).get("file")
    return viewed[0] if viewed else attributes.get("href")


def _parts(address: str) -> SplitResult:
    """Return the parts of an address; what is none is a path that leads to no file."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")


def framed_files(frames: Iterable[Node]) -> list[str]:
    """Return the addresses of documents that a page of an unknown site shows in its frames."""
    attributes = [(file_address(node), node.attributes) for node in frames]
    return _files_of(address for viewed, given in attributes for address in (viewed, given.get("src"), given.get("data")))


def offered_files(anchors: Iterable[Node]) -> list[str]:
    """Return the addresses of documents that the links of a page of an unknown site offer."""
    links = [(node, node.attributes.get("href") or "") for node in anchors]
    if _FILE_NAMED.search("\n".join(href for _, href in links) + "\n") is None:
        return []  # most pages, at little cost
    linked = [(node, href) for node, href in links if is_file_address(href)]
    told: dict[int, bool] = {}
    boxed = [href for node, href in linked if _is_in_file_box(node, told)]
    return _files_of(boxed + [href for node, href in linked if _is_offered(node)])


def _is_in_file_box(node: Node, told: dict[int, bool]) -> bool:
    """Tell whether a box around a node is named for files; each box is looked at once and kept in `told`."""
    boxes: list[int] = []
    found = False
    above = node.parent
    while above is not None and not found:
        key = above.mem_id
        if key in told:
            found = told[key]
            break
        boxes.append(key)
        attributes = above.attributes
        found = holds_any(f"{attributes.get('class') or ''}\n{attributes.get('id') or ''}".lower(), _FILE_BOXES)
        above = above.parent
    told.update(dict.fromkeys(boxes, found))
    return found


def _is_offered(node: Node) -> bool:
    above = node.parent.text(separator=" ")[:_LONGEST_OFFER].lower() if node.parent else ""
    return any(word in above for word in _OFFERS)


def _files_of(addresses: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(address for address in addresses if address and is_file_address(address)))


def is_file_address(href: str) -> bool:
    """Tell whether an address is a document's.

    >>> is_file_address("/files/Ke-hoach.PDF?t=1"), is_file_address("/tin/ke-hoach.html")
    (True, False)
    """
    # Most links show no such name anywhere.
    return holds_any(href.lower(), _FILES) and _parts(href).path.lower().endswith(_FILES)


def drop_link_lists(body: Node) -> None:
    """Take off what in an article's box is nothing but links, their labels and days: other stories set between paragraphs."""
    if body.css_first("a[href]") is None:
        return
    nodes = [node for node in body.traverse(include_text=True) if node.mem_id != body.mem_id]
    whole, linked = _letters(nodes)
    gone: set[int] = set()
    lists: list[Node] = []
    for node, (place, size) in zip(nodes, whole.items(), strict=True):
        if gone and (above := node.parent) is not None and above.mem_id in gone:
            gone.add(place)
        elif 0 < size <= _LONGEST_LIST and linked[place] == size and node.tag in _BOXES:
            gone.add(place)
            lists.append(node)
    labels = {label.mem_id: label for node in lists if (label := _label_above(node)) is not None}
    for node in (*lists, *(label for label in labels.values() if label.mem_id not in gone)):
        node.decompose()


def _label_above(node: Node) -> Node | None:
    """Return the block right above a list that only says what the list is."""
    above = node.prev
    while above is not None and above.tag == "-text" and not (above.text_content or "").strip():
        above = above.prev
    if above is None or above.tag not in _LABELS:
        return None
    text = above.text(separator=" ").strip()
    return above if text and _weight(text) == 0 and any(map(str.isalpha, text)) else None


def _letters(nodes: list[Node]) -> tuple[dict[int, int], dict[int, int]]:
    """Return how many letters each node holds, and how many of them are links'; the nodes come parents first."""
    whole = {node.mem_id: 0 for node in nodes}
    linked = whole.copy()
    for node, place in zip(reversed(nodes), reversed(whole), strict=True):
        if node.tag_id == TEXT:
            whole[place] = _weight(node.text_content or "")
        elif node.tag == "a" and "href" in node.attributes:
            linked[place] = whole[place]
        if whole[place] and (above := node.parent) is not None and (outer := above.mem_id) in whole:
            whole[outer] += whole[place]
            linked[outer] += linked[place]
    return whole, linked


def _weight(text: str) -> int:
    """Return the letters of a text; none where it only says that links follow."""
    words = text.strip(" \u00a0:·|,»›>+•–—-()[]\n\r\t")
    if len(words) <= _LONGEST_LABEL and is_chrome(words, "label"):
        return 0
    return sum(map(str.isalpha, words))


def in_pager(node: object) -> bool:
    """Tell whether a node stands in the pager of a list."""
    current, steps = getattr(node, "parent", None), 0
    while current is not None and steps < 4:
        name = f"{current.attributes.get('class') or ''} {current.attributes.get('id') or ''}".lower()
        if "pag" in name:
            return True
        current, steps = current.parent, steps + 1
    return False
