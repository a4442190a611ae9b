"""Lodge and read appeals (诉求)."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from gonghui.api.door import idempotency_key, operation
from gonghui.api.http import Request
from gonghui.api.shapes import Moment
from gonghui.appeals import actions, categories
from gonghui.appeals.intake import IntakeData
from gonghui.appeals.models import Appeal, WorkOrder
from gonghui.brain import mask_personal
from gonghui.kernel import vault
from gonghui.kernel.errors import InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import state_text
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, visible_to
from gonghui.kernel.vault import mask
from gonghui.organisations.models import Organisation

router = Router()


class ReceivedOut(Schema):
    number: str
    matter: str
    matter_id: int
    query_code: str
    created: bool
    state: str
    priority: int
    due_at: Moment | None


class AppealOut(Schema):
    number: str
    matter: str
    matter_id: int
    channel: str
    source: str
    external_id: str
    received_at: Moment
    title: str
    description: str
    category: str
    category_label: str
    nature: str
    priority: int
    state: str
    state_label: str
    worker_text: str
    holder: str
    employer_name: str
    work_region: str
    people_count: int
    reporter: dict[str, str]
    result: dict[str, Any] | None
    due_at: Moment | None
    version: int


def plain(data: Any) -> dict[str, Any]:
    """A schema's data as JSON can hold it."""
    return data.model_dump(mode="json")


@router.post("/appeals", response={201: ReceivedOut, 200: ReceivedOut}, summary="提交诉求 / lodge an appeal")
@operation("appeals:write", idempotent=True)
def lodge(request: Request, data: IntakeData) -> Status[Any]:
    """Fields of the intake; only `description` is needed. 201 with the number and the worker's query code.

    The same Idempotency-Key gives the first answer again (`Idempotency-Replayed: true`); the same `source` and
    `external_id` gives 200 with the appeal that came with them first.
    """
    key = idempotency_key(request)
    received = actions.receive(
        request.actor,
        data,
        channel="federated",
        idempotency_key=f"api:{request.auth.pk}:{fingerprint(key)}" if key else None,
    )
    matter = received.matter
    if not received.created and not visible_to(request.actor).filter(pk=matter.pk).exists():
        # Somebody else's appeal came under this name: telling its number or query code would give the case away.
        raise InvalidData({"external_id": [_("这个来源编号已被其他单位使用，请核对 source 和 external_id。")]})
    answer = ReceivedOut(
        number=received.appeal.number,
        matter=matter.number,
        matter_id=matter.pk,
        query_code=received.query_code,
        created=received.created,
        state=matter.state,
        priority=matter.priority,
        due_at=matter.due_at,
    )
    return Status(201 if received.created else 200, plain(answer))


def fingerprint(key: str) -> str:
    """A key of any length in 64 letters."""
    return hashlib.sha256(key.encode()).hexdigest()


def seen(request: Request, number: str) -> tuple[Appeal, WorkOrder, Matter]:
    """The appeal of its number or its matter's, with its lead order, if the token's organisation sees it. NotFound
    otherwise."""
    with as_system("looked up by number, then checked against what the token sees"):
        order = (
            WorkOrder.objects.select_related("appeal", "matter")
            .filter(Q(appeal__number=number) | Q(matter__number=number), role=WorkOrder.Role.LEAD)
            .first()
        )
    if order is None or not visible_to(request.actor).filter(pk=order.matter_id).exists():
        raise NotFound
    return order.appeal, order, order.matter


@router.get("/appeals/{number}", response=AppealOut, summary="查询诉求 / read an appeal")
@operation("appeals:read")
def read(request: Request, number: str) -> AppealOut:
    """By the appeal's number or its matter's: state, category, holder and result. Personal fields are masked, in the
    description too."""
    appeal, order, matter = seen(request, number)
    result = None
    if order.result_code:
        money = str(order.money_recovered) if order.money_recovered is not None else None
        result = {"code": order.result_code, "money_recovered": money, "satisfaction": order.satisfaction}
    return AppealOut(
        number=appeal.number,
        matter=matter.number,
        matter_id=matter.pk,
        channel=appeal.channel,
        source=appeal.source,
        external_id=appeal.external_id,
        received_at=appeal.received_at,
        title=matter.title,
        description=mask_personal(appeal.description),
        category=matter.category,
        category_label=categories.label(matter.category) if matter.category else "",
        nature=order.nature,
        priority=matter.priority,
        state=matter.state,
        state_label=state_text(matter),
        worker_text=state_text(matter, for_worker=True),
        holder=matter.holder_path,
        employer_name=appeal.employer_name,
        work_region=appeal.work_region,
        people_count=appeal.people_count,
        reporter={"name": mask(appeal.reporter_name, "name"), "phone": mask(appeal.phone, "phone")},
        result=result,
        due_at=matter.due_at,
        version=matter.version,
    )


class ReasonIn(Schema):
    reason: str


class IdentityOut(Schema):
    reporter_name: str
    phone: str


@router.post("/appeals/{number}/identity", response=IdentityOut, summary="查看身份 / see the reporter")
@operation("identity:read")
def identity(request: Request, number: str, body: ReasonIn) -> IdentityOut:
    """Name and phone in clear. Needs a reason; each use is in the matter's trail.

    A token of a grassroots union gets them only where the worker agreed to be named (handbook 0.5): the union of the
    employer must not learn who complained.
    """
    appeal, _lead, matter = seen(request, number)
    grassroots = Organisation.Level.GRASSROOTS
    close_by = Organisation.objects.filter(path=request.auth.path, level=grassroots).exists()
    if close_by and not appeal.disclose_ok:
        raise NotAllowed(_("诉求人没有同意公开身份。"))
    with transaction.atomic():
        shown = {
            field: vault.unmask(request.actor, appeal, field, body.reason, matter=matter)
            for field in ("reporter_name", "phone")
        }
    return IdentityOut(**shown)


class MaterialOut(Schema):
    message: int
    files: int


@router.post("/appeals/{number}/materials", response={201: MaterialOut}, summary="补充材料 / add material")
@operation("appeals:write", idempotent=True)
def add_material(
    request: Request,
    number: str,
    text: Form[str] = "",
    files: File[list[UploadedFile]] = [],  # noqa: B006
) -> Status[Any]:
    """Text, files (photo, PDF, audio; 20 MB each), or both, in the worker's name."""
    matter = seen(request, number)[2]
    message = actions.add_material(request.actor, matter, text, files)
    return Status(201, plain(MaterialOut(message=message.pk, files=len(files))))
