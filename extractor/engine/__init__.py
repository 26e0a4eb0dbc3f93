"""From archived pages to tables: a stage of pure functions, run inline or over local processes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
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
from extractor.sites import Site, site_for
from extractor.worker import WorkEnded, Worker

if TYPE_CHECKING:
    import pyarrow as pa

    from extractor.extraction import Extraction
    from extractor.inputs import Piece
    from extractor.tables import Fetch

Rows = Mapping[str, Sequence[Any]]
# Rows of so many articles wait as objects, which take ten times the room that they take on the disk.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one page: `what` is article, skipped or failed; `why` the kind or the reason, `told` its words.

    `rows` are those of an article; of a skipped page its article alone. `masked` counts persons and numbers.
    """

    what: str
    why: str = ""
    rows: Rows = field(default_factory=dict)
    told: str = ""
    masked: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Outcome:
    """What became of the pages: articles, skipped by kind, failed by reason; how many persons and numbers were masked.

    `written` counts articles in the tables: of one that came more than once the last state alone.
    """

    pages: int = 0
    articles: int = 0
    written: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    masked: tuple[int, int] = (0, 0)

    def add(self, other: Outcome) -> None:
        """Count the other's pages too."""
        self.pages, self.articles = self.pages + other.pages, self.articles + other.articles
        self.written += other.written
        self.skipped += other.skipped
        self.failed += other.failed
        self.masked = (self.masked[0] + other.masked[0], self.masked[1] + other.masked[1])


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


def _one(page: Page | Piece, options: ReadOptions) -> Result:
    """Return what became of a page: one that is poisoned costs that page alone."""
    try:
        extraction = extract_page(page, sites=options.sites) if isinstance(page, Page) else _extract_piece(page)
    except PoisonError as error:
        return Result("failed", error.reason, told=f"{page.url}: not read ({error.reason}): {error}")
    except ExtractorError as error:
        return Result("failed", type(error).__name__, told=str(error))
    if extraction.article.kind != "article":
        return Result("skipped", extraction.article.kind, {"articles": (extraction.article,)})
    if options.personal_data:
        return Result("article", rows=extraction.rows())
    from extractor.privacy import mask

    masked = mask(extraction)
    return Result("article", rows=masked.extraction.rows(), masked=(masked.persons, masked.numbers))


def _extract_piece(piece: Piece) -> Extraction:
    from extractor.extraction import extract_article
    from extractor.inputs import article_of

    return extract_article(article_of(piece))


class Crew:
    """Processes that read pages for one run after another: each loads rules and models once, at its first page."""

    def __init__(self, options: ReadOptions) -> None:
        self._workers = [Worker(partial(_one, options=options)) for _ in range(options.workers)]

    def read(self, pages: Iterable[Page | Piece], poison: Poison) -> Iterator[Result]:
        """Yield what becomes of each page, in order; a page that ends its process is counted and kept as poison."""
        idle: SimpleQueue[Worker] = SimpleQueue()
        for worker in self._workers:
            idle.put(worker)

        def read(page: Page | Piece) -> Result:
            if known := poison.reason(page):
                return Result("failed", known, told=f"{page.url}: not read ({known}): it ended its process in an earlier run")
            worker = idle.get()
            try:
                result: Result = worker.run(page)
            except WorkEnded as error:
                poison.add(page, error.reason)
                return Result("failed", error.reason, told=f"{page.url}: not read ({error.reason}): it ended its process")
            finally:
                idle.put(worker)
            return result

        with ThreadPoolExecutor(len(self._workers)) as threads:
            try:
                yield from _in_order(threads, read, pages, ahead=4 * len(self._workers))
            except BaseException:
                self._stop()  # so that no thread waits for an answer when the run is broken off
                raise

    def _stop(self) -> None:
        for worker in self._workers:
            worker.stop()

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.close()


def results(pages: Iterable[Page | Piece], options: ReadOptions, data: Path, crew: Crew | None = None) -> Iterator[Result]:
    """Yield what becomes of each page, in order; pages that end their process are kept in the data folder.

    A crew is used and left at work; without one the processes of the options are begun, and ended with the pages.
    """
    if options.workers < 1:
        yield from map(partial(_one, options=options), pages)
        return
    poison = Poison(data, f"{__version__} {rules_hash()}")
    if crew is not None:
        yield from crew.read(pages, poison)
        return
    with closing(Crew(options)) as own:
        yield from own.read(pages, poison)


def _in_order(threads: ThreadPoolExecutor, read: Callable[[Page | Piece], Result], pages: Iterable[Page | Piece], *, ahead: int) -> Iterator[Result]:
    """Yield results in the order of the pages; no more pages are held than a few for each process."""
    waiting: deque[Future[Result]] = deque()
    for page in pages:
        waiting.append(threads.submit(read, page))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@dataclass(slots=True)
class Gathering:
    """Results as they come, given on as Arrow tables of some thousand articles; `others` are pages that hold none."""

    put: Callable[[dict[str, pa.Table]], None]
    outcome: Outcome = field(default_factory=Outcome)
    articles: set[str] = field(default_factory=set)
    others: set[Fetch] = field(default_factory=set)
    _waiting: list[Rows] = field(default_factory=list)

    def take(self, result: Result) -> None:
        """Count a result, and keep its rows."""
        counts = Outcome(pages=1, masked=result.masked)
        if result.what == "article":
            counts.articles = 1
            self._waiting.append(result.rows)
            self.articles.add(result.rows["articles"][0].article_id)
        else:
            (counts.skipped if result.what == "skipped" else counts.failed)[result.why] += 1
            self.others |= {(article.article_id, article.fetched_at) for article in result.rows.get("articles", ())}
        self.outcome.add(counts)
        if len(self._waiting) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Give on what waits."""
        from extractor.tables import to_tables

        if self._waiting:
            self.put(to_tables(self._waiting))
            self._waiting = []


def run(
    pages: Iterable[Page | Piece],
    data: Path,
    *,
    options: ReadOptions | None = None,
    on_page: Callable[[Result], None] = lambda _: None,
) -> Outcome:
    """Extract pages into the tables of a data folder; return what became of them.

    Results come in the order of the pages, whatever the workers do, so that the tables are the same bytes. A page that
    turns out to hold no article takes out what was read of the same fetch; what earlier fetches held stays. The rows wait on
    the disk, and are put into the tables, all at once, at the end.

    Each of the `workers` processes reads a page at a time. A page that hangs, takes all memory or crashes ends its process and
    costs that page alone: it is counted as failed and not tried again. With 0 workers pages are read here, where nothing
    but the end of this process stops them.
    """
    from extractor.tables import Store

    store = Store(data)
    with store.spool() as spool:
        gathering = Gathering(spool.add)
        for result in results(pages, options or ReadOptions(), data):
            gathering.take(result)
            on_page(result)
        gathering.flush()
        store.put(spool, withdrawn=gathering.others)
        gathering.outcome.written = len(gathering.articles)
    return gathering.outcome
