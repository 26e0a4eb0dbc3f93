"""A spaCy pipeline of ours: words by underthesea at exact offsets, sentences, tags, and facts as spans.

Its components are registered under our own names, so that they can be added, moved and left out like any other:

    mttq_sentences   sentence starts, by the same rules that the extractor reads with
    mttq_tags        token.tag_ (underthesea's), token.pos_ (universal), doc.spans["mttq_ner"]
    mttq_facts       doc.spans["money"], doc.spans["participants"], ...: one group a table, never absent

A fact need not begin or end with a word: its span covers every word that it touches, and `span._.mttq` keeps its exact
offsets. Importing this module loads spaCy, which takes seconds; `extractor` itself does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.util import registry
from spacy.vocab import Vocab

from extractor.errors import ExtractorError
from extractor.read.origin import origin
from extractor.read.sentences import sentences
from extractor.read.words import tag_words, words
from extractor.schema import FACT_TABLES
from extractor.text import nfc

_TOKENIZER = "mttq_words.v1"
_GROUPS = (*FACT_TABLES, "non_facts")
_KEY = "mttq_facts"  # in doc.user_data, as plain lists, so that Doc.to_bytes keeps them

_UNIVERSAL = {
    **dict.fromkeys(("N", "Nc", "Nu", "Ny"), "NOUN"),
    **dict.fromkeys(("V", "Vy"), "VERB"),
    **{"Np": "PROPN", "A": "ADJ", "P": "PRON", "R": "ADV", "L": "DET", "M": "NUM", "E": "ADP", "C": "CCONJ"},
    **{"T": "PART", "I": "INTJ", "CH": "PUNCT"},
}


class FactSpan(NamedTuple):
    """A fact's place: `text[start:end]` is its mention; `fact_id` names its row in the table ("" where it has none)."""

    table: str
    start: int
    end: int
    rule: str
    fact_id: str = ""


# What finds the facts of a text in NFC: rows of (table, start, end, rule) or (table, start, end, rule, fact_id).
FactReader = Callable[[str], Iterable[tuple[Any, ...]]]


class Words:
    """A tokenizer whose `doc.text` is the text, whatever the text; white space beyond one space is a token."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        parts = [text[a:b] for a, b in _cover(text)]
        forms: list[str] = []
        spaces: list[bool] = []
        for part in parts:
            if part == " " and forms and not spaces[-1]:
                spaces[-1] = True
            else:
                forms.append(part)
                spaces.append(False)
        return Doc(self.vocab, words=forms, spaces=spaces)

    # spaCy writes and reads a pipeline by these; the words are underthesea's, so there is nothing of ours to keep.
    def to_bytes(self, **_: Any) -> bytes:
        return b""

    def from_bytes(self, _data: bytes, **_: Any) -> Words:
        return self

    def to_disk(self, _path: Any, **_: Any) -> None:
        return None

    def from_disk(self, _path: Any, **_: Any) -> Words:
        return self


def _cover(text: str) -> Iterator[tuple[int, int]]:
    """Yield spans that join without a gap: the words, and between them one space, then what white space is left."""
    position = 0
    for start, end in (*words(text), (len(text), len(text))):
        if position < start and text[position] == " ":
            yield position, position + 1
            position += 1
        if position < start:
            yield position, start
        if start < end:
            yield start, end
        position = end


def _make_words() -> Callable[[Language], Words]:
    return lambda nlp: Words(nlp.vocab)


registry.tokenizers.register(_TOKENIZER, func=_make_words)


@Language.component("mttq_sentences", assigns=["token.is_sent_start", "doc.sents"])
def mark_sentences(doc: Doc) -> Doc:
    """Set the sentence starts; white space belongs to the sentence before it, at the very beginning to the first."""
    starts = {span.start for a, b in _sentences(doc.text)[1:] if (span := _expanded(doc, a, b))}
    marks = [1 if i == 0 or i in starts else -1 for i in range(len(doc))]
    # One array for all: setting token.is_sent_start looks at the whole doc each time.
    column: Any = np.array(marks, dtype="int64").view("uint64").reshape(-1, 1)
    return doc.from_array(["SENT_START"], column) if marks else doc


def _sentences(text: str) -> list[tuple[int, int]]:
    at = origin(text)
    return [(at[a], at[b]) for a, b in sentences(nfc(text))]


@Language.component("mttq_tags", assigns=["token.tag", "token.pos"])
def tag(doc: Doc) -> Doc:
    """Set parts of speech and names, sentence by sentence. The names are evidence: bodies often come out as places."""
    names: list[Span] = []
    for a, b in _sentences(doc.text):
        tokens = [token for token in _expanded(doc, a, b) or () if not token.is_space]
        labels = tag_words([token.text for token in tokens])
        for token, (pos, _) in zip(tokens, labels, strict=True):
            token.tag_ = pos
            token.pos_ = _UNIVERSAL.get(pos, "X")
        names += [
            Span(doc, tokens[i].i, tokens[j - 1].i + 1, label=label) for i, j, label in _chains([n for _, n in labels])
        ]
    for token in doc:
        if token.is_space:
            token.tag_, token.pos_ = "_SP", "SPACE"
    doc.spans["mttq_ner"] = SpanGroup(doc, name="mttq_ner", spans=names)
    return doc


def _chains(labels: list[str]) -> Iterator[tuple[int, int, str]]:
    """Yield (first, end, kind) of every name: a B- tag and the I- tags of its kind after it."""
    first, kind = 0, ""
    for index, label in enumerate([*labels, "O"]):
        if kind and label != f"I-{kind}":
            yield first, index, kind
            kind = ""
        if not kind and label != "O":
            first, kind = index, label[2:]


class Facts:
    """The component "mttq_facts". `reader` gives the facts; `pipeline` sets it."""

    def __init__(self, reader: FactReader | None = None) -> None:
        self.reader = reader

    def __call__(self, doc: Doc) -> Doc:
        if self.reader is None:
            raise ExtractorError("mttq_facts has no reader: build the pipeline by extractor.load()")
        at = origin(doc.text)
        facts = [FactSpan(table, at[start], at[end], *rest) for table, start, end, *rest in self.reader(nfc(doc.text))]
        doc.user_data[_KEY] = [list(fact) for fact in facts]
        groups: dict[str, list[Span]] = {name: [] for name in _GROUPS}
        for fact in facts:
            groups[fact.table].append(_fact_span(doc, fact))
        for name, spans in groups.items():
            doc.spans[name] = SpanGroup(doc, name=name, spans=spans)
        return doc


def _fact_span(doc: Doc, fact: FactSpan) -> Span:
    span = _expanded(doc, fact.start, fact.end)
    if span is None:
        raise ExtractorError(f"a fact of {fact.table} lies outside the text: {fact.start} to {fact.end}")
    span.label_, span.kb_id_, span.id_ = fact.table, fact.rule, _name(fact)
    return span


def _expanded(doc: Doc, start: int, end: int) -> Span | None:
    """Return the span of all tokens that the characters touch, None where there are none."""
    if start >= end or not len(doc) or end > doc[-1].idx + len(doc[-1].text_with_ws):
        return None
    return doc.char_span(start, end, alignment_mode="expand")


@Language.factory("mttq_facts")
def _make_facts(nlp: Language, name: str) -> Facts:
    return Facts()


def _facts_of(doc: Doc) -> tuple[FactSpan, ...]:
    return tuple(FactSpan(*fact) for fact in doc.user_data.get(_KEY, ()))


def _fact_of(span: Span) -> FactSpan | None:
    """Return the fact behind a span of one of our groups, None for other spans."""
    return next((f for f in _facts_of(span.doc) if (f.table, _name(f)) == (span.label_, span.id_)), None)


def _name(fact: FactSpan) -> str:
    # Two facts may touch the same words ("2-3"): what has no id is told apart by its place.
    return fact.fact_id or f"{fact.start}-{fact.end}"


Doc.set_extension("mttq", getter=_facts_of, force=True)
Span.set_extension("mttq", getter=_fact_of, force=True)


def pipeline(facts: FactReader | None = None) -> Language:
    """Return a spaCy pipeline over our words, with sentences, tags and, where a reader is given, facts.

    `facts` takes a text in NFC and gives rows of (table, start, end, rule[, fact_id]); offsets in a Doc always refer to
    its own text. `nlp(text, disable=["mttq_tags"])` leaves out what is not needed: tagging is the slow part.
    """
    nlp = spacy.blank("vi", config={"nlp": {"tokenizer": {"@tokenizers": _TOKENIZER}}})
    nlp.add_pipe("mttq_sentences")
    nlp.add_pipe("mttq_tags")
    if facts is not None:
        nlp.add_pipe("mttq_facts")
        component: Any = nlp.get_pipe("mttq_facts")
        component.reader = facts
    return nlp
