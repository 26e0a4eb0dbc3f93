"""Which links are followed."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

from extractor.crawl.guess import AMP, FILE, PRINT, guess_kind

_TOOLS = ("/savefile/", "/login", "/dang-nhap", "/rss/", "/rss.aspx", "ctl/login", "/search", "/tim-kiem", "/wp-json/", "/cart", "/share?")
_MAX_SEGMENTS = 12
_MAX_REPEATS = 3
_DATED = re.compile(r"^\d{1,4}$")


def drop_reason(url: str, hosts: frozenset[str], *, kind: str | None = None) -> str | None:
    """Return why a link is not followed, or None: off the sites, a trap's shape, a tool of the page.

    >>> drop_reason("http://a.example/x/y/x/y/x/y/x/y", frozenset({"a.example"}))
    'path_repeats'
    >>> drop_reason("http://a.example/tin/bai-12.html?print=1", frozenset({"a.example"}))
    'print'
    """
    parts = urlsplit(url)
    if (parts.hostname or "") not in hosts:
        return "off_scope"
    segments = [s for s in parts.path.split("/") if s]
    if len(segments) > _MAX_SEGMENTS or len(url) > 1_000:
        return "too_long"
    words = [s for s in segments if not _DATED.match(s)]
    if words and max(Counter(words).values()) > _MAX_REPEATS:
        return "path_repeats"
    lowered = url.lower()
    if any(tool in lowered for tool in _TOOLS):
        return "page_tool"
    kind = kind or guess_kind(url)
    return {FILE: "attachment", PRINT: "print", AMP: "amp"}.get(kind)
