"""演示: members of a county and of a company, applications to join, one move (for `make run`). Safe to repeat."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gonghui.kernel.actor import Actor, Duty
from gonghui.kernel.matters import act
from gonghui.kernel.times import now, time_shifted
from gonghui.kernel.vault import blind_index
from gonghui.membership.actions import Member, join
from gonghui.membership.models import Membership, MembershipChange
from gonghui.organisations.models import Organisation
from gonghui.people.actions.demo import WORKER_PHONE
from gonghui.people.actors import actor_for
from gonghui.people.identity import with_check
from gonghui.people.models import Account
from gonghui.services import actions

COUNTY, OTHER_COUNTY, COMPANY = "cn.52.5201.520102", "cn.52.5201.520103", "cn.52.5201.520102.e001"
UNIT = "贵阳星河建筑工程有限公司"
# Made up; the check digit is set right.
REGISTERED = (
    ("孙大建", "520102198402030019", "13900002001", 2400),
    ("钱焊工", "520102197908140031", "13900002002", 1900),
    ("冯架子", "520102199105220050", "13900002003", 400),
)
# Name, number, phone, platform, kind of work, days ago, how far it came.
JOINING = (
    ("演示职工", "520102199001010030", WORKER_PHONE, "飞鸽外卖", "rider", 80, ("check", "approve")),
    ("何快递", "520102199406060055", "13900002011", "捷运快递", "courier", 3, ("check",)),
    ("韩网约", "520102198609090077", "13900002012", "同行出行", "ride_hailing", 1, ()),
    ("蒋货车", "520102198203030099", "13900002013", "顺达货运", "truck_driver", 40, ("check", "approve", "move")),
)


def load_demo() -> int:
    """How many are members now; 0 where there were some before, or no such unions."""
    company = Organisation.objects.filter(path=COMPANY).first()
    if Membership.objects.exists() or company is None:
        return 0
    cadre = _staff("handler_e001", "handler", COMPANY)
    for name, number, phone, days in REGISTERED:
        member = Member(name, with_check(number), phone, UNIT)
        join(cadre, company, member, kind=MembershipChange.Kind.IMPORTED, since=now() - timedelta(days=days))
    for name, number, phone, platform, kind, days, steps in JOINING:
        person = _worker(phone)
        values: dict[str, Any] = {
            "way": "platform", "platform": platform, "worker_type": kind, "region": "520102", "name": name,
            "id_no": with_check(number), "phone": phone, "promise": True, "consent": True,
        }  # fmt: skip
        with time_shifted(-timedelta(days=days)):
            matter = actions.apply(person, actions.service_for("M01", "520102"), values).matter
            if "check" in steps:
                act(matter.pk, "check", _staff("handler_nm", "handler", COUNTY), at=now() + timedelta(hours=5))
            if "approve" in steps:
                act(matter.pk, "approve", _staff("leader_nm", "leader", COUNTY), at=now() + timedelta(days=1))
        if "move" in steps:
            moving = {"reason": "changed", "region": "520103", "promise": True}
            with time_shifted(-timedelta(days=1)):
                actions.apply(person, actions.service_for("T01"), moving)
    return Membership.objects.count()


def _worker(phone: str) -> Actor:
    known = Account.objects.filter(kind="worker", phone_index=blind_index("phone", phone)).first()
    return actor_for(known or Account.objects.create_worker(phone))


def _staff(username: str, role: str, path: str) -> Actor:
    account = Account.objects.filter(username=username).first()
    name = account.display_name if account else username
    return Actor("staff", account.pk if account else None, name, (Duty(role, path),))
