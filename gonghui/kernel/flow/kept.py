"""The text of a flow that a matter began with (办理依据): kept once by its digest, whatever becomes of the file.

A matter names its flow by `kind` and the text of it by `flow_digest`. What a room puts `beside` its flow (the form,
conditions and amounts of a service) is part of the same text. What a file leaves to a default is said too, so that a
release with other defaults changes no matter under way; one that takes a field out of the schema must still read it
in kept texts. The functions that a text names are Python: they are those of the software that runs, not of the day on
which the matter began.
"""

from __future__ import annotations

import json
import logging
from functools import lru_cache
from typing import Protocol

from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow import registry
from gonghui.kernel.flow.load import make_flow
from gonghui.kernel.flow.schema import Flow
from gonghui.kernel.times import now

log = logging.getLogger(__name__)


class Begun(Protocol):
    """What has a flow: a matter, or a row that repeats its two columns."""

    kind: str
    flow_digest: str


def keep(flow: Flow) -> str:
    """Keep the text of a flow, once for all matters; its digest."""
    from gonghui.kernel.models import FlowText

    # A text is new once: no matter after the first sends all of it to the database.
    if not FlowText.objects.filter(digest=flow.digest).exists():
        row = FlowText(digest=flow.digest, kind=flow.name, text=flow.text, since=now())
        FlowText.objects.bulk_create([row], ignore_conflicts=True)
    return flow.digest


def flow_of(matter: Begun) -> Flow:
    """The flow of a matter as it read when the matter began."""
    return kept_flow(matter.kind, matter.flow_digest)


def kept_flow(kind: str, digest: str) -> Flow:
    """The flow of this text; without one (a matter of which none was kept) the flow in use.

    Asked of the database once a text and process. A text that is lost, or that this software can no longer read, gives
    the flow in use, and is told in the log: `gonghui services check --running` finds it before. KeyError where there is
    none either. The flow in use may lack the matter's state: ask it by `Flow.state_of`.
    """
    if not digest:
        return registry.get_flow(kind)
    used = registry.find_flow(kind)
    if used is not None and used.digest == digest:
        return used
    try:
        found = _read(digest)
    except FlowError as error:
        log.error("the flow in use stands in for a kept one: %s", error)
        found = None
    if found is None and used is None:
        raise KeyError(kind)
    return found or used  # type: ignore[return-value]


@lru_cache(maxsize=1024)
def _read(digest: str) -> Flow | None:
    """None for a text that cannot be read. What a digest stands for never changes; FlowError, which is not remembered,
    for a text that is not there."""
    text = text_of(digest)
    try:
        return read(digest, text)
    except FlowError as error:
        log.error("the flow in use stands in for a kept one: %s", error)
        return None


def text_of(digest: str) -> str:
    """A kept text. FlowError where it is lost."""
    from gonghui.kernel.models import FlowText

    try:
        return FlowText.objects.values_list("text", flat=True).get(digest=digest)
    except FlowText.DoesNotExist as error:
        raise FlowError(f"flow text {digest[:12]}", 1, "the text is not there") from error


def read(digest: str, text: str) -> Flow:
    """The flow of a kept text, checked against the functions that are there now. FlowError for one that cannot work."""
    name = f"flow text {digest[:12]}"
    try:
        data = json.loads(text)
    except ValueError as error:
        raise FlowError(name, 1, f"not valid JSON: {error}") from error
    return make_flow(data, name, lambda at: 1)
