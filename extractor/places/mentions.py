"""Where places are named: after a word of type ("xã Đạ Đờn, Liên Hà"), or by a name that is known without one."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import ahocorasick_rs
import regex

from extractor.places.gazetteer import PROVINCE_CITIES, gazetteer
from extractor.reading import Reading
from extractor.rules import load_table
from extractor.text import fold

_CAP = r"\p{Lu}[\w'’]*"
_NAME = regex.compile(rf"{_CAP}(?:(?: ?- ?| ){_CAP})*")
_NUMBERED = regex.compile(r"(?:số )?(\d{1,3}(?:[a-zA-Z]\d?|/\d{1,2})?|[IVX]{1,5})(?![\w%]|[.,/-]\d)")
# What may join the items of a list that share one word of type.
_JOIN = regex.compile(r",? (?:và|cùng|với) (?:các )?|, ?| - |; ?| & ")
_BARE_LEVELS = ("province", "district")
_BELOW_DISTRICT = ("commune", "village")
# What may be listed by number: "ấp 3, 4 và 5".
_NUMBER_LISTS = frozenset({"quận", "phường", "tổ dân phố", "ấp", "khu phố", "thôn", "tổ"})
_LAST_WORD = regex.compile(r"(?<!\w)(\p{Lu}\w*) $")
_LIST_END = regex.compile(r" *+(?:\W|$|(?:và|thuộc|của|đã|đều|có|tại|trên)(?!\w))")
_COUNTED = regex.compile(r"(?:\d|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|mấy|nhiều) $")
# "nông thôn 35 triệu": what is counted in thousands is no hamlet.
_SCALE = regex.compile(r" *(?:nghìn|ngàn|triệu|tỷ|tỉ|tr|%|đồng|hộ|người|căn|nhà|suất)(?!\w)")


@dataclass(frozen=True, slots=True)
class Mention:
    """A place as the text names it: `start` is where its word of type, if it has one, begins."""

    start: int
    end: int
    name_start: int
    type: str | None
    level: str
    name: str
    known: bool


@dataclass(frozen=True, slots=True)
class _Type:
    """A word of type: what it introduces, whether only a number may follow, and the words it does not follow."""

    name: str
    level: str
    numbers_only: bool
    not_after: tuple[str, ...]


@functools.cache
def _types() -> tuple[regex.Pattern[str], dict[str, _Type]]:
    words: dict[str, _Type] = {}
    for entry in load_table("places")["type"]:
        one = _Type(
            entry["type"],
            entry["level"],
            entry.get("numbers_only", False),
            tuple(f"{w} " for w in entry.get("not_after", ())),
        )
        words.update({fold(word): one for word in entry["words"]})
    alternation = "|".join(sorted((regex.escape(w) for w in words), key=len, reverse=True)).replace(r"\ ", " +")
    return regex.compile(rf"(?<![\w])(?P<type>{alternation})(?: +(?:(?:là|gồm|như):? +)?|(?<=\.) *)(?=[\w\"“'])"), words


@functools.cache
def _bare() -> tuple[ahocorasick_rs.AhoCorasick, list[tuple[str, str]]]:
    """Return the automaton of names known without a type, with the level of each."""
    places = gazetteer()
    names: dict[str, str] = {}
    for (level, _), units in places.units.items():
        if level in _BARE_LEVELS:
            for unit in units:
                if " " in unit.name or level == "province" or "-" in unit.name or len(unit.name) > 4:
                    names.setdefault(unit.name, level)
    names.update({s: "province" if places.find("province", s) else "district" for s in places.spellings if len(s) > 4})
    names.update(dict.fromkeys(places.regions, "region"))
    names.update(dict.fromkeys(places.countries, "country"))
    for level in ("province", "region", "country"):  # a province's name beats its namesakes below
        names.update({u.name: level for (lv, _), us in places.units.items() if lv == level for u in us})
    stop = load_table("places")["stop"]["phrases"]
    names.update(dict.fromkeys(stop, ""))
    keys = list(names)
    # Old tone placement (Hoà) is matched by a second spelling, since offsets must stay those of the text.
    pairs = [(spelling, names[k]) for k in keys for spelling in {k, _old_tone(k)}]
    automaton = ahocorasick_rs.AhoCorasick([p[0] for p in pairs], matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    return automaton, pairs


_OLD = {
    "òa": "oà",
    "óa": "oá",
    "ỏa": "oả",
    "õa": "oã",
    "ọa": "oạ",
    "òe": "oè",
    "óe": "oé",
    "ùy": "uỳ",
    "úy": "uý",
    "ủy": "uỷ",
    "ũy": "uỹ",
    "ụy": "uỵ",
}


def _old_tone(name: str) -> str:
    return regex.sub("|".join(_OLD), lambda m: _OLD[m[0]], name)


def _longest_known(level: str, name: str) -> str | None:
    """Return the longest beginning of the name, in whole words, that a unit of the level bears."""
    words = name.split(" ")
    for count in range(len(words), 0, -1):
        head = " ".join(words[:count])
        if gazetteer().find(level, head):
            return head
    return None


def _trim(level: str, name: str) -> tuple[str, bool]:
    """Return the part of a capitalised run that is the place's name, and whether it is known."""
    known = _longest_known(level, name)
    words = name.split(" ")
    if known and not (
        " " not in known and len(words) > 1 and not known.isdigit() and level == "commune" and len(words) == 2
    ):
        return known, True
    surnames = set(load_table("places")["stop"]["surnames"])
    for index in range(1, len(words)):  # a person's name may follow: "tỉnh Bến Tre Nguyễn Hải Hà"
        if words[index] in surnames and len(words) - index >= 2:
            return " ".join(words[:index]), False
    return " ".join(words[: 4 if "-" not in name else 6]), False


def _level(kind: _Type, name: str, reading: Reading) -> str:
    if kind.name == "thành phố":
        city = _longest_known("province", name)
        if city and fold(gazetteer().spellings.get(city, city)) in PROVINCE_CITIES:
            return "province"
        since = reading.published is not None and reading.published.year >= 2025
        return "province" if fold(name) == "huế" and since else "district"
    return kind.level


def _typed(reading: Reading) -> Iterator[Mention]:
    pattern, words = _types()
    for match in pattern.finditer(reading.folded):
        kind = words[regex.sub(" +", " ", match["type"])]
        before = reading.folded[max(0, match.start() - 12) : match.start()]
        if not before.endswith(kind.not_after):
            plural = match["type"].startswith("các ") or _COUNTED.search(before) is not None
            yield from _items(reading, match, kind, plural=plural)


def _items(reading: Reading, match: regex.Match[str], kind: _Type, *, plural: bool) -> Iterator[Mention]:
    """Yield the places that one word of type introduces, the first with it, the others of a list without.

    After "các xã", "3 xã" a list goes on with names that nobody knows; after "xã" alone only with known ones.
    """
    position, start = match.end(), match.start("type")
    one = _item(reading, position, start, kind)
    while one:
        yield one
        join = _JOIN.match(reading.text, one.end)
        if not join:
            return
        one = _further(reading, join.end(), kind, plural=plural)


def _numbered(reading: Reading, position: int, start: int, kind: _Type) -> Mention | None:
    if kind.level != "village" and kind.name not in {"quận", "phường"}:
        return None
    number = _NUMBERED.match(reading.text, position)
    name = _NAME.match(reading.text, position)
    if number is None or (name and name.end() > number.end()) or _SCALE.match(reading.folded, number.end()):
        return None
    return Mention(
        start, number.end(), number.start(1), kind.name, kind.level, number[1].lstrip("0") or number[1], known=True
    )


def _item(reading: Reading, position: int, start: int, kind: _Type) -> Mention | None:
    if numbered := _numbered(reading, position, start, kind):
        return numbered
    name = None if kind.numbers_only else _NAME.match(reading.text, position)
    if name is None:
        return None
    level = _level(kind, name[0], reading)
    trimmed, known = _trim(level, name[0])
    person = (
        level != "village"
        and trimmed.count(" ") >= 2
        and trimmed.split(" ")[0] in load_table("places")["stop"]["surnames"]
    )
    if not known and (level == "province" or len(trimmed) < 2 or person or _is_title(reading, position)):
        return None
    return Mention(start, position + len(trimmed), position, kind.name, level, trimmed, known)


def _further(reading: Reading, position: int, kind: _Type, *, plural: bool) -> Mention | None:
    """Return the next place of a list whose word of type stands before its first."""
    if numbered := _numbered(reading, position, position, kind):
        return numbered if kind.name in _NUMBER_LISTS and _LIST_END.match(reading.folded, numbered.end) else None
    name = None if kind.numbers_only else _NAME.match(reading.text, position)
    if name is None:
        return None
    level = _level(kind, name[0], reading)
    trimmed, known = _trim(level, name[0])
    if not known and (not plural or level not in _BELOW_DISTRICT or trimmed != name[0] or _is_title(reading, position)):
        return None
    return Mention(position, position + len(trimmed), position, None, level, trimmed, known)


def _is_title(reading: Reading, position: int) -> bool:
    """Tell whether the name after a word of type is a body's or a person's, such as "xã Đoàn", "thôn Trưởng"."""
    words = reading.folded[position : position + 12].split(" ")
    return words[0] in load_table("places")["stop"]["not_names"]


def _ends_with(words: str, phrases: list[str]) -> bool:
    return any(words.endswith(p) and not words[: len(words) - len(p)][-1:].isalpha() for p in phrases)


def _blocked(reading: Reading, start: int, end: int, level: str) -> bool:
    """Tell whether the words around a bare name make it part of something else: a street, a river, a person."""
    stop = load_table("places")["stop"]
    before = reading.folded[max(0, start - 24) : start].rstrip(" \"'(")
    if _ends_with(before, stop["before"]) and not _ends_with(before, stop["unless"]):
        return True
    last = _LAST_WORD.search(reading.text, max(0, start - 12), start)
    if last and (
        last[1] in stop["surnames"]
        or (reading.text[start + 1 : end].islower() and " " not in reading.text[start:end] and not last[1].isupper())
    ):
        return True  # Phan Ngọc Hiển; Lan Anh
    if (level == "country" and _ends_with(before, stop["front"])) or (
        level == "district" and _ends_with(before, stop["wares"])
    ):
        return True
    after = reading.text[end : end + 14]
    following = _NAME.match(after.lstrip(" ")) if after.startswith(" ") else None
    first = following[0].split(" ")[0] if following else ""
    return bool(first) and first not in stop["surnames"] and first not in stop["after"]


def _known(reading: Reading) -> Iterator[Mention]:
    automaton, pairs = _bare()
    text = reading.text
    for index, start, end in automaton.find_matches_as_indexes(text):
        name, level = pairs[index]
        joined = (start and (text[start - 1].isalnum() or text[start - 1] == "_")) or (
            end < len(text) and text[end].isalnum()
        )
        if not level or joined or (level != "region" and _blocked(reading, start, end, level)):
            continue
        yield Mention(start, end, start, None, level, name, known=True)


def find_mentions(reading: Reading) -> list[Mention]:
    """Return the places that the text names, in order, without overlap; typed ones beat bare ones."""
    typed = sorted(_typed(reading), key=lambda m: (m.start, -m.end))
    kept: list[Mention] = []
    for mention in typed:
        if kept and mention.start < kept[-1].end:
            continue
        kept.append(mention)
    bare = _apart(_known(reading), kept)
    both = sorted(kept + bare, key=lambda m: m.start)
    again = _apart(_again(reading, kept), both)
    return sorted(both + again, key=lambda m: m.start)


def _apart(mentions: Iterable[Mention], kept: list[Mention]) -> list[Mention]:
    """Return the mentions, in text order, that overlap none of the kept ones."""
    index, apart = 0, []
    for mention in mentions:
        while index < len(kept) and kept[index].end <= mention.start:
            index += 1
        if index == len(kept) or kept[index].start >= mention.end:
            apart.append(mention)
    return apart


def _again(reading: Reading, typed: list[Mention]) -> Iterator[Mention]:
    """Yield communes that the text names a second time without their word of type."""
    names = {m.name for m in typed if m.level == "commune" and m.known and " " in m.name}
    if not names:
        return
    for match in regex.finditer(
        rf"(?<!\w)(?:{'|'.join(sorted(map(regex.escape, names), key=len, reverse=True))})(?!\w)", reading.text
    ):
        if not _blocked(reading, *match.span(), "commune"):
            yield Mention(match.start(), match.end(), match.start(), None, "commune", match[0], known=True)
