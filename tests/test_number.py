"""The one reader of numbers: value, range, whole, hedge."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.facts.number import parse_digits, read_numbers
from extractor.text import fold


def first(text: str) -> tuple[str, str | None, str | None, str]:
    number = next(read_numbers(fold(text), []))
    return (
        f"{number.value.normalize():f}",
        f"{number.value_max.normalize():f}" if number.value_max is not None else None,
        f"{number.total.normalize():f}" if number.total is not None else None,
        number.modifier,
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("136.920 triệu đồng", "136920000000"),
        ("1.175,249 tỷ đồng", "1175249000000"),
        ("24.761,596 tỷ", "24761596000000"),
        ("07 tỷ đồng", "7000000000"),
        ("1 tỷ rưỡi", "1500000000"),
        ("1tr5", "1500000"),
        ("350tr", "350000000"),
        ("61.794.000đ", "61794000"),
        ("5 trăm ngàn đồng", "500000"),
        ("59 triệu 670 nghìn đồng", "59670000"),
        ("1.500.000 triệu", "1500000000000"),
        ("1.200 nghìn tỷ", "1200000000000000"),
        ("450 000 đồng", "450000"),
        ("hai mươi tư triệu", "24000000"),
        ("ba trăm năm mươi triệu đồng", "350000000"),
        ("1 tỷ 300 triệu", "1300000000"),
        ("33.9%", "33.9"),
        ("35,3%", "35.3"),
        ("1.300 hộ", "1300"),
        ("44,04 triệu", "44040000"),
        ("mười lăm hộ", "15"),
        ("một trăm linh năm hộ", "105"),
    ],
)
def test_value(text: str, value: str) -> None:
    assert first(text)[0] == value


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("từ 30 đến 50 triệu đồng", "30000000", "50000000"),
        ("30-50 triệu đồng", "30000000", "50000000"),
        ("80 - 140 triệu đồng", "80000000", "140000000"),
        ("1,5-2 tỷ đồng", "1500000000", "2000000000"),
        ("từ 5-7%", "5", "7"),
    ],
)
def test_range(text: str, low: str, high: str) -> None:
    assert first(text)[:2] == (low, high)


@pytest.mark.parametrize(
    ("text", "modifier"),
    [
        ("trên 15 hộ", "over"),
        ("gần 1,3 tỷ", "nearly"),
        ("khoảng 20 hộ", "about"),
        ("ít nhất 5 hộ", "at_least"),
        ("không quá 5 hộ", "at_most"),
        ("chưa đến 5 hộ", "under"),
        ("20 căn trở lên", "at_least"),
        ("hàng trăm hộ", "vague"),
        ("15 hộ", "exact"),
    ],
)
def test_hedge(text: str, modifier: str) -> None:
    assert first(text)[3] == modifier


def test_part_of_a_whole() -> None:
    assert first("161/170 khu dân cư")[::2] == ("161", "170")


@given(st.integers(min_value=0, max_value=10**15))
def test_grouped_digits_round_trip(value: int) -> None:
    assert parse_digits(f"{value:,}".replace(",", ".")) == Decimal(value)


@given(st.text(alphabet="0123456789.,-/ triệutỷnghìnhaibốnmươitừđến%đồng", max_size=120))
def test_numbers_come_in_order_without_overlap(text: str) -> None:
    folded = fold(text)
    numbers = list(read_numbers(folded, []))
    assert all(a.end <= b.start for a, b in zip(numbers, numbers[1:], strict=False))
    assert all(0 <= n.start < n.end <= len(folded) for n in numbers)
