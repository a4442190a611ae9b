"""时效钟 (handbook 2.2, L1–L11): from the day things happened to the last day something may be done.

Each clock tells its start, length, what interrupted or stopped it, the last day before and after the holiday shift, and
days left. A clock that does not run (wages while the relation lasts) has no last day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from pydantic import ValidationError

from gonghui.kernel.calendar import months_later
from gonghui.kernel.times import SHANGHAI, day_of
from gonghui.law.calculators.facts import FactsError, messages_of
from gonghui.law.calculators.limitation_facts import EVENTS, EventKind, LimitationFacts, LimitEvent
from gonghui.law.calculators.limitation_rules import RULES, Rule
from gonghui.law.calculators.money import show
from gonghui.law.calculators.working import Context
from gonghui.law.parameters import Mark, Parameter

Light = Literal["green", "amber", "red", "expired", "not_running"]


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
    stopped_until: date = date.min
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
        elif event.until <= max(self.start, self.stopped_until):
            self._note(event, False, "在起算之前已经结束，或者已包含在前一段里，不影响")
        else:
            # Where two hindrances overlap, the days they share stop the clock only once.
            days = event.until - max(event.day, self.start, self.stopped_until)
            self.stopped_until = event.until
            self.end += days
            self._note(event, True, f"停止计算 {days.days} 天，届满日推迟到 {self.end.isoformat()}")

    def _stop_openly(self, event: LimitEvent) -> None:
        # A hindrance without an end keeps the clock of articles 27 and 17 from running out at all; the civil one only
        # if it lasts into the last six months, which a hindrance that still lasts always will.
        self.waiting = True
        self._note(event, True, "障碍还没有消除，期间停止计算；消除后请立即重新计算")
        self.warnings.append("障碍没有填结束日期，因此没有最后一天；如果其实已经消除，请补填，否则可能错过期限")

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
    moved = day_of(due.at) - timedelta(days=1)
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


def run(data: Mapping[str, Any], ctx: Context | None = None) -> tuple[Clock, ...]:
    """`clocks` from the answers of a form or a conversation. FactsError where an answer cannot be so."""
    try:
        facts = LimitationFacts.model_validate(dict(data))
    except ValidationError as error:
        raise FactsError(messages_of(error)) from None
    return clocks(facts, ctx or Context.usual())
