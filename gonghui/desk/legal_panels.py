"""What the matter page shows of legal services: beside an appeal that there are some, on a case what its reader may."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.appeals.rules.common import LEAD_KIND
from gonghui.desk.panels import Help, helper, panel
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, visible_to
from gonghui.law import answer as law
from gonghui.legal import actions, bookings, drafting, drafts, eligibility, queries, rota, tables
from gonghui.legal.rules.common import AID_KIND, BOOKING_KIND, QUESTION_KIND, case_for
from gonghui.people.http import Request

Parts = list[tuple[str, dict[str, Any]]]
MOST_ARTICLES = 5
FACTS = {
    "matter": gettext_lazy("申请援助的事项"),
    "migrant": gettext_lazy("进城务工人员"),
    "no_income_group": gettext_lazy("无固定生活来源的未成年人、老年人、残疾人等"),
    "relief": gettext_lazy("社会救助、司法救助或者优抚对象"),
    "proof": gettext_lazy("已看过证明材料"),
    "has_agent": gettext_lazy("已自行委托代理人"),
    "income": gettext_lazy("家庭月收入（元）"),
    "household": gettext_lazy("家庭人数"),
    "pledge": gettext_lazy("个人诚信承诺"),
    "local_line": gettext_lazy("本地经济困难标准（元/人·月）"),
    "locally_listed": gettext_lazy("本地规定列入这类事项"),
    "deadline": gettext_lazy("时效或期限届满日"),
    "preservation": gettext_lazy("需要保全或先予执行"),
}


@panel(LEAD_KIND)
def services(request: Request, matter: Matter) -> Parts:
    """法律服务 of an appeal: state and limit, never the file; and the buttons that begin one."""
    if not actions.directs(request.actor, matter):
        return []
    found = queries.linked_cases(request.actor, matter, known=True)
    return [("desk/panels/legal_services.html", {"linked": found, "may_start": not matter.restricted})]


@panel(QUESTION_KIND, AID_KIND)
def case(request: Request, matter: Matter) -> Parts:
    page = queries.case_page(request.actor, matter.pk)
    words = tables.words()
    context: dict[str, Any] = {
        "page": page,
        "case": page.case,
        "aid": matter.kind == AID_KIND,
        "aid_form": tables.label(words.aid_forms, page.case.aid_form),
        "outcome": page.case.get_outcome_display() if page.case.outcome else "",
        "satisfaction": tables.label(words.satisfaction, page.case.satisfaction),
        "source": _source(request, page.case.source_id),
        "entries": [
            {"entry": entry, "milestone": tables.label(words.milestones, entry.milestone)} for entry in page.entries
        ],
    }
    parts: Parts = [("desk/panels/legal_case.html", context)]
    if page.facts is not None and page.verdict is not None:
        parts.append(("desk/panels/legal_facts.html", {"page": page, "facts": fact_rows(page.facts), **_reasons(page)}))
    if page.opens_file:
        context |= _draft(request, matter, page) | _papers(page, request.actor)
        parts.append(("desk/panels/legal_file.html", context))
    return parts


@panel(BOOKING_KIND)
def booking(request: Request, matter: Matter) -> Parts:
    page, words = bookings.booking_page(request.actor, matter.pk), tables.words()
    context = {
        "booking": page.booking,
        "reads": page.reads,
        "service": str(tables.service(page.booking.service)),
        "part": tables.label(words.day_parts, page.booking.wished_part),
        "mode": tables.label(words.booking_modes, page.booking.mode),
        "satisfaction": tables.label(words.satisfaction, page.booking.satisfaction),
        "source": _source(request, page.booking.source_id),
    }
    return [("desk/panels/legal_booking.html", context)]


def _papers(page: queries.CasePage, actor: Actor) -> dict[str, Any]:
    """代拟文书 of a file, and what its lawyer may write while it is open."""
    titles = drafting.documents()
    papers = [{"paper": paper, "title": titles.get(paper.document, "")} for paper in page.drafted]
    writes = actor.kind == "staff" and page.matter.is_open
    return {"papers": papers, "may_write": list(titles.items()) if writes else []}


def _draft(request: Request, matter: Matter, page: queries.CasePage) -> dict[str, Any]:
    """The lawyer's draft: may one be asked for now, and is there one that still holds?"""
    if matter.kind != QUESTION_KIND or matter.state != "answering" or request.actor.kind != "staff":
        return {}
    with as_system("the actor reads this file"):
        draft = drafts.newest(matter)
    return {"drafts": True, "draft": draft, "stale": drafts.stale(draft, len(page.entries)) if draft else ""}


def _source(request: Request, source_id: int | None) -> Matter | None:
    return visible_to(request.actor).filter(pk=source_id).first() if source_id else None


def _reasons(page: queries.CasePage) -> dict[str, Any]:
    assert page.verdict is not None
    marks = {"yes": _("符合"), "no": _("不符合"), "ask": _("待查清")}
    return {
        "before_decision": page.matter.state in ("applied", "papers", "checked"),
        "where": eligibility.table().where,
        "answer": {"yes": _("按现有事实符合条件"), "no": _("按现有事实不符合条件"), "ask": _("还有没有查清的")}[
            page.verdict.answer
        ],
        "reasons": [{"mark": marks[reason.answer], "reason": reason} for reason in page.verdict.reasons],
    }


def fact_rows(facts: eligibility.Facts) -> list[tuple[str, str]]:
    """The facts in words; what is not known is left out."""
    rows = []
    for item in fields(facts):
        value = getattr(facts, item.name)
        if item.name not in FACTS or value is None:
            continue
        if item.name == "matter":
            row = next((row for row in eligibility.table().matters if row.code == value), None)
            value = str(row or value)
        elif isinstance(value, bool):
            value = _("是") if value else _("否")
        rows.append((str(FACTS[item.name]), str(value)))
    return rows


@helper(QUESTION_KIND, AID_KIND)
def case_help(request: Request, matter: Matter, step: Transition) -> Help:
    with as_system("the caller has seen this matter"):
        if step.name == "assign":
            return _proposed(matter)
        if step.name == "answer" and queries.reads_file(request.actor, matter):
            return _answer(matter)
        if step.name in ("check", "check_late"):
            return _opinion(request, matter)
    return Help()


def _answer(matter: Matter) -> Help:
    """The draft to check and change, where one was asked for; else the articles that bear on the question."""
    asked, heard = drafts.words_of(matter)
    draft = drafts.newest(matter)
    if draft is None:
        hits = law.relevant_articles(asked, categories=[matter.category] if matter.category else [], k=MOST_ARTICLES)
        return Help(articles=tuple(hit.article.citation for hit in hits))
    told = _("这是智脑草稿，没有发出。请逐句核对、修改后再答复。") + drafts.stale(draft, heard)
    return Help({"text": draft.text}, {"text": told}, tuple(draft.articles))


def _proposed(matter: Matter) -> Help:
    best = next((counsel for counsel, standing in rota.candidates(case_for(matter)) if not standing.reason), None)
    return Help(initial={"counsel": str(best.pk)} if best is not None else {})


def _opinion(request: Request, matter: Matter) -> Help:
    """What the rules come to, beside the opinion: the person decides."""
    page = queries.case_page(request.actor, matter.pk)
    if page.verdict is None or page.facts is None:
        return Help()
    hint = "".join(reason.text for reason in page.verdict.refusals or page.verdict.questions or page.verdict.reasons)
    initial: dict[str, Any] = {"proof": page.facts.proof, "local_line": page.facts.local_line}
    if page.verdict.answer != "ask":
        initial["grant"] = page.verdict.answer
    return Help(
        initial={name: value for name, value in initial.items() if value is not None},
        hints={"grant": _("按规则：%(why)s") % {"why": hint}},
    )
