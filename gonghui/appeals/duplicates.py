"""重复: find appeals that say the same (handbook 1.9). A machine proposes a link; a person confirms; nothing merges."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from gonghui import brain
from gonghui.appeals import tables
from gonghui.appeals.actions.conversation import add_repeat
from gonghui.appeals.models import Appeal, AppealLink, NearIndex, Triage, WorkOrder
from gonghui.appeals.rules.common import in_group
from gonghui.kernel.models import Matter

MOST_CANDIDATES = 200


def index_text(appeal: Appeal) -> list[str]:
    """Store the band keys of an appeal's text, once; return them."""
    keys = list(dict.fromkeys(brain.bands(brain.fingerprint(appeal.description))))
    NearIndex.objects.bulk_create(
        [NearIndex(appeal=appeal, band=key[:40], at=appeal.received_at) for key in keys], ignore_conflicts=True
    )
    return keys


def near(appeal: Appeal, keys: list[str], days: int | None = None) -> list[tuple[int, float]]:
    """(appeal id, similarity) of earlier texts that share a band, best first, at or above the threshold."""
    days = days or tables.number(tables.sla().duplicates, "days")
    threshold = float(tables.number(tables.sla().duplicates, "similarity"))
    ids = list(
        NearIndex.objects.filter(band__in=keys, at__gte=appeal.received_at - timedelta(days=days))
        .exclude(appeal=appeal)
        .order_by("-at")
        .values_list("appeal_id", flat=True)[: MOST_CANDIDATES * 4]
    )
    rows = Appeal.objects.filter(pk__in=list(dict.fromkeys(ids))[:MOST_CANDIDATES]).only("pk", "description")
    return brain.near_duplicates(appeal.description, [(row.pk, row.description) for row in rows], threshold)


def employer_key(appeal: Appeal) -> str:
    """What "the same employer" means: the known employer, else the name as letters and digits."""
    if appeal.employer_id:
        return f"#{appeal.employer_id}"
    return letters_of(appeal.employer_name)


def letters_of(name: str) -> str:
    """A written name as its letters and digits alone."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def group_of(appeal: Appeal) -> str:
    """Level-1 category: decided, chosen or proposed, in this order."""
    decided = appeal.decisions.order_by("-at").values_list("category", flat=True).first()
    proposed = Triage.objects.filter(appeal=appeal).order_by("-at").values_list("category", flat=True).first()
    return (decided or appeal.category or proposed or "")[:2]


def same_reporter(appeal: Appeal) -> list[Appeal]:
    """Earlier appeals of the same person within the days that count: same phone or account."""
    person = Q(pk__in=[])
    if appeal.phone_index:
        person |= Q(phone_index=appeal.phone_index)
    if appeal.owner_id:
        person |= Q(owner_id=appeal.owner_id)
    since = appeal.received_at - timedelta(days=tables.number(tables.sla().duplicates, "days"))
    found = Appeal.objects.filter(person, received_at__gte=since, received_at__lte=appeal.received_at)
    return list(found.exclude(pk=appeal.pk).order_by("received_at")[:MOST_CANDIDATES])


def lock_with_earlier(appeal: Appeal, earlier: list[Appeal]) -> dict[int, Matter]:
    """The lead matters of this appeal and of the same person's earlier ones by appeal id, locked in the order of
    their keys: whoever locks several matters does so in that order, so that nobody waits in a circle."""
    wanted = [appeal.pk, *(row.pk for row in earlier)]
    of_matter = dict(
        WorkOrder.objects.filter(appeal_id__in=wanted, role=WorkOrder.Role.LEAD).values_list("matter_id", "appeal_id")
    )
    rows = Matter.objects.select_for_update(of=("self",)).filter(pk__in=list(of_matter)).order_by("pk")
    return {of_matter[row.pk]: row for row in rows}


def is_confidential(appeal: Appeal, matter: Matter) -> bool:
    """Restricted already, or of a kind that will be once a person has looked (whistle-blowing)."""
    groups = tables.routing().discipline_categories
    proposed = Triage.objects.filter(appeal=appeal).values_list("category", flat=True)
    return matter.restricted or any(in_group(code, groups) for code in (matter.category, appeal.category, *proposed))


def agreed_to_less(appeal: Appeal, first: Appeal) -> bool:
    """Did the worker allow less this time? The employer's own union may sit in the first matter."""
    return (first.disclose_ok and not appeal.disclose_ok) or (appeal.anonymous and not first.anonymous)


def find_duplicates(
    appeal: Appeal, locked: dict[int, Matter], earlier: list[Appeal], keys: list[str]
) -> list[AppealLink]:
    """Propose links from this appeal to earlier ones; a repeat of an open appeal is added to it as a note (追诉).

    `earlier` are the same person's appeals, `locked` the lead matters of all of them (`lock_with_earlier`).
    """
    links: list[AppealLink] = []
    key, group = employer_key(appeal), group_of(appeal)
    persons = [row for row in earlier if key and employer_key(row) == key and group and group_of(row) == group]
    if persons:
        first = persons[0]
        there = locked[first.pk]
        kind = AppealLink.Kind.DUPLICATE if there.is_open else AppealLink.Kind.REPEAT
        link, created = _propose(appeal, first, kind, None, "同一职工、同一单位、同类诉求")
        links.append(link)
        # Of a confidential appeal an ordinary matter learns nothing; the link shows only to those who see both.
        hidden = is_confidential(appeal, locked[appeal.pk]) and not there.restricted
        if created and there.is_open and not hidden:
            add_repeat(first, there, appeal, words=not agreed_to_less(appeal, first))
    known = {link.to_appeal_id for link in links}
    for other_id, score in near(appeal, keys):
        if other_id in known:
            continue
        other = Appeal.objects.get(pk=other_id)
        if employer_key(other) == key:
            links.append(_propose(appeal, other, AppealLink.Kind.DUPLICATE, score, "文字高度相似")[0])
    return links


def _propose(appeal: Appeal, other: Appeal, kind: str, score: float | None, reason: str) -> tuple[AppealLink, bool]:
    return AppealLink.objects.get_or_create(
        from_appeal=appeal,
        to_appeal=other,
        kind=kind,
        defaults={"score": score, "reason": reason, "proposed_at": appeal.received_at},
    )
