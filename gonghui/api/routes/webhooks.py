"""Web hooks: where a program wants to be told of events."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from ninja import Router, Schema

from gonghui.api import actions
from gonghui.api.door import operation
from gonghui.api.http import Request
from gonghui.api.models import WebhookEndpoint
from gonghui.kernel import outbox, trail
from gonghui.kernel.errors import NotFound
from gonghui.kernel.times import now

router = Router()


class WebhookIn(Schema):
    url: str
    events: list[str] = []


def own(request: Request, webhook_id: int) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.filter(pk=webhook_id, token=request.auth).first()
    if found is None:
        raise NotFound
    return found


@router.get("/webhooks", response=list[dict[str, Any]], summary="推送列表 / list")
@operation("webhooks:manage")
def index(request: Request) -> list[dict[str, Any]]:
    return [actions.describe(row) for row in WebhookEndpoint.objects.filter(token=request.auth).order_by("pk")]


@router.post("/webhooks", response={201: dict[str, Any]}, summary="新建推送 / create")
@operation("webhooks:manage", idempotent=True)
def create(request: Request, body: WebhookIn) -> tuple[int, Any]:
    """The signing `secret` is in this answer only."""
    actions.check_url(body.url)
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.create(
            token=request.auth,
            url=body.url,
            events=body.events,
            secret=actions.new_webhook_secret(),
            path=request.auth.path,
            created_at=now(),
        )
        trail.record(f"token:{request.auth.pk}", "webhook", actor=request.actor, after={"url": body.url})
    return 201, {**actions.describe(endpoint), "secret": endpoint.secret}


@router.delete("/webhooks/{int:webhook_id}", response={204: None}, summary="删除推送 / delete")
@operation("webhooks:manage")
def delete(request: Request, webhook_id: int) -> tuple[int, None]:
    endpoint = own(request, webhook_id)
    with transaction.atomic():
        trail.record(f"token:{request.auth.pk}", "webhook_deleted", actor=request.actor, after={"url": endpoint.url})
        endpoint.delete()
    return 204, None


@router.post("/webhooks/{int:webhook_id}/test", response={202: dict[str, Any]}, summary="试推送 / send a test event")
@operation("webhooks:manage")
def test(request: Request, webhook_id: int) -> tuple[int, Any]:
    endpoint = own(request, webhook_id)
    at = now()
    key = f"webhook:{endpoint.pk}:test:{at.timestamp()}"
    outbox.enqueue("webhook", key, {"endpoint": endpoint.pk, "event": {"type": "test"}, "at": at.isoformat()})
    return 202, {"queued": key}
