"""Bodies named in the text, with their canonical names. How names begin is in rules/facts/organisations.toml."""

from __future__ import annotations

import functools
from typing import Any

import regex

from extractor.anchors import Anchors
from extractor.reading import Found, Reading
from extractor.rules import load_table, trie_pattern
from extractor.text import fold, one_space

_UNIT = r"(?: +(?:các cấp +)?(?:tỉnh|thành phố|tp\.?|huyện|quận|thị xã|xã|phường|thị trấn|đặc khu|khu phố|thôn|bản|ấp)(?! (?:đã|có|và|thường|tổ|được|về|cho|trong|ở|là))(?= +[\p{Lu}\d]|[,.;:)]| ))?"
_PROPER = r"(?: *(?:-|–|&)? ?(?:(?:xã|huyện|tỉnh|phường|thành phố|thị xã|thị trấn) )?\p{Lu}[\w'’.-]*){0,12}"
_LEVELS = {
    "tỉnh": "province", "huyện": "district", "quận": "district", "thị xã": "district", "xã": "commune",
    "phường": "commune", "thị trấn": "commune", "đặc khu": "commune", "thôn": "village", "bản": "village",
    "ấp": "village", "khu phố": "village", "trung ương": "country",
}  # fmt: skip
_NAMED_KINDS = {"company", "religious", "other", "school", "army_police"}


@functools.cache
def _lexicon() -> tuple[regex.Pattern[str], Anchors, dict[str, dict[str, Any]]]:
    entries = {fold(word): entry for entry in load_table("organisations")["entry"] for word in entry["words"]}
    pattern = regex.compile(rf"(?<!\w){trie_pattern(entries)}(?!\w)")
    return pattern, Anchors([pattern]), entries


_TAIL = regex.compile(rf"{_UNIT}{_PROPER}")
_LEVEL = regex.compile(rf"(?<!\w)({'|'.join(_LEVELS)})(?!\w)")


def _canonical(reading: Reading, match: regex.Match[str], end: int, entry: dict[str, Any]) -> str:
    head = entry.get("full") or reading.text[match.start() : match.end()]
    tail = reading.text[match.end() : end]
    name = " ".join((head + tail).replace("\u00a0", " ").split())
    return name[:1].upper() + name[1:]


def find_organisations(reading: Reading) -> list[Found]:
    """Return the bodies that the text names (table "organisations"): name expanded and canonical, kind, level."""
    pattern, anchors, entries = _lexicon()
    found: list[Found] = []
    for match in anchors.scan(reading.folded).each(pattern):
        entry = entries[one_space(match[0])]
        if not any(c.isupper() for c in reading.text[match.start() : match.end()]) and entry["kind"] in _NAMED_KINDS:
            continue
        end = _end(reading, match.end())
        if end == match.end() and entry["kind"] in _NAMED_KINDS:
            continue
        level = entry.get("level") or _level(reading.folded[match.start() : end])
        columns = {"name": _canonical(reading, match, end, entry), "kind": entry["kind"], "level": level}
        found.append(
            Found(
                table="organisations",
                start=match.start(),
                end=end,
                rule=f"organisations: {entry['kind']}",
                columns=columns,
            )
        )
    return found


def _end(reading: Reading, end: int) -> int:
    tail = _TAIL.match(reading.text, end)
    stop = tail.end() if tail else end
    words = reading.text[end:stop].rstrip(" ,-–&")
    if words.endswith(" và"):
        words = words[: -len(" và")].rstrip(" ,")
    return end + len(words)


def _level(folded: str) -> str | None:
    match = _LEVEL.search(folded)
    if match:
        return _LEVELS[match[1]]
    if regex.search(r"(?<!\w)(?:thành phố|tp)(?!\w)", folded):
        return "province" if regex.search("hà nội|hồ chí minh|hcm|đà nẵng|hải phòng|cần thơ", folded) else "district"
    return next(
        (
            level
            for word, level in (
                ("tỉnh ủy", "province"),
                ("huyện ủy", "district"),
                ("tỉnh đoàn", "province"),
                ("huyện đoàn", "district"),
            )
            if word in folded
        ),
        None,
    )
