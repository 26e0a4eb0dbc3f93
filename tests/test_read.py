"""Reading: sentences, words at exact offsets, tags that equal underthesea's own, and the spaCy pipeline over them."""

from __future__ import annotations

import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
import spacy
import underthesea
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from underthesea.pipeline.word_tokenize import regex_tokenize

import extractor
from extractor.errors import ExtractorError
from extractor.read.origin import _pieces, origin
from extractor.read.pipeline import FactSpan, Words, pipeline
from extractor.read.sentences import MAX_SENTENCE, sentences
from extractor.read.words import _models, _pattern, _template, tag_words, tagged, words
from extractor.schema import FACT_TABLES
from extractor.text import nfc

# In our own words, with what the news holds: names, sums, documents, dates, quotes, brackets, addresses.
SENTENCES = """\
Sáng 12/3, Ủy ban MTTQ xã Đồng Tâm tổ chức ra quân dọn vệ sinh tại 7 thôn.
Ông Trần Quốc Bảo, Chủ tịch Hội Nông dân huyện, trao 35 suất quà (mỗi suất 450.000 đồng) cho hộ nghèo.
Đến nay quỹ đã nhận 1.275.500.000 đồng, đạt 104,6% kế hoạch năm 2022.
Thực hiện Kế hoạch số 58/KH-MTTQ-BTT ngày 4-5-2021 của Ban Thường trực, các khu dân cư đã góp 2.100 ngày công.
“Bà con rất phấn khởi!” - bà Lò Thị Pành (bản Nà Sản) cho biết.
Mọi đóng góp xin gửi về mttq@vidu.example hoặc http://mttq.vidu.example/ung-ho?id=5 trước 17h30.
Tham dự có đồng chí Phạm Hồng Thái - Phó Bí thư Thường trực Tỉnh ủy Hà Giang, đại diện Công ty TNHH Hoa Sen.
Xã N’Thôn Hạ, buôn K'Rông và TP. Pleiku cùng hưởng ứng...
Cụ thể hoá Nghị quyết, Uỷ ban xã vận động xây 3 căn nhà; sửa 11 căn.
GIAO LƯU VĂN NGHỆ CHÀO MỪNG NGÀY HỘI ĐẠI ĐOÀN KẾT
10
Không.""".splitlines()

NASTY = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs",)),
        st.sampled_from(
            "  \t\n\r\u00a0\u3000\u200b\u2028\x00\x1c\x85.,!?…”(1a\u0301\u0323ệỆðÐ\u0958\u212b\u1100\u1161\u0f73😀\ufeff"
        ),
    ),
    max_size=60,
)
WORDY = st.lists(
    st.sampled_from(
        [*" ".join(SENTENCES).split(), " ", "\n", "  ", ".", "\u00a0", unicodedata.normalize("NFD", "Hộ nghèo")]
    ),
    max_size=25,
).map(" ".join)
TEXTS = st.one_of(NASTY, WORDY)


@pytest.fixture(scope="module")
def nlp() -> Language:
    return extractor.load()


@pytest.fixture(scope="module")
def plain() -> Language:
    return pipeline()


# Sentences


@given(TEXTS)
def test_sentences_cover_all_but_white_space(text: str) -> None:
    position = 0
    for start, end in sentences(text):
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        assert len(text[start:end].splitlines()) == 1
        position = end
    assert not text[position:].strip()


@pytest.mark.parametrize(
    "parts",
    [
        ["Đ/c Lê An, TP. Huế, dự.", "Có 5 xã."],
        ["Gồm gạo, muối, v.v. và tiền.", "Hết."],
        ["2. Kết quả đạt được", "3.1. Hạn chế"],
        ["Quỹ đạt 1.300.000 đồng.", "Tăng 4.5%."],
        ["“Rất vui!”", "Ông nói thêm."],
        ["“Vui lắm!” - bà Pành nói.", "“Đủ rồi.”", "“Thật ư?”, ông hỏi."],
        ["Thôn 1… thôn 9 đều xong.", "Xã mừng…"],
    ],
)
def test_where_sentences_end(parts: list[str]) -> None:
    text = ("\n" if parts[0].startswith("2.") else " ").join(parts)
    assert [text[a:b] for a, b in sentences(text)] == parts


# Offsets in a text that is not in NFC


@given(TEXTS)
def test_origin_follows_the_composition(text: str) -> None:
    pieces = list(_pieces(text))
    assert "".join(pieces) == text
    assert "".join(map(nfc, pieces)) == nfc(text)
    at = list(origin(text))
    assert len(at) == len(nfc(text)) + 1
    assert at == sorted(at)
    assert at[-1] == len(text)


@given(WORDY)
def test_origin_brings_words_back(text: str) -> None:
    apart = unicodedata.normalize("NFD", text)
    at, whole = origin(apart), nfc(apart)
    for start, end in words(whole):
        assert nfc(apart[at[start] : at[end]]) == whole[start:end]


# Words


@given(TEXTS)
def test_words_cover_all_but_white_space(text: str) -> None:
    position = 0
    for start, end in words(text):
        assert position <= start < end
        assert not text[position:start].strip()
        position = end
    assert not text[position:].strip()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_words_equal_underthesea(sentence: str) -> None:
    assert len(sentences(sentence)) == 1
    ours = [sentence[a:b] for a, b in words(sentence)]
    assert ours == underthesea.word_tokenize(sentence, use_token_normalize=False)


def test_the_table_of_letters_keeps_lengths() -> None:
    from underthesea.pipeline.text_normalize.text_normalizer import character_map

    assert all(len(a) == len(b) == 1 for a, b in character_map.items())


@given(st.lists(st.sampled_from(["http://", "a", "b.com", ".", "(", ")", "!", "/", "https:x", ",", " "]), max_size=9))
def test_the_address_pattern_matches_what_it_did(parts: list[str]) -> None:
    text = "".join(parts)
    theirs = regex_tokenize.re.compile(regex_tokenize.regex_patterns_combine, regex_tokenize.re.VERBOSE)
    assert [m.span() for m in _models().pattern.finditer(text)] == [m.span() for m in theirs.finditer(text)]


def test_a_new_kind_of_underthesea_is_refused() -> None:
    with pytest.raises(ValueError, match="not supported"):
        _pattern(r"\w+")
    with pytest.raises(ValueError, match="not supported"):
        _template("W[0]")


@pytest.mark.parametrize(
    "unit", ["http://" + "." * 60, "a.", "1.", "(a)", "http://(!", "a+", "@a.", "a\u0301\u0323", "\u0301"]
)
def test_hostile_texts_take_linear_time(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    begun = time.process_time()
    assert words(text)[-1][1] == len(text)
    assert time.process_time() - begun < 10


def test_a_long_sentence_is_cut_at_white_space() -> None:
    text = "hộ nghèo " * (MAX_SENTENCE // 4)
    assert {text[a:b] for a, b in words(text)} <= {"hộ", "nghèo", "hộ nghèo"}
    assert all(b - a <= MAX_SENTENCE and text[a:b].strip() == text[a:b] for a, b in sentences(text))


# Tags


def same_words(sentence: str) -> bool:
    """Tell whether underthesea's taggers, which rewrite some words first, see the words as they stand."""
    return bool(underthesea.word_tokenize(sentence) == underthesea.word_tokenize(sentence, use_token_normalize=False))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_tags_equal_underthesea(sentence: str) -> None:
    theirs = underthesea.ner(sentence)
    assert tag_words([word for word, *_ in theirs]) == [(pos, ner) for _, pos, _, ner in theirs]
    ours = tagged(sentence)
    assert all(sentence[t.start : t.end] == t.word for t in ours)
    if same_words(sentence):
        assert [(t.word, t.pos, t.ner) for t in ours] == [(word, pos, ner) for word, pos, _, ner in theirs]


def test_the_sample_shows_both_kinds() -> None:
    kinds = {same_words(sentence) for sentence in SENTENCES}
    assert kinds == {True, False}
    assert {t.ner for s in SENTENCES for t in tagged(s)} >= {"B-PER", "B-LOC", "O"}


@given(TEXTS)
def test_any_text_can_be_tagged(text: str) -> None:
    found = tagged(text)
    assert "".join("".join(t.word.split()) for t in found) == "".join(text.split())
    assert all(t.word == text[t.start : t.end] and t.pos and t.ner for t in found)


def test_first_use_in_many_threads_without_a_network() -> None:
    script = """
import socket, sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
def refuse(*_, **__): raise OSError("no network")
socket.socket.connect = socket.getaddrinfo = refuse
from extractor.read.words import tagged
assert "underthesea" not in sys.modules
gate = Barrier(8)
def work(_):
    gate.wait()
    return tagged("Ông Trần Quốc Bảo trao 35 suất quà tại xã Đồng Tâm.")
with ThreadPoolExecutor(8) as pool:
    results = list(pool.map(work, range(8)))
assert len(set(results)) == 1 and len(results[0]) > 5
assert "spacy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=120)


# The pipeline


@given(TEXTS)
def test_the_doc_is_the_text(plain: Language, text: str) -> None:
    doc = plain(text)
    assert doc.text == text
    assert all(text[t.idx : t.idx + len(t)] == t.text for t in doc)
    assert [(t.idx, t.idx + len(t)) for t in doc if not t.is_space] == [
        (a, b) for a, b in words(text) if not text[a:b].isspace()
    ]
    assert all(t.tag_ and t.pos_ for t in doc)
    assert Doc(plain.vocab).from_bytes(doc.to_bytes()).text == text


def test_sentences_of_the_doc(plain: Language) -> None:
    text = "\n Sáng 5.3, TP. Huế họp.  Có 30 đại biểu dự.\n\n1. Kết quả: 1.300 hộ.\n"
    found = [sent.text.strip() for sent in plain(text).sents]
    assert found == [text[a:b] for a, b in sentences(text)]
    assert [sent.text for sent in plain(" \n ").sents] == [" \n "]
    assert list(plain("").sents) == []


def test_tags_of_the_doc(plain: Language) -> None:
    doc = plain("\n".join(SENTENCES))
    expected = [(t.word, t.pos) for sentence in SENTENCES for t in tagged(sentence)]
    assert [(t.text, t.tag_) for t in doc if not t.is_space] == expected
    names = {(span.text, span.label_) for span in doc.spans["mttq_ner"]}
    assert ("Trần Quốc Bảo", "PER") in names
    tokens = {t.text: t.pos_ for t in doc}
    assert (tokens["trao"], tokens["."], tokens["\n"]) == ("VERB", "PUNCT", "SPACE")


def reader(text: str) -> Iterator[tuple[str, int, int, str]]:
    """A reader of facts that begin and end within words: every digit is money."""
    yield from (("money", i, i + 1, "toy: digit") for i, letter in enumerate(text) if letter.isdecimal())


@given(TEXTS)
def test_no_fact_is_lost_and_offsets_are_exact(text: str) -> None:
    doc = toy()(text)
    composed = nfc(text)
    facts = [span._.mttq for span in doc.spans["money"]]
    assert [nfc(text[f.start : f.end]) for f in facts] == [composed[f[1] : f[2]] for f in reader(composed)]
    for span in doc.spans["money"]:
        assert span.start_char <= span._.mttq.start < span._.mttq.end <= span.end_char
    assert set(doc.spans) == {"mttq_ner", *FACT_TABLES, "non_facts"}


_TOY: list[Language] = []


def toy() -> Language:
    if not _TOY:
        _TOY.append(pipeline(reader))
    return _TOY[0]


def test_a_fact_outside_the_text_is_an_error() -> None:
    beyond = pipeline(lambda text: [("money", 0, 0, "toy: empty")])
    with pytest.raises(ExtractorError, match="outside the text"):
        beyond("Trao 5 suất quà.")
    orphan = pipeline()
    orphan.add_pipe("mttq_facts")
    with pytest.raises(ExtractorError, match=r"extractor\.load"):
        orphan("Trao 5 suất quà.")


TEXT = (
    "Sáng 12/3/2022, Uỷ ban MTTQ xã Đồng Tâm trao 35 suất quà, mỗi suất 450.000đ.\nÔng Trần Quốc Bảo, Chủ tịch xã, dự."
)


def test_load_gives_the_facts_of_extract(nlp: Language) -> None:
    extraction, doc = extractor.extract(TEXT), nlp(TEXT)
    assert len(extraction.money) == 1
    assert len(extraction.people) == 1
    for table in FACT_TABLES:
        rows = [(r.start, r.end, r.rule, r.fact_id) for r in getattr(extraction, table)]
        assert [tuple(span._.mttq)[1:] for span in doc.spans[table]] == rows
    assert [n.mention for n in extraction.non_facts] == [
        TEXT[f.start : f.end] for f in doc._.mttq if f.table == "non_facts"
    ]
    assert doc[0:1]._.mttq is None


def test_facts_of_a_text_that_is_not_composed(nlp: Language) -> None:
    apart = unicodedata.normalize("NFD", TEXT)
    found = [(f.table, nfc(apart[f.start : f.end])) for f in nlp(apart)._.mttq]
    assert found == [(f.table, TEXT[f.start : f.end]) for f in nlp(TEXT)._.mttq]


def test_docs_keep_their_facts_in_bytes(nlp: Language) -> None:
    doc = nlp(TEXT)
    (copy,) = DocBin(store_user_data=True, docs=[doc]).get_docs(spacy.blank("xx").vocab)
    again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert again._.mttq == copy._.mttq == doc._.mttq != ()
    assert [(s.text, s._.mttq) for s in again.spans["money"]] == [(s.text, s._.mttq) for s in doc.spans["money"]]
    assert isinstance(again.spans["money"][0]._.mttq, FactSpan)


def test_users_add_pipes_of_their_own(nlp: Language, tmp_path: Path) -> None:
    ruler = extractor.load()
    ruler.add_pipe("entity_ruler", before="mttq_facts").add_patterns([{"label": "GIFT", "pattern": [{"LOWER": "quà"}]}])
    doc = ruler(TEXT)
    assert [(e.text, e.label_) for e in doc.ents] == [("quà", "GIFT")]
    assert len(doc.spans["money"]) == 1
    ruler.to_disk(tmp_path)
    nlp_again = spacy.load(tmp_path)
    assert [e.text for e in nlp_again(TEXT, disable=["mttq_facts"]).ents] == ["quà"]
    assert [d.text for d in nlp.pipe([TEXT, "", "Trao 5 suất quà."], batch_size=2)] == [TEXT, "", "Trao 5 suất quà."]
    assert isinstance(nlp.tokenizer, Words)
    without = nlp(TEXT, disable=["mttq_tags"])
    assert "mttq_ner" not in without.spans
    assert len(without.spans["money"]) == 1
