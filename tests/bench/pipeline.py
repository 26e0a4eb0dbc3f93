"""How long each stage takes, alone and in the whole, beside other programs on the same pages in the same run.

    python tests/bench/pipeline.py [--pages 1000] [--peers 100] [--crawl 800] [--save bench.json]
    python tests/bench/pipeline.py --memory 1000 10000 [--workers 2]

The pages are the sample pages and the annotated articles, each article in a frame of menus and lists as portals have them,
repeated under other addresses until there are enough. Times are of the processor, in one process and thread; other programs
read every so many pages, twenty by twenty in turn with ours, so that a slow moment of the machine falls on all of them. What counts are the
ratios; each run is added to the file, and told beside the last one there, by what a stage takes against trafilatura in its
own run. The other programs are needed for the comparison alone (pip install trafilatura resiliparse
pyduckling-native-phihos scrapy); one that is not installed is left out.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime as dt
import importlib
import itertools
import json
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from extractor import __version__, engine, extraction
from extractor.archive import ArchiveWriter, Exchange, read_pages
from extractor.clean import clean_page, main_text
from extractor.errors import ExtractorError
from extractor.link.checks import find_checks
from extractor.page import Page
from extractor.privacy import mask
from extractor.query import query
from extractor.query.asking import answer, questions
from extractor.read.sentences import sentences
from extractor.reading import make_reading
from extractor.tables import Store, pack

CORPUS = Path(__file__).parents[2] / "corpus"
SLOWER = 1.15
BLOCK = 20
MENU = "".join(f'<li><a href="/chuyen-muc-{n}.html">Chuyên mục số {n}</a></li>' for n in range(60))
OTHERS = "".join(f'<div class="item"><a href="/tin/{n}.html"><img src="/a/{n}.jpg">Tin đã đưa số {n} của huyện</a><span>0{n % 9 + 1}/01/2024</span></div>' for n in range(30))


def framed(title: str, text: str) -> str:
    """Return an article as a page: menus, the article, other stories, a footer."""
    body = "".join(f"<p style='text-align:justify'><span>{line}</span></p>" for line in text.split("\n"))
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{title}</title></head><body><nav><ul>{MENU}</ul></nav>"
        f"<div id='main'><h1>{title}</h1><div class='date'>05/03/2024 08:30</div><div class='content'>{body}</div></div>"
        f"<aside>{OTHERS}</aside><footer>Bản quyền thuộc về Ủy ban MTTQ Việt Nam huyện. Lượt truy cập: 123.456</footer></body></html>"
    )


def corpus(count: int) -> Iterator[Page]:
    """Yield so many pages: the corpus, again and again under other addresses."""
    bases = [path.read_bytes() for path in sorted((CORPUS / "pages").glob("*/*.html"))]
    for path in sorted((CORPUS / "articles").glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        bases.append(framed(told["title"] or "Tin", told["text"]).encode())
    for number, content in zip(range(count), itertools.cycle(bases), strict=False):
        yield Page(
            url=f"https://mattran.example/tin/bai-{number}.html",
            content=content.replace(b"</body>", f"<!-- {number} --></body>".encode()),
            headers={"content-type": "text/html; charset=utf-8"},
            fetched_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=number),
        )


class Clock:
    """Processor seconds by name."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.seconds[name] += time.process_time() - began


def stages(pages: list[Page], data: Path, clock: Clock) -> dict[str, int]:
    """Run every stage alone on what the stage before gave; return how many characters and articles there were."""
    writer = ArchiveWriter(data / "archive")
    with clock("archive"):
        for page in pages:
            assert page.fetched_at
            writer.append(Exchange(url=page.url, headers=tuple(page.headers.items()), body=page.content, fetched_at=page.fetched_at))
    with clock("unarchive"):
        back = [page for path in sorted((data / "archive").glob("*.warc.gz")) for page in read_pages(path)]
    assert len(back) == len(pages)
    articles, texts, facts = [], [], []
    with clock("clean"):
        for page in back:
            try:
                articles.append(clean_page(page))
            except ExtractorError:
                continue
    articles = [article for article in articles if article.kind == "article"]
    with clock("read"):
        texts = [make_reading(a.text, sentences(a.text), published=a.published_at and a.published_at.date(), title=a.title) for a in articles]
    with clock("facts"):
        facts = [extraction.find_facts(text) for text in texts]
    with clock("link"):
        for text, found in zip(texts, facts, strict=True):
            extraction.link_facts(text, found)
            find_checks(text, found)
    rows = [extraction.extract_article(article).rows() for article in articles]
    store = Store(data)
    with clock("write"), store.spool() as spool:
        for one in rows:
            spool.add(pack(one))
        store.put(spool)
    with clock("query"):
        for name in questions():
            answer(partial(query, data), name)
    return {"articles": len(articles), "characters": sum(len(a.text) for a in articles), "bytes": sum(len(p.content) for p in pages)}


def without_people() -> Callable[[Any], Any]:
    """Return what finds all facts but people."""

    def find(reading: Any) -> Any:
        kept, extraction.find_people = extraction.find_people, lambda _: []  # type: ignore[attr-defined]
        try:
            return extraction.find_facts(reading)
        finally:
            extraction.find_people = kept  # type: ignore[attr-defined]

    return find


def peers(pages: list[Page], clock: Clock) -> dict[str, int]:
    """Have some pages at a time read by ours and by the others in turn; return how many pages and characters there were."""
    from duckling_beside import Duckling

    others: dict[str, Any] = {}
    for name, make in {
        "trafilatura": lambda: importlib.import_module("trafilatura").extract,
        # With what the cleaner gives besides: headline, author, day, section.
        "trafilatura with metadata": lambda: partial(importlib.import_module("trafilatura").bare_extraction, with_metadata=True),
        "resiliparse": lambda: partial(importlib.import_module("resiliparse.extract.html2text").extract_plain_text, main_content=True),
        "underthesea.ner": lambda: importlib.import_module("underthesea").ner,
        "duckling": Duckling,
    }.items():
        try:
            others[name] = make()
        except ImportError as error:
            print(f"{name}: not installed ({error}), left out")
    all_but_people = without_people()
    pages = [page for page in pages if _may_be_read(page)]
    _in_turn(pages[:3], others, all_but_people, Clock())  # rules and models are loaded before the clock starts
    if duckling := others.get("duckling"):
        duckling.seconds = 0.0
    characters = sum(_in_turn(pages[at : at + BLOCK], others, all_but_people, clock) for at in range(0, len(pages), BLOCK))
    if duckling:
        clock.seconds["duckling"] = duckling.seconds  # of its own process, not of this one, which waits for it
        print(duckling.told() or "", end="\n" if duckling.left_out else "")
    return {"pages": len(pages), "characters": characters}


def _may_be_read(page: Page) -> bool:
    try:
        clean_page(page)
    except ExtractorError:
        return False
    return True


def _in_turn(pages: list[Page], others: dict[str, Any], all_but_people: Callable[[Any], Any], clock: Clock) -> int:
    """Return the characters of the pages' articles; all programs read the same sentences."""
    html = [page.content.decode("utf-8", "replace") for page in pages]
    with clock("ours: main text"):
        for page in pages:
            main_text(page.content, headers=page.headers)
    with clock("ours: clean"):
        articles = [clean_page(page) for page in pages]
    with clock("ours: whole"):  # up to what is written: masked, and packed for its tables
        for page in pages:
            pack(mask(engine.extract_page(page)).extraction.rows())
    for name in ("trafilatura", "trafilatura with metadata", "resiliparse"):
        if name in others:
            with clock(name):
                for one in html:
                    others[name](one)
    texts = [article.text for article in articles if article.kind == "article"]
    spans = [sentences(text) for text in texts]
    with clock("ours: facts"):
        for text, of in zip(texts, spans, strict=True):
            extraction.find_facts(make_reading(text, of))
    with clock("ours: facts and links"):
        for text, of in zip(texts, spans, strict=True):
            extraction.read_facts(make_reading(text, of))
    with clock("ours: facts without people"):
        for text, of in zip(texts, spans, strict=True):
            all_but_people(make_reading(text, of))
    for name in ("underthesea.ner", "duckling"):
        if name in others:
            with clock(name):
                for text, of in zip(texts, spans, strict=True):
                    for start, end in of:
                        others[name](text[start:end])
    return sum(map(len, texts))


def ratios(seconds: Counter[str]) -> dict[str, float]:
    """Return how many times as fast ours is; only where the other program was there."""
    pairs = {
        # Like with like, twice: the main text alone, and all that either tells of a page; then all of ours against the text alone.
        "main text / trafilatura": (("trafilatura",), "ours: main text"),
        "clean / trafilatura with metadata": (("trafilatura with metadata",), "ours: clean"),
        "clean / trafilatura": (("trafilatura",), "ours: clean"),
        "clean / resiliparse": (("resiliparse",), "ours: clean"),
        "facts / underthesea.ner": (("underthesea.ner",), "ours: facts"),
        "facts and links / underthesea.ner": (("underthesea.ner",), "ours: facts and links"),
        "facts without people / duckling": (("duckling",), "ours: facts without people"),
        "whole / (trafilatura + underthesea.ner)": (("trafilatura", "underthesea.ner"), "ours: whole"),
    }
    return {name: sum(seconds[o] for o in theirs) / seconds[ours] for name, (theirs, ours) in pairs.items() if all(o in seconds for o in theirs)}


@dataclasses.dataclass(frozen=True)
class Whole:
    """What the whole pipeline takes over archives: seconds on the wall, and the processor's seconds of the process that gives
    out pages and keeps what comes back, and of those that read and write."""

    wall: float
    own: float
    others: float


def whole(paths: list[Path], workers: int) -> Whole:
    """Return what the whole pipeline takes with so many processes, which are warm."""
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(engine.crew_of(engine.ReadOptions(workers=workers))) as crew:
        engine.run_with(crew, itertools.islice(read_pages(paths[0]), 12 * workers), Path(folder) / "warm")
        began, own, others = time.perf_counter(), time.process_time(), _seconds_of(crew.processes)
        engine.run_with(crew, (page for path in paths for page in read_pages(path)), Path(folder) / "data")
        return Whole(time.perf_counter() - began, time.process_time() - own, _seconds_of(crew.processes) - others)


def _seconds_of(processes: list[int]) -> float:
    """Return the processor's seconds that the processes took (Linux)."""
    ticks = (Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13] for number in processes)
    return sum(int(user) + int(system) for user, system in ticks) / os.sysconf("SC_CLK_TCK")


def crawled(pages: int) -> float:
    """Return how many times scrapy's pages a second ours fetches, best of two rounds each."""
    import crawl_pages

    ready: multiprocessing.Queue = multiprocessing.Queue()
    servers = [multiprocessing.Process(target=crawl_pages.serve, args=(f"127.0.0.{10 + n}", pages // 8, ready), daemon=True) for n in range(8)]
    for server in servers:
        server.start()
    hosts = {f"h{n}.example": ready.get() for n in range(8)}
    try:
        best: dict[str, float] = {}
        for _ in range(2):
            for name, program in (("mttq", crawl_pages.OURS), ("scrapy", crawl_pages.SCRAPY)):
                best[name] = min(best.get(name, 1e9), crawl_pages.once(program, hosts)[1])
    finally:
        for server in servers:
            server.terminate()
    return best["scrapy"] / best["mttq"]


MEASURED = """
import resource, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from pipeline import corpus, engine
written = engine.run(corpus({pages}), Path({data!r}), options=engine.ReadOptions(workers={workers})).written
print(written, *(resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
"""


def memory(counts: list[int], workers: int) -> None:
    """Print the peak memory of a process that reads so many pages into tables, and of the largest of those that read for it."""
    for pages in counts:
        with tempfile.TemporaryDirectory() as data:
            script = MEASURED.format(here=str(Path(__file__).parent), pages=pages, data=data, workers=workers)
            done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        written, own, reader = done.stdout.split()
        print(f"{pages:>8} pages, {written} articles: {own} MB at most" + (f", and {reader} MB in each of {workers} that read" if workers else ""), flush=True)


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Return all figures of one run."""
    clock, beside = Clock(), Clock()
    pages = list(corpus(options.pages))
    with tempfile.TemporaryDirectory() as folder:
        engine.run(pages[:300:10], Path(folder) / "warm")
        sizes = stages(pages, Path(folder) / "data", clock)
        paths = sorted((Path(folder) / "data" / "archive").glob("*.warc.gz"))
        one, two = (min((whole(paths, workers) for _ in range(options.rounds)), key=lambda run: run.wall) for workers in (1, 2))
    about = peers(pages[:: max(1, len(pages) // options.peers)][: options.peers], beside)
    run: dict[str, Any] = {
        "when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "version": __version__, "python": platform.python_version(), "cores": os.cpu_count(),
        "pages": len(pages), **sizes, "peers_on": about, "stages": dict(clock.seconds), "beside": dict(beside.seconds),
        "ratios": ratios(beside.seconds) | {"two processes / one": one.wall / two.wall}, "wall": {"1": dataclasses.asdict(one), "2": dataclasses.asdict(two)},
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip
    if options.crawl:
        run["ratios"]["crawl / scrapy"] = crawled(options.crawl)
    return run


def told(run: dict[str, Any], last: dict[str, Any] | None) -> Iterator[str]:
    """Yield the lines of a report; what got slower since the last run is marked."""
    yield f"{run['pages']} pages, {run['bytes'] / 1e6:.1f} MB, {run['articles']} articles of {run['characters']:,} characters; peak {run['peak_mb']} MB"
    yield f"{'stage':<12}{'s':>8}{'ms/page':>10}{'pages/s':>10}{'chars/s':>12}{'since last':>12}"
    for name, seconds in run["stages"].items():
        if seconds:
            change = _since(run, last, name)
            mark = "" if change is None else f"{change:>11.2f}x" + ("  SLOWER" if change > SLOWER else "")
            yield f"{name:<12}{seconds:8.2f}{1e3 * seconds / run['pages']:10.2f}{run['pages'] / seconds:10.0f}{run['characters'] / seconds:12,.0f}{mark}"
    for workers, took in run["wall"].items():
        share = took["own"] / (took["own"] + took["others"])
        yield (
            f"whole, {workers} process(es): {run['pages'] / took['wall']:.0f} pages a second on the wall; {1e3 * took['others'] / run['pages']:.2f} ms/page in them,"
            f" {1e3 * took['own'] / run['pages']:.2f} where pages are given out and kept ({share:.0%})"
        )
    for name, ratio in run["ratios"].items():
        before = f"  (last: {last['ratios'][name]:.2f})" if last and name in last["ratios"] else ""
        yield f"{name:<42}{ratio:8.2f} times as fast{before}"


def _since(run: dict[str, Any], last: dict[str, Any] | None, name: str) -> float | None:
    """Return how many times as long a stage takes a page as in the last run, against trafilatura in either."""
    if not last or not last["stages"].get(name) or "trafilatura" not in run["beside"] or "trafilatura" not in last["beside"]:
        return None
    now, then = (r["stages"][name] / r["pages"] / (r["beside"]["trafilatura"] / r["peers_on"]["pages"]) for r in (run, last))
    return float(now / then)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1_000)
    parser.add_argument("--peers", type=int, default=100, help="pages that the other programs read too")
    parser.add_argument("--crawl", type=int, default=0, help="pages to fetch beside scrapy; 0: none")
    parser.add_argument("--rounds", type=int, default=2, help="how often one and two processes read all; the best counts")
    parser.add_argument("--save", type=Path, help="a file of runs to add to and to compare with")
    parser.add_argument("--memory", type=int, nargs="+", help="print the peak memory for so many pages, and nothing else")
    parser.add_argument("--workers", type=int, default=0, help="processes that read, for --memory; 0: the one that is measured")
    options = parser.parse_args()
    if options.memory:
        memory(options.memory, options.workers)
        return
    runs = json.loads(options.save.read_text(encoding="utf-8")) if options.save and options.save.exists() else []
    run = measured(options)
    print("\n".join(told(run, runs[-1] if runs else None)))
    if options.save:
        options.save.write_text(json.dumps([*runs, run], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
