"""Predictions against annotations: precision, recall and F1 by table, accuracy of the other columns, digits accounted for.

An annotated fact is found when one predicted fact has equal keys and an overlapping mention, one to one. Annotations of
the `.gold` form carry no offsets, so the facts of a table are first laid onto the text in their order. What is marked
optional counts neither way; what stands in a title, caption or metadata is no part of the body.
"""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import regex

from extractor.errors import InputError
from extractor.places import canonical_name, province_name
from extractor.schema import FACT_TABLES
from extractor.text import fold

KEYS: dict[str, tuple[str, ...]] = {
    "money": ("amount", "amount_max", "currency"),
    "participants": ("count", "count_max"),
    "quantities": ("value", "value_max", "total"),
    "locations": ("name", "level"),
    "dates": ("start_date", "end_date"),
    "documents": ("number",),
    "people": ("name",),
    "non_facts": (),
}
COLUMNS: dict[str, tuple[str, ...]] = {
    "money": ("modifier", "per", "flow", "fund", "form"),
    "participants": ("modifier", "unit", "role", "total"),
    "quantities": ("modifier", "unit", "category"),
    "locations": ("province", "type", "province_code", "district_code", "commune_code"),
    "dates": ("granularity",),
    "documents": ("date", "issuer", "doc_type"),
    "people": ("position",),
    "non_facts": ("reason",),
}
_NUMBERS = {"amount", "amount_max", "count", "count_max", "value", "value_max", "total"}
_DIGITS = regex.compile(r"\d+")


@dataclass(slots=True)
class Expected:
    """One annotated fact; `start` is None until it is laid onto the text."""

    table: str
    mention: str
    columns: dict[str, Any]
    optional: bool = False
    start: int | None = None
    end: int | None = None


@dataclass(slots=True)
class Case:
    """One annotated text and what a run of the extractor gave for it."""

    name: str
    text: str
    expected: list[Expected]
    predicted: Mapping[str, Sequence[Any]]
    seen: bool = True


@dataclass(slots=True)
class Tally:
    """Counts of one table over some texts."""

    right: int = 0
    missed: int = 0
    extra: int = 0
    columns: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    @property
    def precision(self) -> float:
        """Share of the predicted that is right; 1 where nothing was predicted."""
        return self.right / (self.right + self.extra) if self.right + self.extra else 1.0

    @property
    def recall(self) -> float:
        """Share of the annotated that was found; 1 where nothing was annotated."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = 2 * self.right + self.extra + self.missed
        return 2 * self.right / both if both else 1.0


def read_gold(path: Path) -> list[Expected]:
    """Return the body's facts of a `.gold` file: `table | mention | key=value; ...`."""
    expected = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [p.strip() for p in line.split(" | ")]
        if len(parts) != 3:
            raise InputError(f"{path}, line {number}: expected `table | mention | key=value; ...`")
        table, mention, rest = parts
        columns = dict(pair.strip().split("=", 1) for pair in rest.split(";") if "=" in pair)
        # A plain article text may still hold its title: a fact told there is neither asked for nor held against.
        outside = columns.pop("where", "body") != "body"
        optional = columns.pop("optional", "0") == "1" or outside
        expected.append(Expected(table, mention, columns, optional))
    return expected


def read_annotation(path: Path) -> tuple[dict[str, Any], list[Expected]]:
    """Return the document and the facts of an annotated article in JSON, offsets and all."""
    document = json.loads(path.read_text(encoding="utf-8"))
    expected = []
    for table, facts in document["facts"].items():
        for fact in facts:
            columns = {
                k: v for k, v in fact.items() if k not in {"start", "end", "mention", "optional"} and v is not None
            }
            expected.append(
                Expected(
                    table,
                    fact.get("mention", ""),
                    columns,
                    bool(fact.get("optional")),
                    fact.get("start"),
                    fact.get("end"),
                )
            )
    return document, expected


def _folded(value: Any) -> str:
    return " ".join(fold(str(value)).replace('"', "").split())


def same_value(column: str, stated: Any, given: Any) -> bool:
    """Tell whether two values of a column say the same, whatever their spelling."""
    if given is None or stated is None:
        return given is None and stated is None
    if column in _NUMBERS:
        return Decimal(str(stated)) == Decimal(str(given))
    if column == "name":  # any known spelling of a place's name: Đắc Lắc is Đắk Lắk
        return _folded(canonical_name(str(given))) == _folded(canonical_name(str(stated)))
    if column == "fund":
        return _folded(given).removeprefix("quỹ ") == _folded(stated).removeprefix("quỹ ")
    return _folded(given) == _folded(stated)


def _keys_equal(expected: Expected, row: Any) -> bool:
    """Tell whether the keys agree; a key that an optional annotation leaves out is not asked for."""
    for key in KEYS.get(expected.table, ()):
        stated = expected.columns.get(key)
        if stated is None and (expected.optional or key not in {"amount_max", "count_max", "value_max", "total"}):
            continue
        if not same_value(key, stated, getattr(row, key)):
            return False
    return True


def _overlap(expected: Expected, row: Any) -> bool:
    return (
        expected.start is not None
        and expected.end is not None
        and expected.start < row.end
        and row.start < expected.end
    )


def lay_out(text: str, expected: Sequence[Expected], predicted: Mapping[str, Sequence[Any]]) -> None:
    """Give each annotated fact its place, in the order of its table: the places that agree with most predictions.

    A fact whose words do not stand in the text where the order asks for them stays without a place, and is missed.
    """
    by_table: dict[str, list[Expected]] = defaultdict(list)
    for one in expected:
        if one.start is None and one.mention:
            by_table[one.table].append(one)
    for table, facts in by_table.items():
        if table != "activities":
            _lay_table(text, facts, predicted.get(table, ()))


_Chain = tuple[
    int, int, Any
]  # place of the last fact laid, what the chain is worth, ((fact, place), the chain before it)


def _lay_table(text: str, facts: list[Expected], rows: Sequence[Any]) -> None:
    """Lay the facts in rising order; one that agrees with a prediction is worth three that merely stand there."""
    front: list[_Chain] = [(-1, 0, None)]  # the further a chain has come, the more it is worth: others are dropped
    for fact in facts:
        longer: list[_Chain] = []
        for match in regex.finditer(regex.escape(fact.mention), text, overlapped=True):
            place = match.start()
            before = front[bisect.bisect_left(front, place, key=lambda c: c[0]) - 1]
            longer.append((place, before[1] + (3 if _agrees(fact, place, rows) else 1), ((fact, place), before[2])))
        best = -1
        merged, front = sorted(front + longer, key=lambda c: (c[0], -c[1])), []
        for chain in merged:
            if chain[1] > best:
                best = chain[1]
                front.append(chain)
    link = front[-1][2]
    while link:
        (fact, place), link = link
        fact.start, fact.end = place, place + len(fact.mention)


def _agrees(fact: Expected, place: int, rows: Sequence[Any]) -> bool:
    end = place + len(fact.mention)
    return any(row.start < end and place < row.end and _keys_equal(fact, row) for row in rows)


@dataclass(slots=True)
class Judged:
    """What one text gave: pairs found, annotations missed, predictions that are extra."""

    pairs: list[tuple[Expected, Any]] = field(default_factory=list)
    missed: list[Expected] = field(default_factory=list)
    extra: list[tuple[str, Any]] = field(default_factory=list)
    repeated: list[Any] = field(default_factory=list)


def judge(case: Case) -> Judged:
    """Return the one-to-one matching of a text's annotations and predictions, table by table."""
    lay_out(case.text, case.expected, case.predicted)
    judged = Judged()
    for table in KEYS:
        facts = [e for e in case.expected if e.table == table]
        rows = list(case.predicted.get(table, ()))
        used: set[int] = set()
        for fact in sorted(facts, key=lambda f: f.optional):
            hit = next(
                (i for i, r in enumerate(rows) if i not in used and _overlap(fact, r) and _keys_equal(fact, r)), None
            )
            if hit is not None:
                used.add(hit)
                if not fact.optional:
                    judged.pairs.append((fact, rows[hit]))
            elif not fact.optional:
                judged.missed.append(fact)
        optional = [f for f in facts if f.optional]
        for index, row in enumerate(rows):
            if index in used or any(_overlap(f, row) for f in optional):
                continue
            if table == "locations" and any(_keys_equal(f, row) for f in facts):
                judged.repeated.append(row)
            judged.extra.append((table, row))
    return judged


def _province_of(row: Any) -> str | None:
    return (
        province_name(row.province_code or row.province_code_2025, new=row.province_code is None)
        if row.province_code or row.province_code_2025
        else None
    )


def column_results(fact: Expected, row: Any) -> Iterator[tuple[str, Any, Any, bool]]:
    """Yield (column, annotated, given, whether they agree) for each column that the annotation states."""
    for column in COLUMNS.get(fact.table, ()):
        if column in fact.columns:
            given = _province_of(row) if column == "province" else getattr(row, column)
            yield column, fact.columns[column], given, same_value(column, fact.columns[column], given)


def tally(judged: Iterable[Judged]) -> dict[str, Tally]:
    """Return the counts by table over the judged texts."""
    tables: dict[str, Tally] = {table: Tally() for table in KEYS}
    for one in judged:
        for fact, row in one.pairs:
            counts = tables[fact.table]
            counts.right += 1
            for column, _, _, same in column_results(fact, row):
                counts.columns[column][0] += same
                counts.columns[column][1] += 1
        for fact in one.missed:
            tables[fact.table].missed += 1
        for table, _ in one.extra:
            tables[table].extra += 1
    return tables


# By table, the column of its value and the list of activities that names its facts.
_LISTED = (("money", "amount", "money_ids"), ("participants", "count", "participant_ids"), ("quantities", "value", "quantity_ids"))


def links(cases: Sequence[Case], judged: Sequence[Judged]) -> Tally:
    """Return how well facts are joined to activities: pairs of (activity, value) annotated and predicted.

    A text whose annotation names no activity at all is left aside: its activities are not annotated.
    """
    counts = Tally()
    for case in cases:
        if not any(e.table == "activities" for e in case.expected):
            continue
        gold: Counter[tuple[str, str]] = Counter()
        for fact in (e for e in case.expected if e.table == "activities"):
            for table in ("money", "participants", "quantities"):
                for value in str(fact.columns.get(table, "")).split(","):
                    # How many times a thing was done is the activity's own column, whether or not it is listed again.
                    if value.strip() and not (table == "quantities" and value.strip() == fact.columns.get("occurrences")):
                        gold[str(fact.columns.get("type")), f"{table}:{Decimal(value).normalize()}"] += 1
        given: Counter[tuple[str, str]] = Counter()
        for table, column, listed in _LISTED:
            values = {row.fact_id: getattr(row, column) for row in case.predicted.get(table, ())}
            for one in case.predicted.get("activities", ()):
                given.update((one.type, f"{table}:{Decimal(values[fact] or 0).normalize()}") for fact in getattr(one, listed))
        both = sum((gold & given).values())
        counts.right += both
        counts.missed += sum(gold.values()) - both
        counts.extra += sum(given.values()) - both
    return counts


def unaccounted(case: Case) -> list[tuple[int, int]]:
    """Return the digit runs of the text that neither a fact nor a non-fact covers."""
    covered: set[int] = set()
    for table in (*FACT_TABLES, "non_facts"):
        if table not in {"activities", "organisations", "people"}:
            for row in case.predicted.get(table, ()):
                covered.update(range(row.start, row.end))
    return [m.span() for m in _DIGITS.finditer(case.text) if not covered.issuperset(range(*m.span()))]


_BANDS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01)


def reliability(judged: Iterable[Judged], *, edges: Sequence[float] = _BANDS) -> list[tuple[str, str, int, float]]:
    """Return (table, range of confidence, rows, share right) for each table that is judged by keys, and for all of them."""
    rows = [(f.table, float(r.confidence), True) for j in judged for f, r in j.pairs if hasattr(r, "confidence")]
    rows += [(t, float(r.confidence), False) for j in judged for t, r in j.extra if hasattr(r, "confidence")]
    done = []
    for name in ("all", *KEYS):
        for low, high in itertools.pairwise(edges):
            inside = [right for table, confidence, right in rows if name in {"all", table} and low <= confidence + 1e-6 < high]
            if inside:
                done.append((name, f"{low:.2f}-{min(high, 1.0):.2f}", len(inside), sum(inside) / len(inside)))
    return done


def interval(judged: Sequence[Judged], table: str, *, rounds: int = 400) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of F1, texts drawn with replacement; the draw is fixed."""
    draw = random.Random(20260101)  # noqa: S311 - a fixed draw, not a secret
    per_text = [tally([j])[table] for j in judged]
    values = []
    for _ in range(rounds):
        sample = draw.choices(per_text, k=len(per_text))
        both = Tally(sum(t.right for t in sample), sum(t.missed for t in sample), sum(t.extra for t in sample))
        values.append(both.f1)
    values.sort()
    return values[int(rounds * 0.025)], values[int(rounds * 0.975)]


Predict = Callable[[str, bool, str | None], Any]


def load_cases(folder: Path, predict: Predict, *, texts: Path | None = None) -> list[Case]:
    """Return the annotated texts of a folder with predictions.

    `.gold` files find their texts as <name>.txt under `texts`, its sibling `articles`, or beside themselves, and these are
    read as `mttq extract` reads them: as pages, chrome and all. `predict(text, page, date)`.
    """
    cases = []
    for path in sorted(folder.glob("*.gold")):
        extraction = predict(_text_of(path, texts).read_text(encoding="utf-8"), True, None)
        cases.append(Case(path.stem, extraction.article.text, read_gold(path), extraction.rows()))
    for path in sorted(folder.glob("*.json")):
        document, expected = read_annotation(path)
        extraction = predict(document["text"], False, document.get("published_at"))
        cases.append(
            Case(path.stem, extraction.article.text, expected, extraction.rows(), bool(document.get("seen", True)))
        )
    if not cases:
        raise InputError(f"{folder}: no .gold and no .json annotation in this folder")
    return cases


def _text_of(path: Path, texts: Path | None) -> Path:
    name = path.stem + ".txt"
    for folder in (
        *([texts, texts.parent / "articles"] if texts else []),
        path.parent,
        path.parent.parent / "articles",
    ):
        if (folder / name).exists():
            return folder / name
    raise InputError(f"{path}: no text {name}; say where it is with --texts")


def published_of(value: str | None) -> dt.date | None:
    """Return the date of an annotated article's `published_at`."""
    return dt.date.fromisoformat(value[:10]) if value else None
