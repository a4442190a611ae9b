"""助企行: matching, asking one after another, the minutes, visits, the result."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from gonghui.craft import matching
from gonghui.craft.models import Ask, Craftsman, HelpResult, SiteVisit, TalkLine
from gonghui.kernel import outbox
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.flow import choices, effect, guard, tick
from gonghui.kernel.matters import Context, act
from gonghui.kernel.models import Clock, Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of
from gonghui.kernel.vault import blind_index, mask_name
from gonghui.organisations.models import Organisation
from gonghui.services.files import file_reader
from gonghui.services.models import FormFile
from gonghui.services.rules.common import application_of, values_of

SITE_WAITS = timedelta(days=60)


@effect("craft.match")
def match(ctx: Context, args: Any) -> None:
    """Propose the craftsmen that fit best. Who was asked already is not proposed again."""
    Ask.objects.filter(matter=ctx.matter, state=Ask.State.PROPOSED).delete()
    begin = Ask.objects.filter(matter=ctx.matter).aggregate(most=Max("place"))["most"] or 0
    found = matching.propose(ctx.matter, values_of(ctx))
    Ask.objects.bulk_create(
        Ask(matter=ctx.matter, craftsman=row, place=begin + place, score=Decimal(f"{fit.score:.3f}"), why=list(fit.why))
        for place, (row, fit) in enumerate(found, 1)
    )
    ctx.record(proposed=len(found))


@choices("craft.candidates")
def candidates(matter: Matter, actor: Actor) -> list[tuple[str, str]]:
    """The proposed, the best first, each with what speaks for it."""
    rows = Ask.objects.filter(matter=matter, state=Ask.State.PROPOSED).select_related("craftsman__region")
    return [(str(row.craftsman_id), label(row)) for row in rows.order_by("place")]


def label(row: Ask) -> str:
    person = row.craftsman
    about = f"{person.name}（{person.trade} · {person.region.name}）"
    return f"{about}：{'、'.join(row.why)}" if row.why else about


@guard("craft.somebody_to_ask")
def somebody_to_ask(ctx: Context, args: Any) -> str | None:
    if Ask.objects.filter(matter=ctx.matter, state=Ask.State.PROPOSED).exists():
        return None
    return _("技术清单里没有合适的工匠：请先登记工匠，再“重新匹配”；实在没有的，写明理由不通过。")


@effect("craft.ask")
def ask(ctx: Context, args: Any) -> None:
    """邀约 of the one who was picked."""
    _ask(ctx, Ask.objects.get(matter=ctx.matter, craftsman_id=int(ctx.data["craftsman"]), state=Ask.State.PROPOSED))


def _ask(ctx: Context, row: Ask) -> None:
    row.state, row.asked_at = Ask.State.ASKED, ctx.now
    row.save(update_fields=["state", "asked_at"])
    ctx.record(craftsman=row.craftsman_id)
    tell_craftsman(ctx.matter, row, "asked", "有企业请您帮忙，请在一个工作日内到“助企行”里答复，编号{number}。")


def tell_craftsman(matter: Matter, row: Ask, name: str, text: str) -> None:
    """A notice to the craftsman who has an account."""
    if row.craftsman.account_id is None:
        return
    outbox.enqueue(
        "notice.app",
        f"craft:{matter.pk}:{name}:{row.pk}:{matter.version}",
        {"text": text.format(number=matter.number)},
        matter=matter,
        account_id=row.craftsman.account_id,
    )


def _current(matter: Matter) -> Ask | None:
    return Ask.objects.filter(matter=matter, state=Ask.State.ASKED).select_related("craftsman").first()


def _next(matter: Matter) -> Ask | None:
    rows = Ask.objects.filter(matter=matter, state=Ask.State.PROPOSED).select_related("craftsman")
    return rows.order_by("place").first()


@guard("craft.next_is_there")
def next_is_there(ctx: Context, args: Any) -> str | None:
    if _next(ctx.matter) is not None:
        return None
    return _("推荐的工匠都问过了，请选“没有人接，退回匹配”。")


@guard("craft.promised")
def promised(ctx: Context, args: Any) -> str | None:
    """Whoever takes a need keeps its secrets: the box is no formality."""
    if ctx.preview or ctx.data["promise"]:
        return None
    return _("请先作出保密承诺，再接单。")


@effect("craft.accept")
def accept(ctx: Context, args: Any) -> None:
    row = _current(ctx.matter)
    assert row is not None
    row.state, row.answered_at, row.promised_at = Ask.State.ACCEPTED, ctx.now, ctx.now
    row.save(update_fields=["state", "answered_at", "promised_at"])
    ctx.record(craftsman=row.craftsman_id)


@effect("craft.decline")
def decline(ctx: Context, args: Any) -> None:
    row = _current(ctx.matter)
    assert row is not None
    row.state, row.answered_at, row.decline_reason = Ask.State.DECLINED, ctx.now, ctx.data["reason"] or ""
    row.save(update_fields=["state", "answered_at", "decline_reason"])


@effect("craft.lapse_ask")
def lapse_ask(ctx: Context, args: Any) -> None:
    """Nobody is asked any more: no answer came, the last one declined, or the need went another way."""
    reason = str(ctx.data.get("reason") or "")
    state = Ask.State.DECLINED if reason else Ask.State.LAPSED
    found = Ask.objects.filter(matter=ctx.matter, state=Ask.State.ASKED)
    found.update(state=state, answered_at=ctx.now, decline_reason=reason)


@effect("craft.ask_next")
def ask_next(ctx: Context, args: Any) -> None:
    row = _next(ctx.matter)
    assert row is not None
    _ask(ctx, row)


@tick("craft.not_answered")
def not_answered(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    """No answer in time: the next one is asked; after the last one the coordinator matches anew."""
    act(matter.pk, "next_one" if _next(matter) is not None else "run_out", SYSTEM, at=now)


@effect("craft.minutes")
def minutes(ctx: Context, args: Any) -> None:
    """What was found, planned, done or said goes to the talk of the need (纪要)."""
    text = ctx.data.get("minutes")
    if not text:
        return
    side = TalkLine.Side.UNION
    if ctx.role == "owner":
        side = TalkLine.Side.COMPANY
    elif ctx.role == "system":
        side = TalkLine.Side.CRAFTSMAN
    said = f"【{ctx.transition.zh}】{text}"
    TalkLine.objects.create(matter=ctx.matter, side=side, by_id=ctx.actor.account_id, said_text=said, at=ctx.now)


def accepted(matter: Matter) -> Ask | None:
    """Who took the need."""
    return Ask.objects.filter(matter=matter, state=Ask.State.ACCEPTED).select_related("craftsman").first()


@guard("craft.visit_fits")
def visit_fits(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    day = day_of(ctx.now)
    if not day_of(ctx.matter.opened_at) <= ctx.data["day"] <= day + SITE_WAITS:
        return _("到场日期不对，请核对。")
    if (ctx.data["paid_by"] == "none") != (ctx.data["expense"] == 0):
        return _("有费用的写明谁承担；没有费用的填 0，选“没有费用”。")
    return None


@effect("craft.visit")
def visit(ctx: Context, args: Any) -> None:
    row = accepted(ctx.matter)
    assert row is not None
    SiteVisit.objects.create(
        matter=ctx.matter,
        craftsman=row.craftsman,
        day=ctx.data["day"],
        insurance=ctx.data["insurance"],
        expense=ctx.data["expense"],
        paid_by=ctx.data["paid_by"],
        trained=ctx.data["trained"] or 0,
        at=ctx.now,
    )


@guard("craft.result_fits")
def result_fits(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    if ctx.data["owner"] == "shared" and not ctx.data["split"]:
        return _("双方共有的，请写明怎样分配。")
    if ctx.data["open_to_all"] and values_of(ctx).get("confidential") == "yes":
        return _("企业要求保密，成果不能公开。")
    return None


@effect("craft.register_result")
def register_result(ctx: Context, args: Any) -> None:
    data, row = ctx.data, accepted(ctx.matter)
    HelpResult.objects.update_or_create(
        matter=ctx.matter,
        defaults={
            "craftsman": row.craftsman if row is not None else None,
            "name": data["result_name"],
            **{name: data[name] for name in ("metric", "before", "after", "owner", "benefit")},
            **{name: data[name] or "" for name in ("measure", "split", "adoptable_by")},
            "trained": data["trained"] or 0,
            "open_to_all": bool(data["open_to_all"]),
            "solved": None,
            "at": ctx.now,
        },
    )


@effect("craft.called_back")
def called_back(ctx: Context, args: Any) -> None:
    HelpResult.objects.filter(matter=ctx.matter).update(solved=ctx.data["solved"] == "yes")


@effect("craft.give_up")
def give_up(ctx: Context, args: Any) -> None:
    """The craftsman's page says that it has ended."""
    row = accepted(ctx.matter)
    if row is not None:
        tell_craftsman(ctx.matter, row, "ended", "您接的企业需求已结束，谢谢您，编号{number}。")
        ctx.note(_("工匠：%(name)s") % {"name": mask_name(row.craftsman.name)})


@effect("craft.list_technology")
def list_technology(ctx: Context, args: Any) -> None:
    """技术清单: the person enters the list, or their entry in the library is brought up to date."""
    values = values_of(ctx)
    index = blind_index("id_no", str(values["id_no"]))
    row = Craftsman.objects.filter(person_index=index).first() or Craftsman(listed_at=ctx.now)
    names = ("name", "id_no", "phone", "unit", "trade", "skill_level", "years", "technology", "hours_month", "area")
    for name in names:
        setattr(row, name, values[name])
    row.organisation = Organisation.objects.get(path=ctx.matter.holder_path)
    row.region_id = str(values["region"])
    row.tags, row.signs = list(values["trades"]), values["signs"] == "yes"
    row.patents, row.workshop = str(values["patents"] or ""), str(values["workshop"] or "")
    row.state = Craftsman.State.LISTED
    row.consented_at = (row.consented_at or ctx.now) if values["publish"] else None
    account = application_of(ctx).account_id
    if account is not None and not Craftsman.objects.filter(account_id=account).exclude(pk=row.pk).exists():
        row.account_id = account
    row.save()
    ctx.record(craftsman=row.pk)


@file_reader
def reads_file(actor: Actor, row: FormFile) -> bool:
    """Photos and drawings of a need, for the craftsman who took it and promised secrecy."""
    if actor.kind != "worker" or actor.account_id is None or row.application is None:
        return False
    taken = Ask.objects.filter(matter_id=row.application.matter_id, state=Ask.State.ACCEPTED)
    with as_system("whether this craftsman took the need"):
        return taken.filter(craftsman__account_id=actor.account_id, promised_at__isnull=False).exists()
