"""What the frontier gives and takes: a page to fetch, what its fetch gave, what it led to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from extractor.crawl.traps import Words


@dataclass(frozen=True, slots=True)
class Job:
    """One page to fetch, with what to ask for it conditionally; `form` is the body to post, where there is one."""

    id: int
    url: str
    host: str
    depth: int
    attempts: int
    etag: str | None
    last_modified: str | None
    sha256: str | None
    kind: str = "list"
    form: str | None = None
    streak: int = 0
    start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a fetch gave for a job, to be committed at once with where it is archived; what is not archived has no file."""

    status: int
    sha256: str
    etag: str | None
    last_modified: str | None
    warc_file: str | None
    warc_offset: int | None
    warc_length: int
    fetched_at: str
    canonical: str | None = None
    is_list: bool = False
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One address that a page led to. `lastmod` is the ISO time in UTC at which its site says that it was changed last."""

    url: str
    host: str
    depth: int
    kind: str = "list"
    priority: int = 5
    lastmod: str | None = None
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How a page's links are to be queued: `stop_after` known ones in a row end the walk through a list's further pages."""

    links: Sequence[Found] = ()
    dropped: Sequence[tuple[str, str]] = ()
    stop_after: int = 50


@dataclass(frozen=True, slots=True)
class Effect:
    """One page's effect. `at` is the (url, host) that it redirected to: the archived page is then that one's."""

    job: Job
    fetched: Fetched
    spread: Spread
    at: tuple[str, str] | None = None
