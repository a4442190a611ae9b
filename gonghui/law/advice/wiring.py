"""Which facts of a case fill which field of a calculator (接线), read from `data/wiring.yaml`.

`problems` says which sums that situations name are never reached by any answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gonghui import yamls
from gonghui.kernel.calendar import months_later
from gonghui.law.advice.matching import HERE
from gonghui.law.calculators import Context, FactsError, Missing, calculators
from gonghui.law.calculators.facts import FactField
from gonghui.law.calculators.registry import Calculator
from gonghui.law.calculators.results import Question
from gonghui.law.topics import Fact, FactValue, Library
from gonghui.law.topics.facts import Between, Facts, When, holds
from gonghui.law.topics.topic import Calculation

TODAY = "today"
# Which kinds of facts fill a kind of field as they are.
_FITS: dict[str, tuple[str, ...]] = {
    "date": ("date",),
    "money": ("money",),
    "number": ("number", "months", "money"),
    "count": ("number", "months"),
    "yes_no": ("bool",),
    "choice": ("choice",),
}
# Nobody is owed wages for longer: a number above is a slip of the pen.
MOST_MONTHS = 120


class Wire(BaseModel):
    """One way to fill a field; in the file a bare name is a fact. Where a fact it takes is unknown, it fills nothing.

    fact: a fact, or `today`. when: what must be known to hold.
    becomes: the field's value for each answer; an answer that is not listed fills nothing.
    always: the value whatever the case. year, least, times, plus, percent: what is made of a number or day.
    months_after: a fact; the last day of so many months from the day.
    if_year_of: facts or `today`; the day counts only if it lies in the year of the first that is known.
    each_month: a fact; a list of so many months up to the first known day of `until`, every row filled by `row`, and by
    `also` where that is known. dated: whether the rows say which month it is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fact: str = ""
    when: When = {}
    becomes: dict[bool | str, bool | int | str] = {}
    always: bool | int | str | None = None
    year: bool = False
    least: int | None = None
    times: int | None = None
    plus: int | None = None
    percent: bool = False
    months_after: str = ""
    if_year_of: tuple[str, ...] = ()
    each_month: str = ""
    until: tuple[str, ...] = (TODAY,)
    dated: bool = True
    row: dict[str, tuple[Wire, ...]] = {}
    also: dict[str, tuple[Wire, ...]] = {}

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, row: object) -> object:
        return {"fact": row} if isinstance(row, str) else row

    @model_validator(mode="after")
    def _one(self) -> Wire:
        if sum((bool(self.fact), self.always is not None, bool(self.each_month))) != 1:
            raise ValueError("give one of fact, always, each_month")
        return self

    @property
    def plain(self) -> bool:
        """Whether the field gets the fact as it is."""
        made = (self.becomes, self.year, self.least is not None, self.times, self.plus, self.percent, self.months_after)
        return bool(self.fact) and not any(made)

    def facts(self, known: Facts) -> Iterator[str]:
        """The facts it takes, which may be known or not."""
        for name in (self.fact, self.months_after, self.each_month):
            if name and name != TODAY:
                yield name
        needed = [name for wires in self.row.values() for name in asked_by(wires, known)]
        yield from needed or [name for wires in self.also.values() for name in asked_by(wires, known)]

    def value(self, known: Facts, today: date) -> Any:
        """What the field gets; None where it fills nothing."""
        if self.when and not holds(self.when, known):
            return None
        if self.always is not None:
            return self.always
        if self.each_month:
            return self._months(known, today)
        raw = today if self.fact == TODAY else known.get(self.fact)
        if raw is None:
            return None
        if self.becomes:
            return self.becomes.get(raw) if isinstance(raw, bool | str) else None
        if isinstance(raw, date):
            return self._of_day(raw, known, today)
        if isinstance(raw, bool | str):
            return raw
        number = raw * (self.times or 1) + (self.plus or 0)
        if self.least is not None:
            return number >= self.least
        return Decimal(number) / 100 if self.percent else number

    def _of_day(self, day: date, known: Facts, today: date) -> date | int | None:
        if self.if_year_of and first_day(self.if_year_of, known, today).year != day.year:
            return None
        if self.months_after:
            months = known.get(self.months_after)
            return months_later(day, int(months)) - timedelta(days=1) if isinstance(months, int) else None
        return day.year if self.year else day

    def _months(self, known: Facts, today: date) -> list[dict[str, Any]] | None:
        number = known.get(self.each_month)
        if not isinstance(number, int) or number > MOST_MONTHS:
            return None
        last = first_day(self.until, known, today)
        row = {name: fill(wires, known, today) for name, wires in self.row.items()}
        if any(value is None for value in row.values()):
            return None
        row |= {name: value for name, wires in self.also.items() if (value := fill(wires, known, today)) is not None}
        back = range(number - 1, -1, -1)
        return [{**row, **({"month": months_later(last, -n)} if self.dated else {})} for n in back]


class Wiring(BaseModel):
    """What fills one calculator. `wait_for`: fields of which one must be filled before a sum is told: without, it would
    be complete in form and wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: dict[str, tuple[Wire, ...]] = {}
    wait_for: tuple[str, ...] = Field(default=())


def fill(wires: Sequence[Wire], known: Facts, today: date) -> Any:
    """The value of the first wire that fills the field; None where none does."""
    return next((value for wire in wires if (value := wire.value(known, today)) is not None), None)


def first_day(names: Sequence[str], known: Facts, today: date) -> date:
    """The first of the facts that is a known day; today where none is."""
    days = (known.get(name) for name in names if name != TODAY)
    return next((day for day in days if isinstance(day, date)), today)


def asked_by(wires: Sequence[Wire], known: Facts) -> list[str]:
    """The unknown facts that the first wire that is still open waits for."""
    for wire in wires:
        if open_facts := [name for name in wire.facts(known) if name not in known]:
            return open_facts
    return []


@cache
def _read() -> dict[str, Wiring]:
    loaded = yamls.read((HERE / "data" / "wiring.yaml").read_bytes())
    return {name: Wiring.model_validate(row) for name, row in loaded.items()}


@cache
def wires_of(calculator: Calculator) -> Mapping[str, tuple[Wire, ...]]:
    """The wires of each field: its own, else those all calculators share, else the fact of the field's name."""
    own, shared = _read().get(calculator.id, Wiring()).fields, _read()["all"].fields
    return {
        field.name: own.get(field.name) or shared.get(field.name) or (Wire(fact=field.name),)
        for field in calculator.fields
    }


def waits_for(calculator: Calculator, filled: Mapping[str, Any]) -> list[FactField]:
    """The fields of which one must be filled first, if none is."""
    names = _read().get(calculator.id, Wiring()).wait_for
    if any(filled.get(name) is not None for name in names):
        return []
    return [field for field in calculator.fields if field.name in names]


def filled(calculator: Calculator, part: Calculation, known: Facts, today: date) -> dict[str, Any]:
    """The fields that the facts and the situation itself fill."""
    found = {name: fill(wires, known, today) for name, wires in wires_of(calculator).items()}
    return {name: value for name, value in (found | dict(part.given)).items() if value is not None}


def supposes(calculator: Calculator, known: Facts, today: date) -> bool:
    """Whether a field holds what may still change, such as that somebody who still works there leaves today."""
    for wires in wires_of(calculator).values():
        taken = next((wire for wire in wires if wire.value(known, today) is not None), None)
        if taken is not None and taken.fact == TODAY and taken.when:
            return True
    return False


def run(part: Calculation, known: Facts, context: Context) -> Any:
    """What the calculator says of the facts: a Result or Missing. FactsError where they cannot be so together."""
    calculator = calculators()[part.id]
    data = filled(calculator, part, known, context.today)
    required = [field for field in calculator.fields if field.required and field.name not in data]
    if waiting := waits_for(calculator, data):
        return Missing(calculator.id, tuple(Question(f.name, f.ask, f.why) for f in [*required, *waiting]))
    return calculator.run(data, context)


def questions_for(calculator: Calculator, missing: Sequence[str], known: Facts) -> list[str]:
    """The facts to ask for so that the missing fields are filled."""
    wires = wires_of(calculator)
    return [name for field in missing for name in asked_by(wires.get(field, ()), known)]


def problems(library: Library, context: Context) -> list[str]:
    """What is wrong with the file, and which sums of situations no answers reach; [] when nothing is."""
    try:
        _read()
    except ValidationError as error:
        return [f"wiring.yaml: {'.'.join(map(str, row['loc']))}: {row['msg']}" for row in error.errors()]
    known = calculators()
    found = [f"wiring.yaml: no calculator {name}" for name in _read() if name != "all" and name not in known]
    for calculator in known.values():
        fields = {field.name for field in calculator.fields}
        own = _read().get(calculator.id, Wiring())
        strange = {*own.fields, *own.wait_for} - fields
        found += [f"wiring.yaml: {calculator.id}: no field {name}" for name in sorted(strange)]
        for name, wires in own.fields.items():
            for wire in wires:
                facts = {*wire.facts({}), *wire.when, *(one for one in (*wire.if_year_of, *wire.until) if one != TODAY)}
                found += [f"wiring.yaml: {calculator.id}.{name}: no fact {fact}" for fact in facts - set(library.facts)]
        for field in calculator.fields:
            for wire in wires_of(calculator)[field.name]:
                fact = library.facts.get(wire.fact)
                if fact is not None and wire.plain and fact.kind not in _FITS.get(field.kind, ()):
                    found.append(f"wiring.yaml: {calculator.id}.{field.name}: {wire.fact} is a {fact.kind}")
    if found:
        return found
    for topic in library.topics.values():
        for part in topic.calculators:
            if part.id not in known:
                found.append(f"{topic.id}.yaml: no calculator {part.id}")
            elif why := _unreached(part, library, context):
                found.append(f"{topic.id}.yaml: calculators: {part.id} is never told: {why}")
    return found


def _unreached(part: Calculation, library: Library, context: Context) -> str:
    """Why answering all questions gives no sum; "" when it does. Choices are tried one after another."""
    strange = set(part.given) - {field.name for field in calculators()[part.id].fields}
    if strange:
        return f"given: no field {sorted(strange)}"
    start = {name: _meeting(test, library.facts[name]) for name, test in part.when.items()}
    todo: list[dict[str, FactValue]] = [start]
    why, tried = "", 0
    while todo and tried < 200:
        case = todo.pop()
        tried += 1
        try:
            result = run(part, case, context)
        except FactsError as error:
            why = str(error)
            continue
        if not isinstance(result, Missing):
            return ""
        names = questions_for(calculators()[part.id], [q.fact for q in result.questions], case)
        names = [name for name in names if name in library.facts]
        if not names:
            why = f"no question fills {[q.fact for q in result.questions]}"
            continue
        todo += [case | {names[0]: value} for value in reversed(_plausible(names[0], library.facts[names[0]], context))]
    return why


def _meeting(test: Any, fact: Fact) -> FactValue:
    """A value that passes a condition."""
    if isinstance(test, Between):
        edge = test.least if test.least is not None else test.most
        assert edge is not None
        return edge if isinstance(edge, date) else int(edge)
    value = test[0] if isinstance(test, tuple) else test
    assert isinstance(value, bool | str)
    return value


def _plausible(name: str, fact: Fact, context: Context) -> list[FactValue]:
    """Answers a worker may give, the likeliest first."""
    if fact.kind == "bool":
        return [True, False]
    if fact.kind == "choice":
        return list(fact.options)
    if fact.kind == "date":
        ago = {"started_on": 1500, "born_on": 55 * 365, "died_on": 100, "ended_on": 60}.get(name, 200)
        return [context.today - timedelta(days=ago)]
    if fact.kind == "money":
        return [Decimal(6000)]
    return [3, context.today.year + 3]
