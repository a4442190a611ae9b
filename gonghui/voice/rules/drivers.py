"""货车司机意外险补助: keep until when the cover runs, so that its driver is reminded before it ends (handbook 5.7)."""

from __future__ import annotations

from typing import Any

from gonghui.kernel.flow import effect
from gonghui.kernel.matters import Context
from gonghui.services.rules.common import values_of
from gonghui.voice.models import DriverCover


@effect("voice.keep_cover")
def keep_cover(ctx: Context, args: Any) -> None:
    DriverCover.objects.create(matter=ctx.matter, account_id=ctx.matter.owner_id, ends=values_of(ctx)["policy_to"])
