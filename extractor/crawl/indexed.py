"""Records of archives that lie elsewhere, as those of Common Crawl do: an index names the file, offset and length of each.

A list of archives (`warc.paths.gz`) says which are meant, an index in CDXJ (`cdx-00042.gz`, or `cluster.idx`, which tells what stands
where in the files beside it) what is in them. Of all that only the pages of wanted hosts are read, one range of bytes each.
"""

from __future__ import annotations

import bisect
import datetime as dt
import gzip
import io
import itertools
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from extractor.archive import MAX_BLOCK, Exchange, read_exchanges
from extractor.errors import InputError
from extractor.files import open_file

LISTS = (".paths", ".paths.gz")
# No line of an index or of a list of archives is longer; an address of more characters is none of these sites'.
_MAX_LINE = 10_000
_WWW = re.compile(r"^www\d*\.")
_BEGINNING = re.compile(rb"[^\t\n]+\t[^\t\n]+\t\d{1,15}\t\d{1,8}(?:\t[^\n]*)?\n?")


@dataclass(frozen=True, slots=True)
class Index:
    """Where the records of listed archives are told: files of an index, the folder or address that a list's paths start from,
    None for the list's own folder, and the hosts whose pages are wanted."""

    files: tuple[str, ...]
    base: str | None
    hosts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as the index tells of it; `fetched_at` to the second."""

    url: str
    fetched_at: dt.datetime
    file: str
    offset: int
    length: int


def records(
    paths: str, index: Index, *, is_held: Callable[[Entry], str | None], on_failure: Callable[[str], None]
) -> Iterator[Exchange | str]:
    """Yield the pages of the wanted hosts in the archives of a list; of what is none, why: `no_html`, `http_301`, `not_listed`, …

    `is_held` tells why a record need not be read. What cannot be read of an archive is told to `on_failure`, and the rest is read.
    InputError where the list or an index cannot be read.
    """
    listed = frozenset(line.decode("utf-8", "replace").strip() for line in _lines(paths)) - {""}
    base = index.base or str(Path(paths).parent)
    wanted, gone = frozenset(map(_key, index.hosts)), set[str]()
    for entry in itertools.chain.from_iterable(map(entries, index.files, itertools.repeat(index.hosts))):
        if isinstance(entry, str):
            yield entry
        elif entry.file not in listed:
            yield "not_listed"
        elif entry.file in gone:
            yield "unread"
        elif why := is_held(entry):
            yield why
        else:
            try:
                content = _range(entry, base)
            except InputError as error:  # told once: what is not there is so for all of its records
                gone.add(entry.file)
                on_failure(str(error))
                yield "unread"
                continue
            try:
                for found in read_exchanges(io.BytesIO(content), f"{base}/{entry.file}, offset {entry.offset}"):
                    # What lies there is of another host where the index is wrong.
                    yield found if isinstance(found, str) or _key(_host(found.url)) in wanted else "other_host"
            except InputError as error:
                on_failure(str(error))
                yield "unread"


def _range(entry: Entry, base: str) -> bytes:
    """Return the bytes of a record; fewer where the file ends before."""
    where = f"{base.rstrip('/')}/{entry.file}"
    try:
        with open_file(where) as archive:
            archive.seek(entry.offset)
            return archive.read(entry.length)
    except OSError as error:
        raise InputError(f"{where}, offset {entry.offset}: cannot be read: {error}") from error


def entries(index: str, hosts: Iterable[str]) -> Iterator[Entry | str]:
    """Yield the records of hosts that an index names, `www.` or not, with status 200 and of HTML; of others of theirs, why not."""
    wanted = frozenset(map(_key, hosts))
    lines = _clustered(index, sorted(wanted)) if index.endswith("cluster.idx") else _lines(index)
    for line in lines:
        host = line.partition(b")")[0].partition(b":")[0]
        if host in wanted:
            yield _entry(line)


def _key(host: str) -> bytes:
    """Return a host as an index sorts by it.

    >>> _key("www2.mattran.org.vn")
    b'vn,org,mattran'
    """
    return ",".join(reversed(_WWW.sub("", host.lower()).split("."))).encode()


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""  # no address, and no host of anybody's


def _entry(line: bytes) -> Entry | str:
    """Return what a line of CDXJ says, or why it is no page to be read."""
    try:
        _, stamp, told = line.decode("utf-8", "replace").split(" ", 2)
        row = json.loads(told)
        moment = dt.datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
        entry = Entry(str(row["url"]), moment, str(row["filename"]), int(row["offset"]), int(row["length"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return "bad_line"
    if entry.offset < 0 or not 0 < entry.length <= MAX_BLOCK or ".." in entry.file.split("/") or entry.file.startswith("/"):
        return "bad_line"
    if (status := str(row.get("status", 200))) != "200":
        return f"http_{status}" if status.isdigit() else "bad_line"
    return entry if "html" in str(row.get("mime-detected") or row.get("mime", "html")) else "no_html"


def _lines(path: str) -> Iterator[bytes]:
    """Yield the lines of a file, gzipped or not."""
    with open_file(path) as handle:
        yield from _read(gzip.GzipFile(fileobj=handle) if path.endswith(".gz") else handle, path)


def _read(handle: IO[bytes] | gzip.GzipFile, path: str) -> Iterator[bytes]:
    try:
        yield from iter(lambda: handle.readline(_MAX_LINE), b"")
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error


def _clustered(path: str, wanted: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the lines of those blocks of an index in which wanted hosts may stand: each line of `cluster.idx` tells where one begins."""
    folder = path.removesuffix("cluster.idx")
    for line in _blocks(_beginnings(path), wanted):
        _, file, offset, length, *_ = line.decode("utf-8", "replace").split("\t")
        where = folder + file.rpartition("/")[2]
        with open_file(where) as handle:
            handle.seek(int(offset))
            block = io.BytesIO(handle.read(int(length)))
        yield from _read(gzip.GzipFile(fileobj=block), f"{where}, offset {offset}")


def _beginnings(path: str) -> Iterator[bytes]:
    """Yield the lines of a `cluster.idx`: a block's first key, its file, its offset, its length, its number."""
    for line in _lines(path):
        if not _BEGINNING.fullmatch(line):
            raise InputError(f"{path}: no line of a cluster.idx: {line[:80]!r}")
        yield line


def _blocks(lines: Iterable[bytes], wanted: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the lines of blocks whose keys may be of a wanted host: between a block's first key and that of the next."""
    # A host's keys lie from `host)` to behind `host:`, with those of the hosts below it between.
    firsts = [host + b")" for host in wanted]
    lasts = list(itertools.accumulate((host + b":\xff" for host in wanted), max))
    ends: list[bytes | None] = [None]
    for line, following in itertools.pairwise(itertools.chain(lines, ends)):
        if line is None:
            break
        before = bisect.bisect_right(firsts, following) if following is not None else len(firsts)
        if before and lasts[before - 1] >= line:
            yield line
