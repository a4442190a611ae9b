"""C22 高温津贴 (防暑降温措施管理办法 17, text not at hand; province amounts)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal

from gonghui.law.calculators.facts import REGION, Day, Facts, Money, Quantity, RegionCode, fact
from gonghui.law.calculators.money import cents, exact, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import LABOUR, WAGE_BILL, articles
from gonghui.law.calculators.working import Context, Working


class HeatFacts(Facts):
    """C22 facts."""

    day: Day = fact("高温作业的日期（任一天）", ask="是哪一年哪个月？", why="适用当时本省的标准")
    place: Literal["outdoor", "indoor"] = fact(
        "室外还是室内",
        ask="在室外还是室内干活？",
        why="室外、室内的条件不同",
        choices={"outdoor": "室外露天", "indoor": "室内"},
    )
    temperature: Quantity = fact(
        "温度（室外填当日最高气温，室内填采取降温后的温度）",
        unit="℃",
        ask="室外当日最高气温、或室内采取降温后的温度是多少？",
        why="室外 35℃ 以上，或室内不能降到 33℃ 以下的，发高温津贴",
    )
    per: Literal["day", "month"] = fact(
        "按天还是按月", ask="本省按天还是按月发？", why="各省标准不同", choices={"day": "按天", "month": "按月"}
    )
    number: Quantity = fact("天数或月数", unit="天或月", ask="符合条件的有几天（或几个月）？", why="标准乘以天数或月数")
    region: RegionCode | None = REGION
    standard: Money | None = fact(
        "本省标准", unit="元/天或元/月", ask="本省高温津贴标准是多少？", why="各省由人社、财政等部门规定", default=None
    )
    paid: Money = fact("已付", unit="元", ask="单位已经付了多少？", why="已付的要扣除", default=Decimal(0))


@calculator("C22", "高温津贴", "Heat allowance")
def heat_allowance(facts: HeatFacts, ctx: Context) -> Result | Missing:
    """高温津贴: the province's sum for each day or month of work outdoors at 35 °C or more, or indoors not below 33 °C.

    防暑降温措施管理办法 17 (secondary); 关于工资总额组成的规定 4, 8; 劳动法 54. Yuan less what was paid; it counts as
    wage. Asks for the province's sum where it is not on record as checked.
    """
    w = Working("C22", ctx)
    w.cite(*articles(WAGE_BILL, 4, 8), *articles(LABOUR, 54))
    if (refused := w.too_early("heat.limits", facts.day, "day")) is not None:
        return refused
    w.source("防暑降温措施管理办法（安监总安健〔2012〕89号）第十七条（转引）", "S")
    limit = w.table("heat.limits", facts.day)[facts.place]
    name = "室外最高气温" if facts.place == "outdoor" else "室内降温后温度"
    if facts.temperature < limit:
        w.step(f"{name} {show(facts.temperature)}℃，没有达到 {show(limit)}℃，不符合发放条件")
        return w.result("没有达到发放高温津贴的温度条件。", cents(0))
    w.step(f"{name} {show(facts.temperature)}℃，达到 {show(limit)}℃")
    key = "heat_allowance_day" if facts.per == "day" else "heat_allowance_month"
    standard = w.local(key, facts.day, facts.region, facts.standard, "standard")
    if standard is None:
        return w.missing()
    total = exact(standard) * exact(facts.number)
    w.step(f"{show(standard)} × {show(facts.number)} = {yuan(total)}")
    due = max(total - exact(facts.paid), Fraction(0))
    if facts.paid:
        w.step(f"减去已付 {show(facts.paid)}：{yuan(due)}")
    w.warn("高温津贴属于工资，不能用防暑饮料、降温费代替，也不计入最低工资；发放月份以本省规定为准")
    return w.result(f"应补高温津贴 {yuan(due)}。", cents(due))
