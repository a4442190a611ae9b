"""Web hooks for apps: what concerns the applications that a worker made after coming from the app, and agreed to tell.

The sending, signing and trying again is the API's (`gonghui.api.hooks`); here stands which events an app's key gets,
and that of each only the number and the state go out.
"""

from __future__ import annotations

from typing import Any

from gonghui.api.hooks import narrowed
from gonghui.api.models import ApiToken
from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.services.hooks import applied
from gonghui.services.models import Application
from gonghui.services.spec import Service
from gonghui.signon.models import AppMatter, Client, Grant

SCOPE, FROM_APP = "applications", "app:"


@applied
def note(actor: Actor, service: Service, application: Application) -> None:
    """The worker came from an app and lets it be told: the application is among those it hears of."""
    if not actor.via.startswith(FROM_APP) or actor.account_id is None:
        return
    with as_system("what the worker agreed to"):
        client = Client.objects.filter(client_id=actor.via.removeprefix(FROM_APP), active=True).first()
        grant = Grant.objects.filter(client=client, account_id=actor.account_id, withdrawn_at=None).first()
        if client is not None and grant is not None and SCOPE in grant.scopes:
            AppMatter.objects.create(client=client, grant=grant, matter=application.matter, at=now())


@narrowed("webhooks:app")
def told(token: ApiToken, message: OutboxMessage) -> dict[str, Any] | None:
    """What the app's key is told of an event: nothing of matters that are not among its own."""
    if message.matter_id is None:
        return None
    row = (
        AppMatter.objects.select_related("grant", "matter")
        .filter(
            client__token=token,
            client__active=True,
            matter_id=message.matter_id,
            grant__withdrawn_at=None,
            grant__account__is_active=True,
        )
        .first()
    )
    if row is None or SCOPE not in row.grant.scopes:
        return None
    matter: Matter = row.matter
    return {
        "type": "application.state",
        "number": matter.number,
        "state": message.payload.get("state", matter.state),
        "open": matter.is_open,
        "sub": row.grant.subject,
    }
