"""What each figure is for and the type of the activity it belongs to, at last: by what annotated texts teach.

Each figure is read by what the rules say of it and the words around it, and then again in the company of the figures around it
(rules/learned/).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from extractor.facts.context import PURPOSES, Contexts, windows
from extractor.facts.learned import Bags, learned, one_thread, shares, sums
from extractor.link.activities import Clause
from extractor.link.figures import ACTIVITY, NONE, QUESTIONS, Company, Figure, apart, figures
from extractor.reading import Found, Reading
from extractor.rules import load

if TYPE_CHECKING:
    from extractor.facts.learned import Floats

# How much what a figure's own words say counts beside its company; with it the second network is taught.
_FIRST = 0.7
# How much more must speak for an activity than for none: what gave the most right links on articles that had taught nothing.
_NONE = 1.0


def settle(reading: Reading, found: Sequence[Found], clauses: Sequence[Clause]) -> dict[int, str]:
    """Set flow, role and category of the findings, which are in text order; return by id the type of each one's activity."""
    asked = list(figures(reading, found, clauses))
    types: dict[int, str] = {}
    for question, figure, label in _answers(asked, Contexts(reading, learned().vocabulary)) if asked else ():
        if question == ACTIVITY:
            types[id(figure.found)] = label
        elif figure.found.rule not in _firm():
            figure.found.columns[question] = label
    for one in found:
        if one.same_as:
            _as_its_list(one, one.same_as, types)
    return types


def _as_its_list(one: Found, first: Found, types: dict[int, str]) -> None:
    """Give what stands in a list the flow and the activity of what its words speak of: those nearer by may mislead."""
    if one.table == first.table == "money":
        one.columns["flow"] = first.columns["flow"]
    if id(one) in types and id(first) in types:
        types[id(one)] = types[id(first)]


@functools.cache
def _firm() -> frozenset[str]:
    """Return the rules of things whose own words before the number say what it is for: "sản lượng … 98.412 tấn", "gấp 1,78 lần"."""
    return frozenset(rule.id for rule in load("quantities").rules if rule.before and "category" in rule.set)


def _answers(asked: Sequence[Figure], contexts: Contexts[int]) -> Iterator[tuple[str, Figure, str]]:
    """Yield each question with each figure that it is asked of, and the label that most speaks for."""
    import numpy as np

    net, company = learned().company, Company(asked, labels())
    with one_thread():
        first = _alone(asked, contexts)
        units = np.concatenate([part @ _weights() for part in company.parts(first)])
        told = {question: net.answer(question, units) for question in QUESTIONS}
    for question, of in labels().items():
        speaks = told[question] + beside(first[question])
        if question == ACTIVITY:
            speaks[:, of.index(NONE)] += _NONE
        for figure, label in zip(asked, speaks.argmax(axis=1).tolist(), strict=True):
            if question in figure.stated:
                yield question, figure, of[label]


@functools.cache
def _weights() -> Floats:
    net = learned().company
    return net.weights[:-1] * net.scales


def beside(likely: Floats) -> Floats:
    """Return how much what a figure's own words speak for counts beside its company, from how likely each label is by them."""
    import numpy as np

    return np.float32(_FIRST) * np.log(np.maximum(likely, np.float32(1e-9)))


@functools.cache
def labels() -> dict[str, tuple[str, ...]]:
    """Return the labels by question."""
    return {question: learned().alone.answers[question].labels for question in QUESTIONS}


def _alone(asked: Sequence[Figure], contexts: Contexts[int]) -> dict[str, Floats]:
    """Return by question how likely each label is for each figure by the words around it; no label where it is not asked."""
    import numpy as np

    net = learned().alone
    of_words = sums(net, around([figure.found for figure in asked], contexts))
    known = Bags.of([of_question for figure in asked for of_question in apart(figure, contexts).values()])
    of_purposes, of_activities = (of_words + of for of in sums(net, known).reshape(len(asked), 2, -1).swapaxes(0, 1))
    told = {ACTIVITY: shares(net.answer(ACTIVITY, of_activities))}
    for question in PURPOSES.values():
        rows = [row for row, figure in enumerate(asked) if figure.purpose == question]
        told[question] = np.zeros((len(asked), len(labels()[question])), np.float32)
        if rows:
            told[question][rows] = shares(net.answer(question, of_purposes[rows]))
    return told


def around(facts: Sequence[Found], contexts: Contexts[int]) -> Bags:
    """Return the inputs that each fact's own words and the words around it are: what `Contexts.all` names."""
    import numpy as np

    bounds = windows([contexts.place(fact) for fact in facts])
    rows = learned().vocabulary.around(contexts.words)
    own = Bags.of([contexts.own(fact) for fact in facts])
    return own.beside(Bags(rows.ravel(), bounds + rows.shape[1] * np.arange(len(rows))[:, None]))
