"""kill -9 at random moments of a crawl of lists and articles: the final tables are those of a crawl that nobody disturbed.

By default some kills of 60 pages; `MTTQ_KILLS=100 python -m pytest -s tests/test_crawl_kills.py` kills a crawl of 300 pages a
hundred times, which takes some minutes.
"""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from extractor import open_tables
from extractor.archive import read_pages
from extractor.crawl import status
from extractor.engine import ReadOptions
from extractor.run import update
from replica.server import LOOKED_FOR, World
from replica.sites import nukeviet, page

HOST = "nukeviet.example"
KILLS = int(os.environ.get("MTTQ_KILLS", "0")) or 12
ARTICLES = 275 if KILLS >= 100 else 52  # with their lists some 300 pages, or 60
PROGRAM = """
import sys
from pathlib import Path
from extractor.crawl import CrawlOptions, crawl
crawl(["http://nukeviet.example/"], data=Path(sys.argv[1]), options=CrawlOptions(delay=0, connect_to={"nukeviet.example": ("127.0.0.1", int(sys.argv[2]))}))
"""


def contents(data):
    """Return what the tables hold, apart from when and where pages were archived."""
    tables = {name: dataset.to_table() for name, dataset in open_tables(data).items()}
    moving = [name for name in ("fetched_at", "warc_file", "warc_offset") if name in tables["articles"].schema.names]
    tables["articles"] = tables["articles"].drop_columns(moving).sort_by("article_id")
    return {name: hashlib.sha256(repr(table.to_pylist()).encode()).hexdigest() for name, table in tables.items()}


def archived(data):
    return Counter(page.url for path in (data / "archive").glob("*.warc.gz") for page in read_pages(path))


@pytest.mark.timeout(1800)
def test_killed_at_random_it_ends_with_the_same_tables(tmp_path):
    world = World()
    chance = random.Random(23)  # noqa: S311
    kills, whole, killed = 0, tmp_path / "whole", tmp_path / "killed"
    try:
        articles = nukeviet(world, HOST, count=ARTICLES)
        world.put("/gioi-thieu", page("Giới thiệu", "<p>Giới thiệu</p>"), HOST)
        world.crawl(whole, [f"http://{HOST}/"], [HOST])
        pages = len(archived(whole))
        world.asked.clear()
        world.latency = 0.003
        share = max(2, 2 * pages // KILLS - 4)
        while True:
            with subprocess.Popen([sys.executable, "-c", PROGRAM, killed, str(world.port)], stderr=subprocess.PIPE) as process:
                # Four: robots.txt, what was in flight at the last kill, one more, and what the server heard of after the kill.
                until = len(world.asked) + 4 + chance.randrange(share)
                while len(world.asked) < until and process.poll() is None:
                    time.sleep(0.001)
                time.sleep(chance.random() * 0.012)
                process.kill()
                process.communicate()
            time.sleep(0.03)
            if process.returncode == 0:
                break
            assert process.returncode == -signal.SIGKILL
            kills += 1
            assert kills < 5 * pages
        asked = Counter(path for _, _, path, _ in world.asked if path not in LOOKED_FOR)
    finally:
        world.close()
    for data in (whole, killed):
        update(data, reading=ReadOptions(workers=0))

    print(f"{kills} kills of {pages} pages; {asked.total() - len(asked)} pages asked for twice, the most {max(asked.values())} times")
    assert kills >= KILLS // 2
    assert max(asked.values()) <= 2
    assert archived(killed) == archived(whole)
    assert contents(killed) == contents(whole)
    assert open_tables(whole)["articles"].count_rows() == len(articles)
    assert status.failures(killed) == status.failures(whole) == {}
