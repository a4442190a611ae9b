"""互选: after an event each may choose some of those who came. When the time is over, both learn of each other where
both chose; nobody ever learns of a choice that was not returned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals.actions.attachments import open_stored
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.services.models import FormFile, Offer, Seat
from gonghui.wellbeing.models import AbuseReport, MeetingChoice, Profile
from gonghui.wellbeing.rules.meeting import came_to

CHOICES_MOST = 3
# Days after an event in which one may choose; then what is mutual is told to both at once.
OPEN_DAYS = 3
HANDLERS = ("handler", "dispatcher", "leader")


def own(actor: Actor) -> Profile | None:
    if actor.kind != "worker" or actor.account_id is None:
        return None
    with as_system("one's own profile"):
        return Profile.objects.select_related("application").filter(account_id=actor.account_id).first()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if len(line.strip()) > 1]


def _hidden(one: Profile, other: Profile) -> bool:
    """Whether `one` never wants to be shown to `other`: by their name, or a word of their unit's name."""
    return any(
        line == other.real_name or (other.unit_name and line in other.unit_name) for line in _lines(one.never_shown)
    )


def apart(one: Profile, other: Profile) -> bool:
    """Neither sees the other when either of them said so."""
    return _hidden(one, other) or _hidden(other, one)


def closes(offer: Offer) -> datetime:
    return (offer.ends or offer.made_at) + timedelta(days=OPEN_DAYS)


def others(me: Profile, offer: Offer) -> list[Profile]:
    """Who else was there, verified and of the other gender, and not to be kept apart."""
    seats = Seat.objects.filter(offer=offer, checked_in_at__isnull=False).values("application__account_id")
    rows = Profile.objects.filter(account_id__in=seats, suspended=False, verified_at__isnull=False)
    return [row for row in rows.exclude(gender=me.gender).order_by("pk") if not apart(me, row)]


def mutual(me: Profile, offer: Offer, shown: Iterable[Profile]) -> list[Profile]:
    """Those of `shown` who chose me as I chose them; nobody before the time is over."""
    if now() < closes(offer):
        return []
    mine = set(MeetingChoice.objects.filter(offer=offer, by=me).values_list("chosen_id", flat=True))
    theirs = set(MeetingChoice.objects.filter(offer=offer, chosen=me).values_list("by_id", flat=True))
    return [row for row in shown if row.pk in mine & theirs]


@dataclass(frozen=True)
class Evening:
    """An event one was at: whom one may choose until when, and, after that, who chose one too."""

    offer: Offer
    others: list[tuple[Profile, int, bool]]
    until: datetime
    open: bool
    mutual: list[Profile]


def evenings(me: Profile) -> list[Evening]:
    if me.verified_at is None or me.suspended:
        return []
    with as_system("the events one was at"):
        found = []
        for offer in Offer.objects.filter(pk__in=came_to(me)).order_by("-starts")[:10]:
            rows = others(me, offer)
            chosen = set(MeetingChoice.objects.filter(offer=offer, by=me).values_list("chosen_id", flat=True))
            until = closes(offer)
            shown = [(row, today().year - row.birth_year, row.pk in chosen) for row in rows]
            found.append(Evening(offer, shown, until, now() < until, mutual(me, offer, rows)))
        return found


@transaction.atomic
def choose(actor: Actor, offer_id: int, wanted: Iterable[int]) -> int:
    """One's choices of an event, in place of those before. NotFound where one was not; InvalidData for too many."""
    me = own(actor)
    if me is None:
        raise NotFound
    evening = next((one for one in evenings(me) if one.offer.pk == offer_id), None)
    if evening is None:
        raise NotFound
    if not evening.open:
        raise GuardRefused([_("互选已经结束。")])
    known = {row.pk for row, _age, _chosen in evening.others}
    picked = {one for one in wanted if one in known}
    if len(picked) > CHOICES_MOST:
        raise InvalidData({"chosen": [_("最多选 %(n)d 位。") % {"n": CHOICES_MOST}]})
    with as_system("one's own choices"):
        MeetingChoice.objects.filter(offer_id=offer_id, by=me).delete()
        MeetingChoice.objects.bulk_create(
            MeetingChoice(offer_id=offer_id, by=me, chosen_id=one, at=now()) for one in sorted(picked)
        )
    return len(picked)


def may_see(me: Profile, profile_id: int) -> Profile:
    """A profile of somebody one met at an event. NotFound else."""
    for evening in evenings(me):
        for row, _age, _chosen in evening.others:
            if row.pk == profile_id:
                return row
    raise NotFound


def photo_of(profile: Profile) -> tuple[FormFile, IO[bytes]]:
    """The caller has found that it may be seen. NotFound where there is none."""
    with as_system("somebody one met"):
        row = FormFile.objects.filter(application_id=profile.application_id).order_by("pk").first()
    if row is None:
        raise NotFound
    return row, open_stored(row.stored_name)


@transaction.atomic
def set_apart(actor: Actor, text: str) -> None:
    """不想遇到的人和单位: changed at any time; it holds at once, for choices of before too."""
    me = own(actor)
    if me is None:
        raise NotFound
    if len(text) > 500:
        raise InvalidData({"never_shown": [_("最多 500 个字。")]})
    with as_system("one's own profile"):
        me.never_shown = text.strip()
        me.save(update_fields=["never_shown"])


@transaction.atomic
def report(actor: Actor, profile_id: int, text: str) -> AbuseReport:
    """举报 somebody one met."""
    me = own(actor)
    if me is None:
        raise NotFound
    about = may_see(me, profile_id)
    if not text.strip():
        raise InvalidData({"told": [_("请写明怎么回事。")]})
    with as_system("a report of one's own"):
        return AbuseReport.objects.create(
            about=about, by_id=actor.account_id, organisation=about.organisation, reported_text=text.strip()[:1000],
            at=now(),
        )  # fmt: skip


def reports(actor: Actor) -> list[AbuseReport]:
    with as_system("reports at the actor's own unions"):
        rows = AbuseReport.objects.filter(organisation__path__in=actor.paths_as(*HANDLERS))
        return list(rows.select_related("about").order_by("state", "-at")[:100])


@transaction.atomic
def settle(actor: Actor, report_id: int, upheld: bool) -> AbuseReport:
    """Upheld: the profile is suspended by the flow's step, with the reason its owner reads."""
    row = next((one for one in reports(actor) if one.pk == report_id and one.state == AbuseReport.State.OPEN), None)
    if row is None:
        raise NotFound
    if upheld and row.about is not None and not row.about.suspended:
        with as_system("the profile's own matter"):
            matter_id = row.about.application.matter_id
        act(matter_id, "suspend", actor, {"text": _("有人举报，经核查属实，已停用。有异议请联系工会。")})
    with as_system("a report at the actor's own union"):
        row.state = AbuseReport.State.UPHELD if upheld else AbuseReport.State.DISMISSED
        row.settled_by_id = actor.account_id
        row.save(update_fields=["state", "settled_by"])
        trail.record(f"meeting_report:{row.pk}", row.state, actor=actor)
    return row
