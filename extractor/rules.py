"""rules/facts/*.toml as checked, compiled records.

A file is a kind of fact (its name is the table). `[let]` names fragments: a list is words, a string is a pattern;
`(?&name)` puts one in, textually. Patterns run on folded text (lower case, one kind of space, tone marks on the
canonical vowel), and a space in a pattern stands for one or more, up to nine: a page of spaces must cost no more than itself. A rule looks for its `match` anywhere, or, where it
has `after` and `before`, stands at a number: `before` must end where the number begins, `after` must begin where it
ends. `set` gives columns; a group named like a column gives its text; `reader` names a function that works out the
rest. `yes` examples mark the mention with «…» and state columns, `no` examples must not be found, `todo` are known
misses: strict, so that a miss that is mended must be moved to `yes`.
"""

from __future__ import annotations

import functools
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import regex

from extractor.anchors import Anchors
from extractor.data import rules_dir
from extractor.errors import RuleError
from extractor.schema import TABLES
from extractor.text import fold

_RULE_KEYS = {"name", "match", "before", "after", "set", "reader", "yes", "no", "todo", "off", "confidence"}
_CUE_KEYS = {"set", "side", "words", "pattern", "cost", "reach", "scope"}
_FRAGMENT = regex.compile(r"\(\?&(\w+)\)")
# A literal space outside a character class, with what says how often; an escaped one stays.
_SPACE = regex.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|( )([*+?]?)")
_SPACES = {"": "(?: {1,9})", "+": "(?: {1,9})", "*": "(?: {0,9})", "?": "(?: {0,9})"}


@dataclass(frozen=True, slots=True)
class Example:
    """`text` without its marks, the marked span, and the columns the fact must have."""

    text: str
    start: int
    end: int
    columns: Mapping[str, Any]
    published: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One pattern with its examples; `id` is what the facts' `rule` column says."""

    id: str
    table: str
    match: regex.Pattern[str] | None
    before: regex.Pattern[str] | None
    after: regex.Pattern[str] | None
    set: Mapping[str, Any]
    reader: str | None
    confidence: float
    yes: tuple[Example, ...]
    no: tuple[str, ...]
    todo: tuple[Example, ...]
    off: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Words near a fact that settle some of its columns: the cue whose distance plus `cost` is least wins.

    `side` says where the words stand: before, after, either or inside (the mention itself); `reach` is how far, in
    characters. A cue has `words`, or a `pattern` for what a list cannot say. With `scope` its distance does not count: it
    speaks of all that follows it, in its "clause" or in its "sentence".
    """

    set: Mapping[str, Any]
    side: str
    words: tuple[str, ...]
    pattern: regex.Pattern[str] | None
    cost: int
    reach: int
    scope: str | None = None


@dataclass(frozen=True, kw_only=True)
class RuleFile:
    """The rules and cues of one file, in its order."""

    name: str
    about: str
    table: str
    rules: tuple[Rule, ...]
    cues: tuple[Cue, ...]
    let: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @functools.cached_property
    def cue_words(self) -> regex.Pattern[str] | None:
        """The pattern of the words of all cues, None where no cue has words."""
        words = {fold(word) for cue in self.cues for word in cue.words}
        return regex.compile(rf"(?<!\w){trie_pattern(words)}(?!\w)") if words else None

    def pattern(self, source: str) -> regex.Pattern[str]:
        """Return the compiled pattern of a source that may call this file's fragments."""
        return compile_pattern(source, self.let, where=self.name)


def trie_pattern(words: Iterable[str]) -> str:
    """Return a pattern that matches the longest of the words, as a trie, so that a thousand cost as little as ten.

    >>> trie_pattern(["hộ", "hộ dân"])
    'hộ(?:(?: {1,9})dân)?'
    """
    return _widened(_trie(words))


def _widened(source: str) -> str:
    return _SPACE.sub(lambda m: _SPACES[m[2]] if m[1] else m[0], source)


def _trie(words: Iterable[str]) -> str:
    trie: dict[str, Any] = {}
    for word in words:
        node = trie
        for char in fold(word.strip()):
            node = node.setdefault(char, {})
        node[""] = {}
    return _branch(trie)


def _branch(node: dict[str, Any]) -> str:
    ends = "" in node
    arms = [(c if c == " " else regex.escape(c)) + _branch(below) for c, below in node.items() if c]
    if not arms:
        return ""
    if len(arms) == 1 and not ends:
        return arms[0]
    return "(?:" + "|".join(arms) + ")" + ("?" if ends else "")


def compile_pattern(source: str, let: Mapping[str, str], *, where: str) -> regex.Pattern[str]:
    """Return the compiled pattern, fragments put in and spaces widened; RuleError names `where`."""

    def put(match: regex.Match[str]) -> str:
        if match[1] not in let:
            raise RuleError(f"{where}: no fragment (?&{match[1]}) under [let]")
        return f"(?:{let[match[1]]})"

    whole = _FRAGMENT.sub(put, source)
    try:
        return regex.compile(_widened(whole), regex.VERSION0)
    except regex.error as error:
        raise RuleError(f"{where}: the pattern does not compile: {error}") from error


def _fragments(let: Mapping[str, Any], shared: Mapping[str, str], where: str) -> dict[str, str]:
    done = dict(shared)
    for name, value in let.items():
        if isinstance(value, list):
            done[name] = _trie(value) + r"(?!\w)"
        elif isinstance(value, str):
            done[name] = _FRAGMENT.sub(lambda m: f"(?:{_known(done, m[1], where)})", value)
        else:
            raise RuleError(f"{where}: [let] {name} must be a list of words or a pattern")
    return done


def _known(done: Mapping[str, str], name: str, where: str) -> str:
    if name not in done:
        raise RuleError(f"{where}: no fragment (?&{name}) above this line of [let]")
    return done[name]


def example(raw: Any, where: str) -> Example:
    """Return the Example of a table `{ see = "… «…» …", column = value }`."""
    if isinstance(raw, str):
        raw = {"see": raw}
    see = raw.get("see", "")
    if see.count("«") != 1 or see.count("»") != 1 or see.index("«") > see.index("»"):
        raise RuleError(f"{where}: an example marks one mention with «…»: {see!r}")
    start, end = see.index("«"), see.index("»") - 1
    columns = {k: v for k, v in raw.items() if k not in {"see", "published"}}
    return Example(see.replace("«", "").replace("»", ""), start, end, columns, raw.get("published"))


def _rule(raw: Mapping[str, Any], file: str, table: str, let: Mapping[str, str]) -> Rule:
    name = raw.get("name")
    where = f"{file}.toml: {name or 'a rule without a name'}"
    if unknown := sorted(set(raw) - _RULE_KEYS):
        raise RuleError(f"{where}: unknown key {unknown}; known are {sorted(_RULE_KEYS)}")
    if not name or not raw.get("yes"):
        raise RuleError(f"{where}: a rule needs a name and at least one `yes` example")
    if ("match" in raw) == ("after" in raw or "before" in raw):
        raise RuleError(f"{where}: a rule has either `match`, or `after` and/or `before`")
    columns = set(TABLES[table].__dataclass_fields__)
    if unknown := sorted(set(raw.get("set", {})) - columns):
        raise RuleError(f"{where}: `set` names no column of {table}: {unknown}")

    def compiled(key: str, wrap: str = "{}") -> regex.Pattern[str] | None:
        return compile_pattern(wrap.replace("{}", raw[key]), let, where=where) if key in raw else None

    return Rule(
        id=f"{file}: {name}",
        table=table,
        match=compiled("match"),
        before=compiled("before", "(?:{})$"),
        after=compiled("after"),
        set=raw.get("set", {}),
        reader=raw.get("reader"),
        confidence=float(raw.get("confidence", 0.9)),
        yes=tuple(example(e, where) for e in raw["yes"]),
        no=tuple(raw.get("no", ())),
        todo=tuple(example(e, where) for e in raw.get("todo", ())),
        off=raw.get("off"),
    )


def _cue(raw: Mapping[str, Any], file: str, let: Mapping[str, str]) -> Cue:
    where = f"{file}.toml: cue {raw.get('set')}"
    if unknown := sorted(set(raw) - _CUE_KEYS):
        raise RuleError(f"{where}: unknown key {unknown}; known are {sorted(_CUE_KEYS)}")
    side = raw.get("side", "before")
    if side not in {"before", "after", "either", "inside"}:
        raise RuleError(f"{where}: side must be before, after, either or inside")
    if ("words" in raw) == ("pattern" in raw):
        raise RuleError(f"{where}: a cue has either `words` or a `pattern`")
    if raw.get("scope") not in {None, "clause", "sentence"}:
        raise RuleError(f"{where}: scope must be clause or sentence")
    return Cue(
        set=raw["set"],
        side=side,
        words=tuple(raw.get("words", ())),
        pattern=compile_pattern(raw["pattern"], let, where=where) if "pattern" in raw else None,
        cost=int(raw.get("cost", 0)),
        reach=int(raw.get("reach", 400)),
        scope=raw.get("scope"),
    )


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; RuleError names the file and the line that is wrong."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise RuleError(f"{path.name}: {error}") from error


def load_file(path: Path, shared: Mapping[str, str] | None = None) -> RuleFile:
    """Return the rules of one file, checked strictly; RuleError names file and rule."""
    raw = read_toml(path)
    file = path.stem
    if unknown := sorted(set(raw) - {"about", "table", "let", "rule", "cue"}):
        raise RuleError(f"{file}.toml: unknown key {unknown}")
    table = raw.get("table", file)
    if not raw.get("about") or table not in TABLES:
        raise RuleError(f"{file}.toml: needs `about`, and a table of the schema ({table!r} is none)")
    let = _fragments(raw.get("let", {}), shared or {}, f"{file}.toml")
    rules = tuple(_rule(r, file, table, let) for r in raw.get("rule", ()))
    ids = [r.id for r in rules]
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise RuleError(f"{file}.toml: two rules of the same name: {twice}")
    words = {k: tuple(v) for k, v in raw.get("let", {}).items() if isinstance(v, list)}
    cues = tuple(_cue(c, file, let) for c in raw.get("cue", ()))
    return RuleFile(name=file, about=raw["about"], table=table, rules=rules, cues=cues, let=let, words=words)


@functools.cache
def load(name: str) -> RuleFile:
    """Return the rules of rules/facts/<name>.toml, read once."""
    folder = rules_dir() / "facts"
    shared_path = folder / "_shared.toml"
    shared = _fragments(read_toml(shared_path).get("let", {}), {}, "_shared.toml") if shared_path.exists() else {}
    return load_file(folder / f"{name}.toml", shared)


@functools.cache
def anchors() -> Anchors:
    """Return where the patterns of rules/facts/ that are looked for anywhere in a text may begin: one pass tells of all."""
    with_rules = (path.stem for path in sorted((rules_dir() / "facts").glob("*.toml")) if {"rule", "cue"} & read_toml(path).keys())
    files = [load(name) for name in with_rules]
    patterns = [p for file in files for p in (*(r.match for r in file.rules), *(c.pattern for c in file.cues), file.cue_words)]
    return Anchors(pattern for pattern in patterns if pattern is not None)


@functools.cache
def load_table(name: str) -> dict[str, Any]:
    """Return rules/facts/<name>.toml as plain values, read once, for rooms whose data are lists and not patterns."""
    return read_toml(rules_dir() / "facts" / f"{name}.toml")


@functools.cache
def word_lists(name: str, section: str) -> Mapping[str, tuple[str, ...]]:
    """Return the lists of words of a section of such a file, for `str.startswith` and `endswith`."""
    return {key: tuple(words) for key, words in load_table(name)[section].items()}


@functools.cache
def word_sets(name: str, section: str) -> Mapping[str, frozenset[str]]:
    """Return the same lists as sets."""
    return {key: frozenset(words) for key, words in word_lists(name, section).items()}


def rules_hash() -> str:
    """Return the SHA-256 of all files under rules/, in order: what the tables were made with."""
    digest = hashlib.sha256()
    for path in sorted(p for p in rules_dir().rglob("*") if p.is_file()):
        digest.update(path.relative_to(rules_dir()).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
