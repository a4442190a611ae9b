"""求职登记: what is kept of it, which jobs fit somebody, which people fit a job, and who may see what of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.jobs import matching, postings, tables
from gonghui.jobs.matching import Fit
from gonghui.jobs.models import Invitation, JobApplication, Posting, Seeker
from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.services.catalogue import catalogue
from gonghui.services.hooks import keeps
from gonghui.services.models import Application
from gonghui.services.spec import Service

SERVICE = "M07"
# Jobs that somebody would reach are looked at in this number at most; the newest ones.
LOOKED_AT = 2000


@keeps(SERVICE)
def keep(actor: Actor, service: Service, application: Application, values: Mapping[str, Any]) -> None:
    """The registration of a form handed in."""
    told = str(values.get("skills_told") or "")
    Seeker.objects.update_or_create(
        matter=application.matter,
        defaults={
            "account_id": actor.account_id,
            "region_id": values["region"],
            "post": values["post"],
            "trades": values.get("trades") or [],
            "commute": values["commute"],
            "pay_least": values["pay_least"],
            "pay_most": values.get("pay_most"),
            "starts": values["start"],
            "no_shifts": values.get("no_shifts") or [],
            "insured_only": bool(values.get("insured_only")),
            "skills": [
                {"kind": row["kind"], "level": row.get("level") or ""} for row in values.get("certificates") or []
            ],
            "skills_told": told,
            "seeker_name": values["name"],
            "seeker_phone": values["phone"],
            "groups": values.get("groups") or [],
            "reveal": values["reveal"],
            "findable": bool(values.get("findable")),
            "vector": matching.vector_of(f"{values['post']}，{told}" if told else str(values["post"])),
        },
    )


def own(actor: Actor) -> Seeker | None:
    """The actor's registration under way."""
    if actor.kind != "worker" or actor.account_id is None:
        return None
    with as_system("one's own registration"):
        rows = Seeker.objects.select_related("matter", "region").filter(account_id=actor.account_id, active=True)
        return rows.order_by("-pk").first()


def jobs_for(seeker: Seeker, most: int | None = None) -> list[tuple[Posting, Fit]]:
    """Open jobs that fit, the best first, without those applied for already."""
    had = JobApplication.objects.filter(account_id=seeker.account_id or 0, live=True).values("posting_id")
    with as_system("jobs are public; which were applied for already is the seeker's own"):
        rows = list(
            Posting.objects.select_related("region", "matter")
            .filter(open=True, closes__gte=today())
            .exclude(account_id=seeker.account_id or 0)
            .exclude(pk__in=had)
            .order_by("-published_at", "-pk")[:LOOKED_AT]
        )
    if not rows:
        return []
    like = matching.meaning(bytes(seeker.vector), [bytes(row.vector) for row in rows])
    day = today()
    fits = [(row, matching.fit(seeker, row, float(like[at]), day)) for at, row in enumerate(rows)]
    return matching.ranked(fits, most or tables.numbers().fits_most)


@dataclass(frozen=True)
class Candidate:
    """Somebody who consented to be found, without name: what an employer reads of them."""

    seeker_id: int
    post: str
    region: str
    skills: tuple[str, ...]
    starts: Any
    fit: Fit
    invited: bool


def candidates(posting: Posting) -> list[Candidate]:
    """People for a job: only those who consented, without what tells who they are. The caller's right is checked."""
    with as_system("only those who consented, without name"):
        rows = list(
            Seeker.objects.select_related("region")
            .filter(active=True, findable=True)
            .exclude(account_id=posting.account_id or 0)
            .exclude(applications__posting=posting, applications__live=True)
            .order_by("-pk")[:LOOKED_AT]
        )
        invited = set(posting.invitations.values_list("seeker_id", flat=True))
    if not rows:
        return []
    like = matching.meaning(bytes(posting.vector), [bytes(row.vector) for row in rows])
    day = today()
    fits = [(row, matching.fit(row, posting, float(like[at]), day)) for at, row in enumerate(rows)]
    return [
        Candidate(row.pk, row.post, row.region.full_name, skill_words(row), row.starts, one, row.pk in invited)
        for row, one in matching.ranked(fits, tables.numbers().candidates_most)
    ]


def skill_words(seeker: Seeker) -> tuple[str, ...]:
    """The certificates in words, each with its level."""
    columns = catalogue().services[SERVICE].field("certificates").columns
    names = {(column.name, choice.code): str(choice) for column in columns for choice in column.choices}
    found = []
    for row in seeker.skills:
        level = "" if row["level"] in ("", "none") else names.get(("level", row["level"]), "")
        kind = names.get(("kind", row["kind"]), row["kind"])
        found.append(f"{kind}（{level}）" if level else kind)
    return tuple(found)


def invite(actor: Actor, posting_id: int, seeker_id: int) -> Invitation:
    """邀请投递: somebody found without name is asked to apply. The employer learns who it is only if they do."""
    posting = postings.own(actor, posting_id)
    if not posting.open:
        raise GuardRefused([_("岗位没有公布，不能邀请。")])
    if seeker_id not in {row.seeker_id for row in candidates(posting)}:
        raise NotFound
    with as_system("who is invited consented to be found"):
        seeker = Seeker.objects.get(pk=seeker_id)
        try:
            with transaction.atomic():
                made = Invitation.objects.create(posting=posting, seeker=seeker, at=now())
                text = f"有单位看了您的求职意向，请您投“{posting.title}”，编号{posting.matter.number}。"
                outbox.enqueue(
                    "notice.app", f"jobs:invitation:{made.pk}", {"text": text}, matter=seeker.matter,
                    account_id=seeker.account_id,
                )  # fmt: skip
                trail.record(f"posting:{posting.pk}", "invite", actor=actor, after={"seeker": seeker.pk})
        except IntegrityError:
            raise GuardRefused([_("已经邀请过了。")]) from None
    return made


def invitations_for(seeker: Seeker) -> list[Posting]:
    """Jobs whose employers asked this person to apply, that are still open and not applied for."""
    with as_system("the seeker's own invitations"):
        rows = Posting.objects.filter(invitations__seeker=seeker, open=True, closes__gte=today())
        had = JobApplication.objects.filter(account_id=seeker.account_id or 0, live=True).values("posting_id")
        return list(rows.select_related("region", "matter").exclude(pk__in=had).order_by("-pk"))
