"""What each number of a text counts: money, people, other things, or nothing (a non-fact with its reason).

The numbers come from `number`, the words after and before them from rules/facts/{money,participants,quantities}.toml.
The rule that reads furthest wins, so that no number is read two ways; a number that no rule takes is asked for what
its sentence counts, and is a non-fact at last.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import regex

from extractor.anchors import Openings
from extractor.facts.number import Number, read_numbers
from extractor.facts.purpose import settle_purposes
from extractor.facts.rates import MONEY_WORDS
from extractor.reading import Found, Reading
from extractor.rules import Rule, load

REACH_BEFORE = 60  # so far before a number a rule looks, in characters
_REMEMBERED = 4_096  # things are counted by the same words again and again
_FILES = ("money", "participants", "quantities")
_CURRENCIES = {
    "usd": "USD", "đô": "USD", "$": "USD", "us$": "USD", "euro": "EUR", "eur": "EUR", "€": "EUR", "bảng": "GBP",
    "gbp": "GBP", "yên": "JPY", "jpy": "JPY", "won": "KRW", "krw": "KRW", "nhân": "CNY", "ndt": "CNY", "cny": "CNY",
    "kíp": "LAK", "lak": "LAK", "bạt": "THB", "baht": "THB", "thb": "THB", "franc": "CHF", "chf": "CHF", "aud": "AUD",
    "cad": "CAD", "sgd": "SGD", "dkk": "DKK",
}  # fmt: skip
_CURRENCY_WORD = regex.compile(r"us\$|[$€]|[^\W\d_]+")
_AUSTRALIAN = "úc"
_SPELLED_AFTER = regex.compile(
    r"(?<!\w)(?:trong|cả|mỗi|hằng|hàng|mấy|nhiều|các|đầu|cuối|từng|giữa|qua|những|quanh|sau|suốt|hết|một|theo) $"
)
_NO_COUNT = regex.compile(
    r"ba (?:mẹ(?! con)|má|bị|con(?= \w+ (?:đường|suối))|lô)|hai (?:bên|mặt|đầu|chiều|vai|tay)|năm (?:học|người|nhà|qua|nay|đoàn)|bảy (?:tỏ)|chín (?:muồi)|tám chuyện|mười hai con giáp"
)
_NOUN_AFTER = regex.compile(r" ?(?<unit>[^\W\d_]{2,}(?:[ -][^\W\d_]+)?)")
_NO_NOUN = frozenset(
    "và hoặc của trong là đã được do tại với cho từ đến có ở trên theo để thì mà nhằm vào so bị như sang ra về này kia đó vẫn chưa không "
    "lấy đạt chiếm tăng giảm cùng các những một hai ba khi nếu vì sau trước còn cũng thuộc gồm nhưng nên tới lên xuống phải cần sẽ "
    "đang rất hơn bằng chỉ tức tương hay hiện ngoài bởi qua rồi đều trở thôi luôn".split()
)  # fmt: skip
_MORE_OR_LESS = regex.compile(r"(?<!\w)(?:giảm|tăng|thêm|ứng cử|còn|lấy) $")
# "191 Bà Triệu": a house number before a street that is named for a person.
_STREET = regex.compile(r" \p{Lu}\w*")
_COUNTED_BEFORE = regex.compile(
    r"(?<!\w)(?:tổng số|số lượng|số|con số|tổng cộng|danh sách) (?<noun>[^\W\d_]+(?: [^\W\d_]+){0,3})"
)


def _columns(table: str, number: Number, extra: dict[str, Any]) -> dict[str, Any]:
    if table == "money":
        return {
            "amount": number.value,
            "amount_max": number.value_max,
            "currency": "VND",
            "modifier": number.modifier,
            **extra,
        }
    if table == "participants":
        values = {"count": number.value, "count_max": number.value_max, "total": number.total}
        whole = {k: int(v) if v is not None else None for k, v in values.items()}
        return {**whole, "modifier": number.modifier, **extra}
    return {
        "value": number.value,
        "value_max": number.value_max,
        "total": number.total,
        "modifier": number.modifier,
        **extra,
    }


def _groups(match: regex.Match[str], reading: Reading) -> dict[str, Any]:
    """Return what the groups of the match say, as the text has it."""
    said: dict[str, Any] = {n: reading.text[slice(*match.span(n))].strip() for n, value in match.groupdict().items() if value}
    if "unit" in said:
        said["unit"] = _unit(said["unit"])
    return said


@functools.lru_cache(maxsize=_REMEMBERED)
def _unit(unit: str) -> str:
    words = unit.split()
    if words[0] in {"m", "km", "cm"} and words[-1] in {"2", "3", "vuông"}:
        return words[0] + {"vuông": "2"}.get(words[-1], words[-1])
    unit = " ".join(w if w.isupper() and len(w) > 1 else w.lower() for w in words)
    return {
        "mét vuông": "m2",
        "mét khối": "m3",
        "m²": "m2",
        "m³": "m3",
        "mét": "m",
        "phần trăm": "%",
        "ki-lô-mét": "km",
    }.get(unit, unit)


@functools.lru_cache(maxsize=_REMEMBERED)
def _classifier(unit: str, category: str | None) -> str:
    """Return the longest classifier of the category that the unit begins with, the unit where with none."""
    classifiers = load("quantities").words.get(f"classifier_{category}", ())
    with_more = (one for one in sorted(classifiers, key=len, reverse=True) if unit.startswith((f"{one} ", f"{one}, ")))
    return unit if unit in classifiers else next(with_more, unit)


def _classified(extra: dict[str, Any]) -> dict[str, Any]:
    """Return the columns with the classifier alone as the unit, the rest of its words before `what`."""
    unit = extra.get("unit", "")
    classifier = _classifier(unit, extra.get("category"))
    if classifier == unit:
        return extra
    what = " ".join([unit[len(classifier) :].strip(" ,"), extra.get("what") or ""]).strip()
    return {**extra, "unit": classifier, "what": what}


def _currency(match: regex.Match[str]) -> str:
    if _AUSTRALIAN in match[0].split():
        return "AUD"
    return next(_CURRENCIES[word] for word in _CURRENCY_WORD.findall(match[0]) if word in _CURRENCIES)


def _bare_scale(reading: Reading, number: Number, match: regex.Match[str]) -> bool:
    """Tell whether a scale without a unit can only be money: tỷ, triệu and tr alone; nghìn near a word of money."""
    if number.scale in {"tỷ", "tỉ", "tỳ", "triệu", "tr"}:
        return True
    return bool(match["per"] or MONEY_WORDS.search(reading.folded, max(0, number.start - 40), number.start))


def _try(rule: Rule, reading: Reading, number: Number) -> tuple[int, int, dict[str, Any]] | None:
    """Return (end of the words that decide, end of the mention, columns) where the rule takes the number."""
    if rule.reader == "bare_scale" and (not number.scaled or number.total is not None):
        return None
    if rule.before and not rule.before.search(reading.folded, max(0, number.start - REACH_BEFORE), number.start):
        return None
    if rule.after is None:
        return None if rule.reader == "bare_scale" else (number.end, number.end, dict(rule.set))
    match = rule.after.match(reading.folded, number.end)
    if match is None or (rule.reader == "bare_scale" and not _bare_scale(reading, number, match)):
        return None
    said = _groups(match, reading)
    head = "unit" if "unit" in said else "who" if "who" in said else 0
    columns = {**said, **rule.set}
    if rule.reader == "currency":
        columns["currency"] = _currency(match)
    return match.end(head), match.end(), columns


@functools.cache
def _rules() -> Openings[Rule]:
    """Return the rules that stand at a number, by what may follow it."""
    return Openings((rule.after, rule) for name in _FILES for rule in load(name).rules if not rule.off)


def candidates(reading: Reading, number: Number) -> Iterator[tuple[Rule, int, int, dict[str, Any]]]:
    """Yield (rule, end of the words that decide, end of the mention, columns) of each rule that takes the number."""
    for rule in _rules().at(reading.folded, number.end):
        if rule.table == "participants" and not _whole(number):
            continue
        if tried := _try(rule, reading, number):
            yield rule, *tried


def _best(reading: Reading, number: Number) -> tuple[Rule, int, dict[str, Any]] | None:
    best = max(candidates(reading, number), key=lambda c: c[1], default=None)  # of equal ones the first
    return (best[0], best[2], best[3]) if best else None


def _whole(number: Number) -> bool:
    return number.value == number.value.to_integral_value()


def _spelled(reading: Reading, number: Number) -> bool:
    """Tell whether number words at this place count anything: "năm" is also a year, "ba" a father, "một" an article."""
    words = reading.folded[number.start : number.end]
    if words in {"một", "không", "mốt", "tư", "mươi"} or _NO_COUNT.match(reading.folded, number.start):
        return False
    return words != "năm" or not _SPELLED_AFTER.search(reading.folded, max(0, number.start - 8), number.start)


def _fallback(reading: Reading, number: Number, before: list[Found]) -> Found:
    """Return what a number in digits is that no rule took: a thing without a known classifier, an item of a list that
    leaves its noun out, or no fact."""
    noun = _NOUN_AFTER.match(reading.folded, number.end)
    if noun:
        first = noun["unit"].split()[0].split("-")[0]
        original = reading.text[noun.start("unit")]
        if original.islower() and first not in _NO_NOUN:
            second = noun["unit"].split()[-1]
            begins_name = reading.text[noun.end("unit") - len(second)].isupper()
            unit = first if second in _NO_NOUN or begins_name else noun["unit"]
            end = noun.start("unit") + len(unit)
            columns = _columns("quantities", number, {"unit": unit, "category": "other"})
            return Found(
                table="quantities",
                start=number.start,
                end=end,
                rule="quantities: unknown thing",
                confidence=0.5,
                columns=columns,
            )
        if original.isupper() and noun.start("unit") > number.end:  # 55 Mạc Đĩnh Chi
            return _no_fact(number, "before a name", 0.5)
    if left_out := _left_out(reading, number, before):
        return left_out
    return _no_fact(number, "unexplained", 0.3)


def _no_fact(number: Number, why: str, confidence: float) -> Found:
    return Found(
        table="non_facts", start=number.start, end=number.end, rule=f"non_facts: {why}", confidence=confidence,
        columns={"reason": "other"},
    )  # fmt: skip


@functools.cache
def _person() -> regex.Pattern[str]:
    return load("participants").pattern(r"(?<![\w])(?&person)")


def _left_out(reading: Reading, number: Number, before: list[Found]) -> Found | None:
    """Return a count whose noun the sentence gave before: "số người ứng cử là 6.900", "TP HCM 14", "1 là nhà báo"."""
    if not _whole(number):
        return None
    sentence = reading.sentence_span(number.start)
    for counted in _COUNTED_BEFORE.finditer(reading.folded, sentence[0], number.start):
        if _person().match(counted["noun"]):
            return _without_noun(number, {"who": reading.text[slice(*counted.span("noun"))], "unit": "person"})
    here = itertools.takewhile(lambda f: f.start >= sentence[0], reversed(before))
    last = next((f for f in here if f.table == "participants"), None)
    if last is None:
        return None
    follows = reading.folded[number.end : number.end + 4]
    if follows.startswith(" là ") or _MORE_OR_LESS.search(reading.folded, max(0, number.start - 12), number.start):
        return _without_noun(number, {k: last.columns.get(k) for k in ("unit", "who", "role")})
    return None


def _without_noun(number: Number, extra: dict[str, Any]) -> Found:
    return Found(
        table="participants", start=number.start, end=number.end, rule="participants: noun left out", confidence=0.6,
        columns=_columns("participants", number, extra),
    )  # fmt: skip


def _classify(reading: Reading, number: Number, before: list[Found]) -> Found | None:
    if number.form == "words" and not number.scaled and not _spelled(reading, number):
        return None
    best = _best(reading, number)
    if best is None:
        return _fallback(reading, number, before) if number.form == "digits" else None
    rule, end, extra = best
    if rule.table == "quantities":
        extra = _classified(extra)
    street = _STREET.fullmatch(reading.text[number.end : end]) and _STREET.match(reading.text, end)
    if rule.table == "participants" and street:
        return _no_fact(number, "before a name", 0.6)
    return Found(
        table=rule.table, start=number.start, end=end, rule=rule.id, confidence=rule.confidence,
        columns=_columns(rule.table, number, extra),
    )  # fmt: skip


def _numbers(reading: Reading, taken: list[tuple[int, int]]) -> Iterator[Found]:
    found: list[Found] = []
    done = 0
    for number in read_numbers(reading.folded, taken):
        if number.start < done:  # the 2 of m2
            continue
        if one := _classify(reading, number, found):
            found.append(one)
            done = one.end
            yield one


def find_amounts(reading: Reading, taken: list[tuple[int, int]]) -> list[Found]:
    """Return money, participants, quantities and unexplained numbers outside the taken spans, in text order."""
    found = list(_numbers(reading, taken))
    settle_purposes(found, reading)
    return found


def value_of(found: Found) -> Decimal:
    """Return the value that a fact of money, people or things states (the lower end of a range)."""
    columns = found.columns
    return Decimal(columns.get("amount", columns.get("count", columns.get("value", 0))) or 0)
