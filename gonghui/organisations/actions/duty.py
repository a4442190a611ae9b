"""Duty rosters (值班表, handbook 5.14): shifts by weekday, and for single dates that go before them."""

from __future__ import annotations

from datetime import date, time

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.organisations.models import DutyShift, Organisation

NAME_MOST, PHONE_MOST = 40, 40


@transaction.atomic
def add_shift(
    actor: Actor,
    organisation: Organisation,
    place: str,
    *,
    starts: time,
    ends: time,
    contact_name: str,
    contact_phone: str = "",
    account_id: int | None = None,
    weekday: int | None = None,
    on: date | None = None,
) -> DutyShift:
    """Put somebody on duty: each week on `weekday` (0 Monday) or once on the date `on`; one of the two.

    `ends` not later than `starts` means the next day. Raises InvalidData when the day, the place, the name, or a way to
    reach the person is missing.
    """
    errors: dict[str, list[str]] = {}
    if (weekday is None) == (on is None) or (weekday is not None and not 0 <= weekday <= 6):
        errors["weekday"] = [_("请选择星期或日期，二选一。")]
    if place not in DutyShift.Place.values:
        errors["place"] = [_("请选择主班、副班或带班领导。")]
    if not contact_name.strip() or len(contact_name.strip()) > NAME_MOST:
        errors["contact_name"] = [_("请填写值班人姓名（最多 40 个字）。")]
    if len(contact_phone.strip()) > PHONE_MOST or not (contact_phone.strip() or account_id):
        errors["contact_phone"] = [_("请填写值班电话，或选择值班人的账号，否则叫不到人。")]
    if errors:
        raise InvalidData(errors)
    shift = DutyShift.objects.create(
        organisation=organisation,
        place=place,
        weekday=weekday,
        date=on,
        starts=starts,
        ends=ends,
        contact_name=contact_name.strip(),
        contact_phone=contact_phone.strip(),
        account_id=account_id,
    )
    trail.record(
        f"organisation:{organisation.path}",
        "duty.add",
        actor=actor,
        after={**_said(shift), "contact_phone": trail.fingerprint(shift.contact_phone)},
        org_path=organisation.path,
    )
    return shift


@transaction.atomic
def remove_shift(actor: Actor, shift: DutyShift) -> None:
    """Take a shift off the roster."""
    path = shift.organisation.path
    trail.record(f"organisation:{path}", "duty.remove", actor=actor, before=_said(shift), org_path=path)
    shift.delete()


def _said(shift: DutyShift) -> dict[str, str | int | None]:
    return {
        "place": shift.place,
        "day": shift.date.isoformat() if shift.date else shift.weekday,
        "starts": f"{shift.starts:%H:%M}",
        "ends": f"{shift.ends:%H:%M}",
        "on_duty": shift.contact_name,
    }
