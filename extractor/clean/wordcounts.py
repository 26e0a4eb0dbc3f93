"""How often words and pairs of neighbours stand in Vietnamese text of the Front: rules/words.tsv, and how it is made.

    python -m extractor.clean.wordcounts

counts the articles of corpus/ and the names of rules/places, and writes the file anew. A pair that stands once is left out,
as its words are counted each.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import regex

from extractor.data import pages_dir, rules_dir
from extractor.text import nfc

WORD = regex.compile(r"\p{L}+")
# Words with nothing between them but a space are neighbours.
RUN = regex.compile(r"\p{L}+(?:[ \u00a0]+\p{L}+)*")
_PLACE_NAME = 4
_LEAST_PAIR = 2


@dataclass(frozen=True, slots=True)
class WordCounts:
    """Counts in lower case; `total` is that of all words."""

    words: Mapping[str, int]
    pairs: Mapping[tuple[str, str], int]
    total: int


@functools.cache
def load() -> WordCounts:
    """Return the counts of rules/words.tsv."""
    words: dict[str, int] = {}
    pairs: dict[tuple[str, str], int] = {}
    for line in (rules_dir() / "words.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            written, count = line.split("\t")
            first, _, second = written.partition(" ")
            if second:
                pairs[first, second] = int(count)
            else:
                words[first] = int(count)
    return WordCounts(words, pairs, sum(words.values()))


def _texts(corpus: Path) -> Iterator[str]:
    for path in sorted(corpus.glob("*/**/*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        yield from (str(document.get(key) or "") for key in ("title", "text"))
    for line in (rules_dir() / "places" / "units.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith(("#", "system")):
            yield line.split("\t")[_PLACE_NAME]


def count(corpus: Path) -> str:
    """Return the lines of rules/words.tsv for the texts of a corpus."""
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for text in _texts(corpus):
        for run in RUN.findall(nfc(text).lower()):
            told = WORD.findall(run)
            words.update(told)
            pairs.update(itertools.pairwise(told))
    lines = ["# Words and pairs of neighbours in corpus/ and rules/places, with their counts; made by python -m extractor.clean.wordcounts"]
    lines += [f"{word}\t{n}" for word, n in sorted(words.items())]
    lines += [f"{a} {b}\t{n}" for (a, b), n in sorted(pairs.items()) if n >= _LEAST_PAIR]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (rules_dir() / "words.tsv").write_text(count(pages_dir().parent), encoding="utf-8")
