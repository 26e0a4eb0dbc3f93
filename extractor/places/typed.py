"""Places after a word of type: "xã Đạ Đờn, Liên Hà", "các xã vùng cao như Sơn Hội", "ấp Mỹ Phước 2", "tổ dân phố 3"."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from extractor.anchors import Anchors
from extractor.places.gazetteer import PROVINCE_CITIES, gazetteer
from extractor.places.names import NAME, Mention, longest_known, trim
from extractor.reading import Reading
from extractor.rules import load_table, word_sets
from extractor.text import fold, one_space

_NUMBERED = regex.compile(r"(?:số )?(\d{1,3}(?:[a-zA-Z]\d?|/\d{1,2})?|[IVX]{1,5})(?![\w%]|[.,/-]\d)")
# A hamlet's name may end in a number: "ấp Mỹ Phước 2", "thôn Đông Anh 3B".
# Letters part communes of one name: "xã Vĩnh Phước A".
_LETTER_TAIL = regex.compile(r" [A-E](?!\w)")
_NUMBER_TAIL = regex.compile(r" (\d{1,2}[A-Z]?|[IVX]{1,4})(?![\w%]|[.,/-]\d)")
# What may join the items of a list that share one word of type; a bracket may stand behind each.
_JOIN = regex.compile(r"(?: ?\([^()\n]{1,40}\))?(?:,? (?:và|cùng|với) (?:các )?|, ?| - |; ?| & )")
# Words between a plural word of type and the names: "các xã vùng bãi ngang như", "04 xã đạt chuẩn:".
_INTRODUCED = regex.compile(r"(?: [^.;:,()\n]{1,90}?)??(?: (?:như|gồm|là|gồm có|bao gồm) |: )(?=\S)")
_EACH = regex.compile(r"(?<!\w)(?:mỗi|từng|tặng|cho) $")
_PERSON_WORDS = frozenset({"bà", "ông"})
_BELOW_DISTRICT = ("commune", "village")
# What may be listed by number: "ấp 3, 4 và 5".
_NUMBER_LISTS = frozenset({"quận", "phường", "tổ dân phố", "ấp", "khu phố", "thôn", "tổ", "khu", "khóm", "xóm"})
_LIST_END = regex.compile(r" *+(?:\W|$|(?:và|thuộc|của|đã|đều|có|tại|trên)(?!\w))")
_PLURAL = regex.compile(r"(?:\d|(?<!\w)(?:hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|mấy|nhiều|các|những|liên)|\d (?:xã|phường|thị trấn|thôn|ấp|bản)(?:,| và)) $")
# "nông thôn 35 triệu", "ấp 10 năm liền": what is counted is no hamlet.
_SCALE = regex.compile(
    r" *(?:nghìn|ngàn|triệu|tỷ|tỉ|tr|%|đồng|hộ|người|căn|nhà|suất|năm|tháng|ngày|lần|tuổi|đại biểu|cuộc|km|m|ha|lượt|em|cháu)(?!\w)"
)


@dataclass(frozen=True, slots=True)
class _Type:
    """A word of type: what it introduces, whether only a number may follow, the words it does not follow and those not to follow it."""

    name: str
    level: str
    numbers_only: bool
    not_after: tuple[str, ...]
    not_before: frozenset[str]


@functools.cache
def _types() -> tuple[regex.Pattern[str], Anchors, dict[str, _Type]]:
    """Return the pattern of the words of type, where it may begin, and what each of the words introduces."""
    words: dict[str, _Type] = {}
    for entry in load_table("places")["type"]:
        one = _Type(
            entry["type"],
            entry["level"],
            entry.get("numbers_only", False),
            tuple(f"{w} " for w in entry.get("not_after", ())),
            frozenset(entry.get("not_before", ())),
        )
        words.update({fold(word): one for word in entry["words"]})
    alternation = "|".join(sorted((regex.escape(w) for w in words), key=len, reverse=True)).replace(r"\ ", " +")
    pattern = regex.compile(rf"(?<![\w])(?P<type>{alternation})(?: +(?:(?:là|gồm|như):? +)?|(?<=\.) *)(?=[\w\"“'])")
    return pattern, Anchors([pattern]), words


def _level(kind: _Type, name: str, reading: Reading) -> str:
    if kind.name == "thành phố":
        city = longest_known("province", name)
        if city and fold(gazetteer().spellings.get(city, city)) in PROVINCE_CITIES:
            return "province"
        since = reading.published is not None and reading.published.year >= 2025
        return "province" if fold(name) == "huế" and since else "district"
    return kind.level


def typed(reading: Reading) -> Iterator[Mention]:
    """Yield the places that stand after a word of type, and the others of the list that it introduces."""
    pattern, anchors, words = _types()
    for match in anchors.scan(reading.folded).each(pattern):
        kind = words[one_space(match["type"])]
        before = reading.folded[max(0, match.start() - 12) : match.start()]
        if not before.endswith(kind.not_after) and not _is_name(reading, match):
            plural = match["type"].startswith("các ") or _PLURAL.search(before) is not None
            yield from _items(reading, match, kind, plural=plural)


def _is_name(reading: Reading, match: regex.Match[str]) -> bool:
    """Tell whether the word of type is the first of a unit's own name: "Buôn Đôn", "Bản Phố"."""
    start = match.start("type")
    name = NAME.match(reading.text, start)
    return name is not None and any(longest_known(level, name[0]) == name[0] for level in ("district", "commune"))


def _items(reading: Reading, match: regex.Match[str], kind: _Type, *, plural: bool) -> Iterator[Mention]:
    """Yield the places that one word of type introduces, the first with it, the others of a list without.

    After "các xã", "3 xã" a list goes on with names that nobody knows; after "xã" alone only with known ones.
    """
    one = _item(reading, match.end(), match.start("type"), kind)
    if one is None and plural and kind.level in _BELOW_DISTRICT:
        yield from _introduced(reading, match, kind)
        return
    while one:
        yield one
        join = _JOIN.match(reading.text, one.end)
        if not join:
            return
        one = _further(reading, join.end(), kind, plural=plural)


def _introduced(reading: Reading, match: regex.Match[str], kind: _Type) -> Iterator[Mention]:
    """Yield the names of a list that stands further behind its word of type: "04 xã đạt chuẩn: Hòa Sơn, Hòa Lễ"."""
    words = _INTRODUCED.match(reading.folded, match.end("type"))
    one = _further(reading, words.end(), kind, plural=True) if words else None
    names: list[Mention] = []
    while one:
        names.append(one)
        join = _JOIN.match(reading.text, one.end)
        one = _further(reading, join.end(), kind, plural=True) if join else None
    if len(names) > 1 or any(name.known for name in names):
        yield from names


def _numbered(reading: Reading, position: int, start: int, kind: _Type) -> Mention | None:
    if kind.level != "village" and kind.name not in {"quận", "phường"}:
        return None
    if _EACH.search(reading.folded, max(0, start - 8), start):  # "mỗi tổ 1 tủ sách"
        return None
    number = _NUMBERED.match(reading.text, position)
    name = NAME.match(reading.text, position)
    if number is None or (name and name.end() > number.end()) or _SCALE.match(reading.folded, number.end()):
        return None
    return Mention(
        start, number.end(), number.start(1), kind.name, kind.level, number[1].lstrip("0") or number[1], known=True
    )


def _item(reading: Reading, position: int, start: int, kind: _Type) -> Mention | None:
    if numbered := _numbered(reading, position, start, kind):
        return numbered
    name = None if kind.numbers_only else NAME.match(reading.text, position)
    if name is None:
        return None
    level = _level(kind, name[0], reading)
    trimmed, known = trim(level, name[0])
    person = (
        level != "village"
        and trimmed.count(" ") >= 2
        and trimmed.split(" ")[0] in word_sets("places", "stop")["surnames"]
    )
    letter = len(trimmed) < 2 and level != "village"
    if not known and (level == "province" or letter or person or _is_title(reading, position, kind)):
        return None
    end = _with_number(reading, position + len(trimmed), level, whole=trimmed == name[0])
    return Mention(start, end, position, kind.name, level, reading.text[position:end], known)


def _with_number(reading: Reading, end: int, level: str, *, whole: bool) -> int:
    """Return where a name ends, with the letter or, for a hamlet, the number that may belong to it."""
    if level == "commune" and (letter := _LETTER_TAIL.match(reading.text, end)):
        return letter.end()
    tail = _NUMBER_TAIL.match(reading.text, end) if whole and level == "village" else None
    return tail.end() if tail and not _SCALE.match(reading.folded, tail.end()) else end


def _further(reading: Reading, position: int, kind: _Type, *, plural: bool) -> Mention | None:
    """Return the next place of a list whose word of type stands before its first."""
    if numbered := _numbered(reading, position, position, kind):
        return numbered if kind.name in _NUMBER_LISTS and _LIST_END.match(reading.folded, numbered.end) else None
    name = None if kind.numbers_only else NAME.match(reading.text, position)
    if name is None:
        return None
    level = _level(kind, name[0], reading)
    trimmed, known = trim(level, name[0])
    if not known and (not plural or level not in _BELOW_DISTRICT or trimmed != name[0] or _is_title(reading, position, kind)):
        return None
    end = _with_number(reading, position + len(trimmed), level, whole=trimmed == name[0])
    return Mention(position, end, position, None, level, reading.text[position:end], known)


def _is_title(reading: Reading, position: int, kind: _Type) -> bool:
    """Tell whether the name after a word of type is a body's or a person's, such as "xã Đoàn", "thôn Trưởng"."""
    first = reading.folded[position : position + 12].split(" ")[0]
    if first in _PERSON_WORDS:  # "khóm Bà Bài" is a hamlet, "khóm Bà Nguyễn Thị Sáu" runs into a person
        name = NAME.match(reading.text, position)
        return name is None or name[0].count(" ") > 2
    return first in kind.not_before or first in word_sets("places", "stop")["not_names"]
