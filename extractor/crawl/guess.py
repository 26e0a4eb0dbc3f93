"""What an address looks like before it is fetched: an article, a list, one of a list's further pages, a tool of the page."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import parse_qsl, urlsplit

_PRINT = re.compile(
    r"/(?:print|printpage|in-bai|ban-in|printview|printer)(?:[/.]|$)|[?&](?:print|dnnprintmode|printmode|in|view=print|tmpl=component&print)=(?:1|true)"
    r"|/ctl/print(?:/|$)|printpage\.aspx|printpreview",
    re.IGNORECASE,
)
_AMP = re.compile(r"/amp(?:/|\.html|$)|\.amp(?:\.html)?$|[?&](?:amp=1|outputtype=amp|amp)(?:&|$)", re.IGNORECASE)
_PAGER = re.compile(r"[/-](?:page|trang)[-/]?\d+(?:/|\.html|\.aspx|$)", re.IGNORECASE)
_PAGE_NAMES = frozenset({"page", "p", "trang", "pageindex", "paged", "pagenumber", "currentpage", "curpage", "start", "offset"})
_ARTICLE_NAMES = re.compile(r"^(?:id|itemid|newsid|articleid|idbaiviet|tintucid|baivietid|pid|sid|ddocname)$", re.IGNORECASE)
_ARTICLE_PATH = re.compile(r"/node/\d+$|/item/\d+|/i\d{3,}-|/-/[^/]{12,}")
_ARTICLE_NAME = re.compile(r".*[a-z0-9%]-(?:\d+\.(?:html?|aspx)|\d{2,})|\d{3,}\.html?")
_TITLE_HYPHENS = 3  # in the last segment of a path: a title, not the name of a section
_DAY = re.compile(r"(?<!\d)(20[0-3]\d|199\d)[-/_](0?[1-9]|1[0-2])[-/_](0?[1-9]|[12]\d|3[01])(?!\d)")
_FILES = (".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt", ".zip", ".rar")

ARTICLE, LIST, PAGER, FILE, PRINT, AMP = "article", "list", "pager", "file", "print", "amp"


def guess_kind(url: str, *, pager: bool = False) -> str:
    """Return article, list, pager, file, print or amp by an address alone; `pager` says that the link stands in a pager.

    >>> [guess_kind(f"http://a.example/{x}") for x in ("vi/news/hoat-dong/trao-qua-tet-28332.html", "vi/news/hoat-dong/", "vi/news/page-2/", "detail.aspx?IDBaiViet=19436")]
    ['article', 'list', 'pager', 'article']
    >>> guess_kind("http://a.example/news/print/tin/trao-qua-12.html"), guess_kind("http://a.example/tin/1/amp/")
    ('print', 'amp')
    """
    parts = urlsplit(url)
    path = parts.path.lower()
    at = f"{path}?{parts.query.lower()}" if parts.query else path
    if path.endswith(_FILES):
        return FILE
    # Patterns are tried only where the word that they need is there: this runs for every link of every page.
    if ("print" in at or "in-bai" in at or "ban-in" in at or "in=" in at) and _PRINT.search(at):
        return PRINT
    if "amp" in at and _AMP.search(at):
        return AMP
    names = dict(parse_qsl(parts.query, keep_blank_values=True)) if parts.query else {}
    if pager or (("page" in path or "trang" in path) and _PAGER.search(path)) or any(n.lower() in _PAGE_NAMES and v.isdigit() for n, v in names.items()):
        return PAGER
    named = any(_ARTICLE_NAMES.match(name) and value for name, value in names.items())
    # NukeViet without rewriting tells what a page is by `op`.
    return ARTICLE if named or _is_article(path) or _is_article(names.get("op", "").lower()) else LIST


def _is_article(path: str) -> bool:
    name = path.rstrip("/").rpartition("/")[2]
    return name.count("-") >= _TITLE_HYPHENS or _ARTICLE_NAME.fullmatch(name) is not None or _ARTICLE_PATH.search(path) is not None


def day_in(url: str) -> dt.date | None:
    """Return the day that an address states, year first; None where it states none.

    >>> day_in("http://a.example/portal/pages/2023-12-07/Tin-472771.aspx"), day_in("http://a.example/12/2023")
    (datetime.date(2023, 12, 7), None)
    """
    found = _DAY.search(urlsplit(url).path)
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def page_number(url: str) -> int | None:
    """Return the number of a list's page that an address states, None where it states none."""
    parts = urlsplit(url)
    for name, value in parse_qsl(parts.query):
        if name.lower() in _PAGE_NAMES and value.isdigit():
            return int(value[:9])
    found = _PAGER.search(parts.path)
    return int(re.sub(r"\D", "", found[0])[:9]) if found else None
