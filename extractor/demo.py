"""The sample pages, served on this machine as three sites, so that the main job runs anywhere without the internet."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from extractor.data import pages_dir
from extractor.sites import Site, load_site

FAMILIES = ("nukeviet", "vhv", "vnpt")
_MODIFIED = "Mon, 01 Sep 2025 01:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Served:
    """The sites that are served, and where their hosts answer."""

    sites: tuple[Site, ...]
    connect_to: dict[str, tuple[str, int]]

    @property
    def starts(self) -> list[str]:
        """The pages to begin at."""
        return [url for site in self.sites for url in site.start_urls]


def demo_sites() -> tuple[Site, ...]:
    """Return the sites of the sample pages."""
    return tuple(load_site(pages_dir() / family / "site.toml", site_id=family) for family in FAMILIES)


def pages_of(folder: Path) -> dict[str, tuple[bytes, str]]:
    """Return (content, content type) of a family's sample pages by their path."""
    pages = {}
    for path in sorted(folder.glob("*.json")):
        expected = json.loads(path.read_text(encoding="utf-8"))
        headers = expected.get("headers", {})
        pages[expected["path"]] = (path.with_suffix(".html").read_bytes(), headers.get("content-type", "text/html; charset=utf-8"))
    return pages


def _handler(pages: dict[str, tuple[bytes, str]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            content, kind = pages.get(self.path, (b"", ""))
            etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
            if not kind:
                self._answer(404, b"<title>404</title>", "text/html; charset=utf-8", None)
            elif self.headers.get("If-None-Match") == etag:
                self._answer(304, b"", kind, etag)
            else:
                self._answer(200, content, kind, etag)

        def _answer(self, status: int, content: bytes, kind: str, etag: str | None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            if etag:
                self.send_header("ETag", etag)
                self.send_header("Last-Modified", _MODIFIED)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing: the crawl tells what it fetches."""

    return Handler


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a crawl that went away, as it does where its folder is gone or it is interrupted."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextlib.contextmanager
def serve() -> Iterator[Served]:
    """Serve the sample sites on loopback while the block runs."""
    servers = []
    connect_to = {}
    sites = demo_sites()
    try:
        for site in sites:
            server = _Server(("127.0.0.1", 0), _handler(pages_of(pages_dir() / site.id)))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            servers.append(server)
            connect_to[site.host] = ("127.0.0.1", server.server_address[1])
        yield Served(sites, connect_to)
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
