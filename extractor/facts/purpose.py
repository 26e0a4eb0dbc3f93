"""What an amount is for: the flow and form of money, the role of people, from the words around them.

The words are the cues of rules/facts/money.toml and participants.toml. A fact is settled by the list it stands in, else
by the words of its sentence, else by what its paragraph said last.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import regex

from extractor.facts.blocks import ITEM, Blocks
from extractor.facts.cues import CLAUSE_COST, Cues, Said
from extractor.facts.plans import Plans
from extractor.facts.rates import rate_of
from extractor.reading import Found, Reading
from extractor.rules import load

# In a list, so many characters at most lie between an item's amount and the next one's.
_LIST_GAP = 110
_LIST_JOIN = regex.compile(r"[,;(:=×]|(?<!\w)(?:và|x|gồm|trong đó|tổng|thành tiền|còn)(?!\w)")
_PART = regex.compile(r"(?<!\w)trong (?:số )?đó(?!\w)")
_SENTENCES_BACK, _FACTS_BACK = 3, 8
# So near to each other, persons and households share a role: "218 hộ, 981 khẩu".
_BESIDE = 8
# Words that give a role by default only stand at this cost.
_DEFAULT = 30
_LENGTHS = frozenset({"m", "km", "cm", "mét", "cây số"})
# A cue as near as this speaks of one amount only: "đạt 120% kế hoạch (3 tỷ), trong đó …" goes on with what came in.
_ASIDE = -45
# How near the cue that settled a fact stands, its cost added.
_HOW_NEAR = {"at it": 0, "near": 40, "far": 10_000}
# The value of a cue that says no more than that this fact is a part of the one before.
_AS_BEFORE = "as before"
# People whom no words give a role take that of the amount so near behind them.
_AMOUNT_NEAR = 60
_ROLE_OF_FLOW = {"raised": "contributor", "given": "beneficiary"}
_CLAUSE_ENDS = regex.compile(r"[;\n]|\.\s")


def _back_to(start: int, facts: Sequence[Found], index: int) -> Iterator[Found]:
    """Yield the facts before the one at the index, the nearest first, that begin at `start` or after it."""
    for at in range(index - 1, -1, -1):
        if facts[at].start < start:
            return
        yield facts[at]


class _Column:
    """One column of one table: `weak` values, and cues no nearer than `faint`, give way to what a list says."""

    def __init__(self, name: str, cues: Cues, reading: Reading, *, weak: frozenset[str], faint: int) -> None:
        self.name, self.reading, self.weak, self.faint = name, reading, weak, faint
        self.blocks = Blocks.of(reading)
        self.cues = cues
        self.asides: set[int] = set()
        self.firm: set[int] = set()

    def settle(self, facts: Sequence[Found], *, paragraphs: bool = False) -> None:
        """Set the column of the facts of one table; with `paragraphs`, by the sentences before too."""
        said: dict[int, Said] = {}
        for index, fact in enumerate(facts):
            if fact.columns.get(self.name) is None:
                self._by_sentence(facts, index, said)
        for following, before in itertools.pairwise(reversed(facts)):
            self._by_list_after(before, following, said)
        for index, fact in enumerate(facts):
            if paragraphs and self._open(fact):
                if source := self._shared(facts, index):
                    self._share(fact, source)
                elif value := self._by_paragraph(facts, index):
                    self._set(fact, value, "paragraph")

    def _open(self, fact: Found) -> bool:
        value = fact.columns.get(self.name)
        return value is None or (value in self.weak and id(fact) not in self.firm)

    def _by_sentence(self, facts: Sequence[Found], index: int, said: dict[int, Said]) -> None:
        fact = facts[index]
        start, end = self.reading.sentence_span(fact.start)
        own = self.cues.settle(fact.start, fact.end, (start, end), self.name)
        if own and own.value == _AS_BEFORE:
            if whole := self._as_before(facts, index):
                self._share(fact, whole)
        elif source := self._shared(facts, index):
            self._share(fact, source)
        elif own:
            self._set(fact, own.value, next(how for how, most in _HOW_NEAR.items() if own.distance <= most))
            said[id(fact)] = own
            if own.distance <= 0:
                self.firm.add(id(fact))
            if own.distance <= _ASIDE:
                self.asides.add(id(fact))

    def _set(self, fact: Found, value: Any, how: str) -> None:
        fact.columns[self.name] = value
        if self.name != "form":
            fact.told_by = how

    def _share(self, fact: Found, source: Found) -> None:
        self._set(fact, source.columns.get(self.name), "list")
        if self.name != "form":
            fact.same_as = source

    def _as_before(self, facts: Sequence[Found], index: int) -> Found | None:
        """Return the fact before in the same paragraph, for the women among those who were counted."""
        before = _back_to(self.blocks.start(facts[index].start), facts, index)
        return next((f for f in before if id(f) not in self.asides), None)

    def _shared(self, facts: Sequence[Found], index: int) -> Found | None:
        """Return the fact before that this one shares its value with: nothing but the list they stand in speaks of it."""
        source = self._source(facts, index)
        if source is None:
            return None
        fact, last = facts[index], facts[index - 1].end
        sentence = self.reading.sentence_span(fact.start)
        own = self.cues.settle(fact.start, fact.end, (max(sentence[0], last), sentence[1]), self.name)
        part = _PART.search(self.reading.folded, last, fact.start)
        faint = 0 if part else self.faint
        weak = own is None or own.distance >= faint or (own.value in self.weak and own.distance > 0)
        return source if weak else None

    def _source(self, facts: Sequence[Found], index: int) -> Found | None:
        """Return the last fact of the list that this one continues: no aside, and in no bracket that has closed."""
        fact = facts[index]
        if not index or not self._joined(facts[index - 1], fact):
            return None
        for one in _back_to(self.reading.sentence_span(fact.start)[0], facts, index):
            between = self.reading.folded[one.end : fact.start]
            if one.columns.get("unit") != fact.columns.get("unit") and len(between) > _BESIDE:
                return None
            if id(one) not in self.asides and between.count(")") <= between.count("("):
                return None if self._open(one) else one
        return None

    def _joined(self, one: Found, following: Found) -> bool:
        gap = self.reading.folded[one.end : following.start]
        return len(gap) <= _LIST_GAP * (2 if ";" in gap else 1) and _LIST_JOIN.search(gap) is not None

    def _by_list_after(self, fact: Found, following: Found, said: dict[int, Said]) -> None:
        """Give a fact without a value that of the list it begins: "8 tỷ đồng, 120 Euro … được ủng hộ"."""
        if not self._open(fact) or not self._joined(fact, following):
            return
        hit = said.get(id(following))
        if hit and hit.follows and self.reading.sentence_no(fact.start) == self.reading.sentence_no(following.start):
            self._set(fact, hit.value, "list")
            said[id(fact)] = hit

    def _by_paragraph(self, facts: Sequence[Found], index: int) -> str | None:
        """Return the value that the paragraph or list gave last: to a fact before, or in the sentences before."""
        fact, before = facts[index], facts[max(0, index - _FACTS_BACK) : index]
        block = self.blocks.start(fact.start)
        start = self.reading.sentence_span(fact.start)[0]
        for _ in range(_SENTENCES_BACK):
            if start <= block:
                return None
            sentence = self.reading.sentence_span(start - 1)
            told = [f for f in before if sentence[0] <= f.start < sentence[1]]
            told = [f for f in told if not self._open(f) and id(f) not in self.asides]
            if told:
                # The first amount of a list's item is the item's: "3. Bộ Công an: 2 tỷ đồng (chuyển về Hà Tĩnh 1 tỷ)".
                item = ITEM.match(self.reading.text, sentence[0])
                return str(told[0 if item else -1].columns[self.name])
            hit = self.cues.settle(sentence[1], sentence[1], sentence, self.name)
            if hit and hit.value not in self.weak:
                return str(hit.value)
            start = sentence[0]
        return None


def _role_of_money(people: Found, money: Sequence[Found], reading: Reading) -> str | None:
    """Return the role that the amount behind the people tells: "46 tiểu thương chợ Xuân Phú: 15,3 triệu đồng" gave it."""
    following = bisect.bisect_left(money, people.end, key=lambda m: m.start)
    if following == len(money) or money[following].start > people.end + _AMOUNT_NEAR:
        return None
    between = reading.text[people.end : money[following].start]
    return None if _CLAUSE_ENDS.search(between) else _ROLE_OF_FLOW.get(str(money[following].columns.get("flow")))


def settle_purposes(found: Iterable[Found], reading: Reading) -> None:
    """Set flow, form and per of the money and the role of the participants among the findings, which are in text order."""
    facts = list(found)
    money = [f for f in facts if f.table == "money"]
    people = [f for f in facts if f.table == "participants"]
    for index, amount in enumerate(money):
        amount.columns["per"] = rate_of(amount, money[index - 1] if index else None, reading)
    if money:
        of_money = Cues(load("money"), reading)
        _Column("flow", of_money, reading, weak=frozenset({"worth"}), faint=CLAUSE_COST).settle(money, paragraphs=True)
        plans = reading.once(Plans)
        for one in money:
            if one.columns.get("flow") in {"raised", "given"} and plans.covers(one.start):
                one.columns["flow"] = "planned"
        _Column("form", of_money, reading, weak=frozenset(), faint=CLAUSE_COST).settle(money)
    if people:
        _Column("role", Cues(load("participants"), reading), reading, weak=frozenset(), faint=_DEFAULT).settle(people)
    for one in people:
        one.columns["role"] = one.columns.get("role") or _role_of_money(one, money, reading) or "other"
    lengths = [f for f in facts if f.table == "quantities" and f.rule == "quantities: measures" and f.columns.get("unit") in _LENGTHS]
    if not lengths:
        return
    for one in lengths:
        one.columns["category"] = None
    _Column("category", Cues(load("quantities"), reading), reading, weak=frozenset(), faint=_DEFAULT).settle(lengths)
    for one in lengths:
        one.columns["category"] = one.columns["category"] or "other"
