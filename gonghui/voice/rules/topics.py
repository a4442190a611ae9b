"""协商议题: a worker's topic into the bargaining under way or the pool; what the worker reads when all is agreed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import choices, effect, guard
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.organisations.queries import find_employer
from gonghui.services.holding import SURE_EMPLOYER
from gonghui.services.rules.common import application_of, values_of
from gonghui.voice import bargaining
from gonghui.voice.models import Bargaining, Topic
from gonghui.voice.rules.units import holder

PLATFORM_SERVICE = "V03"


def _is_platform(ctx: Context) -> bool:
    return application_of(ctx).service == PLATFORM_SERVICE


def party_of(ctx: Context) -> str:
    """Who is to be talked with: the platform, or the unit by its registered name."""
    values = values_of(ctx)
    if _is_platform(ctx):
        return str(values["platform"])
    found = find_employer(str(values["employer"]), region=ctx.matter.region)
    return found[0].employer.name if found and found[0].score >= SURE_EMPLOYER else str(values["employer"])


@effect("voice.list_topic")
def list_topic(ctx: Context, args: Any) -> None:
    """In the words of who takes it in: the other side reads topics, and never who asked."""
    union, party = holder(ctx.matter), party_of(ctx)
    Topic.objects.update_or_create(
        matter=ctx.matter,
        defaults={
            "organisation": union,
            "bargaining": bargaining.under_way(union, party, _is_platform(ctx)),
            "subject": values_of(ctx)["subject"],
            "party": party,
            "workers_say": ctx.data["topic"],
        },
    )


@effect("voice.drop_topic")
def drop_topic(ctx: Context, args: Any) -> None:
    """Withdrawn: out of the pool. What is being talked about already goes on without its asker."""
    Topic.objects.filter(matter=ctx.matter, bargaining=None).delete()
    Topic.objects.filter(matter=ctx.matter).update(matter=None)


@choices("voice.kinds")
def kinds(matter: Matter, actor: Actor) -> Iterable[tuple[str, str]]:
    platform = matter.kind.startswith(f"services.{PLATFORM_SERVICE}.")
    rows = Bargaining.Kind.choices
    return [(code, str(label)) for code, label in rows if (code == Bargaining.Kind.PLATFORM) is platform]


@guard("voice.no_talks_yet")
def no_talks_yet(ctx: Context, args: Any) -> str | None:
    with as_system("the actor sees this matter"):
        topic = Topic.objects.filter(matter=ctx.matter).first()
    return _("这个议题已经在协商里。") if topic is not None and topic.bargaining_id else None


@effect("voice.start_talks")
def start_talks(ctx: Context, args: Any) -> None:
    """要求发起协商: a bargaining with all that waits for this unit or platform."""
    union, party = holder(ctx.matter), party_of(ctx)
    found = find_employer(party, region=ctx.matter.region) if not _is_platform(ctx) else []
    employer = found[0].employer if found and found[0].score >= SURE_EMPLOYER else None
    row = bargaining.begin(ctx.actor, union, ctx.data["kind"], party, employer=employer, at=ctx.now)
    bargaining.pool(row).update(bargaining=row)
    ctx.record(bargaining=row.matter.number)


@effect("voice.tell_agreement")
def tell_agreement(ctx: Context, args: Any) -> None:
    """协议公布: what was agreed on the worker's topic, or that it was not."""
    topic = Topic.objects.select_related("bargaining").get(matter=ctx.matter)
    application = application_of(ctx)
    said = topic.agreed or "这次没有谈成，工会会继续关注。"
    application.told_text = f"{said}\n协议已经公布，可以在“查本单位集体合同”或“新业态专区”里看全文。"
    application.save(update_fields=["told_text"])
