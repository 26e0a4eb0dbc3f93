"""People: a name of Vietnamese shape beside a title or a position.

Titles, positions and surnames are in rules/facts/people.toml. The mention is the name alone; the position is the whole
phrase with the body it belongs to, several joined by commas.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Iterator
from typing import Any

import regex

from extractor.places import is_place
from extractor.reading import Found, Reading
from extractor.rules import load_table, trie_pattern, word_lists, word_sets
from extractor.text import fold

_SYLLABLE = r"(?:\p{Lu}\p{Ll}+(?:['’]\p{L}+)?|\p{Lu}['’]\p{L}+|\p{Lu}(?= \p{Lu}))"
_NAME = regex.compile(rf"(?:\p{{Lu}}['’] \p{{L}}+(?: {_SYLLABLE}){{0,3}}|\p{{Lu}}['’]\p{{L}}+(?: {_SYLLABLE}){{0,3}}|{_SYLLABLE}(?: {_SYLLABLE}){{1,4}})(?!\w)")
# What goes on behind the "và" of a body's name, if no person does.
_JOINED = regex.compile(
    r"(?i) (?:xã hội|người có công|đào tạo|môi trường|phát triển|du lịch|thể thao|công nghệ|truyền thông|gia đình|trẻ em|đầu tư|xây dựng|thương mại|dịch vụ|tôn giáo|miền núi|nhân dân|đoàn thể|cộng sự|cứu nạn|phòng chống|nông thôn|khoa học|bảo hiểm)(?!\\w)"
)
_UNIT_BEFORE = regex.compile(r"(?<!\w)(?:tỉnh|huyện|quận|xã|phường|thị xã|thành phố|thị trấn|thôn|bản|ấp) $")
_SHORT_NAME = regex.compile(rf"{_SYLLABLE}(?!\w)")
# Between a name and the position behind it: another name in brackets, an age, a verb.
_AFTER = regex.compile(
    r"(?: ?\([^()\n]{2,30}\))?(?:, ?\d{1,3} tuổi)?(?: ?(?:,|[-–](?! ?\d)|\() ?|,? (?:nguyên là|hiện là|là|làm|tái cử(?: chức)?|giữ chức(?: vụ)?) )"
)
# "Phó Chủ tịch Thường trực Ủy ban": which of the deputies.
_STANDING = regex.compile(r"(?i)^thường trực(?: |$)")
# What may join one person to the next.
_TO_NEXT = regex.compile(r"(?:^|[,;–-]|(?<!\w)(?:và|cùng|với|,? ?(?:các )?(?:ông|bà|đồng chí|đ/c)))[^,;–-]*$")


@functools.cache
def _patterns() -> tuple[regex.Pattern[str], regex.Pattern[str], regex.Pattern[str], frozenset[str]]:
    """Return the patterns of titles, heads and ends of positions, and the surnames."""
    data = load_table("people")
    titles = regex.compile(rf"(?<!\w)(?<!\bcon )(?:{trie_pattern(data['titles']['words'])})(?!\w)[.:]? +$")
    heads = regex.compile(rf"(?<!\w)(?:nguyên |quyền )?{trie_pattern(data['positions']['heads'])}(?!\w)")
    goes_on = rf"(?:nguyên |quyền )?{trie_pattern(data['positions']['heads'])}(?!\w)"
    ends = regex.compile(
        rf"(?<!\w)(?:{trie_pattern(data['positions']['ends'])})(?!\w)|[;:()\"\n]|\.(?=\s|$)|(?<=[^\W\d_])\d{{1,3}}(?!\w)| [-–] (?!{goes_on})"
        rf"|,(?! *{goes_on})"
    )
    return titles, heads, ends, frozenset(data["names"]["surnames"])


@functools.cache
def _callings() -> regex.Pattern[str]:
    return regex.compile(rf"(?:{trie_pattern(load_table('people')['positions']['callings'])})(?!\w)")


def _position_before(reading: Reading, start: int, earliest: int) -> tuple[int, int] | None:
    """Return the span of the position that ends right before the name."""
    _, heads, _, _ = _patterns()
    window = max(earliest, start - 160)
    before, text = reading.folded[window:start].rstrip(" ,"), reading.text[window:start]
    found = None
    for match in heads.finditer(before):
        if found is None and not _breaks(before[match.end() :], text[match.end() :]):
            found = match.start()
    return (window + found, start) if found is not None else None


def _breaks(gap: str, text: str) -> bool:
    """Tell whether the words between a position's head and the name are more than the body it belongs to."""
    _, heads, ends, _ = _patterns()
    stop = next((m for m in ends.finditer(gap) if not _joins(text, m)), None)
    return stop is not None and not heads.match(gap[stop.end() :].lstrip(" ,"))


def _joins(text: str, end: regex.Match[str]) -> bool:
    """Tell whether an "và" or a dash stands inside a body's name: "Sở Nông nghiệp và Môi trường", "Thi đua - Khen thưởng"."""
    if end[0].strip() in {"-", "–"}:
        return text[end.end() : end.end() + 1].isupper()
    return end[0] == "và" and _JOINED.match(text, end.end()) is not None


def _position_after(reading: Reading, end: int, latest: int, *, before_name: bool) -> tuple[int, int] | None:
    """Return the span of the position behind the name; one that runs into the next name is the next person's."""
    _, heads, ends, _ = _patterns()
    lead = _AFTER.match(reading.folded, end, latest)
    if not lead or not (heads.match(reading.folded, lead.end()) or _callings().match(reading.folded, lead.end())):
        return None
    last = min(latest, lead.end() + 200)
    stop = next((m for m in ends.finditer(reading.folded, lead.end(), last) if not _joins(reading.text, m)), None)
    if stop:
        return lead.end(), stop.start()
    if before_name and last == latest:
        joint = _TO_NEXT.search(reading.folded[lead.end() : last])
        last = lead.end() + (joint.start() if joint else 0)
    return (lead.end(), last) if last > lead.end() else None


def _clean(words: str) -> str:
    return " ".join(words.replace("\u00a0", " ").split()).strip(" ,.;:-–(")


def _is_name(name: str, surnames: frozenset[str]) -> bool:
    first = name.split(" ", maxsplit=1)[0]
    return (first in surnames or first[:2] in surnames) and not _is_place_word(name)


def _found(reading: Reading, match: regex.Match[str], around: tuple[int, int]) -> Found | None:
    """Return the person of a name, by the words around it: those of its sentence from the name before to the next."""
    titles, _, _, surnames = _patterns()
    start, end = match.span()
    titled = titles.search(reading.folded, max(around[0], start - 20), start)
    named, particle = _is_name(match[0], surnames), _has_particle(match[0])
    # Most runs of capitals are places and bodies.
    if _named_so(reading, titled.start()) if titled else not (named or particle):
        return None
    before = _position_before(reading, titled.start() if titled else start, around[0])
    after = _position_after(reading, end, around[1], before_name=around[1] < reading.sentence_span(start)[1])
    if not titled and not before and not after:
        return None
    if _UNIT_BEFORE.search(reading.folded, max(0, start - 12), start) and is_place(match[0]):
        return None
    if not titled and not _may_be_untitled(reading, match, before):
        return None
    known = named or (bool(after) and particle)
    if not known and not (titled and (len(match[0].split(" ")) >= 2 or particle) and not _is_place_word(match[0])):
        return None
    parts = [_clean(reading.text[slice(*span)]) for span in (before, after) if span]
    position = ", ".join(p for p in parts if p) or None
    if position is None and titled and (rank := _rank(titled[0])):
        position = rank
    columns: dict[str, Any] = {
        "name": " ".join(match[0].split()),
        "position": position,
        "organisation": _body(position),
    }
    rule = "people: " + ("position" if position else "title")
    return Found(table="people", start=start, end=end, rule=rule, confidence=0.92 if position else 0.8, columns=columns)


def _named_so(reading: Reading, title: int) -> bool:
    """Tell whether what looks like a title begins the name of a place or a body: "xã Bác Ái Tây", "HTX Anh Đào Xanh"."""
    before = reading.folded[max(0, title - 16) : title]
    return reading.text[title].isupper() and (_UNIT_BEFORE.search(before) is not None or _of_body(before.rstrip()))


def _may_be_untitled(reading: Reading, match: regex.Match[str], before: tuple[int, int] | None) -> bool:
    """Tell whether a name without a title may be a person's, and no body's or place's.

    One that a place bears too may be right behind a position of the state, which is no place's, or behind another with no body
    between where it has three syllables, as few places have that are called without their type.
    """
    if _of_body(reading.folded[max(0, match.start() - 16) : match.start()].rstrip()):
        return False
    if not is_place(match[0]):
        return True
    position = fold(_clean(reading.text[slice(*before)])) if before else ""
    of_state = position.endswith(word_lists("people", "positions")["of_state"])
    return of_state or (_patterns()[1].fullmatch(position) is not None and match[0].count(" ") > 1)


def _rank(title: str) -> str | None:
    words = " ".join(title.split())
    return words[:1].upper() + words[1:] if words in word_sets("people", "titles")["ranks"] else None


def _has_particle(name: str) -> bool:
    """Tell whether a name begins as those of the peoples of the Central Highlands do: "A Thủy", "Y Ben", "H'Nguyệt"."""
    first = name.split(" ", maxsplit=1)[0]
    return first in word_sets("people", "names")["particles"] or first[1:2] in {"'", "’"}


def _of_body(before: str) -> bool:
    names = word_lists("people", "names")
    return before.endswith(names["not_after"]) and not before.endswith(names["unless"])


def _is_place_word(name: str) -> bool:
    return name.startswith(word_lists("people", "names")["not_names"])


def _body(position: str | None) -> str | None:
    if position is None:
        return None
    _, heads, _, _ = _patterns()
    last = None
    for match in heads.finditer(fold(position)):
        last = match
    if last is None:
        return None
    body = _STANDING.sub("", position[last.end() :].strip(" ,"))
    # Of a board its word is part of the head: "Trưởng ban Dân vận" heads the "Ban Dân vận".
    return f"Ban {body}" if body and last[0].endswith(" ban") else body or None


def find_people(reading: Reading) -> list[Found]:
    """Return the people that the text names with a title or a position (table "people")."""
    names = list(_names(reading.text))
    persons = [m.span() for m in names if _is_person(reading, m)]
    found = []
    for match in names:
        first, last = reading.sentence_span(match.start())
        index = bisect.bisect_left(persons, match.span())
        own = index < len(persons) and persons[index] == match.span()
        before = max(first, persons[index - 1][1] if index else 0)
        if told := _position_after(reading, before, match.start(), before_name=True):
            before = told[1]
        behind = persons[index + own][0] if index + own < len(persons) else last
        if one := _found(reading, match, (before, min(last, behind))):
            found.append(one)
    return found


def _names(text: str) -> Iterator[regex.Match[str]]:
    surnames = _patterns()[3]
    position = 0
    while match := _NAME.search(text, position):
        # A run of capitals may begin with a body or a place: the name begins at a surname.
        inner = _from_surname(text, match, surnames)
        yield inner
        position = inner.end()


def _is_person(reading: Reading, match: regex.Match[str]) -> bool:
    """Tell whether a name is a person's whatever stands around it: by its surname, no body's and no place's."""
    start = match.start()
    before = reading.folded[max(0, start - 16) : start].rstrip()
    of_unit = _UNIT_BEFORE.search(reading.folded, max(0, start - 12), start)
    in_brackets = before.endswith("(")  # the same person's other name
    return _is_name(match[0], _patterns()[3]) and not (of_unit or in_brackets or _of_body(before) or is_place(match[0]))


def _from_surname(text: str, match: regex.Match[str], surnames: frozenset[str]) -> regex.Match[str]:
    words = match[0].split(" ")
    if len(words) > 2 and fold(words[0]) in word_sets("people", "titles")["words"]:  # "Bà Pi Năng Thị Hoa" opens a sentence
        return _NAME.match(text, match.start() + len(words[0]) + 1) or match
    starts = [i for i, word in enumerate(words[:-1]) if word in surnames]
    # "huyện Hạ Lang Nông Thị Hương": Lang is a surname too, but the words before Nông are a place.
    first = next((i for i in starts if i > 1 and is_place(" ".join(words[:i]))), starts[0] if starts else 0)
    first = 0 if _has_particle(match[0]) else first
    return _NAME.match(text, match.start() + sum(len(w) + 1 for w in words[:first])) or match
