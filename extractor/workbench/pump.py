"""Patterns fed with long strings made from themselves: each must stay linear, for pages are written by anybody.

A pattern is asked as the extractor asks it: a `match` and a cue over the whole text, an `after` at the end of every number, a
`before` in the characters before one. What it costs on a text is held against what it costs on a text four times as long.
"""

from __future__ import annotations

import re
import re._constants as sre
import re._parser as parser
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from extractor.facts.amounts import REACH_BEFORE
from extractor.rules import Cue, RuleFile
from extractor.workbench.examples import read

# Four times the text costs a linear pattern four times the time and a quadratic one sixteen times.
_GROWTH = 12
# What costs less, in seconds of this thread, is not looked at closer: the clock would be judged, not the pattern.
_TOO_LITTLE = 0.04
_MOST_PUMPS = 32
_NUMBER = regex.compile(r"\d+")
_PLAIN = ("1", "1.", "1 ", ", ", " ", "12/", "a ", "nhất ", "tỷ ", "1 hộ nghèo, ", "xã A, ", "từ 1 đến ", "(1) ", '"', "\n", "1 triệu ")
_REPEATS = {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}
_GROUP_NAME = re.compile(r"\(\?P?<[A-Za-z_]\w*>")
_PROPERTY = re.compile(r"\\p\{L[ut]?\}")
# Lists without end of what the readers outside rules/ look for; they may not be asked about everything before each time.
_LISTS = (
    "Hạ Lang ", "huyện Hạ Lang, ", "ông Nguyễn Văn A, ", "12/5, ", "ngày 12/5/2024 ", "1 triệu đồng, ", "mỗi hộ 1 triệu; ",
    "trong đó 5 hộ (", "ủng hộ ", "Ủy ban MTTQ ", "Nghị quyết số 12-NQ/TW ", "1 tỷ 300 triệu ", "a.", "… ", "sẽ ", "%",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pumped:
    """A pattern of a rule file: `where` names file, rule and key; `key` is match, before, after or cue."""

    where: str
    key: str
    pattern: regex.Pattern[str]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How long the texts are, in characters (`large` is four times `small`), and the seconds after which one answer is not waited for."""

    small: int = 25_000
    patience: float = 10.0

    @property
    def large(self) -> int:
        """The longer text's length."""
        return 4 * self.small


def patterns(file: RuleFile) -> Iterator[Pumped]:
    """Yield every pattern of a rule file."""
    for rule in file.rules:
        for key in ("match", "before", "after"):
            pattern = getattr(rule, key)
            if pattern and not rule.off:
                yield Pumped(f"{rule.id}: {key}", key, pattern)
    for number, cue in enumerate(file.cues, 1):
        if cue.pattern:
            yield Pumped(f"{file.name}: cue {number} {_told(cue)}", "cue", cue.pattern)


def _told(cue: Cue) -> str:
    return ", ".join(f"{column}={value}" for column, value in cue.set.items())


class _Walk:
    """Strings that a parsed pattern matches, and on the way (string before, string of the body) of each thing that repeats."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.repeats: list[tuple[str, str]] = []

    def string(self, items: Any, before: str = "") -> str:
        done = ""
        for kind, value in items:
            done += self._one(kind, value, before + done)
        return done

    def _one(self, kind: Any, value: Any, before: str) -> str:
        if kind in _REPEATS:
            return self._repeat(value, before)
        if kind is sre.BRANCH:
            arms = value[1]
            return self.string(arms[self.turn % len(arms)], before)
        if kind is sre.SUBPATTERN or kind is sre.ATOMIC_GROUP:
            return self.string(value if kind is sre.ATOMIC_GROUP else value[-1], before)
        return self._character(kind, value)

    def _character(self, kind: Any, value: Any) -> str:
        if kind is sre.LITERAL:
            return chr(int(value))
        if kind is sre.IN:
            return _member(value, self.turn)
        return "ạ" if kind in {sre.NOT_LITERAL, sre.ANY} else ""  # what looks around stands in no string

    def _repeat(self, value: Any, before: str) -> str:
        least, most, body = value
        one = self.string(body, before)
        if most > 1 and one:
            self.repeats.append((before, one))
        times: int = max(least, min(most, 1) if self.turn % 2 else 0)
        return one * times


def _member(items: Sequence[tuple[Any, Any]], turn: int) -> str:
    """Return a character of a class: of its literals, its ranges or its kinds, one by turns."""
    if items[0][0] is sre.NEGATE:
        return "ạ "[turn % 2]
    kind, value = items[turn % len(items)]
    if kind is sre.LITERAL:
        return chr(value)
    if kind is sre.RANGE:
        return chr(value[0])
    kinds = {sre.CATEGORY_DIGIT: "1", sre.CATEGORY_SPACE: " ", sre.CATEGORY_NOT_WORD: " "}
    return kinds.get(value, "ạ")


def _parsed(source: str) -> Any:
    """Return the tree of a pattern; names of groups, which `regex` lets stand twice, are of no matter here."""
    return parser.parse(_PROPERTY.sub("[A-ZĐ]", _GROUP_NAME.sub("(?:", source)))


@dataclass(frozen=True, slots=True)
class Pump:
    """A string of any length: `first`, then `body` again and again, then `last`."""

    first: str
    body: str
    last: str = ""

    def text(self, size: int) -> str:
        """Return the string of about that many characters."""
        return self.first + self.body * (size // len(self.body) + 1) + self.last

    def __str__(self) -> str:
        """Return it for people."""
        return f"{self.first!r}, {self.body!r} repeated, {self.last!r}"


def pumps(source: str) -> list[Pump]:
    """Return strings for a pattern: of what it repeats itself, of its own words, and plain ones.

    Those of its own stand once more with what the pattern matches at the end: on a text without the words that a pattern
    needs it is not even tried.
    """
    tree, made = _parsed(source), []
    whole = ""
    for turn in range(8):
        walk = _Walk(turn)
        whole = walk.string(tree)
        made += [(first, body) for first, body in walk.repeats[:12]]
        made += [("", whole), ("", whole + " "), ("", whole[:-1]), ("", whole + ", 1 ")]
        made += [("", word + " ") for word in whole.split()[:4]]
    kept = list(dict.fromkeys((first, body) for first, body in made if body))[:_MOST_PUMPS]
    bare = [Pump("", plain) for plain in _PLAIN] + [Pump(first, body) for first, body in kept]
    return bare + [Pump(first, body, f"\n{whole}") for first, body in kept]


def _asked(one: Pumped, text: str, patience: float) -> None:
    """Ask the pattern of a text as the extractor does; TimeoutError where one answer takes too long."""
    if one.key in {"match", "cue"}:
        for _ in one.pattern.finditer(text, timeout=patience):
            pass
    elif one.key == "after":
        for number in _NUMBER.finditer(text):
            one.pattern.match(text, number.end(), timeout=patience)
    else:
        for end in range(REACH_BEFORE, min(len(text), REACH_BEFORE + 40)):
            one.pattern.search(text, end - REACH_BEFORE, end, timeout=patience)


def _cost(ask: Callable[[str], object], text: str) -> float:
    begun = time.thread_time()
    ask(text)
    return time.thread_time() - begun


def grows(ask: Callable[[str], object], pump: Pump, sizes: Sizes) -> str | None:
    """Return how the cost of asking grows with a pumped text where that is more than the text itself does."""
    small, large = pump.text(sizes.small), pump.text(sizes.large)
    try:
        if _cost(ask, large) < _TOO_LITTLE:
            return None
        before = min(_cost(ask, small) for _ in range(3))
        after = min(_cost(ask, large) for _ in range(3))
    except TimeoutError:
        return f"given up after {sizes.patience:g} s on {pump}, {sizes.large} characters"
    if after > _GROWTH * max(before, _TOO_LITTLE / _GROWTH):
        return f"four times the text costs {after / before:.0f} times the time, on {pump}"
    return None


def _stands(one: Pumped, pump: Pump) -> Iterator[Pump]:
    """Yield the pump as the extractor may come to the pattern: an `after` stands behind numbers, a `before` in front of one."""
    if one.key == "before":
        yield Pump(f"{pump.last} ", pump.body)
    else:
        yield pump
    if one.key == "after":
        yield Pump("", "1" + pump.body, pump.last)


def pump_failure(one: Pumped, sizes: Sizes) -> str | None:
    """Return on which string a pattern is not linear, None where it is on all."""
    for pump in pumps(one.pattern.pattern):
        for stood in _stands(one, pump):
            if grown := grows(lambda text: _asked(one, text, sizes.patience), stood, sizes):
                return f"{one.where}: not linear: {grown}"
    return None


def whole_failures(sizes: Sizes) -> Iterator[str]:
    """Yield the strings on which the whole way from text to facts is not linear: the readers have patterns of their own."""
    for body in (*_PLAIN, *_LISTS):
        if grown := grows(read, Pump("", body), sizes):
            yield f"the whole way from text to facts: not linear: {grown}"
