"""What the matter page shows of an appeal: words, parties, suggestions, similar cases, articles, messages, files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui import brain
from gonghui.appeals import categories, queries, similar, tables
from gonghui.appeals.actions.assistant import ASKERS
from gonghui.appeals.actions.attachments import READABLE
from gonghui.appeals.actions.conversation import STAFF_SPEAKERS
from gonghui.appeals.actions.links import LINKERS
from gonghui.appeals.models import BrainOutput, CallbackAttempt, Message
from gonghui.appeals.queries.page import MatterPage
from gonghui.appeals.rules.common import LEAD_KIND, REVIEW_KIND
from gonghui.brain import match
from gonghui.desk.panels import panel
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import state_text
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, visible_to
from gonghui.kernel.times import today
from gonghui.law import answer as law
from gonghui.organisations.models import Region
from gonghui.people.http import Request
from gonghui.services.matching import matcher

LABELS = {
    "reporter_name": gettext_lazy("姓名"),
    "phone": gettext_lazy("电话"),
    "backup_contact": gettext_lazy("备用联系方式"),
    "id_no": gettext_lazy("身份证号"),
}
ADOPTABLE = (("triage", gettext_lazy("采纳研判建议")), ("dispatch", gettext_lazy("按建议派单")))
Parts = list[tuple[str, dict[str, Any]]]


@panel(LEAD_KIND, "appeals.assist_order")
def appeal(request: Request, matter: Matter) -> Parts:
    page = queries.matter_page(request.actor, matter.pk)
    shared: dict[str, Any] = {"page": page, "order": page.order, "appeal": page.appeal, "readable": READABLE}
    if page.limited:
        asked = sorted(_talk(page), key=lambda row: row["at"])
        return [("desk/panels/shared.html", shared | _words(page) | {"talk": asked})]
    parts: Parts = [("desk/panels/words.html", shared | _words(page))]
    emergency = _emergency(page)
    if emergency["open"] or emergency["reports"]:
        parts.insert(0, ("desk/panels/emergency.html", shared | emergency))
    lead = page.lead
    if lead.result_text or lead.findings or page.callbacks or page.checks:
        parts.append(("desk/panels/result.html", shared | {"order": lead} | _result(page)))
    parts.append(("desk/panels/brain.html", shared | _brain(request, page) | {"offers": _offers_for(page)}))
    if page.description and request.actor.has_role(*ASKERS):
        parts.append(("desk/panels/assistant.html", shared | {"outputs": _outputs(page)}))
    talk = {"talk": sorted(_talk(page), key=lambda row: row["at"]), "may_talk": request.actor.has_role(*STAFF_SPEAKERS)}
    parts.append(("desk/panels/talk.html", shared | talk))
    others = list(_others(page))
    if others:
        parts.append(("desk/panels/others.html", shared | {"others": others}))
    parts.append(
        ("desk/panels/links.html", shared | {"may_link": request.actor.has_role(*LINKERS)} | _alike(request, page))
    )
    articles = [
        {"hit": hit, "notes": law.notes(hit), "why": [law.explain(reason) for reason in hit.why]}
        for hit in page.articles
    ]
    parts.append(("desk/panels/law.html", shared | {"articles": articles}))
    return parts


def _words(page: MatterPage) -> dict[str, Any]:
    intake, matter, given = tables.intake(), page.matter, page.appeal
    return {
        "category": categories.label(matter.category) if matter.category else "",
        "channel": tables.label(intake.channels, given.channel),
        "nature": tables.label(intake.natures, page.lead.nature),
        "worker_type": tables.label(intake.worker_types, given.worker_type),
        "tried": [item.label for item in intake.tried if item.code in given.tried],
        "personal": [
            {"name": name, "label": LABELS[name], "masked": value, "may": name in page.revealable}
            for name, value in page.masked.items()
            if value
        ],
        "parties": [{"role": tables.label(intake.party_roles, row.role), "row": row} for row in page.parties],
        "region": Region.objects.filter(pk=given.work_region).first() if given.work_region else None,
        "holder": page.organisations.get(matter.holder_path, matter.holder_path),
    }


def _emergency(page: MatterPage) -> dict[str, Any]:
    """特急: what to do in which order, who has been told, and who still must be (handbook 1.4)."""
    handling = tables.handling()
    leaving = {transition.name for transition in flow_of(page.lead.matter).leaving(page.lead.matter.state)}
    told = {report.receiver for report in page.reports}
    return {
        "script": [item.label for item in handling.emergency_script],
        # While it is being handled; afterwards only what was reported is of interest.
        "open": page.matter.priority == 0 and "report_major" in leaving,
        "missing": [
            tables.label(handling.report_receivers, code) for code in handling.report_needed if code not in told
        ],
        "reports": [
            {
                "at": report.at,
                "receiver": tables.label(handling.report_receivers, report.receiver),
                "way": tables.label(handling.report_ways, report.way),
                "person": report.person,
                "gist": report.gist,
                "by": _name(report.by),
            }
            for report in page.reports
        ],
    }


def _result(page: MatterPage) -> dict[str, Any]:
    handling, lead = tables.handling(), page.lead
    return {
        "result": tables.label(handling.result_codes, lead.result_code),
        "union_actions": [item.label for item in handling.union_actions if item.code in lead.union_actions],
        "callbacks": [
            {"at": row.at, "by": row.by, "by_worker": row.by_worker, "opinion": row.opinion, "words": answers(row)}
            for row in page.callbacks
        ],
    }


def answers(row: CallbackAttempt) -> list[str]:
    """A callback's answers in words."""
    if not row.reached:
        return [_("没有联系上")]
    handling = tables.handling()
    pleased, manner = (tables.label(handling.satisfaction, code) for code in (row.satisfaction, row.attitude))
    said = [
        (_("联系过") if row.contacted else _("没有联系过")) if row.contacted is not None else "",
        tables.label(handling.resolution, row.resolution),
        _("结果：%(text)s") % {"text": pleased} if pleased else "",
        _("态度：%(text)s") % {"text": manner} if manner else "",
    ]
    return [text for text in said if text]


def _alike(request: Request, page: MatterPage) -> dict[str, Any]:
    """Earlier cases like this one, with what came of them."""
    found = similar.similar_cases(request.actor, page.appeal)
    return {
        "alike_ready": found is not None,
        "alike": [
            {
                "case": case,
                "state": state_text(case.matter),
                "result": tables.label(tables.handling().result_codes, case.order.result_code),
            }
            for case in found or ()
        ],
    }


def _outputs(page: MatterPage) -> list[BrainOutput]:
    with as_system("the actor reads the words these were made of"):
        return list(page.matter.brain_outputs.select_related("by", "judged_by").order_by("-at", "-pk")[:5])


def _offers_for(page: MatterPage) -> list[match.Fit]:
    """Services the handler may offer the worker, for who reads the words anyway."""
    if not page.description or not page.suggestions:
        return []
    return match.offers(brain.understand(page.description), matcher(), today(), without=("M06",))


def _brain(request: Request, page: MatterPage) -> dict[str, Any]:
    """The proposal beside the decision, field by field, and what may be taken over with one click."""
    said, intake, order, matter = page.suggestions, tables.intake(), page.lead, page.matter
    if not said:
        return {"compare": [], "adoptable": []}
    decided = order.triaged_at is not None
    urgency, routing = said["urgency"], said["routing"]
    names = page.organisations
    urgency_said = tables.label(intake.urgencies, urgency.get("level", ""))
    ours = tables.label(intake.urgencies, f"P{min(3, matter.priority)}")
    worker_type = tables.label(intake.worker_types, page.appeal.worker_type)
    handler = order.organisation_path or ""
    ranked = [(f"{r['code']} {r['label']}", r["score"], "、".join(r.get("why", []))) for r in said["categories"]]
    proposed = said["lead_path"]
    rows = [
        (_("分类"), ranked, f"{matter.category} {categories.label(matter.category)}" if decided else ""),
        (
            _("紧急程度"),
            [(urgency_said, urgency.get("score"), "；".join(urgency.get("why", [])))] if urgency_said else [],
            ours if decided else "",
        ),
        (_("性质"), _plain(said["nature"]), tables.label(intake.natures, order.nature) if decided else ""),
        (_("难度"), _plain(said["difficulty"]), tables.label(intake.difficulties, order.difficulty) if decided else ""),
        (_("身份类别"), _plain(said["worker_type"]), worker_type if decided else ""),
        (
            _("主办单位"),
            [(names.get(proposed, proposed), None, routing.get("reason", ""))] if proposed else [],
            names.get(handler, handler),
        ),
    ]
    return {
        "compare": [
            {
                "label": label,
                "said": values,
                "decided": value,
                "differs": bool(value.strip() and values and value.strip() != values[0][0].strip()),
            }
            for label, values, value in rows
        ],
        "adoptable": [(name, label) for name, label in ADOPTABLE if _may_adopt(request, page, name)],
    }


def _plain(text: str) -> list[tuple[str, None, str]]:
    return [(text, None, "")] if text else []


def _may_adopt(request: Request, page: MatterPage, name: str) -> bool:
    """Is the step still to be done and the proposal enough for it? Whether the person may, the step itself says."""
    triage, state = page.triage, page.matter.state
    if triage is None or not request.actor.has_role("agent", "dispatcher", "supervisor", "discipline"):
        return False
    if name == "triage":
        return state == "registered" and bool(triage.category and triage.urgency and triage.nature)
    dispatcher = request.actor.has_role("dispatcher", "supervisor", "discipline")
    return state == "triaged" and bool(triage.lead_path) and dispatcher


def _talk(page: MatterPage) -> Iterator[dict[str, Any]]:
    ways = tables.handling().contact_ways
    for message in page.messages:
        yield _said(message)
    for contact in page.contacts:
        reached = _("联系上") if contact.reached else _("未联系上")
        yield {
            "at": contact.at,
            "what": f"{_('联系职工')}（{tables.label(ways, contact.way)}，{reached}）",
            "who": _name(contact.by),
            "text": contact.gist,
            "internal": True,
        }


def _said(message: Message) -> dict[str, Any]:
    return {
        "at": message.at,
        "what": message.get_kind_display(),
        "who": _("职工") if message.from_worker else _name(message.account),
        "text": message.text,
        "internal": message.internal,
        "from_worker": message.from_worker,
    }


def _name(account: Any) -> str:
    return (account.display_name or account.username) if account is not None else "—"


def _others(page: MatterPage) -> Iterator[dict[str, Any]]:
    handling, names = tables.handling(), page.organisations

    def decided(approved: bool | None) -> str:
        return _("等待审批") if approved is None else _("同意") if approved else _("不同意")

    if page.order.pk != page.lead.pk:
        yield {"what": _("主办工单"), "text": page.lead.matter.number, "matter_id": page.lead.matter_id}
    if page.order.merged_into is not None:
        other = page.order.merged_into
        yield {"what": _("并入"), "text": other.matter.number, "matter_id": other.matter_id}
    for assist in page.assists:
        place = names.get(assist.organisation_path, assist.organisation_path)
        yield {"what": _("协办"), "text": f"{place} {assist.matter.number}", "matter_id": assist.matter_id}
    for extension in page.extensions:
        text = f"→ {extension.new_due:%Y-%m-%d} {extension.reason} · {decided(extension.approved)}"
        yield {"at": extension.asked_at, "what": _("延期"), "text": text, "who": _name(extension.asked_by)}
    for pause in page.suspensions:
        text = f"{tables.label(handling.suspend_reasons, pause.reason)} {pause.note} · {decided(pause.approved)}"
        yield {"at": pause.asked_at, "what": _("挂起"), "text": text, "who": _name(pause.asked_by)}
    for letter in page.letters:
        who = _name(letter.by) if letter.by else _("系统")
        yield {"at": letter.at, "what": letter.get_kind_display(), "text": letter.text, "who": who}
    for back in page.returns:
        place = names.get(back.suggested_path, back.suggested_path)
        reason = tables.label(handling.return_reasons, back.reason)
        text = f"{reason} {back.note} · {_('建议')} {place}"
        yield {"at": back.at, "what": _("退单"), "text": text, "who": _name(back.by)}


@panel(REVIEW_KIND)
def review(request: Request, matter: Matter) -> Parts:
    """复查、复核: what was said, and the order it is about where the reader sees that too."""
    about = visible_to(request.actor).filter(pk=matter.data.get("of")).first()
    with as_system("the caller has seen this matter"):
        said = list(Message.objects.filter(matter=matter).select_related("account").order_by("at"))
    rows = [_said(message) for message in said]
    return [("desk/panels/review.html", {"about": about, "talk": rows})]
