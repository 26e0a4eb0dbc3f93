"""How pages are found: what sites list themselves, what addresses look like, pagers that only a script turns."""

import contextlib
import datetime as dt
import gzip
import itertools
import json
import sqlite3
import time
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.clean.signposts import find_signposts
from extractor.crawl import status
from extractor.crawl.ajax import html_of_json
from extractor.crawl.database import open_database
from extractor.crawl.guess import day_in, guess_kind, page_number
from extractor.crawl.sitemap import moment, read_listing
from extractor.crawl.xmlread import MAX_ITEMS, read_items
from extractor.errors import PoisonError
from extractor.sites import Site
from replica.server import HOME, HOST, World, html

LETTERS = "ABCDEFGHIJ"  # pages that differ by numbers alone are taken for the same
BASE = "http://a.example/"


@pytest.fixture
def world():
    one = World()
    yield one
    one.close()


def urlset(*rows):
    return ("<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>" + "".join(f"<url><loc>{url}</loc>{more}</url>" for url, more in rows) + "</urlset>").encode()


# --- sitemaps and feeds


def test_a_sitemap_with_its_times():
    listing = read_listing(
        urlset(
            ("http://a.example/1", "<lastmod>2025-03-05T08:00:00+07:00</lastmod>"),
            ("/2", "<lastmod>2025-03-05</lastmod>"),
            ("http://a.example/3?a=1&amp;b=2", "<news:news xmlns:news='n'><news:publication_date>2024-01-02</news:publication_date></news:news>"),
        ),
        base=BASE,
    )

    assert [e.url for e in listing.entries] == [BASE + "1", BASE + "2", BASE + "3?a=1&b=2"]
    assert [e.modified.isoformat() if e.modified else None for e in listing.entries] == ["2025-03-05T08:00:00+07:00", "2025-03-05T00:00:00+07:00", None]
    assert listing.entries[2].published.date() == dt.date(2024, 1, 2)
    assert listing.broken == ""


def test_an_index_packed_and_a_plain_list():
    index = b"<sitemapindex><sitemap><loc>http://a.example/s1.xml.gz</loc></sitemap></sitemapindex>"

    assert [(e.url, e.index) for e in read_listing(gzip.compress(index), base=BASE).entries] == [(BASE + "s1.xml.gz", True)]
    assert [e.url for e in read_listing(b"\xef\xbb\xbfhttp://a.example/1\r\nnothing\nhttp://a.example/2\n", base=BASE).entries] == [BASE + "1", BASE + "2"]


def test_rss_atom_and_rdf():
    rss = "<rss version='2.0'><channel><title>Tin</title><link>http://a.example/</link><item><title>x</title><link> /tin/1 </link><pubDate>Tue, 05 Mar 2024 08:00:00 +0700</pubDate></item><item><guid>http://a.example/2</guid></item></channel></rss>"
    atom = "<feed xmlns='http://www.w3.org/2005/Atom'><link href='/'/><entry><link rel='self' href='/self'/><link href='/3'/><updated>2024-05-01T00:00:01Z</updated></entry></feed>"
    rdf = "<rdf:RDF xmlns:rdf='r' xmlns='s' xmlns:dc='d'><item><link>/4</link><dc:date>2024-05-02</dc:date></item></rdf:RDF>"
    entries = [e for text in (rss, atom, rdf) for e in read_listing(text.encode(), base=BASE).entries]

    assert [e.url for e in entries] == [BASE + "tin/1", BASE + "2", BASE + "3", BASE + "4"]
    assert entries[0].published == moment("2024-03-05T08:00:00+07:00")
    assert entries[2].modified == moment("2024-05-01T00:00:01+00:00")
    assert entries[3].published == moment("2024-05-02")


@pytest.mark.parametrize("stated", ["05/03/2024", "5-3-24", "hôm nay", "", "2024", "99 Foo 2024", "Tue, 35 Mar 2024 08:00:00"])
def test_a_time_is_read_or_not_but_never_guessed(stated):
    assert moment(stated) is None


def test_times_that_only_tell_when_the_file_was_made_are_no_news():
    made = [(f"/{n}", "<lastmod>2025-06-01T03:04:05Z</lastmod>") for n in range(20)]
    kept = read_listing(urlset(*made, ("/x", "<lastmod>2025-05-01</lastmod>")), base=BASE).entries

    assert [e.modified for e in kept[:20]] == [None] * 20
    assert kept[20].modified is not None


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><urlset><url><loc>http://a.example/&b;</loc></url></urlset>",
        b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&a;</loc></url></urlset>",
        b"<a>" * 100_000,
    ],
    ids=["entities", "files", "deep"],
)
def test_xml_that_means_harm_is_left(content):
    listing = read_listing(content, base=BASE)

    assert listing.entries == ()
    assert listing.broken


def test_a_broken_sitemap_gives_what_stands_before_the_break():
    listing = read_listing(b"<urlset><url><loc>http://a.example/1</loc></url><url><loc>http://a.example/?a=1&b=2</loc></url></urlset>", base=BASE)

    assert [e.url for e in listing.entries] == [BASE + "1"]
    assert "line 1" in listing.broken


def test_a_packed_bomb_is_refused_and_too_long_a_sitemap_cut():
    with pytest.raises(PoisonError):
        read_listing(gzip.compress(b" " * 200_000_000), base=BASE)
    read = read_items(b"<u>" + b"<url/>" * (MAX_ITEMS + 5) + b"</u>", frozenset({"url"}))
    assert len(read.items) == MAX_ITEMS
    assert "more than" in read.broken


@given(st.binary(max_size=300))
def test_no_listing_breaks_it(content):
    try:
        assert len(read_listing(content, base=BASE).entries) >= 0
    except PoisonError as error:
        assert content.startswith(b"\x1f\x8b"), error


# --- addresses

KINDS = {
    "article": [
        "vi/news/hoat-dong/trao-qua-tet-28332.html", "tin-tuc/phong-trao/ngay-hoi-dai-doan-ket.html", "detail.aspx?IDBaiViet=19436", "index.php?nv=news&op=tin/bai-12",
        "portal/pages/2023-12-07/Trao-qua-472771.aspx", "Pages/chitiet.aspx?ItemID=55", "web/guest/-/trao-nha-dai-doan-ket", "node/364", "ban-giao-nha-dai-doan-ket-692.html",
        "home/index.php/tin/item/4545-trao-qua.html", "i6520-tang-qua.aspx",
    ],
    "list": ["", "vi/news/hoat-dong/", "tin-tuc", "Pages/tintuc.aspx", "chuyen-muc?id="],
    "pager": ["vi/news/hoat-dong/page-2/", "tin-tuc?page=2", "default.aspx?trang=12", "tin/trang-3.html", "list?PageIndex=4"],
    "print": ["vi/news/print/hoat-dong/bai-1.html", "Pages/printpage.aspx?tintucID=1", "tin/1?dnnprintmode=true", "print/28332.html", "x.html?print=1"],
    "amp": ["tin/bai-1/amp/", "tin/bai-1.amp.html", "bai-1.html?amp=1"],
    "file": ["uploads/bao-cao.pdf", "a/b.DOCX"],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind, paths in KINDS.items() for path in paths])
def test_what_an_address_looks_like(kind, path):
    assert guess_kind(BASE + path) == kind


def test_a_link_in_a_pager_is_one_of_its_pages():
    assert guess_kind(BASE + "tin-tuc/bai-1234.html", pager=True) == "pager"


@pytest.mark.parametrize(("path", "day"), [("2024/02/29/x", dt.date(2024, 2, 29)), ("2023/02/29/x", None), ("a-2023-1-5-b", dt.date(2023, 1, 5)), ("12/2024", None), ("x?d=2024/01/01", None), ("120240101", None)])
def test_the_day_in_an_address(path, day):
    assert day_in(BASE + path) == day


def test_the_number_of_a_list_s_page():
    assert [page_number(BASE + path) for path in ("tin?page=12", "tin/page-3/", "tin", "tin?page=x")] == [12, 3, None, None]


# --- pages


def test_signposts_of_a_page():
    page = """<html><head><link rel="canonical" href="/tin/1"><link rel="amphtml" href="/tin/1/amp"><link rel="alternate" type="application/rss+xml" href="/rss"></head>
    <body><a href="/a">a</a><a href="http://[bad/">b</a><div class="paging"><a href="/tin?page=2">2</a></div></body></html>"""
    posts = find_signposts(page, base=BASE)

    assert posts.canonical == BASE + "tin/1"
    assert posts.amp == BASE + "tin/1/amp"
    assert posts.feeds == (BASE + "rss",)
    assert [(link.url, link.pager) for link in posts.links] == [(BASE + "a", False), ("http://[bad/", False), (BASE + "tin?page=2", True)]


def test_pages_that_a_script_loads():
    page = """<body><ul class="pagination"><li data-url="/ajax/tin?page=2">2</li><li onclick="loadList('/ajax/tin?page=3')">3</li><li onclick="goPage(4)">4</li><li data-page="5">5</li></ul>
    <button data-load-more="?start=20">Xem thêm</button><a href="javascript:openMap('/ban-do')">bản đồ</a><div onclick="share('/chia-se')"></div></body>"""
    posts = find_signposts(page, base=BASE)

    assert {link.url for link in posts.links if link.pager} == {BASE + "ajax/tin?page=2", BASE + "ajax/tin?page=3", BASE + "?start=20"}
    assert all(link.pager for link in posts.links)
    assert set(posts.called) == {4, 5}


ASPX = """<form method="post" action="./tin.aspx?ChuyenMuc=7" id="aspnetForm"><input type="hidden" name="__VIEWSTATE" value="/wEP+state=" /><input type="hidden" name="__EVENTVALIDATION" value="valid" />
<input type="hidden" name="__EVENTTARGET" value="" /><input type="text" name="ctl00$tim" value="" /><input type="submit" name="ctl00$go" value="Tìm" /><input type="checkbox" name="c" value="1" />
<a href="javascript:__doPostBack('ctl00$login','')">Đăng nhập</a>
<table><tr><td><span>1</span></td><td><a href="javascript:__doPostBack(&#39;ctl00$gv&#39;,&#39;Page$2&#39;)">2</a></td><td><a href="javascript:__doPostBack('ctl00$gv','Page$11')">...</a></td>
<td><a href="javascript:__doPostBack('ctl00$gv','Sort$Ten')">Tên</a></td><td><a href="javascript:__doPostBack('ctl00$p$lnk3','')">3</a></td></tr></table></form>"""


def test_postbacks_are_sent_as_a_browser_would():
    posts = find_signposts(ASPX, base=BASE + "Pages/tin.aspx")

    assert [p.key for p in posts.postbacks] == ["ctl00$gv:Page$2", "ctl00$gv:Page$11", "ctl00$p$lnk3"]
    assert {p.action for p in posts.postbacks} == {BASE + "Pages/tin.aspx?ChuyenMuc=7"}
    assert parse_qs(posts.postbacks[0].form, keep_blank_values=True) == {
        "__VIEWSTATE": ["/wEP+state="], "__EVENTVALIDATION": ["valid"], "__EVENTTARGET": ["ctl00$gv"], "__EVENTARGUMENT": ["Page$2"], "ctl00$tim": [""],
    }  # fmt: skip


def test_a_day_belongs_to_the_one_link_beside_it():
    page = "<ul>" + "".join(f"<li><a href='/{n}'>bài</a> <span>({n:02}/05/2024)</span></li>" for n in (1, 2)) + "</ul><p><a href='/3'>x</a></p><div><a href='/4'>y</a> 1/5/2024 - 2/5/2024</div><li><a href='/5'>z</a> 31/02/2024</li>"

    assert find_signposts(page, base=BASE, dated=True).days == {BASE + "1": dt.date(2024, 5, 1), BASE + "2": dt.date(2024, 5, 2)}
    assert find_signposts(page, base=BASE).days is None


# Pages of links, boxes and forms as large as a page may be, each by its unit; what stands before it once.
LARGE = {
    "links": ('<a href="/tin/bai-12345.html">x</a>', "<div>"), "a_list": ('<li><a href="/tin/a-b-c-1.html">t</a> 12/3/2024</li>', "<ul>"),
    "links_in_boxes": ('<div><span><a href="/a-b-c-1.html">t</a></span></div>', "<div>"), "a_pager": ('<a href="?page=2">2</a>', "<div class=pager>"),
    "postbacks": ("<a href=\"javascript:__doPostBack('a$b','Page$2')\">2</a>", "<form><input name=__VIEWSTATE>"), "calls": ('<a onclick="loadPage(2)">2</a>', "<div>"),
    "fields": ('<input type=hidden name=a value=b>', "<form><input name=__VIEWSTATE><a href=\"javascript:__doPostBack('a','Page$2')\">2</a>"),
    "choices": ("<option>x</option>", "<select>"), "deep": ("<div>" * 1_900 + "</div>" * 1_900, ""), "empty": ("<p></p>", "<div><a href=/1>x</a>"),
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_time_grows_with_the_page_s_size_alone(name):
    """A crawl waits while a page is read: no page may hold it up."""
    unit, head = LARGE[name]

    def seconds(size):
        began = time.process_time()
        with contextlib.suppress(PoisonError):
            find_signposts(head + unit * (size // len(unit)), base=BASE, dated=True)
        return time.process_time() - began

    assert any(seconds(1_600_000) < 30 * max(seconds(200_000), 0.01) for _ in range(3))  # eight times the size; 64 times where it is quadratic


def test_pages_that_say_the_same_but_for_numbers_are_known():
    first, second, other = (find_signposts(f"<body><p>Lịch {text}</p><script>var t={text!r}</script></body>", base=BASE).words for text in ("tháng 5", "tháng 6", "năm"))

    assert first == second != other


def test_json_of_lists():
    answer = json.dumps({"items": [{"detailUrl": "/tin/1", "title": "x"}, {"url": "javascript:x"}], "html": "<a href='/tin/2'>y</a>", "deep": [[{"link": "http://a.example/3"}]]})

    assert {link.url for link in find_signposts(html_of_json(answer), base=BASE).links} == {BASE + "tin/1", BASE + "tin/2", BASE + "3"}
    assert html_of_json("no json") == html_of_json("[" * 100_000) == ""


# --- crawls


def test_articles_that_only_a_sitemap_knows(world, tmp_path):
    world.put("/", html())
    world.put("/robots.txt", (200, {"Content-Type": "text/plain"}, f"Sitemap: {HOME}index.xml\nSitemap: http://other.example/s.xml\n".encode()))
    world.put("/index.xml", f"<sitemapindex><sitemap><loc>{HOME}s1.xml.gz</loc></sitemap><sitemap><loc>{HOME}gone.xml</loc></sitemap></sitemapindex>".encode())
    world.put("/s1.xml.gz", (200, {"Content-Type": "application/gzip"}, gzip.compress(urlset(*((f"{HOME}tin/bai-{n}.html", "") for n in range(5)), ("http://other.example/x", ""), (f"{HOME}a.pdf", "")))))
    for n in range(5):
        world.put(f"/tin/bai-{n}.html", html(text=f"bài {chr(97 + n)}"))

    done = world.crawl(tmp_path)

    assert (done.fetched, done.failed.total(), dict(done.dropped)) == (6, 0, {"off_scope": 1, "attachment": 1})
    world.asked.clear()
    assert world.crawl(tmp_path).fetched == 0
    assert sorted(world.paths()) == ["/", "/index.xml", "/s1.xml.gz"]


def test_a_sitemap_tells_what_changed(world, tmp_path):
    world.put("/", html())
    for n in (1, 2):
        world.put(f"/tin/bai-{n}.html", html(text=f"cũ {chr(96 + n)}"))
    world.put("/sitemap.xml", urlset((f"{HOME}tin/bai-1.html", "<lastmod>2020-01-01</lastmod>"), (f"{HOME}tin/bai-2.html", "<lastmod>2020-01-01</lastmod>")))
    world.crawl(tmp_path)
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()
    world.put("/tin/bai-2.html", html(text="mới"))
    world.put("/sitemap.xml", urlset((f"{HOME}tin/bai-1.html", "<lastmod>2020-01-01</lastmod>"), (f"{HOME}tin/bai-2.html", f"<lastmod>{tomorrow}</lastmod>")))
    world.asked.clear()

    assert world.crawl(tmp_path).fetched == 1
    assert sorted(world.paths()) == ["/", "/tin/bai-2.html"]


def test_a_feed_leads_to_the_newest(world, tmp_path):
    def feed(*numbers):
        items = "".join(f"<item><link>{HOME}tin/bai-{n}.html</link></item>" for n in numbers)
        return (200, {"Content-Type": "application/rss+xml"}, f"<rss><channel>{items}</channel></rss>".encode())

    world.put("/", b"<html><head><link rel='alternate' type='application/rss+xml' href='/rss'></head><body>trang</body></html>")
    world.rest = lambda host, path: (200, {}, html(text=f"bài {path.translate(str.maketrans('0123456789', 'abcdefghij'))}")) if path.startswith("/tin/") else (404, {}, b"")
    world.put("/rss", feed(1, 2))
    assert world.crawl(tmp_path).fetched == 3
    world.put("/rss", feed(3, 1, 2))
    world.asked.clear()

    assert world.crawl(tmp_path).fetched == 1
    assert sorted(world.paths()) == ["/", "/rss", "/tin/bai-3.html"]


def test_print_and_amp_pages_are_not_fetched_twice_over(world, tmp_path):
    world.put("/", html("/tin/bai-1.html", "/tin/bai-1.html?print=1", "/tin/bai-1/amp/", "/print/1.html"))
    world.put("/tin/bai-1.html", html())

    done = world.crawl(tmp_path)

    assert sorted(world.paths()) == ["/", "/tin/bai-1.html"]
    assert dict(done.dropped) == {"print": 2, "amp": 1}


def lists(world, newest, size=5, oldest=1):
    """Put a list, newest first, `size` to a page, with its pager."""
    numbers = list(range(newest, oldest - 1, -1))
    for page, start in enumerate(range(0, len(numbers), size), 1):
        articles = "".join(f"<li><a href='/tin/bai-{n}.html'>Bài {LETTERS[n % 10]}{LETTERS[n // 10]}</a> <i>{n % 28 + 1:02}/{n // 28 + 1:02}/2024</i></li>" for n in numbers[start : start + size])
        pager = "".join(f"<a href='/tin?page={p}'>{p}</a>" for p in (page - 1, page + 1) if 1 < p <= -(-len(numbers) // size))
        world.put("/tin" if page == 1 else f"/tin?page={page}", f"<html><body><ul>{articles}</ul><div class='pagination'>{pager}</div></body></html>".encode())
    for n in numbers:
        world.put(f"/tin/bai-{n}.html", html("/tin", text=f"bài số {LETTERS[n % 10]}{LETTERS[n // 10]}"))


def test_a_list_is_walked_as_far_as_there_is_news(world, tmp_path):
    world.put("/", html("/tin"))
    lists(world, 40)
    assert world.crawl(tmp_path).fetched == 1 + 8 + 40
    lists(world, 47)  # seven new ones: all of the first page, two of the second
    world.asked.clear()

    done = world.crawl(tmp_path, stop_after=5)

    asked = world.paths()
    assert {path for path in asked if "bai" in path} == {f"/tin/bai-{n}.html" for n in range(41, 48)}
    assert [path for path in asked if "bai" not in path] == ["/", "/tin", "/tin?page=2", "/tin?page=3"]
    assert done.fetched == 7 + 3


def test_a_sitemap_of_any_size_may_name_a_list_s_pages(world, tmp_path, monkeypatch):
    """A second crawl asks of all that it names whether it is new: more addresses than a statement may have marks."""
    monkeypatch.setattr("extractor.crawl.frontier.open_database", with_few_marks)
    names = [(f"http://{HOST}/tin/bai-{10_000 + n}.html", "") for n in range(300)]
    world.put("/sitemap.xml", (200, {"Content-Type": "text/xml"}, urlset((f"http://{HOST}/tin/?page=2", ""), *names)))
    world.put("/", html())
    world.put("/tin/?page=2", html())
    world.crawl(tmp_path, max_pages=3)
    world.put("/sitemap.xml", (200, {"Content-Type": "text/xml"}, urlset((f"http://{HOST}/tin/?page=2", ""), *names, (f"http://{HOST}/tin/bai-1.html", ""))))

    assert world.crawl(tmp_path, max_pages=2).failed.total() <= 1
    assert status.explain(tmp_path, f"http://{HOST}/tin/bai-1.html") is not None


def with_few_marks(path):
    db = open_database(path)
    db.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 100)
    return db


def test_without_news_a_list_is_asked_once(world, tmp_path):
    world.put("/", html("/tin"))
    lists(world, 40)
    world.crawl(tmp_path)
    world.asked.clear()

    assert world.crawl(tmp_path).fetched == 0
    assert world.paths() == ["/", "/tin"]


def test_only_the_days_asked_for(world, tmp_path):
    world.put("/", html("/tin"))
    lists(world, 80)

    done = world.crawl(tmp_path, since=dt.date(2024, 2, 1), until=dt.date(2024, 2, 28))

    assert {path for path in world.paths() if "bai" in path} == {f"/tin/bai-{n}.html" for n in range(28, 56)}
    assert done.dropped["after_until"] == 25
    # Of the list's sixteen pages the walk ends with the first that is too old as a whole.
    assert sum("page=" in path for path in world.paths()) == 11
    assert done.dropped["before_since"] == 2 + 5 + 2  # articles of two pages, and the last one's pager


def test_a_list_behind_postbacks_is_walked_without_a_browser(world, tmp_path):
    """Each page of the list knows only itself and its neighbours, and a state of another session is refused."""
    pages, states = 6, itertools.count(1)
    issued = {}

    def answer(request):
        form = parse_qs(request.body.decode())
        page = 1
        if request.command == "POST":
            state = form["__VIEWSTATE"][0]
            if "phien=1" not in request.headers.get("Cookie", "") or state not in issued or form["__EVENTVALIDATION"] != ["v" + state]:
                return 500, {}, b"Invalid viewstate"
            page = int(form["__EVENTARGUMENT"][0].removeprefix("Page$"))
            assert page in issued[state]
        state = f"/wEP{next(states)}+="
        issued[state] = [p for p in (page - 1, page + 1) if 1 <= p <= pages]
        turns = "".join(f"<td><a href=\"javascript:__doPostBack('ctl00$gv','Page${p}')\">{p}</a></td>" for p in issued[state])
        articles = "".join(f"<a href='/Pages/chitiet.aspx?ItemID={10 * page + n}'>bài</a>" for n in range(4))
        text = f"<form action='/Pages/tin.aspx' method='post'><input type='hidden' name='__VIEWSTATE' value='{state}'><input type='hidden' name='__EVENTVALIDATION' value='v{state}'>{articles}<table><tr>{turns}</tr></table></form>"
        return 200, {"Set-Cookie": "phien=1; path=/"}, f"<html><body>{text}</body></html>".encode()

    world.put("/", html("/Pages/tin.aspx"))
    world.put("/Pages/tin.aspx", answer)
    world.rest = lambda host, path: (200, {}, html(text="bài " + path.translate(str.maketrans("0123456789", "abcdefghij")))) if "chitiet" in path else (404, {}, b"")

    done = world.crawl(tmp_path)

    assert done.failed.total() == 0
    assert len({path for path in world.paths() if "chitiet" in path}) == 4 * pages
    assert world.paths().count("/Pages/tin.aspx") == pages


def test_a_list_that_a_script_fills_is_walked(world, tmp_path):
    def answer(number):
        items = [{"url": f"/tin/bai-{10 * number + n}.html"} for n in range(3)]
        more = f"<ul class='paging'><li data-url='/ajax/tin?page={number + 1}'>sau</li></ul>" if number < 4 else ""
        return 200, {"Content-Type": "application/json"}, json.dumps({"items": items, "pager": more}).encode()

    world.put("/", b"<html><body><div id='list'></div><ul class='paging'><li data-url='/ajax/tin?page=1'>1</li></ul></body></html>")
    for number in range(1, 5):
        world.put(f"/ajax/tin?page={number}", answer(number))
    world.rest = lambda host, path: (200, {}, html(text="bài " + path.translate(str.maketrans("0123456789", "abcdefghij")))) if "bai" in path else (404, {}, b"")

    world.crawl(tmp_path)

    assert len([path for path in world.paths() if "bai" in path]) == 12


@pytest.mark.parametrize("template", [None, "/trang/{n}/ds"])
def test_a_pager_that_only_counts_is_tried_by_its_site_s_pattern(world, tmp_path, template):
    def answer(number):
        items = "".join(f"<a href='/tin/bai-{10 * number + n}.html'>bài</a>" for n in range(3))
        turns = "".join(f"<a href='javascript:void(0)' onclick='goPage({p})'>{p}</a>" for p in range(1, 5))
        return f"<html><body>{items}<div class='phan-trang-page'>{turns}</div></body></html>".encode()

    world.put("/", html("/ds"))
    for number in range(1, 5):
        world.put("/ds" if number == 1 else (template or "/ds?page={n}").replace("{n}", str(number)), answer(number))
    world.rest = lambda host, path: (200, {}, html(text="bài " + path.translate(str.maketrans("0123456789", "abcdefghij")))) if "bai" in path else (404, {}, b"")
    sites = (Site(id="a", host=HOST, name="a", owner="tỉnh Cao Bằng", pager=template),)

    world.crawl(tmp_path, sites=sites if template else ())

    found = [path for path in world.paths() if "bai" in path]
    assert len(found) == 12
