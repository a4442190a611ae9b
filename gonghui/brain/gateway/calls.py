"""One call: who asks whom for what, what became of each provider, how much has come."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gonghui.brain.gateway import guard
from gonghui.brain.gateway.config import Model, Provider, Task
from gonghui.brain.gateway.errors import GatewayError, QuotaExceeded, Refused
from gonghui.brain.gateway.masking import Masker
from gonghui.brain.gateway.remote import TEMPERATURE
from gonghui.brain.gateway.types import Evidence, Message

_USED_UP = "今天的额度已用完，请明天再试或联系管理员 / today's share is used up."
_NOBODY = "没有可用的模型 / no model could answer: "


@dataclass(frozen=True, slots=True)
class Work:
    """Who asks whom for what: all that the account needs to know."""

    task: Task
    provider: Provider
    model: Model
    version: str
    organisation: str


class Over(Exception):
    """The call does not fit into the task's budget or the day's share."""


class Attempts:
    """What became of each provider along the route."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._over = 0

    def over(self, provider: Provider, model: Model) -> None:
        self._over += 1
        self.lines.append(f"{provider.name}/{model.name}: 超出额度 / over the share")

    def failed(self, provider: Provider, model: Model, error: GatewayError) -> None:
        self.lines.append(f"{provider.name}/{model.name}: {error}")

    def ended(self) -> GatewayError:
        """The share is used up where nothing else stood in the way."""
        if self._over and self._over == len(self.lines):
            return QuotaExceeded(_USED_UP)
        return Refused(_NOBODY + "；".join(self.lines))


def masked(messages: Sequence[Message], masker: Masker | None) -> list[Message]:
    return [Message(m.role, masker.hide(m.text), m.untrusted) for m in messages] if masker else list(messages)


def size_of(messages: Sequence[Message]) -> int:
    """Tokens at most: one a character is more than Chinese needs, so that what is held is never too little."""
    return sum(len(m.text) for m in messages)


class Pieces:
    """A stream that knows whether it has begun and how much has come."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source, self.started, self.size = source, False, 0

    def __iter__(self) -> Iterator[str]:
        for piece in self._source:
            self.started = True
            self.size += len(piece)
            yield piece

    def close(self) -> None:
        """Hang up: no more is wanted."""
        if isinstance(self._source, Generator):
            self._source.close()


def key_of(
    task: Task,
    route: Iterable[tuple[Provider, Model]],
    turns: Sequence[Message],
    evidence: Sequence[Evidence],
    fields: Mapping[str, Collection[str] | None] | None,
    organisation: str,
    sensitivity: str,
    most: int,
) -> str:
    """What an answer is kept under: everything that makes it; one organisation never gets another's.

    The prompt's text is among the turns. Who is asked, what they may see and how a text is masked differ by route.
    """
    asked = [[provider.form, provider.url, provider.clearance, model.name, TEMPERATURE] for provider, model in route]
    values = None
    if fields is not None:
        values = {name: None if allowed is None else sorted(map(str, allowed)) for name, allowed in fields.items()}
    body = [
        task.name,
        task.must_cite,
        asked,
        organisation,
        sensitivity,
        most,
        guard.RULES,
        [[m.role, m.text, m.untrusted] for m in turns],
        [[e.id, e.text] for e in evidence],
        values,
    ]
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
