"""The ready questions: SQL files with titles in both languages and parameters; each row of an answer names its facts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor.errors import InputError
from extractor.query import Ask
from extractor.query.words import phrase

_FOLDER = Path(__file__).parent / "questions"
_HEAD = re.compile(r"-- (en|vi|note en|note vi|param)(?:: | )(.+)")
_PARAM = re.compile(r"(\w+) (VARCHAR|WORDS|INTEGER|BOOLEAN) (NULL|'[^']*'|\d+) \| ([^|]+) \| ([^|]+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One `$name` of a question: its type, its value where none is given, and what it means.

    WORDS are words as people type them, with or without tone marks; the SQL gets them as a pattern.
    """

    name: str
    type: str
    default: str | int | None
    en: str
    vi: str

    def value(self, given: str | None) -> str | int | bool | None:
        """Return the value that the SQL gets, of what a person typed or else the default."""
        typed = given or self.default
        return self.read(str(typed)) if typed is not None else None

    def read(self, text: str) -> str | int | bool:
        """Return the value that a person typed; InputError where it is of another type."""
        if self.type == "INTEGER":
            if not re.fullmatch(r"-?\d{1,9}", text):
                raise InputError(f"--{self.name} {text}: a whole number is wanted")
            return int(text)
        if self.type == "BOOLEAN":
            if text.lower() not in {"true", "false"}:
                raise InputError(f"--{self.name} {text}: true or false is wanted")
            return text.lower() == "true"
        if self.type == "WORDS" and not phrase(text):
            raise InputError(f"--{self.name}: there is no word in it")
        return phrase(text) if self.type == "WORDS" else text


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its name and number, title and notes in English and Vietnamese, parameters and SQL."""

    name: str
    number: int
    en: str
    vi: str
    note_en: str
    note_vi: str
    parameters: tuple[Parameter, ...]
    sql: str

    def values(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Return the value of every parameter; InputError for one that the question has not."""
        known = {p.name: p for p in self.parameters}
        for name in given:
            if name not in known:
                raise InputError(f"{self.name} has no parameter --{name}; it has: {', '.join(f'--{n}' for n in known) or 'none'}")
        return {p.name: p.value(given.get(p.name)) for p in self.parameters}


def _parameter(text: str, where: str) -> Parameter:
    found = _PARAM.fullmatch(text)
    if not found:
        raise InputError(f"{where}: `{text}` is no parameter; wanted: name TYPE default | English | Vietnamese")
    name, kind, raw, en, vi = found.groups()
    default = None if raw == "NULL" else int(raw) if raw.isdigit() else raw.strip("'")
    return Parameter(name, kind, default, en.strip(), vi.strip())


def _question(path: Path) -> Question:
    number, _, name = path.stem.partition("-")
    text = path.read_text(encoding="utf-8")
    heads: dict[str, list[str]] = {}
    for line in text.splitlines():
        if found := _HEAD.fullmatch(line):
            heads.setdefault(found[1], []).append(found[2])
    if not heads.get("en") or not heads.get("vi"):
        raise InputError(f"{path.name}: a question has a title in both languages: -- en: … and -- vi: …")
    parameters = tuple(_parameter(p, path.name) for p in heads.get("param", ()))
    types = {p.name: "VARCHAR" if p.type == "WORDS" else p.type for p in parameters}
    body = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    typed = re.sub(r"\$(\w+)", lambda m: f"CAST(${m[1]} AS {types[m[1]]})" if m[1] in types else m[0], body)
    one = {key: " ".join(lines) for key, lines in heads.items()}
    return Question(name, int(number), one["en"], one["vi"], one.get("note en", ""), one.get("note vi", ""), parameters, typed)


@functools.cache
def questions() -> dict[str, Question]:
    """Return the questions by name, in their order."""
    return {q.name: q for q in map(_question, sorted(_FOLDER.glob("*.sql")))}


def question(name: str) -> Question:
    """Return the question of that name or number; InputError where there is none."""
    known = questions()
    found = known.get(name) or next((q for q in known.values() if name.isdigit() and q.number == int(name)), None)
    if not found:
        raise InputError(f"{name}: no question of that name; `mttq ask` lists them")
    return found


def answer(ask: Ask, name: str, given: Mapping[str, str] | None = None) -> Any:
    """Return the answer as an Arrow table; its column `fact_ids` names the facts that each row rests on.

    `given` holds parameters as text, as people type them. InputError for an unknown question or parameter.
    """
    asked = question(name)
    return ask(asked.sql, asked.values(given or {}))


_EVIDENCE = """
SELECT f.fact_id, f."table", f.mention, f.sentence, f.start, f.rule, within(a.text, f.sentence, f.start) AS begin, a.title, a.url, a.published_at::DATE AS published, a.article_id
FROM facts f JOIN articles a USING (article_id) SEMI JOIN (SELECT unnest($ids) AS fact_id) USING (fact_id)
ORDER BY a.published_at NULLS LAST, f.article_id, f.start
"""


def evidence(ask: Ask, fact_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return table, words, sentence, rule and page of facts, in the order of their telling."""
    found: list[dict[str, Any]] = ask(_EVIDENCE, {"ids": list(fact_ids)}).to_pylist() if fact_ids else []
    return found


def marked(fact: Mapping[str, Any]) -> str:
    """Return a fact's sentence with its words marked; `begin` is where they begin in it.

    >>> marked({"sentence": "Trao 5 suất và 5 suất.", "mention": "5 suất", "begin": 15})
    'Trao 5 suất và «5 suất».'
    """
    sentence, begin, words = str(fact["sentence"]), int(fact["begin"]), str(fact["mention"])
    return f"{sentence[:begin]}«{words}»{sentence[begin + len(words) :]}"


def listed() -> Iterator[str]:
    """Yield the questions with their titles and parameters, as lines for a terminal."""
    for one in questions().values():
        yield f"{one.number:>2}. {one.name:<18} {one.vi}"
        yield f"{'':>23}{one.en}"
        for p in one.parameters:
            given = "" if p.default is None else f" [{p.default}]"
            yield f"{'':>25}--{p.name}{given}  {p.vi} / {p.en}"


def shown_evidence(ask: Ask, table: Any) -> Iterator[str]:
    """Yield, for each row of an answer, the sentences that it rests on, as lines for a terminal."""
    if "fact_ids" not in table.schema.names:
        yield "This answer rests on articles and not on single facts. / Câu trả lời này dựa trên bài, không dựa trên từng dữ kiện."
        return
    rows = table.to_pylist()
    known = {fact["fact_id"]: fact for fact in evidence(ask, sorted({i for row in rows for i in row["fact_ids"] or ()}))}
    for number, row in enumerate(rows, 1):
        for fact_id in dict.fromkeys(row["fact_ids"] or ()):
            fact = known[fact_id]
            yield f"[{number}] {fact['table']} {fact_id}: {marked(fact)}"
            yield f"      {fact['published'] or '-'}  {fact['url'] or '-'}  ({fact['rule']})"
