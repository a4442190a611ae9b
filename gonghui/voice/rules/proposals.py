"""职代会提案: delegates, seconding, the committee's ruling, the reply and what follows (handbook 5.3)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import choices, effect, guard
from gonghui.kernel.matters import Context, open_matter
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of
from gonghui.people.models import Account
from gonghui.services import actions, hooks
from gonghui.services.models import Application
from gonghui.services.rules.common import application_of, values_of
from gonghui.services.spec import Service
from gonghui.voice import congresses, seconding
from gonghui.voice.models import Delegate, Proposal
from gonghui.voice.rules.units import holder

MERGEABLE = ("submitted", "filed", "handling", "replied", "redoing", "replied_again", "following")


def proposal_of(ctx: Context) -> Proposal:
    """The proposal of the matter being changed, read once for each transition."""
    return ctx.once(_proposal_for)


def _proposal_for(matter: Matter) -> Proposal:
    return Proposal.objects.select_related("congress").get(matter_id=matter.pk)


@hooks.follows("V01")
def keep_proposal(actor: Actor, service: Service, application: Application, values: Mapping[str, Any]) -> None:
    """The proposal beside the application: of the session that takes proposals now, by the delegate on its list."""
    congress = congresses.current(holder(application.matter), day_of(application.applied_at))
    proposal = Proposal.objects.create(
        matter=application.matter,
        congress=congress,
        delegate=congresses.delegate_of(congress, application.account_id),
        headline=values["subject"],
        category=values["category"],
        ownership=values["ownership"],
    )
    seconding.ask(proposal, str(values["seconders"]))


@guard("voice.congress_open")
def congress_open(ctx: Context, args: Any) -> str | None:
    if _congress(ctx) is None:
        return _("还没有登记正在征集提案的职代会，请先在“民主管理”里登记届次和代表名单。")
    return None


def _congress(ctx: Context) -> Any:
    return proposal_of(ctx).congress or congresses.current(holder(ctx.matter), day_of(ctx.now))


@guard("voice.not_yet_delegate")
def not_yet_delegate(ctx: Context, args: Any) -> str | None:
    return _("提案人已经在名单里。") if proposal_of(ctx).delegate_id else None


@effect("voice.add_delegate")
def add_delegate(ctx: Context, args: Any) -> None:
    """By the phone the account signs in with: a number typed into a form proves nothing."""
    proposal, congress = proposal_of(ctx), _congress(ctx)
    found = congresses.delegate_of(congress, ctx.matter.owner_id)
    if found is None:
        account = Account.objects.get(pk=ctx.matter.owner_id or 0)
        found = Delegate.objects.create(
            congress=congress, name=values_of(ctx)["name"], phone=account.phone, group=ctx.data["group"] or ""
        )
    proposal.congress, proposal.delegate = congress, found
    proposal.save(update_fields=["congress", "delegate"])


@guard("voice.by_delegate")
def by_delegate(ctx: Context, args: Any) -> str | None:
    if not _on_the_list(ctx):
        return _("您不在本次职代会的代表名单里，请联系单位工会核对；不是代表也可以提合理化建议。")
    return None


def _on_the_list(ctx: Context) -> bool:
    """On the list when it was handed in, or put there since."""
    found = congresses.delegate_of(_congress(ctx), ctx.matter.owner_id)
    return proposal_of(ctx).delegate_id is not None or found is not None


@guard("voice.seconded")
def seconded(ctx: Context, args: Any) -> str | None:
    have, need = seconding.count(proposal_of(ctx)), seconding.needed()
    if have >= need:
        return None
    return _("要有 %(need)d 名以上职工代表附议，现在有 %(have)d 名。") % {"need": need, "have": have}


@effect("voice.rule")
def rule(ctx: Context, args: Any) -> None:
    """审查: how the committee ruled."""
    proposal = proposal_of(ctx)
    proposal.ruling = str(args)
    if args == Proposal.Ruling.MERGED:
        proposal.merged_into = Proposal.objects.get(matter_id=int(ctx.data["into"]))
    proposal.save(update_fields=["ruling", "merged_into"])


@choices("voice.other_proposals")
def other_proposals(matter: Matter, actor: Actor) -> Iterable[tuple[str, str]]:
    """Proposals of the same session that one on the same matter can be merged into."""
    with as_system("proposals of the same session, for who handles them"):
        own = Proposal.objects.get(matter_id=matter.pk)
        rows = Proposal.objects.select_related("matter").filter(congress=own.congress, matter__state__in=MERGEABLE)
        rows = rows.exclude(pk=own.pk).exclude(congress=None).order_by("matter__number")
        return [(str(row.matter_id), f"{row.matter.number} {row.headline}") for row in rows]


@effect("voice.open_suggestion")
def open_suggestion(ctx: Context, args: Any) -> None:
    """转合理化建议: the same content as an application for M27; its owner need not write it again."""
    old, service = application_of(ctx), actions.service_for("M27", ctx.matter.region)
    told = values_of(ctx)
    areas = {"protection": "safety", "welfare": "welfare", "rules": "rules", "production": "production"}
    values = {
        **{name: told[name] for name in ("employer", "region", "subject", "name", "phone")},
        "area": areas.get(told["category"], "management"),
        "problem": f"{told['cause']}\n{told['analysis']}"[:1000],
        "idea": told["measures"],
        "effect": told["effect"],
        "promise": True,
    }
    matter = open_matter(
        service.kind_of_matter,
        actor=ctx.actor,
        title=service.zh,
        holder_path=ctx.matter.holder_path,
        number=f"M27-{ctx.now:%Y%m%d}-{next_number(f'services:M27:{ctx.now:%Y%m%d}'):05d}",
        region=ctx.matter.region,
        owner_id=ctx.matter.owner_id,
        at=ctx.now,
    )
    Application.objects.create(
        matter=matter,
        service=service.id,
        kind=service.kind_of_matter,
        flow_digest=matter.flow_digest,
        account_id=ctx.matter.owner_id,
        region=ctx.matter.region,
        id_no=old.id_no,
        values_json=json.dumps(values, ensure_ascii=False),
        figures={"area": values["area"]},
        applied_at=ctx.now,
    )
    ctx.record(suggestion=matter.number)


@effect("voice.assign_proposal")
def assign_proposal(ctx: Context, args: Any) -> None:
    Proposal.objects.filter(pk=proposal_of(ctx).pk).update(department=ctx.data["department"])


@effect("voice.tell_seconders")
def tell_seconders(ctx: Context, args: Any) -> None:
    """答复: the seconders learn that there is a reply, and read it on the proposal's page."""
    for one in proposal_of(ctx).secondings.select_related("delegate").filter(agreed=True):
        account = congresses.account_of(one.delegate)
        if account is not None:
            text = f"您附议的提案“{proposal_of(ctx).headline}”已答复，编号{ctx.matter.number}。"
            outbox.enqueue(
                "notice.app",
                f"voice:{ctx.matter.pk}:replied:{ctx.matter.version}:{account}",
                {"text": text},
                account_id=account,
            )


@effect("voice.keep_satisfaction")
def keep_satisfaction(ctx: Context, args: Any) -> None:
    Proposal.objects.filter(pk=proposal_of(ctx).pk).update(satisfaction=ctx.data["degree"])


@effect("voice.keep_dissatisfaction")
def keep_dissatisfaction(ctx: Context, args: Any) -> None:
    Proposal.objects.filter(pk=proposal_of(ctx).pk).update(satisfaction="poor")


@effect("voice.redo")
def redo(ctx: Context, args: Any) -> None:
    """复办: once, with a new limit."""
    Proposal.objects.filter(pk=proposal_of(ctx).pk).update(redone=True, satisfaction="poor")
