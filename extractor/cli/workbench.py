"""The verbs for those who write rules and annotate articles: rules, corpus."""

from __future__ import annotations

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
