"""Addresses in canonical form: one page, one address."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

from extractor.errors import InputError

_TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|zarsrc|zalo\w*|mc_[ce]id|_ga|ref|share|phpsessid|jsessionid|aspsessionid\w*|sessionid|cfid|cftoken|"
    r"timestamp|_t|rand|nocache|printmode|dnnprintmode)$",
    re.IGNORECASE,
)
# `sid` is a session in most software but the number of the article in the PHP-Nuke line, from which NukeViet comes.
_SESSION_VALUE = re.compile(r"^sid=(?=[^&]*[a-z])[0-9a-z,-]{16,}$", re.IGNORECASE)
_SESSION_PATH = re.compile(r";jsessionid=[^/?#]*|/\(S\([0-9a-z]{24}\)\)", re.IGNORECASE)
# Only languages loop; other repeated segments are real, such as the day and the month in /2025/11/11/.
_LOOP = re.compile(r"(/(?:vi|en))\1+(?=/|$)")
# What has nothing that could be changed, as most links have not: spared the slower way, which a test holds it to.
_PLAIN = re.compile(r"https?://[a-z0-9]+(?:[.-][a-z0-9]+)*(?:/[A-Za-z0-9_~-]+(?:\.[A-Za-z0-9_~-]+)*)+/?|https?://[a-z0-9]+(?:[.-][a-z0-9]+)*/")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_url(url: str) -> str:
    """Return the canonical form: no fragment, default port, session or tracking parameter; query sorted; `/vi/vi/` cut.

    InputError where the text is no address at all. The form of a form is itself.

    >>> canonical_url("HTTP://Mttq.example:80/vi/vi/tin?op=b&nv=a&utm_source=x#top")
    'http://mttq.example/vi/tin?nv=a&op=b'
    >>> canonical_url("http://mttq.example/2025/11/11/tin")
    'http://mttq.example/2025/11/11/tin'
    """
    if _PLAIN.fullmatch(url) and not _LOOP.search(url):
        return url
    try:
        for _ in range(3):  # escapes undone may lay bare what is to be cut
            form = _once(url)
            if form == url:
                break
            url = form
    except ValueError as error:
        raise InputError(f"{url!r} is no address: {error}") from error
    return form


def _once(url: str) -> str:
    parts = urlsplit(url.strip())
    scheme, port = parts.scheme.lower(), parts.port
    host = (parts.hostname or "").rstrip(".").lower()
    host = f"[{host}]" if ":" in host else host
    netloc = host if port is None or port == _DEFAULT_PORTS.get(scheme) else f"{host}:{port}"
    path = _LOOP.sub(r"\1", _SESSION_PATH.sub("", parts.path)) or "/"
    query = "&".join(piece for piece in parts.query.split("&") if piece and not _passing(piece))
    return str(canonicalize_url(urlunsplit((scheme, netloc, path, query, ""))))


def _passing(piece: str) -> bool:
    """Tell whether a piece of a query says how the reader came, not which page is meant."""
    return bool(_TRACKING.match(piece.partition("=")[0]) or _SESSION_VALUE.match(piece))


def query_names(url: str) -> tuple[str, ...]:
    """Return the sorted names of the query's parameters: with the path's shape, the pattern of an address."""
    return tuple(sorted({name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}))
