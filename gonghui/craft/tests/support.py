"""Craftsmen, companies and what they fill in."""

from __future__ import annotations

from typing import Any

from gonghui.appeals.tests.support import COUNTY
from gonghui.craft.models import Craftsman
from gonghui.craft.trial import a_craftsman
from gonghui.kernel.actor import Actor
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account

# Codes with a right check character; no company has them.
USCC, OTHER_USCC = "91520102MA0000003U", "91520102MA0000004Y"

NEED: dict[str, Any] = {
    "for_company": True, "company": "甲厂有限公司", "uscc": USCC, "size": "special", "region": "520102",
    "contact": "赵经理", "phone": "13800138000", "topic": "钢梁焊后变形", "trades": ["welding"],
    "equipment": "二氧化碳气体保护焊机", "problem": "钢梁焊完弯曲超过八毫米，要矫正一天。",
    "symptom": "两米以上的梁都这样。", "parameters": "Q355 钢，板厚 12 毫米", "expected": "弯曲不超过两毫米",
    "urgency": "urgent", "mode": "site", "hours": 8, "budget": "5000", "deadline": str(today().replace(year=2099)),
    "confidential": "yes", "promise": True,
}  # fmt: skip

NOMINEE: dict[str, Any] = {
    "honour": "city_craftsman", "name": "赵雷", "gender": "male", "id_no": "11010519491231002X",
    "phone": "13930000077", "unit": "星火机械厂", "ownership": "private", "region": "520102", "post": "焊工班长",
    "standing": "front_line", "trade": "电焊工", "trades": ["welding"], "skill_level": "senior_technician",
    "years": 18, "deeds": "攻克薄壁管焊接，一次合格率从八成到全部合格。", "quote": "焊缝里看得见人品。",
    "achievements": [
        {"metric": "一次合格率", "before": "80", "after": "100", "measure": "%", "evidence": "质检月报"},
        {"metric": "日产量", "before": "5", "after": "50", "measure": "件", "evidence": "生产台账"},
    ],
    "students": 12, "way": "colleague", "publish": True, "promise": True,
}  # fmt: skip

PROJECT: dict[str, Any] = {
    "project": "快换夹具", "kind": "invention", "problem": "换一次夹具要四十分钟。", "solution": "做了定位销快换座。",
    "novelty": "不用重新对刀。", "benefit": "260000", "finance": "yes", "used_since": "2026-01-05",
    "team": [{"name": "林一", "post": "车工", "part": "设计"}, {"name": "林二", "post": "钳工", "part": "制作"}],
    "unit": "甲厂有限公司", "region": "520102", "phone": "13930000088", "promise": True,
}  # fmt: skip


def worker(number: int) -> Actor:
    phone = f"139300{number:05d}"
    found = Account.objects.filter(username=f"w{phone}").first()
    return actor_for(found or Account.objects.create(kind="worker", username=f"w{phone}", phone=phone))


def craftsman(number: int, path: str = COUNTY, account: Actor | None = None, **fields: Any) -> Craftsman:
    """A craftsman of the list; with an account that may answer, where one is given."""
    more = {"account_id": account.account_id if account else None, "phone": f"139300{number:05d}"}
    return a_craftsman(Organisation.objects.get(path=path), number, **{**more, **fields})
