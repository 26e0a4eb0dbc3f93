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
from extractor.facts.context import PURPOSES, Contexts, named
from extractor.link.activities import find_activities
from extractor.link.belongs import figures, neighbours, places
from extractor.read.sentences import sentences
from extractor.reading import Found, Reading, make_reading
from extractor.text import nfc

# A feature of fewer examples teaches nothing that holds elsewhere.
_LEAST = 3
# The weight of what the rules say, by question: the best of 0.5, 1, 1.5, ... on articles that taught nothing.
_RULES = {"flow": 2.0, "role": 1.5, "category": 1.5, "activity": 1.5}
# Steps and rate of Adam (Kingma and Ba 2015), and the strength of the L2 penalty a step away from which the weights settle.
_STEPS, _RATE, _PENALTY = 80, 0.1, 1.0
# "neighbours" learns from what "activity" says of texts that did not teach it: of so many parts one after the other.
_PARTS = 5
# The weight of what "activity" says: the best of 0.2, 0.3, 0.4, ... on articles that taught nothing.
_FIRST = 0.4
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


class Figures(NamedTuple):
    """The figures of one text that may belong to an activity: their features, what the rules say, what is annotated (None where
    nothing is), and the sentence and paragraph they stand in."""

    features: list[list[str]]
    stated: list[str]
    labels: list[str | None]
    places: list[tuple[int, int]]

    def examples(self) -> Iterator[Example]:
        """Yield those that are annotated."""
        for features, label in zip(self.features, self.labels, strict=True):
            if label:
                yield Example(features, label)


def train(articles: Path, paragraphs: Path, to: Path) -> dict[str, int]:
    """Write rules/learned' tables under `to`; return the number of examples by question."""
    examples: dict[str, list[Example]] = defaultdict(list)
    texts: list[Figures] = []
    for reading, truths in itertools.chain(_of_articles(articles), _of_paragraphs(paragraphs)):
        found, true = _found(reading, truths)
        for question, example in _purposes(reading, found, true):
            examples[question].append(example)
        texts.append(_figures(reading, found, true))
    if not examples:
        raise InputError(f"{articles}, {paragraphs}: nothing annotated in them teaches")
    examples["activity"] = [example for text in texts for example in text.examples()]
    to.mkdir(parents=True, exist_ok=True)
    for question, of in examples.items():
        labels, weights = fit(of)
        learned.write(to / f"{question}.tsv", labels, weights, head=f"{_HEAD}\n{len(of)} examples", rules=_RULES[question])
    labels, weights = _neighbours(texts)
    learned.write(to / "neighbours.tsv", labels, weights, head=_HEAD, rules=_FIRST)
    return {question: len(of) for question, of in examples.items()}


def _neighbours(texts: Sequence[Figures]) -> tuple[list[str], dict[str, list[float]]]:
    """Return the labels and weights of what the figures around speak for, beside what each says for itself."""
    labels = sorted({label for text in texts for label in text.labels if label})
    examples, first = [], []
    for part in range(_PARTS):
        taught = fit([example for at, text in enumerate(texts) if at % _PARTS != part for example in text.examples()])
        for text in texts[part::_PARTS]:
            told = _told(text, taught, labels)
            company = neighbours(text.places, text.stated, [labels[best] for best in told.argmax(axis=1)]) if text.labels else []
            for label, features, scores in zip(text.labels, company, told, strict=True):
                if label:
                    examples.append(Example(named(features), label))
                    first.append(scores)
    return fit(examples, beside=np.array(first, dtype=np.float32) * np.float32(_FIRST))


def _told(text: Figures, taught: tuple[list[str], dict[str, list[float]]], labels: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return how much speaks for each label of each figure, what the rules say included."""
    known, weights = taught
    told = np.zeros((len(text.labels), len(labels)), dtype=np.float32)
    columns = [labels.index(label) for label in known]
    for row, (features, stated) in enumerate(zip(text.features, text.stated, strict=True)):
        told[row, columns] = np.sum([weights[f] for f in features if f in weights], axis=0)
        if stated in labels:
            told[row, labels.index(stated)] += _RULES["activity"]
    return told


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
        for table in PURPOSES:
            for listed in filter(None, str(activity.get(table) or "").split(",")):
                types[table, Decimal(listed)].append(activity["type"])
    for table, column in PURPOSES.items():
        for fact in facts.get(table, ()):
            if fact.get(column):
                value = Decimal(str(fact.get("amount", fact.get("count", fact.get("value")))))
                left = types[table, value]
                activity = left.pop(0) if left else "-"
                yield Truth(fact["start"], fact["end"], table, fact[column], activity if facts.get("activities") else None)


def _found(reading: Reading, truths: Iterable[Truth]) -> tuple[list[Found], dict[int, Truth]]:
    """Return what the rules find in a text, and by id what is annotated of it."""
    by_table: dict[str, list[Truth]] = defaultdict(list)
    for truth in sorted(truths):
        by_table[truth.table].append(truth)
    found = find_facts(reading)
    return found, {id(one): told for one in found if (told := _truth_of(one, by_table[one.table]))}


def _purposes(reading: Reading, found: Sequence[Found], true: Mapping[int, Truth]) -> Iterator[tuple[str, Example]]:
    contexts = Contexts(reading)
    before: dict[str, tuple[Found, str | None]] = {}
    for one in found:
        if column := PURPOSES.get(one.table):
            stated = one.columns.get(column)
            if label := true.get(id(one)):
                yield column, Example(named(contexts.features(one, before=before.get(one.table))), label.label)
            before[one.table] = one, stated


def _figures(reading: Reading, found: Sequence[Found], true: Mapping[int, Truth]) -> Figures:
    contexts = Contexts(reading)
    asked = list(figures(found, find_activities(reading, found)))
    features = [named([*contexts.features(one.found, before=one.before), *one.own]) for one in asked]
    labels = [told.activity if (told := true.get(id(one.found))) else None for one in asked]
    return Figures(features, [one.stated for one in asked], labels, places(reading, asked))


def _truth_of(one: Found, truths: Sequence[Truth]) -> Truth | None:
    return next((t for t in truths if t.start < one.end and one.start < t.end), None)


def fit(examples: Sequence[Example], *, beside: npt.NDArray[np.float32] | None = None) -> tuple[list[str], dict[str, list[float]]]:
    """Return the labels and the weights of each feature for them, by multinomial logistic regression with an L2 penalty.

    `beside` is what speaks for each example's labels already (examples x labels).
    """
    labels = sorted({example.label for example in examples})
    counted = Counter(f for example in examples for f in example.features)
    rows = {f: i for i, f in enumerate(sorted(f for f, count in counted.items() if count >= _LEAST))}
    known = [[rows[f] for f in example.features if f in rows] for example in examples]
    truth = np.array([labels.index(example.label) for example in examples])
    weights = _descend(known, truth, np.zeros((len(rows), len(labels)), dtype=np.float32), beside=0 if beside is None else beside)
    return labels, {f: [float(w) for w in weights[i]] for f, i in rows.items()}


def _descend(
    known: Sequence[Sequence[int]], truth: npt.NDArray[np.int64], weights: npt.NDArray[np.float32], *, beside: npt.NDArray[np.float32] | int
) -> npt.NDArray[np.float32]:
    """Return the weights of least penalised loss, from those given on: full gradients, Adam's steps."""
    features = np.concatenate([np.array(of, dtype=np.int64) for of in known])
    example = np.repeat(np.arange(len(known)), [len(of) for of in known])
    starts = np.searchsorted(example, np.arange(len(known)))
    order = np.argsort(features, kind="stable")
    of_feature = np.searchsorted(features[order], np.arange(len(weights)))
    wanted = np.eye(weights.shape[1], dtype=np.float32)[truth]
    mean, spread = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _STEPS + 1):
        scores = np.add.reduceat(weights[features], starts) + beside
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        errors = odds / odds.sum(axis=1, keepdims=True) - wanted
        gradient: npt.NDArray[np.float32] = np.add.reduceat(errors[example[order]], of_feature) + _PENALTY * weights
        mean = 0.9 * mean + 0.1 * gradient
        spread = 0.999 * spread + 0.001 * gradient**2
        weights = weights - _RATE * (mean / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.999**step)) + 1e-8)
    return weights
