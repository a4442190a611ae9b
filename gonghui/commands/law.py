"""`gonghui law`: keep the articles of law."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gonghui.cli import fail, setup


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="法条 / articles of law.", no_args_is_help=True)

    @group.command("import", help="从 labour.jsonl 生成项目内的法条数据 / build the project's data file.")
    def import_(path: Annotated[Path, typer.Argument(help="labour.jsonl")]) -> None:
        setup()
        from gonghui.law import build

        if not path.is_file():
            fail(f"没有这个文件 / no such file: {path}")
        typer.echo(f"法条 / articles: {build.build(path)}")

    @group.command("search", help="查法条 / search the articles.")
    def search(
        words: Annotated[str, typer.Argument(help="关键词，或“劳动合同法第三十八条”")],
        number: Annotated[int, typer.Option(help="条数 / how many", min=1, max=50)] = 5,
    ) -> None:
        setup()
        from gonghui.law.store import LawStore

        for hit in LawStore.default().search(words, k=number):
            typer.secho(f"《{hit.article.law}》{hit.article.article}  {hit.score:.2f}", bold=True)
            typer.echo(hit.article.text + "\n")

    app.add_typer(group, name="law")
