"""供报名的场次、班次、活动: put up, take a seat, wait for one, give it back, come.

A seat is taken by one conditional statement, as goods are, so two at once cannot have the last one. Whoever gives a
seat back holds their own matter; the first on the waiting list moves up in a message of its own (`task.seat`), so that
no two matters are ever locked at once. While somebody waits, nobody new gets past them.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.tickets import looked_up, new_code
from gonghui.kernel.times import SHANGHAI, now
from gonghui.services import hooks
from gonghui.services.models import Application, Offer, Seat
from gonghui.services.spec import Offers, Service

CODE = "seat"
LISTED_MOST = 30
Status, State = Offer.Status, Seat.State
OWN = ("title", "place", "venue_number", "region", "opens", "closes", "starts", "ends", "capacity", "data")


def of(service: Service) -> Offers:
    """What the service says of its offers. The caller knows that it has some."""
    if service.offers is None:
        raise KeyError(service.id)
    return service.offers


# What is open


def public(service_id: str) -> QuerySet[Offer]:
    """What anybody may look at: everything but drafts."""
    return Offer.objects.select_related("organisation").filter(service=service_id).exclude(status=Status.DRAFT)


def _open(service_id: str, at: datetime) -> QuerySet[Offer]:
    """Those for which one can sign up at a moment."""
    return Offer.objects.filter(
        Q(opens__isnull=True) | Q(opens__lte=at),
        Q(closes__isnull=True) | Q(closes__gt=at),
        Q(closes__isnull=False) | Q(starts__isnull=True) | Q(starts__gt=at),
        Q(ends__isnull=True) | Q(ends__gt=at),
        service=service_id,
        status=Status.PUBLISHED,
    )


def coming(service: Service, region: str = "", most: int = LISTED_MOST) -> list[Offer]:
    """Those that one can sign up for now or soon, the nearest place first, then by date. Full ones without a waiting
    list stay in the list: the page says so."""
    at = now()
    rows = public(service.id).filter(
        Q(closes__isnull=True) | Q(closes__gt=at), Q(ends__isnull=True) | Q(ends__gt=at), status=Status.PUBLISHED
    )
    return list(near_first(rows, region)[:most])


def near_first(rows: QuerySet[Offer], region: str) -> QuerySet[Offer]:
    """By county, city, province of the region, then by date."""
    steps = [
        When(region__startswith=region[:length], then=Value(place))
        for place, length in enumerate((6, 4, 2))
        if len(region) >= length
    ]
    far = Case(*steps, When(region="", then=Value(2)), default=Value(3), output_field=IntegerField())
    return rows.annotate(far=far).order_by("far", F("starts").asc(nulls_last=True), "pk")


def choosable(service: Service, region: str = "", most: int = LISTED_MOST) -> list[Offer]:
    """What a form offers: open now, with a seat or a place on the waiting list."""
    rows = _open(service.id, now()).select_related("organisation")
    if not of(service).waiting:
        rows = rows.filter(Q(capacity__isnull=True) | Q(capacity__gt=F("taken")))
    return list(near_first(rows, region)[:most])


def by_number(service_id: str, number: Any) -> Offer | None:
    """The offer of that number, open or not; None for none of this service."""
    if not _is_number(number):
        return None
    return Offer.objects.filter(service=service_id, pk=int(str(number))).first()


def _is_number(text: Any) -> bool:
    return str(text).isdigit() and len(str(text)) <= 15


def open_one(service: Service, number: Any) -> Offer | None:
    """The offer of that number if one can sign up for it now (or wait for a seat)."""
    if not _is_number(number):
        return None
    row = _open(service.id, now()).select_related("organisation").filter(pk=int(str(number))).first()
    return row if row is not None and (row.left != 0 or of(service).waiting) else None


def visible(service_id: str, offer_id: int) -> Offer:
    """NotFound for a draft or what is not there."""
    row = public(service_id).filter(pk=offer_id).first()
    if row is None:
        raise NotFound
    return row


def when(offer: Offer) -> str:
    """From when to when, in words; empty for an open course."""
    if offer.starts is None:
        return ""
    starts = offer.starts.astimezone(SHANGHAI)
    if offer.ends is None:
        return f"{starts:%Y-%m-%d %H:%M}"
    ends = offer.ends.astimezone(SHANGHAI)
    return f"{starts:%Y-%m-%d %H:%M}–{ends:%H:%M}" if ends.date() == starts.date() else (
        f"{starts:%Y-%m-%d %H:%M}–{ends:%m-%d %H:%M}"
    )  # fmt: skip


def offer_of(matter: Matter) -> Offer | None:
    """By the matter's data: the clocks of the first state are made before the application is."""
    with as_system("the offer is open to all"):
        return Offer.objects.filter(pk=matter.data.get("offer") or 0).first()


def words(matter: Matter) -> dict[str, str]:
    """What a message may say of the offer: its title, day and place."""
    offer = offer_of(matter)
    if offer is None:
        return {"offer": "", "when": "", "place": ""}
    day = f"{offer.starts.astimezone(SHANGHAI):%m月%d日%H:%M}" if offer.starts is not None else ""
    return {"offer": offer.title[:16], "when": day, "place": offer.place[:12]}


def seats_words(service: Service, offer: Offer) -> str:
    """How many seats are left, in words; empty where as many may come as like."""
    if offer.left is None:
        return ""
    if offer.left:
        return _("还有 %(n)d 个名额") % {"n": offer.left}
    return _("已报满，可以候补") if of(service).waiting else _("已报满")


def label(service: Service, offer: Offer) -> str:
    """One line of a list to choose from."""
    parts = [offer.title, when(offer), offer.place or offer.organisation.name, seats_words(service, offer)]
    return " · ".join(part for part in parts if part)


# A worker's seat


def take(service: Service, number: int, *, entered: bool = False) -> str:
    """A seat, or a place on the waiting list, inside the caller's transaction. GuardRefused with the reason. `entered`:
    by staff, whom the time of signing up does not bind."""
    spec = of(service)
    rows = Offer.objects.filter(service=service.id) if entered else _open(service.id, now())
    rows = rows.filter(pk=number).exclude(status=Status.CANCELLED)
    free = rows.filter(Q(capacity__isnull=True) | Q(capacity__gt=F("taken")), waiting=0)
    if free.update(taken=F("taken") + 1):
        return State.TAKEN
    if spec.waiting and rows.update(waiting=F("waiting") + 1):
        return State.WAITING
    if rows.exists():
        raise GuardRefused([_("已经报满了，请看看别的%(one)s。") % {"one": spec.one}])
    raise GuardRefused([_("现在不能报名：还没有开始、已经截止或者已取消。")])


def seat(application: Application, number: int, state: str, at: datetime) -> Seat:
    """Write down the seat that was taken, with the code by which its owner is let in."""
    row = Seat(application=application, offer_id=number, state=state, at=at)
    if state == State.TAKEN:
        give_code(row)
    row.save()
    remind_later(row)
    return row


def remind_later(row: Seat) -> None:
    """A reminder a day before the start, for who has a seat by then."""
    starts = row.offer.starts
    if starts is None or row.state != State.TAKEN or (wait := starts - timedelta(days=1) - now()) <= timedelta():
        return
    key = f"services:remind:{row.pk}:{starts.isoformat()}"
    outbox.enqueue("task.seat_reminder", key, {"seat": row.pk, "starts": starts.isoformat()}, delay=wait)


def give_code(row: Seat) -> None:
    """The code by which a seat's owner is let in. The caller saves it."""
    held = Seat.objects.filter(state=State.TAKEN, checked_in_at=None)
    row.ticket_code, row.code_hash = new_code(CODE, lambda index: held.filter(code_hash=index).exists())


def seat_of(matter_id: int) -> Seat | None:
    """The seat of an application. The caller has checked who asks."""
    return (
        Seat.objects.select_related("offer__organisation", "application__matter")
        .filter(application__matter_id=matter_id)
        .first()
    )


def held_by(application: Application) -> Offer | None:
    """The offer in which the application has its seat, which it keeps while its form is mended."""
    with as_system("the worker's own application"):
        row = Seat.objects.select_related("offer__organisation").filter(application=application).first()
    return row.offer if row is not None else None


def give_up(application: Application) -> None:
    """The seat, or the place on the waiting list, is free again; who waits moves up soon."""
    row = Seat.objects.filter(application=application).exclude(state=State.FREED).first()
    if row is None or row.checked_in_at is not None:
        return
    had = row.state
    if not Seat.objects.filter(pk=row.pk, state=had).update(state=State.FREED, ticket_code="", code_hash=""):
        return
    if had == State.TAKEN:
        Offer.objects.filter(pk=row.offer_id, taken__gt=0).update(taken=F("taken") - 1)
        call_next(row.offer_id)
    else:
        Offer.objects.filter(pk=row.offer_id, waiting__gt=0).update(waiting=F("waiting") - 1)


def call_next(offer_id: int) -> None:
    """Queue the message by which the first who waits gets a free seat."""
    outbox.enqueue_new("task.seat", f"services:seat:{offer_id}:{secrets.token_hex(8)}", {"offer": offer_id})


def move_up(row: Seat) -> bool:
    """候补转正 of one seat, its matter being locked: False when nothing is free or it does not wait any more."""
    free = Offer.objects.filter(Q(capacity__isnull=True) | Q(capacity__gt=F("taken")), pk=row.offer_id, waiting__gt=0)
    if Seat.objects.filter(pk=row.pk, state=State.WAITING).exists() and free.exclude(status=Status.CANCELLED).update(
        taken=F("taken") + 1, waiting=F("waiting") - 1
    ):
        row.state = State.TAKEN
        give_code(row)
        row.save(update_fields=["state", "ticket_code", "code_hash"])
        remind_later(row)
        return True
    return False


def may_give_back(service: Service, offer: Offer, waiting: bool, at: datetime) -> bool:
    """Until some hours before the start; who only waits, until it begins."""
    if offer.starts is None:
        return True
    return at <= offer.starts - timedelta(hours=0 if waiting else of(service).cancel_before_hours)


def by_ticket(actor: Actor, code: str) -> Seat:
    """The seat with this code at an offer of the actor's own unions. NotFound otherwise."""

    def look(index: str) -> Seat | None:
        with as_system("the code is asked for, the union right after it"):
            row = (
                Seat.objects.select_related("offer__organisation", "application")
                .filter(code_hash=index, state=State.TAKEN)
                .first()
            )
        return row if row is not None and row.offer.organisation.path in actor.paths else None

    return looked_up(CODE, code, actor.account_id, look, _("没有这个码的报名，请核对八位数字。"))


# The desk: put up, change, close, call off


def kept(service: Service, values: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of an offer, as JSON keeps it."""
    data = {}
    for spec in of(service).fields:
        value = values.get(spec.name)
        if value not in (None, "", []):
            data[spec.name] = str(value) if isinstance(value, Decimal | date) else value
    return data


def _sure(actor: Actor, service: Service, path: str) -> None:
    if path not in actor.paths_as(*of(service).roles):
        raise NotAllowed(_("只有举办的工会可以修改。"))


def own(actor: Actor, service: Service) -> QuerySet[Offer]:
    """The offers of the unions at which the actor may put some up."""
    rows = Offer.objects.select_related("organisation").filter(service=service.id)
    return rows.filter(organisation__path__in=actor.paths_as(*of(service).roles))


def _wrong(service: Service, offer: Offer) -> dict[str, list[str]]:
    spec, wrong = of(service), dict[str, list[str]]()
    if spec.dated:
        for name in ("starts", "ends"):
            if getattr(offer, name) is None:
                wrong[name] = [_("请填写这一项。")]
    if offer.starts and offer.ends and offer.ends <= offer.starts:
        wrong["ends"] = [_("结束要晚于开始。")]
    if offer.opens and offer.closes and offer.closes <= offer.opens:
        wrong["closes"] = [_("截止要晚于开始报名。")]
    if offer.closes and offer.ends and offer.closes > offer.ends:
        wrong["closes"] = [_("截止报名不能晚于结束。")]
    if spec.capacity == "required" and not offer.capacity:
        wrong["capacity"] = [_("请填写名额。")]
    return wrong | {f"data_{name}": texts for name, texts in hooks.wrong_with(service, offer).items()}


@transaction.atomic
def save(actor: Actor, service: Service, offer: Offer, values: Mapping[str, Any]) -> Offer:
    """Enter an offer, or change it: `values` by the names of OWN. InvalidData beside what does not fit. Who has a seat
    is told when the time or the place of a published one changes."""
    _sure(actor, service, offer.organisation.path)
    before: dict[str, Any] = {}
    if offer.pk:
        offer = Offer.objects.select_related("organisation").select_for_update(of=("self",)).get(pk=offer.pk)
        if offer.status == Status.CANCELLED:
            raise GuardRefused([_("已经取消的不能再改。")])
        before = {name: getattr(offer, name) for name in OWN}
    for name, value in values.items():
        if name not in OWN:
            raise KeyError(name)
        setattr(offer, name, value)
    if of(service).capacity == "none":
        offer.capacity = None
    wrong = _wrong(service, offer)
    if offer.capacity is not None and offer.capacity < offer.taken:
        wrong["capacity"] = [_("已经报上 %(n)d 人，名额不能少于它。") % {"n": offer.taken}]
    if wrong:
        raise InvalidData(wrong)
    made = not offer.pk
    if made:
        offer.service, offer.made_by_id, offer.made_at = service.id, actor.account_id, now()
    offer.save()
    after = {name: getattr(offer, name) for name in OWN if before.get(name) != getattr(offer, name)}
    _record(actor, offer, "create" if made else "change", {name: before.get(name) for name in after}, after)
    if not made and {"starts", "ends", "place"} & set(after):
        _tell_all(offer, "reschedule")
    if not made and "capacity" in after and offer.waiting:
        call_next(offer.pk)
    return offer


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _record(actor: Actor, offer: Offer, verb: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    trail.record(
        f"offer:{offer.pk}", verb, actor=actor, before=_plain(before), after=_plain(after),
        org_path=offer.organisation.path,
    )  # fmt: skip


VERBS = {
    "publish": ((Status.DRAFT, Status.CLOSED), Status.PUBLISHED),
    "close": ((Status.PUBLISHED,), Status.CLOSED),
    "cancel": ((Status.DRAFT, Status.PUBLISHED, Status.CLOSED), Status.CANCELLED),
}


@transaction.atomic
def turn(actor: Actor, service: Service, offer: Offer, verb: str) -> Offer:
    """Publish, close the sign-up, or call it off: then everybody who has a seat or waits for one is told."""
    _sure(actor, service, offer.organisation.path)
    froms, to = VERBS[verb]
    at = now()
    if verb == "cancel" and offer.ends is not None and offer.ends <= at:
        raise GuardRefused([_("已经结束的不能再取消。")])
    if verb == "publish" and (wrong := hooks.wrong_with(service, offer)):
        raise GuardRefused([text for texts in wrong.values() for text in texts])
    if not Offer.objects.filter(pk=offer.pk, status__in=froms).update(status=to):
        raise GuardRefused([_("现在的状态不能这样做，请刷新页面。")])
    before, offer.status = offer.status, to
    _record(actor, offer, verb, {"status": before}, {"status": to})
    if verb == "publish":
        hooks.published(actor, service, offer)
    if verb == "cancel":
        _tell_all(offer, "call_off")
    return offer


def _tell_all(offer: Offer, step: str) -> None:
    """One message for each seat: each matter moves in a transaction of its own."""
    with as_system("the union's own offer"):
        seats = Seat.objects.filter(offer=offer).exclude(state=State.FREED).values_list("pk", flat=True)
        for pk in seats:
            key = f"services:{step}:{pk}:{secrets.token_hex(6)}"
            outbox.enqueue_new("task.seat_told", key, {"seat": pk, "step": step})
