"""Dates, bylines and counters of a page, each with the words it was read from."""

from __future__ import annotations

import calendar
import datetime as dt

import regex

from extractor.clean.identity import HANOI
from extractor.text import fold

_DAY = r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>(?:19|20)\d\d)"
_CLOCK = r"(?P<h>\d{1,2})(?::|h|giờ ?)(?P<min>\d{2})(?::(?P<s>\d{2}))?(?: ?(?P<half>sa|ch|am|pm))?"
_MOMENTS = [
    regex.compile(rf"{_CLOCK},?(?: ?[|-] ?| ngày |, ?| )(?:thứ \w+,? |chủ nhật,? )?(?:ngày )?{_DAY}"),
    regex.compile(rf"{_DAY},?(?: ?[|-] ?|, ?| lúc | )?{_CLOCK}"),
    regex.compile(r"(?P<d>\d{1,2}) tháng (?P<m>\d{1,2}),? (?:năm )?(?P<y>(?:19|20)\d\d)(?:,? (?P<h>\d{1,2}):(?P<min>\d{2}))?"),
    regex.compile(_DAY),
]
_ISO = regex.compile(r"(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?:[T ](?P<h>\d\d):(?P<min>\d\d)(?::(?P<s>\d\d))?(?:\.\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)?)?")
_DIGIT = regex.compile(r"\d")
# A line that states a moment and little else is never longer, in any format.
_LONGEST_MOMENT = 120
_AGO = regex.compile(r"(?P<n>\d{1,3}) (?P<unit>phút|giờ|ngày) trước")
_VIEWS = regex.compile(r"(?:lượt xem|đã xem|số lượt xem|view count|lượt đọc)\s*:?\s*(?P<n>\d[\d.,]*)|(?P<n>\d[\d.,]*) lượt xem")
_BYLINE = regex.compile(
    r"^(?:(?P<both>tin,? ?(?:và )?(?:bài,? ?(?:và )?)?ảnh|tin,? bài|bài,? (?:và )?ảnh|tin|bài(?: viết)?|tác giả|người viết|thực hiện|theo|nguồn(?: tin)?|biên tập|ảnh)\s*[:/]\s*)(?P<name>.{2,80})$"
)
_NAME_LINE = regex.compile(r"(?:\p{Lu}[\p{L}'’.]*\s?){2,5}(?:\([\p{L}. ]{1,12}\))?")
_SIGNED = regex.compile(r"(?P<name>(?:\p{Lu}[\p{L}'’]*\s?){2,5})\s*(?:,|-|–)\s*(?P<post>[\p{L}.,\- ]{2,60})")


def _moment(match: regex.Match[str]) -> dt.datetime | None:
    groups = match.groupdict()
    year, month, day = int(groups["y"]), int(groups["m"]), int(groups["d"])
    hour, minute = int(groups.get("h") or 0), int(groups.get("min") or 0)
    if groups.get("half") in {"ch", "pm"} and hour < 12:
        hour += 12
    elif groups.get("half") in {"sa", "am"} and hour == 12:
        hour = 0
    if not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1] and hour < 24 and minute < 60):
        return None
    zone = dt.datetime.fromisoformat(f"2000-01-01T00:00:00{groups['zone']}").tzinfo if groups.get("zone") else HANOI
    return dt.datetime(year, month, day, hour, minute, int(groups.get("s") or 0), tzinfo=zone).astimezone(HANOI)


def read_moment(words: str, *, fetched_at: dt.datetime | None = None) -> tuple[dt.datetime, str] | None:
    """Return (moment in Hà Nội's time, the words it was read from), or None where the words state none.

    >>> read_moment("15/03/2024 03:57 CH")[0].isoformat()
    '2024-03-15T15:57:00+07:00'
    >>> read_moment("Thứ sáu - 17/06/2022 09:12")[0].isoformat()
    '2022-06-17T09:12:00+07:00'
    >>> read_moment("ban hành từ năm 2024") is None
    True
    """
    iso = _ISO.search(words)
    if iso and (moment := _moment(iso)):
        return moment, iso[0]
    folded = fold(words)
    for pattern in _MOMENTS:
        match = pattern.search(folded)
        if match and (moment := _moment(match)):
            return moment, words[match.start() : match.end()]
    ago = _AGO.search(folded)
    if ago and fetched_at:
        unit = {"phút": "minutes", "giờ": "hours", "ngày": "days"}[ago["unit"]]
        return (fetched_at - dt.timedelta(**{unit: int(ago["n"])})).astimezone(HANOI), ago[0]
    return None


def is_date_line(line: str) -> bool:
    """Tell whether a line states a moment and little else."""
    if len(line) > _LONGEST_MOMENT or not _DIGIT.search(line):
        return False
    found = read_moment(line)
    return found is not None and len(line.strip()) <= len(found[1]) + 24


def read_views(words: str) -> int | None:
    """Return the number of a view counter.

    >>> read_views("Lượt xem: 1.234")
    1234
    """
    match = _VIEWS.search(fold(words))
    return int(regex.sub(r"\D", "", match["n"])) if match else None


def read_byline(line: str, *, pushed: bool = False) -> tuple[str | None, str | None] | None:
    """Return (author, photo credit) where the line is a byline, else None.

    `pushed` tells that the line stands at the right, where a bare name is a byline too.

    >>> read_byline("Tin, ảnh: Kim Dung")
    ('Kim Dung', 'Kim Dung')
    >>> read_byline("Nông Thị Lan, Chánh Văn phòng", pushed=True)
    ('Nông Thị Lan', None)
    """
    words = " ".join(line.replace("\u00a0", " ").split())
    match = _BYLINE.match(fold(words))
    if match:
        name = words[match.start("name") :].strip(" .")
        kind = match["both"]
        if not name[:1].isupper():
            return None
        return (None if kind == "ảnh" else name), (name if "ảnh" in kind else None)
    if len(words) > 80 or words.endswith((":", ";", "!")):
        return None
    if _NAME_LINE.fullmatch(words.rstrip(".")) and (pushed or len(words) <= 30):
        return words.rstrip("."), None
    signed = _SIGNED.fullmatch(words.rstrip("."))
    return (signed["name"].strip(), None) if signed and pushed else None
