"""What others have fetched is brought in: WARC of wget and other crawlers, saved folders, lists; twice is once."""

import datetime as dt
import gzip
import io
import json
import subprocess

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from extractor import open_tables
from extractor.archive import ArchiveWriter, Exchange, read_pages
from extractor.cli import app
from extractor.crawl import CrawlOptions, crawl, status
from extractor.crawl.imports import import_all
from extractor.engine import ReadOptions
from extractor.errors import InputError
from extractor.run import update
from replica.articles import story
from replica.held import held
from replica.server import HOST, World, html
from replica.sites import article, nukeviet
from replica.tools import needs

NOW = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)


def warc(path, *records, packed=True):
    """Write records (type, url, block or None, more headers) as another crawler would."""
    with path.open("wb") as handle:
        writer = WARCWriter(handle, gzip=packed)
        for kind, url, block, more in records:
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1") if kind in {"response", "revisit"} else None
            made = writer.create_warc_record(url, kind, payload=io.BytesIO(block or b""), length=len(block or b""), http_headers=head, warc_headers_dict={"WARC-Date": "2025-03-01T00:00:00Z", **more})
            writer.write_record(made)
    return path


def test_an_archive_of_another_crawler(tmp_path):
    path = warc(
        tmp_path / "theirs.warc.gz",
        ("response", "http://a.example/1", html(text="một"), {}),
        ("revisit", "http://a.example/1", None, {}),
        ("response", "http://a.example/2", html(text="hai"), {"WARC-Truncated": "length"}),
        ("response", "urn:x", html(), {}),
        ("metadata", "http://a.example/1", b"via: x", {}),
        ("response", "http://a.example/3?utm_source=x", html(text="ba"), {}),
    )

    told = []

    done = import_all([path], data=tmp_path / "data", on_page=lambda so_far: told.append(so_far.skipped.total()))

    assert told == [0, 0, 1, 2, 3, 4]
    assert (done.pages, dict(done.skipped), done.failed.total()) == (2, {"revisit": 1, "truncated": 1, "no_address": 1, "metadata": 1}, 0)
    pages = held(tmp_path / "data")
    assert {url: page.content for url, page in pages.items()} == {"http://a.example/1": html(text="một"), "http://a.example/3": html(text="ba")}
    assert pages["http://a.example/1"].fetched_at == NOW


def test_twice_is_once_and_an_older_state_is_no_news(tmp_path):
    path, old = warc(tmp_path / "a.warc", ("response", "http://a.example/1", html(text="mới"), {}), packed=False), tmp_path / "b.warc.gz"
    warc(old, ("response", "http://a.example/1", html(text="cũ"), {"WARC-Date": "2024-01-01T00:00:00Z"}))
    data = tmp_path / "data"
    import_all([path], data=data)
    before = {p: p.read_bytes() for p in (data / "archive").iterdir()}

    again, older = import_all([path, path], data=data), import_all([old], data=data)

    assert (again.pages, dict(again.skipped)) == (0, {"known": 2})
    assert (older.pages, dict(older.skipped)) == (0, {"older": 1})
    assert {p: p.read_bytes() for p in (data / "archive").iterdir()} == before


def test_what_is_poisoned_or_no_page_is_counted(tmp_path):
    writer = ArchiveWriter(tmp_path / "theirs")
    packed = (("content-type", "text/html"), ("content-encoding", "gzip"))
    for url, status_, headers, body in (
        ("http://a.example/bomb", 200, packed, gzip.compress(b"\0" * 50_000_000)),
        ("http://a.example/gone", 404, (), b"x"),
        ("http://a.example/pic", 200, (("content-type", "image/png"),), b"x"),
        ("http://a.example/fine", 200, packed, gzip.compress(html())),
    ):
        writer.append(Exchange(url=url, status=status_, headers=headers, body=body, fetched_at=NOW))

    done = import_all(sorted((tmp_path / "theirs").iterdir()), data=tmp_path / "data")

    assert (done.pages, dict(done.failed)) == (1, {"bomb": 1})
    assert done.skipped == {"warcinfo": 1, "request": 4, "http_404": 1, "no_html": 1}


def test_a_folder_of_saved_pages(tmp_path):
    folder = tmp_path / "saved"
    for path, content in {
        "a.example/tin/1.html": html(text="theo thư mục"),
        "tải về/bài.html": b"<html><head><link rel='canonical' href='https://b.example/tin/2'></head><body>x</body></html>",
        "tải về/không tên.HTM": html(text="không địa chỉ"),
        "a.example/style.css": b"p {}",
        "deep.html": b"<div>" * 60_000,
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)

    done = import_all([folder], data=tmp_path / "data")

    assert set(held(tmp_path / "data")) == {"http://a.example/tin/1.html", "https://b.example/tin/2", "http://unknown.invalid/t%E1%BA%A3i%20v%E1%BB%81/kh%C3%B4ng%20t%C3%AAn.HTM"}
    assert dict(done.skipped) == {"no_html": 1, "too_deep": 1}


def test_a_list_of_addresses_is_fetched_by_the_next_crawl(tmp_path):
    world = World()
    try:
        world.put("/tin/1", html(text="một"))
        world.put("/tin/2", html("/tin/3", text="hai"))
        world.put("/tin/3", html(text="ba"))
        listed = tmp_path / "urls.txt"
        listed.write_text(f"\ufeff# của tỉnh\nhttp://{HOST}/tin/1\r\nhttp://{HOST}/tin/1#x\n\nnhững gì\nhttp://{HOST}/tin/2\n", encoding="utf-8")

        done = import_all([listed], data=tmp_path / "data")
        assert (done.queued, done.pages, dict(done.skipped)) == (2, 0, {"known": 1, "no_address": 1})
        fetched = crawl([], data=tmp_path / "data", options=CrawlOptions(delay=0, max_depth=1, connect_to={HOST: ("127.0.0.1", world.port)}))
        assert fetched.fetched == 2
    finally:
        world.close()


def test_what_cannot_be_read_is_told_and_the_others_are_kept(tmp_path):
    good = warc(tmp_path / "good.warc.gz", ("response", "http://a.example/1", html(), {}))
    bad = tmp_path / "bad.warc.gz"
    bad.write_bytes(b"no warc")

    with pytest.raises(InputError, match=r"bad\.warc\.gz.*\(and 2 more\); 1 pages were imported"):
        import_all([bad, tmp_path / "missing.warc", tmp_path / "x.docx", good], data=tmp_path / "data")
    assert len(held(tmp_path / "data")) == 1


def test_an_archive_cut_short_gives_what_is_whole(tmp_path):
    path = warc(tmp_path / "a.warc.gz", *(("response", f"http://a.example/{n}", html(text=f"bài {n}" * 300), {}) for n in range(5)))
    path.write_bytes(path.read_bytes()[:-50])

    with pytest.raises(InputError, match="ends in the middle of the record.*4 pages were imported"):
        import_all([path], data=tmp_path / "data")
    assert len(held(tmp_path / "data")) == 4


def test_imported_articles_reach_the_tables_and_an_edit_keeps_the_earlier_state(tmp_path):
    data, url = tmp_path / "data", "http://a.example/tin/bai-1.html"
    for number, edition in enumerate((0, 5)):
        path = warc(tmp_path / f"{number}.warc.gz", ("response", url, article(story("x.1", edition=edition)), {"WARC-Date": f"2025-0{number + 1}-01T00:00:00Z"}))
        import_all([path], data=data)
    report = update(data, reading=ReadOptions(workers=0))

    assert report.extracted.pages == 2
    assert [row["url"] for row in open_tables(data)["articles"].to_table().to_pylist()] == [url]
    assert open_tables(data)["article_versions"].count_rows() == 1


def test_what_wget_has_fetched(tmp_path):
    """A real crawler's archive: chunks, its own records, a log and a manifest as resources."""
    host = "127.0.0.1"
    world = World()
    try:
        articles = nukeviet(world, host, count=6)
        command = [needs("wget"), "-q", "-r", "-l", "4", "--no-parent", "-e", "robots=off", "--tries=1", "--warc-file", str(tmp_path / "wget"), "-P", str(tmp_path / "saved"), f"http://{host}:{world.port}/"]
        subprocess.run(command, check=False, timeout=60, cwd=tmp_path)
    finally:
        world.close()
    expected = {url.replace(f"//{host}/", f"//{host}:{world.port}/") for url in articles}

    done = import_all([tmp_path / "wget.warc.gz"], data=tmp_path / "warc")
    assert expected <= set(held(tmp_path / "warc"))
    assert set(done.skipped) <= {"warcinfo", "request", "http_404", "resource", "metadata", "no_html"}
    assert update(tmp_path / "warc", reading=ReadOptions(workers=0)).extracted.articles >= 6
    assert len(list(read_pages(tmp_path / "wget.warc.gz"))) >= 6


def test_the_command_says_what_it_did(tmp_path):
    from typer.testing import CliRunner

    path = warc(tmp_path / "a.warc.gz", ("response", "http://a.example/tin/bai-1.html", article(story("x.1")), {}))
    ran = CliRunner().invoke(app, ["import", str(path), "--data", str(tmp_path / "data"), "--only-archive"])

    assert ran.exit_code == 0
    assert "Imported 1 pages, queued 0 addresses; skipped: 0; failed: 0." in ran.stderr
    assert status.counts(tmp_path / "data") == {"done": 1}
    assert json.loads(json.dumps(status.explain(tmp_path / "data", "http://a.example/tin/bai-1.html")["state"])) == "done"
