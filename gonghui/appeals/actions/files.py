"""材料的查看: who may open a file, and the trail of every opening by staff (handbook 0.5, 1.12)."""

from __future__ import annotations

from django.db import transaction

from gonghui.appeals.actions.conversation import is_owner
from gonghui.appeals.models import Appeal, Attachment
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotFound
from gonghui.kernel.matters import record_opening
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, bind, visible_to
from gonghui.organisations.models import Organisation

# Which part the duty's organisation must have in the matter, by role; None: any part, watching from above included.
# Roles that are not here (quality, callback, partner, auditor, analyst, admin) open no files; a lawyer opens those of
# the cases assigned to them.
OPENERS: dict[str, frozenset[str] | None] = {
    "agent": frozenset({"receive", "lead"}),
    "dispatcher": None,
    "handler": frozenset({"receive", "lead", "assist"}),
    "leader": None,
    "supervisor": None,
    "discipline": None,
}


def may_open_files(actor: Actor, matter: Matter, appeal: Appeal) -> bool:
    """May this member of staff open the files of an appeal by way of this matter? Enterprise unions only when the
    worker agreed to be known to the employer; the discipline desk those of restricted matters."""
    if actor.kind != "staff":
        return False
    relations = dict(matter.scopes.values_list("path", "relation"))
    able = []
    for duty in actor.duties:
        if duty.role == "lawyer" and matter.pk in actor.assigned_ids:
            able.append(duty.path)
            continue
        relation, parts = relations.get(duty.path), OPENERS.get(duty.role, frozenset())
        if relation is None or (parts is not None and relation not in parts):
            continue
        if duty.role == "discipline" and not matter.restricted:
            continue
        able.append(duty.path)
    if not able or appeal.disclose_ok:
        return bool(able)
    inside = Organisation.objects.filter(path__in=able, level=Organisation.Level.GRASSROOTS).values_list(
        "path", flat=True
    )
    return bool(set(able) - set(inside))


def attachment_for(actor: Actor, attachment_id: int) -> Attachment:
    """A file the actor may open: the worker their own, staff as `may_open_files` says; an opening by staff goes into
    the trail. NotFound otherwise."""
    with transaction.atomic():
        with as_system("checked below"):
            attachment = Attachment.objects.select_related("appeal").filter(pk=attachment_id).first()
            matter_ids = list(attachment.appeal.orders.values_list("matter_id", flat=True)) if attachment else []
        if attachment is None:
            raise NotFound
        with bind(actor):
            visible = list(visible_to(actor).filter(pk__in=matter_ids).order_by("pk"))
        if any(is_owner(actor, matter) for matter in visible):
            if not attachment.for_worker:
                raise NotFound
            return attachment
        with as_system("the actor sees these matters; roles are checked here"):
            by_way = next((row for row in visible if may_open_files(actor, row, attachment.appeal)), None)
            if by_way is None:
                raise NotFound
        record_opening(by_way.pk, actor, f"appeals.attachment:{attachment.pk}", attachment.sha256)
        return attachment
