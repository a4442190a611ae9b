"""The key by which an app manages its own web hooks through the API."""

from __future__ import annotations

from django.db import transaction

from gonghui.api.actions import create_token, revoke_token
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.signon.models import Client
from gonghui.signon.registry import organisation_at

SCOPE, DAYS = "webhooks:app", 365


@transaction.atomic
def new_key(actor: Actor, client: Client) -> str:
    """A key for the app, shown this once; the one before it ends, with its web hooks. It reads nothing through the API
    and its web hooks tell nothing but what workers agreed to."""
    organisation_at(actor, client.organisation.path)
    if client.token is not None:
        revoke_token(actor, client.token)
    token, secret = create_token(client.name, client.organisation.path, [SCOPE], days=DAYS, actor=actor)
    client.token = token
    client.save(update_fields=["token"])
    trail.record(
        f"app:{client.pk}", "hook_key", actor=actor, after={"prefix": token.prefix}, org_path=client.organisation.path
    )
    return secret
