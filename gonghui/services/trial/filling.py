"""Fill in any service's form from the types of its fields: right throughout, wrong in every field, wrong by one rule.

What is right is searched for: every field has a few values of its type, and those of the fields that an error or a
condition names are changed until nothing is wrong any more. So a new service needs no test data.
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from gonghui.kernel.actor import Actor
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of, now, today
from gonghui.people.identity import born_on, with_check
from gonghui.services import conditions, facts, fields, forms, offers
from gonghui.services.models import FormFile
from gonghui.services.patterning import example
from gonghui.services.spec import FormField, Service

Raw = dict[str, Any]
USCC = "91110108551385082Q"
# Card numbers with a right check digit (Luhn); no bank has issued them.
CARDS = ("6222020000000000018", "6222020000000000026", "6222020000000000034")
TRIES = 400


def people(area: str = "520102") -> tuple[str, ...]:
    """Identity numbers (made up) of men and women of several ages, and of a child. `area`: the first six digits."""
    years = (1990, 1996, 1975, 2003, 1966, today().year - 8)
    return tuple(with_check(f"{area}{year}0307{order}0") for year in years for order in ("123", "124"))


class NothingFits(Exception):
    """No right form was found. `args[0]`: what stays wrong, in words."""


@dataclass
class Filler:
    """`offers`: numbers of offers that can be taken. `numbers`: identity numbers, the person's own first. `preset`:
    what a field must have. `until`: when to give up, of the monotonic clock."""

    service: Service
    actor: Actor
    offers: list[int] = field(default_factory=list)
    numbers: tuple[str, ...] = field(default_factory=people)
    regions: tuple[str, ...] = ("520102", "520103")
    phones: tuple[str, ...] = ("13900009417", "13900009418")
    day: date = field(default_factory=today)
    preset: Raw = field(default_factory=dict)
    until: float = float("inf")

    def values(self, spec: FormField) -> list[Any]:
        """Some right values of a field, the likeliest first, as they are kept (JSON)."""
        if spec.name in self.preset:
            return [self.preset[spec.name]]
        born = next((one for one in self.service.fields if one.birth_of == spec.name), None)
        if born is not None:
            return self._numbers_of(born)
        if spec.birth_of:
            numbers = self.values(self.service.field(spec.birth_of))
            return [day.isoformat() for number in numbers if (day := born_on(number)) is not None]
        least, most = self._bounds(spec)
        codes = [code for code, _label in fields.choices_of(spec)] if spec.type in ("choice", "multi") else []
        kinds: dict[str, Any] = {
            "phone": lambda: list(self.phones),
            "id_no": lambda: list(self.numbers),
            "bank_card": lambda: list(CARDS),
            "uscc": lambda: [USCC],
            "plate": lambda: ["贵A12345"],
            "region": lambda: list(self.regions),
            "promise": lambda: [True],
            "bool": lambda: [True, False],
            "choice": lambda: codes,
            "multi": lambda: [[code] for code in codes] + [codes],
            "int": lambda: _numbers(int(least or 0), int(most) if most is not None else None),
            "money": lambda: [str(one) for one in _numbers(Decimal(least or 0), most)],
            "date": lambda: [one.isoformat() for one in self._days(least, most)],
            "offer": lambda: list(self.offers),
            "file": lambda: [[self.keep_file()]],
            "rows": lambda: list(self._rows(spec)),
        }
        return kinds[spec.type]() if spec.type in kinds else _texts(spec)

    def _bounds(self, spec: FormField) -> tuple[Any, Any]:
        starts = self._starts if spec.counts_from_offer else None
        return fields.limits(spec, self.day, starts, self.service.rounds)

    @property
    def _starts(self) -> date | None:
        """The first day of the offer that is tried first."""
        row = offers.by_number(self.service.id, self.offers[0]) if self.offers else None
        return day_of(row.starts) if row is not None and row.starts is not None else None

    def _numbers_of(self, born: FormField) -> list[str]:
        """Identity numbers of people whose birthday the form takes too."""
        least, most = self._bounds(born)
        days = [(number, day) for number in self.numbers if (day := born_on(number)) is not None]
        fitting = [number for number, day in days if (not least or day >= least) and (not most or day <= most)]
        made_up = [with_check(f"520102{day:%Y%m%d}1230") for day in self._days(least, most) if day <= today()]
        return fitting or made_up

    def keep_file(self) -> int:
        """The number of a file for a field that asks for one: its row alone. Nothing is written to the disk, and no
        file that is there has such a name: one may be told to go."""
        with as_system("a file of somebody made up"):
            row = FormFile.objects.create(
                account_id=self.actor.account_id,
                service=self.service.id,
                stored_name=f"00/trial{secrets.token_hex(16)}.pdf",
                original_name="试办材料.pdf",
                mime="application/pdf",
                size=1,
                at=now(),
            )
        return row.pk

    def _days(self, least: date | None, most: date | None) -> list[date]:
        moves = (0, 1, 3, 10, 30, 60, -1, -10, -30, -100, -200, -400, -800, -3000, -9000, 200, 400)
        ends = [one for one in (least, most) if one is not None]
        days = [*(self.day + timedelta(days=move) for move in moves), *ends]
        return [day for day in days if (least is None or day >= least) and (most is None or day <= most)]

    def _rows(self, spec: FormField) -> Iterator[list[Raw]]:
        counts = {int(spec.least or 0) or 1, int(spec.least or 0) + 1, min(int(spec.most or 5), 5)}
        columns = {column.name: self.values(column) for column in spec.columns}
        for count in sorted(counts):
            yield [
                {name: found[place % len(found) if _differs(name, spec) else 0] for name, found in columns.items()}
                for place in range(count)
            ]
        # One column at a time as something else, in all rows and in the first.
        for name, found in columns.items():
            for value in found[1:]:
                usual = {other: values[0] for other, values in columns.items()}
                count = min(counts)
                yield [{**usual, name: value} for _place in range(count)]
                yield [{**usual, name: value}, *(usual for _place in range(count - 1))]

    def right(self) -> Raw:
        """A form with which nothing is wrong. NothingFits where none is found, with what stays wrong."""
        found = {spec.name: self.values(spec) for spec in self.service.fields}
        raw = {name: values[0] for name, values in found.items() if values}
        wrong = self.wrong(raw)
        tries = 0
        while wrong and tries < TRIES and time.monotonic() < self.until:
            before = len(wrong)
            for raw_next in self._changed(raw, found, wrong):
                tries += 1
                judged = self.wrong(raw_next)
                if len(judged) < before:
                    raw, wrong = raw_next, judged
                    break
                if tries >= TRIES or time.monotonic() > self.until:
                    break
            else:
                break
        if wrong:
            raise NothingFits(list(wrong))
        return {name: value for name, value in raw.items() if not empty(value)}

    def _changed(self, raw: Raw, found: Mapping[str, list[Any]], wrong: Mapping[str, set[str]]) -> Iterator[Raw]:
        """The form with other values in one of the fields that errors name, then in two of them."""
        names = [name for name in dict.fromkeys(itertools.chain(*wrong.values())) if len(found.get(name, ())) > 1]
        for name in names:
            for value in found[name]:
                yield {**raw, name: value}
        for one, other in itertools.combinations(names, 2):
            for first, second in itertools.product(found[one][:12], found[other][:12]):
                yield {**raw, one: first, other: second}

    def wrong(self, raw: Raw) -> dict[str, set[str]]:
        """What is wrong → the fields that may mend it."""
        values, errors = forms.whole(self.service, raw, self.actor.account_id)
        found: dict[str, set[str]] = {f"{name}: {texts}": {name} for name, texts in errors.items()}
        for rule in self.service.rules:
            if conditions.holds(rule.that, values) is False:
                found[rule.zh] = set(conditions.names_in(rule.that))
        for condition in facts.judge(self.service, self.known(values), told=True).against:
            by = {spec.name for spec in self.service.fields if spec.fact == condition.fact or spec.type == "id_no"}
            found[condition.zh] = by
        return found

    def known(self, values: Raw) -> facts.Facts:
        """The facts as handing in would know them."""
        person = facts.profile_of(self.actor)
        asked = facts.asked_by(self.service, values, person, self.actor.account_id, self.day)
        registered = facts.registered_facts(asked)
        return {**facts.known_facts(person, self.day), **facts.told_facts(self.service, values, self.day), **registered}


def empty(value: Any) -> bool:
    """Whether a browser would send nothing; 0 it sends."""
    return value is None or value is False or value in ("", [])


def _differs(name: str, spec: FormField) -> bool:
    """Whether rows differ in a column: people have numbers of their own."""
    return next(column.type for column in spec.columns if column.name == name) in ("id_no", "phone", "text")


def _numbers(least: Any, most: Any) -> list[Any]:
    ends = [least] if most is None else [least, most]
    usual = [type(least)(one) for one in (1, 2, 3, 5, 8, 12, 20, 30, 60, 100, 300, 1000, 3000, 20000, 100000)]
    middle = [] if most is None else [type(least)((least + most) / 2)]
    found = [one for one in [*usual, *middle, *ends] if one >= least and (most is None or one <= most)]
    first = [one for one in found if one > 0][:1]
    return [*first, *(one for one in found if one not in first)]


def _texts(spec: FormField) -> list[str]:
    if spec.pattern:
        found = example(spec.pattern)
        return [found] if found is not None else []
    texts = ["王小明", "李梅", "张军", "赵云"] if "name" in spec.name else ["说明一", "说明二", "说明三", "说明四"]
    return [text[: spec.max or 100] for text in texts]
