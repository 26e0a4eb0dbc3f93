"""rules/facts: every example holds, and what is wrong in a file is said with its file and rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from extractor import cli
from extractor.errors import RuleError
from extractor.rules import compile_pattern, load, load_file, trie_pattern
from extractor.workbench import check
from extractor.workbench.examples import Trial, failure, rule_files, trials
from extractor.workbench.pump import Pump, Pumped, Sizes, patterns, pump_failure, pumps, whole_failures

TRIALS = list(trials())


@pytest.mark.parametrize("trial", TRIALS, ids=lambda t: f"{t.where} {t.kind} {t.example.text[:30]}")
def test_every_example_holds(trial: Trial) -> None:
    assert failure(trial) is None


def test_an_example_that_does_not_hold_is_said_with_its_rule() -> None:
    good = next(t for t in TRIALS if t.kind == "yes" and t.table == "money")
    wrong = Trial(good.where, "no", good.table, good.rule, good.example)
    assert good.where in (failure(wrong) or "")
    unfound = Trial("money: x", "yes", "money", "money: x", good.example)
    assert "not as stated" in (failure(unfound) or "")
    mended = Trial(good.where, "todo", good.table, good.rule, good.example)
    assert "move it" in (failure(mended) or "")


GOOD = """
about = "x"
[[rule]]
name = "a thing"
after = ' ?(?<unit>cái)'
yes = ["có «3 cái»"]
"""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("name = ", "nmae = "), "nmae"),
        (("(?<unit>cái)", "(?<unit>cái"), "does not compile"),
        (("(?<unit>cái)", "(?&nothing)"), "no fragment"),
        (("«3 cái»", "3 cái"), "«…»"),
        (('yes = ["có «3 cái»"]', ""), "yes"),
        (("after = ", "match = 'x'\nafter = "), "either"),
        (('about = "x"', ""), "about"),
        (('about = "x"', 'about = "x"\nextra = 1'), "extra"),
        (("yes = ", "set = { colour = 1 }\nyes = "), "colour"),
        (("name = ", "name = = "), "line"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = tmp_path / "quantities.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_file(path).rules[0].id == "quantities: a thing"
    path.write_text(GOOD.replace(*change), encoding="utf-8")
    with pytest.raises(RuleError, match="quantities") as error:
        load_file(path)
    assert said in str(error.value)


def test_a_trie_matches_the_longest_word() -> None:
    import regex

    pattern = regex.compile(trie_pattern(["hộ", "hộ dân", "hộ nghèo"]))
    assert [m[0] for m in pattern.finditer("hộ dân, hộ nghèo, hộ")] == ["hộ dân", "hộ nghèo", "hộ"]


# `mttq rules check` pumps to a hundred thousand characters.
SHORT = Sizes(800, patience=1)


@pytest.mark.parametrize("name", rule_files())
def test_every_pattern_is_linear(name: str) -> None:
    assert [wrong for one in patterns(load(name)) if (wrong := pump_failure(one, SHORT))] == []


def test_the_whole_way_is_linear() -> None:
    assert list(whole_failures(SHORT)) == []


@pytest.mark.parametrize(
    ("key", "source"),
    [
        ("match", r"(?:\d+[.,]?)+ đồng"),  # every way of cutting a run of digits up
        ("match", r"xã [^\d]*\d"),  # from every xã to the end
        ("cue", r"(?:đã|được)(?: (?:hỗ trợ|giúp))*(?= nhà)|hỗ trợ(?: hỗ trợ)*(?=!)"),
        ("after", r"(?: hộ \d)*!"),
        ("before", r"(?:(?:\w+ ?){1,9}){1,30},"),
    ],
)
def test_a_pattern_that_is_not_linear_is_named(key: str, source: str) -> None:
    one = Pumped("quantities: things", key, compile_pattern(source, {}, where="x"))
    assert (pump_failure(one, Sizes(1_500, patience=1)) or "").startswith("quantities: things: not linear")


def test_a_space_of_a_pattern_is_bounded_and_told_once() -> None:
    """Spaces of a list of words were widened twice, and a page of spaces ran for ever."""
    assert compile_pattern("(?&a) ?b *c", {"a": "x y"}, where="x").pattern == "(?:x(?: {1,9})y)(?: {0,9})b(?: {0,9})c"


def test_pumps_are_made_of_the_pattern() -> None:
    made = pumps(r"trao (?<n>\d+) (?:suất|phần)(?: quà)*")
    assert {("trao ", "1"), ("", "trao 1 suất "), ("trao 1 suất", " quà")} <= {(pump.first, pump.body) for pump in made}
    assert Pump("trao ", "1", "\nx").text(3) == "trao 1111\nx"


def test_rules_check_names_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    good = next(t for t in TRIALS if t.kind == "yes" and t.table == "money")
    wrong = Trial(good.where, "no", good.table, good.rule, good.example)
    slow = Pumped("money: dong: match", "match", compile_pattern(r"(?:\d+[.,]?)+ đồng", {}, where="x"))
    monkeypatch.setattr(check, "trials", lambda: [good, wrong])
    monkeypatch.setattr(check, "rule_files", lambda: ["money"])
    monkeypatch.setattr(check, "patterns", lambda _: [slow])
    monkeypatch.setattr(check, "whole_failures", lambda _: [])
    told: list[str] = []
    example, pattern = check.problems(sizes=SHORT, told=told.append)
    assert example.startswith(f"{good.where}: found")
    assert pattern.startswith("money: dong: match: not linear")
    assert told == ["2 examples tried", "1 patterns pumped to 3200 characters"]


@pytest.mark.parametrize(("wrong", "code"), [([], 0), (["money: dong: found '5 đồng'"], 1)])
def test_rules_check_ends_with_what_was_found(monkeypatch: pytest.MonkeyPatch, wrong: list[str], code: int) -> None:
    monkeypatch.setattr(check, "problems", lambda told: iter(wrong))
    done = CliRunner().invoke(cli.app, ["rules", "check"])
    assert done.exit_code == code
    assert all(one in done.stdout for one in wrong)
