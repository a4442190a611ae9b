"""The figures that open the desk: what waits for each role, as saved filters of the worklist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from gonghui.kernel import worklist as kernel_worklist
from gonghui.kernel.actor import Actor
from gonghui.kernel.worklist import Filters

DISPATCHING = ("dispatcher", "supervisor")
HANDLING = ("handler", "leader", "lawyer")


@dataclass(frozen=True)
class Tile:
    """A named filter of the worklist. `roles`: who is shown it (empty: all staff); `page`: where it leads instead."""

    name: str
    label: Any
    query: dict[str, str]
    filters: Filters
    roles: tuple[str, ...] = ()
    page: str = ""

    @property
    def url(self) -> str:
        if self.page:
            return reverse(self.page)
        return f"{reverse('desk:worklist')}?{urlencode(self.query)}" if self.query else reverse("desk:worklist")


def _state(name: str, label: Any, *roles: str, page: str = "") -> Tile:
    return Tile(name, label, {"state": name}, Filters(state=name), roles, page)


TILES = (
    Tile("urgent", _("特急"), {"priority": "0"}, Filters(priority="0")),
    Tile("red", _("已超期"), {"light": "red"}, Filters(light="red")),
    Tile("yellow", _("快到期"), {"light": "yellow"}, Filters(light="yellow")),
    _state("registered", _("待研判"), "agent", *DISPATCHING),
    _state("triaged", _("待派单"), *DISPATCHING),
    _state("returned", _("退单待处理"), *DISPATCHING),
    _state("escalated", _("升级待处理"), *DISPATCHING),
    _state("submitted", _("待审核"), *DISPATCHING),
    _state("dispatched", _("待签收"), *HANDLING),
    _state("reopened", _("待重办"), *HANDLING),
    Tile("mine", _("我承办的"), {"who": "mine"}, Filters(mine=True), HANDLING),
    Tile("unassigned", _("还没有人承办"), {"who": "unassigned"}, Filters(unassigned=True), HANDLING),
    Tile(
        "letters_overdue",
        _("监督文书逾期未答复"),
        {"kind": "resolution.letter", "state": "overdue"},
        Filters(kind="resolution.letter", state="overdue"),
        (*DISPATCHING, "handler", "leader"),
    ),
    _state("callback", _("待回访"), "callback", page="desk:callbacks"),
    _state("quality", _("待质检"), "quality", page="desk:quality"),
    Tile("open", _("全部在办"), {}, Filters()),
)


def tiles_for(actor: Actor) -> list[Tile]:
    """The tiles of this person's roles, in order."""
    return [tile for tile in TILES if not tile.roles or actor.has_role(*tile.roles)]


def counted(actor: Actor, at: datetime) -> list[dict[str, Any]]:
    """The tiles with their counts, each counted no further than the cap: one query a tile, whatever there is."""
    return [{"tile": tile, "count": kernel_worklist.count(actor, tile.filters, at=at)} for tile in tiles_for(actor)]
