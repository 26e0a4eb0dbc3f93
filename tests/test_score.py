"""Scores: what counts as found, as missed, as extra; how annotations without offsets find their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor import score
from extractor.errors import InputError
from extractor.score_report import predict, report

TEXT = """Mặt trận xã trao 20 suất quà cho hộ nghèo
Chiều 05/5/2023, Ủy ban MTTQ xã Thắng Lợi, huyện Hạ Lang trao 20 suất quà, mỗi suất 500 nghìn đồng cho hộ nghèo.
Xã Thắng Lợi còn 12 hộ nghèo, giảm 3 hộ so với năm 2022.
"""
GOLD = """# written for this test
quantities | 20 suất quà | value=20; unit=suất; category=gift; where=title
locations | xã Thắng Lợi | name=Thắng Lợi; level=commune; province=Cao Bằng
locations | huyện Hạ Lang | name=Hạ Lang; level=district; province=Cao Bằng
dates | 05/5/2023 | start_date=2023-05-05; end_date=2023-05-05
quantities | 20 suất quà | value=20; unit=suất; category=gift
money | 500 nghìn đồng | amount=500000; currency=VND; per=suất; flow=given
participants | 12 hộ nghèo | count=12; unit=household; role=other
participants | 3 hộ | count=4; unit=household; role=other
dates | năm 2022 | start_date=2022-01-01; end_date=2022-12-31; optional=1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "one.gold").write_text(GOLD, encoding="utf-8")
    return tmp_path


def test_found_missed_extra(folder: Path) -> None:
    (case,) = score.load_cases(folder, predict)
    judged = score.judge(case)
    counts = score.tally([judged])
    assert (counts["money"].right, counts["money"].missed, counts["money"].extra) == (1, 0, 0)
    assert counts["money"].columns["per"] == [1, 1]
    # The annotation says 4 where the text says 3: missed, and what was found instead is extra.
    assert (counts["participants"].right, counts["participants"].missed, counts["participants"].extra) == (1, 1, 1)
    assert counts["participants"].f1 == pytest.approx(0.5)
    # "năm 2022" is optional: neither right nor wrong.
    assert (counts["dates"].right, counts["dates"].extra) == (1, 0)
    # The commune is named twice and annotated once.
    assert (counts["locations"].right, counts["locations"].extra, len(judged.repeated)) == (2, 1, 1)
    assert score.unaccounted(case) == []


def test_the_report_says_what_was_missed(folder: Path) -> None:
    lines = "\n".join(report(folder, misses=True))
    assert "1 texts" in lines
    assert "digits accounted for: 100.00 %" in lines
    assert "3 hộ" in lines


def test_annotations_find_their_place_in_order() -> None:
    facts = [score.Expected("money", "5 triệu", {}), score.Expected("money", "7 triệu", {}), score.Expected("money", "5 triệu", {})]
    text = "5 triệu, 5 triệu, 7 triệu, 5 triệu"
    score.lay_out(text, facts, {})
    assert facts[1].start == text.index("7 triệu")
    assert facts[0].start in {0, 9}
    assert facts[2].start == text.rindex("5 triệu")


def test_what_is_wrong_in_an_annotation_is_said_with_its_line(folder: Path) -> None:
    (folder / "one.gold").write_text("money ; 5 triệu", encoding="utf-8")
    with pytest.raises(InputError, match="line 1"):
        score.load_cases(folder, predict)
    (folder / "one.gold").rename(folder / "two.gold")
    with pytest.raises(InputError, match="no text"):
        score.load_cases(folder, predict)
    with pytest.raises(InputError, match="no annotation|no .gold"):
        score.load_cases(folder / "..", predict)
