"""What takes longest to work out of the tables, kept beside them: `told`, and why a fact counts in no sum (`*_judged`).

It is no part of the tables: whoever writes them ends with `keep`, the next write takes it away, and a question whose state
has none, or one that other SQL made, works it out itself and gives the same answer.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from extractor.errors import StoreError
from extractor.query.views import KEPT, shared
from extractor.tables import Store


def kept_folder(store: Store, state: str) -> Path:
    """Return where the files of a state are, if they are there: made by this SQL and no other."""
    made_by = hashlib.sha256("\n".join(shared().values()).encode()).hexdigest()
    return store.derived / f"{state}-{made_by[:12]}"


def keep(data: Path) -> None:
    """Work it out of the present state and keep it; StoreError where it cannot be written. The tables are whole either way."""
    import duckdb

    from extractor.query import connect

    store = Store(data)
    manifest = store.settled()
    folder = kept_folder(store, manifest["state"])
    if folder.exists():
        return
    try:
        shutil.rmtree(store.derived, ignore_errors=True)
        store.derived.mkdir(parents=True)
        aside = Path(tempfile.mkdtemp(prefix=".", dir=store.derived))
        with connect(data, manifest=manifest) as views:
            for name in KEPT:
                views.copy(name, aside / f"{name}.parquet")
        for path in aside.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        aside.rename(folder)
    except (OSError, duckdb.Error) as error:
        raise StoreError(f"{store.derived}: cannot be kept ({error}); the tables are whole, questions only take longer") from error
