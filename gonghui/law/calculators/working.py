"""The working of one calculation (演算): collects steps, values used, articles, warnings and questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from gonghui.kernel.calendar import WorkCalendar
from gonghui.kernel.times import today
from gonghui.law.calculators.money import show
from gonghui.law.calculators.results import Amount, Figure, FigureValue, Missing, Question, Result
from gonghui.law.parameters import Mark, Parameter, ParameterError, ParameterStore, weakest

OWN_VALUE_WHY = "系统中没有经核对的当地数值，不能代您估计；请以当地人社、统计等部门公布的为准"


def band(table: Mapping[str, Decimal], reached: Decimal | int) -> Decimal | None:
    """The value of the highest band reached, where a table's names are the lower ends; None below the lowest."""
    ends = [Decimal(name) for name in table if Decimal(name) <= reached]
    return table[f"{max(ends):f}"] if ends else None


@dataclass(frozen=True, slots=True)
class Context:
    """What a calculation stands in: the dated parameters, the working-day calendar and the present day."""

    parameters: ParameterStore
    calendar: WorkCalendar
    today: date

    @classmethod
    def usual(cls) -> Context:
        """The packaged parameters and calendar, today in China. Pass `default_calendar()` where entered days count."""
        return cls(ParameterStore.default(), WorkCalendar(), today())


def _told(row: Parameter) -> str:
    """The value on record in words: 2,130, or 一档 2,130、二档 1,980."""
    if isinstance(row.value, Decimal):
        return show(row.value)
    return "、".join(f"{name} {show(cell)}" for name, cell in row.table.items())


@dataclass
class Working:
    """Filled by one calculation and turned into its result at the end."""

    calculator: str
    ctx: Context
    steps: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    _citations: dict[str, None] = field(default_factory=dict)
    _others: dict[str, None] = field(default_factory=dict)
    _marks: set[Mark] = field(default_factory=set)
    _parameters: dict[tuple[str, str, date], Parameter] = field(default_factory=dict)
    _open: dict[str, Question] = field(default_factory=dict)
    _needed: dict[str, Question] = field(default_factory=dict)

    def cite(self, *article_ids: str) -> None:
        """Articles the result stands on."""
        self._citations.update(dict.fromkeys(article_ids))

    def source(self, text: str, mark: Mark) -> None:
        """A source whose text is not at hand, and how sure what it says is."""
        self._others[text] = None
        self._marks.add(mark)

    def mark(self, mark: Mark) -> None:
        """The result is no surer than this."""
        self._marks.add(mark)

    def step(self, text: str) -> None:
        self.steps.append(text)

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def figure(self, key: str, label: str, value: FigureValue, unit: str = "") -> None:
        self.figures.append(Figure(key, label, value, unit))

    def ask(self, fact: str, text: str, why: str) -> None:
        """A question whose answer would make the result complete or narrower."""
        self._open.setdefault(fact, Question(fact, text, why))

    def need(self, fact: str, text: str, why: str) -> None:
        """A question without whose answer there is no result: then return `missing()`."""
        self._needed.setdefault(fact, Question(fact, text, why))

    def rule(self, key: str, on: date, region: str | None = None) -> Decimal:
        """A number in force on that day: of the region where it has its own, else the national one. ParameterError if
        the rule did not exist yet (see `too_early`)."""
        own = self.ctx.parameters.find(key, on, region) if region else None
        return self._use(own or self.ctx.parameters.national(key, on)).number

    def table(self, key: str, on: date) -> Mapping[str, Decimal]:
        """A national table of numbers in force on that day. ParameterError if it did not exist yet."""
        return self._use(self.ctx.parameters.national(key, on)).table

    def brackets(self, key: str, on: date) -> tuple[tuple[Decimal, Decimal, Decimal], ...]:
        """A national table of brackets: above what, rate, quick deduction. ParameterError if it did not exist yet."""
        row = self._use(self.ctx.parameters.national(key, on))
        names = ("above", "rate", "quick")
        found = [tuple(cell for name in names if isinstance(cell := line.get(name), Decimal)) for line in row.rows]
        if any(len(line) != len(names) for line in found):
            raise ParameterError(f"{key}: a bracket needs {names}")
        return tuple((line[0], line[1], line[2]) for line in found)

    def too_early(self, key: str, on: date, fact: str) -> Missing | None:
        """A refusal if the rule was not yet in force on that day: older law needs a person."""
        first = self.ctx.parameters.first_day(key)
        if on >= first:
            return None
        self.need(
            fact,
            f"这件事发生在 {first.isoformat()} 以前（{on.isoformat()}），请联系工作人员查当时的规定。日期填对了吗？",
            "当时适用的是更早的规定，系统没有收录，不能套用现在的算法",
        )
        return self.missing()

    def recorded(self, key: str, on: date, region: str | None) -> Parameter | None:
        """The row on record for a local value, whether or not it may be used."""
        return self.ctx.parameters.find(key, on, region) if region else None

    def knows(self, key: str, on: date, region: str | None, given: Decimal | None) -> Decimal | None:
        """What `local` would give, without writing it down or asking."""
        if given is not None:
            return given
        row = self.recorded(key, on, region)
        # A table of bands says nothing before somebody knows the band of the place.
        return row.value if row is not None and row.usable and isinstance(row.value, Decimal) else None

    def local(self, key: str, on: date, region: str | None, given: Decimal | None, fact: str) -> Decimal | None:
        """A local value: the worker's own if given, else a row that may be used, else None with a question.

        Unverified rows (U) are never used; the question says what is on record and why it does not count.
        """
        meaning = self.ctx.parameters.keys[key]
        if given is not None:
            self.step(f"{meaning.name}：{show(given)} {meaning.unit}（您填写，请与当地公布的核对）")
            return given
        row = self.recorded(key, on, region)
        if row is not None and (value := self.knows(key, on, region, None)) is not None:
            self._use(row)
            self.step(f"{meaning.name}：{show(value)} {meaning.unit}（{row.source}，{row.valid_from.isoformat()} 起）")
            return value
        self.need_local(key, on, row, fact)
        return None

    def need_local(self, key: str, on: date, row: Parameter | None, fact: str) -> None:
        """Ask for a local value without which there is no result, and say why the system does not know it."""
        text, why = self._local_question(key, on, row)
        self.need(fact, text, why)

    def ask_local(self, key: str, on: date, row: Parameter | None, fact: str) -> None:
        """Ask for a local value that would make the result complete."""
        text, why = self._local_question(key, on, row)
        self.ask(fact, text, why)

    def _local_question(self, key: str, on: date, row: Parameter | None) -> tuple[str, str]:
        meaning = self.ctx.parameters.keys[key]
        why = OWN_VALUE_WHY
        if row is not None and row.usable:
            why = f"系统里的数值分档（{_told(row)}），不知道您所在地属于哪一档"
        elif row is not None:
            why = f"系统里的数值（{_told(row)}，{row.source}）没有核对过原文或可能已经调整，不能拿来计算"
        text = f"{on.isoformat()} 时，{meaning.ask}"
        return text, f"{why}。{meaning.where}" if meaning.where else why

    def _use(self, row: Parameter) -> Parameter:
        self._parameters[row.key, row.region, row.valid_from] = row
        self._marks.add(row.status)
        return row

    @property
    def refuses(self) -> bool:
        """Whether a question was asked without whose answer there is no result."""
        return bool(self._needed)

    def missing(self) -> Missing:
        """The refusal with the questions asked so far. ValueError if none was."""
        return Missing(self.calculator, tuple(self._needed.values()))

    def result(self, outcome: str, amount: Amount | None = None) -> Result:
        """The result of what was collected."""
        return Result(
            calculator=self.calculator,
            outcome=outcome,
            amount=amount,
            figures=tuple(self.figures),
            steps=tuple(self.steps),
            citations=tuple(self._citations),
            others=tuple(self._others),
            sure=weakest(*self._marks),
            parameters=tuple(self._parameters.values()),
            warnings=tuple(self.warnings),
            questions=tuple(self._open.values()),
        )
