"""参保登记簿: who is in which plan, entered by unions, asked by claims. A person is found by the blind index of the
identity number; a worker sees the covers of their own membership alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.aid.models import MutualCover
from gonghui.aid.mutual import plans
from gonghui.aid.mutual.plans import Plan
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.locks import hold
from gonghui.kernel.scope import ancestors, as_system
from gonghui.kernel.times import now, today
from gonghui.kernel.vault import blind_index
from gonghui.membership import queries as members
from gonghui.membership.models import Membership
from gonghui.organisations.models import Organisation
from gonghui.services.models import Payment

KEEPERS = members.KEEPERS
SHOWN_MOST, REASON_MOST = 200, 200
Way = MutualCover.Way
TWICE = gettext_lazy("这个人已经参加了这个计划，这一期还没有到期。")


@dataclass(frozen=True)
class Entry:
    """One person to be entered. `since`: the first day of the cover; `paid_before`: yuan paid in this period so far."""

    name: str
    id_no: str
    since: date
    certificate: str = ""
    paid_before: Decimal = Decimal(0)
    unit: str = ""


def plan_of(cover: MutualCover) -> Plan | None:
    """The plan as it holds for this cover: that of its place on its first day."""
    return plans.book().find(cover.plan, cover.region, cover.starts)


def region_of(organisation: Organisation) -> str:
    """Where a union is: its own place, else that of the nearest above."""
    rows = Organisation.objects.filter(path__in=ancestors(organisation.path)).exclude(region=None)
    return str(max(rows.values_list("path", "region_id"), key=lambda row: len(row[0]), default=("", ""))[1])


def standing(index: str) -> QuerySet[MutualCover]:
    """The covers of one person that were not cancelled, by blind index."""
    return MutualCover.objects.filter(person_index=index, cancelled_on=None)


def paid(covers: Iterable[MutualCover], but: int | None = None) -> dict[int, Decimal]:
    """Yuan paid, or set aside to be paid, from each of these covers, by their ids; `but`: an application that does not
    count. One question to the database for all of them."""
    rows, cover = {row.pk: row.paid_before for row in covers}, "application__mutual_claim__cover"
    with as_system("what was paid from covers"):
        counted = Payment.objects.filter(**{f"{cover}__in": list(rows)}).exclude(status=Payment.Status.CANCELLED)
        sums = counted.exclude(application_id=but or 0).order_by().values_list(cover).annotate(sum=Sum("amount"))
        for key, value in sums:
            rows[key] += value
    return rows


def earlier(cover: MutualCover, but: int | None = None) -> Decimal:
    """Yuan paid, or set aside to be paid, from this cover; `but`: an application that does not count."""
    return paid([cover], but)[cover.pk]


def covers_on(id_no: str, day: date) -> list[MutualCover]:
    """Who has this identity number: what covers them on a day (the waiting days are asked apart)."""
    index = blind_index("id_no", id_no)
    if not index:
        return []
    with as_system("a claim asks the whole register"):
        return list(standing(index).filter(starts__lte=day, ends__gte=day).order_by("starts", "pk"))


def own(account_id: int | None, id_no: str = "") -> list[MutualCover]:
    """The covers of the account's own membership (`members.own`), the newest first: who types somebody else's number
    learns nothing."""
    found = members.own(account_id, id_no)
    if found is None or (id_no and blind_index("id_no", id_no) != found.person_index):
        return []
    with as_system("one's own covers"):
        return list(standing(found.person_index).select_related("organisation").order_by("-starts", "-pk"))


# --- entering ---------------------------------------------------------------------------------------------------


def refusal(plan: Plan, organisation: Organisation, entry: Entry, way: str) -> tuple[str, str] | None:
    """Why this person cannot be entered, with the field of the entry; None where they can. Asked as the system."""
    if way != Way.CERTIFICATE and way not in plan.ways:
        return "way", _("这个计划只能由单位集体参保，不接受个人参保。")
    if not plan.valid(entry.since) or entry.since > today():
        return "since", _("生效日期不在计划有效的时间里，或者晚于今天。")
    if way == Way.CERTIFICATE:
        return None if entry.certificate else ("certificate", _("补登要写互助凭证号。"))
    if not plan.window.holds(entry.since):
        text = _("生效日期不在参保时间（每年 %(opens)s 到 %(closes)s）里。")
        return "since", text % {"opens": plan.window.opens, "closes": plan.window.closes}
    found = members.current_by_id(entry.id_no)
    if found is None or found.organisation_id != organisation.pk:
        # Where else somebody is a member is the other union's matter.
        return "id_no", _("不是本工会的在册会员。")
    if found.state not in plan.members:
        states = "、".join(str(Membership.State(one).label) for one in plan.members)
        return "id_no", _("会籍状态不能参加：要是%(states)s的会员。") % {"states": states}
    if "".join(found.name.split()) != "".join(entry.name.split()):
        return "name", _("姓名和会员登记的不一致。")
    return None


def clash(plan: Plan, entry: Entry) -> MutualCover | None:
    """A cover of the same plan that stands on any day of the new one."""
    index, last = blind_index("id_no", entry.id_no), plan.last_day(entry.since)
    return standing(index).filter(plan=plan.code, starts__lte=last, ends__gte=entry.since).order_by("pk").first()


@transaction.atomic
def write(
    actor: Actor, organisation: Organisation, plan: Plan, entry: Entry, way: str, region: str | None = None
) -> MutualCover:
    """Enter one that was found right. GuardRefused where a cover of the plan stands on any of its days already.

    `region`: the union's, where the caller has looked it up.
    """
    index, gap = blind_index("id_no", entry.id_no), int(plan.figures.renewal_gap_days.value)
    # No row is there to be locked: two who enter one person at once wait here for each other.
    hold(f"gonghui.mutual.{index}")
    if clash(plan, entry) is not None:
        raise GuardRefused([str(TWICE)])
    before = standing(index).filter(plan=plan.code, ends__lt=entry.since)
    last = before.order_by("-ends").values_list("ends", flat=True).first()
    row = MutualCover.objects.create(
        plan=plan.code, period=entry.since.isoformat(), way=way, organisation=organisation, path=organisation.path,
        region=region_of(organisation) if region is None else region, unit=entry.unit, name=entry.name,
        id_no=entry.id_no, certificate=entry.certificate, starts=entry.since, ends=plan.last_day(entry.since),
        renewed=last is not None and (entry.since - last).days <= gap + 1, paid_before=entry.paid_before,
        entered_by_id=actor.account_id, at=now(),
    )  # fmt: skip
    after = {"plan": row.plan, "period": row.period, "way": row.way, "union": row.path}
    trail.record(f"mutual:{row.pk}", "join", actor=actor, after=after)
    return row


def enter(actor: Actor, organisation: Organisation, code: str, entry: Entry, way: str) -> MutualCover:
    """登记一人. InvalidData beside the field. The caller has asked whether the actor keeps this union's register."""
    with as_system("the register asks the whole country"), transaction.atomic():
        region = region_of(organisation)
        plan = plans.book().find(code, region, entry.since)
        if plan is None:
            raise InvalidData({"plan": [_("这个计划在生效那天不办理。")]})
        if (why := refusal(plan, organisation, entry, way)) is not None:
            raise InvalidData({why[0]: [why[1]]})
        try:
            return write(actor, organisation, plan, entry, way, region)
        except GuardRefused as refused:
            raise InvalidData({"id_no": refused.reasons}) from None


def cancel(actor: Actor, cover_id: int, reason: str) -> MutualCover:
    """撤销一条登错的. InvalidData without a reason; GuardRefused where a claim that is open, or a payment, counts
    against it: what was refused or withdrawn does not."""
    reason = (reason or "").strip()
    if not reason or len(reason) > REASON_MOST:
        raise InvalidData({"reason": [_("请写明理由。")]})
    kept(actor, cover_id)
    with as_system("the caller keeps this register"), transaction.atomic():
        row = MutualCover.objects.select_for_update(of=("self",)).get(pk=cover_id)
        if row.cancelled_on is not None:
            raise GuardRefused([_("这一条已经撤销了。")])
        pays = set(Payment.Status) - {Payment.Status.CANCELLED}
        counts = Q(application__matter__is_open=True) | Q(application__payment__status__in=pays)
        if row.claims.filter(counts).exists():
            raise GuardRefused([_("已经有理赔用到这一条，不能撤销。")])
        row.cancelled_on, row.cancelled_why = today(), reason
        row.save(update_fields=["cancelled_on", "cancelled_why"])
        trail.record(f"mutual:{row.pk}", "cancel", actor=actor, after={"reason": reason})
    return row


# --- the desk ---------------------------------------------------------------------------------------------------


def kept_by(actor: Actor) -> QuerySet[MutualCover]:
    """What the unions entered where this actor keeps the register, the newest first."""
    rows = MutualCover.objects.select_related("organisation").filter(path__in=actor.paths_as(*KEEPERS))
    return rows.order_by("-pk")


def kept(actor: Actor, cover_id: int) -> MutualCover:
    """NotFound for another union's."""
    row = kept_by(actor).filter(pk=cover_id).first()
    if row is None:
        raise NotFound
    return row


def find(actor: Actor, text: str, plan: str = "") -> list[MutualCover]:
    """By identity number or certificate, exactly; nothing typed: the newest."""
    rows, text = kept_by(actor), text.strip()
    if plan:
        rows = rows.filter(plan=plan)
    if text:
        rows = rows.filter(Q(person_index=blind_index("id_no", text)) | Q(certificate=text))
    return list(rows[:SHOWN_MOST])
