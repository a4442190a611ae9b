"""What may be done besides the flows' steps: begin a case, add a paper, keep the rota and the interests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from gonghui.appeals import categories
from gonghui.appeals.actions.attachments import save_attachment
from gonghui.appeals.actions.conversation import is_owner
from gonghui.appeals.intake import clean_text
from gonghui.appeals.models import Appeal, WorkOrder
from gonghui.appeals.rules.common import LEAD_KIND
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act, locked, open_matter, touch
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import ancestors, as_system, bind, visible_to, within
from gonghui.kernel.times import now, today
from gonghui.legal import eligibility
from gonghui.legal.models import (
    AidApplication,
    Booking,
    CaseFile,
    Counsel,
    CounselShift,
    FilePaper,
    Interest,
    LegalCase,
)
from gonghui.legal.rules.common import AID_KIND, KINDS, QUESTION_KIND
from gonghui.organisations.matching import find_employer
from gonghui.organisations.models import Employer, Organisation
from gonghui.organisations.names import employer_key
from gonghui.people.models import Account, DutyAssignment

STARTERS = ("agent", "dispatcher", "handler", "leader", "supervisor")
KEEPERS = ("dispatcher", "leader", "supervisor")
PAPERS_MOST = 20
OPEN_MOST = 3


@dataclass(frozen=True)
class Request:
    """What is asked of the legal cloud. `share`: the worker agrees that the appeal's words and papers go along."""

    question: str
    share: bool = False
    wish_gender: str = ""
    language: str = ""


def desks_above(path: str) -> str:
    """Where a case is kept: the nearest union at or above that is no enterprise's own. An employer's union must not
    learn who asks a lawyer about the employer."""
    rows = Organisation.objects.filter(path__in=ancestors(path), active=True).exclude(
        level__in=(Organisation.Level.GRASSROOTS, Organisation.Level.TOWN)
    )
    found = set(rows.values_list("path", flat=True))
    return next((one for one in reversed(ancestors(path)) if one in found), ancestors(path)[0])


def may_start(actor: Actor, matter: Matter) -> bool:
    """The worker from their own case; staff who handle or direct it, except at the employer's own union."""
    if matter.kind != LEAD_KIND:
        return False
    if is_owner(actor, matter):
        return True
    if matter.restricted:
        return False
    return directs(actor, matter)


def directs(actor: Actor, matter: Matter) -> bool:
    """Does the actor handle or direct the appeal at a union that is no enterprise's own?"""
    with as_system("role check"):
        own = matter.scopes.filter(path__in=actor.paths_as(*STARTERS)).values("path")
        return Organisation.objects.filter(path__in=own).exclude(level=Organisation.Level.GRASSROOTS).exists()


def ask_lawyer(actor: Actor, source: Matter, request: Request, *, key: str | None = None) -> Matter:
    """法律咨询: a question to a lawyer or volunteer, from an appeal's matter. Sent twice with one key it is one."""
    return _begin(actor, source, request, QUESTION_KIND, key=key)


def apply_for_aid(
    actor: Actor, source: Matter, request: Request, facts: eligibility.Facts, *, key: str | None = None
) -> Matter:
    """法律援助: an application. It is taken whatever the conditions come to: who refuses is a person, in writing."""
    if eligibility.listed(facts.matter, today()) is None:
        raise InvalidData({"matter": [_("请选择申请援助的事项。")]})
    return _begin(actor, source, request, AID_KIND, facts=facts, key=key)


def _begin(
    actor: Actor,
    source: Matter,
    request: Request,
    kind: str,
    *,
    facts: eligibility.Facts | None = None,
    key: str | None = None,
) -> Matter:
    question = clean(request.question, "question")
    key = f"{source.pk}:{kind}:{key}"[:120] if key else None
    with transaction.atomic():
        seen = locked(source.pk, actor)
        if not may_start(actor, seen):
            raise NotAllowed
        with as_system("the actor may begin a case from this matter"):
            if key and (earlier := LegalCase.objects.filter(idempotency_key=key).first()) is not None:
                return earlier.matter
            order = WorkOrder.objects.select_related("appeal__employer").get(matter=seen)
            running = LegalCase.objects.filter(source=seen, matter__is_open=True)
            if running.filter(matter__kind=kind).count() >= (1 if kind == AID_KIND else OPEN_MOST):
                raise GuardRefused([_("这件诉求已有在办的同类法律服务，请在那一件里继续。")])
            return _open(actor, seen, order.appeal, question, request, kind, facts, key)


def _open(
    actor: Actor,
    source: Matter,
    appeal: Appeal,
    question: str,
    request: Request,
    kind: str,
    facts: eligibility.Facts | None,
    key: str | None,
) -> Matter:
    at, worker = now(), is_owner(actor, source)
    letters = "FY" if kind == AID_KIND else "FZ"
    # What a discipline matter is about stays there; the title never holds a word of the worker's.
    category = "" if source.restricted else source.category or appeal.category
    # Staff read it, in whatever language the worker asked.
    with translation.override(settings.LANGUAGE_CODE):
        title = _("法律援助") if kind == AID_KIND else _("法律咨询")
        title = f"{title}：{categories.label(category)}" if category else title
    urgent = eligibility.urgent(facts, today()) if facts is not None else []
    matter = open_matter(
        kind,
        actor=actor,
        title=title,
        holder_path=desks_above(source.holder_path),
        number=f"{letters}-{at:%Y%m%d}-{next_number(f'legal:{letters}:{at:%Y%m%d}'):05d}",
        priority=1 if urgent else 2 if kind == AID_KIND else 3,
        category=category,
        region=appeal.work_region,
        owner_id=source.owner_id,
        at=at,
    )
    party = appeal.parties.exclude(uscc="").first()
    employer = appeal.employer or sure_employer(appeal.employer_name, party.uscc if party else "", appeal.work_region)
    LegalCase.objects.create(
        matter=matter,
        source=source,
        appeal=appeal,
        idempotency_key=key or None,
        consultation=LegalCase.objects.filter(source=source, matter__kind=QUESTION_KIND).order_by("-pk").first()
        if kind == AID_KIND
        else None,
        employer=employer,
        employer_name=appeal.employer_name or (employer.name if employer else ""),
        employer_uscc=(employer.uscc if employer else "") or (party.uscc if party else ""),
        by_worker=worker,
        wish_gender=request.wish_gender if request.wish_gender in ("F", "M") else "",
        language=request.language[:12],
    )
    CaseFile.objects.create(
        matter=matter,
        name=appeal.reporter_name,
        phone=appeal.phone,
        asked_words=question,
        story=appeal.description if request.share else "",
    )
    if request.share:
        FilePaper.objects.bulk_create(
            FilePaper(
                matter=matter, attachment=paper, original_name=paper.original_name, mime=paper.mime, size=paper.size,
                sha256=paper.sha256, at=at,
            )
            for paper in appeal.attachments.filter(for_worker=True).order_by("added_at")[:PAPERS_MOST]
        )  # fmt: skip
    if facts is not None:
        AidApplication.objects.create(
            matter=matter,
            facts_json=replace(facts, region=facts.region or appeal.work_region).to_json(),
            asked_on=today(),
            claim_matter=facts.matter,
            deadline=facts.deadline,
        )
    return matter


def sure_employer(name: str, uscc: str = "", region: str = "") -> Employer | None:
    """The employer that a name or code means without a doubt: a guess would refuse lawyers for no reason."""
    found = find_employer(name, uscc, region, most=1)
    return found[0].employer if found and found[0].score >= 1 else None


def clean(raw: Any, field: str) -> str:
    """What somebody wrote, tidied. InvalidData for nothing or too much."""
    try:
        text = clean_text(raw)
    except ValueError as error:
        raise InvalidData({field: [str(error)]}) from None
    if not text:
        raise InvalidData({field: [_("请写下您想问的事。")]})
    if len(text) > 4000:
        raise InvalidData({field: [_("最多 4000 个字。")]})
    return text


def as_party(actor: Actor, matter: Matter) -> Actor:
    """The worker of a legal case as the kernel knows them: the owner, or the holder of the appeal's query code."""
    with as_system("whose case it is decides"):
        rows = LegalCase.objects if matter.kind in KINDS else Booking.objects
        case = rows.select_related("source").filter(matter=matter).first()
    if case is not None and case.source is not None and case.source.pk in actor.matter_ids and actor.kind != "staff":
        return replace(actor, matter_ids=(*actor.matter_ids, matter.pk))
    return actor


def worker_step(actor: Actor, matter: Matter, name: str, data: dict[str, Any]) -> Matter:
    """A step of the worker's (reply, ask again, rate, withdraw, add papers, object)."""
    return act(matter.pk, name, as_party(actor, matter), data)


def add_paper(actor: Actor, matter: Matter, files: Sequence[File]) -> list[FilePaper]:
    """材料 into the file, by the worker or the lawyer who acts. The same content twice is one paper."""
    from gonghui.legal.queries import reads_file

    party = as_party(actor, matter)
    with transaction.atomic():
        seen = locked(matter.pk, party)
        with as_system("whoever reads the file may add to it"):
            if seen.kind not in KINDS or not reads_file(party, seen):
                raise NotFound
            if not seen.is_open:
                raise GuardRefused([_("这一件已经办结，不能再加材料。")])
            if seen.file_papers.count() + len(files) > PAPERS_MOST:
                raise GuardRefused([_("最多 %(most)d 份材料。") % {"most": PAPERS_MOST}])
            papers = []
            for file in files:
                stored = save_attachment(file)
                paper, _made = FilePaper.objects.get_or_create(
                    matter=seen,
                    sha256=stored.sha256,
                    defaults={**stored.columns, "from_worker": is_owner(party, seen), "at": now()},
                )
                papers.append(paper)
            touch(seen, "file_paper", party, after={"papers": [paper.sha256 for paper in papers]})
            return papers


def keeps(actor: Actor, path: str) -> bool:
    return any(duty.role in KEEPERS and within(path, duty.path) for duty in actor.duties)


def register_counsel(actor: Actor, username: str, organisation: Organisation, **fields: Any) -> Counsel:
    """登记法律服务人员: an account that holds the lawyer's duty at this organisation. A second time changes it."""
    if not keeps(actor, organisation.path):
        raise NotAllowed
    account = Account.objects.filter(username=username.strip(), kind=Account.Kind.STAFF, is_active=True).first()
    if (
        account is None
        or not DutyAssignment.objects.filter(
            account=account, role="lawyer", organisation=organisation, valid_to__isnull=True
        ).exists()
    ):
        raise InvalidData({"username": [_("这个单位没有这位“律师/调解员”，请先由管理员开通账号和岗位。")]})
    if fields.get("max_open") is not None and not 1 <= int(fields["max_open"]) <= 100:
        raise InvalidData({"max_open": [_("在办上限请填 1 到 100。")]})
    with transaction.atomic():
        counsel, _made = Counsel.objects.update_or_create(
            account=account, defaults={"organisation": organisation, **fields}
        )
        trail.record(
            f"counsel:{counsel.pk}",
            "register",
            actor=actor,
            after={"organisation": organisation.path, "max_open": counsel.max_open, "active": counsel.active},
        )
    return counsel


def add_shift(
    actor: Actor,
    counsel: Counsel,
    *,
    weekday: int | None = None,
    day: date | None = None,
    starts: time | None = None,
    ends: time | None = None,
    away: bool = False,
) -> CounselShift:
    """排班: hours of a weekday or of a date, or a date on which the counsel is away."""
    if not keeps(actor, counsel.organisation.path):
        raise NotAllowed
    if (weekday is None) == (day is None):
        raise InvalidData({"weekday": [_("请选择星期或者日期，二者选一。")]})
    if away and day is None:
        raise InvalidData({"day": [_("请写明不在岗的日期。")]})
    if not away and (starts is None or ends is None or starts >= ends):
        raise InvalidData({"starts": [_("请写明起止时间，结束要晚于开始。")]})
    with transaction.atomic():
        shift = CounselShift.objects.create(
            counsel=counsel,
            weekday=weekday,
            date=day,
            starts=None if away else starts,
            ends=None if away else ends,
            away=away,
        )
        trail.record(f"counsel:{counsel.pk}", "shift", actor=actor, after={"day": str(day or weekday), "away": away})
    return shift


def drop_shift(actor: Actor, shift: CounselShift) -> None:
    if not keeps(actor, shift.counsel.organisation.path):
        raise NotAllowed
    with transaction.atomic():
        trail.record(f"counsel:{shift.counsel_id}", "drop_shift", actor=actor, after={"day": str(shift)})
        shift.delete()


def declare_interest(
    actor: Actor, counsel: Counsel, kind: str, party_name: str, party_uscc: str = "", note: str = ""
) -> Interest:
    """登记利益关系: by the counsel themself or by who keeps the rota."""
    if actor.account_id != counsel.account_id and not keeps(actor, counsel.organisation.path):
        raise NotAllowed
    name = party_name.strip()[:160]
    if kind not in Interest.Kind.values or not name:
        raise InvalidData({"party_name": [_("请写明单位名称和关系。")]})
    with transaction.atomic(), as_system("interests are the platform's"):
        interest = Interest.objects.create(
            counsel=counsel,
            kind=kind,
            party_name=name,
            party_key=employer_key(name),
            party_uscc=party_uscc.strip().upper()[:18],
            employer=sure_employer(name, party_uscc),
            note=note[:300],
            at=now(),
            by_id=actor.account_id,
        )
        trail.record(f"counsel:{counsel.pk}", "interest", actor=actor, after={"kind": kind, "party": name})
    return interest


def visible_source(actor: Actor, matter_id: int) -> Matter:
    """The appeal's matter that a case may begin from. NotFound for who does not see it."""
    with bind(actor):
        found = visible_to(actor).filter(pk=matter_id, kind=LEAD_KIND).first()
    if found is None:
        raise NotFound
    return found
