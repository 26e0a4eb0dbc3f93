"""From archived pages to tables: a stage of pure functions, run inline or over local processes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from extractor import __version__
from extractor.engine.crew import Crew
from extractor.errors import ExtractorError, PoisonError
from extractor.page import Page
from extractor.poison import Poison
from extractor.rules import rules_hash
from extractor.sites import Site, site_for
from extractor.worker import WorkEnded

if TYPE_CHECKING:
    from extractor.extraction import Extraction
    from extractor.inputs import Piece
    from extractor.tables import Fetch, Packed


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one page: `what` is article, skipped or failed; `why` the kind or the reason, `told` its words.

    `packed` is an article with its rows, `fetch` a page that is skipped, by its article's id and time. `masked` counts persons and numbers.
    """

    what: str
    why: str = ""
    fetch: Fetch | None = None
    title: str = ""
    packed: Packed | None = None
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
    article = extraction.article
    if article.kind != "article":
        return Result("skipped", article.kind, (article.article_id, article.fetched_at))
    persons = numbers = 0
    if not options.personal_data:
        from extractor.privacy import mask

        masked = mask(extraction)
        extraction, persons, numbers = masked.extraction, masked.persons, masked.numbers
    from extractor.tables import pack

    packed = pack(extraction.rows())
    return Result("article", title=extraction.article.title or "", packed=packed, masked=(persons, numbers))


def _extract_piece(piece: Piece) -> Extraction:
    from extractor.extraction import extract_article
    from extractor.inputs import article_of

    return extract_article(article_of(piece))


def crew_of(options: ReadOptions) -> Crew:
    """Return processes that read pages, to be closed: each loads rules and models once, at its first page."""
    return Crew(partial(_one, options=options), options.workers)


def read(crew: Crew, pages: Iterable[Page | Piece], data: Path) -> Iterator[Result]:
    """Yield what becomes of each page, in order; one that ends its process is counted, and kept as poison in the data folder."""
    poison = Poison(data, f"{__version__} {rules_hash()}")

    def one(page: Page | Piece) -> Result:
        if known := poison.reason(page):
            return Result("failed", known, told=f"{page.url}: not read ({known}): it ended its process in an earlier run")
        try:
            result: Result = crew.run(page)
        except WorkEnded as error:
            poison.add(page, error.reason)
            return Result("failed", error.reason, told=f"{page.url}: not read ({error.reason}): it ended its process")
        return result

    return crew.in_order(one, pages)


class Gathered(Protocol):
    """What takes articles, and pages that hold none: a spool, or what is sent to one."""

    def add(self, article: Packed) -> None:
        """Take an article."""

    def withdraw(self, article_id: str, fetched_at: dt.datetime | None) -> None:
        """Take a page that holds no article."""


def gather(results: Iterable[Result], into: Gathered, outcome: Outcome) -> Iterator[Result]:
    """Count results and put their articles by, one after another, and yield each."""
    for result in results:
        outcome.pages += 1
        outcome.masked = (outcome.masked[0] + result.masked[0], outcome.masked[1] + result.masked[1])
        if result.packed:
            outcome.articles += 1
            into.add(result.packed)
        else:
            (outcome.skipped if result.what == "skipped" else outcome.failed)[result.why] += 1
            if result.fetch:
                into.withdraw(*result.fetch)
        yield result


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

    Each of the `workers` processes reads a page at a time, and then makes a file of the tables at a time. A page that hangs,
    takes all memory or crashes ends its process and costs that page alone: it is counted as failed and not tried again. With
    0 workers all is done here, where nothing but the end of this process stops a page.
    """
    with closing(crew_of(options or ReadOptions())) as crew:
        return run_with(crew, pages, data, on_page=on_page)


def run_with(crew: Crew, pages: Iterable[Page | Piece], data: Path, *, on_page: Callable[[Result], None] = lambda _: None) -> Outcome:
    """Do what `run` does with a crew that is at work already, and leave it at work."""
    from extractor.tables import Store

    outcome, store = Outcome(), Store(data)
    with store.spool() as spool:
        for result in gather(read(crew, pages, data), spool, outcome):
            on_page(result)
        outcome.written = spool.count()
        store.put(spool, each=crew.map)
    return outcome
