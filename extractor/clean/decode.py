"""Bytes into text: header, meta and byte order mark are heard in that order, and where they lie the text itself tells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from extractor.clean import legacy, syllables
from extractor.text import holds_any, nfc

_META = re.compile(rb"<meta[^>]{0,200}charset\s{0,8}=\s{0,8}[\"']?\s{0,8}([\w-]{1,40})", re.IGNORECASE)
_HEADER = re.compile(r"charset\s{0,8}=\s{0,8}[\"']?([\w-]{1,40})", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# Only these names are obeyed: some of Python's codecs are no character sets, and are slow or run escapes.
_LABELS = {
    **dict.fromkeys(("utf-8", "utf8", "unicode-1-1-utf-8"), "utf-8"),
    **dict.fromkeys(("utf-16", "utf-16le", "utf-16-le", "ucs-2"), "utf-16-le"),
    **dict.fromkeys(("utf-16be", "utf-16-be"), "utf-16-be"),
    **dict.fromkeys(("windows-1258", "cp1258", "x-cp1258"), "windows-1258"),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "us-ascii", "ascii", "windows-1252", "cp1252"), "windows-1252"),
    **dict.fromkeys(("tcvn", "tcvn3", "tcvn-5712", "tcvn5712", "x-viet-tcvn5712", "x-viet-tcvn"), "tcvn3"),
    **dict.fromkeys(("vni", "x-viet-vni"), "vni"),
    **dict.fromkeys(("viscii", "x-viet-viscii", "csviscii", "viscii1.1-1"), "viscii"),
    "x-user-defined": "windows-1252",
}  # fmt: skip
# Codes of other languages, which some pages are in: obeyed by these names alone.
_OTHERS = re.compile(
    r"iso-8859-(?:[2-9]|10|13|14|15|16)|windows-125[0-7]|koi8-[ru]|gb2312|gbk|gb18030|big5|shift_jis|euc-(?:jp|kr)|tis-620"
)
# Nobody declares what is in these: they must read as Vietnamese to be believed.
_VIETNAMESE_CODES = ("windows-1258", "viscii", "tcvn3", "vni")
# A code that nobody declared must read better than the declared one by more than a few words can by chance.
_TRUST = 5
_VIETNAMESE_ONLY = re.compile("[\u1ea0-\u1ef9ăđơưĂĐƠƯ]")
_TWICE = re.compile("á[º»]|Ã[\u0080-\u00bf]|Æ[°¡]|Ä[\u0083\u0091ƒ‘]")
# Letters of a legacy font; so many words of Vietnamese have so many different ones, and pages with a few signs fewer.
_VARIED = 5
_HIGH = re.compile(f"[{re.escape(legacy.WESTERN[161:])}]")
_HIGH_RUN = re.compile(f"[{re.escape(legacy.WESTERN[128:])}]{{2,}}")
_HIGH_BYTES = {letter: byte for byte, letter in enumerate(legacy.WESTERN)}
_NOTHING = "\u00ad\u200b\ufeff\u2060"
# Signs that part letters in Persian and in scripts of India, and are nothing elsewhere.
_JOINERS = "\u200c\u200d"
_JOINING = re.compile("[\u0600-\u0dff]")
_ASCII = bytes(range(128))
# Letters and signs beyond ASCII with nothing to mend: each is in NFC whatever stands beside it, and none is doubtful here.
_SOUND = re.compile(
    "[\u0080-\u00ac\u00ae-\u00cf\u00d1-\u00ef\u00f1-\u0188\u018a-\u0255\u0257-\u02ff\u0388-\u03ff\u0590\u05be\u05d0-\u05ea\u0621-\u063a"
    "\u0641-\u064a\u1d00-\u1dbf\u1ea0-\u1ef9\u2002-\u200a\u2010-\u205e\u2070-\u209f\u20a0-\u20bf\u2100-\u2125\u2190-\u2328\u232b-\u2adb"
    "\u2add-\u2bff\u3001-\u3029\u3041-\u3096\u309b-\u30ff\u3400-\u9fff\uac00-\ud7a3\ue000-\uf8ff\ufe0e\ufe0f\uff01-\uffee\ufffc\ufffd\U0001f000-\U0001faff]*+"
)
# Cyrillic letters that look like Latin ones.
_ALIKE = dict(zip("аеорсухіАВЕКМНОРСТХ", "aeopcyxiABEKMHOPCTX", strict=True))
# Three more come with an accent, and are look-alikes below it.
_SUSPECTS = (*_ALIKE, *"ѐёї")
_ALIKE_TABLE = str.maketrans(_ALIKE)
_LATIN = re.compile("[a-zA-Z\u00c0-\u024f\u1e00-\u1eff]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
# A word with a Cyrillic letter in it.
_WORD = re.compile("\\b[^\\W\u0400-\u04ff]*+[\u0400-\u04ff]\\w*+")


def page_source(html: str | bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """Return the text of a page, mended and in NFC, as the parser takes it: in UTF-8."""
    if isinstance(html, str):
        source = html.encode("utf-8", "ignore")
    elif _as_utf8(html) is None:
        return decode(html, headers).encode("utf-8", "ignore")
    else:
        source = html.removeprefix(_BOMS[0][0])
    beyond = _beyond_ascii(source)
    if isinstance(html, bytes):
        if _may_be_twice(beyond):
            return decode(html, headers).encode("utf-8", "ignore")
        if (font := legacy.names_font(source)) or _may_be_legacy(beyond):
            return mend(legacy.convert(source.decode(), font=font)).encode("utf-8", "ignore")
    return _mend(source, beyond)


def mend(text: str) -> str:
    """Return text in NFC without soft hyphens and zero-width signs, look-alike letters of Latin words put right.

    >>> mend("\u0441ông t\u00adác \u00d0oàn, он")
    'công tác Đoàn, он'
    """
    source = text.encode("utf-8", "surrogatepass")
    mended = _mend(source, _beyond_ascii(source))
    return text if mended is source else mended.decode("utf-8", "surrogatepass")


def _mend(source: bytes, beyond: str) -> bytes:
    if _is_sound(beyond):
        return source
    for sign in _NOTHING if _JOINING.search(beyond) else _NOTHING + _JOINERS:
        if sign in beyond:
            source, beyond = source.replace(sign.encode(), b""), beyond.replace(sign, "")
    if _is_sound(beyond):  # as on most pages that are to be mended at all
        return source
    text = nfc(source.decode("utf-8", "surrogatepass"))  # only now: a sign between a letter and its accent kept them apart
    if "\u00fe" not in beyond:  # Icelandic, which has þ too, means its ð
        text = text.replace("\u00d0", "Đ").replace("\u00f0", "đ").replace("\u0189", "Đ").replace("\u0256", "đ")
    if any(letter in beyond for letter in _SUSPECTS) and _is_mixed(text):
        text = nfc(_WORD.sub(_as_latin, text))
    return text.encode("utf-8", "surrogatepass")


def _beyond_ascii(source: bytes) -> str:
    """Return the letters and signs of a text that are not in ASCII: few, on most pages."""
    return source.translate(None, _ASCII).decode("utf-8", "surrogatepass")


def _is_sound(beyond: str) -> bool:
    return _SOUND.fullmatch(beyond) is not None


def _is_mixed(text: str) -> bool:
    """Tell whether any word has look-alike letters to be put right: quicker than to put right none."""
    words = syllables.accented(text)
    return _WORD.sub(_as_latin, words) != words


def _as_latin(match: re.Match[str]) -> str:
    word = match[0]
    if not _LATIN.search(word):
        return word
    mended = nfc(unicodedata.normalize("NFD", word).translate(_ALIKE_TABLE))
    return word if _CYRILLIC.search(mended) else mended


def decode(content: bytes, headers: Mapping[str, str] | None = None) -> str:
    """Return the text of a page's bytes, mended and in NFC.

    Bytes that are whole UTF-8 are read as that, whatever is declared. All others are read in each declared code and in
    those of old Vietnamese pages; the reading with clearly most Vietnamese in it stands, and else the declared one.
    """
    text = _as_utf8(content)
    if text is None:
        text = _best_reading(content, headers or {})
    text = _undo_twice(text)
    source = text.encode("utf-8", "ignore")
    font = legacy.names_font(source)
    return mend(legacy.convert(text, font=font) if font or _may_be_legacy(_beyond_ascii(source)) else text)


def _best_reading(content: bytes, headers: Mapping[str, str]) -> str:
    declared = list(dict.fromkeys(_declared(content, headers)))
    # A page that names the code of another language is held to it, unless it reads as Vietnamese in one of ours.
    foreign = any(map(_OTHERS.fullmatch, declared))
    doubtful = (*_VIETNAMESE_CODES, "windows-1252") if foreign else _VIETNAMESE_CODES
    best: tuple[int, str] | None = None
    for name in dict.fromkeys((*declared, *_sniffed(content), "windows-1252")):
        text = _read_as(content, name)
        reading = syllables.read(text)
        score = reading.score + _TRUST * (name in declared)
        if (best is None or score > best[0]) and (reading.fair or name in declared or name not in doubtful):
            best = (score, text)
    return best[1] if best else content.decode("utf-8", "replace")


def _as_utf8(content: bytes) -> str | None:
    """Return the text of bytes that are UTF-8 without a fault and hold no NUL, else None."""
    if b"\x00" in content[:4096]:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _declared(content: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    """Yield the codes that header, meta and byte order mark declare, in that order."""
    labels = [m[1] for m in [_HEADER.search(headers.get("content-type", ""))] if m]
    labels += [m[1].decode("ascii", "replace") for m in [_META.search(content[:4096])] if m]
    for label in map(str.lower, labels):
        if name := _LABELS.get(label) or (label if _OTHERS.fullmatch(label) else None):
            yield name
    yield from (name for bom, name in _BOMS if content.startswith(bom))


def _sniffed(content: bytes) -> Iterator[str]:
    """Yield the codes that undeclared bytes may be in; two-byte ones only where zeros stand in every other place."""
    even, odd = content[0:4096:2].count(0), content[1:4096:2].count(0)
    if odd > 4 * even:
        yield "utf-16-le"
    elif even > 4 * odd:
        yield "utf-16-be"
    yield from ("utf-8", *_VIETNAMESE_CODES)


def _read_as(content: bytes, name: str) -> str:
    if name == "viscii":
        return legacy.from_viscii(content)
    if name in {"tcvn3", "vni", "windows-1252"}:
        shown = legacy.western(content)
        return legacy.from_tcvn3(shown) if name == "tcvn3" else legacy.from_vni(shown) if name == "vni" else shown
    return content.decode(name, "replace").removeprefix("\ufeff")


def _may_be_twice(beyond: str) -> bool:
    """Tell whether a page may have been put into UTF-8 twice, from its letters beyond ASCII."""
    return holds_any(beyond, "ÃÆÄº»") and _TWICE.search(beyond) is not None


def _may_be_legacy(beyond: str) -> bool:
    """Tell whether a page that names no legacy font may hold words in one, from its letters beyond ASCII."""
    if _VIETNAMESE_ONLY.search(beyond):
        return False
    high = _HIGH.findall(beyond)
    return len(high) >= legacy.ENOUGH and len(set(high)) >= _VARIED


def _undo_twice(text: str) -> str:
    """Return text that was put into UTF-8 twice ("Máº·t tráº­n") as it was meant; other text as it is."""
    if len(_TWICE.findall(text[:100_000])) < 3:
        return text
    return _HIGH_RUN.sub(_once, text)


def _once(match: re.Match[str]) -> str:
    try:
        return bytes(_HIGH_BYTES[c] for c in match[0]).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]
