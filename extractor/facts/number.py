"""The one reader of numbers: every number of a text, once, with value, range, whole and hedge.

Digits with Vietnamese grouping (1.300; 44,04; 1.175,249; 450 000), scales (nghìn ... tỷ, also tr, k), composed amounts
(1 tỷ 300 triệu; 1 tỷ rưỡi; 1tr5), words (hai mươi lăm), vague ones (hàng trăm, vài chục), ranges (30-50; từ 30 đến 50
triệu) and parts of a whole (161/170). What a number is for, the finders of money, people and quantities decide.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import regex

from extractor.anchors import Anchors
from extractor.text import one_space

SCALES = {
    "trăm": 10**2, "nghìn": 10**3, "ngàn": 10**3, "ngìn": 10**3, "k": 10**3, "vạn": 10**4,
    "triệu": 10**6, "tr": 10**6, "tỷ": 10**9, "tỉ": 10**9, "tỳ": 10**9,
}  # fmt: skip
_TENS = {"chục": 10, "tá": 12}
_UNITS = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "nhăm": 5,
    "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9, "mười": 10,
}  # fmt: skip
_HEDGES = {
    "over": "trên dưới hơn|nhiều hơn|hơn cả|trên|hơn|vượt|quá",
    "nearly": "gần như|gần|ngót nghét|ngót|suýt|suýt soát",
    "about": "ước tính lên đến|ước tính lên tới|ước tính|ước đạt|ước chừng|ước khoảng|ước|khoảng chừng|khoảng|chừng|xấp xỉ|áng chừng|cỡ|tầm|đâu đó|trung bình khoảng|trên dưới",
    "at_least": "ít nhất là|ít nhất|tối thiểu là|tối thiểu|không dưới|không ít hơn|chí ít|từ mức",
    "at_most": "không quá|không vượt quá|không nhiều hơn|tối đa không quá|tối đa là|tối đa",
    "under": "dưới|chưa đến|chưa tới|chưa đầy|ít hơn|thấp hơn",
}
_BOUNDS = {"over", "nearly", "at_least", "at_most", "under"}
_WORD_MODIFIER = {w: m for m, words in _HEDGES.items() for w in words.split("|")} | {"trên dưới": "about"}
_ALL_HEDGES = "|".join(sorted(map(regex.escape, _WORD_MODIFIER), key=len, reverse=True)).replace(r"\ ", " +")
_BETWEEN = "là|lên đến|lên tới|tới|đến|đạt|được|trị giá|số tiền|tổng số|con số|có|với|số"
# Up to two hedges, then words that may stand between hedge and number: "khoảng hơn 700", "ước tính trị giá 12 tỉ".
_HEDGE_BEFORE = regex.compile(rf"(?<!\w)({_ALL_HEDGES})(?: +({_ALL_HEDGES}))?(?: +(?:{_BETWEEN}))? *[(:]? *$")
# One of these stands before a number with a hedge; before most numbers none does.
_LAST_OF_HEDGES = tuple({words.split()[-1] for words in (*_WORD_MODIFIER, *_BETWEEN.split("|"))})
_REACH = 48
# "vượt 12% kế hoạch" says by how much.
_PERCENT_AFTER = regex.compile(r" ?(?:%|phần trăm)")
_HEDGE_AFTER = regex.compile(r"(?: +[\w/%]+){0,3}? +(trở lên|trở xuống)(?!\w)")
_AMOUNT_UNIT = r"(?:đồng|vnđ|vnd|đ|usd|euro|đô la|%)"
_DIGITS = r"\d+(?:[.,]\d+)*"
_SCALE = r"(?:trăm|nghìn|ngàn|ngìn|vạn|triệu|tỷ|tỉ|tỳ|chục)(?!\w)"
_SHORT = r"(?:tr(?=(?:[ .]*(?:đồng|đ)(?!\w))|[^\w]|\d|$)|k(?!\w))"
_SCALED = rf"(?: *(?:{_SCALE})(?: +{_SCALE})*| ?{_SHORT})"
_ONES = r"(?:một|hai|ba|bốn|năm|sáu|bảy|bẩy|tám|chín)"
_TAIL = r"(?:mốt|một|hai|ba|bốn|tư|năm|lăm|nhăm|sáu|bảy|bẩy|tám|chín)"
_TEEN = rf"(?:mười(?: +{_TAIL})?|{_ONES} +mươi(?: +{_TAIL})?)"
_HUNDRED = rf"(?:{_ONES}|không) +trăm(?: +(?:linh|lẻ) +{_TAIL}| +{_TEEN})?"
_SPELLED_BELOW_1000 = rf"(?:{_HUNDRED}|{_TEEN}|{_ONES})(?!\w)"
_SPELLED = rf"{_SPELLED_BELOW_1000}(?: +(?:nghìn|ngàn|vạn|triệu|tỷ|tỉ|chục)(?!\w)(?: +(?:{_HUNDRED}|{_TEEN}|{_ONES}(?= +(?:nghìn|ngàn|triệu)(?!\w))))?)*"
_NUMBER = regex.compile(
    rf"(?<vague>(?<!\w)(?:(?:hàng|vài|mấy|dăm|nhiều|chục)(?= +(?:{_SCALE}|chục))(?: +(?:{_SCALE}|chục(?!\w)))+|chục(?= +(?:triệu|tỷ|tỉ|nghìn|ngàn))(?: +{_SCALE})|vài ba|dăm ba|vài|dăm|mươi)(?!\w))"
    rf"|(?<digits>{_DIGITS})"
    rf"|(?<word>(?<!\w){_SPELLED})"
)
_SPACED_GROUPS = regex.compile(r"\d{1,3}(?: \d{3})+(?![\d.,])(?= *(?:đồng|đ|vnđ|vnd|triệu)(?!\w))")
_SCALE_AFTER = regex.compile(_SCALED)
_COMPOSED = regex.compile(rf" +({_DIGITS})(?: *({_SCALE}))")
_HALF = regex.compile(r" +rưỡi(?!\w)")
_GLUED_TAIL = regex.compile(r"(\d{1,3})(?![\d.,\w])")
_LOOSE_TAIL = regex.compile(r" +(\d)(?= *(?:đồng|đ)(?!\w))")
_RANGE_JOIN = regex.compile(
    rf"(?: *(?:{_AMOUNT_UNIT}))? *(-|(?<= )đến(?= )|(?<= )tới(?= )|~) *(?=\d|(?:{_ONES}|mười)(?!\w))"
)
_WHOLE_JOIN = regex.compile(r" *(/|(?<= )trên tổng số(?= )|(?<= )trên(?= )) *(?=\d)")
_MEASURE_AFTER = regex.compile(
    r" *(?:%|phần trăm|ha|km|m|m2|m3|tấn|tạ|kg|lít|mét|điểm|lần|héc ta|tỷ|tỉ|triệu|nghìn|ngàn|sào|mẫu|cm)(?!\w)"
)
_DONG_AFTER = regex.compile(r" *(?:đồng|đ|vnđ|vnd)(?!\w)")
# What may follow a number after a space or none: a scale, the other end of a range, the whole of a part.
_SCALE_LETTERS, _RANGE_LETTERS, _WHOLE_LETTERS = frozenset("tnvck "), frozenset("-~đtvue% "), frozenset("/t ")


class Number(NamedTuple):
    """One number: `start` to `end` are its words with scale and range, without hedge and unit.

    `form` is digits, words or vague. `scaled` tells that a scale word from nghìn up stands in it, `scale` the last one.
    """

    start: int
    end: int
    value: Decimal
    value_max: Decimal | None = None
    total: Decimal | None = None
    modifier: str = "exact"
    form: str = "digits"
    scaled: bool = False
    scale: str | None = None
    hedge_start: int | None = None


def parse_digits(token: str, *, decimal_comma: bool = True) -> Decimal:
    """Return the value of a run of digits, points and commas; `decimal_comma` settles "1,234".

    >>> [str(parse_digits(t)) for t in ("1.300", "44,04", "1.175,249", "33.9", "61.794.000", "8,172.423", "0.500")]
    ['1300', '44.04', '1175.249', '33.9', '61794000', '8.172423', '0.500']
    """
    points, commas = token.count("."), token.count(",")
    if points and commas:
        if token.rindex(",") > token.rindex("."):
            whole, _, part = token.rpartition(",")
            return Decimal(whole.replace(".", "").replace(",", "") + "." + part)
        head, _, tail = token.partition(",")
        if commas == 1 and points == 1 and len(tail.split(".")[1]) != 3:
            return Decimal(token.replace(",", ""))
        return Decimal(head + "." + tail.replace(".", "").replace(",", ""))
    if points:
        return _grouped(token, ".")
    if commas > 1 or (commas and not decimal_comma):
        return _grouped(token, ",")
    return Decimal(token.replace(",", "."))


def _grouped(token: str, sign: str) -> Decimal:
    groups = token.split(sign)
    if all(len(g) == 3 for g in groups[1:]) and 1 <= len(groups[0]) <= 3 and groups[0] != "0":
        return Decimal("".join(groups))
    if len(groups) == 2:
        return Decimal(".".join(groups))
    return Decimal("".join(groups))


def parse_words(words: str) -> Decimal:
    """Return the value of a number in words.

    >>> [int(parse_words(w)) for w in ("hai mươi lăm", "ba trăm năm mươi triệu", "một trăm linh tư", "hai nghìn ba trăm")]
    [25, 350000000, 104, 2300]
    """
    total = group = 0
    for word in words.split():
        if word == "mươi":
            group = group - group % 10 + (group % 10) * 10
        elif word == "chục":
            group = (group or 1) * 10
        elif word == "trăm":
            group = (group or 1) * 100
        elif word in SCALES:
            total += (group or 1) * SCALES[word]
            group = 0
        elif word not in {"linh", "lẻ"}:
            group += _UNITS[word]
    return Decimal(total + group)


def _multiplier(words: str) -> int:
    product = 1
    for word in words.replace("-", " ").split():
        product *= SCALES.get(word) or _TENS[word]
    return product


def _digits_at(folded: str, match: regex.Match[str]) -> tuple[Decimal, int]:
    token, end = match[0], match.end()
    if folded[end : end + 1] == " " and (spaced := _SPACED_GROUPS.match(folded, match.start())) and spaced.end() > end:
        return Decimal(spaced[0].replace(" ", "")), spaced.end()
    if token.isdecimal():
        return Decimal(token), end
    if "," in token and len(token.rpartition(",")[2]) == 3 and token.count(",") == 1 and "." not in token:
        plain = not _MEASURE_AFTER.match(folded, end) or bool(_DONG_AFTER.match(folded, end))
        whole_thousands = plain and len(token.partition(",")[0]) <= 3 and not token.startswith("0")
        return parse_digits(token, decimal_comma=not whole_thousands), end
    return parse_digits(token), end


def _following(folded: str, end: int) -> str:
    """Return the character behind a number, or behind the space that follows it; "" where the text ends."""
    return folded[end : end + 2].removeprefix(" ")[:1] or folded[end : end + 1]


def _with_scale(folded: str, value: Decimal, end: int) -> tuple[Decimal, int, str | None]:
    scale = _SCALE_AFTER.match(folded, end) if _following(folded, end) in _SCALE_LETTERS else None
    if not scale:
        return value, end, None
    words, end = scale[0].strip(), scale.end()
    factor = _multiplier(words)
    value *= factor
    last = words.split()[-1]
    if half := _HALF.match(folded, end):
        return value + Decimal(factor) / 2, half.end(), last
    if last == "tr" and (tail := _GLUED_TAIL.match(folded, end)):  # 1tr5, 1tr250
        return value + Decimal(factor) * Decimal(f"0.{tail[1]}"), tail.end(), last
    if tail := _LOOSE_TAIL.match(folded, end):  # 2 tỷ 5 đồng is said, 2 tỷ 5 nghìn is composed below
        return value + Decimal(factor) * Decimal(f"0.{tail[1]}"), tail.end(), last
    while (more := _COMPOSED.match(folded, end)) and SCALES.get(more[2], 10) < factor:  # 1 tỷ 300 triệu
        factor = SCALES.get(more[2], 10)
        value += parse_digits(more[1]) * factor
        end, last = more.end(), more[2]
    return value, end, last


def _single(folded: str, match: regex.Match[str]) -> Number:
    start = match.start()
    if match.lastgroup == "digits":
        value, end = _digits_at(folded, match)
        value, end, scale = _with_scale(folded, value, end)
        return Number(start=start, end=end, value=value, scaled=_is_scale(scale), scale=scale)
    if match.lastgroup == "vague":
        first, _, rest = match[0].partition(" ")
        least = {"hàng": 1, "chục": 10, "mươi": 10}.get(first, 2)
        words = "" if rest == "ba" else rest
        value = Decimal(least * (_multiplier(words) if words else 1))
        modifier = "exact" if first == "chục" else "vague"
        last = words.split()[-1] if words else None
        return Number(
            start=start,
            end=match.end(),
            value=value,
            modifier=modifier,
            form="vague",
            scaled=_is_scale(last),
            scale=last,
        )
    words = match["word"]
    last = words.split()[-1]
    value, end = parse_words(words), match.end()
    if half := _HALF.match(folded, end):
        value, end = value + Decimal(SCALES.get(last, 2)) / 2, half.end()
    return Number(
        start=start, end=end, value=value, form="words", scaled=_is_scale(last), scale=last if _is_scale(last) else None
    )


def _is_scale(word: str | None) -> bool:
    return SCALES.get(word or "", 0) >= 1000


def _ranged(folded: str, low: Number, high: Number, *, explicit: bool) -> Number | None:
    """Return both as one range, the lower end taking the upper's scale where it must; None where it is no range."""
    value = low.value
    if not low.scaled and high.scaled and high.scale:
        factor = SCALES[high.scale]
        if value * factor <= high.value:
            value *= factor
    if value > high.value or (value == high.value and not explicit):
        return None
    return low._replace(value=value, value_max=high.value, end=high.end, scaled=high.scaled, scale=high.scale)


def _joined(folded: str, number: Number) -> Number:
    """Return the number with what is joined to it: the upper end of a range or the whole of a part."""
    following = _following(folded, number.end)
    join = _RANGE_JOIN.match(folded, number.end) if following in _RANGE_LETTERS else None
    if join and (match := _NUMBER.match(folded, join.end())) and not match["vague"]:
        high = _single(folded, match)
        # "đến" is also "to": a range with it needs "từ" before, or both ends of one kind.
        said_from = folded[max(0, number.start - 4) : number.start].endswith("từ ")
        if (join[1] in "-~" or said_from or number.form == high.form == "digits") and (
            both := _ranged(folded, number, high, explicit=said_from)
        ):
            return both
    whole = _WHOLE_JOIN.match(folded, number.end) if following in _WHOLE_LETTERS else None
    if whole and number.form == "digits" and (match := _NUMBER.match(folded, whole.end())) and match["digits"]:
        total = _single(folded, match)
        if (
            total.value >= number.value
            and not number.scaled
            and not total.scaled
            and not _DONG_AFTER.match(folded, total.end)
        ):
            return number._replace(total=total.value, end=total.end)
    return number


def _hedged(folded: str, number: Number, *, last_after: int) -> Number:
    """Return the number with its hedge; `last_after` is where the text's last word stands that hedges what is before it."""
    if (before := _hedge_before(folded, number.start)) and not _no_hedge(folded, before, number):
        found = [_WORD_MODIFIER[one_space(w)] for w in before.groups() if w]
        modifier = next((m for m in reversed(found) if m in _BOUNDS), found[0])
        if number.modifier == "vague" and modifier not in _BOUNDS:
            modifier = "vague"
        return number._replace(modifier=modifier, hedge_start=before.start())
    if number.end < last_after and number.form != "vague" and (after := _HEDGE_AFTER.match(folded, number.end)):
        return number._replace(modifier="at_least" if after[1] == "trở lên" else "at_most")
    return number


def _hedge_before(folded: str, start: int) -> regex.Match[str] | None:
    reach = max(0, start - _REACH)
    words = folded[reach:start].rstrip(" ")
    if words.endswith(("(", ":")):
        words = words[:-1].rstrip(" ")
    return _HEDGE_BEFORE.search(folded, reach, start) if words.endswith(_LAST_OF_HEDGES) else None


def _no_hedge(folded: str, before: regex.Match[str], number: Number) -> bool:
    word = before[1]
    if word == "trên":
        return folded.endswith("trải ", 0, before.start())
    return word in {"vượt", "quá"} and before[2] is None and _PERCENT_AFTER.match(folded, number.end) is not None


def read_numbers(folded: str, taken: list[tuple[int, int]]) -> Iterator[Number]:
    """Yield every number of the folded text, in order, outside the taken spans (sorted, without overlap).

    Number words stand for themselves only; whether "ba" is three or a father, the unit after it tells the finders.
    """
    spans = iter([*taken, (len(folded) + 1, len(folded) + 1)])
    low, high = next(spans)
    position, last_after = 0, folded.rfind("trở ")
    for place in _anchors().scan(folded).places(_NUMBER):
        if place < position or not (match := _NUMBER.match(folded, place)):
            continue
        while high <= place:
            low, high = next(spans)
        if match.end() > low:
            position = max(match.end() if low <= place and match.end() <= high else high, place + 1)
            continue
        number = _joined(folded, _single(folded, match))
        if number.end > low:  # what it was joined to is claimed already
            number = _single(folded, match)
        yield _hedged(folded, number, last_after=last_after)
        position = max(number.end, match.end())


@functools.cache
def _anchors() -> Anchors:
    return Anchors([_NUMBER])
