"""Facts a second, money and places against underthesea.ner and Duckling, on annotated articles in one run.

    python tests/bench/facts_peers.py [FOLDER] [--articles 40] [--rounds 2]

All read the same articles in the same process by turns; the best of the rounds counts, by processor time, so that a busy machine
falls on none alone. underthesea's NER is run a sentence at a time, as its makers mean it, and with the feature builder of
extractor/read/words.py on the same model. It knows no money, Duckling no places. Duckling (pip install
pyduckling-native-phihos) is needed for the comparison alone; a peer that is not installed is said to be missing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from extractor import score
from extractor.extraction import extract
from extractor.read.sentences import sentences
from extractor.schema import FACT_TABLES
from extractor.text import fold

CORPUS = Path(__file__).parent.parent.parent / "corpus" / "articles"
Rows = dict[str, list[Any]]


@dataclass
class Reader:
    """One program: what it gives for (text, day of publication), and what was measured of it."""

    name: str
    read: Callable[[str, str | None], Rows]
    clock: Callable[[], float] = time.process_time
    seconds: float = float("inf")
    facts: int = 0
    rows: list[Rows] = field(default_factory=list)


def ours(text: str, published: str | None) -> Rows:
    found = extract(text, published=published).rows()
    return {table: list(found[table]) for table in FACT_TABLES}


def ner_by_sentence(text: str, _: str | None) -> Rows:
    from underthesea import ner

    places: list[Any] = []
    for start, end in sentences(text):
        at = start
        tagged = []
        for word, _pos, _chunk, tag in ner(text[start:end]):
            found = text.find(word, at, end)
            at = found + len(word) if found >= 0 else at
            tagged.append((found, at, tag))
        places += entities(text, tagged)
    return by_kind(places)


def ner_with_our_features(text: str, _: str | None) -> Rows:
    from extractor.read.words import tagged

    places: list[Any] = []
    for start, end in sentences(text):
        places += entities(text, [(start + t.start, start + t.end, t.ner) for t in tagged(text[start:end])])
    return by_kind(places)


def entities(text: str, tagged: list[tuple[int, int, str]]) -> Iterator[Any]:
    """Yield the names that B- and I- tags make up."""
    begun: tuple[int, int, str] | None = None
    for start, end, tag in [*tagged, (-1, -1, "O")]:
        if begun and tag == f"I-{begun[2]}":
            begun = (begun[0], end, begun[2])
            continue
        if begun and begun[0] >= 0:
            yield SimpleNamespace(kind=begun[2], start=begun[0], end=begun[1], name=text[begun[0] : begun[1]])
        begun = (start, end, tag[2:]) if tag.startswith("B-") else None


def by_kind(found: list[Any]) -> Rows:
    return {"locations": [e for e in found if e.kind == "LOC"], "people": [e for e in found if e.kind == "PER"], "others": [e for e in found if e.kind not in {"LOC", "PER"}]}


def with_duckling(beside: Callable[[str], list[dict[str, Any]]]) -> Callable[[str, str | None], Rows]:
    """Return Duckling as a reader of Vietnamese."""

    def read(text: str, _: str | None) -> Rows:
        rows: Rows = {"money": [], "others": []}
        for start, end in sentences(text):
            for one in beside(text[start:end]):
                money = one["dim"] == "amount-of-money"
                rows["money" if money else "others"].append(amount(one, start) if money else one)
        return rows

    return read


def amount(one: dict[str, Any], offset: int) -> Any:
    value = one["value"]
    low, high = (value.get("from") or value.get("to") or value), value.get("to") if value.get("from") else None
    return SimpleNamespace(
        start=offset + one["start"], end=offset + one["end"], amount=Decimal(str(low["value"])),
        amount_max=Decimal(str(high["value"])) if high else None, currency="VND" if low["unit"] in {"VND", "₫", "đ"} else low["unit"],
        modifier=None, per=None, flow=None, fund=None, form=None, rule="duckling",
    )  # fmt: skip


def readers() -> Iterator[Reader]:
    from duckling_beside import Duckling

    yield Reader("mttq", ours)
    yield Reader("underthesea.ner, a sentence at a time", ner_by_sentence)
    yield Reader("underthesea.ner, our features", ner_with_our_features)
    try:
        beside = Duckling()
        yield Reader("Duckling", with_duckling(beside), clock=lambda: beside.seconds)
    except ModuleNotFoundError as error:
        print(f"{error.name} is not installed: pip install pyduckling-native-phihos", file=sys.stderr)


def money_f1(documents: list[tuple[dict[str, Any], list[score.Expected]]], rows: list[Rows]) -> float:
    cases = [score.Case(d["id"], d["text"], e, {"money": r.get("money", [])}) for (d, e), r in zip(documents, rows, strict=True)]
    return score.tally([score.judge(case) for case in cases])["money"].f1


def places_f1(documents: list[tuple[dict[str, Any], list[score.Expected]]], rows: list[Rows]) -> float:
    """Return F1 of places by name alone, whatever word of type stands before it, one to one where the words overlap."""
    right = wanted = given = 0
    for (_, expected), found in zip(documents, rows, strict=True):
        places = [e for e in expected if e.table == "locations" and not e.optional]
        left = list(found.get("locations", []))
        wanted, given = wanted + len(places), given + len(left)
        for place in places:
            name = fold(str(place.columns["name"]))
            hit = next((r for r in left if r.start < (place.end or 0) and (place.start or 0) < r.end and fold(r.name).endswith(name)), None)
            if hit is not None:
                left.remove(hit)
                right += 1
    return 2 * right / (wanted + given) if wanted + given else 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, nargs="?", default=CORPUS)
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    documents = [score.read_annotation(path) for path in sorted(asked.folder.glob("*.json"))[: asked.articles]]
    characters = sum(len(document["text"]) for document, _ in documents)
    programs = list(readers())
    for program in programs:  # models are loaded before the clock runs
        program.read("Ông Nguyễn Văn An trao 5 triệu đồng ở Hà Nội.", None)
    for _ in range(asked.rounds):
        for program in programs:
            begun = program.clock()
            rows = [program.read(document["text"], document.get("published_at")) for document, _ in documents]
            program.seconds = min(program.seconds, program.clock() - begun)
            program.rows, program.facts = rows, sum(len(some) for row in rows for some in row.values())
    print(f"{len(documents)} articles, {characters:,} characters")
    print(f"{'':<40} {'chars/s':>9} {'ratio':>7} {'facts':>7} {'facts/s':>8} {'ratio':>7} {'money F1':>9} {'places F1':>10}")
    first = programs[0]
    for one in programs:
        money = f"{money_f1(documents, one.rows):.3f}" if "money" in one.rows[0] else "-"
        places = f"{places_f1(documents, one.rows):.3f}" if "locations" in one.rows[0] else "-"
        print(
            f"{one.name:<40} {characters / one.seconds:>9,.0f} {one.seconds / first.seconds:>6.1f}x {one.facts:>7,} {one.facts / one.seconds:>8,.0f} "
            f"{first.facts / first.seconds / (one.facts / one.seconds):>6.1f}x {money:>9} {places:>10}"
        )
    print(json.dumps({one.name: {"seconds": round(one.seconds, 2), "facts": one.facts} for one in programs}, ensure_ascii=False))


if __name__ == "__main__":
    main()
