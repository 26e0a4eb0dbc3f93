"""The tables as strangers meet them: four readers agree, files carry what they are, check and describe say what is there."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from extractor.schema import FACT_TABLES, TABLES
from extractor.tables import Store, arrow_schema
from extractor.tables.check import check_tables
from extractor.tables.describe import data_package, dictionary, summary

ROOT = Path(__file__).parent.parent


@pytest.fixture
def copy(fixed, tmp_path):
    shutil.copytree(fixed, tmp_path / "data")
    return tmp_path / "data"


# --- readers without any option ---


@pytest.mark.parametrize("table", TABLES)
def test_pandas_polars_duckdb_and_arrow_agree(fixed, table):
    folder = fixed / "tables" / table
    names = arrow_schema(table).names
    key = [n for n in ("article_id", "start", "fact_id", "check_id") if n in names]

    def plain(value):
        return [*value] if hasattr(value, "tolist") else None if value is None or pd.isna(value) else value

    def rows(frame):
        ordered = frame.sort_values(key, kind="stable")[names]
        return [dict(zip(names, map(plain, row), strict=True)) for row in ordered.itertuples(index=False, name=None)]

    arrow = rows(ds.dataset(folder, format="parquet", partitioning="hive").to_table().to_pandas(types_mapper=None))
    by_pandas = rows(pd.read_parquet(folder))
    by_polars = rows(pl.read_parquet(folder).to_arrow().to_pandas())
    by_duckdb = rows(duckdb.sql(f"SELECT * FROM read_parquet('{folder}/*/*.parquet')").to_arrow_table().to_pandas())

    assert len(arrow) == len(by_pandas) == len(by_polars) == len(by_duckdb)
    if table not in ("articles", "article_versions"):  # times: the same instants, told in zones of each reader
        assert arrow == by_pandas == by_polars
        assert [{k: v for k, v in row.items() if not hasattr(v, "year")} for row in by_duckdb] == [{k: v for k, v in row.items() if not hasattr(v, "year")} for row in arrow]
    assert [[row[k] for k in key] for row in by_duckdb] == [[row[k] for k in key] for row in arrow]


def test_sums_are_the_same_in_every_reader(fixed):
    folder = fixed / "tables" / "money"
    total = Decimal("52057020000.00")  # added up by hand

    assert pd.read_parquet(folder)["amount"].sum() == total
    assert pl.read_parquet(folder)["amount"].sum() == total
    assert duckdb.sql(f"SELECT sum(amount) FROM '{folder}/*/*.parquet'").fetchall() == [(total,)]
    assert sum(ds.dataset(folder, format="parquet", partitioning="hive").to_table()["amount"].to_pylist()) == total


def test_published_is_the_same_instant_in_every_reader(fixed):
    folder = fixed / "tables" / "articles"
    frames = [
        pd.read_parquet(folder), pl.read_parquet(folder).to_pandas(), duckdb.sql(f"SELECT article_id, published_at FROM '{folder}/*/*.parquet'").df(),
    ]  # fmt: skip
    instants = [sorted(pd.to_datetime(f["published_at"], utc=True).dropna().dt.strftime("%Y-%m-%dT%H:%M").tolist()) for f in frames]

    assert instants[0] == instants[1] == instants[2]
    assert "2023-07-10T01:00" in instants[0]


# --- the files ---


def test_files_are_compressed_sorted_and_have_a_page_index(fixed):
    for path in (fixed / "tables").rglob("*.parquet"):
        meta = pq.read_metadata(path)
        for group in range(meta.num_row_groups):
            for column in range(meta.num_columns):
                chunk = meta.row_group(group).column(column)
                assert chunk.compression == "ZSTD"
                assert chunk.has_offset_index or not meta.num_rows
        ids = pq.read_table(path, partitioning=None)["article_id"].to_pylist()
        if path.parts[-3] in FACT_TABLES:
            assert ids == sorted(ids)


def test_a_file_tells_its_table_in_both_languages(fixed):
    schema = pq.read_schema(fixed / "tables/money/month=2024-01/part-0.parquet")

    assert schema.metadata[b"about"] == b"An amount of money."
    assert schema.metadata[b"about_vi"].decode() == "Một khoản tiền."


# --- check ---


def change(data, table, month, **columns):
    path = data / f"tables/{table}/month={month}/part-0.parquet"
    rows = pq.read_table(path, partitioning=None)
    for name, value in columns.items():
        index = rows.schema.get_field_index(name)
        rows = rows.set_column(index, rows.schema.field(name), pa.array([value] * len(rows), rows.schema.field(name).type))
    pq.write_table(rows, path)


@pytest.mark.parametrize(
    ("table", "month", "columns", "problem"),
    [
        ("activities", "2025-01", {"location_fact_id": "nosuch"}, "activities.location_fact_id, 2025-01: 2 refer to no fact of their article, the first nosuch"),
        ("activities", "2025-01", {"money_ids": ["a01.cp"]}, "activities.money_ids, 2025-01: 2 refer to no fact of their article, the first a01.cp"),
        ("money", "2025-01", {"article_id": "a99"}, "money, 2025-01: rows of 1 articles that are not there, the first a99"),
        ("checks", "2024-01", {"fact_ids": ["lost"]}, "checks.fact_ids, 2024-01: 1 refer to no fact of their article, the first lost"),
        ("articles", "2024-06", {"article_id": "a01"}, "articles: a01 is in 2023-07 and in 2024-06"),
        ("articles", "2024-06", {"duplicate_of": "a99"}, "articles: a09 repeats a99, which is not there"),
    ],
)
def test_what_is_wrong_is_told(copy, table, month, columns, problem):
    assert check_tables(copy) == []
    change(copy, table, month, **columns)

    assert problem in check_tables(copy)


def test_files_that_are_no_part_of_the_state_are_told(copy):
    tables = copy / "tables"
    shutil.copy(tables / "money/month=2024-01/part-0.parquet", tables / "money/month=2024-01/part-1.parquet")
    pq.write_table(pa.table({"a": [1]}), tables / "dates/month=2024-01/part-0.parquet")
    (tables / "people/month=2024-05").mkdir(exist_ok=True)
    (tables / "quantities/month=2024-05/part-0.parquet").unlink()
    found = check_tables(copy)

    assert "money/month=2024-01/part-1.parquet: no file of the manifest; readers of the whole folder would take it for one" in found
    assert "dates/month=2024-01/part-0.parquet: columns of another schema (a)" in found
    assert "quantities/month=2024-05/part-0.parquet: not the file that the manifest names" in found


# --- describe ---


def test_the_dictionary_of_the_docs_is_that_of_the_schema():
    told = (ROOT / "docs/reference/tables.md").read_text(encoding="utf-8")

    assert told == "\n".join(dictionary()) + "\n", "write it anew: python -m extractor tables describe --format dictionary > docs/reference/tables.md"
    for table in TABLES:
        for column in arrow_schema(table):
            assert f"| `{column.name}` | {column.type} |" in told


def test_a_summary_says_how_to_cite(fixed):
    text = "\n".join(summary(fixed))

    assert f"state {Store(fixed).manifest()['state']}" in text
    assert "money                       30 rows" in text


def test_the_data_package_names_files_columns_and_keys_that_are_there(fixed):
    package = json.loads(data_package(fixed))
    resources = {r["name"]: r for r in package["resources"]}

    assert list(resources) == list(TABLES)
    assert package["id"] == Store(fixed).manifest()["state"]
    for name, resource in resources.items():
        fields = [f["name"] for f in resource["schema"]["fields"]]
        assert fields == [*arrow_schema(name).names, "month"]
        assert all((fixed / "tables" / path).is_file() for path in resource["path"])
        assert len(resource["hashes"]) == len(resource["path"]) > 0
        assert set(resource["schema"].get("primaryKey", [])) <= set(fields)
        for key in resource["schema"].get("foreignKeys", ()):
            assert set(key["fields"]) <= set(fields)
            target = key["reference"]["resource"] or name
            assert set(key["reference"]["fields"]) <= set(arrow_schema(target).names)


def test_the_verbs(fixed, copy, monkeypatch, capsys):
    from extractor import cli

    def mttq(*args):
        monkeypatch.setattr("sys.argv", ["mttq", "tables", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code or 0, capsys.readouterr().out

    state = Store(fixed).manifest()["state"]
    assert mttq("check", "--data", fixed, "--state", state) == (0, f"{fixed}: state {state}, nothing wrong\n")
    assert mttq("check", "--data", fixed, "--state", "0" * 16) == (1, f"state {state}, and not {'0' * 16}\n")
    change(copy, "money", "2025-01", article_id="a99")
    assert mttq("check", "--data", copy)[0] == 1
    assert mttq("describe", "--data", fixed)[1].startswith(f"state {state}")
    assert json.loads(mttq("describe", "--data", fixed, "--format", "datapackage")[1])["id"] == state
    assert mttq("describe", "--format", "dictionary")[1].startswith("# Data dictionary")
