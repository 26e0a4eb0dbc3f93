"""Structured facts, with their evidence, from the local news pages of the Vietnam Fatherland Front.

>>> from extractor import extract
>>> [(m.mention, int(m.amount), m.flow) for m in extract("Xã đã trao 20 suất quà trị giá 10 triệu đồng.").money]
[('10 triệu đồng', 10000000, 'given')]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Set before anything else is imported: a module named clean stands beside the function.
from extractor.clean import clean
from extractor.errors import ExtractorError
from extractor.schema import Article

if TYPE_CHECKING:
    from extractor.extraction import Extraction, extract, load
    from extractor.tables import open_tables

__all__ = ["Article", "Extraction", "ExtractorError", "clean", "extract", "load", "open_tables"]

_LAZY = {"Extraction": "extraction", "extract": "extraction", "load": "extraction", "open_tables": "tables"}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(f"extractor.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'extractor' has no attribute {name!r}")
