"""What annotated texts teach: weights of the words around a fact, which correct what the rules say of its purpose.

The weights are in rules/learned/, a table for each question (the flow of money, the role of people, the category of things, the
activity a fact belongs to), made by `mttq corpus train`: a log-linear model (multinomial logistic regression). What the
rules say counts as one more word, of the weight that the file's head gives it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from extractor.data import rules_dir
from extractor.errors import RuleError
from extractor.facts.context import Contexts
from extractor.reading import Found
from extractor.rules import load

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# By table, the column that a model of its name corrects.
QUESTIONS = {"money": "flow", "participants": "role", "quantities": "category"}
# Weights are written in hundredths.
_UNIT = 100
# Below this in all its weights a feature is not kept: a third of them go, and not three labels in a thousand change.
_LEAST = 0.15


class Model(NamedTuple):
    """The labels, the row of each feature in `weights` (features x labels), and the weight of what the rules say."""

    labels: tuple[str, ...]
    rows: Mapping[str, int]
    weights: npt.NDArray[np.float32]
    rules: float


@functools.cache
def model(name: str) -> Model:
    """Return the model of rules/learned/<name>.tsv; RuleError says what is wrong with the file."""
    return read(rules_dir() / "learned" / f"{name}.tsv")


def read(path: Path) -> Model:
    """Return the model of a file; RuleError names the line that is wrong."""
    import numpy as np

    lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line and not line.startswith("# ")]
    try:
        _, weight, *labels = lines[0].split("\t")
        features, units = zip(*(line.split("\t", 1) for line in lines[1:]), strict=True)
        weights = np.array("\t".join(units).split("\t"), dtype=np.float32).reshape(len(features), len(labels)) / np.float32(_UNIT)
        return Model(tuple(labels), {feature: row for row, feature in enumerate(features)}, weights, float(weight))
    except (ValueError, IndexError) as error:
        raise RuleError(f"{path}: not a table of weights: {error}") from error


def write(path: Path, labels: Sequence[str], weights: Mapping[str, Sequence[float]], *, head: str, rules: float) -> None:
    """Write a model's table, its features in order, those of hardly any weight left out."""
    rows = []
    for feature in sorted(weights):
        if max(map(abs, weights[feature])) >= _LEAST:
            rows.append("\t".join([feature, *(str(round(w * _UNIT)) for w in weights[feature])]))
    text = "\n".join([*(f"# {line}" for line in head.splitlines()), "\t".join(["rules", f"{rules:g}", *labels]), *rows])
    path.write_text(text + "\n", encoding="utf-8")


def decide(name: str, features: Iterable[str], stated: str | None) -> str:
    """Return the label that the features and what the rules `stated` together speak for most."""
    labels, rows, weights, trust = model(name)
    known = [rows[f] for f in features if f in rows]
    scores = weights[known].sum(axis=0)
    if stated in labels:
        scores[labels.index(stated)] += trust
    return labels[int(scores.argmax())]


def heaviest(name: str, features: Iterable[str], label: str, *, most: int) -> list[tuple[str, float]]:
    """Return the features that speak most for a label, with how much more than for the others on average."""
    labels, rows, weights, _ = model(name)
    at = labels.index(label)
    told = [(f, float(weights[rows[f], at] - weights[rows[f]].mean())) for f in features if f in rows]
    return sorted((t for t in told if t[1] > 0), key=lambda t: (-t[1], t[0]))[:most]


@functools.cache
def _firm() -> frozenset[str]:
    """Return the rules of things whose own words before the number say what it is for: "sản lượng … 98.412 tấn", "gấp 1,78 lần"."""
    return frozenset(rule.id for rule in load("quantities").rules if rule.before and "category" in rule.set)


def correct_purposes(found: Iterable[Found], contexts: Contexts) -> None:
    """Settle the flow, role or category of the findings, which are in text order, by what the rules say and the words around."""
    before: dict[str, tuple[Found, str | None]] = {}
    for one in found:
        if column := QUESTIONS.get(one.table):
            stated = one.columns.get(column)
            if one.same_as is not None and one.same_as.table == one.table:
                one.columns[column] = one.same_as.columns.get(column)
            elif one.rule not in _firm():
                one.columns[column] = decide(column, contexts.features(one, before=before.get(one.table)), stated)
            before[one.table] = one, stated
