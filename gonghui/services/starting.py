"""立项: staff begin by themselves what no worker has asked for; the room has judged the values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from gonghui.kernel.actor import Actor
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.services import facts, hooks
from gonghui.services.actions import Handed, Values, free_keys, handed_in, open_application, own_key
from gonghui.services.spec import Service


def start(
    actor: Actor, service: Service, values: Values, holder: Organisation, region: str, more: Mapping[str, Any], key: str
) -> Handed:
    """An application without a worker, at the union that handles it; sent twice with the same `key`, it is one. `more`
    is kept in the matter's data. The caller has asked whether they may. GuardRefused or InvalidData as the service's
    own check and `once` say."""
    if (begun := handed_in(actor, service, key)) is not None:
        return begun
    day = today()
    hooks.check(actor, service, values)
    outcome = facts.judge(service, facts.told_facts(service, values, day))
    keys = free_keys(service, values, None, day)
    try:
        with transaction.atomic():
            own = own_key(actor, service, key)
            return open_application(actor, service, values, outcome, region, holder, keys, own, None, more)
    except IntegrityError:
        # Somebody was faster by an instant, or this is the second of two clicks.
        if (begun := handed_in(actor, service, key)) is not None:
            return begun
        free_keys(service, values, None, day)
        raise
