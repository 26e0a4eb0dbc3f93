"""Search words: with or without tone marks, in any case, wherever the tone mark stands; and nothing else."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.query.words import phrase, phrases
from extractor.text import fold, unaccent

SYLLABLES = ["Quỹ", "nghèo", "Đại", "đoàn", "hoà", "Hóa", "Uỷ", "ủy", "thuỷ", "khoẻ", "quý", "Đắk", "Ngọk", "62-KL/TW", "1,2", "tỷ", "(trên)", "thơ", "a+b", "50%"]
_DUCK = duckdb.connect(":memory:")


def finds(words: str, text: str) -> bool:
    return bool(_DUCK.execute("SELECT regexp_matches(?, ?)", [text, phrase(words)]).fetchone()[0])


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ("ngheo", "Quỹ Vì người nghèo", True),
        ("NGHÈO", "người nghèo.", True),
        ("nghèo", "nghẽo", False),
        ("nghe", "nghèo", False),
        ("hoa", "xã Hoà Bình", True),
        ("hòa", "xã Hoà Bình", True),
        ("hoà", "xã Hòa Bình", True),
        ("hóa", "xã Hoà Bình", False),
        ("uy ban", "Uỷ ban MTTQ", True),
        ("ủy ban", "UỶ BAN", True),
        ("quý", "quí", False),
        ("dai doan ket", "Đại đoàn\u00a0kết", True),
        ("đoàn kết", "đoàn\nkết", True),
        ("tho", "Cần Thơ", True),
        ("thơ", "thờ", False),
        ("1,2 ty", "trên 1,2 tỷ đồng", True),
        ("1.2", "1,2 tỷ", False),
        ("a.*b", "axxb", False),
    ],
)
def test_words(words, text, found):
    assert finds(words, text) is found


@given(st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=4), st.sampled_from([str, str.upper, str.lower, fold, unaccent]))
def test_words_of_a_text_are_found_however_they_are_typed(syllables, typed):
    text = "Hôm qua, " + " ".join(syllables) + " ở xã."

    assert finds(typed(" ".join(syllables)), text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_typed_is_a_pattern(words, text):
    if phrase(words):
        finds(words, text)
    else:
        assert not "".join(c for c in words if c.isprintable()).strip()


def test_a_search_box_takes_words_and_phrases_in_quotes():
    assert [*phrases('"dai doan ket" lũ  ""')] == [phrase("dai doan ket"), phrase("lũ")]
    assert [*phrases("  \x00 ")] == []
