"""劳模工匠: from a recommendation to a page of one's own; vote, checks, objections, sheets, a cancelled honour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, OTHER_COUNTY, House
from gonghui.craft.erasing import take_page_down
from gonghui.craft.models import Craftsman, Honour, NominationScore
from gonghui.craft.tests.support import NOMINEE, craftsman, worker
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.times import now, time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.people.actions import own_data
from gonghui.people.models import Account
from gonghui.people.testing import PNG, sign_in
from gonghui.services import actions as services
from gonghui.services.models import Objection, PublicNotice

pytestmark = pytest.mark.django_db
VOTE = {
    "day": str(today()), "present": "40", "votes": "31", "minutes": "经职代会推荐，同意上报。",
    "checks": ["honest", "lawful", "safe", "green", "tax"],
}  # fmt: skip
POINTS = {"skill": "28.5", "contribution": "27", "teaching": "18", "conduct": "9", "people": "8.5"}


def client(actor: Any) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def nominate(actor: Any, **changes: Any) -> Matter:
    return services.apply(actor, services.service_for("M13", "520102"), {**NOMINEE, **changes}).matter


def sheet(matter: Matter, actor: Any, judge: str, **points: str) -> None:
    sent = {f"point_{name}": value for name, value in {**POINTS, **points}.items()}
    act(matter.pk, "score", actor, {"judge": judge, "judge_unit": "职业技术学院", **sent})


def after_days(days: int) -> None:
    with time_shifted(timedelta(days=days)):
        run_once()


def test_from_a_colleagues_word_to_a_page_and_out_again(house: House) -> None:
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    photo = SimpleUploadedFile("赵雷.png", PNG, content_type="image/png")
    browser = client(worker(1))
    address = reverse("portal:service_step", args=["M13", "nominee"])
    sent = {name: value for name, value in NOMINEE.items() if not isinstance(value, list) or name == "trades"}
    address = browser.post(address, {**sent, "region": "南明区"})["Location"]
    rows = {
        f"achievements-{place}-{name}": value
        for place, row in enumerate(NOMINEE["achievements"])
        for name, value in row.items()
    }
    address = browser.post(address, {**sent, **rows, "photo": photo})["Location"]
    address = browser.post(address, {"way": "colleague", "publish": "on", "promise": "on"})["Location"]
    browser.post(address)
    matter = Matter.objects.get(title="劳模工匠库与风采")
    assert matter.holder_path == COUNTY
    with pytest.raises(GuardRefused, match="五项都没有问题"):
        act(matter.pk, "recommend", handler, {**VOTE, "checks": ["honest", "lawful", "safe", "green"]})
    with pytest.raises(GuardRefused, match="没有过半"):
        act(matter.pk, "recommend", handler, {**VOTE, "votes": "20"})
    act(matter.pk, "recommend", handler, VOTE)
    page = Client().get(reverse("portal:notices")).content.decode()
    assert all(word in page for word in ("赵雷", "星火机械厂", "焊工班长", "攻克薄壁管", "0851-12351"))
    assert not [word for word in (NOMINEE["id_no"], NOMINEE["phone"]) if word in page]
    after_days(15)
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "county_pass", handler, {"minutes": "同意"})
    act(matter.pk, "county_pass", leader, {"minutes": "同意上报。"})
    matter.refresh_from_db()
    assert (matter.state, matter.holder_path) == ("city", CITY)
    city, city_leader = house.person("handler", CITY), house.person("leader", CITY)
    act(matter.pk, "city_pass", city, {"minutes": "进入评分。"})
    with pytest.raises(GuardRefused, match="满分"):
        sheet(matter, city, "钱专家", skill="30.5")
    for number, skill in enumerate(("20", "28.5", "28.5", "28.5", "30")):
        if number == 2:
            with pytest.raises(GuardRefused, match="至少要 3 位"):
                act(matter.pk, "close_scoring", city_leader)
        sheet(matter, city, f"专家{number}", skill=skill)
    with pytest.raises(GuardRefused, match="已经录入"):
        sheet(matter, city, "专家1")
    act(matter.pk, "close_scoring", city_leader)
    matter.refresh_from_db()
    # Of 82.5, 91, 91, 91, 92.5 the first and the last are left out.
    assert matter.data["total"] == "91.00" and len(matter.data["lock"]) == 64
    act(matter.pk, "review", city, {"minutes": "实地考察，情况属实。"})
    after_days(15)
    other = house.person("leader", CITY, 2)
    act(matter.pk, "award", other, {"year": str(today().year)})
    row = Craftsman.objects.get()
    assert row.organisation.path == COUNTY and row.achievements.count() == 2 and row.account_id is None
    own = reverse("portal:craft_person", args=[row.pk])
    shown = Client().get(own).content.decode()
    assert all(word in shown for word in ("赵雷", "市级工匠", "80", "100", "焊缝里看得见人品"))
    assert NOMINEE["phone"] not in shown and NOMINEE["id_no"] not in shown
    assert Client().get(reverse("portal:craft_photo", args=[row.pk])).status_code == 200
    listed = Client().get(reverse("portal:craft"), {"honour": "city_craftsman", "region": "520100"}).content.decode()
    assert (
        "赵雷" in listed
        and "赵雷" not in Client().get(reverse("portal:craft"), {"honour": "finest_worker"}).content.decode()
    )

    desk, entry = client(leader), reverse("desk:craft_person", args=[row.pk])
    honour = Honour.objects.get()
    assert desk.post(entry, {"verb": "cancel", "honour": honour.pk, "reason": ""}).status_code == 422
    assert client(handler).post(entry, {"verb": "cancel", "honour": honour.pk, "reason": "x"}).status_code == 404
    desk.post(entry, {"verb": "cancel", "honour": honour.pk, "reason": "因犯罪被判刑，判决书 1 号"})
    assert Client().get(own).status_code == 404
    assert Client().get(reverse("portal:craft_photo", args=[row.pk])).status_code == 404
    assert "已取消" in desk.get(entry).content.decode()


def test_a_units_own_union_recommends_and_a_province_scores_its_own_honours(house: House) -> None:
    matter = nominate(worker(1), unit="甲厂有限公司", honour="province_model")
    assert matter.holder_path == ENTERPRISE
    act(matter.pk, "recommend", house.person("leader", ENTERPRISE), VOTE)
    after_days(15)
    matter.refresh_from_db()
    assert (matter.state, matter.holder_path) == ("county", COUNTY)
    act(matter.pk, "county_pass", house.person("handler", COUNTY), {"minutes": "同意"})
    act(matter.pk, "city_pass", house.person("handler", CITY), {"minutes": "同意"})
    matter.refresh_from_db()
    assert matter.holder_path == "cn.52"
    province = house.person("handler", "cn.52")
    with pytest.raises(GuardRefused, match="回避"):
        sent = {f"point_{name}": value for name, value in POINTS.items()}
        act(matter.pk, "score", province, {"judge": "孙", "judge_unit": "甲厂有限公司", **sent})


def test_a_named_objection_stops_it_at_either_notice_and_an_anonymous_one_is_a_lead(house: House) -> None:
    matter, leader = nominate(worker(1)), house.person("leader", COUNTY)
    act(matter.pk, "recommend", house.person("handler", COUNTY), VOTE)
    address = reverse("portal:objection", args=[PublicNotice.objects.get().pk])
    assert "元" not in Client().get(address).content.decode().split("</h1>")[1].split("</p>")[0]
    Client().post(address, {"text": "听说产量是假的"})
    matter.refresh_from_db()
    assert matter.state == "unit_published"
    Client().post(address, {"text": "产量是全班的", "name": "李某", "phone": "13900000000"})
    matter.refresh_from_db()
    assert matter.state == "unit_inquiry"
    act(matter.pk, "settle_unit", leader, {"upheld": "yes", "finding": "产量属于全班。"})
    matter.refresh_from_db()
    assert matter.state == "unit_published", "the notice stands for its whole time"
    after_days(15)
    with pytest.raises(GuardRefused, match="异议成立"):
        act(matter.pk, "county_pass", leader, {"minutes": "同意"})
    act(matter.pk, "refuse", leader, {"text": "成绩与事实不符。"})
    assert Objection.objects.filter(upheld=True).count() == 2 and not NominationScore.objects.exists()
    # What came to nothing may be tried again, and only five years in the trade are enough.
    nominate(worker(2))
    with pytest.raises(InvalidData) as refusal:
        nominate(worker(3), id_no="530102199205080116", years=4)
    assert list(refusal.value.errors) == ["years"]


def test_the_register_is_kept_by_its_own_union_with_a_trail(house: House) -> None:
    row = craftsman(1, consented_at=None)
    Honour.objects.create(craftsman=row, kind="province_craftsman", year=2024)
    handler = client(house.person("handler", COUNTY))
    entry = reverse("desk:craft_person", args=[row.pk])
    people = handler.get(reverse("desk:craft_people"), {"high": "1"}).content.decode()
    assert "工匠1" in people and "2024 省级工匠" in people
    change = {
        "verb": "change",
        "unit": "一厂",
        "trade": "焊工",
        "hours_month": "20",
        "state": "listed",
        "publish": "on",
    }
    wrong = handler.post(entry, change)
    assert (
        wrong.status_code == 422 and "怎样同意" in wrong.content.decode() and 'value="一厂"' in wrong.content.decode()
    )
    handler.post(entry, {**change, "consent_proof": "2026年3月1日书面同意"})
    handler.post(entry, {"verb": "survey", "health": "腰椎不好", "wishes": "体检"})
    handler.post(entry, {"verb": "achievement", "metric": "合格率", "before": "80", "after": "99"})
    assert (
        handler.post(entry, {"verb": "achievement", "metric": "合格率", "before": "1", "after": "2"}).status_code == 422
    )
    row.refresh_from_db()
    assert row.shown and row.unit == "一厂" and row.surveyed_on == today()
    assert "腰椎" not in Client().get(reverse("portal:craft_person", args=[row.pk])).content.decode()
    verbs = TrailEntry.objects.filter(stream=f"craftsman:{row.pk}").order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["change", "survey", "achievement"]
    other = client(house.person("handler", OTHER_COUNTY))
    assert other.get(entry).status_code == 404 and other.post(entry, change).status_code == 404
    above = client(house.person("supervisor", CITY))
    assert above.get(entry).status_code == 200 and "腰椎" not in above.get(entry).content.decode()
    assert above.post(entry, change).status_code == 404
    assert "工匠1" not in other.get(reverse("desk:craft_people")).content.decode()


def test_who_was_honoured_elsewhere_is_entered_and_may_go_again(house: House) -> None:
    desk, address = client(house.person("handler", COUNTY)), reverse("desk:craft_enter")
    sent = {
        "name": "钱老模", "id_no": NOMINEE["id_no"], "phone": "13930000066", "region_id": "南明区", "unit": "老厂",
        "trade": "车工", "tags": ["machining"], "skill_level": "technician", "area": "city",
    }  # fmt: skip
    assert desk.post(address, {**sent, "id_no": "123"}).status_code == 422
    assert desk.post(address, sent).status_code == 302
    assert desk.post(address, sent).status_code == 422, "the same person twice"
    row = Craftsman.objects.get()
    entry = reverse("desk:craft_person", args=[row.pk])
    honour = {"verb": "honour", "kind": "national_model", "year": "1995", "proof": "证书 1 号"}
    assert desk.post(entry, honour).status_code == 302 and desk.post(entry, honour).status_code == 422
    assert "钱老模" in desk.get(reverse("desk:craft_people"), {"high": "1"}).content.decode()
    account = Account.objects.get(pk=worker(9).account_id or 0)
    Craftsman.objects.update(account=account, consented_at=now())
    assert own_data(account)["craftsman"][0]["honours"] == [{"kind": "national_model", "year": 1995}]
    take_page_down(account)
    row.refresh_from_db()
    assert (row.shown, row.phone, row.account_id) == (False, "", None) and row.honours.count() == 1
