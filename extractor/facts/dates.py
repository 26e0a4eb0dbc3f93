"""Points and spans of time. The patterns are in rules/facts/dates.toml; here the days are worked out.

A missing year comes from the same sentence, then from the article's date, then from the year the text spoke of last.
Where none of them gives it, the mention is no date (None): nothing is invented.
"""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Any

import regex

from extractor.facts.match import find_matches
from extractor.reading import Found, Reading
from extractor.rules import load

_YEAR = regex.compile(r"(?<![\w.,])(?:19|20)\d\d(?![\w%]|[.,]\d)")
_SPAN_OF_YEARS = regex.compile(r"(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d")
# A day that lies so few days before the page's own is of the page's year, whatever years its sentence speaks of.
_RECENT = dt.timedelta(days=15)
_NEAR = 1500  # so far a sentence, which may be a page-long list, is searched for a year, in characters
_YEAR_IS_OVER = 11
# So many months at least, told at their end or in the month behind it, are the first of the year: "sáu tháng qua" in July.
_MONTHS_OF_YEAR = 6
# The same day so many years later is an anniversary: two days, and no span.
_ANNIVERSARY = 5
_TOLD = regex.compile(
    r"(?:(ngày|hôm|sáng|trưa|chiều|tối|đêm|mùng) )?(?<![\d/.,-])(\d{1,2})[/.-](\d{1,2})(?:[/.-]((?:19|20)\d\d))?(?![\w%]|[/.,-]\d)"
)
_BESIDE = regex.compile(r",? ?\(?(?:ngày )?(\d{1,2})[/-](\d{1,2})(?:[/-]((?:19|20)\d\d))?(?!\d)")
_DOCUMENT = regex.compile(
    r"\d[/-][a-zđư]{2,}(?:[-/.&][a-zđư]+)*,? *(?:ký |ban hành )?(?:ngày [\d/.\- ]*|năm |/ ?)?$|\d/$"
)
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_COUNTS = {"một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9, "mười": 10}

Columns = dict[str, Any]


def _row(start: dt.date, end: dt.date, granularity: str, *, relative: bool = False) -> Columns | None:
    if end < start:
        return None
    return {"start_date": start, "end_date": end, "granularity": granularity, "relative": relative}


def _day(year: int, month: int, day: int) -> dt.date | None:
    return dt.date(year, month, day) if 1 <= day <= calendar.monthrange(year, month)[1] else None


def _last(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def _year_near(reading: Reading, offset: int) -> int | None:
    """Return the year that the sentence names nearest to the offset."""
    sentence = reading.sentence_span(offset)
    start, end = max(sentence[0], offset - _NEAR), min(sentence[1], offset + _NEAR)
    spans = [m.span() for m in _SPAN_OF_YEARS.finditer(reading.folded, start, end)]
    years = [
        (abs(m.start() - offset), int(m[0]))
        for m in _YEAR.finditer(reading.folded, start, end)
        if not _of_document(reading, m) and not any(low <= m.start() < high for low, high in spans)
    ]
    return min(years)[1] if years else None


def _recent_year(reading: Reading, month: int, day: int | None) -> int | None:
    """Return the year in which the day lies shortly before the page's own day, None where it does not."""
    if reading.published is None or day is None:
        return None
    for year in (reading.published.year, reading.published.year - 1):
        date = _day(year, month, day)
        if date and dt.timedelta() <= reading.published - date <= _RECENT:
            return year
    return None


def _year_before(reading: Reading, offset: int) -> int | None:
    """Return the year that the text spoke of last before the offset."""
    last = None
    for match in _YEAR.finditer(reading.folded, max(0, offset - 3000), offset):
        if not _of_document(reading, match):
            last = int(match[0])
    return last


def _of_document(reading: Reading, year: regex.Match[str]) -> bool:
    """Tell whether a year belongs to a document ("Kế hoạch số 12/KH-MTTQ ngày 15/01/2020") and not to what is told."""
    return _DOCUMENT.search(reading.folded, max(0, year.start() - 60), year.start()) is not None


def _year_for(reading: Reading, offset: int, month: int, day: int | None = None) -> int | None:
    """Return the year of a month that stands without one."""
    if recent := _recent_year(reading, month, day):
        return recent
    if near := _year_near(reading, offset):
        return near
    if reading.published is None:
        return _year_before(reading, offset)
    year = reading.published.year
    # A January page tells of December; a page of November may announce February, but not last month's next year.
    if (month - reading.published.month) > 6:
        return year - 1
    if (reading.published.month - month) > 10 and day is not None:
        return year + 1
    return year


def _number(match: regex.Match[str], group: str) -> int | None:
    value = match[group] if group in match.re.groupindex else None
    return int(value) if value else None


def _read_day(match: regex.Match[str], reading: Reading) -> Columns | None:
    day, month, year = (_number(match, g) for g in "dmy")
    if day is None or month is None:
        return None
    stated = year is not None
    year = year or _year_for(reading, match.start(), month, day)
    date = _day(year, month, day) if year else None
    return _row(date, date, "day", relative=not stated and _year_near(reading, match.start()) is None) if date else None


def _read_days(match: regex.Match[str], reading: Reading) -> Columns | None:
    day, month, year, day2, month2, year2 = (_number(match, g) for g in ("d", "m", "y", "d2", "m2", "y2"))
    if day is None or month2 is None:
        return None
    year2 = (
        year2
        or (year if year and month and month <= month2 else None)
        or _year_for(reading, match.start(), month2, day2)
    )
    if year2 is None:
        return None
    month = month or month2
    year = year or (year2 - 1 if month > month2 else year2)
    if (day, month) == (day2, month2) and year2 - year >= _ANNIVERSARY:
        return {}
    start, end = _day(year, month, day), _day(year2, month2, day2) if day2 else _last(year2, month2)
    return _row(start, end, "span") if start and end else None


def _read_days_running(match: regex.Match[str], reading: Reading) -> Columns | None:
    """Read "27 và 28/10": one span where the days follow each other, else the days of a list."""
    first, last = int(match["d"]), int(match["d2"])
    return _read_days(match, reading) if last == first + 1 else {}


def _read_from_beginning(match: regex.Match[str], reading: Reading) -> Columns | None:
    """Read "từ đầu năm 2012 đến 15/9", "từ năm 2001 đến tháng 9/2009", "từ tháng 2 đến 20 tháng 5"."""
    year, month, day2, month2, year2 = (_number(match, g) for g in ("y", "m", "d2", "m2", "y2"))
    if month2 is None or (month and day2 is None):
        return {}  # from month to month is another rule's
    year2 = year2 or (year if year and month is None else None) or _year_for(reading, match.start(), month2, day2)
    if year2 is None:
        return None
    year = year or (year2 - 1 if month and month > month2 else year2)
    end = _day(year2, month2, day2) if day2 else _last(year2, month2)
    return _row(dt.date(year, month or 1, 1), end, "span") if end else None


def _read_until_now(match: regex.Match[str], reading: Reading) -> Columns | None:
    """Read "từ 5/7 đến nay": a span to the page's own day; where that is unknown, the beginning is left to other rules."""
    if reading.published is None:
        return {}
    day, month, year = (_number(match, g) for g in "dmy")
    if match["this"]:
        year = reading.published.year
    if month is not None:
        year = year or _year_for(reading, match.start(), month, day)
    if year is None:
        return {}
    start = _day(year, month or 1, day or 1)
    return _row(start, reading.published, "span", relative=True) if start else None


def _read_from_now(match: regex.Match[str], reading: Reading) -> Columns | None:
    """Read "từ nay đến 18/11", "từ nay đến cuối năm": a span from the page's own day; where that is unknown it is left to other rules."""
    if reading.published is None:
        return {}
    if match["end"] is not None:
        return _row(reading.published, dt.date(reading.published.year, 12, 31), "span", relative=True)
    day, month = int(match["d"]), int(match["m"])
    year = _number(match, "y") or reading.published.year + ((month, day) < (reading.published.month, reading.published.day))
    end = _day(year, month, day)
    return _row(reading.published, end, "span", relative=True) if end else None


def _read_months(match: regex.Match[str], reading: Reading) -> Columns | None:
    month, year, month2, year2 = (_number(match, g) for g in ("m", "y", "m2", "y2"))
    if month is None or month2 is None:
        return None
    year2 = year2 or _year_for(reading, match.start(), month2)
    if year2 is None:
        return None
    year = year or (year2 - 1 if month > month2 else year2)
    return _row(dt.date(year, month, 1), _last(year2, month2), "span")


def _read_months_running(match: regex.Match[str], reading: Reading) -> Columns | None:
    """Read "tháng 10, 11/2025" as one span where the months follow each other."""
    return _read_months(match, reading) if int(match["m2"]) == int(match["m"]) + 1 else {}


def _read_years(match: regex.Match[str], _: Reading) -> Columns | None:
    first, last = int(match["y"]), int(match["y2"])
    return _row(dt.date(first, 1, 1), dt.date(last, 12, 31), "span") if last - first <= 120 else None


def _read_month(match: regex.Match[str], reading: Reading) -> Columns | None:
    month, year = _number(match, "m"), _number(match, "y")
    if month is None:
        return None
    stated = year is not None
    year = year or _year_for(reading, match.start(), month)
    return _row(dt.date(year, month, 1), _last(year, month), "month", relative=not stated) if year else None


def _read_ten_days(match: regex.Match[str], reading: Reading) -> Columns | None:
    """Read "trung tuần tháng 9": the days 1 to 10, 11 to 20, or 21 to the last."""
    month, year = int(match["m"]), _number(match, "y")
    stated = year is not None
    year = year or _year_for(reading, match.start(), month)
    if year is None:
        return None
    first = {"thượng": 1, "trung": 11, "hạ": 21}[match["which"]]
    end = _last(year, month) if first == 21 else dt.date(year, month, first + 9)
    return _row(dt.date(year, month, first), end, "span", relative=not stated)


def _read_month_of_near_year(match: regex.Match[str], reading: Reading) -> Columns | None:
    if reading.published is None:
        return None
    year, month = reading.published.year + (-1 if match["last"] else 1), int(match["m"])
    return _row(dt.date(year, month, 1), _last(year, month), "month", relative=True)


def _context_year(match: regex.Match[str], reading: Reading) -> tuple[int | None, bool]:
    """Return the year of a span such as "6 tháng đầu năm" and whether it had to be worked out."""
    if year := _number(match, "y"):
        return year, False
    near = _year_near(reading, match.start()) if not ("this" in match.re.groupindex and match["this"]) else None
    published = reading.published.year if reading.published else None
    return near or published or _year_before(reading, match.start()), True


def _read_months_of_year(match: regex.Match[str], reading: Reading) -> Columns | None:
    count = int(match["n"]) if match["n"].isdigit() else _COUNTS[match["n"]]
    year, relative = _context_year(match, reading)
    if year is None or not 1 <= count <= 12:
        return None
    granularity = {3: "quarter", 6: "half", 12: "year"}.get(count, "span")
    if match["side"] == "cuối":
        return _row(dt.date(year, 13 - count, 1), dt.date(year, 12, 31), granularity, relative=relative)
    return _row(dt.date(year, 1, 1), _last(year, count), granularity, relative=relative)


def _read_quarter(match: regex.Match[str], reading: Reading) -> Columns | None:
    quarter = _QUARTERS[match["q"]]
    year, relative = _context_year(match, reading)
    if year is None:
        return None
    return _row(dt.date(year, 3 * quarter - 2, 1), _last(year, 3 * quarter), "quarter", relative=relative)


def _read_half(match: regex.Match[str], reading: Reading) -> Columns | None:
    year, relative = _context_year(match, reading)
    if year is None:
        return None
    first = 1 if match["side"] == "đầu" else 7
    return _row(dt.date(year, first, 1), _last(year, first + 5), "half", relative=relative)


def _read_year(match: regex.Match[str], _: Reading) -> Columns | None:
    year = int(match["y"])
    return _row(dt.date(year, 1, 1), dt.date(year, 12, 31), "year")


def _read_near_day(match: regex.Match[str], reading: Reading) -> Columns | None:
    if reading.published is None:
        return None
    groups = match.groupdict()
    shift = -1 if groups["last"] else 1 if groups["next"] else -2 if groups["before"] else 0
    date = _told_beside(match, reading) or reading.published + dt.timedelta(days=shift)
    return _row(date, date, "day", relative=True)


def _told_beside(match: regex.Match[str], reading: Reading) -> dt.date | None:
    """Return the day that stands right behind: "tối qua (16/10)"."""
    day = _BESIDE.match(reading.folded, match.end())
    if day is None or not 1 <= int(day[2]) <= 12:
        return None
    year = int(day[3]) if day[3] else _year_for(reading, match.start(), int(day[2]), int(day[1]))
    return _day(year, int(day[2]), int(day[1])) if year else None


def _read_same_day(match: regex.Match[str], reading: Reading) -> Columns | None:
    last = None
    for told in _TOLD.finditer(reading.folded, max(0, match.start() - 1500), match.start()):
        day, month = int(told[2]), int(told[3])
        if month in range(1, 13) and (told[1] or told[4]):
            year = int(told[4]) if told[4] else _year_for(reading, told.start(2), month, day)
            last = (_day(year, month, day) if year else None) or last
    date = last or reading.published
    return _row(date, date, "day", relative=True) if date else None


def _read_near_year(match: regex.Match[str], reading: Reading) -> Columns | None:
    if reading.published is None:
        return None
    groups = match.groupdict()
    # In its last months a year speaks of itself as "năm qua", before that of the one before.
    over = groups["last"] in {"qua", "vừa qua"} and reading.published.month >= _YEAR_IS_OVER
    year = reading.published.year + (-1 if groups["last"] and not over else 1 if groups["next"] else 0)
    return _row(dt.date(year, 1, 1), dt.date(year, 12, 31), "year", relative=True)


def _read_near_span(match: regex.Match[str], reading: Reading) -> Columns | None:
    if reading.published is None:
        return None
    if match["unit"] == "tuần":
        monday = reading.published - dt.timedelta(days=reading.published.weekday() + (7 if match["last"] else 0))
        return _row(monday, monday + dt.timedelta(days=6), "span", relative=True)
    first = reading.published.replace(day=1)
    if match["last"]:
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return _row(first, _last(first.year, first.month), "month", relative=True)


def _read_past(match: regex.Match[str], reading: Reading) -> Columns | None:
    if reading.published is None:
        return None
    count = int(match["n"]) if match["n"].isdigit() else _COUNTS[match["n"]]
    end, unit = reading.published, match["unit"]
    if unit == "tháng" and count >= _MONTHS_OF_YEAR and count in (end.month, end.month - 1):
        return _row(dt.date(end.year, 1, 1), _last(end.year, count), "half" if count == _MONTHS_OF_YEAR else "span", relative=True)
    if unit in {"ngày", "tuần"}:
        start = end - dt.timedelta(days=count * (7 if unit == "tuần" else 1) - 1)
    else:
        months = end.year * 12 + end.month - 1 - count * (12 if unit == "năm" else 1)
        year, month = divmod(months, 12)
        if year < 1:
            return None
        start = dt.date(year, month + 1, min(end.day, calendar.monthrange(year, month + 1)[1])) + dt.timedelta(days=1)
    return _row(start, end, "span", relative=True)


READERS = {
    "day": _read_day,
    "days": _read_days,
    "days_running": _read_days_running,
    "from_beginning": _read_from_beginning,
    "until_now": _read_until_now,
    "from_now": _read_from_now,
    "months": _read_months,
    "months_running": _read_months_running,
    "years": _read_years,
    "month": _read_month,
    "ten_days": _read_ten_days,
    "month_of_near_year": _read_month_of_near_year,
    "months_of_year": _read_months_of_year,
    "quarter": _read_quarter,
    "half": _read_half,
    "year": _read_year,
    "near_day": _read_near_day,
    "same_day": _read_same_day,
    "near_year": _read_near_year,
    "near_span": _read_near_span,
    "past": _read_past,
}


def find_dates(reading: Reading) -> list[Found]:
    """Return the dates of the text (table "dates"), first and last day inclusive; those without a year are non-facts."""
    return find_matches(load("dates"), reading, READERS, unread="other")
