"""The command `mttq`: each verb calls one function. Exit codes: 0 done, 1 something failed, 2 wrong use."""

from __future__ import annotations

import io
import sqlite3
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from extractor import __version__
from extractor.cli.options import DATA, Data, PersonalData
from extractor.cli.reading import reading
from extractor.errors import ExtractorError

if TYPE_CHECKING:
    from rich.console import Console

    from extractor.extraction import Extraction
    from extractor.run import Report

app = typer.Typer(
    name="mttq",
    help="Structured facts from the news pages of the Vietnam Fatherland Front.\n\nSố liệu có cấu trúc, kèm căn cứ, từ các trang tin của Mặt trận Tổ quốc Việt Nam.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(reading)



class ExtractFormat(StrEnum):
    """How `mttq extract` gives what it found."""

    jsonl = "jsonl"
    table = "table"
    parquet = "parquet"


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"mttq {__version__}")
        raise typer.Exit


@app.callback()
def _root(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False) -> None:
    """Structured facts from the news pages of the Vietnam Fatherland Front."""


def _teller(console: Console, *, quiet: bool) -> tuple[Callable[[Any], None], Callable[[str, str], None]]:
    """Return what tells of pages while they are fetched and read."""

    def on_event(event: Any) -> None:
        if not quiet:
            console.print(f"  {event.what:<10} {event.url}" + (f"  ({event.why})" if event.why else ""), markup=False)

    def on_page(what: str, title: str) -> None:
        if not quiet and what == "article":
            console.print(f"  read       {title}", markup=False)

    return on_event, on_page


def _starts(targets: list[str]) -> tuple[list[str], tuple[Any, ...]]:
    from extractor.errors import SiteError
    from extractor.sites import load_sites

    known = {site.id: site for site in load_sites()}
    urls: list[str] = []
    sites: list[Any] = []
    for target in targets:
        if target in known:
            urls += known[target].start_urls
            sites.append(known[target])
        elif "://" in target:
            urls.append(target)
        else:
            raise SiteError(f"{target}: no site of that id and no URL; `mttq sites` lists the sites, a URL begins with https://")
    return urls, tuple(sites)


@app.command()
def run(
    targets: Annotated[list[str] | None, typer.Argument(help="Sites or URLs; none: the sample sites, served on this machine.")] = None,
    data: Data = DATA,
    delay: Annotated[float, typer.Option(help="Seconds between two fetches of one host.")] = 2.0,
    max_pages: Annotated[int, typer.Option(help="Pages to fetch at most.")] = 10_000,
    workers: Annotated[int, typer.Option(min=0, help="Processes that read pages; 0: this one, which a page that hangs would hold up.")] = 1,
    allow_loopback: Annotated[bool, typer.Option(help="Permit sites on this machine.")] = False,
    with_personal_data: PersonalData = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the summary.")] = False,
) -> None:
    """Crawl, archive, clean, extract and write the tables; without arguments, on the sample pages."""
    from extractor.crawl import CrawlOptions
    from extractor.engine import ReadOptions
    from extractor.run import run as run_job

    console = _console()
    on_event, on_page = _teller(console, quiet=quiet)
    if targets:
        urls, sites = _starts(targets)
        options = CrawlOptions(delay=delay, max_pages=max_pages, allow_loopback=allow_loopback)
        report = run_job(urls, data=data, options=options, reading=ReadOptions(sites=sites, workers=workers, personal_data=with_personal_data), on_event=on_event, on_page=on_page)
    else:
        from extractor.demo import serve

        if not quiet:
            console.print("Crawling three sample sites, served on this machine. / Thu thập ba trang mẫu, chạy ngay trên máy này.")
        with serve() as served:
            options = CrawlOptions(delay=0.0, max_pages=max_pages, connect_to=served.connect_to)
            report = run_job(served.starts, data=data, options=options, reading=ReadOptions(sites=served.sites, workers=workers, personal_data=with_personal_data), on_event=on_event, on_page=on_page)
    _summary(console, report, data)
    failed = sum(report.crawled.failed.values()) + (sum(report.extracted.failed.values()) if report.extracted else 0)
    raise typer.Exit(1 if failed or report.crawled.interrupted else 0)


def _reasons(counts: Any) -> str:
    return ", ".join(f"{reason} {n}" for reason, n in sorted(counts.items())) or "0"


def _summary(console: Console, report: Report, data: Path) -> None:
    from extractor.query import query

    crawled = report.crawled
    console.print()
    console.print(f"Fetched {crawled.fetched} pages, {crawled.unchanged} unchanged, failed: {_reasons(crawled.failed)}; links not followed: {_reasons(crawled.dropped)}.", markup=False)
    if crawled.interrupted:
        console.print("Interrupted. Nothing is lost: the same command goes on from here.")
    if report.extracted is None:
        console.print("Nothing new: the archive holds the same pages and the rules are the same, so the tables were left as they are. / Không có gì mới.")
    else:
        done = report.extracted
        skipped, failed = sum(done.skipped.values()), sum(done.failed.values())
        console.print(f"Pages read {done.pages} = articles {done.articles} + skipped {skipped} ({_reasons(done.skipped)}) + failed {failed} ({_reasons(done.failed)}).", markup=False)
    tables = query(data, _COUNTS).to_pylist()
    console.print("Facts: " + ", ".join(f"{row['name']} {row['n']}" for row in tables) + ".", markup=False)
    for row in query(data, _MONEY).to_pylist():
        console.print(f"Money {row['flow']}: {int(row['total']):,} {row['currency']} in {row['n']} facts (rates and parts of totals left out).".replace(",", "."), markup=False)
    console.print(f"Tables: {data / 'tables'}   archive: {data / 'archive'}   log: {data / 'crawl-log.jsonl'}", markup=False)
    option = "" if data == DATA else f" --data {data}"
    console.print(f'Next: mttq query{option} "SELECT mention, flow, sentence FROM money LIMIT 10"', markup=False)
    console.print(f'      mttq query{option} "SELECT fact_id FROM money LIMIT 1" --format csv   then   mttq explain{option} FACT_ID', markup=False)


_FACTS = ("money", "participants", "quantities", "locations", "dates", "documents", "people", "organisations", "programmes", "activities", "checks", "non_facts")
_COUNTS = " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS n FROM {name}" for name in _FACTS)
_MONEY = (
    "SELECT flow, currency, sum(amount) AS total, count(*) AS n FROM money "
    "WHERE flow IN ('raised', 'given') AND per IS NULL AND part_of IS NULL GROUP BY ALL ORDER BY flow DESC, currency DESC"
)


@app.command()
def crawl(
    targets: Annotated[list[str] | None, typer.Argument(help="Sites or URLs.")] = None,
    data: Data = DATA,
    delay: Annotated[float, typer.Option(help="Seconds between two fetches of one host.")] = 2.0,
    max_pages: Annotated[int, typer.Option(help="Pages to fetch at most.")] = 10_000,
    allow_loopback: Annotated[bool, typer.Option(help="Permit sites on this machine.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Say how far the crawl of the folder is.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Ask failed pages again.")] = False,
    explain: Annotated[str | None, typer.Option("--explain", help="Say what is known of one URL.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the summary.")] = False,
) -> None:
    """Fetch pages into the archive, and nothing more."""
    from extractor.crawl import CrawlOptions
    from extractor.crawl import crawl as crawl_sites

    console = _console()
    if status or explain or retry_failed:
        for line in _told_of(data, explain=explain, retry_failed=retry_failed):
            typer.echo(line)
        return
    if not targets:
        console.print("Name at least one site or URL, such as: mttq crawl https://mattran.example/")
        raise typer.Exit(2)
    urls, _ = _starts(targets)
    on_event, _ = _teller(console, quiet=quiet)
    done = crawl_sites(urls, data=data, options=CrawlOptions(delay=delay, max_pages=max_pages, allow_loopback=allow_loopback), on_event=on_event)
    console.print(f"Fetched {done.fetched} pages, {done.unchanged} unchanged, failed: {_reasons(done.failed)}; links not followed: {_reasons(done.dropped)}.", markup=False)
    raise typer.Exit(1 if done.failed or done.interrupted else 0)


def _told_of(data: Path, *, explain: str | None, retry_failed: bool) -> list[str]:
    """Return what is known of a crawl's folder, in lines."""
    from extractor.crawl import status

    if explain:
        known = status.explain(data, explain)
        return [f"{name}: {value}" for name, value in known.items()] if known else [f"{explain}: never seen in {data}"]
    if retry_failed:
        return [f"{status.retry_failed(data)} failed pages are queued again; run the same `mttq crawl` to fetch them."]
    return status.status(data)


@app.command()
def extract(
    paths: Annotated[list[str], typer.Argument(help="HTML, page text, article text, .warc(.gz), .jsonl; - reads standard input.")],
    form: Annotated[ExtractFormat, typer.Option("--format", help="How to give the facts.")] = ExtractFormat.table,
    to: Annotated[Path | None, typer.Option("--to", help="The data folder for --format parquet.")] = None,
    with_personal_data: PersonalData = False,
) -> None:
    """Extract the facts of files, without crawling."""
    from extractor.errors import PoisonError
    from extractor.extraction import extract_article
    from extractor.inputs import read_articles
    from extractor.privacy import mask

    if form is ExtractFormat.parquet and to is None:
        raise typer.BadParameter("--format parquet needs --to DIR", param_hint="--to")
    if form is not ExtractFormat.parquet and to is not None:
        raise typer.BadParameter("--to is for --format parquet; the other formats go to standard output", param_hint="--to")
    failed, persons, numbers = False, 0, 0
    kept: list[Any] = []
    for path in paths:
        try:
            for article in read_articles(path):
                extraction = extract_article(article)
                if not with_personal_data:
                    masked = mask(extraction)
                    extraction, persons, numbers = masked.extraction, persons + masked.persons, numbers + masked.numbers
                if form is ExtractFormat.parquet:
                    kept.append(extraction.rows())
                else:
                    _give(extraction, form)
        except PoisonError as error:
            failed = True
            typer.echo(f"mttq: {path}: not read ({error.reason}): {error}", err=True)
        except ExtractorError as error:
            failed = True
            typer.echo(f"mttq: {error}", err=True)
    if form is ExtractFormat.parquet and to is not None:
        from extractor.engine import to_tables
        from extractor.tables import Store

        tables = to_tables(kept)
        Store(to).write(tables)
        typer.echo(f"{tables['articles'].num_rows} articles written to {to / 'tables'}", err=True)
    if persons or numbers:
        typer.echo(f"Masked: {persons} namings of private persons, {numbers} telephone or account numbers; --with-personal-data tells them.", err=True)
    raise typer.Exit(1 if failed else 0)


def _give(extraction: Extraction, form: ExtractFormat) -> None:
    from extractor.shown import as_json_lines, as_table

    if form is ExtractFormat.jsonl:
        for line in as_json_lines(extraction):
            sys.stdout.write(line + "\n")
    else:
        as_table(extraction, sys.stdout)


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


@app.command()
def sites() -> None:
    """List the sites of rules/sites and the sample sites, and the provinces that have none."""
    from extractor.demo import demo_sites
    from extractor.sites import load_sites, uncovered

    for site in (*load_sites(), *demo_sites()):
        typer.echo(f"{site.id:<28} {site.host:<32} {site.owner:<40} {site.family or '-':<12} {'seen' if site.seen else 'unseen'}")
    before, since = uncovered(load_sites())
    typer.echo(f"no site of the Front known, of 63 provinces before July 2025, for {len(before)}: {', '.join(before)}")
    typer.echo(f"no site of the Front known, of 34 provinces since, for {len(since)}: {', '.join(since)}")


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
