"""The command: every verb's exit codes (0 done, 1 something failed, 2 wrong use), forms and messages."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from extractor import __version__, cli, open_tables
from extractor.data import pages_dir
from extractor.schema import TABLES
from extractor.tables.check import check_tables

TEXT = "Ngày 5/3/2024, huyện Hạ Lang đã trao 20 suất quà trị giá 10 triệu đồng. Xã Lý Quốc trao 20 suất quà cho 20 hộ nghèo, 20 suất quà cho người già."


@pytest.fixture
def mttq(monkeypatch, capsys):
    """Give the command, run in this process: (exit code, standard output, standard error)."""

    def run(*args, stdin=None):
        monkeypatch.setattr("sys.argv", ["mttq", *map(str, args)])
        if stdin is not None:
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return run


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Give a folder in which the main job was done by the command, and what it said."""
    folder = tmp_path_factory.mktemp("cli") / "data"
    done = subprocess.run([sys.executable, "-m", "extractor", "run", "--data", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder, done


@pytest.fixture
def files(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.txt").write_text(TEXT.replace("20 suất", "35 suất"), encoding="utf-8")
    (tmp_path / "bad.bin").write_bytes(b"\x00\x01\x02" * 100)
    return tmp_path


# --- help ---


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["run", "--help"], ["query", "--help"], ["nosuch"]])
def test_help_loads_nothing_heavy(args):
    heavy = {"pandas", "pyarrow", "spacy", "underthesea", "httpx", "duckdb", "selectolax", "warcio", "numpy", "ahocorasick_rs", "protego"}
    script = f"import sys\nsys.argv = ['mttq', *{args!r}]\nfrom extractor import cli\ntry:\n    cli.main()\nfinally:\n    print('LOADED', *{{m.split('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    loaded = set(done.stdout.rpartition("LOADED")[2].split())

    assert done.returncode == (2 if args == ["nosuch"] else 0)
    assert "typer" in loaded
    assert not heavy & loaded


def test_help_names_every_verb(mttq):
    code, out, _ = mttq("--help")

    assert code == 0
    for verb in ("run", "crawl", "extract", "query", "ask", "search", "report", "serve", "tables", "explain", "score", "sites"):
        assert verb in out
        code, text, _ = mttq(verb, "--help")
        assert code == 0
        assert "Usage: mttq " + verb in text


def test_the_version_is_that_of_the_package(mttq):
    assert mttq("--version") == (0, f"mttq {__version__}\n", "")


# --- wrong use is 2, what cannot be done is 1 ---


@pytest.mark.parametrize(
    "args",
    [
        ["nosuch"],
        ["run", "--nosuch"],
        ["run", "--delay", "soon"],
        ["run", "--workers", "many"],
        ["crawl"],
        ["extract"],
        ["extract", "a.txt", "--format", "xml"],
        ["extract", "a.txt", "--format", "parquet"],
        ["extract", "a.txt", "--to", "out"],
        ["query"],
        ["query", "SELECT 1", "--format", "xml"],
        ["query", "SELECT 1", "--format", "parquet"],
        ["ask", "fund-totals", "2023"],
        ["ask", "fund-totals", "--year"],
        ["ask", "fund-totals", "--format", "parquet"],
        ["explain"],
        ["score"],
        ["sites", "more"],
    ],
)
def test_wrong_use(mttq, files, monkeypatch, args):
    monkeypatch.chdir(files)
    before = sorted(files.iterdir())
    code, out, err = mttq(*args)

    assert code == 2
    assert out == ""
    assert err
    assert sorted(files.iterdir()) == before


@pytest.mark.parametrize(
    "args",
    [
        ["run", "no-such-site", "--data", "D"],
        ["run", "-q", "--data", "a.txt"],
        ["run", "-q", "--data", "a.txt/x"],
        ["crawl", "no-such-site", "--data", "D"],
        ["crawl", "https://mattran.example/", "--data", "a.txt"],
        ["crawl", "--status", "--data", "D"],
        ["crawl", "--retry-failed", "--data", "D"],
        ["crawl", "--explain", "https://mattran.example/", "--data", "D"],
        ["query", "SELECT 1", "--data", "D"],
        ["query", "SELECT 1", "--data", "a.txt"],
        ["explain", "0123456789abcdef", "--data", "D"],
        ["score", "D"],
        ["extract", "D"],
        ["extract", "a.txt", "--format", "parquet", "--to", "b.txt"],
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(mttq, files, monkeypatch, args):
    monkeypatch.chdir(files)
    before = {p: p.read_bytes() for p in files.iterdir()}
    code, out, err = mttq(*args)

    assert code == 1, err
    assert out == ""
    assert err.startswith("mttq: ")
    assert err.count("\n") == 1
    assert {p: p.read_bytes() if p.is_file() else None for p in files.iterdir()} == before


# --- run ---


def test_run_says_what_it_did_and_what_comes_next(data, mttq):
    folder, done = data
    said = done.stderr

    assert done.stdout == ""
    counts = [int(n) for n in re.search(r"Pages read (\d+) = articles (\d+) \+ skipped (\d+) .*\+ failed (\d+)", said).groups()]
    assert counts[0] == sum(counts[1:])
    assert f"Fetched {counts[0]} pages" in said
    assert counts[1] == open_tables(folder)["articles"].count_rows()
    money = open_tables(folder)["money"].to_table().to_pylist()
    raised = sum(m["amount"] for m in money if m["flow"] == "raised" and not m["per"] and not m["part_of"] and m["currency"] == "VND")
    assert raised > 0
    assert f"Money raised: {int(raised):,} VND".replace(",", ".") in said
    for name in set(TABLES) - {"articles", "article_versions"}:
        assert f"{name} {open_tables(folder)[name].count_rows()}" in said
    assert f'mttq query --data {folder} "SELECT mention, flow, sentence FROM money LIMIT 10"' in said
    code, out, _ = mttq("query", "--data", folder, "SELECT mention, flow, sentence FROM money LIMIT 10")
    assert code == 0
    assert "10 rows" in out


def test_run_again_says_nothing_new_and_why(data, mttq):
    folder, _ = data
    before = {p: p.read_bytes() for p in (folder / "tables").rglob("*.*") if p.is_file()}
    code, out, err = mttq("run", "-q", "--data", folder)

    assert (code, out) == (0, "")
    assert "Nothing new: the archive holds the same pages and the rules are the same" in err
    assert {p: p.read_bytes() for p in (folder / "tables").rglob("*.*") if p.is_file()} == before


def test_crawl_tells_of_its_folder(data, mttq):
    folder, _ = data
    code, out, _ = mttq("crawl", "--status", "--data", folder)
    assert code == 0
    assert "pages: " in out
    code, out, _ = mttq("crawl", "--explain", "https://nowhere.example/", "--data", folder)
    assert (code, out) == (0, f"https://nowhere.example/: never seen in {folder}\n")


# --- extract ---


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


def test_jsonl_gives_the_article_first_and_offsets_into_it(mttq, files):
    code, out, err = mttq("extract", files / "a.txt", files / "b.txt", "--format", "jsonl")
    rows = objects(out)

    assert (code, err) == (0, "")
    starts = [i for i, row in enumerate(rows) if row["table"] == "articles"]
    assert len(starts) == 2
    assert starts[0] == 0
    text, told = "", 0
    for row in rows:
        assert list(row) == ["table", *(f.name for f in dataclasses.fields(TABLES[row["table"]]))]
        if row["table"] == "articles":
            text = row["text"]
        elif "mention" in row:
            assert text[row["start"] : row["end"]] == row["mention"]
            told += 1
    assert told > 10
    assert [r["amount"] for r in rows if r["table"] == "money"] == [10_000_000, 10_000_000]


def test_standard_input(mttq):
    code, out, _ = mttq("extract", "-", "--format", "jsonl", stdin=TEXT.encode())
    assert code == 0
    assert {"articles", "money", "quantities", "participants", "locations"} <= {row["table"] for row in objects(out)}

    lines = "\n".join(json.dumps({"text": TEXT, "url": f"https://a.example/{n}.html", "published": "2024-03-06"}) for n in range(3))
    code, out, _ = mttq("extract", "-", "--format", "jsonl", stdin=lines.encode())
    articles = [row for row in objects(out) if row["table"] == "articles"]
    assert code == 0
    assert [a["url"] for a in articles] == [f"https://a.example/{n}.html" for n in range(3)]
    assert {a["published_at"][:10] for a in articles} == {"2024-03-06"}


def test_a_saved_page_gives_its_article_and_not_its_menus(mttq):
    code, out, _ = mttq("extract", pages_dir() / "nukeviet" / "bac-ha-trao-qua-ho-ngheo.html", "--format", "jsonl")
    rows = objects(out)

    assert code == 0
    assert rows[0]["title"] == "Bắc Hà: Mang Tết sớm đến với 146 hộ nghèo vùng cao"
    assert 87_600_000 in {row["amount"] for row in rows if row["table"] == "money"}
    assert "3,332,018" not in out


def test_the_table_shows_values_for_people(mttq, files):
    code, out, _ = mttq("extract", files / "a.txt")

    assert code == 0
    assert "10.000.000" in out
    assert "10 triệu đồng" in out


def test_parquet_gives_tables_that_open(mttq, files):
    code, out, err = mttq("extract", files / "a.txt", files / "b.txt", files / "a.txt", "--format", "parquet", "--to", files / "out")

    assert (code, out) == (0, "")
    assert "2 articles written" in err
    assert check_tables(files / "out") == []
    assert pd.read_parquet(files / "out" / "tables" / "money")["amount"].tolist() == [10_000_000] * 2
    before = {p: p.read_bytes() for p in (files / "out").rglob("*.parquet")}
    assert mttq("extract", files / "b.txt", files / "a.txt", "--format", "parquet", "--to", files / "out")[0] == 0
    assert {p: p.read_bytes() for p in (files / "out").rglob("*.parquet")} == before


@pytest.mark.parametrize("form", ["jsonl", "table", "parquet"])
@pytest.mark.parametrize("bad", ["nofile.txt", "bad.bin", ".", "empty.warc.gz"])
def test_an_unreadable_input_is_one_line_and_the_others_are_done(mttq, files, form, bad):
    (files / "empty.warc.gz").write_bytes(b"no archive")
    to = ["--to", files / "out"] if form == "parquet" else []
    code, out, err = mttq("extract", files / "a.txt", files / bad, files / "b.txt", "--format", form, *to)
    told = [line for line in err.splitlines() if line.startswith("mttq: ")]

    assert code == 1
    assert len(told) == 1
    assert str(files / bad) in told[0]
    if form == "parquet":
        assert open_tables(files / "out")["articles"].count_rows() == 2
    else:
        assert "20 suất quà" in out
        assert "35 suất quà" in out


def test_a_poisoned_page_is_told_by_its_reason(mttq, files):
    (files / "deep.html").write_bytes(b"<html><body>" + b"<div>" * 200_000)
    code, out, err = mttq("extract", files / "deep.html", files / "a.txt", "--format", "jsonl")

    assert code == 1
    assert "deep.html: not read (too_" in err
    assert err.count("\n") == 1
    assert objects(out)[0]["text"] == TEXT


# --- query and explain ---


def test_each_form_of_an_answer(mttq, data, tmp_path):
    folder, _ = data
    sql = "SELECT flow, count(*) AS n FROM money GROUP BY ALL ORDER BY flow"
    expected = {row["flow"]: row["n"] for row in objects(mttq("query", sql, "--data", folder, "--format", "json")[1])}

    assert sum(expected.values()) == open_tables(folder)["money"].count_rows()
    code, out, _ = mttq("query", sql, "--data", folder, "--format", "csv")
    assert code == 0
    assert {row["flow"]: int(row["n"]) for row in csv.DictReader(io.StringIO(out))} == expected
    code, out, _ = mttq("query", sql, "--data", folder)
    assert code == 0
    assert all(flow in out for flow in expected)
    code, out, _ = mttq("query", sql, "--data", folder, "--format", "parquet", "--to", tmp_path / "flows.parquet")
    assert (code, out) == (0, "")
    assert dict(pd.read_parquet(tmp_path / "flows.parquet").to_numpy().tolist()) == expected
    code, out, _ = mttq("query", sql, "--data", folder, "--format", "csv", "--to", tmp_path / "flows.csv")
    assert (code, out) == (0, "")
    assert len((tmp_path / "flows.csv").read_text(encoding="utf-8").splitlines()) == len(expected) + 1


@pytest.mark.parametrize("sql", ["SELECT nope FROM money", "SELEC", "", "COPY (SELECT 1) TO 'written'", "ATTACH 'written'"])
def test_a_wrong_query_is_told_and_writes_nothing(mttq, data, tmp_path, monkeypatch, sql):
    monkeypatch.chdir(tmp_path)
    code, out, err = mttq("query", sql, "--data", data[0])

    assert (code, out) == (1, "")
    assert err.startswith("mttq: the query ")
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_explain_a_fact(mttq, data):
    folder, _ = data
    fact = objects(mttq("query", "SELECT * FROM money ORDER BY amount DESC LIMIT 1", "--data", folder, "--format", "json")[1])[0]
    code, out, _ = mttq("explain", fact["fact_id"], "--data", folder)

    assert code == 0
    assert out.startswith(f"money {fact['fact_id']}\n")
    assert f"amount: {fact['amount']}" in out
    assert f"«{fact['mention']}»" in out
    assert f"rule: {fact['rule']}" in out
    assert "archived: mttq-0" in out
    assert "page: http" in out


def test_explain_marks_the_words_of_this_fact_and_no_others(mttq, files):
    mttq("extract", files / "a.txt", "--format", "parquet", "--to", files / "out")
    facts = [r for r in open_tables(files / "out")["quantities"].to_table().to_pylist() if r["mention"].startswith("20 suất quà")]
    said = [mttq("explain", fact["fact_id"], "--data", files / "out")[1] for fact in facts]

    assert len(facts) == 3
    marked = [line.strip() for text in said for line in text.splitlines() if line.startswith("  sentence: ")]
    assert len(set(marked)) == 3
    for fact, line in zip(facts, marked, strict=True):
        sentence = line.removeprefix("sentence: ")
        assert TEXT.find(sentence.replace("«", "").replace("»", "")) + sentence.index("«") == fact["start"]


def test_explain_a_sentence(mttq):
    code, out, _ = mttq("explain", "Trao 20 suất quà trị giá 10 triệu đồng.")
    assert code == 0
    assert "«10 triệu đồng» amount=10000000" in out

    code, out, _ = mttq("explain", "Không có gì.")
    assert code == 0
    assert out.startswith("nothing: ")


def test_an_unknown_fact_is_told(mttq, data):
    code, _, err = mttq("explain", "0123456789abcdef", "--data", data[0])

    assert code == 1
    assert err.startswith("mttq: 0123456789abcdef: no fact of that id")


def test_sites_lists_the_samples(mttq):
    code, out, _ = mttq("sites")

    assert code == 0
    assert {"nukeviet", "vhv", "vnpt"} <= {line.split()[0] for line in out.splitlines()}


# --- pipes and terminals ---


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_vietnamese_comes_out_whatever_the_terminal(files, encoding):
    environ = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-m", "extractor", "extract", str(files / "a.txt"), "--format", "jsonl"], capture_output=True, env=environ, check=False
    )

    assert done.returncode == 0, done.stderr
    assert objects(done.stdout.decode("utf-8"))[0]["text"] == TEXT


def test_a_closed_pipe_is_no_traceback(files):
    lines = "\n".join(json.dumps({"text": TEXT, "url": f"https://a.example/{n}.html"}) for n in range(200))
    path = files / "many.jsonl"
    path.write_text(lines, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "extractor", "extract", str(path), "--format", "jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as job:
        assert json.loads(job.stdout.readline())["table"] == "articles"
        job.stdout.close()
        err = job.stderr.read().decode()
    assert "Traceback" not in err
    assert job.returncode == 1


def test_the_module_is_the_command(tmp_path):
    done = subprocess.run([sys.executable, "-m", "extractor", "--version"], capture_output=True, text=True, check=True, cwd=tmp_path)

    assert done.stdout == f"mttq {__version__}\n"
    assert list(Path(tmp_path).iterdir()) == []


# --- ready questions ---


def test_questions_are_listed_and_answered_with_their_sentences(mttq, fixed):
    code, out, _ = mttq("ask")
    assert code == 0
    assert out.count("\n") > 40
    assert "--fund [Vì người nghèo]" in out

    code, out, _ = mttq("ask", "fund-totals", "--year=2023", "--units", "34", "--data", fixed, "--show-sentences")
    assert code == 0
    assert "12.500.000.000" in out
    assert "tiếp nhận «12,5 tỷ đồng» trên kế hoạch" in out
    assert "https://laocai.example/a04.html" in out

    code, out, _ = mttq("ask", "1", "--data", fixed, "--format", "csv")
    assert code == 0
    assert out.splitlines()[0] == "code,province,level,year,currency,total,facts,left_out"
    assert mttq("ask", "21", "--data", fixed)[0] == 1
    assert mttq("ask", "1", "--place", "x", "--data", fixed)[0] == 1


def test_search(mttq, fixed):
    code, out, err = mttq("search", "bão số 3", "--articles", "--data", fixed, "--format", "json")
    assert (code, err) == (0, "2 found, 2 shown\n")
    assert [json.loads(line)["article_id"] for line in out.splitlines()] == ["a08", "a07"]

    code, out, err = mttq("search", "ban lien", "--table", "money", "--limit", 1, "--data", fixed)
    assert (code, err) == (0, "3 found, 1 shown\n")
    assert "«30 triệu đồng»" in out
