"""C10 工伤待遇 (工伤保险条例 33–39, 62, 64)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import model_validator

from gonghui.law.calculators.facts import REGION, Count, Day, Facts, Money, RegionCode, YesNo, fact, min_wage_fact
from gonghui.law.calculators.money import cents, exact, percent, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import CONTRACT_REGULATION, INJURY, INSURANCE, articles
from gonghui.law.calculators.working import Context, Working
from gonghui.law.parameters import NATION

CARE = {"none": "不需要", "full": "完全不能自理", "most": "大部分不能自理", "part": "部分不能自理"}
MONTHLY_UP_TO, LUMPS_FROM = 6, 5
"""Grades 1–6 may draw a monthly allowance; grades 5–10 draw two further sums on leaving (条例 35–37)."""


class InjuryFacts(Facts):
    """C10 facts."""

    day: Day = fact("受伤或诊断职业病的日期", ask="哪一天受伤（或诊断职业病）？", why="适用当时的标准和平均工资")
    own_wage: Money = fact(
        "本人工资（前十二个月平均月缴费工资）",
        unit="元/月",
        ask="受伤前十二个月，平均每月的社保缴费工资是多少？",
        why="一次性伤残补助金、伤残津贴和抚恤金都以本人工资为基数",
    )
    region: RegionCode | None = REGION
    injury_avg_wage: Money | None = fact(
        "统筹地区上年度职工月平均工资",
        unit="元/月",
        ask="工伤统筹地区上年度职工月平均工资是多少？",
        why="本人工资的上下限、护理费和丧葬补助金都按它计算",
        default=None,
    )
    grade: Count | None = fact(
        "伤残等级", ask="劳动能力鉴定是几级（1–10）？没有等级不填。", why="待遇按伤残等级确定", default=None
    )
    care: Literal["none", "full", "most", "part"] = fact(
        "生活自理障碍",
        ask="鉴定的生活自理障碍是哪一等？",
        why="需要护理的按月支付生活护理费",
        choices=CARE,
        default="none",
    )
    min_wage: Money | None = min_wage_fact("伤残津贴低于最低工资的要补足")
    leave_months: Count | None = fact(
        "停工留薪期月数", unit="个月", ask="停工治疗几个月？", why="停工留薪期内原工资福利不变", default=None
    )
    leave_extended: YesNo = fact(
        "停工留薪期是否经确认延长",
        ask="鉴定委员会确认过延长吗？",
        why="一般不超过 12 个月，确认后最多再延长 12 个月",
        default=False,
    )
    original_wage: Money | None = fact(
        "受伤前原工资", unit="元/月", ask="受伤前每月工资福利是多少？", why="停工留薪期内按原工资支付", default=None
    )
    leave_paid: Money = fact(
        "停工留薪期已付工资", unit="元", ask="停工期间单位已付多少？", why="已付的要扣除", default=Decimal(0)
    )
    leaving: YesNo = fact(
        "是否解除或终止劳动关系", ask="劳动关系要解除或终止吗？", why="5–10 级离开时另有两项一次性补助金", default=False
    )
    medical_lump: Money | None = fact(
        "一次性工伤医疗补助金",
        unit="元",
        ask="本省该等级的一次性工伤医疗补助金是多少？",
        why="由各省规定",
        default=None,
    )
    job_lump: Money | None = fact(
        "一次性伤残就业补助金",
        unit="元",
        ask="本省该等级的一次性伤残就业补助金是多少？",
        why="由各省规定",
        default=None,
    )
    died: Day | None = fact("因工死亡日期", ask="如因工死亡，是哪一天？", why="工亡补助金按死亡时的标准", default=None)
    died_after_leave: YesNo = fact(
        "是否 1–4 级职工在停工留薪期满后死亡",
        ask="是不是一至四级伤残职工在停工留薪期满以后死亡的？",
        why="这种情况没有一次性工亡补助金",
        default=False,
    )
    spouse: YesNo = fact(
        "有无应供养的配偶",
        ask="有没有由死者供养、无劳动能力的配偶？",
        why="配偶每月 40%",
        default=False,
    )
    other_relatives: Count = fact(
        "应供养的其他亲属人数",
        unit="人",
        ask="另有几位由死者供养、无劳动能力的亲属（子女、父母等）？",
        why="其他亲属每人每月 30%",
        default=0,
    )
    lone_relatives: Count = fact(
        "其中孤寡老人或孤儿人数", unit="人", ask="其中几位是孤寡老人或孤儿？", why="每人每月再加 10%", default=0
    )
    urban_income: Money | None = fact(
        "上一年度全国城镇居民人均可支配收入",
        unit="元/年",
        ask="死亡上一年度全国城镇居民人均可支配收入是多少？",
        why="一次性工亡补助金是它的 20 倍",
        default=None,
    )
    insured: YesNo | None = fact(
        "是否参加工伤保险", ask="单位给您参加工伤保险了吗？", why="没有参保的，全部由单位支付", default=None
    )

    @model_validator(mode="after")
    def _possible(self) -> InjuryFacts:
        if self.grade is not None and not 1 <= self.grade <= 10:
            raise ValueError("伤残等级是 1 到 10 级")
        if self.died and self.died < self.day:
            raise ValueError("死亡日期不能早于受伤日期")
        if self.lone_relatives > self.other_relatives + int(self.spouse):
            raise ValueError("孤寡老人或孤儿的人数不能多于供养亲属人数")
        if self.died_after_leave and not (self.died and self.grade is not None and self.grade <= 4):
            raise ValueError("停工留薪期满后死亡一项只适用于一至四级伤残职工")
        return self


@calculator("C10", "工伤待遇", "Work-injury benefits")
def injury_benefits(facts: InjuryFacts, ctx: Context) -> Result | Missing:
    """工伤待遇: one-off sums, monthly allowance, care, pay during treatment, and what the family gets on death.

    工伤保险条例 33–39, 62, 64; 社会保险法 38, 39, 41. `amount` is the total of one-off sums in yuan; what is paid by
    the month is in the figures. Asks for the average wage of the insurance area, on death for the national income, on
    leaving for the province's two sums.
    """
    w = Working("C10", ctx)
    w.cite(*articles(INJURY, 64))
    w.mark("V")
    if (refused := w.too_early("injury.lump_months", facts.day, "day")) is not None:
        return refused
    average = w.local("injury_avg_wage", facts.day, facts.region, facts.injury_avg_wage, "injury_avg_wage")
    income = None
    if facts.died and not facts.died_after_leave:
        income = w.local("urban_income_national", facts.died, NATION, facts.urban_income, "urban_income")
    if w.refuses or average is None:
        return w.missing()
    own = _own_wage(w, facts, average)
    lumps: list[Fraction] = []
    if facts.leave_months is not None:
        _treatment(w, facts)
    if facts.died:
        lumps += _death(w, facts, own, average, income)
    elif facts.grade is not None:
        lumps += _disability(w, facts, own)
    else:
        w.ask("grade", "劳动能力鉴定是几级？", "没有等级之前，只能算停工留薪期的工资")
    if facts.care != "none" and not facts.died:
        _care(w, facts, average)
    _payer(w, facts)
    total = sum(lumps, Fraction(0))
    if len(lumps) > 1:
        w.step(f"一次性待遇合计：{' + '.join(show(part) for part in lumps)} = {yuan(total)}")
    if not lumps:
        return w.result("一次性待遇要等伤残等级鉴定后计算。")
    return w.result(f"一次性待遇共 {yuan(total)}，按月待遇见明细。", cents(total))


def _own_wage(w: Working, facts: InjuryFacts, average: Decimal) -> Fraction:
    bounds = w.table("injury.own_wage_bounds", facts.day)
    low, high = exact(average) * exact(bounds["low"]), exact(average) * exact(bounds["high"])
    wage = exact(facts.own_wage)
    if wage < low:
        w.step(f"本人工资 {show(wage)} 低于平均工资的 {percent(bounds['low'])}，按 {show(low)} 计算")
        wage = low
    elif wage > high:
        w.step(f"本人工资 {show(wage)} 高于平均工资的 {percent(bounds['high'])}，按 {show(high)} 计算")
        wage = high
    else:
        w.step(f"本人工资 {show(wage)}，在平均工资的 {percent(bounds['low'])} 至 {percent(bounds['high'])} 之间")
    w.figure("own_wage", "本人工资（计算用）", cents(wage), "元/月")
    return wage


def _treatment(w: Working, facts: InjuryFacts) -> None:
    w.cite(*articles(INJURY, 33), *articles(INSURANCE, 39))
    limits = w.table("injury.leave_months", facts.day)
    limit = limits["extended" if facts.leave_extended else "normal"]
    months = min(Decimal(facts.leave_months or 0), limit)
    if months < (facts.leave_months or 0):
        w.warn(f"停工留薪期最长 {show(limit)} 个月；要延长须经设区的市级劳动能力鉴定委员会确认")
    if facts.original_wage is None:
        w.ask("original_wage", "受伤前每月工资福利是多少？", "停工留薪期内原工资福利待遇不变")
        return
    due = exact(facts.original_wage) * exact(months)
    left = max(due - exact(facts.leave_paid), Fraction(0))
    w.step(f"停工留薪期工资：{show(facts.original_wage)} × {show(months)} = {yuan(due)}，已付 {show(facts.leave_paid)}")
    w.figure("treatment_pay", "停工留薪期应补工资（单位支付）", cents(left), "元")


def _disability(w: Working, facts: InjuryFacts, own: Fraction) -> list[Fraction]:
    grade = facts.grade or 0
    w.cite(*articles(INJURY, 35 if grade <= 4 else 36 if grade <= 6 else 37), *articles(INSURANCE, 38, 39))
    months = w.table("injury.lump_months", facts.day)[str(grade)]
    lump = own * exact(months)
    w.step(f"一次性伤残补助金（{grade} 级 {show(months)} 个月）：{show(own)} × {show(months)} = {yuan(lump)}")
    w.figure("disability_lump", "一次性伤残补助金", cents(lump), "元")
    lumps = [lump]
    if grade <= MONTHLY_UP_TO and not (facts.leaving and grade >= LUMPS_FROM):
        _allowance(w, facts, own, grade)
    if facts.leaving and grade >= LUMPS_FROM:
        lumps += _leaving(w, facts, grade)
    elif facts.leaving:
        w.warn("一至四级伤残保留劳动关系、退出工作岗位，没有离职时的两项补助金")
    return lumps


def _allowance(w: Working, facts: InjuryFacts, own: Fraction, grade: int) -> None:
    ratio = w.table("injury.allowance", facts.day)[str(grade)]
    monthly = own * exact(ratio)
    w.step(f"伤残津贴：{show(own)} × {percent(ratio)} = {yuan(monthly)}/月")
    least = w.knows("min_wage_month", facts.day, facts.region, facts.min_wage)
    if least is None:
        row = w.recorded("min_wage_month", facts.day, facts.region)
        w.ask_local("min_wage_month", facts.day, row, "min_wage")
    elif monthly < least:
        w.local("min_wage_month", facts.day, facts.region, facts.min_wage, "min_wage")
        w.step(f"低于最低工资 {show(least)}，补足到最低工资")
        monthly = exact(least)
    w.figure("allowance", "伤残津贴", cents(monthly), "元/月")
    if grade > 4:
        w.warn("五、六级伤残只有在单位难以安排适当工作时才按月发伤残津贴，由单位支付")


def _leaving(w: Working, facts: InjuryFacts, grade: int) -> list[Fraction]:
    w.cite(*articles(CONTRACT_REGULATION, 23))
    found = []
    for name, label, given in (
        ("medical_lump", "一次性工伤医疗补助金（基金支付）", facts.medical_lump),
        ("job_lump", "一次性伤残就业补助金（单位支付）", facts.job_lump),
    ):
        if given is None:
            w.ask(
                name,
                f"本省 {grade} 级的{label}是多少元？",
                "标准由各省规定，系统没有经核对的数值，上面的合计没有包括它",
            )
            w.step(f"{label}：按本省标准，未计入")
            continue
        w.step(f"{label}：{yuan(given)}（您填写，请与本省规定核对）")
        w.figure(name, label, cents(given), "元")
        found.append(exact(given))
    return found


def _care(w: Working, facts: InjuryFacts, average: Decimal) -> None:
    w.cite(*articles(INJURY, 34))
    ratio = w.table("injury.care", facts.day)[facts.care]
    care = exact(average) * exact(ratio)
    w.step(f"生活护理费（{CARE[facts.care]}）：{show(average)} × {percent(ratio)} = {yuan(care)}/月")
    w.figure("care", "生活护理费", cents(care), "元/月")


def _death(w: Working, facts: InjuryFacts, own: Fraction, average: Decimal, income: Decimal | None) -> list[Fraction]:
    w.cite(*articles(INJURY, 39), *articles(INSURANCE, 38))
    on = facts.died or facts.day
    months = w.rule("injury.funeral_months", on)
    funeral = exact(average) * exact(months)
    w.step(f"丧葬补助金：{show(average)} × {show(months)} = {yuan(funeral)}")
    w.figure("funeral", "丧葬补助金", cents(funeral), "元")
    lumps = [funeral]
    if income is not None:
        multiple = w.rule("injury.death_multiple", on)
        lump = exact(income) * exact(multiple)
        w.step(f"一次性工亡补助金：{show(income)} × {show(multiple)} = {yuan(lump)}")
        w.figure("death_lump", "一次性工亡补助金", cents(lump), "元")
        lumps.append(lump)
    else:
        w.step("一至四级伤残职工在停工留薪期满后死亡的，没有一次性工亡补助金（第三十九条第三款）")
    if facts.spouse or facts.other_relatives:
        _survivors(w, facts, own)
    w.warn("丧葬补助金按死亡时统筹地区上年度平均工资计算；与受伤时不在同一年度的，请用死亡时的数值核对")
    return lumps


def _survivors(w: Working, facts: InjuryFacts, own: Fraction) -> None:
    ratios = w.table("injury.survivors", facts.died or facts.day)
    parts = [
        (int(facts.spouse), ratios["spouse"], "配偶"),
        (facts.other_relatives, ratios["other"], "其他亲属"),
        (facts.lone_relatives, ratios["lone"], "孤寡老人、孤儿加发"),
    ]
    share = sum((exact(ratio) * number for number, ratio, _label in parts), Fraction(0))
    present = [part for part in parts if part[0]]
    w.step(
        "供养亲属抚恤金比例：" + "、".join(f"{label} {number} 人，每人 {percent(r)}" for number, r, label in present)
    )
    w.step(f"{' + '.join(f'{percent(ratio)} × {number}' for number, ratio, _label in present)} = {percent(share)}")
    if share > 1:
        w.step("各人之和不高于死者生前工资，按 100% 计")
        share = Fraction(1)
    monthly = own * share
    w.step(f"供养亲属抚恤金合计：{show(own)} × {percent(share)} = {yuan(monthly)}/月")
    w.figure("survivors", "供养亲属抚恤金合计", cents(monthly), "元/月")


def _payer(w: Working, facts: InjuryFacts) -> None:
    if facts.insured is False:
        w.cite(*articles(INJURY, 62), *articles(INSURANCE, 41))
        w.warn("单位没有参加工伤保险的，以上全部由单位支付；单位不支付的，可以申请工伤保险基金先行支付")
    elif facts.insured is None:
        w.ask("insured", "单位给您参加工伤保险了吗？", "没有参保的，应由基金支付的部分也由单位支付")
