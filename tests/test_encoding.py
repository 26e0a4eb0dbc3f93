"""Content-Encoding: every coding undone, every bomb refused before it is memory."""

import gzip
import os
import tracemalloc
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.encoding import MAX_DECODED, undo
from extractor.errors import PoisonError


def raw_deflate(content):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}
CODINGS = sorted(PACKERS)


@settings(max_examples=40, deadline=None)
@given(content=st.binary(max_size=5_000), codings=st.lists(st.sampled_from(CODINGS), max_size=2))
def test_what_was_packed_comes_out(content, codings):
    packed = content
    for coding in codings:
        packed = PACKERS[coding](packed)

    assert undo(packed, ", ".join(codings)) == content


@pytest.mark.parametrize("header", ["", "identity", " Identity ,", "GZIP , identity"])
def test_how_servers_write_the_header(header):
    body = gzip.compress(b"<html>") if "GZIP" in header else b"<html>"

    assert undo(body, header) == b"<html>"


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_is_refused_in_little_memory(coding):
    bomb = PACKERS[coding](b"\0" * 60_000_000)
    tracemalloc.start()

    with pytest.raises(PoisonError, match="unpack to more than") as caught:
        undo(bomb, coding)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert caught.value.reason == "bomb"
    assert peak < 3 * MAX_DECODED


@pytest.mark.parametrize("outer", CODINGS)
def test_a_bomb_in_another_is_refused(outer):
    inner = gzip.compress(b"\0" * 50_000_000)
    nested = PACKERS[outer](gzip.compress(inner))

    assert undo(nested, f"gzip, {outer}") == inner
    with pytest.raises(PoisonError) as caught:
        undo(nested, f"gzip, gzip, {outer}")
    assert caught.value.reason == "encoding"
    with pytest.raises(PoisonError) as caught:
        undo(PACKERS[outer](inner), f"gzip, {outer}")
    assert caught.value.reason == "bomb"


def test_many_members_are_one_bomb():
    with pytest.raises(PoisonError) as caught:
        undo(gzip.compress(b"\0" * 900_000) * 40, "gzip")

    assert caught.value.reason == "bomb"


@pytest.mark.parametrize("coding", CODINGS)
def test_the_limit_is_exact(coding):
    content = os.urandom(5_000)

    assert undo(PACKERS[coding](content), coding, limit=5_000) == content
    with pytest.raises(PoisonError, match="more than 4999"):
        undo(PACKERS[coding](content), coding, limit=4_999)


def test_a_ratio_that_no_page_has_is_refused_below_the_limit():
    with pytest.raises(PoisonError) as caught:
        undo(gzip.compress(b"\0" * 5_000_000), "gzip")

    assert caught.value.reason == "bomb"
    page = "".join(f"<p>Đợt {n}: trao {n * 7919 % 997} suất quà cho hộ nghèo.</p>" for n in range(60_000)).encode()
    assert undo(gzip.compress(page, 9), "gzip") == page


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_cut_short_is_no_page(coding):
    content = os.urandom(50_000)
    packed = PACKERS[coding](content)

    with pytest.raises(PoisonError) as caught:
        undo(packed[:-20_000], coding)

    assert caught.value.reason == "truncated"


@pytest.mark.parametrize("coding", CODINGS)
def test_of_a_body_cut_short_the_first_part_can_be_had(coding):
    content = os.urandom(300_000)

    part = undo(PACKERS[coding](content)[:-1_000], coding, partial=True)
    few = undo(PACKERS[coding](content), coding, partial=True, limit=10)

    assert len(part) > 30_000
    assert content.startswith(part)
    assert few == content[:10]


def test_members_one_after_the_other_are_one_body():
    assert undo(gzip.compress(b"<html>") + gzip.compress(b"</html>"), "gzip") == b"<html></html>"
    assert undo(gzip.compress(b"<html>") + b"\0" * 100, "gzip") == b"<html>"
    assert undo(zstandard.compress(b"<html>") + zstandard.compress(b"</html>"), "zstd") == b"<html></html>"


def test_deflate_with_and_without_its_frame():
    assert undo(zlib.compress(b"<html>"), "deflate") == b"<html>"
    assert undo(raw_deflate(b"<html>"), "deflate") == b"<html>"


def test_html_that_claims_to_be_gzip_is_taken_as_it_is():
    assert undo(b"\xef\xbb\xbf\r\n<!doctype html>", "gzip") == b"\xef\xbb\xbf\r\n<!doctype html>"


@pytest.mark.parametrize("coding", [*CODINGS, "compress", "x" * 5_000])
def test_what_is_not_in_its_coding_is_refused(coding):
    with pytest.raises(PoisonError) as caught:
        undo(b"neither HTML nor packed " * 9, coding)

    assert caught.value.reason == "encoding"
    assert len(str(caught.value)) < 300


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=200), coding=st.sampled_from(CODINGS), cut=st.integers(0, 60), partial=st.booleans())
def test_no_error_of_another_kind(content, coding, cut, partial):
    for body in (content, PACKERS[coding](content)[:cut] + content):
        try:
            undo(body, coding, partial=partial)
        except PoisonError as error:
            assert error.reason in {"bomb", "truncated", "encoding"}


def test_zstd_may_not_ask_for_a_large_window():
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=0)
    packed = zstandard.ZstdCompressor(compression_params=parameters).compressobj().compress(os.urandom(300_000))

    with pytest.raises(PoisonError) as caught:
        undo(packed, "zstd")

    assert caught.value.reason == "encoding"
    assert "memory" in str(caught.value)
