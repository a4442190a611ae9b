"""C14 竞业限制补偿 (劳动合同法 23, 24; 解释（一）36–39)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from gonghui.law.calculators.facts import REGION, Count, Day, Facts, Money, RegionCode, YesNo, fact, min_wage_fact
from gonghui.law.calculators.money import cents, exact, percent, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import CONTRACT, INTERPRETATION_ONE, articles
from gonghui.law.calculators.working import Context, Working

INTERPRETATION_TWO_FROM = date(2025, 9, 1)


class NonCompeteFacts(Facts):
    """C14 facts."""

    ended: Day = fact("离职日期", ask="哪一天离职？", why="竞业限制从离职后开始，适用当时的规定")
    agreed: YesNo = fact("是否约定了补偿", ask="协议里约定了竞业限制补偿吗？", why="有约定的按约定，没有的按司法解释")
    agreed_monthly: Money | None = fact(
        "约定的月补偿", unit="元/月", ask="约定每月补偿多少？", why="有约定的按约定支付", default=None
    )
    average_wage: Money | None = fact(
        "离职前十二个月平均工资",
        unit="元/月",
        ask="离职前十二个月平均工资是多少？",
        why="没有约定的按它的 30%",
        default=None,
    )
    region: RegionCode | None = REGION
    min_wage: Money | None = min_wage_fact("30% 低于最低工资的，按最低工资")
    months_kept: Count = fact(
        "已履行竞业限制的月数", unit="个月", ask="离职后已经遵守了几个月？", why="按月支付补偿", default=0
    )
    paid: Money = fact("已付补偿", unit="元", ask="单位已经付了多少？", why="已付的要扣除", default=Decimal(0))
    unpaid_months: Count = fact(
        "因单位原因未付的月数", unit="个月", ask="单位连续几个月没有付？", why="三个月未付的可以请求解除", default=0
    )
    released: YesNo = fact(
        "单位是否在期限内解除", ask="单位在期限内通知不用再遵守了吗？", why="可以要求额外三个月补偿", default=False
    )
    term_months: Count | None = fact(
        "约定的期限", unit="个月", ask="约定竞业限制多少个月？", why="最长二年", default=None
    )


@calculator("C14", "竞业限制补偿", "Compensation for a non-compete")
def non_compete(facts: NonCompeteFacts, ctx: Context) -> Result | Missing:
    """竞业限制补偿: the agreed sum, or 30 % of the average wage and at least the minimum wage, for each month kept.

    劳动合同法 23, 24; 法释〔2020〕26号 36–39. Yuan still due: months kept (at most 24) less what was paid, and three
    months more if the employer ends it early. Asks for the average and the minimum wage if nothing was agreed.
    """
    w = Working("C14", ctx)
    w.cite(*articles(CONTRACT, 23, 24), *articles(INTERPRETATION_ONE, 36, 37, 38, 39))
    w.mark("V")
    if (refused := w.too_early("non_compete.ratio", facts.ended, "ended")) is not None:
        return refused
    monthly = _monthly(w, facts)
    if monthly is None:
        return w.missing()
    w.figure("monthly", "月补偿", cents(monthly), "元/月")
    longest = w.rule("non_compete.max_months", facts.ended)
    if facts.term_months is not None and facts.term_months > longest:
        w.warn(f"约定 {facts.term_months} 个月，超过 {show(longest)} 个月的部分没有约束力")
    months = min(Decimal(facts.months_kept), longest)
    kept = monthly * exact(months)
    w.step(f"已履行 {show(months)} 个月：{show(monthly)} × {show(months)} = {yuan(kept)}")
    due = max(kept - exact(facts.paid), Fraction(0))
    if facts.paid:
        w.step(f"减去已付 {show(facts.paid)}：{yuan(due)}")
    if facts.released:
        extra_months = w.rule("non_compete.release_months", facts.ended)
        extra = monthly * exact(extra_months)
        due += extra
        w.step(f"单位提前解除，额外 {show(extra_months)} 个月：{show(monthly)} × {show(extra_months)} = {yuan(extra)}")
        w.figure("release", "提前解除的额外补偿", cents(extra), "元")
    if facts.unpaid_months >= w.rule("non_compete.unpaid_months", facts.ended):
        w.warn("因单位原因三个月未付补偿的，可以请求解除竞业限制约定（解释（一）第三十八条）；解除前请继续遵守")
        w.figure("may_end", "可以请求解除", True)
    if facts.ended >= INTERPRETATION_TWO_FROM:
        w.warn(
            "没有接触商业秘密的，竞业限制条款可能不生效（法释〔2025〕12号第十三条，转引）；请先核对是否属于负有保密义务的人员"
        )
    return w.result(f"每月补偿 {yuan(monthly)}，现在应付 {yuan(due)}。", cents(due))


def _monthly(w: Working, facts: NonCompeteFacts) -> Fraction | None:
    if facts.agreed:
        if facts.agreed_monthly is None:
            w.need("agreed_monthly", "约定每月补偿多少元？", "有约定的按约定支付")
            return None
        w.step(f"约定的月补偿：{yuan(facts.agreed_monthly)}")
        w.warn("约定过低的能否要求提高，各地口径不同（未核对）")
        return exact(facts.agreed_monthly)
    if facts.average_wage is None:
        w.need("average_wage", "离职前十二个月平均工资是多少？", "没有约定补偿的，按平均工资的 30% 支付")
    least = w.local("min_wage_month", facts.ended, facts.region, facts.min_wage, "min_wage")
    if facts.average_wage is None or least is None:
        return None
    ratio = w.rule("non_compete.ratio", facts.ended)
    share = exact(facts.average_wage) * exact(ratio)
    w.step(f"没有约定：{show(facts.average_wage)} × {percent(ratio)} = {yuan(share)}")
    if share < least:
        w.step(f"低于最低工资 {show(least)}，按最低工资")
    return max(share, exact(least))
