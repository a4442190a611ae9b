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
        unresolved: Annotated[
            Path | None, typer.Option(help="把找不到的引用逐条写入这个文件 / write what leads nowhere to this file")
        ] = None,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.law.build import LawImportError, import_laws
        from gonghui.law.shelving import write_unresolved

        try:
            report = import_laws(path)
        except LawImportError as error:
            fail(str(error))
        typer.echo(
            f"法条 / articles: {report.articles}（未核对 / unverified: {report.unverified}）  "
            f"法律 / laws: {report.laws}  版本 / version: {report.version}"
        )
        shelf = report.shelf
        if shelf.volumes:
            typer.echo(
                f"书架 / shelf: {shelf.volumes} 个文本 / texts, {shelf.articles} 条 / articles"
                f"（地方 / local: {shelf.local}）  引用 / links: {shelf.links}  "
                f"后法废止 / ended by later law: {shelf.ended}"
            )
            typer.echo(f"条号不连续 / irregular numbers: {len(shelf.irregular)}")
            for line in shelf.irregular:
                typer.echo(f"  {line}")
            typer.echo(f"找不到的引用 / citations that lead nowhere: {len(shelf.unresolved)}")
            for (cause, law), number in shelf.unresolved_laws.most_common():
                typer.echo(f"  {cause}: {law} × {number}")
        if unresolved is not None:
            write_unresolved(unresolved, shelf)
        _check()

    @group.command(help="核对项目里的法条引用 / check the citations here.")
    def check() -> None:
        setup(reads_only_files=True)
        _check()

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

    @group.command("vectors", help="重算情形的句向量 / vectors of the situations.")
    def vectors() -> None:
        setup(reads_only_files=True)
        from gonghui.law.advice.matching import ARTEFACT, make_vectors

        typer.echo(f"句子 / sentences: {make_vectors()}  {ARTEFACT.name}")

    app.add_typer(group, name="law")


def _check() -> None:
    """Ends the command with the list where a citation of the project's data leads nowhere."""
    from gonghui.law.checks import problems

    if found := problems():
        fail("\n".join(found))
    typer.echo("项目内的引用都找得到 / every citation of the project's data resolves")
