"""Files by their path, or by an address that Arrow's file systems open: s3://, gs://, hdfs://, file://."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, Any

from extractor.errors import InputError


def open_file(path: str) -> IO[bytes]:
    """Return a file open for reading at any place; InputError where it cannot be opened."""
    try:
        return Path(path).open("rb") if "://" not in path else _elsewhere(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _elsewhere(address: str) -> IO[bytes]:
    from pyarrow import fs

    system, inner = fs.FileSystem.from_uri(address)
    opened: Any = system.open_input_file(inner)
    return io.BufferedReader(opened)  # which tells lines apart
