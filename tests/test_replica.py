"""A crawl of the whole small world: every article, no trap beyond its budget, few requests, and every drop with its reason."""

import json
from collections import Counter

import pytest

from extractor.crawl import pace
from extractor.crawl.traps import BARREN, BARREN_OTHERS, CALENDAR_BUDGET
from replica.server import World
from replica.sites import SITES, page


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """Give the world, its articles, the folder, and what the first and the second crawl did and asked for."""
    data = tmp_path_factory.mktemp("replica")
    world = World(tuple(SITES))
    articles = {host: make(world, host) for host, make in SITES.items()}
    for host in SITES:
        world.put("/gioi-thieu", page("Giới thiệu", f"<p>Trang của {host}.</p>"), host)
    starts = [f"http://{host}/" for host in SITES]
    least, pace.LEAST_RETRY = pace.LEAST_RETRY, 0.05
    try:
        first = world.crawl(data, starts)
        asked = list(world.asked)
        world.asked.clear()
        second = world.crawl(data, starts)
        yield world, articles, data, (first, asked), (second, list(world.asked))
    finally:
        pace.LEAST_RETRY = least
        world.close()


def kept(data):
    from extractor.run import archived_pages

    return {page.url: page for page in archived_pages(data)}


@pytest.mark.parametrize("host", SITES)
def test_every_article_is_found(crawled, host):
    _, articles, data, *_ = crawled

    assert articles[host] - set(kept(data)) == set()


def test_requests_for_an_article(crawled):
    _, articles, _, (_, first), (_, second) = crawled
    count = sum(map(len, articles.values()))
    print(f"{count} articles on {len(articles)} hosts: {len(first) / count:.2f} requests each on the first crawl, {len(second) / count:.2f} on the second")

    assert len(first) / count <= 1.3
    assert len(second) / count <= 0.15


def test_no_trap_is_followed_beyond_its_budget(crawled):
    asked = Counter()
    for _, host, path, _ in crawled[3][1]:
        if host == "looping.example":
            asked[path.strip("/").partition("/")[0].partition("?")[0].partition(";")[0]] += 1

    assert 1 < asked["lich"] <= min(CALENDAR_BUDGET, BARREN_OTHERS + 1)
    assert 1 < asked["ds"] <= BARREN["pager"] + 1
    assert asked["loc"] <= BARREN_OTHERS + 1
    assert asked["phien"] <= 3
    assert asked["vi"] <= 1
    assert sum(asked[f"vong-{n}"] for n in (1, 2, 3)) <= 6
    assert sum("/them/" in path for _, _, path, _ in crawled[3][1]) <= BARREN_OTHERS + 4


def test_twins_are_not_fetched(crawled):
    paths = [path for _, _, path, _ in crawled[3][1]]

    assert not [path for path in paths if "/print/" in path or "/savefile/" in path or ".amp." in path or "quan-tri" in path]


def test_every_drop_and_failure_has_its_reason(crawled):
    _, _, data, (first, _), _ = crawled
    lines = [json.loads(line) for line in (data / "crawl-log.jsonl").read_text(encoding="utf-8").splitlines()]
    told = [(line["what"], line.get("why", "")) for line in lines]

    assert dict(first.failed) == {"gone": 1, "off_scope": 2, "redirects": 2, "bomb": 2, "protocol": 1, "robots": 1}
    assert {why for what, why in told if what == "dropped"} >= {"print", "amp", "page_tool", "off_scope", "no_new_content", "too_deep", "too_many_attributes"}
    assert all(why for what, why in told if what in {"failed", "dropped", "waiting", "left", "absent"})
    assert Counter(what for what, _ in told)["fetched"] == first.fetched + crawled[4][0].fetched


def test_a_page_that_asks_to_wait_is_got_in_the_end(crawled):
    waited = [json.loads(line) for line in (crawled[2] / "crawl-log.jsonl").read_text(encoding="utf-8").splitlines()]

    assert {line["why"] for line in waited if line["what"] == "waiting"} >= {"http_429", "http_503", "protocol"}


def test_the_second_crawl_finds_nothing_new(crawled):
    _, articles, _, _, (second, asked) = crawled

    assert {(host, path) for _, host, path, _ in asked if f"http://{host}{path}" in articles[host]} == set()
    assert second.fetched == 4  # pages of the grid whose state is another each time
    assert second.alarms == {}
