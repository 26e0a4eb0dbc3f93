"""Pages that must not be parsed are told before they are, and no others."""

from __future__ import annotations

import contextlib
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.clean import guard
from extractor.errors import PoisonError

DEEP, WIDE = guard.MAX_DEPTH + 1, guard.MAX_ATTRIBUTES + 1


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("x" * (guard.MAX_SIZE + 1), "too_large"),
        ("<div>" * DEEP, "too_deep"),
        ("<DIV\n class=a>" * DEEP + "</div>" * 900, "too_deep"),
        ("<i/>" * DEEP, "too_deep"),
        ("<script>'<a b=\"'</script>" + "<div>" * DEEP, "too_deep"),
        ("<div><script></script>" * DEEP, "too_deep"),
        ("<!-->" + "<div>" * DEEP, "too_deep"),
        ("<div>" * DEEP + "<!-- </div> -->" * 900, "too_deep"),
        ("<a " + "b " * WIDE + ">", "too_many_attributes"),
        ("<a" + "/b" * WIDE, "too_many_attributes"),
        ("<a " + 'b="x>"' * WIDE + ">", "too_many_attributes"),
        ("<a " + "b = '<' " * WIDE + ">", "too_many_attributes"),
        ('<a x="' + "b " * WIDE + '"' + " b" * WIDE + ">", "too_many_attributes"),
        ('<a=">' + "<i " + "b " * WIDE + '>">', "too_many_attributes"),
        ('<a x=""=">' + "<i " + "b " * WIDE + '>">', "too_many_attributes"),
        ("<script " + "b " * WIDE + "></script>", "too_many_attributes"),
        ("<TextArea\n" + "b=1\n" * WIDE + ">x", "too_many_attributes"),
        ('<iframe a=">"' + " b" * WIDE + "></iframe>", "too_many_attributes"),
        ('<a ="x>' + "<i " + "b " * WIDE + '>">', "too_many_attributes"),
        ("<title>a<b</title><p><a\n" + "=b\n" * 2 * WIDE + ">", "too_many_attributes"),
        ("<div>" + "".join(f"<b id={n}>" for n in range(900)) + "</div>" + "<p>x" * 1_800, "too_many_open_formats"),
        ("".join(f"<font size={n}><p>" for n in range(1_900)), "too_many_open_formats"),
        ("<select>" + "<option>x</option>" * (guard.MAX_OPTIONS + 1), "too_many_options"),
        ("<SELECT><optgroup label=x>" + "<Option>x" * guard.MAX_OPTIONS + "</select>", "too_many_options"),
    ],
)
def test_refused(html: str, reason: str) -> None:
    with pytest.raises(PoisonError) as refused:
        guard.check(html.encode())
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * (DEEP - 1),
        "<br />" * (2 * DEEP),
        "<p>" * (2 * DEEP),
        "<select>" + "<option>x</option>" * guard.MAX_OPTIONS + "</select>",
        ("<select>" + "<option>x</option>" * 900 + "</select>") * 20,
        "<svg>" + "<path d='M0 0'/>" * (2 * DEEP) + "</svg>",
        "<script>if (a<b " + "c " * WIDE + ") {}</script>",
        "<!-- <a " + "b " * WIDE + "> -->",
        "<a " + "b " * (WIDE - 1) + ">",
        "<script " + "b " * (WIDE - 1) + "></script>",
        "<p>" + "a < b " * WIDE + "</p>",
        "<textarea>" + "<div>" * DEEP + "</textarea>",
        "<p><b class=x>Tiêu đề để ngỏ" * (DEEP - 1),
        "".join(f"<p><a href=/{n}>tin</a> <font size={n}>x</font>" for n in range(DEEP)),
    ],
)
def test_let_through(html: str) -> None:
    guard.check(html.encode())


@settings(max_examples=1_000)
@given(st.lists(st.sampled_from([" b", '="', '"', "=", "'", ">", "/", ' c="d"']), max_size=8))
def test_the_quick_look_ends_a_tag_where_the_exact_one_does(pieces: list[str]) -> None:
    tag = f"<a{''.join(pieces)}>".encode()
    exact, quick = (re.compile(rf"<[a-zA-Z][^\s/>]*+{rest}".encode()).match(tag) for rest in (rf"(?:{guard._ATTRIBUTE})*+[\s/]*+>", guard._NARROW))

    assert quick is None or (exact is not None and quick.end() == exact.end())


@pytest.mark.parametrize("unit", ["<", "<a ", "<a b=\"", "<a b='>", "<!-", "<!--", "<script>", "<script></", "<script ", "<script a=\"", "<script a='>", "</", "=\"'", "<a/=", "< a='", "-->", "<title"])
def test_time_grows_with_size_alone(unit: str) -> None:
    def seconds(size: int) -> float:
        html = unit * (size // len(unit))
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            with contextlib.suppress(PoisonError):
                guard.check(html.encode())
            best = min(best, time.perf_counter() - start)
        return best

    # Sixteen times the size may take sixteen times as long, and a quadratic scan 256 times, however busy the machine.
    assert any(seconds(800_000) < 60 * max(seconds(50_000), 1e-4) for _ in range(5))
