"""Content-Encoding undone with bounds: what unpacks to too much is refused inside the decoder, not after it."""

from __future__ import annotations

import zlib

from extractor.errors import PoisonError

MAX_DECODED = 10_000_000
MAX_RATIO = 200
_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def undo(content: bytes, encoding: str, *, limit: int = MAX_DECODED) -> bytes:
    """Return the decoded body; PoisonError where it grows beyond `limit` bytes, cannot be decoded, or is of an unknown coding.

    Codings that were applied one after the other are undone from the last to the first, at most two.
    """
    codings = [c.strip().lower() for c in encoding.split(",") if c.strip() and c.strip().lower() != "identity"]
    if len(codings) > 2:
        raise PoisonError("encoding", f"{len(codings)} content codings one in the other")
    for coding in reversed(codings):
        if coding not in _WINDOW:
            raise PoisonError("encoding", f"content coding {coding} was not asked for")
        content = _inflate(content, coding, limit)
    return content


def _inflate(content: bytes, coding: str, limit: int) -> bytes:
    bound = min(limit, max(100_000, len(content) * MAX_RATIO))
    for window in (_WINDOW[coding], -15):  # some servers send deflate without its zlib frame
        decoder = zlib.decompressobj(window)
        try:
            decoded = decoder.decompress(content, bound + 1)
        except zlib.error:
            continue
        if len(decoded) > bound:
            raise PoisonError("bomb", f"{len(content)} bytes unpack to more than {bound}")
        return decoded
    raise PoisonError("encoding", f"the body is no {coding}")
