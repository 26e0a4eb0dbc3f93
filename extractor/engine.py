"""From archived pages to tables: a stage of pure functions, run inline or over local processes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from extractor import __version__
from extractor.errors import ExtractorError, PoisonError
from extractor.page import Page
from extractor.poison import Poison
from extractor.rules import rules_hash
from extractor.schema import TABLES
from extractor.sites import Site, site_for
from extractor.worker import WorkEnded, Worker

if TYPE_CHECKING:
    import pyarrow as pa

    from extractor.extraction import Extraction

Rows = Mapping[str, Sequence[Any]]
Result = tuple[str, str, Rows]


@dataclass(slots=True)
class Outcome:
    """What became of the pages: articles, skipped by kind, failed by reason."""

    pages: int = 0
    articles: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How pages are read: the sites they may stand on beside those of rules/sites, in how many processes (0: in this one),
    and whether private persons and telephone and account numbers are told."""

    sites: tuple[Site, ...] = ()
    workers: int = 0
    personal_data: bool = False


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


def _one(page: Page, options: ReadOptions) -> Result:
    """Return ("article", "", rows), ("skipped", kind, its article) or ("failed", reason, {}): a poisoned page costs one page."""
    try:
        extraction = extract_page(page, sites=options.sites)
    except PoisonError as error:
        return "failed", error.reason, {}
    except ExtractorError as error:
        return "failed", type(error).__name__, {}
    if extraction.article.kind != "article":
        return "skipped", extraction.article.kind, {"articles": (extraction.article,)}
    if not options.personal_data:
        from extractor.privacy import mask

        extraction = mask(extraction).extraction
    return "article", "", extraction.rows()


def _results(pages: Iterable[Page], options: ReadOptions, data: Path) -> Iterator[Result]:
    task = partial(_one, options=options)
    if options.workers < 1:
        yield from map(task, pages)
        return
    poison = Poison(data, f"{__version__} {rules_hash()}")
    idle: SimpleQueue[Worker] = SimpleQueue()
    crew = [Worker(task) for _ in range(options.workers)]
    for worker in crew:
        idle.put(worker)

    def stop() -> None:
        for worker in crew:
            worker.stop()

    def read(page: Page) -> Result:
        if known := poison.reason(page):
            return "failed", known, {}
        worker = idle.get()
        try:
            result: Result = worker.run(page)
        except WorkEnded as error:
            poison.add(page, error.reason)
            return "failed", error.reason, {}
        finally:
            idle.put(worker)
        return result

    with ExitStack() as after:
        for worker in crew:
            after.callback(worker.close)
        threads = after.enter_context(ThreadPoolExecutor(options.workers))
        after.callback(stop)  # first, so that no thread waits for an answer when the run is broken off
        yield from _in_order(threads, read, pages, ahead=4 * options.workers)


def _in_order(threads: ThreadPoolExecutor, read: Callable[[Page], Result], pages: Iterable[Page], *, ahead: int) -> Iterator[Result]:
    """Yield results in the order of the pages; no more pages are held than a few for each process."""
    waiting: deque[Future[Result]] = deque()
    for page in pages:
        waiting.append(threads.submit(read, page))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


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
    options: ReadOptions | None = None,
    on_page: Callable[[str, str], None] = lambda *_: None,
) -> Outcome:
    """Extract pages into the tables of a data folder; return what became of them.

    Results come in the order of the pages, whatever the workers do, so that the tables are the same bytes. A page that
    is no article any more takes its article out of the tables.

    Each of the `workers` processes reads a page at a time. A page that hangs, takes all memory or crashes ends its process and
    costs that page alone: it is counted as failed and not tried again. With 0 workers pages are read here, where nothing
    but the end of this process stops them.
    """
    from extractor.tables import Store

    outcome, store = Outcome(), Store(data)
    waiting: list[Rows] = []
    articles: set[str] = set()
    others: set[str] = set()
    for what, why, rows in _results(pages, options or ReadOptions(), data):
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
