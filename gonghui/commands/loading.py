"""`gonghui import`: bring files of appeals through the same door as everybody else's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gonghui.commands.support import UNSATISFIED, fail, need_database, setup, show_rejected

if TYPE_CHECKING:
    from gonghui.appeals.importing import Report


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="导入 / bring data in.", no_args_is_help=True)

    @group.command("appeals", help="导入诉求文件（.jsonl 或 .xlsx），可重复执行 / import appeals; safe to repeat.")
    def appeals(
        path: Annotated[Path, typer.Argument(help="文件 / file")],
        as_json: Annotated[bool, typer.Option("--json", help="输出数据 / print data")] = False,
        limit: Annotated[int, typer.Option(help="最多几行，0 为全部 / at most so many rows", min=0)] = 0,
        channel: Annotated[str, typer.Option(help="没有写渠道的行算哪个渠道 / channel of rows that name none")] = "",
    ) -> None:
        """Exit code 1 when rows were rejected."""
        setup()
        import_file(path, as_json, limit, channel)

    app.add_typer(group, name="import")


def import_file(path: Path, as_json: bool, limit: int, channel: str = "") -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from gonghui.appeals import tables
    from gonghui.appeals.importing import import_appeals
    from gonghui.kernel.actor import SYSTEM
    from gonghui.kernel.scope import as_system
    from gonghui.kernel.sheets import ImportFileError

    if not path.is_file():
        fail(f"没有这个文件 / no such file: {path}")
    if channel and channel not in (known := tables.codes(tables.intake().channels)):
        fail(f"没有这个渠道 / no such channel: {channel}（{'、'.join(sorted(known))}）")
    need_database()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with as_system("command line"), Progress(*columns, console=Console(stderr=True)) as progress:
            bar = progress.add_task("导入 / importing", total=None)

            def step(done: int, total: int | None) -> None:
                progress.update(bar, completed=done, total=total)

            report = import_appeals(path, SYSTEM, step, channel=channel, limit=limit or None)
    except ImportFileError as error:
        fail(str(error))
        return
    if as_json:
        typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    else:
        show(report)
    if report.rejected:
        raise typer.Exit(UNSATISFIED)


def show(report: Report) -> None:
    """Print for a person what became of the rows."""
    typer.echo(
        f"收下 {report.accepted}，以前已有 {report.repeated}，退回 {len(report.rejected)} / "
        f"accepted {report.accepted}, known already {report.repeated}, rejected {len(report.rejected)}"
    )
    show_rejected(report.rejected)
