"""Who wrote an article and who took its pictures, out of the line that says so."""

from __future__ import annotations

import regex

from extractor.text import fold, holds_any

Byline = tuple[str | None, str | None]
_TEXT, _PICTURE, _SOURCE = "tin|bài(?: viết)?|thực hiện|tác giả|người viết|người đưa tin", "ảnh|hình(?: ảnh)?|video|clip|đồ họa", "nguồn(?: tin)?|theo"
_ROLE = rf"(?:{_TEXT}|{_PICTURE}|{_SOURCE}|biên tập)"
_AND = r"(?: ?(?:,|-|&|\+|/) ?| )(?:và )?"
# A label is its roles and a colon: "Tin, ảnh:", "Bài và ảnh:", "Tin - ảnh:"; a slash or a dash may stand for the colon.
_LABEL = regex.compile(rf"(?<!\w)(?P<roles>{_ROLE}(?:{_AND}{_ROLE})*) ?(?::|/(?= ?\p{{L}}))", regex.IGNORECASE)
_LABEL_ENDS = (":", "/")
_PARTS = regex.compile(rf"(?<!\w)(?:(?P<text>{_TEXT})|(?P<picture>{_PICTURE})|(?P<source>{_SOURCE}))(?!\w)")
_LETTER = r"\p{L}'’ʼ."
_NAME = rf"(?:\p{{Lu}}[{_LETTER}]*(?:\s|$|(?=[,(;&-]))){{1,6}}"
_NAMES = regex.compile(rf"{_NAME}(?:\s?(?:[,;&+-]|và)\s?{_NAME}){{0,4}}(?:\([\p{{L}}. ,]{{1,40}}\))?")
_BARE = regex.compile(rf"\p{{Lu}}[{_LETTER}]*(?:\s\p{{Lu}}[{_LETTER}]*){{1,4}}(?:\([\p{{L}}. ]{{1,12}}\))?")
_SIGNED = regex.compile(rf"(?P<name>(?:\p{{Lu}}[{_LETTER}]*\s?){{2,5}})(?:\s*[,–-]\s*|\s*\(\s*)(?P<post>[\p{{L}}][\p{{L}}\d.,/\- ]{{1,80}})\)?")
# Initials behind a name are of whoever put the text on the page: X(HĐ).
_INITIALS = regex.compile(r"\s*\((?:\p{Lu}\.?){1,4}\)$")
# Counters and days that stand behind a name in its box.
_COUNTER = regex.compile(r"(?:^|\s)[|•–-]?\s*(?:(?:số )?lượt (?:xem|đọc)|đã xem|ngày đăng|cập nhật|\d{1,2}/\d{1,2}/\d{4}).*$", regex.IGNORECASE)
# One of these is in every such, or the two slashes of a day; most lines have none.
_COUNTED = ("lượt", "đã xem", "ngày đăng", "cập nhật")
# A sentence about somebody begins so, and ends in a full stop.
_TOLD = regex.compile(r"^(?:ông|bà|đồng chí|đ/c|các|những)\b")
# Where a text was taken from, without a colon.
_PAPER = regex.compile(rf"(?:Theo|Nguồn) ((?:Báo|Tạp chí|Cổng|Trang|Đài) [^.;:]{{2,60}}|\p{{Lu}}[{_LETTER}]*(?:\s\p{{Lu}}[{_LETTER}]*){{1,4}})")
_LONGEST, _LONGEST_NAME, _LONGEST_BARE = 160, 90, 30
# The same with spaces around it and a counter behind.
_LONGEST_LINE = 300
# Capitalised lines that name no person: a heading, a body, a place, a slogan.
_NO_NAME = regex.compile(
    r"^(?:ủy ban|mặt trận|ban|hội|đoàn (?:thanh niên|đại biểu|viên|công tác|khối)|đảng|huyện|quận|tỉnh|xã|phường|thành phố|thị xã|thị trấn|khu|thôn|sở|phòng|trung tâm|trường|công ty|quỹ|tin|thích|in|thông báo|văn bản|trang|việt nam|cộng hòa|độc lập|cổng|kết quả|nghị quyết|báo cáo)\b"
)


def read_byline(line: str, *, pushed: bool = False) -> Byline | None:
    """Return (author, photo credit) where the line is a byline, else None.

    `pushed` tells that the line stands where bylines do, at the right or at the end, so that a bare name is one too.

    >>> read_byline("Tin, ảnh: Kim Dung")
    ('Kim Dung', 'Kim Dung')
    >>> read_byline("Bài: Hà Vy - Ảnh: Thế Anh")
    ('Hà Vy', 'Thế Anh')
    >>> read_byline("Nông Thị Lan, Chánh Văn phòng", pushed=True)
    ('Nông Thị Lan', None)
    """
    # Of a paragraph the beginning tells that it is none.
    words = line[:_LONGEST_LINE]
    if "  " in words or not words.isprintable():
        words = " ".join(words.split())
    if words.count("/") > 1 or holds_any(words.lower(), _COUNTED):
        words = _COUNTER.sub("", words)
    words = words.strip(" *./")
    if not words or len(words) > _LONGEST:
        return None
    if holds_any(words, _LABEL_ENDS) and (label := _LABEL.match(fold(words))):
        return _labelled(words, label)
    if (line.rstrip().endswith(".") and len(words) > _LONGEST_BARE) or _TOLD.match(fold(words)):
        return None
    return _unlabelled(words) if pushed or len(words) <= _LONGEST_BARE else None


def _labelled(words: str, first: regex.Match[str]) -> Byline | None:
    labels = [first, *_LABEL.finditer(fold(words), first.end())]
    author = credit = source = None
    roles: set[str | None] = set()
    for label, end in zip(labels, [m.start() for m in labels[1:]] + [len(words)], strict=True):
        roles |= {m.lastgroup for m in _PARTS.finditer(label["roles"])}
        if label.end() == end or not words[label.end() : end].strip():
            continue  # one label behind another: "Tác giả: Tin, ảnh: …"
        name = _name(words[label.end() : end])
        if name is None:
            return None
        author = name if "text" in roles and author is None else author
        credit = name if "picture" in roles and credit is None else credit
        source = name if "source" in roles and source is None else source
        roles = set()
    if author is None and credit is None and source is None:
        return None
    return author or source, credit


def _name(words: str) -> str | None:
    """Return the name that a label announces; None where what follows is no name."""
    name = _INITIALS.sub("", words.strip(" .;,-–/")).strip()
    if not name or len(name) > _LONGEST_NAME or not name[:1].isupper():
        return None
    signed = _SIGNED.fullmatch(name)
    if _NAMES.fullmatch(name) and not (signed and _NO_NAME.match(fold(signed["post"]))):
        return name
    if signed:
        return signed["name"].strip()
    # A newsroom: "Theo Cổng thông tin tỉnh", "Nguồn: Báo Quảng Nam".
    return name if len(name) <= _LONGEST_NAME and not regex.search(r"[.:;?!] ?\p{L}|\d{3}", name) else None


def _unlabelled(words: str) -> Byline | None:
    if words.endswith((":", ";", "!", "?")) or _NO_NAME.match(fold(words)):
        return None
    bare = _INITIALS.sub("", words)
    if paper := _PAPER.fullmatch(bare):
        return paper[1], None
    if len(words) <= _LONGEST_BARE and _BARE.fullmatch(bare):
        return bare, None
    signed = _SIGNED.fullmatch(words)
    if signed and _BARE.fullmatch(signed["post"]) and not _NO_NAME.match(fold(signed["post"])):
        return words, None  # two who wrote it together
    return (signed["name"].strip(), None) if signed else None
