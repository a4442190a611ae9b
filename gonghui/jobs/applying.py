"""投递: apply for a job, follow it, answer what is asked; and the employer's own steps with who applied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.jobs import fairs, postings, seekers, tables, taps
from gonghui.jobs.models import Invitation, JobApplication, Posting
from gonghui.kernel import outbox
from gonghui.kernel.actor import ANONYMOUS, Actor, Duty
from gonghui.kernel.errors import GuardRefused, NotAllowed, NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.matters import Offer, act, allowed, open_matter, state_text
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of, now, today

KIND = "jobs.application"
EMPLOYER = "employer"
# What a link in a message may answer, by the state it was sent in.
WORDS_MOST = 300
# How long after the agreed day 到岗 is waited for, and 未到岗 can be corrected.
ARRIVE_DAYS, CORRECT_DAYS = 7, 30


def apply(actor: Actor, posting_id: int, words: str = "") -> JobApplication:
    """投递, with the registration one has. What the employer reads of it is what the worker decided (`reveal`)."""
    posting = postings.public(posting_id)
    if actor.kind != "worker" or actor.account_id is None:
        raise NotAllowed(_("请先登录，再投递。"))
    if posting.account_id == actor.account_id:
        raise GuardRefused([_("这是您自己发布的岗位。")])
    seeker = seekers.own(actor)
    if seeker is None:
        raise GuardRefused([_("请先登记求职意向，一次登记可以投多个岗位。")])
    at = now()
    mine = JobApplication.objects.filter(account_id=actor.account_id)
    try:
        with as_system("the worker applies for a public job"), transaction.atomic():
            if mine.filter(matter__is_open=True).count() >= tables.numbers().open_applications_most:
                raise GuardRefused([_("您投递的岗位已经很多，请先等单位答复，或者放弃一些。")])
            if mine.filter(posting=posting, live=True).exists():
                raise GuardRefused([_("您已经投过这个岗位。")])
            matter = open_matter(
                KIND,
                actor=actor,
                title=f"投递：{posting.title}",
                holder_path=posting.matter.holder_path,
                number=f"TD-{at:%Y%m%d}-{next_number(f'jobs:TD:{at:%Y%m%d}'):05d}",
                region=posting.region_id,
                owner_id=actor.account_id,
                at=at,
            )
            made = JobApplication.objects.create(
                matter=matter,
                posting=posting,
                seeker=seeker,
                account_id=actor.account_id,
                opening_words=words.strip()[:WORDS_MOST],
                revealed=seeker.reveal == "apply",
                groups=seeker.groups,
                invited=Invitation.objects.filter(posting=posting, seeker=seeker).exists(),
                fair=fairs.met_at(actor.account_id, posting, at),
                applied_at=at,
            )
            tell_employer(made, "“%(title)s”收到新的投递，编号%(number)s。", "new")
    except IntegrityError:
        raise GuardRefused([_("您已经投过这个岗位。")]) from None
    return made


def tell_employer(row: JobApplication, words: str, name: str) -> None:
    """A message to who posted the job. It names the job and the number, never who applied."""
    posting = row.posting
    text = words % {"title": posting.title, "number": row.matter.number}
    key = f"jobs:{row.matter_id}:{name}:{row.matter.version}:employer"
    outbox.enqueue("notice.app", key, {"text": text}, matter=None, account_id=posting.account_id)


# The worker's side.


@dataclass(frozen=True)
class Own:
    """An application of one's own as its page shows it."""

    row: JobApplication
    matter: Matter
    posting: Posting
    state: str
    steps: list[Transition]
    correct_until: date | None = None


def own_page(actor: Actor, matter_id: int) -> Own:
    """NotFound for anybody else's."""
    row = _row(matter_id)
    if row is None or actor.kind != "worker" or row.matter.owner_id != actor.account_id:
        raise NotFound
    return _own(row)


def _own(row: JobApplication) -> Own:
    flow = flow_of(row.matter)
    steps = [step for step in flow.leaving(row.matter.state) if any(grant.role == "owner" for grant in step.roles)]
    if row.matter.state == "not_there" and correct_until(row, row.matter) < today():
        steps = []
    until = correct_until(row, row.matter) if steps and row.matter.state == "not_there" else None
    return Own(row, row.matter, row.posting, flow.state_of(row.matter.state).worker_text, steps, until)


def _row(matter_id: int) -> JobApplication | None:
    with as_system("whose it is is asked next"):
        return (
            JobApplication.objects.select_related("matter", "posting__region", "posting__matter", "seeker__region")
            .filter(matter_id=matter_id)
            .first()
        )


def correct_until(row: JobApplication, matter: Matter) -> date:
    """The last day on which 未到岗 can be corrected: counted from the entry, and never from before the agreed day."""
    waited = row.starts_on + timedelta(days=ARRIVE_DAYS) if row.starts_on else day_of(matter.state_since)
    return max(day_of(matter.state_since), waited) + timedelta(days=CORRECT_DAYS)


def own_list(actor: Actor, most: int = 50) -> list[Own]:
    """The worker's applications, the newest first."""
    if actor.kind != "worker" or actor.account_id is None:
        return []
    with as_system("the worker's own"):
        rows = JobApplication.objects.select_related("matter", "posting__region").filter(account_id=actor.account_id)
        return [_own(row) for row in rows.order_by("-applied_at")[:most]]


def by_tap(token: str) -> Own | None:
    """The application whose question waits under the link of a message; None for a wrong or used one. GuardRefused for
    one past its day."""
    if not token:
        return None
    with as_system("the link is the key"):
        row = taps.find(token)
    if row is None:
        return None
    if taps.over(row):
        raise GuardRefused([_("这个链接已经过期，请登录后在“找工作”里回答，或者等工会联系您。")])
    found = _own(row)
    return replace(found, steps=[step for step in found.steps if step.name in taps.STEPS[row.matter.state]])


def answer_tap(token: str, step: str, data: dict[str, Any]) -> Own:
    """One tap: the answer of who has the link, without signing in. NotFound for a wrong or used link."""
    found = by_tap(token)
    if found is None or step not in {one.name for one in found.steps}:
        raise NotFound
    act(found.matter.pk, step, replace(ANONYMOUS, matter_ids=(found.matter.pk,)), data)
    return found


# The employer's side: the account that posted, on its own page.


def as_employer(actor: Actor, row: JobApplication) -> Actor:
    """The actor as the employer of this one application, once it is known that the posting is theirs."""
    if row.posting.account_id != actor.account_id:
        raise NotFound
    duty = Duty(EMPLOYER, row.matter.holder_path, assigned_only=True)
    return replace(actor, duties=(duty,), assigned_ids=(row.matter_id,))


@dataclass(frozen=True)
class Applicant:
    """An application as the employer reads it: name and phone only once the worker let them have it."""

    row: JobApplication
    matter: Matter
    posting: Posting
    state: str
    name: str
    phone: str
    skills: tuple[str, ...]
    offers: list[Offer]


def applicant(actor: Actor, matter_id: int) -> Applicant:
    """NotFound for anybody but who posted the job. Reading a new one is the step 查看."""
    row = _row(matter_id)
    if row is None or actor.kind != "worker" or actor.account_id is None:
        raise NotFound
    employer = as_employer(actor, row)
    if row.matter.state == "sent":
        row.matter = act(matter_id, "look", employer)
    with as_system("the employer reads what the applicant shares"):
        offers = allowed(row.matter, employer)
    return _seen(row, offers)


def _seen(row: JobApplication, offers: list[Offer]) -> Applicant:
    state = state_text(row.matter)
    name = row.seeker.seeker_name if row.revealed else ""
    phone = row.seeker.seeker_phone if row.revealed else ""
    skills = seekers.skill_words(row.seeker)
    return Applicant(row, row.matter, row.posting, state, name, phone, skills, offers)


def applicants(posting: Posting) -> list[Applicant]:
    """Who applied for a posting. The caller has checked whose it is."""
    with as_system("the actor's own posting"):
        rows = (
            JobApplication.objects.select_related("matter", "posting", "seeker__region")
            .filter(posting=posting)
            .order_by("-applied_at")[:200]
        )
        return [_seen(row, []) for row in rows]


def step(actor: Actor, matter_id: int, name: str, data: dict[str, Any]) -> Matter:
    """A step of the employer's: 约面试, 录用, 不录用, 未到岗."""
    row = _row(matter_id)
    if row is None or actor.kind != "worker" or actor.account_id is None:
        raise NotFound
    return act(matter_id, name, as_employer(actor, row), data)
