"""C18 医疗期 (劳部发〔1994〕479号, text not at hand; 劳动合同法 40, 42)."""

from __future__ import annotations

from decimal import Decimal

from pydantic import model_validator

from gonghui.kernel.calendar import months_later
from gonghui.law.calculators.facts import Count, Day, Facts, Quantity, fact
from gonghui.law.calculators.money import show
from gonghui.law.calculators.periods import ONE_DAY
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import CONTRACT, LABOUR, articles
from gonghui.law.calculators.working import Context, Working, band


class MedicalPeriodFacts(Facts):
    """C18 facts."""

    start: Day = fact("第一次病休日期", ask="哪一天开始病休？", why="医疗期从病休第一天开始累计")
    total_years: Count = fact("实际工作年限", unit="年", ask="参加工作满几年了？", why="十年以上与十年以下分档不同")
    unit_years: Count = fact("本单位工作年限", unit="年", ask="在本单位满几年了？", why="按本单位工作年限定几个月")
    used_months: Quantity | None = fact(
        "已病休月数", unit="个月", ask="已经病休累计几个月？", why="算还剩多少", default=None
    )

    @model_validator(mode="after")
    def _possible(self) -> MedicalPeriodFacts:
        if self.unit_years > self.total_years:
            raise ValueError("本单位工作年限不能多于实际工作年限")
        return self


@calculator("C18", "医疗期", "Sick-leave period (protected)")
def medical_period(facts: MedicalPeriodFacts, ctx: Context) -> Result | Missing:
    """医疗期: months in which the sick may not be dismissed under articles 40 and 41, and the window they fall in.

    劳部发〔1994〕479号 3 (secondary), 4 (unverified); 劳动合同法 40(1), 42(3). Months and days; no money.
    """
    w = Working("C18", ctx)
    w.cite(*articles(CONTRACT, 40, 42), *articles(LABOUR, 29))
    if (refused := w.too_early("medical_period.short", facts.start, "start")) is not None:
        return refused
    ten = w.rule("medical_period.ten_years", facts.start)
    long = facts.total_years >= ten
    table = w.table("medical_period.long" if long else "medical_period.short", facts.start)
    months = band(table, facts.unit_years) or Decimal(0)
    window = w.table("medical_period.window", facts.start)[f"{months:f}"]
    end = months_later(facts.start, int(window)) - ONE_DAY
    w.step(f"实际工作 {facts.total_years} 年，{'满' if long else '不满'} {show(ten)} 年；本单位 {facts.unit_years} 年")
    w.step(f"医疗期 {show(months)} 个月，在 {show(window)} 个月内累计病休时间：{facts.start} 至 {end}")
    w.figure("months", "医疗期", months, "个月")
    w.figure("window", "累计周期", window, "个月")
    w.figure("window_end", "累计周期最后一天", end)
    if facts.used_months is not None:
        left = max(months - facts.used_months, Decimal(0))
        w.figure("left", "剩余医疗期", left, "个月")
        w.step(f"已病休 {show(facts.used_months)} 个月，还剩 {show(left)} 个月")
    w.warn("医疗期长短见于转引，累计周期没有核对过原文；部分地区（如上海）另有规定，特殊疾病可以延长")
    w.warn("医疗期内单位不得按第四十条、第四十一条解除；期满也要先另行安排工作")
    return w.result(f"医疗期 {show(months)} 个月。")
