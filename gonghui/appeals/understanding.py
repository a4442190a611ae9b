"""研判建议: run the brain over an appeal and keep what it proposes beside what people decide (handbook 1.2).

Nothing here overwrites a human field. The machine may only make an appeal *more* urgent or more restricted, and only
while nobody has decided; it never lowers, moves or closes anything.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from gonghui import brain
from gonghui.appeals import tables
from gonghui.appeals.duplicates import find_duplicates, index_text, lock_with_earlier, same_reporter
from gonghui.appeals.mass import check_employer
from gonghui.appeals.models import Appeal, Triage, WorkOrder
from gonghui.appeals.routing import Facts, Proposal, propose
from gonghui.appeals.rules.common import in_group, retime
from gonghui.kernel import outbox
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.clocks import refresh_due
from gonghui.kernel.matters import touch
from gonghui.kernel.models import Matter
from gonghui.kernel.times import SHANGHAI, day_of
from gonghui.law.advice.deadlines import urgent_clock
from gonghui.law.answer import law_version
from gonghui.organisations.queries import find_employer

LINK_SCORE = 0.92
PLACE_SCORE = 0.7
SURE = 0.6


def understand_appeal(appeal: Appeal) -> Triage:
    """Understand one appeal: proposal, near index, duplicates, mass check. Safe to repeat: once for each version.

    Call inside a transaction with everything visible (the worker's tasks are).
    """
    done = appeal.triages.filter(version=brain.VERSION).first()
    if done is not None:
        return done
    earlier = same_reporter(appeal)
    locked = lock_with_earlier(appeal, earlier)
    matter = locked[appeal.pk]
    order = WorkOrder.objects.get(matter=matter)
    meaning = brain.understand(
        appeal.description,
        title=appeal.title,
        time=appeal.received_at.astimezone(SHANGHAI).replace(tzinfo=None),
        region_hint=appeal.work_region or None,
        closely=True,
    )
    _match_employer(appeal, meaning)
    proposal = propose(facts_of(appeal, matter, meaning))
    triage = _keep(appeal, meaning, proposal)
    _raise(appeal, order, matter, meaning, proposal)
    keys = index_text(appeal)
    find_duplicates(appeal, locked, earlier, keys)
    check_employer(appeal)
    return triage


def _match_employer(appeal: Appeal, meaning: brain.Understanding) -> None:
    """Tie the appeal to a known employer when the name (or its code) leaves no doubt."""
    if appeal.employer_id is not None:
        return
    named = appeal.employer_name
    if not named:
        found = meaning.entities_of("employer")
        named = str(found[0].value) if found and found[0].confidence >= PLACE_SCORE else ""
    if not named:
        return
    party = appeal.parties.filter(role="employer").exclude(uscc="").first()
    matches = find_employer(named, uscc=party.uscc if party else "", region=appeal.work_region)
    if matches and matches[0].score >= LINK_SCORE:
        appeal.employer = matches[0].employer
        appeal.employer_has_union = "yes" if matches[0].employer.union_id else "unknown"
        appeal.save(update_fields=["employer", "employer_has_union"])
        appeal.parties.filter(role="employer", name=appeal.employer_name).update(employer=appeal.employer)


def facts_of(appeal: Appeal, matter: Matter, meaning: brain.Understanding) -> Facts:
    """The appeal's own fields first; what the brain found only where they are empty and it is sure enough."""
    places = [
        str(entity.value)
        for entity in meaning.entities_of("place")
        if entity.value and entity.confidence >= PLACE_SCORE and not str(entity.value).endswith("0000")
    ]
    top = meaning.categories[0] if meaning.categories else None
    category = matter.category or appeal.category or (top.code if top is not None and top.score > 0 else "")
    legal = {item.code for item in tables.intake().tried if item.legal}
    region = appeal.work_region or str(meaning.jurisdiction.region_code or "")
    return Facts(
        receiving=matter.holder_path,
        category=category,
        worker_type=appeal.worker_type or (meaning.worker_type.code if meaning.worker_type else ""),
        region=region,
        home_region=appeal.home_region,
        places=tuple(places) if not appeal.work_region else (),
        tried=tuple(appeal.tried),
        accepted_elsewhere=bool(legal & set(appeal.tried)) or meaning.jurisdiction.rule == "legal_consult_only",
        not_union=meaning.jurisdiction.rule == "elsewhere" and not appeal.category,
        disclose_ok=appeal.disclose_ok,
        employer=appeal.employer,
    )


def difficulty_of(appeal: Appeal, meaning: brain.Understanding, category: str, nature: str) -> str:
    """Default difficulty class (handbook 1.3)."""
    new_form = bool(
        (item := tables.item(tables.intake().worker_types, appeal.worker_type)) and item.new_form
    ) or in_group(category, ("09",))
    if nature == "consult" or category.startswith("14"):
        return "ordinary"
    away = appeal.home_region and appeal.work_region and appeal.home_region[:2] != appeal.work_region[:2]
    if (
        appeal.people_count >= tables.number(tables.intake().limits, "collective_from")
        or away
        or category in ("0606", "0308")
        or (new_form and category == "0208")
    ):
        return "complex"
    amounts = [Decimal(str(entity.value)) for entity in meaning.entities_of("money") if entity.value is not None]
    if appeal.demand_amount is not None:
        amounts.append(appeal.demand_amount)
    several = sum(1 for scored in meaning.topics if scored.score >= SURE) > 1
    large = max(amounts, default=Decimal(0)) > Decimal(tables.number(tables.intake().limits, "hard_amount"))
    return "hard" if several or large else "ordinary"


def _keep(appeal: Appeal, meaning: brain.Understanding, proposal: Proposal) -> Triage:
    said = meaning.to_dict(masked=True)
    said.pop("entities", None)
    said["routing"] = proposal.to_dict()
    top = meaning.categories[0] if meaning.categories else None
    category = top.code if top else ""
    return Triage.objects.create(
        appeal=appeal,
        version=meaning.version,
        law_version=law_version(),
        at=appeal.received_at,
        understood=meaning.understood,
        category=category,
        score=top.score if top else 0,
        urgency=meaning.urgency.level,
        nature=meaning.nature.code,
        worker_type=meaning.worker_type.code if meaning.worker_type else "",
        difficulty=difficulty_of(appeal, meaning, category, appeal.nature or meaning.nature.code),
        lead_path=proposal.lead if proposal.kind == "dispatch" else "",
        routing_rule=proposal.rule,
        proposal=said,
        entities=json.dumps([entity.to_dict() for entity in meaning.entities], ensure_ascii=False),
    )


def _raise(appeal: Appeal, order: WorkOrder, matter: Matter, meaning: brain.Understanding, proposal: Proposal) -> None:
    """Make the matter more urgent or restricted where the text asks for it and nobody has decided yet."""
    if matter.state not in ("draft", "registered") or appeal.decisions.exists():
        return
    after: dict[str, Any] = {"version": meaning.version, "rule": proposal.rule, "urgency": meaning.urgency.level}
    before = matter.priority
    matter.priority = min(before, int(meaning.urgency.level[1]))
    if clock := urgent_clock(meaning, day_of(appeal.received_at)):
        # A right that is lost within a week cannot wait for its turn (handbook 1.4).
        matter.priority = min(matter.priority, 1)
        after["deadline"] = {"clock": clock.code, "last_day": clock.last_day.isoformat() if clock.last_day else ""}
    if proposal.kind == "restricted" and meaning.topics and meaning.topics[0].score >= SURE:
        matter.restricted = True
    if not matter.region and meaning.jurisdiction.region_code and meaning.jurisdiction.confidence >= PLACE_SCORE:
        matter.region = meaning.jurisdiction.region_code
    if meaning.summary and appeal.title == " ".join(appeal.description.split())[:40]:
        matter.title = brain.mask_personal(meaning.summary)[:80]
    if matter.priority != before:
        retime(matter, before, appeal.received_at)
        refresh_due(matter)
    if matter.priority == 0 and before != 0:
        outbox.enqueue(
            "notice.staff",
            f"staff:{matter.pk}:alarm",
            {"path": matter.holder_path, "kind": "emergency", "number": matter.number},
            matter=matter,
        )
    touch(matter, "understood", SYSTEM, after=after)
    if proposal.tags:
        order.tags = list(dict.fromkeys([*order.tags, *proposal.tags]))
        order.save(update_fields=["tags"])
