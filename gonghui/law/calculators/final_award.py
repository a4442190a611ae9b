"""C16 终局裁决 (劳动争议调解仲裁法 47–50; 解释（一）19, 20)."""

from __future__ import annotations

from typing import Literal

from gonghui.law.calculators.facts import REGION, Day, Facts, Money, RegionCode, fact, min_wage_fact
from gonghui.law.calculators.money import exact, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import ARBITRATION, INTERPRETATION_ONE, articles
from gonghui.law.calculators.working import Context, Working

KINDS = {
    "pay": "追索劳动报酬、工伤医疗费、经济补偿或者赔偿金",
    "standard": "执行国家劳动标准（工时、休息休假、社会保险等）",
    "other": "其他（确认劳动关系、继续履行等）",
}


class AwardItem(Facts):
    """One item of the award."""

    name: str = fact("项目", ask="裁决的哪一项？", why="逐项判断")
    kind: Literal["pay", "standard", "other"] = fact(
        "类别", ask="这一项属于哪一类？", why="只有两类争议的裁决是终局的", choices=KINDS
    )
    amount: Money | None = fact(
        "裁决数额", unit="元", ask="这一项裁决（或请求）多少？", why="与十二个月最低工资比较", default=None
    )


class FinalAwardFacts(Facts):
    """C16 facts."""

    day: Day = fact("裁决日期", ask="裁决是哪一天作出的？", why="按当时的最低工资标准衡量")
    items: tuple[AwardItem, ...] = fact("裁决各项", ask="裁决有哪几项，各是多少？", why="逐项判断是否终局")
    region: RegionCode | None = REGION
    min_wage: Money | None = min_wage_fact("以十二个月最低工资为界")


@calculator("C16", "是否终局裁决", "Whether an award is final")
def final_award(facts: FinalAwardFacts, ctx: Context) -> Result | Missing:
    """终局裁决: each money item at most twelve monthly minimum wages, or a dispute over a state labour standard.

    劳动争议调解仲裁法 47–50; 法释〔2020〕26号 19, 20. Figure `final`; an award that mixes kinds is not final. No money.
    Asks for the minimum wage if there is a money item, and for its sum.
    """
    w = Working("C16", ctx)
    w.cite(*articles(ARBITRATION, 47, 48, 49, 50), *articles(INTERPRETATION_ONE, 19, 20))
    w.mark("V")
    if (refused := w.too_early("final_award.months", facts.day, "day")) is not None:
        return refused
    limit = None
    if any(item.kind == "pay" for item in facts.items):
        least = w.local("min_wage_month", facts.day, facts.region, facts.min_wage, "min_wage")
        months = w.rule("final_award.months", facts.day)
        if least is not None:
            limit = exact(least) * exact(months)
            w.step(f"界限：{show(least)} × {show(months)} = {yuan(limit)}")
    for item in facts.items:
        if item.kind == "pay" and item.amount is None:
            w.need("items", f"“{item.name}”裁决多少元？", "金额决定这一项是否终局")
    if w.refuses:
        return w.missing()
    answers = []
    for item in facts.items:
        if item.kind == "pay" and item.amount is not None and limit is not None:
            final = item.amount <= limit
            w.step(f"{item.name}：{show(item.amount)} {'不超过' if final else '超过'} {show(limit)}")
        else:
            final = item.kind == "standard"
            w.step(f"{item.name}：{KINDS[item.kind]}，{'属于' if final else '不属于'}终局事项")
        answers.append(final)
    whole = bool(answers) and all(answers)
    if any(answers) and not whole:
        w.step("同时有终局和非终局事项，按非终局裁决处理（解释（一）第二十条）")
    w.figure("final", "是否终局", whole)
    w.warn("裁决书写明终局或非终局的，以裁决书为准；写错的，可在起诉期内向法院提出")
    if whole:
        return w.result("属于终局裁决：劳动者不服可在收到后十五日内起诉，单位只能在三十日内申请中级法院撤销。")
    return w.result("不是终局裁决：任何一方不服，都可在收到后十五日内起诉，期满不起诉的裁决生效。")
