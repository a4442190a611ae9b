"""C4 未签书面劳动合同的二倍工资差额 (劳动合同法 82; 实施条例 6–7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import model_validator

from gonghui.kernel.calendar import months_later
from gonghui.law.calculators.facts import Day, Facts, Money, YesNo, fact
from gonghui.law.calculators.money import cents, exact, show, yuan
from gonghui.law.calculators.periods import ONE_DAY, Span, span, span_after, working_days
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Range, Result
from gonghui.law.calculators.sources import ARBITRATION, CONTRACT, CONTRACT_REGULATION, articles
from gonghui.law.calculators.working import Context, Working

INTERPRETATION_TWO_FROM = date(2025, 9, 1)
EXCUSES = {"none": "没有", "force_majeure": "不可抗力", "worker": "劳动者本人故意或重大过失（如拒签）"}


class DoubleWageFacts(Facts):
    """C4 facts."""

    hired: Day = fact("用工之日", ask="您哪一天开始上班？", why="二倍工资从用工满一个月的次日算起")
    monthly_wage: Money = fact(
        "月工资", unit="元/月", ask="没有合同期间，每月工资是多少？", why="差额按每月多付一份工资计算"
    )
    never_signed: YesNo | None = fact(
        "是否一直没有签书面合同",
        ask="到现在（或离职）为止，是否一直没有签书面劳动合同？",
        why="签了合同的，二倍工资只算到签订的前一日",
        default=None,
    )
    signed: Day | None = fact(
        "签订书面合同的日期",
        ask="书面劳动合同是哪一天签的？",
        why="二倍工资截止到补订书面合同的前一日",
        default=None,
    )
    ended: Day | None = fact(
        "最后工作日", ask="如已离职，最后工作日是哪一天？", why="劳动关系结束后不再计算", default=None
    )
    claim_on: Day | None = fact(
        "申请仲裁的日期",
        ask="打算（或已经）在哪一天申请仲裁？",
        why="二倍工资不属于劳动报酬，超过一年的部分在一些地方会过时效",
        default=None,
    )
    excuse: Literal["none", "force_majeure", "worker"] | None = fact(
        "没有签的原因",
        ask="单位是否说是不可抗力，或者是您自己拒绝签的？",
        why="单位能证明这些情形的，可以不付二倍工资",
        choices=EXCUSES,
        default=None,
    )

    @model_validator(mode="after")
    def _in_order(self) -> DoubleWageFacts:
        if self.signed and self.never_signed:
            raise ValueError("填了签订日期，就不是一直没有签")
        if self.signed and self.signed < self.hired:
            raise ValueError("用工之前已经签了合同，没有二倍工资")
        if self.ended and self.ended < self.hired:
            raise ValueError("最后工作日不能早于用工之日")
        return self


@calculator("C4", "未签合同二倍工资差额", "Double pay for want of a written contract")
def double_wage(facts: DoubleWageFacts, ctx: Context) -> Result | Missing:
    """二倍工资差额: one further wage for each month without a written contract, from the second month to the twelfth.

    劳动合同法 82; 实施条例 6, 7. Yuan; a month in part is paid by its working days (month / 21.75, a divisor not
    verified). With the day of the claim the result is a range: in some places what is over a year old is lost day by
    day. Asks whether and when a contract was signed.
    """
    w = Working("C4", ctx)
    w.cite(*articles(CONTRACT, 10, 82), *articles(CONTRACT_REGULATION, 6, 7))
    w.mark("V")
    if (refused := w.too_early("double_wage.start_months", facts.hired, "hired")) is not None:
        return refused
    if facts.signed is None and not facts.never_signed:
        w.need("signed", "签过书面劳动合同吗？如果签过，是哪一天？", "二倍工资截止到签订书面合同的前一日")
        return w.missing()
    skipped = int(w.rule("double_wage.start_months", facts.hired))
    start = months_later(facts.hired, skipped)
    year = months_later(facts.hired, int(w.rule("double_wage.end_months", facts.hired)))
    known = facts.signed or (facts.ended + ONE_DAY if facts.ended else ctx.today + ONE_DAY)
    if facts.signed and facts.ended:
        known = min(facts.signed, facts.ended + ONE_DAY)
    end = min(known, year)
    w.step(f"用工之日 {facts.hired.isoformat()}，满一个月的次日 {start.isoformat()} 起算")
    w.step(f"最多算到满一年的前一日 {(year - ONE_DAY).isoformat()}")
    if end <= start:
        w.step("用工一个月之内已经签订书面合同或者已经离职，没有二倍工资")
        return w.result("没有二倍工资差额。", cents(0))
    if not facts.signed and not facts.ended and end < year:
        w.warn(f"仍未签合同，先算到今天（{ctx.today.isoformat()}），以后每月还会增加，最多十一个月")
    if end == year:
        w.warn("用工满一年仍未签的，视为已订立无固定期限劳动合同（第十四条第三款），应要求补签")
    whole = _extra(w, facts, span_after(facts.hired, skipped, end), tell=True)
    amount: Range | None = None
    if facts.excuse in ("force_majeure", "worker"):
        w.source("法释〔2025〕12号第七条（未见全文）：不可抗力、劳动者故意或重大过失的除外", "S")
        w.warn(f"单位主张的原因是：{EXCUSES[facts.excuse]}。单位能够证明的，可以不付；证明责任在单位")
        amount = Range(cents(0), cents(whole))
    if facts.claim_on is not None:
        kept_from = max(start, months_later(facts.claim_on, -12))
        w.cite(*articles(ARBITRATION, 27))
        if kept_from > start:
            w.mark("U")
            within = _extra(w, facts, span(kept_from, end), tell=False) if kept_from < end else Fraction(0)
            w.step(
                f"按“逐日计算时效”的口径，{facts.claim_on.isoformat()} 申请仲裁只能要 {kept_from.isoformat()} 起的部分"
            )
            w.step(f"这一部分：{yuan(within)}")
            w.warn("二倍工资的一年时效从哪天起算，各地口径不同（未核对）；请尽早申请仲裁，越晚可能损失越多")
            amount = Range(cents(0 if amount else within), cents(whole))
    if amount is not None and amount.low != amount.high:
        return w.result(f"二倍工资差额为 {amount}，取决于上面提示的问题。", amount)
    return w.result(f"二倍工资差额为 {yuan(whole)}。", cents(whole))


def _extra(w: Working, facts: DoubleWageFacts, period: Span, *, tell: bool) -> Fraction:
    """One further wage for the period: whole months, and the rest by its working days."""
    wage = exact(facts.monthly_wage)
    total = wage * period.months
    if tell:
        w.step(f"二倍工资期间：{period.start.isoformat()} 至 {period.last_day.isoformat()}，共 {period}")
        w.step(f"整月部分：{show(wage)} × {period.months} = {yuan(total)}")
        w.figure("months", "整月数", Decimal(period.months), "个月")
    if not period.days:
        return total
    days, guessed = working_days(w.ctx.calendar, period.whole_until, period.end)
    divisor = w.rule("pay.days_month", period.end)
    part = min(wage / exact(divisor) * days, wage)
    w.source("法释〔2025〕12号第六条（未见全文）：按月计算，不满一个月的按实际工作日计算", "S")
    # The interpretation says "by actual working days" but not by what a month is divided.
    w.mark("U")
    if tell:
        w.step(f"不满一个月的部分：{period.whole_until.isoformat()} 至 {period.last_day.isoformat()}，{days} 个工作日")
        if days > divisor:
            w.step(f"{days} 个工作日超过 {show(divisor)}，按一个月工资计：{yuan(part)}")
        else:
            w.step(f"{show(wage)} ÷ {show(divisor)} × {days} = {yuan(part)}")
        w.step(f"合计：{yuan(total)} + {yuan(part)} = {yuan(total + part)}")
        w.warn("不满一个月的部分用月工资除以月计薪天数 21.75，是通行算法，没有核对过明文")
        if period.end <= INTERPRETATION_TWO_FROM:
            w.warn("不满一个月部分的算法出自 2025-09-01 施行的司法解释（二），此前各地算法不一")
        if guessed:
            w.warn("所涉年份的放假安排尚未收录，工作日数按周一至周五估计，请核对")
    return total + part
