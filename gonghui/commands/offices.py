"""`gonghui offices`: where the competent bodies are to be found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gonghui.commands.support import UNSATISFIED, fail, need_database, setup, show_rejected

if TYPE_CHECKING:
    from gonghui.organisations.importing import Report


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="办事机构 / offices of the competent bodies.", no_args_is_help=True)

    @group.command(
        "import", help="导入办事机构（.csv 或 .xlsx），有一行不对就全部不导入 / import offices, all or nothing."
    )
    def import_(
        path: Annotated[Path, typer.Argument(help="文件 / file")],
        dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入 / only check")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="输出数据 / print data")] = False,
    ) -> None:
        """Exit code 1 when rows were refused: then nothing was written."""
        setup()
        from gonghui.kernel.actor import SYSTEM
        from gonghui.kernel.scope import as_system
        from gonghui.kernel.sheets import ImportFileError
        from gonghui.organisations.importing import import_offices

        if not path.is_file():
            fail(f"没有这个文件 / no such file: {path}")
        need_database()
        try:
            with as_system("command line"):
                report = import_offices(path, SYSTEM, dry_run=dry_run)
        except ImportFileError as error:
            fail(str(error))
        if as_json:
            typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
        else:
            show(report, dry_run)
        if report.rejected:
            raise typer.Exit(UNSATISFIED)

    app.add_typer(group, name="offices")


def show(report: Report, dry_run: bool) -> None:
    """Print for a person what became of the rows."""
    counts = (report.added, report.changed, report.same, len(report.rejected))
    typer.echo("新增 {}，更改 {}，没有变化 {}，不对 {}".format(*counts))
    typer.echo("added {}, changed {}, the same {}, refused {}".format(*counts))
    show_rejected(report.rejected)
    if report.rejected:
        typer.echo("什么都没有写入，请改好后再导入 / nothing was written; mend the rows and import again.")
    elif dry_run:
        typer.echo("只检查，没有写入 / only checked, nothing was written.")
