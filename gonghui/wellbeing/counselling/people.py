"""Who counsels where, who is on duty, and whom a case is told to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from gonghui.appeals.staff import on_duty
from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter, MatterParticipant
from gonghui.kernel.scope import ancestors, as_system, within
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.people.models import Account, DutyAssignment
from gonghui.wellbeing.models import Counselling, Counsellor, CounsellorShift

ROLE = "counsellor"
# Who keeps the rota and reads the anonymous figures; they never read a case.
KEEPERS = ("leader", "dispatcher", "supervisor")
# The worker only has to rate it: nobody is missed.
RATED = "followed"
ALARM = "有人可能有生命危险，15分钟内请联系上，编号{number}。"
WAITS = "有一件心理服务等您处理，编号{number}。"
NOBODY = "有一件心理服务没有咨询师可接，请尽快安排，编号{number}。"
NOBODY_AT_ONCE = "有一件紧急的心理服务没有咨询师可接，请马上安排，编号{number}。"


def counsellors_at(path: str) -> list[Account]:
    """Who holds the counsellor's duty at exactly this union, but for those who are marked as away."""
    away = set(Counsellor.objects.filter(active=False).values_list("account_id", flat=True))
    return [account for account in on_duty(path, (ROLE,)) if account.pk not in away]


def there() -> set[int]:
    """The accounts that can have a case today: with the duty at some union, active, not away."""
    day = today()
    rows = DutyAssignment.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=day), role=ROLE, valid_from__lte=day, account__is_active=True,
        organisation__active=True,
    )  # fmt: skip
    away = Counsellor.objects.filter(active=False).values("account_id")
    return set(rows.exclude(account_id__in=away).values_list("account_id", flat=True))


def nearest(path: str, but: int | None = None) -> list[Account]:
    """The counsellors of the union, else of the nearest union above it that has some; `but` does not count."""
    for one in reversed(ancestors(path)):
        if found := [account for account in counsellors_at(one) if account.pk != but]:
            return found
    return []


def all_above(path: str) -> list[Account]:
    return [account for one in reversed(ancestors(path)) for account in counsellors_at(one)]


def on_shift(accounts: Iterable[Account], at: datetime) -> list[Account]:
    """Those whose hours these are; all of them when nobody's are: somebody must hear it."""
    rows = list(accounts)
    local = at.astimezone(SHANGHAI)
    shifts = CounsellorShift.objects.filter(
        counsellor__account__in=[row.pk for row in rows], weekday=local.weekday(), starts__lte=local.time(),
        ends__gt=local.time(),
    )  # fmt: skip
    called = set(shifts.values_list("counsellor__account_id", flat=True))
    return [row for row in rows if row.pk in called] or rows


def open_to(matter: Matter, accounts: Iterable[Account]) -> None:
    """These take part by name from now on."""
    held = set(matter.participants.filter(until=None, role=ROLE).values_list("account_id", flat=True))
    MatterParticipant.objects.bulk_create(
        MatterParticipant(matter=matter, account=account, role=ROLE, since=now())
        for account in accounts
        if account.pk not in held
    )


def only(matter: Matter, account_id: int) -> None:
    """One counsellor has it; nobody else sees it any more."""
    matter.participants.filter(role=ROLE, until=None).exclude(account_id=account_id).update(until=now())
    if not matter.participants.filter(role=ROLE, until=None, account_id=account_id).exists():
        MatterParticipant.objects.create(matter=matter, account_id=account_id, role=ROLE, since=now())


def present(matter: Matter) -> list[Account]:
    rows = matter.participants.filter(role=ROLE, until=None).select_related("account")
    return [row.account for row in rows]


def tell(matter: Matter, accounts: Iterable[Account], text: str, key: str, *, sms: bool = False) -> None:
    """A notice to counsellors: the number and what to do, never who it is or what they wrote."""
    for account in accounts:
        payload = {"text": text, "kind": "counselling", "number": matter.number}
        outbox.enqueue("notice.app", f"{key}:{account.pk}", payload, matter=matter, account_id=account.pk)
        if sms and account.phone:
            outbox.enqueue("notice.sms", f"{key}:sms:{account.pk}", payload, matter=matter, account_id=account.pk)


def tell_leaders(matter: Matter, text: str, key: str, *, sms: bool = False) -> None:
    """Nobody can take it: the leader of its union is to find somebody, by the number alone."""
    tell(matter, on_duty(matter.holder_path, ("leader",)), text.format(number=matter.number), key, sms=sms)


def tell_waiting(matter: Matter, accounts: list[Account], key: str) -> None:
    if accounts:
        tell(matter, accounts, WAITS.format(number=matter.number), key)
    else:
        tell_leaders(matter, NOBODY, key)


def call(matter: Matter, accounts: list[Account], key: str) -> None:
    """A life is at stake: those whose hours these are, at once, also by message."""
    if accounts:
        tell(matter, on_shift(accounts, matter.state_since), ALARM.format(number=matter.number), key, sms=True)
    else:
        tell_leaders(matter, NOBODY_AT_ONCE, key, sms=True)


def join_queue(actor: Actor) -> None:
    """Somebody who became a counsellor later sees what still waits at their union or below it, where nobody had it."""
    paths = actor.paths_as(ROLE)
    with as_system("the queue of the counsellor's own union"):
        waiting = Counselling.objects.filter(matter__is_open=True, counsellor=None).exclude(matter__state=RATED)
        account = Account.objects.filter(pk=actor.account_id or 0).exclude(counsellor__active=False).first()
        for case in waiting.select_related("matter") if account is not None and paths else ():
            path = case.matter.holder_path
            nobody = not case.matter.participants.filter(role=ROLE, until=None).exists()
            if path in paths or (nobody and any(within(path, own) for own in paths)):
                open_to(case.matter, [account] if account is not None else [])
