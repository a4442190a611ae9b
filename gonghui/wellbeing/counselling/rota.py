"""排班: who counsels at a union, in which hours they are called at once, who is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals.staff import on_duty
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.scope import as_system
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.wellbeing.counselling import anew, people
from gonghui.wellbeing.models import Counsellor, CounsellorShift


@dataclass(frozen=True)
class Row:
    """`load`: how many cases, as a number alone."""

    account: Account
    counsellor: Counsellor | None
    shifts: list[CounsellorShift]

    @property
    def away(self) -> bool:
        return self.counsellor is not None and not self.counsellor.active


def rows(path: str) -> list[Row]:
    accounts = on_duty(path, (people.ROLE,))
    known = {row.account_id: row for row in Counsellor.objects.filter(account__in=accounts).prefetch_related("shifts")}
    return [
        Row(
            account,
            row := known.get(account.pk),
            sorted(row.shifts.all(), key=lambda one: (one.weekday, one.starts)) if row is not None else [],
        )
        for account in accounts
    ]


def _row(actor: Actor, path: str, account_id: Any) -> Counsellor:
    if path not in actor.paths_as(*people.KEEPERS):
        raise NotAllowed
    account = next((one for one in on_duty(path, (people.ROLE,)) if str(one.pk) == str(account_id)), None)
    if account is None:
        raise NotAllowed
    organisation = Organisation.objects.get(path=path)
    row, _made = Counsellor.objects.get_or_create(account=account, defaults={"organisation": organisation})
    return row


@transaction.atomic
def add_shift(actor: Actor, path: str, counsellor: str, weekday: str, starts: time, ends: time) -> CounsellorShift:
    with as_system("the rota of the keeper's own union"):
        row = _row(actor, path, counsellor)
        if starts >= ends:
            raise InvalidData({"ends": [_("结束要晚于开始。")]})
        if row.shifts.filter(weekday=int(weekday), starts__lt=ends, ends__gt=starts).exists():
            raise InvalidData({"starts": [_("和已有的班次重叠。")]})
        shift = row.shifts.create(weekday=int(weekday), starts=starts, ends=ends)
        trail.record(f"counsellor:{row.pk}", "shift", actor=actor, after={"shift": str(shift)})
    return shift


@transaction.atomic
def drop_shift(actor: Actor, path: str, shift_id: str) -> None:
    with as_system("the rota of the keeper's own union"):
        found = CounsellorShift.objects.filter(pk=int(shift_id) if shift_id.isdigit() else 0)
        shift = found.select_related("counsellor").first()
        if shift is None:
            raise NotAllowed
        row = _row(actor, path, shift.counsellor.account_id)
        trail.record(f"counsellor:{row.pk}", "drop_shift", actor=actor, after={"shift": str(shift)})
        shift.delete()


@transaction.atomic
def set_away(actor: Actor, path: str, account_id: str, away: bool) -> int:
    """How many of their cases others were asked to go on with, as a number alone."""
    with as_system("the rota of the keeper's own union"):
        row = _row(actor, path, account_id)
        row.active = not away
        row.save(update_fields=["active"])
        trail.record(f"counsellor:{row.pk}", "away" if away else "back", actor=actor)
        return anew.arrange(row.account_id) if away else 0
