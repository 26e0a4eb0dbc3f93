"""Write the reference pages anew from the code and the rules: `python docs/build.py`. A test says when they are out of date."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer.main

from extractor.cli import app
from extractor.data import rules_dir
from extractor.query.asking import questions
from extractor.rules import read_toml
from extractor.tables.describe import dictionary

DOCS = Path(__file__).parent
_MADE = "<!-- made by docs/build.py; not to be edited here -->"
_EXAMPLES = {"yes": "Found / Tìm thấy", "no": "Not found by this rule / Quy tắc này không bắt", "todo": "Known misses / Còn sót"}


def _cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def _values(of: Mapping[str, Any], *, without: Iterable[str] = ()) -> str:
    return ", ".join(f"`{name}` = {_cell(value)}" for name, value in of.items() if name not in set(without))


# --- rules ---


def rule_page(path: Path) -> Iterator[str]:
    """Yield the lines of the page of one file of rules/facts: what each rule finds, in its own examples."""
    raw = read_toml(path)
    yield from (f"# {path.stem}", "", _MADE, "", raw.get("about", ""), "", f"`rules/facts/{path.name}`")
    for rule in raw.get("rule", ()):
        yield from _rule(path.stem, rule)
    if raw.get("cue"):
        yield from _cues(raw["cue"])
    for name, records in raw.items():
        if name not in {"rule", "cue", "let", "example"} and isinstance(records, list) and records and isinstance(records[0], dict):
            yield from _records(name, records)
    if raw.get("example"):
        yield from ("", "## Examples / Ví dụ", "")
        yield from map(_example, raw["example"])


def _rule(file: str, rule: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"## {file}: {rule['name']}")
    about = [_values(rule["set"])] if rule.get("set") else []
    about += [f"read by / đọc bằng `{rule['reader']}`"] if rule.get("reader") else []
    about += [f"off / tắt: {_cell(rule['off'])}"] if rule.get("off") else []
    if about:
        yield from ("", "; ".join(about))
    for kind, title in _EXAMPLES.items():
        if rule.get(kind):
            yield from ("", f"{title}:", "")
            yield from map(_example, rule[kind])


def _example(one: str | Mapping[str, Any]) -> str:
    if isinstance(one, str):
        return f"- {_cell(one)}"
    told = _values(one, without=("see", "no"))
    return f"- {_cell(one.get('see') or one['no'])}" + (" → no fact / không có dữ kiện" if "no" in one else "") + (f" → {told}" if told else "")


def _cues(cues: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield from ("", "## Cues / Từ báo", "", "Words near a fact that settle columns of it. / *Từ đứng gần quyết định giá trị của cột.*", "")
    yield from ("| sets / đặt | side / phía | words or pattern / từ hoặc mẫu |", "| --- | --- | --- |")
    for cue in cues:
        words = ", ".join(cue["words"]) if "words" in cue else f"`{cue['pattern']}`"
        yield f"| {_values(cue['set'])} | {cue.get('side', 'before')} | {_cell(words)} |"


def _records(name: str, records: list[dict[str, Any]]) -> Iterator[str]:
    columns = list(dict.fromkeys(key for record in records for key in record))
    yield from ("", f"## {name}", "", "| " + " | ".join(columns) + " |", "| " + " | ".join("---" for _ in columns) + " |")
    for record in records:
        cells = [", ".join(map(str, v)) if isinstance(v := record.get(c, ""), list) else v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for c in columns]
        yield "| " + " | ".join(map(_cell, cells)) + " |"


def rule_files() -> list[Path]:
    """Return the files of rules/facts."""
    return sorted(path for path in (rules_dir() / "facts").glob("*.toml") if not path.stem.startswith("_"))


def _rules_index() -> Iterator[str]:
    yield from ("# Rules / Các quy tắc", "", _MADE, "", "What the column `rule` of a fact names. / *Cột `rule` của mỗi dữ kiện ghi tên quy tắc ở đây.*", "")
    yield from (f"- [{path.stem}]({path.stem}.md): {read_toml(path).get('about', '')}" for path in rule_files())


# --- questions ---


def _questions() -> Iterator[str]:
    yield from ("# Ready questions / Câu hỏi có sẵn", "", _MADE, "", "`mttq ask NAME`, in the explorer under *Questions*. / *`mttq ask TÊN`, hoặc mục *Câu hỏi* trong trình khám phá.*")
    for one in questions().values():
        yield from ("", f"## {one.number}. {one.name}", "", f"{one.en}", "", f"*{one.vi}*")
        if one.note_en:
            yield from ("", one.note_en, "", f"*{one.note_vi}*")
        if one.parameters:
            yield from ("", "| parameter | type | default | meaning | ý nghĩa |", "| --- | --- | --- | --- | --- |")
            yield from (f"| `--{p.name}` | {p.type.lower()} | {'' if p.default is None else _cell(p.default)} | {_cell(p.en)} | {_cell(p.vi)} |" for p in one.parameters)


# --- commands ---


def _commands() -> Iterator[str]:
    yield from ("# Commands / Các lệnh", "", _MADE)
    yield from _group(typer.main.get_command(app), "mttq", 2)


def _group(command: Any, name: str, depth: int) -> Iterator[str]:
    for verb in sorted(getattr(command, "commands", {})):
        below = command.commands[verb]
        yield from ("", f"{'#' * depth} {name} {verb}", "", *(line.strip() for line in (below.help or "").strip().splitlines()))
        if hasattr(below, "commands"):
            yield from _group(below, f"{name} {verb}", depth + 1)
        else:
            yield from _parameters(below)


def _parameters(command: Any) -> Iterator[str]:
    rows = [(p, " ".join(p.opts) if p.param_type_name == "option" else str(p.name).upper()) for p in command.params if p.name != "help" and not getattr(p, "hidden", False)]
    if rows:
        yield from ("", "| argument, option | meaning | default |", "| --- | --- | --- |")
    for parameter, shown in rows:
        default = parameter.default
        told = "" if default is None or callable(default) or default is False or default == () else _cell(getattr(default, "value", default))
        yield f"| `{shown}` | {_cell(getattr(parameter, 'help', None) or '')} | {told} |"


def pages() -> dict[Path, str]:
    """Return the text of every reference page, by its path."""
    reference = DOCS / "reference"
    lines = {reference / "tables.md": dictionary(), reference / "questions.md": _questions(), reference / "commands.md": _commands(), reference / "rules/README.md": _rules_index()}
    lines |= {reference / f"rules/{path.stem}.md": rule_page(path) for path in rule_files()}
    return {path: "\n".join(of) + "\n" for path, of in lines.items()}


def main() -> None:
    made = pages()
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in {*(DOCS / "reference/rules").glob("*.md")} - set(made):
        path.unlink()


if __name__ == "__main__":
    main()
