"""The archive: what goes in comes out, other readers agree, and a file that was cut short says so."""

import datetime as dt
import gzip
import io
import os
import zlib

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from extractor import archive
from extractor.archive import ArchiveWriter, Exchange, read_page_at, read_pages
from extractor.errors import InputError, PoisonError

NOW = dt.datetime(2025, 8, 1, 7, 30, 12, 345678, tzinfo=dt.UTC)
HTML = (("content-type", "text/html; charset=utf-8"),)


def exchange(body, *, url="http://a.example/x", headers=HTML, **more):
    return Exchange(url=url, headers=headers, body=body, fetched_at=NOW, **more)


def write(folder, *exchanges):
    writer = ArchiveWriter(folder)
    return [writer.append(one) for one in exchanges]


def members(raw):
    """Return the unpacked gzip members of a file, one after the other."""
    found = []
    while raw:
        decoder = zlib.decompressobj(31)
        found.append(decoder.decompress(raw))
        assert decoder.eof
        raw = decoder.unused_data
    return found


def test_a_page_comes_back_as_it_was_fetched(tmp_path):
    body = "<html>Uỷ ban Mặt trận".encode()
    [(name, offset, _)] = write(
        tmp_path, exchange(gzip.compress(body), headers=(*HTML, ("content-encoding", "gzip")), status=203)
    )

    page = read_page_at(tmp_path / name, offset)

    assert body == page.content
    assert (page.url, page.status, page.fetched_at) == ("http://a.example/x", 203, NOW)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert (name, offset) == (page.warc_file, page.warc_offset)
    assert [page] == list(read_pages(tmp_path / name))


@settings(max_examples=60, deadline=None)
@given(bodies=st.lists(st.binary(max_size=2_000), min_size=1, max_size=4), packed=st.booleans())
def test_any_bytes_survive_the_archive(tmp_path_factory, bodies, packed):
    folder = tmp_path_factory.mktemp("archive")
    headers = (*HTML, ("content-encoding", "gzip")) if packed else HTML
    pages = [
        exchange(gzip.compress(b) if packed else b, url=f"http://a.example/{n}", headers=headers)
        for n, b in enumerate(bodies)
    ]

    places = write(folder, *pages)

    path = folder / places[0][0]
    assert bodies == [page.content for page in read_pages(path)]
    assert bodies == [read_page_at(path, offset).content for _, offset, _ in places]
    assert path.stat().st_size == places[-1][2]


def test_other_readers_read_it(tmp_path):
    bodies = [b"<html>one", b"<html>two" * 500, b""]
    conditions = (("fetchTimeMs", "12"),)
    places = write(
        tmp_path,
        *(
            exchange(b, url=f"http://a.example/{n}", conditions=conditions, remote_ip="203.0.113.9")
            for n, b in enumerate(bodies)
        ),
    )
    path = tmp_path / places[0][0]

    with path.open("rb") as handle:
        by_warcio = [(r.rec_type, r.content_stream().read()) for r in ArchiveIterator(handle, check_digests="raise")]
    with path.open("rb") as handle:
        by_fastwarc = [
            r.reader.read() for r in FastIterator(handle, record_types=WarcRecordType.response, verify_digests=True)
        ]

    assert ["warcinfo", *["response", "request", "metadata"] * 3] == [kind for kind, _ in by_warcio]
    assert bodies == [body for kind, body in by_warcio if kind == "response"]
    assert bodies == by_fastwarc


def test_warcio_check_finds_nothing(tmp_path, capsys):
    [(name, _, _)] = write(tmp_path, exchange(b"<html>"))
    checker = Checker(type("Arguments", (), {"inputs": [str(tmp_path / name)], "verbose": True})())

    checker.process_all()

    assert checker.exit_value == 0
    assert "digest pass" in capsys.readouterr().out


def test_every_record_is_a_member_of_its_own(tmp_path):
    places = write(tmp_path, exchange(b"<html>one"), exchange(b"<html>two"))

    found = members((tmp_path / places[0][0]).read_bytes())

    assert len(found) == 5
    assert all(one.startswith(b"WARC/1.1\r\n") and one.count(b"WARC-Record-ID") == 1 for one in found)


def test_request_and_response_name_each_other(tmp_path):
    [(name, _, _)] = write(
        tmp_path, exchange(b"<html>", request_headers=(("if-none-match", '"v1"'),), remote_ip="203.0.113.9")
    )

    with (tmp_path / name).open("rb") as handle:
        records = {r.rec_type: (r.rec_headers, r.http_headers) for r in ArchiveIterator(handle)}

    response, request = records["response"][0], records["request"][0]
    assert response.get_header("WARC-Record-ID") == request.get_header("WARC-Concurrent-To")
    assert response.get_header("WARC-IP-Address") == "203.0.113.9"
    assert response.get_header("WARC-Date") == "2025-08-01T07:30:12.345678Z"
    assert records["request"][1].get_header("if-none-match") == '"v1"'


def test_cut_at_any_byte_it_gives_the_whole_pages_and_says_that_it_is_cut(tmp_path):
    (name, first, second), (_, _, end) = write(tmp_path, exchange(b"<html>one" * 30), exchange(b"<html>two" * 30))
    raw = (tmp_path / name).read_bytes()
    whole = [0]
    for one in range(1, len(raw) + 1):
        if one == len(raw) or (raw[one : one + 2] == b"\x1f\x8b" and raw[one + 2 : one + 3] == b"\x08"):
            whole.append(one)
    assert {first, second, end} <= set(whole)
    cut = tmp_path / "cut.warc.gz"

    for size in range(len(raw)):
        cut.write_bytes(raw[:size])
        given_out, told = [], False
        try:
            given_out.extend(page.content for page in read_pages(cut))
        except InputError:
            told = True
        assert given_out == [b"<html>one" * 30, b"<html>two" * 30][: len(given_out)]
        assert len(given_out) >= (size >= second)
        assert told == (size not in whole or size == 0), size


def test_a_plain_file_cut_short_says_so(tmp_path):
    [(name, _, _)] = write(tmp_path, exchange(b"<html>one" * 30))
    plain = gzip.decompress((tmp_path / name).read_bytes())
    path = tmp_path / "plain.warc"
    path.write_bytes(plain)
    assert [page.content for page in read_pages(path)] == [b"<html>one" * 30]

    path.write_bytes(plain[: plain.index(b"<html>one") + 20])

    with pytest.raises(InputError, match="middle of the record"):
        list(read_pages(path))


@settings(max_examples=200, deadline=None)
@given(plain=st.booleans(), changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_damage_never_gives_an_error_of_another_kind(tmp_path_factory, plain, changes):
    folder = tmp_path_factory.mktemp("damage")
    [(name, offset, _)] = write(folder, exchange(b"<html>one" * 30))
    raw = bytearray((folder / name).read_bytes())
    if plain:
        raw, offset = bytearray(gzip.decompress(bytes(raw))), 0
    for where, value in changes:
        raw[int(where * (len(raw) - 1))] = value
    path = folder / "damaged.warc.gz"
    path.write_bytes(raw)

    for read in (lambda: list(read_pages(path)), lambda: read_page_at(path, offset)):
        try:
            read()
        except (InputError, PoisonError) as error:
            assert str(error)


def test_one_poisoned_record_costs_one_page(tmp_path):
    bomb = gzip.compress(b"\0" * 30_000_000)
    packed = (*HTML, ("content-encoding", "gzip"))
    places = write(tmp_path, exchange(b"<html>1"), exchange(bomb, headers=packed), exchange(b"<html>3"))
    seen = []

    with pytest.raises(PoisonError, match=f"1 of 3 pages.*offset {places[1][1]}") as caught:
        seen.extend(page.content for page in read_pages(tmp_path / places[0][0]))

    assert seen == [b"<html>1", b"<html>3"]
    assert caught.value.reason == "bomb"


def test_a_record_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BLOCK", 100_000)
    places = write(tmp_path, exchange(b"\0" * 200_000), exchange(b"<html>"))

    with pytest.raises(PoisonError, match="more than 100000 bytes") as caught:
        list(read_pages(tmp_path / places[0][0]))

    assert caught.value.reason == "too_large"
    assert read_page_at(tmp_path / places[1][0], places[1][1]).content == b"<html>"


def wget_record(http, *, uri="http://a.example/w", kind="application/http;msgtype=response"):
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: <{uri}>\r\nWARC-Date: 2025-07-01T00:00:00Z\r\nContent-Type: {kind}\r\n"
    return head.encode() + f"Content-Length: {len(http)}\r\n\r\n".encode() + http + b"\r\n\r\n"


def test_chunked_bodies_of_other_archives_are_put_together(tmp_path):
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<html>\r\n3\r\nabc\r\n0\r\n\r\n"
    path = tmp_path / "wget.warc.gz"
    path.write_bytes(gzip.compress(wget_record(http)))

    [page] = read_pages(path)

    assert (page.url, page.content) == ("http://a.example/w", b"<html>abc")


def test_only_responses_with_text_are_pages(tmp_path):
    image = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\x89PNG"
    untold = b"HTTP/1.1 200 OK\r\n\r\n<html>"
    lookup = b"20250701 a.example"
    path = tmp_path / "mixed.warc.gz"
    path.write_bytes(
        b"".join(
            gzip.compress(r) for r in (wget_record(image), wget_record(lookup, kind="text/dns"), wget_record(untold))
        )
    )

    assert [page.content for page in read_pages(path)] == [b"<html>"]


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>no archive", b"\x1f\x8b\x08garbage", bytes(range(256))],
    ids=["empty", "html", "no_gzip", "bytes"],
)
def test_what_is_no_warc_is_refused(tmp_path, content):
    path = tmp_path / "x.warc.gz"
    path.write_bytes(content)

    with pytest.raises(InputError, match=r"x\.warc\.gz: cannot be read as WARC"):
        list(read_pages(path))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.warc\.gz"):
        list(read_pages(tmp_path / "gone.warc.gz"))


def test_no_page_where_no_response_begins(tmp_path):
    [(name, offset, end)] = write(tmp_path, exchange(b"<html>"))

    for wrong in (0, offset + 1, end, end + 100):
        with pytest.raises(InputError, match=f"offset {wrong}"):
            read_page_at(tmp_path / name, wrong)


@pytest.mark.parametrize(
    "line",
    [b"\x8b\x08 \xc3 \x00 \xff 7\n", b"http://x.vn/ 1.2.3.4 20230101000000 text/html 6\n<html>"],
    ids=["bytes", "arc"],
)
def test_a_line_of_five_words_is_no_record(tmp_path, line):
    """To warcio it is one of the older ARC format; compressed bytes that are read from their middle have such lines."""
    path = tmp_path / "x.warc"
    path.write_bytes(line)

    with pytest.raises(InputError, match="no WARC record begins there"):
        read_page_at(path, 0)
    with pytest.raises(InputError, match="no WARC record begins there"):
        list(read_pages(path))


def test_what_a_kill_left_beyond_is_cut_off(tmp_path):
    [(name, _, length)] = write(tmp_path, exchange(b"<html>one"))
    path = tmp_path / name
    with path.open("ab") as handle:
        handle.write(b"\x1f\x8b\x08half a record")

    writer = ArchiveWriter(tmp_path, own=[name])
    assert writer.cut({name: length}) == 16
    _, offset, _ = writer.append(exchange(b"<html>two"))

    assert length == offset
    assert [page.content for page in read_pages(path)] == [b"<html>one", b"<html>two"]


def test_a_file_that_nobody_vouches_for_is_neither_cut_nor_written_to(tmp_path):
    [(name, _, _)] = write(tmp_path, exchange(b"<html>one"))
    before = (tmp_path / name).read_bytes()

    writer = ArchiveWriter(tmp_path)
    assert writer.cut({}) == 0
    other, _, _ = writer.append(exchange(b"<html>two"))

    assert name != other
    assert before == (tmp_path / name).read_bytes()


def test_an_archive_that_lost_pages_is_not_written_to(tmp_path):
    [(name, _, length)] = write(tmp_path, exchange(b"<html>one"))
    os.truncate(tmp_path / name, length - 1)

    with pytest.raises(InputError, match=f"should hold {length}"):
        ArchiveWriter(tmp_path).cut({name: length})


def test_a_full_file_is_followed_by_another(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILE", 1_000)

    places = write(tmp_path, *(exchange(os.urandom(600), url=f"http://a.example/{n}") for n in range(3)))
    (tmp_path / places[0][0]).unlink()  # moved to another disk: its number is not given again
    told = []
    more = ArchiveWriter(tmp_path, own=[name for name, _, _ in places], on_new=told.append).append(exchange(b"<html>"))

    assert [name for name, _, _ in places] == ["mttq-00000.warc.gz", "mttq-00001.warc.gz", "mttq-00002.warc.gz"]
    assert told == ["mttq-00003.warc.gz"]
    assert more[0] == "mttq-00003.warc.gz"


def test_a_full_disk_leaves_no_half_record(tmp_path, monkeypatch):
    writer = ArchiveWriter(tmp_path)
    name, _, length = writer.append(exchange(b"<html>one"))

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            writer.append(exchange(b"<html>two"))

    assert length == (tmp_path / name).stat().st_size
    writer.append(exchange(b"<html>three"))
    assert [page.content for page in read_pages(tmp_path / name)] == [b"<html>one", b"<html>three"]


def test_headers_cannot_end_the_record_head(tmp_path):
    odd = (*HTML, ("content-disposition", 'attachment; filename="bài viết.html"'), ("x-empty", ""))
    [(name, offset, _)] = write(tmp_path, exchange(b"<html>", url="http://a.example/b%C3%A0i?x=1&y=2", headers=odd))

    page = read_page_at(tmp_path / name, offset)

    assert page.url == "http://a.example/b%C3%A0i?x=1&y=2"
    assert page.content == b"<html>"
    assert page.headers["x-empty"] == ""
    raw = members((tmp_path / name).read_bytes())[1]
    assert next(iter(ArchiveIterator(io.BytesIO(raw)))).content_stream().read() == b"<html>"
