"""公示: what everybody may read, and an objection to it."""

from __future__ import annotations

from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.services.models import Objection, ObjectionFields, PublicNotice

Row = TypeVar("Row", bound=ObjectionFields)
TEXT_MOST = 1000
WITHOUT_NAME_MOST = 20


def published() -> QuerySet[PublicNotice]:
    """The notices that stand now. They hold nothing that only some may read."""
    day = today()
    return (
        PublicNotice.objects.filter(withdrawn=False, opens__lte=day, closes__gte=day)
        .select_related("organisation", "application")
        .order_by("-opens", "-pk")
    )


def object_to(notice_id: int, text: str, name: str = "", phone: str = "") -> Objection:
    """提出异议. With name and phone it is inquired into before anything is decided; without, it is kept as a lead.

    NotFound for a notice that does not stand now; InvalidData for an empty text.
    """
    text, name, phone = checked(text, name, phone)
    with as_system("anybody may object to what is published"), transaction.atomic():
        notice = published().select_for_update(of=("self",)).filter(pk=notice_id).first()
        if notice is None:
            raise NotFound(_("这条公示已经结束。"))
        refuse_too_many(name, notice.objections.all())
        objection = Objection.objects.create(notice=notice, text=text, name=name, phone=phone, at=now())
        step = inquiry_of(notice.application.matter)
        if objection.named and step:
            act(notice.application.matter_id, step, SYSTEM)
    return objection


def checked(text: str, name: str, phone: str) -> tuple[str, str, str]:
    """What somebody who objects wrote, without spaces at its ends. InvalidData beside what is missing."""
    text, name, phone = text.strip(), name.strip(), phone.strip()
    if not text:
        raise InvalidData({"text": [_("请写明哪里不对、有什么依据。")]})
    if len(text) > TEXT_MOST:
        raise InvalidData({"text": [_("最多 %(most)d 个字。") % {"most": TEXT_MOST}]})
    if bool(name) != bool(phone):
        raise InvalidData({"phone": [_("实名提出的请同时写姓名和电话；不想留名的两项都空着。")]})
    return text, name, phone


def refuse_too_many(name: str, before: QuerySet[Row]) -> None:
    """Nobody can fill a notice with leads: InvalidData for one more without a name. One with a name stops the decision
    and is always taken."""
    if not name and before.filter(name="").count() >= WITHOUT_NAME_MOST:
        raise InvalidData({"text": [_("没有留名的异议已经收到多份。请写上姓名和电话再提，实名的都会核查。")]})


def inquiry_of(matter: Matter) -> str:
    """The step by which the platform takes an objection up from the matter's state; empty where there is none. A flow
    with several notices has one for each, all called `object…`."""
    for step in flow_of(matter).leaving(matter.state):
        if step.name.startswith("object") and any(grant.role == "system" for grant in step.roles):
            return step.name
    return ""
