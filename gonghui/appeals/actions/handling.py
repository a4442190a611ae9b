"""Staff verbs. Those that move the order go through its flow; these functions only find the right step."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals import tables
from gonghui.appeals.models import Appeal, WorkOrder
from gonghui.appeals.rules.closing import quality_verdict, unhappy
from gonghui.kernel import vault
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.matters import act, locked
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.people.roles import roles

# Personal fields and who may see them (handbook 1.12); `see_identity` in the role table, callback agents the phone.
REVEALABLE = ("reporter_name", "phone", "backup_contact", "id_no")


def decide_triage(
    actor: Actor,
    matter: Matter,
    category: str,
    urgency: str,
    nature: str,
    difficulty: str,
    worker_type: str = "",
    reason: str | None = None,
    *,
    petition: bool = False,
    version: int | None = None,
) -> Matter:
    """研判: the human decision, kept beside the brain's proposal. Raises what `kernel.matters.act` raises."""
    data = {
        "category": category,
        "urgency": urgency,
        "nature": nature,
        "difficulty": difficulty,
        "worker_type": worker_type,
        "petition": petition,
        "reason": reason,
    }
    return act(matter.pk, "triage", actor, data, version)


def dispatch(
    actor: Actor,
    matter: Matter,
    lead: str,
    assist: tuple[str, ...] = (),
    reason: str = "",
    instruction: str = "",
    version: int | None = None,
) -> Matter:
    """派单 to one lead organisation (a path) and helpers."""
    data = {"lead": lead, "assist": list(assist), "reason": reason, "instruction": instruction}
    return act(matter.pk, "dispatch", actor, data, version)


def log_contact(actor: Actor, matter: Matter, way: str, reached: bool, gist: str, version: int | None = None) -> Matter:
    data = {"way": way, "reached": "yes" if reached else "no", "gist": gist}
    return act(matter.pk, "log_contact", actor, data, version)


def record_callback(
    actor: Actor, matter: Matter, reached: bool, answers: dict[str, Any] | None = None, version: int | None = None
) -> Matter:
    """回访: one attempt. Not reached: noted, and after three different days the callback ends unrated. Reached: the
    answers decide between quality check, reopening and, after two reopenings, supervision."""
    answers = typed(answers or {})
    answers.setdefault("way", "phone")
    if not reached:
        with transaction.atomic():
            moved = act(matter.pk, "callback_failed", actor, {"way": answers["way"]}, version)
            with as_system("the transition has checked what the actor may see"):
                order = WorkOrder.objects.get(matter_id=matter.pk)
                tried = order.callbacks.filter(round=order.callback_round, reached=False)
                failed = tried.values("day").distinct().count()
            if failed >= tables.number(tables.sla().callback, "attempts"):
                moved = act(matter.pk, "callback_unreachable", actor, {})
            return moved
    if not unhappy(answers):
        return act(matter.pk, "callback_done", actor, answers, version)
    with as_system("the transition itself checks what the actor may see"):
        order = WorkOrder.objects.get(matter_id=matter.pk)
    used_up = order.reopen_count >= tables.number(tables.sla().reopen, "max")
    return act(matter.pk, "reopen_supervised" if used_up else "reopen", actor, answers, version)


def typed(answers: dict[str, Any]) -> dict[str, Any]:
    """Yes/no answers in any usual spelling as the flow's `yes` and `no`."""
    spelled = dict(answers)
    for name in ("contacted", "reasonable"):
        if spelled.get(name) in (None, ""):
            spelled.pop(name, None)
        else:
            spelled[name] = "yes" if str(spelled[name]).lower() in ("1", "true", "on", "yes", "是") else "no"
    return spelled


def record_quality(
    actor: Actor,
    matter: Matter,
    scores: dict[str, int],
    vetoes: tuple[str, ...] = (),
    note: str = "",
    version: int | None = None,
) -> Matter:
    """质检: the points and vetoes decide between closing and handling again."""
    data: dict[str, Any] = {f"score_{code}": value for code, value in scores.items()}
    data |= {"vetoes": list(vetoes), "note": note}
    try:
        passed = quality_verdict(data)[1]
    except (TypeError, ValueError):
        raise InvalidData({"scores": [_("请给每一项打分。")]}) from None
    failed = "fail_answer" if matter.state == "answered_directly" else "fail_quality"
    return act(matter.pk, "pass_quality" if passed else failed, actor, data, version)


def may_reveal(actor: Actor, matter: Matter, appeal: Appeal, field: str) -> bool:
    """May this person see a 🔒 field (1.12)? Every look is written down with its reason. A handler looks only to make
    contact, or where the worker agreed to be known; a callback agent sees the phone only; quality staff nothing."""
    if field not in REVEALABLE or actor.kind != "staff":
        return False
    rows = dict(matter.scopes.values_list("path", "relation"))
    contact = field in ("phone", "backup_contact", "reporter_name")
    for duty in actor.duties:
        way = roles()[duty.role].see_identity if duty.role in roles() else "no"
        if way == "assigned":
            # A lawyer: what the case needs, of the cases assigned to them.
            if matter.pk in actor.assigned_ids:
                return True
            continue
        relation = rows.get(duty.path)
        if relation is None:
            continue
        if way in ("yes", "reason"):
            return True
        if way == "phone" and field == "phone" and matter.state == "callback":
            return True
        if way == "contact" and relation in ("lead", "assist") and (appeal.disclose_ok or contact):
            return True
    return False


def reveal(actor: Actor, matter: Matter, field: str, reason: str) -> str:
    """Show one 🔒 field in clear. Needs a reason; the trail keeps who looked and why. NotAllowed otherwise."""
    with transaction.atomic():
        seen = locked(matter.pk, actor)
        with as_system("the actor sees this matter; the role is checked here"):
            order = WorkOrder.objects.select_related("appeal").get(matter=seen)
            if not may_reveal(actor, seen, order.appeal, field):
                raise NotAllowed(_("您的岗位不能查看这项个人信息。"))
            return vault.unmask(actor, order.appeal, field, reason, matter=seen)
