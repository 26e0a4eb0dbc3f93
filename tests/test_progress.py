"""What people see of a crawl: a table in a terminal, lines elsewhere; and what the folder tells of itself."""

import io
import re

import pytest
from rich.console import Console

from extractor import progress
from extractor.crawl import CrawlEvent, status
from extractor.crawl.frontier import Frontier
from extractor.engine import Result
from extractor.progress import Board, shown
from replica.server import HOME, HOST, World, html


@pytest.fixture
def world():
    one = World()
    yield one
    one.close()


def text_of(table):
    console = Console(file=io.StringIO(), width=140)
    console.print(table)
    return console.file.getvalue()


def test_the_table_tells_of_each_host_and_of_all(tmp_path):
    frontier = Frontier(tmp_path / "frontier.sqlite")
    frontier.begin([(f"http://a.example/{n}", "a.example") for n in range(30)])
    frontier.close()
    board = Board(tmp_path)
    for what, url, why in [("fetched", HOME, "")] * 4 + [("failed", HOME + "x", "http_500"), ("dropped", HOME, "off_scope"), ("left", "//b.example/", "host_down")]:
        board.event(CrawlEvent(what, url, why))

    lines = text_of(board.table()).splitlines()

    assert any(re.search(r"a\.example\s.*30\s.*4\s.*0\s.*1\s.*http_500", line) for line in lines)
    assert any(re.search(r"b\.example\s.*host_down", line) for line in lines)
    assert any(re.search(r"2 hosts\s.*30\s.*4\s.*0\s.*2\s", line) for line in lines)
    assert "min" in text_of(board.table())


def test_a_terminal_gets_a_table_and_a_pipe_gets_lines(tmp_path, world):
    world.put("/", html("/1", "http://elsewhere.example/", "/missing"))
    world.put("/1", html())
    screen, pipe = Console(file=io.StringIO(), force_terminal=True, width=140), Console(file=io.StringIO(), width=140)
    for console, data in ((screen, tmp_path / "a"), (pipe, tmp_path / "b")):
        with shown(console, data, quiet=False) as on_event:
            from extractor.crawl import CrawlOptions, crawl

            crawl([HOME], data=data, options=CrawlOptions(delay=0, connect_to={HOST: ("127.0.0.1", world.port)}), on_event=on_event)

    assert "pages/min" in screen.file.getvalue()
    assert {tuple(line.split()) for line in pipe.file.getvalue().splitlines()} == {("fetched", HOME), ("fetched", f"{HOME}1"), ("failed", f"{HOME}missing", "(http_404)")}


def test_a_long_reading_tells_how_far_it_is_and_a_short_one_nothing(monkeypatch):
    screen, pipe, short = (Console(file=io.StringIO(), force_terminal=terminal, width=140) for terminal in (True, False, False))
    moments = iter(range(0, 10_000, 11))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(moments))
    for console, results in ((screen, 4), (pipe, 8), (short, 2)):
        with progress.reading(console) as on_page:
            for number in range(results):
                on_page(Result("failed" if number == 1 else "article"))

    assert "read 4 pages: articles 3, skipped 0, failed 1" in screen.file.getvalue()
    assert [line.strip() for line in pipe.file.getvalue().splitlines()] == ["read 3 pages: articles 2, skipped 0, failed 1", "read 6 pages: articles 5, skipped 0, failed 1"]
    assert short.file.getvalue() == ""


def test_quiet_is_quiet(tmp_path):
    console = Console(file=io.StringIO())
    with shown(console, tmp_path, quiet=True) as on_event:
        on_event(CrawlEvent("fetched", HOME))

    assert console.file.getvalue() == ""


def test_the_folder_tells_how_far_it_is_and_of_every_address(world, tmp_path):
    world.put("/", html("/tin/bai-1.html", "/tin/bai-9.html", "http://elsewhere.example/x", "/bao-cao.pdf"))
    world.put("/tin/bai-1.html", html(text="một"))
    world.crawl(tmp_path)

    lines = status.status(tmp_path)
    assert lines[0] == "pages: absent 1, done 2, failed 1; failed: http_404 1; links not followed: attachment 1, off_scope 1"
    assert lines[1].startswith(f"  {HOST}: done 2, queued 0, failed 1")
    assert status.explain(tmp_path, "http://elsewhere.example/x") == {"url": "http://elsewhere.example/x", "state": "dropped", "why": "off_scope", "found on": HOME}
    article = status.explain(tmp_path, f"{HOME}tin/bai-1.html#top")
    assert (article["state"], article["kind"], article["found on"]) == ("done", "article", HOME)
    assert re.fullmatch(r"\S+ mttq-00000\.warc\.gz:\d+", article["states kept"])
    failed = status.explain(tmp_path, f"{HOME}tin/bai-9.html")
    assert (failed["state"], failed["why"], failed["status"]) == ("failed", "http_404", 404)
    assert status.explain(tmp_path, "http://never.example/") is None


def test_failed_pages_are_asked_again_when_told(world, tmp_path):
    world.put("/", html("/tin/bai-9.html"))
    world.crawl(tmp_path)
    world.put("/tin/bai-9.html", html(text="nay có"))
    assert world.crawl(tmp_path).fetched == 0

    assert status.retry_failed(tmp_path) == 1
    assert world.crawl(tmp_path).fetched == 1
