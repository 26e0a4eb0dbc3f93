"""The tables: one frozen dataclass a row, one field a column.

This file is the only place where a column is named. Its Arrow type and its descriptions (English and
Vietnamese) travel in the field's metadata; `tables` builds the Parquet schema from them, and the data
dictionary is printed from them. A field whose default is None is a nullable column.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

SCHEMA_VERSION = "1.0"


def column(arrow: str, en: str, vi: str, *, default: Any = dataclasses.MISSING) -> Any:
    """Return a dataclass field that carries its Arrow type and both descriptions."""
    return dataclasses.field(default=default, metadata={"arrow": arrow, "en": en, "vi": vi})


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One page's article, or the certain word (`kind`) that the page holds none."""

    article_id: str = column("string", "stable id, from the canonical URL or else the content", "mã bài, ổn định")
    url: str | None = column("string", "address it was fetched from", "địa chỉ đã tải", default=None)
    canonical_url: str | None = column("string", "address in canonical form", "địa chỉ chuẩn hoá", default=None)
    source: str | None = column(
        "string", "site id: file name under rules/sites, or the host", "mã trang nguồn", default=None
    )
    source_level: str | None = column("string", "level of the site's owner", "cấp của đơn vị chủ trang", default=None)
    source_province_code: str | None = column(
        "string", "province code (before July 2025) of the owner", "mã tỉnh của đơn vị chủ trang", default=None
    )
    title: str | None = column("string", "headline without the site's name", "tiêu đề", default=None)
    lead: str | None = column("string", "lead paragraph (sapo); also the beginning of text", "sapo", default=None)
    author: str | None = column("string", "byline", "tác giả", default=None)
    section: str | None = column("string", "section, from the breadcrumb", "chuyên mục", default=None)
    published_at: dt.datetime | None = column(
        "timestamp[s, tz=Asia/Ho_Chi_Minh]", "time of publication, never guessed", "thời điểm đăng", default=None
    )
    text: str = column(
        "string",
        "lead and body, NFC, one newline between paragraphs; offsets refer to it",
        "nguyên văn bài; vị trí tính theo cột này",
        default="",
    )
    captions: tuple[str, ...] = column("list<string>", "picture captions", "chú thích ảnh", default=())
    attachments: tuple[str, ...] = column("list<string>", "absolute URLs of attached files", "tệp đính kèm", default=())
    views: int | None = column("int64", "the page's own counter for the article", "lượt xem", default=None)
    content_sha256: str = column("string", "SHA-256 of text in UTF-8, hex", "SHA-256 của text", default="")
    fetched_at: dt.datetime | None = column("timestamp[us, tz=UTC]", "time of the fetch", "thời điểm tải", default=None)
    http_status: int | None = column("int32", "HTTP status of the fetch", "mã HTTP", default=None)
    warc_file: str | None = column("string", "archive file that keeps the page", "tệp WARC", default=None)
    warc_offset: int | None = column(
        "int64", "offset of the record in the archive file", "vị trí trong WARC", default=None
    )
    duplicate_of: str | None = column(
        "string", "article_id of the article that this one repeats", "bài gốc nếu là bản lặp", default=None
    )
    damage: float = column(
        "float32", "share of words that lost letters to a bad font conversion, 0..1", "tỷ lệ từ mất chữ", default=0.0
    )
    extractor_version: str = column("string", "version of this package", "phiên bản phần mềm", default="")
    schema_version: str = column("string", "version of the tables", "phiên bản lược đồ", default=SCHEMA_VERSION)
    # Beyond the contract: what a reader needs to judge the row.
    kind: str = column(
        "string", "article, list, attachment, home, error, shell, hacked, empty", "loại trang", default="article"
    )
    published_evidence: str | None = column(
        "string", "the words that published_at was read from", "căn cứ của thời điểm đăng", default=None
    )
    updated_at: dt.datetime | None = column(
        "timestamp[s, tz=Asia/Ho_Chi_Minh]",
        "time of the last update, if the page shows one",
        "thời điểm cập nhật",
        default=None,
    )
    photo_credit: str | None = column("string", "who took the pictures", "tác giả ảnh", default=None)
    family: str | None = column(
        "string", "layout family and layout that found the text, or generic / text", "họ giao diện", default=None
    )
    disagreement: float | None = column(
        "float32",
        "1 - word F1 between family layout and generic finder, where both ran",
        "độ lệch giữa hai cách tách bài",
        default=None,
    )
    tls_downgrade: str | None = column(
        "string",
        "how the check of the server's certificate was relaxed for this page, by the site's file: legacy, unverified",
        "mức nới lỏng kiểm tra chứng chỉ máy chủ",
        default=None,
    )
    repair: str | None = column(
        "string", "proposed repair of damaged words, never applied to text", "đề xuất sửa chữ hỏng", default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """The columns that every fact table has; `text[start:end] == mention`, always."""

    article_id: str = column("string", "article the fact stands in", "bài chứa dữ kiện")
    fact_id: str = column("string", "stable id: same text, same rules, same id", "mã dữ kiện, ổn định")
    sentence_no: int = column("int32", "0-based sentence of the article's text", "số thứ tự câu")
    start: int = column("int32", "offset of the mention in text, in code points", "vị trí đầu")
    end: int = column("int32", "offset of the end of the mention", "vị trí cuối")
    mention: str = column("string", "the words of the text that state the fact", "nguyên văn")
    sentence: str = column("string", "the sentence it stands in", "câu chứa dữ kiện")
    rule: str = column("string", "the rule that found it, as named under rules/", "quy tắc đã dùng")
    confidence: float = column("float32", "0..1, calibrated on annotated articles", "độ tin cậy")
    activity_id: str | None = column(
        "string", "the activity that the fact belongs to", "hoạt động liên quan", default=None
    )
    part_of: str | None = column("string", "fact_id of the total that this is a part of", "dữ kiện tổng", default=None)
    as_of: dt.date | None = column(
        "date32", "for a running total, the day up to which it counts", "tính đến ngày", default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Money(Fact):
    """An amount of money."""

    amount: Decimal = column("decimal128(24, 2)", "in units of currency; the lower end of a range", "số tiền")
    amount_max: Decimal | None = column("decimal128(24, 2)", "the upper end of a range", "số tiền tối đa", default=None)
    currency: str = column("string", "ISO 4217", "loại tiền", default="VND")
    modifier: str = column(
        "string", "exact, over, nearly, about, at_least, at_most, under, vague", "mức độ", default="exact"
    )
    per: str | None = column(
        "string", "what the amount is for one of: a rate, never added to totals", "đơn vị của mức", default=None
    )
    form: str | None = column("string", "cash, goods, both", "tiền hay hiện vật", default=None)
    flow: str = column("string", "raised, given, planned, indicator, worth, other", "dòng tiền", default="other")
    fund: str | None = column("string", "fund or programme, canonical name", "quỹ", default=None)
    purpose: str | None = column("string", "what it is for, as the text says it", "mục đích", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Participants(Fact):
    """How many people, households or delegations, and in what role."""

    count: int | None = column("int64", "how many; the lower end of a range", "số lượng", default=None)
    count_max: int | None = column("int64", "the upper end of a range", "số lượng tối đa", default=None)
    total: int | None = column("int64", "the whole of a part: 50/154", "tổng số", default=None)
    modifier: str = column(
        "string", "exact, over, nearly, about, at_least, at_most, under, vague", "mức độ", default="exact"
    )
    unit: str = column("string", "person, attendance, household, group", "đơn vị", default="person")
    who: str = column("string", "the noun phrase counted", "đối tượng", default="")
    role: str = column(
        "string", "attendee, beneficiary, contributor, honoree, member, other", "vai trò", default="other"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity(Fact):
    """Every other thing counted or measured."""

    value: Decimal = column("decimal128(24, 4)", "the value; the lower end of a range", "giá trị")
    value_max: Decimal | None = column("decimal128(24, 4)", "the upper end of a range", "giá trị tối đa", default=None)
    total: Decimal | None = column("decimal128(24, 4)", "the whole of a part: 161/170", "tổng số", default=None)
    modifier: str = column(
        "string", "exact, over, nearly, about, at_least, at_most, under, vague", "mức độ", default="exact"
    )
    unit: str = column("string", "classifier or unit", "đơn vị", default="")
    what: str | None = column("string", "the noun phrase counted", "đối tượng", default=None)
    category: str = column(
        "string",
        "event, gift, house, award, works, land, labour, material, livestock, opinion, document, organisation, rate, other",
        "nhóm",
        default="other",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Location(Fact):
    """A place named in the text."""

    name: str = column("string", "bare name; canonical where resolved", "tên")
    type: str | None = column("string", "the word before it: tỉnh, huyện, xã, ...", "loại đơn vị", default=None)
    level: str = column("string", "country, region, province, district, commune, village", "cấp")
    province_code: str | None = column("string", "GSO code before 1 July 2025", "mã tỉnh trước 1/7/2025", default=None)
    district_code: str | None = column("string", "GSO code before 1 July 2025", "mã huyện trước 1/7/2025", default=None)
    commune_code: str | None = column("string", "GSO code before 1 July 2025", "mã xã trước 1/7/2025", default=None)
    province_code_2025: str | None = column(
        "string", "code in force since 1 July 2025", "mã tỉnh từ 1/7/2025", default=None
    )
    commune_code_2025: str | None = column(
        "string",
        "code in force since 1 July 2025, where there is exactly one successor",
        "mã xã từ 1/7/2025",
        default=None,
    )
    resolution: str = column("string", "unique, context, ambiguous, unknown", "cách xác định", default="unknown")
    role: str = column("string", "setting, origin, mention", "vai trò", default="mention")


@dataclass(frozen=True, slots=True, kw_only=True)
class DateSpan(Fact):
    """A point or a span of time, first and last day inclusive."""

    start_date: dt.date = column("date32", "first day", "ngày đầu")
    end_date: dt.date = column("date32", "last day", "ngày cuối")
    granularity: str = column("string", "day, month, quarter, half, year, span", "độ chi tiết")
    relative: bool = column("bool", "resolved from the article's date", "tính theo ngày đăng", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Fact):
    """A reference to an official document."""

    doc_type: str | None = column("string", "Nghị quyết, Kết luận, Quyết định, ...", "loại văn bản", default=None)
    number: str = column("string", "13-NQ/HU", "số hiệu")
    issuer: str | None = column("string", "who issued it", "cơ quan ban hành", default=None)
    date: dt.date | None = column("date32", "date of issue", "ngày ban hành", default=None)
    subject: str | None = column("string", "what it is about", "trích yếu", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Fact):
    """A person named in the text."""

    name: str = column("string", "full name", "họ tên")
    position: str | None = column("string", "position", "chức vụ", default=None)
    organisation: str | None = column("string", "body the person belongs to", "cơ quan", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation(Fact):
    """A body named in the text."""

    name: str = column("string", "expanded, canonical name", "tên đầy đủ")
    kind: str = column(
        "string", "front, party, government, council, union, school, army_police, company, religious, other", "loại"
    )
    level: str | None = column("string", "as for locations", "cấp", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme(Fact):
    """A fund, campaign, movement or festival named in the text."""

    name: str = column("string", "canonical name", "tên chuẩn")
    kind: str = column("string", "fund, campaign, movement, festival, target_programme", "loại")


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity(Fact):
    """Who did what, where, when, with how much. `fact_id` equals `activity_id`; `mention` equals `trigger`."""

    type: str = column("string", "propaganda, meeting, voter_contact, supervision, ...", "loại hoạt động")
    trigger: str = column("string", "the words that tell of it", "từ ngữ chỉ hoạt động")
    status: str = column("string", "done, planned", "trạng thái", default="done")
    occurrences: int | None = column("int64", "how many times", "số lần", default=None)
    organiser: str | None = column("string", "who did it", "đơn vị tổ chức", default=None)
    date_start: dt.date | None = column("date32", "first day", "ngày đầu", default=None)
    date_end: dt.date | None = column("date32", "last day", "ngày cuối", default=None)
    location_fact_id: str | None = column("string", "fact_id in locations", "địa điểm", default=None)
    programme: str | None = column("string", "canonical name of the programme", "chương trình", default=None)
    money_ids: tuple[str, ...] = column(
        "list<string>",
        "fact_ids in money, what is told again once",
        "các khoản tiền, nhắc lại thì ghi một lần",
        default=(),
    )
    participant_ids: tuple[str, ...] = column(
        "list<string>",
        "fact_ids in participants, what is told again once",
        "các số người, nhắc lại thì ghi một lần",
        default=(),
    )
    quantity_ids: tuple[str, ...] = column(
        "list<string>",
        "fact_ids in quantities, what is told again once",
        "các số lượng, nhắc lại thì ghi một lần",
        default=(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Does the text agree with itself? No value is ever changed by a check."""

    article_id: str = column("string", "article", "bài")
    check_id: str = column("string", "stable id", "mã kiểm tra")
    kind: str = column("string", "sum, product, share", "loại phép tính")
    fact_ids: tuple[str, ...] = column("list<string>", "the facts compared, the stated one last", "các dữ kiện")
    expected: Decimal = column("decimal128(24, 4)", "what the parts give", "giá trị tính được")
    stated: Decimal = column("decimal128(24, 4)", "what the text says", "giá trị nêu trong bài")
    holds: bool = column("bool", "equal, bounds and rounding allowed for", "khớp")


@dataclass(frozen=True, slots=True, kw_only=True)
class NonFact:
    """A number that is no fact, and why, so that each number is accounted for."""

    article_id: str = column("string", "article", "bài")
    start: int = column("int32", "offset in text", "vị trí đầu")
    end: int = column("int32", "offset of the end", "vị trí cuối")
    mention: str = column("string", "the words", "nguyên văn")
    reason: str = column(
        "string", "ordinal, document_number, name, frequency, clock, phone, list_marker, other", "lý do"
    )


FACT_TABLES: dict[str, type[Fact]] = {
    "money": Money,
    "participants": Participants,
    "quantities": Quantity,
    "locations": Location,
    "dates": DateSpan,
    "documents": Document,
    "people": Person,
    "organisations": Organisation,
    "programmes": Programme,
    "activities": Activity,
}

TABLES: dict[str, type[Any]] = {
    "articles": Article,
    **FACT_TABLES,
    "checks": Check,
    "non_facts": NonFact,
    "article_versions": Article,
}

ABOUT_VI: dict[str, str] = {
    "articles": "Bài của một trang, hoặc loại trang (kind) nếu trang không có bài.",
    "money": "Một khoản tiền.",
    "participants": "Bao nhiêu người, hộ hoặc đoàn, và với vai trò gì.",
    "quantities": "Mọi thứ khác được đếm hoặc đo.",
    "locations": "Địa điểm được nêu trong bài.",
    "dates": "Một ngày hoặc một khoảng thời gian, tính cả ngày đầu và ngày cuối.",
    "documents": "Văn bản được viện dẫn.",
    "people": "Người được nêu tên trong bài.",
    "organisations": "Cơ quan, tổ chức được nêu trong bài.",
    "programmes": "Quỹ, cuộc vận động, phong trào hoặc ngày hội được nêu trong bài.",
    "activities": "Ai làm gì, ở đâu, khi nào, với bao nhiêu. `fact_id` bằng `activity_id`; `mention` bằng `trigger`.",
    "checks": "Số liệu trong bài có khớp với nhau không? Phép kiểm tra không sửa giá trị nào.",
    "non_facts": "Con số không phải dữ kiện, và lý do, để mọi con số đều được tính đến.",
    "article_versions": "Các trạng thái trước của bài đã được sửa.",
}
