"""What may be asked: whose file one reads, the cases of an appeal, a lawyer's own, the figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from gonghui.appeals import categories
from gonghui.appeals.actions.attachments import open_stored
from gonghui.appeals.actions.conversation import is_owner
from gonghui.kernel import clocks
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import record_opening, state_text
from gonghui.kernel.models import Clock, Matter
from gonghui.kernel.scope import as_system, bind, scope_rows, visible_to
from gonghui.kernel.times import now
from gonghui.legal import eligibility, lines, tables
from gonghui.legal.actions import as_party, directs
from gonghui.legal.models import (
    AidApplication,
    AidDecision,
    Booking,
    CaseFile,
    DraftedPaper,
    FileEntry,
    FilePaper,
    LegalCase,
)
from gonghui.legal.rules.common import AID_KIND, BOOKING_KIND, KINDS, QUESTION_KIND, case_for
from gonghui.organisations.queries import names_of

# Who checks and decides an application reads its facts; who only sees that the matter moves does not.
FACT_READERS = ("dispatcher", "handler", "leader", "supervisor")


def reads_file(actor: Actor, matter: Matter) -> bool:
    """The worker, and the lawyer who accepted the case and still has it. Nobody else, however high."""
    if is_owner(actor, matter) and actor.kind != "staff":
        return True
    if actor.kind != "staff" or matter.pk not in actor.assigned_ids:
        return False
    with as_system("the actor takes part in this matter"):
        case = case_for(matter)
    return case.accepted_at is not None and case.counsel is not None and case.counsel.account_id == actor.account_id


def reads_facts(actor: Actor, matter: Matter) -> bool:
    """The facts of an application: who reads the file, and at the union that decides those who check and decide.

    Above it only who may decide: the supervisors and, for an objection, the leaders.
    """
    if reads_file(actor, matter):
        return True
    for duty in actor.duties:
        if duty.path == matter.holder_path and duty.role in FACT_READERS:
            return True
        if duty.role in ("supervisor", "leader") and matter.holder_path.startswith(duty.path + "."):
            return duty.role == "supervisor" or matter.state == "objected"
    return False


@dataclass
class CasePage:
    """A legal case as one reader may see it; `file` and `entries` are empty for all who may not read the file."""

    matter: Matter
    case: LegalCase
    state: str
    opens_file: bool
    file: CaseFile | None = None
    entries: list[FileEntry] = field(default_factory=list)
    papers: list[FilePaper] = field(default_factory=list)
    drafted: list[DraftedPaper] = field(default_factory=list)
    running: list[Clock] = field(default_factory=list)
    application: AidApplication | None = None
    facts: eligibility.Facts | None = None
    verdict: eligibility.Verdict | None = None
    decisions: list[AidDecision] = field(default_factory=list)


def case_page(actor: Actor, matter_id: int) -> CasePage:
    """The page of a legal case. NotFound when the actor may not see the matter."""
    party = party_of(actor, matter_id)
    with bind(party):
        matter = visible_to(party).select_related("assignee").filter(pk=matter_id, kind__in=KINDS).first()
    if matter is None:
        raise NotFound
    opens, facts_too = reads_file(party, matter), reads_facts(party, matter)
    with as_system("what of it the actor reads is decided above"):
        page = CasePage(
            matter=matter,
            case=case_for(matter),
            state=state_text(matter),
            opens_file=opens,
        )
        if opens:
            page.running = list(matter.clocks.filter(status=Clock.Status.RUNNING).order_by("due_at"))
            page.drafted = newest_papers(matter)
            page.file = CaseFile.objects.get(matter=matter)
            page.entries = list(matter.file_entries.select_related("by").order_by("at", "pk"))
            page.papers = list(matter.file_papers.order_by("at", "pk"))
        if matter.kind == AID_KIND and facts_too:
            page.application = AidApplication.objects.get(matter=matter)
            page.facts = eligibility.Facts.from_json(page.application.facts_json)
            page.verdict = eligibility.judge(page.facts, page.application.asked_on, lines.entered())
            page.decisions = list(matter.aid_decisions.select_related("by").order_by("at", "pk"))
    return page


def party_of(actor: Actor, matter_id: int) -> Actor:
    """The actor as the kernel knows them on this case or booking: its worker, where they hold the appeal's code."""
    with as_system("whose case it is decides"):
        matter = Matter.objects.filter(pk=matter_id, kind__in=(*KINDS, BOOKING_KIND)).first()
    return as_party(actor, matter) if matter is not None else actor


def newest_papers(matter: Matter) -> list[DraftedPaper]:
    """代拟文书: the newest version of each. The caller has seen that the file may be read."""
    found: dict[str, DraftedPaper] = {}
    for row in DraftedPaper.objects.filter(matter=matter).select_related("by").order_by("document", "version"):
        found[row.document] = row
    return sorted(found.values(), key=lambda row: row.at)


@dataclass(frozen=True)
class Linked:
    """A legal case beside its appeal: that it is, where it stands, when it is due. Not a word of it."""

    matter: Matter
    title: str
    about: str
    state: str
    light: str
    opens: bool
    aid_advised: bool = False


def linked_cases(actor: Actor, source: Matter, *, known: bool = False) -> list[Linked]:
    """The legal cases of an appeal for whoever handles it, and for the worker. Nothing at the employer's own union,
    and nothing to who only counts or checks. `known`: the caller has found that the actor directs the appeal."""
    worker = is_owner(actor, source)
    if not worker and not known and not directs(actor, source):
        return []
    with as_system("the caller has seen the appeal's matter"):
        rows: list[LegalCase | Booking] = [
            *LegalCase.objects.filter(source=source).select_related("matter").order_by("-matter__opened_at"),
            *Booking.objects.filter(source=source).select_related("matter").order_by("-matter__opened_at"),
        ]
    if not rows:
        return []
    with bind(actor):
        seen = set(visible_to(actor).filter(pk__in=[row.matter_id for row in rows]).values_list("pk", flat=True))
    return [_linked(row, worker=worker, opens=worker or row.matter_id in seen) for row in rows]


def own_services(actor: Actor, most: int = 100) -> list[Linked]:
    """The legal services of a signed-in worker, newest first."""
    if actor.account_id is None:
        return []
    with bind(actor):
        mine = visible_to(actor).filter(owner_id=actor.account_id, kind__in=(*KINDS, BOOKING_KIND))
        ids = list(mine.order_by("-opened_at").values_list("pk", flat=True)[:most])
    with as_system("the worker's own"):
        rows: list[LegalCase | Booking] = [
            *LegalCase.objects.filter(matter_id__in=ids).select_related("matter"),
            *Booking.objects.filter(matter_id__in=ids).select_related("matter"),
        ]
    rows.sort(key=lambda row: ids.index(row.matter_id))
    return [_linked(row, worker=True, opens=True) for row in rows]


def _linked(row: LegalCase | Booking, *, worker: bool, opens: bool) -> Linked:
    return Linked(
        matter=row.matter,
        title=_title(row),
        about=categories.label(row.matter.category) if row.matter.category else "",
        state=state_text(row.matter, worker),
        light=clocks.light(row.matter, now()),
        opens=opens,
        aid_advised=isinstance(row, LegalCase) and row.aid_advised,
    )


def _title(row: LegalCase | Booking) -> str:
    """法律咨询, 法律援助, or what was booked."""
    if isinstance(row, LegalCase):
        return str(flow_of(row.matter).title)
    return _("预约：%(service)s") % {"service": tables.service(row.service)}


def open_paper(actor: Actor, paper_id: int) -> tuple[FilePaper, IO[bytes]]:
    """A paper of a file, for those who read the file; an opening by the lawyer goes into the trail."""
    with as_system("checked below"):
        paper = FilePaper.objects.select_related("matter", "attachment").filter(pk=paper_id).first()
    if paper is None:
        raise NotFound
    party = party_of(actor, paper.matter_id)
    with bind(party):
        visible = visible_to(party).filter(pk=paper.matter_id).exists()
    if not visible or not reads_file(party, paper.matter):
        raise NotFound
    if actor.kind == "staff":
        record_opening(paper.matter_id, actor, f"legal.filepaper:{paper.pk}", paper.sha256)
    return paper, open_stored(paper.attachment.stored_name if paper.attachment else paper.stored_name)


def opens(actor: Actor, matter: Matter) -> bool:
    """May the actor see this matter's page at all?"""
    with bind(actor):
        return visible_to(actor).filter(pk=matter.pk).exists()


def open_cases(actor: Actor, most: int = 100) -> list[Matter]:
    """Open cases of the organisations the actor sees, by what is due first."""
    with bind(actor):
        rows = (
            scope_rows(actor)
            .filter(kind__in=(*KINDS, BOOKING_KIND), is_open__in=[True])
            .order_by("due_at", "matter_id")
        )
        ids = list(dict.fromkeys(rows.values_list("matter_id", flat=True)[: most * 2]))[:most]
        found = Matter.objects.select_related("assignee").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def own_cases(actor: Actor, most: int = 200) -> list[LegalCase]:
    """A lawyer's list: what is assigned to them now, open ones first by what is due."""
    with bind(actor):
        mine = visible_to(actor).filter(kind__in=KINDS, pk__in=actor.assigned_ids)
        ids = list(mine.values_list("pk", flat=True))
    with as_system("assigned to the actor"):
        rows = LegalCase.objects.filter(matter_id__in=ids).select_related("matter")
        return list(rows.order_by("-matter__is_open", "matter__due_at", "-matter__opened_at")[:most])


def statistics(actor: Actor, since: datetime, until: datetime) -> dict[str, Any]:
    """Figures of the cases opened in a time, of the organisations the actor sees: number, time to the first answer,
    satisfaction, money. Denominators stand beside each share (handbook 1.8)."""
    with bind(actor):
        rows = scope_rows(actor).filter(kind__in=KINDS, opened_at__gte=since, opened_at__lt=until)
        ids = list(rows.values_list("matter_id", flat=True).distinct())
        booked = scope_rows(actor).filter(kind=BOOKING_KIND, opened_at__gte=since, opened_at__lt=until)
        booked_ids = list(booked.values_list("matter_id", flat=True).distinct())
    with as_system("narrowed to what the actor sees"):
        found = LegalCase.objects.filter(matter_id__in=ids)
        questions, aids = found.filter(matter__kind=QUESTION_KIND), found.filter(matter__kind=AID_KIND)
        answered = list(
            questions.filter(first_answer_at__isnull=False).values_list(
                "matter__opened_at", "first_answer_at", "on_time"
            )
        )
        hours = sorted((first - opened).total_seconds() / 3600 for opened, first, _ok in answered if first is not None)
        # Who was never answered counts too, as soon as the limit has run out.
        late = Q(matter__clocks__name="answer", matter__clocks__overdue=True)
        due = questions.filter(Q(first_answer_at__isnull=False) | late).distinct().count()
        pleased = [item.code for item in tables.words().satisfaction if item.satisfied]
        money = aids.aggregate(claimed=Sum("claimed"), recovered=Sum("recovered"))
        outcomes = dict(aids.exclude(outcome="").values_list("outcome").annotate(n=Count("pk")))
        rated = found.exclude(satisfaction="")
        return {
            "consultations": questions.count(),
            "answered": len(answered),
            "due": due,
            "on_time": sum(1 for row in answered if row[2]),
            "median_hours": round(hours[len(hours) // 2], 1) if hours else None,
            "aids": aids.count(),
            "granted": aids.filter(granted=True).count(),
            "refused": aids.filter(granted=False).count(),
            "aid_first": aids.filter(aid_first=True).count(),
            "rated": rated.count(),
            "pleased": rated.filter(Q(satisfaction__in=pleased)).count(),
            "claimed": money["claimed"] or Decimal(0),
            "recovered": money["recovered"] or Decimal(0),
            "bookings": dict(
                Booking.objects.filter(matter_id__in=booked_ids).values_list("service").annotate(n=Count("pk"))
            ),
            "unions": _by_union(found),
            "outcomes": {code: outcomes.get(code, 0) for code in LegalCase.Outcome.values},
        }


def _by_union(found: QuerySet[LegalCase]) -> list[dict[str, Any]]:
    """Number of each kind and money recovered, by the union that holds the case, most money first."""
    counted = found.values_list("matter__holder_path").annotate(
        questions=Count("pk", filter=Q(matter__kind=QUESTION_KIND)),
        aids=Count("pk", filter=Q(matter__kind=AID_KIND)),
        money=Sum("recovered"),
    )
    rows = [
        {"path": path, "questions": questions, "aids": aids, "recovered": recovered or Decimal(0)}
        for path, questions, aids, recovered in counted
    ]
    names = names_of(row["path"] for row in rows)
    for row in rows:
        row["name"] = names.get(row["path"], row["path"])
    return sorted(rows, key=lambda row: (-row["recovered"], row["name"]))
