"""What annotated texts teach: weights of the words around a fact, which correct what the rules say of its purpose.

The weights are in rules/learned/, a table for each question (the flow of money, the role of people, the category of things, the
activity a fact belongs to), made by `mttq corpus train`: a log-linear model (multinomial logistic regression). What the
rules say counts as one more word, of the weight that the file's head gives it.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from extractor.data import rules_dir
from extractor.errors import RuleError
from extractor.facts.context import PURPOSES, Contexts, Vocabulary
from extractor.reading import Found
from extractor.rules import load

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# "neighbours" goes on from what "activity" gives, by what the figures around come to.
_MODELS = (*PURPOSES.values(), "activity", "neighbours")
# Weights are written in hundredths.
_UNIT = 100
# Below this in all its weights a feature is not kept: a third of them go, and not three labels in a thousand change.
_LEAST = 0.15


class Model(NamedTuple):
    """The labels, the features, their `weights` (features x labels), and the weight of what the rules say, all in hundredths:
    whole numbers come to the same sum in any order, on any machine."""

    labels: tuple[str, ...]
    features: tuple[str, ...]
    weights: npt.NDArray[np.int32]
    rules: int


def read(path: Path) -> Model:
    """Return the model of a file; RuleError names the line that is wrong."""
    import numpy as np

    lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line and not line.startswith("# ")]
    try:
        _, weight, *labels = lines[0].split("\t")
        features, units = zip(*(line.split("\t", 1) for line in lines[1:]), strict=True)
        weights = np.array("\t".join(units).split("\t"), dtype=np.int32).reshape(len(features), len(labels))
        return Model(tuple(labels), features, weights, round(float(weight) * _UNIT))
    except (ValueError, IndexError) as error:
        raise RuleError(f"{path}: not a table of weights: {error}") from error


class Learned(NamedTuple):
    """All models over one vocabulary, so that a fact's words are looked up once for all. The last row of their weights is of no
    feature, and all zeros."""

    vocabulary: Vocabulary
    models: Mapping[str, Model]


@functools.cache
def learned() -> Learned:
    """Return the models of rules/learned/; RuleError says what is wrong with a file."""
    import numpy as np

    each = {name: read(rules_dir() / "learned" / f"{name}.tsv") for name in _MODELS}
    features = tuple(dict.fromkeys(feature for of in each.values() for feature in of.features))
    row_of = {feature: row for row, feature in enumerate(features)}
    models = {}
    for name, of in each.items():
        weights = np.zeros((len(features) + 1, len(of.labels)), np.int32)
        weights[[row_of[feature] for feature in of.features]] = of.weights
        models[name] = of._replace(features=features, weights=weights)
    return Learned(Vocabulary(features), models)


def write(path: Path, labels: Sequence[str], weights: Mapping[str, Sequence[float]], *, head: str, rules: float) -> None:
    """Write a model's table, its features in order, those of hardly any weight left out."""
    rows = []
    for feature in sorted(weights):
        if max(map(abs, weights[feature])) >= _LEAST:
            rows.append("\t".join([feature, *(str(round(w * _UNIT)) for w in weights[feature])]))
    text = "\n".join([*(f"# {line}" for line in head.splitlines()), "\t".join(["rules", f"{rules:g}", *labels]), *rows])
    path.write_text(text + "\n", encoding="utf-8")


def decide(name: str, asked: Sequence[tuple[list[int], str | None]]) -> list[str]:
    """Return for each of those asked the label that its rows of features and what the rules stated together speak for most."""
    return chosen(name, scores(name, asked))


def scores(name: str, asked: Sequence[tuple[list[int], str | None]]) -> npt.NDArray[np.int32]:
    """Return for each of those asked how much speaks for each label of the model, in hundredths."""
    import numpy as np

    labels, _, weights, trust = learned().models[name]
    if not asked:
        return np.zeros((0, len(labels)), np.int32)
    told = _summed(weights, [rows for rows, _ in asked])
    for row, (_, stated) in enumerate(asked):
        if stated in labels:
            told[row, labels.index(stated)] += trust
    return told


def revised(name: str, first: npt.NDArray[np.int32], rows: Sequence[list[int]]) -> npt.NDArray[np.int32]:
    """Return the scores of a model that goes on from those of a first one: these by the weight in its file's head, and its own."""
    told = learned().models[name]
    return first * told.rules // _UNIT + _summed(told.weights, rows) if len(rows) else first


def chosen(name: str, told: npt.NDArray[np.int32]) -> list[str]:
    """Return the label of each row of scores."""
    labels = learned().models[name].labels
    return [labels[best] for best in told.argmax(axis=1).tolist()]


def _summed(weights: npt.NDArray[np.int32], rows: Sequence[list[int]]) -> npt.NDArray[np.int32]:
    import numpy as np

    known = [[-1, *of] for of in rows]
    lengths = np.fromiter(map(len, known), np.intp, len(known))
    all_of_them = np.fromiter(itertools.chain.from_iterable(known), np.intp, lengths.sum())
    return np.add.reduceat(weights.take(all_of_them, axis=0), lengths.cumsum() - lengths, axis=0, dtype=np.int32)


def heaviest(name: str, rows: Iterable[int], label: str, *, most: int) -> list[tuple[str, float]]:
    """Return the features that speak most for a label, with how much more than for the others on average."""
    labels, features, weights, _ = learned().models[name]
    at = labels.index(label)
    more = [(features[row], float(weights[row, at] - weights[row].mean()) / _UNIT) for row in rows]
    return sorted((one for one in more if one[1] > 0), key=lambda one: (-one[1], one[0]))[:most]


@functools.cache
def _firm() -> frozenset[str]:
    """Return the rules of things whose own words before the number say what it is for: "sản lượng … 98.412 tấn", "gấp 1,78 lần"."""
    return frozenset(rule.id for rule in load("quantities").rules if rule.before and "category" in rule.set)


def correct_purposes(found: Sequence[Found], contexts: Contexts) -> None:
    """Settle the flow, role or category of the findings, which are in text order, by what the rules say and the words around."""
    before: dict[str, tuple[Found, str | None]] = {}
    asked: dict[str, list[tuple[Found, tuple[list[int], str | None]]]] = {column: [] for column in PURPOSES.values()}
    for one in found:
        if column := PURPOSES.get(one.table):
            stated = one.columns.get(column)
            if not _inherits(one) and one.rule not in _firm():
                rows = contexts.rows(one, before=before.get(one.table), known=learned().vocabulary)
                asked[column].append((one, (rows, stated)))
            before[one.table] = one, stated
    for column, those in asked.items():
        for (one, _), label in zip(those, decide(column, [question for _, question in those]), strict=True):
            one.columns[column] = label
    for one in found:
        if _inherits(one) and one.same_as:
            one.columns[PURPOSES[one.table]] = one.same_as.columns.get(PURPOSES[one.table])


def _inherits(one: Found) -> bool:
    return one.same_as is not None and one.same_as.table == one.table and one.table in PURPOSES
