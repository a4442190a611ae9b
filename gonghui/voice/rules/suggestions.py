"""合理化建议: who assesses it, its grade and reward."""

from __future__ import annotations

from typing import Any

from gonghui.kernel.flow import effect
from gonghui.kernel.matters import Context


@effect("voice.keep_department")
def keep_department(ctx: Context, args: Any) -> None:
    ctx.matter.data["department"] = ctx.data["department"]


@effect("voice.keep_grade")
def keep_grade(ctx: Context, args: Any) -> None:
    ctx.matter.data["grade"] = ctx.data["level"]


@effect("voice.keep_reward")
def keep_reward(ctx: Context, args: Any) -> None:
    """The unit's own money: written down, not paid from the union's funds."""
    ctx.matter.data["reward"] = str(ctx.data["reward"])
