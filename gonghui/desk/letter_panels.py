"""What the matter page shows of the union's letters (一函两书): which an appeal has, and all of one."""

from __future__ import annotations

from typing import Any

import segno
from django.urls import reverse

from gonghui.appeals.rules.common import LEAD_KIND
from gonghui.desk.panels import Help, helper, panel
from gonghui.kernel.errors import NotFound
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.law.documents.fields import paragraphs
from gonghui.people.http import Request
from gonghui.resolution import answering, letters, queries, tables
from gonghui.resolution.models import LetterPaper
from gonghui.resolution.rules.common import KIND, letter_for

Parts = list[tuple[str, dict[str, Any]]]


@panel(LEAD_KIND)
def of_appeal(request: Request, matter: Matter) -> Parts:
    """监督文书 of an appeal, and the button that begins one; for those who may write one."""
    if not letters.may_start(request.actor, matter):
        return []
    return [("desk/panels/letters.html", {"lines": queries.letters_of(request.actor, matter)})]


@panel(KIND)
def letter(request: Request, matter: Matter) -> Parts:
    try:
        page = queries.letter_page(request.actor, matter.pk)
    except NotFound:
        # A partner body sees that it moves, no more.
        return []
    one, words = page.letter, tables.words()
    rules = tables.kind(one.kind)
    stances = tables.stances(one.kind)
    context: dict[str, Any] = {
        "page": page,
        "letter": one,
        "rules": rules,
        "chain": [
            {"letter": row, "kind": tables.kind(row.kind).label, "opens": opens, "here": row.pk == one.pk}
            for row, opens in page.chain
        ],
        "scope": tables.labels(words.scope, one.scope),
        "findings": paragraphs(one.findings),
        "breaches": paragraphs(one.breaches),
        "asks": paragraphs(one.asks),
        "attachments": paragraphs(one.attachments),
        "accepted": bool(matter.data.get("accepted")),
        "corrected": tables.label(words.corrected, one.corrected) if one.corrected else "",
        "ground": tables.label((*words.refusals, *words.escalations), one.ground) if one.ground else "",
        "onward": tables.label(words.onward, one.onward) if one.onward else "",
        "writes": letters.writes(request.actor, matter),
        "services": [{"row": row, "method": tables.label(words.services, row.method)} for row in page.services],
        "replies": [
            {"row": row, "stance": tables.label(stances, row.stance), "result": number > 0}
            for number, row in enumerate(page.replies)
        ],
        "inquiries": [{"row": row, "ways": tables.labels(words.ways, row.ways)} for row in page.inquiries],
        "paper_kinds": LetterPaper.Kind.choices,
    }
    hands_out = answering.may_hand_out(request.actor, one)
    if hands_out:
        link = answering.open_link(matter)
        address = reverse("portal:letter_answer", args=[answering.token_of(link)]) if link else ""
        whole = request.build_absolute_uri(address) if address else ""
        context |= {
            "link": link,
            "answer_url": whole,
            "answer_qr": segno.make(whole, error="m").svg_inline(scale=4, border=2) if whole else "",
        }
    context["hands_out"] = hands_out
    parts: Parts = [("desk/panels/letter.html", context)]
    happened = page.services or page.replies or page.inquiries or page.papers
    if happened or (context["writes"] and matter.is_open):
        parts.append(("desk/panels/letter_life.html", context))
    return parts


@helper(KIND)
def letter_help(request: Request, matter: Matter, step: Transition) -> Help:
    """Most of it is written down on the day it happens."""
    initial: dict[str, Any] = {}
    if any(spec.name == "day" for spec in step.fields):
        initial["day"] = today().isoformat()
    if step.name == "refuse":
        with as_system("the caller has seen this matter"):
            initial["ground"] = "elsewhere" if letter_for(matter).elsewhere else "out_of_scope"
    return Help(initial=initial)
