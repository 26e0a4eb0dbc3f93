"""Sentences: where one ends in this language's news, with its abbreviations, list markers and glued full stops.

A newline always ends one. The spans are in order, do not overlap, and cover every character but white space.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

# A full stop after these ends no sentence.
_ABBREVIATION = regex.compile(
    r"(?:(?<!\w)(?:tp|tx|tt|q|p|h|t|tr|ts|ths|th|gs|pgs|bs|ks|cn|ktv|đ/c|đc|ô|b|st|no|mr|mrs|ms|dr|vs|nxb|tnhh|ct|pct|bt|pbt|ubnd|kts|ls|nsnd|nsưt|v\.v|v)|(?<![\w])\p{Lu}|[\s.]\p{Lu})$",
    regex.IGNORECASE,
)
_MARKER = regex.compile(r"^\s*(?:\d{1,2}(?:\.\d{1,2})*|[ivxIVX]{1,4}|[a-zđ])$")
_END = regex.compile(
    r"(?:[!?…]+|\.{2,}|\.)(?P<close>[\"”’»)\]]*)(?:(?=\s)|(?=$)|(?<=[^\W\d_]\.)(?=\p{Lu}[^\W\d_]|\d+ [^\W\d_])|(?<=[\"”]))",
)

# Where a newspaper's own sign opens the text behind a headline that runs into it: "Quyên góp 10 tỉ đồng (NLĐ)- Sáng 5-3, …".
_SIGN = regex.compile(
    r"(?<=\S )\((?:NLĐO?|TNO|TTO?|TT&VH|TTXVN|VNE|VOV|VTV|VTC News|VGP|Chinhphu\.vn|Dân trí|QĐND|HNMO?|SGGPO?|LĐO?|PLO?|CAND|ANTĐ|GD&TĐ|ĐĐK|TPO|NDO|ND)\) ?[-–—]+(?= ?\p{Lu})"
)
# So far from where a line begins, in characters, such a sign is looked for.
_HEADLINE = 400

# A sentence longer than this is cut up: nobody writes one (the longest of 9,690 seen in news and reports has 1,138
# characters), and whoever reads a sentence may look at all of it for every fact in it.
MAX_SENTENCE = 2000


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return the (start, end) of every sentence.

    >>> text = "Sáng 5.3, TP. Huế họp.Có 30 đại biểu dự.\\n1. Kết quả: 1.300 hộ."
    >>> [text[a:b] for a, b in sentences(text)]
    ['Sáng 5.3, TP. Huế họp.', 'Có 30 đại biểu dự.', '1. Kết quả: 1.300 hộ.']
    >>> text = "Quyên góp 10 tỉ đồng (NLĐ)- Sáng 5-3, quỹ đã nhận 10 tỉ đồng."
    >>> [text[a:b] for a, b in sentences(text)]
    ['Quyên góp 10 tỉ đồng', '(NLĐ)- Sáng 5-3, quỹ đã nhận 10 tỉ đồng.']
    """
    spans: list[tuple[int, int]] = []
    line_start = 0
    for line in text.splitlines(keepends=True):
        _split_line(text, line_start, line_start + len(line), spans)
        line_start += len(line)
    return tuple(spans)


def _split_line(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    begin = start
    if sign := _SIGN.search(text, start, min(end, start + _HEADLINE)):
        _split(text, start, sign.start(), spans)
        begin = sign.start()
    _split(text, begin, end, spans)


def _split(text: str, begin: int, end: int, spans: list[tuple[int, int]]) -> None:
    for match in _END.finditer(text, begin, end):
        if (
            match[0].startswith(".")
            and not match[0].startswith("..")
            and not _ends(text, begin, match.start(), match.end(), end)
        ):
            continue
        if match[0][0] == "…" or match[0].startswith(".."):
            following = text[match.end() : min(end, match.end() + 20)].lstrip()
            if following[:1].islower() or following[:1] in ",;)":
                continue
        if match["close"] and _says_who(text, match.end()):
            continue
        _add(text, begin, match.end(), spans)
        begin = match.end()
    _add(text, begin, end, spans)


def _says_who(text: str, after: int) -> bool:
    """Tell whether a quotation that has just been closed goes on with who said it."""
    return text[after - 1] in '"”’»' and text[after : after + 3].lstrip().startswith((",", "-", "–"))


def _ends(text: str, begin: int, dot: int, after: int, line_end: int) -> bool:
    """Tell whether the full stop at `dot` ends a sentence that began at `begin`."""
    head = text[max(begin, dot - 8) : dot]
    if _ABBREVIATION.search(head) or _MARKER.match(text[begin:dot][:12] if dot - begin <= 12 else "......"):
        return False
    following = text[after : after + 3].lstrip()
    return not following[:1].islower() or after >= line_end


def _add(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    spans += [(a, b) for a, b in pieces(text, start, end) if a < b]


def pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of what text[start:end] is cut into where it is too long for a sentence: at blanks if any."""
    while end - start > MAX_SENTENCE:
        cut = start + MAX_SENTENCE
        blank = next((i for i in range(cut, start, -1) if text[i].isspace()), cut)
        yield start, blank
        start = blank
        while start < end and text[start].isspace():
            start += 1
    yield start, end
