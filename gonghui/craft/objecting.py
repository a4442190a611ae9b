"""对名次的异议: by anybody while the ranking stands under public notice; what came of each (handbook 5.9, 5.10)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.craft.models import Contest, ContestObjection
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.services.notices import checked, refuse_too_many

# While an objection is looked into, others may still come: they are settled together.
OPEN_STATES = ("noticed", "inquiry")


def under_notice() -> QuerySet[Contest]:
    """The contests whose ranking stands under public notice. What they show is public."""
    return (
        Contest.objects.select_related("matter", "organisation")
        .filter(matter__state__in=OPEN_STATES)
        .order_by("-published_at", "-pk")
    )


def object_to(contest_id: int, text: str, name: str = "", phone: str = "") -> ContestObjection:
    """提出异议. With name and phone it is looked into before the awards; without, it is kept as a lead.

    NotFound where no ranking stands under notice; InvalidData beside what is missing.
    """
    text, name, phone = checked(text, name, phone)
    with as_system("anybody may object to what is published"), transaction.atomic():
        contest = Contest.objects.select_for_update(of=("self",)).filter(pk=contest_id).first()
        matter = Matter.objects.get(pk=contest.matter_id) if contest is not None else None
        if contest is None or matter is None or matter.state not in OPEN_STATES:
            raise NotFound(_("这场竞赛现在不在公示。"))
        refuse_too_many(name, contest.objections.filter(upheld=None))
        row = ContestObjection.objects.create(contest=contest, text=text, name=name, phone=phone, at=now())
        flow = flow_of(matter)
        if row.named and matter.state in flow.sources_of(flow.by_name["object"]):
            act(matter.pk, "object", SYSTEM)
    return row


def open_ones(contest: Contest) -> list[ContestObjection]:
    """Named objections that nobody has settled."""
    return [row for row in contest.objections.filter(upheld=None) if row.named]
