"""One fetched page, as it passes from crawl to archive to clean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One response. `content` is the body after Content-Encoding is undone; charset is not.

    `headers` has lower-case names. `fetched_at` is aware, in UTC. `warc_file` and `warc_offset` point to the
    response record once the page is archived; `tls` is `legacy` or `unverified` where the check of the certificate was relaxed.
    """

    url: str
    content: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fetched_at: datetime | None = None
    source: str | None = None
    warc_file: str | None = None
    warc_offset: int | None = None
    tls: str | None = None
