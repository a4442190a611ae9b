"""Joining, moving, leaving (handbook 5.1): what the flows' steps write into the register of members."""

from __future__ import annotations

from typing import Any

from django.core.files.base import File
from django.utils.translation import gettext as _

from gonghui.appeals.actions.attachments import open_stored
from gonghui.kernel import outbox
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.flow import effect, guard
from gonghui.kernel.flow.schema import Text
from gonghui.kernel.matters import Context, move
from gonghui.kernel.times import day_of
from gonghui.membership import actions as register
from gonghui.membership import photos
from gonghui.membership import queries as members
from gonghui.membership.models import Membership
from gonghui.organisations.models import Organisation
from gonghui.services import facts, files
from gonghui.services.catalogue import service_of
from gonghui.services.holding import FIRST, holder_of
from gonghui.services.models import Application
from gonghui.services.rules.common import application_of, values_of
from gonghui.services.sources import asks_register


@guard("services.not_yet_member")
def not_yet_member(ctx: Context, args: Any) -> str | None:
    """查重: nobody has two memberships in the country."""
    found = members.current_by_id(application_of(ctx).id_no)
    if found is None:
        return None
    return _("查重：登记里已有会籍，会员号 %(number)s，在%(union)s。换单位请引导职工办转会。") % {
        "number": found.number,
        "union": found.organisation.name,
    }


@effect("services.enrol")
def enrol(ctx: Context, args: Any) -> None:
    """批准入会: rights begin at this moment."""
    application, values = application_of(ctx), values_of(ctx)
    union = Organisation.objects.get(path=ctx.matter.holder_path)
    row = register.join(
        ctx.actor,
        union,
        register.Member(
            name=str(values["name"]),
            id_no=application.id_no,
            phone=str(values.get("phone") or ""),
            unit=str(values.get("employer") or values.get("platform") or ""),
            account_id=ctx.matter.owner_id,
            told=register.Told(*(str(values.get(name) or "") for name in ("post", "skill", "dues_way"))),
        ),
        at=ctx.now,
        matter=ctx.matter,
    )
    ctx.record(member=row.number)
    if values.get("photo") and values.get("photo_consent"):
        _photo_onto_card(row, application, values["photo"][0])


def _photo_onto_card(row: Membership, application: Application, number: int) -> None:
    """The photo waits for the union to look at it. One that cannot be used holds up nobody's joining: they are told."""
    for kept in files.named([number]):
        try:
            with open_stored(kept.stored_name) as content:
                photos.keep(row.pk, File(content, name=kept.original_name), application.applied_at)
        except (InvalidData, OSError) as error:
            why = "".join(error.errors.get("photo", [])) if isinstance(error, InvalidData) else ""
            text = f"会员证照片用不了，可以在“电子会员证”里重新上传。{why}"
            outbox.enqueue("notice.app", f"card-photo:m{row.pk}", {"text": text}, account_id=row.account_id)


@guard("services.is_member")
def is_member(ctx: Context, args: Any) -> str | None:
    """核对会籍: what is for members goes to whom the register has, as it has them. Where it has nothing, the handler
    says how else it was made sure of (`member_seen`): not every union has brought its members in."""
    application, service = application_of(ctx), service_of(ctx.matter)
    if ctx.preview or not asks_register(service):
        return None
    found = facts.membership_of(application)
    if found is None:
        if str(ctx.data.get("member_seen") or "").strip():
            return None
        return _(
            "会员登记里查不到这个人的会籍。还没有入会的，请引导先入会；确实是会员、只是登记还没有导入的，请写明您怎样核实的。"
        )
    day = day_of(application.applied_at)
    known = {"member": True, "member_months": members.months_by_day(found, day)}
    wrong = [str(Text(zh=one.zh, en=one.en)) for one in service.eligibility if one.holds(known) is False]
    if not wrong:
        return None
    told = {"since": found.since, "conditions": "；".join(wrong)}
    return _("会员登记里的入会日期是 %(since)s，不符合条件：%(conditions)s。") % told


def membership_of(ctx: Context) -> Membership | None:
    return members.current_of(ctx.matter.owner_id)


@guard("services.still_member")
def still_member(ctx: Context, args: Any) -> str | None:
    return None if membership_of(ctx) is not None else _("会籍已经终止，不能转会。")


@effect("services.hand_to_new_union")
def hand_to_new_union(ctx: Context, args: Any) -> None:
    """The old union has confirmed, or let its time pass: the new one is to accept."""
    service, values = service_of(ctx.matter), values_of(ctx)
    new = holder_of(service, application_of(ctx).region, values)
    if new is not None:
        # A refusal that is overturned begins anew with the old union, whose consent it still needs.
        ctx.matter.data = {FIRST: ctx.matter.holder_path, **ctx.matter.data}
        move(ctx.matter, new.path)


@effect("services.transfer")
def transfer(ctx: Context, args: Any) -> None:
    """转入接收: the membership goes over, with its number and years."""
    row = membership_of(ctx)
    assert row is not None, "the guard has seen it"
    new, unit = Organisation.objects.get(path=ctx.matter.holder_path), str(values_of(ctx).get("employer") or "")
    register.move(ctx.actor, row.pk, new, unit, matter=ctx.matter)


@effect("services.leave")
def leave(ctx: Context, args: Any) -> None:
    """退会. A membership that ended meanwhile another way has ended."""
    row = membership_of(ctx)
    if row is not None:
        register.set_state(ctx.actor, row.pk, Membership.State.WITHDRAWN, _("本人申请退会"), matter=ctx.matter)
