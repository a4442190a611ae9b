"""Read matters and act on them: the same flow, checks and trail as at the desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from gonghui.api.door import operation
from gonghui.api.http import Request
from gonghui.api.problems import who
from gonghui.api.rules import rules
from gonghui.api.shapes import Moment
from gonghui.appeals.queries import statistics as figures
from gonghui.brain import mask_personal
from gonghui.kernel import clocks, veiling, worklist
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.flow import cleaning
from gonghui.kernel.matters import act, allowed, state_text
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.scope import visible_to, within
from gonghui.kernel.times import SHANGHAI, now
from gonghui.kernel.worklist import Filters

router = Router()
ACT = ("matters:act:dispatcher", "matters:act:handler", "matters:act:leader")


class MatterOut(Schema):
    id: int
    number: str
    kind: str
    title: str
    state: str
    state_label: str
    light: str
    priority: int
    category: str
    region: str
    holder: str
    version: int
    is_open: bool
    opened_at: Moment
    due_at: Moment | None
    closed_at: Moment | None


class MatterPageOut(Schema):
    items: list[MatterOut]
    next: str
    previous: str


def shown(matter: Matter, at: datetime) -> MatterOut:
    return MatterOut(
        id=matter.pk,
        number=matter.number,
        kind=matter.kind,
        title=matter.title,
        state=matter.state,
        state_label=state_text(matter),
        light=clocks.light(matter, at),
        priority=matter.priority,
        category=matter.category,
        region=matter.region,
        holder=matter.holder_path,
        version=matter.version,
        is_open=matter.is_open,
        opened_at=matter.opened_at,
        due_at=matter.due_at,
        closed_at=matter.closed_at,
    )


class MatterQuery(Schema):
    path: str = ""
    kind: str = ""
    state: str = ""
    category: str = ""
    priority: str = ""
    light: str = ""
    open: bool = True
    order: str = "due"
    cursor: str = ""
    limit: int = 50


@router.get("/matters", response=MatterPageOut, summary="事项列表 / list matters")
@operation("matters:read", *ACT)
def index(request: Request, response: HttpResponse, query: Query[MatterQuery]) -> MatterPageOut:
    """In order of due moment (`order=due`) or newest first (`recent`). Follow `next` (also in the `Link` header) to the
    end: no matter is left out or given twice because others come meanwhile. A matter whose due moment changes while
    you read may be met again or later: `order=recent` never moves."""
    if query.order not in worklist.ORDERS:
        raise InvalidData({"order": ["due / recent"]})
    if query.priority not in ("", "0", "1", "2", "3"):
        raise InvalidData({"priority": ["0–3"]})
    if query.cursor and not worklist.readable(query.cursor, query.order):
        raise InvalidData({"cursor": [_("翻页标记无效，请从第一页重新开始。")]})
    at = now()
    filters = Filters(
        path=query.path,
        kind=query.kind,
        state=query.state,
        category=query.category,
        priority=query.priority,
        light=query.light,
        open=query.open,
        order=query.order,
    )
    page = worklist.page(request.actor, filters, query.cursor, max(1, min(query.limit, rules()["page_most"])), at)
    links = []
    for relation, cursor in (("next", page.next), ("prev", page.previous)):
        if cursor:
            # The same question on another page.
            asked = request.GET.copy()
            asked["cursor"] = cursor
            links.append(f'<{request.build_absolute_uri(request.path)}?{asked.urlencode()}>; rel="{relation}"')
    if links:
        response["Link"] = ", ".join(links)
    return MatterPageOut(items=[shown(matter, at) for matter in page.rows], next=page.next, previous=page.previous)


def seen(request: Request, matter_id: int) -> Matter:
    return get_object_or_404(visible_to(request.actor), pk=matter_id)


@router.get("/matters/{int:matter_id}", response=MatterOut, summary="一件事项 / one matter")
@operation("matters:read", *ACT)
def read(request: Request, response: HttpResponse, matter_id: int) -> MatterOut:
    """The `ETag` is the version: send it back in `If-Match` when you act."""
    matter = seen(request, matter_id)
    response["ETag"] = f'"{matter.version}"'
    return shown(matter, now())


class ChoiceOut(Schema):
    code: str
    label: str


class FieldOut(Schema):
    name: str
    label: str
    type: str
    required: bool
    choices: list[ChoiceOut] | None


class OfferOut(Schema):
    name: str
    label: str
    does: str
    role: str
    refused: list[str]
    fields: list[FieldOut]


@router.get("/matters/{int:matter_id}/actions", response=list[OfferOut], summary="现在可以做的 / allowed steps")
@operation(*ACT)
def actions(request: Request, matter_id: int) -> list[OfferOut]:
    """Each step with its fields, what it will do, and, in `refused`, what is still missing."""
    matter = seen(request, matter_id)
    return [
        OfferOut(
            name=offer.name,
            label=offer.label,
            does=offer.what_happens,
            role=offer.role,
            refused=list(offer.refused),
            fields=[described(spec, matter, request) for spec in offer.transition.fields],
        )
        for offer in allowed(matter, request.actor)
    ]


def described(spec: Any, matter: Matter, request: Request) -> FieldOut:
    choices = None
    if spec.type in ("choice", "multi"):
        found = cleaning.options(spec, matter, request.actor)
        choices = [ChoiceOut(code=str(code), label=str(label)) for code, label in found]
    return FieldOut(name=spec.name, label=str(spec.label), type=spec.type, required=spec.required, choices=choices)


class ActionIn(Schema):
    data: dict[str, Any] = {}
    version: int | None = None


@router.post("/matters/{int:matter_id}/actions/{name}", response=MatterOut, summary="办理一步 / take a step")
@operation(*ACT, idempotent=True)
def take_step(request: Request, matter_id: int, name: str, body: ActionIn) -> Any:
    """The version you saw goes into `If-Match` or `version`; 409 tells what changed meanwhile."""
    matter = seen(request, matter_id)
    done = act(matter.pk, name, request.actor, body.data, seen_version(request, body))
    return shown(done, now()).model_dump(mode="json")


def seen_version(request: Request, body: ActionIn) -> int | None:
    """The version the caller saw, None when they named none. InvalidData for an If-Match that is no version."""
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return body.version
    text = header.removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidData({"If-Match": [_('请填写看到的版本号，例如 "3"。')]})
    return int(text)


class TrailOut(Schema):
    seq: int
    at: Moment
    verb: str
    actor: str
    role: str
    org_path: str
    before: dict[str, Any]
    after: dict[str, Any]
    note: str
    hash: str


@router.get("/matters/{int:matter_id}/trail", response=list[TrailOut], summary="留痕 / trail")
@operation("matters:read", *ACT)
def trail(request: Request, response: HttpResponse, matter_id: int, after: int = 0) -> list[TrailOut]:
    """Entries in order, at most 500; go on with `after` = the last `seq` (also in the `Link` header)."""
    matter = seen(request, matter_id)
    most = rules()["trail_most"]
    entries = list(TrailEntry.objects.filter(stream=f"matter:{matter.pk}", seq__gt=after).order_by("seq")[: most + 1])
    if len(entries) > most:
        response["Link"] = f'<{request.build_absolute_uri(request.path)}?after={entries[most - 1].seq}>; rel="next"'
    return [
        TrailOut(
            seq=entry.seq,
            at=entry.at,
            verb=entry.verb,
            actor=who(entry),
            role=entry.role,
            org_path=entry.org_path,
            before=entry.before,
            after=entry.after,
            note=mask_personal(entry.note),
            hash=entry.hash,
        )
        for entry in veiling.shown(matter, entries[:most])
    ]


@router.get("/statistics", response=dict[str, Any], summary="统计 / figures")
@operation("statistics:read")
def statistics(request: Request, since: str, until: str, path: str = "") -> dict[str, Any]:
    """Counts and rates over appeals received in [since, until) (ISO dates or moments), each rate with its basis."""
    moments = {}
    for name, text in (("since", since), ("until", until)):
        try:
            moment = parse_datetime(text if "T" in text else f"{text}T00:00:00")
        except ValueError:
            moment = None
        if moment is None:
            raise InvalidData({name: ["2026-01-31 / 2026-01-31T00:00:00+08:00"]})
        moments[name] = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    if path and not within(path, request.auth.path):
        raise NotFound(_("没有这个单位，或者不在您的范围内。"))
    found = figures(request.actor, moments["since"], moments["until"], path)
    found["measures"] = [
        {
            "code": measure.code,
            "label": str(measure.label),
            "numerator": str(measure.numerator),
            "denominator": measure.denominator,
            "value": None if measure.value is None else f"{measure.value:.4f}",
            "basis": str(measure.basis),
        }
        for measure in found["measures"]
    ]
    return found
