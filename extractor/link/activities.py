"""Activities: clauses that report something done or planned, and the counted facts that belong to them.

The words that report are in rules/facts/activities.toml. A fact goes to the clause of its sentence that is nearest and
fits what the fact is; a sentence that only goes on (an item of a list, "Trong đó …") goes on with the clause before.
"""

from __future__ import annotations

import bisect
import functools
import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import regex

from extractor.facts.blocks import Blocks
from extractor.facts.cues import CLAUSE_COST, Cues, clause_ends
from extractor.facts.match import find_matches
from extractor.facts.plans import Plans
from extractor.reading import Found, Reading, between
from extractor.rules import load, trie_pattern

_COUNTED = ("money", "participants", "quantities")
# A clause that does not fit the fact, or that only follows it, counts as so many characters further away.
_UNFIT, _FOLLOWS = 60, 50
# How a sentence begins that goes on with what the one before reports.
_GOES_ON = regex.compile(
    r"\s*(?:[-+•*–—]|\d{1,2}[.)/]|[a-zđ][.)]|(?:trong (?:đó|số)|cụ thể|mỗi|tổng|số (?:tiền|quà|còn lại|dư)|bình quân|riêng|ngoài ra|gồm|bao gồm|đến nay|qua đó|kết quả|theo đó|bên cạnh đó|còn|đồng thời)(?!\w))"
)
# So near behind the contest, a prize is the contest's.
_CONTEST_NEAR = 600
_FOR = regex.compile(r"(?<!\w)(?:để|cùng Nhà nước|nhằm|phục vụ) $|(?:ngày công|m2 đất|đất|công lao động)[^;.]{0,60}$")
# Of a sentence's clauses, so many before and behind a fact are asked whether it is theirs.
_CLAUSES_AROUND = 6
# What is counted for its own sake, unless its sentence goes on with the one before.
_APART = frozenset({"other", "rate", "organisation", "land", "livestock", "None"})
_OF_THINGS = {"works": "construction", "land": "construction", "house": "housing"}
_HOUSES = frozenset({"nhà", "căn", "ngôi", "căn nhà", "ngôi nhà"})


@dataclass(slots=True)
class Clause:
    """One clause that reports something: its trigger, the facts that belong to it, how many times it was done.

    `times` is the figure that tells how many times; a clause that is not `spoken` has a figure for its trigger.
    """

    start: int
    end: int
    type: str
    status: str
    rule: str
    facts: list[Found] = field(default_factory=list)
    occurrences: int | None = None
    times: Found | None = None
    spoken: bool = True


def _kinds(prefix: str) -> dict[str, frozenset[str]]:
    words = load("activities").words
    return {name.removeprefix(prefix): frozenset(kinds) for name, kinds in words.items() if name.startswith(prefix)}


@functools.cache
def _fits() -> dict[str, frozenset[str]]:
    """Return, for each type of activity, what facts fit it: categories of things, flows of money, roles of people."""
    return _kinds("fits_")


@functools.cache
def _never() -> dict[str, frozenset[str]]:
    """Return, for each type of activity, what facts are never a part of it."""
    return _kinds("never_")


@functools.cache
def _implied() -> dict[str, str]:
    """Return the type of activity that a kind of fact reports by itself."""
    return {kind: of_type for of_type, kinds in _kinds("implies_").items() for kind in kinds}


def _kind(fact: Found) -> str:
    if fact.table == "money" and fact.columns.get("per") in _HOUSES:
        return "house"
    column = {"money": "flow", "participants": "role", "quantities": "category"}[fact.table]
    return str(fact.columns.get(column))


class _Types:
    """What an activity is, where its words alone leave it open, by the words of disaster, gifts and contests around it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._contest = -_CONTEST_NEAR

    @functools.cached_property
    def _disaster(self) -> list[int]:
        return _starts(self._reading, load("activities").words["disaster"])

    @functools.cached_property
    def _gifts(self) -> list[int]:
        return _starts(self._reading, load("activities").words["gifts"])

    def settle(self, stated: str, offset: int) -> str:
        """Return the type of a clause at the offset; clauses are asked for in text order."""
        if stated == "contest":
            self._contest = offset
        if stated == "prize":
            return "contest" if offset - self._contest < _CONTEST_NEAR else "award"
        if stated not in {"help", "gift_giving"}:
            return stated
        return "relief" if self._is_relief(offset) else "gift_giving"

    def _is_relief(self, offset: int) -> bool:
        """Return whether a text of disaster speaks of it here at least as much as of gifts."""
        if not self._disaster:
            return False
        text = self._reading.text
        end = text.find("\n", offset)
        paragraph = text.rfind("\n", 0, offset) + 1, end if end >= 0 else len(text)
        return _within(self._gifts, self._reading.sentence_span(offset)) <= _within(self._disaster, paragraph)


@functools.cache
def _lexicon(words: tuple[str, ...]) -> regex.Pattern[str]:
    return regex.compile(rf"(?<!\w){trie_pattern(words)}(?!\w)")


def _starts(reading: Reading, words: tuple[str, ...]) -> list[int]:
    return [m.start() for m in _lexicon(words).finditer(reading.folded)]


def _within(starts: Sequence[int], span: tuple[int, int]) -> int:
    return bisect.bisect_left(starts, span[1]) - bisect.bisect_left(starts, span[0])


def _clauses(reading: Reading, types: _Types) -> list[Clause]:
    """Return the clauses that report an activity, by their triggers."""
    triggers = find_matches(load("activities"), reading, {})
    return [Clause(t.start, t.end, types.settle(t.columns["type"], t.start), "done", t.rule) for t in triggers]


def find_activities(reading: Reading, found: Sequence[Found]) -> list[Clause]:
    """Return the activities with the counted facts that belong to them.

    A trigger without any figure is told, too; two triggers of one type in one sentence without a figure between them
    are one activity.
    """
    counted = [f for f in found if f.table in _COUNTED and _kind(f) != "indicator"]
    types = _Types(reading)
    blocks = Blocks.of(reading)
    by_sentence = _by_sentence(reading, types, counted, blocks)
    for clause in (c for clauses in by_sentence.values() for c in clauses):
        clause.status = status_at(reading, clause.start, clause.end)
    last: Clause | None = None
    never = _never()
    for number, (start, end) in enumerate(reading.sentences):
        facts = between(counted, start, end)
        here = by_sentence.get(number, [])
        before = last if last is not None and last.start >= blocks.start(start) else None
        goes_on = before is not None and _GOES_ON.match(reading.folded, start) is not None
        for fact in facts:
            kind = _kind(fact)
            open_to = [c for c in _nearest(here, fact) if kind not in never.get(c.type, ())]
            if open_to:
                last = min(open_to, key=functools.partial(_distance, reading, fact)) if len(open_to) > 1 else open_to[0]
                last.facts.append(fact)
            elif before and _continues(before, kind, goes_on=goes_on):
                before.facts.append(fact)
        if here and not facts:
            last = here[-1]
    clauses = [c for number in sorted(by_sentence) for c in by_sentence[number]]
    of_works = {reading.sentence_no(f.start) for f in counted if _kind(f) == "works"}
    clauses = sorted(clauses + _unspoken(blocks, types, counted, clauses), key=lambda c: c.start)
    for clause in clauses:
        clause.type = _by_facts(clause, works_near=reading.sentence_no(clause.start) in of_works)
        _count(clause)
    return clauses


def status_at(reading: Reading, start: int, end: int) -> str:
    """Return whether what stands there is done, planned or proposed: by the words of its sentence, or the part it stands in."""
    said = reading.once(_cues).settle(start, end, reading.sentence_span(start), "status")
    return str(said.value) if said else "planned" if reading.once(Plans).covers(start) else "done"


def _cues(reading: Reading) -> Cues:
    return Cues(load("activities"), reading)


def _continues(clause: Clause, kind: str, *, goes_on: bool) -> bool:
    """Return whether a fact of a sentence without any clause belongs to the clause before."""
    if kind in _fits().get(clause.type, ()):
        return True
    if kind in _never().get(clause.type, ()):
        return False
    return kind not in _implied() if goes_on else kind not in _APART and kind != "raised"


def _unspoken(blocks: Blocks, types: _Types, counted: Sequence[Found], clauses: Sequence[Clause]) -> list[Clause]:
    """Return the activities that facts without a clause report by themselves, one for each paragraph or list and type."""
    linked = {id(fact) for clause in clauses for fact in clause.facts}
    unspoken: list[Clause] = []
    for fact in counted:
        implied = _implied().get(_kind(fact))
        if implied is None or id(fact) in linked:
            continue
        of_type = types.settle(implied, fact.start)
        block = blocks.start(fact.start)
        last = next((c for c in reversed(unspoken) if c.type == of_type), None)
        if last is None or last.start < block:
            last = Clause(fact.start, fact.end, of_type, "done", fact.rule, spoken=False)
            unspoken.append(last)
        last.facts.append(fact)
    return unspoken


def _by_facts(clause: Clause, *, works_near: bool) -> str:
    """Return the type of a clause that helps somebody by what was given: houses, animals; what came in is fundraising."""
    kinds = Counter(_kind(f) for f in clause.facts)
    if clause.type == "fundraising" and kinds["land"] + kinds["labour"] and works_near:
        return "construction"
    if clause.type not in {"gift_giving", "relief"}:
        return clause.type
    if kinds["house"] and not kinds["gift"] and (clause.type != "relief" or kinds["house"] > kinds["given"] + kinds["beneficiary"]):
        return "housing"
    if kinds["livestock"] and not kinds["gift"]:
        return "livelihood"
    return "fundraising" if kinds["raised"] and not kinds["given"] + kinds["beneficiary"] + kinds["gift"] else clause.type


def _count(clause: Clause) -> None:
    """Take the first count of events, how many times the thing was done, from the clause's facts into `occurrences`."""
    for fact in clause.facts:
        if fact.table == "quantities" and fact.columns["category"] == "event" and fact.part_of is None:
            clause.occurrences, clause.times = int(fact.columns["value"]), fact
            clause.facts.remove(fact)
            return


def _joined(reading: Reading, clauses: Iterable[Clause]) -> list[Clause]:
    """Return the clauses with what was given for works ("góp 300 triệu đồng, 200 ngày công để làm đường") as those works."""
    joined: list[Clause] = []
    for clause in clauses:
        last = joined[-1] if joined else None
        if last and last.type == "fundraising" and clause.type == "construction":
            gap = reading.folded[last.end : clause.start]
            if _FOR.search(gap) and not clause_ends(gap):
                last.type = "construction"
                continue
        joined.append(clause)
    return joined


def _contributed(reading: Reading, clauses: Sequence[Clause], counted: Sequence[Found], blocks: Blocks) -> None:
    """Settle what people put in themselves: into the works or houses that the sentence or the clause before tells of."""
    works = {reading.sentence_no(f.start): _OF_THINGS[_kind(f)] for f in counted if _kind(f) in _OF_THINGS}
    spoken: dict[int, set[str]] = {}
    for clause in clauses:
        spoken.setdefault(reading.sentence_no(clause.start), set()).add(clause.type)
    before: Clause | None = None
    for clause in clauses:
        if clause.type == "contribution":
            here = reading.sentence_no(clause.start)
            near = spoken[here] | {works.get(here, "")}
            if before and before.start >= blocks.start(clause.start):
                near.add(before.type)
            clause.type = next((kind for kind in ("construction", "housing") if kind in near), "fundraising")
        before = clause


def _by_sentence(
    reading: Reading, types: _Types, counted: Sequence[Found], blocks: Blocks
) -> dict[int, list[Clause]]:
    clauses: dict[int, list[Clause]] = {}
    spoken = _clauses(reading, types)
    _contributed(reading, spoken, counted, blocks)
    for clause in _joined(reading, spoken):
        here = clauses.setdefault(reading.sentence_no(clause.start), [])
        if not here or here[-1].type != clause.type or between(counted, here[-1].start, clause.start):
            here.append(clause)
    return clauses


def _nearest(clauses: Sequence[Clause], fact: Found) -> Sequence[Clause]:
    """Return the few clauses around the fact, of a sentence's clauses in text order."""
    at = bisect.bisect_right(clauses, fact.start, key=operator.attrgetter("start"))
    return clauses[max(0, at - _CLAUSES_AROUND) : at + _CLAUSES_AROUND]


def _distance(reading: Reading, fact: Found, clause: Clause) -> int:
    low, high = (clause.end, fact.start) if clause.start <= fact.start else (fact.end, clause.start)
    gap = reading.folded[low:high]
    apart = len(gap) + CLAUSE_COST * clause_ends(gap)
    fits = _fits().get(clause.type)
    return apart + (_UNFIT if fits is not None and _kind(fact) not in fits else 0) + (_FOLLOWS if clause.start > fact.start else 0)


def organiser_of(clause: Clause, here: Iterable[Found]) -> str | None:
    """Return the body that stands nearest before the trigger, of the findings of its sentence in text order."""
    names = [one.columns["name"] for one in here if one.table == "organisations" and one.start < clause.start]
    return names[-1] if names else None
