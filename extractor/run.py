"""The main job: sites in, tables out. Crawl, extract what is new, say what was done."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from extractor.query.kept import keep
from extractor.rules import rules_hash
from extractor.tables import Store

_MARKER = "extracted.json"
Place = tuple[str, str, int]  # URL, archive file, offset


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did; `extracted` is None where nothing was new. `lost` counts articles whose pages are none any more, by why."""

    crawled: CrawlSummary
    extracted: Outcome | None
    archived: int
    lost: Mapping[str, int] = field(default_factory=dict)


@contextlib.contextmanager
def _frontier(data: Path) -> Iterator[Frontier]:
    """Open the frontier that the crawl has left; an empty one in its place would empty the tables."""
    path = data / "frontier.sqlite"
    if not path.exists():
        raise StoreError(f"{path}: was removed during the run; run again to fetch the pages anew")
    with contextlib.closing(Frontier(path)) as frontier:
        yield frontier


def archived_pages(data: Path) -> Iterator[Page]:
    """Yield every archived page of the data folder in the archive's order, the newest state of each."""
    with _frontier(data) as frontier:
        places = frontier.archived()
    return _pages(data, places)


def _pages(data: Path, places: Iterable[Place]) -> Iterator[Page]:
    for url, name, offset in places:
        page = read_page_at(data / "archive" / name, offset)
        yield page if page.url else replace(page, url=url)


@dataclass(frozen=True, slots=True)
class _Work:
    """What the archive holds and of it what is to be read, one state of a page at a time; `state` names the whole.

    Where a page of `earlier` does not read as an article, its states there are read too, the last first, until one does.
    """

    archived: int
    state: dict[str, Any]
    generations: tuple[tuple[Place, ...], ...]
    earlier: Mapping[str, list[Place]] = field(default_factory=dict)


def _work(data: Path, *, personal_data: bool) -> _Work:
    """Return what is to be read: new states where the tables hold the others by the same rules, else the newest of all.

    Tables that are not there are made from all states, so that they hold the earlier versions too.
    """
    with _frontier(data) as frontier:
        newest, states = frontier.archived(), frontier.states()
    marker, whole = data / _MARKER, Store(data).is_whole()
    known = _read_marker(marker)
    rules = rules_hash() + (" with personal data" if personal_data else "")
    state = {"rules": rules, "pages": len(newest), "upto": max(((name, offset) for _, name, offset in states), default=None)}
    if whole and known.get("rules") == state["rules"] and (upto := known.get("upto")):
        return _Work(len(newest), state, _generations([s for s in states if (s[1], s[2]) > tuple(upto)]))
    if not whole:
        return _Work(len(newest), state, _generations(states))
    of_page: dict[str, list[Place]] = {}
    for place in states:
        of_page.setdefault(place[0], []).append(place)
    turn = tuple(sorted((places.pop() for places in of_page.values()), key=lambda place: place[1:]))
    held = Store(data).urls_among({url for url, places in of_page.items() if places})  # lists have many states, and none of them is an article
    return _Work(len(newest), state, (turn,), {url: of_page[url] for url in held})


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


class _Ends:
    """Which articles' pages are none any more, by the newest state of each page that was read."""

    def __init__(self, lost: set[str]) -> None:
        self._lost = lost
        self._newest: dict[str, tuple[Place, str | None]] = {}

    def note(self, place: Place, result: Result) -> None:
        """Note what a state of a page reads; of articles those alone that were lost before, or seem so by an earlier state."""
        url, known = place[0], self._newest.get(place[0])
        if result.what == "failed" or (known and known[0] > place):
            return
        if result.what == "skipped":
            self._newest[url] = place, result.why
        elif known or url in self._lost:
            self._newest[url] = place, None

    def tell(self, frontier: Frontier, store: Store) -> None:
        """Write into the frontier what became of pages whose articles the tables hold."""
        kinds = {url: kind for url, (_, kind) in self._newest.items()}
        held = store.urls_among(kinds)
        for url, kind in kinds.items():
            if kind is None or url in held:
                frontier.lost.read_as(url, kind)


def _read(data: Path, places: Sequence[Place], reading: ReadOptions, take: Callable[[Place, Result], None]) -> Outcome:
    """Read states of pages into the tables; `take` is told what became of each, in their order."""
    waiting = iter(places)
    return extract_pages(_pages(data, places), data, options=reading, on_page=lambda result: take(next(waiting), result))


def _extract(data: Path, work: _Work, reading: ReadOptions, on_page: Callable[[Result], None]) -> Outcome:
    """Read what is to be read into the tables; note which copies repeat others, and which articles are lost."""
    outcome, store = Outcome(), Store(data)
    with _frontier(data) as frontier:
        ends, canonical = _Ends(frontier.lost.urls()), frontier.canonical_links()
    again: list[Place] = []

    def take(place: Place, result: Result) -> None:
        ends.note(place, result)
        on_page(result)
        if result.what != "article" and (earlier := work.earlier.get(place[0])):
            again.append(earlier.pop())

    for places in work.generations:
        outcome.add(_read(data, places, reading, take))
    while again:
        places = tuple(again)
        again.clear()
        outcome.add(_read(data, places, reading, take))
    store.set_duplicates(find_duplicates(store.copies(), canonical))
    with _frontier(data) as frontier:
        ends.tell(frontier, store)
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
        keep(data)
        return Report(crawled, None, work.archived, _lost(data))
    outcome = _extract(data, work, reading, on_page)
    _put(data / "last-run.json", json.dumps(_told(crawled, outcome), ensure_ascii=False, indent=1) + "\n")
    _put(marker, json.dumps(work.state, ensure_ascii=False))
    keep(data)
    return Report(crawled, outcome, work.archived, _lost(data))


def _lost(data: Path) -> dict[str, int]:
    with _frontier(data) as frontier:
        return frontier.lost.counts()


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
