"""时效钟 (handbook 2.2, L1–L11): from the day things happened to the last day something may be done.

Each clock tells its start, length, what interrupted or stopped it, the last day before and after the holiday shift, and
days left. A clock that does not run (wages while the relation lasts) has no last day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Literal

from pydantic import model_validator

from gonghui.kernel.calendar import months_later
from gonghui.kernel.times import SHANGHAI
from gonghui.law.calculators.facts import Day, Facts, YesNo, fact
from gonghui.law.calculators.money import show
from gonghui.law.calculators.sources import (
    ARBITRATION,
    CIVIL_CODE,
    CIVIL_PROCEDURE,
    DISEASE,
    INJURY,
    INJURY_CASES,
    MEDIATION,
    SUPERVISION,
    articles,
)
from gonghui.law.calculators.working import Context
from gonghui.law.parameters import Mark, Parameter

Light = Literal["green", "amber", "red", "expired", "not_running"]
EventKind = Literal["claimed", "asked_authority", "agreed", "filed", "stopped"]
EVENTS: dict[str, str] = {
    "claimed": "向对方主张权利（书面催要等）",
    "asked_authority": "向有关部门请求救济（投诉、申请调解等）",
    "agreed": "对方同意履行（欠条、承诺等）",
    "filed": "申请仲裁或起诉",
    "stopped": "因不可抗力等不能行使权利的一段时间",
}
Stops = Literal["no", "any_time", "last_six_months"]


class LimitEvent(Facts):
    """Something that interrupts (中断) or stops (中止) a clock; `until` is the day a hindrance ended."""

    kind: EventKind = fact("发生了什么", ask="期间发生过哪些事？", why="主张权利、投诉等使时效重新计算", choices=EVENTS)
    day: Day = fact("日期", ask="哪一天？", why="时效从这一天起重新计算或暂停")
    until: Day | None = fact(
        "结束日期", ask="障碍（或办理程序）哪一天结束？", why="中止的时间不计算；没有结束的不填", default=None
    )

    @model_validator(mode="after")
    def _in_order(self) -> LimitEvent:
        if self.until is not None and self.until < self.day:
            raise ValueError("结束日期不能早于开始日期")
        return self


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of clock: what starts it, whether it is interrupted, how it stops, and the articles it stands on.

    `after_procedure` says that an interruption by a procedure counts from its end (民法典 195), not from its beginning.
    """

    code: str
    name: str
    start: str
    citations: tuple[str, ...]
    interrupted: bool
    stops: Stops
    after_procedure: bool = False
    advice: str = ""

    @property
    def key(self) -> str:
        return f"limit.{self.code}"


_DAYS = articles(CIVIL_CODE, 201, 202, 203)
_COURT = articles(CIVIL_PROCEDURE, 85)
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.code: rule
        for rule in (
            Rule(
                "L1",
                "申请劳动仲裁",
                "知道或者应当知道权利被侵害",
                (*articles(ARBITRATION, 27), *_DAYS),
                True,
                "any_time",
            ),
            Rule(
                "L2",
                "欠薪申请劳动仲裁",
                "劳动关系终止",
                (*articles(ARBITRATION, 27), *_DAYS),
                True,
                "any_time",
                advice="劳动关系存续期间的欠薪（包括加班费）不受一年限制，离职后须在一年内提出",
            ),
            Rule(
                "L3",
                "向劳动监察投诉",
                "违法行为发生（连续的，为行为终了）",
                articles(SUPERVISION, 20),
                False,
                "no",
                advice="二年内被举报、投诉或发现的才查处；已经投诉的，请保存回执",
            ),
            Rule("L4e", "单位申请工伤认定", "事故伤害发生或者被诊断、鉴定为职业病", articles(INJURY, 17), False, "no"),
            Rule(
                "L4w",
                "职工、近亲属或工会申请工伤认定",
                "事故伤害发生或者被诊断、鉴定为职业病",
                (*articles(INJURY, 17, 18), *articles(INJURY_CASES, 7)),
                False,
                "any_time",
                advice="不是本人原因耽误的时间（含为确认劳动关系仲裁、诉讼的时间）不计算在内",
            ),
            Rule("L5", "申请再次劳动能力鉴定", "收到鉴定结论", articles(INJURY, 26), False, "no"),
            Rule(
                "L6r",
                "申请行政复议",
                "知道或者应当知道行政决定",
                (*articles(INJURY, 55), *_COURT),
                False,
                "any_time",
            ),
            Rule(
                "L6s",
                "直接提起行政诉讼",
                "知道或者应当知道行政决定",
                (*articles(INJURY, 55), *_COURT),
                False,
                "any_time",
            ),
            Rule("L6d", "复议后提起行政诉讼", "收到复议决定书", (*articles(INJURY, 55), *_COURT), False, "any_time"),
            Rule(
                "L7s",
                "不服仲裁裁决向法院起诉",
                "收到裁决书",
                (*articles(ARBITRATION, 48, 50), *_COURT),
                False,
                "no",
                advice="逾期裁决书生效；因不可抗拒的事由耽误的，在障碍消除后十日内可以申请顺延（民事诉讼法第八十六条）",
            ),
            Rule(
                "L7a",
                "单位申请撤销终局裁决",
                "收到裁决书",
                (*articles(ARBITRATION, 47, 49), *_COURT),
                False,
                "no",
            ),
            Rule(
                "L8",
                "民事诉讼（侵权、歧视、劳务等）",
                "知道或者应当知道权利受到损害以及义务人",
                (*articles(CIVIL_CODE, 188, 194, 195), *_DAYS),
                True,
                "last_six_months",
                after_procedure=True,
            ),
            Rule(
                "L9",
                "申请强制执行",
                "履行期间的最后一日（没有规定的为文书生效日）",
                (*articles(CIVIL_PROCEDURE, 250), *_COURT, *articles(CIVIL_CODE, 194, 195)),
                True,
                "last_six_months",
                after_procedure=True,
            ),
            Rule(
                "L10",
                "申请司法确认调解协议",
                "调解协议生效",
                (*articles(CIVIL_PROCEDURE, 205), *articles(MEDIATION, 33), *_COURT),
                False,
                "no",
                advice="须由双方当事人共同申请",
            ),
            Rule("L11", "对职业病诊断申请鉴定", "收到诊断证明书", articles(DISEASE, 52), False, "no"),
            Rule("L11r", "对职业病鉴定申请再鉴定", "收到鉴定书", articles(DISEASE, 52), False, "no"),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Interruption:
    """What an event did to the clock, in words; `counted` is False where it changed nothing."""

    kind: EventKind
    on: date
    counted: bool
    effect: str


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock as it stands on a day. `nominal_end` is before, `last_day` after the holiday shift; both are None where
    it does not run. `days_left` counts from the day asked about: 0 means today is the last day."""

    code: str
    name: str
    start_event: str
    start: date | None
    counted_from: date | None
    length: str
    interruptions: tuple[Interruption, ...]
    nominal_end: date | None
    last_day: date | None
    shifted: bool
    incomplete: bool
    days_left: int | None
    light: Light
    steps: tuple[str, ...]
    citations: tuple[str, ...]
    source: Parameter
    sure: Mark
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready data."""

        def day(value: date | None) -> str | None:
            return value.isoformat() if value else None

        return {
            "code": self.code,
            "name": self.name,
            "start_event": self.start_event,
            "start": day(self.start),
            "counted_from": day(self.counted_from),
            "length": self.length,
            "interruptions": [
                {"kind": i.kind, "on": day(i.on), "counted": i.counted, "effect": i.effect} for i in self.interruptions
            ],
            "nominal_end": day(self.nominal_end),
            "last_day": day(self.last_day),
            "shifted": self.shifted,
            "incomplete": self.incomplete,
            "days_left": self.days_left,
            "light": self.light,
            "steps": list(self.steps),
            "citations": list(self.citations),
            "source": self.source.source,
            "sure": self.sure,
            "warnings": list(self.warnings),
        }


@dataclass
class _Run:
    """One clock while it is being worked out."""

    rule: Rule
    row: Parameter
    start: date
    end: date
    waiting: bool = False
    told: list[Interruption] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def length_from(self, day: date) -> date:
        """The last day of the period that begins after `day` (民法典 201, 202)."""
        table = self.row.table
        if "months" in table:
            return months_later(day, int(table["months"]))
        return day + timedelta(days=int(table["days"]))

    @property
    def length(self) -> str:
        table = self.row.table
        if "days" in table:
            return f"{show(table['days'])} 天"
        months = int(table["months"])
        return f"{months // 12} 年" if months % 12 == 0 else f"{months} 个月"

    def take(self, event: LimitEvent) -> None:
        """Let an event interrupt or stop the clock, or note why it does not."""
        if event.kind == "stopped":
            self._stop(event)
        elif not self.rule.interrupted:
            self._note(event, False, "这类期限不因此重新计算")
        elif event.day < self.start:
            self._note(event, False, "发生在起算之前，不影响")
        elif event.day > self.end:
            self._note(event, False, f"发生在 {self.end.isoformat()} 届满之后，不再使时效重新计算")
            if event.kind == "agreed":
                self.warnings.append(
                    "时效届满后对方又同意履行的，不得再以时效届满抗辩（民法典第一百九十二条），请保存证据"
                )
        else:
            again = event.until if self.rule.after_procedure and event.until else event.day
            self.start, self.end = again, self.length_from(again)
            self._note(event, True, f"时效中断，从 {again.isoformat()} 起重新计算，至 {self.end.isoformat()}")

    def _stop(self, event: LimitEvent) -> None:
        if self.rule.stops == "no":
            self._note(event, False, "这类期限不因此停止计算；可以申请顺延的，请尽快联系受理机关")
        elif event.day > self.end:
            self._note(event, False, f"发生在 {self.end.isoformat()} 届满之后，不影响")
        elif event.until is None:
            self._stop_openly(event)
        elif self.rule.stops == "last_six_months":
            self._stop_at_the_end(event, event.until)
        elif event.until <= self.start:
            self._note(event, False, "在起算之前已经结束，不影响")
        else:
            days = event.until - max(event.day, self.start)
            self.end += days
            self._note(event, True, f"停止计算 {days.days} 天，届满日推迟到 {self.end.isoformat()}")

    def _stop_openly(self, event: LimitEvent) -> None:
        # A hindrance without an end keeps the clock of articles 27 and 17 from running out at all; the civil one only
        # if it lasts into the last six months, which a hindrance that still lasts always will.
        self.waiting = True
        self._note(event, True, "障碍还没有消除，期间停止计算；消除后请立即重新计算")

    def _stop_at_the_end(self, event: LimitEvent, until: date) -> None:
        if until <= months_later(self.end, -6):
            self._note(event, False, "不在时效期间的最后六个月内，不停止计算（民法典第一百九十四条）")
            return
        later = months_later(until, 6)
        if later <= self.end:
            self._note(event, False, "障碍消除后仍有六个月以上，不影响")
            return
        self.end = later
        self._note(event, True, f"最后六个月内中止，障碍消除后满六个月即 {later.isoformat()} 届满")

    def _note(self, event: LimitEvent, counted: bool, effect: str) -> None:
        self.told.append(Interruption(event.kind, event.day, counted, effect))
        self.steps.append(f"{event.day.isoformat()} {EVENTS[event.kind]}：{effect}")


def clock(code: str, start: date, ctx: Context, events: tuple[LimitEvent, ...] = ()) -> Clock:
    """The clock `code` (a key of `RULES`) that began with something on `start`, as it stands on `ctx.today`.

    KeyError for an unknown code. A day before the limit existed is counted by its oldest row, with a warning.
    """
    rule = RULES[code]
    row = ctx.parameters.find(rule.key, start) or ctx.parameters.history(rule.key)[0]
    run = _Run(rule, row, start, start)
    if not row.in_force(start):
        run.warnings.append(
            f"{row.valid_from.isoformat()} 以前适用更早的规定，这里按最早收录的期限估算，请工作人员核对"
        )
    run.end = run.length_from(start)
    run.steps.append(f"{rule.start}：{start.isoformat()}，当日不计入；期限 {run.length}，届满日 {run.end.isoformat()}")
    for event in sorted(events, key=lambda item: (item.day, item.kind)):
        run.take(event)
    if rule.advice:
        run.warnings.append(rule.advice)
    if row.status == "U":
        run.warnings.append("期限的天数没有核对过原文，请以受理机关告知的为准")
    if run.waiting:
        return _finished(run, start, ctx, None, False)
    last, incomplete = _shifted(run, ctx)
    return _finished(run, start, ctx, last, incomplete)


def _shifted(run: _Run, ctx: Context) -> tuple[date, bool]:
    """The last day after the holiday shift, and whether a year's holidays had to be guessed."""
    noon = datetime.combine(run.end, time(12), tzinfo=SHANGHAI)
    moves = bool(run.row.table["shift"])
    due = ctx.calendar.add_calendar_days(noon, 0, shift_holidays=True)
    moved = due.at.astimezone(SHANGHAI).date() - timedelta(days=1)
    if moved == run.end:
        return run.end, due.incomplete and moves
    if not moves:
        run.warnings.append(f"{run.end.isoformat()} 不是工作日；这类期限能否顺延没有读到依据，请在此前的工作日办理")
        return run.end, False
    run.steps.append(f"{run.end.isoformat()} 是休假日，顺延到之后第一个工作日 {moved.isoformat()}")
    run.warnings.append(f"顺延到 {moved.isoformat()}；为稳妥，尽量在 {run.end.isoformat()} 以前办理")
    if due.incomplete:
        run.warnings.append("这一年的放假安排尚未收录，顺延的日期请核对")
    return moved, due.incomplete


def _finished(run: _Run, start: date, ctx: Context, last: date | None, incomplete: bool) -> Clock:
    left = None if last is None else (last - ctx.today).days
    if left is not None and left < 0:
        run.steps.append(f"已于 {last.isoformat() if last else ''} 届满，过了 {-left} 天")
        run.warnings.append("看起来已经过期；是否真的过期取决于有没有中断、中止，请先联系工会或法律援助，不要放弃")
    elif left is not None and last is not None:
        run.steps.append(f"最后一天：{last.isoformat()}，今天 {ctx.today.isoformat()}，还剩 {left} 天")
    return Clock(
        code=run.rule.code,
        name=run.rule.name,
        start_event=run.rule.start,
        start=start,
        counted_from=run.start,
        length=run.length,
        interruptions=tuple(run.told),
        nominal_end=None if last is None else run.end,
        last_day=last,
        shifted=last is not None and last != run.end,
        incomplete=incomplete,
        days_left=left,
        light=_light(left, ctx),
        steps=tuple(run.steps),
        citations=run.rule.citations,
        source=run.row,
        sure=run.row.status if run.row.in_force(start) else "U",
        warnings=tuple(run.warnings),
    )


def _light(left: int | None, ctx: Context) -> Light:
    if left is None:
        return "not_running"
    if left < 0:
        return "expired"
    if left <= ctx.parameters.national("limitation.red_days", ctx.today).number:
        return "red"
    return "amber" if left <= ctx.parameters.national("limitation.amber_days", ctx.today).number else "green"


def _not_running(code: str, ctx: Context, text: str) -> Clock:
    rule = RULES[code]
    run = _Run(rule, ctx.parameters.national(rule.key, ctx.today), ctx.today, ctx.today, steps=[text])
    if rule.advice:
        run.warnings.append(rule.advice)
    found = _finished(run, ctx.today, ctx, None, False)
    return replace(found, start=None, counted_from=None)


class LimitationFacts(Facts):
    """Days from which clocks run; only those given are computed."""

    rights_known: Day | None = fact(
        "知道权利被侵害的日期",
        ask="您哪一天知道（或应当知道）权利被侵害，例如收到解除通知的日期？",
        why="仲裁时效从知道或者应当知道权利被侵害之日起算一年",
        default=None,
    )
    wages_owed: YesNo = fact(
        "是否拖欠工资（含加班费）", ask="单位拖欠工资或加班费吗？", why="欠薪的时效另有规定", default=False
    )
    ended: Day | None = fact(
        "劳动关系终止的日期",
        ask="如已离职，哪一天离职？仍在职不填。",
        why="在职期间追索欠薪不受一年限制，离职后须在一年内提出",
        default=None,
    )
    violation: Day | None = fact(
        "违法行为发生的日期", ask="单位的违法行为发生在哪一天？", why="劳动监察只查处二年内的行为", default=None
    )
    violation_goes_on: YesNo = fact(
        "违法行为是否仍在继续", ask="这个行为现在还在继续吗？", why="连续的行为从终了之日起算", default=False
    )
    violation_ended: Day | None = fact(
        "违法行为终了的日期", ask="连续的违法行为哪一天停止？", why="连续的行为从终了之日起算", default=None
    )
    injured: Day | None = fact(
        "受伤或诊断职业病的日期",
        ask="事故发生（或诊断、鉴定为职业病）是哪一天？",
        why="单位三十日内、职工或工会一年内申请工伤认定",
        default=None,
    )
    appraised: Day | None = fact(
        "收到劳动能力鉴定结论的日期", ask="哪一天收到鉴定结论？", why="不服的十五日内申请再次鉴定", default=None
    )
    decision: Day | None = fact(
        "收到行政决定（如工伤认定）的日期", ask="哪一天收到决定？", why="复议六十日、诉讼六个月", default=None
    )
    review_decision: Day | None = fact(
        "收到复议决定书的日期", ask="哪一天收到复议决定书？", why="不服的十五日内起诉", default=None
    )
    award: Day | None = fact(
        "收到仲裁裁决书的日期", ask="哪一天收到裁决书？", why="不服的十五日内向法院起诉", default=None
    )
    harmed: Day | None = fact(
        "知道权利受到损害以及义务人的日期",
        ask="（歧视、性骚扰、劳务、侵权等）哪一天知道受到损害、是谁造成的？",
        why="民事诉讼时效三年",
        default=None,
    )
    performance_due: Day | None = fact(
        "生效文书规定履行的最后一日", ask="裁决、判决或调解书规定哪一天前履行？", why="二年内申请执行", default=None
    )
    agreement: Day | None = fact(
        "调解协议生效的日期", ask="调解协议哪一天签字生效？", why="三十日内共同申请司法确认", default=None
    )
    diagnosed: Day | None = fact(
        "收到职业病诊断证明书的日期", ask="哪一天收到诊断证明书？", why="有异议的申请鉴定", default=None
    )
    disease_appraised: Day | None = fact(
        "收到职业病首次鉴定书的日期", ask="哪一天收到首次鉴定书？", why="不服的申请再鉴定", default=None
    )
    events: tuple[LimitEvent, ...] = fact(
        "期间发生的事", ask="这期间催要过、投诉过，或对方承诺过吗？", why="这些会使时效重新计算或停止", default=()
    )

    @model_validator(mode="after")
    def _in_order(self) -> LimitationFacts:
        if self.violation and self.violation_ended and self.violation_ended < self.violation:
            raise ValueError("违法行为终了的日期不能早于发生的日期")
        if self.violation_goes_on and self.violation_ended:
            raise ValueError("填了终了的日期，就不是仍在继续")
        return self


_PLAIN_STARTS = (
    ("injured", ("L4e", "L4w")),
    ("appraised", ("L5",)),
    ("decision", ("L6r", "L6s")),
    ("review_decision", ("L6d",)),
    ("award", ("L7s", "L7a")),
    ("harmed", ("L8",)),
    ("performance_due", ("L9",)),
    ("agreement", ("L10",)),
    ("diagnosed", ("L11",)),
    ("disease_appraised", ("L11r",)),
)


def clocks(facts: LimitationFacts, ctx: Context) -> tuple[Clock, ...]:
    """Every clock that these facts start, the most urgent first; expired ones before those that do not run."""
    found: list[Clock] = []
    if facts.rights_known is not None:
        found.append(clock("L1", facts.rights_known, ctx, facts.events))
    if facts.wages_owed:
        if facts.ended is not None:
            found.append(clock("L2", facts.ended, ctx, facts.events))
        else:
            found.append(_not_running("L2", ctx, "劳动关系仍然存续，追索劳动报酬的仲裁时效还没有开始计算"))
    if facts.violation_goes_on:
        found.append(_not_running("L3", ctx, "违法行为仍在继续，二年的期限从终了之日才开始计算"))
    elif begun := facts.violation_ended or facts.violation:
        found.append(clock("L3", begun, ctx, facts.events))
    for name, codes in _PLAIN_STARTS:
        start = getattr(facts, name)
        if start is not None:
            found.extend(clock(code, start, ctx, facts.events) for code in codes)
    order = ("red", "amber", "green", "expired", "not_running")
    return tuple(sorted(found, key=lambda item: (order.index(item.light), item.days_left or 0, item.code)))
