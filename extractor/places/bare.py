"""Places without a word of type: names that the gazetteer knows, communes of the article's own districts, names said again."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence, Set

import ahocorasick_rs
import regex

from extractor.places.gazetteer import gazetteer
from extractor.places.names import NAME, Mention, is_since
from extractor.reading import Reading
from extractor.rules import load_table, word_lists, word_sets

_BARE_LEVELS = ("province", "district")
_PLACE_BEFORE = regex.compile(
    r"(?<!\w)(?:tại|ở|về|đến|lên|xuống|từ|qua|bà con|nhân dân|người dân|đồng bào|cán bộ|mttq|ubnd|đồng hương|địa bàn|quê|thăm|xã|cử tri|các hộ|hội viên|đoàn viên|là|gồm|như) $"
)
_BEGINS = regex.compile(r"(?:^|[.!?…:\n–-]\s*|[\"“(«]\s*)$")
_LAST_WORD = regex.compile(r"(?<!\w)(\p{Lu}\w*) $")


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
    pairs = [(spelling, names[k]) for k in keys for spelling in {k, _old_tone(k), k.replace("Đắk", "Đăk"), k.replace("Đăk", "Đắk")}]
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


def _ends_with(words: str, phrases: tuple[str, ...]) -> bool:
    return words.endswith(phrases) and any(words.endswith(p) and not words[: len(words) - len(p)][-1:].isalpha() for p in phrases)


def _blocked(reading: Reading, start: int, end: int, level: str) -> bool:
    """Tell whether the words around a bare name make it part of something else: a street, a river, a person."""
    ends, stop = word_lists("places", "stop"), word_sets("places", "stop")
    before = reading.folded[max(0, start - 24) : start].rstrip(" \"'(")
    if _ends_with(before, ends["before"]) and not _ends_with(before, ends["unless"]):
        return True
    last = _LAST_WORD.search(reading.text, max(0, start - 12), start)
    if last and (
        last[1] in stop["surnames"]
        or (reading.text[start + 1 : end].islower() and " " not in reading.text[start:end] and not last[1].isupper())
    ):
        return True  # Phan Ngọc Hiển; Lan Anh
    if level in {"district", "commune"} and _in_longer_name(reading, start):
        return True
    if (level == "country" and _ends_with(before, ends["front"])) or (
        level in {"district", "commune"} and _ends_with(before, ends["wares"])
    ):
        return True
    after = reading.text[end : end + 14]
    following = NAME.match(after.lstrip(" ")) if after.startswith(" ") else None
    first = following[0].split(" ")[0] if following else ""
    if level == "country" and " " not in reading.text[start:end] and (first or _is_word(reading, start, end)):
        return True  # "Anh Châu Văn Hậu", "Đức Lương": a man and no country
    return bool(first) and first not in stop["surnames"] and first not in stop["after"]


def _is_word(reading: Reading, start: int, end: int) -> bool:
    """Tell whether a country's name that begins a sentence is a word of every day: "Anh kể rằng", "Ý định"."""
    return reading.text[start:end] in word_sets("places", "stop")["words_too"] and _BEGINS.search(reading.text, max(0, start - 4), start) is not None


def _in_longer_name(reading: Reading, start: int) -> bool:
    """Tell whether a capitalised word before a name makes it a body's: "Tập đoàn Đại Tây Nguyên", "May Sông Hồng Cẩm Khê"."""
    last = _LAST_WORD.search(reading.text, max(0, start - 12), start)
    return bool(last and last[1].istitle() and last[1] not in word_sets("places", "stop")["bodies"])


def _inside_word(text: str, start: int, end: int) -> bool:
    return bool((start and (text[start - 1].isalnum() or text[start - 1] == "_")) or (end < len(text) and text[end].isalnum()))


def known(reading: Reading) -> Iterator[Mention]:
    automaton, pairs = _bare()
    text = reading.text
    for index, start, end in automaton.find_matches_as_indexes(text):
        name, level = pairs[index]
        if not level or _inside_word(text, start, end):
            continue
        if _blocked(reading, start, end, level) if level != "region" else _in_longer_name(reading, start):
            continue
        yield Mention(start, end, start, None, level, name, known=True)


def again(reading: Reading, typed: Sequence[Mention]) -> Iterator[Mention]:
    """Yield communes without their word of type: those that the text has named with it, those of its own districts, and,
    where the words around them speak of a place, those of its own provinces since July 2025."""
    named = {m.name for m in typed if m.level == "commune" and m.known and " " in m.name}
    near, far = _communes_near(reading, typed)
    automaton, names = _communes()
    text, places, since = reading.text, gazetteer(), is_since(reading)
    districts = {m.name for m in typed if m.level == "district"}
    for index, start, end in automaton.find_matches_as_indexes(text):
        name = names[index]
        if not (name in named or name in near or name in far) or _inside_word(text, start, end):
            continue
        of_district = name in districts or (name not in named and name not in near and places.find("district", name))
        if not since and of_district:
            continue  # while there were districts, the bare name is the district's
        if name not in named and places.find("province", name):
            continue
        if _blocked(reading, start, end, "commune"):
            continue
        surely = name in named or name in near or (since and bool(places.find("district", name)))
        if surely or _told_as_place(reading, start, end):
            yield Mention(start, end, start, None, "commune", name, known=True)


@functools.cache
def _communes() -> tuple[ahocorasick_rs.AhoCorasick, list[str]]:
    """Return the automaton of all communes' names of two words or with an apostrophe ("D'Ran")."""
    units = [u for (level, _), found in gazetteer().units.items() if level == "commune" for u in found]
    names = sorted({u.name for u in units if " " in u.name or "'" in u.name})
    # Old tone placement (Thuỷ) and the two ways to write Đắk are found too, for offsets must stay those of the text.
    pairs = [(spelling, name) for name in names for spelling in {name, _old_tone(name), name.replace("Đăk", "Đắk")}]
    automaton = ahocorasick_rs.AhoCorasick([p[0] for p in pairs], matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    return automaton, [p[1] for p in pairs]


def _communes_near(reading: Reading, typed: Sequence[Mention]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the communes of the districts that the text or its site's owner names, and since July 2025 of
    the provinces. Names of persons and common words among them are no places by themselves."""
    places = gazetteer()
    districts = {reading.owner.district_code} | {
        unit.code for m in typed if m.level == "district" for unit in places.find("district", m.name)
    }
    provinces: set[str | None] = set()
    if is_since(reading):
        provinces = {reading.owner.province_code} | {
            places.successor(unit)[0] for m in typed if m.level == "province" for unit in places.find("province", m.name)
        }
    return _bare_names("2024", districts), _bare_names("2025", provinces)


def _bare_names(system: str, codes: set[str | None]) -> frozenset[str]:
    stop, known = word_sets("places", "stop"), gazetteer().communes_of
    units = [u for code in codes if code for u in known.get((system, code), ())]
    return frozenset(u.name for u in units if u.name not in stop["common"] and not _like_person(u.name, stop["surnames"]))


def _like_person(name: str, surnames: Set[str]) -> bool:
    words = name.split(" ")
    return len(words) > 2 and words[0] in surnames


def _told_as_place(reading: Reading, start: int, end: int) -> bool:
    """Tell whether the words around a bare commune's name speak of a place: a preposition, or a list of names."""
    before = reading.folded[max(0, start - 24) : start]
    if _PLACE_BEFORE.search(before):
        return True
    after = reading.text[end : end + 3]
    listed = after[:1] in {",", ";", ".", ")"} or after.startswith((" v", " (")) or after[1:2].isdigit()
    return listed and before.rstrip()[-1:] in {",", ":", "(", ";", "-"}
