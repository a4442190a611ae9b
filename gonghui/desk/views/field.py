"""走访登记: a cadre takes down what workers say on the spot, also where there is no network (handbook 1.1, `onsite`).

The page and its script stay on the device (a service worker); what is typed without a network is kept there,
encrypted with a key that never leaves it, and comes in through `sync` as soon as there is one: once, however often it
is sent.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse, JsonResponse, RawPostDataException
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from gonghui.appeals import actions
from gonghui.appeals.intake import IntakeData
from gonghui.appeals.queries.places import find_regions
from gonghui.desk.register_form import intake_fields
from gonghui.kernel.errors import InvalidData
from gonghui.people.decorators import role_required
from gonghui.people.http import Request

ROLES = ("agent", "dispatcher", "supervisor", "handler", "leader")
FIELDS = (
    "description", "place", "employer_name", "people_count", "demand", "phone", "reporter_name", "anonymous",
    "disclose_ok", "consent", "written_at",
)  # fmt: skip

# What the script says.
WORDS = {
    "edit": gettext_lazy("修改"),
    "remove": gettext_lazy("删除"),
    "sure": gettext_lazy("删除后不能恢复，确定吗？"),
    "offline": gettext_lazy("没有网络，内容已存在这台设备上，有网络时自动上传。"),
    "sending": gettext_lazy("正在上传……"),
    "signIn": gettext_lazy("请重新登录后再打开这个页面，内容还在这台设备上。"),
    "code": gettext_lazy("查询码"),
    "later": gettext_lazy("没有上传成功，稍后会再试。"),
    "arrived": gettext_lazy("已上传："),
    "look": gettext_lazy("有登记需要更正，请看下面。"),
    "kept": gettext_lazy("已存在这台设备上。"),
}


@never_cache
@role_required(*ROLES)
@require_GET
def page(request: Request) -> HttpResponse:
    return render(request, "desk/field.html", {"words": {name: str(text) for name, text in WORDS.items()}})


@role_required(*ROLES)
@require_GET
def service_worker(request: Request) -> HttpResponse:
    """The script that lets the page open without a network. It holds nothing of anybody."""
    return render(request, "desk/field-worker.js", content_type="text/javascript; charset=utf-8")


@never_cache
@role_required(*ROLES)
@require_GET
def token(request: Request) -> HttpResponse:
    """A fresh form token: the one in the kept page may be older than the session."""
    return JsonResponse({"csrf": get_token(request)})


@never_cache
@role_required(*ROLES)
@require_POST
def sync(request: Request) -> HttpResponse:
    """One record from the device: 201 with number and query code (the same for the same record), 422 with errors."""
    try:
        sent = json.loads(request.body)
        once = str(sent["once"])[:64]
    except (ValueError, KeyError, TypeError, RawPostDataException):
        return JsonResponse({"errors": {"": [_("内容没有完整收到，请再试一次。")]}}, status=400)
    fields = intake_fields({name: sent[name] for name in FIELDS if name in sent})
    errors: dict[str, list[str]] = {}
    place = str(sent.get("place") or "").strip()[:60]
    if place:
        found = find_regions(place)
        if len(found) == 1:
            fields["work_region"] = found[0].code
        else:
            errors["place"] = [_("没有找到这个地方，或有几个同名，请写全市和区县的名称。")]
    try:
        intake = IntakeData.parse(fields)
        if errors:
            raise InvalidData(errors)
        key = f"field:{request.actor.account_id}:{once}"
        received = actions.receive(request.actor, intake, channel="onsite", idempotency_key=key)
    except InvalidData as error:
        return JsonResponse({"errors": _plain({**error.errors, **errors})}, status=422)
    return JsonResponse({"number": received.appeal.number, "code": received.query_code}, status=201)


def _plain(errors: dict[str, Any]) -> dict[str, list[str]]:
    return {name: [str(text) for text in texts] for name, texts in errors.items()}
