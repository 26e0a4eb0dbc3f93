"""From archived pages to tables: a stage of pure functions, run inline or over local processes."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
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
Rows = Mapping[str, Sequence[Any]]
Result = tuple[str, str, Rows]


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


def _one(page: Page, sites: tuple[Site, ...]) -> Result:
    """Return ("article", "", rows), ("skipped", kind, its article) or ("failed", reason, {}): a poisoned page costs one page."""
    try:
        extraction = extract_page(page, sites=sites)
    except PoisonError as error:
        return "failed", error.reason, {}
    except ExtractorError as error:
        return "failed", type(error).__name__, {}
    if extraction.article.kind != "article":
        return "skipped", extraction.article.kind, {"articles": (extraction.article,)}
    return "article", "", extraction.rows()


def _many(pages: list[Page], sites: tuple[Site, ...]) -> list[Result]:
    return [_one(page, sites) for page in pages]


def _batches(pages: Iterable[Page], size: int) -> Iterator[list[Page]]:
    rest = iter(pages)
    while batch := list(islice(rest, size)):
        yield batch


def _results(pages: Iterable[Page], sites: tuple[Site, ...], workers: int) -> Iterator[list[Result]]:
    if workers <= 1:
        for batch in _batches(pages, BATCH):
            yield _many(batch, sites)
        return
    try:
        yield from _from_processes(pages, sites, workers)
    except BrokenProcessPool as error:
        raise ExtractorError(f"a process that reads pages was ended from outside ({error}); with fewer --workers less memory is needed") from error


def _from_processes(pages: Iterable[Page], sites: tuple[Site, ...], workers: int) -> Iterator[list[Result]]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting: list[Any] = []
        for batch in _batches(pages, 25):
            waiting.append(pool.submit(_many, batch, sites))
            if len(waiting) > 2 * workers:  # back-pressure: no more batches in memory than workers can take
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def to_tables(extracted: Iterable[Rows]) -> dict[str, pa.Table]:
    """Return Arrow tables of what was extracted, every table of the schema among them.

    Of an article that comes more than once only the last state is taken.
    """
    from extractor.tables import to_arrow

    last = {rows["articles"][0].article_id: rows for rows in extracted}
    return {name: to_arrow(name, [row for rows in last.values() for row in rows.get(name, ())]) for name in TABLES}


def run(
    pages: Iterable[Page],
    data: Path,
    *,
    sites: tuple[Site, ...] = (),
    workers: int = 1,
    on_page: Callable[[str, str], None] = lambda *_: None,
) -> Outcome:
    """Extract pages into the tables of a data folder; return what became of them.

    Results come in the order of the pages, whatever the workers do, so that the tables are the same bytes. A page that
    is no article any more takes its article out of the tables.
    """
    from extractor.tables import Store

    outcome, store = Outcome(), Store(data)
    waiting: list[Rows] = []
    articles: set[str] = set()
    others: set[str] = set()
    for results in _results(pages, sites, workers):
        for what, why, rows in results:
            outcome.pages += 1
            if what == "article":
                outcome.articles += 1
                waiting.append(rows)
                articles.add(rows["articles"][0].article_id)
                on_page(what, rows["articles"][0].title or "")
            else:
                (outcome.skipped if what == "skipped" else outcome.failed)[why] += 1
                others |= {article.article_id for article in rows.get("articles", ())}
                on_page(what, why)
        if len(waiting) >= 2_000:
            store.write(to_tables(waiting))
            waiting = []
    store.write(to_tables(waiting), withdrawn=others - articles)
    return outcome
