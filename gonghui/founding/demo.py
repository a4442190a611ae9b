"""演示: a union in preparation that colleagues can sign for, and one whose term ends soon. Safe to repeat."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gonghui.founding import renewals
from gonghui.founding.models import Founding, Term
from gonghui.kernel.actor import Actor, Duty
from gonghui.kernel.matters import act
from gonghui.kernel.times import now, time_shifted, today
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.identity import with_check
from gonghui.people.models import Account
from gonghui.services import actions

COUNTY, ENTERPRISE = "cn.52.5201.520102", "cn.52.5201.520102.e001"
SIGNED = 9
WISH: dict[str, Any] = {
    "unit": "晨光玩具厂（演示）", "region": "520102", "address": "南明区工业园三号", "employees": 120, "new_form": 0,
    "way": "single", "who": "worker", "hidden": True, "name": "钱小光", "phone": "13900006001", "promise": True,
    "preparatory": [
        {"called": name, "post": post, "phone": "13900006001"}
        for name, post in (("钱小光", "装配"), ("孙小红", "质检"), ("李小军", "仓管"))
    ],
}  # fmt: skip


def load_demo() -> int:
    """How many foundings were made now."""
    if Founding.objects.exists() or not Organisation.objects.filter(path=COUNTY).exists():
        return 0
    staff = {
        name: Account.objects.filter(username=name).first() for name in ("handler_nm", "leader_nm")
    }  # fmt: skip
    handler, leader = (
        Actor("staff", account.pk if account else None, label, (Duty(role, COUNTY),))
        for (name, account), label, role in zip(
            staff.items(), ("南明区承办人", "南明区承办领导"), ("handler", "leader"), strict=True
        )
    )
    worker = actor_for(Account.objects.create_worker("13900006001"))
    with time_shifted(-timedelta(days=9)):
        matter = actions.apply(worker, actions.service_for("M03", "520102"), WISH).matter
        act(
            matter.pk, "link", handler, {"note": "已电话核实，厂里一百二十人，没有工会。"}, at=now() + timedelta(days=1)
        )
        act(matter.pk, "petition", worker, {"words": "职工想有自己的工会。"}, at=now() + timedelta(days=3))
        act(matter.pk, "reply", leader, at=now() + timedelta(days=5))
    for place in range(SIGNED):
        number = with_check(f"5201021991040{place + 1}201")
        signed = {"signer": f"工友{place + 1}", "id_no": number, "phone": f"139000061{place:02d}"}
        act(matter.pk, "enter_paper", handler, signed)
    union = Organisation.objects.filter(path=ENTERPRISE).first()
    if union is not None:
        since = today() - timedelta(days=3 * 365 - 60)
        Term.objects.create(union=union, since=since, until=today() + timedelta(days=60))
        renewals.begin_due()
    return 1
