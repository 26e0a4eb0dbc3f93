"""Pages to and from WARC 1.1: raw bytes as they came over the wire, kept for ever; every later stage can be redone from here."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from extractor import __version__
from extractor.encoding import undo
from extractor.errors import InputError, PoisonError
from extractor.page import Page

MAX_FILE = 500_000_000
MAX_BLOCK = 25_000_000
_TLS = "X-TLS-Downgrade"
_STATUS = re.compile(r"HTTP/\d(?:\.\d)? (\d{3})(?: |$)")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")  # some servers end lines with a line feed alone, and archives keep what came
_BROKEN = (ArchiveLoadFailed, OSError, ValueError, zlib.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and the response to it, as it came over the wire: `body` is still in its Content-Encoding.

    `tls` is `legacy` or `unverified` where the check of the server's certificate was relaxed by the site's file.
    """

    url: str
    method: str = "GET"
    request_body: bytes = b""
    tls: str | None = None
    request_headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    reason: str = "OK"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    fetched_at: dt.datetime
    remote_ip: str | None = None
    conditions: tuple[tuple[str, str], ...] = ()


class ArchiveWriter:
    """Appends exchanges to the newest of its files, one gzip member a record; starts another where it is full.

    `own` names the files that the writer may write to; `on_new` is called with the name before another is made. Other files
    of the folder (of a lost frontier, of an archive from elsewhere) stay as they are.
    """

    def __init__(
        self, folder: Path, *, own: Iterable[str] = (), on_new: Callable[[str], None] = lambda _: None
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._own, self._on_new = set(own), on_new
        self._last: Path | None = None

    def current(self) -> str:
        """Return the name of the file that the next exchange goes to."""
        if self._last and self._last.exists() and self._last.stat().st_size < MAX_FILE:
            return self._last.name
        name = self._choose()
        self._last = self.folder / name
        return name

    def _choose(self) -> str:
        names = sorted({p.name for p in self.folder.glob("mttq-*.warc.gz")} | self._own)
        path = self.folder / names[-1] if names else None
        if path and path.name in self._own and path.exists() and path.stat().st_size < MAX_FILE:
            return path.name
        last = re.match(r"mttq-(\d+)", names[-1]) if names else None
        return f"mttq-{int(last[1]) + 1 if last else len(names):05d}.warc.gz"

    def cut(self, committed: Mapping[str, int]) -> int:
        """Cut each of the files to its committed length; return how many bytes a kill had left beyond."""
        lost = 0
        for name, length in committed.items():
            path = self.folder / name
            size = path.stat().st_size if path.exists() else 0
            if size < length:
                raise InputError(
                    f"{path}: holds {size} bytes and should hold {length}; put the file back, or crawl into another folder"
                )
            if size > length:
                lost += size - length
                os.truncate(path, length)
        return lost

    def claim(self) -> str:
        """Return the name of the file that the next exchange goes to; a new one is told of before it is made."""
        name = self.current()
        if name not in self._own:
            self._on_new(name)
            self._own.add(name)
        return name

    def append(self, exchange: Exchange) -> tuple[str, int, int]:
        """Write one exchange; return (file, offset of the response record, length of the file). As `append_all`."""
        name, (offset,), length = self.append_all([exchange])
        return name, offset, length

    def append_all(self, exchanges: Sequence[Exchange]) -> tuple[str, list[int], int]:
        """Write exchanges to the file that is claimed for them, as `append_to`; return (file, offsets, length of the file)."""
        name = self.claim()
        return (name, *self.append_to(name, exchanges))

    def append_to(self, name: str, exchanges: Sequence[Exchange]) -> tuple[list[int], int]:
        """Write exchanges and flush them to the disk at once; return (offsets of the response records, length of the file).

        Where the disk does not take them whole (OSError), nothing of them stays in the file.
        """
        buffer = io.BytesIO()
        writer = WARCWriter(buffer, gzip=True, warc_version="WARC/1.1")
        path = self.folder / name
        size = path.stat().st_size if path.exists() else 0
        if size == 0:
            writer.write_record(
                writer.create_warcinfo_record(
                    name, {"software": f"mttq-extractor/{__version__}", "format": "WARC File Format 1.1"}
                )
            )
        offsets = []
        for exchange in exchanges:
            offsets.append(size + buffer.tell())
            self._write(writer, exchange)
        try:
            with path.open("ab") as handle:
                handle.write(buffer.getvalue())
                handle.flush()
                os.fsync(handle.fileno())
        except OSError:
            if path.exists():
                os.truncate(path, size)
            raise
        return offsets, size + buffer.tell()

    def _write(self, writer: WARCWriter, exchange: Exchange) -> None:
        date = exchange.fetched_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        common = {"WARC-Date": date, **({"WARC-IP-Address": exchange.remote_ip} if exchange.remote_ip else {})}
        response_id = f"<urn:uuid:{uuid.uuid4()}>"
        status = StatusAndHeaders(f"{exchange.status} {exchange.reason}", list(exchange.headers), protocol="HTTP/1.1")
        response = writer.create_warc_record(
            exchange.url,
            "response",
            payload=io.BytesIO(exchange.body),
            length=len(exchange.body),  # else warcio spools it into a file
            http_headers=status,
            warc_headers_dict={**common, "WARC-Record-ID": response_id, **({_TLS: exchange.tls} if exchange.tls else {})},
        )
        asked = StatusAndHeaders(
            f"{exchange.method} {exchange.url} HTTP/1.1", list(exchange.request_headers), is_http_request=True
        )
        request = writer.create_warc_record(
            exchange.url,
            "request",
            payload=io.BytesIO(exchange.request_body),
            length=len(exchange.request_body),
            http_headers=asked,
            warc_headers_dict={**common, "WARC-Concurrent-To": response_id},
        )
        writer.write_record(response)
        writer.write_record(request)
        conditions = (*exchange.conditions, *((("tlsDowngrade", exchange.tls),) if exchange.tls else ()))
        if conditions:
            fields = "".join(f"{k}: {v}\r\n" for k, v in conditions).encode()
            metadata = writer.create_warc_record(
                exchange.url, "metadata", payload=io.BytesIO(fields), length=len(fields),
                warc_headers_dict={**common, "WARC-Concurrent-To": response_id, "Content-Type": "application/warc-fields"},
            )  # fmt: skip
            writer.write_record(metadata)


def _block(record: Any) -> bytes:
    """Return a record's block; PoisonError where it is larger than any page, ArchiveLoadFailed where the file ends within."""
    pieces, size = [], 0
    while piece := record.raw_stream.read(1_000_000):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BLOCK:
            raise PoisonError("too_large", f"the record holds more than {MAX_BLOCK} bytes")
    return b"".join(pieces)


def _response(block: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return the status, headers and body of an HTTP response; the body is still in its Content-Encoding."""
    end = _END_OF_HEAD.search(block)
    head, body = (block[: end.start()], block[end.end() :]) if end else (block, b"")
    lines = head.decode("latin-1").splitlines()
    status = _STATUS.match(lines[0]) if lines else None
    if not status:
        raise PoisonError("protocol", f"no HTTP response: {head[:60]!r}")
    if not end:
        raise PoisonError("truncated", "the head of the response is cut short")
    pairs = (line.partition(":") for line in lines[1:] if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if "chunked" in headers.get("transfer-encoding", "").lower():  # as wget and browsers archive it
        body = ChunkedDataReader(io.BytesIO(body)).read(MAX_BLOCK)
    return int(status[1]), headers, body


def _page(record: Any, offset: int, name: str) -> Page:
    status, headers, body = _response(_block(record))
    return Page(
        url=(record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> "),
        content=undo(body, headers.get("content-encoding", "")),
        status=status,
        headers=headers,
        fetched_at=_moment(record.rec_headers.get_header("WARC-Date") or ""),
        warc_file=name,
        warc_offset=offset,
        tls=record.rec_headers.get_header(_TLS),
    )


def _moment(stated: str) -> dt.datetime | None:
    if not stated:
        return None
    moment = dt.datetime.fromisoformat(stated.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _has_text(page: Page) -> bool:
    kind = page.headers.get("content-type", "").lower()
    return not kind or "html" in kind or "text" in kind


def read_pages(path: Path) -> Iterator[Page]:
    """Yield the responses with text of a WARC file, plain or gzipped, bodies decoded within bounds.

    What cannot be read is told after everything else was given: PoisonError for bodies that must not be unpacked,
    InputError where the file is no WARC or ends in the middle of a record.
    """
    refused: list[PoisonError] = []
    count = 0
    try:
        with path.open("rb") as handle:
            for record, offset in _records(handle):
                if record.rec_type != "response" or not (record.content_type or "").startswith("application/http"):
                    continue
                count += 1
                try:
                    page = _page(record, offset, path.name)
                except PoisonError as error:
                    refused.append(PoisonError(error.reason, f"offset {offset}: {error}"))
                    continue
                _check_whole(record, offset)
                if _has_text(page):
                    yield page
    except _BROKEN as error:
        raise InputError(f"{path}: cannot be read as WARC: {error}") from error
    if refused:
        raise PoisonError(
            refused[0].reason, f"{path}: {len(refused)} of {count} pages not read; the first at {refused[0]}"
        )


def read_page_at(path: Path, offset: int) -> Page:
    """Return the response whose record begins at the offset; InputError where none does, PoisonError as for `read_pages`."""
    try:
        with path.open("rb") as handle:
            handle.seek(offset)
            record = next(iter(ArchiveIterator(handle, no_record_parse=True)), None)
            if record is not None:
                _check_format(record)
            if record is not None and record.rec_type == "response":
                page = _page(record, offset, path.name)
                _check_whole(record, offset)
                return page
    except _BROKEN as error:
        raise InputError(f"{path}, offset {offset}: no record can be read there: {error}") from error
    raise InputError(f"{path}, offset {offset}: no response begins there")


def _records(handle: IO[bytes]) -> Iterator[tuple[Any, int]]:
    """Yield (record, offset). The offset is taken before the body is read: to find a record's length warcio skips its body."""
    records, offset = ArchiveIterator(handle, no_record_parse=True), None
    for record in records:
        offset = records.offset
        _check_format(record)
        yield record, offset
        records.read_to_end()
        _check_whole(record, offset)
    if offset is None:
        raise ArchiveLoadFailed("it holds no record")
    _check_members(handle, offset)


def _check_format(record: Any) -> None:
    """Raise where warcio took the line for the head of an ARC record: any line with four blanks, compressed bytes too."""
    if record.format != "warc":
        raise ArchiveLoadFailed("no WARC record begins there")


def _check_whole(record: Any, offset: int) -> None:
    missing: int = getattr(record.raw_stream, "limit", 0)
    if record.rec_headers.get_header("Content-Length") is None or missing:
        raise ArchiveLoadFailed(f"it ends in the middle of the record at offset {offset}; all records before are whole")


def _check_members(handle: IO[bytes], offset: int) -> None:
    """Refuse a gzipped file whose last member was cut so early that nothing of it can be seen."""
    handle.seek(offset)
    decoder, rest = zlib.decompressobj(31), handle.read(2)
    if rest != b"\x1f\x8b":
        return
    while rest or (rest := handle.read(65_536)):
        if decoder.eof:
            decoder = zlib.decompressobj(31)
        decoder.decompress(rest, 1_000_000)
        rest = decoder.unconsumed_tail or decoder.unused_data
    if not decoder.eof:
        raise ArchiveLoadFailed("its last record is cut short")


def read_exchanges(handle: IO[bytes], name: str) -> Iterator[Exchange | str]:
    """Yield each response of anybody's open WARC file as an exchange, bodies as they are but for chunks put together.

    Of other records their kind is yielded instead: `request`, `revisit`, `metadata`, … or, of responses that cannot be taken,
    the reason. InputError, with the file's name, where it is no WARC or ends in the middle of a record, after all before it
    were given.
    """
    try:
        for record, offset in _records(handle):
            if record.rec_type != "response":
                yield str(record.rec_type)
            elif not (record.content_type or "").startswith("application/http"):
                yield "no_http"
            else:
                yield _exchange(record, offset)
    except _BROKEN as error:
        raise InputError(f"{name}: cannot be read as WARC: {error}") from error


def _exchange(record: Any, offset: int) -> Exchange | str:
    head = record.rec_headers.get_header
    url, moment = (head("WARC-Target-URI") or "").strip("<> "), _moment(head("WARC-Date") or "")
    if head("WARC-Truncated"):
        return "truncated"
    try:
        status, headers, body = _response(_block(record))
    except PoisonError as error:
        return error.reason
    _check_whole(record, offset)
    if not url.startswith(("http://", "https://")) or moment is None:
        return "no_address"
    kept = tuple((name, value) for name, value in headers.items() if name != "transfer-encoding")
    return Exchange(url=url, status=status, headers=kept, body=body, fetched_at=moment, remote_ip=head("WARC-IP-Address"), tls=head(_TLS))
