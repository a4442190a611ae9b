"""One wrong form for each rule of a service's file: made from the file, so that a new rule needs no line here.

Each case is the right form with one thing changed. Whether it is refused is asked of the form itself, as the pages
ask it; the pages are walked once a service (`tests/test_every_service.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from gonghui.brain.match import Condition
from gonghui.people.identity import born_on
from gonghui.services import facts, fields, forms
from gonghui.services.patterning import example
from gonghui.services.spec import FormField, Once, Service
from gonghui.services.trial.filling import Raw
from tests.support.filling import Filler

NUMBER_MOST = 10**9
# A letter that stands in no number of anybody's, and where it makes a right one wrong.
CHECKED = ("phone", "id_no", "bank_card", "uscc", "plate")


@dataclass(frozen=True)
class Case:
    """`field` must have an error (with `words` in it), or none where the form is still right there (`right`)."""

    what: str
    field: str
    raw: Raw
    right: bool = False
    words: str = ""


def cases(fill: Filler, right: Raw) -> Iterator[Case]:
    """Every case of every field of the form."""
    for spec in fill.service.fields:
        raw = _asked(fill, right, spec)
        if spec.name not in raw:
            continue
        for what, value, good in _wrong(fill, spec, raw[spec.name]):
            yield Case(f"{spec.name}: {what}", spec.name, {**raw, spec.name: value}, good)
        if spec.birth_of and (born := born_on(str(raw[spec.birth_of]))) is not None:
            other = (born - timedelta(days=1)).isoformat()
            yield Case(f"{spec.name}: another's birthday", spec.name, {**raw, spec.name: other})
        if spec.type == "rows":
            yield from _rows(fill, spec, raw)


def unasked(fill: Filler, right: Raw) -> Iterator[tuple[str, Raw]]:
    """Every conditional field with a form in which it is not asked, and a value for it all the same."""
    for spec in fill.service.fields:
        if spec.show_when is None or not (values := fill.values(spec)):
            continue
        control = fill.service.field(spec.show_when.field)
        other = [value for value in _answers(fill, control) if not spec.show_when.holds({control.name: value})]
        yield spec.name, {**_asked(fill, right, control), control.name: other[0], spec.name: values[0]}


def _answers(fill: Filler, spec: FormField) -> list[Any]:
    """What may be answered, nothing at last; also what the scene of a walk leaves no choice in."""
    codes = [choice.code for choice in spec.choices]
    return [*fill.values(spec), *([[code] for code in codes] if spec.type == "multi" else codes), None]


def _asked(fill: Filler, raw: Raw, spec: FormField) -> Raw:
    """The form in which this field is asked and filled in, with whatever it depends on."""
    if spec.show_when is not None:
        control = fill.service.field(spec.show_when.field)
        raw = _asked(fill, raw, control)
        if not spec.show_when.holds({control.name: raw.get(control.name)}):
            asked = [value for value in _answers(fill, control) if spec.show_when.holds({control.name: value})]
            raw = {**raw, **({control.name: asked[0]} if asked else {})}
    if spec.name not in raw and (values := fill.values(spec)):
        raw = {**raw, spec.name: values[0]}
    return raw


def _wrong(fill: Filler, spec: FormField, good: Any) -> Iterator[tuple[str, Any, bool]]:
    """(what it is, value, whether it is still right) for one field, of a form or of a row."""
    if spec.required or spec.type in ("promise", "offer"):
        yield "missing", None, False
    least, most = fill.bounds(spec)
    if spec.type in ("int", "money"):
        yield from _numbers(spec, least, most)
    elif spec.type == "date":
        yield from _days(least, most, bool(spec.birth_of))
    elif spec.type in ("text", "long_text"):
        yield from _texts(spec)
    elif spec.type in ("choice", "multi"):
        yield "no such choice", ["没有这一项"] if spec.type == "multi" else "没有这一项", False
    elif spec.type in CHECKED:
        yield "mistyped", _mistyped(spec.type, str(good)), False
    elif spec.type == "region":
        yield "no such place", "没有这个地方", False
    elif spec.type == "offer":
        yield "no such offer", 10**7, False
    elif spec.type == "file":
        if spec.required:
            yield "somebody else's", [10**7], False
        many = int(most) if most is not None else 3
        yield "too many", [fill.keep_file() for _file in range(many + 1)], False


def _numbers(spec: FormField, least: Any, most: Any) -> Iterator[tuple[str, Any, bool]]:
    step = Decimal("0.01") if spec.type == "money" else 1
    low, high = (least if least is not None else 0), (most if most is not None else NUMBER_MOST)
    if spec.type == "int":
        low, high = int(low), int(high)
    yield "below the least", str(low - step), False
    yield "above the most", str(high + step), False
    yield "the least", str(low), True
    yield "the most", str(high), True
    yield "no number", "一百", False


def _days(least: date | None, most: date | None, told: bool) -> Iterator[tuple[str, Any, bool]]:
    """`told`: an identity number says which day it is, so that no other one is right."""
    day = timedelta(days=1)
    yield "no day", "2026-02-30", False
    for edge, name, beyond in ((least, "first", -day), (most, "last", day)):
        if edge is not None:
            yield f"past the {name} day", (edge + beyond).isoformat(), False
            if not told:
                yield f"the {name} day", edge.isoformat(), True


def _texts(spec: FormField) -> Iterator[tuple[str, Any, bool]]:
    most = spec.max or (fields.LONG if spec.type == "long_text" else fields.SHORT)
    yield "too long", "字" * (most + 1), False
    if not spec.pattern:
        yield "as long as may be", "字" * most, True
        return
    found = example(spec.pattern)
    if found is not None:
        yield "of the pattern", found, True
    for text in ("#", f"{found}#", f"#{found}"):
        if len(text) <= most and not re.fullmatch(spec.pattern, text):
            yield f"not of the pattern ({text})", text, False


def _mistyped(kind: str, value: str) -> str:
    if kind in ("phone", "plate"):
        return value[:-2] + "#"
    last = value[-1]
    return value[:-1] + ("1" if last != "1" else "2")


def _rows(fill: Filler, spec: FormField, raw: Raw) -> Iterator[Case]:
    """Too few and too many rows; and in each column, in the last row, everything that can be wrong."""
    rows = list(raw[spec.name])
    least = int(spec.least or 0) or int(spec.required)
    most = int(spec.most) if spec.most is not None else 20
    yield Case(f"{spec.name}: too many rows", spec.name, {**raw, spec.name: [rows[0]] * (most + 1)})
    if least:
        yield Case(f"{spec.name}: too few rows", spec.name, {**raw, spec.name: [rows[0]] * (least - 1)})
    for column in spec.columns:
        good = rows[-1].get(column.name)
        for what, value, right in _wrong(fill, column, good):
            if right and (column.birth_of or column.type == "id_no"):
                continue
            changed = [*rows[:-1], {**rows[-1], column.name: value}]
            name = f"{spec.name}.{column.name}: {what}"
            yield Case(name, spec.name, {**raw, spec.name: changed}, right, "" if right else str(column))
        if column.birth_of and (born := born_on(str(rows[-1].get(column.birth_of)))) is not None:
            changed = [*rows[:-1], {**rows[-1], column.name: (born - timedelta(days=1)).isoformat()}]
            yield Case(f"{spec.name}.{column.name}: another's birthday", spec.name, {**raw, spec.name: changed})


def held_against(fill: Filler, case: Case) -> str:
    """What is not as the case says; empty where it is."""
    texts = " ".join(_errors(fill, case))
    if case.right:
        return f"{case.what}: refused: {texts}" if texts else ""
    if not texts:
        return f"{case.what}: taken"
    return "" if case.words in texts else f"{case.what}: {case.words!r} is not named: {texts}"


def _errors(fill: Filler, case: Case) -> list[str]:
    """What is said beside the field: by its own page, as a worker meets it, and where that has nothing to say by the
    conditions of the whole form."""
    for section in fill.service.form:
        if case.field in {spec.name for spec in section.fields}:
            given = {name: value for name, value in case.raw.items() if value is not None}
            page = forms.SectionForm(
                given, service=fill.service, section=section, known=given, account_id=fill.actor.account_id
            )
            if found := page.errors.get(case.field):
                return [str(text) for text in found]
    if case.right:
        return []
    _values, errors = forms.whole(fill.service, case.raw, fill.actor.account_id)
    return errors.get(case.field, [])


def breaking(condition: Condition, known: Mapping[str, Any]) -> facts.Facts:
    """What is known of somebody who does not meet the condition, and all the others as before."""
    if condition.is_ is not None:
        value: Any = not condition.is_
    elif condition.one_of:
        value = "somebody else"
    else:
        value = condition.at_least - 1 if condition.at_least is not None else (condition.at_most or 0) + 1
    return {**known, condition.fact: value}


def telling(fill: Filler, right: Raw, condition: Condition) -> Raw | None:
    """A form that is right and tells that the condition is not met; None where no field tells it."""
    for spec in fill.service.fields:
        tells_age = condition.fact == "age" and spec.type == "id_no"
        if spec.fact != condition.fact and not tells_age:
            continue
        for value in fill.values(spec):
            raw = {**_asked(fill, right, spec), spec.name: value}
            values, errors = forms.whole(fill.service, raw, fill.actor.account_id)
            told = facts.told_facts(fill.service, values, fill.day)
            if not errors and condition.holds(told) is False:
                return raw
    return None


def in_common(service: Service, once: Once | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a form that has in common with this one only what may be had once; None: nothing at all."""
    number = next((spec.name for spec in service.fields if spec.type == "id_no"), "")
    names = once.names if once is not None else ()
    kept = {*(number if name == "person" else name for name in names), service.offer_field} if names else set()
    named = {number, service.offer_field, *(name for other in service.once for name in other.names)}
    return {name: f"{value}0" if name in named - kept else value for name, value in values.items()}
