"""C33 困难职工测算 (handbook 5.5; 工会法 6)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from pydantic import model_validator

from gonghui.law.calculators.facts import REGION, Count, Day, Facts, Money, RegionCode, YesNo, fact
from gonghui.law.calculators.money import cents, exact, percent, show
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import UNION, articles
from gonghui.law.calculators.working import Context, Working

LEVELS = {"deep": "深度困难", "relative": "相对困难", "accident": "意外致困", "none": "没有达到标准"}


class HardshipFacts(Facts):
    """C33 facts."""

    day: Day = fact("申请日期", ask="哪一天申请？", why="按当时的低保标准衡量")
    income: Money = fact("家庭年可支配收入", unit="元/年", ask="全家一年可支配收入是多少？", why="人均收入的基础")
    rigid: Money = fact(
        "刚性支出",
        unit="元/年",
        ask="一年里医疗、教育、残疾康复、房租等必须的支出是多少（有票据）？",
        why="从收入里减去",
        default=Decimal(0),
    )
    people: Count = fact("家庭人口", unit="人", ask="家里几口人？", why="按人均计算")
    region: RegionCode | None = REGION
    dibao: Money | None = fact(
        "当地低保标准",
        unit="元/人/月",
        ask="当地城市低保标准每人每月多少？",
        why="以低保标准衡量困难程度",
        default=None,
    )
    sudden: YesNo = fact(
        "是否遭遇灾害、事故或重大疾病", ask="是否遇到灾害、事故或重大疾病？", why="可能属于意外致困", default=False
    )
    sudden_cost: Money = fact(
        "因此发生的支出",
        unit="元",
        ask="因此花了多少？",
        why="支出占年收入较高的，可能属于意外致困",
        default=Decimal(0),
    )
    excluded: YesNo = fact(
        "是否有不予建档的情形",
        ask="家里有两套以上住房、经营性用房、非必需的汽车，或自费留学、高收费私立学校等情形吗？",
        why="有这些情形的一般不予建档",
        default=False,
    )

    @model_validator(mode="after")
    def _possible(self) -> HardshipFacts:
        if self.people < 1:
            raise ValueError("家庭人口至少填 1")
        return self


@calculator("C33", "困难职工测算", "Means test for workers in hardship")
def hardship(facts: HardshipFacts, ctx: Context) -> Result | Missing:
    """困难职工测算: income less rigid spending for each person and month, against the local subsistence line.

    Rule seen for one city (secondary), multiples are parameters; 工会法 6. Figure `per_person` in yuan a month and
    `level`: deep, relative, accident, none. Asks for the subsistence line. A person decides.
    """
    w = Working("C33", ctx)
    w.cite(*articles(UNION, 6))
    if (refused := w.too_early("hardship.relative_multiple", facts.day, "day")) is not None:
        return refused
    line = w.local("dibao", facts.day, facts.region, facts.dibao, "dibao")
    if line is None:
        return w.missing()
    per_person = (exact(facts.income) - exact(facts.rigid)) / 12 / facts.people
    w.step(f"（{show(facts.income)} - {show(facts.rigid)}）÷ 12 ÷ {facts.people} = {show(cents(per_person))} 元/人/月")
    w.figure("per_person", "人均月收入（扣刚性支出后）", cents(per_person), "元/人/月")
    multiple = w.rule("hardship.relative_multiple", facts.day, facts.region)
    level = _level(w, facts, per_person, exact(line), exact(line) * exact(multiple))
    w.figure("level", "测算结果", level)
    if facts.excluded:
        w.warn("有不予建档的情形，一般不能建档，请工作人员入户核实")
    w.warn("标准和倍数各地不同，这里用的是一个城市的规则；结果只是测算，以入户核查、公示和审核为准")
    return w.result(f"测算结果：{LEVELS[level]}。")


def _level(w: Working, facts: HardshipFacts, per_person: Fraction, line: Fraction, double: Fraction) -> str:
    if per_person < line:
        w.step(f"低于低保标准 {show(line)}：深度困难")
        return "deep"
    if per_person < double:
        w.step(f"不低于 {show(line)}、低于 {show(double)}：相对困难")
        return "relative"
    ratio = w.rule("hardship.cost_ratio", facts.day, facts.region)
    limit = exact(facts.income) * exact(ratio)
    if facts.sudden or facts.sudden_cost > limit:
        w.step(f"人均不低于 {show(double)}；有意外事件，或者支出超过年收入的 {percent(ratio)}：意外致困")
        return "accident"
    w.step(f"人均不低于 {show(double)}，没有意外事件：没有达到标准")
    return "none"
