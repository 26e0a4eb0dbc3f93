"""Paragraphs and lists: which lines of a text go on with the one before."""

from __future__ import annotations

import bisect

import regex

from extractor.reading import Reading

# What an item of a list begins with: "- ", "1. ", "a) ", "IV/ ", "8h30: ".
ITEM = regex.compile(r"\s*(?:[-+•*–—]|\d{1,2}[.)/]|[a-zđA-ZĐ][.)]|[IVX]{1,4}[.)/]|\d{1,2}[hg]\d{0,2}:?)")


class Blocks:
    """The paragraphs of a text; a list is one with the line that introduces it.

    >>> text = "Kết quả:\\n- Xã A: 5 triệu\\n- Xã B: 3 triệu\\nHội nghị bế mạc."
    >>> [Blocks(text).start(text.index(words)) for words in ("Xã B", "bế mạc")]
    [0, 41]
    """

    @classmethod
    def of(cls, reading: Reading) -> Blocks:
        """Return those of a reading."""
        return reading.once(_of)

    def __init__(self, text: str) -> None:
        self._lines: list[int] = []
        self._blocks: list[int] = []
        start, before_is_item, introduced = 0, False, False
        for line in text.split("\n"):
            is_item = ITEM.match(line) is not None
            goes_on = self._blocks[-1] if is_item and before_is_item else start
            self._blocks.append(self._lines[-1] if introduced else goes_on)
            self._lines.append(start)
            start += len(line) + 1
            before_is_item, introduced = is_item, line.rstrip().endswith(":")

    def start(self, offset: int) -> int:
        """Return where the paragraph of the offset begins, or the line that introduces the list it stands in."""
        return self._blocks[bisect.bisect_right(self._lines, offset) - 1]


def _of(reading: Reading) -> Blocks:
    return Blocks(reading.text)
