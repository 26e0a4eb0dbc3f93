"""The front door: one text in, rows out; the laws that hold for any text."""

from __future__ import annotations

import dataclasses
import re
import time
import tomllib
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor import extract
from extractor.data import rules_dir
from extractor.extraction import Extraction
from extractor.schema import FACT_TABLES, TABLES

TEXT = (
    "Sáng 12/10/2023, Ủy ban MTTQ Việt Nam huyện Hạ Lang, tỉnh Cao Bằng tổ chức lễ bàn giao 5 căn nhà Đại đoàn kết "
    "cho hộ nghèo xã Thắng Lợi. Mỗi căn được hỗ trợ 50 triệu đồng từ Quỹ “Vì người nghèo”. Dịp này, đơn vị vận động "
    "được trên 1,2 tỷ đồng của 75 tổ chức, cá nhân; có 120 đại biểu tham dự. Ông Nông Văn Khải, Chủ tịch Ủy ban MTTQ "
    "huyện cho biết, thực hiện Nghị quyết số 13-NQ/HU, năm 2024 sẽ xây 12 căn."
)


def rows(extraction: Extraction) -> list[tuple[str, object]]:
    return [(table, row) for table in (*FACT_TABLES, "non_facts") for row in getattr(extraction, table)]


def test_the_facts_of_a_plain_report() -> None:
    found = extract(TEXT, published="2023-10-13")
    assert [(m.mention, int(m.amount), m.flow, m.per) for m in found.money] == [
        ("50 triệu đồng", 50_000_000, "given", "căn"),
        ("1,2 tỷ đồng", 1_200_000_000, "raised", None),
    ]
    assert found.money[0].fund == "Vì người nghèo"
    assert [(p.count, p.unit, p.role) for p in found.participants] == [
        (75, "group", "contributor"),
        (120, "person", "attendee"),
    ]
    assert [(int(q.value), q.unit, q.category) for q in found.quantities] == [(5, "căn", "house"), (12, "căn", "house")]
    assert [d.number for d in found.documents] == ["13-NQ/HU"]
    assert [(p.name, p.position) for p in found.people] == [("Nông Văn Khải", "Chủ tịch Ủy ban MTTQ huyện")]
    assert [(str(d.start_date), d.granularity) for d in found.dates] == [("2023-10-12", "day"), ("2024-01-01", "year")]
    places = {(p.name, p.level): p for p in found.locations}
    assert places["Hạ Lang", "district"].district_code == "048"
    assert places["Cao Bằng", "province"].province_code == "04"
    assert places["Thắng Lợi", "commune"].province_code == "04"


def test_an_extraction_is_frozen_and_knows_its_tables() -> None:
    found = extract(TEXT)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.money = ()  # type: ignore[misc]
    assert set(found.rows()) == set(TABLES) - {"article_versions"}
    arrow, frames = found.to_arrow(), found.to_pandas()
    assert set(arrow) == set(frames) == set(found.rows())
    assert arrow["money"].num_rows == len(frames["money"]) == len(found.money)
    assert arrow["money"].schema.names == [f.name for f in dataclasses.fields(TABLES["money"])]


def test_the_same_text_gives_the_same_rows() -> None:
    assert extract(TEXT) == extract(TEXT)


def test_every_fact_points_to_its_words_and_its_rule() -> None:
    found = extract(TEXT)
    for table, row in rows(found):
        assert found.article.text[row.start : row.end] == row.mention  # type: ignore[attr-defined]
        if table != "non_facts":
            assert row.mention in row.sentence  # type: ignore[attr-defined]
            assert ": " in row.rule  # type: ignore[attr-defined]
            assert row.article_id == found.article.article_id  # type: ignore[attr-defined]


PIECES = st.sampled_from(
    "Ủy ban MTTQ xã|huyện Hạ Lang|tỉnh Cao Bằng|vận động|được|hỗ trợ|trao tặng|1,2 tỷ đồng|50 triệu|350tr|300.000đ/hộ|từ 30 đến 50|"
    "triệu đồng|120|đại biểu|hộ nghèo|161/170|khu dân cư|99,62%|ngày 12/10/2023|sáng 22-4|năm 2024|6 tháng đầu năm|quý III|"
    "Nghị quyết số 13-NQ/HU|Covid-19|lần thứ XII|1.|-|,|.|;|:|\n|“|”|(|)|hai mươi lăm|hàng trăm|trong đó|Ông Nông Văn Khải|"
    "Chủ tịch|Quỹ “Vì người nghèo”|0912.345.678|tổ dân phố 3|Hoà Bình|Uỷ ban|\u00a0|\u200b|e\u0301|İ|ẞ|😀|\t|Đ|đ".split("|")
)
TEXTS = st.lists(PIECES, max_size=40).map(" ".join) | st.lists(PIECES, max_size=40).map("".join)


@given(TEXTS)
@settings(max_examples=150)
def test_mentions_are_words_of_the_text(text: str) -> None:
    found = extract(text, published="2024-05-05")
    assert found.article.text == unicodedata.normalize("NFC", text)
    for _, row in rows(found):
        assert found.article.text[row.start : row.end] == row.mention != ""  # type: ignore[attr-defined]


@given(TEXTS)
@settings(max_examples=150)
def test_every_digit_is_accounted_for_once(text: str) -> None:
    found = extract(text, published="2024-05-05")
    counted = [r for t, r in rows(found) if t in {"money", "participants", "quantities", "dates", "documents", "non_facts"}]
    spans = sorted((r.start, r.end) for r in counted)  # type: ignore[attr-defined]
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False)), "a number is read two ways"
    covered = {i for start, end in spans for i in range(start, end)}
    covered |= {i for r in (*found.locations, *found.programmes) for i in range(r.start, r.end)}
    lost = [i for i, char in enumerate(found.article.text) if char in "0123456789" and i not in covered]
    assert not lost, found.article.text[max(0, lost[0] - 20) : lost[0] + 20]


@given(st.text(max_size=300))
def test_no_text_crashes(text: str) -> None:
    found = extract(text)
    for _, row in rows(found):
        assert found.article.text[row.start : row.end] == row.mention  # type: ignore[attr-defined]


def test_an_amount_without_its_unit_is_in_dong() -> None:
    found = extract("Đã vận động được tổng số tiền trên 15.058 triệu, trong đó ủng hộ bằng tiền mặt 20.000 USD và 300 triệu.")
    assert [(int(m.amount), m.currency) for m in found.money] == [
        (15_058_000_000, "VND"),
        (20_000, "USD"),
        (300_000_000, "VND"),
    ]


def test_the_parts_of_a_whole_that_is_told_first() -> None:
    told = extract("Trong tổng số 1.126 căn nhà có 874 căn xây mới và 252 căn sửa chữa.").quantities
    assert [(int(q.value), q.part_of == told[0].fact_id) for q in told] == [(1126, False), (874, True), (252, True)]


@pytest.mark.parametrize(
    "unit",
    [
        "mỗi hộ 1 triệu; ",
        "- Ông A: 5 triệu đồng\n",
        "ngày 2/3 tại xã Tân Phú trao 3 căn nhà, ",
        "UBMTTQ Việt Nam ",
        "5 ",
        "10 người, trong đó có 5 nữ, ",
        "5 hộ (3 hộ), ",
        "Tính đến 1/2/2020 Quỹ Vì người nghèo nhận 5 triệu đồng. ",
        "Sở Y tế và ",
    ],
)
def test_endless_lists_take_linear_time(unit: str) -> None:
    extract(unit)  # what is loaded once
    begun = time.process_time()
    extract(unit * (60_000 // len(unit)))
    assert time.process_time() - begun < 12  # each takes about one second, and took minutes when all was asked of all


def test_every_currency_that_the_rules_name_has_its_code() -> None:
    told = tomllib.loads((rules_dir() / "facts" / "money.toml").read_text(encoding="utf-8"))
    after = next(rule["after"] for rule in told["rule"] if rule.get("reader") == "currency")
    words = re.findall(r"[^|]+", after.removeprefix("(?: ?(?:").partition(r")(?!\w)")[0].replace("\\", ""))
    assert len(words) > 25
    for word in words:
        for behind in ("", "/hộ", " cho dân", ")", "."):
            money = extract(f"Xã trao 1.000 {word}{behind}").money
            assert [len(one.currency) for one in money] == [3], word + behind


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Xã tiếp nhận 50 triệu đồng của các nhà hảo tâm:\n- Công ty A: 30 triệu đồng;\n- Chùa B: 15 triệu đồng.\nCó 9 triệu đồng khác.", [30, 15]),
        ("Xã tiếp nhận 50 triệu đồng, gồm:\n1. Tiền mặt 30 triệu đồng\n2. Quà trị giá 20 triệu đồng", [30, 20]),
        ("Xã tiếp nhận 50 triệu đồng. Danh sách:\n- Công ty A: 30 triệu đồng;", []),
        ("Xã tiếp nhận 50 triệu đồng; huyện giúp như sau:\n- Công ty A: 30 triệu đồng;", []),
        ("Xã tiếp nhận 50 triệu đồng:\n- Công ty A: 30 triệu đồng;\n- Công ty B: 40 triệu đồng;", []),
        ("Xã tiếp nhận 50 triệu đồng:\n- Mỗi hộ góp 1 triệu đồng/hộ;\n- Chùa B: 15 triệu đồng.", [15]),
    ],
)
def test_the_items_of_a_list_are_parts_of_what_introduces_it(text: str, parts: list[int]) -> None:
    money = extract(text).money
    total = money[0].fact_id
    assert [int(one.amount) // 1_000_000 for one in money if one.part_of == total] == parts
    assert all(one.part_of in {None, total} for one in money)


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("Sáng nay, xã trao 246 suất quà cho hộ nghèo.\nTheo ông chủ tịch, 246 suất quà ấy do dân góp.", ["246"]),
        ("Trao 246 suất quà cho hộ nghèo (NLĐ) - Sáng nay, bà Trần Thị Hoa đã trao 246 suất quà cho hộ nghèo.", ["246"]),
        ("Danh sách ủng hộ quỹ:\n- Hộ bà Hai: 500.000 đồng\n- Chi hội 3: 500.000 đồng\n- Cụm dân cư số 4: 500.000 đồng", ["500.000"] * 3),
        ("Công ty Hoa Sen ủng hộ 10 triệu đồng.\nCông ty Minh Phú ủng hộ 10 triệu đồng.", ["10", "10"]),
        ("Xã Tân Phú trao 20 suất quà.\nXã Hòa Bình trao 20 suất quà.", ["20", "20"]),
        ("Xã trao 20 suất quà, rồi trao thêm 20 suất quà.", ["20", "20"]),
    ],
    ids=["again", "headline", "entries", "donors", "places", "one sentence"],
)
def test_activities_count_what_is_told_again_once(text: str, listed: list[str]) -> None:
    told = extract(text)
    facts = {fact.fact_id: fact for fact in (*told.money, *told.quantities)}
    ids = [fact for one in told.activities for fact in (*one.money_ids, *one.quantity_ids)]
    assert [facts[fact].mention.split()[0] for fact in ids] == listed
    assert all(fact.activity_id for fact in facts.values())


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("Khách sạn 3 sao Thiên Hải Sơn mở cửa đón khách.", "3 sao"),
        ("Chiếc tủ có 4 ngăn kéo rất gọn.", "4 ngăn kéo"),
        ("Cả 3 đều đi làm xa.", None),
        ("Từ tháng 61 trở đi được hưởng thêm.", None),
    ],
)
def test_what_no_rule_knows_is_counted_by_the_noun_behind_it(text, mention):
    found = [fact.mention for fact in extract(text).quantities]
    assert found == ([mention] if mention else [])
