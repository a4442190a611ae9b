"""Who works where today: the people who hold a role at an organisation (handbook 1.12)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from gonghui.kernel.times import today
from gonghui.people.models import Account


def on_duty(path: str, roles: Iterable[str]) -> list[Account]:
    """Active accounts that hold one of these roles at exactly this organisation today, by name."""
    day = today()
    valid = Q(duties__valid_to__isnull=True) | Q(duties__valid_to__gte=day)
    return list(
        Account.objects.filter(
            valid,
            is_active=True,
            duties__organisation__path=path,
            duties__role__in=tuple(roles),
            duties__valid_from__lte=day,
        )
        .distinct()
        .order_by("display_name", "pk")
    )
