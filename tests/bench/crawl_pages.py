"""Pages a second against scrapy, on the same loopback pages in one run: delays off, the same concurrency, our archive written.

    python tests/bench/crawl_pages.py [--pages 2000] [--hosts 8] [--rounds 3]
    python tests/bench/crawl_pages.py --memory 50000

Each host answers at an address of its own, since one connection at a time goes to an address. The server is a process of its
own. The programs take turns, each in a fresh process and folder, and the best of the rounds counts, so that a slow moment of
the machine falls on neither alone. `--memory` crawls a site of so many pages and prints the resident memory on the way.
scrapy is needed for the comparison alone (pip install scrapy): it is no dependency of ours.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FAN = 8
WORDS = "Ủy ban Mặt trận Tổ quốc xã trao quà cho hộ nghèo nhân ngày hội đại đoàn kết ở khu dân cư".split()

OURS = """
import json, sys
from pathlib import Path
from extractor.crawl import CrawlOptions, crawl
hosts, data = json.loads(sys.argv[1]), Path(sys.argv[2])
done = crawl([f"http://{h}/p/0" for h in hosts], data=data, options=CrawlOptions(
    delay=0, max_depth=99, max_pages=10**9, concurrency=len(hosts), connect_to={h: tuple(a) for h, a in hosts.items()}))
print(done.fetched)
"""
SCRAPY = """
import json, sys, logging
import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor
hosts = json.loads(sys.argv[1])
count = 0

class Pages(scrapy.Spider):
    name = "pages"
    start_urls = [f"http://{a[0]}:{a[1]}/p/0" for a in hosts.values()]
    links = LinkExtractor()

    def parse(self, response):
        global count
        count += 1
        for link in self.links.extract_links(response):
            yield response.follow(link)

process = CrawlerProcess({"LOG_LEVEL": "ERROR", "ROBOTSTXT_OBEY": True, "CONCURRENT_REQUESTS": len(hosts),
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": 0, "TELNETCONSOLE_ENABLED": False})
process.crawl(Pages)
process.start()
print(count)
"""


def body(number: int, last: int) -> bytes:
    """Return a page of some 12 kB: a menu, an article, links to others."""
    links = "".join(f'<li><a href="/p/{n}">Bài viết số {n} của huyện</a></li>' for n in range(FAN * number + 1, FAN * number + FAN + 1) if n < last)
    name = "".join("abcdefghij"[int(digit)] for digit in str(number))  # pages that differ by numbers alone count as the same
    text = "".join(f"<p>{' '.join(WORDS[(number * 7 + k * n) % len(WORDS)] for k in range(60))} {name}.</p>" for n in range(1, 21))
    return f"<!doctype html><html><head><title>Bài {number}</title></head><body><h1>Bài {number}</h1>{text}<ul>{links}</ul></body></html>".encode()


def serve(address: str, last: int, ready: multiprocessing.Queue) -> None:
    """Serve pages /p/0 .. /p/(last-1) at an address until killed."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            number = int(self.path[3:]) if self.path.startswith("/p/") else -1
            content = body(number, last) if 0 <= number < last else b"not here"
            self.send_response(200 if number >= 0 else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((address, 0), Handler)
    ready.put((address, server.server_address[1]))
    server.serve_forever()


def once(program: str, hosts: dict[str, tuple[str, int]]) -> tuple[int, float, float]:
    """Return how many pages a program fetched, in how many seconds, and in how many of its own processor's."""
    with tempfile.TemporaryDirectory() as data:
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run([sys.executable, "-c", program, json.dumps(hosts), data], capture_output=True, text=True, check=True)
        took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        return int(done.stdout.split()[-1]), took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(hosts: dict[str, tuple[str, int]], pages: int, rounds: int) -> None:
    times: dict[str, list[tuple[float, float]]] = {"mttq": [], "scrapy": []}
    for _ in range(rounds):
        for name, program in (("mttq", OURS), ("scrapy", SCRAPY)):
            count, took, cpu = once(program, hosts)
            if count != pages:
                raise SystemExit(f"{name}: {count} pages of {pages}")
            times[name].append((took, cpu))
            print(f"{name:<8} {count} pages in {took:.1f} s, {cpu:.1f} s of processor: {count / took:.0f} a second", flush=True)
    ours, theirs = times["mttq"], times["scrapy"]
    ratios = [t[0] / o[0] for o, t in zip(ours, theirs, strict=True)]
    print(f"mttq / scrapy: best against best {min(theirs)[0] / min(ours)[0]:.2f}, median of rounds {statistics.median(ratios):.2f}, by processor time {min(t[1] for t in theirs) / min(o[1] for o in ours):.2f}")


def resident(pid: int) -> int:
    """Return a process's resident memory in MB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS")), 0)


def memory(hosts: dict[str, tuple[str, int]], data: str) -> None:
    with subprocess.Popen([sys.executable, "-c", OURS, json.dumps(hosts), data], stdout=subprocess.PIPE, text=True) as job:
        while job.poll() is None:
            log = Path(data) / "crawl-log.jsonl"
            lines = log.read_bytes().count(b"\n") if log.exists() else 0
            print(f"{lines:>8} pages {resident(job.pid):>5} MB", flush=True)
            time.sleep(10)
        print(job.stdout.read() if job.stdout else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--hosts", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, default=0)
    options = parser.parse_args()
    pages = options.memory or options.pages
    ready: multiprocessing.Queue = multiprocessing.Queue()
    servers = [multiprocessing.Process(target=serve, args=(f"127.0.0.{10 + n}", pages // options.hosts, ready), daemon=True) for n in range(options.hosts)]
    for server in servers:
        server.start()
    hosts = {f"h{n}.example": ready.get() for n in range(options.hosts)}
    try:
        with tempfile.TemporaryDirectory() as data:
            memory(hosts, data) if options.memory else compare(hosts, pages // options.hosts * options.hosts, options.rounds)
    finally:
        for server in servers:
            server.terminate()


if __name__ == "__main__":
    main()
