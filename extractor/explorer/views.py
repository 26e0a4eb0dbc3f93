"""What each address shows. Every view is an address that can be shared: nothing is kept between two of them but the marks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from extractor.archive import read_page_at
from extractor.errors import InputError
from extractor.explorer import review
from extractor.explorer.download import TYPES, as_file
from extractor.explorer.site import Visit
from extractor.query.asking import answer, evidence, question, questions
from extractor.query.measures import MEASURES, by_month, by_province, province_names
from extractor.query.search import PAGE, find_articles, find_facts
from extractor.report.article import read_article, read_articles
from extractor.report.outline import HEIGHT, WIDTH, bounds, labels, outlines, shapes
from extractor.report.timeline import HEIGHT as timeline_height
from extractor.report.timeline import WIDTH as timeline_width
from extractor.report.timeline import timeline
from extractor.schema import FACT_TABLES

_MOST = 100_000
_CHOICES = """
SELECT (SELECT list(DISTINCT source ORDER BY source) FROM told WHERE source IS NOT NULL) AS sources, (SELECT list(DISTINCT year ORDER BY year) FROM told WHERE year IS NOT NULL) AS years,
       (SELECT list(DISTINCT source_level ORDER BY source_level) FROM told WHERE source_level IS NOT NULL) AS levels, (SELECT list(DISTINCT kind ORDER BY kind) FROM facts WHERE kind IS NOT NULL AND ("table" = $table OR $table IS NULL)
         AND "table" IN ('money', 'participants', 'quantities', 'locations', 'organisations', 'programmes', 'activities')) AS kinds
""".replace("$table", "CAST($table AS VARCHAR)")


def search(visit: Visit) -> Response:
    """Show the search form and what it finds."""
    wanted, number = visit.search(), visit.number("page", default=0) or 0
    articles = visit.given("show") == "articles"
    hits = (find_articles if articles else find_facts)(visit.tables, wanted, page=number)
    choices = visit.tables(_CHOICES, {"table": wanted.table}).to_pylist()[0]
    values = {"hits": hits, "articles": articles, "number": number, "size": PAGE, "choices": choices, "tables": list(FACT_TABLES)}
    return HTMLResponse(visit.page("search.html", wanted=wanted, provinces=province_names(visit.tables, visit.units), **values))


def download(visit: Visit) -> Response:
    """Give what the search finds as a file."""
    found = (find_articles if visit.given("show") == "articles" else find_facts)(visit.tables, visit.search(), size=_MOST)
    return _file(found.to_arrow(), visit.given("as"), "mttq-search")


def _file(table: Any, form: str, name: str) -> Response:
    content = as_file(table, form)
    return Response(content, media_type=TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}.{form}"', "Content-Security-Policy": "sandbox"})


def _measure(visit: Visit) -> str:
    measure = visit.given("measure") or "articles"
    if measure not in MEASURES:
        raise InputError(f"{measure[:40]}: no measure; there are {', '.join(MEASURES)}")
    return measure


def province_map(visit: Visit) -> Response:
    """Show a measure on the map and as a table."""
    measure, units, year = _measure(visit), visit.units, visit.number("year")
    figures = by_province(visit.tables, measure, units=units, year=year)
    found = shapes(units, figures)
    size = {"width": WIDTH, "height": HEIGHT, "labels": labels(), "source": outlines()["source"]}
    limits = bounds(list(figures.values()))
    years = visit.tables(_CHOICES, {"table": None}).to_pylist()[0]["years"]
    return HTMLResponse(visit.page("map.html", shapes=found, measure=measure, measures=list(MEASURES), units=units, year=year, years=years, limits=limits, **size))


def time_line(visit: Visit) -> Response:
    """Show a measure by month."""
    measure, units, province = _measure(visit), visit.units, visit.given("province") or None
    months = by_month(visit.tables, measure, units=units, province=province)
    bars, years = timeline(months)
    names = province_names(visit.tables, units)
    return HTMLResponse(visit.page("time.html", bars=bars, years=years, size=(timeline_width, timeline_height), measure=measure, measures=list(MEASURES), units=units, province=province, provinces=names))


def ask_list(visit: Visit) -> Response:
    """List the questions."""
    return HTMLResponse(visit.page("questions.html", questions=list(questions().values())))


def _given(visit: Visit) -> dict[str, str]:
    return {p.name: visit.given(p.name) for p in question(visit.request.path_params["name"]).parameters if visit.given(p.name)}


def ask_one(visit: Visit) -> Response:
    """Answer a question, with the sentences of the row that is asked for."""
    asked, given = question(visit.request.path_params["name"]), _given(visit)
    table = answer(visit.tables, asked.name, given)
    rows = table.slice(0, 500).to_pylist()
    row = visit.number("row")
    facts = evidence(visit.tables, list(dict.fromkeys(rows[row].get("fact_ids") or ()))[:500]) if row is not None and row < len(rows) else []
    columns = [name for name in table.schema.names if name != "fact_ids"]
    return HTMLResponse(visit.page("question.html", asked=asked, given=given, columns=columns, rows=rows, total=table.num_rows, row=row, facts=facts))


def ask_download(visit: Visit) -> Response:
    """Give the answer as a file."""
    asked = question(visit.request.path_params["name"])
    table = answer(visit.tables, asked.name, _given(visit))
    plain = table.drop_columns("fact_ids") if "fact_ids" in table.schema.names and visit.given("as") != "parquet" else table
    return _file(plain, visit.given("as"), f"mttq-{asked.name}")


def article(visit: Visit) -> Response:
    """Show an article with its facts marked, and the marks that readers set."""
    told = read_article(visit.tables, visit.request.path_params["id"])
    return HTMLResponse(visit.page("explore_article.html", told=told, marks=_marks(visit, told.article["article_id"]), tables=list(FACT_TABLES)))


def _marks(visit: Visit, article_id: str) -> list[dict[str, Any]]:
    return [mark for mark in review.marks(visit.data)[0] if mark["article_id"] == article_id]


def fact(visit: Visit) -> Response:
    """Show one fact: values, words in their sentence, rule, page and archived copy; and the marks on it."""
    fact_id = visit.request.path_params["id"]
    rows = evidence(visit.tables, [fact_id])
    if not rows:
        raise InputError(f"{fact_id}: no fact of that id here")
    told = read_article(visit.tables, rows[0]["article_id"])
    one = next(f for f in told.facts if f["fact_id"] == fact_id)
    found = [mark for mark in _marks(visit, told.article["article_id"]) if mark.get("fact_id") == fact_id]
    return HTMLResponse(visit.page("fact.html", told=told, fact=one, row=rows[0], marks=found))


def archived(visit: Visit) -> Response:
    """Give an article's page as it was fetched: as source text, since it is a stranger's page and may hold anything."""
    told = read_article(visit.tables, visit.request.path_params["id"])
    name, offset = told.article["warc_file"], told.article["warc_offset"]
    folder = (visit.data / "archive").resolve()
    if not name or (folder / name).resolve().parent != folder:
        raise InputError("no archived copy of this article is kept here")
    page = read_page_at(folder / name, offset)
    return Response(page.content, media_type="text/plain; charset=utf-8", headers={"Content-Security-Policy": "sandbox"})


def set_mark(visit: Visit) -> Response:
    """Keep a mark and go back to where it was set."""
    form = visit.form
    told = read_article(visit.tables, form.get("article_id", ""))
    verdict = form.get("verdict", "")
    if verdict == "missing":
        mark = review.mark_of_missing(told, table=form.get("table", ""), words=form.get("words", "").strip(), values=form.get("values", ""), said=form)
    elif verdict == "whole":
        mark = review.mark_of_article(told, said=form)
    else:
        mark = review.mark_of_fact(told, form.get("fact_id", ""), verdict, said=form)
    review.add_mark(visit.data, mark)
    target = f"/fact/{mark['fact_id']}" if "fact_id" in mark else f"/article/{mark['article_id']}"
    return RedirectResponse(visit.url(target) + "#marks", status_code=303)


def marks(visit: Visit) -> Response:
    """List the marks."""
    found, bad = review.marks(visit.data)
    return HTMLResponse(visit.page("marks.html", marks=found[::-1][:1000], total=len(found), bad=bad))


def export_marks(visit: Visit) -> Response:
    """Give the marked articles as annotation, one JSON object a line."""
    found, _ = review.marks(visit.data)
    told = read_articles(visit.tables, sorted({mark["article_id"] for mark in found}))
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in review.annotated(told, found))
    return Response(lines, media_type="application/x-ndjson", headers={"Content-Disposition": 'attachment; filename="mttq-annotation.jsonl"'})


ROUTES: list[tuple[str, str, Callable[[Visit], Response]]] = [
    ("GET", "/", search),
    ("GET", "/download", download),
    ("GET", "/map", province_map),
    ("GET", "/time", time_line),
    ("GET", "/questions", ask_list),
    ("GET", "/questions/{name}", ask_one),
    ("GET", "/questions/{name}/download", ask_download),
    ("GET", "/article/{id}", article),
    ("GET", "/fact/{id}", fact),
    ("GET", "/archive/{id}", archived),
    ("POST", "/review", set_mark),
    ("GET", "/review", marks),
    ("GET", "/review/export", export_marks),
]
