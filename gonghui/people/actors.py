"""Turn an account into the kernel's `Actor`."""

from __future__ import annotations

from django.db.models import Q

from gonghui.kernel.actor import Actor, ActorKind, Duty
from gonghui.kernel.models import MatterParticipant
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.people.models import Account, DutyAssignment
from gonghui.people.roles import assigned_only_roles

# The binding of the database connection carries them: nobody works on more at once.
ASSIGNED_MOST = 500


def actor_for(account: Account, via: str = "web", matter_ids: tuple[int, ...] = ()) -> Actor:
    """The actor with the duties that are valid today (Asia/Shanghai). An inactive account has none."""
    kinds: dict[str, ActorKind] = {"staff": "staff", "worker": "worker", "service": "api"}
    duties: tuple[Duty, ...] = ()
    if account.is_active and account.kind != Account.Kind.WORKER:
        day, narrow = today(), assigned_only_roles()
        rows = (
            DutyAssignment.objects.filter(account=account, valid_from__lte=day, organisation__active=True)
            .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))
            .order_by("pk")
            .values_list("role", "organisation__path")
        )
        duties = tuple(Duty(role, path, assigned_only=role in narrow) for role, path in rows)
    return Actor(
        kind=kinds[account.kind],
        account_id=account.pk,
        # A worker's account has a made-up user name, which tells a reader of the trail nothing.
        name=account.display_name or ("职工" if account.kind == Account.Kind.WORKER else account.username),
        duties=duties,
        # A query code makes a visitor the worker; staff who hold one (they are told it) stay staff.
        matter_ids=matter_ids if account.kind == Account.Kind.WORKER else (),
        assigned_ids=_assigned(account) if any(duty.assigned_only for duty in duties) else (),
        via=via,
    )


def _assigned(account: Account) -> tuple[int, ...]:
    with as_system("what was assigned to this account decides what it sees"):
        rows = MatterParticipant.objects.filter(account=account, until__isnull=True)
        return tuple(rows.order_by("-since").values_list("matter_id", flat=True)[:ASSIGNED_MOST])
