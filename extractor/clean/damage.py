"""Text that lost letters to a bad font conversion ("tiếp tc hướng dn"): how much of it, and what it may have said.

What such conversions drop are the letters with two marks or with a dot or a hook (U+1EA0 to U+1EF9), of which a syllable
has one at most. The text is read as a chain of words, each as it stands or with such a letter put back, in runs that lost
all of these letters and runs that lost none; the likeliest chain by the counts of words and pairs is the proposed repair.
"""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

from extractor.clean import wordcounts
from extractor.clean.syllables import is_syllable

if TYPE_CHECKING:
    from extractor.anchors import Words

_LOST = regex.compile("[\u1ea0-\u1ef9]")
# Letters that no conversion drops, and one of which is in any Vietnamese text.
_KEPT_LETTERS = "đươ"
# Units and titles in short, which are no syllables in good text either.
_SHORT = frozenset("km kg cm mm dm ml gr tr th ts ths ks bs cs gs pgs ths đc cb tp tx tt vv sđt px mt hđ cn nt dt ct".split())
# So many different words that can be none, and such a share of all, are no slips of the pen.
_LEAST_BROKEN, _LEAST_SHARE = 4, 0.004
_SWITCH = math.log(0.02)
_STAY = math.log(0.98)
# A run that lost its letters hardly ever keeps one; a run that lost none hardly ever holds what is no syllable.
_KEPT, _NO_SYLLABLE = math.log(0.02), math.log(1e-5)
_PAIRED = 0.8
# Behind so many characters a text is left as it is: no article is longer, and the reading takes its time.
_LONGEST_TEXT = 300_000
_WHOLE, _HURT = 0, 1


@dataclass(frozen=True, slots=True)
class Damage:
    """The share of words that lost letters, 0 to 1, and the text with them put back, None where none is missing."""

    share: float = 0.0
    repair: str | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """The likeliest way to read a text up to one word, by how that word is read."""

    cost: float
    form: str
    state: int
    before: _Step | None


@functools.cache
def _forms() -> Mapping[str, tuple[str, ...]]:
    """Return by what is left of a word the words that it may have been."""
    forms: dict[str, list[str]] = defaultdict(list)
    for word in wordcounts.load().words:
        if len(_LOST.findall(word)) == 1 and is_syllable(word):
            forms[_LOST.sub("", word)].append(word)
    return {left: tuple(words) for left, words in forms.items() if left}


@functools.cache
def _broken_words() -> frozenset[str]:
    """Return what can be no word as it stands, and one with a letter put back; single letters are list markers and units."""
    return frozenset(left for left in _forms() if len(left) > 1 and left not in _SHORT and not is_syllable(left))


@functools.cache
def _broken_between_spaces() -> Words:
    from extractor.anchors import Words  # heavy, and needed by none that only imports what an article is

    return Words(f" {word} ".encode() for word in _broken_words())


def _may_be_broken(text: str) -> bool:
    """Tell whether so many different words of a text can be none that it is worth to look at each."""
    line = text.replace("\n", " ")
    if not line.isprintable():  # spaces of other kinds are not
        line = " ".join(line.split())
    return len(_broken_between_spaces().within(f" {line} ".lower().encode("utf-8", "ignore"))) >= _LEAST_BROKEN // 2


def measure(text: str) -> Damage:
    """Return how far a text lost letters, and a proposal of what it said; nothing where too few words can be none.

    >>> measure("Mặt trận huyện trao 20 suất quà.").share
    0.0
    """
    # Nearly all texts are sound, and told so at little cost: by their words that no mark stands against.
    if not any(letter in text for letter in _KEPT_LETTERS) or not _may_be_broken(text):
        return Damage()
    words = [m for m in wordcounts.WORD.finditer(text) if not m[0].isupper() or len(m[0]) == 1]
    broken = [m[0] for m in words if m[0].lower() in _broken_words()]
    if len(set(broken)) < _LEAST_BROKEN or len(broken) < _LEAST_SHARE * len(words):
        return Damage()
    pieces, end, hurt = [], 0, 0
    for run in wordcounts.RUN.finditer(text, 0, _LONGEST_TEXT):
        told = list(wordcounts.WORD.finditer(run[0]))
        for match, form in zip(told, _read([m[0] for m in told]), strict=True):
            if form != match[0].lower():
                hurt += 1
                start = run.start() + match.start()
                pieces += [text[end:start], _in_case(match[0], form)]
                end = run.start() + match.end()
    return Damage(hurt / max(1, len(words)), "".join(pieces) + text[end:])


def _in_case(written: str, form: str) -> str:
    if len(written) > 1 and written.isupper():
        return form.upper()
    return form[:1].upper() + form[1:] if written[:1].isupper() else form


def _read(words: list[str]) -> list[str]:
    """Return the likeliest reading of neighbouring words, in lower case."""
    best = [_Step(0.0, "", _WHOLE, None), _Step(math.log(0.3), "", _HURT, None)]
    for word in words:
        best = [_best(best, form, state, told) for form, state, told in _readings(word)]
    step: _Step | None = max(best, key=lambda s: s.cost)
    forms = []
    while step is not None and step.before is not None:
        forms.append(step.form)
        step = step.before
    return forms[::-1]


def _readings(written: str) -> list[tuple[str, int, float]]:
    """Return (form, state, log likelihood of what is written given the form) for a word."""
    word = written.lower()
    if written.isupper() and len(written) > 1:
        return [(word, _WHOLE, 0.0), (word, _HURT, 0.0)]
    sound = 0.0 if word in _SHORT or is_syllable(word) else _NO_SYLLABLE
    readings = [(word, _WHOLE, sound), (word, _HURT, _KEPT if _LOST.search(word) else sound)]
    return readings + [(form, _HURT, 0.0) for form in _forms().get(word, ())]


def _best(steps: list[_Step], form: str, state: int, told: float) -> _Step:
    before = max(steps, key=lambda s: s.cost + _likelihood(s.form, form) + (_STAY if s.state == state else _SWITCH))
    cost = before.cost + _likelihood(before.form, form) + (_STAY if before.state == state else _SWITCH) + told
    return _Step(cost, form, state, before)


@functools.lru_cache(maxsize=65536)
def _likelihood(before: str, word: str) -> float:
    """Return the logarithm of how likely a word is after another."""
    counts = wordcounts.load()
    single = (counts.words.get(word, 0) + 0.5) / (counts.total + 0.5 * len(counts.words))
    seen = counts.words.get(before, 0)
    paired = counts.pairs.get((before, word), 0) / seen if seen else 0.0
    return math.log(_PAIRED * paired + (1 - _PAIRED) * single)
