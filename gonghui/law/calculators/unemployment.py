"""C13 失业保险金期限 (社会保险法 45–47, 51; 失业保险条例 14, 17, 18)."""

from __future__ import annotations

from decimal import Decimal

from gonghui.law.calculators.facts import REGION, Count, Day, Facts, Money, RegionCode, YesNo, fact
from gonghui.law.calculators.money import cents, exact, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Range, Result
from gonghui.law.calculators.sources import INSURANCE, RETIREMENT, UNEMPLOYMENT, articles
from gonghui.law.calculators.working import Context, Working, band


class UnemploymentFacts(Facts):
    """C13 facts."""

    ended: Day = fact("失业日期", ask="哪一天失业？", why="适用当时的规定和标准")
    paid_months: Count = fact(
        "累计缴费月数", unit="个月", ask="失业保险累计缴了多少个月？", why="缴费满一年、五年、十年，最长期限不同"
    )
    involuntary: YesNo = fact(
        "是否非因本人意愿中断就业", ask="是单位解除、合同到期等，不是您自己辞职吗？", why="非因本人意愿中断就业才能领取"
    )
    carried_months: Count = fact(
        "前次应领未领的月数",
        unit="个月",
        ask="上一次失业时还有几个月没有领完？",
        why="与这一次合并计算，最长二十四个月",
        default=0,
    )
    region: RegionCode | None = REGION
    monthly: Money | None = fact(
        "当地失业保险金标准", unit="元/月", ask="当地失业保险金每月多少？", why="填写后可算出最多可领多少", default=None
    )


@calculator("C13", "失业保险金期限", "Unemployment benefit")
def unemployment_benefit(facts: UnemploymentFacts, ctx: Context) -> Result | Missing:
    """失业保险金: the longest time it may be drawn, by months paid, with what was left over from before.

    社会保险法 45, 46; 失业保险条例 14, 17, 18. Figure `max_months`; with the local monthly sum a range in yuan up to
    it, since the real term is set locally. Nothing below one year paid or on leaving by one's own will.
    """
    w = Working("C13", ctx)
    w.cite(*articles(INSURANCE, 45, 46, 47), *articles(UNEMPLOYMENT, 14, 17, 18))
    w.mark("V")
    if (refused := w.too_early("unemployment.months", facts.ended, "ended")) is not None:
        return refused
    months = band(w.table("unemployment.months", facts.ended), facts.paid_months) or Decimal(0)
    if not facts.involuntary or not months:
        why = "缴费不满一年" if facts.involuntary else "因本人意愿中断就业"
        w.step(f"{why}，不能领取失业保险金（社会保险法第四十五条）")
        w.figure("max_months", "最长领取期限", Decimal(0), "个月")
        w.warn("因单位过错（第三十八条）被迫辞职的，属于非因本人意愿中断就业，请带证据咨询")
        return w.result(f"{why}，不能领取失业保险金。", cents(0))
    cap = w.rule("unemployment.cap", facts.ended)
    total = min(months + facts.carried_months, cap)
    w.step(f"累计缴费 {facts.paid_months} 个月，期限最长 {show(months)} 个月")
    if facts.carried_months:
        w.step(f"与前次未领的合并：{show(months)} + {facts.carried_months}，最长 {show(cap)} 个月：{show(total)} 个月")
    w.figure("max_months", "最长领取期限", total, "个月")
    w.warn("这是法定最长期限，实际期限按当地规定核定；须办理失业登记并有求职要求")
    w.warn("距法定退休年龄不足一年的，可以领到法定退休年龄（办法第七条，转引）")
    w.cite(*articles(RETIREMENT, 7))
    monthly = w.knows("unemployment_month", facts.ended, facts.region, facts.monthly)
    if monthly is None:
        row = w.recorded("unemployment_month", facts.ended, facts.region)
        w.ask_local("unemployment_month", facts.ended, row, "monthly")
        return w.result(f"最长可以领取 {show(total)} 个月。")
    w.local("unemployment_month", facts.ended, facts.region, facts.monthly, "monthly")
    most = exact(monthly) * exact(total)
    w.step(f"最多：{show(monthly)} × {show(total)} = {yuan(most)}")
    return w.result(f"最长可以领取 {show(total)} 个月，最多 {yuan(most)}。", Range(cents(0), cents(most)))
