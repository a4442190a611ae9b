"""What the worker sends for this room (outbox handlers)."""

from __future__ import annotations

from django.conf import settings

from gonghui.kernel import adapters, outbox
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.scope import as_system
from gonghui.membership import tables
from gonghui.membership.models import MembershipChange

# No name and no state: a phone is read by others too.
ENDED = "您的工会会籍有变动。不同意的，请在{days}天内联系您的工会，可以恢复。"


@outbox.handler("notice.member_sms")
def ended_sms(message: OutboxMessage) -> None:
    """That a membership was ended. The phone is looked up now: the account's, else the one the register has."""
    with as_system("the member's own phone"):
        change = MembershipChange.objects.select_related("membership__account").get(pk=message.payload["change"])
    row = change.membership
    if row.current:
        return  # restored before it was sent
    phone = row.account.phone if row.account is not None else row.phone
    if not phone:
        raise outbox.Undeliverable("the register has no phone of this member")
    name = settings.OUTBOX_ADAPTERS.get("sms", "")
    if name not in adapters.ADAPTERS:
        raise outbox.Undeliverable(f"no adapter {name!r} for the channel 'sms'")
    adapters.ADAPTERS[name]("sms", phone, ENDED.format(days=tables.numbers().undo_days), message.key, "")
