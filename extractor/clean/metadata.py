"""What a page says about its article besides dates and bylines: headline, section, counter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import regex

from extractor.clean.moments import read_moment
from extractor.text import fold, holds_any

_VIEWS = regex.compile(
    r"(?:(?:số )?(?:lượt|lần) (?:xem|đọc)|đã xem|view count|views?|hits)\s*:?\s*(?P<n>\d[\d.,]*)|(?P<n>\d[\d.,]*) (?:lượt|lần) (?:xem|đọc)|(?P<n>\d[\d.,]*) người (?:xem|đọc)|(?P<n>\d[\d.,]*) (?:views?|hits)\b|(?:đọc|xem) (?P<n>\d[\d.,]*) lần"
)
# Every counter says one of these; đ is written in two ways.
_VIEWED = ("xem", "ọc", "view", "hits")
# No page was seen more often; longer rows of digits are no number, and too large for the tables.
_MOST_DIGITS = 12
_DATED_TITLE = regex.compile(r"(?P<title>.+?)\s*\((?P<day>[\d/.-]{8,10})\)", regex.DOTALL)
_BAR = regex.compile(r"\s+[|»–—:-]+\s+|\s*\|\s*")
# What a part of a window's title begins with when it names the site.
_SITE = regex.compile(
    r"(?:cổng|trang|website|chuyên trang|báo|tạp chí|ubnd|ubmttq|mttq|ủy ban|mặt trận tổ quốc|mặt trận (?:tỉnh|huyện|thành phố|thị xã|quận|xã|phường|trung ương|[^,.]{2,20}$)|sở |đảng ủy|huyện ủy|tỉnh ủy|thành ủy|trang chủ|chi tiết|tin tức|chuyên mục)"
)
_LEAST_WORDS = 5
_GREETS = regex.compile(r"chào mừng|welcome|mat tran|uy ban|cong thong tin|trang thong tin")
_HOME = frozenset({"trang chủ", "home", "trang nhất", "homepage", "bạn đang ở", "bạn đang ở đây", "you are here", "trang chính"})
_STEP = regex.compile(r"\s*[»›>]\s*|\s[/|]\s")
_ARROWS = " \u00a0>»›/|:•\t"


def read_views(words: str) -> int | None:
    """Return the number of a view counter.

    >>> read_views("Lượt xem: 1.234"), read_views("1384 Lượt xem"), read_views("Lượt xem:")
    (1234, 1384, None)
    """
    if not holds_any(words.lower(), _VIEWED):
        return None  # nearly all lines, at little cost
    match = _VIEWS.search(fold(words))
    digits = regex.sub(r"\D", "", match["n"]) if match else ""
    return int(digits) if 0 < len(digits) <= _MOST_DIGITS else None


def headline(title: str | None, moment: dt.datetime | None = None) -> str | None:
    """Return a headline without the day of publication in brackets behind it.

    >>> headline("Ra quân (17/06/2022)", read_moment("17/06/2022")[0])
    'Ra quân'
    """
    words = " ".join((title or "").split())
    dated = _DATED_TITLE.fullmatch(words)
    if dated and moment and (found := read_moment(dated["day"])) and found[0].date() == moment.date():
        return dated["title"]
    return words or None


def title_of_window(title: str | None, headings: Iterable[str], site_name: str | None = None) -> str | None:
    """Return the article's headline out of a window's title, which names the site before or behind it.

    The part that a heading of the page repeats is the headline; else what is left without the parts that name a site.

    >>> title_of_window("Trang tin Mặt trận X - Trao 5 căn nhà - đợt 2", ["Trao 5 căn nhà - đợt 2"])
    'Trao 5 căn nhà - đợt 2'
    >>> title_of_window("Trao 5 căn nhà | Cổng thông tin huyện Y", [])
    'Trao 5 căn nhà'
    """
    words = " ".join((title or "").split())
    repeated = [h for h in headings if len(h) >= 12 and h in words]
    if repeated:
        return max(repeated, key=len)
    parts = [part for part in _BAR.split(words) if part]
    kept = [part for part in parts if part != site_name and not _SITE.match(fold(part))]
    if len(parts) < 2 or not kept or len(kept) == len(parts):
        return words or None
    start, end = words.index(kept[0]), words.rindex(kept[-1]) + len(kept[-1])
    return words[start:end]


def tells(title: str | None) -> bool:
    """Tell whether a window's title may be an article's headline: it has some words, and names no site.

    >>> tells("Chi tiết tin"), tells("Trang tin Mặt trận huyện X"), tells("Tả Phìn bỏ tục phạt vạ bằng rượu")
    (False, False, True)
    """
    words = fold(title or "").strip(" :.*-|")
    return len(words.split()) >= _LEAST_WORDS and _SITE.match(words) is None and _GREETS.match(words) is None


def section_of(crumbs: Iterable[str | None], title: str | None) -> str | None:
    """Return the section out of a breadcrumb: its last step that is neither the home page nor the article itself.

    >>> section_of(["Trang chủ", "» Tin tức", "Ra quân"], "Ra quân")
    'Tin tức'
    """
    steps = [step.strip(_ARROWS) for crumb in crumbs for step in _STEP.split(" ".join((crumb or "").split()))]
    headed = fold(title or "")
    named = [s for s in steps if s and len(s) <= 80 and fold(s) not in _HOME and not (headed and _same(fold(s), headed))]
    return named[-1] if named else None


def _same(step: str, title: str) -> bool:
    """Tell whether a step repeats the headline, whole or cut off."""
    return step == title or (len(step) >= 20 and title.startswith(step.rstrip(". …")))
