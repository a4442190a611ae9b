"""What can go wrong at the door; messages are for people, in Chinese and English."""

from __future__ import annotations


class GatewayError(Exception):
    """The base of all."""


class ProviderFailed(GatewayError):
    """A provider did not give a usable answer. `again`: whether trying again may help; `after`: seconds to wait."""

    def __init__(self, message: str, *, again: bool = False, after: float | None = None) -> None:
        super().__init__(message)
        self.again, self.after = again, after


class QuotaExceeded(GatewayError):
    """The organisation has used up its share of the day."""


class Refused(GatewayError):
    """The request may not go to any provider that could serve it, or no answer passed the checks."""
