"""The verbs for those who write rules and annotate articles: rules, corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

workbench = typer.Typer()
rules_app = typer.Typer(no_args_is_help=True, help="Work on the rules. / Làm việc với các quy tắc.", rich_markup_mode=None)
workbench.add_typer(rules_app, name="rules")


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
