"""Pages that ended the process that read them, known by their bytes, so that no later run meets one again."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

from extractor.errors import StoreError
from extractor.inputs import Piece
from extractor.page import Page


class Poison:
    """The pages of a data folder that are not to be read, one line of `poison.jsonl` each.

    A page is tried again by another version of the software or its rules, which may cope with it; or once its line is
    taken out of the file.
    """

    def __init__(self, data: Path, version: str) -> None:
        self._path, self._version, self._adding = data / "poison.jsonl", version, threading.Lock()
        self._reasons: dict[str, str] = {}
        for number, line in enumerate(self._lines(), 1):
            try:
                row = json.loads(line)
                if row["version"] == version:
                    self._reasons[row["sha256"]] = row["reason"]
            except (ValueError, KeyError, TypeError) as error:
                raise StoreError(f"{self._path}:{number}: is no line of poison ({error!r}); take it out, its page is then tried again") from error

    def _lines(self) -> list[str]:
        try:
            return self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        except (OSError, ValueError) as error:
            raise StoreError(f"{self._path}: cannot be read ({error}); take it away, its pages are then tried again") from error

    def reason(self, page: Page | Piece) -> str | None:
        """Return why a page is not to be read, or None."""
        return self._reasons.get(_key(page)) if self._reasons else None

    def add(self, page: Page | Piece, reason: str) -> None:
        """Keep for later runs that a page is not to be read."""
        row = {"version": self._version, "sha256": _key(page), "reason": reason, "url": page.url}
        with self._adding:
            self._reasons[row["sha256"]] = reason
            lines = [*self._lines(), json.dumps(row, ensure_ascii=False)]
            self._path.parent.mkdir(parents=True, exist_ok=True)
            aside = self._path.with_suffix(".new")
            aside.write_text("\n".join(lines) + "\n", encoding="utf-8")
            aside.replace(self._path)


def _key(page: Page | Piece) -> str:
    return hashlib.sha256(page.content).hexdigest()
