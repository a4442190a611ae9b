"""C17 产假与生育津贴 (女职工劳动保护特别规定 7, 8; 社会保险法 54, 56)."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import model_validator

from gonghui.law.calculators.facts import REGION, Count, Day, Facts, Money, Quantity, RegionCode, YesNo, fact
from gonghui.law.calculators.money import cents, exact, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import INSURANCE, WOMEN, articles
from gonghui.law.calculators.working import Context, Working


class MaternityFacts(Facts):
    """C17 facts."""

    day: Day = fact("生育或流产日期", ask="哪一天生育（或流产）？", why="适用当时的规定")
    event: Literal["birth", "miscarriage"] = fact(
        "生育还是流产", ask="是生育还是流产？", why="假期天数不同", choices={"birth": "生育", "miscarriage": "流产"}
    )
    babies: Count = fact("婴儿数", unit="个", ask="生了几个宝宝？", why="多胞胎每多一个增加 15 天", default=1)
    difficult: YesNo = fact(
        "是否难产", ask="是难产吗？（剖宫产算不算难产，各地规定不同）", why="难产增加 15 天", default=False
    )
    months_pregnant: Quantity | None = fact(
        "怀孕月数（流产填）", unit="个月", ask="怀孕几个月时流产？", why="满 4 个月与不满 4 个月天数不同", default=None
    )
    region: RegionCode | None = REGION
    extra_days: Count | None = fact(
        "本省增加的产假天数", unit="天", ask="本省规定再增加多少天产假？", why="各省另有奖励假", default=None
    )
    insured: YesNo | None = fact(
        "是否参加生育保险",
        ask="单位给您缴了生育保险吗？",
        why="参保的按单位平均工资由基金付，未参保的按本人工资由单位付",
        default=None,
    )
    employer_average: Money | None = fact(
        "单位上年度职工月平均工资",
        unit="元/月",
        ask="单位上年度职工月平均工资是多少？",
        why="参保的，生育津贴按它计发",
        default=None,
    )
    own_wage: Money | None = fact(
        "本人产假前工资",
        unit="元/月",
        ask="产假前您的月工资是多少？",
        why="未参保的按它支付；参保的用来比较差额",
        default=None,
    )

    @model_validator(mode="after")
    def _possible(self) -> MaternityFacts:
        if self.event == "birth" and self.babies < 1:
            raise ValueError("婴儿数至少填 1")
        return self


@calculator("C17", "产假与生育津贴", "Maternity leave and allowance")
def maternity(facts: MaternityFacts, ctx: Context) -> Result | Missing:
    """产假: 98 days and more for a hard birth, further babies and by the province; allowance by day.

    女职工劳动保护特别规定 7, 8; 社会保险法 54, 56. Days and yuan; a day is a thirtieth of the month (unverified). Asks
    whether she is insured and for the wage that counts; the province's days stay an open question.
    """
    w = Working("C17", ctx)
    w.cite(*articles(WOMEN, 5, 7, 8), *articles(INSURANCE, 54, 56))
    w.mark("V")
    if (refused := w.too_early("maternity.days", facts.day, "day")) is not None:
        return refused
    days = _days(w, facts)
    if days is None:
        return w.missing()
    base, payer = facts.employer_average, "生育保险基金"
    if facts.insured is None:
        w.need("insured", "单位给您缴了生育保险吗？", "参保与否，津贴的标准和支付方不同")
    elif not facts.insured:
        base, payer = facts.own_wage, "用人单位"
    if facts.insured is not None and base is None:
        name = "employer_average" if facts.insured else "own_wage"
        asked = "单位上年度职工月平均工资是多少？" if facts.insured else "产假前您的月工资是多少？"
        w.need(name, asked, "生育津贴按它除以 30 再乘假期天数")
    if w.refuses or base is None:
        return w.missing()
    divisor = w.rule("maternity.divisor", facts.day)
    amount = exact(base) / exact(divisor) * exact(days)
    w.step(f"{show(base)} ÷ {show(divisor)} × {show(days)} = {yuan(amount)}（由{payer}支付）")
    if facts.insured and facts.own_wage is not None:
        own = exact(facts.own_wage) / exact(divisor) * exact(days)
        gap = max(own - amount, exact(0))
        w.figure("gap", "津贴低于本人工资的差额", cents(gap), "元")
        if gap:
            w.warn("生育津贴低于本人工资的，许多地方规定由单位补足（未核对），请查本省规定")
    return w.result(f"产假 {show(days)} 天，津贴 {yuan(amount)}，由{payer}支付。", cents(amount))


def _days(w: Working, facts: MaternityFacts) -> Decimal | None:
    table = w.table("maternity.days", facts.day)
    if facts.event == "miscarriage":
        if facts.months_pregnant is None:
            w.need("months_pregnant", "怀孕几个月时流产？", "满 4 个月休 42 天，不满 4 个月休 15 天")
            return None
        late = facts.months_pregnant >= table["late_from_months"]
        days = table["miscarriage_late" if late else "miscarriage_early"]
        state = "满" if late else "未满"
        w.step(f"怀孕{state} {show(table['late_from_months'])} 个月流产：{show(days)} 天")
        w.figure("days", "假期天数", days, "天")
        return days
    parts = [("产假", table["birth"])]
    if facts.difficult:
        parts.append(("难产", table["difficult"]))
    if facts.babies > 1:
        parts.append((f"多胞胎多 {facts.babies - 1} 个", table["further_child"] * (facts.babies - 1)))
    extra = w.knows("extra_maternity_days", facts.day, facts.region, _decimal(facts.extra_days))
    if extra is None:
        row = w.recorded("extra_maternity_days", facts.day, facts.region)
        w.ask_local("extra_maternity_days", facts.day, row, "extra_days")
        w.warn("只算了国家规定的天数；各省另有增加的产假（奖励假），津贴是否覆盖这些天也由各省规定")
    else:
        w.local("extra_maternity_days", facts.day, facts.region, _decimal(facts.extra_days), "extra_days")
        parts.append(("本省增加", extra))
    total = sum((number for _label, number in parts), Decimal(0))
    w.step("、".join(f"{label} {show(number)} 天" for label, number in parts))
    if len(parts) > 1:
        w.step(f"{' + '.join(show(number) for _label, number in parts)} = {show(total)} 天")
    w.figure("days", "假期天数", total, "天")
    return total


def _decimal(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)
