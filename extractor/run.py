"""The main job: sites in, tables out. Crawl, extract what is new, say what was done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from extractor.archive import read_page_at
from extractor.crawl import CrawlEvent, CrawlOptions, CrawlSummary, crawl
from extractor.crawl.frontier import Frontier
from extractor.engine import Outcome
from extractor.engine import run as extract_pages
from extractor.errors import StoreError
from extractor.page import Page
from extractor.rules import rules_hash
from extractor.sites import Site
from extractor.tables import Store


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did; `extracted` is None where nothing was new."""

    crawled: CrawlSummary
    extracted: Outcome | None
    archived: int


def _frontier(data: Path) -> Frontier:
    """Open the frontier that the crawl has left; an empty one in its place would empty the tables."""
    path = data / "frontier.sqlite"
    if not path.exists():
        raise StoreError(f"{path}: was removed during the run; run again to fetch the pages anew")
    return Frontier(path)


def archived_pages(data: Path) -> Iterator[Page]:
    """Yield every archived page of the data folder in the archive's order, the newest state of each."""
    frontier = _frontier(data)
    try:
        places = frontier.archived()
    finally:
        frontier.close()
    for url, name, offset in places:
        page = read_page_at(data / "archive" / name, offset)
        yield page if page.url else _at(page, url)


def _at(page: Page, url: str) -> Page:
    from dataclasses import replace

    return replace(page, url=url)


def _state(data: Path) -> tuple[int, str]:
    """Return how many pages are archived, and what the tables are made from: these pages and the rules."""
    frontier = _frontier(data)
    try:
        pages = frontier.archived()
        return len(pages), json.dumps([rules_hash(), pages], ensure_ascii=False)
    finally:
        frontier.close()


def run(
    starts: Sequence[str],
    *,
    data: Path,
    options: CrawlOptions,
    sites: tuple[Site, ...] = (),
    workers: int = 1,
    on_event: Callable[[CrawlEvent], None] = lambda _: None,
    on_page: Callable[[str, str], None] = lambda *_: None,
) -> Report:
    """Crawl the start pages, then bring the tables up to what the archive holds.

    Tables that were made from the same pages by the same rules are left as they are.
    """
    crawled = crawl(starts, data=data, options=options, on_event=on_event)
    archived, state = _state(data)
    marker = data / "extracted.json"
    if marker.exists() and marker.read_text(encoding="utf-8") == state and Store(data).is_whole():
        return Report(crawled, None, archived)
    outcome = extract_pages(archived_pages(data), data, sites=sites, workers=workers, on_page=on_page)
    _put(data / "last-run.json", json.dumps(_told(crawled, outcome), ensure_ascii=False, indent=1) + "\n")
    _put(marker, state)
    return Report(crawled, outcome, archived)


def _told(crawled: CrawlSummary, outcome: Outcome) -> dict[str, object]:
    """Return what became of the pages, for reports: pages = articles + skipped + failed."""
    return {
        "pages": outcome.pages,
        "articles": outcome.articles,
        "skipped": dict(sorted(outcome.skipped.items())),
        "failed": dict(sorted(outcome.failed.items())),
        "links_not_followed": dict(sorted(crawled.dropped.items())),
    }


def _put(path: Path, text: str) -> None:
    aside = path.with_suffix(".new")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror or error}); the tables are made, run again") from error
