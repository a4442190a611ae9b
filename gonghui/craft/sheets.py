"""评分表 of a contest: what a sheet must hold, and how one is written, whoever hands it in (handbook 5.9)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from gonghui.craft.models import Contest, Contestant, Judge, JudgeSheet, ScoreSheet
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.times import now
from gonghui.kernel.veiling import veil

REASON_MOST = 200
# Entries of the trail that hold scores, and what of them is shown before the scores are locked.
SCORED = ("enter_paper", "enter_sheet", "change_sheet", "hand_in_sheet", "reopen_sheet")
SHOWN_BEFORE = ("number", "judge", "paper")
Typed = Mapping[str, tuple[str, str]]


def checked(contest: Contest, points: Typed) -> dict[str, list[str]]:
    """A whole sheet by item: (score, reason of the deduction). InvalidData beside each item that does not fit."""
    kept: dict[str, list[str]] = {}
    wrong: dict[str, list[str]] = {}
    for item in contest.items:
        code, most = item["code"], Decimal(item["weight"])
        raw, reason = points.get(code, ("", ""))
        try:
            score = Decimal(str(raw).strip())
        except InvalidOperation:
            wrong[code] = [_("请填写分数。")]
            continue
        if not score.is_finite() or not 0 <= score <= most:
            wrong[code] = [_("在 0 到 %(most)s 之间。") % {"most": most}]
        elif score < most and not reason.strip():
            wrong[f"{code}_reason"] = [_("扣了分的请写原因。")]
        kept[code] = [str(score), reason.strip()[:REASON_MOST]]
    if wrong:
        raise InvalidData(wrong)
    return kept


def write(
    actor: Actor, contest: Contest, row: Contestant, judge: Judge, points: Typed
) -> tuple[ScoreSheet, bool, dict[str, Any]]:
    """(the sheet of the round under way, whether it is new, what the trail keeps). The caller holds the contest's
    lock."""
    kept = checked(contest, points)
    sheet, made = ScoreSheet.objects.update_or_create(
        contestant=row,
        judge=judge,
        round=contest.round,
        defaults={"points": kept, "by_id": actor.account_id, "at": now()},
    )
    scores = {code: one[0] for code, one in kept.items()}
    return sheet, made, {"number": row.blind_number, "judge": judge.pk, **scores}


def task_of(judge: Judge, row: Contestant, number: int) -> JudgeSheet | None:
    """What was handed to the judge of this contestant in that round."""
    return JudgeSheet.objects.select_related("sheet", "judge__expert").filter(
        judge=judge, contestant=row, round=number
    ).first()  # fmt: skip


def handed_in(task: JudgeSheet) -> bool:
    """Whether the judge handed it in themselves, not staff from paper."""
    expert = task.judge.expert
    return task.sheet is not None and expert is not None and task.sheet.by_id == expert.account_id


def not_on_paper(task: JudgeSheet) -> str:
    """Why a sheet on paper may not be entered for it; empty where it may."""
    if task.state == JudgeSheet.State.RECUSED:
        return _("这位裁判对这个编号回避了，请另请裁判。")
    return _("这位裁判已经自己交表；要改请先退回。") if handed_in(task) else ""


def hand_over(task: JudgeSheet, sheet: ScoreSheet) -> None:
    """The task is done by this sheet."""
    task.state, task.sheet, task.draft, task.declared_at = JudgeSheet.State.SCORED, sheet, {}, sheet.at
    task.save(update_fields=["state", "sheet", "draft", "declared_at"])


@veil("craft.contest")
def scores_sealed(matter: Matter, entries: list[TrailEntry]) -> list[dict[str, Any]]:
    """Nobody reads a score in the trail before those of its round are locked: whoever may still enter or open a sheet
    would know the others. Which sheet it was is shown at once."""
    streams = {entry.stream for entry in entries if entry.verb in SCORED}
    locks = TrailEntry.objects.filter(stream__in=streams, verb="lock").order_by()
    locked = dict(locks.values_list("stream").annotate(Max("seq"))) if streams else {}
    return [
        _without_scores(entry.after)
        if entry.verb in SCORED and entry.seq > locked.get(entry.stream, 0)
        else entry.after
        for entry in entries
    ]


def _without_scores(after: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if name in SHOWN_BEFORE} | {"scores": _("锁定后可看")}
