"""The examples of rules/facts/, run through the whole way from text to facts: what analysts change is checked here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from extractor.data import rules_dir
from extractor.extraction import find_facts
from extractor.link.activities import find_activities
from extractor.link.settle import settle
from extractor.read.sentences import sentences
from extractor.reading import Found, make_reading
from extractor.rules import Example, Rule, example, load, load_table

# Files whose data are lists and not patterns; their examples name no rule.
TABLE_FILES = {"organisations": "organisations", "people": "people", "places": "locations", "plans": "money"}


@dataclass(frozen=True, slots=True)
class Trial:
    """One example: `kind` is yes (must be found so), no (must not be found by this rule) or todo (a known miss)."""

    where: str
    kind: str
    table: str
    rule: str | None
    example: Example


def rule_files() -> list[str]:
    """Return the names of the files of rules/facts/ that hold rules with patterns."""
    names = sorted(path.stem for path in (rules_dir() / "facts").glob("*.toml"))
    return [name for name in names if name not in TABLE_FILES and not name.startswith("_")]


def trials() -> Iterator[Trial]:
    """Yield every example of every file."""
    for name in rule_files():
        for rule in load(name).rules:
            yield from _of_rule(rule)
    for name, table in TABLE_FILES.items():
        for number, raw in enumerate(load_table(name).get("example", ()), 1):
            where = f"{name}: example {number}"
            kind = "no" if "no" in raw else "yes"
            one = Example(raw["no"], 0, 0, {}) if kind == "no" else example(raw, where)
            yield Trial(where, kind, table, None, one)


def _of_rule(rule: Rule) -> Iterator[Trial]:
    if rule.off:
        return
    for kind, examples in (("yes", rule.yes), ("todo", rule.todo)):
        for one in examples:
            yield Trial(rule.id, kind, rule.table, rule.id, one)
    for text in rule.no:
        yield Trial(rule.id, "no", rule.table, rule.id, Example(text, 0, 0, {}))


def read(text: str, published: dt.date | None = None) -> list[Found]:
    """Return what a text gives, its activities too."""
    reading = make_reading(text, sentences(text), published=published)
    found = find_facts(reading)
    clauses = find_activities(reading, found)
    settle(reading, found, clauses)
    return found + [
        Found(table="activities", start=c.start, end=c.end, rule=c.rule, columns={"type": c.type, "status": c.status})
        for c in clauses
    ]


def _same(stated: Any, given: Any) -> bool:
    try:
        return Decimal(str(stated)) == Decimal(str(given))
    except InvalidOperation:
        return str(stated) == str(given)


def _fits(trial: Trial, found: Found) -> bool:
    one, columns = trial.example, {**found.columns, "as_of": found.as_of}
    return (
        found.table == trial.table
        and (found.start, found.end) == (one.start, one.end)
        and (trial.rule is None or found.rule == trial.rule)
        and all(_same(value, columns.get(name)) for name, value in one.columns.items())
    )


def failure(trial: Trial) -> str | None:
    """Return what is wrong with an example, None where it holds; a known miss that is found is a failure too."""
    text, published = trial.example.text, trial.example.published
    found = read(text, dt.date.fromisoformat(published) if published else None)
    if trial.kind == "no":
        hits = [f for f in found if f.rule == trial.rule or (trial.rule is None and f.table == trial.table)]
        return f"{trial.where}: found {text[hits[0].start : hits[0].end]!r} in {text!r}" if hits else None
    fits = any(_fits(trial, f) for f in found)
    if trial.kind == "todo":
        return f"{trial.where}: {text!r} is found now: move it from `todo` to `yes`" if fits else None
    return None if fits else f"{trial.where}: not as stated in {text!r}; found: {_shown(text, found)}"


def _shown(text: str, found: list[Found]) -> str:
    return "; ".join(f"{text[f.start : f.end]!r} by {f.rule} {_plain(f.columns)}" for f in found) or "nothing"


def _plain(columns: Mapping[str, Any]) -> str:
    return ", ".join(f"{k}={v}" for k, v in columns.items() if v is not None)
