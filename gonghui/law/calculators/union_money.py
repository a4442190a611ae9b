"""C27 因工会活动被解雇, C32 工会经费与会费 (工会法 43, 44, 53)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from gonghui.law.calculators.facts import Count, Day, Facts, Money, fact
from gonghui.law.calculators.money import cents, exact, percent, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import SUPERVISION, UNION, articles
from gonghui.law.calculators.working import Context, Working


class UnionDismissalFacts(Facts):
    """C27 facts."""

    day: Day = fact("被解除劳动合同的日期", ask="哪一天被解除？", why="适用当时的规定")
    annual_income: Money = fact(
        "本人年收入", unit="元/年", ask="被解除前一年的收入是多少？", why="赔偿为本人年收入的二倍"
    )
    months_lost: Count = fact(
        "被解除后的月数", unit="个月", ask="被解除到现在几个月？", why="恢复工作的，补发这期间的报酬", default=0
    )
    monthly_wage: Money | None = fact(
        "应得月报酬",
        unit="元/月",
        ask="被解除期间每月应得报酬是多少？",
        why="恢复工作的，补发这期间的报酬",
        default=None,
    )


@calculator("C27", "因工会活动被解雇", "Dismissal over union activity")
def union_dismissal(facts: UnionDismissalFacts, ctx: Context) -> Result | Missing:
    """因参加工会活动、履行工会职责被解除: the job back with the pay missed, or twice the year's income.

    工会法 53; 劳动保障监察条例 29. `amount` is the second way in yuan; figure `back_pay` the pay of the first. Ordered
    by the labour authority.
    """
    w = Working("C27", ctx)
    w.cite(*articles(UNION, 52, 53), *articles(SUPERVISION, 29))
    w.mark("V")
    if (refused := w.too_early("union_dismissal.multiple", facts.day, "day")) is not None:
        return refused
    multiple = w.rule("union_dismissal.multiple", facts.day)
    amount = exact(facts.annual_income) * exact(multiple)
    w.step(f"赔偿：{show(facts.annual_income)} × {show(multiple)} = {yuan(amount)}")
    if facts.monthly_wage is not None:
        back = exact(facts.monthly_wage) * facts.months_lost
        w.step(f"或者恢复工作并补发：{show(facts.monthly_wage)} × {facts.months_lost} = {yuan(back)}")
        w.figure("back_pay", "恢复工作时补发的报酬", cents(back), "元")
    elif facts.months_lost:
        w.ask("monthly_wage", "被解除期间每月应得报酬是多少？", "恢复工作的，补发这期间的报酬")
    w.warn("两种结果由劳动行政部门责令，只能选一种；请先向劳动监察和上级工会反映")
    return w.result(f"责令恢复工作并补发报酬，或者赔偿 {yuan(amount)}。", cents(amount))


class UnionFundFacts(Facts):
    """C32 facts."""

    month: Day = fact("月份（任一天）", ask="是哪个月？", why="适用当时的比例")
    wage_bill: Money | None = fact(
        "全部职工月工资总额",
        unit="元",
        ask="单位这个月全部职工工资总额是多少？",
        why="单位按它的 2% 拨缴经费",
        default=None,
    )
    funds_paid: Money = fact("已拨缴", unit="元", ask="已经拨缴多少？", why="已拨缴的要扣除", default=Decimal(0))
    basic_pay: Money | None = fact(
        "会员月基本收入", unit="元/月", ask="会员每月基本工资是多少？", why="会费按它的 0.5% 计算", default=None
    )


@calculator("C32", "工会经费与会费", "Union funds and dues")
def union_funds(facts: UnionFundFacts, ctx: Context) -> Result | Missing:
    """工会经费: 2 % of the month's wage bill from the employer; a member's dues 0.5 % of basic pay (unverified).

    工会法 43, 44. Yuan a month: `amount` is what the employer still owes, or the dues if only basic pay is given. Asks
    for one of the two.
    """
    w = Working("C32", ctx)
    w.cite(*articles(UNION, 43, 44))
    w.mark("V")
    if (refused := w.too_early("union.employer_rate", facts.month, "month")) is not None:
        return refused
    if facts.wage_bill is None and facts.basic_pay is None:
        w.need("wage_bill", "单位这个月全部职工工资总额是多少？（算会费的填会员基本工资）", "单位按工资总额的 2% 拨缴")
        return w.missing()
    dues: Fraction | None = None
    if facts.basic_pay is not None:
        rate = w.rule("union.member_rate", facts.month)
        dues = exact(facts.basic_pay) * exact(rate)
        w.step(f"会费：{show(facts.basic_pay)} × {percent(rate)} = {yuan(dues)}")
        w.figure("dues", "会员会费", cents(dues), "元/月")
        w.warn("会费比例没有核对过原文，以本级工会的规定为准")
    if facts.wage_bill is None:
        return w.result(f"会费每月 {yuan(dues or 0)}。", cents(dues or 0))
    rate = w.rule("union.employer_rate", facts.month)
    funds = exact(facts.wage_bill) * exact(rate)
    w.step(f"拨缴经费：{show(facts.wage_bill)} × {percent(rate)} = {yuan(funds)}")
    w.figure("funds", "应拨缴经费", cents(funds), "元/月")
    due = max(funds - exact(facts.funds_paid), Fraction(0))
    if facts.funds_paid:
        w.step(f"减去已拨缴 {show(facts.funds_paid)}：{yuan(due)}")
    if due:
        w.warn("无正当理由拖延或拒不拨缴的，工会可以向法院申请支付令（工会法第四十四条）")
    return w.result(f"单位应拨缴工会经费 {yuan(due)}。", cents(due))
