"""Private persons, telephone and account numbers are masked; offsets and office holders stay."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from extractor.extraction import extract
from extractor.privacy import mask

TEXT = (
    "Bà Trần Thị Lựu, Chủ tịch Ủy ban MTTQ xã, trao 5 triệu đồng cho ông Lò Văn Pánh ở bản Nà Tông. "
    "Ông Lò Văn Pánh xúc động cảm ơn. Bà Trần Thị Lựu hỏi thăm. Ủng hộ qua số tài khoản: 3713.0.1053210, điện thoại 0912.345.678."
)


def strings(extraction) -> str:
    return "\n".join(str(dataclasses.astuple(row)) for rows in extraction.rows().values() for row in rows)


def test_private_persons_and_numbers_are_masked_everywhere() -> None:
    masked = mask(extract(TEXT))

    told = strings(masked.extraction)
    assert (masked.persons, masked.numbers) == (2, 2)
    assert "Pánh" not in told
    assert "1053210" not in told
    assert "345" not in told
    assert "L• V•• P•••" in masked.extraction.article.text


def test_office_holders_and_facts_stay() -> None:
    before, after = extract(TEXT), mask(extract(TEXT)).extraction

    assert [p.name for p in after.people] == ["Trần Thị Lựu", "Trần Thị Lựu"]
    assert before.money == tuple(dataclasses.replace(m, sentence=b.sentence) for m, b in zip(after.money, before.money, strict=True))
    assert len(before.article.text) == len(after.article.text)


def test_without_personal_data_nothing_changes() -> None:
    extraction = extract("Xã vận động được 12 triệu đồng.")

    assert mask(extraction).extraction is extraction


@given(st.lists(st.sampled_from(["ông Lò Văn Pánh", "0912.345.678", "bà Hồ Thị An, Chủ tịch xã", "5 triệu đồng", "\n", ". ", "trao", "12 hộ"]), max_size=12))
def test_every_mention_is_still_its_text(parts) -> None:
    extraction = mask(extract(" ".join(parts))).extraction

    for rows in extraction.rows().values():
        for row in rows:
            if hasattr(row, "mention"):
                assert extraction.article.text[row.start : row.end] == row.mention
