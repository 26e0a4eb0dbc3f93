"""Content-Encoding undone with bounds: what unpacks to too much is refused inside the decoder, not after it."""

from __future__ import annotations

import zlib

from extractor.errors import PoisonError

MAX_DECODED = 10_000_000
MAX_RATIO = 200
_MAX_WINDOW = 8 * 1024 * 1024  # what RFC 9659 permits zstd to ask of a reader
_GZIP = b"\x1f\x8b"


def undo(content: bytes, encoding: str, *, limit: int = MAX_DECODED, partial: bool = False) -> bytes:
    """Return the decoded body; of a body that was cut short, with `partial`, what of it there is, up to `limit`.

    Codings that were applied one after the other are undone from the last to the first, at most two. PoisonError with reason:
    bomb (more than `limit` bytes, or a ratio that no page has), truncated, encoding (unknown, or the body is not in it).
    """
    codings = [c.strip().lower() for c in encoding.split(",") if c.strip() and c.strip().lower() != "identity"]
    if len(codings) > 2:
        raise PoisonError("encoding", f"{len(codings)} content codings one in the other")
    for coding in reversed(codings):
        if not content:
            return b""
        bound = limit if partial else min(limit, max(1_000_000, len(content) * MAX_RATIO))
        decoded, whole = _decode(content, coding, bound)
        if not partial and len(decoded) > bound:
            raise PoisonError("bomb", f"{len(content)} bytes unpack to more than {bound}")
        if not partial and not whole:
            raise PoisonError("truncated", f"the {coding} body ends in its middle")
        content = decoded[:bound]
    return content


def _decode(content: bytes, coding: str, bound: int) -> tuple[bytes, bool]:
    """Return at least the first `bound` + 1 decoded bytes where there are as many, and whether the body is whole."""
    if coding in {"gzip", "x-gzip"}:
        if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):  # a server that says gzip and sends HTML as it is
            return content, True
        return _inflate(content, 31, bound)
    if coding == "deflate":
        try:
            return _inflate(content, 15, bound)
        except PoisonError:  # some servers send deflate without its zlib frame
            return _inflate(content, -15, bound)
    if coding == "br":
        return _brotli(content, bound)
    if coding == "zstd":
        return _zstd(content, bound)
    raise PoisonError("encoding", f"content coding {coding[:40]} is not known")


def _inflate(content: bytes, window: int, bound: int) -> tuple[bytes, bool]:
    pieces, room = [], bound + 1
    while True:
        decoder = zlib.decompressobj(window)
        try:
            pieces.append(decoder.decompress(content, room))
        except zlib.error as error:
            raise PoisonError("encoding", f"the body cannot be inflated: {error}") from error
        room -= len(pieces[-1])
        # A gzip body may be several members, one after the other; what follows that is none is padding.
        content = decoder.unused_data
        if room <= 0 or not decoder.eof or window != 31 or not content.startswith(_GZIP):
            return b"".join(pieces), decoder.eof


def _brotli(content: bytes, bound: int) -> tuple[bytes, bool]:
    import brotli  # type: ignore[import-untyped]

    decoder = brotli.Decompressor()
    try:
        decoded = decoder.process(content, output_buffer_limit=bound + 1)
        while len(decoded) <= bound and not decoder.is_finished() and not decoder.can_accept_more_data():
            decoded += decoder.process(b"", output_buffer_limit=bound + 1 - len(decoded))
    except brotli.error as error:
        raise PoisonError("encoding", f"the body is no brotli: {error}") from error
    return decoded, decoder.is_finished()


def _zstd(content: bytes, bound: int) -> tuple[bytes, bool]:
    import zstandard

    try:
        stated = zstandard.frame_content_size(content)
        with zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW).stream_reader(
            content, read_across_frames=True
        ) as reader:
            decoded = reader.read(bound + 1)
    except zstandard.ZstdError as error:
        raise PoisonError("encoding", f"the body is no zstd: {error}") from error
    return decoded, len(decoded) >= min(stated, bound)
