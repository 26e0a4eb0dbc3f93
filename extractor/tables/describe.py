"""What the tables are: a data dictionary, what a folder holds, and its descriptor as a Frictionless data package.

Frictionless and not Croissant: it says in plain JSON what ours have (columns, types, keys, references between tables, files
with their hashes), and its readers need nothing else; Croissant's record sets are made for feeding models.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from extractor.schema import ABOUT_VI, FACT_TABLES, SCHEMA_VERSION, TABLES
from extractor.tables import Store, arrow_schema

_MONTH = {
    "name": "month",
    "type": "string",
    "description": "month of publication, from the folder's name; unknown where there is no date",
    "description_vi": "tháng đăng, theo tên thư mục; unknown nếu không có ngày",
}


def dictionary() -> Iterator[str]:
    """Yield the lines of the data dictionary in Markdown, from the schema alone."""
    yield "# Data dictionary / Từ điển dữ liệu"
    yield ""
    yield f"Schema {SCHEMA_VERSION}. Every table has the column `month` too: the month of publication, from the name of the folder. / *Bảng nào cũng có thêm cột `month`: tháng đăng, theo tên thư mục.*"
    for table in TABLES:
        schema = arrow_schema(table)
        yield from ("", f"## `{table}`", "", f"{schema.metadata[b'about'].decode()} / *{ABOUT_VI[table]}*", "")
        yield from ("| column | type | null | meaning | ý nghĩa |", "| --- | --- | --- | --- | --- |")
        for column in schema:
            en, vi = (column.metadata[k].decode() for k in (b"en", b"vi"))
            yield f"| `{column.name}` | {column.type} | {'yes' if column.nullable else ''} | {en} | {vi} |"


def summary(data: Path) -> Iterator[str]:
    """Yield what a folder holds, as lines: its state, versions, rows and months of each table, and how to cite it."""
    manifest = Store(data).settled()
    yield f"state {manifest['state']}, schema {manifest['schema_version']}, extractor {manifest['extractor_version']}, rules {manifest['rules'][:16]}"
    for table in TABLES:
        files = [f for f in manifest["files"] if f["table"] == table]
        months = sorted(Path(f["path"]).parent.name.removeprefix("month=") for f in files if f["rows"])
        told = f"{months[0]} … {months[-1]}" if months else "-"
        yield f"{table:<18}{sum(f['rows'] for f in files):>12,}".replace(",", ".") + f" rows  {len(months):>4} months  {told}"
    yield f"Cite as: mttq-extractor {manifest['extractor_version']}, tables of state {manifest['state']} (schema {manifest['schema_version']}); `mttq tables check --state {manifest['state']}` tells whether a folder is that state."


def _type(column: pa.DataType) -> str:
    kinds = (
        (pa.types.is_boolean, "boolean"), (pa.types.is_integer, "integer"), (pa.types.is_date, "date"), (pa.types.is_timestamp, "datetime"), (pa.types.is_list, "list"),
        (pa.types.is_string, "string"),
    )  # fmt: skip
    return next((name for fits, name in kinds if fits(column)), "number")


def _keys(table: str) -> dict[str, Any]:
    """Return the primary and foreign keys of a table."""
    if table == "articles":
        return {"primaryKey": ["article_id"], "foreignKeys": [_refers("duplicate_of", "", "article_id")]}
    if table in FACT_TABLES:
        own = [_refers("part_of", "", "fact_id"), _refers("location_fact_id", "locations", "fact_id")] if table == "activities" else [_refers("part_of", "", "fact_id")]
        return {"primaryKey": ["fact_id"], "foreignKeys": [_refers("article_id", "articles", "article_id"), _refers("activity_id", "activities", "activity_id"), *own]}
    if table == "article_versions":
        return {"primaryKey": ["article_id", "content_sha256"]}
    return {"foreignKeys": [_refers("article_id", "articles", "article_id")], **({"primaryKey": ["check_id"]} if table == "checks" else {})}


def _refers(column: str, resource: str, field: str) -> dict[str, Any]:
    return {"fields": [column], "reference": {"resource": resource, "fields": [field]}}


def data_package(data: Path) -> str:
    """Return the Frictionless descriptor (datapackage.json) of a folder's state."""
    manifest = Store(data).settled()
    resources = []
    for table in TABLES:
        schema = arrow_schema(table)
        fields = [
            {
                "name": c.name, "type": _type(c.type), "description": c.metadata[b"en"].decode(), "description_vi": c.metadata[b"vi"].decode(), "arrow_type": str(c.type),
                "constraints": {"required": not c.nullable},
            }
            for c in schema
        ]  # fmt: skip
        files = [f for f in manifest["files"] if f["table"] == table]
        resources.append(
            {
                "name": table, "type": "table", "path": [f["path"] for f in files], "hashes": [f"sha256:{f['sha256']}" for f in files], "format": "parquet",
                "mediatype": "application/vnd.apache.parquet", "title": schema.metadata[b"about"].decode(), "title_vi": ABOUT_VI[table],
                "schema": {"fields": [*fields, _MONTH], **_keys(table)},
            }
        )  # fmt: skip
    about = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "mttq-tables",
        "id": manifest["state"],
        "version": manifest["schema_version"],
        "title": "Structured facts from the news pages of the Vietnam Fatherland Front",
        "title_vi": "Số liệu có cấu trúc từ các trang tin của Mặt trận Tổ quốc Việt Nam",
        "extractor_version": manifest["extractor_version"],
        "rules_sha256": manifest["rules"],
        "resources": resources,
    }
    return json.dumps(about, ensure_ascii=False, indent=1) + "\n"
