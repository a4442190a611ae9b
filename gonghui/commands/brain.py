"""`gonghui brain`: the parts of 工会智脑 by themselves, so that anybody can build, run and score them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gonghui.commands.support import fail, setup

if TYPE_CHECKING:
    from gonghui.brain.statutes import Ranker

# What the learning of triage and of threats to life is given.
Shared = Annotated[Path, typer.Argument(help="共享数据文件夹 / the folder with appeals/, stard/, consult/")]
Labels = Annotated[Path, typer.Option(help="标注文件 / label file")]
LABELS = Path("benchmarks/data/triage_labels.jsonl")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="工会智脑 / the parts of the brain by themselves.", no_args_is_help=True)

    @group.command(help="生成检索索引 / build the index of statutes (done at set-up).")
    def build(
        corpus: Annotated[Path | None, typer.Option(help="法条 JSONL，缺省为自带 / articles; packaged ones")] = None,
        force: Annotated[bool, typer.Option("--force", help="重新生成 / build anew")] = False,
    ) -> None:
        setup(reads_only_files=True)
        folder, made = ensure_index(corpus, force=force, say=lambda text: typer.secho(text, dim=True, err=True))
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        typer.echo(
            f"{'已生成 / built' if made else '已是最新 / up to date'}: {folder}  "
            f"法条 / articles: {manifest['articles']}  问题 / questions: {manifest['questions']}"
        )

    @group.command(help="法条检索 / rank articles for questions.")
    def rank(
        queries: Annotated[Path, typer.Option(help="问题 JSONL: query_id, text")],
        corpus: Annotated[Path | None, typer.Option(help="法条 JSONL: id, name, text")] = None,
        k: Annotated[int, typer.Option(help="条数 / how many", min=1, max=1000)] = 100,
        explain: Annotated[bool, typer.Option("--explain", help="说明理由 / say why")] = False,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.brain.statutes import CorpusError, Ranker, read_questions

        try:
            questions = read_questions(queries)
            folder, _ = ensure_index(corpus, say=lambda text: typer.secho(text, dim=True, err=True))
            ranker = Ranker.load(folder)
        except CorpusError as error:
            fail(str(error))
        for question in questions:
            typer.echo(json.dumps(ranked_row(ranker, question.id, question.text, k, explain), ensure_ascii=False))

    @group.command(help="研判 / triage messages.")
    def triage(
        input_: Annotated[Path, typer.Option("--input", help="JSONL: id?, title?, text, time?")],
        facts: Annotated[bool, typer.Option(help="要素：金额、日期、地点等 / sums, dates, places and the like")] = True,
        closely: Annotated[
            bool | None,
            typer.Option(help="类别拿不准的再细读，缺省同要素 / read the doubtful closely; default as facts"),
        ] = None,
    ) -> None:
        setup(reads_only_files=True)
        for row in triaged(input_, facts, facts if closely is None else closely):
            typer.echo(json.dumps(row, ensure_ascii=False))

    @group.command("match", help="精准服务 / services and policies that fit a need.")
    def match_services(
        text: Annotated[str, typer.Option(help="需求，几句话 / the need in a few words")],
        facts: Annotated[str, typer.Option(help='已知情况 JSON，如 {"member": true} / known facts')] = "{}",
        k: Annotated[int, typer.Option(help="条数 / how many", min=1, max=50)] = 5,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.brain.match import match
        from gonghui.brain.match.rules import FACTS
        from gonghui.kernel.times import today
        from gonghui.services.matching import matcher

        try:
            known = json.loads(facts)
        except json.JSONDecodeError:
            fail("--facts 不是 JSON 对象 / --facts is no JSON object")
        if not isinstance(known, dict):
            fail("--facts 不是 JSON 对象 / --facts is no JSON object")
        if wrong := sorted(set(known) - set(FACTS)):
            fail(f"不认识的情况 / unknown facts: {', '.join(wrong)}；可用 / known: {', '.join(FACTS)}")
        for fit in match(text, matcher(), known, today(), k=k):
            typer.echo(json.dumps(fit.to_dict(), ensure_ascii=False))

    @group.command(help="读材料照片 / read photos and PDFs of wage slips and contracts.")
    def read(
        files: Annotated[list[Path], typer.Argument(help="图片或 PDF / pictures or PDFs")],
        as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.brain.papers import PaperError, read_paper

        wrong = 0
        for path in files:
            try:
                paper = read_paper(path.read_bytes())
            except PaperError as error:
                typer.secho(f"{path}: {error}", err=True)
                wrong += 1
                continue
            except OSError as error:
                fail(f"{path}: {error.strerror}")
            if as_json:
                typer.echo(json.dumps({"file": str(path), **paper.to_dict()}, ensure_ascii=False))
                continue
            typer.echo(f"{path}: {paper.kind}")
            for fact in paper.facts:
                doubt = "" if fact.sure else "  看不清，请核对 / not sure"
                typer.echo(f"  {fact.label or fact.field}\t{fact.value}\t{fact.confidence:.0%}{doubt}")
            for zh, en in paper.problems:
                typer.echo(f"  ! {zh} / {en}")
        if wrong:
            raise typer.Exit(1)

    @group.command(help="评测模型 / run the evaluation sets against models and compare.")
    def evaluate(
        model: Annotated[list[str] | None, typer.Option(help="模型 provider/model，可多次 / models to compare")] = None,
        task: Annotated[list[str] | None, typer.Option(help="评测集，可多次 / sets; all by default")] = None,
        config: Annotated[Path | None, typer.Option(help="网关配置 / the gateway's file")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.brain.gateway import ConfigError, GatewayError, load_config
        from gonghui.brain.gateway.evaluate import evaluate as run

        try:
            results = run(model or ("local/planner",), task or (), load_config(config))
        except (GatewayError, ConfigError) as error:
            fail(str(error))
        if as_json:
            typer.echo(json.dumps([result.to_dict() for result in results], ensure_ascii=False, indent=1))
            return
        typer.echo("set\tmodel\titems\tpassed\tp50 ms\tp95 ms\tyuan\tchecks")
        for row in results:
            checks = " ".join(f"{name}={share:.2f}" for name, share in row.checks.items())
            typer.echo(
                f"{row.name}\t{row.model}\t{row.items}\t{row.passed:.3f}\t{row.p50}\t{row.p95}\t{row.yuan}\t{checks}"
            )

    @group.command("fit-match", help="生成服务语句向量 / vectors of the services' sentences.")
    def fit_match() -> None:
        setup(reads_only_files=True)
        from gonghui.brain.match.fit import make_vectors
        from gonghui.services.matching import matcher

        make_vectors(matcher().services)

    @group.command("fit-triage", help="学习研判模型 / learn the triage model.")
    def fit_triage(
        data: Shared,
        labels: Labels = LABELS,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.brain.learn import fit
        from gonghui.brain.statutes.corpus import CorpusError

        try:
            manifest = fit(data, labels)
        except CorpusError as error:
            fail(str(error))
        typer.echo(json.dumps(manifest["learnt_from"], ensure_ascii=False))

    @group.command("fit-life", help="学习威胁生命的话 / learn what threats to life sound like.")
    def fit_life(
        data: Shared,
        labels: Labels = LABELS,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.brain.learn_life import fit
        from gonghui.brain.statutes.corpus import CorpusError

        try:
            typer.echo(json.dumps(fit(data, labels), ensure_ascii=False))
        except CorpusError as error:
            fail(str(error))

    @group.command("fit-statutes", help="学习法条检索 / learn the ranking of statutes.")
    def fit_statutes(
        data: Annotated[Path, typer.Argument(help="共享数据文件夹 / the folder with stard/ and consult/")],
        halves: Annotated[Path, typer.Option(help="scripts.tune_encoder 的输出 / made by scripts.tune_encoder")],
        vectors: Annotated[Path | None, typer.Option(help="已算好的法条向量 .npy / vectors of the corpus")] = None,
    ) -> None:
        setup(reads_only_files=True)
        import numpy as np

        from gonghui.brain.statutes.corpus import CorpusError
        from gonghui.brain.statutes.fit import Halves, fit

        try:
            known = None if vectors is None else np.load(vectors).astype(np.float32)
            manifest = fit(data, Halves.load(halves), vectors=known, say=lambda text: typer.echo(text, err=True))
        except CorpusError as error:
            fail(str(error))
        typer.echo(json.dumps(manifest, ensure_ascii=False, indent=1))

    app.add_typer(group, name="brain")


def ensure_index(corpus: Path | None, *, force: bool = False, say: Any = lambda _: None) -> tuple[Path, bool]:
    """The folder with the index of a corpus (the packaged one by default), built when it is not there.

    Raises CorpusError.
    """
    from gonghui.brain import encoder
    from gonghui.brain.statutes import build_index, read_corpus, read_questions
    from gonghui.brain.statutes.index import ARTEFACTS, FORMAT, corpus_version
    from gonghui.brain.statutes.situations import situation_questions, situations_version

    # An index is of its corpus, of its form, of the questions it remembers, and of the encoder that made its vectors.
    made_with = json.loads((encoder.DEFAULT / "manifest.json").read_text(encoding="utf-8"))["version"]
    if corpus is None:
        articles, folder = None, packaged_index()
        version = json.loads((ARTEFACTS / "manifest.json").read_text(encoding="utf-8"))["version"]
    else:
        articles = read_corpus(corpus)
        version = corpus_version(articles)
        folder = packaged_index().parent / "corpora" / version
    wanted = f"{version}-{FORMAT}-{made_with}-{situations_version()}"
    stamp = folder / "version"
    if not force and stamp.exists() and stamp.read_text() == wanted and (folder / "manifest.json").exists():
        return folder, False
    if articles is None:
        articles = read_corpus(ARTEFACTS / "corpus.jsonl.gz")
    # A foreign corpus need not hold the articles that the situations cite.
    situations = situation_questions(articles, strict=corpus is None)
    build_index(articles, [*read_questions(ARTEFACTS / "questions.jsonl.gz"), *situations], folder, say=say)
    stamp.write_text(wanted)
    return folder, True


def packaged_index() -> Path:
    """Where the index of the packaged corpus is, or will be."""
    from django.conf import settings

    return Path(settings.VAR_DIR) / "brain" / "statutes"


def ranked_row(ranker: Ranker, query_id: str, text: str, k: int, explain: bool) -> dict[str, Any]:
    """One line of the answer; ids that are whole numbers stay numbers, as the questions' files have them."""
    found = ranker.rank(text, k, explain=explain)
    row: dict[str, Any] = {
        "query_id": int(query_id) if query_id.isdecimal() else query_id,
        "ids": [article.id for article in found],
        "scores": [article.score for article in found],
    }
    if explain:
        row["why"] = [article.why for article in found]
    return row


def triaged(path: Path, facts: bool = True, closely: bool = True) -> Iterator[dict[str, Any]]:
    """The triage of each message of a file, in order; without `facts` the only entities are numbers of people."""
    import gc
    from itertools import tee

    from gonghui.brain import Message, understand_many
    from gonghui.brain.linear import model
    from gonghui.brain.moments import read_time
    from gonghui.brain.statutes.corpus import CorpusError, read_rows

    def messages(rows: Iterator[tuple[int, dict[str, Any]]]) -> Iterator[Message]:
        for number, row in rows:
            text, title = row.get("text"), row.get("title") or ""
            if not isinstance(text, str) or not isinstance(title, str):
                raise CorpusError(f"{path.name}:{number}: needs text, and title as text where given")
            yield Message(text, title, read_time(row.get("time")))

    # What is loaded once need not be looked at again for each batch: a fifth of the time.
    learnt = model()
    gc.freeze()
    try:
        numbered, read = tee(read_rows(path))
        for meant, (number, row) in zip(
            understand_many(messages(read), learnt=learnt, facts=facts, closely=closely), numbered, strict=False
        ):
            meaning = meant.to_dict()
            yield {
                "id": row.get("id", number),
                "understood": meaning["understood"],
                "labour": {"value": meaning["is_labour"]["code"] == "labour", "score": meaning["is_labour"]["score"]},
                "categories": meaning["categories"],
                "nature": meaning["nature"],
                "urgency": meaning["urgency"]["level"],
                "urgency_score": meaning["urgency"]["score"],
                "worker_type": meaning["worker_type"],
                "alarms": meaning["urgency"]["alarms"],
                "entities": meaning["entities"],
            }
    except CorpusError as error:
        fail(str(error))
