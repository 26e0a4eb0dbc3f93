"""The frontier: what is to fetch, what was fetched, and nothing in between after a kill."""

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
from extractor.crawl.frontier import Fetched, Frontier
from extractor.crawl.pace import GIVE_UP, LONGEST, RETRIES, Addresses, asked_wait, retry_wait

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


def begin(frontier, *numbers):
    frontier.begin([(url(number), HOST) for number in numbers])


def test_a_page_is_given_once(frontier):
    begin(frontier, 1, 2)

    jobs = [frontier.next_job(HOST), frontier.next_job(HOST), frontier.next_job(HOST)]

    assert [job and job.url for job in jobs] == [url(1), url(2), None]
    assert frontier.counts() == {"inflight": 2}


def test_the_shallow_come_first_and_then_the_old(frontier):
    begin(frontier, 0)
    frontier.done(frontier.next_job(HOST), fetched(), [(url(5), HOST, 2), (url(3), HOST, 1), (url(4), HOST, 1)])

    assert [frontier.next_job(HOST).url for _ in range(3)] == [url(3), url(4), url(5)]


def test_links_are_new_only_once(frontier):
    begin(frontier, 0)
    first = frontier.next_job(HOST)

    assert frontier.done(first, fetched(), [(url(1), HOST, 1), (url(2), HOST, 1), (url(0), HOST, 1)]) == 2
    assert frontier.done(frontier.next_job(HOST), fetched(1), [(url(2), HOST, 2)]) == 0


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
        frontier.done(job, fetched(length=None), [(url(1), HOST, 1)])
    other = Frontier(tmp_path / "frontier.sqlite")
    assert (other.counts(), other.committed(), other.archived()) == ({"inflight": 1}, {}, [])
    other.close()
    assert frontier.done(job, fetched(), [(url(1), HOST, 1)]) == 1
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


def test_a_page_that_ends_every_run_is_given_up(frontier):
    begin(frontier, 1)
    frontier._db.execute("UPDATE pages SET start = 0")
    runs = 0
    while frontier.next_job(HOST):
        frontier.recover()
        runs += 1
        assert runs < 50

    assert runs == frontier_room._MAX_ENDS + 1
    assert frontier.failures() == {"ends_runs": 1}


def test_start_pages_are_asked_again_with_what_is_known(frontier):
    begin(frontier, 0)
    frontier.done(frontier.next_job(HOST), fetched(), [(url(1), HOST, 1)])
    begin(frontier, 0)

    job = frontier.next_job(HOST)

    assert (job.url, job.attempts, job.etag, job.sha256) == (url(0), 1, '"v"', "s")


def test_a_page_that_becomes_a_start_is_one(frontier):
    begin(frontier, 0)
    frontier.done(frontier.next_job(HOST), fetched(), [(url(1), HOST, 3)])
    begin(frontier, 1)

    assert frontier.next_job(HOST).depth == 0


def test_a_failure_waits_for_its_time(frontier):
    begin(frontier, 1)
    frontier.fail(frontier.next_job(HOST), "http_503", status=503, retry_at=time.time() + 0.15)

    assert frontier.next_job(HOST) is None
    assert 0 < frontier.waiting(HOST) - time.time() <= 0.15
    time.sleep(0.2)
    assert frontier.next_job(HOST).attempts == 2


def test_failures_are_counted_and_can_be_asked_again(frontier):
    begin(frontier, 1, 2, 3)
    for reason in ("http_404", "http_404", "timeout"):
        frontier.fail(frontier.next_job(HOST), reason)

    assert frontier.failures() == {"http_404": 2, "timeout": 1}
    assert frontier.next_job(HOST) is None
    assert frontier.retry_failed() == 3
    assert frontier.next_job(HOST).attempts == 1


def test_what_was_put_back_was_not_tried(frontier):
    begin(frontier, 1)
    frontier.put_back(frontier.next_job(HOST), "robots_unread", 0.0)

    assert frontier.explain(url(1))["why"] == "robots_unread"
    assert frontier.next_job(HOST).attempts == 1


def test_a_page_that_moved_is_archived_where_it_is(frontier):
    begin(frontier, 0)
    frontier.done(frontier.next_job(HOST), fetched(7), [], at=(url(1), HOST))

    assert frontier.archived() == [(url(1), "w-0", 7)]
    assert frontier.explain(url(0))["why"] == "moved"
    assert frontier.holds(url(1), "s")
    assert not frontier.holds(url(1), "t")
    assert not frontier.holds(url(0), "s")
    assert frontier.next_job(HOST) is None


def test_the_newest_state_is_the_archived_one(frontier):
    begin(frontier, 0)
    frontier.done(frontier.next_job(HOST), fetched(7), [])
    begin(frontier, 0)
    frontier.done(frontier.next_job(HOST), fetched(9, sha256="t", length=200), [])

    assert frontier.archived() == [(url(0), "w-0", 9)]
    assert frontier.committed() == {"w-0": 200}
    frontier.claim("w-0")
    frontier.claim("w-1")
    assert frontier.committed() == {"w-0": 200, "w-1": 0}


def test_nothing_is_known_of_a_page_never_seen(frontier):
    assert frontier.explain(url(9)) is None
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
    @rule(data=st.data(), links=st.sets(st.integers(0, 8), max_size=4))
    def finish(self, data, links):
        number = data.draw(st.sampled_from(sorted(self.flying)))
        self.count += 1
        new = self.frontier.done(
            self.flying.pop(number), fetched(self.count, length=self.count), [(url(n), HOST, 1) for n in sorted(links)]
        )
        assert new == len(links - self.known)
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
        counts = self.frontier.counts()
        assert sum(counts.values()) == len(self.known)
        assert counts.get("inflight", 0) == len(self.flying)
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
    assert retry_wait(404, 1, 2.0, 33.0) is None
    assert RETRIES < GIVE_UP


def test_hosts_of_one_address_share_its_pace():
    addresses = Addresses(0.2)
    addresses.seen("a.example", "203.0.113.1")
    addresses.seen("b.example", "203.0.113.1")
    addresses.seen("c.example", "203.0.113.2")
    addresses.seen("c.example", None)

    assert addresses.take("a.example") == 0
    assert 0.1 < addresses.take("b.example") <= 0.2
    assert addresses.take("c.example") == 0
    time.sleep(0.25)
    assert addresses.take("b.example") == 0
