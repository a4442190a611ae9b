"""厂务公开提问: the answer, published to the unit where who answers says so."""

from __future__ import annotations

from typing import Any

from gonghui.kernel.flow import effect
from gonghui.kernel.matters import Context
from gonghui.services.rules.common import values_of
from gonghui.voice.models import Disclosure, Reply


@effect("voice.publish_reply")
def publish_reply(ctx: Context, args: Any) -> None:
    """In the words of who answers, without the asker; on the disclosure it is about."""
    number = values_of(ctx).get("item_no")
    if not ctx.data["asked"] or not number:
        return
    about = Disclosure.objects.filter(pk=int(number), organisation__path=ctx.matter.holder_path).first()
    if about is not None:
        Reply.objects.create(
            disclosure=about, matter=ctx.matter, asked=ctx.data["asked"], said=ctx.data["text"], at=ctx.now
        )
