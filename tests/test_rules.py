"""rules/facts: every example holds, and what is wrong in a file is said with its file and rule."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from extractor.errors import RuleError
from extractor.examples import Trial, failure, rule_files, trials
from extractor.rules import load, load_file, trie_pattern

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


PUMPS = ["1.", "1 ", "12/", "tỷ ", "từ 1 đến ", "ngày 1, ", "xã A, ", "hộ nghèo, ", "nhất ", "a", "số 1/", "và ", "(1) "]


@pytest.mark.parametrize("pump", PUMPS)
@pytest.mark.parametrize("name", rule_files())
def test_no_pattern_explodes(name: str, pump: str) -> None:
    """Four times the text must not cost sixty times the time: a nested quantifier would."""

    def cost(count: int) -> float:
        text = pump * count
        start = time.perf_counter()
        for rule in load(name).rules:
            if rule.match:
                for _ in rule.match.finditer(text):
                    pass
            if rule.after:
                rule.after.match(text)
            if rule.before:
                rule.before.search(text[-60:])
        return time.perf_counter() - start

    small = min(cost(250) for _ in range(2))
    assert cost(1000) < max(60 * small, 0.4)
