"""Applications under way and the texts they began with: what a deployment asks before it changes the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Count
from django.utils.translation import gettext as _
from pydantic import ValidationError

from gonghui.kernel import health
from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow import kept
from gonghui.kernel.scope import as_system
from gonghui.services.catalogue import Catalogue, packaged
from gonghui.services.models import Application
from gonghui.services.spec import Service


@dataclass
class Standing:
    """By kind of matter, how many applications. `missing`: the catalogue has no such version and layers (ended ones
    too: the desk still opens them by it). `changed`: under way by a text that this version no longer has; they keep
    it, new ones go by today's. `unreadable`: under way by a text that is lost or that this software cannot read, with
    the cause."""

    missing: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)


def standing(found: Catalogue) -> Standing:
    """How the applications that are there stand to a catalogue."""
    told = Standing()
    with as_system("counted by kind alone"):
        rows = list(Application.objects.values_list("kind").annotate(n=Count("pk")).order_by("kind"))
        begun = Application.objects.filter(matter__is_open=True).exclude(flow_digest="")
        texts = list(begun.values_list("kind", "flow_digest").annotate(n=Count("pk")).order_by("kind"))
    told.missing = {kind: count for kind, count in rows if kind not in found.by_kind}
    used = {flow.name: flow.digest for flow in found.flows}
    for kind, digest, count in texts:
        if digest == used.get(kind):
            continue
        if kind in used:
            told.changed[kind] = told.changed.get(kind, 0) + count
        if cause := _unreadable(digest):
            told.unreadable[kind] = cause
    return told


def _unreadable(digest: str) -> str:
    """Why a kept text cannot be gone by (it is lost, or cannot be read); empty where it can."""
    try:
        flow = kept.read(digest, kept.text_of(digest))
        Service.model_validate(flow.beside)
    except (FlowError, ValidationError) as error:
        return str(error)
    return ""


@health.also("services")
def check() -> health.Check:
    """What `gonghui check` says: whether those under way can go on by what they began with. A file that was changed
    without a new version is a warning: theirs is kept, but two texts have one name now."""
    told = standing(packaged())
    if told.missing or told.unreadable:
        names = "、".join(sorted({*told.missing, *told.unreadable}))
        detail = _("有申请找不到或读不了开办时的服务版本：%(names)s。") % {"names": names}
        hint = _("请把旧文件放回服务目录，再用 gonghui services check 目录 --running 核对。")
        return health.Check("services", False, detail, hint)
    if told.changed:
        names = "、".join(sorted(told.changed))
        detail = _("服务文件改了、没有升版本，同名的在办申请 %(count)d 件照原来的办：%(names)s。") % {
            "count": sum(told.changed.values()),
            "names": names,
        }
        hint = _("下次改服务文件时请把 version 加一，把旧文件留作 编号.v旧版本.yaml。")
        return health.Check("services", False, detail, hint, warning=True)
    return health.Check("services", True, _("在办的申请都有开办时的服务版本。"))
