"""C8 最低工资差额, C20 停工停产工资, C21 扣款上限, C23 病假工资: what must be left in the worker's hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from gonghui.law.calculators.facts import REGION, Day, Facts, Money, Quantity, RegionCode, YesNo, fact, min_wage_fact
from gonghui.law.calculators.money import cents, exact, percent, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import CONTRACT, LABOUR, SUPERVISION, WAGES, articles
from gonghui.law.calculators.working import Context, Working


class PaidMonth(Facts):
    """One month's pay."""

    month: Day = fact("月份（任一天）", ask="是哪个月？", why="最低工资标准会调整，按当月的标准比较")
    paid: Money = fact(
        "实发应得工资", unit="元", ask="这个月单位支付的工资（扣个人税费前）是多少？", why="与最低工资比较"
    )
    overtime: Money = fact(
        "其中加班费", unit="元", ask="里面有多少是加班费？", why="加班费不计入最低工资", default=Decimal(0)
    )
    special: Money = fact(
        "其中特殊津贴",
        unit="元",
        ask="里面有多少是夜班、高温、井下、有毒有害等特殊津贴？",
        why="特殊津贴不计入最低工资",
        default=Decimal(0),
    )
    hours: Quantity | None = fact(
        "工作小时数（非全日制填）",
        unit="小时",
        ask="这个月工作了多少小时？",
        why="非全日制按小时最低工资比较",
        default=None,
    )


class FloorFacts(Facts):
    """C8 facts."""

    months: tuple[PaidMonth, ...] = fact("各月工资", ask="每个月发了多少工资？", why="逐月与最低工资比较")
    part_time: YesNo = fact(
        "是否非全日制用工", ask="是按小时计酬的非全日制吗？", why="非全日制适用小时最低工资标准", default=False
    )
    region: RegionCode | None = REGION
    min_wage: Money | None = fact(
        "当地最低工资标准（非全日制填小时标准）",
        unit="元",
        ask="当地最低工资标准是多少？",
        why="低于最低工资的部分应当补足",
        default=None,
    )


@calculator("C8", "最低工资差额", "Shortfall against the minimum wage")
def minimum_wage_gap(facts: FloorFacts, ctx: Context) -> Result | Missing:
    """最低工资差额: for each month the minimum wage less what was paid without overtime and special allowances.

    劳动法 48; 劳动合同法 72, 85; 劳动保障监察条例 26. Yuan. What is not counted is from the 最低工资规定, whose text is
    not at hand (unverified). Assumes normal work. Asks for the minimum wage of each month it does not know.
    """
    w = Working("C8", ctx)
    w.cite(*articles(LABOUR, 48), *articles(CONTRACT, 72, 85), *articles(SUPERVISION, 26))
    w.mark("V")
    key = "min_wage_hour" if facts.part_time else "min_wage_month"
    total = Fraction(0)
    for row in facts.months:
        least = w.local(key, row.month, facts.region, facts.min_wage, "min_wage")
        if facts.part_time and row.hours is None:
            w.need("months", f"{row.month:%Y-%m} 工作了多少小时？", "非全日制按小时最低工资标准比较")
        if least is None or (facts.part_time and row.hours is None):
            continue
        due = exact(least) * exact(row.hours) if facts.part_time and row.hours is not None else exact(least)
        counted = exact(row.paid) - exact(row.overtime) - exact(row.special)
        gap = max(due - counted, Fraction(0))
        total += gap
        w.step(
            f"{row.month:%Y-%m}：应不低于 {show(due)}；计入的工资 {show(row.paid)} - {show(row.overtime)}"
            f" - {show(row.special)} = {show(counted)}；差额 {yuan(gap)}"
        )
    if w.refuses:
        return w.missing()
    if any(row.overtime or row.special for row in facts.months):
        w.source("最低工资规定（2004）第十二条：加班费、特殊津贴不计入（未见原文）", "U")
    w.step(f"差额合计：{yuan(total)}")
    w.warn("最低工资以提供了正常劳动为前提；请假、旷工的月份要另外折算。个人社保是否计入，各地规定不同")
    return w.result(f"低于最低工资的差额共 {yuan(total)}。", cents(total))


class StoppagePeriod(Facts):
    """One wage period after the first."""

    worked: YesNo = fact("这一周期是否提供了劳动", ask="这个月上班了吗？", why="提供了正常劳动的不低于最低工资")
    wage: Money | None = fact(
        "约定的工资（上班的填）", unit="元", ask="上班的话，约定多少工资？", why="不低于最低工资", default=None
    )


class StoppageFacts(Facts):
    """C20 facts."""

    start: Day = fact("停工开始日", ask="哪一天开始停工停产？", why="第一个工资支付周期按合同工资支付")
    contract_wage: Money = fact("合同工资", unit="元/月", ask="合同约定每月工资是多少？", why="第一个周期照发合同工资")
    later: tuple[StoppagePeriod, ...] = fact(
        "以后各个工资周期",
        ask="第一个周期以后，还有几个周期？各是上班还是没上班？",
        why="以后按是否提供劳动分别计算",
        default=(),
    )
    region: RegionCode | None = REGION
    min_wage: Money | None = min_wage_fact("以后各周期以最低工资为底")
    living_ratio: Quantity | None = fact(
        "生活费比例",
        unit="倍",
        ask="当地规定停工期间生活费是最低工资的多少（80% 填 0.8）？",
        why="没有提供劳动的，按各省规定的比例发生活费",
        default=None,
    )


@calculator("C20", "停工停产工资", "Pay during a stoppage")
def stoppage_pay(facts: StoppageFacts, ctx: Context) -> Result | Missing:
    """停工停产工资: the contract wage for the first wage period, then the minimum wage if work is done, else a living
    allowance as the province sets it.

    工资支付暂行规定 12. Yuan. Only for a stoppage that the worker did not cause. Asks for the minimum wage and the
    ratio once there is a later period.
    """
    w = Working("C20", ctx)
    w.cite(*articles(WAGES, 12), *articles(LABOUR, 48))
    w.mark("V")
    total = exact(facts.contract_wage)
    w.step(f"第一个工资支付周期：按合同工资 {yuan(total)}")
    if facts.later:
        least = w.local("min_wage_month", facts.start, facts.region, facts.min_wage, "min_wage")
        idle = any(not period.worked for period in facts.later)
        ratio: Decimal | None = Decimal(0)
        if idle:
            ratio = w.local("stoppage_living_ratio", facts.start, facts.region, facts.living_ratio, "living_ratio")
        if least is None or ratio is None:
            return w.missing()
        for number, period in enumerate(facts.later, start=2):
            if period.worked:
                part = max(exact(period.wage or 0), exact(least))
                w.step(f"第 {number} 个周期上班：不低于最低工资，{yuan(part)}")
            else:
                part = exact(least) * exact(ratio)
                w.step(f"第 {number} 个周期没有上班：{show(least)} × {percent(ratio)} = {yuan(part)}")
            total += part
    w.step(f"合计：{yuan(total)}")
    w.warn("只适用于不是劳动者原因造成的停工停产；以后各周期最低工资有调整的，按调整后的算")
    return w.result(f"停工期间应付工资共 {yuan(total)}。", cents(total))


class DeductionFacts(Facts):
    """C21 facts."""

    month: Day = fact("扣款月份（任一天）", ask="是哪个月扣的？", why="按当月最低工资标准衡量")
    wage: Money = fact("当月工资", unit="元", ask="当月应得工资是多少？", why="扣款不得超过当月工资的 20%")
    loss: Money = fact("要求赔偿的损失", unit="元", ask="单位要您赔多少损失？", why="扣款不超过损失")
    deducted: Money | None = fact(
        "实际扣了多少", unit="元", ask="单位实际扣了多少？", why="可以算出多扣的部分", default=None
    )
    region: RegionCode | None = REGION
    min_wage: Money | None = min_wage_fact("扣后工资不得低于最低工资")


@calculator("C21", "工资扣款上限", "Limit of deductions from pay")
def deduction_limit(facts: DeductionFacts, ctx: Context) -> Result | Missing:
    """扣款上限: of one month's wage at most the loss, 20 % of the wage, and what lies above the minimum wage.

    工资支付暂行规定 16; 劳动法 50. Yuan a month. Asks for the minimum wage.
    """
    w = Working("C21", ctx)
    w.cite(*articles(WAGES, 15, 16), *articles(LABOUR, 50))
    w.mark("V")
    if (refused := w.too_early("deduction.ratio", facts.month, "month")) is not None:
        return refused
    least = w.local("min_wage_month", facts.month, facts.region, facts.min_wage, "min_wage")
    if least is None:
        return w.missing()
    ratio = w.rule("deduction.ratio", facts.month)
    share, room = exact(facts.wage) * exact(ratio), exact(facts.wage) - exact(least)
    limit = max(min(exact(facts.loss), share, room), Fraction(0))
    w.step(f"损失：{yuan(facts.loss)}")
    w.step(f"当月工资的 {percent(ratio)}：{show(facts.wage)} × {percent(ratio)} = {yuan(share)}")
    w.step(f"扣后不低于最低工资：{show(facts.wage)} - {show(least)} = {yuan(room)}")
    w.step(f"三者取最小且不为负：{yuan(limit)}")
    if facts.deducted is not None:
        over = max(exact(facts.deducted) - limit, Fraction(0))
        w.figure("over", "多扣的部分", cents(over), "元")
        w.step(f"实际扣 {show(facts.deducted)}，多扣 {yuan(over)}，可以要求返还")
    w.warn("只有劳动者本人原因造成损失且合同有约定的，才可以扣；一般过失、正常损耗以及“罚款”是否可扣，请联系工会核对")
    return w.result(f"这个月最多可以扣 {yuan(limit)}。", cents(limit))


class SickPayFacts(Facts):
    """C23 facts."""

    month: Day = fact("病假月份（任一天）", ask="是哪个月的病假？", why="按当月最低工资标准衡量")
    rule_pay: Money | None = fact(
        "合同、集体合同或当地规定的病假工资",
        unit="元/月",
        ask="按合同、集体合同或本地规定，每月病假工资是多少（没有填 0）？",
        why="有约定或规定的从高",
        default=None,
    )
    paid: Money | None = fact(
        "实发病假工资", unit="元/月", ask="单位实际发了多少？", why="可以算出少发的部分", default=None
    )
    region: RegionCode | None = REGION
    min_wage: Money | None = min_wage_fact("病假工资不低于最低工资的 80%")


@calculator("C23", "病假工资", "Sick pay")
def sick_pay(facts: SickPayFacts, ctx: Context) -> Result | Missing:
    """病假工资 within the medical period: what contract or local rule gives, at least 80 % of the minimum wage.

    劳部发〔1995〕309号 59 (secondary, text not at hand); 劳动合同法 42(3); 劳动法 48. Yuan for a whole month. Asks for
    the minimum wage.
    """
    w = Working("C23", ctx)
    w.cite(*articles(LABOUR, 48), *articles(CONTRACT, 42))
    if (refused := w.too_early("sick_pay.ratio", facts.month, "month")) is not None:
        return refused
    w.source("劳部发〔1995〕309号第五十九条（转引）：病假工资不低于最低工资的 80%", "S")
    least = w.local("min_wage_month", facts.month, facts.region, facts.min_wage, "min_wage")
    if least is None:
        return w.missing()
    ratio = w.rule("sick_pay.ratio", facts.month)
    floor = exact(least) * exact(ratio)
    w.step(f"下限：{show(least)} × {percent(ratio)} = {yuan(floor)}")
    amount = max(floor, exact(facts.rule_pay or 0))
    if facts.rule_pay is None:
        w.ask("rule_pay", "合同、集体合同或当地规定的病假工资是多少？", "约定或规定更高的，按更高的支付")
        w.warn("这只是下限；合同、集体合同或当地规定更高的，从其规定")
    else:
        w.step(f"约定或规定的病假工资 {show(facts.rule_pay)} 与下限取高：{yuan(amount)}")
    if facts.paid is not None:
        gap = max(amount - exact(facts.paid), Fraction(0))
        w.figure("gap", "少发的部分", cents(gap), "元")
        w.step(f"实发 {show(facts.paid)}，少发 {yuan(gap)}")
    return w.result(f"病假工资每月不低于 {yuan(amount)}。", cents(amount))
