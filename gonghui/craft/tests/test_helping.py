"""助企行: a company's need from the first tap to the call-back; who is asked, who may read what, who asks next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.craft import actions, queries
from gonghui.craft.models import Ask, Craftsman, HelpResult, SiteVisit, TalkLine
from gonghui.craft.tests.support import NEED, OTHER_USCC, craftsman, worker
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions as services
from gonghui.services.tests.support import ID_NUMBERS

pytestmark = pytest.mark.django_db
RESULT = {
    "result_name": "反变形焊接法", "metric": "焊后弯曲", "before": "8", "after": "1.5", "measure": "毫米",
    "benefit": "120000", "trained": "6", "owner": "shared", "split": "各一半",
}  # fmt: skip


def client(actor: Any) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def need(actor: Any, **changes: Any) -> Matter:
    return services.apply(actor, services.service_for("M12", "520102"), {**NEED, **changes}).matter


def fill(browser: Client, service: str, values: dict[str, Any]) -> str:
    """Fill the pages of a form as a browser does; where it ended."""
    address = reverse("portal:service", args=[service])
    page = services.service_for(service, "520102")
    address = reverse("portal:service_step", args=[service, page.form[0].id])
    for section in page.form:
        sent = {f.name: values[f.name] for f in section.fields if values.get(f.name) not in (None, False)}
        answer = browser.post(address, {name: "on" if value is True else value for name, value in sent.items()})
        assert answer.status_code == 302, (section.id, answer.context["form"].errors)
        address = answer["Location"]
    answer = browser.post(address)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def test_a_company_is_helped_from_its_first_tap_to_the_call_back(house: House) -> None:
    master = worker(1)
    fill(client(master), "C01", {
        "unit": "贵州机械厂", "trade": "电焊工", "trades": ["welding"], "skill_level": "senior_technician", "years": 20,
        "technology": "厚板和钢梁焊接变形控制、反变形法", "hours_month": 30, "area": "city", "signs": "yes",
        "name": "王勇", "id_no": ID_NUMBERS[0], "phone": "13930000001", "region": "南明区", "publish": True,
        "promise": True,
    })  # fmt: skip
    handler = house.person("handler", COUNTY)
    act(Matter.objects.get(title="登记我的技术").pk, "list", handler)
    listed = Craftsman.objects.get()
    assert listed.account_id == master.account_id and listed.shown
    craftsman(2, trade="绣娘", tags=["textile"], technology="苗绣")
    public = Client().get(reverse("portal:craft_technology"), {"trade": "welding"}).content.decode()
    assert "王勇" in public and "绣娘" not in public and ID_NUMBERS[0] not in public and "13930000001" not in public

    company = worker(3)
    firm, craft, desk = client(company), client(master), client(handler)
    page = fill(firm, "M12", NEED)
    matter = Matter.objects.get(title="劳模工匠助企行")
    act(matter.pk, "audit", handler)
    best = Ask.objects.order_by("place").first()
    assert best is not None and best.craftsman == listed and "同类：焊接" in best.why
    form = desk.get(reverse("desk:transition", args=[matter.pk, "dispatch"])).content.decode()
    assert "王勇（电焊工 · 南明区）：同类：焊接" in form
    desk.post(reverse("desk:transition", args=[matter.pk, "dispatch"]), {"craftsman": listed.pk})

    mine = reverse("portal:craft_ask", args=[matter.pk])
    assert "钢梁焊后变形" in craft.get(reverse("portal:craft_mine")).content.decode()
    before = craft.get(mine).content.decode()
    assert "钢梁焊后变形" in before and not [
        word for word in ("八毫米", "甲厂", "13800138000", "Q355") if word in before
    ]
    assert craft.post(mine, {"step": "accept"}).status_code == 422
    craft.post(mine, {"step": "accept", "promise": "on"})
    after = craft.get(mine).content.decode()
    assert "八毫米" in after and "甲厂" in after and "13800138000" in after
    assert craft.post(mine, {"step": "talk", "text": ""}).status_code == 422
    craft.post(mine, {"step": "talk", "text": "明天上午到现场看看。"})
    ours = reverse("portal:craft_need", args=[matter.pk])
    assert "王勇" in (seen := firm.get(ours).content.decode()) and "明天上午" in seen and "13930000001" in seen
    firm.post(ours, {"step": "talk", "text": "好的，门口登记。"})
    desk.post(reverse("desk:craft_say", args=[matter.pk]), {"text": "已买意外险。"})
    assert list(TalkLine.objects.order_by("pk").values_list("side", flat=True)) == ["craftsman", "company", "union"]

    visit = {"step": "visit", "day": str(today()), "insurance": "意外险 A1", "expense": "80", "paid_by": "none"}
    assert craft.post(mine, visit).status_code == 409 and not SiteVisit.objects.exists()
    craft.post(mine, {**visit, "paid_by": "union", "trained": "4"})
    for step in ("diagnose", "plan", "finish"):
        assert craft.post(mine, {"step": step, "minutes": f"{step}：先点焊反变形。"}).status_code == 302
    wrong = firm.post(page, {"step": "reject", "minutes": ""})
    assert wrong.status_code == 422
    firm.post(page, {"step": "reject", "minutes": "还有三毫米。"})
    craft.post(mine, {"step": "finish", "minutes": "又改了顺序。"})
    assert "还没有解决" in firm.get(page).content.decode()
    firm.post(page, {"step": "approve", "stars": "5"})
    with pytest.raises(GuardRefused, match="保密"):
        act(matter.pk, "register", handler, {**RESULT, "open_to_all": "on"})
    act(matter.pk, "register", handler, RESULT)
    with pytest.raises(GuardRefused, match="正在办理"):
        need(company)
    act(matter.pk, "call_back", handler, {"solved": "yes", "minutes": "一个月没有再弯。"})
    result = HelpResult.objects.get()
    public = reverse("portal:craft_results")
    assert "反变形焊接法" not in Client().get(public).content.decode()
    HelpResult.objects.update(open_to_all=True)
    assert "反变形焊接法" in Client().get(public).content.decode()
    assert result.solved and result.craftsman == listed
    found = queries.figures(handler, today(), today())
    assert (found.needs, found.matched_share, found.solved_share, found.trained, found.times) == (1, 100, 100, 10, 1)
    text = desk.get(reverse("desk:craft"), {"all": "1"}).content.decode()
    assert "钢梁焊后变形" in text and "1.5" in text
    shown = desk.get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "已承诺保密" in shown and "意外险 A1" in shown and "反变形焊接法" in shown
    with pytest.raises(GuardRefused, match="已经结束"):
        actions.say(company, matter.pk, "谢谢")
    assert need(company).state == "applied", "what comes back after the end is a new need"


def test_without_an_answer_the_next_is_asked_and_after_the_last_it_is_matched_anew(house: House) -> None:
    first, second = (craftsman(number, account=worker(number)) for number in (1, 2))
    matter, handler = need(worker(3)), house.person("handler", COUNTY)
    act(matter.pk, "audit", handler)
    act(matter.pk, "dispatch", handler, {"craftsman": str(first.pk)})
    with time_shifted(timedelta(days=4)):
        run_once()
        assert Ask.objects.get(craftsman=first).state == "lapsed" and Ask.objects.get(craftsman=second).state == "asked"
        matter.refresh_from_db()
        assert matter.state == "asked"
        with pytest.raises(NotFound):
            queries.craftsman_page(worker(1), matter.pk)
        actions.as_craftsman(worker(2), matter.pk, "decline", {"reason": "出差"})
    matter.refresh_from_db()
    assert matter.state == "audited" and Ask.objects.count() == 2
    assert Ask.objects.get(craftsman=second).state == "declined"
    with pytest.raises(InvalidData):
        act(matter.pk, "dispatch", handler, {"craftsman": str(first.pk)})
    craftsman(4)
    act(matter.pk, "match_again", handler)
    assert Ask.objects.filter(state="proposed").count() == 1


def test_who_does_not_fit_is_not_proposed(house: House) -> None:
    craftsman(1, signs=False)
    craftsman(2, hours_month=2)
    craftsman(3, state="paused")
    craftsman(4, path=OTHER_COUNTY, area="county")
    fits = craftsman(5, path=OTHER_COUNTY, area="city")
    matter = need(worker(9))
    act(matter.pk, "audit", house.person("handler", COUNTY))
    assert [row.craftsman for row in Ask.objects.all()] == [fits]


def test_strangers_read_and_say_nothing(house: House) -> None:
    master = worker(1)
    row = craftsman(1, account=master)
    matter, handler = need(worker(2)), house.person("handler", COUNTY)
    act(matter.pk, "audit", handler)
    act(matter.pk, "dispatch", handler, {"craftsman": str(row.pk)})
    act(matter.pk, "accept", handler, {"promise": "on"})
    stranger = client(worker(3))
    for name in ("portal:craft_ask", "portal:craft_need"):
        assert stranger.get(reverse(name, args=[matter.pk])).status_code == 404
        assert stranger.post(reverse(name, args=[matter.pk]), {"step": "talk", "text": "x"}).status_code == 404
        assert Client().get(reverse(name, args=[matter.pk])).status_code == 302
    # The craftsman takes no step of the company's, nor the company one of the craftsman's.
    assert client(master).post(reverse("portal:craft_ask", args=[matter.pk]), {"step": "approve"}).status_code == 404
    elsewhere = client(house.person("handler", OTHER_COUNTY))
    assert elsewhere.post(reverse("desk:craft_say", args=[matter.pk]), {"text": "x"}).status_code == 404
    above = client(house.person("supervisor", "cn.52")).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "八毫米" not in above and "13930000001" not in above
    assert client(worker(3)).get(reverse("portal:craft_mine")).status_code == 200


def test_two_companies_may_have_the_same_trouble(house: House) -> None:
    need(worker(1))
    assert need(worker(2), company="乙厂有限公司", uscc=OTHER_USCC).state == "applied"
    assert need(worker(1), topic="数控车床定位不准").state == "applied"
    with pytest.raises(GuardRefused, match="正在办理"):
        need(worker(3))


def test_only_a_company_asks_and_a_need_for_nobody_is_told(house: House) -> None:
    with pytest.raises(GuardRefused, match="由企业提出"):
        need(worker(1), for_company=False)
    matter = need(worker(1))
    act(matter.pk, "audit", house.person("handler", COUNTY))
    offer = client(house.person("handler", COUNTY)).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "技术清单里没有合适的工匠" in offer
