"""`gonghui offices`: where the competent bodies are to be found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gonghui.commands.support import bring_in, setup, show_rejected

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
        from gonghui.organisations.importing import import_offices

        bring_in(path, lambda: import_offices(path, SYSTEM, dry_run=dry_run), as_json, lambda told: show(told, dry_run))

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
