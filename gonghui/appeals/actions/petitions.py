"""复查: the petitioner asks the next higher body to review a written opinion (信访工作条例 35, handbook 1.11)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals import tables
from gonghui.appeals.actions.conversation import is_owner
from gonghui.appeals.intake import clean_text
from gonghui.appeals.models import Message, WorkOrder
from gonghui.appeals.rules.common import REVIEW_KIND
from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar import default_calendar
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.matters import locked, open_matter, touch
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now as present
from gonghui.organisations.queries import higher_path


def request_review(actor: Actor, matter: Matter, reason: str) -> Matter:
    """Open the review matter at the union above the one that answered. Within 30 days of the written reply; once.

    Raises GuardRefused when it is no petition, not answered yet, too late, or a review was asked before.
    """
    text = clean_text(reason)
    if not text:
        raise InvalidData({"reason": [_("请写明请求复查的理由。")]})
    with transaction.atomic():
        seen = locked(matter.pk, actor)
        if not (is_owner(actor, seen) or actor.has_role("agent", "dispatcher")):
            raise NotAllowed
        with as_system("the actor sees this matter"):
            order = WorkOrder.objects.select_related("appeal").get(matter_id=seen.pk)
            _check(seen, order)
            review = open_matter(
                REVIEW_KIND,
                actor=actor,
                title=seen.title,
                holder_path=higher_path(order.organisation_path) or order.organisation_path,
                number=f"{seen.number}-FC",
                priority=seen.priority,
                category=seen.category,
                region=seen.region,
                owner_id=seen.owner_id,
                restricted=seen.restricted,
                data={"appeal": order.appeal_id, "of": seen.pk},
                receive=order.organisation_path,
            )
            Message.objects.create(
                appeal_id=order.appeal_id,
                matter=review,
                kind=Message.Kind.DISPUTE,
                text=text[:2000],
                from_worker=is_owner(actor, seen),
                account_id=actor.account_id,
                at=present(),
            )
            seen.data["review"] = review.pk
            touch(seen, "request_review", actor, after={"review": review.number})
            return review


def _check(matter: Matter, order: WorkOrder) -> None:
    days = tables.number(tables.sla().petition, "review_request_days")
    if not matter.data.get("petition"):
        raise GuardRefused([_("只有信访事项可以请求复查。对结果不认可，请提出异议。")])
    if order.reviewed_at is None:
        raise GuardRefused([_("还没有书面处理意见，不能请求复查。")])
    if matter.data.get("review"):
        raise GuardRefused([_("已经请求过复查。对复查意见不服，请请求复核。")])
    # The last day counts whole and moves off a holiday (handbook 0.3: 民事诉讼法 85, 民法典 203).
    last = default_calendar().add_calendar_days(order.reviewed_at, days, shift_holidays=True).at
    if present() >= last:
        raise GuardRefused([_("请求复查应在收到书面答复后%(days)d日内提出，现在已过期。") % {"days": days}])
