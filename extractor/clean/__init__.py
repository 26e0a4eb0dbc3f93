"""Pages into articles: main text, metadata, and the certain word that a page is none.

Light to import: the parser is loaded when a page is cleaned.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from extractor.clean.identity import article_for_text
from extractor.page import Page
from extractor.schema import Article

_FIRST_ERROR = 400


def clean(
    html: str | bytes,
    url: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    fetched_at: dt.datetime | None = None,
) -> Article:
    """Return the article of a page of HTML.

    `kind` says whether it is one; `text` is the best reading of the page whatever its kind and language. PoisonError
    where the page must not be parsed (too deep, too wide, too large).
    """
    from extractor.clean.html import clean_html

    return clean_html(html, url, headers=headers or {}, fetched_at=fetched_at)


def main_text(html: str | bytes, *, headers: Mapping[str, str] | None = None) -> str:
    """Return the main text of a page of HTML alone, a paragraph a line, "" of a file: in about half the time of `clean`.

    It knows of no site: neither title, days nor kind, nor what a layout in rules/families says of its boxes. PoisonError as
    for `clean`.
    """
    from extractor.clean.html import main_text_of

    return main_text_of(html, headers=headers or {})


def clean_page(page: Page) -> Article:
    """Return the article of a fetched page, with where it came from."""
    from extractor.clean.html import clean_html

    given: dict[str, Any] = {
        "fetched_at": page.fetched_at,
        "http_status": page.status,
        "warc_file": page.warc_file,
        "warc_offset": page.warc_offset,
        "tls_downgrade": page.tls,
    }
    if page.status >= _FIRST_ERROR:
        given["kind"] = "error"
    return clean_html(page.content, page.url, headers=page.headers, fetched_at=page.fetched_at, given=given)


def clean_text(text: str, url: str | None = None, published: dt.datetime | None = None) -> Article:
    """Return the article of a page that came as text; a text without any chrome stays whole."""
    from extractor.clean.pagetext import has_chrome, split_page

    if not has_chrome(text):
        return article_for_text(text, url=url, published=published)
    parts = split_page(text)
    moment, evidence = parts.published or (published, "given" if published else None)
    article = article_for_text("\n".join(parts.body), url=url, published=moment)
    return replace(
        article,
        title=parts.title,
        author=parts.author,
        photo_credit=parts.photo_credit,
        published_evidence=evidence,
        updated_at=parts.updated[0] if parts.updated else None,
        captions=tuple(parts.captions),
        views=parts.views,
        kind="article" if parts.body else "empty",
    )
