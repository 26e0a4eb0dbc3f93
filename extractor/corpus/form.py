"""The form of an annotated article (corpus/articles/*.json): what may stand in it, how it is written, what is wrong in one.

Offsets count Unicode code points of `text`. A fact has `mention`, `start`, `end`, columns of its table in the schema, and may be
`optional`: it then counts neither way. Of an activity's facts the values are listed ("5000000,300000"), which must be facts
of the article; a place's `province` is a name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import regex

from extractor.errors import InputError
from extractor.text import nfc

Document = dict[str, Any]

_NUMBER, _COUNT, _DAY, _VALUES = r"\d+(\.\d+)?", r"\d+", r"\d{4}-\d\d-\d\d", r"\d+(\.\d+)?(,\d+(\.\d+)?)*"
_MODIFIERS = "exact over nearly about at_least at_most under vague"
_LEVELS = "country region province district commune village"
# By table and column: words that may stand there, a pattern that begins with a backslash, or "" for any text.
COLUMNS: dict[str, dict[str, str]] = {
    "money": {
        "amount": _NUMBER, "amount_max": _NUMBER, "currency": r"\p{Lu}{3}", "modifier": _MODIFIERS, "per": "", "form": "cash goods both",
        "flow": "raised given planned indicator worth other", "fund": "", "purpose": "", "as_of": _DAY,
    },
    "participants": {
        "count": _COUNT, "count_max": _COUNT, "total": _COUNT, "modifier": _MODIFIERS, "unit": "person attendance household group", "who": "",
        "role": "attendee beneficiary contributor honoree member other", "as_of": _DAY,
    },
    "quantities": {
        "value": _NUMBER, "value_max": _NUMBER, "total": _NUMBER, "modifier": _MODIFIERS, "unit": "", "what": "",
        "category": "event gift house award works land labour material livestock opinion document organisation rate other", "as_of": _DAY,
    },
    "locations": {"name": "", "type": "", "level": _LEVELS, "province": "", "role": "setting origin mention"},
    "dates": {"start_date": _DAY, "end_date": _DAY, "granularity": "day month quarter half year span", "relative": "True"},
    "documents": {"doc_type": "", "number": "", "issuer": "", "date": _DAY, "subject": ""},
    "people": {"name": "", "position": "", "organisation": ""},
    "organisations": {
        "name": "", "kind": "front party government council union school army_police company religious other", "level": _LEVELS,
    },
    "programmes": {"name": "", "kind": "fund campaign movement festival target_programme"},
    "activities": {
        "type": "propaganda meeting voter_contact supervision social_criticism training contest festival fundraising gift_giving housing "
        "livelihood relief award construction reconciliation election personnel publication other",
        "status": "done planned", "occurrences": _COUNT, "organiser": "", "date_start": _DAY, "date_end": _DAY, "programme": "",
        "money": _VALUES, "participants": _VALUES, "quantities": _VALUES,
    },
    "non_facts": {"reason": "ordinal document_number name frequency clock phone list_marker other"},
}  # fmt: skip
_NEEDED = {
    "money": "amount currency modifier flow", "participants": "count modifier unit role", "quantities": "value modifier category",
    "locations": "name level", "dates": "start_date end_date granularity", "documents": "number", "people": "name",
    "organisations": "name kind", "programmes": "name kind", "activities": "type status", "non_facts": "reason",
}  # fmt: skip
_LISTED = {"money": "amount", "participants": "count", "quantities": "value"}
PLACE = ("mention", "start", "end", "optional")
HEAD = ("id", "title", "published_at", "province", "genre", "noise", "seen")
_ANYWHERE = frozenset({"activities", "organisations", "people"})  # their words hold digits that are other facts
_DIGITS = regex.compile(r"\d+")


def canonical(document: Document) -> str:
    """Return the article as it stands in its file: keys, tables and facts in their order."""
    head = {key: document[key] for key in HEAD if key in document}
    facts = {table: sorted(document["facts"].get(table, ()), key=lambda f: f["start"]) for table in COLUMNS}
    return json.dumps({**head, "text": document["text"], "facts": facts}, ensure_ascii=False, indent=1) + "\n"


def read(path: Path) -> Document:
    """Return an annotated article; InputError where the file is none."""
    try:
        document = json.loads(path.read_bytes().decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{path}: no JSON in UTF-8 ({error})") from error
    if not isinstance(document, dict) or not isinstance(document.get("text"), str) or not isinstance(document.get("facts"), dict):
        raise InputError(f"{path}: an annotated article has `text` and `facts`")
    return document


def read_folder(folder: Path) -> dict[str, Document]:
    """Return the annotated articles of a folder by file name without its ending; InputError where there are none."""
    found = {path.stem: read(path) for path in sorted(folder.glob("*.json"))}
    if not found:
        raise InputError(f"{folder}: no annotated articles (.json) in this folder")
    return found


def write(document: Document, folder: Path, name: str) -> None:
    """Write an article in its canonical form, line ends as they are in its text."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_bytes(canonical(document).encode("utf-8"))


def check_file(path: Path) -> Iterator[str]:
    """Yield what is wrong in a file of an annotated article."""
    document = read(path)
    problems = list(check(document))
    if document.get("id") != path.stem:
        problems.append(f"id {document.get('id')!r} is not the file's name")
    if not problems and path.read_bytes().decode("utf-8") != canonical(document):
        problems.append("not in canonical form: keys, tables and facts in order, indented by one space")
    yield from (f"{path.name}: {problem}" for problem in problems)


def check(document: Document) -> Iterator[str]:
    """Yield what is wrong in an annotated article: its head, its facts, digits that no fact explains."""
    text = document["text"]
    if missing := [key for key in HEAD if key != "noise" and key not in document]:
        yield f"{', '.join(missing)} missing"
    if unknown := sorted(set(document) - {*HEAD, "text", "facts"}):
        yield f"unknown key {', '.join(unknown)}"
    if text != nfc(text) or "\r" in text or "\n\n" in text:
        yield "text is not in NFC with one newline between paragraphs"
    for table, facts in document["facts"].items():
        if table not in COLUMNS:
            yield f"no table {table}"
            continue
        for fact in facts:
            yield from (f"{table} {fact.get('mention')!r}: {wrong}" for wrong in _wrong(table, fact, document))
    yield from _unexplained(document)


def _wrong(table: str, fact: Mapping[str, Any], document: Document) -> Iterator[str]:
    start, end = fact.get("start"), fact.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end:
        yield f"start {start!r} and end {end!r} are no place"
    elif document["text"][start:end] != fact.get("mention"):
        yield f"at {start} to {end} stands {document['text'][start:end]!r}"
    for column, value in fact.items():
        if column not in PLACE and (wrong := _wrong_value(table, column, value)):
            yield wrong
    if not fact.get("optional"):
        yield from (f"{column} is missing" for column in _NEEDED[table].split() if column not in fact)
    if table == "activities":
        yield from _wrong_values(fact, document)


def _wrong_value(table: str, column: str, value: Any) -> str | None:
    allowed = COLUMNS[table].get(column)
    if allowed is None:
        return f"{table} has no column {column}"
    if allowed.startswith("\\"):
        return None if regex.fullmatch(allowed, str(value)) else f"{column} = {value!r} is not of its form"
    return None if not allowed or str(value) in allowed.split() else f"{column} = {value!r} is none of: {allowed}"


def _wrong_values(fact: Mapping[str, Any], document: Document) -> Iterator[str]:
    for table, column in _LISTED.items():
        known = {str(one.get(column)) for one in document["facts"].get(table, ())}
        for value in str(fact.get(table) or "").split(","):
            if value and value not in known:
                yield f"{table} has no fact of {value}"


def _unexplained(document: Document) -> Iterator[str]:
    covered: set[int] = set()
    for table, facts in document["facts"].items():
        if table not in _ANYWHERE:
            covered.update(*(range(fact.get("start", 0), fact.get("end", 0)) for fact in facts))
    for match in _DIGITS.finditer(document["text"]):
        if not covered.issuperset(range(*match.span())):
            around = document["text"][max(0, match.start() - 20) : match.end() + 20]
            yield f"the digits {match[0]} are in no fact: …{around!r}…"
