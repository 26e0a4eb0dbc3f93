"""The twenty questions, on the fixed data set: every answer below was worked out by hand from the texts of tests/fixed."""

from __future__ import annotations

import datetime as dt
import re
from functools import partial
from pathlib import Path

import pytest

from extractor.errors import InputError
from extractor.query import query
from extractor.query.asking import answer, evidence, listed, marked, question, questions, shown_evidence

D = dt.date
ANSWERS = {
    "fund-totals": [
        ({}, "code province level year total facts left_out", [
            ("10", "Lào Cai", "district", 2023, 700_000_000, 1, 3),  # left out: half a year inside it, a part, a copy of the article
            ("10", "Lào Cai", "district", 2024, None, 0, 1),  # 20 nghìn đồng/hộ is a rate
            ("10", "Lào Cai", "province", 2023, 12_500_000_000, 1, 0),
            ("15", "Yên Bái", "province", 2024, 3_000_000_000, 1, 1),  # 2 tỷ in February is an earlier state of it
            (None, None, "district", None, 1_000_000, 1, 0),
        ]),
        ({"units": "34", "year": "2024"}, "code province level total", [("15", "Lào Cai", "district", None), ("15", "Lào Cai", "province", 3_000_000_000)]),
        ({"fund": "vi nguoi ngheo", "year": "2023"}, "total", [(700_000_000,), (12_500_000_000,)]),
        ({"fund": "Đền ơn đáp nghĩa"}, "total", []),
    ],
    "disaster-money": [
        ({}, "day source flow running_total single", [
            (D(2024, 9, 11), "laocai", "raised", 5_000_000_000, None),
            (D(2024, 9, 12), "laocai", "pledged", None, 1_500_000_000),
            (D(2024, 9, 15), "laocai", "raised", 9_000_000_000, None),
            (D(2024, 9, 16), "laocai", "given", None, 2_050_000_000),
            (D(2024, 9, 16), "laocai", "planned", None, 1_000_000_000),
        ]),
        ({"event": "lũ quét"}, "day", []),
    ],
    "tranches": [
        ({}, "tranche recipient flow amount", [
            ("1", "Bảo Yên", "given", 1_200_000_000), ("1", "Bắc Hà", "given", 800_000_000), ("2", "Phúc Khánh", "planned", 1_000_000_000),
        ]),
        ({"tranche": "2"}, "recipient", [("Phúc Khánh",)]),
    ],
    "cash-goods": [
        ({"year": "2024"}, "level flow form total facts left_out", [
            ("district", "given", "cash", 400_000_000, 1, 0),
            ("district", "raised", "not_said", None, 0, 2),
            ("province", "given", "goods", 50_000_000, 1, 0),
            ("province", "given", "not_said", 2_000_000_000, 2, 7),
            ("province", "raised", "cash", None, 0, 1),
            ("province", "raised", "not_said", 13_500_000_000, 3, 2),
        ]),
        ({"year": "2025"}, "level form total", [("district", "goods", 30_000_000), ("province", "goods", 30_000_000)]),
    ],
    "houses": [
        ({}, "period code unit year state houses", [
            ("before", "085", "Bắc Hà", 2023, "repaired", 4),
            ("before", "085", "Bắc Hà", 2024, "built", 5),
            ("before", "085", "Bắc Hà", 2024, "repaired", 3),
            ("since", "02869", "Bản Liền", 2025, "built", 7),
            ("since", "02869", "Bản Liền", 2025, "planned", 10),
        ]),
    ],
    "house-cost": [
        ({}, "basis state year facts least lower_quartile middle upper_quartile most outliers", [
            # 50, 51, 52, 53, 60, 300: quartiles 51.25 and 58.25, so that above 68.75 lies an outlier
            ("rate", "built", 2024, 6, 50_000_000, 51_250_000, 52_500_000, 58_250_000, 300_000_000, 1),
            ("rate", "repaired", 2024, 1, 30_000_000, 30_000_000, 30_000_000, 30_000_000, 30_000_000, 0),
            ("total", "repaired", 2023, 1, 25_000_000, 25_000_000, 25_000_000, 25_000_000, 25_000_000, 0),  # 100 triệu, 4 căn
        ]),
    ],
    "plan-result": [
        ({}, "basis source year planned result percent met", [
            ("share", "bacha", 2023, None, 700_000_000, 140, True), ("sentence", "laocai", 2023, 10_000_000_000, 12_500_000_000, 125, True),
        ]),
    ],
    "supervision": [
        ({}, "level year role sessions", [("district", 2024, "chaired", 1), ("province", 2024, "chaired", 12), ("province", 2024, "joined", 30)]),
        ({"year": "2023"}, "level", []),
    ],
    "social-criticism": [({}, "level year conferences drafts opinions articles", [("district", 2024, 1, 2, 14, 1)])],
    "voter-meetings": [({}, "level year meetings voters attendances opinions answered", [("district", 2024, 6, 95, 720, 48, 31)])],
    "training": [
        ({}, "code province year classes trainees", [("04", "Cao Bằng", 2024, 3, 210)]),
        ({"units": "34"}, "code province classes", [("04", "Cao Bằng", 3)]),
    ],
    "festival": [({}, "province areas areas_total share attendances delegations", [("Lào Cai", 90, 100, 90, 5400, 12)])],
    "documents": [
        ({}, "number citations articles first_cited first_by sites", [
            ("217-QĐ/TW", 2, 2, D(2024, 2, 1), "laocai", ["laocai", "yenbai"]), ("62-KL/TW", 1, 1, D(2024, 3, 20), "yenbai", ["yenbai"]),
        ]),
        ({"number": "62-kl/tw"}, "number", [("62-KL/TW",)]),
    ],
    "front-bodies": [
        ({}, "name level before since period", [
            ("Ủy ban Mặt trận Tổ quốc Việt Nam xã Bản Liền", "commune", 0, 1, "since"),
            ("Ủy ban Mặt trận Tổ quốc Việt Nam huyện Hà Quảng", "district", 1, 0, "before"),
        ]),
        ({"level": "commune"}, "period", [("since",)]),
    ],
    "sites": [
        ({}, "source first last before since state replaced_by", [
            ("bacha", D(2023, 7, 10), D(2025, 1, 12), 5, 0, "replaced", ["banlien"]),
            ("banlien", D(2025, 11, 10), D(2025, 11, 10), 0, 1, "new", None),
            ("haquang", D(2024, 5, 8), D(2024, 8, 1), 3, 0, "silent", None),
            ("laocai", D(2024, 2, 1), D(2025, 1, 12), 4, 0, "silent", None),
            ("yenbai", D(2024, 2, 25), D(2024, 5, 20), 3, 0, "silent", None),
        ]),
        ({"days": "400"}, "source state", [("bacha", "active"), ("banlien", "new"), ("haquang", "silent"), ("laocai", "active"), ("yenbai", "silent")]),
    ],
    "coverage": [
        ({"recorded": "true"}, "province commune articles facts", [("Cao Bằng", "Trường Hà", 1, 1), ("Lào Cai", "Bản Liền", 4, 8), ("Lào Cai", "Phúc Khánh", 1, 3)]),
        ({"province": "cao bang", "recorded": "true"}, "commune", [("Trường Hà",)]),
    ],
    "same-event": [
        ({}, "type day commune level source money people agree", [
            ("gift_giving", D(2025, 1, 11), "Bản Liền", "district", "bacha", 30_000_000, 65, False),
            ("gift_giving", D(2025, 1, 11), "Bản Liền", "province", "laocai", 30_000_000, 60, False),
        ]),
        ({"type": "training"}, "type", []),
    ],
    "donors": [
        ({}, "donor kind total gifts places", [("Công ty Than Hoa", "company", 2_000_000_000, 1, ["Lào Cai"]), ("Chùa Tân Bảo", "religious", 50_000_000, 1, ["Lào Cai"])]),
        ({"top": "1"}, "donor", [("Công ty Than Hoa",)]),
    ],
    "quality": [
        ({}, "measure table n of", [
            ("agrees: product", "checks", 1, 1), ("agrees: sum", "checks", 0, 1),
            ("from damaged text", "money", 0, 30), ("from damaged text", "participants", 0, 7), ("from damaged text", "quantities", 2, 15),
            ("hedged (trên, hơn, gần, khoảng …)", "money", 1, 30), ("hedged (trên, hơn, gần, khoảng …)", "participants", 1, 7),
            ("hedged (trên, hơn, gần, khoảng …)", "quantities", 0, 15),
            ("low confidence", "money", 0, 30), ("low confidence", "participants", 0, 7), ("low confidence", "quantities", 1, 15),
        ]),
    ],
    "evidence": [
        ({"fact": "a04.ph"}, "sentence url published", [(
            "Theo Quyết định số 217-QĐ/TW, Mặt trận tỉnh chủ trì giám sát 12 cuộc, phối hợp với Hội đồng nhân dân «giám sát» 30 cuộc.",
            "https://laocai.example/a04.html", D(2024, 2, 1),
        )]),
        ({"words": "12,5 ty"}, "table mention rule", [("money", "12,5 tỷ đồng", "money: fixed")]),
    ],
}  # fmt: skip
CASES = [(name, *case) for name, cases in ANSWERS.items() for case in cases]


@pytest.mark.parametrize(("name", "given", "columns", "expected"), CASES, ids=lambda v: v if isinstance(v, str) else "")
def test_an_answer_is_the_one_worked_out_by_hand(ask, name, given, columns, expected):
    rows = answer(ask, name, given).to_pylist()

    assert [tuple(row[c] for c in columns.split()) for row in rows] == expected


def test_every_question_has_an_answer_worked_out_by_hand():
    assert list(questions()) == list(ANSWERS)
    assert [q.number for q in questions().values()] == list(range(1, 21))


def test_a_commune_without_record_is_empty_and_not_zero(ask):
    rows = answer(ask, "coverage", {"recorded": "false"}).to_pylist()

    assert len(rows) == 3321 - 3
    assert {(row["articles"], row["facts"]) for row in rows} == {(None, None)}


# --- what counts in a sum ---

LEFT_OUT = {
    "a01.nua": "held", "a02.xa": "part", "a02.muc": "rate", "a02.lai": "restated", "a03.nam": "duplicate", "a05.truoc": "superseded", "a07.thu": "superseded",
    "a08.than2": "part", "a04.m1": "rate", "a04.m2": "rate", **{f"a17.c{n}": "rate" for n in range(1, 6)},
}  # fmt: skip


def test_a_fact_is_left_out_of_sums_for_one_reason(fixed):
    rows = query(fixed, "SELECT fact_id, left_out FROM money_counted WHERE left_out IS NOT NULL").to_pylist()

    assert {row["fact_id"]: row["left_out"] for row in rows} == LEFT_OUT


@pytest.mark.parametrize("table", ["money", "participants", "quantities"])
def test_every_fact_of_an_article_is_in_the_counted_view_once(fixed, table):
    rows = query(fixed, f"SELECT fact_id FROM {table}_counted ORDER BY 1").to_pylist()

    assert rows == query(fixed, f"SELECT fact_id FROM {table} ORDER BY 1").to_pylist()


TWICE = """source=x level=district province=10 published=2024-05-05T08:00
Ủng hộ

[Công ty Một]{organisations name="Công ty Một" kind=company} ủng hộ [50 triệu đồng]{money id=a amount=50000000 flow=raised}.
[Công ty Hai]{organisations name="Công ty Hai" kind=company} ủng hộ [50 triệu đồng]{money id=b amount=50000000 flow=raised}.
Bà con góp [50 triệu đồng]{money id=c amount=50000000 flow=raised} và [50 triệu đồng]{money id=d amount=50000000 flow=given}.
"""


def test_the_same_amount_from_another_giver_is_another_gift(tmp_path, store_of):
    store_of(tmp_path, {"x1": TWICE})
    rows = query(tmp_path, "SELECT right(fact_id, 1) AS id, left_out FROM money_counted ORDER BY 1").to_pylist()

    assert [(row["id"], row["left_out"]) for row in rows] == [("a", None), ("b", None), ("c", "restated"), ("d", None)]


@pytest.mark.parametrize(
    ("days", "amounts", "counted"),
    [
        ((10, 20, 30), (5, 7, 9), [9]),  # one series: the last state
        ((10, 20, 30), (5, 9, 2), [2, 9]),  # it falls: another series has begun
        ((10, 200), (5, 9), [5, 9]),  # too far apart
        ((10, 10), (5, 5), [5]),  # two articles tell the same state
    ],
)
def test_of_a_running_total_the_last_state_counts(tmp_path, store_of, days, amounts, counted):
    articles = {}
    for number, (day, amount) in enumerate(zip(days, amounts, strict=True)):
        on = D(2024, 1, 1) + dt.timedelta(days=day)
        articles[f"r{number}"] = (
            f"source=x level=district province=10 published={on}T0{number}:00\nQuỹ\n\n"
            f"Bài {number}: đã nhận [{amount} tỷ đồng]{{money amount={amount}000000000 flow=raised as_of={on}}}.\n"
        )
    store_of(tmp_path, articles)
    rows = query(tmp_path, "SELECT (amount / 1000000000)::INT AS n FROM money_counted WHERE left_out IS NULL ORDER BY 1").to_pylist()

    assert [row["n"] for row in rows] == counted


@pytest.mark.parametrize("planned", ["0", "0.01"], ids=["nothing", "next to nothing"])
def test_a_share_of_nothing_is_told_as_none(tmp_path, store_of, planned):
    """A "0 đồng" that is taken for a plan must not end the question in an error."""
    head = "source=x level=district province=10 published=2024-0{n}-05T08:00\nQuỹ\n\n"
    plan = f"Chuyến xe [0 đồng]{{money amount={planned} flow=planned fund=Quỹ}}.\n"
    result = "Đã nhận [9 tỷ tỷ đồng]{money amount=9000000000000000 flow=raised fund=Quỹ}.\n"
    store_of(tmp_path, {"a": head.format(n=1) + plan, "b": head.format(n=2) + result})

    assert [(row["basis"], row["percent"]) for row in answer(partial(query, tmp_path), "plan-result").to_pylist()] == [("year", None)]


# --- the sentences behind an answer ---


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - {"sites"}))
def test_every_row_leads_to_its_sentences(ask, name):
    rows = answer(ask, name, {"recorded": "true"} if name == "coverage" else {}).to_pylist()
    ids = sorted({i for row in rows for i in row["fact_ids"] or ()})
    found = evidence(ask, ids)

    assert rows
    assert [fact["fact_id"] for fact in sorted(found, key=lambda f: f["fact_id"])] == ids
    for fact in found:
        assert f"«{fact['mention']}»" in marked(fact)
        assert fact["url"].startswith("https://")


def test_the_words_are_marked_where_they_stand_and_not_where_they_stood_before(ask):
    lines = list(shown_evidence(ask, answer(ask, "supervision", {})))

    assert "«chủ trì giám sát» 12 cuộc, phối hợp với Hội đồng nhân dân giám sát 30" in "\n".join(lines)
    assert "chủ trì giám sát 12 cuộc, phối hợp với Hội đồng nhân dân «giám sát» 30" in "\n".join(lines)


def test_an_answer_of_articles_says_so(ask):
    assert next(iter(shown_evidence(ask, answer(ask, "sites", {})))).startswith("This answer rests on articles")


# --- the files ---


@pytest.mark.parametrize("name", ANSWERS)
def test_a_question_is_told_in_both_languages_with_its_parameters(name):
    asked = question(name)

    assert asked.en != asked.vi
    assert bool(asked.note_en) == bool(asked.note_vi)
    assert set(re.findall(r"\$(\w+)", asked.sql)) == {p.name for p in asked.parameters}
    assert question(str(asked.number)) is asked
    assert any(asked.vi in line for line in listed())


def test_wrong_names_and_values_are_told(ask):
    with pytest.raises(InputError, match="no question of that name"):
        answer(ask, "nosuch")
    with pytest.raises(InputError, match="no parameter --yeer; it has: --fund, --year, --units"):
        answer(ask, "fund-totals", {"yeer": "2023"})
    with pytest.raises(InputError, match="a whole number is wanted"):
        answer(ask, "fund-totals", {"year": "last"})
    with pytest.raises(InputError, match="true or false"):
        answer(ask, "coverage", {"recorded": "maybe"})
    with pytest.raises(InputError, match="no word in it"):
        answer(ask, "fund-totals", {"fund": "\x00 "})


@pytest.mark.parametrize("words", ["'; DROP TABLE money; --", "%", "\\", "$fund", "Ⅷ" * 500])
def test_whatever_is_typed_is_a_value_and_no_sql(ask, words):
    assert answer(ask, "fund-totals", {"fund": words}).num_rows == 0


def test_questions_lie_in_the_package():
    import extractor

    assert len(list((Path(extractor.__file__).parent / "query" / "questions").glob("*.sql"))) == 20
