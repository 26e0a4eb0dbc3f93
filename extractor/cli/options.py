"""Options that verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path, typer.Option("--data", help="The folder of archive and tables. / Thư mục dữ liệu.")]
DATA = Path("mttq-data")
PersonalData = Annotated[
    bool,
    typer.Option(
        "--with-personal-data",
        help="Tell private persons, telephone and account numbers, too. / Không che tên người dân, số điện thoại, số tài khoản.",
    ),
]
