"""Whole crawls of a small world on this machine: polite, complete, and nothing lost whenever they end."""

import gzip
import hashlib
import itertools
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

from extractor.archive import read_page_at, read_pages
from extractor.crawl import CrawlOptions, crawl, fetch, pace, status
from extractor.crawl.frontier import Frontier
from extractor.errors import InputError, StoreError
from replica.server import HOME, HOST, LOOKED_FOR, World, html


@pytest.fixture
def world():
    one = World()
    yield one
    one.close()


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(pace, "LEAST_RETRY", 0.02)
    monkeypatch.setattr(pace, "LEAST_PAUSE", 0.001)


def look(data, question):
    frontier = Frontier(data / "frontier.sqlite")
    try:
        return question(frontier)
    finally:
        frontier.close()


def counts(data):
    """Return the pages by state, without the sitemaps that hosts turned out not to have."""
    return {state: n for state, n in status.counts(data).items() if state != "absent"}


def archived(data):
    """Return the content of every archived page by its address, each read at its place in the archive."""
    places = look(data, Frontier.archived)
    return {url: read_page_at(data / "archive" / name, offset).content for url, name, offset in places}


def in_files(data):
    """Return the addresses of all responses in the archive's files, as any other reader finds them."""
    return Counter(page.url for path in sorted((data / "archive").glob("*.warc.gz")) for page in read_pages(path))


def test_every_page_is_fetched_once_and_kept(world, tmp_path):
    world.put("/", html("/1", "/2", "/1#top", "/2?utm_source=x"))
    world.put("/1", html("/", "/2", "/3"))
    world.put("/2", html("/missing"))
    world.put("/3", html())

    done = world.crawl(tmp_path)

    assert (done.fetched, done.unchanged, dict(done.failed)) == (4, 0, {"http_404": 1})
    assert sorted(world.paths()) == ["/", "/1", "/2", "/3", "/missing"]
    assert archived(tmp_path) == {HOME + path: world.pages[HOST, "/" + path][2] for path in ("", "1", "2", "3")}
    assert counts(tmp_path) == {"done": 4, "failed": 1}
    assert world.asked[0][2] == "/robots.txt"
    assert "mttq-extractor" in world.asked[0][3]["User-Agent"]


def test_the_log_tells_of_every_page(world, tmp_path):
    world.put("/", html("/1", "/missing"))
    world.put("/1", html())
    events = []

    crawl(
        [HOME],
        data=tmp_path,
        options=CrawlOptions(delay=0, connect_to={HOST: ("127.0.0.1", world.port)}),
        on_event=events.append,
    )

    lines = [json.loads(line) for line in (tmp_path / "crawl-log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["what"], line["url"], line.get("why", "")) for line in lines] == [
        (e.what, e.url, e.why) for e in events
    ]
    assert Counter((e.what, e.why) for e in events) == {
        ("fetched", ""): 2,
        ("failed", "http_404"): 1,
        ("absent", "http_404"): 1,  # the sitemap
    }


def test_a_second_run_asks_only_the_start_and_on_condition(world, tmp_path):
    world.put("/", (200, {"ETag": '"v1"', "Last-Modified": "Mon, 01 Sep 2025 01:00:00 GMT"}, html("/1")))
    world.put("/1", html())
    world.crawl(tmp_path)
    before = archived(tmp_path)
    world.asked.clear()

    again = world.crawl(tmp_path)

    assert (again.fetched, again.unchanged, again.failed.total()) == (0, 1, 0)
    assert world.paths() == ["/"]
    assert world.asked[-1][3]["If-None-Match"] == '"v1"'
    assert world.asked[-1][3]["If-Modified-Since"] == "Mon, 01 Sep 2025 01:00:00 GMT"
    assert archived(tmp_path) == before
    assert status.explain(tmp_path, HOME)["why"] == "unchanged"


def test_the_same_bytes_without_validators_are_unchanged_too(world, tmp_path):
    world.put("/", html("/1"))
    world.crawl(tmp_path)

    assert world.crawl(tmp_path).unchanged == 1
    assert in_files(tmp_path)[HOME] == 1


def test_a_changed_page_is_kept_beside_its_earlier_state(world, tmp_path):
    world.put("/", html("/1", text="cũ"))
    world.put("/1", html())
    world.put("/2", html())
    world.crawl(tmp_path)
    world.put("/", html("/1", "/2", text="mới"))

    done = world.crawl(tmp_path)

    assert done.fetched == 2
    assert "mới".encode() in archived(tmp_path)[HOME]
    assert in_files(tmp_path) == {HOME: 2, HOME + "1": 1, HOME + "2": 1}


# --- robots.txt


def robots(text, status=200, **headers):
    return (status, {"Content-Type": "text/plain", **headers}, text if isinstance(text, bytes) else text.encode())


def test_what_robots_forbids_is_not_asked_for(world, tmp_path):
    world.put("/robots.txt", robots("User-agent: *\nDisallow: /no\n"))
    world.put("/", html("/no/1", "/yes", "/moved"))
    world.put("/yes", html())
    world.put("/moved", (302, {"Location": "/no/2"}, b""))

    done = world.crawl(tmp_path)

    assert done.failed == {"robots": 2}
    assert sorted(world.paths()) == ["/", "/moved", "/yes"]
    assert [path for _, _, path, _ in world.asked].count("/robots.txt") == 1


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_without_robots_everything_is_allowed(world, tmp_path, status):
    world.put("/robots.txt", robots("User-agent: *\nDisallow: /\n", status))
    world.put("/", html("/1"))
    world.put("/1", html())

    assert world.crawl(tmp_path).fetched == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_while_robots_cannot_be_read_nothing_is_asked_and_nothing_lost(world, tmp_path, soon, status):
    world.put("/robots.txt", robots("", status))
    world.put("/", html("/1"))
    world.put("/1", html())

    first = world.crawl(tmp_path)
    assert (first.fetched, dict(first.failed), world.paths()) == (0, {"robots_unread": 1}, [])
    assert [path for _, _, path, _ in world.asked] == ["/robots.txt"] * pace.RETRIES
    assert counts(tmp_path) == {"queued": 1}

    world.put("/robots.txt", robots("User-agent: *\nDisallow:\n"))
    assert world.crawl(tmp_path).fetched == 2


def test_one_bad_answer_of_robots_does_not_cost_the_host(world, tmp_path, soon):
    answers = iter([robots("", 503, **{"Retry-After": "1"}), robots("User-agent: *\nDisallow: /no\n")])
    world.put("/robots.txt", lambda _: next(answers))
    world.put("/", html("/no", "/yes"))
    world.put("/yes", html())

    done = world.crawl(tmp_path)

    assert (done.fetched, dict(done.failed)) == (2, {"robots": 1})
    first, second = [at for at, _, path, _ in world.asked if path == "/robots.txt"]
    assert second - first > 0.95  # Retry-After is heard there too


def test_each_port_has_rules_of_its_own(world, tmp_path):
    """A file speaks for one scheme, host and port."""
    other = World()
    try:
        world.put("/robots.txt", robots("User-agent: *\nDisallow: /no\n"), "127.0.0.1")
        world.put("/", html(f"http://127.0.0.1:{other.port}/no", "/no"), "127.0.0.1")
        other.put("/no", html(), "127.0.0.1")
        start = f"http://127.0.0.1:{world.port}/"
        done = crawl([start], data=tmp_path, options=CrawlOptions(delay=0, allow_loopback=True))
    finally:
        other.close()

    assert (done.fetched, dict(done.failed)) == (2, {"robots": 1})
    assert {path for _, _, path, _ in other.asked} == {"/robots.txt", "/sitemap.xml", "/no"}


def test_a_port_that_does_not_answer_costs_nothing_else_of_its_host(world, tmp_path, soon):
    """Old sites name themselves by https or by a port that is dead: their other pages are got all the same."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{unused.getsockname()[1]}"
        world.put("/", html(f"{dead}/1", f"{dead}/2", "/3", "/moved"), "127.0.0.1")
        world.put("/3", html(f"{dead}/4", "/5"), "127.0.0.1")
        world.put("/5", html(), "127.0.0.1")
        world.put("/moved", (302, {"Location": f"{dead}/6"}, b""), "127.0.0.1")
        done = crawl([f"http://127.0.0.1:{world.port}/"], data=tmp_path, options=CrawlOptions(delay=0, allow_loopback=True))

    assert done.fetched == 3
    assert dict(done.failed) == {"connect": 2}  # the origin, told once, and the page that leads there
    assert counts(tmp_path) == {"done": 3, "failed": 1, "queued": 3}
    assert status.explain(tmp_path, f"{dead}/4")["why"] == "connect"


def test_robots_behind_redirects(world, tmp_path):
    for number in range(5):
        world.put(f"/{number}.txt", (301, {"Location": f"/{number + 1}.txt"}, b""))
    world.put("/robots.txt", (301, {"Location": "/1.txt"}, b""))
    world.put("/5.txt", robots("User-agent: *\nDisallow: /no\n"))
    world.put("/", html("/no", "/yes"))
    world.put("/yes", html())

    assert world.crawl(tmp_path).failed == {"robots": 1}


def test_a_large_and_packed_robots_is_read_as_far_as_must_be(world, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "MAX_WIRE", 1_000_000)
    text = b"User-agent: *\nDisallow: /no\n" + b"# filler\n" * 200_000
    world.put("/robots.txt", robots(text))
    world.put("/", html("/no"))
    assert world.crawl(tmp_path / "plain").failed == {"robots": 1}

    world.put("/robots.txt", robots(gzip.compress(text), **{"Content-Encoding": "gzip"}))
    assert world.crawl(tmp_path / "packed").failed == {"robots": 1}


def test_old_rules_hold_where_new_ones_cannot_be_read(world, tmp_path, monkeypatch):
    from extractor.crawl import robots as robots_room

    monkeypatch.setattr(robots_room, "MAX_AGE", 0)
    answers = iter([robots("User-agent: *\nDisallow: /no\n"), *[robots("", 503)] * 20])
    world.put("/robots.txt", lambda _: next(answers))
    world.put("/", html("/no", "/yes"))
    world.put("/yes", html())

    done = world.crawl(tmp_path)

    assert (done.fetched, dict(done.failed)) == (2, {"robots": 1})


# --- politeness


def test_pages_of_a_host_are_asked_for_one_after_the_other_with_the_delay(world, tmp_path):
    world.put("/", html("/1", "/2", "/3"))
    for number in (1, 2, 3):
        world.put(f"/{number}", html())

    world.crawl(tmp_path, delay=0.15)

    times = [at for at, _, path, _ in world.asked if path not in LOOKED_FOR]
    assert len(times) == 4
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) > 0.14


def test_hosts_of_one_server_share_its_delay(world, tmp_path):
    hosts = ["a.example", "b.example", "c.example"]
    for host in hosts:
        world.put("/", html("/1"), host)
        world.put("/1", html(), host)

    done = world.crawl(tmp_path, [f"http://{host}/" for host in hosts], hosts, delay=0.1)

    times = [at for at, _, path, _ in world.asked if path not in LOOKED_FOR]
    assert done.fetched == 6
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) > 0.09


def test_crawl_delay_is_kept(world, tmp_path):
    world.put("/robots.txt", robots("User-agent: *\nCrawl-delay: 0.3\n"))
    world.put("/", html("/1"))
    world.put("/1", html())

    world.crawl(tmp_path)

    first, second = [at for at, _, path, _ in world.asked if path not in LOOKED_FOR]
    assert second - first > 0.28


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_asks_to_wait_is_left_in_peace(world, tmp_path, status):
    answers = iter([(status, {"Retry-After": "1"}, b""), (200, {}, html())])
    world.put("/", html("/1", "/2"))
    world.put("/1", lambda _: next(answers))
    world.put("/2", html())

    done = world.crawl(tmp_path)

    assert (done.fetched, done.failed.total()) == (3, 0)
    refused = next(at for at, _, path, _ in world.asked if path == "/1")
    assert min(at for at, *_ in world.asked if at > refused) - refused > 0.95


def test_a_failing_page_is_asked_three_times_and_a_missing_one_once(world, tmp_path, soon):
    world.put("/", html("/broken", "/missing", "/fine"))
    world.put("/broken", (502, {}, b""))
    world.put("/fine", html())

    done = world.crawl(tmp_path)

    assert dict(done.failed) == {"http_502": 1, "http_404": 1}
    assert Counter(world.paths()) == {"/": 1, "/broken": 3, "/missing": 1, "/fine": 1}


def test_a_host_that_dies_is_left_and_its_pages_wait_for_the_next_run(world, tmp_path, soon):
    world.put("/", html(*(f"/{n}" for n in range(40))), "b.example")
    world.put("/", html("/1"))
    world.put("/1", html())
    alive = threading.Event()
    world.rest = lambda host, path: (
        (200, {}, html(text=hashlib.sha256(path.encode()).hexdigest()))
        if host == "b.example" and alive.is_set()
        else (404 if path in LOOKED_FOR else 500, {}, b"")
    )
    hosts = [HOST, "b.example"]

    first = world.crawl(tmp_path, [f"http://{h}/" for h in hosts], hosts)

    assert (first.fetched, dict(first.failed)) == (3, {"host_down": 1})
    assert len(world.paths("b.example")) == 1 + pace.GIVE_UP
    alive.set()
    time.sleep(0.3)
    assert world.crawl(tmp_path, [f"http://{h}/" for h in hosts], hosts).fetched == 40


def test_a_host_that_is_not_there_costs_nothing_else(world, tmp_path, soon):
    world.put("/", html())
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        there = {HOST: ("127.0.0.1", world.port), "gone.example": unused.getsockname()}
        done = crawl([HOME, "http://gone.example/"], data=tmp_path, options=CrawlOptions(delay=0, connect_to=there))

    assert (done.fetched, dict(done.failed)) == (1, {"connect": 1})


def test_this_machine_is_not_crawled_unless_asked(world, tmp_path):
    start = f"http://127.0.0.1:{world.port}/"
    world.put("/", html("/1"), "127.0.0.1")
    world.put("/1", html(), "127.0.0.1")

    refused = crawl([start], data=tmp_path, options=CrawlOptions(delay=0))
    assert (refused.fetched, dict(refused.failed), world.asked) == (0, {"private_address": 1}, [])
    assert crawl([start], data=tmp_path, options=CrawlOptions(delay=0, allow_loopback=True)).fetched == 2


# --- pages that mean harm


def test_a_bomb_costs_one_page(world, tmp_path, soon):
    world.put("/", html("/bomb", "/deep", "/fine", "/cut"))
    world.put("/bomb", (200, {"Content-Encoding": "gzip"}, gzip.compress(b"\0" * 50_000_000)))
    world.put("/deep", b"<!doctype html><html><body>" + b"<div>" * 60_000 + b"</body></html>")
    world.put("/fine", html())
    world.put("/cut", (200, {"Content-Encoding": "gzip"}, gzip.compress(os.urandom(5_000))[:-2_000]))

    done = world.crawl(tmp_path, max_depth=5, delay=0.0)

    assert (done.fetched, dict(done.failed), dict(done.dropped)) == (3, {"bomb": 1, "truncated": 1}, {"too_deep": 1})
    assert sorted(archived(tmp_path)) == [HOME, HOME + "deep", HOME + "fine"]
    assert in_files(tmp_path).total() == 3


def test_of_a_page_with_links_without_end_so_many_are_taken_and_the_rest_is_told(world, tmp_path):
    world.put("/", html(*(f"/tin/bai-{n}.html" for n in range(100_000, 106_000))))

    done = world.crawl(tmp_path, max_pages=5)

    assert done.dropped == {"too_many_links": 1}
    assert status.counts(tmp_path)["queued"] == 5_000 - 4


def test_a_body_cut_on_its_way_is_asked_for_again(world, tmp_path, soon):
    whole = gzip.compress(html(text="nguyên vẹn" * 500))
    answers = iter([whole[:-20], whole])
    world.put("/", lambda _: (200, {"Content-Encoding": "gzip"}, next(answers)))

    assert world.crawl(tmp_path).fetched == 1
    assert "nguyên vẹn".encode() in archived(tmp_path)[HOME]


def test_links_that_are_none_break_nothing(world, tmp_path):
    world.put("/", html(f"http://{HOST}:99999/", f"http://{HOST}:x/", "/1", "javascript:void(0)", "mailto:a@b.example"))
    world.put("/1", html("http://[bad/", "/2"))
    world.put("/2", html())

    done = world.crawl(tmp_path)

    assert done.fetched == 3
    assert done.dropped["bad_link"] == 3


def test_traps_are_left(world, tmp_path):
    """A calendar without end, a relative link that grows, and a session in every address."""

    def trap(_, path):
        number = len(world.asked)
        return (
            200,
            {},
            html(
                f"calendar?month={number}",
                "deeper/again/",
                f"/tin;jsessionid={number:016x}",
                f"/tin?PHPSESSID={number}",
                text=path,
            ),
        )

    world.rest = lambda host, path: (404, {}, b"") if path in LOOKED_FOR else trap(host, path)

    done = world.crawl(tmp_path, max_pages=60, max_depth=50)

    assert len(world.paths()) == 60
    assert done.fetched == 60
    assert world.paths().count("/tin") == 1
    assert max(path.count("again") for path in world.paths()) <= 3


def test_no_more_pages_are_asked_for_than_may_be(world, tmp_path):
    hosts = [f"h{n}.example" for n in range(6)]
    world.rest = lambda _, path: (
        404 if path in LOOKED_FOR or "9" in path else 200,
        {},
        html(*(f"/{path.strip('/')}{n}" for n in range(10))),
    )

    done = world.crawl(tmp_path, [f"http://{h}/" for h in hosts], hosts, max_pages=20)

    assert sum(len(world.paths(host)) for host in hosts) == 20
    assert done.fetched + done.failed.total() == 20


def test_only_the_sites_asked_for_are_visited(world, tmp_path):
    world.put("/", html("http://other.example/x", "/file.pdf", "/print/1", "/moved"))
    world.put("/moved", (302, {"Location": "http://other.example/x"}, b""))

    done = world.crawl(tmp_path, hosts=(HOST, "other.example"))

    assert world.paths("other.example") == []
    assert dict(done.dropped) == {"off_scope": 1, "attachment": 1, "print": 1}
    assert dict(done.failed) == {"off_scope": 1}


def test_depth_ends_and_pagers_do_not_count(world, tmp_path):
    world.put("/", html("/list"))
    world.put(
        "/list", b"<!doctype html><html><body><div class='pagination'><a href='/list?page=2'>2</a></div></body></html>"
    )
    world.put(
        "/list?page=2",
        b"<!doctype html><html><body><div class='pagination'><a href='/list?page=3'>3</a></div><a href='/a'>a</a></body></html>",
    )
    world.put("/list?page=3", html())
    world.put("/a", html("/b"))
    world.put("/b", html("/c"))

    world.crawl(tmp_path, max_depth=2)

    assert sorted(world.paths()) == ["/", "/a", "/list", "/list?page=2", "/list?page=3"]


# --- pages that moved


def test_a_page_that_moved_is_kept_once_where_it_is(world, tmp_path):
    world.put("/", html("/old", "/older", "/new"))
    world.put("/old", (301, {"Location": "/new"}, b""))
    world.put("/older", (301, {"Location": "/old"}, b""))
    world.put("/new", html("/more"))
    world.put("/more", html())

    done = world.crawl(tmp_path)

    assert done.failed.total() == 0
    assert in_files(tmp_path) == {HOME: 1, HOME + "new": 1, HOME + "more": 1}
    assert sorted(archived(tmp_path)) == [HOME, HOME + "more", HOME + "new"]
    assert world.paths().count("/new") == 2  # by either old address; its own is then known


def test_a_page_that_leads_home_is_gone(world, tmp_path):
    world.put("/", html("/deleted"))
    world.put("/deleted", (302, {"Location": "/"}, b""))

    done = world.crawl(tmp_path)

    assert (done.fetched, dict(done.failed)) == (1, {"gone": 1})
    assert in_files(tmp_path) == {HOME: 1}


def test_a_start_that_moved_is_the_start(world, tmp_path):
    world.put("/", (301, {"Location": "/vi/"}, b""))
    world.put("/vi/", (200, {"ETag": '"v1"'}, html("/vi/1")))
    world.put("/vi/1", html())

    assert world.crawl(tmp_path).fetched == 2
    again = world.crawl(tmp_path)
    assert (again.fetched, again.unchanged) == (0, 1)
    assert sorted(archived(tmp_path)) == [HOME + "vi/", HOME + "vi/1"]


def test_a_host_that_was_finished_is_taken_up_again_for_new_links(world, tmp_path):
    world.put("/", html("/slow"))
    world.put("/slow", lambda _: (time.sleep(0.3), (200, {}, html("http://b.example/late")))[1])
    world.put("/", html(), "b.example")
    world.put("/late", html(), "b.example")
    hosts = [HOST, "b.example"]

    done = world.crawl(tmp_path, [f"http://{h}/" for h in hosts], hosts)

    assert done.fetched == 4
    assert world.paths("b.example") == ["/", "/late"]


# --- ends of all kinds


def test_one_crawl_at_a_time_writes_to_a_folder(world, tmp_path):
    refused = []

    def meanwhile(_):
        try:
            world.crawl(tmp_path)
        except StoreError as error:
            refused.append(str(error))
        return 200, {}, html()

    world.put("/", meanwhile)

    assert world.crawl(tmp_path).fetched == 1
    assert len(refused) == 1
    assert "another mttq" in refused[0]
    assert world.crawl(tmp_path / "other").fetched == 1


def test_a_start_that_is_no_address_is_told(tmp_path):
    with pytest.raises(InputError, match="99999"):
        crawl(["http://a.example:99999/"], data=tmp_path, options=CrawlOptions())


def test_a_full_disk_ends_the_run_and_loses_nothing(world, tmp_path, monkeypatch):
    world.put("/", html("/1", "/2", "/3"))
    for number in (1, 2, 3):
        world.put(f"/{number}", html())
    sync, count = os.fsync, iter(range(100))

    def full(handle):
        if next(count) == 2:
            raise OSError(28, "No space left on device")
        sync(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left"):
            world.crawl(tmp_path)

    assert len(archived(tmp_path)) == 2
    world.crawl(tmp_path)
    assert in_files(tmp_path) == {HOME: 1, HOME + "1": 1, HOME + "2": 1, HOME + "3": 1}


def test_an_end_between_archive_and_frontier_leaves_no_page_twice(world, tmp_path, monkeypatch):
    world.put("/", html("/1"))
    world.put("/1", html())
    done, left = Frontier.done_all, [2]

    def dies(self, *arguments, **options):
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return done(self, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Frontier, "done_all", dies)
        assert world.crawl(tmp_path).interrupted
    beyond = in_files(tmp_path)
    assert beyond == {HOME: 1, HOME + "1": 1}
    assert list(archived(tmp_path)) == [HOME]

    assert world.crawl(tmp_path).fetched == 1
    assert in_files(tmp_path) == beyond
    assert sorted(archived(tmp_path)) == [HOME, HOME + "1"]


def test_a_lost_frontier_destroys_no_archive(world, tmp_path):
    world.put("/", html(text="cũ"))
    world.crawl(tmp_path)
    kept = {path.name: path.read_bytes() for path in (tmp_path / "archive").iterdir()}
    for path in tmp_path.glob("frontier.sqlite*"):
        path.unlink()

    world.crawl(tmp_path)

    assert len(kept) == 1
    assert {name: (tmp_path / "archive" / name).read_bytes() for name in kept} == kept
    assert in_files(tmp_path) == {HOME: 2}


PROGRAM = """
import sys
from pathlib import Path
from extractor.crawl import CrawlOptions, crawl
done = crawl([sys.argv[1]], data=Path(sys.argv[2]), options=CrawlOptions(delay=0, max_depth=9, connect_to={"a.example": ("127.0.0.1", int(sys.argv[3]))}))
print("interrupted" if done.interrupted else "finished")
"""


def started(world, data):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, HOME, data, str(world.port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_asked(world, process, number):
    """Wait until the world was asked for so many pages, or the crawl has ended."""
    while len(world.asked) < number and process.poll() is None:
        time.sleep(0.001)


def tree(world, size=120):
    """Put a site of `size` pages, each leading to three more."""
    for number in range(size):
        links = [f"/p{n}" for n in range(3 * number + 1, 3 * number + 4) if n < size]
        world.put(
            f"/p{number}" if number else "/", html(*links, text=hashlib.sha256(str(number).encode()).hexdigest() * 20)
        )


# MTTQ_LONG=1 kills a crawl of 300 pages about a hundred times, which takes a minute or two.
PAGES, LIFE = (300, 3) if os.environ.get("MTTQ_LONG") else (120, 40)


def test_killed_again_and_again_it_ends_with_the_same_pages(world, tmp_path):
    tree(world, PAGES)
    assert world.crawl(tmp_path / "whole", max_depth=9).fetched == PAGES
    world.asked.clear()
    world.latency = 0.004
    chance = random.Random(11)  # noqa: S311
    kills, interrupted = 0, tmp_path / "killed"

    while True:
        process = started(world, interrupted)
        # Four: robots.txt, the start, what was in flight at the last kill, and one more, so that every life achieves something.
        until_asked(world, process, len(world.asked) + 4 + chance.randrange(LIFE))
        time.sleep(chance.random() * 0.01)
        process.kill()
        process.communicate()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
        kills += 1
        assert kills < PAGES
        assert set(archived(interrupted)) <= set(archived(tmp_path / "whole"))

    asked = Counter(world.paths())
    assert kills >= PAGES // 40
    assert archived(interrupted) == archived(tmp_path / "whole")
    assert in_files(interrupted) == in_files(tmp_path / "whole")
    assert max(asked.values()) <= 2
    assert asked.total() <= PAGES + kills
    assert counts(interrupted) == {"done": PAGES}
    print(f"{kills} kills, {asked.total() - PAGES} pages asked for twice")


def test_an_interrupt_ends_cleanly_and_the_next_run_goes_on(world, tmp_path):
    tree(world, 60)
    world.latency = 0.05
    process = started(world, tmp_path)
    until_asked(world, process, 20)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=20)

    assert (out.strip(), error, process.returncode) == ("interrupted", "", 0)
    states = counts(tmp_path)
    assert "inflight" not in states
    assert 0 < states["done"] < 60
    world.latency = 0

    world.crawl(tmp_path, max_depth=9)
    assert len(archived(tmp_path)) == 60
    assert in_files(tmp_path).total() == 60
