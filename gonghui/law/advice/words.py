"""The plan said plainly (通俗答复), in the order of handbook 2.8: easy to read aloud, with headings that ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from gonghui.law.advice.plan import Amount, Conclusion, Plan, Section, Statement
from gonghui.law.calculators.limitation import Clock
from gonghui.law.store import LawStore
from gonghui.law.topics.topic import DOCUMENTS

SURE = {
    "V": ("", ""),
    "S": (
        "这一点我们只在报道或其他资料里看到，请以当地部门答复为准。",
        "Seen in secondary sources only; ask the local office.",
    ),
    "U": ("这一点还没有核对，请以当地经办机构口径为准。", "Not verified; the local office decides."),
}
DISCLAIMER = (
    "以上是根据您说的情况和现行规定整理的，不是判决，也不保证结果。情况不同，答案会变。",
    "This follows what you told and the rules in force. It is no judgment and no promise; other facts, another answer.",
)


@dataclass(frozen=True, slots=True)
class Block:
    """A heading and its lines. `kind` is stable for programs and style sheets."""

    kind: str
    heading: str
    lines: tuple[str, ...]


def tell(plan: Plan, language: str = "zh") -> list[Block]:
    """The answer as blocks, in Chinese or (what there is of it) English."""
    english = language.startswith("en")
    blocks = [Block("urgent", "Now" if english else "先做这件事", plan.urgent)] if plan.urgent else []
    if plan.too_early:
        return [*blocks, _too_early(english)]
    if not plan.sections:
        return [*blocks, _not_found(english)]
    for section in plan.sections:
        blocks += _section(section, english)
    blocks += _clocks(plan, english)
    if plan.documents:
        lines = tuple(DOCUMENTS[name] for name in plan.documents)
        blocks.append(Block("documents", "Papers to write" if english else "要写哪些材料", lines))
    blocks.append(Block("note", "Please note" if english else "请注意", (DISCLAIMER[english],)))
    return blocks


def text_of(plan: Plan, language: str = "zh") -> str:
    """The answer as one text."""
    return "\n\n".join("\n".join([f"【{b.heading}】", *b.lines]) for b in tell(plan, language))


def _too_early(english: bool) -> Block:
    if english:
        return Block(
            "nothing", "It happened before the rules of today", ("Ask the union or a lawyer for the rules then.",)
        )
    return Block("nothing", "事情发生在现行规定以前", ("当时的规定不一样。请打 12351，请工作人员或律师核对。",))


def _not_found(english: bool) -> Block:
    if english:
        return Block(
            "nothing", "We are not sure yet", ("Please tell who, when, where, what happened, and what you want.",)
        )
    return Block(
        "nothing",
        "还不能确定是哪一种情况",
        ("请再说几句：谁、什么时候、在哪里、发生了什么、您想要什么。", "也可以打 12351，请工会的人听您说。"),
    )


def _section(section: Section, english: bool) -> list[Block]:
    topic = section.topic
    title = topic.en if english else topic.zh
    blocks = [Block("conclusion", title, _conclusion(section, english))]
    if section.otherwise:
        heading = "Other facts, another answer" if english else "情况不同，答案也不同"
        blocks.append(Block("otherwise", heading, tuple(_otherwise(section, english))))
    blocks.append(Block("applies", "When this applies" if english else "什么时候算这种情况", topic.applies))
    blocks.append(
        Block("rights", "What the law gives" if english else "法律给您什么", tuple(_right(r) for r in section.rights))
    )
    if sums := tuple(line for amount in section.amounts for line in _amount(amount)):
        blocks.append(Block("amounts", "How much" if english else "大概多少钱", sums))
    blocks.append(
        Block(
            "evidence",
            "What to keep" if english else "要留哪些证据",
            tuple(f"{one.what}。{one.how}" for one in section.evidence),
        )
    )
    if section.limits:
        lines = [
            line for limit in section.limits for line in (limit.starts, limit.interrupted, limit.suspended) if line
        ]
        blocks.append(Block("limits", "How long there is" if english else "多久之内要办", tuple(lines)))
    steps = tuple(
        f"第{number}步：{step.do}"
        + (f"去哪：{step.where}。" if step.where else "")
        + (f"带什么：{step.bring}。" if step.bring else "")
        + (f"多久：{step.takes}。" if step.takes else "")
        for number, step in enumerate(section.steps, start=1)
    )
    blocks.append(Block("steps", "Next steps" if english else "下一步怎么做", steps))
    bodies = tuple(
        f"{'（看情况）' if body.depends else ''}{body.zh}，电话 {body.phone}。{body.why}" for body in section.bodies
    )
    blocks.append(Block("bodies", "Where to go" if english else "找哪个部门", bodies))
    blocks.append(Block("union", "What the union does" if english else "工会能帮什么", topic.union_help))
    blocks.append(Block("dangers", "Take care" if english else "千万注意", topic.dangers))
    if topic.uncertain:
        blocks.append(Block("uncertain", "What is not certain" if english else "还说不准的地方", topic.uncertain))
    return blocks


def _conclusion(section: Section, english: bool) -> tuple[str, ...]:
    main = section.conclusion
    said = main.en if english else main.text
    if not main.sure:
        said = f"If none of the cases below applies: {said}" if english else f"如果下面列的情况都不是：{said}"
    return (said, *_doubt(main.mark, english), *_laws(main))


def _otherwise(section: Section, english: bool) -> Iterator[str]:
    for other in section.otherwise:
        said = other.en if english else other.text
        yield "".join(
            [f"{'If' if english else '如果'}（{other.condition}）：{said}", *_doubt(other.mark, english), *_laws(other)]
        )


def _right(right: Statement) -> str:
    text = right.text
    if right.depends:
        text = f"（看情况）{text}"
    return "".join([text, *_doubt(right.mark, False), *_laws(right)])


def _doubt(mark: str, english: bool) -> list[str]:
    return [SURE[mark][english]] if SURE[mark][english] else []


def _laws(statement: Statement | Conclusion) -> list[str]:
    """《劳动合同法》第三十条、…"""
    store = LawStore.default()
    names = [article.citation for cited in statement.cites if (article := store.get(cited.id)) is not None]
    if names:
        return [f"（依据：{'、'.join(dict.fromkeys(names))}）"]
    return [f"（来源：{statement.basis}）"] if statement.basis else []


def _amount(amount: Amount) -> list[str]:
    if amount.problems:
        return [f"{amount.gives}这几项对不上：{'；'.join(amount.problems)}。"]
    if amount.result is None and not amount.answerable:
        # Nothing here could be filled in; the calculators have forms of their own.
        return []
    if amount.result is None:
        return [f"{amount.gives}要算出来，还需要知道：" + "；".join(question for _, question, _ in amount.missing)]
    return [f"{amount.name}：{amount.result.outcome}", *amount.result.steps, *amount.result.warnings]


def _clocks(plan: Plan, english: bool) -> list[Block]:
    lines = tuple(_clock(clock, english) for clock in plan.clocks)
    return [Block("deadlines", "Last days" if english else "您的最后期限", lines)] if lines else []


def _clock(clock: Clock, english: bool) -> str:
    if clock.last_day is None:
        return f"{clock.name}：" + (
            "the clock does not run yet." if english else "、".join(clock.steps) or "时效还没有开始。"
        )
    left = clock.days_left or 0
    when = day_in_words(clock.last_day)
    if english:
        ago = f"{left} days left" if left >= 0 else f"passed {-left} days ago; see the union or a lawyer at once"
        return f"{clock.name}: last day {clock.last_day.isoformat()}, {ago}."
    told = f"还剩 {left} 天。" if left >= 0 else f"已经过了 {-left} 天，请马上找工会或律师。"
    return "".join([f"{clock.name}：最后一天是 {when}，", told, *(f"{warning}。" for warning in clock.warnings)])


def day_in_words(day: date) -> str:
    """2026年1月5日"""
    return f"{day.year}年{day.month}月{day.day}日"
