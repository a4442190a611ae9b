"""Effects of both flows around the counsel: offer, acceptance, refusal, change, and what goes into the file."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel import outbox
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow import effect
from gonghui.kernel.matters import Context
from gonghui.kernel.models import MatterParticipant
from gonghui.legal import conflicts, drafts, rota, tables
from gonghui.legal.models import Counsel, Declaration, FileEntry, Interest, LegalCase
from gonghui.legal.rules.common import case_of, end_participation, own_counsel, resolved, stamp, write
from gonghui.legal.rules.guards import answer_on_time
from gonghui.organisations.names import employer_key


@effect("legal.offer")
def offer(ctx: Context, args: Any) -> None:
    """The counsel takes part by name from now on; the file opens for them when they accept.

    Their row is locked and their load counted again: two people who dispatch different cases at the same moment must
    not both give the last place.
    """
    case = case_of(ctx)
    best = rota.proposed((standing for _counsel, standing in rota.candidates(case, ctx.now)), ctx.now)
    counsel = Counsel.objects.select_for_update(of=("self",)).get(pk=int(ctx.data["counsel"]))
    load = rota.loads([counsel.account_id]).get(counsel.account_id, 0)
    standing = rota.standing(counsel, case, load, conflicts.relevant(case), ctx.now)
    if standing.reason:
        raise GuardRefused([_("不能派给%(who)s：%(reason)s") % {"who": counsel, "reason": standing.reason}])
    MatterParticipant.objects.create(
        matter=ctx.matter, account_id=counsel.account_id, role=rota.PARTICIPANT, since=ctx.now
    )
    counsel.last_assigned_at = ctx.now
    counsel.save(update_fields=["last_assigned_at"])
    ctx.matter.assignee_id = counsel.account_id
    overridden = best is not None and best.counsel_id != counsel.pk
    stamp(ctx, counsel=counsel, overridden=overridden, accepted_at=None)
    ctx.record(counsel=counsel.pk, overridden=overridden)
    outbox.enqueue(
        "notice.app",
        f"legal:{ctx.matter.pk}:offer:{ctx.matter.version}",
        {"kind": "assigned", "number": ctx.matter.number},
        matter=ctx.matter,
        account_id=counsel.account_id,
    )


@effect("legal.accept")
def accept(ctx: Context, args: Any) -> None:
    case = stamp(ctx, accepted_at=ctx.now)
    if case.counsel is not None:
        Declaration.objects.create(matter=ctx.matter, counsel=case.counsel, conflict=False, at=ctx.now)


@effect("legal.decline")
def decline(ctx: Context, args: Any) -> None:
    """Back to be assigned; a conflict that was declared is kept, so that the same employer is not offered again."""
    case, counsel, reason = case_of(ctx), own_counsel(ctx), ctx.data["reason"]
    item = next((item for item in tables.words().decline_reasons if item.code == reason), None)
    against = conflicts.opponent(case)
    if counsel is not None:
        conflict = bool(item and item.interest)
        Declaration.objects.create(matter=ctx.matter, counsel=counsel, conflict=conflict, reason=reason, at=ctx.now)
        if item is not None and item.interest and against.known:
            Interest.objects.create(
                counsel=counsel,
                kind=item.interest,
                party_name=against.name,
                party_key=employer_key(against.name),
                party_uscc=against.uscc,
                employer=case.employer,
                at=ctx.now,
                by_id=ctx.actor.account_id,
            )
    _give_back(ctx, case)


@effect("legal.take_back")
def take_back(ctx: Context, args: Any) -> None:
    if ctx.previous_state != "offered":
        ctx.matter.data["handed_on"] = int(ctx.matter.data.get("handed_on", 0)) + 1
    _give_back(ctx, case_of(ctx))


@effect("legal.end_part")
def end_part(ctx: Context, args: Any) -> None:
    end_participation(ctx, case_of(ctx))


def _give_back(ctx: Context, case: LegalCase) -> None:
    end_participation(ctx, case)
    passed = [*case.passed, case.counsel_id] if case.counsel_id and case.counsel_id not in case.passed else case.passed
    ctx.record(passed=case.counsel_id)
    ctx.matter.assignee_id = None
    ctx.matter.data.pop("contacted", None)
    stamp(ctx, counsel=None, accepted_at=None, passed=passed)


@effect("legal.ask")
def ask(ctx: Context, args: Any) -> None:
    write(ctx, FileEntry.Kind.ASK, ctx.data["text"])


@effect("legal.reply")
def reply(ctx: Context, args: Any) -> None:
    write(ctx, FileEntry.Kind.REPLY, ctx.data["text"])


@effect("legal.answer")
def answer(ctx: Context, args: Any) -> None:
    entry = write(ctx, FileEntry.Kind.ANSWER, ctx.data["text"], articles=resolved(ctx.data["articles"]))
    drafts.answered(ctx.matter, entry)
    case = case_of(ctx)
    advised = case.aid_advised or bool(ctx.data.get("advise_aid"))
    if case.first_answer_at is None:
        stamp(ctx, first_answer_at=ctx.now, on_time=answer_on_time(ctx), aid_advised=advised)
    else:
        stamp(ctx, aid_advised=advised)


@effect("legal.ask_again")
def ask_again(ctx: Context, args: Any) -> None:
    ctx.matter.data["asked_again"] = int(ctx.matter.data.get("asked_again", 0)) + 1
    write(ctx, FileEntry.Kind.QUESTION, ctx.data["text"])


@effect("legal.rate")
def rate(ctx: Context, args: Any) -> None:
    stamp(ctx, satisfaction=ctx.data["satisfaction"])
