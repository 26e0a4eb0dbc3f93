"""How right the cleaner is on sample pages: token F1 of the main text, metadata, page kind, chrome that reached the text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from extractor.schema import Article
from extractor.sites import load_site
from extractor.text import shared_words

# What is 1 or 0 of an article; `date` is the moment of publication to the second.
FIELDS = ("title", "date", "author")


@dataclass(frozen=True, slots=True)
class Judged:
    """One page: whose it is, and its scores, of which a page that is no article has only `kind`."""

    family: str
    name: str
    seen: bool
    scores: dict[str, float]


def measure(folder: Path) -> list[Judged]:
    """Return the scores of all pages of a folder of families."""
    from extractor.clean import clean, clean_text

    judged = []
    for family in sorted(p.parent for p in folder.glob("*/site.toml")):
        site = load_site(family / "site.toml", site_id=family.name)
        for path in sorted(family.glob("*.json")):
            expected = json.loads(path.read_text(encoding="utf-8"))
            url = f"{site.scheme}://{site.host}{expected['path']}"
            source = path.with_suffix(".html")
            if source.exists():
                article = clean(source.read_bytes(), url, headers=expected.get("headers"))
            else:
                article = clean_text(path.with_suffix(".txt").read_text(encoding="utf-8"), url)
            judged.append(Judged(family.name, path.stem, bool(expected["seen"]), _scores(article, expected)))
    return judged


def _scores(article: Article, expected: dict[str, Any]) -> dict[str, float]:
    scores = {"kind": float(article.kind == expected["kind"])}
    if expected["kind"] != "article":
        return scores
    published = article.published_at.replace(tzinfo=None).isoformat() if article.published_at else None
    return scores | {
        "text": shared_words(article.text, expected["text"]),
        "title": float(article.title == expected["title"]),
        "date": float(published == expected["published_at"]),
        "author": float(article.author == expected["author"]),
        "chrome": float(sum(words in article.text for words in expected["chrome"])),
    }


def mean(judged: Sequence[Judged], name: str) -> float:
    """Return the mean of a score over the pages that have it; 1 where none has."""
    values = [page.scores[name] for page in judged if name in page.scores]
    return fmean(values) if values else 1.0


def chrome(judged: Sequence[Judged]) -> int:
    """Return how many of the words that are chrome reached the texts."""
    return int(sum(page.scores.get("chrome", 0) for page in judged))


def by_family(judged: Sequence[Judged], *, seen: bool) -> dict[str, list[Judged]]:
    """Return the pages of each family that has any of those written here, or of those that others wrote."""
    families: dict[str, list[Judged]] = {}
    for page in judged:
        if page.seen is seen:
            families.setdefault(page.family, []).append(page)
    return families


def summary(judged: Sequence[Judged], *, seen: bool) -> dict[str, float]:
    """Return the figures that floors are kept for: means over pages, the worst family's text, chrome as a count."""
    pages = [page for page in judged if page.seen is seen]
    worst = min((mean(group, "text") for group in by_family(judged, seen=seen).values()), default=1.0)
    means = {name: mean(pages, name) for name in ("text", *FIELDS, "kind")}
    return means | {"text of the worst family": worst, "chrome": float(-chrome(pages))}


def lines(judged: Sequence[Judged]) -> Iterator[str]:
    """Yield the report: a line for each family, pages written here and by others apart, and one for all."""
    yield f"{'family':<14} {'seen':<7} {'pages':>5} {'text F1':>8} {'title':>6} {'date':>6} {'author':>6} {'kind':>6} {'chrome in text':>15}"
    families = {seen: by_family(judged, seen=seen) for seen in (True, False)}
    for family in sorted({page.family for page in judged}):
        for seen in (True, False):
            if group := families[seen].get(family):
                yield _line(family, seen, group)
    for seen in (True, False):
        if pages := [page for page in judged if page.seen is seen]:
            yield _line("all", seen, pages)


def _line(family: str, seen: bool, pages: Sequence[Judged]) -> str:
    figures = " ".join(f"{mean(pages, name):>6.3f}" for name in (*FIELDS, "kind"))
    return f"{family:<14} {'seen' if seen else 'unseen':<7} {len(pages):>5} {mean(pages, 'text'):>8.4f} {figures} {chrome(pages):>15}"
