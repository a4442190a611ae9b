"""The matter page of the desk: everything about one appeal on one screen, personal fields masked."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q

from gonghui import brain
from gonghui.appeals import categories, tables
from gonghui.appeals.actions.files import may_open_files
from gonghui.appeals.actions.handling import REVEALABLE, may_reveal
from gonghui.appeals.duplicates import near
from gonghui.appeals.models import (
    Appeal,
    AppealEmployer,
    AppealLink,
    Attachment,
    CallbackAttempt,
    ContactLog,
    ExtensionRequest,
    MajorReport,
    Message,
    NearIndex,
    QualityCheck,
    ReturnRecord,
    SupervisionLetter,
    Suspension,
    Triage,
    TriageDecision,
    WorkOrder,
)
from gonghui.brain.types import PERSONAL_KINDS
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotFound
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, visible_to
from gonghui.kernel.vault import mask
from gonghui.law import answer as law
from gonghui.organisations.models import Organisation
from gonghui.people.roles import shared_only_roles

MASKS = {"reporter_name": "name", "phone": "phone", "backup_contact": "phone", "id_no": "id_no"}
SIMILAR = 5


@dataclass(frozen=True)
class Similar:
    """An appeal with nearly the same text that the actor may see too."""

    matter: Matter
    number: str
    score: float


@dataclass
class MatterPage:
    """What the desk shows of a work order. `masked` and `revealable` name the personal fields."""

    matter: Matter
    order: WorkOrder
    lead: WorkOrder
    appeal: Appeal
    description: str
    demand: str
    masked: dict[str, str]
    revealable: frozenset[str]
    triage: Triage | None
    suggestions: dict[str, Any]
    entities: list[dict[str, Any]]
    decisions: list[TriageDecision]
    parties: list[AppealEmployer]
    attachments: list[Attachment]
    opens_files: bool
    messages: list[Message]
    contacts: list[ContactLog]
    returns: list[ReturnRecord]
    extensions: list[ExtensionRequest]
    suspensions: list[Suspension]
    letters: list[SupervisionLetter]
    reports: list[MajorReport]
    callbacks: list[CallbackAttempt]
    checks: list[QualityCheck]
    assists: list[WorkOrder]
    merged: list[WorkOrder]
    links: list[tuple[AppealLink, Matter]]
    similar: list[Similar]
    articles: list[Any]
    law_disclaimer: str
    organisations: dict[str, str]
    limited: bool = False


def matter_page(actor: Actor, matter_id: int) -> MatterPage:
    """Everything the desk's page needs, with a constant number of queries. NotFound when the actor may not see it."""
    matter = visible_to(actor).select_related("assignee", "owner").filter(pk=matter_id).first()
    order = WorkOrder.objects.select_related("appeal", "parent__matter", "merged_into__matter").filter(
        matter_id=matter_id
    ).first()  # fmt: skip
    if matter is None or order is None:
        raise NotFound
    with as_system("the actor sees this matter; links and similar cases are filtered below"):
        order.matter = matter
        lead = order.parent if order.parent is not None else order
        appeal = order.appeal
        triage = appeal.triages.order_by("-at", "-pk").first()
        page = MatterPage(
            matter=matter,
            order=order,
            lead=lead,
            appeal=appeal,
            description=_words(actor, matter, appeal, appeal.description),
            demand=_words(actor, matter, appeal, appeal.demand),
            masked={name: mask(getattr(appeal, name), kind) for name, kind in MASKS.items()},
            revealable=frozenset(
                name for name in REVEALABLE if getattr(appeal, name) and may_reveal(actor, matter, appeal, name)
            ),
            triage=triage,
            suggestions=suggestions(triage),
            entities=_entities(actor, matter, appeal, triage),
            decisions=list(appeal.decisions.select_related("by").order_by("-at")),
            parties=list(appeal.parties.select_related("employer__union")),
            attachments=list(appeal.attachments.order_by("added_at")),
            opens_files=may_open_files(actor, matter, appeal),
            messages=list(matter.conversation.select_related("account").order_by("at", "pk")),
            contacts=list(lead.contacts.select_related("by").order_by("-at")),
            returns=list(lead.returns.select_related("by").order_by("-at")),
            extensions=list(lead.extensions.select_related("asked_by", "decided_by").order_by("-asked_at")),
            suspensions=list(lead.suspensions.select_related("asked_by", "decided_by").order_by("-asked_at")),
            letters=list(order.letters.select_related("by").order_by("-at")),
            # Hardly any matter has one: the others need not ask.
            reports=list(lead.reports.select_related("by").order_by("-at")) if matter.priority <= 1 else [],
            callbacks=list(lead.callbacks.select_related("by").order_by("-at")),
            checks=list(lead.quality_checks.select_related("by").order_by("-at")),
            assists=list(lead.assists.select_related("matter").order_by("pk")),
            merged=list(lead.merged.select_related("matter", "appeal").order_by("pk")),
            links=[],
            similar=[],
            articles=law.relevant_articles(
                f"{appeal.title}\n{appeal.description}",
                categories=[code for code in (matter.category, triage.category if triage else "") if code],
                on=appeal.incident_date,
            ),
            law_disclaimer=str(law.disclaimer),
            organisations={},
        )
        linked = list(
            AppealLink.objects.filter(Q(from_appeal=appeal) | Q(to_appeal=appeal), rejected=False).select_related(
                "confirmed_by"
            )
        )
        keys = list(NearIndex.objects.filter(appeal=appeal).values_list("band", flat=True))
        close = near(appeal, keys, days=365)[: SIMILAR * 4] if keys else []
        page.organisations = _names(page)
        if "phone" not in page.revealable and (appeal.phone or not may_reveal(actor, matter, appeal, "phone")):
            _mask_talk(page)
        limited = sees_shared_only(actor, matter)
    if limited:
        return _shared(page)
    page.links, page.similar = _visible(actor, appeal, linked, close)
    return page


def sees_shared_only(actor: Actor, matter: Matter) -> bool:
    """Does this person see the matter as a partner body alone (court, procuratorate, labour, justice: 1.12)?"""
    paths = set(matter.scopes.values_list("path", flat=True)) if actor.roles & shared_only_roles() else set()
    through = {duty.role for duty in actor.duties if duty.path in paths}
    return bool(through) and through <= shared_only_roles()


def _shared(page: MatterPage) -> MatterPage:
    """What a partner body is shown: category, place, employer, demand, what it was asked for and its own step. Nobody's
    name, words, files or conversation, and no similar cases."""
    return replace(
        page,
        description="",
        masked={},
        revealable=frozenset(),
        triage=None,
        suggestions={},
        entities=[],
        decisions=[],
        attachments=[],
        opens_files=False,
        # What was asked of the helper and answered stands at its own order; the worker's conversation at the lead's.
        messages=page.messages if page.order.pk != page.lead.pk else [],
        contacts=[],
        returns=[],
        extensions=[],
        suspensions=[],
        letters=[],
        reports=[],
        callbacks=[],
        checks=[],
        assists=[],
        merged=[],
        limited=True,
    )


def _mask_talk(page: MatterPage) -> None:
    """Numbers that the worker or a colleague wrote into the conversation, for readers who may not see the phone."""
    for message in page.messages:
        message.text = brain.mask_personal(message.text)
    for contact in page.contacts:
        contact.gist = brain.mask_personal(contact.gist)
    for call in page.callbacks:
        call.opinion = brain.mask_personal(call.opinion)


def _sees_words(actor: Actor) -> bool:
    """Statistics-only roles read no texts."""
    return not (actor.roles and actor.roles <= {"analyst", "admin", "knowledge"})


def _words(actor: Actor, matter: Matter, appeal: Appeal, text: str) -> str:
    """The worker's words; phone and identity numbers in them are masked for all who may not see the identity."""
    if not _sees_words(actor):
        return ""
    return text if may_reveal(actor, matter, appeal, "id_no") else brain.mask_personal(text)


def _entities(actor: Actor, matter: Matter, appeal: Appeal, triage: Triage | None) -> list[dict[str, Any]]:
    """What was read in the text; phone and identity numbers are masked for the same people as in the text itself."""
    if triage is None or not triage.entities or not _sees_words(actor):
        return []
    found: list[dict[str, Any]] = json.loads(triage.entities)
    if may_reveal(actor, matter, appeal, "id_no"):
        return found
    return [_masked_entity(entity) for entity in found]


def _masked_entity(entity: dict[str, Any]) -> dict[str, Any]:
    """Numbers that point to a person by their kind, and such numbers inside anything else that was read."""
    if entity["kind"] in PERSONAL_KINDS:
        return brain.Entity(**entity).to_dict(masked=True)
    return {name: brain.mask_personal(value) if isinstance(value, str) else value for name, value in entity.items()}


def suggestions(triage: Triage | None) -> dict[str, Any]:
    """The brain's proposal in words, for showing beside the human fields; empty before it was read."""
    if triage is None:
        return {}
    said = triage.proposal
    return {
        "version": triage.version,
        "understood": triage.understood,
        "categories": [{**row, "label": categories.label(row["code"])} for row in said.get("categories", [])],
        "urgency": said.get("urgency", {}),
        "nature": tables.label(tables.intake().natures, triage.nature),
        "worker_type": tables.label(tables.intake().worker_types, triage.worker_type),
        "difficulty": tables.label(tables.intake().difficulties, triage.difficulty),
        "routing": said.get("routing", {}),
        "lead_path": triage.lead_path,
    }


def _names(page: MatterPage) -> dict[str, str]:
    """Names of every organisation the page mentions, by path."""
    paths = {page.matter.holder_path, page.order.organisation_path, page.lead.dispatched_by_path}
    paths |= {assist.organisation_path for assist in page.assists}
    paths |= {row.from_path for row in page.returns} | {row.suggested_path for row in page.returns}
    paths |= {letter.to_path for letter in page.letters} | {letter.from_path for letter in page.letters}
    if page.triage is not None:
        paths.add(page.triage.lead_path)
        paths |= set(page.triage.proposal.get("routing", {}).get("assist", []))
    return dict(Organisation.objects.filter(path__in=paths - {""}).values_list("path", "name"))


def _visible(
    actor: Actor, appeal: Appeal, linked: list[AppealLink], close: list[tuple[int, float]]
) -> tuple[list[tuple[AppealLink, Matter]], list[Similar]]:
    """Linked and similar appeals as far as the actor sees their matters: one query for both."""
    others = {link.to_appeal_id if link.from_appeal_id == appeal.pk else link.from_appeal_id for link in linked}
    others |= {pk for pk, _score in close}
    orders = {
        order.appeal_id: order
        for order in WorkOrder.objects.filter(
            appeal_id__in=others, role=WorkOrder.Role.LEAD, matter__in=visible_to(actor)
        ).select_related("matter", "appeal")
    }
    links = []
    for link in linked:
        other = orders.get(link.to_appeal_id if link.from_appeal_id == appeal.pk else link.from_appeal_id)
        if other is not None:
            links.append((link, other.matter))
    similar = [Similar(orders[pk].matter, orders[pk].appeal.number, score) for pk, score in close if pk in orders]
    return links, similar[:SIMILAR]
