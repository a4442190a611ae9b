"""What goes through the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]
Kind = Literal["chat", "embed", "speech", "ocr"]
# Who may see it: anybody; the union's own machines; persons concerned (names, phones, identity numbers).
SENSITIVITY = ("public", "internal", "personal")


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `untrusted`: written by somebody outside; it is fenced and can give no orders."""

    role: Role
    text: str
    untrusted: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer may rest on: an id to cite, such as an article's, and its text."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens in and out, as the provider counted them or, where it did not, by characters."""

    prompt: int = 0
    completion: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with everything that must be kept beside it (handbook 5.18).

    cost: yuan; attempts: one line a provider that was tried; cited: ids of evidence that the text names.
    """

    text: str
    provider: str
    model: str
    prompt: str
    prompt_version: str
    usage: Usage
    cost: Decimal
    cached: bool = False
    cited: tuple[str, ...] = ()
    data: Any = None
    attempts: tuple[str, ...] = field(default=())

    def record(self) -> dict[str, Any]:
        """What is stored beside the output, without its text."""
        return {
            "provider": self.provider,
            "model": self.model,
            "prompt": self.prompt,
            "prompt_version": self.prompt_version,
            "usage": {"prompt": self.usage.prompt, "completion": self.usage.completion},
            "cost": str(self.cost),
            "cached": self.cached,
            "cited": list(self.cited),
            "attempts": list(self.attempts),
        }
