"""C7 试用期 (劳动合同法 19, 20, 70, 83; 实施条例 15)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import model_validator

from gonghui.kernel.calendar import months_later
from gonghui.law.calculators.facts import REGION, Count, Day, Facts, Money, RegionCode, YesNo, fact, min_wage_fact
from gonghui.law.calculators.money import cents, exact, percent, show, yuan
from gonghui.law.calculators.periods import Span, service, span_after, working_days
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Range, Result
from gonghui.law.calculators.sources import CONTRACT, CONTRACT_REGULATION, articles
from gonghui.law.calculators.working import Context, Working, band

TERMS = {
    "fixed": "固定期限",
    "open_ended": "无固定期限",
    "task": "以完成一定任务为期限",
    "part_time": "非全日制",
    "trial_only": "只签了试用期",
}


class TrialFacts(Facts):
    """C7 facts."""

    term: Literal["fixed", "open_ended", "task", "part_time", "trial_only"] = fact(
        "合同类型", ask="签的是哪一种劳动合同？", why="试用期上限由合同期限决定", choices=TERMS
    )
    contract_months: Count | None = fact(
        "合同期限（整月数）",
        unit="个月",
        ask="合同一共签了多少个月？（两年填 24，零头不计）",
        why="不满 3 个月不得约定试用期，3 个月、1 年、3 年各有上限",
        default=None,
    )
    trial_start: Day = fact("试用期开始日", ask="试用期从哪一天开始？", why="超过法定上限的部分从这里算起")
    trial_end: Day = fact(
        "试用期实际履行的最后一天", ask="试用期实际做到哪一天（还在试用填今天）？", why="赔偿按已经履行的超过部分计算"
    )
    full_wage: Money = fact(
        "试用期满后的月工资", unit="元/月", ask="合同约定的转正后月工资是多少？", why="赔偿金以试用期满月工资为标准"
    )
    repeated: YesNo = fact(
        "是否第二次约定试用期",
        ask="以前在这家单位已经试用过一次吗？",
        why="同一单位与同一劳动者只能约定一次试用期",
        default=False,
    )
    trial_wage: Money | None = fact(
        "试用期月工资", unit="元/月", ask="试用期每月工资是多少？", why="可以一并核对是否过低", default=None
    )
    lowest_same_post: Money | None = fact(
        "本单位相同岗位最低档工资",
        unit="元/月",
        ask="本单位相同岗位的最低档工资是多少（不知道可不填）？",
        why="试用期工资不得低于它的 80% 或约定工资的 80%",
        default=None,
    )
    region: RegionCode | None = REGION
    min_wage: Money | None = min_wage_fact("试用期工资不得低于最低工资")

    @model_validator(mode="after")
    def _in_order(self) -> TrialFacts:
        if self.trial_end < self.trial_start:
            raise ValueError("试用期的最后一天不能早于开始日")
        return self


@calculator("C7", "试用期上限与赔偿", "Trial period")
def trial_period(facts: TrialFacts, ctx: Context) -> Result | Missing:
    """试用期: the longest legal trial, and the full wage for each month served beyond it; also the floor of trial pay.

    劳动合同法 19, 20, 70, 83; 实施条例 15. Months and yuan; a month in part by its working days / 21.75 (unverified).
    Asks for the contract's term, and for the minimum wage if the trial wage is given.
    """
    w = Working("C7", ctx)
    w.cite(*articles(CONTRACT, 19, 20, 70, 83), *articles(CONTRACT_REGULATION, 15))
    w.mark("V")
    if (refused := w.too_early("trial.limit", facts.trial_start, "trial_start")) is not None:
        return refused
    if (refused := w.too_early("pay.days_month", facts.trial_start, "trial_start")) is not None:
        return refused
    limit = _limit(w, facts)
    if limit is None:
        return w.missing()
    w.figure("limit", "法定试用期上限", limit, "个月")
    served = service(facts.trial_start, facts.trial_end)
    w.step(f"已履行试用期：{facts.trial_start.isoformat()} 至 {facts.trial_end.isoformat()}（含当日），共 {served}")
    legal_end = months_later(facts.trial_start, int(limit))
    over = span_after(facts.trial_start, int(limit), served.end) if legal_end < served.end else None
    amount = _damages(w, facts, over) if over else Fraction(0)
    if over is None:
        w.step(f"没有超过法定上限 {show(limit)} 个月，没有赔偿金")
    if facts.trial_wage is not None:
        _check_pay(w, facts)
    if amount:
        w.warn("这项赔偿以约定违法且已经履行为前提，除正常工资外另付；违法约定由劳动行政部门责令改正")
        return w.result(f"超过法定上限的试用期，应另付赔偿金 {yuan(amount)}。", cents(amount))
    return w.result(f"法定试用期上限 {show(limit)} 个月，没有超过，没有赔偿金。", cents(0))


def _limit(w: Working, facts: TrialFacts) -> Decimal | None:
    on = facts.trial_start
    if facts.repeated:
        w.step("同一单位与同一劳动者只能约定一次试用期，再次约定的全部不合法")
        return Decimal(0)
    if facts.term in ("task", "part_time"):
        w.step(f"{TERMS[facts.term]}的，不得约定试用期")
        return Decimal(0)
    if facts.term == "trial_only":
        w.step("只约定试用期的，试用期不成立，该期限就是劳动合同期限")
        return Decimal(0)
    if facts.term == "open_ended":
        limit = w.rule("trial.open_ended_limit", on)
        w.step(f"无固定期限合同，试用期不超过 {show(limit)} 个月")
        return limit
    if facts.contract_months is None:
        w.need("contract_months", "固定期限合同一共签了多少个月？", "试用期上限由合同期限决定（劳动合同法第十九条）")
        return None
    limit = band(w.table("trial.limit", on), facts.contract_months) or Decimal(0)
    rule = f"试用期不超过 {show(limit)} 个月" if limit else "不得约定试用期"
    w.step(f"合同期限 {facts.contract_months} 个月，{rule}")
    return limit


def _damages(w: Working, facts: TrialFacts, over: Span) -> Fraction:
    wage = exact(facts.full_wage)
    amount = wage * over.months
    w.step(f"超过法定上限的期间：{over.start.isoformat()} 至 {over.last_day.isoformat()}，共 {over}")
    w.step(f"{show(wage)} × {over.months} = {yuan(amount)}")
    w.figure("over_months", "超过的整月数", Decimal(over.months), "个月")
    if over.days:
        days, guessed = working_days(w.ctx.calendar, over.whole_until, over.end)
        divisor = w.rule("pay.days_month", facts.trial_end)
        part = min(wage / exact(divisor) * days, wage)
        amount += part
        w.mark("U")
        w.step(f"不满一个月的部分：{over.whole_until.isoformat()} 起，{days} 个工作日，计 {yuan(part)}")
        w.warn("不满一个月的部分按月工资 ÷ 21.75 × 工作日（不超过一个月工资）计算，法条没有写明")
        if guessed:
            w.warn("所涉年份的放假安排尚未收录，工作日数按周一至周五估计，请核对")
    return amount


def _check_pay(w: Working, facts: TrialFacts) -> None:
    """The floor of trial pay: 80 % of the agreed wage or of the lowest wage of the post, and the minimum wage."""
    ratio = w.rule("trial.pay_ratio", facts.trial_start)
    floors = [exact(facts.full_wage) * exact(ratio)]
    w.step(f"约定工资的 {percent(ratio)}：{show(facts.full_wage)} × {percent(ratio)} = {yuan(floors[0])}")
    if facts.lowest_same_post is not None:
        floors.append(exact(facts.lowest_same_post) * exact(ratio))
        w.step(
            f"相同岗位最低档的 {percent(ratio)}：{show(facts.lowest_same_post)} × {percent(ratio)} = {yuan(floors[1])}"
        )
    least = w.knows("min_wage_month", facts.trial_start, facts.region, facts.min_wage)
    if least is None:
        row = w.recorded("min_wage_month", facts.trial_start, facts.region)
        w.ask_local("min_wage_month", facts.trial_start, row, "min_wage")
    else:
        w.local("min_wage_month", facts.trial_start, facts.region, facts.min_wage, "min_wage")
        floors = [max(floor, exact(least)) for floor in floors]
    low, high = min(floors), max(floors)
    w.figure("pay_floor", "试用期工资下限", cents(low) if low == high else Range(cents(low), cents(high)), "元/月")
    wage = exact(facts.trial_wage or 0)
    if wage < low:
        w.warn(f"试用期工资 {show(wage)} 低于下限 {yuan(low)}，每月差 {yuan(low - wage)}，可以要求补足")
    elif wage < high:
        w.warn("法条写的是相同岗位最低档“或者”约定工资的 80%，按较高的一个衡量时，这个试用期工资偏低")
