"""What can go wrong at the door; messages are for people, in Chinese and English."""

from __future__ import annotations

from gonghui.brain.gateway.types import Usage


class GatewayError(Exception):
    """The base of all."""


class ProviderFailed(GatewayError):
    """A provider did not give a usable answer.

    again: whether trying again may help; after: seconds to wait; blamed: whether it speaks against the provider and
    not against what was asked; spent: what is paid all the same.
    """

    def __init__(
        self,
        message: str,
        *,
        again: bool = False,
        after: float | None = None,
        blamed: bool = True,
        spent: Usage | None = None,
    ) -> None:
        super().__init__(message)
        self.again, self.after, self.blamed, self.spent = again, after, blamed, spent or Usage()


class CheckFailed(GatewayError):
    """A provider answered, and the answer may not be used. `verdict`: a word for the account.

    The provider did its work and is paid; that a letter provoked such an answer says nothing against it.
    """

    def __init__(self, message: str, verdict: str) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.spent = Usage()


class QuotaExceeded(GatewayError):
    """The organisation has used up its share of the day."""


class Refused(GatewayError):
    """The request may not go to any provider that could serve it, or no answer passed the checks."""
