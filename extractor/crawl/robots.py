"""robots.txt as RFC 9309 has it: what was read is obeyed, what is missing allows, what cannot be read forbids for now."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from extractor.errors import FetchError

MAX_BYTES = 500 * 1024
MAX_AGE = 24 * 3600
RETRY = 600
MAX_DELAY = 60.0
# The byte order mark, or what some editors leave of it.
_PART_OF_MARK = re.compile(rb"\A\xef(?:\xbb\xbf?)?")
_AGENT_LINE = re.compile(r"user[- ]?agent\s*[:\s]\s*(.*)", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z_-]+")
_KNOWN = frozenset("allow disallow crawl-delay sitemap site-map request-rate visit-time dissallow dissalow disalow diasllow disallaw".split())
_OF_THE_HOST = frozenset({"private_address", "dns", "connect", "tls"})
_LASTING = frozenset({"private_address", "tls"})


@dataclass(slots=True)
class Rules:
    """One host's rules and until when they hold. `rules` is None where everything is allowed or forbidden.

    `reason` is the short stable word for hosts that are left because of what `why` says.
    """

    allowed: bool
    expires: float
    rules: Protego | None = None
    why: str = ""
    reason: str = "robots_unread"

    def allows(self, url: str, agent: str) -> bool:
        """Tell whether the agent may fetch the URL."""
        if urlsplit(url).path == "/robots.txt":
            return True
        return bool(self.rules.can_fetch(url, _name(agent))) if self.rules else self.allowed

    def delay(self, agent: str) -> float:
        """Return the Crawl-delay in seconds, 60 at most; 0 where none is asked for."""
        asked = self.rules.crawl_delay(_name(agent)) if self.rules else None
        return min(max(float(asked or 0), 0.0), MAX_DELAY)

    def cut_delay(self, agent: str) -> float | None:
        """Return the Crawl-delay that was asked for where it is longer than what is granted, None where it is not."""
        asked = float((self.rules.crawl_delay(_name(agent)) if self.rules else None) or 0)
        return asked if asked > MAX_DELAY else None

    @property
    def unread(self) -> bool:
        """Tell whether everything is forbidden only because the file could not be read."""
        return not self.allowed

    @property
    def passing(self) -> bool:
        """Tell whether the file could not be read for a cause that may pass."""
        return self.unread and self.reason not in _LASTING

    def sitemaps(self) -> list[str]:
        """Return the sitemaps that the file names."""
        return list(self.rules.sitemaps) if self.rules else []


def _name(token: str) -> str:
    """Return a product token so marked that protego, which looks for one name within the other, finds it alone."""
    return f"<{token.lower()}>"


def _tidied(text: str) -> Iterator[str]:
    """Yield the lines that say something, with names of crawlers cut to their product token: "Bot/1.0 (x)" means "Bot".

    Unknown lines are left out, for they part no names from the rules that follow (RFC 9309, 2.2.4).
    """
    for line in (stated.partition("#")[0].strip() for stated in text.split("\n")):
        named = _AGENT_LINE.fullmatch(line)
        if named:
            value = named[1].strip()
            everyone = value == "*" or value.startswith(("* ", "*\t"))
            token = _TOKEN.match(value)
            yield f"User-agent: {'*' if everyone else _name(token[0] if token else value or 'nobody')}"
        elif (key := line.partition(":")[0].strip().lower()) == line.lower() or key in _KNOWN:
            yield line


def from_response(status: int, body: bytes, *, now: float | None = None) -> Rules:
    """Return the rules that a response to /robots.txt makes: 2xx parsed, 4xx allows, all else forbids until asked again.

    >>> from_response(404, b"").allows("http://a.example/x", "mttq")
    True
    >>> from_response(503, b"").allows("http://a.example/x", "mttq")
    False
    >>> from_response(200, b"\\xef\\xbb\\xbfUser-agent: *\\rDisallow: /x").allows("http://a.example/x", "mttq")
    False
    """
    now = time.time() if now is None else now
    if 200 <= status < 300:
        if len(body) > MAX_BYTES:  # without its last, broken line
            body = body[:MAX_BYTES].replace(b"\r", b"\n").rpartition(b"\n")[0]
        text = _PART_OF_MARK.sub(b"", body).decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
        return Rules(True, now + MAX_AGE, Protego.parse("\n".join(_tidied(text))))
    if 400 <= status < 500 and status != 429:
        return Rules(True, now + MAX_AGE, why=f"robots.txt: {status}")
    return Rules(False, now + RETRY, why=f"robots.txt: {status}")


def from_failure(error: FetchError, *, now: float | None = None) -> Rules:
    """Return the rules of a host whose robots.txt cannot be read: nothing is allowed until it is asked again.

    Redirects without end are as good as no file (RFC 9309, 2.3.1.2).

    >>> from_failure(FetchError("timeout", "")).unread, from_failure(FetchError("redirects", "")).unread
    (True, False)
    """
    now = time.time() if now is None else now
    if error.reason == "redirects":
        return Rules(True, now + MAX_AGE, why="robots.txt: redirects")
    reason = error.reason if error.reason in _OF_THE_HOST else "robots_unread"
    return Rules(False, now + RETRY, why=f"robots.txt: {error.reason}", reason=reason)
