"""The plan said plainly (通俗答复), in the order of handbook 2.8: easy to read aloud, with headings that ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from gonghui.law.advice.plan import Amount, Cited, Conclusion, Place, Plan, Section, Statement, articles_of
from gonghui.law.calculators import calculators
from gonghui.law.calculators.limitation import Clock
from gonghui.law.calculators.limitation_rules import RULES
from gonghui.law.english import in_words, named
from gonghui.law.topics.topic import DOCUMENTS, Evidence, Limit, Step
from gonghui.organisations.located import Found

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

# So many other cases are told with the conclusion; further ones, and rights `aside`, in a block of their own.
MOST_OTHERWISE = 6
MORE = "more"

OPEN = {True: ("现在开着", "open now"), False: ("现在已下班", "closed now")}
OLD = (
    "这条信息一年多没有核对，去之前请先打电话。",
    "This entry was not checked for over a year; please call before you go.",
)


@dataclass(frozen=True, slots=True)
class Block:
    """A heading and its lines. `kind` is stable for programs and style sheets; `places`: the bodies that are told."""

    kind: str
    heading: str
    lines: tuple[str, ...]
    places: tuple[Place, ...] = ()

    @property
    def located(self) -> list[tuple[str, Place]]:
        """Each body with its line, without those of its offices, which a page shows in a form of its own."""
        found, at = [], 0
        for body in self.places:
            found.append((self.lines[at], body))
            at += 1 + len(body.offices)
        return found


def tell(plan: Plan, language: str = "zh") -> list[Block]:
    """The answer as blocks, in Chinese or English. Names of laws, offices and papers keep their Chinese beside them."""
    english = language.startswith("en")
    blocks = []
    if plan.urgent:
        lines = tuple(in_words(line, english) for line in plan.urgent)
        blocks.append(Block("urgent", "Now" if english else "先做这件事", lines))
    if plan.problems:
        lines = tuple(in_words(line, english) for line in plan.problems)
        blocks.append(Block("problems", "These do not fit together" if english else "有几项对不上", lines))
    if plan.doubted:
        lines = tuple(one.text(english) for one in plan.doubted)
        blocks.append(Block("problems", "Is this right?" if english else "请核对", lines))
    if plan.too_early:
        return [*blocks, _too_early(english)]
    blocks += _clocks(plan, english, soon=True)
    if not plan.sections:
        return [*blocks, _not_found(english), *_clocks(plan, english, soon=False)]
    for section in plan.sections:
        blocks += _section(section, english)
    blocks += _clocks(plan, english, soon=False)
    if plan.documents:
        lines = tuple(named(DOCUMENTS[name]) if english else DOCUMENTS[name] for name in plan.documents)
        blocks.append(Block("documents", "Papers to write" if english else "要写哪些材料", lines))
    blocks.append(Block("note", "Please note" if english else "请注意", (DISCLAIMER[english],)))
    return blocks


def text_of(plan: Plan, language: str = "zh", *, whole: bool = True) -> str:
    """The answer as one text; if not `whole`, without what stands at the end for who wants to read on."""
    opens, closes = "[]" if language.startswith("en") else "【】"
    blocks = [block for block in tell(plan, language) if whole or block.kind != MORE]
    return "\n\n".join("\n".join([f"{opens}{b.heading}{closes}", *b.lines]) for b in blocks)


def _too_early(english: bool) -> Block:
    if english:
        return Block(
            "nothing", "It happened before the rules of today", ("Ask the union or a lawyer for the rules then.",)
        )
    return Block("nothing", "事情发生在现行规定以前", ("当时的规定不一样。请打 12351，请工作人员或律师核对。",))


def _not_found(english: bool) -> Block:
    if english:
        return Block(
            "nothing",
            "We are not sure yet",
            (
                "Please tell in Chinese, as well as you can: who, when, where, what happened, and what you want.",
                "Or choose a situation from the list, or call the union at 12351.",
            ),
        )
    return Block(
        "nothing",
        "还不能确定是哪一种情况",
        ("请再说几句：谁、什么时候、在哪里、发生了什么、您想要什么。", "也可以打 12351，请工会的人听您说。"),
    )


def _section(section: Section, english: bool) -> list[Block]:
    def say(texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(in_words(text, english) for text in texts)

    topic = section.topic
    title = topic.en if english else topic.zh
    blocks = [Block("conclusion", title, _conclusion(section, english))]
    otherwise = list(_otherwise(section, english))
    if otherwise:
        heading = "Other facts, another answer" if english else "情况不同，答案也不同"
        blocks.append(Block("otherwise", heading, tuple(otherwise[:MOST_OTHERWISE])))
    blocks.append(Block("applies", "When this applies" if english else "什么时候算这种情况", say(topic.applies)))
    rights = tuple(_right(right, english) for right in section.rights if not right.aside)
    blocks.append(Block("rights", "What the law gives" if english else "法律给您什么", rights))
    if sums := tuple(line for amount in section.amounts for line in _amount(amount, english)):
        blocks.append(Block("amounts", "How much" if english else "大概多少钱", sums))
    evidence = tuple(_evidence(one, english) for one in section.evidence)
    blocks.append(Block("evidence", "What to keep" if english else "要留哪些证据", evidence))
    lines = [in_words(section.recourse, english)] if section.recourse else []
    lines += [line for limit in section.limits for line in _limit(limit, english)]
    if lines:
        blocks.append(Block("limits", "How long there is" if english else "多久之内要办", tuple(lines)))
    steps = tuple(_step(number, step, english) for number, step in enumerate(section.steps, start=1))
    blocks.append(Block("steps", "Next steps" if english else "下一步怎么做", steps))
    bodies = tuple(_body(body, english) for body in section.bodies)
    heading, located = "Where to go" if english else "找哪个部门", with_offices(section.bodies, bodies, english)
    blocks.append(Block("bodies", heading, located, section.bodies))
    blocks.append(Block("union", "What the union does" if english else "工会能帮什么", say(section.union_help)))
    blocks.append(Block("dangers", "Take care" if english else "千万注意", say(section.dangers)))
    if section.uncertain:
        heading = "What is not certain" if english else "还说不准的地方"
        blocks.append(Block("uncertain", heading, say(section.uncertain)))
    more = (*otherwise[MOST_OTHERWISE:], *(_right(right, english) for right in section.rights if right.aside))
    if more:
        heading = "If you want to read on" if english else "想细看的，还有这些"
        blocks.append(Block(MORE, heading, more))
    return blocks


def with_offices(bodies: Sequence[Place], lines: Sequence[str], english: bool) -> tuple[str, ...]:
    """The line of each body, followed by those of its offices."""
    return tuple(
        told
        for body, line in zip(bodies, lines, strict=True)
        for told in (line, *(_office(one, english) for one in body.offices))
    )


def _office(office: Found, english: bool) -> str:
    """An office in one line, with the day on which the entry was checked. Its name and address stay as they are."""
    parts = [
        (office.address, "地址：{}", "address: {}"),
        (office.phone, "电话：{}", "phone: {}"),
        (office.hours, "办公时间：{}", "hours: {}"),
        (office.online, "网上办理：{}", "online: {}"),
    ]
    told = [(en if english else zh).format(text) for text, zh, en in parts if text]
    if office.open is not None:
        told.append(OPEN[office.open][english])
    if office.checked_on is not None:
        day = office.checked_on.isoformat() if english else day_in_words(office.checked_on)
        told.append(f"checked on {day}" if english else f"{day}核对")
    said = (
        (f"{office.name}: {'; '.join(told)}." if english else f"{office.name}，{'；'.join(told)}。")
        if told
        else office.name
    )
    return said + ((" " if english else "") + OLD[english] if office.old else "")


def _joined(parts: Iterable[str], english: bool) -> str:
    """Sentences in a row: English has a space between them."""
    return (" " if english else "").join(part for part in parts if part)


def _ended(text: str) -> str:
    """The English text with a full stop, where it has no end of its own."""
    return text if text.endswith((".", "!", "?", ".”")) else f"{text}."


def _limit(limit: Limit, english: bool) -> list[str]:
    starts, *more = (in_words(line, english) for line in (limit.starts, limit.interrupted, limit.suspended) if line)
    return [_joined([starts, *_named(articles_of(limit.cites), english)], english), *more]


def _evidence(one: Evidence, english: bool) -> str:
    if english:
        return f"{_ended(in_words(one.what, english))} {in_words(one.how, english)}"
    return f"{one.what}。{one.how}"


def _step(number: int, step: Step, english: bool) -> str:
    parts = [("去哪", "Where", step.where), ("带什么", "Bring", step.bring), ("多久", "Time", step.takes)]
    if english:
        more = [_ended(f"{name}: {in_words(text, english)}") for _, name, text in parts if text]
        return " ".join([f"Step {number}: {_ended(in_words(step.do, english))}", *more])
    return f"第{number}步：{step.do}" + "".join(f"{name}：{text}。" for name, _, text in parts if text)


def _body(body: Place, english: bool) -> str:
    if english:
        phones = body.phone.replace("、", " or ")
        head = f"{'(It depends) ' if body.depends else ''}{named(body.zh, body.en)}, phone {phones}."
    else:
        head = f"{'（看情况）' if body.depends else ''}{body.zh}，电话 {body.phone}。"
    return _joined([head, *(in_words(why, english) for why in body.why)], english)


def _conclusion(section: Section, english: bool) -> tuple[str, ...]:
    main = section.conclusion
    said = main.en if english else main.text
    if not main.sure:
        said = f"If none of the cases below applies: {said}" if english else f"如果下面列的情况都不是：{said}"
    earlier = (in_words(section.earlier, english),) if section.earlier else ()
    return (said, *earlier, *_doubt(main.mark, english), *_laws(main, english))


def _otherwise(section: Section, english: bool) -> Iterator[str]:
    for other in section.otherwise:
        condition, said = other.condition[english], other.en if english else other.text
        head = f"If ({condition}): {said}" if english else f"如果（{condition}）：{said}"
        yield _joined([head, *_doubt(other.mark, english), *_laws(other, english)], english)


def _right(right: Statement, english: bool) -> str:
    depends = ("(It depends)" if english else "（看情况）") if right.depends else ""
    text = in_words(right.text, english)
    return _joined([depends, text, *_doubt(right.mark, english), *_laws(right, english)], english)


def _doubt(mark: str, english: bool) -> list[str]:
    return [SURE[mark][english]] if SURE[mark][english] else []


def _laws(statement: Statement | Conclusion, english: bool) -> list[str]:
    """What a statement rests on: the articles, else what its file names."""
    if laws := _named(statement.cites, english):
        return laws
    if not statement.basis:
        return []
    return [f"(Source: {in_words(statement.basis, english)})" if english else f"（来源：{statement.basis}）"]


def _named(cites: Iterable[Cited], english: bool) -> list[str]:
    """（依据：《劳动合同法》第三十条、第三十一条、…）, (Law: Art. 30 of 劳动合同法, …)"""
    names = list(dict.fromkeys(cited.names[english] for cited in cites))
    if not names:
        return []
    return [f"(Law: {', '.join(names)})" if english else f"（依据：{'、'.join(_once(names))}）"]


def _once(names: Sequence[str]) -> Iterator[str]:
    """Chinese citations in a row, of which each names its law only where it is another than before.

    A law's name may have that of another in it: 《…适用《工会法》若干问题的解释》.
    """
    before = ""
    for name in names:
        law, ends, article = name.rpartition("》")
        yield article if ends and law == before else name
        before = law


def _amount(amount: Amount, english: bool) -> list[str]:
    gives = in_words(amount.gives, english)
    if amount.problems:
        problems = [in_words(text, english) for text in amount.problems]
        return [f"{gives} These do not fit together: {'; '.join(problems)}." if english
                else f"{gives}这几项对不上：{'；'.join(problems)}。"]  # fmt: skip
    if amount.result is None and not amount.answerable:
        # Nothing here could be filled in; the calculators have forms of their own.
        return []
    if amount.result is None:
        asked = [in_words(question, english) for _, question, _ in amount.missing]
        return [f"{gives} To reckon it, we still need: {' '.join(asked)}" if english
                else f"{gives}要算出来，还需要知道：{''.join(asked)}"]  # fmt: skip
    supposed = ("(If you still work there: as if you left today.) " if english else "（还在职的，按今天离开来算）") * (
        amount.supposed
    )
    lines = [in_words(line, english) for line in (*amount.result.steps, *amount.result.warnings)]
    head = f"{calculators()[amount.calculator].english}: " if english else f"{amount.name}："
    return [f"{head}{supposed}{in_words(amount.result.outcome, english)}", *lines]


def _clocks(plan: Plan, english: bool, *, soon: bool) -> list[Block]:
    """Last days; those of the worker's own rights that are near stand first in the answer, in red."""
    near = [one for one in plan.clocks if one.light == "red" and RULES[one.code].watched_by == "worker"]
    lines = tuple(_clock(one, english) for one in plan.clocks if (one in near) == soon)
    if not lines:
        return []
    if soon:
        return [Block("soon", "Soon too late" if english else "快要过期，请先办", lines)]
    return [Block("deadlines", "Last days" if english else "您的最后期限", lines)]


def _clock(clock: Clock, english: bool) -> str:
    name = in_words(clock.name, english)
    if clock.last_day is None:
        if english:
            why = "; ".join(in_words(step, english) for step in clock.steps)
            return _ended(f"{name}: {why or 'the clock does not run yet'}")
        return f"{name}：" + ("、".join(clock.steps) or "时效还没有开始。")
    left = clock.days_left or 0
    if english:
        ago = f"{left} days left" if left >= 0 else f"passed {-left} days ago; see the union or a lawyer at once"
        warnings = [_ended(in_words(warning, english)) for warning in clock.warnings]
        return " ".join([f"{name}: last day {clock.last_day.isoformat()}, {ago}.", *warnings])
    told = f"还剩 {left} 天。" if left >= 0 else f"已经过了 {-left} 天，请马上找工会或律师。"
    when = day_in_words(clock.last_day)
    return "".join([f"{name}：最后一天是 {when}，", told, *(f"{warning}。" for warning in clock.warnings)])


def day_in_words(day: date) -> str:
    """2026年1月5日"""
    return f"{day.year}年{day.month}月{day.day}日"
