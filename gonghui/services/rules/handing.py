"""逐级审核: an application that one union checks and hands up to another, how it comes back down; 学历核验."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.flow import effect, guard
from gonghui.kernel.matters import Context, move
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import ancestors
from gonghui.kernel.times import day_of
from gonghui.organisations.models import Organisation
from gonghui.services.holding import FIRST

Level = Organisation.Level
# What was found of a diploma, by whom and when.
LOOKUP = "lookup"


# The territorial levels that can be handed up to, the lowest first.
LADDER = (Level.COUNTY, Level.CITY, Level.PROVINCE, Level.NATIONAL)


def above(path: str, level: str) -> Organisation | None:
    """The union of a level at or above a path; where there is none, as above a county governed by its province, the
    nearest of a higher level. None where there is none either."""
    rows = Organisation.objects.filter(path__in=ancestors(path), active=True)
    wanted = LADDER[LADDER.index(Level(level)) :]
    found = {row.level: row for row in rows.filter(level__in=wanted).order_by("path")}
    return next((found[one] for one in wanted if one in found), None)


@effect("services.hand_up")
def hand_up(ctx: Context, args: Any) -> None:
    """To the union of a `level` above, or the nearest of a higher one; only where there is none of either, another
    person of the same union goes on with it."""
    found = above(ctx.matter.holder_path, args["level"])
    hand_to(ctx.matter, found.path if found is not None else ctx.matter.holder_path)


@effect("services.hand_back")
def hand_back(ctx: Context, args: Any) -> None:
    """Down to the union that had it first."""
    return_to_first(ctx.matter)


def hand_to(matter: Matter, path: str) -> None:
    """On to another union, or no further; which one had it first is kept, for where it comes back or begins anew."""
    matter.data = {FIRST: matter.holder_path, **matter.data}
    if path != matter.holder_path:
        _give(matter, path)


def return_to_first(matter: Matter) -> None:
    first = matter.data.get(FIRST)
    if first and first != matter.holder_path:
        _give(matter, first)


def _give(matter: Matter, path: str) -> None:
    matter.assignee_id = None
    move(matter, path)


@guard("services.lookup_is_right")
def lookup_is_right(ctx: Context, args: Any) -> str | None:
    if ctx.preview or ctx.data["looked_on"] <= day_of(ctx.now):
        return None
    return _("查询日期还没有到。")


@effect("services.keep_lookup")
def keep_lookup(ctx: Context, args: Any) -> None:
    """学历核验 as a person made it: when, the number of the report, what it says; by whom the trail tells too."""
    ctx.matter.data = {
        **ctx.matter.data,
        LOOKUP: {
            "on": ctx.data["looked_on"].isoformat(),
            "report_no": ctx.data["report_no"],
            "found": ctx.data["found"],
            "by": ctx.actor.name,
        },
    }


@guard("services.lookup_agrees")
def lookup_agrees(ctx: Context, args: Any) -> str | None:
    if ctx.matter.data.get(LOOKUP, {}).get("found") == "same":
        return None
    return _("登记的学信网结果不是“一致”，不能通过：请退回补正、不通过，或者重新查询登记。")
