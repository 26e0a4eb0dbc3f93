"""What a page says of its article: moments in every form of the portals, bylines, headlines, sections, counters."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.clean import chrome
from extractor.clean.bylines import read_byline
from extractor.clean.metadata import headline, read_views, section_of, title_of_window
from extractor.clean.moments import is_date_line, read_moment, read_stated
from extractor.data import rules_dir
from extractor.rules import read_toml

FETCHED = dt.datetime(2026, 3, 1, 5, 30, 40, tzinfo=dt.UTC)  # half past twelve in Hà Nội

MOMENTS = [
    ("10:37 29/02/2024", "2024-02-29T10:37"),
    ("15/03/2024 03:57 CH", "2024-03-15T15:57"),
    ("15/03/2024 12:05 SA", "2024-03-15T00:05"),
    ("(17/06/2022)", "2022-06-17T00:00"),
    ("Thứ sáu - 17/06/2022 09:12", "2022-06-17T09:12"),
    ("Ngày đăng 09/09/2020 | 05:07 PM | View count: 842", "2020-09-09T17:07"),
    ("17:23:45 | 07/08/2018", "2018-08-07T17:23:45"),
    ("Cập nhật: 07/08/2018 |", "2018-08-07T00:00"),
    ("Cập nhật lúc: 22/11/2023 09:15 - 842 lượt xem", "2023-11-22T09:15"),
    ("Ngày đăng bài: 12/02/2018", "2018-02-12T00:00"),
    ("10/08/2023 05:03:54 PM", "2023-08-10T17:03:54"),
    ("Thứ hai, 24 Tháng 10 2022 14:50", "2022-10-24T14:50"),
    ("17 Tháng Sáu, 2022", "2022-06-17T00:00"),
    ("Tháng Mười Hai 7, 2022", "2022-12-07T00:00"),
    ("ngày 6 tháng 9 năm 2024", "2024-09-06T00:00"),
    ("Thứ Năm, 29/02/2024, 10:37 (GMT+7)", "2024-02-29T10:37"),
    ("10h37 ngày 29/02/2024", "2024-02-29T10:37"),
    ("7 giờ 30, ngày 1/2/2023", "2023-02-01T07:30"),
    ("October 24, 2022", "2022-10-24T00:00"),
    ("2022-06-17T23:12:00Z", "2022-06-18T06:12"),
    ("03/04/2024", "2024-04-03T00:00"),
    ("4 giờ trước", "2026-03-01T08:30"),
    ("2 ngày trước", "2026-02-27T00:00"),
    ("hôm nay", "2026-03-01T00:00"),
    ("Hôm qua, 08:15", "2026-02-28T08:15"),
]


@pytest.mark.parametrize(("words", "moment"), MOMENTS)
def test_a_moment_is_read_with_its_evidence(words: str, moment: str) -> None:
    found = read_moment(words, fetched_at=FETCHED)
    assert found is not None
    assert found[0].replace(tzinfo=None) == dt.datetime.fromisoformat(moment)
    assert found[0].utcoffset() == dt.timedelta(hours=7)
    assert found[1] in words


@pytest.mark.parametrize(
    "words",
    [
        "Quyết định số 12/QĐ-MTTQ ngày 05/6/2020",
        "ban hành ngày 05/6/2020",
        "Nghị quyết Đại hội ngày 05/6/2020",
        "31/02/2024",
        "25:70 32/13/2024",
        "12/2022",
        "ban hành từ năm 2024",
        "Điện thoại 0206.3862.145",
        "2 tuần trước",
        "mới đây",
        "09/09/2031",  # after the fetch
    ],
)
def test_no_moment_is_invented(words: str) -> None:
    assert read_moment(words, fetched_at=FETCHED) is None


def test_relative_moments_need_the_fetch() -> None:
    assert read_moment("4 giờ trước") is None
    assert read_moment("hôm nay") is None
    assert read_moment("HÔM NAY", fetched_at=dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC)) is not None


def test_an_update_is_told_apart_where_the_line_tells_both() -> None:
    stated = read_stated("Ngày đăng: 05/9/2023 10:00 | Cập nhật: 06/9/2023 08:00")
    assert stated.published is not None
    assert stated.updated is not None
    assert (stated.published[1], stated.updated[1]) == ("05/9/2023 10:00", "06/9/2023 08:00")
    assert read_stated("Cập nhật: 06/9/2023").published is not None
    assert read_stated("Cập nhật: 06/9/2023").updated is None


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        *[(words, True) for words, _ in MOMENTS if "trước" not in words and "hôm" not in words.lower()],
        ("Ngày 10/8/2023, xã trao 20 suất quà", False),
        ("Hội nghị diễn ra ngày 10/8/2023 tại nhà văn hóa", False),
        ("4 giờ trước", False),
    ],
)
def test_lines_of_dates(line: str, is_one: bool) -> None:
    assert is_date_line(line) is is_one


@given(st.text(max_size=200))
def test_any_words_are_read_or_refused(words: str) -> None:
    if found := read_moment(words, fetched_at=FETCHED):
        assert found[0] <= FETCHED + dt.timedelta(days=1)
        assert found[1] in words
    is_date_line(words)
    read_byline(words, pushed=True)


@pytest.mark.parametrize(
    ("line", "author", "credit"),
    [
        ("Tin, ảnh: Kim Dung", "Kim Dung", "Kim Dung"),
        ("Tin và ảnh:Thanh Hà(HĐ)", "Thanh Hà", "Thanh Hà"),
        ("Tin - ảnh: Bảo Ngọc", "Bảo Ngọc", "Bảo Ngọc"),
        ("Tin ảnh: Bảo Ngọc", "Bảo Ngọc", "Bảo Ngọc"),
        ("Tin/ảnh: Vũ Hạnh", "Vũ Hạnh", "Vũ Hạnh"),
        ("Bài, ảnh, clip: Trung Kiên", "Trung Kiên", "Trung Kiên"),
        ("Bài: Hà Vy - Ảnh: Thế Anh", "Hà Vy", "Thế Anh"),
        ("Bài: Lan Anh, Ảnh: Hoàng Tùng", "Lan Anh", "Hoàng Tùng"),
        ("Ảnh: Minh Đức", None, "Minh Đức"),
        ("Tác giả: Thào Seo Lìn", "Thào Seo Lìn", None),
        ("Nguồn tin: Báo Lào Cai", "Báo Lào Cai", None),
        ("Theo Báo Đại Đoàn Kết", "Báo Đại Đoàn Kết", None),
        ("Lê Thị Hải- BDV", "Lê Thị Hải", None),
        ("Nông Thị Lan, Chánh Văn phòng", "Nông Thị Lan", None),
        ("Trần Văn Bé - CT. UBMTTQVN phường", "Trần Văn Bé", None),
        ("Tin, ảnh: Nguyễn Hoa – Văn phòng UB MTTQ tỉnh", "Nguyễn Hoa", "Nguyễn Hoa"),
        ("Hoàng Minh - Thu Hà", "Hoàng Minh - Thu Hà", None),
        ("H’ Yen Êban", "H’ Yen Êban", None),
        ("Đoàn Thanh Tâm", "Đoàn Thanh Tâm", None),
    ],
)
def test_bylines(line: str, author: str | None, credit: str | None) -> None:
    assert read_byline(line, pushed=True) == (author, credit)


@pytest.mark.parametrize(
    "line",
    [
        "Theo đó, huyện trao 50 suất quà",
        "Tin: huyện tổ chức",
        "Ban Thường trực",
        "Ủy Ban Mặt Trận",
        "Ảnh minh họa",
        "Bà Nguyễn Thị Hà, Chủ tịch Ủy ban MTTQ xã tiếp thu và sẽ phản ánh đến HĐND.",
        "Xã Thắng Lợi, Hạ Lang",
        "",
    ],
)
def test_lines_that_are_no_bylines(line: str) -> None:
    assert read_byline(line, pushed=True) is None


@pytest.mark.parametrize(
    ("window", "headings", "title"),
    [
        ("Trang tin Mặt trận X - Trao 5 căn nhà - đợt 2", ["Trao 5 căn nhà - đợt 2"], "Trao 5 căn nhà - đợt 2"),
        ("Trao 5 căn nhà | Cổng thông tin huyện Y", [], "Trao 5 căn nhà"),
        ("Ủy ban MTTQ tỉnh Z :: Trao 5 căn nhà", [], "Trao 5 căn nhà"),
        ("Ủy ban MTTQ tỉnh Z trao 5 căn nhà", [], "Ủy ban MTTQ tỉnh Z trao 5 căn nhà"),
        ("Nhiệm kỳ 2024 - 2029: những việc lớn", [], "Nhiệm kỳ 2024 - 2029: những việc lớn"),
        (None, [], None),
    ],
)
def test_a_window_names_its_site_too(window: str | None, headings: list[str], title: str | None) -> None:
    assert title_of_window(window, headings) == title


def test_a_day_behind_a_headline_is_no_part_of_it() -> None:
    day = dt.datetime(2022, 6, 17, 9, tzinfo=dt.UTC)
    assert headline("Ra quân (17/06/2022)", day) == "Ra quân"
    assert headline("Kỷ niệm (30/4/1975)", day) == "Kỷ niệm (30/4/1975)"


def test_the_section_is_the_last_step_that_is_no_article() -> None:
    assert section_of(["Trang chủ", "Tin tức", "Tin hoạt động"], "Ra quân") == "Tin hoạt động"
    assert section_of(["Trang chủ", "» Tin tức", "Xã Nậm Lúc ra quân làm sạch…"], "Xã Nậm Lúc ra quân làm sạch đường") == "Tin tức"
    assert section_of(["Trang chủ"], "Ra quân") is None


@pytest.mark.parametrize(
    ("words", "views"),
    [
        ("Lượt xem: 1.234", 1234),
        ("Đã xem: 12", 12),
        ("Số lượt xem : 7", 7),
        ("View count: 842", 842),
        ("842 lượt xem", 842),
        ("1384 Lượt xem", 1384),
        ("Lượt xem:", None),
        ("Tổng lượt truy cập: 1.507.662", None),
    ],
)
def test_counters(words: str, views: int | None) -> None:
    assert read_views(words) == views


def test_a_line_that_any_pattern_of_chrome_fits_is_found_by_its_beginning() -> None:
    """Of all patterns those are tried that may begin as the line does; none is passed over, whichever way it is written."""
    rules = read_toml(rules_dir() / "chrome.toml")
    written = {part for patterns in rules.values() for pattern in patterns for part in re.split(r"[|()?*\\.]|\[[^]]*\]", pattern)}
    lines = {f"{before}{part.strip()}{behind}".strip() for part in written for before in ("", "12 ", "• ") for behind in ("", ": 5", " 12", " khác")}
    found = {line for line in lines if chrome.places(line)}

    assert found == {line for line in lines if any(re.fullmatch(p, chrome.fold(line)) for patterns in rules.values() for p in patterns)}
    assert len(found) > 100
