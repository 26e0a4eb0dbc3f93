"""A site nobody described is looked at and written down, and what is doubtful is told."""

import pytest

from extractor.crawl.fetch import Reach
from extractor.errors import SiteError
from extractor.probe import probe
from extractor.sites import load_site
from replica.server import World, html

HOST = "mttq.halang.example"


@pytest.fixture
def world():
    one = World()
    yield one
    one.close()


def look(world, url=f"http://{HOST}/", **options):
    return probe(url, reach=Reach(connect_to={HOST: ("127.0.0.1", world.port)}), **options)


NUKEVIET = """<html lang="vi"><head><title>Trang thông tin Mặt trận huyện Hạ Lang, tỉnh Cao Bằng</title><link rel="alternate" type="application/rss+xml" href="/vi/news/rss/"></head>
<body><ul><li><a href="/vi/news/hoat-dong/">Hoạt động</a></li><li><a href="/vi/about/">Giới thiệu</a></li><li><a href="/vi/news/tin-tuc/">Tin</a></li><li><a href="/vi/news/hoat-dong/bai-viet-dau-tien-12.html">bài</a></li>
<li><a href="/vi/news/page-2/">2</a></li></ul></body></html>"""


def test_a_site_is_described_as_it_shows_itself(world, tmp_path):
    world.put("/robots.txt", (200, {"Content-Type": "text/plain"}, f"Sitemap: http://{HOST}/index.xml\n".encode()), HOST)
    world.put("/", NUKEVIET.encode(), HOST)

    found = look(world)
    site = load_site(found.write(tmp_path))

    assert (site.host, site.scheme, site.tls, site.seen) == (HOST, "http", "verify", False)
    assert site.name == "Trang thông tin Mặt trận huyện Hạ Lang, tỉnh Cao Bằng"
    assert (site.unit().level, site.unit().district_code) == ("district", "048")
    assert site.start == ("/", "/vi/news/hoat-dong/", "/vi/news/tin-tuc/")
    assert site.sitemaps == (f"http://{HOST}/index.xml",)
    assert site.feeds == ("/vi/news/rss/",)
    assert any("family" in doubt for doubt in found.doubts)


def test_what_is_not_known_is_told(world):
    world.put("/", html(text="Xin chào"), HOST)

    found = look(world)

    assert [doubt.partition(":")[0] for doubt in found.doubts] == ["owner", "family", "start"]
    assert look(world, owner="huyện Hạ Lang, tỉnh Cao Bằng").owner == "huyện Hạ Lang, tỉnh Cao Bằng"


def test_a_title_cannot_break_the_file(world, tmp_path):
    world.put("/", '<html><head><title>"x"\n]] host = "evil" \\ \u202e</title></head><body>x</body></html>'.encode(), HOST)

    assert load_site(look(world).write(tmp_path)).name == '"x" ]] host = "evil" \\ \u202e'


def test_a_site_is_not_written_twice(world, tmp_path):
    world.put("/", NUKEVIET.encode(), HOST)
    look(world).write(tmp_path)

    with pytest.raises(SiteError, match="there already"):
        look(world).write(tmp_path)


@pytest.mark.parametrize(
    ("path", "page", "message"),
    [("/robots.txt", (200, {}, b"User-agent: *\nDisallow: /\n"), "robots"), ("/robots.txt", (503, {}, b""), "robots"), ("/", (404, {}, b""), "404")],
)
def test_a_site_that_does_not_want_it_or_does_not_answer(world, path, page, message):
    world.put("/", html(), HOST)
    world.put(path, page, HOST)

    with pytest.raises(SiteError, match=message):
        look(world)


def test_nobody_there():
    with pytest.raises(SiteError, match="dns"):
        probe("http://no-such-name.invalid/")
    with pytest.raises(SiteError, match="private_address"):
        probe("http://127.0.0.1/")
