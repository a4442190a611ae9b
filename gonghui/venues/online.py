"""网上支付: through an adapter (settings.VENUE_PAYMENT). `counter`, the default, takes nothing online: one pays at the
place or by a transfer. `gateway` asks a union's own payment service; only its word makes a booking paid.

The service is spoken to in three calls, each repeatable by the order's number (bearer token, JSON, amounts as text):
`POST {url}/orders` {order, amount, what} → {address}; `GET {url}/orders/{order}` → {state: open|paid, reference,
amount}; `POST {url}/orders/{order}/refund` {amount} → {reference}.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

import httpx
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from gonghui.kernel.errors import GuardRefused
from gonghui.venues.models import Booking

SECONDS = 10


def order_of(booking: Booking) -> str:
    """The number under which the service knows a booking; never used twice."""
    return f"GH-VB-{booking.pk}"


class Online(Protocol):
    """What a payment service is asked. GuardRefused, in words for the reader, when it does not answer."""

    offered: bool

    def begin(self, booking: Booking) -> str:
        """The address at which the booking is paid."""
        ...

    def paid(self, booking: Booking) -> str:
        """The service's reference once the whole amount is paid; empty before."""
        ...

    def refund(self, booking: Booking) -> str:
        """Give `booking.refund` back; the service's reference."""
        ...


class Counter:
    """Nothing online."""

    offered = False

    def begin(self, booking: Booking) -> str:
        raise GuardRefused([_("这里不能网上付款，请到柜台付款或转账。")])

    def paid(self, booking: Booking) -> str:
        return ""

    def refund(self, booking: Booking) -> str:
        raise GuardRefused([_("这里不能网上退款，请在柜台或转账退还。")])


class Gateway:
    """A payment service over HTTP (settings.VENUE_PAYMENT_URL, VENUE_PAYMENT_TOKEN)."""

    offered = True

    def __init__(self, url: str, token: str) -> None:
        if not url:
            raise ImproperlyConfigured("GONGHUI_VENUE_PAYMENT_URL is not set")
        self.url, self.headers = url.rstrip("/"), {"Authorization": f"Bearer {token}"}

    def begin(self, booking: Booking) -> str:
        told = {"order": order_of(booking), "amount": str(booking.amount), "what": str(booking.slot)}
        address = self._ask("POST", "/orders", told).get("address", "")
        if not isinstance(address, str) or not address.startswith("https://"):
            raise _silent()
        return address

    def paid(self, booking: Booking) -> str:
        answer = self._ask("GET", f"/orders/{order_of(booking)}")
        if answer.get("state") != "paid":
            return ""
        try:
            whole = Decimal(str(answer.get("amount"))) == booking.amount
        except InvalidOperation:
            whole = False
        # Another sum than was asked for is looked at by a person.
        return str(answer.get("reference") or "")[:60] if whole else ""

    def refund(self, booking: Booking) -> str:
        answer = self._ask("POST", f"/orders/{order_of(booking)}/refund", {"amount": str(booking.refund)})
        if not (reference := str(answer.get("reference") or "")[:60]):
            raise _silent()
        return reference

    def _ask(self, method: str, path: str, told: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            response = httpx.request(method, self.url + path, json=told, headers=self.headers, timeout=SECONDS)
            if method == "GET" and response.status_code == httpx.codes.NOT_FOUND:
                return {}
            answer = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise _silent() from error
        return answer if isinstance(answer, dict) else {}


def _silent() -> GuardRefused:
    return GuardRefused([_("支付服务现在没有回应，没有扣款的可以过一会儿再试，也可以到柜台付款。")])


def online() -> Online:
    if settings.VENUE_PAYMENT == "gateway":
        return Gateway(settings.VENUE_PAYMENT_URL, settings.VENUE_PAYMENT_TOKEN)
    if settings.VENUE_PAYMENT == "counter":
        return Counter()
    raise ImproperlyConfigured(f"GONGHUI_VENUE_PAYMENT: there is no {settings.VENUE_PAYMENT!r}")
