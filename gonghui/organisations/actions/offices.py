"""Changes to the offices of competent bodies (办事机构); every one is in the trail.

Who may: the system, and the admins and supervisors of the region's own union or one above (`offices.keeps`).
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.times import today
from gonghui.organisations.bodies import UNION, bodies
from gonghui.organisations.hours import in_words, read_hours
from gonghui.organisations.located import line
from gonghui.organisations.models import Office, Organisation, Region
from gonghui.organisations.offices import keeps

FIELDS = (
    "body", "region_id", "name", "address", "phone", "working_hours", "hours", "latitude", "longitude", "online",
    "source", "checked_on", "valid_from", "valid_to",
)  # fmt: skip
COLUMNS = tuple(name.removesuffix("_id") for name in FIELDS)
LONGEST = {"name": 80, "address": 200, "phone": 60, "working_hours": 120, "online": 200, "source": 200}
PHONE_SIGNS = frozenset("0123456789+-–() （）、，,;；/转 ")


def read_office(texts: Mapping[str, str], regions: Container[str] | None = None) -> dict[str, Any]:
    """The fields of an office (FIELDS) from texts by COLUMNS, as a form or a table's row has them.

    `hours` as `hours.read_hours` takes them; days 2026-01-31; degrees WGS 84. `regions`: the known codes, if the caller
    has them. Raises InvalidData with a message for every field that is wrong, by column.
    """
    given = {name: " ".join((texts.get(name) or "").split()) for name in COLUMNS if name != "hours"}
    errors: dict[str, list[str]] = {}
    if given["body"] not in bodies() or given["body"] == UNION:
        errors["body"] = [_("请填写部门代码 B1 至 B20；工会的地址在组织里维护。")]
    code = given["region"]
    known = code in regions if regions is not None else Region.objects.filter(pk=code).exists()
    if not line(code) or not known:
        errors["region"] = [_("请填写行政区划代码（6 位，乡镇 9 位），例如 520102。")]
    for name, most in LONGEST.items():
        if len(given[name]) > most:
            errors[name] = [_("最多 %(most)d 个字。") % {"most": most}]
    if not given["name"]:
        errors["name"] = [_("请填写名称。")]
    if not (given["address"] or given["phone"] or given["online"]):
        errors.setdefault("address", []).append(_("地址、电话、网址至少填一项，否则职工找不到。"))
    if given["phone"] and not (set(given["phone"]) <= PHONE_SIGNS and any(sign.isdigit() for sign in given["phone"])):
        errors["phone"] = [_("电话只写号码，几个号码之间用顿号隔开，例如 0851-12333、12333。")]
    try:
        hours = read_hours(texts.get("hours") or "")
    except ValueError:
        hours = {}
        errors["hours"] = [_("开门时间请写成：1-5 9:00-12:00,14:00-17:30（1 为周一，7 为周日）。")]
    places = {name: _degrees(given[name], most) for name, most in (("latitude", 90), ("longitude", 180))}
    for name, value in places.items():
        if given[name] and value is None:
            errors[name] = [_("请填写度数，例如 26.57，用 WGS 84 坐标。")]
    if bool(given["latitude"]) != bool(given["longitude"]):
        errors.setdefault("latitude", []).append(_("纬度和经度要一起填。"))
    if given["online"] and not _is_https(given["online"]):
        errors["online"] = [_("网址要以 https:// 开头。")]
    if not given["source"]:
        errors["source"] = [_("请写明从哪里看到的，例如当地政府网站的页面。")]
    days = {name: _day(given[name]) for name in ("checked_on", "valid_from", "valid_to")}
    for name, day in days.items():
        if given[name] and day is None:
            errors[name] = [_("请填日期，例如 2026-03-15。")]
    checked, begins, ends = days.values()
    if not given["checked_on"]:
        errors["checked_on"] = [_("请填写核对日期：哪天看到确实如此。")]
    elif checked and checked > today():
        errors["checked_on"] = [_("核对日期不能晚于今天。")]
    if begins and ends and ends < begins:
        errors["valid_to"] = [_("停用日期不能早于启用日期。")]
    if errors:
        raise InvalidData(errors)
    words = given["working_hours"] or in_words(hours)[: LONGEST["working_hours"]]
    return {
        "body": given["body"],
        "region_id": code,
        **{name: given[name] for name in ("name", "address", "phone", "online", "source")},
        "working_hours": words,
        "hours": hours,
        **places,
        **days,
    }


def _degrees(text: str, most: int) -> Decimal | None:
    try:
        value = Decimal(text).quantize(Decimal("0.00001"))
    except (InvalidOperation, ValueError):
        return None
    return value if value.is_finite() and abs(value) <= most else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.replace("/", "-")) if text else None
    except ValueError:
        return None


def _is_https(text: str) -> bool:
    try:
        URLValidator(schemes=["https"])(text)
    except ValidationError:
        return False
    return True


@transaction.atomic
def add_office(actor: Actor, fields: Mapping[str, Any]) -> Office:
    """Enter an office; `fields` as `read_office` gives them.

    Raises NotAllowed for a region that is not the actor's, InvalidData where the same office has an entry that holds at
    the same time.
    """
    _may(actor, fields["region_id"])
    office = Office(**{name: fields[name] for name in FIELDS})
    _once(office)
    office.save()
    _record(actor, office, "create", after=_said(office, FIELDS))
    return office


@transaction.atomic
def change_office(actor: Actor, office: Office, fields: Mapping[str, Any]) -> Office:
    """Change an entry; raises what `add_office` raises, for the old region too. Nothing changed: nothing is written."""
    office = Office.objects.select_for_update(of=("self",)).get(pk=office.pk)
    _may(actor, office.region_id)
    _may(actor, fields["region_id"])
    changed = [name for name in FIELDS if getattr(office, name) != fields[name]]
    if not changed:
        return office
    before = _said(office, changed)
    for name in changed:
        setattr(office, name, fields[name])
    if office.active:
        _once(office)
    office.save(update_fields=changed)
    _record(actor, office, "update", before=before, after=_said(office, changed))
    return office


@transaction.atomic
def set_office_active(actor: Actor, office: Office, active: bool, reason: str) -> Office:
    """Withdraw an entry (撤下: it is shown to nobody any more) or take it up again. InvalidData without a reason."""
    office = Office.objects.select_for_update(of=("self",)).get(pk=office.pk)
    _may(actor, office.region_id)
    if not reason.strip():
        raise InvalidData({"reason": [_("请写明原因。")]})
    if office.active == active:
        return office
    office.active = active
    if active:
        _once(office)
    office.save(update_fields=["active"])
    verb = "restore" if active else "withdraw"
    _record(actor, office, verb, before={"active": not active}, after={"active": active}, note=reason.strip()[:500])
    return office


def same_offices(body: str, region: str, name: str) -> list[Office]:
    """All entries of one office, withdrawn ones too, the newest first."""
    return list(Office.objects.filter(body=body, region=region, name=name).order_by("-pk"))


def _may(actor: Actor, region: str) -> None:
    if not keeps(actor, region):
        raise NotAllowed(_("您只能维护本地区及以下的办事机构。"))


def _once(office: Office) -> None:
    """InvalidData when another entry of the same office holds on a day on which this one does."""
    # Two who enter the same office at once wait for each other here.
    Region.objects.select_for_update(of=("self",)).get(pk=office.region_id)
    others = Office.objects.filter(body=office.body, region=office.region_id, name=office.name, active=True)
    if office.valid_to is not None:
        others = others.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=office.valid_to))
    if office.valid_from is not None:
        others = others.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=office.valid_from))
    if others.exclude(pk=office.pk).exists():
        raise InvalidData(
            {"name": [_("同一部门、同一地区已有同名的办事机构，日期重叠。请改那一条，或先填它的停用日期。")]}
        )


def _said(office: Office, names: Any) -> dict[str, Any]:
    """Not plain `phone` or `address`: the trail refuses the names of personal fields, which an office's are not."""
    return {f"office_{name}": getattr(office, name) for name in names}


def _record(actor: Actor, office: Office, verb: str, **more: Any) -> None:
    union = Organisation.objects.filter(region=office.region_id, active=True).order_by("path").first()
    trail.record(f"office:{office.pk}", verb, actor=actor, org_path=union.path if union else "", **more)
