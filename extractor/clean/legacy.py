"""Text in the fonts from before Unicode: TCVN3 (ABC), VNI and VISCII into Vietnamese letters."""

from __future__ import annotations

import html
import re
import unicodedata

from extractor.clean import syllables

# The byte 0xB5 stands for the first letter of its string, and so on; "_" is a byte that the code leaves alone.
_TCVN3_ROWS = {
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",
    0xB5: "àảãáạ_ằẳẵắ_______ặầẩẫấậè_ẻẽéẹềểễếệìỉ___ĩíịò_ỏõóọồổỗốộờởỡớợù_ủũúụừửữứựỳỷỹýỵ",
}
_VISCII_LOW = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
_VISCII_HIGH = "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
# VNI writes a bare letter and a sign behind it; ơ, ư and đ are one sign, which takes a tone as its own.
_VNI_TONES = dict(zip("øùûõï", "\u0300\u0301\u0309\u0303\u0323", strict=True))
_VNI_CIRCUMFLEX = dict(zip("âàáåãä", ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"), strict=True))
_VNI_BREVE = dict(zip("êèéúüë", ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"), strict=True))
_VNI_SINGLE = dict(zip("ñìíæóòîôö", "đìíỉĩịỵơư", strict=True))
_VNI = re.compile("[aeouyôö][øùûõï]|[aeo][âàáåãä]|a[êèéúüë]|[ñìíæóòîôö]", re.IGNORECASE)
# In lower case: .vntime or vni-times. Both go on from a rare letter, whose search is the quickest. What goes on like an address, www.vn….net, is no font.
_FONT = re.compile(rb"vn(?:(?<=\.vn)[a-z]{3,}+(?![\w./-])|(?<!\wvn)i-[a-z]{2})")
_SEGMENT = re.compile(r"(?<=>)[^<>]*[^\x00-\x7f][^<>]*(?=<)")
_ENTITY = re.compile(r"&(?!lt;|gt;|amp;|quot;|nbsp;)(?:#1\d\d|#2[0-5]\d|[A-Za-z]{3,8});")
# So many words show the code that a whole page is in.
ENOUGH = 8


def _one_byte(name: str, byte: int) -> str:
    """Return a byte's letter in a Windows code page; where the page leaves a gap, the control that stands there."""
    try:
        return bytes([byte]).decode(name)
    except UnicodeDecodeError:
        return chr(byte)


WESTERN = "".join(_one_byte("cp1252", byte) for byte in range(256))
_TCVN3 = {
    ord(WESTERN[first + i]): letter
    for first, row in _TCVN3_ROWS.items()
    for i, letter in enumerate(row)
    if letter != "_"
}
_VISCII = "".join(_VISCII_LOW.get(byte, chr(byte)) for byte in range(128)) + _VISCII_HIGH


def western(content: bytes) -> str:
    """Return the letters that a program without any code for Vietnamese shows: windows-1252, no byte refused."""
    return content.decode("latin-1").translate(dict(enumerate(WESTERN)))


def from_viscii(content: bytes) -> str:
    """Return the text of bytes in VISCII (RFC 1456)."""
    return content.decode("latin-1").translate(dict(enumerate(_VISCII)))


def from_tcvn3(text: str) -> str:
    """Return what text in a TCVN3 (ABC) font says. Its capital fonts have the codes of small letters, and stay small.

    >>> from_tcvn3("Céng hßa x· héi chñ nghÜa ViÖt Nam")
    'Cộng hòa xã hội chủ nghĩa Việt Nam'
    """
    return text.translate(_TCVN3)


def _vni_letter(match: re.Match[str]) -> str:
    written = match[0]
    base, sign = written[0], written[-1].lower()
    upper = base.isupper()
    base = base.lower()
    if len(written) == 1:
        letter = _VNI_SINGLE[base]
    elif sign in _VNI_TONES and not (base == "a" and sign in _VNI_BREVE):
        letter = _VNI_SINGLE.get(base, base) + _VNI_TONES[sign]
    elif sign in _VNI_CIRCUMFLEX:
        letter = base + "\u0302" + _VNI_CIRCUMFLEX[sign]
    else:
        letter = base + "\u0306" + _VNI_BREVE[sign]
    letter = unicodedata.normalize("NFC", letter)
    return letter.upper() if upper else letter


def from_vni(text: str) -> str:
    """Return what text in a VNI font says.

    >>> from_vni("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam, Ñaø Naüng, thöôùng")
    'Cộng hòa xã hội chủ nghĩa Việt Nam, Đà Nẵng, thướng'
    """
    return _VNI.sub(_vni_letter, text)


def names_font(source: bytes) -> bool:
    """Tell whether a page in UTF-8 names a legacy font, such as .VnTime or VNI-Times."""
    return _FONT.search(source.lower()) is not None


def convert(text: str, *, font: bool) -> str:
    """Return text with what is written in a legacy font put into Vietnamese letters; all other text as it is.

    The whole text is converted where it reads as Vietnamese only so; where the page names such a `font`, each run between
    two tags is judged by itself, since menus and body may be in different codes.
    """
    if font:
        return _SEGMENT.sub(lambda m: _best(m[0], least=1), _ENTITY.sub(lambda m: html.unescape(m[0]), text))
    return _best(text, least=ENOUGH)


def _best(text: str, *, least: int) -> str:
    """Return the one reading of a text that is Vietnamese; the text as it is where that is, or where none is."""
    told = syllables.accented(text)
    before = syllables.read(told)
    if before.bad == 0 and not _looks_tcvn3(told):
        return text
    readings = [(syllables.read(put(told)), put) for put in (from_tcvn3, from_vni)]
    after, put = max(readings, key=lambda r: r[0].score)
    better = after.fair and after.good >= least and after.score > before.score + after.good // 2
    return put(text) if better else text


def _looks_tcvn3(text: str) -> bool:
    # Some TCVN3 letters are signs in other codes: a word of them has no accented letter to be judged by.
    return any(sign in text for sign in "µ¸·®¹¬¨")
