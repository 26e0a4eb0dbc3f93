"""Each host against its own history: what a run found there, and the alarms where that is unlike what was found before."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from extractor.crawl import robots

EMPTY = 200  # characters of text below which a page says nothing
MAX_LENGTHS = 2_000
_ENOUGH = 5
_AWAY = frozenset({"dns", "connect", "tls", "host_down", "robots_unread", "timeout"})


@dataclass(slots=True)
class Tally:
    """One host in one run. `lengths` are those of the texts of articles; `home` counts articles that led to a home page."""

    fetched: int = 0
    unchanged: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    lengths: list[int] = field(default_factory=list)
    start_links: int = 0
    home: int = 0
    moved_to: str | None = None
    crawl_delay_cut: float | None = None

    def page(self, length: int | None) -> None:
        """Note the text of an article."""
        if length is not None and len(self.lengths) < MAX_LENGTHS:
            self.lengths.append(length)

    def summary(self) -> dict[str, object]:
        """Return what is kept of the run."""
        kept: dict[str, object] = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "lengths"}
        kept["articles"] = len(self.lengths)
        kept["median_length"] = int(statistics.median(self.lengths)) if self.lengths else None
        kept["empty"] = sum(n < EMPTY for n in self.lengths)
        return kept


def alarms(tally: Tally, before: Sequence[str]) -> list[str]:
    """Return what people should look at, one line each; `before` are the summaries of earlier runs, the oldest first."""
    found = [*_gone(tally)]
    earlier = [one for one in map(json.loads, before) if one.get("fetched") or one.get("unchanged")]
    if earlier and not tally.fetched and not tally.unchanged and tally.failed.total():
        found.append(f"nothing could be read, as it could {len(earlier)} times before ({_most(tally.failed)})")
    found += _lengths(tally, earlier)
    links = [one["start_links"] for one in earlier if one.get("start_links")]
    if links and tally.start_links and tally.start_links * 3 < statistics.median(links):
        found.append(f"the start pages lead to {tally.start_links} pages, to {int(statistics.median(links))} before: a new design?")
    if tally.crawl_delay_cut:
        found.append(f"robots.txt asks for {tally.crawl_delay_cut:.0f} s between pages; {robots.MAX_DELAY:.0f} s are kept")
    return found


def _gone(tally: Tally) -> list[str]:
    found = []
    if tally.moved_to:
        found.append(f"the site moved to {tally.moved_to}; name that host to crawl it")
    asked = tally.fetched + tally.unchanged + tally.failed.total()
    if tally.home >= _ENOUGH and tally.home * 2 > asked:
        found.append(f"{tally.home} of {asked} pages lead to a home page: the articles are gone or have new addresses")
    return found


def _lengths(tally: Tally, earlier: Sequence[dict[str, int | None]]) -> list[str]:
    medians = [one["median_length"] for one in earlier if one.get("median_length") and (one.get("articles") or 0) >= _ENOUGH]
    if not medians or len(tally.lengths) < _ENOUGH:
        return []
    usual, now = statistics.median([m for m in medians if m]), statistics.median(tally.lengths)
    found = []
    if now * 2 < usual:
        found.append(f"articles have {now:.0f} characters, {usual:.0f} before")
    empty = sum(n < EMPTY for n in tally.lengths)
    before = sum(one.get("empty") or 0 for one in earlier) / max(1, sum(one.get("articles") or 0 for one in earlier))
    if empty >= _ENOUGH and empty / len(tally.lengths) > 0.2 + before:
        found.append(f"{empty} of {len(tally.lengths)} articles say nothing")
    return found


def _most(failed: Counter[str]) -> str:
    reason = failed.most_common(1)[0][0]
    return f"{reason}: the host is away" if reason in _AWAY else reason
