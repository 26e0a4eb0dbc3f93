"""Which links are followed."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

_FILES = (".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt")
_TOOLS = ("/print/", "/savefile/", "/login", "/dang-nhap", "/rss/", "printpage.aspx", "ctl/login", "/search")
_MAX_SEGMENTS = 12
_MAX_REPEATS = 3


def drop_reason(url: str, hosts: frozenset[str]) -> str | None:
    """Return why a link is not followed, or None: off the sites, a trap's shape, a tool of the page.

    >>> drop_reason("http://a.example/x/y/x/y/x/y/x/y", frozenset({"a.example"}))
    'path_repeats'
    """
    parts = urlsplit(url)
    if (parts.hostname or "") not in hosts:
        return "off_scope"
    segments = [s for s in parts.path.split("/") if s]
    if len(segments) > _MAX_SEGMENTS or len(url) > 1_000:
        return "too_long"
    if segments and max(Counter(segments).values()) > _MAX_REPEATS:
        return "path_repeats"
    if parts.path.lower().endswith(_FILES):
        return "attachment"
    lowered = url.lower()
    if any(tool in lowered for tool in _TOOLS):
        return "page_tool"
    return None
