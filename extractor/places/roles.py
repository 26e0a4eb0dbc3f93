"""What a place is in the text: where things happen, where somebody or some body belongs, or merely named."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import regex

from extractor.reading import Found, Reading
from extractor.rules import load_table, trie_pattern
from extractor.text import fold

# So far before a place its words are looked for, in characters, within its clause.
_REACH = 60
# So near behind a person's name a place is where the person belongs: "Nông Văn Khải, Hạ Lang".
_AFTER_NAME = 2
_CLAUSE = regex.compile(r"[,;:.()\n]")
# Between two places of one address or list: "xã A, huyện B (C)", "các xã A, B và C".
_GOES_ON = regex.compile(r"[\s,(–-]*(?:(?:và|cùng|hay|hoặc|thuộc|đến|tới|với)\s+)?(?:(?:các|2|hai|3|ba)\s+)?")
# Between a place and its sum in a list: "Quảng Ninh 5 tỷ đồng", "Tỉnh Bình Dương: gần 1,5 tỷ".
_ROLE_OF_LISTED = {"raised": "origin", "given": "mention"}
_LISTED = regex.compile(r" ?[:(-]? ?(?:(?:mỗi nơi|mỗi tỉnh|gần|hơn|trên|khoảng) )?")
_GENERAL = frozenset({"country", "region"})


@functools.cache
def _cues() -> regex.Pattern[str]:
    """Return the pattern of the words before a place, the last of which tells; its groups are named after the roles."""
    words = load_table("places")["roles"]
    groups = (f"(?<{role}>{trie_pattern([fold(w) for w in words[role]])})" for role in ("origin", "setting", "mention"))
    return regex.compile(rf"(?<!\w)(?:{'|'.join(groups)})(?!\w)")


@functools.cache
def _at_home() -> regex.Pattern[str]:
    """Return the pattern of somebody who lives at the place that follows: "hộ nghèo ở", "bà con trú tại"."""
    words = load_table("places")["roles"]
    someone = trie_pattern([fold(w) for w in words["people"]])
    return regex.compile(rf"(?<!\w){someone}(?: [^\W\d_]+){{0,3}} (?:ở|tại|thuộc|trên địa bàn|của|trong)(?: toàn)? ?$")


def settle_roles(reading: Reading, found: Sequence[Found]) -> None:
    """Set the `role` of the places among the findings, which are in text order."""
    last: Found | None = None
    body_end, person_end = 0, -_AFTER_NAME - 1
    for one in found:
        if one.table == "organisations":
            body_end = max(body_end, one.end)
        elif one.table == "people":
            person_end = one.end
        elif one.table == "locations":
            if one.start < body_end:
                role = "origin"
            elif last and _GOES_ON.fullmatch(reading.folded, last.end, one.start):
                role = last.columns["role"]
            elif 0 <= one.start - person_end <= _AFTER_NAME:
                role = "origin"
            else:
                role = _by_words(reading, one)
            one.columns["role"] = role
            last = one


def settle_listed(reading: Reading, found: Sequence[Found]) -> None:
    """Set the `role` of the places that sums are listed by, once it is settled what the sums are for: of "Quảng Ninh: 5 tỷ đồng" the
    place gave what came in, and is only named where it was given."""
    last: Found | None = None
    for one in found:
        if one.table == "locations":
            last = one
        elif last and one.table == "money" and _LISTED.fullmatch(reading.folded, last.end, one.start):
            last.columns["role"] = _ROLE_OF_LISTED.get(str(one.columns.get("flow")), last.columns["role"])


def _by_words(reading: Reading, place: Found) -> str:
    sentence = reading.sentence_span(place.start)[0]
    before = reading.folded[max(sentence, place.start - _REACH) : place.start]
    clause = _CLAUSE.split(before)[-1]
    if _at_home().search(clause):
        return "origin"
    if said := list(_cues().finditer(clause)):
        return str(said[-1].lastgroup)
    if before.endswith("("):
        return "origin"  # "chị Lê Thị Hà (Quảng Bình)"
    begins = not clause.strip() and place.columns["level"] not in _GENERAL
    return "setting" if begins else "mention"
