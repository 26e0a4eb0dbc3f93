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
# Letters that look alike or carry no sign: typed by mistake or by a bad conversion.
_MEND = str.maketrans(
    {
        "\u00d0": "Đ", "\u00f0": "đ", "\u00ad": None, "\u200b": None, "\u200c": None, "\u200d": None, "\ufeff": None, "\u2060": None,
        "\u0430": "a", "\u0435": "e", "\u043e": "o", "\u0440": "p", "\u0441": "c", "\u0445": "x", "\u0443": "y", "\u0456": "i",
    }
)  # fmt: skip


def mend(text: str) -> str:
    """Return text in NFC without soft hyphens and zero-width signs, look-alike letters put right."""
    return nfc(text).translate(_MEND)


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
