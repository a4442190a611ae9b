"""C30 一次性补偿个人所得税 (财税〔2018〕164号 5, text not at hand)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from gonghui.law.calculators.facts import REGION, Day, Facts, Money, RegionCode, fact
from gonghui.law.calculators.money import cents, exact, percent, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import CONTRACT, articles
from gonghui.law.calculators.working import Context, Working


class SeveranceTaxFacts(Facts):
    """C30 facts."""

    day: Day = fact("取得补偿的日期", ask="哪一天拿到补偿？", why="适用当时的税收规定")
    compensation: Money = fact(
        "一次性补偿收入", unit="元", ask="一次性补偿（经济补偿、生活补助等）一共多少？", why="超过免税额的部分才计税"
    )
    region: RegionCode | None = REGION
    avg_wage_year: Money | None = fact(
        "当地上年职工年平均工资",
        unit="元/年",
        ask="当地上年职工年平均工资是多少？",
        why="它的三倍以内免税",
        default=None,
    )


@calculator("C30", "补偿金个人所得税", "Income tax on severance")
def severance_tax(facts: SeveranceTaxFacts, ctx: Context) -> Result | Missing:
    """补偿个税: nothing up to three times the local average year's wage, the rest alone on the yearly table.

    财税〔2018〕164号 5 and the table of the tax law, both unverified; 劳动合同法 47 says what the compensation is.
    Yuan. Asks for the local average wage of the year.
    """
    w = Working("C30", ctx)
    w.cite(*articles(CONTRACT, 47))
    if (refused := w.too_early("tax.brackets", facts.day, "day")) is not None:
        return refused
    w.source("财税〔2018〕164号第五条（未见原文）", "U")
    average = w.local("avg_wage_year", facts.day, facts.region, facts.avg_wage_year, "avg_wage_year")
    if average is None:
        return w.missing()
    multiple = w.rule("tax.severance_multiple", facts.day)
    exempt = exact(average) * exact(multiple)
    excess = max(exact(facts.compensation) - exempt, Fraction(0))
    w.step(f"免税额：{show(average)} × {show(multiple)} = {yuan(exempt)}")
    w.step(f"计税部分：{show(facts.compensation)} - {show(exempt)}，不为负：{yuan(excess)}")
    tax = Fraction(0)
    if excess:
        rate, quick = _bracket(w, facts, excess)
        tax = excess * exact(rate) - exact(quick)
        w.step(f"{show(excess)} × {percent(rate)} - {show(quick)} = {yuan(tax)}")
    w.figure("exempt", "免税额", cents(exempt), "元")
    w.figure("after_tax", "税后", cents(exact(facts.compensation) - tax), "元")
    w.warn("税收规定没有核对过原文，只供估算，请以税务机关或单位扣缴的为准")
    return w.result(f"估算个人所得税 {yuan(tax)}。", cents(tax))


def _bracket(w: Working, facts: SeveranceTaxFacts, excess: Fraction) -> tuple[Decimal, Decimal]:
    """Rate and quick deduction of the highest bracket that the sum goes beyond."""
    found = (Decimal(0), Decimal(0))
    for above, rate, quick in w.brackets("tax.brackets", facts.day):
        if excess > above:
            found = (rate, quick)
    return found
