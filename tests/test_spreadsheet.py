"""A spreadsheet opens our downloads and runs no formula: LibreOffice reads each, and what it then holds is looked at.

Skipped where LibreOffice Calc is not installed, unless MTTQ_SOFFICE=required.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from extractor.explorer.download import as_file

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = pytest.mark.skipif(not SOFFICE and os.environ.get("MTTQ_SOFFICE") != "required", reason="LibreOffice Calc (soffice) is not installed")
TABLE, TEXT = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}", "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
FORMULAS = ["=1+1", '=HYPERLINK("http://127.0.0.1:9/","x")', '=WEBSERVICE("http://127.0.0.1:9/")', "=cmd|' /C calc'!A0", '=DDE("soffice","/etc/passwd","A1")']
HOSTILE = [
    *FORMULAS, "+1+1", "-1+1", "@SUM(1,1)", "＝1+1", "＋1+1", "－1+1", "＠SUM(1,1)", "'=1+1", "''=1+1", '"=1+1', ";=1+1", "{=1+1}", "%=1+1", "|=1+1",
    "\u00a0=1+1", "\u200b=1+1", "a\n=1+1", "- Trao 5 suất", "+ Hỗ trợ 3 căn",
]  # fmt: skip


def opened(files: dict[str, bytes], folder: Path) -> dict[str, list[tuple[str | None, str]]]:
    """Return the (formula, text) of the first cell of each row, as LibreOffice has them after it opened the file."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    assert SOFFICE, "MTTQ_SOFFICE=required, but there is no soffice"
    command = [SOFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--infilter=CSV:44,34,76,1", "--convert-to", "fods", "--outdir", str(folder)]
    subprocess.run([*command, *(str(folder / name) for name in files)], check=True, capture_output=True, timeout=120)
    return {name: [*_cells((folder / name).with_suffix(".fods"))] for name in files}


def _cells(path: Path) -> Iterator[tuple[str | None, str]]:
    for row in ET.parse(path).iter(TABLE + "table-row"):  # noqa: S314 - a file that LibreOffice has just written
        cell = row[0]
        yield cell.get(TABLE + "formula"), "\n".join("".join(line.itertext()) for line in cell.iter(TEXT + "p"))


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("soffice")
    table = pa.table({"=1+1": HOSTILE, "n": list(range(len(HOSTILE)))})
    bare = folder / "bare.csv"
    with bare.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[word, n] for n, word in enumerate(FORMULAS)])
    texts = opened({"ours.csv": as_file(table, "csv"), "bare.csv": bare.read_bytes()}, folder)
    return texts | opened({"ours.xlsx": as_file(table, "xlsx")}, tmp_path_factory.mktemp("soffice"))


def test_without_the_guard_they_are_run(seen):
    assert all(formula for formula, _ in seen["bare.csv"])
    assert seen["bare.csv"][0][1] == "2"


@pytest.mark.parametrize("name", ["ours.csv", "ours.xlsx"])
def test_no_formula_is_run(seen, name):
    assert [formula for formula, _ in seen[name] if formula] == []


def test_xlsx_gives_every_cell_back(seen):
    assert [text for _, text in seen["ours.xlsx"]][: len(HOSTILE) + 1] == ["=1+1", *HOSTILE]


def test_csv_gives_every_cell_back_without_the_apostrophe(seen):
    header, *cells = [text for _, text in seen["ours.csv"]][: len(HOSTILE) + 1]

    assert header == "'=1+1"
    assert [text.removeprefix("'") for text in cells] == HOSTILE
    assert [text for text in cells if text.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))] == []
