"""What may be asked of the letters: one with all its papers, those of an appeal, the list, the figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import IO, Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from gonghui.appeals.actions.attachments import open_stored
from gonghui.appeals.queries import Measure, sees_shared_only
from gonghui.kernel import clocks
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotFound
from gonghui.kernel.matters import record_opening, state_text
from gonghui.kernel.models import Matter, MatterScope
from gonghui.kernel.scope import as_system, bind, scope_rows, visible_to, within
from gonghui.kernel.times import day_of, now
from gonghui.organisations.queries import names_of
from gonghui.people.roles import shared_only_roles
from gonghui.resolution import tables
from gonghui.resolution.models import Inquiry, Letter, LetterPaper, Reply, Service
from gonghui.resolution.rules.common import KIND, chain, letter_for

PAGE = 50


@dataclass
class LetterPage:
    """A letter as the desk shows it. `chain`: the letters before and after it, with whether the actor may open each."""

    matter: Matter
    letter: Letter
    chain: list[tuple[Letter, bool]]
    source: Matter | None
    services: list[Service] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)
    papers: list[LetterPaper] = field(default_factory=list)


def visible_letter(actor: Actor, matter_id: int) -> Letter:
    """The letter of a matter that the actor sees; NotFound otherwise, and for partner bodies: it is not shared."""
    with bind(actor):
        matter = visible_to(actor).filter(pk=matter_id, kind=KIND).first()
        if matter is None or sees_shared_only(actor, matter):
            raise NotFound
    with as_system("the actor sees this matter"):
        return letter_for(matter)


def letter_page(actor: Actor, matter_id: int) -> LetterPage:
    """Everything of one letter. NotFound when the actor may not see it."""
    letter = visible_letter(actor, matter_id)
    matter = letter.matter
    with as_system("the actor sees this matter; the others of the chain are looked at below"):
        row = chain(letter)
        while (after := Letter.objects.select_related("matter").filter(previous=row[-1]).first()) is not None:
            row.append(after)
        page = LetterPage(
            matter=matter,
            letter=letter,
            chain=[],
            source=None,
            services=list(matter.services.order_by("pk")),
            replies=list(matter.letter_replies.select_related("by").order_by("pk")),
            inquiries=list(matter.inquiries.select_related("by").order_by("day", "pk")),
            papers=list(matter.letter_papers.order_by("kind", "at")),
        )
    wanted = [one.matter_id for one in row] + ([letter.source_id] if letter.source_id else [])
    with bind(actor):
        seen = {found.pk: found for found in visible_to(actor).filter(pk__in=wanted)}
    page.chain = [(one, one.matter_id in seen) for one in row]
    page.source = seen.get(letter.source_id or 0)
    return page


@dataclass(frozen=True)
class Line:
    """A letter in a list."""

    letter: Letter
    matter: Matter
    kind: str
    state: str
    light: str
    holder: str


def _lines(letters: list[Letter]) -> list[Line]:
    at = now()
    return [
        Line(
            letter=one,
            matter=one.matter,
            kind=tables.kind(one.kind).label,
            state=state_text(one.matter),
            light=clocks.light(one.matter, at),
            holder=one.committee.organisation.name,
        )
        for one in letters
    ]


def letters_of(actor: Actor, source: Matter) -> list[Line]:
    """The letters of an appeal that the actor may see, newest first."""
    with bind(actor):
        seen = visible_to(actor).filter(kind=KIND, letter__source=source).values("pk")
        found = Letter.objects.filter(matter__in=seen).select_related("matter", "committee__organisation")
        return _lines(list(found.order_by("-matter__opened_at")))


@dataclass(frozen=True)
class Filters:
    """What the list shows. Empty values do not narrow; `state` may be `open`."""

    kind: str = ""
    state: str = ""
    path: str = ""
    words: str = ""
    since: date | None = None
    until: date | None = None


def _rows(actor: Actor, path: str = "") -> QuerySet[MatterScope]:
    """Scope rows of the letters at the actor's organisations; not where they are a partner body alone."""
    own = [duty.path for duty in actor.duties if not duty.assigned_only and duty.role not in shared_only_roles()]
    wanted = [path] if path and any(within(path, one) for one in own) else list(dict.fromkeys(own))
    return scope_rows(actor, wanted).filter(kind=KIND)


def letters(actor: Actor, filters: Filters, page: int = 1) -> tuple[list[Line], bool]:
    """One page of the letters the actor sees, what is due first, and whether there are more."""
    with bind(actor):
        found = Letter.objects.filter(matter__in=_rows(actor, filters.path).values("matter_id"))
        if filters.kind:
            found = found.filter(kind=filters.kind)
        if filters.state == "open":
            found = found.filter(matter__is_open=True)
        elif filters.state:
            found = found.filter(matter__state=filters.state)
        if filters.words:
            found = found.filter(
                Q(employer_name__icontains=filters.words)
                | Q(number__icontains=filters.words)
                | Q(matter__number__iexact=filters.words)
            )
        if filters.since:
            found = found.filter(matter__opened_at__date__gte=filters.since)
        if filters.until:
            found = found.filter(matter__opened_at__date__lte=filters.until)
        found = found.select_related("matter", "committee__organisation")
        begin = (max(1, page) - 1) * PAGE
        rows = list(found.order_by("-matter__is_open", "matter__due_at", "-matter__pk")[begin : begin + PAGE + 1])
    return _lines(rows[:PAGE]), len(rows) > PAGE


def counts(actor: Actor) -> dict[str, int]:
    """Open letters by state."""
    with bind(actor):
        rows = _rows(actor).filter(is_open__in=[True])
        return dict(rows.values_list("state").annotate(n=Count("matter_id", distinct=True)).order_by())


def open_paper(actor: Actor, paper_id: int) -> tuple[LetterPaper, IO[bytes]]:
    """An uploaded paper, for those who see the letter; each opening goes into the trail. NotFound otherwise."""
    with as_system("checked below"):
        paper = LetterPaper.objects.filter(pk=paper_id).first()
    if paper is None:
        raise NotFound
    visible_letter(actor, paper.matter_id)
    record_opening(paper.matter_id, actor, f"resolution.letterpaper:{paper.pk}", paper.sha256)
    return paper, open_stored(paper.stored_name)


def statistics(actor: Actor, since: date, until: date, path: str = "") -> dict[str, Any]:
    """Figures of the letters signed from `since` to `until` (both included), for one organisation and those below it:
    发函数, 送达率, 按期回复率, 整改率, 追回金额 (handbook 3.2), each rate with what it is of."""
    top = path if path and any(within(path, own) for own in actor.paths) else ""
    top = top or (min(actor.paths, key=len) if actor.paths else "cn")
    with as_system("narrowed to the actor's scope; only sums leave this function"):
        seen = scope_rows(actor, [top]).filter(kind=KIND).values("matter_id")
        issued = Letter.objects.filter(matter__in=seen, signed_on__gte=since, signed_on__lte=until)
        figures = _figures(issued)
        return {
            "path": top,
            "organisation": names_of([top]).get(top, top),
            "since": since,
            "until": until,
            "cut_at": now(),
            **figures,
            "by_month": _by_month(issued),
            "by_organisation": _below(top, issued),
        }


def _figures(issued: QuerySet[Letter]) -> dict[str, Any]:
    delivered = Q(delivered_on__isnull=False)
    due = delivered & (Q(in_time__isnull=False) | Q(reply_due__lt=now()))
    judged = delivered & Q(matter__state__in=("verified", "closed", "escalated"))
    kinds = tables.kinds()
    sums = issued.aggregate(
        n_issued=Count("pk"),
        n_delivered=Count("pk", filter=delivered),
        n_due=Count("pk", filter=due),
        n_in_time=Count("pk", filter=due & Q(in_time=True)),
        n_judged=Count("pk", filter=judged),
        n_rectified=Count("pk", filter=judged & Q(corrected="yes")),
        sum_recovered=Sum("recovered"),
        **{f"n_{one.code}": Count("pk", filter=Q(kind=one.code)) for one in kinds},
    )

    def measure(code: str, label: str, of: str, basis: str) -> Measure:
        return Measure(code, label, Decimal(sums[f"n_{code}"]), sums[f"n_{of}"], basis)

    return {
        "issued": sums["n_issued"],
        "by_kind": [{"code": one.code, "label": one.label, "count": sums[f"n_{one.code}"]} for one in kinds],
        "measures": [
            measure("delivered", _("送达率"), "issued", _("签发的文书")),
            measure("in_time", _("按期回复率"), "due", _("已送达并且已经答复或者答复期限已满的文书")),
            measure("rectified", _("整改率"), "judged", _("已送达并且已经核实、办结或者升级的文书")),
        ],
        "recovered": sums["sum_recovered"] or Decimal(0),
    }


def _by_month(issued: QuerySet[Letter]) -> list[dict[str, Any]]:
    counted: dict[str, int] = {}
    for day in issued.order_by("signed_on").values_list("signed_on", flat=True):
        month = f"{day:%Y-%m}" if day else ""
        counted[month] = counted.get(month, 0) + 1
    return [{"month": month, "count": count} for month, count in counted.items()]


def _below(top: str, issued: QuerySet[Letter]) -> list[dict[str, Any]]:
    """The organisation's own letters and those of each below it that issued any, by its path one level down."""
    depth = top.count(".") + 1
    grouped: dict[str, list[int]] = {}
    for pk, holder in issued.values_list("pk", "matter__holder_path"):
        grouped.setdefault(".".join(holder.split(".")[: depth + 1]), []).append(pk)
    names = names_of(grouped)
    rows = []
    for path in sorted(grouped):
        figures = _figures(Letter.objects.filter(pk__in=grouped[path]))
        rows.append({"path": path, "name": names.get(path, path), "own": path == top, **figures})
    return rows


def default_period(at: datetime) -> tuple[date, date]:
    """The last year, to the present day as the calendar on the wall shows it."""
    until = day_of(at)
    return until - timedelta(days=365), until
