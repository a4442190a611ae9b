"""归档期满 (handbook 1.10): when an appeal's years are over, who asked, what they told and what was answered goes.

Number, steps, category, times and results in codes stay for the figures.
"""

from __future__ import annotations

from datetime import datetime, time
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from gonghui.appeals import similar, tables
from gonghui.appeals.actions.attachments import drop_stored
from gonghui.appeals.models import (
    Appeal,
    AppealDraft,
    Attachment,
    BrainOutput,
    CallbackAttempt,
    CaseVector,
    ContactLog,
    Message,
    NamedWorker,
    NearIndex,
    Triage,
    WorkOrder,
)
from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.calendar import months_later
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, today

BATCH = 200


def blank_due() -> int:
    """Let go of the appeals whose years are over and of which nothing is under way; how many. Counted in the trail."""
    with as_system("the archive's period is over"), transaction.atomic():
        under_way = WorkOrder.objects.filter(appeal=OuterRef("pk"), matter__is_open=True)
        # One that ended with another (并入) has no year of its own: the longest is counted from its last matter.
        longest = max(int(row.value) for row in tables.sla().archive_years.values())
        before = datetime.combine(months_later(today(), -12 * longest), time.min, SHANGHAI)
        later = WorkOrder.objects.filter(appeal=OuterRef("pk"), matter__closed_at__gte=before)
        ended = Q(archive_until__lte=today()) | (Q(archive_until=None, received_at__lt=before) & ~Exists(later))
        over = Appeal.objects.filter(ended).exclude(description="").exclude(Exists(under_way))
        rows = list(over.order_by("archive_until", "pk").select_for_update(of=("self",))[:BATCH])
        for appeal in rows:
            blank(appeal)
        if rows:
            trail.record("retention:appeals", "blank", actor=SYSTEM, after={"appeals": len(rows)})
    return len(rows)


def blank(appeal: Appeal) -> None:
    """The private part of one appeal goes, with its files and its vector."""
    appeal.reporter_name = appeal.phone = appeal.backup_contact = appeal.id_no = appeal.query_code = ""
    appeal.member_no = appeal.work_address = appeal.description = appeal.demand = appeal.content_hash = ""
    appeal.title, appeal.call, appeal.birth_year = appeal.number, {}, None
    appeal.save()
    orders = WorkOrder.objects.filter(appeal=appeal)
    matters = Matter.objects.filter(work_order__in=orders)
    attachments = Attachment.objects.filter(appeal=appeal)
    drop_stored(*attachments.values_list("stored_name", flat=True))
    for rows in (attachments, NamedWorker.objects.filter(appeal=appeal), NearIndex.objects.filter(appeal=appeal)):
        rows.delete()
    AppealDraft.objects.filter(appeal=appeal).delete()
    BrainOutput.objects.filter(matter__in=matters).delete()
    Message.objects.filter(appeal=appeal).update(text="")
    ContactLog.objects.filter(order__in=orders).update(gist="")
    CallbackAttempt.objects.filter(order__in=orders).update(opinion="")
    Triage.objects.filter(appeal=appeal).update(entities="")
    matters.update(title=appeal.number)
    orders.update(findings="", result_text="", result_note="")
    if CaseVector.objects.filter(appeal=appeal).exists():
        transaction.on_commit(partial(similar.erase, appeal.pk))
