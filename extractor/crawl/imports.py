"""What others have fetched, brought into a data folder: WARC and WACZ of any crawler, saved folders, lists of addresses."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import hashlib
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from extractor.archive import ArchiveWriter, Exchange, read_exchanges
from extractor.clean.decode import decode
from extractor.clean.signposts import find_signposts
from extractor.crawl import alone, indexed
from extractor.crawl.frontier import Frontier
from extractor.crawl.guess import guess_kind
from extractor.crawl.jobs import Effect, Fetched, Found, Spread
from extractor.encoding import undo
from extractor.errors import InputError, PoisonError
from extractor.url import canonical_url

MAX_FILE = 20_000_000
MAX_LINE = 4_000
BATCH = 100
_WARC = (".warc", ".warc.gz", ".wacz")
_HTML = (".html", ".htm", ".xhtml", ".aspx", ".php")
# What browsers, SingleFile and HTTrack write into a page that they save.
_HEAD = 5_000
_SAVED_FROM = re.compile(r"<!--\s*(?:saved from url=\(\d+\)|Page saved with SingleFile\s+url:\s*)(?P<url>https?://[^\s>]{1,2000})|<!--\s*Mirrored from (?P<mirrored>[^\s>]{4,2000}) by HTTrack", re.IGNORECASE)
# wget and HTTrack keep a site under its host's name.
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,24}(?:[+:]\d+)?", re.IGNORECASE)


@dataclass(slots=True)
class Imported:
    """What an import did: pages kept, addresses queued, everything else by its reason, and the files that could not be read to their end."""

    pages: int = 0
    queued: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    unread: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Into:
    """Where an import takes pages to, what it has done so far, and who is told of it at each page."""

    frontier: Frontier
    archive: ArchiveWriter
    done: Imported
    on_page: Callable[[Imported], None]


def import_all(
    paths: Sequence[Path], *, data: Path, index: indexed.Index | None = None, on_page: Callable[[Imported], None] = lambda _: None
) -> Imported:
    """Bring WARC and WACZ files, HTML files, folders of them and lists of addresses (.txt) into DATA; return what was done.

    Of lists of archives (.paths, .paths.gz) the pages are brought in that the `index` names of the hosts it wants.

    A page that the folder holds already, or holds in a later state, is skipped; importing a thing twice changes nothing.
    `on_page` is told at each page what was done so far. InputError names the first file that could not be read, after all others were.
    """
    done = Imported()
    with alone(data):
        frontier = Frontier(data / "frontier.sqlite")
        try:
            frontier.recover()
            archive = ArchiveWriter(data / "archive", own=frontier.committed(), on_new=frontier.claim)
            archive.cut(frontier.committed())
            frontier.begin([])
            into = _Into(frontier, archive, done, on_page)
            for path in paths:
                with _noted(path, done):
                    if path.name.lower().endswith(indexed.LISTS):
                        _import_listed(path, index, into)
                    else:
                        _import(path, into)
        finally:
            frontier.close()
    if unread := done.unread:
        raise InputError(f"{unread[0]}" + (f" (and {len(unread) - 1} more)" if len(unread) > 1 else "") + f"; {done.pages} pages were imported")
    return done


@contextlib.contextmanager
def _noted(path: Path, done: Imported) -> Iterator[None]:
    """Note what cannot be read, and go on."""
    try:
        yield
    except InputError as error:
        done.unread.append(str(error))
    except (OSError, zipfile.BadZipFile) as error:
        done.unread.append(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}")


def _import(path: Path, into: _Into) -> None:
    name = path.name.lower()
    if path.is_dir():
        _import_folder(path, into)
    elif name.endswith(_WARC):
        _import_warc(path, into)
    elif name.endswith(_HTML):
        _keep([_saved_page(path, path.parent)], into)
    elif name.endswith((".txt", ".csv")):
        _queue(path, into)
    else:
        raise InputError(f"{path}: neither a folder, .warc, .warc.gz, .wacz, .html, a list of addresses (.txt, .csv) nor of archives (.paths)")


def _import_listed(path: Path, index: indexed.Index | None, into: _Into) -> None:
    """Bring in the wanted pages of the archives that a list names."""
    if index is None:
        raise InputError(f"{path}: a list of archives is read by their index; name it with --index, such as --index cluster.idx")

    def is_held(entry: indexed.Entry) -> str | None:
        try:
            return into.frontier.held_since(canonical_url(entry.url), entry.fetched_at.isoformat())
        except InputError:
            return "no_address"

    _keep(indexed.records(str(path), index, is_held=is_held, on_failure=into.done.unread.append), into)


def _of_row(line: str) -> str:
    """Return the first address in a row of a table, the row where there is none."""
    between = next((sign for sign in "\t;" if sign in line), ",")
    cells = next(csv.reader([line.replace("\0", "")], delimiter=between), [])
    return next((cell.strip() for cell in cells if cell.strip().lower().startswith(("http://", "https://"))), line)


def _import_folder(folder: Path, into: _Into) -> None:
    """Bring in a folder's pages and archives, as crawlers leave them among indexes and logs."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    archives = [path for path in files if path.name.lower().endswith(_WARC)]
    others = (_saved_page(path, folder) if path.name.lower().endswith(_HTML) else "no_html" for path in files if path not in archives)
    _keep(others, into)
    for path in archives:
        with _noted(path, into.done):
            _import_warc(path, into)


def _import_warc(path: Path, into: _Into) -> None:
    if not path.name.lower().endswith(".wacz"):
        with path.open("rb") as handle:
            _keep(read_exchanges(handle, str(path)), into)
        return
    with zipfile.ZipFile(path) as packed:
        members = [one for one in packed.infolist() if one.filename.startswith("archive/") and one.filename.lower().endswith(_WARC)]
        if not members:
            raise InputError(f"{path}: a WACZ without archive/*.warc.gz")
        for member in members:
            with _noted(path, into.done):
                if member.flag_bits & 1 or member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                    raise InputError(f"{path}, {member.filename}: locked, or packed in a way that is not read here")
                with packed.open(member) as handle:
                    _keep(read_exchanges(handle, f"{path}, {member.filename}"), into)


def _queue(path: Path, into: _Into) -> None:
    """Queue the addresses of a list, one a line."""
    before = into.frontier.size()
    with path.open("rb") as handle:
        for line in iter(lambda: handle.readline(MAX_LINE), b""):
            stated = line.decode("utf-8-sig", "replace").strip()
            stated = (_of_row(stated) if path.name.lower().endswith(".csv") else stated).strip('",; ')
            if not stated or stated.startswith("#"):
                continue
            try:
                url = canonical_url(stated)
            except InputError:
                into.done.skipped["no_address"] += 1
                continue
            if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
                into.done.skipped["no_address"] += 1
                continue
            into.frontier.add([Found(url, urlsplit(url).hostname or "", 1, guess_kind(url), 2)])
            into.done.queued += 1
    known = into.done.queued - (into.frontier.size() - before)
    into.done.queued -= known
    if known:
        into.done.skipped["known"] += known


def _saved_page(path: Path, folder: Path) -> Exchange | str:
    """Return a saved page as an exchange; its address is the one that it names, else the one that its folders spell."""
    if path.stat().st_size > MAX_FILE:
        return "too_large"
    content = path.read_bytes()
    try:
        url = _named(content) or _spelt(path.relative_to(folder))
    except (PoisonError, InputError) as error:
        return error.reason if isinstance(error, PoisonError) else "no_address"
    saved = dt.datetime.fromtimestamp(int(path.stat().st_mtime), dt.UTC)
    return Exchange(url=url, headers=(("content-type", "text/html"),), body=content, fetched_at=saved, conditions=(("importedFrom", path.name),))


def _named(content: bytes) -> str | None:
    """Return the address, with its host, that a page names as its own, or that the program which saved it noted."""
    canonical = find_signposts(decode(content, {}), base="file:///").canonical
    if canonical and canonical.startswith(("http://", "https://")):
        return canonical_url(canonical)
    noted = _SAVED_FROM.search(content[:_HEAD].decode("utf-8", "replace"))
    if noted is None:
        return None
    return canonical_url(noted["url"] if noted["url"] else f"http://{noted['mirrored']}")


def _spelt(path: Path) -> str:
    """Return the address that the folders of a copy spell: `host/path`, else one of no host.

    >>> _spelt(Path("a.example/tin/1.html")), _spelt(Path("tải về/1.html"))
    ('http://a.example/tin/1.html', 'http://unknown.invalid/t%E1%BA%A3i%20v%E1%BB%81/1.html')
    """
    parts = path.parts
    if len(parts) > 1 and _HOST.fullmatch(parts[0]):
        return canonical_url(f"http://{parts[0].replace('+', ':')}/" + quote("/".join(parts[1:]), safe="/%?&=@"))
    return canonical_url("http://unknown.invalid/" + quote("/".join(parts)))


def _keep(found: Iterable[Exchange | str], into: _Into) -> None:
    batch: list[tuple[Exchange, str]] = []
    try:
        for taken in _taken(found, into):
            batch.append(taken)
            if len(batch) >= BATCH:
                _write(batch, into)
                batch = []
    finally:  # what stands before the place where a file is broken is kept
        if batch:
            _write(batch, into)


def _write(batch: list[tuple[Exchange, str]], into: _Into) -> None:
    name, offsets, length = into.archive.append_all([exchange for exchange, _ in batch])
    effects = []
    for (exchange, digest), offset in zip(batch, offsets, strict=True):
        url = canonical_url(exchange.url)
        headers = dict(exchange.headers)
        fetched = Fetched(
            status=exchange.status, sha256=digest, etag=headers.get("etag"), last_modified=headers.get("last-modified"),
            warc_file=name, warc_offset=offset, warc_length=length, fetched_at=exchange.fetched_at.isoformat(),
        )  # fmt: skip
        job = into.frontier.job_for(Found(url, urlsplit(url).hostname or "", 1, guess_kind(url), 2))
        effects.append(Effect(job, fetched, Spread()))
    into.frontier.done_all(effects)
    into.done.pages += len(batch)


def _taken(found: Iterable[Exchange | str], into: _Into) -> Iterator[tuple[Exchange, str]]:
    """Yield the exchanges to keep, with their digests, and count the others."""
    taken: set[tuple[str, str]] = set()  # within one file, for the frontier knows of a batch when it is written
    for one in found:
        into.on_page(into.done)
        if isinstance(one, str):
            into.done.skipped[one] += 1
            continue
        digest = hashlib.sha256(one.body).hexdigest()
        why = _unfit(one) or ("known" if (one.url, digest) in taken else into.frontier.newer(canonical_url(one.url), digest, one.fetched_at.isoformat()))
        if why in {"bomb", "truncated", "encoding"}:
            into.done.failed[why] += 1
        elif why:
            into.done.skipped[why] += 1
        else:
            taken.add((one.url, digest))
            yield one, digest


def _unfit(exchange: Exchange) -> str | None:
    """Return why an exchange is no page to keep, or None."""
    if exchange.status != 200:
        return f"http_{exchange.status}"
    headers = {name.lower(): value.lower() for name, value in exchange.headers}
    if "html" not in headers.get("content-type", "html"):
        return "no_html"
    try:
        canonical_url(exchange.url)
        undo(exchange.body, headers.get("content-encoding", ""))
    except PoisonError as error:
        return error.reason
    except InputError:
        return "no_address"
    return None
