"""Options that verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path, typer.Option("--data", help="The folder of archive and tables. / Thư mục dữ liệu.")]
DATA = Path("mttq-data")
