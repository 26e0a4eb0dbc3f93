"""The verbs that read the tables: query, ask, search, report, serve, tables."""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from extractor.cli.options import DATA, Data
from extractor.errors import InputError

reading = typer.Typer()
tables_app = typer.Typer(no_args_is_help=True, help="Look after the Parquet tables. / Kiểm tra và mô tả các bảng.", rich_markup_mode=None)
reading.add_typer(tables_app, name="tables")


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


@reading.command()
def query(
    sql: Annotated[str, typer.Argument(help="A SELECT over the tables, each under its own name.")],
    data: Data = DATA,
    form: Annotated[QueryFormat, typer.Option("--format", help="How to give the result.")] = QueryFormat.table,
    to: Annotated[Path | None, typer.Option("--to", help="The file to write; --format parquet needs one.")] = None,
) -> None:
    """Ask the tables in SQL."""
    if form is QueryFormat.parquet and to is None:
        raise typer.BadParameter("--format parquet needs --to FILE", param_hint="--to")
    from extractor.query import query as ask
    from extractor.query import write_result

    write_result(ask(data, sql), form.value, sys.stdout, path=to)


@reading.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def ask(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name or number of a question; none: list them.")] = None,
    data: Data = DATA,
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


@reading.command()
def search(
    words: Annotated[list[str] | None, typer.Argument(help="Words, with or without tone marks; words in quotes follow one another.")] = None,
    data: Data = DATA,
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


@reading.command()
def report(
    to: Annotated[Path, typer.Option("--to", help="The folder of the pages.")] = Path("mttq-report"),
    data: Data = DATA,
    language: Annotated[Language, typer.Option("--lang", help="Language of the pages.")] = Language.vi,
    sample: Annotated[int, typer.Option(min=0, help="How many facts of each table to show at random.")] = 5,
) -> None:
    """Write a report of a run: one self-contained page, and one page an article. / Viết báo cáo dạng trang web, mở không cần mạng."""
    from extractor.report import write_report

    pages = write_report(data, to, language=language.value, sample=sample)
    typer.echo(f"{pages} pages; open {to / 'index.html'}", err=True)


@reading.command()
def serve(
    data: Data = DATA,
    host: Annotated[str, typer.Option(help="Address; another than loopback lets everybody who reaches it read and review.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port.")] = 8765,
) -> None:
    """Explore the tables in a browser on this machine: search, map, time line, questions, review. / Xem số liệu trong trình duyệt."""
    from extractor.tables import Store

    try:
        from extractor.explorer.app import serve as serve_app
    except ModuleNotFoundError as error:
        raise InputError(f"{error.name} is not installed; the explorer needs: pip install 'mttq-extractor[web]'") from error
    Store(data).settled()
    typer.echo(f"http://{host}:{port}/   Ctrl+C ends / Ctrl+C để dừng", err=True)
    serve_app(data, host=host, port=port)


class DescribeFormat(StrEnum):
    """What `mttq tables describe` gives."""

    summary = "summary"
    dictionary = "dictionary"
    datapackage = "datapackage"


@tables_app.command("check")
def tables_check(
    data: Data = DATA,
    state: Annotated[str | None, typer.Option("--state", help="Fail unless the tables are of this state.")] = None,
) -> None:
    """Check files, schemas, keys, offsets and references; exit code 1 where something is wrong."""
    from extractor.tables import Store
    from extractor.tables.check import check_tables

    problems = check_tables(data)
    found = Store(data).settled()["state"]
    if state and state != found:
        problems.append(f"state {found}, and not {state}")
    typer.echo("\n".join(problems) or f"{data}: state {found}, nothing wrong")
    raise typer.Exit(1 if problems else 0)


@tables_app.command("describe")
def tables_describe(
    data: Data = DATA,
    form: Annotated[DescribeFormat, typer.Option("--format", help="summary of a folder, data dictionary, or Frictionless datapackage.json")] = DescribeFormat.summary,
) -> None:
    """Say what the tables hold and how to cite them, or what each column means."""
    from extractor.tables import describe

    if form is DescribeFormat.datapackage:
        typer.echo(describe.data_package(data), nl=False)
    else:
        typer.echo("\n".join(describe.dictionary() if form is DescribeFormat.dictionary else describe.summary(data)))
