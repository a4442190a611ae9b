"""What the worker sends for this room (outbox handlers)."""

from __future__ import annotations

from django.conf import settings

from gonghui.kernel import adapters, outbox
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.people.actions.codes import code_text
from gonghui.people.models import Account, PhoneCode


@adapters.address_resolver
def phone_of_the_account(message: OutboxMessage) -> str:
    """Where an SMS to an account goes. Looked up when it is sent: the outbox never holds a phone."""
    if message.topic != "notice.sms" or message.account_id is None:
        return ""
    with as_system("the receiver's own phone"):
        account = Account.objects.filter(pk=message.account_id, is_active=True).first()
    return account.phone if account is not None else ""


@outbox.handler("notice.code_sms")
def send_code_sms(message: OutboxMessage) -> None:
    """Send a sign-in code. Once it has gone, neither it nor the phone is kept.

    A code that comes too late is not sent: Undeliverable, so that somebody sees that messages do not get out.
    """
    row = PhoneCode.objects.filter(pk=message.payload.get("phone_code")).first()
    if row is None or not row.unsent_code:
        # Sent before, and the worker was killed before it could cross the message off; or used already.
        return
    if row.expires_at <= now():
        raise outbox.Undeliverable("the code expired before it could be sent")
    name = settings.OUTBOX_ADAPTERS.get("sms", "")
    if name not in adapters.ADAPTERS:
        raise outbox.Undeliverable(f"no adapter {name!r} for the channel 'sms'")
    adapters.ADAPTERS[name]("sms", row.phone, code_text(row.unsent_code), message.key, "")
    PhoneCode.objects.filter(pk=row.pk).update(phone="", unsent_code="")
