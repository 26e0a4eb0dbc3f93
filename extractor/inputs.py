"""What people hand to `mttq extract`: pages of HTML, pages as text, plain articles, WARC files, JSON lines, standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from extractor.archive import read_pages
from extractor.clean import clean, clean_page, clean_text
from extractor.errors import InputError
from extractor.schema import Article
from extractor.text import nfc

_HTML = (".html", ".htm", ".xhtml")
_WARC = (".warc", ".warc.gz")
_LINES = (".jsonl", ".ndjson", ".jsonl.gz")


def _looks_like_html(text: str) -> bool:
    head = text[:2_000].lstrip("\ufeff \r\n\t").lower()
    return head.startswith(("<!doctype", "<html", "<?xml")) or ("<body" in head or "<div" in head or "<p>" in head or "</" in head)


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


def read_articles(path: str, *, stdin: IO[bytes] | None = None) -> Iterator[Article]:
    """Yield the articles of one input; InputError says what is wrong with it."""
    if path == "-":
        content = (stdin or sys.stdin.buffer).read()
        text = content.decode("utf-8", "replace")
        first = text.lstrip()[:1]
        yield from _lines(text, "standard input") if first == "{" else iter([read_text(text)])
        return
    file = Path(path)
    name = file.name.lower()
    try:
        if name.endswith(_WARC):
            for page in read_pages(file):
                yield clean_page(page)
        elif name.endswith(_LINES):
            yield from _lines(file.read_text(encoding="utf-8"), path)
        elif file.is_dir():
            raise InputError(f"{path}: is a folder; name its files, such as {path}/*.html")
        elif name.endswith(_HTML):
            yield clean(file.read_bytes())
        else:
            yield _of_bytes(file.read_bytes(), path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is no UTF-8 text (byte {error.start}); HTML in other encodings must be named .html") from error


def _of_bytes(content: bytes, path: str) -> Article:
    if b"\x00" in content[:4096]:
        raise InputError(f"{path}: is neither text nor HTML nor WARC")
    return read_text(content.decode("utf-8-sig"))


def _lines(text: str, path: str) -> Iterator[Article]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield read_line(line, f"{path}, line {number}")
