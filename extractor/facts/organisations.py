"""Bodies named in the text, with their canonical names. How names begin and go on is in rules/facts/organisations.toml."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import regex

from extractor.anchors import Anchors
from extractor.reading import Found, Reading
from extractor.rules import load_table, trie_pattern
from extractor.text import fold, one_space

_LEVELS = {
    "trung ương": "country", "tỉnh": "province", "huyện": "district", "quận": "district", "thị xã": "district", "xã": "commune",
    "phường": "commune", "thị trấn": "commune", "đặc khu": "commune", "thôn": "village", "bản": "village", "ấp": "village",
    "khu phố": "village",
}  # fmt: skip
_CITIES = regex.compile(r"(?:thành phố|thành ủy|thành đoàn|tp\.?) *(?:hà nội|hồ chí minh|hcm|đà nẵng|hải phòng|cần thơ)(?!\w)")
# A city without its name may be a province's or a district's.
_CITY = regex.compile(r"(?<!\w)(?:thành phố|thành ủy|thành đoàn|tp\.?) *\w")
# "Hợp tác xã", "xuất bản", "xã hội" name no unit.
_LEVEL = regex.compile(rf"(?<!\w|tác |xuất )({'|'.join(_LEVELS)})(?: (?:ủy|đoàn))?(?!\w)(?! hội)")
# A word of a name. A number that is glued to small letters is the next item's or a note's: "Quảng Trị104".
_WORD = regex.compile(r"\p{Lu}(?:[\w'’-](?<!\p{Ll}\d)|\.(?=\p{L})|&(?=\p{Lu}))*(?<!-)")
# A note's number may be glued to a part.
_PART_END = r"(?![^\W\d_])"
_UNIT = regex.compile(rf"(?:các cấp +)?(?:{'|'.join(_LEVELS)}|thành phố|tp\.?)(?!\w| hội)")
_NUMBER = regex.compile(r"\d{1,3}(?![\w%]|[.,/]\d)")
# What stands between the words of a name; between two of its parts a comma or "và", too: "Văn hóa, Thể thao và Du lịch".
_SPACE = regex.compile(r"(?: *-)? *chi nhánh +|[ ]*[-&] *| +")
_JOINT = regex.compile(r", | và ")
_ACRONYM = regex.compile(r"\p{Lu}{3,}(?!\w)")
_MOST_WORDS, _NOWHERE = 16, 10**12


class _Heads(NamedTuple):
    """How names begin: the pattern, where it may begin, and of each beginning its entry."""

    pattern: regex.Pattern[str]
    anchors: Anchors
    entries: Mapping[str, Mapping[str, Any]]


@functools.cache
def _heads() -> _Heads:
    entries = {fold(word): entry for entry in load_table("organisations")["entry"] for word in entry["words"]}
    pattern = regex.compile(rf"(?<![\w/])(?<!(?<!\w)(?:cán|phi) ){trie_pattern(entries)}(?!\w| +(?:viên|cáo)(?!\w))")
    return _Heads(pattern, Anchors([pattern]), entries)


@functools.cache
def _parts() -> regex.Pattern[str]:
    """Return the pattern of the parts of names of which only the first letter is a capital, with what may follow them."""
    words = load_table("organisations")["names"]
    return regex.compile(rf"{trie_pattern(words['parts'])}{_PART_END}(?: +{trie_pattern(words['behind'])}{_PART_END})*")


def find_organisations(reading: Reading, others: Sequence[Found] = ()) -> list[Found]:
    """Return the bodies that the text names (table "organisations"): name expanded and canonical, kind, level.

    `others` are the places, people and documents of the text: a place may belong to a name, a person ends it, and nothing
    within them begins one.
    """
    heads = _heads()
    matches = list(heads.anchors.scan(reading.folded).each(heads.pattern))
    around = _Around.of(reading, others, [match.start() for match in matches])
    found: list[Found] = []
    for match in matches:
        if (found and match.start() < found[-1].end) or around.holds(match.start()):
            continue
        entry = heads.entries[one_space(match[0])]
        end = around.end(match.end(), entry)
        if _stands(reading.text[match.start() : match.end()], reading.text[match.end() : end], entry):
            found.append(_body(reading, match, end, entry))
    return found


def _stands(head: str, tail: str, entry: Mapping[str, Any]) -> bool:
    """Tell whether the words are a body's name: of some beginnings only with a capital letter, or with a name behind."""
    named = not entry.get("named") or (bool(tail) and any(map(str.isupper, head + tail)) and not _opened().fullmatch(fold(tail)))
    return named and (not entry.get("capital") or any(map(str.isupper, head)))


def _body(reading: Reading, match: regex.Match[str], end: int, entry: Mapping[str, Any]) -> Found:
    start, head = match.start(), entry.get("full") or reading.text[match.start() : match.end()]
    name = " ".join((head + reading.text[match.end() : end]).split())
    whole = entry["kind"] == "union" and reading.folded[match.end() : end].endswith(" việt nam")
    level = entry.get("level") or ("country" if whole else _level(reading.folded[start:end]))
    columns = {"name": name[:1].upper() + name[1:], "kind": entry["kind"], "level": level}
    return Found(table="organisations", start=start, end=end, rule=f"organisations: {entry['kind']}", columns=columns)


def _level(folded: str) -> str | None:
    if _CITIES.search(folded):
        return "province"
    if match := _LEVEL.search(folded):
        return _LEVELS[match[1]]
    return "district" if _CITY.search(folded) else None


@functools.cache
def _opened() -> regex.Pattern[str]:
    """Return the pattern of what follows a beginning in small letters: "Đảng ủy khối Doanh nghiệp"."""
    return regex.compile(rf" +{trie_pattern(load_table('organisations')['names']['opened'])}(?!\w)")


@dataclass(frozen=True, slots=True)
class _Around:
    """What else a text names: where bodies' names, people and places begin, and what nothing begins within."""

    reading: Reading
    heads: Sequence[int]
    people: Sequence[int]
    places: Mapping[int, Found]
    spans: Sequence[tuple[int, int]]

    @classmethod
    def of(cls, reading: Reading, others: Sequence[Found], heads: Sequence[int]) -> _Around:
        """Return what the others are; `heads` are where the names of bodies begin."""
        people = sorted(one.start for one in others if one.table == "people")
        places = {one.start: one for one in others if one.table == "locations"}
        return cls(reading, heads, people, places, sorted((one.start, one.end) for one in others if one.table != "people"))

    def holds(self, start: int) -> bool:
        """Tell whether what begins there is a place's name or a document's, or stands within one."""
        index = bisect.bisect_right(self.spans, (start, _NOWHERE)) - 1
        return index >= 0 and start < self.spans[index][1]

    def end(self, head: int, entry: Mapping[str, Any]) -> int:
        """Return where a name ends whose beginning ends at `head`: before the next person and the next body.

        Where a beginning must have a name behind, what follows may be that name: "Trường Đại học Ngân hàng", "Trường THPT Lê Lợi".
        """
        if opened := _opened().match(self.reading.folded, head):
            head = opened.end()
        person = _next(self.people, head)
        limits = [min(person, _next(self.heads, head))]
        if entry.get("named"):
            limits += [person, len(self.reading.text)] if entry["kind"] == "school" else [person]
        ends = (self._end(head, limit, numbered=bool(entry.get("numbered"))) for limit in limits)
        return next((end for end in ends if end > head), head)

    def _end(self, head: int, limit: int, *, numbered: bool) -> int:
        end, last = head, ""
        for _ in range(_MOST_WORDS):
            piece = self._piece(end, limit, last, numbered=numbered)
            if piece is None:
                break
            end, last = piece
            if last in {"unit", "number"}:
                break
        return end

    def _piece(self, end: int, limit: int, last: str, *, numbered: bool) -> tuple[int, str] | None:
        """Return where the next word of a name ends, and what it is, None where the name does not go on."""
        if last == "part" and (joined := self._joined(end, limit)):
            return joined, "part"
        space = _SPACE.match(self.reading.folded, end)
        at = space.end() if space else limit
        if at >= min(limit, len(self.reading.text)):
            return None
        dash = self.reading.folded[end:at].strip() == "-"  # joins parts and places, and no more
        place = self.places.get(at)
        if place and not (dash and place.columns["type"]):
            return place.end, "unit" if place.columns["type"] else "word"
        if self.reading.text[at].isupper():
            word = self._word(at)
            return None if dash and word and word[1] == "word" else word
        if unit := _UNIT.match(self.reading.folded, at):
            return unit.end(), "unit"
        number = _NUMBER.match(self.reading.text, at) if numbered else None
        return (number.end(), "number") if number else None

    def _joined(self, end: int, limit: int) -> int | None:
        """Return where the part ends that a comma or "và" joins to the one before, None where none does."""
        joint = _JOINT.match(self.reading.folded, end)
        if joint is None or joint.end() >= limit or not self.reading.text[joint.end() : joint.end() + 1].isupper():
            return None
        part = _parts().match(self.reading.folded, joint.end()) or _ACRONYM.match(self.reading.text, joint.end())
        goes_on = part and (joint[0] != ", " or _JOINT.match(self.reading.folded, part.end()))
        return part.end() if part and goes_on else None

    def _word(self, at: int) -> tuple[int, str] | None:
        if part := _parts().match(self.reading.folded, at):
            return part.end(), "part"
        word = _WORD.match(self.reading.text, at)
        return (word.end(), "part" if _ACRONYM.fullmatch(word[0]) else "word") if word else None


def _next(starts: Sequence[int], position: int) -> int:
    index = bisect.bisect_left(starts, position)
    return starts[index] if index < len(starts) else _NOWHERE
