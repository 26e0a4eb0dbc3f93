"""What an amount of money is for one of: "mỗi suất 500 nghìn đồng", "175 suất x 1 triệu đồng", a share of such a rate."""

from __future__ import annotations

import regex

from extractor.reading import Found, Reading

MONEY_WORDS = regex.compile(r"tiền|trị giá|kinh phí|hỗ trợ|mỗi|mức|ủng hộ|quà|vay|giá|quỹ|đóng góp|chi|thu")
_UNIT = r"địa phương|đơn vị|gia đình|cá nhân|học sinh|tổ chức|trường hợp|[^\W\d_]+"
_HEDGES = r"(?: từ| khoảng| gần| hơn| trên| ít nhất| tối thiểu| tối đa)*(?: +\()? *$"
_BEFORE = (
    regex.compile(rf"(?<!\w)mỗi (?:một )?(?<per>{_UNIT})(?: [^\W\d_]+){{0,8}}?(?: là)?{_HEDGES}"),
    regex.compile(rf"\d (?<per>{_UNIT})(?: [^\W\d_]+){{0,4}} ?(?:x|×|\*){_HEDGES}"),
    regex.compile(rf"\d (?<per>{_UNIT})(?: [^\W\d_]+){{0,3}}, (?:bình quân|trung bình)(?: là)?{_HEDGES}"),
)
_PER_HEAD = regex.compile(r"(?<!\w)(?:bình quân|bq)(?: đầu)? người(?: [^\W\d_]+){0,4}" + _HEDGES)
# Words that part a rate from the total it makes.
_TOTAL = regex.compile(r"\d|tổng|cộng|trị giá|=|thành tiền|;|(?<!\w)cho(?!\w)")
_JOIN = regex.compile(r"[,(:]|(?<!\w)(?:và|trong đó|gồm|từ|đến)(?!\w)")
_REACH, _SHARE_GAP, _ALIKE = 70, 45, 12


def rate_of(found: Found, last: Found | None, reading: Reading) -> str | None:
    """Return the unit that the amount is for one of, None where it is for no one thing; `last` is the amount before."""
    stated: str | None = found.columns.get("per")
    start = max(reading.sentence_span(found.start)[0], found.start - _REACH)
    if _PER_HEAD.search(reading.folded, start, found.start):
        return "người" if stated in {None, "người"} else f"người/{stated.removeprefix('người/')}"
    if stated:
        return stated
    for pattern in _BEFORE:
        match = pattern.search(reading.folded, start, found.start)
        if match and not MONEY_WORDS.fullmatch(match["per"]):
            return str(match["per"])
    return _shared(found, last, reading)


def _shared(found: Found, last: Found | None, reading: Reading) -> str | None:
    """Return the unit of the rate before, where this amount is one more of its kind or a part of it."""
    if last is None or not last.columns.get("per") or last.start < reading.sentence_span(found.start)[0]:
        return None
    gap = reading.folded[last.end : found.start]
    if len(gap) > _SHARE_GAP or _TOTAL.search(gap) or not _JOIN.search(gap):
        return None
    alike = last.columns["amount"] / _ALIKE <= found.columns["amount"] <= last.columns["amount"] * _ALIKE
    return str(last.columns["per"]) if alike else None
