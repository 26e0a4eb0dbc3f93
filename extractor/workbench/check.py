"""Everything that rules/facts must hold to: its examples, and patterns whose cost grows with the text alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from extractor.rules import load
from extractor.workbench.examples import failure, rule_files, trials
from extractor.workbench.pump import Sizes, patterns, pump_failure, whole_failures


def problems(*, sizes: Sizes | None = None, told: Callable[[str], None] = lambda _: None) -> Iterator[str]:
    """Yield what is wrong in rules/facts, each with its file and rule; `told` is told what was checked."""
    sizes, examples = sizes or Sizes(), list(trials())
    for trial in examples:
        if wrong := failure(trial):
            yield wrong
    told(f"{len(examples)} examples tried")
    pumped = [one for name in rule_files() for one in patterns(load(name))]
    for one in pumped:
        if wrong := pump_failure(one, sizes):
            yield wrong
    told(f"{len(pumped)} patterns pumped to {sizes.large} characters")
    yield from whole_failures(sizes)
