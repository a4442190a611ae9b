"""会员证核验记录: a card was shown somewhere. The member sees where and when; the place sees how many.

Staff learn what the card shows and whether it is good, nothing else. After some time the rows keep no name: what stays
is that a card was verified at a place on a day.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotAllowed, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.tickets import DIGITS, looked_up
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.membership import cards, photos
from gonghui.membership.models import Membership
from gonghui.membership.queries import VERIFIERS
from gonghui.organisations.queries import names_of
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account
from gonghui.venues import tables
from gonghui.venues.models import CardScan, Venue
from gonghui.venues.queries import own_in_use

Result = CardScan.Result
OF_CODE = {
    "expired": Result.EXPIRED,
    "early": Result.EXPIRED,
    "forged": Result.FORGED,
    "elsewhere": Result.FORGED,
    "damaged": Result.UNREADABLE,
}


@dataclass(frozen=True)
class Verified:
    """What the person at the door sees. `said`: why not, where it is not valid; `photo`: an accepted one's address."""

    result: str
    said: str = ""
    shown: cards.Shown | None = None
    photo: str = ""

    @property
    def valid(self) -> bool:
        return self.result == Result.VALID


def places(actor: Actor) -> list[Venue]:
    """Where this actor may verify cards: the places of the own unions that are in use."""
    return list(own_in_use(actor, *VERIFIERS))


@transaction.atomic
def verify(actor: Actor, text: str, venue: Venue | None = None) -> Verified:
    """Verify a card by what was scanned (the token) or read out (eight digits), and keep that it was done.

    NotAllowed for who verifies no cards, or not at this place.
    """
    paths = actor.paths_as(*VERIFIERS)
    if not paths or (venue is not None and venue.organisation.path not in paths):
        raise NotAllowed(_("您不能在这里核验会员证。"))
    row, found = _judge(actor, text)
    with as_system("kept for the member and the place"):
        CardScan.objects.create(
            venue=venue,
            path=venue.organisation.path if venue is not None else paths[0],
            account_id=row.account_id if row is not None else None,
            result=found.result,
            at=now(),
            by_id=actor.account_id,
        )
    return found


@transaction.atomic
def verify_open(text: str) -> Verified:
    """The same for a merchant or guard without an account, by the scanned token alone and without photo."""
    row, found = _judge_token(text)
    if row is not None and row.account_id is not None:
        with as_system("kept for the member"):
            CardScan.objects.create(path="", account_id=row.account_id, result=found.result, at=now())
    return replace(found, photo="")


def _judge(actor: Actor, text: str) -> tuple[Membership | None, Verified]:
    digits = "".join(text.split())
    if digits.isdigit() and len(digits) == DIGITS:
        try:
            code = looked_up(
                cards.CODE, digits, actor.account_id, cards.spoken_by, _("没有这个会员码，请核对八位数字。")
            )
        except NotFound as error:
            return None, Verified(Result.UNREADABLE, str(error))
        row = code.membership
        if code.until < now():
            return row, Verified(Result.EXPIRED, _("会员码已过期，请让对方重新取一个。"))
        return row, _standing(row, cards.shown_of(row))
    return _judge_token(text)


def _judge_token(text: str) -> tuple[Membership | None, Verified]:
    try:
        shown = cards.read(text, cards.private_key().public_key())
        member = cards.behind(shown)
    except cards.WrongCard as error:
        return None, Verified(OF_CODE[error.code], str(error))
    try:
        cards.timely(shown)
    except cards.WrongCard as error:
        # Signed by us: whose it is can be told to its owner. Who shows it may be somebody else, so nothing is shown.
        return member, Verified(OF_CODE[error.code], str(error))
    return member, _standing(member, shown)


def _standing(row: Membership | None, shown: cards.Shown) -> Verified:
    said = cards.stopped(row)
    if not said:
        return Verified(Result.VALID, "", shown, photos.shown(row))
    ended = row is None or not row.current
    result = Result.ENDED if ended else Result.LOST if row and row.card == Membership.Card.LOST else Result.FROZEN
    # Of a card that is stopped the photo is not shown: whoever holds it may not be its owner.
    return Verified(result, said, shown)


@dataclass(frozen=True)
class Seen:
    """One line of the member's own list: when, where, which union's staff (empty: somebody without an account), and
    what came out."""

    at: datetime
    venue: str
    union: str
    result: str


def seen(account_id: int | None, most: int = 50) -> list[Seen]:
    """谁在什么时候看了我的会员证: the verifications of the account's own card, the newest first."""
    if account_id is None:
        return []
    with as_system("one's own card"):
        rows = CardScan.objects.filter(account_id=account_id).select_related("venue")
        found = list(rows.order_by("-at", "-pk")[:most])
    names = names_of(row.path for row in found)
    return [
        Seen(row.at, row.venue.name if row.venue else "", names.get(row.path, ""), row.get_result_display())
        for row in found
    ]


@dataclass(frozen=True)
class Figures:
    """Verifications at one place: by day (oldest first), and by result."""

    days: list[tuple[date, int]]
    results: list[tuple[str, int]]

    @property
    def total(self) -> int:
        return sum(count for _day, count in self.days)


def figures(venue: Venue) -> Figures:
    """The last days' verifications at a place; valid ones by day, all by result. Nobody is named."""
    days = tables.numbers().scans.figure_days
    first = today() - timedelta(days=days - 1)
    with as_system("counted, nobody is named"):
        rows = CardScan.objects.filter(venue=venue).values_list("at", "result")
        found = [(at.astimezone(SHANGHAI).date(), result) for at, result in rows.filter(at__gte=_begin(first))]
    by_day = Counter(day for day, result in found if result == Result.VALID)
    by_result = Counter(result for _day, result in found)
    return Figures(
        [(day, by_day[day]) for day in (first + timedelta(days=ahead) for ahead in range(days))],
        [(str(label), by_result[code]) for code, label in Result.choices if by_result[code]],
    )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def make_nameless() -> int:
    """After the days of `data/numbers.yaml` a row tells neither whose card it was nor who looked. How many now."""
    before = now() - timedelta(days=tables.numbers().scans.named_days)
    with as_system("the time to keep names is over"):
        named = CardScan.objects.filter(at__lt=before).exclude(account=None, by=None)
        return named.update(account=None, by=None)


@erasure_part
def unname(account: Account) -> None:
    """With an account go the lines that tell where its card was shown."""
    CardScan.objects.filter(account=account).update(account=None, by=None)
