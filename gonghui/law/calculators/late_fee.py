"""C19 社会保险费滞纳金 (社会保险法 86; 工伤保险条例 62)."""

from __future__ import annotations

from decimal import Decimal

from pydantic import model_validator

from gonghui.law.calculators.facts import Count, Day, Facts, Money, fact
from gonghui.law.calculators.money import cents, exact, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import INJURY, INSURANCE, articles
from gonghui.law.calculators.working import Context, Working


class LateFeeFacts(Facts):
    """C19 facts."""

    arrears: Money = fact("欠缴数额", unit="元", ask="欠缴社会保险费多少？", why="滞纳金按欠缴数额计算")
    owed_from: Day = fact("欠缴之日", ask="从哪一天开始欠缴？", why="自欠缴之日起按日加收")
    days: Count | None = fact(
        "欠缴天数", unit="天", ask="欠缴了多少天（或填补缴日期）？", why="按日加收万分之五", default=None
    )
    paid_on: Day | None = fact("补缴日期", ask="哪一天补缴？", why="用来算天数", default=None)

    @model_validator(mode="after")
    def _in_order(self) -> LateFeeFacts:
        if self.paid_on is not None and self.paid_on < self.owed_from:
            raise ValueError("补缴日期不能早于欠缴之日")
        return self


@calculator("C19", "社保滞纳金", "Late fee on social insurance")
def late_fee(facts: LateFeeFacts, ctx: Context) -> Result | Missing:
    """滞纳金: the arrears times 0.05 % for each day they stay unpaid; borne by the employer.

    社会保险法 86; 工伤保险条例 62. Yuan. Days are given, or counted from the first day owed to the day before payment
    (product rule). Only for arrears since 2011-07-01; asks for the days.
    """
    w = Working("C19", ctx)
    w.cite(*articles(INSURANCE, 63, 86), *articles(INJURY, 62))
    w.mark("V")
    if (refused := w.too_early("late_fee.daily", facts.owed_from, "owed_from")) is not None:
        return refused
    days = facts.days
    if days is None and facts.paid_on is not None:
        days = (facts.paid_on - facts.owed_from).days
        w.mark("P")
        w.step(f"{facts.owed_from.isoformat()} 起至 {facts.paid_on.isoformat()} 前一日，共 {days} 天")
        w.warn("补缴当日是否计入，以征收机构核定为准")
    if days is None:
        w.need("days", "欠缴了多少天，或者哪一天补缴？", "滞纳金按日加收")
        return w.missing()
    rate = w.rule("late_fee.daily", facts.owed_from)
    amount = exact(facts.arrears) * exact(rate) * days
    w.step(f"{show(facts.arrears)} × {rate:f} × {days} = {yuan(amount)}")
    w.figure("days", "天数", Decimal(days), "天")
    if amount > facts.arrears:
        w.warn("滞纳金已超过欠缴本金；能否超过本金有争议（未核对），以征收机构核定为准")
    w.warn("滞纳金由单位承担，不得从职工工资中扣；补缴由社保费征收机构责令，可以投诉")
    return w.result(f"滞纳金 {yuan(amount)}。", cents(amount))
