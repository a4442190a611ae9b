"""`gonghui jobs`: the list of employers whose postings are not taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gonghui.commands.support import UNSATISFIED, fail, need_database, setup, show_rejected


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
        from gonghui.kernel.scope import as_system
        from gonghui.kernel.sheets import ImportFileError

        if not path.is_file():
            fail(f"没有这个文件 / no such file: {path}")
        need_database()
        try:
            with as_system("command line"):
                report = import_file(path, SYSTEM, dry_run=dry_run)
        except ImportFileError as error:
            fail(str(error))
        if as_json:
            typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
        else:
            counts = (report.added, report.changed, report.same, report.paused, len(report.rejected))
            typer.echo("新增 {}，更改 {}，没有变化 {}，暂停岗位 {}，不对 {}".format(*counts))
            typer.echo("added {}, changed {}, the same {}, postings paused {}, refused {}".format(*counts))
            show_rejected(report.rejected)
        if report.rejected:
            raise typer.Exit(UNSATISFIED)

    app.add_typer(group, name="jobs")
