"""Builders the room's tests share: a house of organisations and people, and steps through the flow."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gonghui.appeals import actions, tables
from gonghui.appeals.intake import IntakeData
from gonghui.appeals.models import WorkOrder
from gonghui.kernel import outbox, worker
from gonghui.kernel.actor import ANONYMOUS, Actor
from gonghui.kernel.matters import act, clock_of
from gonghui.kernel.models import Clock, Matter
from gonghui.organisations.models import Employer, Organisation, Region
from gonghui.people.actors import actor_for
from gonghui.people.models import Account, DutyAssignment

PROVINCE, CITY = "cn.52", "cn.52.5201"
COUNTY, OTHER_COUNTY, FAR_COUNTY = "cn.52.5201.520102", "cn.52.5201.520103", "cn.52.5202.520201"
ENTERPRISE, DRIVERS = f"{COUNTY}.e1", f"{CITY}.i-transport"
ABROAD = "cn.62.6201.620102"
TEXT = "我在南明区的一家厂里上班，老板拖欠我三个月工资，一共一万五千元，一直不给。"

REGIONS = [
    ("520000", "贵州省", 1, None),
    ("520100", "贵阳市", 2, "520000"),
    ("520102", "南明区", 3, "520100"),
    ("520103", "云岩区", 3, "520100"),
    ("520200", "六盘水市", 2, "520000"),
    ("520201", "钟山区", 3, "520200"),
    ("620000", "甘肃省", 1, None),
    ("620100", "兰州市", 2, "620000"),
    ("620102", "城关区", 3, "620100"),
]
UNIONS = [
    ("cn", "中华全国总工会", "national", None),
    (PROVINCE, "贵州省总工会", "province", "520000"),
    (CITY, "贵阳市总工会", "city", "520100"),
    (COUNTY, "南明区总工会", "county", "520102"),
    (OTHER_COUNTY, "云岩区总工会", "county", "520103"),
    ("cn.52.5202", "六盘水市总工会", "city", "520200"),
    (FAR_COUNTY, "钟山区总工会", "county", "520201"),
    ("cn.62", "甘肃省总工会", "province", "620000"),
    ("cn.62.6201", "兰州市总工会", "city", "620100"),
    (ABROAD, "城关区总工会", "county", "620102"),
    (ENTERPRISE, "甲厂工会", "grassroots", "520102"),
    (DRIVERS, "贵阳市交通运输工会", "industrial", "520100"),
]


@dataclass
class House:
    """The organisations' test world. `person("handler", COUNTY)` is an actor, always the same one."""

    employer: Employer
    actors: dict[tuple[str, str, int], Actor] = field(default_factory=dict)

    @classmethod
    def build(cls) -> House:
        for code, name, depth, above in REGIONS:
            Region.objects.create(
                code=code, name=name, level=depth, parent_id=above, full_name=name, short_name=name[:-1]
            )
        rows: dict[str, Organisation] = {}
        for path, name, level, region in UNIONS:
            parent = rows.get(path.rpartition(".")[0])
            rows[path] = Organisation.objects.create(
                path=path, name=name, level=level, region_id=region, parent=parent, phone="0851-12351",
                worker_types=["truck_driver", "courier"] if level == "industrial" else [],
            )  # fmt: skip
        employer = Employer.objects.create(name="甲厂有限公司", key="甲厂", region_id="520102", union=rows[ENTERPRISE])
        return cls(employer)

    def person(self, role: str, path: str, which: int = 1) -> Actor:
        key = (role, path, which)
        if key not in self.actors:
            account = Account.objects.create(username=f"{role}-{path}-{which}", display_name=f"{role}{which}")
            DutyAssignment.objects.create(
                account=account,
                role=role,
                organisation=Organisation.objects.get(path=path),
                valid_from=date(2020, 1, 1),
            )
            self.actors[key] = actor_for(account)
        return self.actors[key]

    def worker(self, phone: str = "13800138000") -> Actor:
        account = Account.objects.filter(kind="worker", username=f"w{phone}").first() or Account.objects.create(
            kind="worker", username=f"w{phone}", phone=phone
        )
        return actor_for(account)

    def receive(self, actor: Actor = ANONYMOUS, *, channel: str = "web", key: str | None = None, **fields: Any) -> Any:
        data = {"description": TEXT, "phone": "13800138000", "work_region": "520102", "consent": True, **fields}
        return actions.receive(actor, IntakeData.parse(data), channel=channel, idempotency_key=key)

    # Each step takes the matter to the state of its name by the usual people.
    def also(self, actor: Actor, role: str, path: str = PROVINCE) -> Actor:
        """The same person with one more duty."""
        account = Account.objects.get(pk=actor.account_id or 0)
        DutyAssignment.objects.create(
            account=account, role=role, organisation=Organisation.objects.get(path=path), valid_from=date(2020, 1, 1)
        )
        return actor_for(account)

    def triaged(self, matter: Matter, **change: Any) -> Matter:
        said: dict[str, Any] = {
            "category": "0101",
            "urgency": f"P{matter.priority}",
            "nature": "dispute",
            "difficulty": "ordinary",
        }
        return actions.decide_triage(self.person("dispatcher", PROVINCE), matter, **{**said, **change})

    def dispatched(self, matter: Matter, lead: str = COUNTY, **more: Any) -> Matter:
        if matter.state == "registered":
            matter = self.triaged(matter)
        return actions.dispatch(self.person("dispatcher", PROVINCE), matter, lead, reason="试派", **more)

    def handling(self, matter: Matter, lead: str = COUNTY) -> Matter:
        if matter.state in ("registered", "triaged", "returned", "escalated"):
            matter = self.dispatched(matter, lead)
        handler = self.person("handler", lead)
        if matter.state == "dispatched":
            matter = act(matter.pk, "accept", handler)
        return act(matter.pk, "start", handler)

    def contacted(self, matter: Matter, lead: str = COUNTY) -> Matter:
        return actions.log_contact(self.person("handler", lead), matter, "phone", True, "说明了办理方向")

    def submitted(self, matter: Matter, lead: str = COUNTY, **change: Any) -> Matter:
        if matter.state not in ("handling", "extended"):
            matter = self.handling(matter, lead)
        matter = self.contacted(matter, lead)
        return act(matter.pk, "submit", self.person("handler", lead), {**RESULT, **change})

    def in_callback(self, matter: Matter, lead: str = COUNTY) -> Matter:
        if matter.state != "submitted":
            matter = self.submitted(matter, lead)
        return act(matter.pk, "pass_review", self.person("supervisor", PROVINCE))

    def in_quality(self, matter: Matter, **answers: Any) -> Matter:
        if matter.state != "callback":
            matter = self.in_callback(matter)
        return actions.record_callback(self.person("callback", PROVINCE), matter, True, {**HAPPY, **answers})

    def closed(self, matter: Matter) -> Matter:
        if matter.state != "quality":
            matter = self.in_quality(matter)
        return actions.record_quality(self.person("quality", PROVINCE), matter, full_marks())


RESULT = {
    "findings": "经核实，单位确有拖欠。",
    "legal_basis": "劳动合同法第三十条",
    "result_code": "solved",
    "result_text": "单位已经补发工资。",
    "money_recovered": "15000",
    "union_actions": ["negotiation"],
    "documents_attached": "on",
}
HAPPY = {"way": "phone", "contacted": True, "resolution": "solved", "satisfaction": "good", "attitude": "very_good"}
UNHAPPY = {**HAPPY, "resolution": "unsolved", "satisfaction": "poor", "reasonable": True}


def full_marks() -> dict[str, int]:
    return {item.code: int(item.max or 0) for item in tables.quality().items}


def clock(matter: Matter, name: str) -> Clock:
    """The active clock of that name; there must be one."""
    found = clock_of(matter, name)
    assert found is not None, f"no active clock {name}"
    return found


def order_of(matter: Matter) -> WorkOrder:
    return WorkOrder.objects.select_related("appeal", "matter").get(matter_id=matter.pk)


def run_outbox(*topics: str) -> None:
    """Let the outbox do what waits, until nothing does."""
    worker.discover()
    for _round in range(20):
        if not outbox.process_batch():
            return
