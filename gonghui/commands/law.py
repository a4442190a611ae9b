"""`gonghui law`: keep the articles of law."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gonghui.commands.support import fail, setup


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="法条 / articles of law.", no_args_is_help=True)

    @group.command("import", help="从 labour.jsonl 生成项目内的法条数据 / build the project's data file.")
    def import_(
        path: Annotated[Path, typer.Argument(help="labour.jsonl 或它所在的文件夹 / the file or its folder")],
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.law.build import LawImportError, import_laws

        try:
            report = import_laws(path)
        except LawImportError as error:
            fail(str(error))
        typer.echo(
            f"法条 / articles: {report.articles}（未核对 / unverified: {report.unverified}）  "
            f"法律 / laws: {report.laws}  版本 / version: {report.version}"
        )

    @group.command("search", help="查法条 / search the articles.")
    def search(
        words: Annotated[str, typer.Argument(help="关键词，或“劳动合同法第三十八条”")],
        number: Annotated[int, typer.Option(help="条数 / how many", min=1, max=50)] = 5,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.law import answer
        from gonghui.law.store import LawStore

        for hit in LawStore.default().search(words, k=number):
            typer.secho(f"{hit.article.citation}  {hit.score:.2f}", bold=True)
            for note in answer.notes(hit):
                typer.secho(note, fg="yellow")
            typer.echo(hit.text + "\n")

    @group.command("vectors", help="重算各情形说法的句向量 / vectors of the ways of saying each situation.")
    def vectors() -> None:
        setup(reads_only_files=True)
        from gonghui.law.advice.matching import ARTEFACT, make_vectors

        typer.echo(f"句子 / sentences: {make_vectors()}  {ARTEFACT.name}")

    app.add_typer(group, name="law")
