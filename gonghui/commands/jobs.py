"""`gonghui jobs`: the list of employers whose postings are not taken."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gonghui.commands.support import bring_in, setup, show_rejected

if TYPE_CHECKING:
    from gonghui.jobs.blocked import Report


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="就业服务 / finding work.", no_args_is_help=True)

    @group.command("block", help="导入不能发布岗位的单位（.csv 或 .xlsx）/ import employers that may not post.")
    def block(
        path: Annotated[Path, typer.Argument(help="文件 / file")],
        dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入 / only check")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="输出数据 / print data")] = False,
    ) -> None:
        """Exit code 1 when rows were refused: then nothing was written."""
        setup()
        from gonghui.jobs.blocked import import_file
        from gonghui.kernel.actor import SYSTEM

        bring_in(path, lambda: import_file(path, SYSTEM, dry_run=dry_run), as_json, show)

    app.add_typer(group, name="jobs")


def show(report: Report) -> None:
    counts = (report.added, report.changed, report.same, report.paused, len(report.rejected))
    typer.echo("新增 {}，更改 {}，没有变化 {}，暂停岗位 {}，不对 {}".format(*counts))
    typer.echo("added {}, changed {}, the same {}, postings paused {}, refused {}".format(*counts))
    show_rejected(report.rejected)
