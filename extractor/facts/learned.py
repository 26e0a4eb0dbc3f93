"""What annotated texts teach: the weights of two small networks, and the answers they give.

The files are in rules/learned/, made by `mttq corpus train`. "alone" reads the words around a figure, "company" what the
figures around it came to by that. Each has one layer of units and answers four questions: the flow of money, the role of
people, the category of things, and the type of the activity that a figure belongs to.
"""

from __future__ import annotations

import functools
import itertools
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from extractor.data import rules_dir
from extractor.errors import RuleError
from extractor.facts.context import UNKNOWN, Vocabulary

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from threadpoolctl import ThreadpoolController

    Floats = npt.NDArray[np.float32]

# Weights are written as whole numbers up to this, times the scale of their unit: sums of them are the same in any order, as
# floats too, which are exact for far more than a sentence has.
_LARGEST = 127
# So many inputs of sets at once: their weights, as floats, stay near the processor.
_AT_ONCE = 2_000


class Answers(NamedTuple):
    """What a network makes of its units for one question: the labels, a weight of each unit for each, and the biases."""

    labels: tuple[str, ...]
    weights: Floats
    biases: Floats


class Net(NamedTuple):
    """A network: its inputs by name, the weight of each for each unit (inputs x units, times the units' scales), its answers by
    question. The last row of the weights is of no input, and all zeros."""

    inputs: tuple[str, ...]
    weights: npt.NDArray[np.int8]
    scales: Floats
    answers: Mapping[str, Answers]

    def answer(self, question: str, sums: Floats) -> Floats:
        """Return how much speaks for each label of a question: a row for each row of what the units sum up to."""
        import numpy as np

        _, weights, biases = self.answers[question]
        told: Floats = np.maximum(sums, 0) @ weights + biases
        return told


def one_thread() -> AbstractContextManager[object]:
    """Return a context in which matrices are multiplied by one thread: they are small, and a second one waits for more, at full
    speed."""
    limited: AbstractContextManager[object] = _threads().limit(limits=1, user_api="blas")
    return limited


@functools.cache
def _threads() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def shares(told: Floats) -> Floats:
    """Return how likely each label is, by what speaks for it: rows of numbers from 0 to 1 that come to 1."""
    import numpy as np

    odds = np.exp(told - told.max(axis=1, keepdims=True))
    likely: Floats = odds / odds.sum(axis=1, keepdims=True)
    return likely


def write(path: Path, inputs: Sequence[str], weights: Floats, answers: Mapping[str, Answers]) -> None:
    """Write a network; the same one gives the same bytes."""
    import numpy as np

    scales = (np.abs(weights).max(axis=0) / _LARGEST).astype(np.float32) + np.float32(1e-9)
    arrays = {"inputs": _bytes(inputs), "weights": np.rint(weights / scales).astype(np.int8), "scales": scales}
    for question, (labels, of_units, biases) in answers.items():
        arrays |= {f"{question} labels": _bytes(labels), f"{question} weights": of_units, f"{question} biases": biases}
    np.savez_compressed(path, allow_pickle=False, **arrays)


def _bytes(names: Iterable[str]) -> npt.NDArray[np.uint8]:
    import numpy as np

    return np.frombuffer("\n".join(names).encode(), np.uint8)


def read(path: Path) -> Net:
    """Return the network of a file; RuleError says what is wrong with it."""
    import numpy as np

    try:
        with np.load(path) as arrays:
            of = {name: arrays[name] for name in arrays.files}
        names = {name: tuple(of[name].tobytes().decode().split("\n")) for name in of if name == "inputs" or name.endswith(" labels")}
        answers = {
            question: Answers(labels, of[f"{question} weights"], of[f"{question} biases"])
            for name, labels in names.items() if (question := name.removesuffix(" labels")) != name
        }  # fmt: skip
        net = Net(names["inputs"], np.pad(of["weights"], ((0, 1), (0, 0))), of["scales"], answers)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RuleError(f"{path}: not a network's weights ({error}); make it with: mttq corpus train") from error
    if net.weights.shape != (len(net.inputs) + 1, len(net.scales)):
        raise RuleError(f"{path}: {len(net.inputs)} inputs and {len(net.scales)} units, but weights of {of['weights'].shape}")
    return net


class Learned(NamedTuple):
    """Both networks; the vocabulary finds the words that `alone` knows."""

    vocabulary: Vocabulary
    alone: Net
    company: Net


@functools.cache
def learned() -> Learned:
    """Return the networks of rules/learned/; RuleError says what is wrong with a file."""
    alone, company = (read(rules_dir() / "learned" / f"{name}.npz") for name in ("alone", "company"))
    return Learned(Vocabulary(alone.inputs), alone, company)


class Bags(NamedTuple):
    """Sets of a network's inputs: set i is of `rows[begin:end]` for each (begin, end) of `windows[i]`."""

    rows: npt.NDArray[np.intp]
    windows: npt.NDArray[np.intp]

    @classmethod
    def of(cls, sets: Sequence[Sequence[int]]) -> Bags:
        """Return those that are told one by one, by the inputs' rows."""
        import numpy as np

        lengths = np.fromiter(map(len, sets), np.intp, len(sets))
        ends = lengths.cumsum()
        rows = np.fromiter(itertools.chain.from_iterable(sets), np.intp, ends[-1])
        return cls(rows, np.stack([ends - lengths, ends], axis=1)[:, None])

    def beside(self, other: Bags) -> Bags:
        """Return sets, each with what the other's set of the same place has."""
        import numpy as np

        return Bags(np.concatenate([self.rows, other.rows]), np.concatenate([self.windows, other.windows + len(self.rows)], axis=1))

    def padded(self) -> Iterator[npt.NDArray[np.intp]]:
        """Yield some sets after the other, a row each, with UNKNOWN behind the shorter ones."""
        import numpy as np

        begins, lengths = self.windows[..., 0], np.maximum(self.windows[..., 1] - self.windows[..., 0], 0)
        of_sets, ends = lengths.sum(axis=1), lengths.cumsum()
        rows = self.rows[np.repeat(begins.ravel() - ends + lengths.ravel(), lengths.ravel()) + np.arange(ends[-1])]
        stop, most = 0, max(1, _AT_ONCE // max(1, int(of_sets.max())))
        for first in range(0, len(of_sets), most):
            those = of_sets[first : first + most, None]
            there = np.arange(those.max()) < those
            start, stop = stop, stop + int(those.sum())
            padded = np.full(there.shape, UNKNOWN)
            padded[there] = rows[start:stop]
            yield padded


def sums(net: Net, bags: Bags) -> Floats:
    """Return what the units of a network sum up to for each set of inputs."""
    import numpy as np

    summed = [np.ones(rows.shape[1], np.float32) @ net.weights.take(rows, axis=0).astype(np.float32) for rows in bags.padded()]
    return np.concatenate(summed) * net.scales


def heaviest(net: Net, rows: Sequence[int], question: str, label: str, *, most: int) -> list[tuple[str, float]]:
    """Return the inputs that speak most for a label, with how much more than for the other labels on average.

    A unit that is above zero passes on all it gets, so that what each input adds to the answer can be told exactly.
    """
    import numpy as np

    labels, weights, _ = net.answers[question]
    own = weights[:, labels.index(label)] - weights.mean(axis=1)
    active = sums(net, Bags.of([rows]))[0] > 0
    added = (net.weights[list(rows)] * net.scales) @ np.where(active, own, 0)
    told = dict.fromkeys((net.inputs[row], float(more)) for row, more in zip(rows, added, strict=True) if more > 0)
    return sorted(told, key=lambda one: (-one[1], one[0]))[:most]
