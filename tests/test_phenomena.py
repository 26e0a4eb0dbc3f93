"""The ways in which numbers, dates and spans are written on pages of the Front, each in a sentence: what they come to.

A case names the table, the words, and the columns that must hold; all facts of the listed tables must be given, and no other.
A known miss is marked, and the test fails when it is mended, so that the mark goes.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from extractor import extract

Fact = tuple[str, str, dict[str, Any]]
PUBLISHED = "2023-11-20"


def money(words: str, amount: float, **columns: Any) -> Fact:
    return "money", words, {"amount": amount, "currency": "VND", **columns}


def people(words: str, count: int, **columns: Any) -> Fact:
    return "participants", words, {"count": count, **columns}


def things(words: str, value: float, **columns: Any) -> Fact:
    return "quantities", words, {"value": Decimal(str(value)), **columns}


def nothing(words: str, reason: str) -> Fact:
    return "non_facts", words, {"reason": reason}


NUMBERS: list[tuple[str, list[Fact]]] = [
    ("Xã vận động 136.920 triệu đồng xây nhà.", [money("136.920 triệu đồng", 136_920_000_000, flow="raised")]),
    ("Tổng thu 1.175,249 tỷ đồng cho quỹ.", [money("1.175,249 tỷ đồng", 1_175_249_000_000)]),
    ("Huy động 24.761,596 tỷ đồng làm đường.", [money("24.761,596 tỷ đồng", 24_761_596_000_000)]),
    ("Ủng hộ 07 tỷ đồng cho đồng bào.", [money("07 tỷ đồng", 7_000_000_000)]),
    ("Vận động 1 tỷ rưỡi xây cầu.", [money("1 tỷ rưỡi", 1_500_000_000)]),
    ("Mỗi hộ được hỗ trợ 1tr5 để ăn Tết.", [money("1tr5", 1_500_000, per="hộ", flow="given")]),
    ("Hỗ trợ 350tr xây nhà.", [money("350tr", 350_000_000)]),
    ("Hỗ trợ 350 tr.đ xây nhà.", [money("350 tr.đ", 350_000_000)]),
    ("Ủng hộ 61.794.000đ cho quỹ.", [money("61.794.000đ", 61_794_000)]),
    ("Tặng 5 trăm ngàn đồng/hộ.", [money("5 trăm ngàn đồng/hộ", 500_000, per="hộ")]),
    ("Trao 59 triệu 670 nghìn đồng cho gia đình.", [money("59 triệu 670 nghìn đồng", 59_670_000, flow="given")]),
    ("Kinh phí 1.500.000 triệu đồng cho chương trình.", [money("1.500.000 triệu đồng", 1_500_000_000_000)]),
    ("Đầu tư 1.200 nghìn tỷ đồng làm cao tốc.", [money("1.200 nghìn tỷ đồng", 1_200_000_000_000_000)]),
    ("Hỗ trợ 450 000 đồng cho em nhỏ.", [money("450 000 đồng", 450_000, flow="given")]),
    ("Hỗ trợ 1,5-2 tỷ đồng xây trường.", [money("1,5-2 tỷ đồng", 1_500_000_000, amount_max=2_000_000_000)]),
    ("Hỗ trợ từ 30 đến 50 triệu mỗi nhà.", [money("30 đến 50 triệu", 30_000_000, amount_max=50_000_000, per="nhà")]),
    ("Hỗ trợ 80 - 140 triệu đồng/nhà.", [money("80 - 140 triệu đồng/nhà", 80_000_000, amount_max=140_000_000, per="nhà")]),
    ("Trao hai mươi tư triệu đồng cho hộ nghèo.", [money("hai mươi tư triệu đồng", 24_000_000)]),
    ("Thiệt hại hàng trăm triệu đồng.", [money("trăm triệu đồng", 100_000_000, modifier="vague", flow="other")]),
    ("Ủng hộ gần chục tỷ đồng.", [money("chục tỷ đồng", 10_000_000_000, modifier="nearly")]),
    ("Giúp nhau vài triệu đồng.", [money("triệu đồng", 2_000_000, modifier="vague")]),
    ("Thu quỹ vượt gần 4 tỷ đồng.", [money("4 tỷ đồng", 4_000_000_000, modifier="nearly", flow="raised")]),
    ("Có khoảng hơn 700 hộ dân dự.", [people("700 hộ dân", 700, modifier="over", unit="household", role="attendee")]),
    (
        "Tổ chức 145 cuộc/5.062 lượt người tham dự.",
        [things("145 cuộc", 145, category="event"), people("5.062 lượt người", 5_062, unit="attendance", role="attendee")],
    ),
    ("Có 161/170 khu dân cư họp.", [things("161/170 khu dân cư", 161, total=170, category="organisation")]),
    ("Tỷ lệ hộ nghèo giảm từ 5-7% mỗi năm.", [things("5-7%", 5, value_max=7, unit="%", category="rate")]),
    ("Tỷ lệ đạt 33.9%, so với 35,3%.", [things("33.9%", 33.9, unit="%"), things("35,3%", 35.3, unit="%")]),
    ("Xã A: 175 triệu; xã B: 200 triệu;", [money("175 triệu", 175_000_000), money("200 triệu", 200_000_000)]),
    (
        "Vận động được 2,4 tỷ đồng/1,9 tỉ KH giao.",
        [money("2,4 tỷ đồng", 2_400_000_000, flow="raised", per=None), money("1,9 tỉ", 1_900_000_000, flow="planned")],
    ),
    ("Hỗ trợ mỗi tỉnh 30 tỷ đồng.", [money("30 tỷ đồng", 30_000_000_000, per="tỉnh", flow="given")]),
    ("Phát 10 nghìn khẩu trang cho dân.", [things("10 nghìn khẩu trang", 10_000, category="material")]),
    ("Khen thưởng 5 đồng chí xuất sắc.", [people("5 đồng chí", 5, unit="person", role="honoree")]),
    (
        "Số tài khoản 3713.0.1234567 tại Kho bạc, điện thoại 0912.345.678.",
        [nothing("3713.0.1234567", "other"), nothing("0912.345.678", "phone")],
    ),
    ("Trồng rừng theo dự án 327 ở xã.", [nothing("dự án 327", "name")]),
    ("Mặt trận Quận 12 trao quà.", [("locations", "Quận 12", {"name": "12", "type": "quận", "level": "district"})]),
    ("Đường vào ấp 94 đã xong.", [("locations", "ấp 94", {"name": "94", "type": "ấp", "level": "village"})]),
    ("Phòng chống dịch Covid -19 tại xã.", [nothing("Covid -19", "name")]),
    ("Đã bàn giao 06/10 nhà cho hộ nghèo.", [things("06/10 nhà", 6, total=10, category="house")]),
    ("Căn nhà rộng 44m 2, khang trang.", [things("44m 2", 44, unit="m2", category="other")]),
    ("Trao 20suất quà cho hộ nghèo.", [things("20suất quà", 20, unit="suất", category="gift")]),
    ("Vận động 30triệu đồng giúp dân.", [money("30triệu đồng", 30_000_000, flow="raised")]),
    ("Vận động được50 triệu đồng giúp dân.", [money("50 triệu đồng", 50_000_000, flow="raised")]),
]


def day(words: str, start: str, end: str | None = None, granularity: str = "day") -> Fact:
    columns = {"start_date": dt.date.fromisoformat(start), "end_date": dt.date.fromisoformat(end or start), "granularity": granularity}
    return "dates", words, columns


DATES: list[tuple[str, list[Fact]]] = [
    ("Triển khai từ 01/11 đến 18/11/2023 tại xã.", [day("01/11 đến 18/11/2023", "2023-11-01", "2023-11-18", "span")]),
    ("Tổ chức ngày 17-18/11 tại thôn.", [day("17-18/11", "2023-11-17", "2023-11-18", "span")]),
    ("Các ngày 20 và 21/10 tại huyện.", [day("20", "2023-10-20"), day("21/10", "2023-10-21")]),
    ("Trong quý III/2023, Mặt trận đã họp.", [day("quý III/2023", "2023-07-01", "2023-09-30", "quarter")]),
    ("Trong 6 tháng đầu năm, xã đã họp.", [day("6 tháng đầu năm", "2023-01-01", "2023-06-30", "half")]),
    ("Trong 9 tháng năm 2023, huyện đã họp.", [day("9 tháng năm 2023", "2023-01-01", "2023-09-30", "span")]),
    ("Nhiệm kỳ 2019 - 2024, Mặt trận tỉnh đã họp.", [day("2019 - 2024", "2019-01-01", "2024-12-31", "span")]),
    ("Giai đoạn 2021-2023, huyện đã họp.", [day("2021-2023", "2021-01-01", "2023-12-31", "span")]),
    ("Từ tháng 10/2022 đến tháng 9/2023, xã đã họp.", [day("tháng 10/2022 đến tháng 9/2023", "2022-10-01", "2023-09-30", "span")]),
    ("Chiều nay, đoàn đến thăm hộ nghèo.", [day("Chiều nay", PUBLISHED)]),
    ("Hôm qua, xã tổ chức hội nghị.", [day("Hôm qua", "2023-11-19")]),
    ("Sáng 18/11, thôn tổ chức ngày hội.", [day("18/11", "2023-11-18")]),
    (
        "Tính đến 17 giờ ngày 14/9, ban tiếp nhận 5 tỷ đồng.",
        [day("14/9", "2023-09-14"), nothing("17 giờ", "clock"), money("5 tỷ đồng", 5_000_000_000, as_of=dt.date(2023, 9, 14))],
    ),
    ("Trong các ngày 26, 27-3 tại tỉnh.", [day("26", "2023-03-26"), day("27-3", "2023-03-27")]),
]


CASES = [pytest.param(*case, id=case[0]) for case in NUMBERS + DATES]


@pytest.mark.parametrize(("text", "facts"), CASES)
def test_a_phenomenon_is_read_as_it_is_meant(text: str, facts: list[Fact]) -> None:
    found = extract(text, published=PUBLISHED)
    given = [(t, row) for t in ("money", "participants", "quantities", "dates", "non_facts") for row in getattr(found, t)]
    given += [("locations", row) for row in found.locations if row.mention[-1].isdigit()]
    assert len(given) == len(facts), given
    for table, words, columns in facts:
        hits = [row for name, row in given if name == table and words in row.mention]
        assert len(hits) == 1, (words, given)
        assert columns == {name: getattr(hits[0], name) for name in columns}


def test_a_part_points_to_its_total() -> None:
    total, part = extract("Vận động 5 tỷ đồng, trong đó tiền mặt 3 tỷ đồng.").money
    assert part.part_of == total.fact_id


@pytest.mark.parametrize(("published", "start"), [("2023-01-05", "2022-12-31"), ("2023-12-31", "2023-12-31")])
def test_a_day_without_a_year_is_of_the_page_that_tells_it(published: str, start: str) -> None:
    (one,) = extract("Hội nghị diễn ra ngày 31/12 ở huyện.", published=published).dates
    assert one.start_date == dt.date.fromisoformat(start)
