"""`gonghui dues`: are the books of dues and funds whole?"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from gonghui.commands.support import UNSATISFIED, ready


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="会费与经费 / dues and funds.", no_args_is_help=True)
    group.command("verify", help="核对全部账簿 / check every voucher of every book.")(verify)
    app.add_typer(group, name="dues")


def verify(as_json: Annotated[bool, typer.Option("--json", help="输出数据 / print data")] = False) -> None:
    """Sums, chain, closed months, reversals; exit status 1 when anything is wrong."""
    with ready():
        from gonghui.dues import proving

        report = proving.verify()
    if as_json:
        said = {"books": report.books, "postings": report.postings, "problems": report.problems}
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        for problem in report.problems:
            typer.secho(problem, fg="red")
        typer.echo(f"已核对 {report.books} 本账、{report.postings} 张凭证 / books and vouchers checked")
    if report.problems:
        raise typer.Exit(UNSATISFIED)
