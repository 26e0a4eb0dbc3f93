"""Marks that readers set: right, wrong, missing, whole. One file, only ever appended to; given out as annotation.

A mark is one line of JSON in `reviews.jsonl` of the data folder. The line is written at once under a lock and flushed to the
disk; a line that a kill cut short is closed off by the next mark and counted when the marks are read.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from extractor import __version__
from extractor.errors import InputError, StoreError
from extractor.report.article import VALUES, Told

VERDICTS = ("right", "wrong", "missing", "whole")
_FILE = "reviews.jsonl"
_LONGEST = 2_000


def add_mark(data: Path, mark: Mapping[str, Any]) -> None:
    """Append a mark; StoreError where it cannot be written."""
    stamped = {"at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "extractor_version": __version__, **mark}
    line = (json.dumps(stamped, ensure_ascii=False) + "\n").encode()
    path = data / _FILE
    try:
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if size := file.seek(0, os.SEEK_END):
                file.seek(size - 1)
                if file.read(1) != b"\n":
                    line = b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(f"{path}: the mark cannot be written ({error.strerror or error})") from error


def marks(data: Path) -> tuple[list[dict[str, Any]], int]:
    """Return the marks in the order they were set, and how many lines are none."""
    path = data / _FILE
    found, bad = [], 0
    if path.exists():
        for line in path.read_bytes().splitlines():
            try:
                mark = json.loads(line)
                found.append(mark if mark["verdict"] in VERDICTS and mark["article_id"] else mark["nothing"])
            except (ValueError, KeyError, TypeError):
                bad += 1
    return found, bad


def _said(said: Mapping[str, str]) -> dict[str, str]:
    return {"note": said.get("note", "")[:_LONGEST], "by": said.get("by", "")[:200]}


def mark_of_fact(told: Told, fact_id: str, verdict: str, said: Mapping[str, str]) -> dict[str, Any]:
    """Return the mark that a fact is right or wrong, with `note` and `by` of what is said; InputError where there is no such fact or verdict."""
    fact = next((f for f in told.facts if f["fact_id"] == fact_id), None)
    if fact is None or verdict not in ("right", "wrong"):
        raise InputError(f"{fact_id}, {verdict}: no fact of the article, or no verdict")
    place = {k: fact[k] for k in ("table", "fact_id", "start", "end", "mention", "rule")}
    return {"verdict": verdict, "article_id": told.article["article_id"], **place, **_said(said)}


def mark_of_article(told: Told, said: Mapping[str, str]) -> dict[str, Any]:
    """Return the mark that a person has read the whole article: what is not marked wrong is right, nothing else is missing."""
    return {"verdict": "whole", "article_id": told.article["article_id"], **_said(said)}


def mark_of_missing(told: Told, *, table: str, words: str, values: str, said: Mapping[str, str]) -> dict[str, Any]:
    """Return the mark that words state a fact that was not found; `values` is `column=value`, one a line.

    InputError where the words do not stand in the text, or the table or a column is none.
    """
    start = told.article["text"].find(words)
    if not words or start < 0:
        raise InputError(f"“{words[:80]}” does not stand in the text; copy the words as they are")
    if table not in VALUES:
        raise InputError(f"{table}: no table of facts")
    columns = {}
    for line in filter(None, map(str.strip, values.splitlines())):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or name not in VALUES[table] or not value:
            raise InputError(f"“{line[:80]}”: wanted is column=value with a column of {table}: {', '.join(VALUES[table])}")
        columns[name] = value[:_LONGEST]
    place = {"table": table, "start": start, "end": start + len(words), "mention": words[:_LONGEST]}
    return {"verdict": "missing", "article_id": told.article["article_id"], **place, "values": columns, **_said(said)}


def annotation(told: Told, of_article: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return an article with the facts that its marks leave, as an annotated article (corpus/articles/README of the score).

    The last mark of a fact counts. `whole` says whether somebody has read the whole article: only then is a fact that is
    not here a fact that is not there.
    """
    verdicts: dict[str, str] = {}
    missing: dict[tuple[str, int, int], Mapping[str, Any]] = {}
    whole = False
    for mark in of_article:
        whole = whole or mark["verdict"] == "whole"
        if mark["verdict"] == "missing":
            missing[mark["table"], mark["start"], mark["end"]] = mark
        elif "fact_id" in mark:
            verdicts[mark["fact_id"]] = mark["verdict"]
    facts: dict[str, list[dict[str, Any]]] = {}
    for fact in told.facts:
        if verdicts.get(fact["fact_id"]) == "right" or (whole and verdicts.get(fact["fact_id"]) != "wrong"):
            values = {k: v if isinstance(v, list) else str(v) for k, v in fact["values"].items() if k in VALUES[fact["table"]]}
            facts.setdefault(fact["table"], []).append({"mention": fact["mention"], **values, "start": fact["start"], "end": fact["end"]})
    for mark in missing.values():
        facts.setdefault(mark["table"], []).append({"mention": mark["mention"], **mark["values"], "start": mark["start"], "end": mark["end"]})
    article = told.article
    published = article["published_at"].date().isoformat() if article["published_at"] else None
    return {"id": article["article_id"], "title": article["title"], "published_at": published, "seen": True, "whole": whole, "text": article["text"], "facts": facts}


def annotated(told: Iterable[Told], found: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the annotation of each marked article."""
    by_article: dict[str, list[Mapping[str, Any]]] = {}
    for mark in found:
        by_article.setdefault(mark["article_id"], []).append(mark)
    for one in told:
        yield annotation(one, by_article.get(one.article["article_id"], ()))
