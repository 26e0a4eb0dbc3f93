"""Words as people type them, with or without tone marks, as a pattern that DuckDB (RE2) runs over the text itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from extractor.text import fold, unaccent

_VOWELS = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵ"
_LETTERS = {base: "".join(v for v in _VOWELS if unaccent(v) == base) for base in "aeiouy"} | {"d": "dđ"}
_TONED = {"ò": "o", "ó": "o", "ỏ": "o", "õ": "o", "ọ": "o", "ù": "u", "ú": "u", "ủ": "u", "ũ": "u", "ụ": "u"}
_NEW = re.compile(r"[òóỏõọ][ae](?!\w)|(?<!q)[ùúủũụ]y(?!\w)")
_EDGE = r"[^\pL\pM\pN]"
_QUOTED = re.compile(r'"([^"]*)"|(\S+)')


def _old(match: re.Match[str]) -> str:
    """Return the older way to write an open syllable: hòa as hoà."""
    first, second = match[0][0], match[0][1]
    mark = unicodedata.normalize("NFD", first)[-1]
    return _TONED[first] + unicodedata.normalize("NFC", second + mark)


def _word(word: str) -> str:
    """Return the pattern of one folded word: without a mark it stands for every marking, with one for itself."""
    if word == unaccent(word):
        return "".join(f"[{_LETTERS[c]}]" if c in _LETTERS else re.escape(c) for c in word)
    spellings = dict.fromkeys((word, _NEW.sub(_old, word)))
    return "(?:" + "|".join(map(re.escape, spellings)) + ")"


def phrase(words: str) -> str:
    r"""Return a pattern for words that follow one another, in any case; the empty pattern where there is no word.

    A word typed without a mark finds every marking of it ("ngheo": nghèo); one typed with a mark finds itself, wherever
    the tone mark of oa, oe, uy stands.

    >>> phrase("nha 5")
    '(?i)(?:^|[^\\pL\\pM\\pN])nh[aàáảãạăằắẳẵặâầấẩẫậ][\\s\\pZ]+5(?:$|[^\\pL\\pM\\pN])'
    """
    typed = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", words))
    folded = [_word(word) for word in fold(typed).split()]
    return rf"(?i)(?:^|{_EDGE})" + r"[\s\pZ]+".join(folded) + rf"(?:$|{_EDGE})" if folded else ""


def phrases(typed: str) -> Iterator[str]:
    """Yield a pattern for each word, or each run of words in quotes, that a person typed into a search box."""
    for quoted, word in _QUOTED.findall(typed):
        if pattern := phrase(quoted or word):
            yield pattern
