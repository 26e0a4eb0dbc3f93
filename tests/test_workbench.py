"""The rule workbench: what no rule explains, and why a number or a place came out as it did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from extractor import cli
from extractor.errors import InputError
from extractor.read.sentences import sentences
from extractor.reading import make_reading
from extractor.shown import explain_text
from extractor.workbench.misses import misses
from extractor.workbench.trace import trace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give five articles of three forms, four of which count a thing that no rule knows."""
    (tmp_path / "a.txt").write_text("Xã trao 12 bông lúa vàng.", encoding="utf-8")
    (tmp_path / "b.txt").write_text("Xã trao 7 bông lúa xanh.\nCó thêm 5 suất quà.", encoding="utf-8")
    (tmp_path / "c.json").write_text(json.dumps({"text": "Ngày 5/3, huyện trao 9 bông lúa, rồi 3 rặng tre.", "published_at": "2024-03-06"}), encoding="utf-8")
    rows = [{"text": "Tỉnh trao 1.300 bông lúa cho dân."}, {"text": "Không có gì."}]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


def test_misses_are_grouped_by_shape_the_most_frequent_first(folder: Path) -> None:
    first, second, *rest = misses(folder)
    assert (first.rule, first.shape, first.count) == ("quantities: unknown thing", "trao N bông lúa", 4)
    assert first.examples[0] == "a.txt: …Xã trao «12 bông lúa» vàng.…"
    assert len(first.examples) == 3
    assert (second.shape, second.count, rest) == ("rồi N rặng tre", 1, [])


def test_misses_in_the_command(folder: Path) -> None:
    done = CliRunner().invoke(cli.app, ["rules", "misses", str(folder), "--least", "2"])
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == "     4  trao N bông lúa   [quantities: unknown thing]"
    assert len([line for line in done.stdout.splitlines() if line.endswith("]")]) == 1


@pytest.mark.parametrize(("name", "content"), [("a.pdf", ""), ("a.json", "{"), ("a.json", '{"title": "x"}'), ("a.json", "[1]")])
def test_a_folder_that_holds_no_articles_is_said(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="text|no .txt"):
        misses(tmp_path)


def traced(text: str) -> list[str]:
    return list(trace(make_reading(text, sentences(text))))


def block(lines: list[str], head: str) -> list[str]:
    """Return the lines told of the number or place whose head begins so."""
    start = next(i for i, line in enumerate(lines) if line.startswith(head))
    end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith(" ")), len(lines))
    return lines[start:end]


def test_rules_that_lost_are_told_with_the_reason() -> None:
    told = block(traced("Xã Hữu Lập trao 61 suất quà."), "number «61»")
    assert told[1] == "  won   quantities: gifts: «61 suất quà»"
    told = block(traced("Đoàn về làng 24/7 để thăm dân."), "number «24")
    assert any(line.startswith("  won   ") for line in told)
    phone = block(traced("Liên hệ 0912.345.678 để ủng hộ."), "number «0912")
    assert phone[1] == "  won   non_facts: telephone: «0912.345.678»"


def test_a_rule_reads_less_far_than_the_one_that_wins() -> None:
    told = "\n".join(traced("Xã làm mới 250 m kênh mương, hai đập."))
    assert "  won   quantities: works by length: «250 m kênh mương»" in told
    assert "  lost  quantities: measures: «250 m kênh mương»: reads as far and stands later in the rules" in told


def test_the_cues_that_were_heard_are_told_with_their_distances() -> None:
    told = block(traced("Xã vận động 5 triệu đồng, trao quà."), "number «5 triệu»")
    assert "  flow = raised" in told
    assert "    heard «vận động» says raised at distance 1 (cost 0, before)" in told
    assert any(line.startswith("    lost  «trao» says given at distance ") for line in told)


def test_a_value_that_a_plan_settles_is_told_as_such() -> None:
    told = block(traced("III. Phương hướng năm 2024\nVận động được 5 triệu đồng."), "number «5 triệu»")
    assert "  flow = planned" in told
    assert any(line.startswith("    flow is not the nearest cue's") for line in told)
    assert any(line.startswith("  flow = planned at last: the rules said planned; ") for line in told)


def test_a_sum_in_a_list_is_told_to_be_what_the_first_is() -> None:
    told = block(traced("Công ty A ủng hộ 5 triệu đồng, Công ty B 3 triệu đồng."), "number «3 triệu»")
    assert "    in the list of «5 triệu đồng»: all its sums are what that one is" in told


def test_units_that_bear_a_places_name_are_told() -> None:
    told = block(traced("Đoàn đến xã Thắng Lợi, huyện Hạ Lang."), "place «xã Thắng Lợi»")
    assert told[0].endswith("commune Thắng Lợi, context")
    assert [line for line in told if line.startswith("  won")] == [line for line in told if "Cao Bằng" in line]
    assert sum(line.startswith("  lost") for line in told) > 3
    many = block(traced("Đoàn đến xã Tân Lập."), "place «xã Tân Lập»")
    assert many[1].startswith("  maybe ")
    assert any("more of that name" in line for line in many)


def test_explain_tells_facts_first_and_then_why() -> None:
    told = explain_text("Trao 61 suất quà.").splitlines()
    assert told[0].startswith("quantities")
    assert "number «61»: value 61" in told[1:]
    assert explain_text("Không có gì.").startswith("nothing")
