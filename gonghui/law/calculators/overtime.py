"""C5 加班费 (劳动法 41, 44; 工资支付暂行规定 13)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import model_validator

from gonghui.law.calculators.facts import Day, Facts, Money, Quantity, fact, fields_of
from gonghui.law.calculators.money import cents, exact, percent, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import INTERPRETATION_ONE, LABOUR, WAGES, articles
from gonghui.law.calculators.working import Context, Working

KINDS = (("weekday", "延时加班（工作日）"), ("rest_day", "休息日加班（未补休）"), ("holiday", "法定休假日加班"))

# The hours of the longest month: more cannot be.
MOST_HOURS = 31 * 24


class OvertimeFacts(Facts):
    """C5 facts, for one month."""

    month: Day = fact("加班所在月份（任一天）", ask="是哪个月的加班？", why="适用当时的规定")
    base: Money = fact(
        "计算基数",
        unit="元",
        ask="合同约定的正常工作时间月工资（或小时工资、计件单价）是多少？",
        why="加班费按劳动合同规定的本人工资标准计算",
    )
    base_kind: Literal["month", "hour", "piece"] = fact(
        "基数是哪一种",
        ask="上面填的是月工资、小时工资还是计件单价？",
        why="月工资要先折算成小时工资；计件的按单价乘同样的比例",
        choices={"month": "月工资", "hour": "小时工资", "piece": "计件单价"},
        default="month",
    )
    weekday: Quantity = fact(
        "工作日延长的小时数（计件填件数）",
        unit="小时或件",
        ask="这个月工作日加班共多少小时？",
        why="工作日延长工作时间按 150% 支付",
        default=Decimal(0),
    )
    rest_day: Quantity = fact(
        "休息日加班且没有补休的小时数（计件填件数）",
        unit="小时或件",
        ask="这个月休息日加班、又没有安排补休的，共多少小时？",
        why="休息日加班先补休，不能补休的按 200% 支付",
        default=Decimal(0),
    )
    holiday: Quantity = fact(
        "法定休假日加班的小时数（计件填件数）",
        unit="小时或件",
        ask="这个月法定休假日（如 10 月 1–3 日）加班共多少小时？",
        why="法定休假日加班按 300% 支付，不能用补休代替",
        default=Decimal(0),
    )
    paid: Money = fact(
        "单位已付的加班费", unit="元", ask="单位这个月已经付了多少加班费？", why="已付的要扣除", default=Decimal(0)
    )
    longest_day: Quantity | None = fact(
        "加班最多的一天的小时数",
        unit="小时",
        ask="加班最多的一天，延长了几小时？",
        why="每天一般不得超过 1 小时，特殊原因不得超过 3 小时",
        default=None,
    )
    scheme: Literal["standard", "comprehensive", "irregular"] = fact(
        "工时制度",
        ask="实行哪一种工时制度？（综合、不定时须经劳动行政部门批准）",
        why="综合计算工时没有休息日加班，不定时工时不适用这些规定",
        choices={
            "standard": "标准工时",
            "comprehensive": "综合计算工时（已批准）",
            "irregular": "不定时工时（已批准）",
        },
        default="standard",
    )

    @model_validator(mode="after")
    def _fits_into_a_month(self) -> OvertimeFacts:
        if self.base_kind != "piece" and self.weekday + self.rest_day + self.holiday > MOST_HOURS:
            raise ValueError("一个月没有这么多小时，请核对加班小时数")
        return self


@calculator("C5", "加班费", "Overtime pay")
def overtime(facts: OvertimeFacts, ctx: Context) -> Result | Missing:
    """加班费 of one month: 150 % on working days, 200 % on rest days without time off, 300 % on statutory holidays.

    劳动法 41, 44; 工资支付暂行规定 13. Hours in, yuan out, less what was paid; an hour is the month's base / 21.75 / 8.
    Warns where the hours break the limits of 劳动法 41. Asks for the month and the base.
    """
    w = Working("C5", ctx)
    w.cite(*articles(LABOUR, 41, 44), *articles(WAGES, 13), *articles(INTERPRETATION_ONE, 42))
    w.mark("V")
    if facts.base_kind == "month" and (refused := w.too_early("pay.days_month", facts.month, "month")) is not None:
        return refused
    if (refused := w.too_early("overtime.ratio", facts.month, "month")) is not None:
        return refused
    if facts.scheme == "irregular":
        w.step("经批准实行不定时工时制的，不执行加班费比例的规定（工资支付暂行规定第十三条末款）")
        w.warn("没有经过劳动行政部门批准的“不定时”不算数，仍按标准工时计算；部分地区对法定休假日另有规定")
        return w.result("经批准的不定时工时制没有法定加班费。", cents(0))
    if not {"weekday", "rest_day", "holiday"} & facts.model_fields_set:
        # Hours that nobody told are not none: no sum of nothing.
        for field in fields_of(OvertimeFacts):
            if field.name in dict(KINDS):
                w.need(field.name, field.ask, field.why)
        return w.missing()
    unit_price = _unit_price(w, facts)
    ratios = w.table("overtime.ratio", facts.month)
    total = Fraction(0)
    unit = "件" if facts.base_kind == "piece" else "小时"
    for kind, label in KINDS:
        amount_of_work = getattr(facts, kind)
        if not amount_of_work:
            continue
        ratio = ratios[kind]
        if kind == "rest_day" and facts.scheme == "comprehensive":
            ratio = ratios["weekday"]
            w.warn("综合计算工时制下，周期内超过法定标准的时间视为延长工作时间，休息日工作也按 150% 计算")
        part = unit_price * exact(ratio) * exact(amount_of_work)
        total += part
        w.step(f"{label}：{show(unit_price)} × {percent(ratio)} × {show(amount_of_work)} {unit} = {yuan(part)}")
        w.figure(kind, label, cents(part), "元")
    w.step(f"应付加班费合计：{yuan(total)}")
    if facts.base_kind != "piece":
        _check_limits(w, facts)
    if facts.holiday:
        w.warn("只有全年 13 天法定休假日按 300%；假期里调休来的其余天数是休息日，按 200% 或补休")
    # What is due is a sum of money, so it is rounded before what was paid comes off.
    left = cents(total) - facts.paid
    due = max(left, Decimal(0))
    if facts.paid:
        w.step(f"减去已付：{show(cents(total))} - {show(facts.paid)} = {yuan(left)}")
    w.warn("加班事实由劳动者举证；考勤在单位手里的，可要求单位提供，不提供的由单位承担不利后果")
    return w.result(f"这个月应补加班费 {yuan(due)}。", cents(due))


def _unit_price(w: Working, facts: OvertimeFacts) -> Fraction:
    """The pay for one normal hour, or for one piece."""
    base = exact(facts.base)
    if facts.base_kind != "month":
        return base
    days, hours = w.rule("pay.days_month", facts.month), w.rule("pay.hours_day", facts.month)
    by_day = base / exact(days)
    by_hour = by_day / exact(hours)
    w.step(f"日工资：{show(base)} ÷ {show(days)} = {show(by_day)} 元")
    w.step(f"小时工资：{show(base)} ÷（{show(days)} × {show(hours)}）= {show(by_hour)} 元")
    w.figure("hour", "小时工资", cents(by_hour), "元")
    return by_hour


def _check_limits(w: Working, facts: OvertimeFacts) -> None:
    hours = facts.weekday + facts.rest_day + facts.holiday
    limit = w.rule("overtime.month_hours", facts.month)
    w.figure("hours", "加班小时数", hours, "小时")
    w.figure("over_limit", "是否超过每月上限", hours > limit)
    if hours > limit:
        w.warn(
            f"这个月加班 {show(hours)} 小时，超过每月 {show(limit)} 小时的上限（劳动法第四十一条），可以向劳动监察投诉"
        )
    if facts.longest_day is not None:
        daily = w.table("overtime.day_hours", facts.month)
        if facts.longest_day > daily["special"]:
            w.warn(f"一天加班 {show(facts.longest_day)} 小时，超过每日 {show(daily['special'])} 小时的上限")
        elif facts.longest_day > daily["normal"]:
            w.warn(f"一天加班超过 {show(daily['normal'])} 小时的，须有特殊原因并保障身体健康")
