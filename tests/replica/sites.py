"""The sites of the small world: families of software and kinds of bad behaviour, one function each.

A site puts its pages into the world and returns the addresses of its articles. All markup and words are our own.
"""

import datetime as dt
import gzip
import itertools
import json
import time
from urllib.parse import parse_qs

from replica.articles import Story, story

PER_LIST = 12


def page(title, body, *, head="", base_menu=()):
    """Return a page in the usual frame: menu, counter, footer."""
    menu = "".join(f'<li><a href="{link}">{link.strip("/") or "Trang chủ"}</a></li>' for link in ("/", "/gioi-thieu", *base_menu))
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body><nav><ul class="menu">{menu}</ul></nav>'
        f'<main>{body}</main><div class="counter">Đang truy cập: 7 Hôm nay: 120</div><footer>Bản quyền thuộc Ủy ban Mặt trận</footer></body></html>'
    ).encode()


def article(one: Story, *, more="", head=""):
    """Return an article's page."""
    words = "".join(f"<p>{paragraph}</p>" for paragraph in one.paragraphs)
    return page(one.title, f'<article><h1>{one.title}</h1><span class="date">{one.day:%d/%m/%Y}</span><div class="content">{words}</div></article>{more}', head=head)


def listing(rows, pager=""):
    """Return the body of a list of (address, story)."""
    items = "".join(f'<li><a href="{link}">{one.title}</a> <i>({one.day:%d/%m/%Y})</i></li>' for link, one in rows)
    return f'<ul class="news">{items}</ul><div class="pagination">{pager}</div>'


def stories(name, count):
    return [story(f"{name}.{number}") for number in range(count)]


def chunks(rows, size=PER_LIST):
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def put_articles(world, host, rows, **options):
    for path, one in rows:
        world.put(path, article(one, **options), host)
    return {f"http://{host}{path}" for path, _ in rows}


def put_lists(world, host, base, rows, address):
    """Put a list and its further pages, each leading to its neighbours; `address(n)` is where page n is."""
    parts = chunks(rows)
    for number, part in enumerate(parts, 1):
        turns = [n for n in (number - 1, number + 1) if 1 <= n <= len(parts)]
        pager = "".join(f'<a href="{base if n == 1 else address(n)}">{n}</a>' for n in turns)
        world.put(base if number == 1 else address(number), page("Tin tức", listing(part, pager)), host)


# --- families


def nukeviet(world, host, count=60):
    """Lists with /page-2/, a print page and a save link beside each article."""
    rows = [(f"/vi/news/hoat-dong/{one.slug}-{1000 + n}.html", one) for n, one in enumerate(stories(host, count))]
    world.put("/", page("Trang chủ", listing(rows[:5]), base_menu=["/vi/news/hoat-dong/"]), host)
    put_lists(world, host, "/vi/news/hoat-dong/", rows, lambda n: f"/vi/news/hoat-dong/page-{n}/")
    found = set()
    for path, one in rows:
        tail = path.rsplit("/", 1)[1]
        tools = f'<a href="/vi/news/print/hoat-dong/{tail}">In ra</a><a href="/vi/news/savefile/hoat-dong/{tail}">Lưu</a><a href="{path}#binh-luan">Bình luận</a><a href="/vi/vi{path[3:]}">vi</a>'
        found |= put_articles(world, host, [(path, one)], more=tools)
        world.put(path.replace("/news/", "/news/print/"), article(one), host)
    return found


def vhv(world, host, count=60):
    """Lists that a script fills with JSON, page by page."""
    rows = [(f"/tin-tuc-su-kien/phong-trao/{one.slug}.html", one) for one in stories(host, count)]
    parts = chunks(rows)
    world.put("/", page("Trang chủ", '<div id="list"></div><ul class="paging"><li class="page" data-url="/ajax/news?page=1">1</li></ul>'), host)
    for number, part in enumerate(parts, 1):
        items = [{"title": one.title, "url": path, "brief": one.paragraphs[0]} for path, one in part]
        more = f'<ul class="paging"><li data-url="/ajax/news?page={number + 1}">sau</li></ul>' if number < len(parts) else ""
        world.put(f"/ajax/news?page={number}", (200, {"Content-Type": "application/json; charset=utf-8"}, json.dumps({"items": items, "pager": more}).encode()), host)
    return put_articles(world, host, rows)


def sharepoint(world, host, count=60):
    """A grid behind __doPostBack: a state is good once, in its session, and only for the pages that it showed."""
    rows = [(f"/Pages/chitiet.aspx?ItemID={300 + n}", one) for n, one in enumerate(stories(host, count))]
    parts, serial, issued = chunks(rows), itertools.count(1), {}

    def grid(request):
        number = 1
        if request.command == "POST":
            form = parse_qs(request.body.decode(), keep_blank_values=True)
            state = form["__VIEWSTATE"][0]
            if "ASP.NET_SessionId=abc" not in request.headers.get("Cookie", "") or form.get("__EVENTVALIDATION") != [f"ok{state}"]:
                return 500, {}, page("Lỗi", "<p>Viewstate không hợp lệ.</p>")
            number = int(form["__EVENTARGUMENT"][0].removeprefix("Page$"))
            if number not in issued.get(state, ()):
                return 500, {}, page("Lỗi", "<p>Tham số không hợp lệ.</p>")
        state = f"/wEPDw{next(serial)}="
        issued[state] = [n for n in range(max(1, number - 2), min(len(parts), number + 2) + 1) if n != number]
        cells = "".join(f"<td><a href=\"javascript:__doPostBack('ctl00$gv','Page${n}')\">{n}</a></td>" for n in issued[state])
        hidden = "".join(f'<input type="hidden" name="{k}" value="{v}">' for k, v in (("__VIEWSTATE", state), ("__EVENTVALIDATION", f"ok{state}"), ("__EVENTTARGET", ""), ("__EVENTARGUMENT", "")))
        body = f'<form method="post" action="./tintuc.aspx" id="aspnetForm">{hidden}<a href="javascript:__doPostBack(\'ctl00$login\',\'\')">Đăng nhập</a>{listing(parts[number - 1])}<table><tr>{cells}</tr></table></form>'
        return 200, {"Set-Cookie": "ASP.NET_SessionId=abc; path=/; HttpOnly"}, page("Tin tức", body)

    world.put("/", page("Trang chủ", listing(rows[:3]), base_menu=["/Pages/tintuc.aspx"]), host)
    world.put("/Pages/tintuc.aspx", grid, host)
    return put_articles(world, host, rows)


def hoian(world, host, count=60):
    """A pager that only counts, in a script; articles by number in the query."""
    rows = [(f"/pages/detail.aspx?IDBaiViet={500 + n}", one) for n, one in enumerate(stories(host, count))]
    parts = chunks(rows)
    turns = "".join(f'<a href="javascript:void(0)" onclick="gotoPage({n})">{n}</a>' for n in range(1, len(parts) + 1))
    for number, part in enumerate(parts, 1):
        world.put("/tin" if number == 1 else f"/tin?page={number}", page("Tin", listing(part, turns)), host)
    world.put("/", page("Trang chủ", listing(rows[:3]), base_menu=["/tin"]), host)
    return put_articles(world, host, rows)


def portal(world, host, count=60):
    """No lists at all: a sitemap index, packed, with days; robots.txt with a byte order mark and carriage returns alone."""
    rows = [(f"/tin/{one.slug}", one) for one in stories(host, count)]
    world.put("/robots.txt", (200, {"Content-Type": "text/plain"}, b"\xef\xbb\xbfUser-agent: *\rDisallow: /quan-tri/\rSitemap: http://" + host.encode() + b"/sitemap_index.xml\r"), host)
    parts = chunks(rows, 40)
    index = "".join(f"<sitemap><loc>http://{host}/sitemap{n}.xml.gz</loc></sitemap>" for n in range(len(parts)))
    world.put("/sitemap_index.xml", f'<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{index}</sitemapindex>'.encode(), host)
    for number, part in enumerate(parts):
        entries = "".join(f"<url><loc>http://{host}{path}</loc><lastmod>{one.day.isoformat()}</lastmod></url>" for path, one in part)
        world.put(f"/sitemap{number}.xml.gz", (200, {"Content-Type": "application/x-gzip"}, gzip.compress(f"<urlset>{entries}</urlset>".encode())), host)
    world.put("/", page("Trang chủ", "<p>Chào mừng</p>", base_menu=["/quan-tri/"]), host)
    return put_articles(world, host, rows)


def hemera(world, host, count=60):
    """A newsroom with a feed, pages of days, AMP and mobile twins."""
    rows = [(f"/tin-tuc/{one.slug}-{70000 + n}.html", one) for n, one in enumerate(stories(host, count))]
    items = "".join(f"<item><link>http://{host}{path}</link><pubDate>{one.day:%a, %d %b %Y} 08:00:00 +0700</pubDate></item>" for path, one in rows[:10])
    world.put("/rss/home.rss", (200, {"Content-Type": "application/rss+xml"}, f'<rss version="2.0"><channel><title>Tin</title>{items}</channel></rss>'.encode()), host)
    head = '<link rel="alternate" type="application/rss+xml" href="/rss/home.rss">'
    world.put("/", page("Trang chủ", listing(rows[10:14]), head=head, base_menu=["/tin-tuc/"]), host)
    put_lists(world, host, "/tin-tuc/", rows, lambda n: f"/tin-tuc/?page={n}")
    found = set()
    for path, one in rows:
        amp = path.replace(".html", ".amp.html")
        found |= put_articles(world, host, [(path, one)], more=f'<a href="{amp}">AMP</a>', head=f'<link rel="amphtml" href="{amp}">')
    return found


# --- bad behaviour


def slow(world, host, count=24):
    """Answers late, and once in a while asks to be left alone."""
    rows = [(f"/tin/{one.slug}-{100 + n}.html", one) for n, one in enumerate(stories(host, count))]
    put_lists(world, host, "/", rows, lambda n: f"/?page={n}")
    asked = itertools.count(1)

    def late(path, one):
        refused = []

        def answer(_):
            time.sleep(0.03)
            if next(asked) % 9 == 0 and path not in refused:
                refused.append(path)
                return 429, {"Retry-After": "1"}, b""
            return 200, {}, article(one)

        return answer

    for path, one in rows:
        world.put(path, late(path, one), host)
    return {f"http://{host}{path}" for path, _ in rows}


def dying(world, host, count=24):
    """Every article fails once before it is given."""
    rows = [(f"/bai/{one.slug}-{100 + n}.html", one) for n, one in enumerate(stories(host, count))]
    put_lists(world, host, "/", rows, lambda n: f"/?page={n}")

    def once_dead(one):
        lives = iter([(503, {}, b"")])
        return lambda _: next(lives, (200, {}, article(one)))

    for path, one in rows[:8]:
        world.put(path, once_dead(one), host)
    put_articles(world, host, rows[8:])
    return {f"http://{host}{path}" for path, _ in rows}


def looping(world, host, count=40):
    """Traps: a calendar without end, links that grow, sessions, a list without end, filters, redirects in a ring."""
    rows = [(f"/tin/{one.slug}-{100 + n}.html", one) for n, one in enumerate(stories(host, count))]
    lures = ["/lich?month=5&year=2024", "/tin/them/", "/vong-1", "/ds?page=1", "/loc?loai=1&nam=2&xa=3", "/vi/vi/vi/vi/", "/phien;jsessionid=0a1b2c"]
    put_lists(world, host, "/", rows, lambda n: f"/?trang={n}")
    world.pages[host, "/"] = (200, {}, world.pages[host, "/"][2].replace(b"</main>", "".join(f'<a href="{lure}">x</a>' for lure in lures).encode() + b"</main>"))
    numbers = itertools.count(1)

    def trap(request_path):  # noqa: PLR0911 - a trap a line
        n = next(numbers)
        if request_path.startswith("/lich"):
            return 200, {}, page("Lịch", f'<p>Lịch công tác tháng {n % 12 + 1} năm {2024 + n}</p><a href="/lich?month={n % 12 + 1}&year={2024 + n}">sau</a><a href="/lich?month={(n + 6) % 12 + 1}&year={2000 + n}">trước</a>')
        if "/them/" in request_path:
            return 200, {}, page("Thêm", f'<p>Thêm {n}</p><a href="them/">nữa</a><a href="xem/">xem</a>')
        if request_path.startswith("/vong"):
            return 302, {"Location": f"/vong-{int(request_path[-1]) % 3 + 1}"}, b""
        if request_path.startswith("/ds"):
            return 200, {}, page("Danh sách", f'<p>Trang {n}</p><div class="pagination"><a href="/ds?page={n + 1}">{n + 1}</a></div>')
        if request_path.startswith("/loc"):
            return 200, {}, page("Lọc", "".join(f'<a href="/loc?loai={n + k}&nam={k}&xa={n}">lọc</a>' for k in range(5)))
        if request_path.startswith("/phien") or request_path.startswith("/vi"):
            return 200, {}, page("Phiên", f'<a href="/phien;jsessionid={n:06x}">x</a><a href="/phien?PHPSESSID={n:032x}">y</a><a href="/vi/vi/vi/">z</a>')
        return 404, {}, b""

    world.traps[host] = trap
    return put_articles(world, host, rows)


def lying(world, host, count=24):
    """Wrong lengths, wrong codings, wrong charsets, errors that call themselves 200."""
    rows = [(f"/tin/{one.slug}-{100 + n}.html", one) for n, one in enumerate(stories(host, count))]
    put_lists(world, host, "/", rows, lambda n: f"/?page={n}")
    found = put_articles(world, host, rows)
    wrong = [
        lambda body: (200, {"Content-Encoding": "gzip"}, body),
        lambda body: (200, {"Content-Type": "text/html; charset=iso-8859-1"}, body),
        lambda body: (200, {"Content-Type": "text/html; charset=klingon"}, body),
        lambda body: (200, {"Content-Encoding": "identity", "Content-Type": "TEXT/HTML"}, body),
    ]
    for (path, one), lie in zip(rows, wrong, strict=False):
        world.put(path, lie(article(one)), host)
    for number in range(3):
        world.put(f"/tin/mat-{number}.html", page("404 - Không tìm thấy", "<p>Trang không tồn tại.</p>"), host)
    world.put("/tin/ngan-1.html", (200, {"Content-Length": 100_000, "Connection": "close"}, page("Cụt", "<p>cụt</p>")), host)
    extra = "".join(f'<a href="/tin/mat-{n}.html">x</a>' for n in range(3)) + '<a href="/tin/ngan-1.html">y</a>'
    world.pages[host, "/"] = (200, {}, world.pages[host, "/"][2].replace(b"</main>", extra.encode() + b"</main>"))
    return found


def redirecting(world, host, count=40):
    """Old addresses lead to new ones, deleted pages home, others off the site, into this machine, or round and round."""
    rows = [(f"/moi/{one.slug}-{100 + n}.html", one) for n, one in enumerate(stories(host, count))]
    old = [(path.replace("/moi/", "/cu/"), one) for path, one in rows[:10]]
    put_lists(world, host, "/", old + rows[10:], lambda n: f"/?page={n}")
    for (path, _), (to, _) in zip(old, rows, strict=False):
        world.put(path, (301, {"Location": to}, b""), host)
    for path, to in (("/xoa-1.html", "/"), ("/ra-ngoai", "http://elsewhere.example/"), ("/vao-trong", "http://127.0.0.1:1/"), ("/quanh", "/quanh")):
        world.put(path, (302, {"Location": to}, b""), host)
    extra = "".join(f'<a href="{path}">x</a>' for path in ("/xoa-1.html", "/ra-ngoai", "/vao-trong", "/quanh"))
    world.pages[host, "/"] = (200, {}, world.pages[host, "/"][2].replace(b"</main>", extra.encode() + b"</main>"))
    return put_articles(world, host, rows)


def harmful(world, host, count=24):
    """Bombs in every coding, pages too deep and too wide, and pages that betting spam was written into."""
    rows = [(f"/tin/{one.slug}-{100 + n}.html", one) for n, one in enumerate(stories(host, count))]
    put_lists(world, host, "/", rows, lambda n: f"/?page={n}")
    world.put("/bom-1", (200, {"Content-Encoding": "gzip"}, gzip.compress(b"\0" * 30_000_000)), host)
    world.put("/bom-2", (200, {"Content-Encoding": "gzip, gzip"}, gzip.compress(gzip.compress(b"\0" * 50_000_000))), host)
    world.put("/sau", b"<html><body>" + b"<div>" * 60_000, host)
    world.put("/rong", b"<html><body><p " + b" ".join(b"a%d=1" % n for n in range(20_000)) + b">x</p></body></html>", host)
    spam = '<div style="display:none"><a href="http://bet.example/">nhà cái uy tín</a> casino trực tuyến, cá cược bóng đá, nổ hũ, tài xỉu, xóc đĩa, kèo nhà cái, slot game</div>'
    world.put("/hack-1.html", page("Khuyến mãi", spam * 3), host)
    extra = "".join(f'<a href="{path}">x</a>' for path in ("/bom-1", "/bom-2", "/sau", "/rong", "/hack-1.html"))
    world.pages[host, "/"] = (200, {}, world.pages[host, "/"][2].replace(b"</main>", extra.encode() + b"</main>"))
    return put_articles(world, host, rows)


def edited(world, host, count=40):
    """A sitemap that tells when articles were edited; `world.edit(host, …)` edits some."""
    rows = [(f"/tin/{one.slug}-{100 + n}.html", one) for n, one in enumerate(stories(host, count))]
    times = {path: one.day.isoformat() for path, one in rows}

    def sitemap(_):
        entries = "".join(f"<url><loc>http://{host}{path}</loc><lastmod>{at}</lastmod></url>" for path, at in times.items())
        return 200, {"Content-Type": "text/xml"}, f"<urlset>{entries}</urlset>".encode()

    def edit(numbers):
        for n in numbers:
            path, one = rows[n]
            world.put(path, article(story(one.seed, edition=1)), host)
            times[path] = (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)).isoformat(timespec="seconds")
        return {f"http://{host}{rows[n][0]}" for n in numbers}

    world.edit = edit
    world.put("/sitemap.xml", sitemap, host)
    world.put("/", page("Trang chủ", listing(rows[:3])), host)
    return put_articles(world, host, rows)


def mirror(world, host, of="nukeviet.example", count=12):
    """The articles of another host under new addresses, half of them with a canonical link."""
    rows = [(f"/ban-sao/{one.slug}-{9000 + n}.html", one) for n, one in enumerate(stories(of, count))]
    put_lists(world, host, "/", rows, lambda n: f"/?page={n}")
    found = set()
    for n, (path, one) in enumerate(rows):
        head = f'<link rel="canonical" href="http://{of}/vi/news/hoat-dong/{one.slug}-{1000 + n}.html">' if n % 2 else ""
        found |= put_articles(world, host, [(path, one)], head=head)
    return found


SITES = {f"{make.__name__}.example": make for make in (nukeviet, vhv, sharepoint, hoian, portal, hemera, slow, dying, looping, lying, redirecting, harmful, edited, mirror)}
