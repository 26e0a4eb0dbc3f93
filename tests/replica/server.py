"""Servers of a small world: pages by host and path, each made when it is asked for; every question is remembered."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from extractor.crawl import CrawlOptions, crawl

HOST = "a.example"
HOME = f"http://{HOST}/"
LOOKED_FOR = ("/robots.txt", "/sitemap.xml")


def html(*links, text="Mặt trận"):
    """Return a page with links and a paragraph."""
    anchors = "".join(f'<a href="{link}">{link}</a>' for link in links)
    return f"<!doctype html><html><body><p>{text}</p>{anchors}</body></html>".encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        world, host = self.server.world, self.headers["Host"].partition(":")[0]
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        world.asked.append((time.monotonic(), host, self.path, dict(self.headers)))
        time.sleep(world.latency)
        page = world.pages.get((host, self.path)) or world.rest(host, self.path)
        status, headers, body = page(self) if callable(page) else page
        tag = headers.get("ETag")
        if tag and self.headers.get("If-None-Match") == tag:
            status, body = 304, b""
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", "Content-Length": len(body), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        for piece in [body] if isinstance(body, bytes) else body:
            self.wfile.write(piece)

    do_POST = do_GET

    def log_message(self, *_):
        """Say nothing: the world remembers by itself."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """Say nothing of crawls that are killed."""


class World:
    """Pages by host and path; a page is its bytes, (status, headers, bytes), or made when it is asked for.

    All hosts answer at 127.0.0.1 unless `hosts` are named: then each has an address of its own, 127.0.0.2 and on.
    """

    def __init__(self, hosts=()):
        self.pages, self.asked, self.latency = {}, [], 0.0
        self.traps = {}
        self.rest = lambda host, path: self.traps.get(host, lambda _: (404, {}, b"not here"))(path)
        addresses = [f"127.0.0.{number}" for number in range(2, 2 + len(hosts))] or ["127.0.0.1"]
        self.servers = [Server((address, 0), Handler) for address in addresses]
        self.connect_to = dict(zip(hosts, (server.server_address[:2] for server in self.servers), strict=False))
        self.port = self.servers[0].server_address[1]
        for server in self.servers:
            server.world = self
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def put(self, path, page, host=HOST):
        self.pages[host, path] = (200, {}, page) if isinstance(page, bytes) else page

    def paths(self, host=HOST):
        """Return the pages that were asked for, without where every host is asked what it has."""
        return [path for _, at, path, _ in self.asked if at == host and path not in LOOKED_FOR]

    def crawl(self, data, starts=(HOME,), hosts=(HOST,), **options):
        there = self.connect_to or dict.fromkeys(hosts, ("127.0.0.1", self.port))
        return crawl(starts, data=data, options=CrawlOptions(**{"delay": 0.0, "connect_to": there, **options}))
