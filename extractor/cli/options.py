"""Options that verbs share."""

from __future__ import annotations

import datetime as dt
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
Delay = Annotated[float, typer.Option(help="Seconds between two fetches of one host.")]
MaxPages = Annotated[int, typer.Option(help="Pages to fetch at most.")]
Since = Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of publication, where the day is known before the page is fetched.")]
Until = Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of publication.")]
AllowLoopback = Annotated[bool, typer.Option("--allow-loopback", help="Permit sites on this machine.")]
Contact = Annotated[str | None, typer.Option("--contact", envvar="MTTQ_CONTACT", help="Your mail or page, told to the servers that are asked.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only the summary.")]
