"""The verbs for those who write rules and annotate articles: rules, corpus."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from extractor.errors import InputError

workbench = typer.Typer()
rules_app = typer.Typer(no_args_is_help=True, help="Work on the rules. / Làm việc với các quy tắc.", rich_markup_mode=None)
corpus_app = typer.Typer(no_args_is_help=True, help="Work on annotated articles. / Làm việc với bài đã gán nhãn.", rich_markup_mode=None)
workbench.add_typer(rules_app, name="rules")
workbench.add_typer(corpus_app, name="corpus")


@rules_app.command("check")
def rules_check() -> None:
    """Try every example and feed every pattern with long strings made from itself; exit code 1 where something is wrong.

    Chạy mọi ví dụ và thử mọi mẫu với chuỗi rất dài; mã thoát 1 nếu có lỗi.
    """
    from extractor.workbench.check import problems

    wrong = 0
    for problem in problems(told=lambda line: typer.echo(line, err=True)):
        wrong += 1
        typer.echo(problem)
    typer.echo(f"{wrong} wrong" if wrong else "nothing wrong", err=True)
    raise typer.Exit(1 if wrong else 0)


@rules_app.command("misses")
def rules_misses(
    folder: Annotated[Path, typer.Argument(help="A folder of articles: .txt, .json, .jsonl.")],
    least: Annotated[int, typer.Option(min=1, help="Leave out what stands there more rarely.")] = 1,
    limit: Annotated[int, typer.Option(min=1, help="Groups to show at most.")] = 50,
) -> None:
    """List the numbers that no rule explains, by what stands around them, the most frequent first.

    Liệt kê các số chưa có quy tắc nào giải thích, nhóm theo từ đứng quanh.
    """
    from extractor.workbench.misses import misses

    groups = misses(folder)
    shown = [group for group in groups if group.count >= least][:limit]
    for group in shown:
        typer.echo(f"{group.count:>6}  {group.shape}   [{group.rule}]")
        for example in group.examples:
            typer.echo(f"          {example}")
    typer.echo(f"{sum(g.count for g in groups)} numbers in {len(groups)} groups, {len(shown)} groups shown", err=True)


class Form(StrEnum):
    """The annotation tools that articles are exchanged with."""

    label_studio = "label-studio"
    doccano = "doccano"
    brat = "brat"


@corpus_app.command("check")
def corpus_check(folder: Annotated[Path, typer.Argument(help="A folder of annotated articles (.json).")]) -> None:
    """Check annotated articles: offsets, columns, values, digits, form; exit code 1 where something is wrong. / Kiểm tra bài đã gán nhãn."""
    from extractor.corpus.form import check_file, read_folder

    paths = [folder / f"{name}.json" for name in read_folder(folder)]
    problems = [problem for path in paths for problem in check_file(path)]
    typer.echo("\n".join(problems) or f"{len(paths)} articles, nothing wrong")
    raise typer.Exit(1 if problems else 0)


@corpus_app.command("agreement")
def corpus_agreement(
    first: Annotated[Path, typer.Argument(help="A folder of annotated articles.")],
    second: Annotated[Path, typer.Argument(help="Another annotation of some of the same texts, under the same file names.")],
) -> None:
    """Print how far two annotations of the same texts agree. / In mức thống nhất giữa hai lần gán nhãn."""
    from extractor.corpus.agreement import lines

    for line in lines(first, second):
        typer.echo(line)


@corpus_app.command("export")
def corpus_export(
    folder: Annotated[Path, typer.Argument(help="A folder of annotated articles (.json).")],
    out: Annotated[Path, typer.Argument(help="The folder to write.")],
    to: Annotated[Form, typer.Option("--to", help="The tool.")],
) -> None:
    """Write annotated articles for an annotation tool. / Xuất bài đã gán nhãn sang công cụ khác."""
    from extractor.corpus.exchange import export

    typer.echo(f"{export(folder, out, to.value)} articles written to {out}", err=True)


@corpus_app.command("import")
def corpus_import(
    path: Annotated[Path, typer.Argument(help="What the tool exported: a file, or for brat the folder of .txt and .ann.")],
    out: Annotated[Path, typer.Argument(help="The folder of annotated articles to write.")],
    source: Annotated[Form, typer.Option("--from", help="The tool.")],
) -> None:
    """Read annotated articles back from an annotation tool; `mttq corpus check` then says what is missing. / Nhập lại từ công cụ khác."""
    from extractor.corpus.exchange import import_

    typer.echo(f"{import_(path, out, source.value)} articles written to {out}", err=True)


@corpus_app.command("calibrate")
def corpus_calibrate(folder: Annotated[Path, typer.Argument(help="Annotated articles; those marked seen teach the table.")]) -> None:
    """Measure how often each rule is right and write it to rules/confidence.tsv. / Đo độ tin cậy của từng quy tắc."""
    from extractor.corpus.calibrate import calibrate
    from extractor.data import rules_dir

    path = rules_dir() / "confidence.tsv"
    typer.echo(f"{calibrate(folder, path)} seen articles, written to {path}", err=True)


@corpus_app.command("train")
def corpus_train(
    articles: Annotated[Path, typer.Argument(help="Annotated articles; those marked seen teach.")],
    paragraphs: Annotated[Path, typer.Argument(help="Marked paragraphs: a folder of .txt files.")],
) -> None:
    """Teach what a figure is for, and its activity, and write rules/learned/ (minutes). / Huấn luyện các mạng trọng số."""
    from extractor.data import rules_dir

    try:
        from extractor.corpus.train import train
    except ModuleNotFoundError as error:
        raise InputError(f"{error.name} is not installed; training needs: pip install 'mttq-extractor[train]'") from error
    to = rules_dir() / "learned"
    for question, examples in train(articles, paragraphs, to, say=lambda told: typer.echo(told, err=True)).items():
        typer.echo(f"{question}: {examples} examples", err=True)
    typer.echo(f"Written to {to}. / Đã ghi vào {to}.", err=True)
