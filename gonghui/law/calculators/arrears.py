"""C9 加付赔偿金, C24 欠薪合计, C26 欠薪入罪线索: what is owed, and what follows from not paying."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from gonghui.law.calculators.facts import Count, Day, Facts, Money, YesNo, fact
from gonghui.law.calculators.money import cents, exact, percent, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Range, Result
from gonghui.law.calculators.sources import (
    CONTRACT,
    INTERPRETATION_ONE,
    LABOUR,
    LEAVE,
    LEAVE_RULES,
    MIGRANT_WAGES,
    SUPERVISION,
    UNPAID_CRIME,
    WAGES,
    articles,
)
from gonghui.law.calculators.working import Context, Working


class ExtraDamagesFacts(Facts):
    """C9 facts."""

    ordered: Money = fact("责令支付的数额", unit="元", ask="劳动部门责令单位支付多少？", why="加付的比例按应付金额计算")
    order_issued: YesNo = fact(
        "劳动部门是否已责令限期支付", ask="劳动监察已经下达限期支付的文书吗？", why="没有责令的，还不能要加付赔偿金"
    )
    deadline_passed: YesNo = fact("期限是否已过", ask="文书写的支付期限过了吗？", why="逾期不支付的，才责令加付")
    paid: Money = fact(
        "期限内已付的数额", unit="元", ask="期限内单位付了多少？", why="已付的部分不再加付", default=Decimal(0)
    )
    day: Day | None = fact("责令日期", ask="文书是哪一天下达的？", why="适用当时的规定", default=None)
    kind: Literal["wages", "annual_leave"] = fact(
        "欠付的是哪一类",
        ask="是工资、加班费、经济补偿，还是未休年休假工资？",
        why="年休假工资的加付比例另有规定",
        choices={"wages": "工资、加班费、最低工资差额、经济补偿", "annual_leave": "未休年休假工资报酬"},
        default="wages",
    )


@calculator("C9", "加付赔偿金", "Additional compensation after an order to pay")
def extra_damages(facts: ExtraDamagesFacts, ctx: Context) -> Result | Missing:
    """加付赔偿金: 50 % to 100 % of what stays unpaid after the labour authority ordered payment and the term lapsed.

    劳动合同法 85; 劳动保障监察条例 26; 解释（一）1(8); for leave pay 100 % by 职工带薪年休假条例 7. A range in yuan,
    since the authority sets the ratio; nothing before there was an order and its term passed.
    """
    w = Working("C9", ctx)
    w.cite(*articles(CONTRACT, 85), *articles(SUPERVISION, 26), *articles(INTERPRETATION_ONE, 1))
    w.mark("V")
    on = facts.day or ctx.today
    if (refused := w.too_early("extra_damages.leave_ratio", on, "day")) is not None:
        return refused
    if not facts.order_issued or not facts.deadline_passed:
        state = "劳动部门还没有责令限期支付" if not facts.order_issued else "责令支付的期限还没有过"
        w.step(f"{state}，还不能要求加付赔偿金")
        w.warn("请先向劳动监察投诉，由其责令限期支付；逾期仍不支付的，再要求加付")
        return w.result(f"{state}，暂时没有加付赔偿金。", cents(0))
    unpaid = max(exact(facts.ordered) - exact(facts.paid), Fraction(0))
    w.step(f"责令支付 {show(facts.ordered)}，期限内已付 {show(facts.paid)}，尚欠 {yuan(unpaid)}")
    if facts.kind == "annual_leave":
        w.cite(*articles(LEAVE, 7), *articles(LEAVE_RULES, 15))
        ratio = w.rule("extra_damages.leave_ratio", on)
        amount = unpaid * exact(ratio)
        w.step(f"未休年休假工资按同等数额加付：{show(unpaid)} × {percent(ratio)} = {yuan(amount)}")
        return w.result(f"加付赔偿金 {yuan(amount)}。", cents(amount))
    ratios = w.table("extra_damages.ratio", on)
    low, high = unpaid * exact(ratios["low"]), unpaid * exact(ratios["high"])
    w.step(
        f"{show(unpaid)} × {percent(ratios['low'])} = {yuan(low)}；"
        f"{show(unpaid)} × {percent(ratios['high'])} = {yuan(high)}"
    )
    w.warn("具体比例由劳动行政部门在这个范围内确定，不能预先算成一个数")
    bounds = Range(cents(low), cents(high))
    return w.result(f"加付赔偿金在 {bounds} 之间，由劳动部门确定。", bounds)


class OwedMonth(Facts):
    """What one person was due and got in one month."""

    person: str = fact("姓名", ask="是谁的工资？", why="按人汇总，集体欠薪要逐人签字", default="本人")
    month: Day = fact("月份（任一天）", ask="是哪个月？", why="逐月核对")
    due: Money = fact("应发", unit="元", ask="这个月应发多少？", why="欠薪 = 应发 - 实发")
    paid: Money = fact("实发", unit="元", ask="这个月实际发了多少？", why="欠薪 = 应发 - 实发", default=Decimal(0))


class ArrearsFacts(Facts):
    """C24 facts."""

    months: tuple[OwedMonth, ...] = fact(
        "各月应发与实发", ask="哪些月份欠薪？每月应发、实发多少？", why="逐月逐人相减后合计"
    )


@calculator("C24", "欠薪合计", "Wages owed, by person")
def wage_arrears(facts: ArrearsFacts, ctx: Context) -> Result | Missing:
    """欠薪合计: due less paid, month by month and person by person.

    劳动法 50; 劳动合同法 30; 工资支付暂行规定 9; 保障农民工工资支付条例 30. Yuan; one figure a person. A month overpaid
    does not lessen what another is owed, it is pointed out.
    """
    w = Working("C24", ctx)
    w.cite(*articles(LABOUR, 50), *articles(CONTRACT, 30), *articles(WAGES, 9), *articles(MIGRANT_WAGES, 30))
    w.mark("V")
    if not facts.months:
        asked = ArrearsFacts.model_fields["months"]
        w.need("months", "哪些月份欠薪？每月应发、实发多少？", str(asked.description))
        return w.missing()
    people: dict[str, Fraction] = {}
    for row in facts.months:
        owed = exact(row.due) - exact(row.paid)
        if owed < 0:
            w.warn(f"{row.person} {row.month:%Y-%m} 实发多于应发 {yuan(-owed)}，没有抵扣其他月份，请核对")
            owed = Fraction(0)
        people[row.person] = people.get(row.person, Fraction(0)) + owed
        difference = yuan(row.due - row.paid)
        w.step(f"{row.person} {row.month:%Y-%m}：{show(row.due)} - {show(row.paid)} = {difference}")
    total = sum(people.values(), Fraction(0))
    for name, owed in people.items():
        w.figure(f"person:{name}", f"{name}小计", cents(owed), "元")
    w.figure("people", "人数", Decimal(len(people)), "人")
    w.step(f"合计：{' + '.join(show(owed) for owed in people.values())} = {yuan(total)}")
    if len(people) > 1:
        w.warn("集体欠薪请制作逐人明细表，由每人签字确认")
    return w.result(f"{len(people)} 人共被欠薪 {yuan(total)}。", cents(total))


class CriminalHintFacts(Facts):
    """C26 facts."""

    day: Day = fact("欠薪发生日期（最近一次）", ask="最近一次欠薪是哪一天？", why="适用当时的标准")
    workers: Count = fact("被欠薪的人数", unit="人", ask="一共多少人被欠薪？", why="一人和十人以上的标准不同")
    total: Money = fact("欠薪总额", unit="元", ask="一共欠多少？", why="数额较大才可能移送")
    months_one: Count = fact(
        "其中一人被欠的最长月数", unit="个月", ask="欠得最久的一个人，欠了几个月？", why="一人须三个月以上"
    )
    amount_one: Money = fact(
        "其中一人被欠的最大数额", unit="元", ask="欠得最久的那个人，被欠多少？", why="一人须达到数额标准"
    )
    ordered: YesNo = fact(
        "政府部门是否已责令支付", ask="劳动监察等已经书面责令支付吗？", why="经责令支付仍不支付是必要条件"
    )
    still_unpaid: YesNo = fact("期限过后是否仍未支付", ask="期限过了仍没有付吗？", why="经责令支付仍不支付是必要条件")
    threshold_one: Money | None = fact(
        "本省一人的数额标准",
        unit="元",
        ask="本省高院定的一人数额标准是多少？",
        why="各省在 5,000 至 20,000 元之间确定",
        default=None,
    )
    threshold_many: Money | None = fact(
        "本省十人以上的数额标准",
        unit="元",
        ask="本省高院定的十人以上数额标准是多少？",
        why="各省在 30,000 至 100,000 元之间确定",
        default=None,
    )


@calculator("C26", "欠薪移送线索", "Hint of criminal non-payment")
def criminal_hint(facts: CriminalHintFacts, ctx: Context) -> Result | Missing:
    """欠薪移送线索: whether the sums reach those at which a case may be handed to the police; never that it is a crime.

    法释〔2013〕3号 3, 4; 保障农民工工资支付条例 41. Figure `level`: suggest, depends, not_yet. Provinces pick the
    sum within the national range: between its ends the result depends, and the province's sum is asked for.
    """
    w = Working("C26", ctx)
    w.cite(*articles(UNPAID_CRIME, 3, 4, 6), *articles(MIGRANT_WAGES, 41))
    w.mark("V")
    if (refused := w.too_early("unpaid_crime.one", facts.day, "day")) is not None:
        return refused
    one, many = w.table("unpaid_crime.one", facts.day), w.table("unpaid_crime.many", facts.day)
    reached = [
        _reaches(w, "一人", facts.months_one >= one["months"], facts.amount_one, one, _given(facts, "threshold_one")),
        _reaches(w, "十人以上", facts.workers >= many["people"], facts.total, many, _given(facts, "threshold_many")),
    ]
    large = next((answer for answer in ("yes", "depends") if answer in reached), "no")
    w.warn("这里只提示可以建议移送，是否构成犯罪由公安、检察、法院依法判断；立案前支付的可以不作为犯罪处理")
    if large == "no":
        w.figure("level", "提示", "not_yet")
        return w.result("数额没有达到可能移送的标准；请继续走劳动监察和仲裁。")
    if not (facts.ordered and facts.still_unpaid):
        w.step("还缺少“经政府有关部门责令支付仍不支付”这一条件")
        w.figure("level", "提示", "not_yet")
        w.warn("请先请劳动监察下达限期支付文书；单位负责人逃匿的，可以张贴送达")
        return w.result("还没有责令支付后仍不支付，暂不能建议移送。")
    if large == "depends":
        w.figure("level", "提示", "depends")
        return w.result("数额在全国幅度之内，是否达到取决于本省标准；请工作人员核对后再决定是否建议移送。")
    w.figure("level", "提示", "suggest")
    return w.result("已达到数额标准且责令后仍未支付，可以建议由劳动监察移送公安机关审查。")


def _given(facts: CriminalHintFacts, name: str) -> tuple[str, Decimal | None]:
    return name, getattr(facts, name)


def _reaches(
    w: Working,
    label: str,
    precondition: bool,
    amount: Decimal,
    table: Mapping[str, Decimal],
    given: tuple[str, Decimal | None],
) -> Literal["yes", "no", "depends"]:
    """Whether one of the two alternatives is met; between the national ends the province's sum decides."""
    name, province = given
    scale = f"{show(table['low'])} 至 {show(table['high'])} 元"
    if not precondition:
        w.step(f"{label}：不满足人数或月数条件")
        return "no"
    if province is not None:
        w.step(f"{label}：{show(amount)} 元，本省标准 {show(province)} 元（您填写；全国幅度 {scale}）")
        if not table["low"] <= province <= table["high"]:
            w.warn(f"所填本省标准不在全国幅度 {scale} 之内，请核对")
        return "yes" if amount >= province else "no"
    w.step(f"{label}：{show(amount)} 元，全国幅度 {scale}")
    if amount >= table["high"]:
        return "yes"
    if amount < table["low"]:
        return "no"
    w.ask(
        name, f"本省高级人民法院确定的{label}数额标准是多少元？", f"各省在 {scale} 之间确定，系统没有收录，不能代您估计"
    )
    return "depends"
