"""The explorer over HTTP: every view an address, hostile words escaped, marks kept, downloads without formulas."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shutil

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from extractor.errors import InputError
from extractor.explorer import review
from extractor.explorer.app import create_app
from extractor.explorer.download import as_file
from extractor.report.article import read_article
from extractor.report.outline import bounds, labels, outlines, shapes

HOST = "http://testserver"


@pytest.fixture(scope="module")
def copy(fixed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("explorer") / "data"
    shutil.copytree(fixed, folder)
    return folder


@pytest.fixture(scope="module")
def web(copy):
    return TestClient(create_app(copy, hosts=("testserver",)), base_url=HOST)


def links(page):
    return [html.unescape(target) for target in re.findall(r'href="([^"]+)"', page)]


# --- views ---


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_link_from_the_first_pages_leads_to_a_page(web, language):
    seen, waiting = set(), [f"/?lang={language}", f"/map?lang={language}&measure=raised", f"/questions/fund-totals?lang={language}&row=0"]
    for address in waiting:
        answer = web.get(address)
        assert answer.status_code == 200, address
        if "text/html" not in answer.headers["content-type"]:
            continue
        for target in links(answer.text):
            if target.startswith("/"):
                assert "lang=" in target, f"{target} on {address} loses the language"
                kind = re.sub(r"/(article|fact|archive)/[^?]+", r"/\1/", target.split("?")[0])
                if kind not in seen:
                    seen.add(kind)
                    waiting.append(target)
    assert {"/", "/map", "/time", "/questions", "/review", "/article/", "/fact/", "/download"} <= seen


@pytest.mark.parametrize(
    ("address", "total", "holds"),
    [
        ("/?q=nha+xay+moi&table=quantities", 4, "«"),
        ("/?q=b%C3%A3o&show=articles", 2, "Phân bổ tiền ủng hộ sau bão số 3"),
        ("/?province=15&units=34&kind=supervision", 2, "chủ trì giám sát"),
        ("/?least=5.000.000.000&table=money", 4, "12,5 tỷ đồng"),
        ("/?month=2024-11&table=participants", 2, "5.400 lượt người"),
        ("/?month=2024-11&table=participants", 2, 'name="month" value="2024-11"'),
        ("/?table=quantities&page=999", 15, "15 kết quả</p>"),
        ("/?q=nosuchword", 0, ""),
    ],
)
def test_search(web, address, total, holds):
    page = web.get(address).text

    assert re.search(r'role="status">(\d+) ', page)[1] == str(total)
    assert holds.replace("«", "") in page


def test_pages_of_hits(web):
    assert 'rel="next"' in (first := web.get("/").text)
    assert 'rel="prev"' not in first
    assert 'rel="prev"' in web.get("/?page=1").text


def test_the_map_shows_every_province_and_both_archipelagos(web):
    for units in (63, 34):
        page = web.get(f"/map?units={units}&measure=raised").text
        assert page.count("<a href=\"/?province=") >= units
        assert "Quần đảo Hoàng Sa" in page
        assert "Quần đảo Trường Sa" in page
        assert "chưa có dữ liệu" in page
    # 12,5 + 9 + 1,5 tỷ of the province, 700 triệu of the district
    assert re.search(r"Lào Cai</a></th><td class=\"n\">23\.700\.000\.000", web.get("/map?measure=raised").text)
    assert re.search(r"Lào Cai</a></th><td class=\"n\">26\.700\.000\.000", web.get("/map?measure=raised&units=34").text)


def test_the_time_line(web):
    page = web.get("/time?measure=households&province=10").text

    assert re.findall(r'month=(\d{4}-\d\d)[^>]*>[^<]*</a></th><td class="n">([\d.]+)', page) == [("2025-01", "125")]
    assert re.findall(r"<rect [^>]*><title>([^<]*)</title>", page) == ["2025-01: 125"]


def test_a_month_without_a_record_is_a_gap_in_the_time_line(web):
    page = web.get("/time?measure=articles").text
    places = {month: float(x) for x, month in re.findall(r'<rect x="([\d.]+)"[^>]*><title>([\d-]+):', page)}
    months = {month: int(month[:4]) * 12 + int(month[5:]) for month in places}

    assert len(places) > 5
    (start, first), *others = months.items()
    assert {round((places[month] - places[start]) / (number - first), 0) for month, number in others} == {round(960 / (max(months.values()) - first + 1), 0)}
    assert ">2024</text>" in page


def test_a_question_is_answered_with_its_sentences(web):
    page = web.get("/questions/fund-totals?year=2023&units=34&row=1").text

    assert "12.500.000.000" in page
    assert 'id="evidence"' in page
    assert '<mark class="f f-money">12,5 tỷ đồng</mark>' in page


def test_times_are_those_of_vietnam(web):
    assert "16/09/2024 16:00" in web.get("/article/a08").text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nosuch", 404), ("/article/nosuch", 404), ("/fact/nosuch", 404), ("/questions/nosuch", 404), ("/questions/fund-totals?year=x", 404), ("/map?measure=x", 404),
        ("/?least=many", 404), ("/?page=-1", 404), ("/?least=9999999999999999999999", 404), ("/download?as=exe", 404), ("/archive/a01", 404),
        ("/article/..%2f..%2fetc%2fpasswd", 404),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told(web, address, status):
    assert web.get(address).status_code == status


def test_no_tables_are_told(tmp_path):
    answer = TestClient(create_app(tmp_path, hosts=("testserver",)), base_url=HOST).get("/")

    assert answer.status_code == 503
    assert "no tables here yet" in answer.text


# --- what strangers may do ---


@pytest.mark.parametrize("address", ["/", "/map", "/article/a16", "/fact/a16.tien", "/?q=%3Cscript%3Ealert(1)%3C/script%3E", "/article/%3Cimg%20src=x%20onerror=alert(1)%3E", "/?source=%22%3E%3Cscript%3E"])
def test_words_of_strangers_are_words_and_nothing_is_loaded(web, address):
    answer = web.get(address)

    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.findall(r"<(?:script|img|iframe|object|base)\b", answer.text)
    for target in links(answer.text):
        assert target.startswith(("/", "#", "https://khong.example/", "https://"))


def test_another_host_name_for_this_address_is_refused(web, copy):
    assert web.get("/", headers={"host": "attacker.example"}).status_code == 400


@pytest.mark.parametrize("origin", [None, "null", "https://attacker.example", "http://testserver.attacker.example"])
def test_a_form_of_another_page_sets_no_mark(web, copy, origin):
    before = review.marks(copy)
    answer = web.post("/review", data={"article_id": "a08", "fact_id": "a08.thu", "verdict": "right"}, headers={"origin": origin} if origin else {})

    assert answer.status_code == 403
    assert review.marks(copy) == before


# --- marks ---


def mark(web, **form):
    return web.post("/review", data=form, headers={"origin": HOST}, follow_redirects=False)


def test_marks_are_kept_shown_and_given_out_as_annotation(web, copy):
    assert mark(web, article_id="a13", fact_id="a13.ho", verdict="wrong", note="<b>60</b>", by="Lan").headers["location"] == "/fact/a13.ho#marks"
    assert mark(web, article_id="a13", verdict="missing", table="money", words="30 triệu", values="amount=30000000\nflow=given").status_code == 303
    assert mark(web, article_id="a13", verdict="whole").status_code == 303
    assert mark(web, article_id="a14", fact_id="a14.qua", verdict="wrong").status_code == 303
    assert mark(web, article_id="a14", fact_id="a14.qua", verdict="right").status_code == 303

    page = web.get("/article/a13").text
    assert "&lt;b&gt;60&lt;/b&gt;" in page
    assert "“30 triệu”" in page
    assert "5 dấu" in web.get("/review").text
    whole, part = map(json.loads, web.get("/review/export").text.splitlines())
    assert (whole["id"], whole["whole"], part["id"], part["whole"]) == ("a13", True, "a14", False)
    assert "participants" not in whole["facts"]
    assert [f["mention"] for f in whole["facts"]["money"]] == ["30 triệu đồng", "30 triệu"]
    assert [f["mention"] for f in part["facts"]["money"]] == ["30 triệu đồng"]
    for facts in whole["facts"].values():
        assert all(whole["text"][f["start"] : f["end"]] == f["mention"] for f in facts)


def test_what_is_given_out_is_read_by_the_score(web, tmp_path):
    from extractor.score import read_annotation

    mark(web, article_id="a12", verdict="whole")
    one = next(a for a in map(json.loads, web.get("/review/export").text.splitlines()) if a["id"] == "a12")
    (tmp_path / "a12.json").write_text(json.dumps(one, ensure_ascii=False), encoding="utf-8")
    document, expected = read_annotation(tmp_path / "a12.json")

    assert document["id"] == "a12"
    assert {(e.table, e.mention) for e in expected} >= {("quantities", "90/100 khu dân cư"), ("participants", "12 đoàn đại biểu")}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"fact_id": "a08.nosuch", "verdict": "right"}, "no fact of the article"),
        ({"fact_id": "a08.thu", "verdict": "perhaps"}, "no verdict"),
        ({"verdict": "missing", "table": "money", "words": "không có câu này", "values": ""}, "does not stand in the text"),
        ({"verdict": "missing", "table": "nosuch", "words": "9 tỷ", "values": ""}, "no table of facts"),
        ({"verdict": "missing", "table": "money", "words": "9 tỷ", "values": "colour=red"}, "column of money"),
    ],
)
def test_a_mark_that_is_none_is_refused(web, copy, form, told):
    before = review.marks(copy)
    answer = mark(web, article_id="a08", **form)

    assert answer.status_code == 404
    assert told in html.unescape(answer.text)
    assert review.marks(copy) == before


def test_a_mark_cut_short_by_a_kill_costs_no_other(tmp_path):
    for number in range(3):
        review.add_mark(tmp_path, {"verdict": "whole", "article_id": f"a{number}"})
    path = tmp_path / "reviews.jsonl"
    path.write_bytes(path.read_bytes()[:-10])
    review.add_mark(tmp_path, {"verdict": "whole", "article_id": "a3"})
    found, bad = review.marks(tmp_path)

    assert [m["article_id"] for m in found] == ["a0", "a1", "a3"]
    assert bad == 1


def test_marks_from_many_at_once_are_all_kept(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: review.add_mark(tmp_path, {"verdict": "whole", "article_id": f"a{n}", "note": "x" * 5000}), range(80)))
    found, bad = review.marks(tmp_path)

    assert sorted(m["article_id"] for m in found) == sorted(f"a{n}" for n in range(80))
    assert bad == 0


def test_words_that_are_missing_must_stand_in_the_text(ask):
    with pytest.raises(InputError, match="copy the words"):
        review.mark_of_missing(read_article(ask, "a08"), table="money", words="", values="", said={})


# --- downloads ---

HOSTILE = ['=HYPERLINK("http://attacker.example")', "+84", "-5", "@SUM(A1)", "\t=1+1", "- Hỗ trợ 5 hộ", "thường"]


def test_csv_has_no_formula_and_reads_back():
    text = as_file(pa.table({"words": HOSTILE, "n": range(7)}), "csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))

    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert [row[0].removeprefix("'") for row in rows[1:]] == HOSTILE


def test_xlsx_has_no_formula():
    book = openpyxl.load_workbook(io.BytesIO(as_file(pa.table({"words": HOSTILE, "n": [1.5] * 7, "day": pd.to_datetime(["2024-03-05"] * 7), "of": [[1, 2]] * 7}), "xlsx")))
    cells = list(book.active.iter_rows(min_row=2))

    assert [row[0].value for row in cells] == HOSTILE
    assert {row[0].data_type for row in cells} == {"s"}
    assert next(c.value for c in cells[0][1:]) == 1.5
    assert cells[0][3].value == "1, 2"


def test_downloads_hold_what_the_search_finds(web):
    frame = pd.read_parquet(io.BytesIO(web.get("/download?table=money&source=laocai&as=parquet").content))
    rows = list(csv.DictReader(io.StringIO(web.get("/download?table=money&source=laocai&as=csv").content.decode("utf-8-sig"))))
    book = openpyxl.load_workbook(io.BytesIO(web.get("/download?table=money&source=laocai&as=xlsx").content))

    assert len(frame) == len(rows) == book.active.max_row - 1 == 13
    assert list(frame["fact_id"]) == [row["fact_id"] for row in rows]
    answer = web.get("/questions/donors/download?as=csv")
    assert answer.content.decode("utf-8-sig").splitlines()[1].startswith("Công ty Than Hoa,company,2000000000")
    assert answer.headers["content-disposition"] == 'attachment; filename="mttq-donors.csv"'


# --- outlines ---


def test_outlines_are_those_of_the_gazetteer():
    from extractor.places.gazetteer import gazetteer

    for units, system in ((63, "2024"), (34, "2025")):
        codes = {u.code for u in gazetteer().by_code.values() if (u.system, u.level) == (system, "province") and u.name != "Hà Tây"}
        assert {f["properties"]["code"] for f in outlines()[str(units)]["features"]} == codes
        assert len(codes) == units


def test_each_archipelago_is_part_of_its_province():
    for units, codes in ((63, ("48", "56")), (34, ("48", "56"))):
        by_code = {f["properties"]["code"]: f["geometry"]["coordinates"] for f in outlines()[str(units)]["features"]}
        for code, islands, south in ((codes[0], 5, 15), (codes[1], 9, 7)):
            far = [p for p in by_code[code] if p[0][0][0] > 110.5]
            assert len(far) == islands, "two of Hoàng Sa's six lie so near that their rings are one"
            assert all(p[0][0][1] > south for p in far)
    assert [name for name, _, _ in labels()] == ["Quần đảo Hoàng Sa", "Quần đảo Trường Sa"]


def test_classes_go_with_the_figures():
    found = {s.code: s.rank for s in shapes(63, {"01": 1, "04": 5, "10": 5, "15": 100})}

    assert found["01"] == 0
    assert found["04"] == found["10"] < found["15"]
    assert found["79"] is None
    assert bounds([]) == []
