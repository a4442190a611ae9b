"""按月救助: the payment of each month after the first, out of the same grant that two people decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.aid.models import Aid, HardshipFile
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, NotAllowed
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import open_matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.organisations.models import Organisation
from gonghui.services import funds
from gonghui.services.banking import may_pay
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application, Payment


def due(organisation: Organisation, day: date) -> list[Aid]:
    """The monthly grants of this union whose payment of the day's month is not made yet. A file that is no longer
    active gets no more."""
    month = day.replace(day=1)
    rows = (
        Aid.objects.select_related("file", "application__matter")
        .filter(
            rhythm=Aid.Rhythm.MONTHLY,
            first=None,
            month__lt=month,
            application__matter__holder_path=organisation.path,
            file__state=HardshipFile.State.ACTIVE,
        )
        .exclude(application__matter__state__in=("refused", "withdrawn"))
        .order_by("pk")
    )
    return [row for row in rows if _months(row.month, month) < row.months and not row.later.filter(month=month)]


def _months(since: date, month: date) -> int:
    return (month.year - since.year) * 12 + month.month - since.month


@dataclass
class Made:
    """How many payments were set aside, and the numbers of the files for which the budget did not reach."""

    made: int = 0
    short: list[str] = field(default_factory=list)


def pay_month(actor: Actor, organisation: Organisation, day: date | None = None) -> Made:
    """Set aside this month's payments; they wait for the next file for the bank. Asked for twice it is done once."""
    if not may_pay(actor, organisation.path):
        raise NotAllowed
    day = day or today()
    result = Made()
    with as_system("the payer's own union"):
        for aid in due(organisation, day):
            try:
                with transaction.atomic():
                    made = _pay(actor, aid.pk, day)
                result.made += made
            except GuardRefused:
                result.short.append(aid.file.number)
    if not result.made and not result.short:
        raise GuardRefused([_("这个月按月救助都已经生成了。")])
    return result


def _pay(actor: Actor, first_id: int, day: date) -> bool:
    first = Aid.objects.select_for_update(of=("self",)).select_related("application__matter", "file").get(pk=first_id)
    month, before = day.replace(day=1), first.application
    if first.later.filter(month=month).exists():
        return False
    at, service = now(), service_of(before)
    fund = funds.promise(service.id, before.matter.holder_path, at.year, first.amount)
    matter = open_matter(
        before.kind,
        actor=actor,
        title=service.zh,
        holder_path=before.matter.holder_path,
        number=f"{service.id}-{at:%Y%m%d}-{next_number(f'services:{service.id}:{at:%Y%m%d}'):05d}",
        state="granted",
        region=before.region,
        owner_id=before.matter.owner_id,
        data={"amount": str(first.amount), "grant": before.matter.number},
        at=at,
        flow=flow_of(before),
    )
    application = Application.objects.create(
        matter=matter,
        service=service.id,
        kind=before.kind,
        flow_digest=matter.flow_digest,
        account_id=before.account_id,
        region=before.region,
        id_no=before.id_no,
        values_json=before.values_json,
        figures=before.figures,
        applied_at=at,
    )
    paid = Payment.objects.get(application=before)
    Payment.objects.create(
        application=application, fund=fund, holder_path=matter.holder_path, amount=first.amount,
        working=_("按月救助，%(month)s") % {"month": f"{month:%Y-%m}"}, payee=paid.payee,
        bank_card=paid.bank_card, at=at,
    )  # fmt: skip
    Aid.objects.create(
        file=first.file, application=application, category=first.category, rhythm=first.rhythm, amount=first.amount,
        month=month, first=first, granted_on=day,
    )  # fmt: skip
    return True
