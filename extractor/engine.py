"""From archived pages to tables: a stage of pure functions, run inline or over local processes."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractor.errors import ExtractorError, PoisonError
from extractor.page import Page
from extractor.schema import TABLES
from extractor.sites import Site, site_for

if TYPE_CHECKING:
    import pyarrow as pa

    from extractor.extraction import Extraction

BATCH = 200


@dataclass(slots=True)
class Outcome:
    """What became of the pages: articles, skipped by kind, failed by reason."""

    pages: int = 0
    articles: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)


def extract_page(page: Page, *, sites: tuple[Site, ...] = ()) -> Extraction:
    """Return what a page's article states; PoisonError where the page must not be parsed."""
    from extractor.clean import clean_page
    from extractor.extraction import extract_article

    article = clean_page(page)
    site = site_for(page.url, sites) or site_for(page.url)
    owner = site.unit() if site else None
    if site and owner:
        article = replace(article, source=site.id, source_level=owner.level, source_province_code=owner.province_code)
    return extract_article(article, owner=owner)


def _one(page: Page, sites: tuple[Site, ...]) -> tuple[str, Any]:
    """Return ("article", rows), ("skipped", kind) or ("failed", reason): one poisoned page costs one page."""
    try:
        extraction = extract_page(page, sites=sites)
    except PoisonError as error:
        return "failed", error.reason
    except ExtractorError as error:
        return "failed", type(error).__name__
    if extraction.article.kind != "article":
        return "skipped", extraction.article.kind
    return "article", extraction.rows()


def _many(pages: list[Page], sites: tuple[Site, ...]) -> list[tuple[str, Any]]:
    return [_one(page, sites) for page in pages]


def _batches(pages: Iterable[Page], size: int) -> Iterator[list[Page]]:
    rest = iter(pages)
    while batch := list(islice(rest, size)):
        yield batch


def _results(pages: Iterable[Page], sites: tuple[Site, ...], workers: int) -> Iterator[list[tuple[str, Any]]]:
    if workers <= 1:
        for batch in _batches(pages, BATCH):
            yield _many(batch, sites)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting: list[Any] = []
        for batch in _batches(pages, 25):
            waiting.append(pool.submit(_many, batch, sites))
            if len(waiting) > 2 * workers:  # back-pressure: no more batches in memory than workers can take
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def to_tables(rows: Mapping[str, list[Any]]) -> dict[str, pa.Table]:
    """Return Arrow tables of collected rows, every table of the schema among them."""
    from extractor.tables import to_arrow

    return {name: to_arrow(name, rows.get(name, [])) for name in TABLES}


def run(
    pages: Iterable[Page],
    data: Path,
    *,
    sites: tuple[Site, ...] = (),
    workers: int = 1,
    on_page: Callable[[str, str], None] = lambda *_: None,
) -> Outcome:
    """Extract pages into the tables of a data folder; return what became of them.

    Results come in the order of the pages, whatever the workers do, so that the tables are the same bytes.
    """
    from extractor.tables import Store

    outcome, store = Outcome(), Store(data)
    rows: dict[str, list[Any]] = {}
    for results in _results(pages, sites, workers):
        for what, value in results:
            outcome.pages += 1
            if what == "article":
                outcome.articles += 1
                for name, more in value.items():
                    rows.setdefault(name, []).extend(more)
                on_page(what, value["articles"][0].title or "")
            else:
                (outcome.skipped if what == "skipped" else outcome.failed)[value] += 1
                on_page(what, value)
        if len(rows.get("articles", ())) >= 2_000:
            store.write(to_tables(_latest(rows)))
            rows = {}
    store.write(to_tables(_latest(rows)))
    return outcome


def _latest(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Return the rows with only the last state of an article that stands in the archive more than once."""
    last = {a.article_id: a.content_sha256 + str(a.warc_offset) for a in rows.get("articles", [])}
    articles = [a for a in rows.get("articles", []) if last[a.article_id] == a.content_sha256 + str(a.warc_offset)]
    if len(articles) == len(rows.get("articles", [])):
        return rows
    seen: dict[str, set[Any]] = {}
    kept: dict[str, list[Any]] = {"articles": articles}
    for name, values in rows.items():
        if name != "articles":
            hashes = seen.setdefault(name, set())
            kept[name] = [v for v in values if not (v in hashes or hashes.add(v))]
    return kept
