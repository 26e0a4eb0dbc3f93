"""The figures of a text that are for something and may belong to an activity, with what is known of each: the words around it,
what the rules say, and its company."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from extractor.facts.blocks import Blocks
from extractor.facts.context import PURPOSES, Contexts, Told_co
from extractor.link.activities import Clause
from extractor.reading import Found, Reading

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from extractor.facts.learned import Floats

_Number = TypeVar("_Number", bound="np.generic")
# The question that is asked of all figures, and the answer for what belongs to no activity.
ACTIVITY, NONE = "activity", "-"
QUESTIONS = (*PURPOSES.values(), ACTIVITY)
_TABLES = tuple(PURPOSES)
# So many figures before and behind are a figure's company, beside those of its sentence, its paragraph and the text.
_REACH = 4
_AROUND = ("sentence", "paragraph", "text")
# What is told of each of those nearest: whether it is of the same one of _AROUND.
_BESIDE = {"there": 2, "same sentence": 0, "same paragraph": 1}
# So many figures of a text at once: lists of donors may have thousands.
_AT_ONCE = 1_000
# The figure that this one is a part of, and the one of its list whose purpose it shares by the rules.
_TIED = ("whole", "list")


class Figure(NamedTuple):
    """A figure: what the rules say it is for and what type of activity its clause is of; the figure before it in its table and
    the one before it at all, each with what the rules say of that; its sentence's number and where its paragraph begins."""

    found: Found
    stated: Mapping[str, str | None]
    before: Mapping[str, tuple[Found, str | None] | None]
    sentence: int
    paragraph: int

    @property
    def purpose(self) -> str:
        """The question that its table asks: flow, role or category."""
        return PURPOSES[self.found.table]


def figures(reading: Reading, found: Iterable[Found], clauses: Iterable[Clause]) -> Iterator[Figure]:
    """Yield the figures in text order; what tells how many times an activity took place is none."""
    blocks = Blocks.of(reading)
    clause_of = {id(fact): clause for clause in clauses for fact in clause.facts}
    times = {id(clause.times) for clause in clauses if clause.times}
    before: dict[str, tuple[Found, str | None] | None] = {}
    for one in found:
        if purpose := PURPOSES.get(one.table):
            stated = {purpose: one.columns.get(purpose), ACTIVITY: clause_of[id(one)].type if id(one) in clause_of else NONE}
            if id(one) not in times:
                told = {question: before.get(question) for question in stated}
                yield Figure(one, stated, told, reading.sentence_no(one.start), blocks.start(one.start))
                before[ACTIVITY] = one, stated[ACTIVITY]
            before[purpose] = one, stated[purpose]


def apart(figure: Figure, contexts: Contexts[Told_co]) -> dict[str, list[Told_co]]:
    """Return what is known of a figure beside the words around it: by question, its purpose before its activity."""
    told = {question: contexts.joint(figure.found, before=before) for question, before in figure.before.items()}
    told[figure.purpose].append(contexts.of("rules:", f"{figure.stated[figure.purpose]} {figure.found.told_by}"))
    told[ACTIVITY].append(contexts.of("rules:", str(figure.stated[ACTIVITY])))
    told[ACTIVITY] += [contexts.of("own:", str(figure.stated[figure.purpose])), contexts.of("table:", figure.found.table)]
    return told


def company_inputs(labels: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names of what `Company.parts` gives, for the labels of each question.

    >>> company_inputs({"flow": ["given"]})[:3]
    ['-4 flow=given', '-4 rules flow=given', '-4 money']
    """
    answers = [f"{question}={label}" for question, of in labels.items() for label in of]
    own = [*answers, *(f"rules {answer}" for answer in answers), *_TABLES, *_BESIDE]
    steps = [f"{step:+d} {name}" for step in range(-_REACH, _REACH + 1) for name in own]
    tied = [f"{tie} {name}" for tie in _TIED for name in (*answers, "there")]
    return [*steps, *(f"{around} {answer}" for around in _AROUND for answer in answers), *tied]


class Company:
    """What is known of each figure by itself and by the figures around it."""

    def __init__(self, asked: Sequence[Figure], labels: Mapping[str, Sequence[str]]) -> None:
        import numpy as np

        self._questions = tuple(labels)
        self._said = _said(asked, labels)
        self._places = np.array([[f.sentence for f in asked], [f.paragraph for f in asked], [0] * len(asked)])
        row = {id(figure.found): at for at, figure in enumerate(asked)}
        tied = [[f.found.part_of for f in asked], [f.found.same_as for f in asked]]
        self._tied = [np.array([row.get(id(one), -1) if one else -1 for one in of]) for of in tied]

    def parts(self, told: Mapping[str, Floats]) -> Iterator[Floats]:
        """Yield some figures after the other: a row each, of the columns that `company_inputs` names, shares from 0 to 1.

        `told` is how likely each label is for each figure, by question.
        """
        import numpy as np

        likely = np.concatenate([told[question] for question in self._questions], axis=1)
        own, places = _framed(np.concatenate([likely, self._said], axis=1), 0), _framed(self._places.T, -1)
        tied = [np.concatenate([likely[rows] * (rows >= 0)[:, None], (rows >= 0)[:, None]], axis=1) for rows in self._tied]
        beside = np.concatenate([*_of_others(likely, self._places), *tied], axis=1)
        for begin in range(0, len(beside), _AT_ONCE):
            here = slice(begin, begin + _AT_ONCE)
            near = np.arange(len(beside))[here, None] + np.arange(2 * _REACH + 1)
            same = places[near] == self._places.T[here, None]
            of_near = np.concatenate([own.take(near, axis=0), same[..., list(_BESIDE.values())]], axis=2)
            yield np.concatenate([of_near.reshape(len(near), -1), beside[here]], axis=1)


def _framed(rows: npt.NDArray[_Number], fill: int) -> npt.NDArray[_Number]:
    """Return the rows with as many before and behind them as a figure's company reaches."""
    import numpy as np

    framed = np.full((len(rows) + 2 * _REACH, rows.shape[1]), fill, rows.dtype)
    framed[_REACH:-_REACH] = rows
    return framed


def _said(asked: Sequence[Figure], labels: Mapping[str, Sequence[str]]) -> Floats:
    """Return ones where the rules say a label, and for the table."""
    import numpy as np

    names = [*((question, label) for question, of in labels.items() for label in of), *(("", table) for table in _TABLES)]
    column = {name: at for at, name in enumerate(names)}
    said = np.zeros((len(asked), len(names)), np.float32)
    for row, figure in zip(said, asked, strict=True):
        for name in (*figure.stated.items(), ("", figure.found.table)):
            if name in column:
                row[column[name]] = 1
    return said


def _of_others(likely: Floats, places: npt.NDArray[np.int64]) -> list[Floats]:
    """Return the means of the other figures in the same place, for each kind of places; those of a place stand together."""
    import numpy as np

    begins = np.ones(places.shape, bool)
    begins[:, 1:] = places[:, 1:] != places[:, :-1]
    starts = np.flatnonzero(begins)
    counts = np.diff(starts, append=places.size)
    each = np.tile(likely, (len(places), 1))
    summed = np.add.reduceat(each, starts).repeat(counts, axis=0)
    others: Floats = (summed - each) / np.maximum(1, counts - 1).astype(np.float32).repeat(counts)[:, None]
    return [*others.reshape(len(places), *likely.shape)]
