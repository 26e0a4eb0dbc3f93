"""Where each character of a text in NFC stood in the text as it came, so that findings can be carried back."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from extractor.text import nfc


def origin(text: str) -> Sequence[int]:
    """Return, for every offset of nfc(text) and its end, the offset in text, never falling.

    What composes is one piece: an offset inside a piece that changed its length is carried to the piece's beginning.

    >>> text = unicodedata.normalize("NFD", "Hạ Lang")
    >>> list(origin(text))
    [0, 1, 3, 4, 5, 6, 7, 8]
    """
    if unicodedata.is_normalized("NFC", text):
        return range(len(text) + 1)
    offsets: list[int] = []
    position = 0
    for piece in _pieces(text):
        length = len(nfc(piece))
        kept = length == len(piece)
        offsets.extend(position + (i if kept else 0) for i in range(length))
        position += len(piece)
    offsets.append(position)
    return offsets


def _pieces(text: str) -> Iterator[str]:
    """Yield parts of text, each of which NFC changes on its own."""
    begin = 0
    for index in range(1, len(text)):
        if _starts_piece(text, begin, index):
            yield text[begin:index]
            begin = index
    if text:
        yield text[begin:]


def _starts_piece(text: str, begin: int, index: int) -> bool:
    """Tell whether the letter at index composes with nothing of the piece that began before it."""
    if unicodedata.combining(unicodedata.normalize("NFD", text[index])[0]):
        return False
    return nfc(text[begin : index + 1]) == nfc(text[begin:index]) + nfc(text[index])
