"""What an amount is for: the flow, form and rate of money, the role of people, from the words around them.

The words are the cues of rules/facts/money.toml and participants.toml; the items of a list share what is said once.
"""

from __future__ import annotations

import regex

from extractor.facts.cues import Cues
from extractor.reading import Found, Reading
from extractor.rules import load

MONEY_WORDS = regex.compile(r"tiền|trị giá|kinh phí|hỗ trợ|mỗi|mức|ủng hộ|quà|vay|giá|quỹ|đóng góp|chi|thu")
# In a list, so many characters at most lie between an item's amount and the next one's.
_LIST_GAP = 110
_LIST_JOIN = regex.compile(r"[,;]|(?<!\w)và(?!\w)")
_RATE_UNITS = r"địa phương|đơn vị|gia đình|cá nhân|học sinh|tổ chức|[^\W\d_]+"
_PER_BEFORE = regex.compile(
    rf"(?<!\w)mỗi (?:một )?(?<per>{_RATE_UNITS})(?: [^\W\d_]+){{0,8}}?(?: là)?"
    r"(?: từ| khoảng| gần| hơn| trên| ít nhất| tối thiểu| tối đa)*(?: +\()? *$"
)


class _Column:
    """One column of one table, settled fact by fact in text order."""

    def __init__(self, name: str, cues: Cues, reading: Reading, *, weak: tuple[str | None, ...]) -> None:
        self.name, self.cues, self.reading, self.weak = name, cues, reading, weak

    def own(self, found: Found, *, since: int = 0) -> tuple[str, int] | None:
        """Return (value, distance) that the fact's sentence gives it, looking no further back than `since`."""
        start, end = self.reading.sentence_span(found.start)
        return self.cues.settle(found.start, found.end, (max(start, since), end), self.name)

    def shared(self, found: Found, last: Found | None) -> str | None:
        """Return the value of the fact before, where nothing but the list they stand in speaks of this one."""
        value = last.columns.get(self.name) if last else None
        if last is None or value in self.weak or last.start < self.reading.sentence_span(found.start)[0]:
            return None
        gap = self.reading.folded[last.end : found.start]
        if len(gap) > _LIST_GAP or not _LIST_JOIN.search(gap):
            return None
        own = self.own(found, since=last.end)
        return str(value) if own is None or own[0] in self.weak else None

    def sentence_before(self, found: Found) -> str | None:
        """Return the value that the end of the sentence before speaks of."""
        start = self.reading.sentence_span(found.start)[0]
        if not start:
            return None
        hit = self.cues.settle(start, start, self.reading.sentence_span(start - 1), self.name)
        return hit[0] if hit else None


def _flow(found: Found, last: Found | None, flow: _Column) -> str | None:
    """Return the flow: of the list, of the governing verb, or of the thing whose value the amount is."""
    if shared := flow.shared(found, last):
        return shared
    hit = flow.own(found)
    if hit and hit[0] == "worth" and hit[1] > 0 and (verb := flow.sentence_before(found)) in {"given", "raised"}:
        return verb  # "… trao 20 suất quà. Mỗi suất trị giá 500 nghìn đồng."
    return hit[0] if hit else None


def _settle_money(found: Found, last: Found | None, flow: _Column, form: _Column) -> None:
    reading, columns = flow.reading, found.columns
    if columns.get("per") is None:
        sentence = reading.sentence_span(found.start)
        before = _PER_BEFORE.search(reading.folded, max(sentence[0], found.start - 70), found.start)
        if before and not MONEY_WORDS.fullmatch(before["per"]):
            columns["per"] = before["per"]
    if value := _flow(found, last, flow):
        columns["flow"] = value
    if hit := form.own(found):
        columns["form"] = hit[0]


def _settle_role(found: Found, last: Found | None, role: _Column) -> None:
    if found.columns.get("role") is not None:
        return
    alike = last if last and last.columns["unit"] == found.columns["unit"] else None
    hit = role.own(found)
    found.columns["role"] = role.shared(found, alike) or (hit[0] if hit else "other")


def settle_purposes(found: list[Found], reading: Reading) -> None:
    """Set flow, form and per of the money and the role of the participants among the findings, in text order."""
    money, people = Cues(load("money"), reading), Cues(load("participants"), reading)
    flow = _Column("flow", money, reading, weak=("worth", None))
    form = _Column("form", money, reading, weak=(None,))
    role = _Column("role", people, reading, weak=(None,))
    last: dict[str, Found] = {}
    for one in found:
        if one.table == "money":
            _settle_money(one, last.get("money"), flow, form)
        elif one.table == "participants":
            _settle_role(one, last.get("participants"), role)
        last[one.table] = one
