"""The command `mttq`: each verb calls one function. Exit codes: 0 done, 1 something failed, 2 wrong use."""

from __future__ import annotations

import contextlib
import io
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from extractor import __version__
from extractor.cli.crawling import console, crawling, day, reasons, starts, told
from extractor.cli.extracting import extracting
from extractor.cli.options import DATA, AllowLoopback, Contact, Data, Delay, MaxPages, PersonalData, Quiet, Since, Until
from extractor.cli.reading import reading
from extractor.cli.workbench import workbench
from extractor.errors import ExtractorError

if TYPE_CHECKING:
    from rich.console import Console

    from extractor.run import Report

app = typer.Typer(
    name="mttq",
    help="Structured facts from the news pages of the Vietnam Fatherland Front.\n\nSố liệu có cấu trúc, kèm căn cứ, từ các trang tin của Mặt trận Tổ quốc Việt Nam.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(crawling)
app.add_typer(extracting)
app.add_typer(reading)
app.add_typer(workbench)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"mttq {__version__}")
        raise typer.Exit


@app.callback()
def _root(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False) -> None:
    """Structured facts from the news pages of the Vietnam Fatherland Front."""


@contextlib.contextmanager
def _teller(data: Path, *, quiet: bool) -> Iterator[tuple[Callable[[Any], None], Callable[[Any], None]]]:
    """Yield what tells of pages while they are fetched and read."""
    from extractor.progress import shown

    screen = console()

    def on_page(result: Any) -> None:
        if not quiet and result.what == "article":
            screen.print(f"  read       {result.title}", markup=False)

    with shown(screen, data, quiet=quiet) as on_event:
        yield on_event, on_page


@app.command()
def run(
    targets: Annotated[list[str] | None, typer.Argument(help="Sites or URLs; none: the sample sites, served on this machine.")] = None,
    data: Data = DATA,
    delay: Delay = 2.0,
    max_pages: MaxPages = 10_000,
    since: Since = None,
    until: Until = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that read pages; 0: this one, which a page that hangs would hold up.")] = 1,
    allow_loopback: AllowLoopback = False,
    with_personal_data: PersonalData = False,
    contact: Contact = None,
    quiet: Quiet = False,
) -> None:
    """Crawl, archive, clean, extract and write the tables; without arguments, on the sample pages."""
    from extractor.crawl import CrawlOptions
    from extractor.engine import ReadOptions
    from extractor.run import run as run_job

    with contextlib.ExitStack() as stack:
        if targets:
            urls, sites = starts(targets)
            options = CrawlOptions(delay=delay, max_pages=max_pages, allow_loopback=allow_loopback, since=day(since), until=day(until), sites=sites, contact=contact)
        else:
            from extractor.demo import serve

            if not quiet:
                console().print("Crawling three sample sites, served on this machine. / Thu thập ba trang mẫu, chạy ngay trên máy này.")
            served = stack.enter_context(serve())
            urls, sites = served.starts, served.sites
            options = CrawlOptions(delay=0.0, max_pages=max_pages, connect_to=served.connect_to)
        on_event, on_page = stack.enter_context(_teller(data, quiet=quiet))
        report = run_job(urls, data=data, options=options, reading=ReadOptions(sites=sites, workers=workers, personal_data=with_personal_data), on_event=on_event, on_page=on_page)
    _summary(console(), report, data)
    failed = sum(report.crawled.failed.values()) + (sum(report.extracted.failed.values()) if report.extracted else 0)
    raise typer.Exit(1 if failed or report.crawled.interrupted else 0)


def _summary(screen: Console, report: Report, data: Path) -> None:
    from extractor.query import query

    crawled = report.crawled
    screen.print()
    for line in told(crawled):
        screen.print(line, markup=False)
    if report.extracted is None:
        screen.print("Nothing new: the archive holds the same pages and the rules are the same, so the tables were left as they are. / Không có gì mới.")
    else:
        done = report.extracted
        skipped, failed = sum(done.skipped.values()), sum(done.failed.values())
        screen.print(f"Pages read {done.pages} = articles {done.articles} + skipped {skipped} ({reasons(done.skipped)}) + failed {failed} ({reasons(done.failed)}).", markup=False)
    if report.lost:
        screen.print(f"Articles whose pages are none any more: {reasons(report.lost)}; the tables keep what they said. / Bài không còn trên mạng, vẫn giữ trong bảng.", markup=False)
    tables = query(data, _COUNTS).to_pylist()
    screen.print("Facts: " + ", ".join(f"{row['name']} {row['n']}" for row in tables) + ".", markup=False)
    for row in query(data, _MONEY).to_pylist():
        screen.print(f"Money {row['flow']}: {int(row['total']):,} {row['currency']} in {row['n']} facts (rates and parts of totals left out).".replace(",", "."), markup=False)
    screen.print(f"Tables: {data / 'tables'}   archive: {data / 'archive'}   log: {data / 'crawl-log.jsonl'}", markup=False)
    option = "" if data == DATA else f" --data {data}"
    screen.print(f'Next: mttq query{option} "SELECT mention, flow, sentence FROM money LIMIT 10"', markup=False)
    screen.print(f'      mttq query{option} "SELECT fact_id FROM money LIMIT 1" --format csv   then   mttq explain{option} FACT_ID', markup=False)


_FACTS = ("money", "participants", "quantities", "locations", "dates", "documents", "people", "organisations", "programmes", "activities", "checks", "non_facts")
_COUNTS = " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS n FROM {name}" for name in _FACTS)
_MONEY = (
    "SELECT flow, currency, sum(amount) AS total, count(*) AS n FROM money "
    "WHERE flow IN ('raised', 'given') AND per IS NULL AND part_of IS NULL GROUP BY ALL ORDER BY flow DESC, currency DESC"
)


@app.command()
def explain(
    what: Annotated[str, typer.Argument(help="A fact_id, or a sentence in quotes.")],
    data: Data = DATA,
) -> None:
    """Show where a fact comes from: its words, sentence, rule and archived page; or what a sentence gives."""
    from extractor.shown import explain_fact, explain_text

    is_fact = len(what) == 16 and all(c in "0123456789abcdef" for c in what)
    typer.echo(explain_fact(data, what) if is_fact else explain_text(what))


@app.command()
def score(
    folder: Annotated[Path, typer.Argument(help="Annotations: .gold files, annotated articles (.json), or sample pages.")],
    texts: Annotated[Path | None, typer.Option("--texts", help="Where the texts of .gold files are.")] = None,
    misses: Annotated[bool, typer.Option("--misses", help="List every miss and every extra with its words.")] = False,
    gate: Annotated[bool, typer.Option("--gate", help="Fail where a score is below its floor in floors.json, beside the folder.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Write the scores as floors; refuses to lower one.")] = False,
    allow_regression: Annotated[bool, typer.Option("--allow-regression", help="Let --update lower floors.")] = False,
) -> None:
    """Compare what is extracted with what people annotated."""
    from extractor import floors
    from extractor.score_report import report

    path = folder.resolve().parent / "floors.json"
    if update:
        floors.update(path, floors.measure(folder), allow_regression=allow_regression)
        typer.echo(f"{path}: written")
    elif gate:
        floors.gate(path, floors.measure(folder))
        typer.echo(f"{folder}: every score holds its floor")
    else:
        for line in report(folder, texts=texts, misses=misses):
            typer.echo(line)


def main() -> None:
    """Run the command; what goes wrong on purpose, on the disk or in its files is one line on stderr and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # whatever the terminal's locale: the words are Vietnamese
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app(prog_name="mttq")
    except ExtractorError as error:
        typer.echo(f"mttq: {error}", err=True)
        raise SystemExit(1) from None
    except sqlite3.Error as error:
        typer.echo(f"mttq: frontier.sqlite of the data folder: {error}; is the folder still there, writable and with room?", err=True)
        raise SystemExit(1) from None
    except OSError as error:
        typer.echo(f"mttq: {error.filename or 'system'}: {error.strerror or error}", err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
