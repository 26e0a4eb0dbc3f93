"""Bytes into text: header, meta and BOM say, and where they lie the text itself does."""

from __future__ import annotations

import re
from collections.abc import Mapping

from extractor.text import nfc

_META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_VIETNAMESE = re.compile("[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE)
_BROKEN = re.compile("[\ufffd\u0080-\u009f]|Ã[\u0080-\u00bf]|á»|Ä[\u0090-\u0091]")
_NOTHING = "\u00ad\u200b\ufeff\u2060"
# Signs that part letters in Persian and in scripts of India, and are nothing elsewhere.
_JOINERS = "\u200c\u200d"
_JOINING = re.compile("[\u0600-\u0dff]")
# Cyrillic letters that look like Latin ones.
_ALIKE = dict(zip("аеорсухіАВЕКМНОРСТХ", "aeopcyxiABEKMHOPCTX", strict=True))
_ALIKE_TABLE = str.maketrans(_ALIKE)
_LATIN = re.compile("[a-zA-Z\u00c0-\u024f\u1e00-\u1eff]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_WORD = re.compile(r"\w+")


def mend(text: str) -> str:
    """Return text in NFC without soft hyphens and zero-width signs, look-alike letters of Latin words put right.

    >>> mend("\u0441ông t\u00adác \u00d0oàn, он")
    'công tác Đoàn, он'
    """
    text = nfc(text)
    for sign in _NOTHING:
        text = text.replace(sign, "")
    if any(sign in text for sign in _JOINERS) and not _JOINING.search(text):
        text = text.replace(_JOINERS[0], "").replace(_JOINERS[1], "")
    if "\u00fe" not in text:  # Icelandic, which has þ too, means its ð
        text = text.replace("\u00d0", "Đ").replace("\u00f0", "đ")
    if any(letter in text for letter in _ALIKE):
        text = _WORD.sub(_as_latin, text)
    return text


def _as_latin(match: re.Match[str]) -> str:
    word = match[0]
    if word.isascii() or not _CYRILLIC.search(word) or not _LATIN.search(word):
        return word
    mended = word.translate(_ALIKE_TABLE)
    return word if _CYRILLIC.search(mended) else mended


def _score(text: str) -> float:
    sample = text[:20_000]
    return len(_VIETNAMESE.findall(sample)) - 20 * len(_BROKEN.findall(sample))


def _candidates(content: bytes, headers: Mapping[str, str]) -> list[str]:
    names = []
    if match := _HEADER.search(headers.get("content-type", "")):
        names.append(match[1])
    if meta := _META.search(content[:4096]):
        names.append(meta[1].decode("ascii", "replace"))
    return [*names, "utf-8", "cp1258"]


def decode(content: bytes, headers: Mapping[str, str] | None = None) -> str:
    """Return the text of a page's bytes, mended and in NFC."""
    for bom, name in _BOMS:
        if content.startswith(bom):
            return mend(content.decode(name, "replace"))
    best: tuple[float, str] | None = None
    for name in dict.fromkeys(n.lower() for n in _candidates(content, headers or {})):
        try:
            text = content.decode(name)
        except (LookupError, UnicodeDecodeError):
            text = content.decode("utf-8", "replace") if name == "utf-8" else ""
        if text and (best is None or _score(text) > best[0]):
            best = (_score(text), text)
    return mend(best[1] if best else content.decode("utf-8", "replace"))
