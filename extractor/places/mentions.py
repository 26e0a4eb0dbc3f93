"""Where places are named: after a word of type ("xã Đạ Đờn, Liên Hà"), or by a name that is known without one."""

from __future__ import annotations

import functools
from collections.abc import Iterator
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


@functools.cache
def _types() -> tuple[regex.Pattern[str], dict[str, tuple[str, str]]]:
    words: dict[str, tuple[str, str]] = {}
    for entry in load_table("places")["type"]:
        for word in entry["words"]:
            words[fold(word)] = (entry["type"], entry["level"])
    alternation = "|".join(sorted((regex.escape(w) for w in words), key=len, reverse=True)).replace(r"\ ", " +")
    return regex.compile(rf"(?<![\w])(?P<type>{alternation})(?: +|(?<=\.) *)(?=[\w\"“'])"), words


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


_OLD = {"òa": "oà", "óa": "oá", "ỏa": "oả", "õa": "oã", "ọa": "oạ", "òe": "oè", "óe": "oé", "ùy": "uỳ", "úy": "uý", "ủy": "uỷ", "ũy": "uỹ", "ụy": "uỵ"}


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
    if known and not (" " not in known and len(words) > 1 and not known.isdigit() and level == "commune" and len(words) == 2):
        return known, True
    surnames = set(load_table("places")["stop"]["surnames"])
    for index in range(1, len(words)):  # a person's name may follow: "tỉnh Bến Tre Nguyễn Hải Hà"
        if words[index] in surnames and len(words) - index >= 2:
            return " ".join(words[:index]), False
    return " ".join(words[: 4 if "-" not in name else 6]), False


def _level(kind: str, level: str, name: str, reading: Reading) -> str:
    if kind == "thành phố":
        if fold(gazetteer().spellings.get(name, name)) in PROVINCE_CITIES:
            return "province"
        since = reading.published is not None and reading.published.year >= 2025
        return "province" if fold(name) == "huế" and since else "district"
    return level


def _typed(reading: Reading) -> Iterator[Mention]:
    pattern, words = _types()
    for match in pattern.finditer(reading.folded):
        kind, level = words[regex.sub(" +", " ", match["type"])]
        yield from _items(reading, match, kind, level)


def _items(reading: Reading, match: regex.Match[str], kind: str, level: str) -> Iterator[Mention]:
    """Yield the places that one word of type introduces, the first with it, the others of a list without."""
    text = reading.text
    position, start = match.end(), match.start("type")
    first = True
    while one := _item(reading, position, start, kind, level, listed=not first):
        yield one
        first = False
        join = _JOIN.match(text, one.end)
        if not join:
            return
        position = start = join.end()


def _item(reading: Reading, position: int, start: int, kind: str, level: str, *, listed: bool) -> Mention | None:
    text = reading.text
    if level == "village" or (kind in {"quận", "phường"}):
        number = _NUMBERED.match(text, position)
        if number and not (listed and number[1].isdigit() and kind not in {"quận", "phường", "tổ dân phố", "ấp", "khu phố", "thôn", "tổ"}):
            bare = _NAME.match(text, position)
            if bare is None or bare.end() <= number.end():
                follows = reading.folded[number.end() : number.end() + 8].lstrip()
                if listed and follows[:1].isalpha() and not follows.startswith(("và", "thuộc", "của", "đã", "đều", "có", "tại", "trên")):
                    return None
                return Mention(start, number.end(), number.start(1), kind, level, number[1].lstrip("0") or number[1], known=True)
    name = _NAME.match(text, position)
    if name is None:
        return None
    if listed and level != "village" and not _longest_known(level, name[0]):
        return None
    if listed and level == "village":
        return None
    real = _level(kind, level, name[0].split(",")[0], reading)
    trimmed, known = _trim(real, name[0])
    if real == "province" and not known:
        return None
    end = position + len(trimmed)
    if not known and (_is_title(reading, position) or regex.match(r" ?\d|[(]", text[end : end + 2]) is None and len(trimmed) < 2):
        return None
    return Mention(start, end, position, None if listed else kind, real, trimmed, known)


def _is_title(reading: Reading, position: int) -> bool:
    """Tell whether the name after a word of type is a body's or a person's, such as "xã Đoàn", "thôn Trưởng"."""
    words = reading.folded[position : position + 12].split(" ")
    return words[0] in load_table("places")["stop"]["not_names"]


def _blocked(reading: Reading, start: int, end: int) -> bool:
    """Tell whether the words around a bare name make it part of something else: a street, a river, a person."""
    stop = load_table("places")["stop"]
    before = reading.folded[max(0, start - 24) : start].rstrip(" \"'(")
    if any(before.endswith(w) and (len(before) == len(w) or not before[-len(w) - 1].isalpha()) for w in stop["before"]):
        return True
    after = reading.text[end : end + 14]
    following = _NAME.match(after.lstrip(" ")) if after.startswith(" ") else None
    return bool(following) and following[0].split(" ")[0] not in stop["surnames"] and following[0].split(" ")[0] not in stop["after"]


def _known(reading: Reading) -> Iterator[Mention]:
    automaton, pairs = _bare()
    text = reading.text
    for index, start, end in automaton.find_matches_as_indexes(text):
        name, level = pairs[index]
        joined = (start and (text[start - 1].isalnum() or text[start - 1] == "_")) or (end < len(text) and text[end].isalnum())
        if not level or joined or _blocked(reading, start, end):
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
    taken = [(m.start, m.end) for m in kept]
    index = 0
    bare: list[Mention] = []
    for mention in _known(reading):
        while index < len(taken) and taken[index][1] <= mention.start:
            index += 1
        if index < len(taken) and taken[index][0] < mention.end:
            continue
        bare.append(mention)
    return sorted(kept + bare, key=lambda m: m.start)
