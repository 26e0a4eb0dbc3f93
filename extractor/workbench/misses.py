"""Numbers that the rules do not know what to do with, over a folder of articles, by the shape of what stands around them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import regex

from extractor.clean.identity import article_for_text
from extractor.errors import InputError
from extractor.extraction import find_facts
from extractor.inputs import read_articles
from extractor.read.sentences import sentences
from extractor.reading import Found, Reading, make_reading
from extractor.schema import Article

_UNSURE = frozenset({"quantities: unknown thing", "participants: noun left out", "non_facts: unexplained", "non_facts: before a name"})
_WORD = regex.compile(r"\d[\d.,]*|\w+|[^\w\s]")
_BEFORE, _AFTER = 1, 2
_AROUND = 45
_SHOWN = 3


@dataclass(slots=True)
class Group:
    """Numbers of one shape that ended under one rule: how many, and the first few with what stands around them."""

    rule: str
    shape: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


def misses(folder: Path) -> list[Group]:
    """Return the groups over all articles of a folder (.txt, .json, .jsonl), the most frequent first."""
    groups: dict[tuple[str, str], Group] = {}
    for name, article in articles(folder):
        published = article.published_at.date() if article.published_at else None
        reading = make_reading(article.text, sentences(article.text), published=published, title=article.title)
        for one in find_facts(reading):
            if one.rule in _UNSURE or one.columns.get("reason") == "other":
                shape = shape_of(reading, one)
                group = groups.setdefault((one.rule, shape), Group(one.rule, shape))
                group.count += 1
                if len(group.examples) < _SHOWN:
                    group.examples.append(f"{name}: {_around(reading.text, one)}")
    return sorted(groups.values(), key=lambda g: (-g.count, g.rule, g.shape))


def articles(folder: Path) -> Iterator[tuple[str, Article]]:
    """Yield (file name, article) of a folder; InputError where it holds none, or a file that is none."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix in {".txt", ".json", ".jsonl"})
    if not paths:
        raise InputError(f"{folder}: no .txt, .json or .jsonl in this folder")
    for path in paths:
        if path.suffix == ".json":
            yield path.name, _annotated(path)
        else:
            yield from ((path.name, article) for article in read_articles(str(path)))


def _annotated(path: Path) -> Article:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        published = document.get("published_at")
        return article_for_text(document["text"], published=dt.datetime.fromisoformat(published) if published else None)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"{path}: an object with `text`, and `published_at` in ISO form, is needed ({error!r})") from error


def shape_of(reading: Reading, one: Found) -> str:
    """Return what stands around a number in its line, numbers as N: "trong N cụm dân"."""
    line_start = reading.text.rfind("\n", 0, one.start) + 1
    line_end = reading.text.find("\n", one.start)
    tail = reading.folded[one.start : line_end if line_end >= 0 else len(reading.folded)][:200]
    before = _WORD.findall(reading.folded[max(line_start, one.start - 60) : one.start])[-_BEFORE:]
    return " ".join("N" if word[0].isdigit() else word for word in before + _WORD.findall(tail)[: 1 + _AFTER])


def _around(text: str, one: Found) -> str:
    before, after = text[max(0, one.start - _AROUND) : one.start], text[one.end : one.end + _AROUND]
    return f"…{before}«{text[one.start : one.end]}»{after}…".replace("\n", " / ")
