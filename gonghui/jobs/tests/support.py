"""Employers that post and people who look for work. A walk through J01, J02 and M07 needs nothing beforehand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from gonghui.jobs.models import Posting, Seeker
from gonghui.kernel.actor import Actor
from gonghui.kernel.matters import act
from gonghui.kernel.times import today
from gonghui.services import actions

# Codes with a right check digit and made-up employers.
CODES = ("91520100780000001M", "91520102780000002M", "915201037800000037", "91520102780000004U")

JOB: dict[str, Any] = {
    "employer": "星河食品有限公司",
    "uscc": CODES[0],
    "acting": "staff",
    "title": "包装工",
    "trade": "factory",
    "number": 2,
    "form": "full",
    "pay_by": "month",
    "pay_min": "4200",
    "pay_max": "5600",
    "insured": "yes",
    "shift": "day",
    "hours": "8:00—17:00，每周休两天",
    "board": "both",
    "certificates": "健康证",
    "text": "在车间装箱、贴标签。不收押金，男女不限，会教。",
    "region": "520102",
    "address": "河滨路 9 号",
    "campaign": "spring",
    "hr_name": "赵敏",
    "hr_phone": "13800138011",
    "promise": True,
}

WISH: dict[str, Any] = {
    "post": "进厂做普工",
    "trades": ["factory"],
    "region": "520102",
    "commute": "city",
    "pay_least": "4000",
    "insured_only": False,
    "certificates": [{"kind": "health", "level": "none"}],
    "skills_told": "干过两年流水线",
    "name": "王小明",
    "age": 46,
    "phone": "13800138000",
    "groups": ["migrant", "hardship"],
    "reveal": "invite",
    "findable": True,
    "promise": True,
}


def post(actor: Actor, **changes: Any) -> Posting:
    """A posting handed in."""
    values = {**JOB, "closes": today() + timedelta(days=30), **changes}
    matter = actions.apply(actor, actions.service_for("J01", str(values["region"])), values).matter
    return Posting.objects.get(matter=matter)


def published(actor: Actor, handler: Actor, **changes: Any) -> Posting:
    posting = post(actor, **changes)
    act(posting.matter_id, "publish", handler, {"note": "已电话核实"})
    posting.refresh_from_db()
    return posting


def register(actor: Actor, **changes: Any) -> Seeker:
    """A registration handed in."""
    values = {**WISH, "start": today(), **changes}
    matter = actions.apply(actor, actions.service_for("M07", str(values["region"])), values).matter
    return Seeker.objects.get(matter=matter)


def pay(low: str, high: str, **more: Any) -> dict[str, Any]:
    """Values of a posting's form for the checks of pay."""
    return {
        "pay_min": Decimal(low), "pay_max": Decimal(high), "pay_by": "month", "region": "520102", "trade": "factory",
        "form": "full", "insured": True, **more,
    }  # fmt: skip
