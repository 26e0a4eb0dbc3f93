"""The verb `mttq extract`: facts of files, to the screen, to a stream, or to tables by several processes or machines."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from extractor.cli.crawling import console
from extractor.cli.options import PersonalData
from extractor.errors import ExtractorError, PoisonError

if TYPE_CHECKING:
    from extractor.engine import Outcome, ReadOptions, Result
    from extractor.extraction import Extraction

extracting = typer.Typer()
_MOST_TOLD = 20


class ExtractFormat(StrEnum):
    """How `mttq extract` gives what it found."""

    jsonl = "jsonl"
    table = "table"
    parquet = "parquet"


class Engine(StrEnum):
    """Where files are read for --format parquet."""

    local = "local"
    dask = "dask"


@extracting.command()
def extract(
    paths: Annotated[list[str], typer.Argument(help="HTML, page text, article text, .warc(.gz), .jsonl; - reads standard input.")],
    form: Annotated[ExtractFormat, typer.Option("--format", help="How to give the facts.")] = ExtractFormat.table,
    to: Annotated[str | None, typer.Option("--to", help="The data folder for --format parquet, here or at an s3://… address.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that read, for --format parquet; 0: this one.")] = 1,
    engine: Annotated[Engine, typer.Option(help="For --format parquet: dask reads each file on a machine of a cluster; files may be s3://… and such.")] = Engine.local,
    scheduler: Annotated[str | None, typer.Option(help="Address of the Dask scheduler, such as tcp://10.0.0.1:8786.")] = None,
    with_personal_data: PersonalData = False,
) -> None:
    """Extract the facts of files, without crawling."""
    if form is ExtractFormat.parquet and to is None:
        raise typer.BadParameter("--format parquet needs --to DIR", param_hint="--to")
    if form is not ExtractFormat.parquet and to is not None:
        raise typer.BadParameter("--to is for --format parquet; the other formats go to standard output", param_hint="--to")
    if (engine is Engine.dask) != (scheduler is not None) or (scheduler and to is None):
        raise typer.BadParameter("--engine dask, --scheduler ADDRESS and --format parquet go together", param_hint="--engine")
    teller = _Teller()
    if to is None:
        masked = _to_screen(paths, form, teller, personal_data=with_personal_data)
    else:
        from extractor.engine import ReadOptions

        options = ReadOptions(workers=workers, personal_data=with_personal_data)
        with _data_folder(to) as folder:
            outcome = _to_tables(paths, folder, options, teller, scheduler=scheduler)
        masked = outcome.masked
        _tell_outcome(outcome, to)
    if any(masked):
        typer.echo(f"Masked: {masked[0]} namings of private persons, {masked[1]} telephone or account numbers; --with-personal-data tells them.", err=True)
    raise typer.Exit(1 if teller.count else 0)


class _Teller:
    """Tells what failed: the first of many, and how many more."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, what: str) -> None:
        self.count += 1
        if self.count <= _MOST_TOLD:
            typer.echo(f"mttq: {what}", err=True)


def _to_screen(paths: list[str], form: ExtractFormat, teller: _Teller, *, personal_data: bool) -> tuple[int, int]:
    """Give the facts of each article as it is read; return how many persons and numbers were masked."""
    from extractor.extraction import extract_article
    from extractor.inputs import read_articles
    from extractor.privacy import mask

    persons = numbers = 0
    for path in paths:
        try:
            for article in read_articles(path):
                extraction = extract_article(article)
                if not personal_data:
                    masked = mask(extraction)
                    extraction, persons, numbers = masked.extraction, persons + masked.persons, numbers + masked.numbers
                _give(extraction, form)
        except PoisonError as error:
            teller(f"{path}: not read ({error.reason}): {error}")
        except ExtractorError as error:
            teller(str(error))
    return persons, numbers


def _give(extraction: Extraction, form: ExtractFormat) -> None:
    from extractor.shown import as_json_lines, as_table

    if form is ExtractFormat.jsonl:
        for line in as_json_lines(extraction):
            sys.stdout.write(line + "\n")
    else:
        as_table(extraction, sys.stdout)


@contextlib.contextmanager
def _data_folder(to: str) -> Iterator[Path]:
    """Give the data folder on this machine in which tables are written: itself, or one whose tables are taken to an address at the end."""
    if "://" in to:
        from extractor.tables.elsewhere import brought_here

        with brought_here(to) as folder:
            yield folder
        return
    from extractor.query.kept import keep

    yield Path(to)
    keep(Path(to))


def _to_tables(paths: list[str], to: Path, options: ReadOptions, teller: _Teller, *, scheduler: str | None) -> Outcome:
    if scheduler is not None:
        from extractor.engine.cluster import run_on_cluster

        return run_on_cluster(paths, to, scheduler=scheduler, options=options, on_failure=teller)
    from extractor.engine import run
    from extractor.progress import reading

    with reading(console()) as step:

        def on_page(result: Result) -> None:
            step(result)
            if result.what == "failed":
                teller(result.told)

        return run(_pieces(paths, teller), to, options=options, on_page=on_page)


def _pieces(paths: list[str], teller: _Teller) -> Iterator[Any]:
    """Yield the pieces of all inputs; one that cannot be read is told, and the others go on."""
    from extractor.inputs import read_pieces

    for path in paths:
        try:
            yield from read_pieces(path)
        except ExtractorError as error:
            teller(str(error))


def _tell_outcome(outcome: Outcome, to: str) -> None:
    skipped = ", ".join(f"{kind} {n}" for kind, n in sorted(outcome.skipped.items()))
    failed = ", ".join(f"{reason} {n}" for reason, n in sorted(outcome.failed.items()))
    typer.echo(f"{outcome.written} articles written to {to.rstrip('/')}/tables; of {outcome.pages} pages skipped: {skipped or 0}, failed: {failed or 0}", err=True)
