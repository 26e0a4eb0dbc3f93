"""What each number of a text counts: money, people, other things, or nothing (a non-fact with its reason).

The numbers come from `number`, the words after and before them from rules/facts/{money,participants,quantities}.toml.
The rule that reads furthest wins, so that no number is read two ways; a number that no rule takes is asked for what
its sentence counts, and is a non-fact at last.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import regex

from extractor.facts.cues import Cues
from extractor.facts.number import Number, read_numbers
from extractor.reading import Found, Reading
from extractor.rules import Rule, load

_FILES = ("money", "participants", "quantities")
_CURRENCIES = {
    "usd": "USD", "đô": "USD", "$": "USD", "us$": "USD", "euro": "EUR", "eur": "EUR", "€": "EUR", "bảng": "GBP",
    "gbp": "GBP", "yên": "JPY", "jpy": "JPY", "won": "KRW", "krw": "KRW", "nhân": "CNY", "ndt": "CNY", "cny": "CNY",
    "kíp": "LAK", "lak": "LAK", "bạt": "THB", "baht": "THB", "thb": "THB", "franc": "CHF", "chf": "CHF", "aud": "AUD",
    "cad": "CAD", "sgd": "SGD", "dkk": "DKK",
}  # fmt: skip
_AUSTRALIAN = "úc"
_MONEY_WORDS = regex.compile(r"tiền|trị giá|kinh phí|hỗ trợ|mỗi|mức|ủng hộ|quà|vay|giá|quỹ|đóng góp|chi|thu")
_PER_BEFORE = regex.compile(
    r"(?<!\w)mỗi (?:một )?(?<per>địa phương|đơn vị|gia đình|cá nhân|học sinh|tổ chức|[^\W\d_]+)(?: [^\W\d_]+){0,8}?(?: là)?(?: từ| khoảng| gần| hơn| trên| ít nhất| tối thiểu| tối đa)*(?: +\()? *$"
)
_SPELLED_AFTER = regex.compile(r"(?<!\w)(?:trong|cả|mỗi|hằng|hàng|mấy|nhiều|các|đầu|cuối|từng|giữa|qua|những|quanh|sau|suốt|hết|một|theo) $")
_NO_COUNT = regex.compile(r"ba (?:mẹ(?! con)|má|bị|con(?= \w+ (?:đường|suối))|lô)|hai (?:bên|mặt|đầu|chiều|vai|tay)|năm (?:học|người|nhà|qua|nay|đoàn)|bảy (?:tỏ)|chín (?:muồi)|tám chuyện|mười hai con giáp")
_NOUN_AFTER = regex.compile(r" ?(?<unit>[^\W\d_]{2,}(?:[ -][^\W\d_]+)?)")
_NO_NOUN = frozenset(
    "và hoặc của trong là đã được do tại với cho từ đến có ở trên theo để thì mà nhằm vào so bị như sang ra về này kia đó vẫn chưa không "
    "lấy đạt chiếm tăng giảm cùng các những một hai ba khi nếu vì sau trước còn cũng thuộc gồm nhưng nên tới lên xuống phải cần sẽ "
    "đang rất hơn bằng chỉ tức tương hay hiện ngoài bởi qua".split()
)  # fmt: skip
# In a list, so many characters at most lie between an item's amount and the next one's.
_LIST_GAP = 110
_LIST_JOIN = regex.compile(r"[,;]|(?<!\w)và(?!\w)")
_MORE_OR_LESS = regex.compile(r"(?<!\w)(?:giảm|tăng|thêm|ứng cử|còn|lấy) $")
# "191 Bà Triệu": a house number before a street that is named for a person.
_STREET = regex.compile(r" \p{Lu}\w*")
_COUNTED_BEFORE = regex.compile(r"(?<!\w)(?:tổng số|số lượng|số|con số|tổng cộng|danh sách) (?<noun>[^\W\d_]+(?: [^\W\d_]+){0,3})")


def _columns(table: str, number: Number, extra: dict[str, Any]) -> dict[str, Any]:
    if table == "money":
        return {"amount": number.value, "amount_max": number.value_max, "modifier": number.modifier, **extra}
    if table == "participants":
        values = {"count": number.value, "count_max": number.value_max, "total": number.total}
        whole = {k: int(v) if v is not None else None for k, v in values.items()}
        return {**whole, "modifier": number.modifier, **extra}
    return {"value": number.value, "value_max": number.value_max, "total": number.total, "modifier": number.modifier, **extra}


def _groups(rule: Rule, match: regex.Match[str] | None, reading: Reading) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if match:
        for name, value in match.groupdict().items():
            if value:
                said[name] = reading.text[slice(*match.span(name))].strip()
    if "unit" in said:
        said["unit"] = _unit(said["unit"])
    return {**said, **rule.set}


def _unit(unit: str) -> str:
    words = unit.split()
    if words[0] in {"m", "km", "cm"} and words[-1] in {"2", "3", "vuông"}:
        return words[0] + {"vuông": "2"}.get(words[-1], words[-1])
    unit = " ".join(w if w.isupper() and len(w) > 1 else w.lower() for w in words)
    return {"mét vuông": "m2", "mét khối": "m3", "m²": "m2", "m³": "m3", "mét": "m", "phần trăm": "%", "ki-lô-mét": "km"}.get(unit, unit)


def _classified(extra: dict[str, Any]) -> dict[str, Any]:
    """Return the columns with the classifier alone as the unit, the rest of its words before `what`."""
    unit = extra.get("unit", "")
    classifiers = load("quantities").words.get(f"classifier_{extra.get('category')}", ())
    if unit in classifiers:
        return extra
    for classifier in sorted(classifiers, key=len, reverse=True):
        if unit.startswith((f"{classifier} ", f"{classifier}, ")):
            what = " ".join([unit[len(classifier) :].strip(" ,"), extra.get("what") or ""]).strip()
            return {**extra, "unit": classifier, "what": what}
    return extra


def _currency(match: regex.Match[str]) -> str:
    word = match[0].strip().split()[0].lstrip("(")
    return "AUD" if _AUSTRALIAN in match[0].split() else _CURRENCIES[word.split("/")[0]]


def _bare_scale(reading: Reading, number: Number, match: regex.Match[str]) -> bool:
    """Tell whether a scale without a unit can only be money: tỷ, triệu and tr alone; nghìn near a word of money."""
    if not number.scaled or number.total is not None:
        return False
    if number.scale in {"tỷ", "tỉ", "tỳ", "triệu", "tr"}:
        return True
    return bool(match["per"] or _MONEY_WORDS.search(reading.folded, max(0, number.start - 40), number.start))


def _try(rule: Rule, reading: Reading, number: Number) -> tuple[int, int, dict[str, Any]] | None:
    """Return (end of the words that decide, end of the mention, columns) where the rule takes the number."""
    if rule.before and not rule.before.search(reading.folded, max(0, number.start - 60), number.start):
        return None
    match = rule.after.match(reading.folded, number.end) if rule.after else None
    if rule.after and not match:
        return None
    extra = _groups(rule, match, reading)
    if rule.reader == "currency" and match:
        extra["currency"] = _currency(match)
    elif rule.reader == "bare_scale" and (match is None or not _bare_scale(reading, number, match)):
        return None
    if match is None:
        return number.end, number.end, extra
    groups = match.groupdict()
    head = "unit" if groups.get("unit") else "who" if groups.get("who") else 0
    return match.end(head), match.end(), extra


def _best(reading: Reading, number: Number) -> tuple[Rule, int, dict[str, Any]] | None:
    best: tuple[Rule, int, int, dict[str, Any]] | None = None
    for name in _FILES:
        for rule in load(name).rules:
            if rule.off or (rule.table == "participants" and not _whole(number)):
                continue
            tried = _try(rule, reading, number)
            if tried and (best is None or tried[0] > best[1]):
                best = (rule, *tried)
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
    here = {"start": number.start, "end": number.end}
    noun = _NOUN_AFTER.match(reading.folded, number.end)
    if noun:
        first = noun["unit"].split()[0].split("-")[0]
        original = reading.text[noun.start("unit")]
        if original.islower() and first not in _NO_NOUN:
            unit = first if noun["unit"].split()[-1] in _NO_NOUN else noun["unit"]
            end = noun.start("unit") + len(unit)
            columns = _columns("quantities", number, {"unit": unit, "category": "other"})
            return Found(table="quantities", start=number.start, end=end, rule="quantities: unknown thing", confidence=0.5, columns=columns)
        if original.isupper() and noun.start("unit") > number.end:  # 55 Mạc Đĩnh Chi
            return Found(table="non_facts", **here, rule="non_facts: before a name", confidence=0.5, columns={"reason": "other"})
    if left_out := _left_out(reading, number, before):
        return left_out
    return Found(table="non_facts", **here, rule="non_facts: unexplained", confidence=0.3, columns={"reason": "other"})


def _left_out(reading: Reading, number: Number, before: list[Found]) -> Found | None:
    """Return a count whose noun the sentence gave before: "số người ứng cử là 6.900", "TP HCM 14", "1 là nhà báo"."""
    sentence = reading.sentence_span(number.start)
    people = load("participants").pattern(r"(?<![\w])(?&person)")
    for counted in _COUNTED_BEFORE.finditer(reading.folded, sentence[0], number.start):
        if people.match(counted["noun"]) and _whole(number):
            extra = {"who": reading.text[slice(*counted.span("noun"))], "unit": "person"}
            return Found(
                table="participants", start=number.start, end=number.end, rule="participants: noun left out", confidence=0.6,
                columns=_columns("participants", number, extra),
            )  # fmt: skip
    last = next((f for f in reversed(before) if f.table == "participants"), None)
    if last is None or last.start < sentence[0] or not _whole(number):
        return None
    follows = reading.folded[number.end : number.end + 4]
    if follows.startswith(" là ") or _MORE_OR_LESS.search(reading.folded, max(0, number.start - 12), number.start):
        extra = {k: last.columns.get(k) for k in ("unit", "who", "role")}
        columns = _columns("participants", number, extra)
        return Found(table="participants", start=number.start, end=number.end, rule="participants: noun left out", confidence=0.6, columns=columns)
    return None


def _classify(reading: Reading, number: Number, before: list[Found]) -> Found | None:
    if number.form == "words" and not number.scaled and not _spelled(reading, number):
        return None
    best = _best(reading, number)
    if best is None:
        return _fallback(reading, number, before) if number.form == "digits" else None
    rule, end, extra = best
    if rule.table == "quantities":
        extra = _classified(extra)
    if rule.table == "participants" and _STREET.fullmatch(reading.text[number.end : end]) and _STREET.match(reading.text, end):
        return Found(table="non_facts", start=number.start, end=number.end, rule="non_facts: before a name", confidence=0.6, columns={"reason": "other"})
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


def _settle_flow(found: Found, last: Found | None, cues: Cues, reading: Reading) -> str | None:
    """Return the flow: of the governing verb, of the list that the amount stands in, of the thing whose value it is."""
    sentence = reading.sentence_span(found.start)
    hit = cues.settle(found.start, found.end, sentence, "flow")
    if _same_list(found, last, cues, reading, "flow", weak=("worth", None)):
        return str(last.columns["flow"]) if last else None
    if hit and hit[0] == "worth" and hit[1] > 0 and sentence[0]:
        # "Mỗi suất trị giá 500 nghìn đồng": what the sentence before says was given or raised.
        before = reading.sentence_span(sentence[0] - 1)
        verb = cues.settle(sentence[0], sentence[0], before, "flow")
        if verb and verb[0] in {"given", "raised"}:
            return str(verb[0])
    return str(hit[0]) if hit else None


def _same_list(found: Found, last: Found | None, cues: Cues, reading: Reading, column: str, *, weak: tuple[str | None, ...]) -> bool:
    """Tell whether nothing but the list they stand in speaks of a fact and of the one before it."""
    sentence = reading.sentence_span(found.start)
    if last is None or last.start < sentence[0] or last.columns.get(column) in weak:
        return False
    gap = reading.folded[last.end : found.start]
    if len(gap) > _LIST_GAP or not _LIST_JOIN.search(gap):
        return False
    own = cues.settle(found.start, found.end, (last.end, sentence[1]), column)
    return own is None or own[0] in weak


def _settle_money(found: Found, last: Found | None, cues: Cues, reading: Reading) -> None:
    sentence = reading.sentence_span(found.start)
    columns = found.columns
    if columns.get("per") is None:
        before = _PER_BEFORE.search(reading.folded, max(sentence[0], found.start - 70), found.start)
        if before and not _MONEY_WORDS.fullmatch(before["per"]):
            columns["per"] = before["per"]
    if flow := _settle_flow(found, last, cues, reading):
        columns["flow"] = flow
    if hit := cues.settle(found.start, found.end, sentence, "form"):
        columns["form"] = hit[0]


def _settle_role(found: Found, last: Found | None, cues: Cues, reading: Reading) -> None:
    if found.columns.get("role") is not None:
        return
    if last and last.columns["unit"] == found.columns["unit"] and _same_list(found, last, cues, reading, "role", weak=(None,)):
        found.columns["role"] = last.columns["role"]
        return
    hit = cues.settle(found.start, found.end, reading.sentence_span(found.start), "role")
    found.columns["role"] = hit[0] if hit else "other"


def find_amounts(reading: Reading, taken: list[tuple[int, int]]) -> list[Found]:
    """Return money, participants, quantities and unexplained numbers outside the taken spans, in text order."""
    found = list(_numbers(reading, taken))
    money, people = Cues(load("money"), reading), Cues(load("participants"), reading)
    last: dict[str, Found] = {}
    for one in found:
        if one.table == "money":
            _settle_money(one, last.get("money"), money, reading)
        elif one.table == "participants":
            _settle_role(one, last.get("participants"), people, reading)
        last[one.table] = one
    return found


def value_of(found: Found) -> Decimal:
    """Return the value that a fact of money, people or things states (the lower end of a range)."""
    columns = found.columns
    return Decimal(columns.get("amount", columns.get("count", columns.get("value", 0))) or 0)
