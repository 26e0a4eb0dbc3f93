"""Bytes into text: codes of today and of old pages, what is declared and what is so, letters mended."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.clean import legacy, syllables
from extractor.clean.decode import _SOUND, decode, mend
from extractor.data import pages_dir

TEXT = (
    "Ủy ban Mặt trận Tổ quốc xã Đông Sơn trao 25 suất quà cho hộ nghèo. Bà Nguyễn Thị Lựu, Chủ tịch, cảm ơn các nhà hảo tâm đã ủng hộ quỹ; "
    "mỗi suất trị giá năm trăm nghìn đồng. Những hộ ở thôn Phú Thượng, Hữu Lễ, Kỳ Vỹ và Ỷ La nhận thêm gạo, mỡ, thuốc, vở viết."
)
# What the ABC fonts can write: their capitals have no accents but these.
ABC_TEXT = TEXT.replace("Ủy", "Ăy").replace("Ỷ", "y")
PAGE = "<html><head><title>{0}</title></head><body><p>{0}</p></body></html>"


def to_viscii(text: str) -> bytes:
    table = {legacy.from_viscii(bytes([byte])): byte for byte in range(256)}
    return bytes(table[letter] for letter in text)


def to_tcvn3(text: str) -> bytes:
    table = {legacy.from_tcvn3(legacy.western(bytes([byte]))): byte for byte in reversed(range(256))}
    return bytes(table[letter] for letter in text)


def to_vni(text: str) -> str:
    """Return text as VNI fonts want it: every pair and single letter that they know, put back."""
    pairs: dict[str, str] = {}
    for base in "aeiouyôöAEIOUYÔÖ":
        for sign in "øùûõïâàáåãäêèéúüëØÙÛÕÏÂÀÁÅÃÄÊÈÉÚÜË":
            letter = legacy.from_vni(base + sign)
            if len(letter) == 1 and base.isupper() == sign.isupper():
                pairs.setdefault(letter, base + sign)
    for single in "ñìíæóòîôöÑÌÍÆÓÒÎÔÖ":
        pairs[legacy.from_vni(single)] = single
    return "".join(pairs.get(letter, letter) for letter in text)


def to_1258(text: str) -> bytes:
    """Return text in windows-1258: letters with their circumflex, breve or horn, tones behind them."""
    out = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tones = "".join(c for c in parts[1:] if c in "\u0300\u0301\u0303\u0309\u0323")
        out.append(unicodedata.normalize("NFC", "".join(c for c in parts if c not in tones)) + tones)
    return "".join(out).encode("windows-1258")


@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1", "no-such-code", "unicode_escape", "utf-7", "hex"])
@pytest.mark.parametrize(
    ("written", "text"),
    [
        (TEXT.encode(), TEXT),
        (b"\xef\xbb\xbf" + TEXT.encode(), TEXT),
        (unicodedata.normalize("NFD", TEXT).encode(), TEXT),
        (TEXT.encode("utf-16"), TEXT),
        (TEXT.encode("utf-16-le"), TEXT),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), TEXT),
        (TEXT.encode("utf-16-be"), TEXT),
        (to_1258(TEXT), TEXT),
        (to_viscii(TEXT), TEXT),
        (to_tcvn3(ABC_TEXT), ABC_TEXT),
        (to_vni(TEXT).encode("cp1252"), TEXT),
        (to_vni(TEXT).encode(), TEXT),
        (legacy.western(to_tcvn3(ABC_TEXT)).encode(), ABC_TEXT),
        (legacy.western(TEXT.encode()).encode(), TEXT),
    ],
    ids="utf-8 bom decomposed utf-16 le-no-bom be be-no-bom 1258 viscii tcvn3 vni vni-in-utf-8 tcvn3-in-utf-8 twice".split(),
)
def test_every_code_is_read_whatever_is_declared(written: bytes, text: str, declared: str | None) -> None:
    headers = {"content-type": f"text/html; charset={declared}"} if declared else {}

    assert text == decode(written, headers)


@pytest.mark.parametrize("label", ["windows-1258", "viscii", "utf-8"])
def test_meta_is_heard_where_the_header_is_silent(label: str) -> None:
    coded = {"windows-1258": to_1258, "viscii": to_viscii, "utf-8": str.encode}[label]
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={label}">'.encode()

    assert decode(head + coded("Đặng Sỹ")).endswith("Đặng Sỹ")


def test_where_two_codes_are_even_the_header_is_heard_before_the_meta() -> None:
    content = b'<meta charset="windows-1258">Fran\xe7ois caf\xe9 \xd0'

    assert "Đ" in decode(content, {"content-type": "text/html; charset=windows-1258"})
    assert decode(content, {"content-type": "text/html; charset=iso-8859-1"}).endswith("François café Đ")


def test_a_page_with_its_body_in_a_legacy_font_and_its_menu_in_unicode() -> None:
    body = legacy.western(to_tcvn3("Hội nghị tổng kết công tác Mặt trận"))
    html = f'<li>Trang chủ</li><li>Café</li><font face=".VnTime">{body}</font><p>Liên hệ</p><p>&copy; 2008</p>'

    text = decode(html.encode())

    for words in ("Trang chủ", "Café", "Hội nghị tổng kết công tác Mặt trận", "Liên hệ"):
        assert words in text


def test_vni_letters_in_entities() -> None:
    html = '<p style="font-family: VNI-Times">UÛy ban Maët traän ph&ouml;&ocirc;&ugrave;ng &lt;5&gt;</p>'

    assert "Ủy ban Mặt trận phướng &lt;5&gt;" in decode(html.encode())


@pytest.mark.parametrize(
    "text",
    ["L'été à Genève, où l'on naît", "Zażółć gęślą jaźń", "Москва", "日本語のページ", "İstanbul'da ağaç", "plain"],
)
def test_other_languages_stay_as_they_are(text: str) -> None:
    assert unicodedata.normalize("NFC", text) == decode(PAGE.format(text).encode())[19 : 19 + len(text)]


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("windows-1251", "Общество дружбы провело встречу, собрано 300 рублей. Участники поблагодарили организаторов."),
        ("iso-8859-2", "Zażółć gęślą jaźń, źdźbło trawy oraz ćma siedząca na łące przy rzece pod Łodzią"),
        ("gbk", "越南祖国阵线举行会议，捐款三百万"),
        ("shift_jis", "ベトナム祖国戦線の会議"),
        ("iso-8859-1", "Où l'été naît, à Genève, les élèves préfèrent déjà être là-bas; ça dépend des forêts."),
    ],
)
def test_pages_in_other_languages_are_read_in_their_declared_code(label: str, text: str) -> None:
    assert text == decode(text.encode(label), {"content-type": f"text/html; charset={label}"})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("\u00d0o\u00e0n k\u1ebft, \u00f0\u1ed3ng", "Đoàn kết, đồng"),
        ("M\u1eb7\u00ad\u200bt tr\u1ead\u200dn\ufeff", "Mặt trận"),
        ("h\u1ed9 ngh\u0435\u0300o, x\u0430\u0303", "hộ nghèo, xã"),
        ("e\u200b\u0301m", "ém"),
        ("\u041c\u043e\u0441\u043a\u0432\u0430 \u043d\u0430\u0448", "Москва наш"),
    ],
)
def test_letters_are_mended(written: str, meant: str) -> None:
    assert meant == mend(written)


@given(st.text())
def test_mended_text_is_mended_for_good(text: str) -> None:
    once = mend(text)

    assert once == mend(once)
    assert unicodedata.is_normalized("NFC", once)


@given(st.binary(max_size=400), st.sampled_from([None, "utf-16", "windows-1258", "tcvn3", "vni", "viscii", "x" * 90]))
def test_any_bytes_give_a_text(content: bytes, label: str | None) -> None:
    assert isinstance(decode(content, {"content-type": f"text/html; charset={label}"} if label else None), str)


WORDS = st.lists(
    st.sampled_from(TEXT.replace(",", "").replace(".", "").replace(";", "").split()), min_size=25, max_size=60
)


@given(WORDS, st.sampled_from([to_1258, to_viscii, str.encode]))
def test_any_words_come_back(words, coded) -> None:
    text = " ".join(words)

    assert text == decode(coded(text))


def test_the_pages_of_the_corpus_come_back_from_every_code() -> None:
    for path in sorted(pages_dir().glob("*/*.json")):
        text = json.loads(path.read_text(encoding="utf-8"))["text"]
        text = text.translate(str.maketrans("–—“”‘’…", "--\"\"''."))
        if text:
            assert text == decode(to_1258(text)), path
            assert text == decode(to_vni(text).encode("cp1252")), path
            assert text == decode(to_viscii(text)), path
            assert text == decode(text.encode("utf-16-le")), path
            assert syllables.read(text).fair or "Niê" in text, path


def test_reading_is_linear() -> None:
    for piece in (b"\xe9", b"a", b"\xe1\xba", b"<meta ", b"charset=", "ệ".encode(), "Ã\u00a1".encode(), b"\x00a"):
        decode(piece * (1_000_000 // len(piece)))


def test_letters_passed_over_as_sound_are_in_nfc_beside_any_other() -> None:
    sound = [chr(c) for c in range(0xD800) if _SOUND.fullmatch(chr(c))]
    sound += [chr(c) for c in range(0xE000, 0x1FB00) if _SOUND.fullmatch(chr(c))]
    pairs = [unicodedata.decomposition(chr(c)).split() for c in range(0x110000)]
    seconds = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and pair[0][0] != "<"}

    assert len(sound) > 40_000
    assert [c for c in sound if not unicodedata.is_normalized("NFC", c) or unicodedata.combining(c)] == []
    # None is the second half of a letter that NFC would make of two.
    assert seconds & set(sound) == set()
