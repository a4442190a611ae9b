"""Messages to the worker (handbook 1.14): one in-app notice and, where a phone is known, a short SMS.

The outbox never holds a phone number or a text about the case: it holds names of templates and harmless values; the
handler looks the phone up when it sends. SMS have at most 70 characters and no sensitive words (checked on load).
"""

from __future__ import annotations

from gonghui.appeals import tables
from gonghui.appeals.models import WorkOrder
from gonghui.appeals.rules.common import ASSIST_KIND, LEAD_KIND, REVIEW_KIND, order_of, organisation
from gonghui.kernel import outbox
from gonghui.kernel.flow import notifier
from gonghui.kernel.matters import Context, clock_of
from gonghui.kernel.models import Matter
from gonghui.kernel.times import SHANGHAI

HOTLINE = "12351"


def sms_text(name: str, values: dict[str, str]) -> str:
    """The SMS of a template, never longer than one message: a long name of a union is shortened, nothing else is cut
    (that every template has room for what else stands in it is checked when the table is read)."""
    template, filled = tables.notices().notices[name].sms, _filled(values)
    text, most = template.format(**filled), int(tables.notices().sms_max.value)
    if len(text) > most and filled["org"]:
        room = max(0, len(filled["org"]) - (len(text) - most) - 1)
        text = template.format(**{**filled, "org": filled["org"][:room] + "…"})
    return text[:most]


def page_text(name: str, values: dict[str, str]) -> str:
    return tables.notices().notices[name].text.format(**_filled(values))


def _filled(values: dict[str, str]) -> dict[str, str]:
    return dict.fromkeys(("code", "number", "due", "org", "phone", "days"), "") | values


def queue(
    order: WorkOrder, matter: Matter, name: str, key: str, values: dict[str, str], *, fresh: bool = False
) -> None:
    """Put a notice in the outbox, once for each `key`. Nobody to tell: nothing is queued.

    `fresh`: the key cannot be there yet (a new appeal, a new version), which saves looking.
    """
    appeal = order.appeal
    enqueue = outbox.enqueue_new if fresh else outbox.enqueue
    payload = {"template": name, "appeal": appeal.pk, "values": values, "text": page_text(name, values)}
    if appeal.owner_id:
        enqueue("notice.app", f"app:{matter.pk}:{name}:{key}", payload, matter=matter, account_id=appeal.owner_id)
    if appeal.phone_index:
        enqueue("notice.appeal_sms", f"sms:{matter.pk}:{name}:{key}", payload, matter=matter)


@notifier(LEAD_KIND)
def notify(ctx: Context, name: str) -> None:
    order, matter = order_of(ctx), ctx.matter
    if name == "review_right" and not matter.data.get("petition"):
        return
    values: dict[str, str] = {"number": order.appeal.number}
    if name == "dispatched":
        lead = organisation(matter.holder_path)
        values |= {
            "org": (lead.short_name or lead.name) if lead else "",
            "phone": (lead.phone if lead else "") or HOTLINE,
        }
    if name == "extended":
        clock = clock_of(matter, "petition_finish" if ctx.transition.name == "extend_petition" else "result")
        if clock is not None:
            values["due"] = f"{clock.due_at.astimezone(SHANGHAI):%Y-%m-%d}"
    queue(order, matter, name, str(matter.version), values, fresh=True)


@notifier(ASSIST_KIND)
def notify_assist(ctx: Context, name: str) -> None:
    """Helpers' orders are inside matters: the worker hears from the lead only."""


@notifier(REVIEW_KIND)
def notify_review(ctx: Context, name: str) -> None:
    """The opinion itself is on the petitioner's page; there is no other message."""
