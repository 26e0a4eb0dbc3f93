"""What people hand to `mttq extract`: pages of HTML, pages as text, plain articles, WARC files, JSON lines, standard input."""

from __future__ import annotations

import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from extractor.archive import read_pages
from extractor.clean import clean, clean_page, clean_text
from extractor.errors import InputError, PoisonError
from extractor.page import Page
from extractor.schema import Article
from extractor.text import nfc

_HTML = (".html", ".htm", ".xhtml")
_WARC = (".warc", ".warc.gz")
_LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
MAX_FILE = 50_000_000
MAX_LINE = 50_000_000
MAX_RATIO = 200


def _looks_like_html(text: str) -> bool:
    head = text[:2_000].lstrip("\ufeff \r\n\t").lower()
    return head.startswith(("<!doctype", "<html", "<?xml")) or (
        "<body" in head or "<div" in head or "<p>" in head or "</" in head
    )


def read_text(text: str, url: str | None = None) -> Article:
    """Return the article of a text of unknown kind: HTML, a page as text, or an article alone."""
    return clean(text, url) if _looks_like_html(text) else clean_text(text, url)


def read_line(line: str, where: str) -> Article:
    """Return the article of one JSON object with `html` or `text`, and `url` and `published` where there are any."""
    try:
        row: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: no JSON ({error})") from error
    if not isinstance(row, dict) or not isinstance(row.get("html", row.get("text")), str):
        raise InputError(f"{where}: an object with `text` or `html` is needed")
    if "html" in row:
        return clean(row["html"], row.get("url"))
    published = _date(row.get("published") or row.get("published_at"), where)
    return clean_text(nfc(row["text"]), row.get("url"), published)


def _date(value: object, where: str) -> Any:
    import datetime as dt

    if value is None:
        return None
    try:
        return dt.datetime.fromisoformat(str(value))
    except ValueError as error:
        raise InputError(f"{where}: `published` is no ISO date: {value!r}") from error


@dataclass(frozen=True, slots=True)
class Piece:
    """What one article is made of: the bytes of a page (`html`), of a page or an article as text (`text`), or of one JSON
    line (`line`); `url` says where it comes from."""

    kind: str
    content: bytes
    url: str


def article_of(piece: Piece | Page) -> Article:
    """Return the article of a piece; InputError says what is wrong with it, PoisonError that it must not be parsed."""
    if isinstance(piece, Page):
        return clean_page(piece)
    if piece.kind == "html":
        return clean(piece.content)
    text = piece.content.decode("utf-8")
    return read_line(text, piece.url) if piece.kind == "line" else read_text(text)


def read_articles(path: str, *, stdin: IO[bytes] | None = None) -> Iterator[Article]:
    """Yield the articles of one input; InputError says what is wrong with it.

    Pages of an archive or of JSON lines that must not be parsed are told by one PoisonError after all others were given.
    """
    refused: list[PoisonError] = []
    for piece in read_pieces(path, stdin=stdin):
        try:
            article = article_of(piece)
        except PoisonError as error:
            refused.append(error)
            continue
        yield article
    if refused:
        raise PoisonError(refused[0].reason, f"{path}: {len(refused)} pages not read; the first: {refused[0]}")


def read_pieces(path: str, *, stdin: IO[bytes] | None = None) -> Iterator[Piece | Page]:
    """Yield what the articles of one input are made of, not yet read; InputError says what is wrong with it."""
    if path == "-":
        yield from _of_stream(stdin or sys.stdin.buffer)
        return
    file = Path(path)
    name = file.name.lower()
    try:
        if file.is_dir():
            raise InputError(f"{path}: is a folder; name its files, such as {path}/*.html")
        if name.endswith(_WARC):
            yield from read_pages(file)
        elif name.endswith(_LINES):
            with file.open("rb") as handle:
                yield from _lines(_unpacked(handle, path) if name.endswith(".gz") else handle, path)
        elif file.stat().st_size > MAX_FILE:
            raise InputError(
                f"{path}: {file.stat().st_size:,} bytes are more than a page has; the most is {MAX_FILE:,}"
            )
        elif name.endswith(_HTML):
            yield Piece("html", file.read_bytes(), path)
        else:
            yield _of_bytes(file.read_bytes(), path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error


def _of_stream(stream: IO[bytes]) -> Iterator[Piece]:
    """Yield the pieces of standard input: JSON lines where it begins with an object, else one page or text."""
    first = stream.readline(MAX_LINE)
    while first and not first.strip():
        first = stream.readline(MAX_LINE)
    if first.lstrip(b"\xef\xbb\xbf \t").startswith(b"{"):
        yield from _lines(stream, "standard input", first)
        return
    content = first + stream.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise InputError(f"standard input: more than {MAX_FILE:,} bytes in one page")
    yield Piece("text", content.decode("utf-8-sig", "replace").encode(), "standard input")


def _of_bytes(content: bytes, path: str) -> Piece:
    if b"\x00" in content[:4096]:
        raise InputError(f"{path}: is neither text nor HTML nor WARC")
    try:
        return Piece("text", content.decode("utf-8-sig").encode(), path)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: is no UTF-8 text (byte {error.start}); HTML in other encodings must be named .html"
        ) from error


def _lines(stream: IO[bytes], path: str, first: bytes = b"") -> Iterator[Piece]:
    """Yield the lines without the empty ones. A line ends at a line feed only: JSON text may hold U+2028 and U+0085."""
    number, line = 1, first or stream.readline(MAX_LINE)
    while line:
        if len(line) >= MAX_LINE and not line.endswith(b"\n"):
            raise InputError(f"{path}, line {number}: longer than {MAX_LINE:,} bytes")
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as error:
            raise InputError(f"{path}, line {number}: is no UTF-8 text (byte {error.start})") from error
        if text:
            yield Piece("line", text.encode(), f"{path}, line {number}")
        number, line = number + 1, stream.readline(MAX_LINE)


def _unpacked(handle: IO[bytes], path: str) -> IO[bytes]:
    """Return the unpacked bytes of a gzipped file as a stream that refuses to grow beyond what lines of text can."""
    most = max(10_000_000, Path(path).stat().st_size * MAX_RATIO)
    return io.BufferedReader(_Bounded(handle, path, most))


class _Bounded(io.RawIOBase):
    """A gzip stream that says which file is at fault."""

    def __init__(self, handle: IO[bytes], path: str, most: int) -> None:
        self._packed, self._path, self._left = gzip.GzipFile(fileobj=handle), path, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._packed.read(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(f"{self._path}: cannot be unpacked: {error}") from error
        self._left -= len(piece)
        if self._left < 0:
            raise InputError(f"{self._path}: unpacks to more than {MAX_RATIO} times its size, as no lines of text do")
        buffer[: len(piece)] = piece
        return len(piece)
