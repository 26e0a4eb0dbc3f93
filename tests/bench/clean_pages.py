"""Main text against real annotated pages, ours beside other programs: word F1, and time per page as a ratio.

    python tests/bench/clean_pages.py FOLDER [--half even|odd] [--ours] [--worst 20]

FOLDER holds `html/NAME.html.gz` and `ground-truth/NAME.json` (`ground_truth.main_content`, page type in `_internal`), the
layout of the Web Content eXtraction Benchmark. The words of a page are `\\w+` in lower case, counted with their number;
its F1 is that of the two bags of words, and the score is the mean over pages. Ours is measured twice: with all that it tells of
a page, beside trafilatura with its metadata, and the main text alone. Each page is read by all programs in turn before the
next, each time beginning with another, so that a slow moment of the machine falls on all of them; times are medians over
pages, each page's time the best of its repeats. All pages are read before any is read again: no program finds a page in its
caches.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

Reader = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One annotated page."""

    name: str
    kind: str
    html: str
    wanted: str


@dataclass(slots=True)
class Result:
    """What one program made of the pages: by page its precision, recall, F1 and seconds."""

    scores: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def word_f1(found: str, wanted: str) -> tuple[float, float, float]:
    """Return precision, recall and F1 of two texts as bags of words.

    >>> word_f1("a b b", "a b c c")
    (0.6666666666666666, 0.5, 0.5714285714285715)
    """
    have, want = Counter(re.findall(r"\w+", found.lower())), Counter(re.findall(r"\w+", wanted.lower()))
    common = (have & want).total()
    if not common:
        same = float(not have and not want)
        return same, same, same
    precision, recall = common / have.total(), common / want.total()
    return precision, recall, 2 * precision * recall / (precision + recall)


def load(folder: Path, half: str | None) -> list[Sample]:
    """Return the annotated pages of a folder by name; `half` takes those of even or odd index."""
    samples = []
    for path in sorted((folder / "ground-truth").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        kind = truth.get("_internal", {}).get("page_type", {}).get("primary", "article")
        with gzip.open(folder / "html" / f"{path.stem}.html.gz") as file:
            html = file.read().decode("utf-8", "replace")
        samples.append(Sample(path.stem, kind, html, truth["ground_truth"].get("main_content") or ""))
    start = {None: 0, "even": 0, "odd": 1}[half]
    return samples[start :: 2 if half else 1]


def _ours(html: str) -> str:
    from extractor import clean

    return clean(html).text


def _our_text(html: str) -> str:
    from extractor.clean import main_text

    return main_text(html)


def _others() -> dict[str, Reader]:
    import trafilatura
    from lxml.html import fromstring
    from readability import Document
    from resiliparse.extract.html2text import extract_plain_text

    for name in ("trafilatura", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return {
        "trafilatura": lambda html: trafilatura.extract(html) or "",
        "trafilatura with metadata": lambda html: trafilatura.bare_extraction(html, with_metadata=True).text or "",
        "trafilatura fast": lambda html: trafilatura.extract(html, fast=True) or "",
        "trafilatura precision": lambda html: trafilatura.extract(html, favor_precision=True) or "",
        "readability-lxml": lambda html: fromstring(Document(html).summary()).text_content(),
        "resiliparse": lambda html: extract_plain_text(html, main_content=True),
    }


def measure(samples: list[Sample], readers: dict[str, Reader], repeats: int) -> dict[str, Result]:
    """Return what each program makes of each page; a page that it fails on counts as an empty text."""
    results = {name: Result() for name in readers}
    order = list(readers.items())
    for sample in samples * repeats:
        order.append(order.pop(0))  # whoever comes later finds the page, and what it shares with ours, in the processor's caches
        for name, reader in order:
            text = ""
            start = time.perf_counter()
            try:
                text = reader(sample.html)
            except Exception as error:  # noqa: BLE001  the programs of others raise what they like
                print(f"{name}: {sample.name}: {type(error).__name__}")
            seconds = time.perf_counter() - start
            results[name].scores[sample.name] = word_f1(text, sample.wanted)
            results[name].seconds[sample.name] = min(seconds, results[name].seconds.get(sample.name, seconds))
    return results


def report(samples: list[Sample], results: dict[str, Result], worst: int) -> None:
    """Print a line for each program: pages, precision, recall and F1, F1 by kind and half, time against the slowest reference."""
    kinds = sorted({s.kind for s in samples})
    base = results.get("trafilatura") or results["ours"]
    unit = statistics.median(base.seconds.values())
    print(
        f"{'program':<28}{'P':>8}{'R':>8}{'F1':>8}"
        + "".join(f"{k:>12}" for k in kinds)
        + f"{'ms median':>11}{'mean':>8}{'ratio':>8}"
    )
    for name, result in results.items():
        mean = [statistics.fmean(s[i] for s in result.scores.values()) for i in range(3)]
        by_kind = [statistics.fmean(result.scores[s.name][2] for s in samples if s.kind == k) for k in kinds]
        middle = statistics.median(result.seconds.values())
        print(
            f"{name:<28}" + "".join(f"{v:8.4f}" for v in mean) + "".join(f"{v:12.4f}" for v in by_kind)
            + f"{middle * 1e3:11.2f}{statistics.fmean(result.seconds.values()) * 1e3:8.2f}{middle / unit:8.3f}"
        )  # fmt: skip
    ours = results["ours"].scores
    for sample in sorted(samples, key=lambda s: ours[s.name][2])[:worst]:
        print(f"{sample.name} {sample.kind:<10} " + " ".join(f"{v:.3f}" for v in ours[sample.name]))


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description="Word F1 and time of main-text finders on annotated pages.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=["even", "odd"], help="pages of even or odd index only")
    parser.add_argument("--ours", action="store_true", help="leave the other programs out")
    parser.add_argument("--worst", type=int, default=0, help="list this many of our worst pages")
    parser.add_argument("--repeats", type=int, default=1, help="times all pages are read; each page's best counts")
    options = parser.parse_args()
    samples = load(options.folder, options.half)
    readers: dict[str, Reader] = {"ours": _ours, "ours, main text alone": _our_text} | ({} if options.ours else _others())
    for reader in readers.values():
        # Imports and rules are loaded before the clock starts.
        reader("<html><body><article><p>Một đoạn văn ngắn, để nạp các thư viện.</p></article></body></html>")
    report(samples, measure(samples, readers, options.repeats), options.worst)


if __name__ == "__main__":
    main()
