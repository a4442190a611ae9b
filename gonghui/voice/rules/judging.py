"""评价和推荐: the judges' sheets, their mean, and the way up to the next level's round."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.flow import effect, guard
from gonghui.kernel.matters import Context
from gonghui.kernel.times import day_of
from gonghui.voice import rounds, scores, tables
from gonghui.voice.models import ScoreSheet
from gonghui.voice.rules.proposals import proposal_of


@guard("voice.marks_fit")
def marks_fit(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    for item in tables.scoring().items:
        if not 0 <= ctx.data[item.code] <= item.most:
            return _("“%(item)s”的分数要在 0 到 %(most)d 之间。") % {"item": item.label, "most": item.most}
    return None


@effect("voice.keep_sheet")
def keep_sheet(ctx: Context, args: Any) -> None:
    marks = {item.code: ctx.data[item.code] for item in tables.scoring().items}
    ScoreSheet.objects.update_or_create(
        proposal=proposal_of(ctx),
        judge_id=ctx.actor.account_id,
        defaults={"marks": marks, "total": sum(marks.values()), "at": ctx.now},
    )


@guard("voice.enough_judges")
def enough_judges(ctx: Context, args: Any) -> str | None:
    have, need = proposal_of(ctx).sheets.count(), tables.number("judges")
    if have >= need:
        return None
    return _("至少要 %(need)d 位评委评分，现在有 %(have)d 位。") % {"need": need, "have": have}


@effect("voice.sum_up")
def sum_up(ctx: Context, args: Any) -> None:
    proposal = proposal_of(ctx)
    totals = list(proposal.sheets.values_list("total", flat=True))
    proposal.mark = scores.mean(totals, tables.number("drop_from"))
    proposal.save(update_fields=["mark"])
    ctx.record(mark=str(proposal.mark), judges=len(totals))


@guard("voice.round_open")
def round_open(ctx: Context, args: Any) -> str | None:
    found = rounds.above(ctx.matter.holder_path, day_of(ctx.now))
    if found is None:
        return _("上级工会今年没有正在征集的推荐轮次，可以先办结。")
    return rounds.full(found)


@effect("voice.nominate")
def nominate(ctx: Context, args: Any) -> None:
    found = rounds.above(ctx.matter.holder_path, day_of(ctx.now))
    assert found is not None, "the guard has seen it"
    rounds.enter(found, proposal_of(ctx), ctx.now)
