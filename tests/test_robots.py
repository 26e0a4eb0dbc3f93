"""robots.txt: RFC 9309's rules of reading, and the state machine for files that cannot be read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.crawl import robots
from extractor.crawl.robots import MAX_AGE, MAX_BYTES, RETRY, from_failure, from_response
from extractor.errors import FetchError

US = "mttq-extractor"


def allows(text, path, agent=US):
    body = text if isinstance(text, bytes) else text.encode()
    return from_response(200, body).allows(f"http://a.example{path}", agent)


GROUPS = [
    ("nothing said", "", "/x", True),
    ("all forbidden", "User-agent: *\nDisallow: /\n", "/x", False),
    ("an empty rule forbids nothing", "User-agent: *\nDisallow:\n", "/x", True),
    ("our group, not the general one", f"User-agent: *\nDisallow: /\n\nUser-agent: {US}\nDisallow: /no\n", "/x", True),
    ("our group forbids", f"User-agent: *\nAllow: /\n\nUser-agent: {US}\nDisallow: /no\n", "/no/1", False),
    ("the name in another case", "User-agent: MTTQ-Extractor\nDisallow: /\n", "/x", False),
    ("another's group is not ours", "User-agent: otherbot\nDisallow: /\n", "/x", True),
    ("several names, one group", f"User-agent: otherbot\nUser-agent: {US}\nDisallow: /no\n", "/no", False),
    (
        "two groups of ours are one",
        f"User-agent: {US}\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: {US}\nDisallow: /b\n",
        "/b",
        False,
    ),
    (
        "two groups of ours are one, the first",
        f"User-agent: {US}\nDisallow: /a\n\nUser-agent: {US}\nDisallow: /b\n",
        "/a",
        False,
    ),
    ("rules before any group", "Disallow: /\nUser-agent: *\nAllow: /\n", "/x", True),
    (
        "unknown lines end no group",
        "User-agent: *\nCrawl-delay: 3\nSitemap: http://a.example/s.xml\nDisallow: /no\n",
        "/no",
        False,
    ),
]
PATHS = [
    ("a prefix", "/no", "/nothing", False),
    ("a folder", "/no/", "/no", True),
    ("case counts", "/No", "/no", True),
    ("a star", "/*/print/", "/tin/print/5", False),
    ("a star matches nothing too", "/a*b", "/ab", False),
    ("an end", "/*.pdf$", "/x.pdf", False),
    ("an end is the end", "/*.pdf$", "/x.pdf?y=1", True),
    ("no star at the end is needed", "/*.pdf", "/x.pdf?y=1", False),
    ("the query is part of the path", "/*?page=", "/tin?page=2", False),
    ("a dollar within is a dollar", "/a$b", "/a$b", False),
    ("escapes of letters", "/b%C3%A0i", "/b%C3%A0i", False),
    ("letters as they are", "/bài", "/b%C3%A0i", False),
    ("a needless escape", "/%7Ehoa", "/~hoa", False),
    ("special signs are no pattern", "/a.c(", "/abc(", True),
]


@pytest.mark.parametrize(("text", "path", "allowed"), [row[1:] for row in GROUPS], ids=[row[0] for row in GROUPS])
def test_groups(text, path, allowed):
    assert allows(text, path) is allowed


@pytest.mark.parametrize(("rule", "path", "allowed"), [row[1:] for row in PATHS], ids=[row[0] for row in PATHS])
def test_paths(rule, path, allowed):
    assert allows(f"User-agent: *\nDisallow: {rule}\n", path) is allowed
    assert allows(f"User-agent: *\nDisallow: /\nAllow: {rule}\n", path) is not allowed


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        (("Disallow: /tin", "Allow: /tin/moi"), "/tin/moi/1", True),
        (("Allow: /tin", "Disallow: /tin/cu"), "/tin/cu/1", False),
        (("Allow: /tin", "Disallow: /tin"), "/tin/1", True),
        (("Allow: /$", "Disallow: /"), "/", True),
        (("Allow: /$", "Disallow: /"), "/x", False),
    ],
)
def test_the_longest_rule_wins_and_of_two_equal_the_kinder(rules, path, allowed, order):
    text = "User-agent: *\n" + "\n".join(rules if order else reversed(rules))

    assert allows(text, path) is allowed


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfUser-agent: *\nDisallow: /no\n",
        b"User-agent: *\rDisallow: /no\r",
        b"User-agent: *\r\nDisallow: /no\r\n",
        b"  user-AGENT : *  # all\n\t DISALLOW:/no # this\n",
        b"User-agent: *\nDisallow: /no",
        b"\xff\xfe rubbish\n\x00\nUser-agent: *\nDisallow: /no\n",
        b"<!doctype html>\nUser-agent: *\nDisallow: /no\n",
    ],
    ids=["bom", "cr", "crlf", "spaces", "no_end", "rubbish", "html_before"],
)
def test_how_people_write_it(text):
    assert not allows(text, "/no")
    assert allows(text, "/yes")


@pytest.mark.parametrize(
    ("status", "allowed", "lasts"),
    [(200, True, MAX_AGE), (204, True, MAX_AGE), (400, True, MAX_AGE), (401, True, MAX_AGE), (403, True, MAX_AGE), (404, True, MAX_AGE), (410, True, MAX_AGE),
     (429, False, RETRY), (500, False, RETRY), (502, False, RETRY), (503, False, RETRY), (302, False, RETRY)],
)  # fmt: skip
def test_what_a_status_means(status, allowed, lasts):
    rules = from_response(status, b"", now=1_000.0)

    assert rules.allows("http://a.example/x", US) is allowed
    assert rules.unread is not allowed
    assert rules.expires == 1_000.0 + lasts
    assert rules.allows("http://a.example/robots.txt", US)


@pytest.mark.parametrize("reason", ["timeout", "connect", "dns", "too_slow", "protocol", "private_address", "encoding"])
def test_what_cannot_be_reached_forbids_until_it_is_asked_again(reason):
    rules = from_failure(FetchError(reason, "…"), now=1_000.0)

    assert rules.unread
    assert not rules.allows("http://a.example/x", US)
    assert rules.expires == 1_000.0 + RETRY
    assert reason in rules.why


def test_redirects_without_end_are_as_good_as_no_file():
    assert from_failure(FetchError("redirects", "…")).allows("http://a.example/x", US)


def test_an_error_page_is_not_read_as_rules():
    assert from_response(404, b"User-agent: *\nDisallow: /\n").allows("http://a.example/x", US)


def test_only_the_first_500_kib_are_read_and_no_broken_line():
    line = b"Disallow: /filler\n"
    head = b"User-agent: *\nDisallow: /early\n"
    filler = line * ((MAX_BYTES - len(head)) // len(line))
    rest = MAX_BYTES - len(head) - len(filler)
    broken = b"Disallow: /" + b"x" * 50  # cut after its path's first letters it would forbid more than it says

    assert not allows(head + filler, "/early")
    assert allows(head + filler + line * 3 + b"Disallow: /late\n", "/late")
    assert rest < len(line)
    assert allows(head + filler[: -5 * len(line)] + b"\n" * (rest + 5 * len(line) - 11) + broken, "/other")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("5", 5.0), ("0.5", 0.5), ("86400", robots.MAX_DELAY), ("-3", 0.0), ("nan", 0.0), ("soon", 0.0)],
)
def test_crawl_delay_is_honoured_within_reason(value, seconds):
    assert from_response(200, f"User-agent: *\nCrawl-delay: {value}\n".encode()).delay(US) == seconds


def test_sitemaps_are_told():
    rules = from_response(
        200, b"Sitemap: http://a.example/1.xml\nUser-agent: *\nDisallow: /\nSitemap: http://a.example/2.xml\n"
    )

    assert rules.sitemaps() == ["http://a.example/1.xml", "http://a.example/2.xml"]
    assert from_response(404, b"").sitemaps() == []


@settings(max_examples=150, deadline=None)
@given(
    lines=st.lists(
        st.one_of(
            st.text(max_size=40),
            st.sampled_from(["User-agent: *", "Disallow: /*/*/*$", "Allow: %", "Disallow: /%zz", "Crawl-delay: 1e999"]),
        ),
        max_size=12,
    ),
    path=st.text(max_size=30),
)
def test_no_file_and_no_path_breaks_it(lines, path):
    rules = from_response(200, "\n".join(lines).encode("utf-8", "surrogatepass"))

    assert rules.allows(f"http://a.example/{path}", US) in {True, False}
    assert 0 <= rules.delay(US) <= robots.MAX_DELAY
