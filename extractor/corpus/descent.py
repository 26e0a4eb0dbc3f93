"""Teaching of networks with one layer of units: by Adam's steps (Kingma and Ba 2015), with dropout and decay of the weights."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, issparse

if TYPE_CHECKING:
    from extractor.facts.learned import Floats

Ints = npt.NDArray[np.int64]
Inputs = Any  # Floats, or a csr_array of them
# Examples a step, the steps' first rate, and what the weights lose a step.
_BATCH, _RATE, _DECAY = 256, 2e-3, 1e-3
# The share of inputs that are left out, others each time, so that no answer leans on few of them.
_INPUTS_OUT = 0.15
# The rate falls evenly to this share of the first one.
_LAST = 0.05
_BEGIN, _BEGIN_ANSWERS = 0.05, 0.1


def inputs_of(rows: Sequence[Sequence[int]], width: int) -> Inputs:
    """Return examples by the rows of their inputs, each as many times as it is there."""
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    flat = np.fromiter(itertools.chain.from_iterable(rows), np.int64, int(lengths.sum()))
    return csr_array((np.ones(len(flat), np.float32), flat, np.concatenate([[0], lengths.cumsum()])), shape=(len(rows), width))


class Course(NamedTuple):
    """How a network is taught: its units, the rounds over all examples, and the share of units that are left out, others each
    time."""

    units: int
    rounds: int
    units_out: float


class Lesson(NamedTuple):
    """The examples of one question: a row of inputs each, sparse or not, the number of each one's label, how many labels there
    are, and what speaks for each label already."""

    inputs: Inputs
    truth: Ints
    labels: int
    beside: Floats | None = None

    def of(self, these: Ints) -> Lesson:
        """Return some of the examples, their inputs copied."""
        return self._replace(inputs=self.inputs[these], truth=self.truth[these], beside=None if self.beside is None else self.beside[these])


class Network(NamedTuple):
    """The weights of a network: inputs x units, and by question units x labels and biases."""

    weights: Floats
    answers: dict[str, tuple[Floats, Floats]]

    def answer(self, question: str, inputs: Inputs) -> Floats:
        """Return how much speaks for each label, a row for each example."""
        weights, biases = self.answers[question]
        told: Floats = np.maximum(inputs @ self.weights, 0) @ weights + biases
        return told


def joined(networks: Sequence[Network]) -> Network:
    """Return the network with the units of all, which says what they say on average."""
    answers: dict[str, tuple[Floats, Floats]] = {}
    for question in networks[0].answers:
        weights, biases = zip(*(one.answers[question] for one in networks), strict=True)
        share = np.float32(1 / len(networks))
        answers[question] = np.concatenate(weights) * share, np.stack(biases).sum(axis=0) * share
    return Network(np.concatenate([one.weights for one in networks], axis=1), answers)


class _Adam:
    """The parameters and the running means of their gradients and of those squared."""

    def __init__(self, parameters: dict[str, Floats]) -> None:
        self.parameters = parameters
        self._mean = {name: np.zeros_like(of) for name, of in parameters.items()}
        self._spread = {name: np.zeros_like(of) for name, of in parameters.items()}
        self._steps, self._rate = 0, np.float32(_RATE)

    def next_step(self, rate: float) -> None:
        """Begin a step of that rate."""
        self._steps, self._rate = self._steps + 1, np.float32(rate)

    def move(self, name: str, gradient: Floats, *, rows: Ints | slice = slice(None), decay: float = _DECAY) -> None:
        """Move the rows of a parameter; those without an example in the step stay as they are."""
        mean = self._mean[name][rows] = 0.9 * self._mean[name][rows] + 0.1 * gradient
        spread = self._spread[name][rows] = 0.999 * self._spread[name][rows] + 0.001 * gradient**2
        way = mean / (1 - 0.9**self._steps) / (np.sqrt(spread / (1 - 0.999**self._steps)) + 1e-8)
        self.parameters[name][rows] -= self._rate * (way + np.float32(decay) * self.parameters[name][rows])


def teach(lessons: Mapping[str, Lesson], course: Course, *, seed: int) -> Network:
    """Return a network taught by the lessons of all questions, from the beginning that the seed gives."""
    chance = np.random.default_rng(seed)
    first = next(iter(lessons.values())).inputs
    scale = _BEGIN if issparse(first) else first.shape[1] ** -0.5
    parameters = {"weights": _random(chance, (first.shape[1], course.units), scale)}
    for question, lesson in lessons.items():
        parameters[question] = _random(chance, (course.units, lesson.labels), _BEGIN_ANSWERS)
        parameters[f"{question} biases"] = np.zeros(lesson.labels, np.float32)
    adam = _Adam(parameters)
    for rate, question, these in _steps(lessons, course.rounds, chance):
        adam.next_step(rate)
        batch = lessons[question].of(these)
        batch = batch._replace(inputs=_thinned(batch.inputs, chance))
        _learn(adam, question, batch, kept=_kept(chance, (len(these), course.units), out=course.units_out))
    of = adam.parameters
    return Network(of["weights"], {question: (of[question], of[f"{question} biases"]) for question in lessons})


def _random(chance: np.random.Generator, shape: tuple[int, int], scale: float) -> Floats:
    return (chance.standard_normal(shape, np.float32) * np.float32(scale)).astype(np.float32)


def _steps(lessons: Mapping[str, Lesson], rounds: int, chance: np.random.Generator) -> Iterator[tuple[float, str, Ints]]:
    """Yield rate, question and examples of each step, the questions mixed."""
    for done in range(rounds):
        batches = [
            (question, these)
            for question, lesson in lessons.items()
            for these in np.array_split(chance.permutation(len(lesson.truth)), max(1, len(lesson.truth) // _BATCH))
            if len(these)
        ]
        for at, number in enumerate(chance.permutation(len(batches))):
            yield _RATE * max(_LAST, 1 - (done + at / len(batches)) / rounds), *batches[number]


def _learn(adam: _Adam, question: str, batch: Lesson, *, kept: Floats) -> None:
    """Move the weights a step by some examples; `kept` is which units are left in, in each."""
    of, (inputs, truth, _, beside) = adam.parameters, batch
    summed = inputs @ of["weights"]
    kept = kept * (summed > 0)
    units = summed * kept
    told = units @ of[question] + of[f"{question} biases"] + (0 if beside is None else beside)
    odds = np.exp(told - told.max(axis=1, keepdims=True))
    errors = odds / odds.sum(axis=1, keepdims=True)
    errors[np.arange(len(truth)), truth] -= 1
    errors /= np.float32(len(truth))
    back = (errors @ of[question].T) * kept
    if issparse(inputs):
        rows = np.unique(inputs.indices)
        adam.move("weights", inputs.T.tocsr()[rows] @ back, rows=rows)
    else:
        adam.move("weights", inputs.T @ back)
    adam.move(question, units.T @ errors)
    adam.move(f"{question} biases", errors.sum(axis=0), decay=0)


def _thinned(inputs: Inputs, chance: np.random.Generator) -> Inputs:
    """Return inputs with a share of them left out."""
    values = inputs.data if issparse(inputs) else inputs
    values *= _kept(chance, values.shape, out=_INPUTS_OUT)
    return inputs


def _kept(chance: np.random.Generator, shape: tuple[int, ...], *, out: float) -> Floats:
    """Return ones, or rather what makes up for the share that is left out, and zeros."""
    return (chance.random(shape, np.float32) >= out).astype(np.float32) / np.float32(1 - out)
