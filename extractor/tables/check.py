"""Are the tables what they say: files, schemas, keys, offsets, references. One month at a time, so that memory is bounded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from extractor.schema import FACT_TABLES, TABLES
from extractor.tables import Store, arrow_schema, sha256_of

# Columns that name other facts of the same article.
_REFERENCES = {
    **dict.fromkeys(FACT_TABLES, ("part_of", "activity_id")),
    "activities": ("location_fact_id", "money_ids", "participant_ids", "quantity_ids"),
    "checks": ("fact_ids",),
}


def check_tables(data: Path) -> list[str]:
    """Return what is wrong with the tables, one line a problem; StoreError where there are none."""
    store = Store(data)
    manifest = store.settled()
    problems = [*_files(store, manifest)]
    months: dict[str, dict[str, Path]] = {}
    for entry in manifest["files"]:
        month = Path(entry["path"]).parent.name.removeprefix("month=")
        months.setdefault(month, {})[entry["table"]] = store.root / entry["path"]
    seen: dict[str, str] = {}
    repeats: dict[str, list[str]] = {}
    for month, paths in sorted(months.items()):
        tables = {name: pq.read_table(path, partitioning=None) for name, path in paths.items() if path.exists()}
        if "articles" not in tables or any(t.schema.names != arrow_schema(n).names for n, t in tables.items()):
            continue  # told above
        for article_id, original in zip(tables["articles"]["article_id"].to_pylist(), tables["articles"]["duplicate_of"].to_pylist(), strict=True):
            if article_id in seen:
                problems.append(f"articles: {article_id} is in {seen[article_id]} and in {month}")
            seen[article_id] = month
            if original is not None:
                repeats.setdefault(original, []).append(article_id)
        problems += _month(month, tables)
    problems += [f"articles: {of[0]} repeats {original}, which is not there" for original, of in repeats.items() if original not in seen]
    return problems


def _columns(schema: pa.Schema) -> list[tuple[str, str]]:
    """Return names and types; Parquet names the elements of a list otherwise than Arrow, and has no whole seconds."""
    types = [f"list of {c.type.value_type}" if pa.types.is_list(c.type) else str(c.type).replace("[s,", "[ms,") for c in schema]
    return list(zip(schema.names, types, strict=True))


def _files(store: Store, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the files: changed, lost, of another schema, or not the manifest's."""
    named = {entry["path"] for entry in manifest["files"]}
    for entry in manifest["files"]:
        path = store.root / entry["path"]
        if sha256_of(path) != entry["sha256"]:
            yield f"{entry['path']}: not the file that the manifest names"
        if path.exists() and _columns(stored := pq.read_schema(path)) != _columns(arrow_schema(entry["table"])):
            yield f"{entry['path']}: columns of another schema ({', '.join(stored.names)})"
    there = {p.relative_to(store.root).as_posix() for p in store.root.glob("*/month=*/*") if p.is_file()}
    for orphan in sorted(there - named):
        yield f"{orphan}: no file of the manifest; readers of the whole folder would take it for one"
    for name in TABLES:
        if not any(path.startswith(f"{name}/") for path in named):
            yield f"{name}: no file at all"


def _month(month: str, tables: Mapping[str, pa.Table]) -> Iterator[str]:
    articles = tables["articles"]
    texts = dict(zip(articles["article_id"].to_pylist(), articles["text"].to_pylist(), strict=True))
    owners: dict[str, str] = {}
    for name in FACT_TABLES:
        if name not in tables:
            continue
        ids, of = tables[name]["fact_id"].to_pylist(), tables[name]["article_id"].to_pylist()
        if len(set(ids)) != len(ids):
            yield f"{name}, {month}: {len(ids) - len(set(ids))} fact_id twice"
        owners.update(zip(ids, of, strict=True))
    for name, rows in tables.items():
        if name != "article_versions" and (strangers := set(rows["article_id"].to_pylist()) - set(texts)):
            yield f"{name}, {month}: rows of {len(strangers)} articles that are not there, the first {min(strangers)}"
        if "mention" in rows.schema.names:
            yield from _offsets(f"{name}, {month}", rows, texts)
        for column in _REFERENCES.get(name, ()):
            yield from _references(f"{name}.{column}, {month}", rows, column, owners)


def _offsets(where: str, rows: pa.Table, texts: Mapping[str, str]) -> Iterator[str]:
    columns = [rows[c].to_pylist() for c in ("article_id", "start", "end", "mention")]
    bad = [(i, s) for i, s, e, m in zip(*columns, strict=True) if i in texts and texts[i][s:e] != m]
    if bad:
        yield f"{where}: {len(bad)} mentions are not the words at their offsets, the first in article {bad[0][0]} at {bad[0][1]}"


def _references(where: str, rows: pa.Table, column: str, owners: Mapping[str, str]) -> Iterator[str]:
    lost = []
    for article, value in zip(rows["article_id"].to_pylist(), rows[column].to_pylist(), strict=True):
        named = value if isinstance(value, list) else [] if value is None else [value]
        lost += [one for one in named if owners.get(one) != article]
    if lost:
        yield f"{where}: {len(lost)} refer to no fact of their article, the first {lost[0]}"
