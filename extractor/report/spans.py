"""A text cut where facts begin and end, so that each piece knows all facts that cover it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text and the facts that cover the whole of it, the longest first."""

    text: str
    facts: tuple[dict[str, Any], ...]


def pieces(text: str, facts: Sequence[dict[str, Any]]) -> list[Piece]:
    """Return the text in pieces, whose texts together are the text; facts (`start`, `end`) may overlap in any way.

    >>> [(p.text, len(p.facts)) for p in pieces("abcde", [{"start": 0, "end": 3}, {"start": 1, "end": 5}])]
    [('a', 1), ('bc', 2), ('de', 1)]
    """
    begins: dict[int, list[dict[str, Any]]] = {}
    cuts = {0, len(text)}
    for fact in facts:
        begins.setdefault(fact["start"], []).append(fact)
        cuts |= {fact["start"], fact["end"]}
    found: list[Piece] = []
    covering: list[dict[str, Any]] = []
    last = 0
    for cut in sorted(cuts):
        if cut > last:
            covering.sort(key=lambda f: (f["start"] - f["end"], f["start"]))
            found.append(Piece(text[last:cut], tuple(covering)))
        covering = [f for f in covering if f["end"] > cut] + begins.get(cut, [])
        last = cut
    return found
