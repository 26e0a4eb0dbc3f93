"""The frontier: what is to fetch, what was fetched, and nothing in between after a kill."""

import asyncio
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from extractor.crawl import frontier as frontier_room
from extractor.crawl import status
from extractor.crawl.frontier import Frontier
from extractor.crawl.jobs import Effect, Fetched, Found, Spread
from extractor.crawl.pace import (
    GIVE_UP,
    LIMITED_RETRIES,
    LONGEST,
    MOST_PENALTY,
    RETRIES,
    SLOWEST,
    Addresses,
    asked_wait,
    retry_wait,
)

HOST = "a.example"


def url(number):
    return f"http://{HOST}/{number}"


def fetched(number=0, *, sha256="s", length=100):
    return Fetched(
        status=200,
        sha256=sha256,
        etag='"v"',
        last_modified=None,
        warc_file="w-0",
        warc_offset=number,
        warc_length=length,
        fetched_at="2025-08-01T00:00:00+00:00",
    )


@pytest.fixture
def frontier(tmp_path):
    one = Frontier(tmp_path / "frontier.sqlite")
    yield one
    one.close()


def leads(*pages):
    """Return links to pages (number, depth)."""
    return Spread([Found(url(number), HOST, depth) for number, depth in pages])


def pages(frontier):
    return frontier._db.execute("SELECT count(*) FROM pages").fetchone()[0]


def begin(frontier, *numbers):
    """Begin a run, the one before being over."""
    if frontier.run:
        frontier.tell_run(HOST, "", "{}")
    frontier.begin([(url(number), HOST) for number in numbers])


def test_a_page_is_given_once(frontier, tmp_path):
    begin(frontier, 1, 2)

    jobs = [frontier.next_job(HOST), frontier.next_job(HOST), frontier.next_job(HOST)]

    assert [job and job.url for job in jobs] == [url(1), url(2), None]
    assert status.counts(tmp_path) == {"inflight": 2}


def test_the_shallow_come_first_and_then_the_old(frontier):
    begin(frontier, 0)
    frontier.done(frontier.next_job(HOST), fetched(), leads((5, 2), (3, 1), (4, 1)))

    assert [frontier.next_job(HOST).url for _ in range(3)] == [url(3), url(4), url(5)]


def test_links_are_new_only_once(frontier):
    begin(frontier, 0)
    first = frontier.next_job(HOST)

    frontier.done(first, fetched(), leads((1, 1), (2, 1), (0, 1)))
    assert pages(frontier) == 3
    frontier.done(frontier.next_job(HOST), fetched(1), leads((2, 2)))
    assert pages(frontier) == 3


def test_hosts_do_not_get_each_other_s_pages(frontier):
    frontier.begin([(url(0), HOST), ("http://b.example/", "b.example")])

    assert frontier.hosts() == [HOST, "b.example"]
    assert frontier.next_job("b.example").url == "http://b.example/"
    assert frontier.next_job("b.example") is None
    assert frontier.hosts() == [HOST]


def test_all_of_a_page_is_committed_or_nothing(frontier, tmp_path):
    begin(frontier, 0)
    job = frontier.next_job(HOST)

    with pytest.raises(sqlite3.IntegrityError):  # at the last of its statements
        frontier.done(job, fetched(length=None), leads((1, 1)))
    other = Frontier(tmp_path / "frontier.sqlite")
    assert (status.counts(tmp_path), other.committed(), other.archived()) == ({"inflight": 1}, {}, [])
    other.close()
    frontier.done(job, fetched(), leads((1, 1)))
    assert pages(frontier) == 2
    assert frontier.committed() == {"w-0": 100}


def test_what_was_in_flight_is_queued_again(tmp_path):
    killed = Frontier(tmp_path / "frontier.sqlite")
    begin(killed, 1, 2)
    killed.next_job(HOST)

    after = Frontier(tmp_path / "frontier.sqlite")

    assert after.recover() == 1
    assert sorted([after.next_job(HOST).url, after.next_job(HOST).url]) == [url(1), url(2)]
    killed.close()
    after.close()


def test_the_next_page_is_taken_with_the_last_one_and_counts_as_asked_only_when_it_is(frontier):
    begin(frontier, 0)
    first = Effect(frontier.next_job(HOST), fetched(), leads((1, 1), (2, 1)))
    frontier.done_all([first], going_on=[HOST, "other.example"])

    assert [row for (row,) in frontier._db.execute("SELECT state FROM pages ORDER BY id")] == ["done", "inflight", "queued"]
    assert (frontier.next_job(HOST).url, frontier.next_job(HOST).url) == (url(1), url(2))
    assert frontier.next_job("other.example") is None
    frontier.recover()

    job = frontier.next_job(HOST)
    assert (job.url, job.attempts) == (url(1), 2)
    frontier.done_all([Effect(job, fetched(1), leads())], going_on=[HOST])
    frontier.recover()  # the second was taken again, and not asked for
    assert (frontier.next_job(HOST).url, frontier._db.execute("SELECT attempts FROM pages WHERE url = ?", (url(2),)).fetchone()) == (url(2), (2,))


def test_a_page_that_ends_every_run_is_given_up(frontier, tmp_path):
    begin(frontier, 1)
    frontier._db.execute("UPDATE pages SET start = 0")
    runs = 0
    while frontier.next_job(HOST):
        frontier.recover()
        runs += 1
        assert runs < 50

    assert runs == frontier_room._MAX_ENDS + 1
    assert status.failures(tmp_path) == {"ends_runs": 1}


def test_start_pages_are_asked_again_with_what_is_known(frontier):
    begin(frontier, 0)
    frontier.done(frontier.next_job(HOST), fetched(), leads((1, 1)))
    begin(frontier, 0)

    job = frontier.next_job(HOST)

    assert (job.url, job.attempts, job.etag, job.sha256) == (url(0), 1, '"v"', "s")


def test_a_run_that_was_killed_goes_on_and_asks_nothing_twice(tmp_path):
    killed = Frontier(tmp_path / "frontier.sqlite")
    begin(killed, 0, 1)
    killed.done(killed.next_job(HOST), fetched(), leads((2, 1)))
    killed.next_job(HOST)
    killed.close()

    after = Frontier(tmp_path / "frontier.sqlite")
    after.recover()
    assert after.begin([(url(0), HOST), (url(1), HOST)]) == 1
    assert [after.next_job(HOST).url for _ in range(2)] == [url(1), url(2)]
    assert after.next_job(HOST) is None
    after.recover()
    after._db.execute("UPDATE pages SET seen_at = seen_at - 90000 WHERE seen_at")
    assert after.begin([(url(0), HOST)]) == 2  # a day later it is another run
    assert after.next_job(HOST).url == url(0)
    after.close()


def test_a_page_that_becomes_a_start_is_one(frontier):
    begin(frontier, 0)
    frontier.done(frontier.next_job(HOST), fetched(), leads((1, 3)))
    begin(frontier, 1)

    assert frontier.next_job(HOST).depth == 0


def test_a_failure_waits_for_its_time(frontier):
    begin(frontier, 1)
    frontier.fail(frontier.next_job(HOST), "http_503", status=503, retry_at=time.time() + 0.15)

    assert frontier.next_job(HOST) is None
    assert 0 < frontier.waiting(HOST) - time.time() <= 0.15
    time.sleep(0.2)
    assert frontier.next_job(HOST).attempts == 2


def test_failures_are_counted_and_can_be_asked_again(frontier, tmp_path):
    begin(frontier, 1, 2, 3)
    for reason in ("http_404", "http_404", "timeout"):
        frontier.fail(frontier.next_job(HOST), reason)

    assert status.failures(tmp_path) == {"http_404": 2, "timeout": 1}
    assert frontier.next_job(HOST) is None
    assert status.retry_failed(tmp_path) == 3
    assert frontier.next_job(HOST).attempts == 1


def test_what_is_held_back_is_of_one_origin_and_was_not_tried(frontier, tmp_path):
    begin(frontier, 1, 2)
    frontier.add([Found(f"http://{HOST}:8080/3", HOST, 1), Found(f"https://{HOST}/4", HOST, 1), Found(f"http://{HOST}.example/5", f"{HOST}.example", 1)])
    frontier.hold(frontier.next_job(HOST), f"http://{HOST}", "robots_unread")

    assert status.explain(tmp_path, url(1))["why"] == status.explain(tmp_path, url(2))["why"] == "robots_unread"
    assert [frontier.next_job(HOST).url for _ in range(2)] == [f"http://{HOST}:8080/3", f"https://{HOST}/4"]
    assert frontier.next_job(HOST) is None
    assert frontier.hosts() == [f"{HOST}.example"]
    assert frontier.recover() == 2
    assert [frontier.next_job(HOST).attempts for _ in range(4)] == [1, 1, 2, 2]


def test_a_page_that_moved_is_archived_where_it_is(frontier, tmp_path):
    begin(frontier, 0)
    frontier.done(frontier.next_job(HOST), fetched(7), at=(url(1), HOST))

    assert frontier.archived() == [(url(1), "w-0", 7)]
    assert status.explain(tmp_path, url(0))["why"] == "moved"
    assert frontier.holds(url(1), "s")
    assert not frontier.holds(url(1), "t")
    assert not frontier.holds(url(0), "s")
    assert frontier.next_job(HOST) is None


def test_the_newest_state_is_the_archived_one(frontier):
    begin(frontier, 0)
    frontier.done(frontier.next_job(HOST), fetched(7))
    begin(frontier, 0)
    frontier.done(frontier.next_job(HOST), fetched(9, sha256="t", length=200))

    assert frontier.archived() == [(url(0), "w-0", 9)]
    assert frontier.committed() == {"w-0": 200}
    frontier.claim("w-0")
    frontier.claim("w-1")
    assert frontier.committed() == {"w-0": 200, "w-1": 0}


def test_nothing_is_known_of_a_page_never_seen(frontier, tmp_path):
    assert status.explain(tmp_path, url(9)) is None
    assert frontier.waiting(HOST) is None


class Crawled(RuleBasedStateMachine):
    """Any order of fetching, failing, killing and beginning again keeps every page in exactly one state."""

    def __init__(self):
        super().__init__()
        self.path = Path(tempfile.mkdtemp()) / "frontier.sqlite"
        self.frontier = Frontier(self.path)
        self.known, self.flying, self.archived = set(), {}, {}
        self.count = 0

    @rule(numbers=st.sets(st.integers(0, 8), min_size=1, max_size=3))
    def start(self, numbers):
        begin(self.frontier, *numbers)
        self.known |= numbers
        for number in numbers:
            self.flying.pop(number, None)

    @rule()
    def take(self):
        job = self.frontier.next_job(HOST)
        if job:
            number = int(job.url.rpartition("/")[2])
            assert number not in self.flying
            self.flying[number] = job

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), links=st.sets(st.integers(0, 8), max_size=4), going_on=st.sampled_from([(), (HOST,)]))
    def finish(self, data, links, going_on):
        number = data.draw(st.sampled_from(sorted(self.flying)))
        self.count += 1
        before = pages(self.frontier)
        effect = Effect(self.flying.pop(number), fetched(self.count, length=self.count), leads(*[(n, 1) for n in sorted(links)]))
        self.frontier.done_all([effect], going_on=going_on)
        assert pages(self.frontier) - before == len(links - self.known)
        self.known |= links
        self.archived[url(number)] = self.count

    @precondition(lambda self: self.flying)
    @rule(data=st.data())
    def fail(self, data):
        number = data.draw(st.sampled_from(sorted(self.flying)))
        self.frontier.fail(self.flying.pop(number), "http_404")

    @rule()
    def kill(self):
        self.frontier.close()
        self.frontier = Frontier(self.path)
        self.frontier.recover()
        self.flying = {}

    @invariant()
    def every_page_is_in_one_state(self):
        counts = status.counts(self.path.parent)
        assert sum(counts.values()) == len(self.known)
        assert counts.get("inflight", 0) == len(self.flying) + len(self.frontier._taken)
        assert {u: offset for u, _, offset in self.frontier.archived()} == self.archived
        assert self.frontier.committed() == ({"w-0": self.count} if self.count else {})

    def teardown(self):
        self.frontier.close()
        shutil.rmtree(self.path.parent)


TestCrawled = Crawled.TestCase
TestCrawled.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120.0), (" 7 ", 7.0), ("999999999999999", LONGEST), ("Fri, 01 Aug 2025 00:01:00 GMT", 60.0), ("Thu, 31 Jul 2025 00:00:00 GMT", 0.0),
     ("", None), ("soon", None), ("-5", None), ("²", None), ("1.5", None), ("Fri, 99 Aug 2025", None)],
)  # fmt: skip
def test_retry_after(value, seconds):
    assert asked_wait({"retry-after": value}, now=1_754_006_400.0) == seconds


def test_which_failures_are_asked_again_and_when():
    assert [retry_wait(503, attempt, 2.0, None) for attempt in (1, 2, 3)] == [4.0, 8.0, None]
    assert retry_wait(None, 1, 0.0, None) == 2.0
    assert retry_wait(429, 1, 2.0, 33.0) == 33.0
    assert retry_wait(429, LIMITED_RETRIES - 1, 2.0, 33.0) == 33.0
    assert retry_wait(429, LIMITED_RETRIES, 2.0, 33.0) is None
    assert retry_wait(404, 1, 2.0, 33.0) is None
    assert RETRIES < GIVE_UP


def test_hosts_of_one_address_share_its_pace():
    addresses = Addresses()
    for host, address in (("a.example", "203.0.113.1"), ("b.example", "203.0.113.1"), ("c.example", "203.0.113.2"), ("c.example", None)):
        addresses.seen(host, address)
    asked = {}

    async def ask(host):
        async with addresses.turn(host, 0.2):
            asked[host] = time.monotonic()
            await asyncio.sleep(0.05)

    async def all_at_once():
        await asyncio.gather(*(ask(host) for host in ("a.example", "b.example", "c.example")))

    asyncio.run(all_at_once())

    assert asked["b.example"] - asked["a.example"] > 0.19
    assert asked["c.example"] - asked["a.example"] < 0.1


def test_a_server_is_asked_one_thing_at_a_time():
    addresses, at_once = Addresses(), []

    async def ask():
        async with addresses.turn("a.example", 0.0):
            at_once.append(1)
            await asyncio.sleep(0.01)
            assert len(at_once) == 1
            at_once.pop()

    async def all_at_once():
        await asyncio.gather(*(ask() for _ in range(5)))

    asyncio.run(all_at_once())


def test_a_slow_or_failing_server_is_spared_and_a_well_one_is_not():
    addresses = Addresses()
    pauses = [addresses.pause("a.example", 2.0)]
    for took, well in ((0.2, True), (3.0, True), (0.1, False), (0.1, False), (0.1, True), (0.1, True), (0.1, True)):
        addresses.answered("a.example", took, well=well)
        pauses.append(round(addresses.pause("a.example", 2.0), 2))

    assert pauses[:2] == [2.0, 2.0]
    assert pauses[2] > 2.0  # slow
    assert pauses[3] > 2.5 and pauses[4] > pauses[3]  # failing
    assert pauses[5] < pauses[4] and pauses[-1] == 2.0
    assert addresses.pause("a.example", 0.0) == 0.0
    for _ in range(30):
        addresses.answered("a.example", 90.0, well=False)
    assert addresses.pause("a.example", 2.0) == 2.0 * SLOWEST * MOST_PENALTY < LONGEST
