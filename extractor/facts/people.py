"""People: a name of Vietnamese shape beside a title or a position.

Titles, positions and surnames are in rules/facts/people.toml. The mention is the name alone; the position is the whole
phrase with the body it belongs to, several joined by commas.
"""

from __future__ import annotations

import functools
from typing import Any

import regex

from extractor.places import is_place
from extractor.reading import Found, Reading
from extractor.rules import load_table, trie_pattern
from extractor.text import fold

_SYLLABLE = r"(?:\p{Lu}\p{Ll}+(?:['’]\p{L}+)?|\p{Lu}['’]\p{L}+|\p{Lu}(?= \p{Lu}))"
_NAME = regex.compile(rf"(?:\p{{Lu}}['’] \p{{L}}+(?: {_SYLLABLE}){{0,3}}|\p{{Lu}}['’]\p{{L}}+(?: {_SYLLABLE}){{0,3}}|{_SYLLABLE}(?: {_SYLLABLE}){{1,4}})(?!\w)")
_UNIT_BEFORE = regex.compile(r"(?<!\w)(?:tỉnh|huyện|quận|xã|phường|thị xã|thành phố|thị trấn|thôn|bản|ấp) $")
_SHORT_NAME = regex.compile(rf"{_SYLLABLE}(?!\w)")
# Between a name and the position behind it: another name in brackets, an age.
_AFTER = regex.compile(r"(?: ?\([^()\n]{2,30}\))?(?:, ?\d{1,3} tuổi)? ?(?:,|-|\() ?")


@functools.cache
def _patterns() -> tuple[regex.Pattern[str], regex.Pattern[str], regex.Pattern[str], frozenset[str]]:
    """Return the patterns of titles, heads and ends of positions, and the surnames."""
    data = load_table("people")
    titles = regex.compile(rf"(?<!\w)(?:{trie_pattern(data['titles']['words'])})(?!\w)[.:]? +$")
    heads = regex.compile(rf"(?<!\w)(?:nguyên |quyền )?{trie_pattern(data['positions']['heads'])}(?!\w)")
    ends = regex.compile(
        rf"(?<!\w)(?:{trie_pattern(data['positions']['ends'])})(?!\w)|[;:()\"\n]|\.(?=\s|$)|,(?! *(?:phó |nguyên |trưởng |ủy viên|bí thư|chủ tịch|giám đốc))"
    )
    return titles, heads, ends, frozenset(data["names"]["surnames"])


@functools.cache
def _callings() -> regex.Pattern[str]:
    return regex.compile(rf"(?:{trie_pattern(load_table('people')['positions']['callings'])})(?!\w)")


def _position_before(reading: Reading, start: int, sentence: int) -> tuple[int, int] | None:
    """Return the span of the position that ends right before the name."""
    _, heads, _, _ = _patterns()
    window = max(sentence, start - 160)
    before = reading.folded[window:start].rstrip(" ,")
    found = None
    for match in heads.finditer(before):
        gap = before[match.end() :]
        if found is None and not _breaks(gap):
            found = match.start()
    return (window + found, start) if found is not None else None


def _breaks(gap: str) -> bool:
    """Tell whether the words between a position's head and the name are more than the body it belongs to."""
    _, heads, ends, _ = _patterns()
    stop = ends.search(gap)
    return stop is not None and not heads.match(gap[stop.end() :].lstrip(" ,"))


def _position_after(reading: Reading, end: int, sentence_end: int) -> tuple[int, int] | None:
    _, heads, ends, _ = _patterns()
    lead = _AFTER.match(reading.folded, end)
    if not lead or not (heads.match(reading.folded, lead.end()) or _callings().match(reading.folded, lead.end())):
        return None
    stop = ends.search(reading.folded, lead.end(), min(sentence_end, lead.end() + 200))
    # A head word such as "cán bộ" may itself be an ending word elsewhere: it has been matched already.
    return lead.end(), stop.start() if stop else min(sentence_end, lead.end() + 200)


def _clean(words: str) -> str:
    return " ".join(words.replace("\u00a0", " ").split()).strip(" ,.;:-–(")


def _is_name(name: str, surnames: frozenset[str]) -> bool:
    first = name.split(" ", maxsplit=1)[0]
    bad = load_table("people")["names"]["not_names"]
    return (first in surnames or first[:2] in surnames) and not any(name.startswith(b) for b in bad)


def _found(reading: Reading, match: regex.Match[str], sentence: tuple[int, int]) -> Found | None:
    titles, _, _, surnames = _patterns()
    start, end = match.span()
    titled = titles.search(reading.folded, max(sentence[0], start - 20), start)
    before = _position_before(reading, titled.start() if titled else start, sentence[0])
    after = _position_after(reading, end, sentence[1])
    if not titled and not before and not after:
        return None
    if _UNIT_BEFORE.search(reading.folded, max(0, start - 12), start) and is_place(match[0]):
        return None
    if not titled and (is_place(match[0]) or _of_body(reading.folded[max(0, start - 16) : start].rstrip())):
        return None
    known = _is_name(match[0], surnames) or (bool(after) and _has_particle(match[0]))
    if not known and not (titled and (len(match[0].split(" ")) >= 2 or _has_particle(match[0])) and not _is_place_word(match[0])):
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


def _rank(title: str) -> str | None:
    words = " ".join(title.split())
    return words[:1].upper() + words[1:] if words in load_table("people")["titles"]["ranks"] else None


def _has_particle(name: str) -> bool:
    """Tell whether a name begins as those of the peoples of the Central Highlands do: "A Thủy", "Y Ben", "H'Nguyệt"."""
    first = name.split(" ", maxsplit=1)[0]
    return first in load_table("people")["names"]["particles"] or first[1:2] in {"'", "’"}


def _of_body(before: str) -> bool:
    names = load_table("people")["names"]
    return any(before.endswith(w) for w in names["not_after"]) and not any(before.endswith(w) for w in names["unless"])


def _is_place_word(name: str) -> bool:
    return any(name.startswith(b) for b in load_table("people")["names"]["not_names"])


def _body(position: str | None) -> str | None:
    if position is None:
        return None
    _, heads, _, _ = _patterns()
    last = None
    for match in heads.finditer(fold(position)):
        last = match
    body = position[last.end() :].strip(" ,") if last else ""
    return body or None


def find_people(reading: Reading) -> list[Found]:
    """Return the people that the text names with a title or a position (table "people")."""
    found: list[Found] = []
    _, _, _, surnames = _patterns()
    position = 0
    while match := _NAME.search(reading.text, position):
        # A run of capitals may begin with a body or a place: the name begins at a surname.
        inner = _from_surname(reading.text, match, surnames)
        sentence = reading.sentence_span(inner.start())
        one = _found(reading, inner, sentence)
        if one:
            found.append(one)
        position = inner.end()
    return found


def _from_surname(text: str, match: regex.Match[str], surnames: frozenset[str]) -> regex.Match[str]:
    words = match[0].split(" ")
    if len(words) > 2 and fold(words[0]) in load_table("people")["titles"]["words"]:  # "Bà Pi Năng Thị Hoa" opens a sentence
        return _NAME.match(text, match.start() + len(words[0]) + 1) or match
    starts = [i for i, word in enumerate(words[:-1]) if word in surnames]
    # "huyện Hạ Lang Nông Thị Hương": Lang is a surname too, but the words before Nông are a place.
    first = next((i for i in starts if i > 1 and is_place(" ".join(words[:i]))), starts[0] if starts else 0)
    first = 0 if _has_particle(match[0]) else first
    return _NAME.match(text, match.start() + sum(len(w) + 1 for w in words[:first])) or match
