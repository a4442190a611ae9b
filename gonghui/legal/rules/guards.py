"""Conditions of the flows. A text says why not and what to do instead; None lets pass."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.flow import guard
from gonghui.kernel.matters import Context, clock_of
from gonghui.kernel.times import day_of
from gonghui.legal import conflicts, eligibility, lines, rota, tables
from gonghui.legal.models import AidApplication, AidDecision
from gonghui.legal.rules.common import case_of, own_counsel, resolved


@guard("legal.may_take")
def may_take(ctx: Context, args: Any) -> str | None:
    """The chosen counsel has no conflict of interest and is not full. (Looked at again under lock when offered.)"""
    case = case_of(ctx)
    found = rota.candidates(case, ctx.now)
    if ctx.preview:
        if any(not standing.reason for _counsel, standing in found):
            return None
        return _("现在没有可以派的律师或志愿者：请补充值班人员，或请上级工会协助。")
    for counsel, standing in found:
        if str(counsel.pk) == ctx.data["counsel"]:
            return (
                _("不能派给%(who)s：%(reason)s") % {"who": counsel, "reason": standing.reason}
                if standing.reason
                else None
            )
    return _("没有这位法律服务人员。")


def _mine(ctx: Context) -> bool:
    case = case_of(ctx)
    return case.counsel is not None and case.counsel.account_id == ctx.actor.account_id


@guard("legal.offered_to_me")
def offered_to_me(ctx: Context, args: Any) -> str | None:
    return None if _mine(ctx) else _("这一件没有派给您。")


@guard("legal.my_case")
def my_case(ctx: Context, args: Any) -> str | None:
    return None if _mine(ctx) and case_of(ctx).accepted_at is not None else _("这一件不由您办理。")


@guard("legal.declared")
def declared(ctx: Context, args: Any) -> str | None:
    """The declaration, and once more what is known: something may have been registered since the offer."""
    if ctx.preview:
        return None
    if not ctx.data.get("no_conflict"):
        return _("请先作出没有利益冲突的声明；有利益冲突的，请选择“不接受”。")
    case, counsel = case_of(ctx), own_counsel(ctx)
    reason = conflicts.refusal(counsel, case, conflicts.relevant(case)) if counsel is not None else ""
    return _("不能接受：%(reason)s请选择“不接受”。") % {"reason": reason} if reason else None


@guard("legal.articles_known")
def articles_known(ctx: Context, args: Any) -> str | None:
    """At least one citation must be an article of the law at hand: an answer rests on law that can be read."""
    if ctx.preview:
        return None
    if any(row["id"] for row in resolved(ctx.data["articles"])):
        return None
    return _("依据里没有一条能在法条库里找到，请写成“劳动合同法第三十条”这样。")


@guard("legal.may_ask_again")
def may_ask_again(ctx: Context, args: Any) -> str | None:
    most = tables.limits().ask_again_most.value
    if int(ctx.matter.data.get("asked_again", 0)) < most:
        return None
    return _("这件咨询已追问 %(most)d 次。还有问题，请重新咨询。") % {"most": most}


@guard("legal.not_contacted")
def not_contacted(ctx: Context, args: Any) -> str | None:
    return _("已经登记过首次联系。") if ctx.matter.data.get("contacted") else None


@guard("legal.papers_handed_in")
def papers_handed_in(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    if ctx.data["recovered"] > ctx.data["claimed"]:
        return _("追回金额不能大于请求金额；有利息、违约金的，请一并写进请求金额。")
    return None if ctx.data.get("papers_in") else _("结案要交回法律文书副本和办理情况报告（法律援助法第五十条）。")


@guard("legal.papers_once")
def papers_once(ctx: Context, args: Any) -> str | None:
    return _("已经告知过一次补充材料；法律只允许告知一次（第四十三条）。") if case_of(ctx).asked_for_papers else None


def facts_of(ctx: Context) -> eligibility.Facts:
    """The application's facts with what the step itself adds."""
    facts = eligibility.Facts.from_json(AidApplication.objects.get(matter_id=ctx.matter.pk).facts_json)
    listed = {"yes": True, "no": False}.get(str(ctx.data.get("locally_listed") or ""))
    # A box left empty in a second check must not undo what the first one saw.
    return facts.with_changes(
        proof=True if ctx.data.get("proof") else None, local_line=ctx.data.get("local_line"), locally_listed=listed
    )


def verdict_of(ctx: Context) -> eligibility.Verdict:
    application = AidApplication.objects.get(matter_id=ctx.matter.pk)
    return eligibility.judge(facts_of(ctx), application.asked_on, lines.entered())


def _unmet(reasons: list[eligibility.Reason]) -> str:
    return "".join(reason.text for reason in reasons)


@guard("legal.opinion_fits")
def opinion_fits(ctx: Context, args: Any) -> str | None:
    """An opinion against the rules needs other facts; one beyond what the facts show needs an explanation."""
    if ctx.preview:
        return None
    verdict = verdict_of(ctx)
    if ctx.data["grant"] == "yes" and verdict.answer == "no":
        return _("按现有事实不符合条件：%(why)s") % {"why": _unmet(verdict.refusals)}
    if ctx.data["grant"] == "yes" and verdict.answer == "ask" and not ctx.data.get("text"):
        return _("还有没有查清的：%(why)s请补充，或者说明为什么仍可给予。") % {"why": _unmet(verdict.questions)}
    if ctx.data["grant"] == "no" and verdict.answer != "no" and not ctx.data.get("text"):
        return _("按现有事实没有不符合的条件，请说明不予援助的理由。")
    return None


@guard("legal.can_grant")
def can_grant(ctx: Context, args: Any) -> str | None:
    verdict = verdict_of(ctx)
    return _("按现有事实不符合条件：%(why)s") % {"why": _unmet(verdict.refusals)} if verdict.answer == "no" else None


@guard("legal.urgent")
def urgent(ctx: Context, args: Any) -> str | None:
    if ctx.preview or ctx.data["ground"] != "expiring":
        return None
    facts = facts_of(ctx)
    if any(reason.code == "expiring" for reason in eligibility.urgent(facts, day_of(ctx.now))):
        return None
    return _("申请里的期限届满日不在七日之内。请核对期限，或者选择其他情形。")


@guard("legal.decision_open")
def decision_open(ctx: Context, args: Any) -> str | None:
    if ctx.matter.data.get("aid_first") and not ctx.matter.data.get("decided"):
        return None
    return _("这一件已经有决定，不用补办。")


@guard("legal.checked_late")
def checked_late(ctx: Context, args: Any) -> str | None:
    last = AidDecision.objects.filter(matter=ctx.matter, step=AidDecision.Step.CHECK).order_by("-at", "-pk").first()
    if last is None:
        return _("请先补办初审。")
    return None if last.grant else _("初审意见是不予援助：请终止援助，或重新初审。")


@guard("legal.decided")
def decided(ctx: Context, args: Any) -> str | None:
    if ctx.matter.data.get("decided"):
        return None
    return _("先行援助的手续还没有补办完，不能结案。")


@guard("legal.object_once")
def object_once(ctx: Context, args: Any) -> str | None:
    return (
        _("已经提出过异议。对维持的决定不服，可以申请行政复议或者提起行政诉讼。")
        if ctx.matter.data.get("objected")
        else None
    )


def answer_on_time(ctx: Context) -> bool:
    """No clock for the answer of this question ever ran out."""
    running = clock_of(ctx.matter, "answer")
    late = ctx.matter.clocks.filter(name="answer", overdue=True).exists()
    return not late and (running is None or ctx.now <= running.due_at)
