"""Look after an installation: health, trail, vault, flows."""

from __future__ import annotations

import json
import logging
import os
from typing import Annotated

import typer

from gonghui.commands.support import UNSATISFIED, fail, ready, setup

Json = Annotated[bool, typer.Option("--json", help="输出数据 / print data")]


def register(app: typer.Typer) -> None:
    app.command(help="系统体检 / system health.")(check)
    app.command(help="列出流程，或打印一张流程图 / list the flows, or draw one.")(flows)
    trail = typer.Typer(help="留痕 / the trail.", no_args_is_help=True)
    trail.command("verify", help="逐条核对留痕的散列链 / check every hash of the trail.")(trail_verify)
    app.add_typer(trail, name="trail")
    vault = typer.Typer(help="个人信息加密 / encryption of personal fields.", no_args_is_help=True)
    vault.command("rotate", help="用最新密钥重新加密 / encrypt everything anew with the newest key.")(vault_rotate)
    vault.command("reindex", help="重算查询索引 / compute the blind indexes anew.")(vault_reindex)
    app.add_typer(vault, name="vault")


MARKS = {
    "ok": typer.style("✔", fg="green"),
    "warning": typer.style("!", fg="yellow"),
    "failure": typer.style("✘", fg="red"),
}


def check(
    as_json: Json = False,
    full: Annotated[bool, typer.Option(help="核对全部留痕 / check the whole trail")] = False,
) -> None:
    setup()
    from gonghui.kernel import health
    from gonghui.kernel.scope import as_system

    if not os.environ.get("GONGHUI_TRACEBACK"):
        # What a check could not do stands in its finding; the log's traceback is for servers.
        logging.getLogger(health.__name__).setLevel(logging.CRITICAL)
    with as_system("command line"):
        results = health.checks(full=full)
    if as_json:
        rows = [
            {"name": r.name, "ok": r.ok, "level": r.level, "detail": str(r.detail), "hint": str(r.hint)}
            for r in results
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for result in results:
            mark = MARKS[result.level]
            typer.echo(f"{mark} {result.name}: {result.detail}")
            if not result.ok and result.hint:
                typer.echo(f"    → {result.hint}")
    if not health.healthy(results):
        raise typer.Exit(UNSATISFIED)


def flows(
    mermaid: Annotated[str, typer.Option(help="流程名，如 appeals.work_order / a flow's name")] = "",
) -> None:
    setup(reads_only_files=True)
    from gonghui.kernel.flow import all_flows, get_flow
    from gonghui.kernel.flow.diagram import mermaid as draw

    if not mermaid:
        for flow in all_flows():
            typer.echo(f"{flow.name}\t{flow.title.zh}\t{len(flow.states)} 状态\t{len(flow.transitions)} 步骤")
        return
    try:
        typer.echo(draw(get_flow(mermaid)), nl=False)
    except KeyError:
        names = "、".join(flow.name for flow in all_flows())
        fail(f"没有流程 {mermaid}；有：{names} / no such flow.")


def trail_verify(as_json: Json = False) -> None:
    with ready():
        from gonghui.kernel import trail

        report = trail.verify()
    if as_json:
        said = {"checked": report.checked, "ok": report.ok, "problems": report.problems}
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
        raise typer.Exit(0 if report.ok else UNSATISFIED)
    for problem in report.problems:
        typer.secho(problem, fg="red")
    typer.echo(f"已核对 {report.checked} 条 / entries checked: {report.checked}")
    if not report.ok:
        raise typer.Exit(UNSATISFIED)


def vault_rotate() -> None:
    with ready():
        from gonghui.kernel import vault

        typer.echo(f"已重新加密 / values encrypted anew: {vault.rotate()}")


def vault_reindex() -> None:
    with ready():
        from gonghui.kernel import vault

        typer.echo(f"已重算索引 / indexes computed anew: {vault.reindex()}")
