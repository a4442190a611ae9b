"""Effects of legal aid: check, decision with its notice, aid before it, progress, outcome, objection."""

from __future__ import annotations

from typing import Any

import cn2an
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from gonghui.kernel.flow import effect
from gonghui.kernel.matters import Context
from gonghui.kernel.times import SHANGHAI
from gonghui.law.documents.slots import day as day_in_words
from gonghui.legal import tables
from gonghui.legal.models import AidApplication, AidDecision, FileEntry, Interest
from gonghui.legal.rules.common import case_of, end_participation, stamp, write
from gonghui.legal.rules.guards import facts_of, verdict_of
from gonghui.organisations.names import employer_key
from gonghui.organisations.queries import names_of

Step = AidDecision.Step


def _decide(ctx: Context, step: AidDecision.Step, grant: bool | None, reasons: list[str], notice: str = "") -> None:
    AidDecision.objects.create(
        matter=ctx.matter,
        step=step,
        grant=grant,
        reasons=reasons,
        text=ctx.data.get("text") or "",
        notice_text=notice,
        by_id=ctx.actor.account_id,
        at=ctx.now,
    )


def notice_of(ctx: Context, heading: str, reasons: list[str], instead: list[str], article: str) -> str:
    """The written notice (43, 49): the decision, why, what else there is, how to object, by whom and of which day."""
    union = names_of([ctx.matter.holder_path]).get(ctx.matter.holder_path, "")
    lines = [heading, _("编号：%(number)s") % {"number": ctx.matter.number}, _("理由：")]
    lines += [f"{place}. {text}" for place, text in enumerate(reasons, 1)]
    if instead:
        lines += [_("您还可以："), *(f"· {text}" for text in instead)]
    lines += [
        _("依据：%(article)s。") % {"article": article},
        _(
            "对本决定有异议的，可以在“法律服务”里提出，由本级或者上级工会没有参与本决定的人员五日内审查；"
            "也可以向设立法律援助机构的司法行政部门提出（法律援助法第四十九条，工会的法律援助依第六十八条参照适用）。"
        ),
        union,
        day_in_words(ctx.now.astimezone(SHANGHAI)),
    ]
    return "\n".join(lines)


@effect("legal.check")
def check(ctx: Context, args: Any) -> None:
    """The first person's opinion, with the facts as they were checked."""
    facts, verdict = facts_of(ctx), verdict_of(ctx)
    AidApplication.objects.filter(matter=ctx.matter).update(facts_json=facts.to_json())
    _decide(ctx, Step.CHECK, ctx.data["grant"] == "yes", [f"{r.code}:{r.answer}" for r in verdict.reasons])
    ctx.record(verdict=verdict.answer, exempt=verdict.exempt)


@effect("legal.ask_papers")
def ask_papers(ctx: Context, args: Any) -> None:
    write(ctx, FileEntry.Kind.ASK, ctx.data["text"])
    stamp(ctx, asked_for_papers=True)


@effect("legal.grant")
def grant(ctx: Context, args: Any) -> None:
    ctx.matter.data["decided"] = True
    stamp(ctx, granted=True, decided_at=ctx.now, aid_form=ctx.data.get("form") or "")
    _decide(ctx, Step.DECIDE, True, [f"{r.code}:{r.answer}" for r in verdict_of(ctx).reasons])


@effect("legal.refuse")
def refuse(ctx: Context, args: Any) -> None:
    """The notice is an official paper: Chinese, in whatever language the deciding person reads the pages."""
    with translation.override(settings.LANGUAGE_CODE):
        verdict = verdict_of(ctx)
        why = [
            f"{reason.text}（法律援助法第{cn2an.an2cn(reason.article)}条）" if reason.article else reason.text
            for reason in verdict.refusals
        ]
        instead = verdict.instead or [str(text) for text in _default_instead()]
        heading = _("不予法律援助决定通知书")
        notice = notice_of(ctx, heading, [*why, ctx.data["text"]], instead, _("法律援助法第四十三条"))
    stamp(ctx, granted=False, decided_at=ctx.now)
    _decide(ctx, Step.DECIDE, False, [reason.code for reason in verdict.refusals], notice)


def _default_instead() -> list[Any]:
    from gonghui.legal.eligibility import table

    return [table().instead[code] for code in ("consultation", "drafting", "mediation")]


@effect("legal.aid_first")
def aid_first(ctx: Context, args: Any) -> None:
    """A lawyer at once; what was checked before stays, the decision is made up for afterwards (44)."""
    ctx.matter.data["aid_first"] = True
    ctx.matter.priority = min(ctx.matter.priority, 1)
    stamp(ctx, aid_first=True, aid_first_ground=ctx.data["ground"])
    _decide(ctx, Step.AID_FIRST, True, [ctx.data["ground"]])


@effect("legal.contacted")
def contacted(ctx: Context, args: Any) -> None:
    ctx.matter.data["contacted"] = True
    case = case_of(ctx)
    if case.contacted_at is None:
        stamp(ctx, contacted_at=ctx.now)


@effect("legal.progress")
def progress(ctx: Context, args: Any) -> None:
    """What happened, for the worker to read. Who acts for the other side is kept: that firm may then not act for
    another worker against the same employer."""
    contacted(ctx, args)
    write(ctx, FileEntry.Kind.PROGRESS, ctx.data["text"], milestone=ctx.data["milestone"])
    case, firm_name = case_of(ctx), ctx.data.get("other_side") or ""
    party_name = case.employer_name or (case.employer.name if case.employer is not None else "")
    if firm_name and party_name:
        Interest.objects.create(
            firm_name=firm_name,
            firm_key=employer_key(firm_name),
            kind=Interest.Kind.OTHER_SIDE,
            party_name=party_name,
            party_key=employer_key(party_name),
            party_uscc=case.employer_uscc,
            employer=case.employer,
            at=ctx.now,
            by_id=ctx.actor.account_id,
        )


@effect("legal.report")
def report(ctx: Context, args: Any) -> None:
    write(ctx, FileEntry.Kind.REPORT, ctx.data["text"])
    stamp(ctx, outcome=ctx.data["outcome"], claimed=ctx.data["claimed"], recovered=ctx.data["recovered"])


@effect("legal.terminate")
def terminate(ctx: Context, args: Any) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        ground = tables.label(tables.words().terminate_grounds, ctx.data["ground"])
        why = [ground, ctx.data["text"]]
        notice = notice_of(ctx, _("终止法律援助决定通知书"), why, [], _("法律援助法第四十八条"))
    _decide(ctx, Step.TERMINATE, False, [ctx.data["ground"]], notice)
    end_participation(ctx, case_of(ctx))
    ctx.matter.assignee_id = None
    stamp(ctx, counsel=None, accepted_at=None)


@effect("legal.object")
def object_(ctx: Context, args: Any) -> None:
    ctx.matter.data["objected"] = True
    _decide(ctx, Step.OBJECTION, None, [])


@effect("legal.uphold")
def uphold(ctx: Context, args: Any) -> None:
    _decide(ctx, Step.REVIEW, False, [])


@effect("legal.correct")
def correct(ctx: Context, args: Any) -> None:
    ctx.matter.data["decided"] = True
    stamp(ctx, granted=True, decided_at=ctx.now)
    _decide(ctx, Step.REVIEW, True, [])
