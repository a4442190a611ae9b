"""`gonghui topic`, `gonghui calc`, `gonghui paper`: the situations, calculators and papers of the law."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from gonghui.commands.support import LANG, SURROUNDINGS, UNSATISFIED, Language, fail, setup


def register(app: typer.Typer) -> None:
    @app.command(help="权益情形 / a situation of the law: what it gives, what to do.")
    def topic(
        code: Annotated[str, typer.Argument(help="例如 R22；不填则列出全部 / for example R22; all when left out")] = "",
        as_json: Annotated[bool, typer.Option("--json", help="输出数据 / print data")] = False,
        check: Annotated[bool, typer.Option("--check", help="只检查数据 / only check the files")] = False,
        lang: Annotated[Language, typer.Option(help=LANG)] = Language.ZH,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.law.topics import TopicError, topics
        from gonghui.law.topics.library import STAMP, Library, as_data

        try:
            library = Library(tables=True) if check else topics()
        except TopicError as error:
            fail(str(error))
        if check:
            from gonghui.law.advice import wiring
            from gonghui.law.calculators import Context
            from gonghui.law.english import texts as english

            if wrong := [*wiring.problems(library, Context.usual()), *english.problems(library)]:
                fail("\n".join(wrong))
            STAMP.write_text(library.version + "\n", encoding="utf-8")
            from gonghui.law.review import stamp

            # How newly cited articles read today; those cited before keep what they were checked against.
            stamp()
            typer.echo(
                f"情形 / situations: {len(library.topics)}  事实 / facts: {len(library.facts)}  {library.version}"
            )
            return
        if not code:
            for one in library.topics.values():
                typer.echo(f"{one.id}  {one.zh}  {one.en}  [{one.source.status}]")
            return
        if code not in library.topics:
            fail(f"没有这个情形 / no such situation: {code}")
        if as_json:
            from gonghui.law.english import told

            data = told(as_data(library.topics[code]), lang is Language.EN)
            typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
            return
        from gonghui.law.advice import advise
        from gonghui.law.advice.words import text_of

        typer.echo(text_of(advise("", codes=[code]), lang))

    @app.command(help="权益计算器 / a calculator of the law, with its working.")
    def calc(
        name: Annotated[str, typer.Argument(help="例如 C1；不填则列出全部 / for example C1; all when left out")] = "",
        facts: Annotated[str, typer.Option("--json", help="事实 / facts, as a JSON object; prints data")] = "",
        lang: Annotated[Language, typer.Option(help=LANG)] = Language.ZH,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.law.calculators import FactsError, calculators
        from gonghui.law.calculators.doubts import doubted
        from gonghui.law.english import in_words, told

        english = lang is Language.EN
        known = calculators()
        if not name:
            for one in known.values():
                typer.echo(f"{one.id}  {one.name}  {one.english}")
            return
        if name not in known:
            fail(f"没有这个计算器 / no such calculator: {name}")
        if not facts:
            typer.echo(f"{known[name].id}  {known[name].name}\n{known[name].about}\n")
            for field in known[name].fields:
                typer.echo(
                    f"  {field.name}: {in_words(field.ask, english)}"
                    + ("" if field.required else "（可不填 / optional）")
                )
            return
        try:
            data = json.loads(facts, parse_float=str)
        except json.JSONDecodeError as error:
            fail(f"--json 不是 JSON 对象 / is no JSON object: {error}")
        if not isinstance(data, dict):
            fail('--json 要是一个对象 / must be an object, such as \'{"hired": "2019-03-15"}\'')
        try:
            found: Any = known[name].run(data)
        except FactsError as error:
            said = {field: [in_words(text, english) for text in texts] for field, texts in error.errors.items()}
            fail(str(FactsError(said)))
        for field, value in doubted(known[name], data):
            # Beside the data, which programs read.
            label = in_words(field.label, english)
            typer.secho(f"{label}: {value}？很少见，请核对 / rare, please check", fg="yellow", err=True)
        typer.echo(json.dumps(told(found.as_dict(), english), ensure_ascii=False, indent=2))
        if "missing" in found.as_dict():
            raise typer.Exit(UNSATISFIED)

    @app.command(help="文书 / write a paper as Word, PDF or HTML.")
    def paper(
        name: Annotated[
            str, typer.Argument(help="例如 arbitration_application；不填则列出全部 / all are listed when left out")
        ] = "",
        facts: Annotated[str, typer.Option("--json", help="要素 / what is known, as a JSON object")] = "{}",
        out: Annotated[
            Path | None, typer.Option("--out", help="写到 .docx、.pdf 或 .html / file to write; text when left out")
        ] = None,
    ) -> None:
        setup(reads_only_files=True)
        from pydantic import ValidationError

        from gonghui.law import documents

        if not name:
            for one in documents.sources().values():
                typer.echo(f"{one.id}  {one.title}")
            return
        if name not in documents.sources():
            fail(f"没有这种文书 / no such document: {name}")
        kinds: dict[str, Callable[[str, documents.Fields], bytes]] = {
            ".docx": documents.fill,
            ".pdf": documents.to_pdf,
            ".html": lambda name, fields: documents.html(name, fields).encode(),
        }
        if out is not None and out.suffix.lower() not in kinds:
            fail("--out 要以 .docx、.pdf 或 .html 结尾 / must end in .docx, .pdf or .html")
        try:
            fields = documents.Fields.model_validate_json(facts)
        except ValidationError as error:
            wrong = error.errors()[0]
            fail(f"--json: {'.'.join(map(str, wrong['loc']))} {wrong['msg']}")
        if out is None:
            typer.echo(documents.text(name, fields))
        else:
            try:
                body = kinds[out.suffix.lower()](name, fields)
                out.write_bytes(body)
            except documents.PdfUnavailable as error:
                fail(str(error), SURROUNDINGS)
            except OSError as error:
                fail(f"写不了 / cannot write {out}: {error.strerror}", SURROUNDINGS)
            typer.echo(f"{out}  {len(body)} bytes")
        if missing := documents.missing(name, fields):
            typer.echo("空着 / blank: " + "、".join(missing), err=True)
