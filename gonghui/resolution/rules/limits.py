"""Limits of the clocks, from `data/limits.yaml` and the letter itself."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from gonghui.kernel.flow import limit
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.models import Matter
from gonghui.kernel.times import today
from gonghui.resolution import tables
from gonghui.resolution.models import Letter


def _step(name: str) -> Callable[[Matter], Limit | None]:
    def of(matter: Matter) -> Limit | None:
        return tables.step_limit(name, matter.holder_path)

    return of


for _name in tables.STEPS:
    if _name not in ("acceptance", "verify"):
        limit(f"resolution.limit_{_name}")(_step(_name))


@limit("resolution.limit_acceptance")
def acceptance(matter: Matter) -> Limit | None:
    """Until it was decided whether the letter is taken up."""
    return None if matter.data.get("accepted") else tables.step_limit("acceptance", matter.holder_path)


@limit("resolution.limit_reply")
def reply(matter: Matter) -> Limit | None:
    return reply_limit(Letter.objects.get(matter_id=matter.pk))


def reply_limit(letter: Letter) -> Limit:
    """What the letter itself says: 15 days, 15 working days."""
    amount = Decimal(letter.reply_days)
    return Limit(days=amount) if letter.reply_unit == Letter.Unit.DAYS else Limit(working_days=amount)


@limit("resolution.limit_verify")
def verify(matter: Matter) -> Limit | None:
    """The employer's time to correct is theirs: verifying is due some days after it ended."""
    usual = tables.step_limit("verify", matter.holder_path)
    letter = Letter.objects.get(matter_id=matter.pk)
    if letter.rectify_by is None or usual.unit != "days":
        return usual
    return Limit(days=usual.amount + max(0, (letter.rectify_by - today()).days))
