"""Laws of pure text."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from extractor.text import shared_words

# Few words and lines, so that two texts share some.
TEXTS = st.text(alphabet="ab \nA", max_size=30)


@given(TEXTS, TEXTS)
def test_shared_words_is_the_f1_of_two_bags_of_words(one: str, other: str) -> None:
    words, others = one.lower().split(), other.lower().split()
    same = (Counter(words) & Counter(others)).total()
    assert shared_words(one, other) == (2 * same / (len(words) + len(others)) if words or others else 1.0)
