"""Where a pattern may begin: the literal words that its matches can start with, found for all patterns in one pass over a text.

A search tries a pattern at every character; most of a text begins no match of it. What a match can begin with is read from
the pattern itself: "(?<!\\w)(?:ngày )?\\d" begins with "ngày " or a digit. All beginnings of all patterns are looked for at
once (Aho-Corasick), and each pattern is tried only where one of its own stands. It finds what a search finds, match by match.
"""

from __future__ import annotations

import bisect
import functools
import importlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import ahocorasick_rs
import regex

# The standard library's reader of patterns. It is not public: a pattern that it does not read is searched for the plain way.
parser: Any = importlib.import_module("re._parser")
codes: Any = importlib.import_module("re._constants")
# The longest beginnings of which a pattern has not too many; of those with too many of one letter nothing is gained.
_LENGTHS, _MOST = (10, 6, 4, 3, 2, 1), 2_000
# So many repeats beyond the least are told apart: "0 năm", "00 năm"; what comes behind more of them is not looked at.
_MORE = 2
_REMEMBERED = 50_000
_DIGIT, _SPACE = re.compile(r"\d"), re.compile(r"[^\S ]")
_NAMED = re.compile(r"\(\?P?<[^=!>]+>")
# Stand for every digit and every white space, in beginnings and in the text that they are looked for in.
_ANY_DIGIT, _ANY_SPACE = "0", " "
_STANDING_FOR = {(codes.CATEGORY, codes.CATEGORY_DIGIT): _ANY_DIGIT, (codes.CATEGORY, codes.CATEGORY_SPACE): _ANY_SPACE}
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_WIDTHLESS = (codes.ASSERT, codes.ASSERT_NOT, codes.AT)
_Item = TypeVar("_Item")
_ANYTHING, _NO_LETTER, _LINE_END = range(3)
_LINE = repr(parser.parse(r"^|\n"))
Patterns = list[regex.Pattern[str]]
Starts = frozenset[tuple[str, bool]]  # a beginning, and whether what follows in the pattern goes on with it


def beginnings(pattern: regex.Pattern[str]) -> frozenset[str] | None:
    """Return words one of which every match begins with, digits as "0"; None where a match may begin with anything.

    >>> sorted(beginnings(regex.compile(r"(?<!\\w)(?:ngày +)?(?P<d>\\d+)|xã")))
    ['0', 'ngày   ', 'ngày  0', 'ngày 0', 'xã']
    """
    tree = _parsed(pattern)
    for longest in _LENGTHS if tree is not None else ():
        found = {start for start, _ in _Reader(longest).sequence(tree, frozenset({("", True)}))}
        if "" not in found and len(found) <= _MOST:
            return frozenset(s for s in found if not any(s[:n] in found for n in range(1, len(s))))
    return None


@functools.lru_cache(maxsize=8)
def _parsed(pattern: regex.Pattern[str]) -> Any:
    """Return the pattern's tree; None where the standard library does not read it, such as \\p{Lu}."""
    if pattern.flags & (regex.IGNORECASE | regex.VERBOSE):
        return None
    try:
        return parser.parse(_NAMED.sub("(", pattern.pattern))
    except re.error:
        return None


def _stands_behind(pattern: regex.Pattern[str]) -> int:
    """Return what every match of a pattern stands behind, as far as the pattern opens with it: _ANYTHING, _NO_LETTER or _LINE_END."""
    tree = _parsed(pattern)
    kind, value = tree[0] if tree else (None, (0, ()))
    behind = list(value[1]) if kind in (codes.ASSERT, codes.ASSERT_NOT) and value[0] == -1 else []
    if kind is codes.ASSERT and repr(behind) == _LINE:
        return _LINE_END
    no_letter = len(behind) == 1 and behind[0][0] is codes.IN and (codes.CATEGORY, codes.CATEGORY_WORD) in behind[0][1]
    return _NO_LETTER if kind is codes.ASSERT_NOT and no_letter else _ANYTHING


class _Reader:
    """Reads the beginnings of a pattern's tree, none longer than `longest`."""

    def __init__(self, longest: int) -> None:
        self._longest = longest

    def sequence(self, nodes: Any, starts: Starts) -> Starts:
        """Return the starts, those that go on with what the nodes match behind them."""
        for node in nodes:
            if not any(goes_on for _, goes_on in starts):
                break
            starts = self._node(node, starts)
            if len(starts) > _MOST:
                starts = _closed(starts)
        return starts

    def _node(self, node: tuple[Any, Any], starts: Starts) -> Starts:
        kind, value = node
        if kind in _WIDTHLESS:
            return starts
        going = frozenset(s for s in starts if s[1])
        return (starts - going) | self._gone_on(kind, value, going)

    def _gone_on(self, kind: Any, value: Any, going: Starts) -> Starts:
        if kind is codes.LITERAL:
            return self._with(going, [chr(value)])
        if kind is codes.IN and (letters := _letters(value)) is not None:
            return self._with(going, letters)
        if kind is codes.ATOMIC_GROUP or (kind is codes.SUBPATTERN and not value[1] and not value[2]):
            return self.sequence(value if kind is codes.ATOMIC_GROUP else value[3], going)
        if kind is codes.BRANCH:
            return frozenset().union(*(self.sequence(arm, going) for arm in value[1]))
        if kind in _REPEATS:
            return self._repeated(value, going)
        return _closed(going)  # a character that may be any, or what stands elsewhere in the match

    def _with(self, going: Starts, letters: Sequence[str]) -> Starts:
        told = {_levelled(letter) for letter in letters}
        return frozenset((start + letter, len(start) + 1 < self._longest) for start, _ in going for letter in told)

    def _repeated(self, value: tuple[Any, Any, Any], going: Starts) -> Starts:
        least, most, nodes = value
        for _ in range(min(least, self._longest)):
            going = self.sequence(nodes, going)
        ended = going
        for more in range(least + 1, min(most, least + _MORE) + 1):
            going = self.sequence(nodes, going)
            ended |= _closed(going) if more == least + _MORE and most > more else going
        return ended


def _levelled(text: str) -> str:
    """Return a text with one letter for all digits and one for all white space, as long as it was."""
    if text.replace(" ", "").isalpha():
        return text  # as most beginnings of lines are
    return _SPACE.sub(_ANY_SPACE, _DIGIT.sub(_ANY_DIGIT, text))


# Each file of rules scans the same text.
_levelled_once = functools.lru_cache(maxsize=1)(_levelled)


def _closed(starts: Starts) -> Starts:
    return frozenset((start, False) for start, _ in starts)


def _letters(members: Sequence[tuple[Any, Any]]) -> list[str] | None:
    """Return the characters of a class; None where it is open to too many."""
    letters: list[str] = []
    for kind, value in members:
        if kind is codes.LITERAL:
            letters.append(chr(value))
        elif kind is codes.RANGE and value[1] - value[0] < 40:
            letters += map(chr, range(value[0], value[1] + 1))
        elif (kind, value) in _STANDING_FOR:
            letters.append(_STANDING_FOR[kind, value])
        else:
            return None
    return letters


class Openings(Generic[_Item]):
    """Things with a pattern each, of which those are told whose pattern may match at a place: the same words, the same answer.

    Things without a pattern may always.
    """

    def __init__(self, things: Iterable[tuple[regex.Pattern[str] | None, _Item]]) -> None:
        self._things = [(beginnings(pattern) if pattern else None, thing) for pattern, thing in things]
        self._told = functools.lru_cache(maxsize=_REMEMBERED)(self._tell)

    def at(self, text: str, position: int) -> tuple[_Item, ...]:
        """Return the things whose pattern may match at the position of the text, in order."""
        return self._told(_levelled(text[position : position + _LENGTHS[0]]))

    def _tell(self, words: str) -> tuple[_Item, ...]:
        heads = {words[:n] for n in range(1, len(words) + 1)}
        return tuple(thing for starts, thing in self._things if starts is None or not starts.isdisjoint(heads))


class Anchors:
    """The beginnings of many patterns, in one automaton."""

    def __init__(self, patterns: Iterable[regex.Pattern[str]]) -> None:
        by_start: dict[str, tuple[list[int], list[int], list[int]]] = {}
        self._anchored: list[regex.Pattern[str]] = []
        for pattern in patterns:
            behind = _stands_behind(pattern)
            if starts := beginnings(pattern):
                for start in starts:
                    by_start.setdefault(start, ([], [], []))[behind].append(len(self._anchored))
                self._anchored.append(pattern)
        self._owners = list(by_start.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(by_start), matchkind=ahocorasick_rs.MatchKind.Standard)
        self._last: Scan | None = None

    def scan(self, text: str) -> Scan:
        """Return the text with the places where each pattern may begin; of the same text again, what was found before."""
        last = self._last
        if last is None or last.text is not text:
            self._last = last = Scan(text, dict(zip(self._anchored, self._places(text), strict=True)))
        return last

    def _places(self, text: str) -> list[list[int]]:
        places: list[list[int]] = [[] for _ in self._anchored]
        for which, start, _ in self._automaton.find_matches_as_indexes(_levelled_once(text), overlapping=True):
            anywhere, words, lines = self._owners[which]
            for owner in anywhere:
                places[owner].append(start)
            before = text[start - 1] if start else "\n"
            if words and not (before.isalpha() or before.isdecimal()):
                for owner in words:
                    places[owner].append(start)
            if lines and before == "\n":
                for owner in lines:
                    places[owner].append(start)
        return [sorted(set(of)) for of in places]


class Scan:
    """A text in which patterns are searched for, those whose places are known at these alone."""

    def __init__(self, text: str, places: Mapping[regex.Pattern[str], Sequence[int]]) -> None:
        self.text, self._places = text, places

    def places(self, pattern: regex.Pattern[str]) -> Sequence[int]:
        """Return where an anchored pattern is tried, in order."""
        return self._places[pattern]

    def search(self, pattern: regex.Pattern[str], position: int = 0) -> regex.Match[str] | None:
        """Return what `pattern.search(text, position)` does."""
        places = self._places.get(pattern)
        if places is None:
            return pattern.search(self.text, position)
        for index in range(bisect.bisect_left(places, position), len(places)):
            if match := pattern.match(self.text, places[index]):
                return match
        return None

    def each(self, pattern: regex.Pattern[str]) -> Iterator[regex.Match[str]]:
        """Yield what `pattern.finditer(text)` does, for a pattern that matches no empty words."""
        position = 0
        while match := self.search(pattern, position):
            yield match
            position = max(match.end(), match.start() + 1)


class Words:
    """Words that are looked for all at once."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self._words = sorted(set(words))
        self._automaton = ahocorasick_rs.BytesAhoCorasick(self._words)

    def within(self, source: bytes) -> set[bytes]:
        """Return those that stand anywhere in the bytes."""
        return {self._words[which] for which, _, _ in self._automaton.find_matches_as_indexes(source, overlapping=True)}
