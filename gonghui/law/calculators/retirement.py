"""C11 退休年龄, C12 最低缴费年限 (国务院关于渐进式延迟法定退休年龄的办法 1–3; 社会保险法 16)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import model_validator

from gonghui.law.calculators.facts import Count, Day, Facts, fact
from gonghui.law.calculators.money import show
from gonghui.law.calculators.periods import years_text
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import INSURANCE, RETIREMENT, articles
from gonghui.law.calculators.working import Context, Working

KINDS = {
    "man": "男职工（原 60 周岁）",
    "woman55": "女职工，原 55 周岁（一般为管理、技术岗位）",
    "woman50": "女职工，原 50 周岁（一般为工人岗位）",
    "woman": "女职工，不清楚是 50 还是 55",
}
PAID = fact(
    "已缴养老保险月数", unit="个月", ask="养老保险累计缴了多少个月？", why="退休时要达到最低缴费年限", default=None
)


class RetirementFacts(Facts):
    """C11 facts."""

    kind: Literal["man", "woman55", "woman50", "woman"] = fact(
        "职工类别", ask="是男职工，还是原 55 或 50 周岁退休的女职工？", why="三类人员的退休年龄不同", choices=KINDS
    )
    birth: Day = fact("出生日期（档案认定）", ask="档案认定的出生年月是哪一天？", why="按出生年月确定延迟几个月")
    paid_months: Count | None = PAID


class MinimumFacts(Facts):
    """C12 facts."""

    year: Count = fact("达到法定退休年龄的年份", unit="年", ask="哪一年达到法定退休年龄？", why="最低缴费年限逐年提高")
    paid_months: Count | None = PAID

    @model_validator(mode="after")
    def _possible(self) -> MinimumFacts:
        if not 1950 <= self.year <= 2150:
            raise ValueError("年份请填四位")
        return self


def month_of(number: int) -> date:
    """The first day of a month counted from year 0: 12 a year."""
    return date(number // 12, number % 12 + 1, 1)


def delay_of(table: Mapping[str, Decimal], birth: date) -> int:
    """Months of delay for a birth month: one for each `step` birth months begun since the base month, at most `cap`."""
    since = birth.year * 12 + birth.month - 1 - int(table["base_year"] * 12 + table["base_month"] - 1)
    return 0 if since < 0 else min(int(table["cap"]), since // int(table["step"]) + 1)


def minimum_months(table: Mapping[str, Decimal], year: int) -> int:
    """Months of contributions needed by who reaches retirement age in that year."""
    later = max(0, year - int(table["from_year"]) + 1)
    return min(int(table["months"]) + int(table["step"]) * later, int(table["cap"]))


def _rule_day(w: Working, on: date) -> date:
    """The reform's tables also say, by a delay of nothing, what held before it."""
    return max(on, w.ctx.parameters.first_day("pension.minimum"))


@calculator("C11", "法定退休年龄", "Retirement age")
def retirement_age(facts: RetirementFacts, ctx: Context) -> Result | Missing:
    """法定退休年龄: the age before the reform and the delay by birth month; also the flexible months around it.

    国务院关于渐进式延迟法定退休年龄的办法 1–3 (transcription, secondary). Figures: retirement month, delay and age in
    months, earliest and latest month. A woman who does not know her kind gets both. No money, nothing is asked beyond
    kind and birth.
    """
    w = Working("C11", ctx)
    w.cite(*articles(RETIREMENT, 1, 2, 3, 8), *articles(INSURANCE, 16))
    kinds = ("woman50", "woman55") if facts.kind == "woman" else (facts.kind,)
    months = [_one(w, facts, kind, f"{kind}." if len(kinds) > 1 else "") for kind in kinds]
    w.warn("井下、高空、高温、特别繁重体力劳动等特殊工种可能可以提前，须按国家规定另行审核")
    w.warn("出生日期以档案认定为准；弹性退休须达到最低缴费年限，并按规定提前告知单位（告知期限未核对原文）")
    if facts.kind == "woman":
        w.ask("kind", "是原 55 周岁还是 50 周岁退休的岗位？", "两类女职工的退休年龄相差五年左右")
        return w.result(f"按 50 周岁类为 {months[0]:%Y 年 %m 月}，按 55 周岁类为 {months[1]:%Y 年 %m 月}，取决于岗位。")
    return w.result(f"法定退休时间为 {months[0]:%Y 年 %m 月}。")


def _one(w: Working, facts: RetirementFacts, kind: str, prefix: str) -> date:
    table = w.table(f"retirement.{kind}", _rule_day(w, facts.birth))
    age, delay = int(table["age"]), delay_of(table, facts.birth)
    born = facts.birth.year * 12 + facts.birth.month - 1
    before, due = month_of(born + age), month_of(born + age + delay)
    base = date(int(table["base_year"]), int(table["base_month"]), 1)
    w.step(f"{KINDS[kind]}：{facts.birth:%Y-%m} 出生，原退休时间 {before:%Y-%m}")
    if delay:
        since = born - (base.year * 12 + base.month - 1)
        w.step(
            f"从 {base:%Y-%m} 出生的起，每 {show(table['step'])} 个月延迟 1 个月：相距 {since} 个月，"
            f"{since} ÷ {show(table['step'])} 取整加 1，最多 {show(table['cap'])}，延迟 {delay} 个月"
        )
    else:
        w.step(f"{base:%Y-%m} 以前出生，不延迟")
    w.step(f"法定退休年龄 {years_text(age + delay)}，退休时间 {due:%Y-%m}")
    w.figure(f"{prefix}retirement", "法定退休月份", due, "月")
    w.figure(f"{prefix}delay", "延迟月数", Decimal(delay), "个月")
    w.figure(f"{prefix}age", "法定退休年龄", Decimal(age + delay), "个月")
    _contributions(w, due.year, facts.paid_months, prefix)
    if due < w.ctx.parameters.first_day("retirement.flexible_months"):
        return due
    flexible = int(w.rule("retirement.flexible_months", _rule_day(w, due)))
    earliest, latest = month_of(born + max(age, age + delay - flexible)), month_of(born + age + delay + flexible)
    w.step(f"弹性：自愿提前最早 {earliest:%Y-%m}（不低于原年龄），协商延迟最晚 {latest:%Y-%m}")
    w.figure(f"{prefix}earliest", "弹性提前最早月份", earliest, "月")
    w.figure(f"{prefix}latest", "弹性延迟最晚月份", latest, "月")
    return due


def _contributions(w: Working, year: int, paid: int | None, prefix: str = "") -> int:
    table = w.table("pension.minimum", _rule_day(w, date(year, 1, 1)))
    needed = minimum_months(table, year)
    w.step(f"{year} 年达到退休年龄的，最低缴费年限 {years_text(needed)}")
    w.figure(f"{prefix}minimum", "最低缴费月数", Decimal(needed), "个月")
    if paid is not None:
        short = max(needed - paid, 0)
        w.figure(f"{prefix}short", "还差月数", Decimal(short), "个月")
        w.step(f"已缴 {years_text(paid)}，还差 {years_text(short) if short else '0'}")
        if short:
            w.warn("不满最低缴费年限的，可以按规定延长缴费或者一次性缴费")
    return needed


@calculator("C12", "最低缴费年限", "Minimum years of pension contributions")
def minimum_contributions(facts: MinimumFacts, ctx: Context) -> Result | Missing:
    """最低缴费年限: 15 years until 2029, half a year more each year from 2030, 20 years from 2039 on.

    社会保险法 16; 国务院关于渐进式延迟法定退休年龄的办法 2 (transcription, secondary). Months.
    """
    w = Working("C12", ctx)
    w.cite(*articles(INSURANCE, 16), *articles(RETIREMENT, 2))
    needed = _contributions(w, facts.year, facts.paid_months)
    return w.result(f"最低缴费年限为 {years_text(needed)}。")
