"""Where a text speaks of what is to come. The words are in rules/facts/plans.toml."""

from __future__ import annotations

import bisect
import functools

import regex

from extractor.reading import Reading
from extractor.rules import load_table, trie_pattern
from extractor.text import fold

_HEADING = 120
_YEAR = regex.compile(r"(?<!\w)năm (20\d\d)(?![\w%]| ?[-–/])")
_YEARS = regex.compile(r"(?<!\d)20\d\d(?!\d)")
# A heading's marker: "III. Phương hướng", "2. ", "* ", "- ".
_MARKER = r"\W{0,12}(?:(?:[ivx]{1,5}|\d{1,2}(?:\.\d{1,2})*|[a-zđ])[.)/-]+)?\W{0,12}"


@functools.cache
def _patterns() -> tuple[regex.Pattern[str], regex.Pattern[str], regex.Pattern[str], regex.Pattern[str]]:
    data = load_table("plans")
    opening = regex.compile(rf"{_MARKER}(?:{trie_pattern([fold(w) for w in data['openings']])})(?!\w)")
    words = regex.compile(rf"(?<!\w){trie_pattern([fold(w) for w in data['words']])}(?!\w)")
    results = regex.compile(rf"(?<!\w){trie_pattern([fold(w) for w in data['results']])}(?!\w)")
    heading = regex.compile(rf"{_MARKER}{trie_pattern([fold(w) for w in data['year_headings']])} (20\d\d)(?: ?[-–] ?20\d\d)?\W*")
    return opening, words, results, heading


class Plans:
    """The parts of a text that speak of plans."""

    def __init__(self, reading: Reading) -> None:
        self._spans = _spans(reading)
        self._starts = [start for start, _ in self._spans]

    def covers(self, offset: int) -> bool:
        """Tell whether the offset lies in a part that speaks of plans."""
        index = bisect.bisect_right(self._starts, offset) - 1
        return index >= 0 and offset < self._spans[index][1]


def _spans(reading: Reading) -> list[tuple[int, int]]:
    opening, words, _, of_year = _patterns()
    spans, start, under_heading, latest = [], 0, False, 0
    for line in reading.folded.split("\n"):
        end = start + len(line)
        heading = _is_heading(line)
        opens = opening.match(line) is not None
        if heading:
            year = int(match[1]) if (match := of_year.fullmatch(line)) else 0
            under_heading = opens or year > latest > 0
        if opens and not heading:
            spans.append((start, end))
        elif under_heading and not heading:
            spans.append((start, _until(reading, start, end)))
        elif found := words.search(line):
            spans.append((start + found.start(), _until(reading, start + found.start(), end)))
        elif future := _future(reading, start, end):
            spans.append(future)
        latest = max(latest, *map(int, _YEARS.findall(line)), 0)
        start = end + 1
    return [span for span in spans if span[1] > span[0]]


def _future(reading: Reading, start: int, end: int) -> tuple[int, int] | None:
    """Return the clause of a line that speaks of a year to come, None where none does."""
    if reading.published is None:
        return None
    for match in _YEAR.finditer(reading.folded, start, end):
        if int(match[1]) > reading.published.year:
            stop = reading.folded.find(";", match.end(), end)
            begin = max(reading.folded.rfind(";", start, match.start()) + 1, reading.sentence_span(match.start())[0])
            return begin, stop if stop > 0 else reading.sentence_span(match.start())[1]
    return None


def _is_heading(line: str) -> bool:
    stripped = line.strip()
    return 0 < len(stripped) <= _HEADING and stripped[-1] not in ".;,!?\""


def _until(reading: Reading, start: int, end: int) -> int:
    """Return where the plans that begin at `start` end: at the first later sentence that tells of results."""
    _, _, results, _ = _patterns()
    while (position := reading.sentence_span(start)[1]) < end:
        following = reading.sentence_span(position + 1)
        if following[0] <= start or following[0] >= end:
            break
        if results.search(reading.folded, following[0], following[1]):
            return following[0]
        start = following[0]
    return end
