"""SQL over the tables: what it answers, in which form, and that it only reads."""

from __future__ import annotations

import csv
import io
import json

import pandas as pd
import pyarrow as pa
import pytest

from extractor import extract
from extractor.errors import InputError, StoreError
from extractor.query import FORMATS, connect, guarded, query, write_result
from extractor.schema import TABLES
from extractor.tables import Store, to_tables

TEXT = 'Ngày 5/3/2024, huyện Hạ Lang đã trao 20 suất quà trị giá 10 triệu đồng và hỗ trợ 2,5 tỷ đồng cho 50/154 hộ nghèo, đạt 99,62%.'


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("it's data")  # a quote in the path is no end of a string
    rows = [extract(TEXT, url=f"https://mattran.example/{n}.html", published=f"2024-0{n}-05").rows() for n in (1, 2)]
    Store(folder).write(to_tables(rows))
    return folder


def given(table, form):
    out = io.StringIO()
    write_result(table, form, out)
    return out.getvalue()


# --- answers ---


@pytest.mark.parametrize("name", TABLES)
def test_each_table_is_a_view_with_its_month(data, name):
    names = query(data, f"SELECT * FROM {name}").schema.names

    assert names[-1] == "month"
    assert "article_id" in names


def test_sums_are_exact(data):
    row = query(data, "SELECT sum(amount) AS vnd, count(*) AS n FROM money WHERE month = '2024-01'").to_pylist()[0]

    assert int(row["vnd"]) == 2_510_000_000
    assert row["n"] == 2


def test_times_are_those_of_vietnam(data):
    (row,) = query(data, "SELECT strftime(published_at, '%Y-%m-%d %H') AS at FROM articles WHERE month = '2024-02'").to_pylist()

    assert row["at"] == "2024-02-05 00"


@pytest.mark.parametrize(
    "sql",
    [
        "FROM money SELECT count(*) AS n",
        "WITH m AS (SELECT * FROM money) SELECT count(*) AS n FROM m;",
        "DESCRIBE money",
        "SHOW TABLES",
        "SUMMARIZE money",
        "PIVOT money ON flow USING sum(amount) GROUP BY currency",
        "FROM (PIVOT money ON flow USING sum(amount) GROUP BY currency)",
    ],
)
def test_whatever_reads_is_answered(data, sql):
    assert query(data, sql).num_rows > 0


def test_columns_of_a_join_keep_their_values_apart(data):
    table = query(data, "SELECT m.fact_id, q.fact_id FROM money m JOIN quantities q USING (article_id)")

    assert len(set(table.schema.names)) == 2
    rows = table.to_pylist()
    assert rows
    assert all(len({row[n] for n in table.schema.names}) == 2 for row in rows)


def test_names_apart_do_not_meet_others(data):
    assert query(data, 'SELECT 1 AS a, 2 AS a_1, 3 AS a, 4 AS a').to_pylist() == [{"a": 1, "a_1": 2, "a_2": 3, "a_3": 4}]


# --- refusals ---


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{out}'",
        "COPY money TO '{out}' (FORMAT parquet)",
        "ATTACH '{out}'",
        "ATTACH '{out}' AS other; SELECT 1",
        "EXPORT DATABASE '{out}'",
        "CREATE TABLE mine AS SELECT 1",
        "DROP VIEW money",
        "INSERT INTO money SELECT * FROM money",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 1",
        "PRAGMA database_list",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{out}'",
        "COPY (PIVOT money ON flow USING sum(amount)) TO '{out}'",
        " (  COPY (PIVOT money ON flow USING sum(amount)) TO '{out}'",
        "PREPARE x AS COPY (SELECT 1) TO '{out}'",
        "SELECT 1; COPY (SELECT 1) TO '{out}'",
        "SELECT 1; SELECT 2",
        "",
        ";",
        "-- nothing",
    ],
)
def test_what_is_no_single_select_is_refused(data, tmp_path, sql):
    out = tmp_path / "written"
    before = sorted(p.stat().st_mtime_ns for p in data.rglob("*"))

    with pytest.raises(InputError, match=r"one SELECT|Parser Error"):
        query(data, sql.format(out=out))
    assert not out.exists()
    assert sorted(p.stat().st_mtime_ns for p in data.rglob("*")) == before


@pytest.mark.parametrize("sql", ["SELECT nothing FROM money", "SELEC 1", "SELECT * FROM manifest", "SELECT 'a'::INT", "SELECT \x00"])
def test_wrong_sql_is_told(data, sql):
    with pytest.raises(InputError, match="cannot be answered"):
        query(data, sql)


@pytest.mark.parametrize("name", ["manifest", "connection", "sql", "statements"])
def test_variables_of_the_program_are_no_tables(data, name):
    with pytest.raises(InputError, match=f"Table with name {name} does not exist"):
        query(data, f"SELECT * FROM {name}")


def test_a_folder_without_tables_is_told_and_not_made(tmp_path):
    with pytest.raises(StoreError, match="no tables here yet"):
        query(tmp_path / "nowhere", "SELECT 1")
    assert not (tmp_path / "nowhere").exists()


def test_a_lost_file_is_told(tmp_path):
    Store(tmp_path).write(to_tables([extract(TEXT, published="2024-01-05").rows()]))
    (tmp_path / "tables/money/month=2024-01/part-0.parquet").unlink()

    with pytest.raises(StoreError, match="cannot be read") as told:
        query(tmp_path, "SELECT count(*) FROM money")
    assert "\n" not in str(told.value)


def test_an_answer_that_spans_two_states_is_asked_again(tmp_path, monkeypatch):
    one, two = (extract(TEXT.replace("20 suất", f"{n} suất"), url="https://a.example/1.html").rows() for n in (20, 30))
    Store(tmp_path).write(to_tables([one]))
    asked = []
    import extractor.query as room

    ask = room._ask

    def interrupted(*args):
        if not asked:
            Store(tmp_path).write(to_tables([two]))
        asked.append(args)
        return ask(*args)

    monkeypatch.setattr(room, "_ask", interrupted)

    assert query(tmp_path, "SELECT value::INT AS n FROM quantities WHERE unit = 'suất'").to_pylist() == [{"n": 30}]
    assert len(asked) == 2


def test_tables_that_never_rest_are_told(tmp_path, monkeypatch):
    import extractor.query as room

    count = []

    def busy(*_):
        count.append(1)
        Store(tmp_path).write(to_tables([extract(f"Trao {len(count)} suất quà.", url="https://a.example/1.html").rows()]))

    busy()
    monkeypatch.setattr(room, "_ask", busy)
    monkeypatch.setattr(room, "_TRIES", 3)

    with pytest.raises(StoreError, match="was written to at each"):
        query(tmp_path, "SELECT 1")


def test_a_connection_is_closed_behind(data):
    import duckdb

    with connect(data) as views:
        assert views.arrow("SELECT count(*) AS n FROM money").to_pylist() == [{"n": 4}]
    with pytest.raises(duckdb.ConnectionException):
        views.arrow("SELECT 1")


# --- forms ---

ROWS = "SELECT amount, mention, start, NULL AS nothing, DATE '2024-03-05' AS day, relative FROM money, (SELECT TRUE AS relative) WHERE month = '2024-01' ORDER BY amount"


def test_json_is_one_object_a_line(data):
    lines = [json.loads(line) for line in given(query(data, ROWS), "json").splitlines()]

    assert [line["amount"] for line in lines] == [10_000_000, 2_500_000_000]
    assert lines[0]["mention"] == "10 triệu đồng"
    assert lines[0]["day"] == "2024-03-05"
    assert lines[0]["nothing"] is None
    assert lines[0]["relative"] is True


def test_json_holds_no_number_that_json_has_not(data):
    text = given(query(data, "SELECT 'nan'::FLOAT AS a, 'infinity'::DOUBLE AS b, 99.5::DOUBLE AS c, [1.5, 2] AS d, {'e': 1} AS f"), "json")

    assert json.loads(text, parse_constant=pytest.fail) == {"a": None, "b": None, "c": 99.5, "d": ["1.5", "2.0"], "f": {"e": 1}}


def test_csv_reads_back(data):
    rows = list(csv.DictReader(io.StringIO(given(query(data, ROWS), "csv"))))

    assert [row["amount"] for row in rows] == ["10000000", "2500000000"]
    assert rows[0]["nothing"] == ""
    assert rows[0]["mention"] == "10 triệu đồng"


@pytest.mark.parametrize("word", ["=1+1", "+84", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "'=1+1", "''@a"])
def test_a_spreadsheet_runs_no_formula(data, word):
    table = pa.table({"word": [word], word: ["plain"], "n": [-5]})
    header, row = csv.reader(io.StringIO(given(table, "csv"), newline=""))

    assert row == [f"'{word}", "plain", "-5"]
    assert "\r\n" not in given(table, "csv")
    assert header[1] == f"'{word}"
    assert guarded(word).removeprefix("'") == word
    assert json.loads(given(table, "json"))["word"] == word


def test_the_table_for_people_groups_digits_and_says_how_many(data):
    text = given(query(data, ROWS), "table")

    assert "2.500.000.000" in text
    assert "10 triệu đồng" in text
    assert text.endswith("2 rows\n")


def test_a_long_table_says_what_it_leaves_out(data):
    table = query(data, "SELECT range AS n FROM range(1000)")

    assert given(table, "table").endswith("1000 rows, 200 shown; --format csv gives all\n")
    assert len(given(table, "csv").splitlines()) == 1001


def test_parquet_reads_back_with_its_types(data, tmp_path):
    table = query(data, "SELECT * FROM money")
    write_result(table, "parquet", io.StringIO(), path=tmp_path / "money.parquet")

    assert pd.read_parquet(tmp_path / "money.parquet")["amount"].tolist() == table["amount"].to_pylist()


@pytest.mark.parametrize("form", FORMATS)
def test_each_form_goes_to_a_file(data, tmp_path, form):
    out = io.StringIO()
    write_result(query(data, ROWS), form, out, path=tmp_path / "out")

    assert out.getvalue() == ""
    assert (tmp_path / "out").stat().st_size > 0
    with pytest.raises(InputError, match="cannot be written"):
        write_result(query(data, ROWS), form, out, path=tmp_path / "no folder" / "out")


def test_parquet_needs_a_file(data):
    with pytest.raises(InputError, match="--to FILE"):
        write_result(query(data, ROWS), "parquet", io.StringIO())


@pytest.mark.parametrize("form", ["csv", "json", "table"])
def test_an_empty_answer_is_an_answer(data, form):
    text = given(query(data, "SELECT mention FROM money WHERE FALSE"), form)

    assert text.splitlines()[-1:] == {"csv": ["mention"], "json": [], "table": ["0 rows"]}[form]
