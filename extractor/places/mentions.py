"""Where places are named: after a word of type, or by a name that is known without one."""

from __future__ import annotations

from collections.abc import Iterable

from extractor.places.bare import again, known
from extractor.places.names import Mention
from extractor.places.typed import typed
from extractor.reading import Reading


def find_mentions(reading: Reading) -> list[Mention]:
    """Return the places that the text names, in order, without overlap; typed ones beat bare ones."""
    kept: list[Mention] = []
    for mention in sorted(typed(reading), key=lambda m: (m.start, -m.end)):
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    found = kept
    for more in (again(reading, kept), known(reading)):
        found = sorted([*found, *_apart(more, found)], key=lambda m: m.start)
    return found


def _apart(mentions: Iterable[Mention], kept: list[Mention]) -> list[Mention]:
    """Return the mentions, in text order, that overlap none of the kept ones."""
    index, apart = 0, []
    for mention in mentions:
        while index < len(kept) and kept[index].end <= mention.start:
            index += 1
        if index == len(kept) or kept[index].start >= mention.end:
            apart.append(mention)
    return apart
