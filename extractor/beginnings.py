"""What the matches of a pattern begin with, read from the pattern: "(?<!\\w)(?:ngày )?\\d" begins with "ngày " or a digit."""

from __future__ import annotations

import functools
import importlib
import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import regex

# The standard library's reader of patterns. It is not public: a pattern that it does not read is searched for the plain way.
parser: Any = importlib.import_module("re._parser")
codes: Any = importlib.import_module("re._constants")
# The longest beginnings, of which a pattern has not too many; of those with too many of one letter nothing is gained.
LONGEST = 7
_LENGTHS, _MOST = (LONGEST, 6, 4, 3, 2, 1), 2_000
# So many repeats beyond the least are told apart: "0 năm", "000 năm"; what comes behind more of them is not looked at,
# nor what comes behind so many spaces, which are rare.
_MORE, _SPACES = 3, 2
# A class of so few characters is a choice of letters; an open one, such as "any letter", may lead so many times.
_FEW, _LED = 40, 20
_DIGIT, _SPACE = re.compile(r"\d"), re.compile(r"[^\S ]")
_NAMED = re.compile(r"\(\?P?<[^=!>]+>")
# Stand for every digit and every white space, in beginnings and in the text that they are looked for in.
ANY_DIGIT, _ANY_SPACE = "0", " "
_STANDING_FOR = {(codes.CATEGORY, codes.CATEGORY_DIGIT): ANY_DIGIT, (codes.CATEGORY, codes.CATEGORY_SPACE): _ANY_SPACE}
# How often a letter stands at a place of a text.
_OFTEN, _SELDOM = {_ANY_SPACE: 0.2}, 0.05
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_WIDTHLESS = (codes.ASSERT, codes.ASSERT_NOT, codes.AT)
_CATEGORIES = {
    codes.CATEGORY_WORD: r"\w", codes.CATEGORY_NOT_WORD: r"\W", codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_SPACE: r"\s", codes.CATEGORY_NOT_SPACE: r"\S",
}  # fmt: skip


class Behind(NamedTuple):
    """What a match stands behind, as far as one letter tells: a pattern that looks at it, and whether it may be a digit."""

    pattern: str = ""
    digit: bool = True


class Lead(NamedTuple):
    """An open run of characters that a match begins with: of what class, and how many; `behind` is where the run ends."""

    of: str
    least: int
    most: int
    behind: Behind


class Start(NamedTuple):
    """A beginning: its words, what leads to them, and whether what follows in the pattern goes on with them."""

    words: str
    lead: Lead | None = None
    goes_on: bool = True


Starts = frozenset[Start]


def beginnings(pattern: regex.Pattern[str]) -> frozenset[str] | None:
    """Return words one of which every match begins with, digits as "0"; None where a match may begin with anything.

    >>> sorted(beginnings(regex.compile(r"(?<!\\w)(?:ngày +)?(?P<d>\\d+)|xã")))
    ['0', 'ngày  ', 'ngày 0', 'xã']
    """
    starts = led_beginnings(pattern)
    return None if any(start.lead for start in starts) else frozenset(start.words for start in starts) or None


def led_beginnings(pattern: regex.Pattern[str]) -> Starts:
    """Return the beginnings one of which every match has; none where a match may begin with anything.

    >>> [start.words for start in led_beginnings(regex.compile(r"\\w{1,3}-\\d"))]
    ['-0']
    """
    tree = _parsed(pattern)
    told: list[Starts] = []
    for longest in _LENGTHS if tree is not None else ():
        reader = _Reader(longest)
        found = reader.sequence(tree, frozenset({Start("")}))
        if all(start.words for start in found):
            told.append(_shortest(found))
        if not reader.were_too_many:
            break
    return min(told, key=_how_often, default=frozenset())


def _shortest(starts: Starts) -> Starts:
    """Return the beginnings without those that begin with another."""
    kept: set[Start] = set()
    for lead in {start.lead for start in starts}:
        shorter = None
        for words in sorted(start.words for start in starts if start.lead == lead):
            if shorter is None or not words.startswith(shorter):
                kept.add(Start(words, lead))
                shorter = words
    return frozenset(kept)


def _how_often(starts: Starts) -> float:
    """Return how often the beginnings stand in a text, by a rough guess."""
    return sum(math.prod(_OFTEN.get(letter, _SELDOM) for letter in start.words) for start in starts)


def stands_behind(pattern: regex.Pattern[str]) -> Behind:
    """Return what every match of a pattern stands behind.

    >>> stands_behind(regex.compile(r"(?<![\\w/]|số )\\d"))
    Behind(pattern='(?<![\\\\w/])', digit=False)
    """
    tree = _parsed(pattern)
    return _behind(tree) if tree else Behind()


@functools.lru_cache(maxsize=8)
def _parsed(pattern: regex.Pattern[str]) -> Any:
    """Return the pattern's tree; None where the standard library does not read it, such as \\p{Lu}."""
    if pattern.flags & (regex.IGNORECASE | regex.VERBOSE | regex.MULTILINE | regex.ASCII):
        return None
    try:
        return parser.parse(_NAMED.sub("(", pattern.pattern))
    except re.error:
        return None


def _behind(nodes: Any) -> Behind:
    kind, value = _node_at(nodes, 0)
    if kind is codes.BRANCH:
        of_arms = {_behind(arm) for arm in value[1]}
        return of_arms.pop() if len(of_arms) == 1 else Behind()
    if kind not in (codes.ASSERT, codes.ASSERT_NOT) or value[0] != -1:
        return Behind()
    arms = next(iter(value[1]))[1][1] if [node for node, _ in value[1]] == [codes.BRANCH] else [value[1]]
    letters = [_last(arm) if kind is codes.ASSERT else _only(arm) for arm in arms]
    told = "|".join(letter for letter in letters if letter)
    if kind is codes.ASSERT:
        return Behind(f"(?<={told})") if all(letters) else Behind()
    no_digit = any(_only(arm) and arm[0][0] is codes.IN and _settles_digits(arm[0][1], negated=False) for arm in arms)
    return Behind(f"(?<!{told})", digit=not no_digit) if told else Behind()


def _node_at(nodes: Any, place: int) -> tuple[Any, Any]:
    kind, value = nodes[place] if len(nodes) else (None, None)
    return kind, value


def _settles_digits(members: Sequence[tuple[Any, Any]], *, negated: bool) -> bool:
    """Tell whether a class holds every digit, or, negated, none."""
    digits = {(codes.CATEGORY, codes.CATEGORY_WORD), (codes.CATEGORY, codes.CATEGORY_DIGIT)}
    return (members[0][0] is codes.NEGATE) == negated and not digits.isdisjoint(members)


def _only(nodes: Any) -> str | None:
    """Return the pattern of the one character, or the text's beginning, that nodes match; None where they match more."""
    return _letter(*nodes[0]) if len(nodes) == 1 else None


def _last(nodes: Any) -> str | None:
    """Return the pattern of the character that nodes match last; None where that is not one class."""
    kind, value = _node_at(nodes, -1)
    return _last(value[2]) if kind in _REPEATS and value[0] else _letter(kind, value)


def _letter(kind: Any, value: Any) -> str | None:
    if kind is codes.LITERAL:
        return str(regex.escape(chr(value)))
    if kind is codes.IN:
        return f"[{''.join(map(_member, value))}]"
    return "^" if kind is codes.AT and value is codes.AT_BEGINNING else None


def _member(member: tuple[Any, Any]) -> str:
    kind, value = member
    if kind is codes.NEGATE:
        return "^"
    if kind is codes.CATEGORY:
        return _CATEGORIES[value]
    return "-".join(regex.escape(chr(character)) for character in (value if kind is codes.RANGE else [value]))


class _Reader:
    """Reads the beginnings of a pattern's tree, none longer than `longest`."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self.were_too_many = False

    def sequence(self, nodes: Any, starts: Starts) -> Starts:
        """Return the starts, those that go on with what the nodes match behind them, as long as these are not too many."""
        for place, node in enumerate(nodes, 1):
            if not any(start.goes_on for start in starts):
                break
            further = self._node(node, starts, last=place == len(nodes))
            if len(further) > _MOST:
                self.were_too_many = True
                return _closed(starts)
            starts = further
        return starts

    def _node(self, node: tuple[Any, Any], starts: Starts, *, last: bool) -> Starts:
        kind, value = node
        if last and kind is codes.ASSERT and value[0] == 1:  # what is looked ahead for stands there too
            return _closed(self.sequence(value[1], starts))
        if kind in _WIDTHLESS:
            return starts
        going = frozenset(start for start in starts if start.goes_on)
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
            return self._led(value, going) if _is_open(value) else self._repeated(value, going)
        return _closed(going)  # a character that may be any, or what stands elsewhere in the match

    def _with(self, going: Starts, letters: Sequence[str]) -> Starts:
        told = {levelled(letter) for letter in letters}
        return frozenset(
            Start(start.words + letter, start.lead, len(start.words) + 1 < self._longest) for start in going for letter in told
        )

    def _repeated(self, value: tuple[int, int, Any], going: Starts) -> Starts:
        least, most, nodes = value
        for _ in range(min(least, self._longest)):
            going = self.sequence(nodes, going)
        ended = going
        last = max(least + 1, _SPACES) if list(nodes) == _ONE_SPACE else least + _MORE
        for more in range(least + 1, min(most, last) + 1):
            going = self.sequence(nodes, going)
            ended |= _closed(going) if more == last and most > more else going
        return ended

    def _led(self, value: tuple[int, int, Any], going: Starts) -> Starts:
        """Return the starts, those without words led by the open run."""
        least, most, nodes = value
        bare = frozenset(start for start in going if not start.words and not start.lead)
        of = str(_only(nodes))
        led = Start("", Lead(of, least, most, Behind(f"(?<={of})", digit=not _settles_digits(nodes[0][1], negated=True))))
        return _closed(going - bare) | (bare and {led}) | (frozenset() if least else bare)


_ONE_SPACE = list(parser.parse(" "))


def _is_open(repeat: tuple[int, int, Any]) -> bool:
    """Tell whether a repeat is of any characters of an open class, and not too many."""
    _, most, nodes = repeat
    return most <= _LED and len(nodes) == 1 and nodes[0][0] is codes.IN and _letters(nodes[0][1]) is None


def _closed(starts: Starts) -> Starts:
    return frozenset(Start(words, lead, False) for words, lead, _ in starts)


def _letters(members: Sequence[tuple[Any, Any]]) -> list[str] | None:
    """Return the characters of a class; None where it is open to too many."""
    letters: list[str] = []
    for kind, value in members:
        if kind is codes.LITERAL:
            letters.append(chr(value))
        elif kind is codes.RANGE and value[1] - value[0] < _FEW:
            letters += map(chr, range(value[0], value[1] + 1))
        elif (kind, value) in _STANDING_FOR:
            letters.append(_STANDING_FOR[kind, value])
        else:
            return None
    return letters


def levelled(text: str) -> str:
    """Return a text with one letter for all digits and one for all white space, as long as it was.

    >>> levelled("ngày\\t12/3")
    'ngày 00/0'
    """
    if text.replace(" ", "").isalpha():
        return text  # as most beginnings of lines are
    return _SPACE.sub(_ANY_SPACE, _DIGIT.sub(ANY_DIGIT, text))
