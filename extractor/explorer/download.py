"""What is found, as a file: CSV and XLSX in which no cell is a formula, or Parquet."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

from extractor.errors import InputError
from extractor.query import write_result

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
_CELL = 32_000  # a cell of XLSX holds 32,767 characters


def as_file(table: Any, form: str) -> bytes:
    """Return an Arrow table as a file; InputError for a form that is none.

    CSV begins with a byte order mark, so that a spreadsheet reads its letters; in it a leading = + - @ gets an apostrophe.
    """
    if form == "csv":
        text = io.StringIO()
        write_result(table, "csv", text)
        return "\ufeff".encode() + text.getvalue().encode()
    if form == "xlsx":
        return _workbook(table)
    if form == "parquet":
        return _parquet(table)
    raise InputError(f"{form}: a download is one of {', '.join(TYPES)}")


def _parquet(table: Any) -> bytes:
    from extractor.query import as_parquet

    return as_parquet(table)


def _workbook(table: Any) -> bytes:
    """Return XLSX: text is written as text and nothing else, whatever it begins with; numbers as numbers."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("mttq")
        day, bold = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True})
        for column, name in enumerate(table.schema.names):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(table.to_pylist(), 1):
            for column, value in enumerate(row.values()):
                _cell(sheet, (number, column), value, day)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def _cell(sheet: Any, at: tuple[int, int], value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(*at, value)
    elif isinstance(value, int | float | Decimal):
        small = abs(float(value)) < 1e15  # beyond, a spreadsheet's numbers lose their last digits
        (sheet.write_number if small else sheet.write_string)(*at, float(value) if small else str(value))
    elif isinstance(value, dt.date):
        sheet.write_datetime(*at, value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value, day)
    else:
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        sheet.write_string(*at, text[:_CELL])
