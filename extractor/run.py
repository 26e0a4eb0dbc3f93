"""The main job: sites in, tables out. Crawl, extract what is new, say what was done."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from extractor.archive import read_page_at
from extractor.crawl import CrawlEvent, CrawlOptions, CrawlSummary, crawl
from extractor.crawl.frontier import Frontier
from extractor.duplicates import find_duplicates
from extractor.engine import Outcome, ReadOptions, Result
from extractor.engine import run as extract_pages
from extractor.errors import StoreError
from extractor.page import Page
from extractor.rules import rules_hash
from extractor.tables import Store

_MARKER = "extracted.json"
Place = tuple[str, str, int]  # URL, archive file, offset


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
    return _pages(data, places)


def _pages(data: Path, places: Iterable[Place]) -> Iterator[Page]:
    for url, name, offset in places:
        page = read_page_at(data / "archive" / name, offset)
        yield page if page.url else replace(page, url=url)


@dataclass(frozen=True, slots=True)
class _Work:
    """What the archive holds and of it what is to be read, one state of a page at a time; `state` names the whole."""

    archived: int
    state: dict[str, Any]
    generations: tuple[tuple[Place, ...], ...]


def _work(data: Path, *, personal_data: bool) -> _Work:
    """Return what is to be read: new states where the tables hold the others by the same rules, else the newest of all.

    Tables that are not there are made from all states, so that they hold the earlier versions too.
    """
    frontier = _frontier(data)
    try:
        newest, states = frontier.archived(), frontier.states()
    finally:
        frontier.close()
    marker, whole = data / _MARKER, Store(data).is_whole()
    known = _read_marker(marker)
    rules = rules_hash() + (" with personal data" if personal_data else "")
    state = {"rules": rules, "pages": len(newest), "upto": max(((name, offset) for _, name, offset in states), default=None)}
    if whole and known.get("rules") == state["rules"] and (upto := known.get("upto")):
        return _Work(len(newest), state, _generations([s for s in states if (s[1], s[2]) > tuple(upto)]))
    return _Work(len(newest), state, (tuple(newest),) if whole else _generations(states))


def _read_marker(marker: Path) -> dict[str, Any]:
    try:
        known = json.loads(marker.read_text(encoding="utf-8")) if marker.exists() else {}
    except ValueError as error:
        raise StoreError(f"{marker}: damaged ({error}); remove it and run again: the archive is then read anew") from error
    return known if isinstance(known, dict) else {}


def _generations(states: Iterable[Place]) -> tuple[tuple[Place, ...], ...]:
    """Return the states in turns: of each page the earliest, then the second of those that have one, and so on."""
    turns: list[list[Place]] = []
    seen: Counter[str] = Counter()
    for place in states:
        turn = seen[place[0]]
        seen[place[0]] += 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(place)
    return tuple(tuple(turn) for turn in turns)


def _extract(data: Path, work: _Work, reading: ReadOptions, on_page: Callable[[Result], None]) -> Outcome:
    outcome = Outcome()
    for places in work.generations:
        turn = extract_pages(_pages(data, places), data, options=reading, on_page=on_page)
        outcome.add(turn)
    frontier = _frontier(data)
    try:
        canonical = frontier.canonical_links()
    finally:
        frontier.close()
    store = Store(data)
    store.set_duplicates(find_duplicates(store.copies(), canonical))
    return outcome


def run(
    starts: Sequence[str],
    *,
    data: Path,
    options: CrawlOptions,
    reading: ReadOptions | None = None,
    on_event: Callable[[CrawlEvent], None] = lambda _: None,
    on_page: Callable[[Result], None] = lambda _: None,
) -> Report:
    """Crawl the start pages, then bring the tables up to what the archive holds.

    Tables that were made from the same pages by the same rules are left as they are.
    """
    crawled = crawl(starts, data=data, options=options, on_event=on_event)
    return update(data, reading=reading or ReadOptions(workers=1), crawled=crawled, on_page=on_page)


def update(
    data: Path,
    *,
    reading: ReadOptions,
    crawled: CrawlSummary | None = None,
    on_page: Callable[[Result], None] = lambda _: None,
) -> Report:
    """Bring the tables up to what the archive holds; `crawled` is what a crawl just did."""
    crawled = crawled or CrawlSummary()
    work = _work(data, personal_data=reading.personal_data)
    marker = data / _MARKER
    if _read_marker(marker) == _as_json(work.state) and Store(data).is_whole():
        return Report(crawled, None, work.archived)
    outcome = _extract(data, work, reading, on_page)
    _put(data / "last-run.json", json.dumps(_told(crawled, outcome), ensure_ascii=False, indent=1) + "\n")
    _put(marker, json.dumps(work.state, ensure_ascii=False))
    return Report(crawled, outcome, work.archived)


def _as_json(state: dict[str, Any]) -> Any:
    return json.loads(json.dumps(state))


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
