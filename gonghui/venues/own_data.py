"""Where somebody came, in the file of the own data (个人信息保护法 45), and out of it when the account goes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gonghui.kernel.scope import as_system
from gonghui.people.actions import own_data_part
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account
from gonghui.venues.models import Visit


@own_data_part("visits", _("到站签到"))
def visits(account: Account) -> list[dict[str, Any]]:
    """The days on which the account checked in at a place, with its stars. Nursing rooms know nobody."""
    with as_system("one's own visits"):
        rows = Visit.objects.filter(account=account).select_related("venue").order_by("day", "pk")
        return [{"day": row.day, "place": row.venue.name, "stars": row.stars} for row in rows]


@erasure_part
def forget_visits(account: Account) -> None:
    """The visit stays counted, as nobody's."""
    Visit.objects.filter(account=account).update(account=None, key=None)
