"""Archives in the form in which Common Crawl, Browsertrix, Heritrix and ArchiveBox-like folders leave them, made here byte by byte."""

import base64
import gzip
import hashlib
import json
import uuid
import zipfile

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor import open_tables
from extractor.crawl.frontier import Frontier
from extractor.crawl.imports import import_all
from extractor.crawl.indexed import Index, _blocks, entries
from extractor.engine import ReadOptions
from extractor.errors import InputError
from extractor.run import update
from replica.articles import story
from replica.held import held
from replica.sites import article, listing, page

SITE = "mattran.example"
ONE, TWO = article(story("x.1")), article(story("x.2"))


def http(body, *headers, status="HTTP/1.1 200 OK", end=b"\r\n"):
    """Return the block of a response."""
    return end.join([status.encode(), *(header.encode() for header in headers), b"", b""]) + body


def digest(data):
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def record(kind, block, *, url=None, version="WARC/1.0", date="2024-02-21T10:20:30Z", content_type=None, **more):
    """Return one record; names of more headers are given with underscores."""
    types = {"response": "application/http; msgtype=response", "request": "application/http; msgtype=request", "warcinfo": "application/warc-fields", "metadata": "application/warc-fields"}
    headers = {
        "WARC-Type": kind, "WARC-Record-ID": f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{kind}{url}{date}')}>", "WARC-Date": date,
        **({"WARC-Target-URI": url} if url else {}), **{name.replace("_", "-"): value for name, value in more.items()},
        "Content-Type": content_type or types[kind], "Content-Length": str(len(block)),
    }  # fmt: skip
    return "\r\n".join([version, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode() + block + b"\r\n\r\n"


def packed(*records):
    """Return the records, each a gzip member of its own."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)


# --- Common Crawl


def common_crawl():
    """Return records of a monthly crawl: bodies unpacked, what came over the wire under other names, some cut at a limit."""

    def response(url, body, *headers, **more):
        block = http(body, "Content-Type: text/html; charset=utf-8", "X-Crawler-Content-Encoding: gzip", "X-Crawler-Transfer-Encoding: chunked", f"Content-Length: {len(body)}", *headers)
        return record("response", block, url=url, WARC_IP_Address="203.113.1.1", WARC_Payload_Digest=digest(body), WARC_Block_Digest=digest(block), WARC_Identified_Payload_Type="text/html", **more)

    def around(url):
        request = record("request", http(b"", "User-Agent: CCBot/2.0 (https://commoncrawl.org/faq/)", "Accept-Encoding: br,gzip", "Host: a.example", status="GET /tin/ HTTP/1.1"), url=url)
        return request, record("metadata", b"fetchTimeMs: 312\r\ncharset-detected: UTF-8\r\nlanguages-cld2: {}\r\n", url=url)

    info = record("warcinfo", b"isPartOf: CC-MAIN-2024-10\r\nsoftware: Apache Nutch 1.19\r\nformat: WARC File Format 1.1\r\n", WARC_Filename="CC-MAIN-20240221-00001.warc.gz")
    urls = [f"https://{SITE}/tin/trao-qua-{n}.html" for n in range(4)]
    return [
        info,
        *(piece for url, body in ((urls[0], ONE), (urls[1], TWO)) for piece in (around(url)[0], response(url, body), around(url)[1])),
        response(urls[2], ONE[:400], WARC_Truncated="length"),
        # Years ago the body was unpacked but its head left as it was.
        record("response", http(article(story("x.3")), "Content-Type: text/html", "Content-Encoding: gzip", "Content-Length: 812"), url=urls[3]),
        record("response", b"HTTP/1.1 200 OK\r\nContent-Type: text/ht", url=f"https://{SITE}/cat"),  # the head itself is cut
        record("response", http(b"", "Location: /tin/", status="HTTP/1.1 301 Moved Permanently"), url=f"https://{SITE}/tin"),
        record("response", http(b"User-agent: *\n", "Content-Type: text/plain"), url=f"https://{SITE}/robots.txt"),
    ], urls


def test_common_crawl(tmp_path):
    records, urls = common_crawl()
    path = tmp_path / "CC-MAIN-20240221-00001.warc.gz"
    path.write_bytes(packed(*records))

    done = import_all([path], data=tmp_path / "data")

    pages = held(tmp_path / "data")
    assert (done.pages, dict(done.failed)) == (3, {})
    assert dict(done.skipped) == {"warcinfo": 1, "request": 2, "metadata": 2, "truncated": 2, "http_301": 1, "no_html": 1}
    assert {url: page.content for url, page in pages.items()} == {urls[0]: ONE, urls[1]: TWO, urls[3]: article(story("x.3"))}
    assert pages[urls[0]].fetched_at.isoformat() == "2024-02-21T10:20:30+00:00"
    assert update(tmp_path / "data", reading=ReadOptions(workers=0)).extracted.articles == 3
    assert {row["url"] for row in open_tables(tmp_path / "data")["articles"].to_table().to_pylist()} == set(pages)


def test_records_that_were_fetched_by_an_index_alone(tmp_path):
    """The index names file, offset and length of each record: what lies there is a file of its own."""
    records, urls = common_crawl()
    whole, index = b"", []
    for one in records:
        member = packed(one)
        if b"WARC-Type: response" in one:
            url = one.partition(b"WARC-Target-URI: ")[2].partition(b"\r")[0].decode()
            index.append({"url": url, "offset": str(len(whole)), "length": str(len(member)), "filename": "crawl-data/CC-MAIN-2024-10/x.warc.gz"})
        whole += member
    folder = tmp_path / "by-index"
    folder.mkdir()
    (folder / "index.cdxj").write_text("".join(f"example,a)/tin 20240221102030 {json.dumps(row)}\n" for row in index), encoding="utf-8")
    (folder / "got.warc.gz").write_bytes(b"".join(whole[int(row["offset"]) : int(row["offset"]) + int(row["length"])] for row in index if row["url"] in urls))

    done = import_all([folder], data=tmp_path / "data")

    assert set(held(tmp_path / "data")) == {urls[0], urls[1], urls[3]}
    assert dict(done.skipped) == {"no_html": 1, "truncated": 1}  # the index itself, and the page that was cut


LISTED = "crawl-data/CC-MAIN-2024-10/segments/1/warc/x.warc.gz"


def index_line(url, offset, length, **more):
    """Return a line of an index in CDXJ, as Common Crawl sorts and writes them."""
    host, _, path = url.partition("://")[2].partition("/")
    key = ",".join(reversed(host.removeprefix("www.").partition(":")[0].split(".")))
    told = {"url": url, "mime": "text/html", "mime-detected": "text/html", "status": "200", "digest": "X", "length": str(length), "offset": str(offset), "filename": LISTED, **more}
    return f"{key})/{path} 20240221102030 {json.dumps(told)}\n"


def monthly_crawl(folder):
    """Lay out a monthly crawl: a list of archives, one archive of many hosts, its index in blocks; return the list."""
    records, _ = common_crawl()
    others = [record("response", http(article(story(f"y.{n}")), "Content-Type: text/html"), url=f"https://www.{host}/tin/{n}.html") for n, host in enumerate(["a.example", "mattran.example.vn", "z.example"])]
    whole, lines = b"", []
    for one in (*records, *others):
        member = packed(one)
        if b"WARC-Type: response" in one:
            url = one.partition(b"WARC-Target-URI: ")[2].partition(b"\r")[0].decode()
            status = one.partition(b"HTTP/1.1 ")[2][:3].decode()
            lines.append(index_line(url, len(whole), len(member), status=status, **({"mime-detected": "text/plain"} if url.endswith("robots.txt") else {})))
        whole += member
    lines.append(index_line(f"https://{SITE}/khac.html", 0, 99, filename="crawl-data/CC-MAIN-2019-01/other.warc.gz"))
    lines.append("example,mattran)/hong 20240221102030 {\n")
    lines.sort()
    (folder / LISTED).parent.mkdir(parents=True)
    (folder / LISTED).write_bytes(whole)
    blocks = [lines[at : at + 2] for at in range(0, len(lines), 2)]
    packed_blocks = [gzip.compress("".join(block).encode(), mtime=0) for block in blocks]
    starts = [sum(map(len, packed_blocks[:n])) for n in range(len(blocks))]
    (folder / "cdx-00000.gz").write_bytes(b"".join(packed_blocks))
    told = (f"{' '.join(block[0].split(' ')[:2])}\tcdx-00000.gz\t{start}\t{len(one)}\t{n}\n" for n, (block, start, one) in enumerate(zip(blocks, starts, packed_blocks, strict=True), 1))
    (folder / "cluster.idx").write_text("".join(told), encoding="utf-8")
    paths = folder / "warc.paths.gz"
    paths.write_bytes(gzip.compress(f"{LISTED}\ncrawl-data/CC-MAIN-2024-10/segments/1/warc/unasked.warc.gz\n".encode()))
    return paths


def wanted(folder, *files, hosts=(SITE,), base=None):
    return Index(tuple(str(folder / name) for name in files), base, frozenset(hosts))


@pytest.mark.parametrize("index", ["cluster.idx", "cdx-00000.gz"])
@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_list_of_archives_is_read_by_its_index(tmp_path, index, scheme):
    paths = monthly_crawl(tmp_path)
    urls = common_crawl()[1]

    done = import_all([paths], data=tmp_path / "data", index=Index((f"{scheme}{tmp_path}/{index}",), f"{scheme}{tmp_path}", frozenset({"www." + SITE})))

    assert set(held(tmp_path / "data")) == {urls[0], urls[1], urls[3]}
    assert dict(done.skipped) == {"truncated": 2, "http_301": 1, "no_html": 1, "not_listed": 1, "bad_line": 1}
    again = import_all([paths], data=tmp_path / "data", index=wanted(tmp_path, index))
    assert (again.pages, again.skipped["known"]) == (0, 3)


def test_the_paths_of_each_list_start_from_its_own_folder(tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    paths = [monthly_crawl(folder) for folder in folders]

    done = import_all(paths, data=tmp_path / "data", index=wanted(tmp_path, "one/cluster.idx"))

    assert (done.pages, done.skipped["known"], done.unread) == (3, 3, [])


def test_only_blocks_of_wanted_hosts_are_read(tmp_path):
    paths = monthly_crawl(tmp_path)
    lines = (tmp_path / "cluster.idx").read_bytes().splitlines(keepends=True)
    for host in ("a.example", "mattran.example.vn", "z.example", "not.example", SITE):
        exact = [one.url for one in entries(str(tmp_path / "cdx-00000.gz"), {host}) if not isinstance(one, str)]
        assert [one.url for one in entries(str(tmp_path / "cluster.idx"), {host}) if not isinstance(one, str)] == exact
        assert all(host in url for url in exact)
    assert len(list(_blocks(iter(lines), [b"example,a"]))) < len(lines)
    assert import_all([paths], data=tmp_path / "data", index=wanted(tmp_path, "cluster.idx", hosts=["not.example"])).pages == 0


@given(st.lists(st.text("abc,", min_size=1, max_size=6).map(lambda host: host.strip(",") or "a"), min_size=1, max_size=12), st.integers(1, 4), st.lists(st.text("abc,", min_size=1, max_size=4), max_size=3))
def test_no_block_with_a_wanted_host_is_passed_over(hosts, size, asked):
    keys = sorted(f"{host})/{n} 20240221102030".encode() for n, host in enumerate(hosts))
    blocks = [keys[at : at + size] for at in range(0, len(keys), size)]
    want = sorted(host.encode() for host in {*asked, hosts[0]})
    taken = set(_blocks(iter([block[0] for block in blocks]), want))
    assert all(block[0] in taken for block in blocks if any(key.partition(b")")[0] in want for key in block))


def test_what_cannot_be_read_of_listed_archives_is_told_and_the_rest_is_read(tmp_path):
    paths = monthly_crawl(tmp_path)
    urls = common_crawl()[1]
    gone = "crawl-data/CC-MAIN-2024-10/segments/1/warc/unasked.warc.gz"
    first = tmp_path / "first.cdxj"
    lines = [index_line(f"https://{SITE}/{n}", 0, 10, filename=gone) for n in range(3)]
    elsewhere = next(one for one in entries(str(tmp_path / "cluster.idx"), {"a.example"}) if not isinstance(one, str))
    lines.append(index_line(f"https://{SITE}/khong-phai", elsewhere.offset, elsewhere.length))
    lines += [index_line(urls[0], 7, 300), index_line(urls[0], -1, 300), index_line(urls[0], 0, 10**12), index_line(urls[0], 0, 9, filename="../x.warc.gz")]
    bad = packed(record("response", http(ONE, "Content-Type: text/html"), url="http://[bad/"))
    end = (tmp_path / LISTED).stat().st_size
    (tmp_path / LISTED).write_bytes((tmp_path / LISTED).read_bytes() + bad)
    lines.append(index_line(f"https://{SITE}/hong", end, len(bad)))
    first.write_text("".join(lines), encoding="utf-8")

    with pytest.raises(InputError, match=r"unasked\.warc\.gz: cannot be read.*and 1 more.*3 pages were imported"):
        import_all([paths], data=tmp_path / "data", index=wanted(tmp_path, "first.cdxj", "cluster.idx"))
    assert set(held(tmp_path / "data")) == {urls[0], urls[1], urls[3]}


@pytest.mark.parametrize(("name", "content"), [("cluster.idx", b"no line of an index\n"), ("cdx-00000.gz", b"\x1f\x8b broken"), ("nowhere.gz", None)], ids=["cluster", "broken", "nowhere"])
def test_an_index_that_is_none_is_an_error(tmp_path, name, content):
    paths = monthly_crawl(tmp_path)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        import_all([paths], data=tmp_path / "data", index=wanted(tmp_path, name))


def test_a_list_of_archives_needs_its_index(tmp_path):
    with pytest.raises(InputError, match="--index"):
        import_all([monthly_crawl(tmp_path)], data=tmp_path / "data")


# --- Browsertrix


def browsertrix():
    """Return the records of a browser's crawl: HTTP/2 written as 1.1, bodies unpacked, pictures of pages, words and pages as resources."""
    more = {"version": "WARC/1.1", "date": "2025-06-01T08:00:00.123Z"}
    url = f"https://{SITE}/tin/trao-qua-1.html"
    head = ("content-type: text/html; charset=utf-8", "x-orig-content-encoding: br", "x-orig-transfer-encoding: chunked", "etag: \"v1\"")
    return [
        record("warcinfo", b"software: Browsertrix-Crawler 1.6.0 (with warcio.js 2.4.4)\r\nformat: WARC File Format 1.1\r\n", **more),
        record("response", http(ONE, *head, status="HTTP/1.1 200"), url=url, WARC_Page_ID="p1", WARC_Resource_Type="document", WARC_Protocol="h2", WARC_JSON_Metadata='{"ipType":"Public"}', WARC_Payload_Digest="sha256:" + hashlib.sha256(ONE).hexdigest(), **more),
        record("request", http(b"", f":authority: {SITE}", ":method: GET", status="GET /tin/trao-qua-1.html HTTP/1.1"), url=url, WARC_Page_ID="p1", **more),
        record("response", http(brotli.compress(TWO), "content-type: text/html", "content-encoding: br", status="HTTP/2 200"), url=f"https://{SITE}/tin/trao-qua-2.html", WARC_Resource_Type="document", **more),
        record("response", http(b"{}", "content-type: application/json"), url=f"https://{SITE}/api?__wb_method=POST&page=2", WARC_Resource_Type="fetch", **more),
        record("response", http(b"\xff\xd8\xff", "content-type: image/jpeg"), url=f"https://{SITE}/anh.jpg", WARC_Resource_Type="image", **more),
        record("revisit", http(b"", *head), url=f"https://{SITE}/tin/trao-qua-1.html?x=1", content_type="application/http; msgtype=response", WARC_Profile="http://netpreserve.org/warc/1.1/revisit/identical-payload-digest", WARC_Refers_To_Target_URI=url, WARC_Refers_To_Date="2025-06-01T08:00:00.123Z", **more),
        record("resource", b'{"pageid":"p1"}', url=f"urn:pageinfo:{url}", content_type="application/json", **more),
        record("resource", b"\x89PNG", url=f"urn:view:{url}", content_type="image/png", **more),
        record("resource", "Trao quà".encode(), url=f"urn:text:{url}", content_type="text/plain", **more),
    ]  # fmt: skip


def wacz(path, *warcs, compression=zipfile.ZIP_STORED, folder="archive/"):
    """Write a packed collection: archives as they are, their index, the pages, and a description of it all."""
    with zipfile.ZipFile(path, "w", compression) as made:
        for number, warc in enumerate(warcs):
            made.writestr(f"{folder}rec-{number}.warc.gz", warc)
        made.writestr("indexes/index.cdx.gz", gzip.compress(b"example,a)/ 20250601080000 {}\n"))
        made.writestr("pages/pages.jsonl", '{"format": "json-pages-1.0", "id": "pages"}\n')
        made.writestr("datapackage.json", json.dumps({"profile": "data-package", "wacz_version": "1.1.1", "resources": []}))
    return path


SKIPPED = {"warcinfo": 1, "request": 1, "no_html": 2, "revisit": 1, "resource": 3}


@pytest.mark.parametrize("form", ["warc", "stored", "deflated", "collection"])
def test_browsertrix(tmp_path, form):
    warc, data = packed(*browsertrix()), tmp_path / "data"
    if form == "warc":
        path = tmp_path / "rec-0.warc.gz"
        path.write_bytes(warc)
    elif form == "collection":  # as its folder stands on the disk
        path = tmp_path / "collections" / "mttq"
        for name, content in {"archive/rec-0.warc.gz": warc, "pages/pages.jsonl": b"{}", "logs/crawl.log": b"{}", "warc-cdx/0.cdx": b" CDX"}.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    else:
        path = wacz(tmp_path / "mttq.wacz", warc, compression=zipfile.ZIP_STORED if form == "stored" else zipfile.ZIP_DEFLATED)

    done = import_all([path], data=data)

    assert (done.pages, dict(done.failed), done.unread) == (2, {}, [])
    assert dict(done.skipped) == (SKIPPED | {"no_html": 5} if form == "collection" else SKIPPED)
    pages = held(data)
    assert {url: page.content for url, page in pages.items()} == {f"https://{SITE}/tin/trao-qua-1.html": ONE, f"https://{SITE}/tin/trao-qua-2.html": TWO}
    assert pages[f"https://{SITE}/tin/trao-qua-1.html"].fetched_at.isoformat() == "2025-06-01T08:00:00.123000+00:00"
    assert import_all([path], data=data).pages == 0


def test_a_collection_that_cannot_be_read_is_told_and_the_rest_of_it_kept(tmp_path):
    warc = packed(*browsertrix())
    half = wacz(tmp_path / "half.wacz", warc[:-20], packed(record("response", http(TWO, "content-type: text/html"), url=f"https://{SITE}/tin/trao-qua-9.html")))
    empty, broken = wacz(tmp_path / "empty.wacz", warc, folder="elsewhere/"), tmp_path / "broken.wacz"
    broken.write_bytes(half.read_bytes()[:300])
    locked = tmp_path / "locked.wacz"
    content = bytearray(wacz(locked, warc).read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    locked.write_bytes(content)

    for path, told in ((half, r"half\.wacz, archive/rec-0\.warc\.gz: cannot be read as WARC"), (empty, r"empty\.wacz: a WACZ without archive"), (broken, r"broken\.wacz: cannot be read"), (locked, r"locked\.wacz, archive/rec-0.warc.gz: locked")):
        with pytest.raises(InputError, match=told):
            import_all([path], data=tmp_path / "data")
    assert set(held(tmp_path / "data")) == {f"https://{SITE}/tin/trao-qua-{n}.html" for n in (1, 2, 9)}


# --- Heritrix


def heritrix(*, version="WARC/1.0"):
    """Return the records of a library's crawl: names looked up, bodies as they came over the wire, where each was found."""
    url = f"http://{SITE}/tin/trao-qua-1.html"
    wire = gzip.compress(ONE, mtime=0)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (wire[:300], wire[300:])) + b"0\r\n\r\n"
    more = {"version": version}
    same = {"WARC_Profile": "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest", "WARC_Truncated": "length"}
    return [
        record("warcinfo", b"software: Heritrix/3.4.0 http://crawler.archive.org\r\nformat: WARC File Format 1.0\r\nconformsTo: http://bibnum.bnf.fr/WARC/WARC_ISO_28500_version1_latestdraft.pdf\r\nrobots: obey\r\n", WARC_Filename="JOB-20240221-00000.warc.gz", **more),
        record("response", b"20240221102030\na.example.\t300\tIN\tA\t203.113.1.1\n", url=f"dns:{SITE}", content_type="text/dns", WARC_IP_Address="203.113.1.250", **more),
        record("response", http(b"User-agent: *\nDisallow:\n", "Content-Type: text/plain", status="HTTP/1.0 200 OK"), url=f"http://{SITE}/robots.txt", **more),
        record("response", http(chunks, "Server: Microsoft-IIS/6.0", "Content-Type: text/html; charset=utf-8", "Content-Encoding: gzip", "Transfer-Encoding: chunked"), url=url, WARC_IP_Address="203.113.1.1", WARC_Payload_Digest=digest(chunks), **more),
        record("request", http(b"", "User-Agent: Mozilla/5.0 (compatible; heritrix/3.4.0 +http://library.example)", status="GET /tin/trao-qua-1.html HTTP/1.0"), url=url, **more),
        record("metadata", f"via: http://{SITE}/tin/\r\nhopsFromSeed: LL\r\nsourceTag: http://{SITE}/\r\nfetchTimeMs: 97\r\noutlink: http://{SITE}/tin/2 L a/@href\r\n".encode(), url=url, **more),
        # An old server: HTTP/1.0, lines that end in a line feed alone, no length.
        record("response", http(TWO, "Content-Type: text/html", status="HTTP/1.0 200 OK", end=b"\n"), url=f"http://{SITE}/tin/trao-qua-2.html", **more),
        record("revisit", http(b"", "Content-Type: text/html"), url=f"http://{SITE}/tin/trao-qua-3.html", content_type="application/http; msgtype=response", **same, **more),
        record("response", http(b"x", "Content-Type: text/html", status="HTTP/1.1 503 Service Unavailable"), url=f"http://{SITE}/tin/4", **more),
        record("resource", b"220 ftp ready", url="ftp://a.example/x", content_type="text/plain", **more),
        record("conversion", b"Trao", url=url, content_type="text/plain", **more),
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["a_member_each", "plain", "one_member", "job"])
@pytest.mark.parametrize("version", ["WARC/1.0", "WARC/1.1"])
def test_heritrix(tmp_path, form, version):
    records, data = heritrix(version=version), tmp_path / "data"
    job = tmp_path / "jobs" / "mttq" / "20240221102030"
    path = {"plain": tmp_path / "JOB.warc", "job": job / "warcs" / "JOB.warc.gz"}.get(form, tmp_path / "JOB.warc.gz")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(records) if form == "plain" else packed(*records))
    if form == "job":
        (job / "crawl.log").write_text("2024-02-21T10:20:30.000Z 200 812 http://a.example/\n", encoding="utf-8")
        path = tmp_path / "jobs"
    if form == "one_member":  # against the standard: no record can be read by its place, and it is told so
        path.write_bytes(gzip.compress(b"".join(records)))
        with pytest.raises(InputError, match="cannot be read as WARC"):
            import_all([path], data=data)
        return

    done = import_all([path], data=data)

    assert (done.pages, dict(done.failed)) == (2, {})
    expected = {"warcinfo": 1, "no_http": 1, "no_html": 1, "request": 1, "metadata": 1, "revisit": 1, "http_503": 1, "resource": 1, "conversion": 1}
    assert dict(done.skipped) == (expected | {"no_html": 2} if form == "job" else expected)
    assert {url: page.content for url, page in held(data).items()} == {f"http://{SITE}/tin/trao-qua-1.html": ONE, f"http://{SITE}/tin/trao-qua-2.html": TWO}
    assert update(data, reading=ReadOptions(workers=0)).extracted.articles == 2


# --- folders and lists


def test_pages_saved_by_browsers_and_copiers_know_their_address(tmp_path):
    folder = tmp_path / "saved"
    folder.mkdir()
    url = f"https://{SITE}/tin/trao-qua-1.html"
    for name, content in {
        "Trao quà.html": f"<!-- saved from url=({len(url):04d}){url} -->\r\n".encode() + ONE,
        "single.html": f"<!DOCTYPE html> <html lang=vi><!--\n Page saved with SingleFile \n url: https://{SITE}/tin/trao-qua-2.html \n saved date: Sat Feb 24 2024\n-->".encode() + TWO,
        "x/3.html": f"<!-- Mirrored from {SITE}/tin/trao-qua-3.html by HTTrack Website Copier/3.x [XR&CO'2014], Fri, 23 Feb 2024 01:00:00 GMT -->".encode() + article(story("x.3")),
        "named.html": article(story("x.4"), head=f'<link rel="canonical" href="https://{SITE}/tin/trao-qua-4.html">'),
        f"{SITE}/tin/trao-qua-5.html": article(story("x.5")),
        f"{SITE}+8080/tin/index.html@page=2.html": page("Tin", listing([])),
        "list_files/anh.jpg": b"\xff\xd8\xff",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    done = import_all([folder], data=tmp_path / "data")

    assert (done.pages, dict(done.skipped)) == (6, {"no_html": 1})
    assert set(held(tmp_path / "data")) == {url, *(f"https://{SITE}/tin/trao-qua-{n}.html" for n in (2, 4)), *(f"http://{SITE}/tin/trao-qua-{n}.html" for n in (3, 5)), f"http://{SITE}:8080/tin/index.html@page=2.html"}


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_lists_of_addresses_as_people_keep_them(tmp_path, ends):
    """One a line, with a mark of the code, quotes, commas, remarks, other columns' heads and words in between."""
    lines = ["\ufeffurl", "# Cao Bằng", "", f"https://{SITE}/tin/1.html", f'"https://{SITE}/tin/2.html",', f"  https://{SITE}/tin/1.html#dau  ", "mailto:x@a.example", f"HTTPS://{SITE.upper()}:443/tin/3.html?utm_source=zalo", f"ftp://{SITE}/x", "x" * 9_000]
    path = tmp_path / "urls.txt"
    path.write_bytes(ends.join(lines).encode())

    done = import_all([path], data=tmp_path / "data")

    assert (done.queued, dict(done.skipped)) == (3, {"no_address": 6, "known": 1})
    frontier = Frontier(tmp_path / "data" / "frontier.sqlite")
    frontier.begin([])
    assert sorted(frontier.next_job(SITE).url for _ in range(3)) == [f"https://{SITE}/tin/{n}.html" for n in (1, 2, 3)]
    frontier.close()


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_tables_of_addresses(tmp_path, between):
    rows = [("đơn vị", "địa chỉ", "ngày"), ('"xã Thắng Lợi, huyện Hạ Lang"', f"https://{SITE}/tin/1.html", "3/5/2024"), ("x", f"https://{SITE}/tin/2.html?a=1,2", ""), ("y", "", "")]
    path = tmp_path / "urls.csv"
    path.write_text("".join(between.join(f'"{cell}"' if "," in cell and '"' not in cell else cell for cell in row) + "\n" for row in rows), encoding="utf-8")

    done = import_all([path], data=tmp_path / "data")

    assert (done.queued, dict(done.skipped)) == (2, {"no_address": 2})


def test_an_empty_folder_gives_nothing(tmp_path):
    (tmp_path / "none").mkdir()

    assert import_all([tmp_path / "none"], data=tmp_path / "data").pages == 0

