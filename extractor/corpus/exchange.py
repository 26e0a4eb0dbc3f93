"""Annotated articles as Label Studio JSON, doccano JSONL and brat standoff, and back, without moving an offset.

What each tool counts: Label Studio and doccano, whose pages are scripts, count UTF-16 code units, in which an emoji is two; brat
counts code points, as we do. Newer releases of Label Studio count code points too; its export quotes the words, which tells.
The text travels as it is. All but brat's notes hold one label a span: the columns travel beside it, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import regex

from extractor.corpus.form import COLUMNS, HEAD, Document, read_folder, write
from extractor.errors import InputError

Fact = dict[str, Any]


class Units:
    """Offsets of a text in code points and in UTF-16 code units."""

    def __init__(self, text: str) -> None:
        self._units = [0]
        for character in text:
            self._units.append(self._units[-1] + (2 if ord(character) > 0xFFFF else 1))
        self._points = {unit: point for point, unit in enumerate(self._units)}

    def to_units(self, point: int) -> int:
        """Return the code units before a code point."""
        return self._units[point]

    def to_point(self, unit: int) -> int | None:
        """Return the code points before a code unit, None within a character or beyond the text."""
        return self._points.get(unit)


def _facts(document: Document) -> Iterator[tuple[str, Fact]]:
    for table in COLUMNS:
        yield from ((table, fact) for fact in document["facts"].get(table, ()))


def _columns(fact: Fact) -> dict[str, Any]:
    return {key: value for key, value in fact.items() if key not in {"mention", "start", "end"}}


def _document(head: dict[str, Any], text: str, facts: list[tuple[str, int, int, dict[str, Any]]], where: str) -> Document:
    """Return an article of what came back; InputError where a span is none or of no table."""
    tables: dict[str, list[Fact]] = {table: [] for table in COLUMNS}
    for table, start, end, columns in facts:
        if table not in tables:
            raise InputError(f"{where}: {table!r} is no table; known are {', '.join(COLUMNS)}")
        if not 0 <= start < end <= len(text):
            raise InputError(f"{where}: {table} from {start} to {end} is not within the text of {len(text)} characters")
        tables[table].append({"mention": text[start:end], **columns, "start": start, "end": end})
    for rows in tables.values():
        rows.sort(key=lambda f: f["start"])
    return {**{key: head[key] for key in HEAD if key in head}, "text": text, "facts": tables}


# --- Label Studio: a list of tasks, a region a fact, and a text area of the same id with the columns ---

def to_label_studio(documents: dict[str, Document]) -> str:
    """Return one JSON list of tasks, for a project whose config is `label_studio_config`."""
    tasks = []
    for name, document in documents.items():
        units, result = Units(document["text"]), []
        for number, (table, fact) in enumerate(_facts(document)):
            place = {"start": units.to_units(fact["start"]), "end": units.to_units(fact["end"]), "text": fact["mention"]}
            common = {"id": f"f{number}", "to_name": "text"}
            result.append({**common, "from_name": "table", "type": "labels", "value": {**place, "labels": [table]}})
            told = json.dumps(_columns(fact), ensure_ascii=False)
            result.append({**common, "from_name": "columns", "type": "textarea", "value": {**place, "text": [told]}})
        data = {"name": name, **{key: document[key] for key in HEAD if key in document}, "text": document["text"]}
        tasks.append({"data": data, "annotations": [{"result": result}]})
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"


def label_studio_config() -> str:
    """Return the labelling config of a project for these tasks."""
    labels = "".join(f'<Label value="{table}"/>' for table in COLUMNS)
    return (
        f'<View><Labels name="table" toName="text">{labels}</Labels><Text name="text" value="$text" granularity="symbol"/>'
        '<TextArea name="columns" toName="text" perRegion="true" editable="true"/></View>\n'
    )


def from_label_studio(written: str, where: str) -> Iterator[tuple[str, Document]]:
    """Yield (name, article) of an export; the last annotation of a task counts."""
    for number, task in enumerate(_json(written, where)):
        data, here = task["data"], f"{where}, task {number + 1}"
        result = [r for r in (task.get("annotations") or [{}])[-1].get("result", ()) if r["type"] in {"labels", "textarea"}]
        told = {r["id"]: r["value"]["text"][-1] for r in result if r["type"] == "textarea"}
        units, facts = Units(data["text"]), []
        for region in (r for r in result if r["type"] == "labels"):
            start, end = _place(data["text"], units, region["value"], here)
            columns = _json(told[region["id"]], here) if region["id"] in told else {}
            facts += [(label, start, end, columns) for label in region["value"]["labels"]]
        yield data.get("name") or str(data.get("id") or number + 1), _document(data, data["text"], facts, here)


def _place(text: str, units: Units, value: dict[str, Any], where: str) -> tuple[int, int]:
    """Return the code points of a region: by code units, or by code points where only these give the words it quotes."""
    start, end, words = value["start"], value["end"], value.get("text")
    for low, high in ((units.to_point(start), units.to_point(end)), (start, end)):
        if low is not None and high is not None and (words is None or _one_line(text[low:high]) == _one_line(words)):
            return low, high
    raise InputError(f"{where}: {words!r} does not stand from {start} to {end}")


def _one_line(words: str) -> str:
    """Return quoted words with a line end as two characters, as some releases write it."""
    return words.replace("\n", "\\n")


# --- doccano: a line an article; spans bear a label alone, so the columns stand beside, by place ---

def to_doccano(documents: dict[str, Document]) -> str:
    """Return one line of JSON an article, for a project of sequence labelling that lets spans overlap."""
    lines = []
    for name, document in documents.items():
        units = Units(document["text"])
        spans = [[units.to_units(f["start"]), units.to_units(f["end"]), t] for t, f in _facts(document)]
        columns = [[*span, _columns(fact)] for span, (_, fact) in zip(spans, _facts(document), strict=True)]
        head = {key: document[key] for key in HEAD if key in document and key != "id"}
        row = {"text": document["text"], "label": spans, "name": name, **head, "article_id": document.get("id", name), "columns": columns}
        lines.append(json.dumps(row, ensure_ascii=False))
    return "\n".join(lines) + "\n"


def from_doccano(written: str, where: str) -> Iterator[tuple[str, Document]]:
    """Yield (name, article) of an export; a span that was drawn anew has no columns yet."""
    for number, line in enumerate(written.split("\n"), 1):
        if not line.strip():
            continue
        row, here = _json(line, f"{where}, line {number}"), f"{where}, line {number}"
        row = {**row, **row.get("meta", {})}
        units, facts = Units(row["text"]), []
        told = [((low, high, table), columns) for low, high, table, columns in row.get("columns", ())]
        for low, high, table in (tuple(span) for span in row.get("label", row.get("labels", ()))):
            at = next((i for i, (place, _) in enumerate(told) if place == (low, high, table)), None)
            start, end = units.to_point(low), units.to_point(high)
            if start is None or end is None:
                raise InputError(f"{here}: {table} from {low} to {high} cuts a character or the text")
            facts.append((table, start, end, told.pop(at)[1] if at is not None else {}))
        name = str(row.get("name") or row.get("id") or number)
        yield name, _document({**row, "id": row.get("article_id", name)}, row["text"], facts, here)


# --- brat: NAME.txt and NAME.ann; a span is parted at line ends, the columns are its note ---

_LINE = regex.compile(r"[^\n]+")
_SPAN = regex.compile(r"(?<id>T\d+)\t(?<table>\S+) (?<parts>\d+ \d+(?:;\d+ \d+)*)\t.*")
_NOTE = regex.compile(r"#\d+\tAnnotatorNotes (?<id>T\d+)\t(?<note>.*)")


def to_brat(document: Document) -> tuple[str, str]:
    """Return the content of NAME.txt and of NAME.ann; the article's head is the note of a span `article` over its first character."""
    text = document["text"]
    lines = [f"T0\tarticle 0 1\t{text[:1].strip() or '-'}", f"#0\tAnnotatorNotes T0\t{json.dumps(_head(document), ensure_ascii=False)}"]
    for number, (table, fact) in enumerate(_facts(document), 1):
        parts = [m.span() for m in _LINE.finditer(text, fact["start"], fact["end"])]
        places = ";".join(f"{start} {end}" for start, end in parts)
        words = " ".join(text[start:end] for start, end in parts).replace("\r", " ").replace("\t", " ")
        lines += [f"T{number}\t{table} {places}\t{words}", f"#{number}\tAnnotatorNotes T{number}\t{json.dumps(_columns(fact), ensure_ascii=False)}"]
    return text, "\n".join(lines) + "\n"


def _head(document: Document) -> dict[str, Any]:
    return {key: document[key] for key in HEAD if key in document}


def from_brat(text: str, annotations: str, where: str) -> Document:
    """Return the article of NAME.txt and NAME.ann; a span that was parted is whole again."""
    notes = {m["id"]: m["note"] for line in annotations.split("\n") if (m := _NOTE.fullmatch(line))}
    head: dict[str, Any] = {}
    facts = []
    for number, line in enumerate(annotations.split("\n"), 1):
        if not line.startswith("T"):
            continue
        match = _SPAN.fullmatch(line)
        if match is None:
            raise InputError(f"{where}, line {number}: no span of brat: {line!r}")
        columns = _json(notes[match["id"]], f"{where}, line {number}") if match["id"] in notes else {}
        if match["table"] == "article":
            head = columns
            continue
        offsets = [int(n) for n in regex.findall(r"\d+", match["parts"])]
        facts.append((match["table"], min(offsets), max(offsets), columns))
    return _document(head, text, facts, where)


def _json(written: str, where: str) -> Any:
    try:
        return json.loads(written)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: no JSON ({error})") from error


# --- files ---

_FILES: dict[str, tuple[str, Callable[[dict[str, Document]], str], Callable[[str, str], Iterator[tuple[str, Document]]]]] = {
    "label-studio": ("tasks.json", to_label_studio, from_label_studio),
    "doccano": ("articles.jsonl", to_doccano, from_doccano),
}
FORMS = (*_FILES, "brat")


def export(folder: Path, to: Path, form: str) -> int:
    """Write the annotated articles of a folder for a tool into the folder `to`; return how many."""
    documents = read_folder(folder)
    to.mkdir(parents=True, exist_ok=True)
    if form == "brat":
        for name, document in documents.items():
            text, annotations = to_brat(document)
            (to / f"{name}.txt").write_bytes(text.encode("utf-8"))
            (to / f"{name}.ann").write_bytes(annotations.encode("utf-8"))
    else:
        file, make, _ = _FILES[form]
        (to / file).write_bytes(make(documents).encode("utf-8"))
    if form == "label-studio":
        (to / "config.xml").write_text(label_studio_config(), encoding="utf-8")
    return len(documents)


def import_(path: Path, to: Path, form: str) -> int:
    """Write the articles that come back from a tool, a file or for brat a folder, as annotated articles; return how many."""
    try:
        found = list(_read_brat(path) if form == "brat" else _FILES[form][2](_text(path), path.name))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise InputError(f"{path}: is no export of {form}: {error!r}") from error
    if not found:
        raise InputError(f"{path}: holds no articles of {form}")
    for name, document in found:
        if regex.fullmatch(r"[\w.-]+", name) is None or name.startswith("."):
            raise InputError(f"{path}: {name!r} is no file name")
        write(document, to, name)
    return len(found)


def _read_brat(folder: Path) -> Iterator[tuple[str, Document]]:
    for path in sorted(folder.glob("*.txt")):
        yield path.stem, from_brat(_text(path), _text(path.with_suffix(".ann")), f"{path.stem}.ann")


def _text(path: Path) -> str:
    """Return a file's text with its line ends as they are."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not in UTF-8 ({error})") from error
