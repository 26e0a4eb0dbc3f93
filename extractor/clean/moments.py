"""Moments that a page states, each with the words it was read from: in every form of the Front's portals, never guessed."""

from __future__ import annotations

import calendar
import datetime as dt
import functools
from dataclasses import dataclass

import regex

from extractor.clean.identity import HANOI
from extractor.text import fold, holds_any

Moment = tuple[dt.datetime, str]
_MONTH_WORDS = {word: i for i, word in enumerate("một,hai,ba,tư,năm,sáu,bảy,tám,chín,mười,mười một,mười hai".split(","), 1)}
_ENGLISH = {name: i for i, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_WORDS = "|".join(sorted(_MONTH_WORDS, key=len, reverse=True))
_YEAR = r"(?P<y>(?:19|20)\d\d)(?!\d)"
_DAY = rf"(?<!\d)(?P<d>\d{{1,2}})[ ]?[/.-][ ]?(?P<m>\d{{1,2}})[ ]?[/.-][ ]?{_YEAR}"
_CLOCK = r"(?<!\d)(?P<h>\d{1,2})(?::| ?h| ?giờ ?)(?P<min>\d{2})(?::(?P<s>\d{2}))?(?!\d)(?: ?(?P<half>sa|ch|am|pm)\b)?"
_WEEKDAY = r"(?:(?:thứ \w+|chủ nhật)(?: ngày|, ngày|,| -)? ?)?"
_LATER_CLOCK = rf"(?:,?(?: ?[|-] ?|, ?| lúc | ){_CLOCK})?"
_VIETNAMESE_MONTH = rf"tháng (?P<m>\d{{1,2}}|{_WORDS})"
# Each form of a day with what is in every such, of which most lines have nothing: a mark between numbers, or a month's word.
_MARKS, _MONTH = ("/", ".", "-"), ("tháng",)
_MOMENTS = [
    (_MARKS, regex.compile(rf"{_CLOCK},?(?: ?[|-] ?| ngày |, ?| ){_WEEKDAY}(?:ngày )?{_DAY}")),
    (_MARKS, regex.compile(_DAY + _LATER_CLOCK)),
    (_MONTH, regex.compile(rf"(?<!\d)(?P<d>\d{{1,2}}),? {_VIETNAMESE_MONTH},? (?:năm )?{_YEAR}{_LATER_CLOCK}")),
    (_MONTH, regex.compile(rf"{_VIETNAMESE_MONTH} (?P<d>\d{{1,2}}),? {_YEAR}{_LATER_CLOCK}")),
    (tuple(_ENGLISH), regex.compile(rf"\b(?P<m>{'|'.join(_ENGLISH)})[a-z]* (?P<d>\d{{1,2}}),? {_YEAR}{_LATER_CLOCK}")),
    (tuple(_ENGLISH), regex.compile(rf"(?<!\d)(?P<d>\d{{1,2}}) (?P<m>{'|'.join(_ENGLISH)})[a-z]*,? {_YEAR}{_LATER_CLOCK}")),
]
# In every form, and in those that count from the fetch.
_TELLS = regex.compile(r"\d|[Hh][Ôô][Mm]")
_ISO = regex.compile(
    r"(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?:[T ](?P<h>\d\d):(?P<min>\d\d)(?::(?P<s>\d\d))?(?:\.\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)?)?(?!\d)"
)
# A line that states a moment and little else is never longer, in any format.
_LONGEST_MOMENT = 120
# A box that states moments does so in its first characters, whatever else it holds.
_LONGEST_LINE = 400
_AGO = regex.compile(r"(?P<n>\d{1,3}) (?P<unit>phút|giờ|ngày) trước")
_TODAY = regex.compile(rf"^\W*(?:{_CLOCK},? )?(?P<day>hôm nay|hôm qua)(?:,? (?:lúc )?{_CLOCK.replace('?P<h>', '?P<h2>').replace('?P<min>', '?P<min2>').replace('?P<s>', '?P<s2>').replace('?P<half>', '?P<half2>')})?\W*$")
# What stands before the day of a decree, and not of the page.
_DOCUMENT = "nghị quyết|quyết định|kết luận|nghị định|thông tư|chỉ thị|kế hoạch|hướng dẫn|công văn|luật|thông báo|tờ trình|báo cáo"
_DECREE = regex.compile(rf"(?:\bsố \S*\d|\bban hành\b|\b(?:{_DOCUMENT})\b[^.;|]{{0,60}}\bngày\b)[^.;|]{{0,60}}$")
_UPDATED = regex.compile(r"(?:cập nhật|chỉnh sửa|sửa đổi|last (?:updated|modified)|modified)[^\d]{0,20}$")
# A clock that runs ahead by a day is a zone's; more is no publication.
_AHEAD = dt.timedelta(days=1)
# What may follow a moment on its line: a mark and a few words, such as a counter or who posted it.
_REST = regex.compile(r"\W*(?:(?:[-|(/•·]\W*|gmt|lượt|đã xem|view|bởi ).{0,60})?")
_LONGEST_LABEL = 28
# How far a clock may be from that of Greenwich.
_ZONE = regex.compile(r"Z|[+-](?:0\d|1[0-4]):?[0-5]\d")
_UNITS = {"phút": "minutes", "giờ": "hours", "ngày": "days"}


@dataclass(frozen=True, slots=True)
class Stated:
    """The moments of a page's line of dates: publication, and last update where the line tells the two apart."""

    published: Moment | None
    updated: Moment | None


def _month(written: str) -> int:
    return int(written) if written.isdigit() else _MONTH_WORDS.get(written) or _ENGLISH[written[:3]]


def _moment(match: regex.Match[str]) -> dt.datetime | None:
    groups = match.groupdict()
    year, month, day = int(groups["y"]), _month(groups["m"]), int(groups["d"])
    clock = _clock(groups.get("h"), groups.get("min"), groups.get("s"), groups.get("half"))
    if clock is None or not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    if groups.get("zone") and not _ZONE.fullmatch(groups["zone"]):
        return None
    zone = dt.datetime.fromisoformat(f"2000-01-01T00:00:00{groups['zone']}").tzinfo if groups.get("zone") else HANOI
    return dt.datetime.combine(dt.date(year, month, day), clock, tzinfo=zone).astimezone(HANOI)


def _clock(hour: str | None, minute: str | None, second: str | None, half: str | None) -> dt.time | None:
    """Return the time of day, midnight where none is stated, None where there is no such time."""
    h, m, s = (int(part or 0) for part in (hour, minute, second))
    if half in {"ch", "pm"} and h < 12:
        h += 12
    elif half in {"sa", "am"} and h == 12:
        h = 0
    return dt.time(h, m, s) if h < 24 and m < 60 and s < 60 else None


def read_moment(words: str, *, fetched_at: dt.datetime | None = None) -> Moment | None:
    """Return (moment in Hà Nội's time, the words it was read from), or None where the words state none.

    A decree's date is none; nor is a day after the fetch. "4 giờ trước" counts from the fetch.

    >>> read_moment("15/03/2024 03:57 CH")[0].isoformat()
    '2024-03-15T15:57:00+07:00'
    >>> read_moment("Thứ sáu - 17/06/2022 09:12")[0].isoformat()
    '2022-06-17T09:12:00+07:00'
    >>> read_moment("theo Nghị định số 62/2025/NĐ-CP ngày 17/6/2025") is None
    True
    """
    return next((found for found, _ in _moments(words, fetched_at)), None)


def read_stated(words: str, *, fetched_at: dt.datetime | None = None) -> Stated:
    """Return publication and update of a page's line of dates; a lone moment is the publication, whatever it is called.

    >>> both = read_stated("Ngày đăng: 05/9/2023 | Cập nhật: 06/9/2023 08:00")
    >>> both.published[1], both.updated[1]
    ('05/9/2023', '06/9/2023 08:00')
    """
    found = list(_moments(words, fetched_at))
    updated = [moment for moment, is_update in found if is_update]
    published = [moment for moment, is_update in found if not is_update]
    if not published:
        return Stated(updated[0] if updated else None, None)
    return Stated(published[0], updated[0] if updated else None)


def _moments(words: str, fetched_at: dt.datetime | None) -> list[tuple[Moment, bool]]:
    """Return the moments that the words state, each with whether it is called an update."""
    words = words[:_LONGEST_LINE]
    if _TELLS.search(words) is None:
        return []  # most short lines
    if iso := _ISO.search(words):
        moment = _moment(iso)
        return [((moment, iso[0]), False)] if moment and _is_past(moment, fetched_at) else []
    folded = fold(words)
    forms = [form for marks, form in _MOMENTS if holds_any(folded, marks)]
    found: list[tuple[Moment, bool]] = []
    position = 0
    while match := _first_match(forms, folded, position):
        before = folded[position : match.start()]
        moment = _moment(match)
        if moment and _is_past(moment, fetched_at) and not _DECREE.search(before):
            found.append(((moment, words[match.start() : match.end()]), _UPDATED.search(before) is not None))
        position = match.end()
    if not found and fetched_at and (relative := _relative(words, folded, fetched_at)):
        found.append((relative, False))
    return found


def _first_match(forms: list[regex.Pattern[str]], folded: str, position: int) -> regex.Match[str] | None:
    matches = [m for pattern in forms if (m := pattern.search(folded, position))]
    return min(matches, key=lambda m: (m.start(), -m.end()), default=None)


def _is_past(moment: dt.datetime, fetched_at: dt.datetime | None) -> bool:
    return fetched_at is None or moment <= fetched_at + _AHEAD


def _relative(words: str, folded: str, fetched_at: dt.datetime) -> Moment | None:
    """Return the moment of "4 giờ trước", "hôm nay" and "hôm qua", as far as the words are exact."""
    if ago := _AGO.search(folded):
        moment = (fetched_at - dt.timedelta(**{_UNITS[ago["unit"]]: int(ago["n"])})).astimezone(HANOI)
        return (_midnight(moment) if ago["unit"] == "ngày" else moment.replace(second=0, microsecond=0)), words[ago.start() : ago.end()]
    if day := _TODAY.search(folded):
        today = _midnight(fetched_at.astimezone(HANOI))
        clock = _clock(day["h"] or day["h2"], day["min"] or day["min2"], None, day["half"] or day["half2"])
        date = today - dt.timedelta(days=day["day"] == "hôm qua")
        return (dt.datetime.combine(date, clock or dt.time(), tzinfo=HANOI)), words[day.start() : day.end()].strip()
    return None


def _midnight(moment: dt.datetime) -> dt.datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def is_date_line(line: str) -> bool:
    """Tell whether a line states a moment and little else.

    >>> is_date_line("Ngày đăng: 10/08/2023 05:03:54 PM"), is_date_line("Ngày 10/8/2023, xã trao quà")
    (True, False)
    """
    if len(line) > _LONGEST_MOMENT or ("20" not in line and "19" not in line):
        return False  # nearly all lines, at little cost
    return _is_date_line(line)


@functools.lru_cache(maxsize=4096)
def _is_date_line(line: str) -> bool:
    # A line is asked about several times, as for chrome.
    found = [evidence for (_, evidence), _ in _moments(line, None)]
    if not found:
        return False
    last = line.rindex(found[-1]) + len(found[-1])
    label = len(line[:last].strip()) - sum(map(len, found))
    return label <= _LONGEST_LABEL * len(found) and _REST.fullmatch(fold(line[last:])) is not None
