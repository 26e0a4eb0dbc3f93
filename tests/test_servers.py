"""A real server: nginx in front of static pages, with its own ideas of packing, validators, redirects and limits; and what
real readers of archives say of ours."""

import os
import socket
import subprocess
import sys
import time

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from extractor.archive import read_pages
from extractor.crawl import CrawlOptions, crawl
from replica.articles import story
from replica.sites import article, listing, page
from replica.tools import needs

HOST = "static.example"
CONFIG = """
daemon off; master_process off; worker_processes 1; pid {root}/nginx.pid; error_log {root}/error.log;
events {{ worker_connections 64; }}
http {{
  absolute_redirect off; log_format spoken '$server_protocol $uri "$http_user_agent"'; access_log {root}/access.log spoken; default_type text/html; charset utf-8; types {{ text/html html; text/plain txt; }}
  client_body_temp_path {root}/body; proxy_temp_path {root}/proxy; fastcgi_temp_path {root}/fastcgi; uwsgi_temp_path {root}/uwsgi;
  scgi_temp_path {root}/scgi; gzip on; gzip_min_length 100; limit_req_zone $server_name zone=z:1m rate=20r/s; limit_req_status 429;
  server {{
    listen 127.0.0.1:{port}; listen 127.0.0.1:{secure} ssl http2; ssl_certificate {root}/cert.pem; ssl_certificate_key {root}/key.pem;
    server_name static.example; root {root}/www; index index.html;
    location = /cu.html {{ return 301 /tin/; }}
    location /cham/ {{ limit_req zone=z; }}
    location /cam/ {{ deny all; }}
  }}
}}
"""


def pages():
    """Return the content of each page by its path, and the addresses of the articles."""
    rows = [(f"/tin/{one.slug}-{1000 + n}.html", one) for n, one in enumerate(story(f"static.{n}") for n in range(12))]
    slow = [(f"/cham/{one.slug}-{2000 + n}.html", one) for n, one in enumerate(story(f"slow.{n}") for n in range(8))]
    return {
        "/index.html": page("Trang chủ", listing([*rows[:3], *slow]), base_menu=["/tin/", "/cu.html", "/cam/1.html"]),
        "/tin/index.html": page("Tin tức", listing(rows)),
        "/robots.txt": b"User-agent: *\nAllow: /\n",
        "/gioi-thieu": page("Giới thiệu", "<p>Giới thiệu</p>"),
        **{path: article(one) for path, one in (*rows, *slow)},
    }, {f"http://{HOST}{path}" for path, _ in (*rows, *slow)}


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    """Give the port of an nginx that serves pages, their folder and the addresses of the articles."""
    program, root = needs("nginx"), tmp_path_factory.mktemp("nginx")
    contents, articles = pages()
    for path, content in contents.items():
        (root / "www" / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (root / "www" / path.lstrip("/")).write_bytes(content)
    named = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    made = [needs("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", root / "key.pem", "-out", root / "cert.pem", *named]
    subprocess.run(made, check=True, capture_output=True)
    with socket.socket() as free, socket.socket() as other:
        free.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        port, secure = free.getsockname()[1], other.getsockname()[1]
    (root / "nginx.conf").write_text(CONFIG.format(root=root, port=port, secure=secure), encoding="utf-8")
    with subprocess.Popen([program, "-c", root / "nginx.conf", "-e", root / "error.log"], stderr=subprocess.DEVNULL) as server:
        for _ in range(200):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield port, root / "www", articles, secure
        server.terminate()


def crawled(nginx, data, **options):
    return crawl([f"http://{HOST}/"], data=data, options=CrawlOptions(delay=0.0, connect_to={HOST: ("127.0.0.1", nginx[0])}, **options))


def by_warcio(data):
    return {page.url: page.content for path in sorted((data / "archive").glob("*.warc.gz")) for page in read_pages(path)}


def test_nginx_is_crawled_whole_and_then_only_asked_what_changed(nginx, tmp_path, monkeypatch):
    monkeypatch.setattr("extractor.crawl.pace.LEAST_RETRY", 0.2)
    _, www, articles, _ = nginx

    first = crawled(nginx, tmp_path)

    assert articles <= set(by_warcio(tmp_path))
    assert dict(first.failed) == {"http_403": 1}
    again = crawled(nginx, tmp_path)
    assert (again.fetched, again.failed.total()) == (0, 0)
    assert again.unchanged >= 2  # by 304: the start and the list, whose packed ETag is a weak one
    edited = www / sorted(articles)[-1].removeprefix(f"http://{HOST}/")
    edited.write_bytes(article(story("static.new")))
    os.utime(edited, (time.time() + 10, time.time() + 10))
    assert crawled(nginx, tmp_path, recheck=0.0).fetched == 1


def test_http_2_is_spoken_where_the_server_does(nginx, tmp_path, monkeypatch):
    monkeypatch.setattr("extractor.crawl.pace.LEAST_RETRY", 0.2)
    monkeypatch.setenv("SSL_CERT_FILE", str(nginx[1].parent / "cert.pem"))
    log = nginx[1].parent / "access.log"
    before = len(log.read_text(encoding="utf-8").splitlines())
    options = CrawlOptions(delay=0.0, connect_to={HOST: ("127.0.0.1", nginx[3])}, contact="https://mattran.example/thu-thap")

    done = crawl([f"https://{HOST}/"], data=tmp_path, options=options)

    spoken = log.read_text(encoding="utf-8").splitlines()[before:]
    assert {line.partition(" ")[0] for line in spoken} == {"HTTP/2.0"}
    assert all("contact: https://mattran.example/thu-thap" in line for line in spoken)
    assert {url.replace("http:", "https:") for url in nginx[2]} <= set(by_warcio(tmp_path))
    assert dict(done.failed) == {"http_403": 1}
    for path in (tmp_path / "archive").glob("*.warc.gz"):
        checked = subprocess.run([sys.executable, "-m", "warcio.cli", "check", str(path)], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stdout) == (0, "")


def test_warcio_and_fastwarc_read_what_was_archived_from_nginx(nginx, tmp_path, monkeypatch):
    monkeypatch.setattr("extractor.crawl.pace.LEAST_RETRY", 0.2)
    monkeypatch.setattr("extractor.archive.MAX_FILE", 20_000)
    crawled(nginx, tmp_path)
    files = sorted((tmp_path / "archive").glob("*.warc.gz"))
    assert len(files) > 1, "rotated by size"

    for path in files:
        checked = subprocess.run([sys.executable, "-m", "warcio.cli", "check", "-v", str(path)], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout
        assert "fail" not in checked.stdout.lower()
    found = {}
    for path in files:
        with path.open("rb") as handle:
            for record in ArchiveIterator(handle, record_types=WarcRecordType.response, auto_decode="all"):
                found[record.headers["WARC-Target-URI"]] = record.reader.read()
    assert found == by_warcio(tmp_path)
