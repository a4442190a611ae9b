"""Messages to the worker. They hang on the appeal's matter, whose page leads to the legal one."""

from __future__ import annotations

from gonghui.kernel import outbox
from gonghui.kernel.flow import notifier
from gonghui.kernel.matters import Context
from gonghui.legal import tables
from gonghui.legal.rules.common import AID_KIND, QUESTION_KIND, case_of


@notifier(QUESTION_KIND)
def notify(ctx: Context, name: str) -> None:
    if ctx.matter.owner_id is None:
        return
    case = case_of(ctx)
    outbox.enqueue(
        "notice.app",
        f"legal:{ctx.matter.pk}:{name}:{ctx.matter.version}",
        {"text": tables.notices()[name].format(kind=ctx.flow.title.zh)},
        matter=case.source or ctx.matter,
        account_id=ctx.matter.owner_id,
    )


notifier(AID_KIND)(notify)
