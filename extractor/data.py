"""Where the data that travels with the code lies: inside an installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def rules_dir() -> Path:
    """Return the folder of rules/."""
    installed = _HERE / "_rules"
    return installed if installed.is_dir() else _HERE.parent / "rules"


def pages_dir() -> Path:
    """Return the folder of the sample pages that `mttq run` serves to itself."""
    installed = _HERE / "_pages"
    return installed if installed.is_dir() else _HERE.parent / "corpus" / "pages"
