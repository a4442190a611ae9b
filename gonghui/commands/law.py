"""`gonghui law`: keep the articles of law."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gonghui.commands.support import UNSATISFIED, fail, need_database, setup

if TYPE_CHECKING:
    from gonghui.law.review import Review


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
        on: Annotated[
            datetime | None, typer.Option(formats=["%Y-%m-%d"], help="那一天的文本 / texts of that day")
        ] = None,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.law import answer
        from gonghui.law.of_day import search_of_day
        from gonghui.law.shelf import Shelf
        from gonghui.law.store import LawStore

        store = LawStore.default()
        found = search_of_day(store, Shelf.default(), words, on.date(), number) if on else store.search(words, k=number)
        for hit in found:
            typer.secho(f"{hit.article.citation}  {hit.score:.2f}", bold=True)
            for note in answer.notes(hit):
                typer.secho(note, fg="yellow")
            typer.echo(hit.text + "\n")

    @group.command("vectors", help="重算情形的句向量 / vectors of the situations.")
    def vectors() -> None:
        setup(reads_only_files=True)
        from gonghui.law.advice.matching import ARTEFACT, make_vectors

        typer.echo(f"句子 / sentences: {make_vectors()}  {ARTEFACT.name}")

    @group.command("review", help="复核清单：久未核对、条文有变、来年缺参数 / what has to be looked at again.")
    def review(
        months: Annotated[
            int | None, typer.Option(help="几个月没有核对算久，默认 12 / how long a check lasts", min=0, max=1200)
        ] = None,
        year: Annotated[
            int | None, typer.Option(help="看哪一年的参数，默认明年 / parameters of which year", min=1990, max=2200)
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="输出数据 / print data")] = False,
        accept: Annotated[
            list[str] | None,
            typer.Option(help="已重读这部法律或这一条（编号），记下现在的条文 / a law or article that was read again"),
        ] = None,
    ) -> None:
        """Exit code 0 when nothing has to be looked at, 1 when something has."""
        setup(reads_only_files=True)
        from gonghui.law import review as law

        if accept:
            changed, known = law.stamp(accept)
            typer.echo(f"记下 / noted: {changed}  引用的条文 / cited articles: {known}")
        found = _reviewed(months, year)
        if as_json:
            typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=2))
        else:
            _show(found)
        if found.items:
            raise typer.Exit(UNSATISFIED)

    @group.command("answer", help="再看留存的解答 / print a kept answer as it was told.")
    def answer(
        number: Annotated[int, typer.Argument(help="留存编号 / its number")],
        as_json: Annotated[bool, typer.Option("--json", help="输出数据 / print data")] = False,
        english: Annotated[bool, typer.Option("--english", help="英文 / in English")] = False,
    ) -> None:
        """Who runs this reads the database anyway: no scope but the machine's own."""
        setup()
        need_database()
        from gonghui.kernel.scope import as_system
        from gonghui.knowledge import answers
        from gonghui.knowledge.models import KeptAnswer

        with as_system("command line"):
            row = KeptAnswer.objects.select_related("matter").filter(pk=number).first()
            if row is None:
                fail(f"没有这份留存的解答 / no such kept answer: {number}")
            kept = answers.shown(row, english=english)
        if as_json:
            typer.echo(json.dumps(kept.as_dict(), ensure_ascii=False, indent=2))
            return
        where = row.matter.number if row.matter is not None else "—"
        typer.secho(f"#{row.pk}  {row.at:%Y-%m-%d %H:%M} UTC  {where}  {row.version}", bold=True)
        if kept.changed:
            typer.secho("知识在这之后有更新 / the knowledge has changed since", fg="yellow")
        typer.echo(kept.text)

    @group.command(help="学习情形判别 / learn how situations are told.")
    def fit(
        data: Annotated[Path, typer.Argument(help="共享数据文件夹 / the folder with appeals/ and stard/")],
        labels: Annotated[Path, typer.Option(help="标注文件 / label file")] = Path(
            "benchmarks/data/topic_labels.jsonl"
        ),
        lists: Annotated[Path, typer.Option(help="词表的标注文件 / label file of the word lists")] = Path(
            "benchmarks/data/token_labels.jsonl"
        ),
        check: Annotated[bool, typer.Option(help="只做交叉验证 / only measure, by cross-validation")] = False,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.brain.statutes.corpus import CorpusError
        from gonghui.law.advice import fit as learn

        try:
            known = learn.material(data, labels, lists)
        except CorpusError as error:
            fail(str(error))
        if check:
            typer.echo(json.dumps(learn.examine(known), indent=1))
            return
        weights = learn.fit(known)
        # To be put into matching.yaml.
        typer.echo("weights: {" + ", ".join(f"{name}: {weight}" for name, weight in weights.items()) + "}")

    app.add_typer(group, name="law")


def _reviewed(months: int | None, year: int | None) -> Review:
    """With what editors published where there is a database with it, else of the package alone."""
    from django.db import Error, connection

    from gonghui.law import published
    from gonghui.law import review as law

    file = connection.settings_dict["NAME"]
    try:
        there = connection.vendor != "sqlite" or Path(file).is_file()
        there = there and "knowledge_knowledgechange" in connection.introspection.table_names()
    except Error:
        there = False
    if not there:
        typer.secho("没有数据库，只看随软件的知识 / no database: the package alone", fg="yellow", err=True)
        return law.review(months=months, year=year)
    from gonghui.knowledge.standing import published_now
    from gonghui.knowledge.upkeep import review

    published.use(published_now)
    return review(months, year)


def _show(found: Review) -> None:
    from gonghui.law.review import GROUPS

    for group, (zh, en) in GROUPS.items():
        rows = found.of(group)
        typer.secho(f"{zh} / {en}: {len(rows)}", bold=True)
        for row in rows:
            typer.echo(f"  {row.code}  {row.name}".rstrip() + f"  {row.why}")
            typer.echo(f"      {row.todo}" + (f"（用到它的：{'、'.join(row.places)}）" if row.places else ""))
    if found.unstamped:
        typer.echo(
            f"没有记下核对时条文的引用 / cited articles without a stamp: {found.unstamped}（gonghui topic --check）"
        )


def _check() -> None:
    """Ends the command with the list where a citation of the project's data leads nowhere."""
    from gonghui.law.checks import problems

    if found := problems():
        fail("\n".join(found))
    typer.echo("项目内的引用都找得到 / every citation of the project's data resolves")
