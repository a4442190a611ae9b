"""复核: a refusal looked at again by the union above (review.yaml), and an application taken up again after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow import effect, guard
from gonghui.kernel.matters import Context, move
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.scope import ancestors
from gonghui.kernel.times import day_of
from gonghui.organisations.models import Organisation
from gonghui.services import facts, stock
from gonghui.services.models import Objection, Taken, Voucher
from gonghui.services.review import refusals
from gonghui.services.rules.common import application_of, service_of, values_of
from gonghui.services.rules.handing import return_to_first

REFUSED_BY = "refused_by"


@guard("services.may_contest")
def may_contest(ctx: Context, args: Any) -> str | None:
    """Once, and within so many days (`days`) of the refusal."""
    if application_of(ctx).contested_at is not None:
        return _("已经复核过一次，这是最后的答复。")
    last = day_of(ctx.matter.state_since) + timedelta(days=int(args["days"]))
    if day_of(ctx.now) > last:
        return _("申请复核的时间到 %(day)s 为止，已经过了。情况有变化的可以重新申请。") % {"day": f"{last:%Y-%m-%d}"}
    return None


@effect("services.contest")
def contest(ctx: Context, args: Any) -> None:
    """To the nearest union above the one that refused; where there is none, another person there looks at it."""
    application = application_of(ctx)
    application.contested_text, application.contested_at = ctx.data["contest_told"], ctx.now
    application.save(update_fields=["contested_text", "contested_at"])
    ctx.matter.data = {**ctx.matter.data, REFUSED_BY: ctx.matter.holder_path}
    above = Organisation.objects.filter(path__in=ancestors(ctx.matter.holder_path)[:-1], active=True)
    nearest = max((row.path for row in above), key=len, default="")
    ctx.matter.assignee_id = None
    if nearest:
        move(ctx.matter, nearest)


@guard("services.not_the_refuser")
def not_the_refuser(ctx: Context, args: Any) -> str | None:
    """Whoever refused does not judge the refusal."""
    verbs = [step.name for step in refusals(ctx.flow)]
    made = TrailEntry.objects.filter(stream=f"matter:{ctx.matter.pk}", verb__in=verbs).order_by("-seq").first()
    if made is not None and ctx.actor.account_id is not None and made.actor_id == ctx.actor.account_id:
        return _("复核必须由另一位同事来做：不通过是您办的。")
    return None


@effect("services.end_review")
def end_review(ctx: Context, args: Any) -> None:
    """Back to the union that had it."""
    before = ctx.matter.data.get(REFUSED_BY)
    if before and before != ctx.matter.holder_path:
        move(ctx.matter, before)


@effect("services.retake")
def retake(ctx: Context, args: Any) -> None:
    """What the refusal set free is taken again. GuardRefused where somebody else, or a newer application, has it."""
    application, service = application_of(ctx), service_of(ctx.matter)
    # It begins anew where it began, not where it was refused.
    return_to_first(ctx.matter)
    day = day_of(ctx.now)
    keys = facts.once_keys(service, values_of(ctx), application.account_id, day)
    other = Taken.objects.filter(key__in=[key for _place, key in keys]).exclude(application=application).first()
    if other is not None:
        raise GuardRefused([_("职工已经另有一份申请：%(why)s 请在那一份里办理。") % {"why": service.once[other.rule]}])
    application.taken.all().delete()
    Taken.objects.bulk_create(Taken(key=key, rule=place, application=application) for place, key in keys)
    # The objection that led to the refusal was found wrong with it.
    Objection.objects.filter(notice__application=application, upheld=True).update(upheld=False)
    voucher = Voucher.objects.filter(application=application).first()
    if voucher is not None:
        voucher.stock = stock.promise(service.id, ctx.matter.holder_path, day.year)
        voucher.returned_at, voucher.pickup_code, voucher.code_hash, voucher.keep_until = None, "", "", None
        voucher.save(update_fields=["stock", "returned_at", "pickup_code", "code_hash", "keep_until"])
