"""The request as our pages get it: with the actor that the middleware found."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from gonghui.kernel.actor import Actor


class Request(HttpRequest):
    """`actor` says who asks. `user` is an account wherever the page has made sure of it by `actor.kind`.

    `session_ended` says that this very request found the staff session past its limits.
    """

    actor: Actor
    user: Any
    session_ended: bool
