"""Lost letters: measured where they are lost, nowhere else; the proposal puts them back and the text stays as it is."""

from __future__ import annotations

import json

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from extractor.clean import clean_text
from extractor.clean.damage import Damage, measure
from extractor.data import pages_dir

LOST = regex.compile("[\u1ea0-\u1ef9]")
CORPUS = sorted(pages_dir().parent.glob("*/**/*.json"))
SENTENCE = (
    "Ban Thường trực Ủy ban Mặt trận Tổ quốc xã tiếp tục hướng dẫn, chỉ đạo tổ chức triển khai thực hiện Kết luận của Bộ Chính trị; "
    "vận động nhân dân tham gia giám sát cán bộ, nâng cao chất lượng hoạt động của các Ban công tác Mặt trận khu dân cư."
)


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_only_text_that_lost_letters_is_told_to_have(path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    lost = document.get("damaged", "mất chữ" in (document.get("noise") or ""))
    assert (measure(document["text"]).share > 0) is lost


def test_lost_letters_are_put_back_and_case_is_kept() -> None:
    hurt = measure(LOST.sub("", SENTENCE))
    lost = sum(LOST.search(word) is not None for word in SENTENCE.split())
    assert hurt.share == pytest.approx(lost / len(SENTENCE.split()), abs=0.05)
    assert hurt.repair is not None
    right = sum(a == b for a, b in zip(hurt.repair.split(), SENTENCE.split(), strict=True))
    assert right >= 0.95 * len(SENTENCE.split())


def test_only_the_damaged_run_is_mended() -> None:
    good = "Năm 2023, xã Đak Long vận động được 36 triệu đồng, hỗ trợ 12 hộ nghèo sửa nhà, dài 3 km đường; cử tri nêu 5 ý kiến."
    hurt = measure(f"{good}\n{LOST.sub('', SENTENCE)}\n{good}")
    assert hurt.repair is not None
    first, _, last = hurt.repair.split("\n")
    assert (first, last) == (good, good)


@pytest.mark.parametrize(
    "text",
    [
        "Đường dài 3 km, rộng 2,5 m, đổ 40 m3 bê tông, 300 kg thép; a) b) c) d) x, y; TP, KDC, CLB, HĐND.",
        "The quick brown fox jumps over the lazy dog, and the dog does not mind it at all.",
        "",
    ],
)
def test_units_markers_and_other_languages_are_no_damage(text: str) -> None:
    assert measure(text) == Damage()


def test_the_text_is_never_changed() -> None:
    hurt = LOST.sub("", SENTENCE)
    article = clean_text(hurt)
    assert article.text == hurt
    assert article.damage > 0.3
    assert article.repair != hurt


@given(st.text(max_size=300))
def test_any_text_keeps_its_words(text: str) -> None:
    hurt = measure(text)
    assert 0.0 <= hurt.share <= 1.0
    if hurt.repair is not None:
        assert LOST.sub("", hurt.repair.lower()) == LOST.sub("", text.lower())


@given(st.lists(st.sampled_from(["đưa", "tiếp", "THNG", "thng", "nhn", "đưc", "ngp,", "và", "Ng", "lnh", "truyn"]), max_size=16))
def test_whatever_space_parts_the_words_as_many_are_lost(words: list[str]) -> None:
    assert measure("\u00a0".join(words)).share == measure(" ".join(words)).share == measure("\n".join(words)).share
