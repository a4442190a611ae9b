"""按月救助: the payment of each month after the first, out of the same grant that two people decided.

A month that nobody made in its time is made later: none is lost, none is made twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from gonghui.aid.models import Aid, HardshipFile
from gonghui.aid.models.hardship import REVOKED
from gonghui.appeals.staff import on_duty
from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar import months_later
from gonghui.kernel.errors import GuardRefused, NotAllowed
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import open_matter
from gonghui.kernel.models import OutboxMessage, TrailEntry
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of, now, today
from gonghui.organisations.models import Organisation
from gonghui.services import funds
from gonghui.services.banking import PAYERS, may_pay
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application, Payment

# Who is reminded each month: those who make the payments, and those who handle the files.
REMINDED = tuple(dict.fromkeys((*PAYERS, "handler")))
# The steps of a file's matter after which it gets no monthly aid, and the one after which it does again.
ENDS, BEGINS = ("lift", "watched_over", "cancel"), ("relapse",)

# When a file stopped (False) and began again (True), in order.
Steps = Sequence[tuple[date, bool]]


@dataclass(frozen=True)
class Due:
    """A month of a grant whose payment is not made."""

    aid: Aid
    month: date
    late: bool


def owed(first: date, months: int, upto: date, made: Collection[date], steps: Steps) -> list[date]:
    """The months of a grant that are due by a day and not made. The first was the grant's own payment; a month is due
    on its first day, to who is on file on that day."""
    found = []
    for count in range(1, months):
        month = months_later(first, count)
        if month > upto:
            break
        on_file = next((begins for day, begins in reversed(steps) if day <= month), True)
        if on_file and month not in made:
            found.append(month)
    return found


def due(organisation: Organisation, day: date) -> list[Due]:
    """What this union has not made of its monthly grants, the oldest month first: 漏发 and the day's month. A cancelled
    file, and a grant that was taken back, get nothing more."""
    month = day.replace(day=1)
    rows = list(
        _running()
        .select_related("file__application", "application__matter")
        .filter(month__lt=month, application__matter__holder_path=organisation.path)
        .exclude(file__state=HardshipFile.State.CANCELLED)
        .order_by("pk")
    )
    steps = _steps(row.file for row in rows)
    found = [
        Due(row, one, one < month)
        for row in rows
        for one in owed(row.month, row.months, month, {made.month for made in row.later.all()}, steps[row.file_id])
    ]
    return sorted(found, key=lambda one: (one.month, one.aid.pk))


def _running() -> QuerySet[Aid]:
    """The monthly grants that nobody took back, with their later months."""
    rows = Aid.objects.filter(rhythm=Aid.Rhythm.MONTHLY, first=None).prefetch_related("later")
    return rows.exclude(application__matter__state__in=("refused", "withdrawn")).exclude(REVOKED)


def _steps(files: Iterable[HardshipFile]) -> dict[int, list[tuple[date, bool]]]:
    """By file, when it stopped and began again, as its trail tells."""
    by_matter = {file.application.matter_id: file.pk for file in files}
    found: dict[int, list[tuple[date, bool]]] = {file_id: [] for file_id in by_matter.values()}
    entries = TrailEntry.objects.filter(matter_id__in=by_matter, verb__in=(*ENDS, *BEGINS)).order_by("pk")
    for entry in entries:
        found[by_matter[entry.matter_id or 0]].append((day_of(entry.at), entry.verb in BEGINS))
    return found


@dataclass
class Made:
    """How many payments were set aside, and the files and months for which the budget did not reach."""

    made: int = 0
    short: list[str] = field(default_factory=list)


def pay_due(actor: Actor, organisation: Organisation, day: date | None = None) -> Made:
    """Set aside every payment that is due; they wait for the next file for the bank. Asked twice it is done once."""
    if not may_pay(actor, organisation.path):
        raise NotAllowed
    day = day or today()
    result = Made()
    with as_system("the payer's own union"):
        for row in due(organisation, day):
            try:
                with transaction.atomic():
                    result.made += _pay(actor, row.aid.pk, row.month, day)
            except GuardRefused:
                result.short.append(f"{row.aid.file.number}（{row.month:%Y-%m}）")
    if not result.made and not result.short:
        raise GuardRefused([_("按月救助都已经生成了。")])
    return result


def _pay(actor: Actor, first_id: int, month: date, day: date) -> bool:
    # Its file is locked by who reckons its ceiling, too: to them a month is made or still to come, never neither.
    HardshipFile.objects.select_for_update(of=("self",)).get(aids=first_id)
    first = Aid.objects.select_related("application__matter", "file").get(pk=first_id)
    before = first.application
    if first.later.filter(month=month).exists():
        return False
    at, service = now(), service_of(before)
    paid = Payment.objects.select_related("fund").get(application=before)
    card = _newest_card(first)
    fund = funds.promise_like(paid.fund, before.matter.holder_path, at.year, first.amount)
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
    Payment.objects.create(
        application=application, fund=fund, holder_path=matter.holder_path, amount=first.amount,
        working=_("按月救助，%(month)s") % {"month": f"{month:%Y-%m}"}, payee=paid.payee,
        bank_card=card, granted_by_id=paid.granted_by_id, at=at,
    )  # fmt: skip
    Aid.objects.create(
        file=first.file, application=application, category=first.category, rhythm=first.rhythm, amount=first.amount,
        month=month, first=first, granted_on=day,
    )  # fmt: skip
    return True


def _newest_card(first: Aid) -> str:
    """Where this aid's money goes: the card that was corrected last, else that of the newest month."""
    of_aid = Q(application__aid=first) | Q(application__aid__first=first)
    rows = Payment.objects.filter(of_aid).order_by(F("card_changed_at").desc(nulls_last=True), "-pk")
    return rows[0].bank_card


def outstanding(file: HardshipFile, category: str) -> list[tuple[date, Decimal]]:
    """The months that this file's monthly grants of a kind have still to be paid, each with its sum."""
    running, steps = _running().filter(file=file, category=category), _steps([file])[file.pk]
    return [
        (month, row.amount)
        for row in running
        for month in owed(row.month, row.months, date.max, {made.month for made in row.later.all()}, steps)
    ]


def remind(day: date | None = None) -> int:
    """Once a month each union that has monthly aid to make is told, with how many months were left out before."""
    day, told = day or today(), 0
    with as_system("who is reminded"):
        first_ones = Aid.objects.filter(rhythm=Aid.Rhythm.MONTHLY, first=None, month__lt=day.replace(day=1))
        paths = first_ones.values_list("application__matter__holder_path", flat=True).distinct().order_by()
        for union in Organisation.objects.filter(path__in=list(paths)).order_by("path"):
            if rows := due(union, day):
                told += _tell(union, rows, day)
    return told


def _tell(union: Organisation, rows: list[Due], day: date) -> int:
    late, told = sum(row.late for row in rows), 0
    text = f"按月救助有{len(rows)}笔要生成" + (f"，其中以前漏发的{late}笔" if late else "") + "，请到“帮扶”里办理。"
    text_en = f"{len(rows)} payments of monthly aid are to be made, {late} of them left out before; see Aid."
    for account in on_duty(union.path, REMINDED):
        key = f"aid:monthly:{day:%Y-%m}:{union.pk}:{account.pk}"
        if not OutboxMessage.objects.filter(key=key).exists():
            outbox.enqueue("notice.app", key, {"text": text, "text_en": text_en}, account_id=account.pk)
            told += 1
    return told
