"""Activities: clauses that report something done or planned, and the counted facts that belong to them.

The words that report are in rules/facts/activities.toml. A fact goes to the clause of its sentence that is nearest and
fits what the fact is; a sentence that only goes on (an item of a list, "Trong đó …") goes on with the clause before.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import regex

from extractor.facts.cues import CLAUSE_COST, CLAUSE_END, Cues
from extractor.facts.match import find_matches
from extractor.facts.plans import Plans
from extractor.facts.purpose import block_start
from extractor.reading import Found, Reading
from extractor.rules import load

_COUNTED = ("money", "participants", "quantities")
# A clause that does not fit the fact, or that only follows it, counts as so many characters further away.
_UNFIT, _FOLLOWS = 60, 50
# How a sentence begins that goes on with what the one before reports.
_GOES_ON = regex.compile(
    r"\s*(?:[-+•*–—]|\d{1,2}[.)/]|[a-zđ][.)]|(?:trong (?:đó|số)|cụ thể|mỗi|tổng|số (?:tiền|quà|còn lại|dư)|bình quân|riêng|ngoài ra|gồm|bao gồm|đến nay|qua đó|kết quả|theo đó|bên cạnh đó|còn|đồng thời)(?!\w))"
)
# A text with so many words of disaster tells of relief where others tell of gifts.
_DISASTER = regex.compile(
    r"(?<!\w)(?:bão|lũ|lụt|mưa lũ|lũ lụt|ngập|sạt lở|thiên tai|cứu trợ|hạn hán|covid|dịch bệnh|cháy|hỏa hoạn|lốc|động đất|thiệt hại|bị nạn|nạn nhân)(?!\w)"
)
_DISASTER_WORDS = 3
_FOR = regex.compile(r"(?<!\w)(?:để|cùng Nhà nước|nhằm|phục vụ) $|(?:ngày công|m2 đất|đất|công lao động)[^;.]{0,60}$")
_HOUSES = frozenset({"nhà", "căn", "ngôi", "căn nhà", "ngôi nhà"})


@dataclass(slots=True)
class Clause:
    """One clause that reports something: its trigger, the facts that belong to it, how many times it was done."""

    start: int
    end: int
    type: str
    status: str
    rule: str
    facts: list[Found] = field(default_factory=list)
    occurrences: int | None = None


@functools.cache
def _fits() -> dict[str, frozenset[str]]:
    """Return, for each type of activity, what facts fit it: categories of things, flows of money, roles of people."""
    words = load("activities").words
    return {name.removeprefix("fits_"): frozenset(kinds) for name, kinds in words.items() if name.startswith("fits_")}


def _kind(fact: Found) -> str:
    if fact.table == "money" and fact.columns.get("per") in _HOUSES:
        return "house"
    column = {"money": "flow", "participants": "role", "quantities": "category"}[fact.table]
    return str(fact.columns.get(column))


def _clauses(reading: Reading) -> list[Clause]:
    """Return the clauses that report an activity, by their triggers."""
    triggers = find_matches(load("activities"), reading, {})
    disaster = len(_DISASTER.findall(reading.folded)) >= _DISASTER_WORDS
    return [Clause(t.start, t.end, _type(t.columns["type"], disaster=disaster), "done", t.rule) for t in triggers]


def _type(stated: str, *, disaster: bool) -> str:
    if stated == "help":
        return "relief" if disaster else "gift_giving"
    return "relief" if disaster and stated == "gift_giving" else stated


def find_activities(reading: Reading, found: Sequence[Found]) -> list[Clause]:
    """Return the activities with the counted facts that belong to them.

    A trigger without any figure is told, too; two triggers of one type in one sentence without a figure between them
    are one activity.
    """
    counted = [f for f in found if f.table in _COUNTED and _kind(f) != "indicator"]
    by_sentence = _by_sentence(reading, counted)
    plans, status = Plans(reading), Cues(load("activities"), reading)
    for clause in (c for clauses in by_sentence.values() for c in clauses):
        said = status.settle(clause.start, clause.end, reading.sentence_span(clause.start), "status")
        clause.status = said.value if said else "planned" if plans.covers(clause.start) else "done"
    last: Clause | None = None
    for number, (start, end) in enumerate(reading.sentences):
        facts = [f for f in counted if start <= f.start < end]
        here = by_sentence.get(number, [])
        before = last if last is not None and last.start >= block_start(reading, start) else None
        goes_on = before is not None and _GOES_ON.match(reading.folded, start) is not None
        for fact in facts:
            if here:
                last = min(here, key=functools.partial(_distance, reading, fact))
                last.facts.append(fact)
            elif before and (goes_on or _kind(fact) in _fits().get(before.type, ())):
                before.facts.append(fact)
        if here and not facts:
            last = here[-1]
    clauses = [c for number in sorted(by_sentence) for c in by_sentence[number]]
    for clause in clauses:
        clause.type = _by_facts(clause)
        _count(clause)
    return clauses


def _by_facts(clause: Clause) -> str:
    """Return the type of a clause that helps somebody by what was given: houses, animals; what came in is fundraising."""
    kinds = Counter(_kind(f) for f in clause.facts)
    if clause.type == "fundraising" and kinds["land"] + kinds["labour"] and kinds["works"]:
        return "construction"
    if clause.type not in {"gift_giving", "relief"}:
        return clause.type
    if kinds["house"] and not kinds["gift"]:
        return "housing"
    if kinds["livestock"] and not kinds["gift"]:
        return "livelihood"
    return "fundraising" if kinds["raised"] and not kinds["given"] + kinds["beneficiary"] + kinds["gift"] else clause.type


def _count(clause: Clause) -> None:
    """Take the first count of events, how many times the thing was done, from the clause's facts into `occurrences`."""
    for fact in clause.facts:
        if fact.table == "quantities" and fact.columns["category"] == "event" and fact.part_of is None:
            clause.occurrences = int(fact.columns["value"])
            clause.facts.remove(fact)
            return


def _joined(reading: Reading, clauses: Iterable[Clause]) -> list[Clause]:
    """Return the clauses with what was given for works ("góp 300 triệu đồng, 200 ngày công để làm đường") as those works."""
    joined: list[Clause] = []
    for clause in clauses:
        last = joined[-1] if joined else None
        if last and last.type == "fundraising" and clause.type == "construction":
            gap = reading.folded[last.end : clause.start]
            if _FOR.search(gap) and not CLAUSE_END.search(gap):
                last.type = "construction"
                continue
        joined.append(clause)
    return joined


def _by_sentence(reading: Reading, counted: Sequence[Found]) -> dict[int, list[Clause]]:
    clauses: dict[int, list[Clause]] = {}
    for clause in _joined(reading, _clauses(reading)):
        here = clauses.setdefault(reading.sentence_no(clause.start), [])
        between = here and any(here[-1].start <= f.start < clause.start for f in counted)
        if not here or here[-1].type != clause.type or between:
            here.append(clause)
    return clauses


def _distance(reading: Reading, fact: Found, clause: Clause) -> int:
    low, high = (clause.end, fact.start) if clause.start <= fact.start else (fact.end, clause.start)
    gap = reading.folded[low:high]
    apart = len(gap) + CLAUSE_COST * len(CLAUSE_END.findall(gap))
    fits = _fits().get(clause.type)
    return apart + (_UNFIT if fits is not None and _kind(fact) not in fits else 0) + (_FOLLOWS if clause.start > fact.start else 0)


def organiser_of(reading: Reading, clause: Clause, found: Iterable[Found]) -> str | None:
    """Return the body that stands nearest before the trigger in its sentence."""
    start = reading.sentence_span(clause.start)[0]
    names = [f for f in found if f.table == "organisations" and start <= f.start < clause.start]
    return names[-1].columns["name"] if names else None
