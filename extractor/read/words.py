"""Words, parts of speech and names, by underthesea's models, each with its exact place in the text.

The models travel inside the package: nothing is downloaded. The words of a sentence are those of
`word_tokenize(sentence, use_token_normalize=False)`, its tags those of the taggers behind `pos_tag`, `chunk` and `ner`,
whose own way of building features costs the square of the sentence's length.
"""

from __future__ import annotations

import functools
import importlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from extractor.read.origin import origin
from extractor.read.sentences import pieces, sentences
from extractor.text import nfc

# In underthesea's pattern of an address this stands, with a plus of its own, inside a group that repeats: on
# "http://" and forty dots it would run for years. Without that plus it matches the same, in linear time.
_ADDRESS_RUN = r"[^\s()<>{}\[\]]+"
_TEMPLATE = re.compile(r"T\[(-?\d+)(?:,(-?\d+))?\](?:\[(\d+)\])?(?:\.(\w+))?")


@dataclass(frozen=True, slots=True)
class Tag:
    """One word: `pos` in underthesea's tag set (N, Np, V, ...), `ner` as B-PER, I-PER, B-LOC, ..., or O."""

    word: str
    start: int
    end: int
    pos: str
    ner: str


@dataclass(frozen=True, slots=True)
class _Template:
    prefix: str
    first: int
    width: int
    column: int
    function: str | None


@dataclass(frozen=True, slots=True)
class _Tagger:
    tag: Callable[[list[tuple[str, ...]]], list[str]]
    templates: tuple[_Template, ...]
    apply: Callable[[str, str], object]

    def __call__(self, *columns: Sequence[str]) -> list[str]:
        """Return a tag for every row of the columns."""
        count = len(columns[0])
        values: dict[tuple[int, int, str | None], list[str]] = {}
        features = []
        for template in self.templates:
            key = (template.column, template.width, template.function)
            if key not in values:
                values[key] = self._values(columns[template.column], template)
            features.append(_feature(template, values[key], count))
        return self.tag(list(zip(*features, strict=True)))

    def _values(self, column: Sequence[str], template: _Template) -> list[str]:
        width = template.width
        joined = [" ".join(column[i : i + width]) for i in range(len(column) - width + 1)]
        return [str(self.apply(template.function, v)) for v in joined] if template.function else joined


def _feature(template: _Template, values: list[str], count: int) -> list[str]:
    """Return one feature for each of `count` words; the first and last words look beyond the sentence."""
    prefix, first, known = template.prefix, template.first, len(values)
    return [
        f"{prefix}BOS" if i < 0 else f"{prefix}EOS" if i >= known else f"{prefix}{values[i]}"
        for i in range(first, first + count)
    ]


def _template(syntax: str) -> _Template:
    match = _TEMPLATE.fullmatch(syntax)
    if match is None:
        raise ValueError(f"underthesea: unknown feature template {syntax!r}; this version is not supported")
    first = int(match[1])
    return _Template(f"{syntax}=", first, int(match[2] or first) - first + 1, int(match[3] or 0), match[4])


@dataclass(frozen=True, slots=True)
class _Models:
    pattern: re.Pattern[str]
    segment: Callable[[list[list[str]]], list[str]]
    normal: Callable[[str], str]
    pos: _Tagger
    chunk: _Tagger
    ner: _Tagger


def _tagger(room: str, predictor: str) -> _Tagger:
    package = f"underthesea.pipeline.{room}"
    one = getattr(importlib.import_module(f"{package}.model_crf"), predictor).Instance()
    features = importlib.import_module(f"{package}.tagged_feature")
    return _Tagger(one.model.tag, tuple(_template(t) for t in one.transformer.template), features.apply_function)


def _pattern(source: str) -> re.Pattern[str]:
    if source.count(_ADDRESS_RUN) != 1:
        raise ValueError("underthesea: the pattern of its tokens has changed; this version is not supported")
    return re.compile(source.replace(_ADDRESS_RUN, _ADDRESS_RUN[:-1]), re.VERBOSE)


@functools.cache
def _load() -> _Models:
    package = importlib.import_module("underthesea.pipeline.word_tokenize")
    package.word_tokenize("mặt trận")  # the package loads its model at the first word
    tokens = importlib.import_module("underthesea.pipeline.word_tokenize.regex_tokenize")
    letters = importlib.import_module("underthesea.pipeline.text_normalize.character_normalize")
    segmenter: Any = package.word_tokenize_model
    return _Models(
        pattern=_pattern(tokens.regex_patterns_combine),
        segment=segmenter.predict,
        normal=letters.normalize_characters_in_text,
        pos=_tagger("pos_tag", "CRFPOSTagPredictor"),
        chunk=_tagger("chunking", "CRFChunkingPredictor"),
        ner=_tagger("ner", "CRFNERPredictor"),
    )


_LOADING = threading.Lock()


def _models() -> _Models:
    # underthesea's own first use breaks when threads meet in it; once loaded, the models may be shared.
    with _LOADING:
        return _load()


def warm_up() -> None:
    """Load the models (about a second, 100 MB), which the first use would do otherwise. Safe in any thread."""
    _models()


def words(text: str) -> tuple[tuple[int, int], ...]:
    """Return the (start, end) of every word and sign: all but white space, in order, none across two sentences.

    Offsets are exact whatever the text; one that is not in NFC is segmented as if it were.

    >>> text = "Uỷ ban MTTQ xã trao 20 suất quà."
    >>> [text[a:b] for a, b in words(text)]
    ['Uỷ ban', 'MTTQ', 'xã', 'trao', '20', 'suất', 'quà', '.']
    """
    composed = nfc(text)
    return _carried(text, (span for start, end in sentences(composed) for span in _words(composed, start, end)))


def _carried(text: str, spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    at = origin(text)
    return tuple((at[a], at[b]) for a, b in spans if at[a] < at[b])


def _words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    models = _models()
    for begin, stop in pieces(text, start, end):
        tokens = [
            (begin + m.start(), begin + m.end()) for m in models.pattern.finditer(models.normal(text[begin:stop]))
        ]
        labels = models.segment([[models.normal(text[a:b])] for a, b in tokens]) if tokens else []
        inside = [label == "I-W" for label in labels] + [False]
        first = 0
        for index in range(1, len(tokens) + 1):
            if not inside[index]:
                yield tokens[first][0], tokens[index - 1][1]
                first = index


def tag_words(forms: Sequence[str]) -> list[tuple[str, str]]:
    """Return (pos, ner) for every word of one sentence."""
    if not forms:
        return []
    models = _models()
    clean = [" ".join(models.normal(form).split()) for form in forms]
    unknown = ["X"] * len(clean)  # the column of a tag that is still to be found, as the models were trained
    pos = models.pos(clean, unknown)
    chunks = models.chunk(clean, pos, unknown)
    return list(zip(pos, models.ner(clean, pos, chunks, unknown), strict=True))


def tagged(sentence: str) -> tuple[Tag, ...]:
    """Return the words of one sentence with their tags: evidence, not truth (bodies of the Front come out as places).

    Safe in any thread; threads gain no speed, processes do.

    >>> [(t.word, t.pos, t.ner) for t in tagged("Ông Nguyễn Văn An họp.")]
    [('Ông', 'Nc', 'O'), ('Nguyễn Văn An', 'Np', 'B-PER'), ('họp', 'V', 'O'), ('.', 'CH', 'O')]
    """
    composed = nfc(sentence)
    spans = _carried(sentence, _words(composed, 0, len(composed)))
    forms = [sentence[a:b] for a, b in spans]
    tags = tag_words(forms)
    return tuple(Tag(w, a, b, pos, ner) for w, (a, b), (pos, ner) in zip(forms, spans, tags, strict=True))
