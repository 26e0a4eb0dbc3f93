"""What others have fetched, brought into a data folder: WARC of any crawler, folders of saved HTML, lists of addresses."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from extractor.archive import ArchiveWriter, Exchange, read_exchanges
from extractor.clean.decode import decode
from extractor.clean.signposts import find_signposts
from extractor.crawl import alone
from extractor.crawl.frontier import Frontier
from extractor.crawl.guess import guess_kind
from extractor.crawl.jobs import Effect, Fetched, Found, Spread
from extractor.encoding import undo
from extractor.errors import InputError, PoisonError
from extractor.url import canonical_url

MAX_FILE = 20_000_000
MAX_LINE = 4_000
BATCH = 100
_WARC = (".warc", ".warc.gz")
_HTML = (".html", ".htm", ".xhtml", ".aspx", ".php")
# wget and HTTrack keep a site under its host's name.
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,24}(?:[+:]\d+)?", re.IGNORECASE)


@dataclass(slots=True)
class Imported:
    """What an import did: pages kept, addresses queued, and everything else by its reason."""

    pages: int = 0
    queued: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)


def import_all(paths: Sequence[Path], *, data: Path) -> Imported:
    """Bring WARC files, HTML files, folders of them and lists of addresses (.txt) into DATA; return what was done.

    A page that the folder holds already, or holds in a later state, is skipped; importing a thing twice changes nothing.
    InputError names the first file that could not be read, after all others were.
    """
    done, errors = Imported(), list[InputError]()
    with alone(data):
        frontier = Frontier(data / "frontier.sqlite")
        try:
            frontier.recover()
            archive = ArchiveWriter(data / "archive", own=frontier.committed(), on_new=frontier.claim)
            archive.cut(frontier.committed())
            frontier.begin([])
            for path in paths:
                try:
                    _import(path, frontier, archive, done)
                except OSError as error:
                    errors.append(InputError(f"{path}: cannot be read: {error.strerror or error}"))
                except InputError as error:
                    errors.append(error)
        finally:
            frontier.close()
    if errors:
        raise InputError(f"{errors[0]}" + (f" (and {len(errors) - 1} more)" if len(errors) > 1 else "") + f"; {done.pages} pages were imported")
    return done


def _import(path: Path, frontier: Frontier, archive: ArchiveWriter, done: Imported) -> None:
    name = path.name.lower()
    if path.is_dir():
        _keep(_saved_pages(path), frontier, archive, done)
    elif name.endswith(_WARC):
        _keep(read_exchanges(path), frontier, archive, done)
    elif name.endswith(_HTML):
        _keep([_saved_page(path, path.parent)], frontier, archive, done)
    elif name.endswith((".txt", ".csv")):
        _queue(path, frontier, done)
    else:
        raise InputError(f"{path}: neither a folder, .warc, .warc.gz, .html nor a list of addresses (.txt)")


def _queue(path: Path, frontier: Frontier, done: Imported) -> None:
    """Queue the addresses of a list, one a line."""
    before = frontier.size()
    with path.open("rb") as handle:
        for line in iter(lambda: handle.readline(MAX_LINE), b""):
            stated = line.decode("utf-8-sig", "replace").strip().strip('",;')
            if not stated or stated.startswith("#"):
                continue
            try:
                url = canonical_url(stated)
            except InputError:
                done.skipped["no_address"] += 1
                continue
            if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
                done.skipped["no_address"] += 1
                continue
            frontier.add([Found(url, urlsplit(url).hostname or "", 1, guess_kind(url), 2)])
            done.queued += 1
    known = done.queued - (frontier.size() - before)
    done.queued -= known
    if known:
        done.skipped["known"] += known


def _saved_pages(folder: Path) -> Iterator[Exchange | str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield _saved_page(path, folder) if path.name.lower().endswith(_HTML) else "no_html"


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
    """Return the canonical address that a page names, with its host."""
    canonical = find_signposts(decode(content, {}), base="file:///").canonical
    return canonical_url(canonical) if canonical and canonical.startswith(("http://", "https://")) else None


def _spelt(path: Path) -> str:
    """Return the address that the folders of a copy spell: `host/path`, else one of no host.

    >>> _spelt(Path("a.example/tin/1.html")), _spelt(Path("tải về/1.html"))
    ('http://a.example/tin/1.html', 'http://unknown.invalid/t%E1%BA%A3i%20v%E1%BB%81/1.html')
    """
    parts = path.parts
    if len(parts) > 1 and _HOST.fullmatch(parts[0]):
        return canonical_url(f"http://{parts[0].replace('+', ':')}/" + quote("/".join(parts[1:]), safe="/%?&=@"))
    return canonical_url("http://unknown.invalid/" + quote("/".join(parts)))


def _keep(found: Iterable[Exchange | str], frontier: Frontier, archive: ArchiveWriter, done: Imported) -> None:
    batch: list[tuple[Exchange, str]] = []
    try:
        for taken in _taken(found, frontier, done):
            batch.append(taken)
            if len(batch) >= BATCH:
                _write(batch, frontier, archive, done)
                batch = []
    finally:  # what stands before the place where a file is broken is kept
        if batch:
            _write(batch, frontier, archive, done)


def _write(batch: list[tuple[Exchange, str]], frontier: Frontier, archive: ArchiveWriter, done: Imported) -> None:
    name, offsets, length = archive.append_all([exchange for exchange, _ in batch])
    effects = []
    for (exchange, digest), offset in zip(batch, offsets, strict=True):
        url = canonical_url(exchange.url)
        headers = dict(exchange.headers)
        fetched = Fetched(
            status=exchange.status, sha256=digest, etag=headers.get("etag"), last_modified=headers.get("last-modified"),
            warc_file=name, warc_offset=offset, warc_length=length, fetched_at=exchange.fetched_at.isoformat(),
        )  # fmt: skip
        job = frontier.job_for(Found(url, urlsplit(url).hostname or "", 1, guess_kind(url), 2))
        effects.append(Effect(job, fetched, Spread()))
    frontier.done_all(effects)
    done.pages += len(batch)


def _taken(found: Iterable[Exchange | str], frontier: Frontier, done: Imported) -> Iterator[tuple[Exchange, str]]:
    """Yield the exchanges to keep, with their digests, and count the others."""
    taken: set[tuple[str, str]] = set()  # within one file, for the frontier knows of a batch when it is written
    for one in found:
        if isinstance(one, str):
            done.skipped[one] += 1
            continue
        digest = hashlib.sha256(one.body).hexdigest()
        why = _unfit(one) or ("known" if (one.url, digest) in taken else frontier.newer(canonical_url(one.url), digest, one.fetched_at.isoformat()))
        if why in {"bomb", "truncated", "encoding"}:
            done.failed[why] += 1
        elif why:
            done.skipped[why] += 1
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
