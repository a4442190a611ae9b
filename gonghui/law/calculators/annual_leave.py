"""C6 带薪年休假 (职工带薪年休假条例 3–5; 企业职工带薪年休假实施办法 3–12)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

from pydantic import model_validator

from gonghui.law.calculators.facts import Count, Day, Facts, Money, Quantity, YesNo, fact
from gonghui.law.calculators.money import cents, exact, percent, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Range, Result
from gonghui.law.calculators.sources import LEAVE, LEAVE_RULES, articles
from gonghui.law.calculators.working import Context, Working, band

Readings = tuple[Fraction, Fraction]


class LeaveFacts(Facts):
    """C6 facts, for one calendar year."""

    year: Count = fact("年度", unit="年", ask="算哪一年的年休假？", why="年休假按公历年度计算")
    cumulative_years: Count = fact(
        "累计工作年限（满几年）",
        unit="年",
        ask="从参加工作起，累计工作满几年了（包括其他单位）？",
        why="满 1 年 5 天，满 10 年 10 天，满 20 年 15 天",
    )
    continuous_12_months: YesNo = fact(
        "是否连续工作满十二个月",
        ask="是否曾连续工作满十二个月（可以跨单位）？",
        why="连续工作满十二个月才享受年休假（实施办法第三条）",
    )
    joined: Day | None = fact(
        "当年入职日期", ask="如果是这一年入职的，哪一天入职？", why="入职当年按剩余日历天数折算", default=None
    )
    left: Day | None = fact(
        "当年离职日期（最后一天）",
        ask="如果是这一年离职的，最后一天是哪天？",
        why="离职时按已过日历天数折算",
        default=None,
    )
    taken: Quantity = fact(
        "当年已休天数", unit="天", ask="这一年已经休了几天年休假？", why="已休的要扣除", default=Decimal(0)
    )
    average_wage: Money | None = fact(
        "前十二个月平均工资（不含加班费）",
        unit="元/月",
        ask="前十二个月平均每月工资（去掉加班费）是多少？",
        why="日工资按剔除加班费的平均工资除以 21.75 折算（实施办法第十一条）",
        default=None,
    )
    declined: YesNo = fact(
        "是否本人书面提出不休",
        ask="单位安排了年休假，是您因自己的原因书面提出不休的吗？",
        why="这种情况单位可以只付正常工资",
        default=False,
    )
    long_vacation: YesNo = fact(
        "是否享受更长的寒暑假", ask="是否有比年休假更长的寒暑假？", why="寒暑假长于年休假的，不再享受", default=False
    )
    paid_personal_days: Quantity = fact(
        "不扣工资的事假天数",
        unit="天",
        ask="这一年请了几天不扣工资的事假？",
        why="累计 20 天以上的不享受",
        default=Decimal(0),
    )
    sick_months: Quantity = fact(
        "病假累计月数", unit="个月", ask="这一年病假累计几个月？", why="病假达到一定月数的不享受", default=Decimal(0)
    )

    @model_validator(mode="after")
    def _within_the_year(self) -> LeaveFacts:
        if not 1950 <= self.year <= 2150:
            raise ValueError("年度请填四位年份")
        for day in (self.joined, self.left):
            if day is not None and day.year != self.year:
                raise ValueError("入职、离职日期不在所填年度内的，不要填写")
        if self.joined and self.left and self.left < self.joined:
            raise ValueError("离职日期不能早于入职日期")
        return self


@calculator("C6", "年休假天数与未休工资", "Paid annual leave")
def annual_leave(facts: LeaveFacts, ctx: Context) -> Result | Missing:
    """带薪年休假: days due by all years of work, prorated on joining and leaving, and 300 % for days not taken.

    职工带薪年休假条例 2–5; 实施办法 3–12. Days, and yuan due beyond the normal pay (200 %). A range where half days
    taken can be read in two ways. Asks for the average wage once days are unpaid.
    """
    w = Working("C6", ctx)
    w.cite(*articles(LEAVE, 2, 3, 4, 5), *articles(LEAVE_RULES, 3, 4, 5, 8, 10, 11, 12))
    w.mark("V")
    on = facts.left or date(facts.year, 12, 31)
    if (refused := w.too_early("annual_leave.days", on, "year")) is not None:
        return refused
    full = band(w.table("annual_leave.days", on), facts.cumulative_years) or Decimal(0)
    why_none = _why_none(w, facts, on, full)
    if why_none:
        w.step(why_none)
        w.figure("entitled", "应休天数", Decimal(0), "天")
        w.figure("unused", "应休未休天数", Decimal(0), "天")
        return w.result(f"这一年没有年休假：{why_none}。", cents(0))
    w.step(f"累计工作满 {facts.cumulative_years} 年，全年 {show(full)} 天")
    if facts.cumulative_years in (1, 10, 20):
        w.warn("当年刚满 1、10 或 20 年的，从哪天起按新天数算各地口径不同（未核对）")
    prorated = _prorated(w, facts, on, full)
    readings = _unused(w, facts, prorated)
    w.figure("entitled", "应休天数", Decimal(floor(prorated)), "天")
    w.figure("unused", "应休未休天数", _as_amount(readings), "天")
    return _pay(w, facts, on, readings)


def _why_none(w: Working, facts: LeaveFacts, on: date, full: Decimal) -> str:
    """Why there is no leave in the year, or an empty text. Warns where next year's is lost instead."""
    if not facts.continuous_12_months:
        return "没有连续工作满十二个月"
    if not full:
        return "累计工作不满一年"
    if facts.long_vacation:
        return "寒暑假天数多于年休假天数"
    sick_limit = band(w.table("annual_leave.excluded_sick_months", on), facts.cumulative_years) or Decimal(0)
    personal_limit = w.rule("annual_leave.excluded_personal_days", on)
    if facts.sick_months >= sick_limit:
        why = f"病假累计 {show(facts.sick_months)} 个月，达到 {show(sick_limit)} 个月"
    elif facts.paid_personal_days >= personal_limit:
        why = f"不扣工资的事假累计 {show(facts.paid_personal_days)} 天，达到 {show(personal_limit)} 天"
    else:
        return ""
    if facts.taken:
        w.warn(f"{why}；当年年休假已经休了的，不享受下一年度的年休假（实施办法第八条）")
        return ""
    return why


def _prorated(w: Working, facts: LeaveFacts, on: date, full: Decimal) -> Fraction:
    """Days due before cutting to whole days."""
    if facts.joined is None and facts.left is None:
        return exact(full)
    first = facts.joined or date(facts.year, 1, 1)
    last = facts.left or date(facts.year, 12, 31)
    days = (last - first).days + 1
    year = w.rule("annual_leave.year_days", on)
    due = Fraction(days) / exact(year) * exact(full)
    w.step(
        f"当年度在本单位 {first.isoformat()} 至 {last.isoformat()} 共 {days} 天："
        f"{days} ÷ {show(year)} × {show(full)} = {show(due)}，不足 1 整天的不计，应休 {floor(due)} 天"
    )
    return due


def _unused(w: Working, facts: LeaveFacts, due: Fraction) -> Readings:
    """Days not taken, lower and upper reading: the whole days less those taken, or the difference cut to whole days."""
    taken = exact(facts.taken)
    one, other = max(floor(due) - taken, Fraction(0)), max(Fraction(floor(due - taken)), Fraction(0))
    readings = (min(one, other), max(one, other))
    if readings[0] == readings[1]:
        w.step(
            f"已休 {show(taken)} 天，未休 {floor(due)} - {show(taken)} = {show(readings[0])} 天（不为负，多休的不扣回）"
        )
    else:
        w.step(f"已休 {show(taken)} 天（有半天的），未休 {show(readings[0])} 或 {show(readings[1])} 天")
        w.warn("已休天数不是整数时，先取整再扣减还是扣减后取整，法条没有写明，因此给出范围")
    return readings


def _as_amount(readings: Readings) -> Decimal | Range:
    low, high = (Decimal(r.numerator) / Decimal(r.denominator) for r in readings)
    return low if low == high else Range(low, high)


def _pay(w: Working, facts: LeaveFacts, on: date, readings: Readings) -> Result:
    low, high = readings
    span = show(low) if low == high else f"{show(low)} 至 {show(high)}"
    if not high:
        return w.result("年休假已经休完，没有未休天数。", cents(0))
    if facts.declined:
        w.step("单位安排了年休假、本人因自己的原因书面提出不休的，只付正常工资，没有额外报酬（实施办法第十条第二款）")
        return w.result(f"未休 {span} 天，但本人书面放弃，没有额外报酬。", cents(0))
    if facts.average_wage is None:
        w.ask("average_wage", "前十二个月平均每月工资（去掉加班费）是多少？", "日工资按它除以 21.75 折算")
        return w.result(f"未休 {span} 天；填写平均工资后可算出应补的工资。")
    ratio, divisor = w.rule("annual_leave.pay_ratio", on), w.rule("annual_leave.pay_days", on)
    daily = exact(facts.average_wage) / exact(divisor)
    extra_ratio = exact(ratio) - 1
    w.step(f"日工资：{show(facts.average_wage)} ÷ {show(divisor)} = {show(daily)} 元")
    pays = [daily * days * extra_ratio for days in readings]
    for days, pay in dict(zip(readings, pays, strict=True)).items():
        w.step(f"未休 {show(days)} 天按 {percent(ratio)}（含正常工资 100%）：{yuan(daily * days * exact(ratio))}")
        w.step(f"除正常工资外应补：{show(daily)} × {percent(extra_ratio)} × {show(days)} = {yuan(pay)}")
    total = [cents(daily * days * exact(ratio)) for days in readings]
    w.figure("total", "含正常工资的合计", total[0] if low == high else Range(*total), "元")
    w.warn("合同、集体合同或单位规定的天数、报酬更高的，按更高的执行（实施办法第十三条）")
    amount = cents(pays[0]) if low == high else Range(cents(pays[0]), cents(pays[1]))
    told = yuan(amount) if isinstance(amount, Decimal) else str(amount)
    return w.result(f"未休 {span} 天，除正常工资外应补 {told}。", amount)
