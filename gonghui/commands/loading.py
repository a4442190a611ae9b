"""`gonghui import`: bring files of appeals through the same door as everybody else's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gonghui.commands.support import fail, setup


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="导入 / bring data in.", no_args_is_help=True)

    @group.command("appeals", help="导入诉求文件（.jsonl 或 .xlsx），可重复执行 / import appeals; safe to repeat.")
    def appeals(
        path: Annotated[Path, typer.Argument(help="文件 / file")],
        as_json: Annotated[bool, typer.Option("--json", help="输出数据 / print data")] = False,
        limit: Annotated[int, typer.Option(help="最多几行，0 为全部 / at most so many rows")] = 0,
    ) -> None:
        setup()
        import_file(path, as_json, limit)

    app.add_typer(group, name="import")


def import_file(path: Path, as_json: bool, limit: int) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from gonghui.appeals.importing import ImportFileError, import_appeals
    from gonghui.kernel.actor import SYSTEM
    from gonghui.kernel.scope import as_system

    if not path.is_file():
        fail(f"没有这个文件 / no such file: {path}")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with as_system("command line"), Progress(*columns, console=Console(stderr=True)) as progress:
            bar = progress.add_task("导入 / importing", total=None)

            def step(done: int, total: int | None) -> None:
                progress.update(bar, completed=done, total=total)

            report = import_appeals(path, SYSTEM, step, limit=limit or None)
    except ImportFileError as error:
        fail(str(error))
        return
    if as_json:
        typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
        return
    typer.echo(
        f"收下 {report.accepted}，以前已有 {report.repeated}，退回 {len(report.rejected)} / "
        f"accepted {report.accepted}, known already {report.repeated}, rejected {len(report.rejected)}"
    )
    for row, reason in report.rejected[:50]:
        typer.secho(f"  第 {row} 行 / row {row}: {reason}", fg="yellow")
    if len(report.rejected) > 50:
        typer.echo(f"  …… 另有 {len(report.rejected) - 50} 行，用 --json 查看全部 / more rows: use --json")
