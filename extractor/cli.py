"""The command `mttq`: each verb calls one function. Exit codes: 0 done, 1 something failed, 2 wrong use."""

from __future__ import annotations

import io
import sqlite3
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from extractor import __version__
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

Data = Annotated[Path, typer.Option("--data", help="The folder of archive and tables. / Thư mục dữ liệu.")]
_DATA = Path("mttq-data")


class ExtractFormat(StrEnum):
    """How `mttq extract` gives what it found."""

    jsonl = "jsonl"
    table = "table"
    parquet = "parquet"


class QueryFormat(StrEnum):
    """How `mttq query` gives its result."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


class Language(StrEnum):
    """The language of pages."""

    vi = "vi"
    en = "en"


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
    data: Data = _DATA,
    delay: Annotated[float, typer.Option(help="Seconds between two fetches of one host.")] = 2.0,
    max_pages: Annotated[int, typer.Option(help="Pages to fetch at most.")] = 10_000,
    workers: Annotated[int, typer.Option(min=0, help="Processes that read pages; 0: this one, which a page that hangs would hold up.")] = 1,
    allow_loopback: Annotated[bool, typer.Option(help="Permit sites on this machine.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the summary.")] = False,
) -> None:
    """Crawl, archive, clean, extract and write the tables; without arguments, on the sample pages."""
    from extractor.crawl import CrawlOptions
    from extractor.run import run as run_job

    console = _console()
    on_event, on_page = _teller(console, quiet=quiet)
    if targets:
        urls, sites = _starts(targets)
        options = CrawlOptions(delay=delay, max_pages=max_pages, allow_loopback=allow_loopback)
        report = run_job(urls, data=data, options=options, sites=sites, workers=workers, on_event=on_event, on_page=on_page)
    else:
        from extractor.demo import serve

        if not quiet:
            console.print("Crawling three sample sites, served on this machine. / Thu thập ba trang mẫu, chạy ngay trên máy này.")
        with serve() as served:
            options = CrawlOptions(delay=0.0, max_pages=max_pages, connect_to=served.connect_to)
            report = run_job(served.starts, data=data, options=options, sites=served.sites, workers=workers, on_event=on_event, on_page=on_page)
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
    option = "" if data == _DATA else f" --data {data}"
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
    data: Data = _DATA,
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
) -> None:
    """Extract the facts of files, without crawling."""
    from extractor.errors import PoisonError
    from extractor.extraction import extract_article
    from extractor.inputs import read_articles

    if form is ExtractFormat.parquet and to is None:
        raise typer.BadParameter("--format parquet needs --to DIR", param_hint="--to")
    if form is not ExtractFormat.parquet and to is not None:
        raise typer.BadParameter("--to is for --format parquet; the other formats go to standard output", param_hint="--to")
    failed = False
    kept: list[Any] = []
    for path in paths:
        try:
            for article in read_articles(path):
                extraction = extract_article(article)
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
    raise typer.Exit(1 if failed else 0)


def _give(extraction: Extraction, form: ExtractFormat) -> None:
    from extractor.shown import as_json_lines, as_table

    if form is ExtractFormat.jsonl:
        for line in as_json_lines(extraction):
            sys.stdout.write(line + "\n")
    else:
        as_table(extraction, sys.stdout)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="A SELECT over the tables, each under its own name.")],
    data: Data = _DATA,
    form: Annotated[QueryFormat, typer.Option("--format", help="How to give the result.")] = QueryFormat.table,
    to: Annotated[Path | None, typer.Option("--to", help="The file to write; --format parquet needs one.")] = None,
) -> None:
    """Ask the tables in SQL."""
    if form is QueryFormat.parquet and to is None:
        raise typer.BadParameter("--format parquet needs --to FILE", param_hint="--to")
    from extractor.query import query as ask
    from extractor.query import write_result

    write_result(ask(data, sql), form.value, sys.stdout, path=to)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def ask(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name or number of a question; none: list them.")] = None,
    data: Data = _DATA,
    show_sentences: Annotated[bool, typer.Option("--show-sentences", help="Print the sentences that the answer rests on.")] = False,
    form: Annotated[QueryFormat, typer.Option("--format", help="How to give the answer.")] = QueryFormat.table,
    to: Annotated[Path | None, typer.Option("--to", help="The file to write; --format parquet needs one.")] = None,
) -> None:
    """Answer a ready question, such as: mttq ask fund-totals --year 2023. / Hỏi một câu có sẵn."""
    if form is QueryFormat.parquet and to is None:
        raise typer.BadParameter("--format parquet needs --to FILE", param_hint="--to")
    from extractor.query import asking, write_result
    from extractor.query import query as query_tables

    if name is None:
        typer.echo("\n".join(asking.listed()))
        return
    asked = asking.question(name)
    answers = partial(query_tables, data)
    table = asking.answer(answers, asked.name, _named(context.args))
    shown = table.drop_columns("fact_ids") if "fact_ids" in table.schema.names and form is not QueryFormat.parquet else table
    if form is QueryFormat.table and to is None:
        typer.echo(f"{asked.number}. {asked.vi}\n   {asked.en}")
    write_result(shown, form.value, sys.stdout, path=to)
    if form is QueryFormat.table and to is None and asked.note_en:
        typer.echo(f"{asked.note_vi}\n{asked.note_en}")
    if show_sentences:
        typer.echo("\n".join(asking.shown_evidence(answers, table)))


@app.command()
def search(
    words: Annotated[list[str] | None, typer.Argument(help="Words, with or without tone marks; words in quotes follow one another.")] = None,
    data: Data = _DATA,
    articles: Annotated[bool, typer.Option("--articles", help="Find articles, not sentences with their facts.")] = False,
    table: Annotated[str | None, typer.Option(help="Facts of this table alone: money, participants, quantities …")] = None,
    kind: Annotated[str | None, typer.Option(help="Flow, role, category, level or type of the fact.")] = None,
    source: Annotated[str | None, typer.Option(help="Articles of this site alone.")] = None,
    year: Annotated[int | None, typer.Option(help="Articles of this year alone.")] = None,
    form: Annotated[QueryFormat, typer.Option("--format", help="How to give what is found.")] = QueryFormat.table,
    limit: Annotated[int, typer.Option(help="How many at most.")] = 50,
) -> None:
    """Find sentences with their facts, or articles, by words with or without tone marks. / Tìm câu hoặc bài, có dấu hay không dấu."""
    from extractor.query import query as query_tables
    from extractor.query import write_result
    from extractor.query.asking import marked
    from extractor.query.search import Search, find_articles, find_facts

    wanted = Search(words=" ".join(f'"{w}"' if " " in w else w for w in words or ()), table=table, kind=kind, source=source, year=year)
    hits = (find_articles if articles else find_facts)(partial(query_tables, data), wanted, size=limit)
    if form is QueryFormat.table and not articles:
        for row in hits.rows:
            typer.echo(f"{row['published'] or '-'}  {row['source']}  {row['table']} {row['fact_id']}: {marked(row)}")
    else:
        write_result(hits.to_arrow(), form.value, sys.stdout)
    typer.echo(f"{hits.total} found, {len(hits.rows)} shown", err=True)


def _named(words: list[str]) -> dict[str, str]:
    """Return `--name value` and `--name=value` words as a mapping."""
    given: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        key, equals, value = word.removeprefix("--").partition("=")
        following = value if equals else next(rest, None)
        if not word.startswith("--") or following is None:
            raise typer.BadParameter(f"{word}: parameters are given as --name value; `mttq ask` lists them")
        given[key] = following
    return given


@app.command()
def explain(
    what: Annotated[str, typer.Argument(help="A fact_id, or a sentence in quotes.")],
    data: Data = _DATA,
) -> None:
    """Show where a fact comes from: its words, sentence, rule and archived page; or what a sentence gives."""
    from extractor.shown import explain_fact, explain_text

    is_fact = len(what) == 16 and all(c in "0123456789abcdef" for c in what)
    typer.echo(explain_fact(data, what) if is_fact else explain_text(what))


@app.command()
def report(
    to: Annotated[Path, typer.Option("--to", help="The folder of the pages.")] = Path("mttq-report"),
    data: Data = _DATA,
    language: Annotated[Language, typer.Option("--lang", help="Language of the pages.")] = Language.vi,
    sample: Annotated[int, typer.Option(min=0, help="How many facts of each table to show at random.")] = 5,
) -> None:
    """Write a report of a run: one self-contained page, and one page an article. / Viết báo cáo dạng trang web, mở không cần mạng."""
    from extractor.report import write_report

    pages = write_report(data, to, language=language.value, sample=sample)
    typer.echo(f"{pages} pages; open {to / 'index.html'}", err=True)


@app.command()
def score(
    folder: Annotated[Path, typer.Argument(help="Annotations: .gold files, annotated articles (.json), or sample pages.")],
    texts: Annotated[Path | None, typer.Option("--texts", help="Where the texts of .gold files are.")] = None,
    misses: Annotated[bool, typer.Option("--misses", help="List every miss and every extra with its words.")] = False,
) -> None:
    """Compare what is extracted with what people annotated."""
    from extractor.score_report import report

    for line in report(folder, texts=texts, misses=misses):
        typer.echo(line)


@app.command()
def sites() -> None:
    """List the sites of rules/sites, and the sample sites."""
    from extractor.demo import demo_sites
    from extractor.sites import load_sites

    for site in (*load_sites(), *demo_sites()):
        typer.echo(f"{site.id:<24} {site.host:<32} {site.owner:<40} {site.family or '-':<12} {'seen' if site.seen else 'unseen'}")


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
