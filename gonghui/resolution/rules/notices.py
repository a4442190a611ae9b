"""Messages to the worker from whose appeal the letter comes. They hang on the appeal's matter."""

from __future__ import annotations

from gonghui.kernel import outbox
from gonghui.kernel.flow import notifier
from gonghui.kernel.matters import Context
from gonghui.kernel.times import SHANGHAI
from gonghui.resolution import tables
from gonghui.resolution.rules.common import KIND, letter_of


@notifier(KIND)
def notify(ctx: Context, name: str) -> None:
    letter = letter_of(ctx)
    if letter.source is None or letter.source.owner_id is None:
        return
    due = f"{letter.reply_due.astimezone(SHANGHAI):%Y-%m-%d}" if letter.reply_due else ""
    text = tables.notices()[name].format(
        kind=tables.kind(letter.kind).full,
        due=due,
        who=letter.addressee or "单位",
        text=letter.notice_text,
        stance=tables.chinese(tables.stances(letter.kind), letter.stance),
    )
    outbox.enqueue(
        "notice.app",
        f"resolution:{ctx.matter.pk}:{name}:{ctx.matter.version}",
        {"text": text},
        matter=letter.source,
        account_id=letter.source.owner_id,
    )
