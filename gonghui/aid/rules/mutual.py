"""大病互助: a claim that comes late says why (handbook 5.6: 出险→30日内报案)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from gonghui.aid import tables
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.times import today
from gonghui.services.hooks import checks
from gonghui.services.spec import Service


@checks("M17")
def told_in_time(actor: Actor, service: Service, values: Mapping[str, Any]) -> None:
    """InvalidData beside the field for the reason."""
    days = tables.mutual().report_days.value
    if today() > values["discharged"] + timedelta(days=days) and not values.get("late_why"):
        raise InvalidData({"late_why": [_("出院已经超过 %(days)d 天，请写明为什么现在才申请。") % {"days": days}]})
