"""Teaches the learned models by annotated articles and marked paragraphs: multinomial logistic regression.

An example is a figure that the rules found where one is annotated, with its features (facts.context) and its annotated label.
Only articles marked seen teach. The same examples give the same weights.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from extractor.corpus import form, marked
from extractor.errors import InputError
from extractor.extraction import find_facts
from extractor.facts import learned
from extractor.facts.context import Contexts, named
from extractor.link.activities import find_activities
from extractor.link.belongs import figures
from extractor.read.sentences import sentences
from extractor.reading import Found, Reading, make_reading
from extractor.text import nfc

# A feature of fewer examples teaches nothing that holds elsewhere.
_LEAST = 3
# The weight of what the rules say, by question: the best of 0.5, 1, 1.5, ... on articles that taught nothing.
_RULES = {"flow": 2.0, "role": 1.5, "category": 2.0, "activity": 1.5}
# Steps and rate of Adam (Kingma and Ba 2015), and the strength of the L2 penalty a step away from which the weights settle.
_STEPS, _RATE, _PENALTY = 80, 0.1, 1.0
_HEAD = "Weights, in hundredths, of what stands around a fact. Made by: mttq corpus train corpus/articles corpus/marked"


class Example(NamedTuple):
    """A figure's features and its annotated label."""

    features: Sequence[str]
    label: str


class Truth(NamedTuple):
    """An annotated figure: its place, its table, its label there and the type of its activity: "-" for none, None unknown."""

    start: int
    end: int
    table: str
    label: str
    activity: str | None


def train(articles: Path, paragraphs: Path, to: Path) -> dict[str, int]:
    """Write rules/learned' tables under `to`; return the number of examples by question."""
    examples: dict[str, list[Example]] = defaultdict(list)
    for reading, truths in itertools.chain(_of_articles(articles), _of_paragraphs(paragraphs)):
        for question, example in _examples(reading, truths):
            examples[question].append(example)
    if not examples:
        raise InputError(f"{articles}, {paragraphs}: nothing annotated in them teaches")
    to.mkdir(parents=True, exist_ok=True)
    for question, of in examples.items():
        labels, weights = fit(of)
        learned.write(to / f"{question}.tsv", labels, weights, head=f"{_HEAD}\n{len(of)} examples", rules=_RULES[question])
    return {question: len(of) for question, of in examples.items()}


def _of_articles(folder: Path) -> Iterator[tuple[Reading, list[Truth]]]:
    for document in form.read_folder(folder).values():
        if document.get("seen"):
            day = document.get("published_at")
            published = dt.date.fromisoformat(day[:10]) if day else None
            yield _reading(document["text"], published), list(_truths(document))


def _of_paragraphs(folder: Path) -> Iterator[tuple[Reading, list[Truth]]]:
    for path in sorted(folder.glob("*.txt")):
        for text, marks in marked.read(path):
            if text == nfc(text):
                yield _reading(text, None), [Truth(*mark) for mark in marks]


def _reading(text: str, published: dt.date | None) -> Reading:
    return make_reading(text, sentences(text), published=published)


def _truths(document: Mapping[str, Any]) -> Iterator[Truth]:
    facts = document["facts"]
    types: dict[tuple[str, Decimal], list[str]] = defaultdict(list)
    for activity in facts.get("activities", ()):
        for table in learned.QUESTIONS:
            for listed in filter(None, str(activity.get(table) or "").split(",")):
                types[table, Decimal(listed)].append(activity["type"])
    for table, column in learned.QUESTIONS.items():
        for fact in facts.get(table, ()):
            if fact.get(column):
                value = Decimal(str(fact.get("amount", fact.get("count", fact.get("value")))))
                left = types[table, value]
                activity = left.pop(0) if left else "-"
                yield Truth(fact["start"], fact["end"], table, fact[column], activity if facts.get("activities") else None)


def _examples(reading: Reading, truths: Iterable[Truth]) -> Iterator[tuple[str, Example]]:
    by_table: dict[str, list[Truth]] = defaultdict(list)
    for truth in sorted(truths):
        by_table[truth.table].append(truth)
    found = find_facts(reading)
    true = {id(one): told for one in found if (told := _truth_of(one, by_table[one.table]))}
    contexts = Contexts(reading)
    before: dict[str, tuple[Found, str | None]] = {}
    for one in found:
        if column := learned.QUESTIONS.get(one.table):
            stated = one.columns.get(column)
            if label := true.get(id(one)):
                yield column, Example(named(contexts.features(one, before=before.get(one.table))), label.label)
            before[one.table] = one, stated
    clauses = find_activities(reading, found)
    for figure in figures(found, clauses):
        if (known := true.get(id(figure.found))) and known.activity:
            features = [*contexts.features(figure.found, before=figure.before), *figure.own]
            yield "activity", Example(named(features), known.activity)


def _truth_of(one: Found, truths: Sequence[Truth]) -> Truth | None:
    return next((t for t in truths if t.start < one.end and one.start < t.end), None)


def fit(examples: Sequence[Example]) -> tuple[list[str], dict[str, list[float]]]:
    """Return the labels and the weights of each feature for them, by multinomial logistic regression with an L2 penalty."""
    labels = sorted({example.label for example in examples})
    counted = Counter(f for example in examples for f in example.features)
    rows = {f: i for i, f in enumerate(sorted(f for f, count in counted.items() if count >= _LEAST))}
    known = [[rows[f] for f in example.features if f in rows] for example in examples]
    truth = np.array([labels.index(example.label) for example in examples])
    weights = _descend(known, truth, (len(rows), len(labels)))
    return labels, {f: [float(w) for w in weights[i]] for f, i in rows.items()}


def _descend(known: Sequence[Sequence[int]], truth: npt.NDArray[np.int64], shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Return the weights of least penalised loss: full gradients, Adam's steps."""
    features = np.concatenate([np.array(of, dtype=np.int64) for of in known])
    example = np.repeat(np.arange(len(known)), [len(of) for of in known])
    starts = np.searchsorted(example, np.arange(len(known)))
    order = np.argsort(features, kind="stable")
    of_feature = np.searchsorted(features[order], np.arange(shape[0]))
    wanted = np.eye(shape[1], dtype=np.float32)[truth]
    weights, mean, spread = (np.zeros(shape, dtype=np.float32) for _ in range(3))
    for step in range(1, _STEPS + 1):
        scores = np.add.reduceat(weights[features], starts)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        errors = odds / odds.sum(axis=1, keepdims=True) - wanted
        gradient: npt.NDArray[np.float32] = np.add.reduceat(errors[example[order]], of_feature) + _PENALTY * weights
        mean = 0.9 * mean + 0.1 * gradient
        spread = 0.999 * spread + 0.001 * gradient**2
        weights -= _RATE * (mean / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.999**step)) + 1e-8)
    return weights
