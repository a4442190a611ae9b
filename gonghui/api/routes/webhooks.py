"""Web hooks: where a program wants to be told of events."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Router, Schema, Status
from pydantic import Field

from gonghui.api import hooks
from gonghui.api.door import operation
from gonghui.api.http import Request
from gonghui.api.models import WebhookEndpoint
from gonghui.api.shapes import Moment
from gonghui.kernel.errors import NotFound

router = Router()


class WebhookIn(Schema):
    url: str
    events: list[Annotated[str, Field(min_length=1, max_length=80)]] = Field(default=[], max_length=50)


class WebhookOut(Schema):
    id: int
    url: str
    events: list[str]
    active: bool
    failures: int
    failing_since: Moment | None
    disabled_reason: str
    created_at: Moment


class WebhookMadeOut(WebhookOut):
    secret: str


class ActiveIn(Schema):
    active: bool


class QueuedOut(Schema):
    queued: str


def own(request: Request, webhook_id: int) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.filter(pk=webhook_id, token=request.auth).first()
    if found is None:
        raise NotFound
    return found


@router.get("/webhooks", response=list[WebhookOut], summary="推送列表 / list")
@operation("webhooks:manage", "webhooks:app")
def index(request: Request) -> list[dict[str, Any]]:
    return [hooks.describe(row) for row in WebhookEndpoint.objects.filter(token=request.auth).order_by("pk")]


@router.post("/webhooks", response={201: WebhookMadeOut}, summary="新建推送 / create")
@operation("webhooks:manage", "webhooks:app", idempotent=True)
def create(request: Request, body: WebhookIn) -> Status[Any]:
    """`events` are types such as `appeals.work_order.accept` or prefixes such as `appeals.*`; none means all.

    The signing `secret` is in this answer only.
    """
    endpoint = hooks.create(request.actor, request.auth, body.url.strip(), body.events)
    made = WebhookMadeOut(**hooks.describe(endpoint), secret=endpoint.secret)
    return Status(201, made.model_dump(mode="json"))


@router.patch("/webhooks/{int:webhook_id}", response=WebhookOut, summary="启用或停用 / switch on or off")
@operation("webhooks:manage", "webhooks:app")
def change(request: Request, webhook_id: int, body: ActiveIn) -> dict[str, Any]:
    endpoint = own(request, webhook_id)
    hooks.set_active(request.actor, endpoint, body.active)
    return hooks.describe(endpoint)


@router.delete("/webhooks/{int:webhook_id}", response={204: None}, summary="删除推送 / delete")
@operation("webhooks:manage", "webhooks:app")
def delete(request: Request, webhook_id: int) -> Status[None]:
    hooks.delete(request.actor, own(request, webhook_id))
    return Status(204, None)


@router.post("/webhooks/{int:webhook_id}/test", response={202: QueuedOut}, summary="试推送 / send a test event")
@operation("webhooks:manage", "webhooks:app")
def test(request: Request, webhook_id: int) -> Status[dict[str, str]]:
    """An event of type `test`, sent by the worker like any other."""
    return Status(202, {"queued": hooks.send_test(own(request, webhook_id))})
