"""What people hand to the extractor: files of every kind, whole or damaged."""

import datetime as dt
import gzip
import io
import json

import pytest

from extractor import inputs
from extractor.archive import ArchiveWriter, Exchange
from extractor.errors import InputError, PoisonError
from extractor.inputs import read_articles

STORY = "Sáng 10/9, Ủy ban Mặt trận Tổ quốc phường Hoa Sen trao 20 suất quà cho hộ nghèo."
PAGE = f"<!doctype html><html><head><meta charset='utf-8'><title>Trao quà</title></head><body><article><h1>Trao quà</h1><p>{STORY}</p></article></body></html>"
TOO_DEEP = "<!doctype html><html><body>" + "<div>" * 60_000 + "</body></html>"


def lines(*rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def texts(path, **more):
    return [article.text for article in read_articles(str(path), **more)]


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.jsonl.gz", "A.JSONL.GZ", "a.ndjson.gz"])
def test_json_lines_packed_or_not(tmp_path, name):
    raw = lines(
        {"text": "Tin một."}, {"text": "Tin hai.", "url": "http://a.example/2", "published": "2025-07-02T08:00:00"}
    )
    path = tmp_path / name
    path.write_bytes(gzip.compress(raw) if name.lower().endswith(".gz") else raw)

    first, second = read_articles(str(path))

    assert "Tin một." in first.text
    assert second.canonical_url == "http://a.example/2"
    assert second.published_at is not None
    assert second.published_at.date() == dt.date(2025, 7, 2)


def test_packed_lines_are_read_one_at_a_time(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(lines({"text": "Tin một."}) + b"{broken\n" + lines({"text": "Tin ba."})))
    articles = read_articles(str(path))

    assert "Tin một." in next(articles).text
    with pytest.raises(InputError, match=r"a\.jsonl\.gz, line 2: no JSON"):
        next(articles)


def test_several_gzip_members_are_one_file(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(lines({"text": "Tin một."})) + gzip.compress(lines({"text": "Tin hai."})))

    assert [text.strip() for text in texts(path)] == ["Tin một.", "Tin hai."]


@pytest.mark.parametrize("filler", [b"\n", b" ", b"\0"], ids=["lines", "spaces", "zeros"])
def test_a_bomb_is_refused_and_small_memory_suffices(tmp_path, monkeypatch, filler):
    monkeypatch.setattr(inputs, "MAX_LINE", 1_000_000)
    path = tmp_path / "bomb.jsonl.gz"
    path.write_bytes(gzip.compress(filler * 40_000_000))

    with pytest.raises(InputError, match=r"bomb\.jsonl\.gz.*(unpacks to more|longer than)"):
        list(read_articles(str(path)))


@pytest.mark.parametrize(
    "damage",
    [lambda raw: raw[:-9], lambda raw: b"no gzip" + raw, lambda raw: raw[:12] + b"\xff\xff\xff" + raw[15:]],
    ids=["cut", "front", "middle"],
)
def test_damaged_packing_is_told(tmp_path, damage):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(damage(gzip.compress(lines({"text": "Tin một."}) * 50)))

    with pytest.raises(InputError, match=r"a\.jsonl\.gz: cannot be unpacked"):
        list(read_articles(str(path)))


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u0085", "\x1c"])
def test_only_a_line_feed_ends_a_line(tmp_path, separator):
    path = tmp_path / "a.jsonl"
    raw = '{"text": "Tin một.' + (separator if separator != "\x1c" else "\\u001c") + ' Tin hai."}\r\n\n'
    path.write_text(raw, encoding="utf-8", newline="")

    [text] = texts(path)

    assert "Tin một." in text
    assert "Tin hai." in text


def test_a_byte_order_mark_before_the_lines(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + lines({"text": "Tin một."}))

    assert [text.strip() for text in texts(path)] == ["Tin một."]


def test_one_poisoned_line_costs_one_page(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines({"html": PAGE}, {"html": TOO_DEEP}, {"html": PAGE}))
    seen = []

    with pytest.raises(PoisonError, match="1 pages not read") as caught:
        seen.extend(article.text for article in read_articles(str(path)))

    assert len(seen) == 2
    assert STORY in seen[1]
    assert caught.value.reason == "too_deep"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'["text"]\n', "an object with `text` or `html`"),
        (b'{"text": 5}\n', "an object with `text` or `html`"),
        (b'{"text": "a", "published": "hom qua"}\n', "no ISO date"),
        (b'{"text": "\xff"}\n', "no UTF-8"),
        (b'{"text"\n', "no JSON"),
    ],
    ids=["list", "number", "date", "utf8", "json"],
)
def test_a_wrong_line_is_named(tmp_path, line, message):
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines({"text": "Tin một."}) + line)

    with pytest.raises(InputError, match=f"line 2.*{message}"):
        list(read_articles(str(path)))


def test_an_archive_gives_its_pages(tmp_path):
    writer = ArchiveWriter(tmp_path)
    now = dt.datetime(2025, 8, 1, tzinfo=dt.UTC)
    for number, body in enumerate((PAGE, TOO_DEEP, PAGE)):
        headers = (("content-type", "text/html"), ("content-encoding", "gzip"))
        name, _, _ = writer.append(
            Exchange(
                url=f"http://a.example/{number}", headers=headers, body=gzip.compress(body.encode()), fetched_at=now
            )
        )
    seen = []

    with pytest.raises(PoisonError, match="1 pages not read"):
        seen.extend(read_articles(str(tmp_path / name)))

    assert [article.canonical_url for article in seen] == ["http://a.example/0", "http://a.example/2"]
    assert all(STORY in article.text for article in seen)


def test_standard_input_of_every_kind():
    assert STORY in texts("-", stdin=io.BytesIO(PAGE.encode()))[0]
    assert STORY in texts("-", stdin=io.BytesIO(STORY.encode()))[0]
    assert len(texts("-", stdin=io.BytesIO(b"\n" + lines({"text": "Tin một."}, {"text": "Tin hai."})))) == 2


def test_html_file_and_text_file(tmp_path):
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "a.txt").write_text(STORY, encoding="utf-8")

    assert STORY in texts(tmp_path / "a.html")[0]
    assert STORY in texts(tmp_path / "a.txt")[0]


def test_too_large_a_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "MAX_FILE", 1_000)
    path = tmp_path / "a.txt"
    path.write_text(STORY * 50, encoding="utf-8")

    with pytest.raises(InputError, match="more than a page has"):
        texts(path)
    with pytest.raises(InputError, match="standard input: more than"):
        texts("-", stdin=io.BytesIO(path.read_bytes()))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_bytes(b"\x00\x01PNG"), "neither text nor HTML nor WARC"),
        (lambda path: path.write_bytes(b"ti\xea\xff"), "no UTF-8 text"),
        (lambda path: path.with_suffix(".other").touch(), "cannot be read"),
    ],
    ids=["folder", "binary", "encoding", "missing"],
)
def test_what_cannot_be_read_is_told(tmp_path, make, message):
    path = tmp_path / "thing"
    make(path)

    with pytest.raises(InputError, match=message):
        list(read_articles(str(path)))
