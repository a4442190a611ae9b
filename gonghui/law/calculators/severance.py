"""C1 经济补偿 N, C2 违法解除赔偿金 2N, C3 代通知金 +1 (劳动合同法 40, 46–48, 87, 97)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import model_validator

from gonghui.law.calculators.facts import REGION, Count, Day, Facts, Money, RegionCode, YesNo, fact, min_wage_fact
from gonghui.law.calculators.money import cents, exact, show, yuan
from gonghui.law.calculators.periods import Span, hangs_on_month_end, service
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Range, Result
from gonghui.law.calculators.sources import CONTRACT, CONTRACT_REGULATION, INTERPRETATION_ONE, articles
from gonghui.law.calculators.working import Context, Working

LAW_FROM = date(2008, 1, 1)

Ground = Literal[
    "article_38",
    "agreed_by_employer",
    "agreed_by_worker",
    "article_40",
    "article_41",
    "expired",
    "expired_offer_refused",
    "task_done",
    "closed",
    "article_39",
    "resigned",
    "retired",
]
GROUNDS: dict[str, str] = {
    "article_38": "单位有过错（欠薪、未缴社保等），劳动者提出解除（第三十八条）",
    "agreed_by_employer": "单位提出，双方协商一致解除（第三十六条）",
    "agreed_by_worker": "劳动者提出，双方协商一致解除",
    "article_40": "患病期满、不能胜任或客观情况重大变化，单位解除（第四十条）",
    "article_41": "裁员（第四十一条）",
    "expired": "合同到期不续（不属于劳动者拒绝同等条件续订）",
    "expired_offer_refused": "合同到期，单位维持或提高条件续订，劳动者不同意",
    "task_done": "以完成一定任务为期限的合同，任务完成终止",
    "closed": "单位破产、吊销、关闭、解散",
    "article_39": "劳动者有过错，单位解除（第三十九条）",
    "resigned": "劳动者自己辞职（第三十七条）",
    "retired": "达到退休年龄或开始领养老金",
}
NOT_DUE = ("agreed_by_worker", "expired_offer_refused", "article_39", "resigned", "retired")


class ServiceFacts(Facts):
    """工作年限与工资: what both N and 2N rest on."""

    hired: Day = fact("用工之日", ask="您哪一天开始在这家单位上班？", why="经济补偿按在本单位工作的年限计算")
    ended: Day = fact(
        "最后工作日", ask="劳动关系哪一天解除或终止（最后一天）？", why="工作年限和前十二个月工资都算到这一天"
    )
    average_wage: Money | None = fact(
        "前十二个月平均应得工资",
        unit="元/月",
        ask="离开前十二个月，平均每月应得工资（含奖金、津贴，税和社保扣除前）是多少？",
        why="经济补偿以解除或终止前十二个月的平均应得工资为基数",
        default=None,
    )
    wages: tuple[Money, ...] = fact(
        "前十二个月每月应得工资",
        unit="元",
        ask="离开前十二个月，每个月应得工资各是多少？",
        why="可以代替平均工资，由系统求平均；工作不满十二个月的按实际月数填",
        default=(),
    )
    region: RegionCode | None = REGION
    min_wage: Money | None = min_wage_fact("平均工资低于最低工资的，按最低工资计算（实施条例第二十七条）")
    avg_wage_local: Money | None = fact(
        "当地上年度职工月平均工资",
        unit="元/月",
        ask="当地上年度职工月平均工资是多少？",
        why="工资高于它三倍的，基数和年限都要封顶（第四十七条第二款）",
        default=None,
    )

    between: YesNo = fact(
        "工资在当地最低工资和社平工资三倍之间",
        ask="不知道当地最低工资和社平工资的数，先按工资在两者之间（不低于最低工资、不高于社平工资三倍）来算吗？",
        why="多数人的工资在这两条线之间，两个数都不影响结果",
        default=False,
    )

    @model_validator(mode="after")
    def _in_order(self) -> ServiceFacts:
        if self.ended < self.hired:
            raise ValueError("最后工作日不能早于用工之日")
        if len(self.wages) > 12:
            raise ValueError("每月工资最多填十二个月")
        return self


class SeveranceFacts(ServiceFacts):
    """C1 facts."""

    ground: Ground | None = fact(
        "解除或终止的原因",
        ask="劳动关系是怎样结束的？",
        why="只有第四十六条列举的情形才有经济补偿",
        choices=GROUNDS,
        default=None,
    )


class UnlawfulFacts(ServiceFacts):
    """C2 facts."""


class NoticeFacts(Facts):
    """C3 facts."""

    ended: Day = fact("最后工作日", ask="劳动关系哪一天解除？", why="适用解除当日的规定")
    article_40: YesNo = fact(
        "是否按第四十条解除",
        ask="单位是以医疗期满、不能胜任或客观情况重大变化为理由解除的吗？",
        why="代通知金只适用于劳动合同法第四十条的解除",
    )
    notice_days: Count = fact(
        "提前书面通知的天数",
        unit="天",
        ask="单位提前多少天书面通知您？没有书面通知填 0。",
        why="提前三十日书面通知的，不再支付代通知金",
    )
    last_month_wage: Money = fact(
        "解除前上一个月的工资",
        unit="元/月",
        ask="解除前上一个月的工资是多少？",
        why="代通知金按上一个月的工资标准确定（实施条例第二十条）",
    )
    severance: Money | None = fact(
        "经济补偿 N",
        unit="元",
        ask="经济补偿（N）算出来是多少？",
        why="填写后一并算出 N+1",
        default=None,
    )


def halves_of(spell: Span, half_year_months: Decimal) -> int:
    """Half months of compensation: two a full year, one for a rest under six months, two for a longer rest."""
    rest = 0
    if spell.months_over or spell.days:
        rest = 2 if spell.months_over >= half_year_months else 1
    return 2 * spell.years + rest


def show_halves(halves: int) -> str:
    return show(Fraction(halves, 2))


def _explain_service(w: Working, spell: Span, threshold: Decimal, halves: int) -> None:
    w.step(f"工作年限：{spell.start.isoformat()} 至 {spell.last_day.isoformat()}（含当日），共 {spell}")
    if not (spell.months_over or spell.days):
        rest = "没有余下的零头"
    elif spell.months_over >= threshold:
        rest = f"余下部分满 {show(threshold)} 个月不满一年，按一年计，加 1 个月"
    else:
        rest = f"余下部分不满 {show(threshold)} 个月，加 0.5 个月"
    w.step(f"每满一年 1 个月，满 {spell.years} 年 {spell.years} 个月；{rest}：共 {show_halves(halves)} 个月工资")
    if hangs_on_month_end(spell, spell.months) and spell.months % 12 in (0, int(threshold)):
        w.warn("起算日在月末、对应月份没有这一天，本结果按月末最后一天视为满期；单位可能主张差一天，请留意")


def _average(w: Working, facts: ServiceFacts) -> Fraction | None:
    """The average wage, from the months if they are given."""
    if facts.wages:
        total = sum(facts.wages, Decimal(0))
        average = exact(total) / len(facts.wages)
        w.step(f"平均工资：{' + '.join(show(wage) for wage in facts.wages)} = {show(total)}")
        w.step(f"{show(total)} ÷ {len(facts.wages)} = {show(average)} 元/月")
        return average
    if facts.average_wage is None:
        asked = ServiceFacts.model_fields["average_wage"]
        w.need("average_wage", "离开前十二个月平均每月应得工资是多少？", str(asked.description))
        return None
    return exact(facts.average_wage)


def _base(w: Working, facts: ServiceFacts, average: Fraction) -> tuple[Fraction, bool] | None:
    """The base (月工资基数) and whether it is capped; None if a local value must be asked for.

    An average wage is never below the minimum wage of the same place, so that one of the two often settles both
    questions and the worker need not look up the other.
    """
    on, region = facts.ended, facts.region
    multiple = w.rule("severance.cap_multiple", on)
    known_min = w.knows("min_wage_month", on, region, facts.min_wage)
    known_avg = w.knows("avg_wage_month", on, region, facts.avg_wage_local)
    if facts.between and known_min is None and known_avg is None:
        w.step(f"先按月工资 {show(average)} 不低于当地最低工资、也不高于当地职工月平均工资的 {show(multiple)} 倍来算")
        w.warn(
            "当地最低工资和职工月平均工资没有核对：低于最低工资的按最低工资算，"
            f"高于平均工资 {show(multiple)} 倍的要封顶，可打 12333 问这两个数"
        )
        w.mark("U")
        return average, False
    if known_min is not None and known_avg is None and average <= known_min * multiple:
        floor = w.local("min_wage_month", on, region, facts.min_wage, "min_wage")
        base = max(average, exact(floor or 0))
        w.step(
            f"{show(base)} 不高于最低工资的 {show(multiple)} 倍（{show(known_min * multiple)}），"
            "社会平均工资不会低于最低工资，因此不封顶"
        )
        return base, False
    if known_avg is not None and known_min is None and average >= known_avg:
        floor = None
        w.step(f"平均工资 {show(average)} 不低于职工月平均工资，也就不低于最低工资，不必再比较")
    else:
        floor = w.local("min_wage_month", on, region, facts.min_wage, "min_wage")
        if floor is None and known_avg is None:
            w.need_local("avg_wage_month", on, w.recorded("avg_wage_month", on, region), "avg_wage_local")
        if floor is None:
            return None
    local_average = w.local("avg_wage_month", on, region, facts.avg_wage_local, "avg_wage_local")
    if local_average is None:
        return None
    if floor is not None and average < floor:
        w.step(f"平均工资 {show(average)} 低于最低工资 {show(floor)}，按最低工资计算")
        average = exact(floor)
    cap = exact(local_average) * exact(multiple)
    if average > cap:
        w.step(
            f"月工资 {show(average)} 高于职工月平均工资的 {show(multiple)} 倍"
            f"（{show(local_average)} × {show(multiple)} = {show(cap)}），按 {show(cap)} 计算"
        )
        return cap, True
    w.step(
        f"月工资 {show(average)} 不高于职工月平均工资的 {show(multiple)} 倍"
        f"（{show(local_average)} × {show(multiple)} = {show(cap)}），不封顶"
    )
    return average, False


def _compensation(w: Working, facts: ServiceFacts, spell: Span) -> Fraction | None:
    """N for a span of service; None if something must be asked."""
    average = _average(w, facts)
    if average is None:
        return None
    based = _base(w, facts, average)
    if based is None:
        return None
    base, capped = based
    threshold = w.rule("severance.half_year_months", facts.ended)
    halves = halves_of(spell, threshold)
    _explain_service(w, spell, threshold, halves)
    if capped:
        limit = w.rule("severance.cap_months", facts.ended)
        if halves > 2 * limit:
            w.step(f"基数封顶的，年限最高 {show(limit)} 年：{show_halves(halves)} → {show(limit)} 个月")
            halves = int(2 * limit)
        w.warn(
            "工资高于社会平均工资三倍的，基数和年限都封顶，可能反而低于工资稍低而不封顶的人；请核对平均工资与社平工资"
        )
    amount = base * halves / 2
    w.step(f"{show(base)} × {show_halves(halves)} = {yuan(amount)}")
    w.figure("months", "补偿月数", Decimal(halves) / 2, "个月")
    w.figure("base", "月工资基数", cents(base), "元/月")
    w.figure("capped", "是否封顶", capped)
    w.warn("加班费是否计入平均工资，各地口径不同（未核对），请以当地仲裁委口径为准")
    return amount


@calculator("C1", "经济补偿（N）", "Severance pay (N)")
def severance(facts: SeveranceFacts, ctx: Context) -> Result | Missing:
    """经济补偿: a month's average wage for each year of service, half a month for a rest under six months.

    劳动合同法 46, 47, 97; 实施条例 10, 27. Amount in yuan. Service before 2008-01-01 is left to a person: the amount is
    then the part since 2008 as a lower end. Asks for the average wage, and for the local minimum or average wage
    where they could change the result.
    """
    w = Working("C1", ctx)
    w.cite(*articles(CONTRACT, 46, 47), *articles(CONTRACT_REGULATION, 10, 27))
    w.mark("V")
    if (refused := w.too_early("severance.cap_multiple", facts.ended, "ended")) is not None:
        return refused
    if facts.ground in NOT_DUE:
        w.step(f"结束原因：{GROUNDS[facts.ground]}，不在第四十六条列举的情形之内")
        w.warn("如果真实原因是单位欠薪、不缴社保等（第三十八条），或者“辞职”不是本人真实意思，请联系工会核对")
        w.figure("months", "补偿月数", Decimal(0), "个月")
        return w.result("按所填原因，单位没有支付经济补偿的法定义务。", Decimal("0.00"))
    if facts.ground is None:
        w.warn("是否应付经济补偿取决于结束的原因（劳动合同法第四十六条），请先确认原因")
        w.ask("ground", "劳动关系是怎样结束的？", "只有第四十六条列举的情形才有经济补偿")
    start = max(facts.hired, LAW_FROM)
    amount = _compensation(w, facts, service(start, facts.ended))
    if amount is None:
        return w.missing()
    if facts.hired < LAW_FROM:
        w.cite(*articles(CONTRACT, 97))
        w.step(f"{facts.hired.isoformat()} 至 2007-12-31 的年限按当时的规定另算，须由工作人员核对")
        w.warn("2008 年以前的年限适用旧规定（劳动合同法第九十七条第三款），以上只是 2008 年起的部分，请工作人员核对")
        bounds = Range(cents(amount), None)
        return w.result(f"经济补偿{bounds}，2008 年以前的部分另算。", bounds)
    return w.result(f"经济补偿 N 为 {yuan(amount)}。", cents(amount))


@calculator("C2", "违法解除赔偿金（2N）", "Compensation for unlawful dismissal (2N)")
def unlawful_dismissal(facts: UnlawfulFacts, ctx: Context) -> Result | Missing:
    """违法解除或终止的赔偿金: twice the severance standard, years from the first day of work, also before 2008.

    劳动合同法 47, 48, 87; 实施条例 25. Amount in yuan; it replaces N. The alternative is to go on with the contract.
    Asks for the same as severance.
    """
    w = Working("C2", ctx)
    w.cite(
        *articles(CONTRACT, 47, 48, 87), *articles(CONTRACT_REGULATION, 25, 27), *articles(INTERPRETATION_ONE, 44, 47)
    )
    w.mark("V")
    if (refused := w.too_early("severance.unlawful_multiple", facts.ended, "ended")) is not None:
        return refused
    single = _compensation(w, facts, service(facts.hired, facts.ended))
    if single is None:
        return w.missing()
    multiple = w.rule("severance.unlawful_multiple", facts.ended)
    amount = single * exact(multiple)
    w.step(f"赔偿金为经济补偿标准的 {show(multiple)} 倍：{yuan(single)} × {show(multiple)} = {yuan(amount)}")
    w.figure("severance", "经济补偿标准 N", cents(single), "元")
    w.warn("付了赔偿金的不再支付经济补偿（实施条例第二十五条），不是 N＋2N")
    w.warn("也可以不要赔偿金而要求继续履行合同，并主张停工期间的工资（第四十八条）；两者只能选一，申请仲裁前请想好")
    return w.result(f"如果确属违法解除或终止，赔偿金 2N 为 {yuan(amount)}。", cents(amount))


@calculator("C3", "代通知金（+1）", "Pay in lieu of notice (+1)")
def notice_pay(facts: NoticeFacts, ctx: Context) -> Result | Missing:
    """代通知金: last month's wage where the employer ends the contract under article 40 without 30 days' notice.

    劳动合同法 40; 实施条例 20. Amount in yuan; figure `with_severance` adds N if given.
    """
    w = Working("C3", ctx)
    w.cite(*articles(CONTRACT, 40), *articles(CONTRACT_REGULATION, 20))
    w.mark("V")
    if (refused := w.too_early("severance.notice_days", facts.ended, "ended")) is not None:
        return refused
    days = w.rule("severance.notice_days", facts.ended)
    if not facts.article_40:
        w.step("不是按劳动合同法第四十条解除，没有代通知金；违法解除的，请看赔偿金（2N）")
        amount = Decimal(0)
    elif facts.notice_days >= days:
        w.step(f"已提前 {facts.notice_days} 天书面通知，不少于 {show(days)} 天，不再支付代通知金")
        amount = Decimal(0)
    else:
        w.step(f"书面通知提前 {facts.notice_days} 天，不足 {show(days)} 天，应额外支付上一个月的工资")
        w.step(f"上一个月工资：{yuan(facts.last_month_wage)}")
        amount = facts.last_month_wage
        if facts.notice_days:
            w.warn("通知天数不足时能否只按所差天数折算，法条没有写明；这里按一个月工资计算")
    if facts.severance is not None:
        both = facts.severance + amount
        w.step(f"N + 代通知金：{show(facts.severance)} + {show(amount)} = {yuan(both)}")
        w.figure("with_severance", "N+1 合计", cents(both), "元")
        return w.result(f"代通知金 {yuan(amount)}，连同经济补偿共 {yuan(both)}。", cents(amount))
    return w.result(f"代通知金 {yuan(amount)}。", cents(amount))
