"""书屋与社团: what borrowing, clubs and their members do.

A copy is kept by one conditional statement, so the last one cannot be had twice. The next in the queue is served by a
message of its own: no two matters are ever locked at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from gonghui.kernel import outbox
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.flow import choices, effect, guard, tick
from gonghui.kernel.matters import Context, act, move, set_fields
from gonghui.kernel.models import Clock, Matter, OutboxMessage
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of, now
from gonghui.organisations.models import Organisation
from gonghui.services.catalogue import catalogue
from gonghui.services.hooks import checks, follows, offers, publishes
from gonghui.services.models import Application, Offer
from gonghui.services.offers import of
from gonghui.services.rules.applying import tell
from gonghui.services.rules.common import application_of, values_of
from gonghui.services.spec import Service
from gonghui.wellbeing.books import clubs
from gonghui.wellbeing.books.tables import numbers
from gonghui.wellbeing.models import Book, Club, ClubMember, Loan

State = Loan.State
OPEN = (State.WAITING, State.KEPT, State.LENT)


@checks("M25")
def may_borrow(actor: Actor, service: Service, values: Mapping[str, Any]) -> None:
    with as_system("the library is open to all members"):
        book = Book.objects.filter(pk=values["book_no"], copies__gt=0).first()
        mine = Loan.objects.filter(application__account_id=actor.account_id or 0, state__in=OPEN)
        if book is None:
            raise InvalidData({"book_no": [_("没有这个馆藏号，请在“找书”里选一本。")]})
        if mine.filter(book=book).exists():
            raise GuardRefused([_("这本书您已经借了或者在排队。")])
        if mine.count() >= (most := numbers().loans_most.value):
            raise GuardRefused([_("一个人同时最多借 %(n)d 本，还了再借。") % {"n": most}])


@follows("M25")
def asked_for(actor: Actor, service: Service, application: Application, values: Mapping[str, Any]) -> None:
    """A copy is kept at once where one is free and nobody waits; else a place in the queue. Its library handles it."""
    book = Book.objects.select_related("organisation").get(pk=values["book_no"])
    matter = application.matter
    if matter.holder_path != book.organisation.path:
        move(matter, book.organisation.path)
        matter.save(update_fields=["holder_path"])
    waited = Loan.objects.filter(book=book, state=State.WAITING).exists()
    Loan.objects.create(application=application, book=book, at=application.applied_at)
    if not waited and book.free > 0:
        act(matter.pk, "keep_copy", SYSTEM)
        matter.refresh_from_db()


def loan_of(ctx: Context) -> Loan:
    return ctx.once(_loan_for)


def _loan_for(matter: Matter) -> Loan:
    return Loan.objects.select_related("book").get(application__matter_id=matter.pk)


@effect("wellbeing.keep_copy")
def keep_copy(ctx: Context, args: Any) -> None:
    loan = loan_of(ctx)
    if not Book.objects.filter(pk=loan.book_id, copies__gt=F("out")).update(out=F("out") + 1):
        raise GuardRefused([_("现在没有空的。")])
    set_fields(loan, state=State.KEPT)


@effect("wellbeing.lend")
def lend(ctx: Context, args: Any) -> None:
    due = day_of(ctx.now) + timedelta(days=numbers().loan_days.value)
    set_fields(loan_of(ctx), state=State.LENT, due_on=due)


@guard("wellbeing.may_renew")
def may_renew(ctx: Context, args: Any) -> str | None:
    with as_system("the reader's own loan, and whether anybody waits"):
        loan = loan_of(ctx)
        waits = Loan.objects.filter(book=loan.book, state=State.WAITING).exists()
    if loan.renewed >= (most := numbers().renewals_most.value):
        return _("已经续借 %(n)d 次，请先归还。") % {"n": most}
    if waits:
        return _("有人在排队等这本书，不能续借。")
    return None


@effect("wellbeing.renew")
def renew(ctx: Context, args: Any) -> None:
    loan = loan_of(ctx)
    due = day_of(ctx.now) + timedelta(days=numbers().loan_days.value)
    set_fields(loan, renewed=loan.renewed + 1, due_on=due)


def _free(loan: Loan, state: State, *, lost: bool = False) -> None:
    had = loan.state in (State.KEPT, State.LENT)
    set_fields(loan, state=state)
    if had:
        changed: dict[str, Any] = {"out": F("out") - 1, **({"copies": F("copies") - 1} if lost else {})}
        Book.objects.filter(pk=loan.book_id, out__gt=0).update(**changed)
        if not lost:
            call_next(loan.book_id)


def call_next(book_id: int) -> None:
    """The first in the queue is served in a transaction of their own."""
    outbox.enqueue_new("task.book", f"wellbeing:book:{book_id}:{secrets.token_hex(8)}", {"book": book_id})


@effect("wellbeing.drop_copy")
def drop_copy(ctx: Context, args: Any) -> None:
    _free(loan_of(ctx), State.DROPPED)


@effect("wellbeing.take_back")
def take_back(ctx: Context, args: Any) -> None:
    _free(loan_of(ctx), State.BACK, lost=ctx.data["shape"] == "lost")


@outbox.handler("task.book", transactional=True)
def serve_next(message: OutboxMessage) -> None:
    book = Book.objects.filter(pk=message.payload["book"], copies__gt=F("out")).first()
    loan = Loan.objects.filter(book=book, state=State.WAITING).order_by("at", "pk").first() if book else None
    if loan is not None:
        try:
            act(loan.application.matter_id, "keep_copy", SYSTEM)
        except GuardRefused:
            # Somebody was quicker; whoever gives it back calls again.
            return


def _tick(matter: Matter, clock: Clock, name: str) -> None:
    tell(matter, name, f"wellbeing:{matter.pk}:{name}:{clock.pk}:{clock.step}:{now():%Y%m%d}")


@tick("wellbeing.due_soon")
def due_soon(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    _tick(matter, clock, "soon")


@tick("wellbeing.remind_late")
def remind_late(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    _tick(matter, clock, "overdue")


@tick("wellbeing.report_due")
def report_due(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    _tick(matter, clock, "due")


# Clubs


@guard("wellbeing.club_is_new")
def club_is_new(ctx: Context, args: Any) -> str | None:
    rows = Club.objects.filter(
        organisation__path=ctx.matter.holder_path, name=str(values_of(ctx)["club_name"]), state=Club.State.ACTIVE
    )
    return _("已经有同名的社团。") if rows.exists() else None


@effect("wellbeing.found_club")
def found_club(ctx: Context, args: Any) -> None:
    values = values_of(ctx)
    club = Club.objects.create(
        matter=ctx.matter, account_id=ctx.matter.owner_id, name=values["club_name"], kind=values["kind"],
        organisation=Organisation.objects.get(path=ctx.matter.holder_path), purpose=values["purpose"], since=ctx.now,
    )  # fmt: skip
    ctx.record(club=club.pk)


def club_of(ctx: Context) -> Club:
    return ctx.once(_club_for)


def _club_for(matter: Matter) -> Club:
    return Club.objects.get(matter_id=matter.pk)


@effect("wellbeing.club_report")
def club_report(ctx: Context, args: Any) -> None:
    """The numbers stand in the matter; the words are the application's, encrypted."""
    ctx.matter.data["report"] = {"events": ctx.data["events"], "people": ctx.data["people"]}
    application = application_of(ctx)
    application.told_text = _("年检材料：%(said)s") % {"said": ctx.data["said"]}
    application.save(update_fields=["told_text"])


@effect("wellbeing.club_checked")
def club_checked(ctx: Context, args: Any) -> None:
    set_fields(club_of(ctx), checked_on=day_of(ctx.now))


@effect("wellbeing.dissolve_club")
def dissolve_club(ctx: Context, args: Any) -> None:
    club = set_fields(club_of(ctx), state=Club.State.DISSOLVED)
    club.members.filter(until=None).update(until=ctx.now)


@checks("W04")
def may_join(actor: Actor, service: Service, values: Mapping[str, Any]) -> None:
    with as_system("clubs are open to all members"):
        club = Club.objects.filter(pk=values["club_no"], state=Club.State.ACTIVE).first()
        if club is None:
            raise InvalidData({"club_no": [_("没有这个社团，请在“社团”里选一个。")]})
        if club.members.filter(application__account_id=actor.account_id or 0, until=None).exists():
            raise GuardRefused([_("您已经是这个社团的成员。")])


@choices("wellbeing.clubs")
def clubs_of(matter: Matter | None, actor: Actor | None) -> list[tuple[str, str]]:
    """The active clubs of the actor's own unions; for nobody in particular all there ever were."""
    with as_system("clubs are open to all members"):
        rows = Club.objects.select_related("organisation").order_by("name")
        if actor is None:
            return [(str(row.pk), row.name) for row in rows]
        putting_up = of(catalogue().services[clubs.EVENTS]).roles
        own = rows.filter(state=Club.State.ACTIVE, organisation__path__in=actor.paths_as(*putting_up))
        return [(str(row.pk), f"{row.name}（{row.organisation.name}）") for row in own]


@offers("W05")
def wrong_club(offer: Offer) -> dict[str, list[str]]:
    return {} if _club_of(offer) is not None else {"club": [_("这个社团已经注销，或者不在举办的工会。")]}


def _club_of(offer: Offer) -> Club | None:
    with as_system("clubs are open to all members"):
        rows = Club.objects.filter(state=Club.State.ACTIVE, organisation=offer.organisation)
        return rows.filter(pk=int(offer.data.get("club") or 0)).first()


@publishes("W05")
def event_published(actor: Actor, offer: Offer) -> None:
    club = _club_of(offer)
    assert club is not None, "looked at right before"
    with as_system("the members of the club are told"):
        clubs.tell_members(club, offer)


@follows("W04")
def asked_to_join(actor: Actor, service: Service, application: Application, values: Mapping[str, Any]) -> None:
    """The club's union answers."""
    club = Club.objects.select_related("organisation").get(pk=values["club_no"])
    if application.matter.holder_path != club.organisation.path:
        move(application.matter, club.organisation.path)
        application.matter.save(update_fields=["holder_path"])
    clubs.tell_leader(club, application)


@effect("wellbeing.join_club")
def join_club(ctx: Context, args: Any) -> None:
    club = Club.objects.filter(pk=values_of(ctx)["club_no"], state=Club.State.ACTIVE).first()
    if club is None:
        raise GuardRefused([_("这个社团已经注销。")])
    application = application_of(ctx)
    if club.members.filter(application__account_id=application.account_id or 0, until=None).exists():
        # Asked twice, from before one request at a time was the rule.
        raise GuardRefused([_("已经是这个社团的成员。")])
    ClubMember.objects.create(club=club, application=application, since=ctx.now)


@effect("wellbeing.leave_club")
def leave_club(ctx: Context, args: Any) -> None:
    ClubMember.objects.filter(application=application_of(ctx), until=None).update(until=ctx.now)
