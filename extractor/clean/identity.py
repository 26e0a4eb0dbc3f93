"""Who an article is: its id, its hash, and the row of a text that came without a page."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any
from zoneinfo import ZoneInfo

from extractor import __version__
from extractor.clean.damage import measure
from extractor.schema import Article
from extractor.text import nfc
from extractor.url import canonical_url

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def article_id(canonical: str | None, text: str) -> str:
    """Return the article's stable id: from its canonical URL, or from its text where it has none."""
    return hashlib.sha256((canonical or text).encode()).hexdigest()[:16]


def local(moment: dt.datetime | None) -> dt.datetime | None:
    """Return the moment in Hà Nội's time; one without a zone is taken to be in it."""
    if moment is None:
        return None
    return moment.replace(tzinfo=HANOI) if moment.tzinfo is None else moment.astimezone(HANOI)


def article_for_text(text: str, *, url: str | None = None, published: dt.datetime | None = None, **told: Any) -> Article:
    """Return the row of a plain text, with what else is `told` of it: nothing is taken off but what NFC changes."""
    body = nfc(text)
    canonical = canonical_url(url) if url else None
    hurt = measure(body)
    return Article(
        article_id=article_id(canonical, body),
        url=url,
        canonical_url=canonical,
        published_at=local(published),
        text=body,
        damage=hurt.share,
        repair=hurt.repair,
        content_sha256=hashlib.sha256(body.encode()).hexdigest(),
        extractor_version=__version__,
        **{"published_evidence": "given" if published else None, "family": "text", **told},
    )
