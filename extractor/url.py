"""Addresses in canonical form: one page, one address."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

_TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|zarsrc|zalo\w*|mc_[ce]id|_ga|ref|share|phpsessid|jsessionid|aspsessionid\w*|sid|sessionid|cfid|cftoken|"
    r"timestamp|_t|rand|nocache|printmode|dnnprintmode)$",
    re.IGNORECASE,
)
_SESSION_PATH = re.compile(r";jsessionid=[^/?#]*|/\(S\([0-9a-z]{24}\)\)", re.IGNORECASE)
_LOOP = re.compile(r"(/[^/]+)\1+(?=/|$)")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_url(url: str) -> str:
    """Return the canonical form: no fragment, default port, session or tracking parameter; query sorted; `/vi/vi/` cut.

    >>> canonical_url("HTTP://Mttq.example:80/vi/vi/tin?op=b&nv=a&utm_source=x#top")
    'http://mttq.example/vi/tin?nv=a&op=b'
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".").lower()
    port = parts.port
    netloc = host if port is None or port == _DEFAULT_PORTS.get(parts.scheme.lower()) else f"{host}:{port}"
    path = _LOOP.sub(r"\1", _SESSION_PATH.sub("", parts.path)) or "/"
    query = "&".join(piece for piece in parts.query.split("&") if piece and not _TRACKING.match(piece.partition("=")[0]))
    return str(canonicalize_url(urlunsplit((parts.scheme.lower(), netloc, path, query, ""))))


def query_names(url: str) -> tuple[str, ...]:
    """Return the sorted names of the query's parameters: with the path's shape, the pattern of an address."""
    return tuple(sorted({name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}))
