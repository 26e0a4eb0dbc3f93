"""The report of a run: one self-contained page, and one page an article with its facts marked in the text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from extractor.errors import StoreError
from extractor.query import Ask, one_state
from extractor.report.article import read_articles
from extractor.report.gather import gathered
from extractor.report.pages import render
from extractor.tables import Store

_BATCH = 200


def page_name(article_id: str) -> str:
    """Return the file name of an article's page: from a hash, since an id may hold anything."""
    return f"{hashlib.sha256(article_id.encode()).hexdigest()[:16]}.html"


def _batches(ask: Ask) -> Iterator[list[str]]:
    ids = iter(ask("SELECT article_id FROM told ORDER BY article_id").column("article_id").to_pylist())
    while batch := list(islice(ids, _BATCH)):
        yield batch


def write_report(data: Path, to: Path, *, language: str = "vi", sample: int = 5) -> int:
    """Write index.html and articles/*.html; return how many pages. StoreError where they cannot be written.

    `sample` is how many facts of each table the page shows at random. The same tables give the same bytes.
    """
    manifest = Store(data).settled()
    written = 0
    try:
        (to / "articles").mkdir(parents=True, exist_ok=True)
        with one_state(data) as ask:
            for batch in _batches(ask):
                for told in read_articles(ask, batch):
                    (to / "articles" / page_name(told.article["article_id"])).write_text(render("article.html", language, told=told), encoding="utf-8")
                    written += 1
            about = gathered(ask, data, seed=manifest["state"], sample=sample)
        (to / "index.html").write_text(render("report.html", language, manifest=manifest, page_name=page_name, **about), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{error.filename or to}: cannot be written ({error.strerror or error})") from error
    return written + 1
