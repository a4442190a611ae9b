"""Help with the forms of an appeal's steps: the machine's proposal beside the fields, never over a human decision."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from gonghui.appeals import categories, tables
from gonghui.appeals.models import Triage, WorkOrder
from gonghui.appeals.rules.common import LEAD_KIND
from gonghui.desk.panels import Help, helper
from gonghui.desk.widgets import written_all
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI
from gonghui.law import answer as law
from gonghui.people.http import Request

MOST_ARTICLES = 5
# Steps that mostly happen on the phone.
PHONED = ("log_contact", "callback_done", "callback_failed", "reopen", "reopen_supervised")


@helper(LEAD_KIND)
def work_order_help(request: Request, matter: Matter, step: Transition) -> Help:
    with as_system("the caller has seen this matter"):
        order = WorkOrder.objects.select_related("appeal").filter(matter=matter).first()
        triage = Triage.objects.filter(appeal_id=order.appeal_id).order_by("-at", "-pk").first() if order else None
        if order is None:
            return Help()
        if step.name == "triage":
            return _triage(matter, order, triage)
        if step.name in ("dispatch", "transfer"):
            return _dispatch(triage, step.name)
        if step.name == "return_order":
            elsewhere = triage is not None and triage.lead_path and triage.lead_path != matter.holder_path
            return Help(initial={"suggested": triage.lead_path} if triage is not None and elsewhere else {})
        if step.name in ("submit", "answer_directly"):
            return Help(
                articles=_articles(matter, order, triage), initial=_result(order) if step.name == "submit" else {}
            )
        if step.name in PHONED:
            return Help(initial={"way": "phone"})
        if step.name == "request_extension" and order.result_due_at:
            due = f"{order.result_due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
            return Help(hints={"new_due": _("现在的期限是 %(due)s。") % {"due": due}})
        return Help()


def _triage(matter: Matter, order: WorkOrder, triage: Triage | None) -> Help:
    """A decision that was made is where to go on from; before the first one, what was said at the door, and then the
    proposal."""
    given = {
        "category": matter.category,
        "nature": order.nature,
        "worker_type": order.appeal.worker_type,
        "urgency": f"P{min(3, matter.priority)}",
        "difficulty": "ordinary",
    }
    hints: dict[str, str] = {}
    proposed: dict[str, Any] = {}
    if triage is not None and triage.understood:
        intake = tables.intake()
        ranked = [
            f"{row['code']} {categories.label(row['code'])}（{row['score']:.2f}）"
            for row in triage.proposal.get("categories", [])
        ]
        said = {
            "category": "；".join(ranked),
            "urgency": tables.label(intake.urgencies, triage.urgency),
            "nature": tables.label(intake.natures, triage.nature),
            "difficulty": tables.label(intake.difficulties, triage.difficulty),
            "worker_type": tables.label(intake.worker_types, triage.worker_type),
        }
        hints = {name: _("建议：%(text)s") % {"text": text} for name, text in said.items() if text}
        proposed = {name: getattr(triage, name) for name in said if getattr(triage, name)}
        # The door may have raised the urgency for alarm words or many people: a proposal must not lower that.
        if triage.urgency:
            proposed["urgency"] = min(triage.urgency, given["urgency"])
    if order.triaged_at is not None:
        decided = {**given, "difficulty": order.difficulty, "petition": order.is_petition}
        return Help({name: value for name, value in decided.items() if value}, hints)
    chosen = {name: given[name] for name in ("category", "nature", "worker_type") if given[name]}
    proposal = triage.pk if triage is not None and triage.category else 0
    return Help({**given, **proposed, **chosen}, hints, proposal=proposal)


def _dispatch(triage: Triage | None, step: str) -> Help:
    if triage is None or not triage.lead_path:
        return Help()
    routing = triage.proposal.get("routing", {})
    lead = written_all([triage.lead_path])[0]
    hint = _("建议：%(lead)s。%(reason)s") % {"lead": lead, "reason": routing.get("reason", "")}
    if step == "transfer":
        return Help(hints={"lead": hint})
    initial = {"lead": lead, "assist": written_all(routing.get("assist", []))}
    return Help(initial, {"lead": hint}, proposal=triage.pk)


def _articles(matter: Matter, order: WorkOrder, triage: Triage | None) -> tuple[str, ...]:
    appeal = order.appeal
    codes = [code for code in (matter.category, triage.category if triage else "") if code]
    hits = law.relevant_articles(
        f"{appeal.title}\n{appeal.description}", categories=codes, k=MOST_ARTICLES, on=appeal.incident_date
    )
    return tuple(f"《{hit.article.law}》{hit.article.article}" for hit in hits)


def _result(order: WorkOrder) -> dict[str, Any]:
    """After a result was sent back: what had been written, to be put right."""
    return {
        name: getattr(order, name)
        for name in ("findings", "result_code", "result_text", "money_recovered", "result_note", "union_actions")
        if getattr(order, name)
    }
