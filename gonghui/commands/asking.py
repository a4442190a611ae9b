"""`gonghui ask`: say what happened, get what was understood and the articles that bear on it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gonghui.commands.support import LANG, UNSATISFIED, Language, fail, setup

if TYPE_CHECKING:
    from gonghui.organisations.located import Finder

# What each kind of fact is called (brain.types.Entity), in Chinese; in English it has its own name.
KINDS = {
    "money": "金额",
    "date": "日期",
    "duration": "时长",
    "people_count": "人数",
    "phone": "电话",
    "id_no": "身份证号",
    "employer": "单位",
    "place": "地点",
    "age": "年龄",
    "hours_per_day": "每天工时",
    "days_per_week": "每周天数",
    "contract": "劳动合同",
    "insurance": "社会保险",
    "trial": "试用期",
    "employment_end": "离开单位",
    "job": "岗位",
}
# Facts that are one of a few words, as a person says them.
STATES = {
    "contract": {
        "unsigned": "没签",
        "signed": "已签",
        "oral": "口头约定",
        "blank": "空白合同",
        "expired": "已到期",
        "none_given": "没有给本人一份",
    },
    "insurance": {"none": "没有参保", "arrears": "欠缴", "low_base": "基数偏低", "waived": "签了放弃"},
    "employment_end": {
        "dismissed": "被辞退",
        "resigned": "自己辞职",
        "forced": "被迫辞职",
        "expired": "到期终止",
        "closed": "单位关闭",
    },
}

# What the printed answer ends with where rare cases and details stand in the whole one only.
LEFT_OUT = ("（少见的情况没有列出，加 --full 看全部。）", "(Rare cases and details are left out; --full shows them.)")


def register(app: typer.Typer) -> None:
    @app.command(help="说一件事，看怎样理解、有哪些法条 / say what happened, in your own words.")
    def ask(
        text: Annotated[
            str, typer.Argument(help="例如：公司拖欠我三个月工资怎么办；- 表示从标准输入读 / - reads stdin")
        ],
        as_json: Annotated[bool, typer.Option("--json", help="输出数据 / print data")] = False,
        articles: Annotated[int, typer.Option(help="法条条数 / number of articles", min=1, max=20)] = 3,
        facts: Annotated[str, typer.Option(help='事实 / facts, as JSON: {"started_on": "2024-03-01"}')] = "{}",
        region: Annotated[str, typer.Option(help="在哪里上班（区划代码）/ place of work, such as 520102")] = "",
        lang: Annotated[Language, typer.Option(help=LANG)] = Language.ZH,
        full: Annotated[bool, typer.Option("--full", help="少见的情况也列出 / rare cases and details too")] = False,
    ) -> None:
        setup(reads_only_files=True)
        from django.utils.translation import override

        with override("en" if lang is Language.EN else "zh-hans"):
            answer = answer_to(readable(text), articles, facts, lang, region, whole=full or as_json)
        if as_json:
            typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        else:
            show(answer, english=lang is Language.EN)
        if not answer["understood"]:
            raise typer.Exit(UNSATISFIED)


def readable(text: str) -> str:
    """The text as given, or as standard input has it; bytes that are no UTF-8 are shown as such."""
    raw = sys.stdin.buffer.read() if text == "-" else text.encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "replace")


def answer_to(
    text: str, articles: int = 3, facts: str = "{}", language: str = "zh", region: str = "", *, whole: bool = True
) -> dict[str, Any]:
    """What was understood, the plan of an answer and the relevant articles, as plain data."""
    from gonghui import brain
    from gonghui.brain.match import facts_of, match, offers
    from gonghui.kernel.times import now, today
    from gonghui.law import answer as law
    from gonghui.law.advice import advise
    from gonghui.law.advice.words import text_of
    from gonghui.law.calculators import FactsError
    from gonghui.services.matching import matcher

    meaning = brain.understand(text, time=now())
    categories = [scored.code for scored in meaning.categories]
    found = match(meaning.text, matcher(), facts_of(meaning), today(), categories=categories[:2])
    hits = law.relevant_articles(text, categories=categories, k=articles) if meaning.understood else []
    try:
        known = json.loads(facts, parse_float=str)
        plan = advise(text, known, meaning=meaning, region=region or None, offices=offices_here())
    except (FactsError, AttributeError, json.JSONDecodeError) as error:
        fail(f"--facts: {error}")

    said = text_of(plan, language, whole=whole)
    if not whole and said != text_of(plan, language):
        said += "\n\n" + LEFT_OUT[language == "en"]

    def cited(hit: law.Hit) -> str:
        return hit.article.english_citation if language == "en" else hit.article.citation

    return {
        **plan.to_dict(language),
        "answer": said,
        "text": text,
        "statutes": statutes(text) if meaning.understood else [],
        "understood": meaning.understood,
        "understanding": meaning.to_dict(),
        "articles": [{**hit.as_dict(), "citation": cited(hit), "notes": law.notes(hit)} for hit in hits],
        "services": [fit.to_dict() for fit in found],
        "offers": [fit.id for fit in offers(meaning, matcher(), today())],
        "law_version": law.law_version(),
        "disclaimer": str(law.disclaimer),
    }


def offices_here() -> Finder | None:
    """Where the bodies are, if this machine has a database with offices; the command answers without one too."""
    from pathlib import Path

    from django.db import DatabaseError, connection

    from gonghui.organisations.models import Office
    from gonghui.organisations.offices import finder

    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and not Path(name).is_file():
        # Only to ask would make the file.
        return None
    try:
        Office.objects.exists()
    except DatabaseError:
        return None
    return finder()


def statutes(text: str, k: int = 10) -> list[dict[str, Any]] | None:
    """What the brain's own ranking of all national statutes says, with scores; None before `gonghui brain build`."""
    from gonghui.brain.statutes import CorpusError, Ranker
    from gonghui.commands.brain import packaged_index

    try:
        found = Ranker.load(packaged_index()).rank(text, k)
    except CorpusError:
        return None
    return [{"id": article.id, "name": article.name, "score": article.score} for article in found]


UNITS = {
    "money": " 元",
    "duration": " 个月",
    "people_count": " 人",
    "age": " 岁",
    "hours_per_day": " 小时",
    "days_per_week": " 天",
    "trial": " 个月",
}
QUALIFIERS = {
    "per_month": "每月",
    "per_day": "每天",
    "per_hour": "每小时",
    "per_year": "每年",
    "per_piece": "每件",
    "approx": "约",
    "at_least": "至少",
}


def said(entity: dict[str, Any]) -> str:
    """A fact's value as a person says it: 每月 5000 元, 3 个月, 贵州省贵阳市南明区 520102."""
    value, qualifier = entity["value"], entity["qualifier"] or ""
    if value is None:
        return "有几处同名，需要问清"
    if isinstance(value, float):
        value = f"{value:g}"
    if entity["kind"] == "place":
        return f"{qualifier} {value}".strip()
    before = QUALIFIERS.get(qualifier, "")
    value = STATES.get(entity["kind"], {}).get(value, value)
    return f"{before} {value}{UNITS.get(entity['kind'], '')}".strip()


def show(answer: dict[str, Any], *, english: bool = False) -> None:
    """Print for a person."""
    from rich.console import Console
    from rich.markup import escape
    from rich.panel import Panel

    from gonghui import brain

    console = Console()
    if not answer["understood"]:
        console.print(
            "没有看懂这段话。请用几句话说明：谁、什么时候、在哪里、发生了什么、您希望怎样解决。\n"
            "Not understood. Please say in a few sentences who, when, where, what happened, and what you want."
        )
        return

    def say(chinese: str, told: str) -> str:
        return told if english else chinese

    meaning = answer["understanding"]
    names = brain.categories()
    urgency = meaning["urgency"]
    lines = []
    for scored in meaning["categories"]:
        why = "、".join(scored["why"][:4])
        name = say(names[scored["code"]].zh, names[scored["code"]].en) if scored["code"] in names else ""
        lines.append(f"{scored['code']} {name}  {scored['score']:.2f}" + (f"（{why}）" if why else ""))
    alarms = "、".join(alarm["word"] for alarm in urgency["alarms"] if not alarm["negated"])
    body = "\n".join(
        [
            f"[b]{say('可能的类别', 'Likely categories')}[/b]",
            *(escape(line) for line in lines or [say("（不能确定）", "(not certain)")]),
            f"[b]{say('紧急程度', 'Urgency')}[/b] " + urgency["level"] + (f"（{escape(alarms)}）" if alarms else ""),
            f"[b]{say('提到的事实', 'Facts that were told')}[/b]",
            *(escape(fact) for fact in _facts(meaning, english=english) or [say("（没有）", "(none)")]),
        ]
    )
    console.print(Panel(body, title=say("我们这样理解 / what was understood", "What was understood")))
    if answer["topics"]:
        found = say("、", ", ").join(row[say("zh", "en")] for row in answer["topics"])
        title = say("权益解答 / what the law gives：", "What the law gives: ") + found
        console.print(Panel(escape(answer["answer"]), title=escape(title)))
    for article in answer["articles"]:
        text = "\n".join([article["text"], *(f"（{note}）" for note in article["notes"])])
        console.print(Panel(escape(text), title=escape(article["citation"])))
    offered = [row for row in answer["services"] if row["id"] in answer["offers"]]
    if offered:
        lang = say("zh", "en")
        lines = [f"{row['name'][lang]}{say('：', ': ')}{row['purpose'][lang]}" for row in offered]
        title = say("可能适合您的服务 / services that may fit", "Services that may fit")
        console.print(Panel(escape("\n".join(lines)), title=title))
    console.print(escape(answer["disclaimer"]), style="yellow")


def _facts(meaning: dict[str, Any], *, english: bool) -> list[str]:
    """The facts that were read, each with the words it was read from."""
    if english:
        found = ((one["kind"].replace("_", " "), one["text"], one["value"]) for one in meaning["entities"])
        return [f"{kind}: {text} → {'?' if value is None else value}" for kind, text, value in found]
    return [f"{KINDS.get(one['kind'], one['kind'])}：{one['text']} → {said(one)}" for one in meaning["entities"]]
