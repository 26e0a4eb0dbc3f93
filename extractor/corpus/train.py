"""Teaches the networks of rules/learned/ by annotated articles and marked paragraphs.

An example is a figure that the rules found where one is annotated, with what is known of it (link.figures) and its annotated
labels. Only articles marked seen teach. What the second network is told of texts comes from first ones that were not taught by
them. The same examples give the same weights.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from extractor.corpus import form, marked
from extractor.corpus.descent import Course, Inputs, Lesson, Network, inputs_of, joined, teach
from extractor.errors import InputError
from extractor.extraction import find_facts
from extractor.facts import learned
from extractor.facts.context import PURPOSES, Contexts, Names
from extractor.facts.learned import shares
from extractor.link.activities import find_activities
from extractor.link.figures import ACTIVITY, QUESTIONS, Company, Figure, apart, company_inputs, figures
from extractor.link.settle import beside
from extractor.read.sentences import sentences
from extractor.reading import Found, Reading, make_reading
from extractor.text import nfc

if TYPE_CHECKING:
    from extractor.facts.learned import Floats

# An input of fewer examples teaches nothing that holds elsewhere.
_LEAST = 8
# The second network learns from what the first says of texts that did not teach it: of so many parts one after the other.
_PARTS = 4
# Chosen by articles that taught nothing.
_COURSES = {"alone": Course(32, 5, 0.3), "company": Course(64, 20, 0.5)}
# So many networks of each kind are taught from different beginnings, and become one that says what they say on average.
_BEGINNINGS = 2


class Truth(NamedTuple):
    """An annotated figure: its place, its table, its label there and the type of its activity: "-" for none, None unknown."""

    start: int
    end: int
    table: str
    label: str
    activity: str | None


class Taught(NamedTuple):
    """The figures of one text, what is known of each by question, and its annotated labels, by question where there are any."""

    asked: list[Figure]
    features: list[dict[str, list[str]]]
    labels: list[dict[str, str]]


class Words:
    """The inputs that are in enough examples, and examples as their rows."""

    def __init__(self, texts: Iterable[Taught]) -> None:
        counted = Counter(
            feature
            for text in texts
            for known, labels in zip(text.features, text.labels, strict=True)
            for question in labels
            for feature in set(known[question])
        )
        self.inputs = sorted(feature for feature, count in counted.items() if count >= _LEAST)
        self._row = {feature: row for row, feature in enumerate(self.inputs)}

    def of(self, examples: Iterable[Sequence[str]]) -> Inputs:
        """Return the examples as rows of how many times each input is in them."""
        return inputs_of([[self._row[f] for f in features if f in self._row] for features in examples], len(self.inputs))


def train(articles: Path, paragraphs: Path, to: Path, *, say: Callable[[str], None] = lambda _: None) -> dict[str, int]:
    """Write rules/learned' networks under `to`; return the number of examples by question. `say` is told how far it is."""
    texts = [_taught(reading, truths) for reading, truths in itertools.chain(_of_articles(articles), _of_paragraphs(paragraphs))]
    counted = Counter((question, label) for text in texts for labels in text.labels for question, label in labels.items())
    labels = {question: sorted(label for asked, label in counted if asked == question) for question in QUESTIONS}
    if not all(labels.values()):
        missing = ", ".join(question for question, of in labels.items() if not of)
        raise InputError(f"{articles}, {paragraphs}: nothing annotated in them teaches {missing}")
    told: list[dict[str, Floats]] = [{}] * len(texts)
    for part in range(_PARTS):
        say(f"{len(texts)} texts; teaching without part {part + 1} of {_PARTS}")
        words, alone = _alone([text for at, text in enumerate(texts) if at % _PARTS != part], labels)
        for at in range(part, len(texts), _PARTS):
            told[at] = _likely(texts[at], words, alone, labels)
    say("teaching by all of them")
    words, alone = _alone(texts, labels)
    to.mkdir(parents=True, exist_ok=True)
    learned.write(to / "alone.npz", words.inputs, alone.weights, _answers(alone, labels))
    second = _company(texts, told, labels)
    learned.write(to / "company.npz", company_inputs(labels), second.weights, _answers(second, labels))
    return {question: sum(n for (asked, _), n in counted.items() if asked == question) for question in QUESTIONS}


def _answers(network: Network, labels: Mapping[str, Sequence[str]]) -> dict[str, learned.Answers]:
    return {question: learned.Answers(tuple(of), *network.answers[question]) for question, of in labels.items()}


def _alone(texts: Sequence[Taught], labels: Mapping[str, Sequence[str]]) -> tuple[Words, Network]:
    """Return the inputs and the network that reads the words around a figure."""
    words = Words(texts)
    lessons = {}
    for question, of in labels.items():
        examples = [(f[question], of.index(told[question])) for text in texts for f, told in zip(text.features, text.labels, strict=True) if question in told]
        truth = np.array([label for _, label in examples], dtype=np.int64)
        lessons[question] = Lesson(words.of(features for features, _ in examples), truth, len(of))
    return words, joined([teach(lessons, _COURSES["alone"], seed=seed) for seed in range(_BEGINNINGS)])


def _likely(text: Taught, words: Words, alone: Network, labels: Mapping[str, Sequence[str]]) -> dict[str, Floats]:
    """Return by question how likely each label is for each figure, no label where it is not asked."""
    likely = {}
    for question, of in labels.items():
        rows = [row for row, known in enumerate(text.features) if question in known]
        likely[question] = np.zeros((len(text.asked), len(of)), np.float32)
        if rows:
            likely[question][rows] = shares(alone.answer(question, words.of(text.features[row][question] for row in rows)))
    return likely


def _company(texts: Sequence[Taught], told: Sequence[Mapping[str, Floats]], labels: Mapping[str, Sequence[str]]) -> Network:
    """Return the network that reads what the figures around came to."""
    known = np.concatenate([part for text, likely in zip(texts, told, strict=True) if text.asked for part in Company(text.asked, labels).parts(likely)])
    lessons = {}
    for question, of in labels.items():
        stated = [label.get(question) for text in texts for label in text.labels]
        these = [row for row, label in enumerate(stated) if label]
        likely = np.concatenate([of_text[question] for of_text in told])[these]
        truth = np.array([of.index(label) for label in stated if label], dtype=np.int64)
        lessons[question] = Lesson(known[these], truth, len(of), beside(likely))
    return joined([teach(lessons, _COURSES["company"], seed=seed) for seed in range(_BEGINNINGS)])


def _taught(reading: Reading, truths: Iterable[Truth]) -> Taught:
    found, true = _found(reading, truths)
    contexts = Contexts(reading, Names())
    asked = list(figures(reading, found, find_activities(reading, found)))
    features, labels = [], []
    for figure in asked:
        words = contexts.all(figure.found)
        features.append({question: [*words, *known] for question, known in apart(figure, contexts).items()})
        truth = true.get(id(figure.found))
        told = {figure.purpose: truth.label, ACTIVITY: truth.activity} if truth else {}
        labels.append({question: label for question, label in told.items() if label})
    return Taught(asked, features, labels)


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


def _truth_of(one: Found, truths: Sequence[Truth]) -> Truth | None:
    return next((t for t in truths if t.start < one.end and one.start < t.end), None)
