"""消息设置 in the file of the own data (个人信息保护法 45); they go with the account (47)."""

from __future__ import annotations

from typing import Any

from gonghui.content.models import PushChoice, PushDelivery
from gonghui.kernel.scope import as_system
from gonghui.people.actions import own_data_part
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account


@own_data_part("pushes")
def pushes(account: Account) -> dict[str, Any]:
    """What the person does not want pushed, whether they agreed to SMS, and on which days which text came."""
    with as_system("one's own settings"):
        choice = PushChoice.objects.filter(account=account).first()
        rows = PushDelivery.objects.filter(account=account).select_related("push").order_by("pk")
        return {
            "unwanted": choice.unwanted if choice is not None else [],
            "sms": choice.sms if choice is not None else False,
            "received": [{"day": row.day.isoformat(), "text": row.push.text} for row in rows],
        }


@erasure_part
def forget(account: Account) -> None:
    PushChoice.objects.filter(account=account).delete()
    PushDelivery.objects.filter(account=account).delete()
