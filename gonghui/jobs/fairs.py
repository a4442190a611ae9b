"""招聘会: fairs are offers of J02; employers bring postings to a booth, and what comes of meeting there is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.jobs import postings, tables
from gonghui.jobs.models import Booth, JobApplication, Posting
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now
from gonghui.services import offers
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Offer, Seat

SERVICE = "J02"
# What is applied for so many days after a fair still counts with it [P].
AFTER_DAYS = 7


def coming(region: str = "", most: int = 10) -> list[Offer]:
    """The fairs one can go to, the nearest first."""
    return offers.coming(catalogue().services[SERVICE], region, most)


def fair(offer_id: int) -> Offer:
    """NotFound for a draft, or what is no fair."""
    return offers.visible(SERVICE, offer_id)


def brought(offer: Offer) -> list[Booth]:
    """The postings that are shown at a fair and still open."""
    with as_system("open postings are public, their matters are not"):
        rows = Booth.objects.select_related("posting__region", "posting__matter").filter(fair=offer, posting__open=True)
        return list(rows.order_by("place", "pk"))


def booths_left(offer: Offer) -> int:
    """A place for each employer, however many postings it brings."""
    with as_system("how many booths are taken is no secret"):
        taken = Booth.objects.filter(fair=offer).values("posting__uscc").distinct().count()
    return max(0, int(offer.data.get("booths") or 0) - taken)


def bring(actor: Actor, own_posting_id: int, offer_id: int) -> Booth:
    """An employer brings a posting of its own to a fair. GuardRefused when every booth is taken."""
    posting = postings.own(actor, own_posting_id)
    if not posting.open:
        raise GuardRefused([_("岗位公布以后才能带去招聘会。")])
    with as_system("a fair is open to all"), transaction.atomic():
        row = Offer.objects.select_for_update(of=("self",)).filter(pk=offer_id, service=SERVICE).first()
        if row is None or row.status != Offer.Status.PUBLISHED or (row.ends is not None and row.ends <= now()):
            raise NotFound(_("这场招聘会已经结束或者取消。"))
        known = Booth.objects.filter(fair=row, posting__uscc=posting.uscc).order_by("pk").first()
        if known is None and not booths_left(row):
            raise GuardRefused([_("展位已经满了，请看看别的招聘会。")])
        number = Booth.objects.filter(fair=row).values("posting__uscc").distinct().count() + 1
        place = known.place if known is not None else f"{number:02d}"
        try:
            with transaction.atomic():
                made = Booth.objects.create(
                    fair=row, posting=posting, account_id=actor.account_id, place=place, at=now()
                )
        except IntegrityError:
            raise GuardRefused([_("这个岗位已经报了这场招聘会。")]) from None
        trail.record(f"offer:{row.pk}", "booth", actor=actor, after={"posting": posting.matter.number, "booth": place})
    return made


def met_at(account_id: int, posting: Posting, at: datetime) -> Offer | None:
    """The fair at which this person came to see this posting: held now, or within the last days."""
    seats = Seat.objects.filter(
        application__account_id=account_id,
        checked_in_at__isnull=False,
        offer__service=SERVICE,
        offer__booths__posting=posting,
        offer__starts__lte=at,
        offer__ends__gt=at - timedelta(days=AFTER_DAYS),
    )
    row = seats.select_related("offer").order_by("-offer__starts").first()
    return row.offer if row is not None else None


@dataclass
class Count:
    """岗位数, 参会人次, 达成意向 (interview or hired), 实际就业 (began work) of one fair."""

    fair: Offer
    employers: int = 0
    postings: int = 0
    places: int = 0
    signed_up: int = 0
    came: int = 0
    applied: int = 0
    intents: int = 0
    arrived: int = 0
    groups: list[tuple[str, int, int, int]] = field(default_factory=list)

    @property
    def campaign(self) -> str:
        row = tables.campaigns().get(str(self.fair.data.get("campaign") or ""))
        return str(row) if row is not None else ""


def counts(paths: Iterable[str], since: date, until: date) -> list[Count]:
    """The fairs of some unions and those below them, by the day they began."""
    first = datetime.combine(since, datetime.min.time(), SHANGHAI)
    last = datetime.combine(until + timedelta(days=1), datetime.min.time(), SHANGHAI)
    wanted = tuple(paths)
    with as_system("counted, nobody is named"):
        rows = Offer.objects.select_related("organisation").filter(
            service=SERVICE, starts__gte=first, starts__lt=last
        ).exclude(status__in=(Offer.Status.DRAFT, Offer.Status.CANCELLED))  # fmt: skip
        return [_count(row) for row in rows.order_by("-starts")[:200] if _below(row.organisation.path, wanted)]


def _below(path: str, paths: tuple[str, ...]) -> bool:
    return any(path == one or path.startswith(f"{one}.") for one in paths)


def _count(offer: Offer) -> Count:
    found = Count(offer)
    for uscc_number in Booth.objects.filter(fair=offer).values_list("posting__uscc", "posting__number"):
        found.postings += 1
        found.places += uscc_number[1]
    found.employers = Booth.objects.filter(fair=offer).values("posting__uscc").distinct().count()
    came = Counter[str]()
    for checked, told in Seat.objects.filter(offer=offer, state=Seat.State.TAKEN).values_list(
        "checked_in_at", "application__figures"
    ):
        found.signed_up += 1
        if checked is not None:
            found.came += 1
            came.update(told.get("groups") or [])
    intents, arrived = Counter[str](), Counter[str]()
    rows: Any = JobApplication.objects.filter(fair=offer).values_list(
        "groups", "interview_at", "hired_at", "arrived_on"
    )
    for told, interview, hired, began in rows:
        found.applied += 1
        if interview is not None or hired is not None:
            found.intents += 1
            intents.update(told)
        if began is not None:
            found.arrived += 1
            arrived.update(told)
    found.groups = [
        (str(row), came[code], intents[code], arrived[code])
        for code, row in tables.groups().items()
        if came[code] or intents[code] or arrived[code]
    ]
    return found
