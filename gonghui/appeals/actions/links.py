"""关联: links between appeals, confirmed duplicates, merging, groups, and the cards of mass alerts (handbook 1.9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals.models import Appeal, AppealLink, MassAlert, WorkOrder
from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act, locked, touch
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, visible_to, within
from gonghui.kernel.times import now as present

LINKERS = ("agent", "dispatcher", "handler", "leader", "supervisor")


def link_appeals(actor: Actor, matter: Matter, other: Matter, kind: str, reason: str = "") -> AppealLink:
    """Say that two appeals belong together. Both must be visible to the actor; neither changes otherwise."""
    if kind not in AppealLink.Kind.values:
        raise InvalidData({"kind": [_("没有这个选项，请重新选择。")]})
    with transaction.atomic():
        seen, there = _both(actor, matter, other)
        with as_system("both matters are visible to the actor"):
            left, right = _appeal_of(seen), _appeal_of(there)
            if left == right:
                raise InvalidData({"other": [_("两件工单属于同一诉求。")]})
            link, _created = AppealLink.objects.update_or_create(
                from_appeal=left,
                to_appeal=right,
                kind=kind,
                defaults={
                    "reason": reason[:200],
                    "proposed_at": present(),
                    "confirmed_by_id": actor.account_id,
                    "confirmed_at": present(),
                    "rejected": False,
                },
            )
            touch(seen, "link", actor, after={"kind": kind, "other": there.number}, note=reason[:200])
            return link


def _both(actor: Actor, matter: Matter, other: Matter) -> tuple[Matter, Matter]:
    if not actor.has_role(*LINKERS):
        raise NotAllowed
    first, second = sorted((matter.pk, other.pk))
    rows = {pk: locked(pk, actor) for pk in (first, second)}
    return rows[matter.pk], rows[other.pk]


def _appeal_of(matter: Matter) -> Appeal:
    return WorkOrder.objects.select_related("appeal").get(matter_id=matter.pk).appeal


def confirm_duplicate(actor: Actor, matter: Matter, link_id: int, confirmed: bool = True) -> AppealLink:
    """A person says yes or no to a proposed duplicate. Nothing is merged by it."""
    if not actor.has_role(*LINKERS):
        raise NotAllowed
    with transaction.atomic():
        seen = locked(matter.pk, actor)
        with as_system("the actor sees this matter"):
            appeal = _appeal_of(seen)
            link = AppealLink.objects.filter(pk=link_id).select_related("to_appeal", "from_appeal").first()
            if link is None or appeal.pk not in (link.from_appeal_id, link.to_appeal_id):
                raise NotFound
            link.confirmed_by_id, link.confirmed_at, link.rejected = actor.account_id, present(), not confirmed
            link.save()
            touch(
                seen, "confirm_link" if confirmed else "reject_link", actor, after={"kind": link.kind, "link": link.pk}
            )
            return link


def merge(actor: Actor, matter: Matter, into: Matter, reason: str, version: int | None = None) -> Matter:
    """并案: the order runs with another; the appeal stays and keeps its own callback."""
    with transaction.atomic():
        # Both, in the order of their keys, so that two people who merge crosswise wait and do not block each other.
        _both(actor, matter, into)
        return act(matter.pk, "merge", actor, {"into": into.number, "reason": reason}, version)


def create_mass_group(actor: Actor, main: Matter, others: Sequence[Matter], reason: str = "") -> list[AppealLink]:
    """联名 / 群体: tie several appeals to one main appeal. All or none."""
    with transaction.atomic():
        return [link_appeals(actor, other, main, AppealLink.Kind.JOINT, reason) for other in others if other != main]


def _alert(actor: Actor, alert_id: int) -> MassAlert:
    """The card, locked, if it lies at or below an organisation of the actor's; staff with the right duties only."""
    alert = MassAlert.objects.select_for_update().filter(pk=alert_id).first()
    roles = ("dispatcher", "supervisor", "leader")
    if alert is None or not any(within(alert.path, path) for path in actor.paths):
        raise NotFound
    if not actor.has_role(*roles):
        raise NotAllowed
    return alert


def update_alert(
    actor: Actor, alert_id: int, *, in_charge: int | None = None, action: dict[str, Any] | None = None
) -> MassAlert:
    """Name who is in charge, or add an action taken, on a 信访风险预警 card."""
    with transaction.atomic(), as_system("the card's path is checked"):
        alert = _alert(actor, alert_id)
        if in_charge is not None:
            alert.in_charge_id = in_charge
        if action:
            alert.actions = [*alert.actions, {**action, "at": present().isoformat(), "by": actor.name}]
        alert.updated_at = present()
        alert.save()
        trail.record(
            f"mass_alert:{alert.pk}", "update", actor=actor, after={"in_charge": in_charge, "level": alert.level}
        )
        return alert


def acknowledge_alert(actor: Actor, alert_id: int) -> MassAlert:
    """知悉: somebody has read the card. The first one stays."""
    with transaction.atomic(), as_system("the card's path is checked"):
        alert = _alert(actor, alert_id)
        if alert.acknowledged_at is None:
            alert.acknowledged_at, alert.acknowledged_by_id = present(), actor.account_id
            alert.save(update_fields=["acknowledged_at", "acknowledged_by"])
            trail.record(f"mass_alert:{alert.pk}", "acknowledge", actor=actor, after={"level": alert.level})
        return alert


def escalate_alert(actor: Actor, alert_id: int, reason: str) -> MassAlert:
    """上报: tell the union above, with the reason. Once a card and union."""
    if not reason.strip():
        raise InvalidData({"reason": [_("请写明上报的理由。")]})
    with transaction.atomic(), as_system("the card's path is checked"):
        alert = _alert(actor, alert_id)
        above = (alert.escalated_to or alert.path).rpartition(".")[0]
        if not above:
            raise InvalidData({"reason": [_("上面没有可以上报的工会了。")]})
        alert.escalated_at, alert.escalated_to, alert.updated_at = present(), above, present()
        said = {"text": _("上报：%(reason)s") % {"reason": reason.strip()[:400]}}
        alert.actions = [*alert.actions, {**said, "at": present().isoformat(), "by": actor.name}]
        alert.save()
        trail.record(f"mass_alert:{alert.pk}", "escalate", actor=actor, after={"to": above}, note=reason.strip()[:300])
        outbox.enqueue(
            "notice.staff", f"mass:{alert.pk}:up:{above}", {"path": above, "kind": "mass", "number": f"{alert.pk}"}
        )
        return alert


def group_alert(actor: Actor, alert_id: int) -> list[AppealLink]:
    """归组: tie the card's appeals that the actor sees to the first of them as one mass appeal. All or none."""
    with transaction.atomic():
        with as_system("the card's path is checked"):
            alert = _alert(actor, alert_id)
            ids = [int(row["appeal"]) for row in alert.cases]
            orders = WorkOrder.objects.filter(appeal_id__in=ids, role=WorkOrder.Role.LEAD).order_by("appeal_id")
            matters = list(orders.values_list("matter_id", flat=True))
        seen = sorted(visible_to(actor).filter(pk__in=matters), key=lambda matter: matter.pk)
        if len(seen) < 2:
            raise InvalidData({"reason": [_("您能看到的诉求不到两件，不能归组。")]})
        links = create_mass_group(actor, seen[0], seen[1:], _("风险预警归组"))
        with as_system("the card's path is checked"):
            said = {"text": _("把%(count)d件诉求归为一组。") % {"count": len(seen)}}
            alert.actions = [*alert.actions, {**said, "at": present().isoformat(), "by": actor.name}]
            alert.save(update_fields=["actions"])
            trail.record(f"mass_alert:{alert.pk}", "group", actor=actor, after={"appeals": len(seen)})
        return links


def clear_alert(actor: Actor, alert_id: int, reason: str, *, false_alarm: bool = False) -> MassAlert:
    """解除预警, with a reason; `false_alarm` (误报) counts against the watch."""
    if not reason.strip():
        raise InvalidData({"reason": [_("请写明解除的理由。")]})
    with transaction.atomic(), as_system("the card's path is checked"):
        alert = _alert(actor, alert_id)
        alert.cleared_at, alert.cleared_by_id, alert.clear_reason = present(), actor.account_id, reason.strip()[:300]
        alert.false_alarm = false_alarm
        alert.save()
        after = {"level": alert.level, "false_alarm": false_alarm}
        trail.record(f"mass_alert:{alert.pk}", "clear", actor=actor, after=after, note=reason[:300])
        return alert


def similar_visible(actor: Actor, ids: Sequence[int]) -> list[Matter]:
    """Those of these matters that the actor may see."""
    return list(visible_to(actor).filter(pk__in=list(ids)))
