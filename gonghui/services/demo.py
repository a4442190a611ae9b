"""演示: goods for the year and some workers who applied for them (for `make run`). Safe to repeat."""

from __future__ import annotations

from datetime import timedelta

from gonghui.kernel.actor import Actor, Duty
from gonghui.kernel.matters import act
from gonghui.kernel.times import now, time_shifted, today
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.identity import with_check
from gonghui.people.models import Account
from gonghui.services import actions
from gonghui.services.models import Application, Stock

COUNTIES = ("cn.52.5201.520102", "cn.52.5201.520103", "cn.52.5201.520111")
PIECES = 60
# Name, identity number (made up; the check digit is right), platform, kind of work, size, days ago, how far it came.
PEOPLE = (
    ("陈一骑", "520102199003070014", "飞鸽外卖", "rider", "L", 12, ("approve", "prepare", "hand_over")),
    ("吴小车", "520102198811230071", "顺达货运", "truck_driver", "XL", 6, ("approve", "prepare")),
    ("周快递", "520102199506150033", "捷运快递", "courier", "M", 2, ("send_back",)),
    ("郑网约", "520102199212010079", "同行出行", "ride_hailing", "L", 0, ()),
)


def load_demo() -> int:
    """Stock and applications; how many applications were made now."""
    for path in COUNTIES:
        union = Organisation.objects.filter(path=path).first()
        if union is not None:
            Stock.objects.get_or_create(
                service="M04", organisation=union, item="头盔、雨衣、保温杯", year=today().year,
                defaults={"total": PIECES, "place": f"{union.name}职工服务中心（演示）", "hours": "工作日 9:00—17:00"},
            )  # fmt: skip
    if Application.objects.exists() or not Organisation.objects.filter(path=COUNTIES[0]).exists():
        return 0
    staff = Account.objects.filter(username="handler_nm").first()
    duty = Duty("handler", COUNTIES[0])
    handler = Actor("staff", staff.pk if staff else None, "南明区承办人", (duty,))
    made = 0
    for place, (name, number, platform, kind, size, days, steps) in enumerate(PEOPLE):
        person = actor_for(Account.objects.create_worker(f"139000010{place:02d}"))
        values = {
            "worker_type": kind, "platform": platform, "region": "520102", "name": name, "id_no": with_check(number),
            "phone": f"139000010{place:02d}", "member": "yes", "member_months": 2, "how": "fetch", "size": size,
            "promise": True,
        }  # fmt: skip
        with time_shifted(-timedelta(days=days)):
            matter = actions.apply(person, actions.service_for("M04", "520102"), values).matter
            at = now()
            for step in steps:
                at += timedelta(hours=3)
                data = {"member_seen": "看了本人出示的会员证，登记还没有导入。"} if step == "approve" else {}
                if step == "send_back":
                    data = {"text": "平台名称与会员系统不一致，请写全称或附上接单截图说明。"}
                if step == "hand_over":
                    data = {"code": Application.objects.get(matter=matter).voucher.pickup_code}
                act(matter.pk, step, handler, data, at=at)
        made += 1
    return made
