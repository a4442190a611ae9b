"""免缴: which members owe no dues in a month, and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gonghui.dues import ledger, tables
from gonghui.dues.models import Book, Exemption
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.membership.models import Membership


def codes(book: Book, month: date, members: Iterable[Membership]) -> dict[int, str]:
    """Why nothing is due, by membership: what was entered for the month, or what follows from its state now."""
    found = {one.pk: code for one in members if (code := tables.by_state(one.state))}
    rows = Exemption.objects.filter(Q(until__isnull=True) | Q(until__gte=month), path=book.path, since__lte=month)
    return found | dict(rows.values_list("membership_id", "code"))


def end(actor: Actor, book: Book, exemption_id: int, until: date) -> Exemption:
    """The last month of one that had none. NotFound for another union's.

    The caller has found that the actor keeps this book.
    """
    until = ledger.first_day(until)
    with as_system("the union's own book"), transaction.atomic():
        row = Exemption.objects.select_for_update(of=("self",)).filter(pk=exemption_id, path=book.path).first()
        if row is None:
            raise NotFound
        if row.until is not None:
            raise GuardRefused([_("这项免缴已经有结束月份。")])
        if until < row.since:
            raise InvalidData({"until": [_("结束月份不能早于开始月份。")]})
        row.until = until
        row.save(update_fields=["until"])
        after = {"code": row.code, "until": f"{until:%Y-%m}"}
        trail.record(f"membership:{row.membership_id}", "exempt_end", actor=actor, after=after)
    return row


@transaction.atomic
def enter(
    actor: Actor, book: Book, membership: Membership, code: str, since: date, until: date | None, note: str = ""
) -> Exemption:
    """InvalidData beside what cannot be. The caller has found that the actor keeps this book."""
    if code not in tables.entered():
        raise InvalidData({"code": [_("请选择原因。")]})
    since, until = ledger.first_day(since), ledger.first_day(until) if until else None
    if until is not None and until < since:
        raise InvalidData({"until": [_("结束月份不能早于开始月份。")]})
    with as_system("the union's own book"):
        row = Exemption.objects.create(
            membership=membership, path=book.path, code=code, since=since, until=until, note=note.strip(),
            by_id=actor.own_account, at=now(),
        )  # fmt: skip
        after = {"code": code, "since": f"{since:%Y-%m}", "until": f"{until:%Y-%m}" if until else ""}
        trail.record(f"membership:{membership.pk}", "exempt", actor=actor, after=after)
    return row
