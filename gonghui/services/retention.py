"""保存期限: when the private part of an ended application goes, by `retention.yaml`; what goes then.

Kept are the matter with its number and steps, the facts that statistics count, and that a thing was had once, by a
one-way index alone (`Taken`). The form, its files, who objected, what was told and the tie to an identity number go.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import Field, model_validator

from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.calendar import months_later
from gonghui.kernel.flow.load import read_yaml
from gonghui.kernel.flow.schema import Strict, Text
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, today
from gonghui.services.catalogue import catalogue
from gonghui.services.files import drop_files
from gonghui.services.models import Application, FormFile, Objection, Payment, PublicNotice, Recovery, Seat, Voucher

SOURCE = Path(__file__).parent / "retention.yaml"
USUAL = "usual"
BATCH = 200
# Of a matter's data: numbers that its page and the figures show, and nobody's own.
KEPT_DATA = ("offer", "amount", "level", "fee")
Part = Callable[[Application], None]
_parts: list[Part] = []


class Period(Text):
    """`of`: ids of services, `payment` or `usual`."""

    of: tuple[str, ...] = Field(min_length=1)
    since: date
    years: int = Field(ge=1, le=100)
    mark: str = Field(pattern="^[VPSU]$")
    source: str


class Vouchers(Strict):
    """会计凭证: name and card of who was paid."""

    years: int = Field(ge=1, le=100)
    mark: str = Field(pattern="^[VPSU]$")
    source: str


class Table(Strict):
    periods: tuple[Period, ...]
    vouchers: Vouchers

    @model_validator(mode="after")
    def _whole(self) -> Table:
        rows = [(name, row.since) for row in self.periods for name in row.of]
        if len(rows) != len(set(rows)):
            raise ValueError("two periods begin on one day for the same")
        if USUAL not in {name for name, _since in rows}:
            raise ValueError("say what is usual")
        return self


@cache
def table() -> Table:
    return Table.model_validate(read_yaml(SOURCE)[0])


def retention_part(function: Part) -> Part:
    """Register what a room above lets go of with an application; it runs in the same transaction."""
    if function not in _parts:
        _parts.append(function)
    return function


def periods(service_id: str) -> list[Period]:
    """The periods of a service, the earliest first."""
    service = catalogue().services.get(service_id)
    kind = service.result.kind if service is not None else ""
    for name in (service_id, kind):
        if rows := _rows(name):
            return rows
    return _rows(USUAL)


def _rows(name: str) -> list[Period]:
    return sorted((row for row in table().periods if name in row.of), key=lambda row: row.since)


def period(service_id: str, ended: date) -> Period:
    """What holds for an application that ended on a day; the first also for what ended before it."""
    rows = periods(service_id)
    return next((row for row in reversed(rows) if row.since <= ended), rows[0])


def until(service_id: str, ended: date) -> date:
    """The day on which its private part goes."""
    return months_later(ended, 12 * period(service_id, ended).years)


def told() -> str:
    """The periods in force, in words."""
    shown: dict[tuple[str, ...], Period] = {}
    for row in sorted(table().periods, key=lambda row: row.since):
        if row.since <= today() or row.of not in shown:
            shown[row.of] = row
    one = _("%(what)s %(years)d 年")
    return "，".join(one % {"what": row, "years": row.years} for row in shown.values())


def blank_due() -> int:
    """Let go of what is over its period; how many applications. Counted in the trail by service, nobody is named."""
    done = 0
    with as_system("the period is over"):
        held = Application.objects.exclude(values_json="").order_by().values_list("service", flat=True).distinct()
        for service_id in sorted(held):
            done += _blank_of(service_id)
        done += _blank_vouchers()
    return done


def _blank_of(service_id: str) -> int:
    day, rows = today(), periods(service_id)
    count = 0
    for place, row in enumerate(rows):
        ended = Application.objects.exclude(values_json="").filter(service=service_id, matter__is_open=False)
        ended = ended.filter(matter__closed_at__lt=_start_of(months_later(day, -12 * row.years) + timedelta(days=1)))
        if place:
            ended = ended.filter(matter__closed_at__gte=_start_of(row.since))
        if place + 1 < len(rows):
            ended = ended.filter(matter__closed_at__lt=_start_of(rows[place + 1].since))
        numbers = list(ended.order_by("matter__closed_at", "pk").values_list("pk", flat=True)[:BATCH])
        if not numbers:
            continue
        with transaction.atomic():
            for number in numbers:
                blank(Application.objects.select_for_update(of=("self",)).get(pk=number))
            told_of = {"service": service_id, "applications": len(numbers), "years": row.years}
            trail.record("retention:services", "blank", actor=SYSTEM, after=told_of)
        count += len(numbers)
    return count


def blank(application: Application) -> None:
    """The private part of one ended application goes."""
    for part in _parts:
        part(application)
    application.values_json = application.id_no = application.told_text = application.contested_text = ""
    application.save(update_fields=["values_json", "id_no", "person_index", "told_text", "contested_text"])
    drop_files(FormFile.objects.filter(application=application))
    Objection.objects.filter(notice__application=application).update(text="", name="", phone="", finding_text="")
    PublicNotice.objects.filter(application=application).update(masked_name="", unit="")
    Voucher.objects.filter(application=application).update(pickup_code="")
    Seat.objects.filter(application=application).update(ticket_code="")
    matter = Matter.objects.get(pk=application.matter_id)
    kept = {name: matter.data[name] for name in KEPT_DATA if name in matter.data}
    Matter.objects.filter(pk=matter.pk).update(data=kept)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def _blank_vouchers() -> int:
    before = _start_of(months_later(today(), -12 * table().vouchers.years))
    numbers = list(Payment.objects.exclude(payee="").filter(at__lt=before).values_list("pk", flat=True)[:BATCH])
    if not numbers:
        return 0
    with transaction.atomic():
        Payment.objects.filter(pk__in=numbers).update(payee="", bank_card="", new_card="")
        Recovery.objects.filter(payment__in=numbers).update(reason_text="")
        after = {"payments": len(numbers), "years": table().vouchers.years}
        trail.record("retention:services", "blank", actor=SYSTEM, after=after)
    return len(numbers)
