"""What changes from crawl to crawl: edited articles, copies elsewhere, sites that move, die or turn into something else."""

import datetime as dt
import json
import shutil
import sqlite3

import pytest

from extractor import open_tables
from extractor import run as run_room
from extractor.crawl import CrawlOptions, pace, robots, status
from extractor.crawl.history import Tally, alarms
from extractor.engine import ReadOptions
from extractor.run import run as run_job
from extractor.tables.check import check_tables
from replica.articles import story
from replica.server import HOME, HOST, World, html
from replica.sites import article, edited, listing, mirror, nukeviet, page


@pytest.fixture
def world():
    one = World()
    yield one
    one.close()


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(pace, "LEAST_RETRY", 0.02)
    monkeypatch.setattr(pace, "LEAST_PAUSE", 0.001)


def rows(data, table):
    return open_tables(data)[table].to_table().to_pylist()


def test_edits_and_copies_reach_the_tables(tmp_path):
    """Twice edited between two extractions, and copied to another host: all states are kept, the copies joined."""
    hosts = ("edited.example", "nukeviet.example", "mirror.example")
    world = World(hosts)
    articles = {
        "edited": edited(world, hosts[0], count=14),
        "nukeviet": nukeviet(world, hosts[1], count=14),
        "mirror": mirror(world, hosts[2], count=6),
    }
    starts = [f"http://{host}/" for host in hosts]
    options = CrawlOptions(delay=0.0, connect_to=world.connect_to)
    try:
        first = run_job(starts, data=tmp_path, options=options)
        changed = world.edit([0, 3])
        second = run_job(starts, data=tmp_path, options=options)
        third = run_job(starts, data=tmp_path, options=options)
    finally:
        world.close()

    assert first.extracted.articles == sum(map(len, articles.values()))
    assert (second.crawled.fetched, second.extracted.pages, second.extracted.articles) == (2, 2, 2)  # new pages alone are read
    assert third.extracted is None
    versions = rows(tmp_path, "article_versions")
    now = {row["article_id"]: row for row in rows(tmp_path, "articles")}
    assert {row["url"] for row in versions} == changed
    assert all(now[row["article_id"]]["text"] != row["text"] for row in versions)
    originals = {row["url"]: now[row["duplicate_of"]]["url"] for row in now.values() if row["duplicate_of"]}
    pairs = [{url, original} for url, original in originals.items()]
    assert len(pairs) == 6  # published on one day, the first fetched is the original, unless a canonical link names it
    assert all(len(pair & articles["mirror"]) == len(pair & articles["nukeviet"]) == 1 for pair in pairs)
    assert {url for url in articles["mirror"] if int(url[-6]) % 2} <= set(originals)
    assert check_tables(tmp_path) == []


def test_two_states_between_two_extractions_are_both_kept(world, tmp_path):
    from extractor.crawl import crawl

    path, one = "/tin/bai-1001.html", story("x.1")
    world.put("/", page("Trang chủ", listing([(path, one)])))
    options = CrawlOptions(delay=0.0, connect_to={HOST: ("127.0.0.1", world.port)}, recheck=0.0)
    for edition in range(3):
        world.put(path, article(story("x.1", edition=edition)))
        assert crawl([HOME], data=tmp_path, options=options).fetched == (2 if not edition else 1)

    run_job([HOME], data=tmp_path, options=options)

    assert len({row["text"] for row in [*rows(tmp_path, "article_versions"), *rows(tmp_path, "articles")]}) == 3
    assert len(rows(tmp_path, "articles")) == 1
    world.put(path, article(story("x.1", edition=3)))
    run_job([HOME], data=tmp_path, options=options)
    assert len(rows(tmp_path, "article_versions")) == 3


def test_articles_are_looked_at_again_ever_more_seldom(world, tmp_path):
    world.put("/", html("/tin/bai-1001.html"))
    world.put("/tin/bai-1001.html", html())
    world.crawl(tmp_path)
    asked = []
    for days in (0.5, 0.6, 1.0, 1.3, 2.0):  # since the crawl before
        with sqlite3.connect(tmp_path / "frontier.sqlite") as db:
            db.execute("UPDATE pages SET seen_at = seen_at - ?1, found_at = found_at - ?1", (days * 86_400,))
        world.asked.clear()
        world.crawl(tmp_path)
        asked.append("/tin/bai-1001.html" in world.paths())

    assert asked == [False, True, False, True, False]


# --- articles whose pages are none any more


PATHS = [f"/tin/bai-{1001 + n}.html" for n in range(6)]
SOFT = {
    PATHS[0]: page("Không tìm thấy trang", "<h1>Không tìm thấy trang</h1><p>Địa chỉ mà bạn tìm không có ở đây.</p>"),
    PATHS[1]: page("Trang chủ", listing([(path, story(f"x.{n}")) for n, path in enumerate(PATHS)])),
    PATHS[2]: b"<!doctype html><html><head><title>MTTQ</title></head><body><div id='root'></div><script src='/a.js'></script></body></html>",
}
SOFT_KINDS = {"error": 1, "list": 1, "shell": 1}


def put_all(world):
    world.put("/", page("Trang chủ", listing([(path, story(f"x.{n}")) for n, path in enumerate(PATHS)])))
    for number, path in enumerate(PATHS):
        world.put(path, article(story(f"x.{number}")))


def job(world, data, *, days=2.0, **options):
    """Run the main job so many days after the one before."""
    path = data / "frontier.sqlite"
    if path.exists():
        with sqlite3.connect(path) as db:
            db.execute("UPDATE pages SET seen_at = seen_at - ?1, found_at = found_at - ?1", (days * 86_400,))
            db.execute("UPDATE lost SET since = since - ?1, seen = seen - ?1", (days * 86_400,))
        db.close()
    world.asked.clear()
    crawling = CrawlOptions(delay=0.0, connect_to={HOST: ("127.0.0.1", world.port)}, **options)
    return run_job([HOME], data=data, options=crawling, reading=ReadOptions(workers=0))


def said(data):
    return {row["url"]: (row["text"], row["fetched_at"]) for row in rows(data, "articles")}


def told_of(data, path):
    return status.explain(data, HOME + path[1:]).get("lost", "")


def test_an_article_that_became_an_error_a_list_or_a_shell_keeps_what_it_said(world, tmp_path, monkeypatch):
    put_all(world)
    job(world, tmp_path)
    before = said(tmp_path)
    for path, content in SOFT.items():
        world.put(path, content)

    second = job(world, tmp_path)

    assert second.extracted.skipped == SOFT_KINDS
    assert dict(second.lost) == SOFT_KINDS
    assert said(tmp_path) == before
    assert check_tables(tmp_path) == []
    today = dt.datetime.now(dt.UTC).date().isoformat()
    assert told_of(tmp_path, PATHS[0]) == f"error since {today}, last seen so {today}, in 1 runs; the tables keep what it said"
    assert f"articles that are no more: error 1 since {today}, list 1 since {today}, shell 1 since {today}" in "\n".join(status.status(tmp_path))

    with monkeypatch.context() as patch:  # other rules read what each page held last, not what it is now
        patch.setattr(run_room, "rules_hash", lambda: "other rules")
        third = job(world, tmp_path, days=0)
    assert third.extracted.pages == len(PATHS) + 1 + len(SOFT)
    assert said(tmp_path) == before
    assert dict(third.lost) == SOFT_KINDS

    shutil.rmtree(tmp_path / "tables")  # and so do tables that are made anew
    assert dict(job(world, tmp_path, days=0).lost) == SOFT_KINDS
    assert said(tmp_path) == before


def test_an_article_that_comes_back_is_lost_no_more(world, tmp_path):
    put_all(world)
    job(world, tmp_path)
    for path, content in SOFT.items():
        world.put(path, content)
    job(world, tmp_path)
    before = said(tmp_path)
    world.put(PATHS[0], article(story("x.0", edition=3)))
    world.put(PATHS[1], article(story("x.1")))

    third = job(world, tmp_path, days=5)

    assert dict(third.lost) == {"shell": 1}
    assert said(tmp_path)[HOME + PATHS[0][1:]] != before[HOME + PATHS[0][1:]]
    assert told_of(tmp_path, PATHS[0]) == told_of(tmp_path, PATHS[1]) == ""
    assert "in 2 runs" in told_of(tmp_path, PATHS[2])


@pytest.mark.parametrize(
    ("answer", "why"),
    [((404, {}, b"x"), "http_404"), ((410, {}, b"x"), "http_410"), ((302, {"Location": "/"}, b""), "gone"),
     ((302, {"Location": "/Error.aspx?aspxerrorpath=/tin"}, b""), "gone"), ((301, {"Location": "http://new.example/tin"}, b""), "off_scope")],
    ids=["404", "410", "home", "error_page", "moved"],
)  # fmt: skip
def test_an_article_that_was_deleted_is_asked_for_so_often_and_keeps_what_it_said(world, tmp_path, answer, why):
    put_all(world)
    world.put("/Error.aspx?aspxerrorpath=/tin", SOFT[PATHS[0]])
    job(world, tmp_path)
    before = said(tmp_path)
    world.put(PATHS[0], answer)
    sights = []
    for _ in range(5):
        done = job(world, tmp_path, days=3)
        sights.append(world.paths().count(PATHS[0]))

    assert sights == [1, 1, 1, 0, 0]
    assert dict(done.lost) == {why: 1}
    assert said(tmp_path) == before
    assert "in 3 runs" in told_of(tmp_path, PATHS[0])
    since = (dt.datetime.now(dt.UTC) - dt.timedelta(days=12)).date().isoformat()
    assert told_of(tmp_path, PATHS[0]).startswith(f"{why} since {since}")


def test_an_article_that_was_away_for_a_while_is_lost_no_more(world, tmp_path):
    put_all(world)
    job(world, tmp_path)
    before = said(tmp_path)
    world.put(PATHS[0], (404, {}, b"x"))
    assert dict(job(world, tmp_path).lost) == {"http_404": 1}
    put_all(world)

    assert dict(job(world, tmp_path).lost) == {}
    assert said(tmp_path) == before


def test_lists_that_change_and_pages_that_were_never_articles_are_not_lost(world, tmp_path):
    put_all(world)
    world.put("/tin/muc-2001.html", SOFT[PATHS[1]])
    world.put("/", page("Trang chủ", listing([("/tin/muc-2001.html", story("x.9")), *[(path, story(f"x.{n}")) for n, path in enumerate(PATHS)]])))
    job(world, tmp_path)
    world.put("/tin/muc-2001.html", SOFT[PATHS[0]])
    put_all(world)

    assert dict(job(world, tmp_path).lost) == {}


def history(data, host=HOST):
    from extractor.crawl.frontier import Frontier

    frontier = Frontier(data / "frontier.sqlite")
    try:
        return [json.loads(told) for _, _, told in frontier.told(host)]
    finally:
        frontier.close()


def test_a_site_that_moved_is_told_so(world, tmp_path):
    world.put("/", html("/1"))
    world.put("/1", html())
    world.crawl(tmp_path)
    world.put("/", (301, {"Location": "http://new.example/"}, b""))

    done = world.crawl(tmp_path)

    assert done.alarms == {HOST: ["the site moved to new.example; name that host to crawl it", "nothing could be read, as it could 1 times before (off_scope)"]}
    assert history(tmp_path)[1]["moved_to"] == "new.example"


def test_a_site_that_died_is_told_so(world, tmp_path, soon):
    world.put("/", html("/1"))
    world.put("/1", html())
    world.crawl(tmp_path)
    world.pages.clear()
    world.rest = lambda *_: (503, {}, b"")

    done = world.crawl(tmp_path)

    assert done.alarms[HOST] == ["nothing could be read, as it could 1 times before (robots_unread: the host is away)"]


def test_articles_that_all_lead_home_are_told(world, tmp_path):
    paths = [f"/tin/bai-{1000 + n}.html" for n in range(8)]
    world.put("/", html(*paths))
    for path in paths:
        world.put(path, html(text=path.translate(str.maketrans("0123456789", "abcdefghij"))))
    world.crawl(tmp_path, recheck=0.0)
    for path in paths:
        world.put(path, (302, {"Location": "/"}, b""))

    done = world.crawl(tmp_path, recheck=0.0)

    assert dict(done.failed) == {"gone": 8}
    assert done.alarms[HOST] == ["8 of 9 pages lead to a home page: the articles are gone or have new addresses"]
    assert len(history(tmp_path)) == 2


def test_a_new_design_is_told(world, tmp_path):
    long, short = "Mặt trận trao quà cho hộ nghèo. " * 60, "Đang tải"
    paths = [f"/tin/bai-{1000 + n}.html" for n in range(10)]
    world.put("/", html(*paths))
    for path in paths:
        world.put(path, html(text=path.translate(str.maketrans("0123456789", "abcdefghij")) + long))
    assert world.crawl(tmp_path, recheck=0.0).alarms == {}
    world.put("/", html("/tin/bai-1000.html"))
    for path in paths:
        world.put(path, html(text=path.translate(str.maketrans("0123456789", "abcdefghij")) + short))

    told = world.crawl(tmp_path, recheck=0.0).alarms[HOST]

    assert len(told) == 3
    assert "characters" in told[0]
    assert told[1] == "10 of 10 articles say nothing"
    assert "the start pages lead to" in told[2]
    assert ("alarm", told[0]) in [(line["what"], line.get("why")) for line in map(json.loads, (tmp_path / "crawl-log.jsonl").read_text(encoding="utf-8").splitlines())]


def test_a_host_is_compared_with_itself_alone():
    tally = Tally(fetched=10, lengths=[100] * 10)
    always_short = json.dumps(Tally(fetched=10, lengths=[110] * 10).summary())

    assert alarms(tally, []) == []
    assert alarms(tally, [always_short] * 3) == []


def test_a_crawl_delay_that_is_cut_is_reported(world, tmp_path, monkeypatch):
    monkeypatch.setattr(robots, "MAX_DELAY", 0.05)
    world.put("/robots.txt", (200, {"Content-Type": "text/plain"}, b"User-agent: *\nCrawl-delay: 86400\n"))
    world.put("/", html())

    done = world.crawl(tmp_path)

    assert done.alarms == {HOST: ["robots.txt asks for 86400 s between pages; 0 s are kept"]}
    assert history(tmp_path)[0]["crawl_delay_cut"] == 86_400.0
