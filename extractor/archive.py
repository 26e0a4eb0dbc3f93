"""Pages to and from WARC 1.1: raw bytes as they came over the wire, kept for ever; every later stage can be redone from here."""

from __future__ import annotations

import datetime as dt
import io
import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from extractor import __version__
from extractor.encoding import undo
from extractor.errors import InputError
from extractor.page import Page

MAX_FILE = 500_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and the response to it, as it came over the wire: `body` is still in its Content-Encoding."""

    url: str
    method: str = "GET"
    request_headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    reason: str = "OK"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    fetched_at: dt.datetime
    remote_ip: str | None = None
    conditions: tuple[tuple[str, str], ...] = ()


class ArchiveWriter:
    """Appends exchanges to the newest file of a folder, one gzip member a record; starts another where it is full."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def current(self) -> str:
        """Return the name of the file that the next exchange goes to."""
        names = sorted(p.name for p in self.folder.glob("mttq-*.warc.gz"))
        if names and (self.folder / names[-1]).stat().st_size < MAX_FILE:
            return names[-1]
        return f"mttq-{len(names):05d}.warc.gz"

    def cut(self, committed: Mapping[str, int]) -> int:
        """Cut every file to its committed length; return how many bytes a kill had left beyond."""
        lost = 0
        for path in sorted(self.folder.glob("mttq-*.warc.gz")):
            length = committed.get(path.name, 0)
            if path.stat().st_size > length:
                lost += path.stat().st_size - length
                os.truncate(path, length)
        return lost

    def append(self, exchange: Exchange) -> tuple[str, int, int]:
        """Write one exchange and flush it to the disk; return (file, offset of the response record, length of the file)."""
        name = self.current()
        buffer = io.BytesIO()
        writer = WARCWriter(buffer, gzip=True, warc_version="WARC/1.1")
        path = self.folder / name
        size = path.stat().st_size if path.exists() else 0
        if size == 0:
            writer.write_record(writer.create_warcinfo_record(name, {"software": f"mttq-extractor/{__version__}", "format": "WARC File Format 1.1"}))
        offset = size + buffer.tell()
        self._write(writer, exchange)
        with path.open("ab") as handle:
            handle.write(buffer.getvalue())
            handle.flush()
            os.fsync(handle.fileno())
        return name, offset, size + buffer.tell()

    def _write(self, writer: WARCWriter, exchange: Exchange) -> None:
        date = exchange.fetched_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        common = {"WARC-Date": date, **({"WARC-IP-Address": exchange.remote_ip} if exchange.remote_ip else {})}
        response_id = f"<urn:uuid:{uuid.uuid4()}>"
        status = StatusAndHeaders(f"{exchange.status} {exchange.reason}", list(exchange.headers), protocol="HTTP/1.1")
        response = writer.create_warc_record(
            exchange.url, "response", payload=io.BytesIO(exchange.body), http_headers=status, warc_headers_dict={**common, "WARC-Record-ID": response_id}
        )
        asked = StatusAndHeaders(f"{exchange.method} {exchange.url} HTTP/1.1", list(exchange.request_headers), is_http_request=True)
        request = writer.create_warc_record(
            exchange.url, "request", http_headers=asked, payload=io.BytesIO(b""), warc_headers_dict={**common, "WARC-Concurrent-To": response_id}
        )
        writer.write_record(response)
        writer.write_record(request)
        if exchange.conditions:
            fields = "".join(f"{k}: {v}\r\n" for k, v in exchange.conditions).encode()
            metadata = writer.create_warc_record(
                exchange.url, "metadata", payload=io.BytesIO(fields), length=len(fields),
                warc_headers_dict={**common, "WARC-Concurrent-To": response_id, "Content-Type": "application/warc-fields"},
            )  # fmt: skip
            writer.write_record(metadata)


def _page(record: Any, offset: int, name: str) -> Page:
    headers = {k.lower(): v for k, v in (record.http_headers.headers if record.http_headers else [])}
    status = int(record.http_headers.get_statuscode() or 0) if record.http_headers else 200
    body = record.raw_stream.read()
    stated = record.rec_headers.get_header("WARC-Date") or ""
    return Page(
        url=record.rec_headers.get_header("WARC-Target-URI") or "",
        content=undo(body, headers.get("content-encoding", "")),
        status=status,
        headers=headers,
        fetched_at=dt.datetime.fromisoformat(stated.replace("Z", "+00:00")) if stated else None,
        warc_file=name,
        warc_offset=offset,
    )


def read_pages(path: Path) -> Iterator[Page]:
    """Yield the responses of a WARC file, plain or gzipped, bodies decoded within bounds.

    InputError where the file is no WARC; PoisonError where a body must not be unpacked.
    """
    try:
        with path.open("rb") as handle:
            records = ArchiveIterator(handle)
            for record in records:
                kind = (record.http_headers.get_header("Content-Type") or "") if record.http_headers else ""
                if record.rec_type == "response" and (not kind or "html" in kind or "text" in kind):
                    yield _page(record, records.get_record_offset(), path.name)
    except (ArchiveLoadFailed, OSError) as error:
        raise InputError(f"{path}: cannot be read as WARC: {error}") from error


def read_page_at(path: Path, offset: int) -> Page:
    """Return the response whose record begins at the offset; InputError where none does."""
    try:
        with path.open("rb") as handle:
            handle.seek(offset)
            for record in ArchiveIterator(handle):
                return _page(record, offset, path.name)
    except (ArchiveLoadFailed, OSError) as error:
        raise InputError(f"{path}, offset {offset}: no record can be read there: {error}") from error
    raise InputError(f"{path}, offset {offset}: no record begins there")
