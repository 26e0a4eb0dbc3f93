"""Floors: the scores that may not fall, with the hash of what they were measured on, in corpus/floors.json.

The gate measures anew and fails where a score is below its floor, or where the corpus is another one than the floors were
measured on. An update writes what is measured, and refuses to lower a floor unless it is told to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor import score, score_pages
from extractor.errors import FloorError, InputError
from extractor.score_report import predict

# Below a floor by more than this is a fall: scores are written with four places.
_NOISE = 0.0001
_PLACES = 4


@dataclass(frozen=True, slots=True)
class Measured:
    """The scores of one corpus, written here (`seen`) and by others apart, and what they were measured on."""

    corpus: str
    files: int
    sha256: str
    scores: Mapping[str, Mapping[str, float]]

    def as_json(self) -> dict[str, Any]:
        """Return the entry of floors.json."""
        return {"files": self.files, "sha256": self.sha256, **{name: dict(values) for name, values in self.scores.items()}}


def measure(folder: Path) -> Measured:
    """Return the scores of corpus/pages or of corpus/articles; InputError where the folder holds neither."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    if not paths:
        raise InputError(f"{folder}: holds no files to measure")
    whole = hashlib.sha256()
    for path in paths:
        whole.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    scores = _pages(folder) if any(folder.glob("*/site.toml")) else _facts(folder)
    rounded = {name: {key: round(value, _PLACES) for key, value in values.items()} for name, values in scores.items()}
    return Measured(folder.name, len(paths), whole.hexdigest(), rounded)


def _pages(folder: Path) -> dict[str, dict[str, float]]:
    judged = score_pages.measure(folder)
    return {_name(seen): score_pages.summary(judged, seen=seen) for seen in (True, False)}


def _facts(folder: Path) -> dict[str, dict[str, float]]:
    """Return F1 of each table, of the links of facts to activities, and the share of accounted digits."""
    cases = score.load_cases(folder, predict)
    scores = {}
    for seen in (True, False):
        some = [case for case in cases if case.seen is seen]
        judged = [score.judge(case) for case in some]
        digits = sum(sum(map(str.isdigit, case.text)) for case in some)
        lost = sum(end - start for case in some for start, end in score.unaccounted(case))
        scores[_name(seen)] = {table: counts.f1 for table, counts in score.tally(judged).items()} | {
            "links": score.links(some, judged).f1,
            "digits": 1 - lost / digits if digits else 1.0,
        }
    return scores


def _name(seen: bool) -> str:
    return "seen" if seen else "unseen"


def read(path: Path) -> dict[str, Any]:
    """Return the floors by corpus; empty where there is no file yet."""
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: is no JSON ({error}); restore it from the version before") from error


def falls(floors: Mapping[str, Any], measured: Measured) -> Iterator[str]:
    """Yield what is lower than its floor, or has none any more."""
    entry = floors.get(measured.corpus, {})
    for name, values in measured.scores.items():
        for key, floor in entry.get(name, {}).items():
            value = values.get(key)
            if value is None or value < floor - _NOISE:
                yield f"{measured.corpus}, {name}, {key}: {'not measured' if value is None else f'{value:.4f}'}, floor {floor:.4f}"


def gate(path: Path, measured: Measured) -> None:
    """Return where every score holds its floor on the corpus that it was measured on; FloorError says what does not."""
    floors = read(path)
    entry = floors.get(measured.corpus)
    if entry is None:
        raise FloorError(f"{path}: has no floors of {measured.corpus}; write them with `mttq score … --update`")
    if fallen := list(falls(floors, measured)):
        raise FloorError("scores below their floors:\n  " + "\n  ".join(fallen))
    if entry["sha256"] != measured.sha256:
        raise FloorError(
            f"{path}: the floors of {measured.corpus} were measured on {entry['files']} other files, here are {measured.files}; "
            "no score is below its floor: write them anew with --update"
        )


def update(path: Path, measured: Measured, *, allow_regression: bool = False) -> None:
    """Write the scores as floors; FloorError where one would be lowered, unless that is allowed."""
    floors = read(path)
    fallen = list(falls(floors, measured))
    if fallen and not allow_regression:
        raise FloorError("floors would be lowered; --allow-regression does it, and the commit says why:\n  " + "\n  ".join(fallen))
    floors[measured.corpus] = measured.as_json()
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(floors, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    aside.replace(path)
