"""robots.txt: RFC 9309's rules of reading, and the state machine for files that cannot be read."""

import time

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


def test_the_examples_of_the_standard():
    text = """User-Agent: *
Disallow: *.gif$
Disallow: /vi-du/
Allow: /xuat-ban/
User-Agent: mot
Disallow:/
User-Agent: hai
User-Agent: mttq-extractor
Allow: /vi-du/trang.html
Allow: /vi-du/duoc.gif
User-Agent: bon
"""

    for agent, path, allowed in [
        ("khac", "/a.gif", False), ("khac", "/a.gif?x", True), ("khac", "/vi-du/x", False), ("khac", "/xuat-ban/x", True), ("mot", "/xuat-ban/x", False),
        (US, "/vi-du/trang.html", True), (US, "/vi-du/khac.html", True), ("bon", "/vi-du/x", True),
    ]:  # fmt: skip
        assert allows(text, path, agent) is allowed, (agent, path)
    longest = "User-Agent: mot\nAllow: /vi-du/trang/\nDisallow: /vi-du/trang/cam.gif\n"
    assert not allows(longest, "/vi-du/trang/cam.gif", "mot")
    assert allows(longest, "/vi-du/trang/khac.gif", "mot")


# The classes of cases by which other parsers of robots.txt are tested, each in our own words and with our own paths.
CLASSES = [
    ("an empty file", "", "/x", True),
    ("lines of other names are no rules", f"foo: {US}\nbar: /\n", "/x", True),
    ("a colon forgotten", f"user-agent {US}\ndisallow /\n", "/x", False),
    ("a space before the colon", f"user-agent : {US}\ndisallow : /\n", "/x", False),
    ("rules before any group belong to none; a path of our first group", f"allow: /tin/xa/\n\nuser-agent: {US}\ndisallow: /\nallow: /x/\nuser-agent: OtherBot\ndisallow: /\nallow: /y/\n\n\nallow: /w/\nuser-agent: ThirdBot\n\nuser-agent: {US}\nallow: /z/\ndisallow: /\n", "/x/b", True),
    ("a path of our second group", f"allow: /tin/xa/\n\nuser-agent: {US}\ndisallow: /\nallow: /x/\nuser-agent: OtherBot\ndisallow: /\nallow: /y/\n\n\nallow: /w/\nuser-agent: ThirdBot\n\nuser-agent: {US}\nallow: /z/\ndisallow: /\n", "/z/d", True),
    ("a path that only another's group allows", f"allow: /tin/xa/\n\nuser-agent: {US}\ndisallow: /\nallow: /x/\nuser-agent: OtherBot\ndisallow: /\nallow: /y/\n\n\nallow: /w/\nuser-agent: ThirdBot\n\nuser-agent: {US}\nallow: /z/\ndisallow: /\n", "/y/c", False),
    ("empty lines end no group, and that of another is not ours", "user-agent: OtherBot\ndisallow: /\nallow: /y/\n\n\nallow: /w/\n", "/w/a", True),
    ("a sitemap between two names parts them not", "User-agent: OtherBot\nSitemap: https://a.example/sitemap\nUser-agent: *\nDisallow: /\n", "/x", False),
    ("an unknown line between two names parts them not", f"User-agent: {US}\nInvalid-Unknown-Line: unknown\nUser-agent: otherbot\nDisallow: /\n", "/x", False),
    ("names of lines in any case, allowed", f"UsEr-AgEnT: {US}\nAlLoW: /x/\ndIsAlLoW: /\n", "/x/y", True),
    ("names of lines in any case, forbidden", f"UsEr-AgEnT: {US}\nAlLoW: /x/\ndIsAlLoW: /\n", "/a/b", False),
    ("our name and more words", f"User-Agent: *\nDisallow: /\nUser-Agent: {US} Bar\nAllow: /x/\nDisallow: /\n", "/x/y", True),
    ("our name and a version", f"User-Agent: {US}/1.2\nDisallow: /\n", "/x/y", False),
    ("a name that ours begins with", "User-agent: mttq\nDisallow: /\n", "/x", True),
    ("a name that begins with ours", f"User-agent: {US}-news\nDisallow: /\n", "/x", True),
    ("a name within ours", "User-agent: extractor\nDisallow: /\n", "/x", True),
    ("everyone's group before another's", "user-agent: *\nallow: /\nuser-agent: OtherBot\ndisallow: /\n", "/x/y", True),
    ("our own group instead of everyone's", f"user-agent: *\ndisallow: /\nuser-agent: {US}\nallow: /\n", "/x/y", True),
    ("a star and more words", "user-agent: * bar\ndisallow: /\n", "/x", False),
    ("paths have cases", f"user-agent: {US}\ndisallow: /X/\n", "/x/y", True),
    ("a longer path forbids", f"user-agent: {US}\ndisallow: /x/page.html\nallow: /x/\n", "/x/page.html", False),
    ("a longer path allows", f"user-agent: {US}\nallow: /x/page.html\ndisallow: /x/\n", "/x/page.html", True),
    ("a longer path is for what it names alone", f"user-agent: {US}\nallow: /x/page.html\ndisallow: /x/\n", "/x/", False),
    ("two empty rules", f"user-agent: {US}\ndisallow: \nallow: \n", "/x", True),
    ("everything allowed and forbidden", f"user-agent: {US}\ndisallow: /\nallow: /\n", "/x", True),
    ("without the last slash", f"user-agent: {US}\ndisallow: /x\nallow: /x/\n", "/x", False),
    ("with the last slash", f"user-agent: {US}\ndisallow: /x\nallow: /x/\n", "/x/", True),
    ("a longer path against a short pattern", f"user-agent: {US}\ndisallow: *.html\nallow: /x/page.html\n", "/x/page.html", True),
    ("a longer pattern against a short path", f"user-agent: {US}\ndisallow: /*.html\nallow: /page\n", "/page.html", False),
    ("the longer of two that both fit", f"user-agent: {US}\nallow: /x/page.\ndisallow: /*.html\n", "/x/page.html", True),
    ("everyone's group is not read beside ours", f"User-agent: *\nDisallow: /x/\nUser-agent: {US}\nDisallow: /y/\n", "/x/page", True),
    ("an address within a query", f"User-agent: {US}\nDisallow: /\nAllow: /tin/xa?moi=taz&baz=http://a.example?tar&par\n", "/tin/xa?moi=taz&baz=http://a.example?tar&par", True),
    ("letters in the rule, escapes in the address", f"User-agent: {US}\nDisallow: /\nAllow: /tin/bài\n", "/tin/b%C3%A0i", True),
    ("escapes in both", f"User-agent: {US}\nDisallow: /\nAllow: /tin/b%C3%A0i\n", "/tin/b%C3%A0i", True),
    ("escapes in the rule, letters in the address", f"User-agent: {US}\nDisallow: /\nAllow: /tin/b%C3%A0i\n", "/tin/bài", True),
    ("escapes in small letters", f"User-agent: {US}\nDisallow: /\nAllow: /tin/b%c3%a0i\n", "/tin/b%C3%A0i", True),
    ("escapes of plain letters in the rule", f"User-agent: {US}\nDisallow: /\nAllow: /tin/xa/%62%61%7A\n", "/tin/xa/baz", True),
    ("escapes of plain letters in both", f"User-agent: {US}\nDisallow: /\nAllow: /tin/xa/%62%61%7A\n", "/tin/xa/%62%61%7A", True),
    ("an escaped slash is no slash", f"User-agent: {US}\nDisallow: /a%2Fb\n", "/a/b", True),
    ("a star between folders", f"User-agent: {US}\nDisallow: /tin/xa/cu\nAllow: /tin/*/moi\n", "/tin/xa/cu", False),
    ("a star needs its slashes", f"User-agent: {US}\nDisallow: /tin/xa/cu\nAllow: /tin/*/moi\n", "/tin/cu", True),
    ("two slashes are another path", f"User-agent: {US}\nDisallow: /tin/xa/cu\nAllow: /tin/*/moi\n", "/tin//cu", True),
    ("an end forbids the very path", f"User-agent: {US}\nDisallow: /tin/xa$\nAllow: /tin/xa/moi\n", "/tin/xa", False),
    ("an end leaves what is longer", f"User-agent: {US}\nDisallow: /tin/xa$\nAllow: /tin/xa/moi\n", "/tin/xa/moi", True),
    ("an end leaves a slash more", f"User-agent: {US}\nDisallow: /tin/xa$\nAllow: /tin/xa/moi\n", "/tin/xa/", True),
    ("a rule that is a remark", f"User-agent: {US}\n# Disallow: /\nDisallow: /tin/cu#moi\nAllow: /\n", "/tin/xa", True),
    ("a remark behind a rule", f"User-agent: {US}\n# Disallow: /\nDisallow: /tin/cu#moi\nAllow: /\n", "/tin/cu", False),
    ("a beginning", f"user-agent: {US}\ndisallow: /\nallow: /con\n", "/conduong/tin.html", True),
    ("a beginning in another case", f"user-agent: {US}\ndisallow: /\nallow: /con\n", "/Con.asp", False),
    ("a beginning is not a middle", f"user-agent: {US}\ndisallow: /\nallow: /con\n", "/mattin", False),
    ("a beginning, then a query", f"user-agent: {US}\ndisallow: /\nallow: /con\n", "/con.php?id=anything", True),
    ("a path is no query", f"user-agent: {US}\ndisallow: /\nallow: /con\n", "/?id=con", False),
    ("a folder without its slash", f"user-agent: {US}\ndisallow: /\nallow: /con/\n", "/con", False),
    ("a folder and a query", f"user-agent: {US}\ndisallow: /\nallow: /con/\n", "/con/?id=anything", True),
    ("a star and an ending anywhere", f"user-agent: {US}\ndisallow: /\nallow: /*.php\n", "/folder/any.php.file.html", True),
    ("an ending in another case", f"user-agent: {US}\ndisallow: /\nallow: /*.php\n", "/windows.PHP", False),
    ("an ending and a query", f"user-agent: {US}\ndisallow: /\nallow: /*.php$\n", "/filename.php?parameters", False),
    ("an ending and a slash", f"user-agent: {US}\ndisallow: /\nallow: /*.php$\n", "/filename.php/", False),
    ("an ending", f"user-agent: {US}\ndisallow: /\nallow: /*.php$\n", "/folder/filename.php", True),
    ("a beginning, a star and an ending", f"user-agent: {US}\ndisallow: /\nallow: /con*.php\n", "/conheads/mattin.php?parameters", True),
    ("of two equal the kinder", f"user-agent: {US}\nallow: /folder\ndisallow: /folder\n", "/folder/page", True),
    ("a longer pattern forbids", f"user-agent: {US}\nallow: /page\ndisallow: /*.htm\n", "/page.htm", False),
    ("the root alone", f"user-agent: {US}\nallow: /$\ndisallow: /\n", "/", True),
    ("all but the root", f"user-agent: {US}\nallow: /$\ndisallow: /\n", "/page.html", False),
    ("half a byte order mark", b'\xef\xbbUser-agent: *\nDisallow: /\n', "/x", False),
    ("a broken byte order mark loses its line", b'\xef\x11\xbfUser-agent: *\nDisallow: /\nAllow: /x\n', "/y", True),
    ("a byte order mark in the middle spoils its line", b'User-agent: *\n\xef\xbb\xbfDisallow: /\n', "/x", True),
    ("an address without a path", f"user-agent: {US}\ndisallow: /\n", "http://a.example", False),
    ("a line too long is no shorter rule", f"user-agent: {US}\ndisallow: /" + "a" * 20_000 + "\n", "/" + "a" * 2_100, True),
    ("a rule misspelt", f"user-agent: {US}\ndisallaw: /\n", "/x", False),
    ("a name's line misspelt", f"useragent: {US}\ndisallow: /\n", "/x", False),
    ("parameters of a path", f"user-agent: {US}\ndisallow: /a;b\n", "/a;b=1", False),
    ("a zero byte within a rule", f"user-agent: {US}\ndisallow: /x\x00y\n", "/x", True),
    ("a path without its first slash forbids nothing", f"user-agent: {US}\ndisallow: cam\n", "/cam", True),
    ("a path without its first slash allows nothing", f"user-agent: {US}\ndisallow: /\nallow: moi/\n", "/moi/1", False),
    ("a path without its first slash is no middle", f"user-agent: {US}\ndisallow: cam\n", "/tin/cam", True),
    ("a path may begin with a star", f"user-agent: {US}\ndisallow: *cam\n", "/tin/cam", False),
    ("index.html stands for its folder", f"user-agent: {US}\nallow: /phong/index.html\ndisallow: /\n", "/phong/", True),
    ("index.html is itself too", f"user-agent: {US}\nallow: /phong/index.html\ndisallow: /\n", "/phong/index.html", True),
    ("index.html is no index.htm", f"user-agent: {US}\nallow: /phong/index.html\ndisallow: /\n", "/phong/index.htm", False),
    ("index.html stands for nothing in its folder", f"user-agent: {US}\nallow: /phong/index.html\ndisallow: /\n", "/phong/khac", False),
    ("index.html stands for nothing elsewhere", f"user-agent: {US}\nallow: /phong/index.html\ndisallow: /\n", "/", False),
    ("index.html of the root", f"user-agent: {US}\nallow: /index.html\ndisallow: /\n", "/", True),
    ("index.html at the end alone", f"user-agent: {US}\nallow: /phong/index.html.bak\ndisallow: /\n", "/phong/", False),
    ("no other index stands for its folder", f"user-agent: {US}\nallow: /phong/index.php\ndisallow: /\n", "/phong/", False),
    ("index.html forbidden leaves its folder", f"user-agent: {US}\ndisallow: /phong/index.html\n", "/phong/", True),
    ("no address at all", f"user-agent: {US}\ndisallow: /\n", "", False),
    ("no address and no rules", "", "", True),
    ("a query without a path", f"user-agent: {US}\ndisallow: /?trang\n", "http://a.example?trang=1", False),
    ("what stands behind # is no part of the address", f"user-agent: {US}\ndisallow: /*cam\n", "/tin#cam", True),
    ("two slashes at the beginning", f"user-agent: {US}\ndisallow: /\nallow: /*.php\n", "//tin/xa.php.cu.html", True),
    ("an ending within a query", f"user-agent: {US}\ndisallow: /\nallow: /*.php\n", "/xem?f=tin.php/", True),
    ("a query that lacks the ending's point", f"user-agent: {US}\ndisallow: /\nallow: /*.php\n", "/xem?php", False),
    ("an ending and a letter more", f"user-agent: {US}\ndisallow: /\nallow: /*.php$\n", "/tin.php5", False),
    ("a star at the end says nothing more", f"user-agent: {US}\ndisallow: /\nallow: /con*\n", "/conduong/tin.html", True),
    ("a folder and what is in it", f"user-agent: {US}\ndisallow: /\nallow: /con/\n", "/con/duong.html", True),
    ("a folder is no beginning", f"user-agent: {US}\ndisallow: /\nallow: /con/\n", "/con.html", False),
    ("the shorter of two is for what it names alone", f"user-agent: {US}\nallow: /x/page.\ndisallow: /*.html\n", "/x/y.html", False),
    ("our name in capitals and more words", "User-Agent: MTTQ-EXTRACTOR BAR\nAllow: /x/\nDisallow: /\n", "/a/b", False),
    ("everyone's group where no name is ours", "user-agent: OtherBot\nallow: /\nuser-agent: *\ndisallow: /\n", "/x", False),
    ("no group of ours nor everyone's", "user-agent: OtherBot\ndisallow: /\nuser-agent: ThirdBot\ndisallow: /\n", "/x", True),
    ("ends of lines of all kinds in one file", "User-agent: x\r\nDisallow: /\n\rUser-agent: *\rDisallow: /cam\r\n", "/cam", False),
    ("a sitemap before all groups", "Sitemap: http://a.example/s.xml\nUser-agent: *\nDisallow: /cam", "/cam", False),
    ("a long path is a rule as a whole", f"user-agent: {US}\ndisallow: /" + "a" * 20_000 + "\n", "/" + "a" * 20_001, False),
    ("an escaped star is a star", f"user-agent: {US}\ndisallow: /tep-%2A.html\n", "/tep-*.html", False),
    ("an escaped star is no other letter", f"user-agent: {US}\ndisallow: /tep-%2A.html\n", "/tep-x.html", True),
    ("an escaped dollar is a dollar", f"user-agent: {US}\ndisallow: /gia-%24\n", "/gia-$5", False),
    ("an escaped dollar ends nothing", f"user-agent: {US}\ndisallow: /gia%24\n", "/gia", True),
    ("an escaped hash begins no remark", f"user-agent: {US}\ndisallow: /a%23b\n", "/a%23b", False),
]


@pytest.mark.parametrize(("text", "path", "allowed"), [row[1:] for row in CLASSES], ids=[row[0] for row in CLASSES])
def test_cases_that_parsers_fail(text, path, allowed):
    body = text if isinstance(text, bytes) else text.encode()
    url = f"http://a.example{path}" if path.startswith("/") else path

    assert from_response(200, body).allows(url, US) is allowed


def test_what_others_are_told_in_the_same_file():
    """Three names in one file, some in two groups, one with a group that says nothing before another name follows."""
    text = """allow: /tin/xa/

user-agent: mot
disallow: /
allow: /x/
user-agent: hai
disallow: /
allow: /y/


allow: /w/
user-agent: ba

user-agent: mot
allow: /z/
disallow: /
"""
    told = {agent: [path for path in ("/w/a", "/x/b", "/y/c", "/z/d", "/tin/xa/") if allows(text, path, agent)] for agent in ("mot", "hai", "ba")}

    assert told == {"mot": ["/x/b", "/z/d"], "hai": ["/w/a", "/y/c"], "ba": ["/z/d"]}


def test_many_stars_take_no_time():
    rule = "/" + "*a" * 5_000 + "$"
    began = time.process_time()
    assert allows(f"User-agent: *\nDisallow: {rule}\n", "/" + "a" * 20_000 + "b")
    assert not allows(f"User-agent: *\nDisallow: {rule}\n", "/" + "a" * 20_000)
    assert time.process_time() - began < 5  # where stars are tried in turn it takes years


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
