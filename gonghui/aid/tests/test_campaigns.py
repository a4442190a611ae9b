"""四季送 from the plan to the summary: goods and money, the unit's list and the worker's own claim, nobody twice."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gonghui.aid import campaigns, drawing, listing
from gonghui.aid.models import Campaign, SampleLook, SheetPhoto
from gonghui.aid.tests.support import noticed, opened
from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, House
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.tests.support import xlsx
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.identity import with_check
from gonghui.people.models import Account
from gonghui.people.testing import PNG, sign_in
from gonghui.services import actions, banking
from gonghui.services.models import Application, Fund, Offer, Payment, PublicNotice, Voucher
from gonghui.services.tests.support import CARDS, ID_NUMBERS, worker

GIFT: dict[str, Any] = {
    "target": "heat", "unit": "星河建筑", "region": "520102", "name": "王小明", "id_no": ID_NUMBERS[0],
    "phone": "13800138000", "promise": True,
}  # fmt: skip


def sheet(*rows: tuple[str, ...], cash: bool = False) -> io.BytesIO:
    head = ["姓名", "身份证号", "手机号", "单位", "对象", *(["银行卡号"] if cash else [])]
    return io.BytesIO(xlsx(head, *rows))


def upload(*rows: tuple[str, ...]) -> SimpleUploadedFile:
    return SimpleUploadedFile("名单.xlsx", sheet(*rows).getvalue())


def signed_in(actor: Any) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id))


def claim(actor: Any, campaign: Campaign, **changes: Any) -> Matter:
    service = campaigns.SERVICES[Campaign.Kind(campaign.kind)]
    raw = {**GIFT, "offer": campaign.offer_id, **changes}
    return actions.apply(actor, actions.service_for(service, "520102"), raw).matter


def test_goods_from_the_plan_to_the_summary(house: House, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    unit = Organisation.objects.get(path=ENTERPRISE)
    desk, plan = signed_in(handler), reverse("desk:campaign_new")
    typed = {name: value.isoformat() if name == "closes" else value for name, value in PLAN.items()}
    short = desk.post(plan, {**typed, "budget": "10"})
    assert short.status_code == 422 and "连一份都不够" in short.content.decode()
    address = desk.post(plan, typed)["Location"]
    campaign = Campaign.objects.select_related("matter", "organisation", "offer").get()
    act(campaign.matter_id, "submit", leader)
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(campaign.matter_id, "approve", leader)
    act(campaign.matter_id, "approve", house.person("leader", COUNTY, 2))
    campaign.refresh_from_db()
    offer = Offer.objects.get()
    assert (offer.capacity, offer.status, offer.data["what"]) == (3, "published", "防暑药包")

    mine = claim(worker(1), campaign)
    with pytest.raises(GuardRefused, match="只有一份"):
        claim(worker(2), campaign)
    clerk = house.person("handler", ENTERPRISE)
    office = signed_in(clerk)
    assert "夏送清凉" in office.get(reverse("desk:campaigns")).content.decode()
    assert office.get(reverse("desk:campaign_template", args=[campaign.pk])).content[:2] == b"PK"
    good = ("李四", ID_NUMBERS[1], "13800138002", "", "高温岗位职工")
    twice, bad = ("王小明", ID_NUMBERS[0], "13800138001", "", "高温岗位职工"), ("赵六", "123", "1", "", "别的")
    sent = {"verb": "list", "organisation": unit.pk, "file": upload(good, twice, bad)}
    refused = office.post(address, sent)
    assert refused.status_code == 422 and [line for line, _why in refused.context["wrong"]] == [3, 4]
    assert "查重" in refused.content.decode() and Application.objects.count() == 1, "all rows or none"
    assert office.post(address, {**sent, "file": upload(good)}).status_code == 302
    assert "李四" not in office.get(address).content.decode() and "李*" in desk.get(address).content.decode()
    listed = Application.objects.get(person_index=Application.objects.exclude(matter=mine).get().person_index).matter
    campaign.refresh_from_db()
    assert (listed.owner_id, listed.holder_path, campaign.blocked) == (None, COUNTY, 1)

    wrong = claim(worker(3), campaign, id_no=ID_NUMBERS[2], target="other")
    with pytest.raises(GuardRefused, match="对象是"):
        act(wrong.pk, "verify", handler)
    with pytest.raises(InvalidData):
        claim(worker(4), campaign, id_no=with_check("440106198808080040"))
    act(wrong.pk, "refuse", handler, {"text": "不是这次的对象"})
    act(mine.pk, "verify", handler)
    act(listed.pk, "verify", handler)
    act(mine.pk, "hand_over", handler, {"code": Voucher.objects.get(application__matter=mine).pickup_code})
    act(campaign.matter_id, "end_list", handler)
    with pytest.raises(GuardRefused, match="还有 1 份"):
        act(campaign.matter_id, "draw", handler)
    photo = SimpleUploadedFile("签领表.png", PNG, content_type="image/png")
    assert desk.post(address, {"verb": "sheet", "sheet_no": "夏-1", "photo": photo}).status_code == 302
    kept = reverse("desk:campaign_sheet", args=[SheetPhoto.objects.get().pk])
    assert desk.get(kept)["Content-Disposition"].startswith("attachment") and office.get(kept).status_code == 404
    act(listed.pk, "sign_sheet", handler, {"sheet_no": "夏-1"})
    act(campaign.matter_id, "draw", handler)
    campaign.refresh_from_db()
    look = SampleLook.objects.select_related("application__matter").get()
    numbers = [mine.number, listed.number]
    assert drawing.drawn(campaign.seed, reversed(numbers))[0] == look.application.matter.number
    assert TrailEntry.objects.get(verb="draw").after["seed"] == campaign.seed
    with pytest.raises(GuardRefused, match="没有抽查"):
        act(campaign.matter_id, "sum_up", leader, {"summary_told": "完"})
    found = {"who": str(look.pk), "outcome": "right", "look_told": "电话核实"}
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(campaign.matter_id, "look", handler, found)
    act(campaign.matter_id, "look", house.person("handler", COUNTY, 2), found)
    act(campaign.matter_id, "sum_up", leader, {"summary_told": "送到两位高温岗位职工。"})
    assert "送到两位高温岗位职工" in desk.get(address).content.decode()
    figures = campaigns.figures(campaign)
    assert (figures.served, figures.money, figures.blocked) == (2, Decimal(200), 1)


PLAN: dict[str, Any] = {
    "title": "夏送清凉", "season": "summer", "kind": "goods", "item": "防暑药包", "source": "union",
    "budget": Decimal(300), "each": Decimal(100), "targets": ["heat", "new_form"], "route": "both",
    "place": "河滨路工地", "hours": "9:00—17:00", "visits": "", "closes": today() + timedelta(days=20),
}  # fmt: skip


def test_money_is_published_three_days_and_leaves_the_campaigns_own_source(house: House) -> None:
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    county = Organisation.objects.get(path=COUNTY)
    campaign = opened(house, {**PLAN, "kind": "cash", "item": "", "source": "donation", "route": "unit"})
    with pytest.raises(InvalidData):
        claim(worker(1), campaign, bank_card=CARDS[0])
    row = ("王小明", ID_NUMBERS[0], "13800138000", "星河建筑", "新就业形态劳动者", CARDS[0])
    assert listing.enter(handler, campaign, county, sheet(row, cash=True)).made == 1
    matter = Application.objects.get().matter
    act(matter.pk, "check", handler, {"note": "核对接单记录"})
    act(matter.pk, "publish", leader)
    notice = PublicNotice.objects.get()
    assert notice.amount == Decimal(100) and (notice.closes - notice.opens).days < 7
    noticed(matter)
    act(matter.pk, "grant", leader)
    fund = Fund.objects.get()
    assert (fund.source, fund.promised) == ("donation", Decimal(100))
    matter = _revoked_and_granted_again(house, matter)
    payer = house.person("treasurer", COUNTY)
    (batch,) = banking.make_batches(payer, county)
    banking.reconcile(payer, batch, [[matter.number, "100.00", "成功"]])
    assert Payment.objects.get().status == "paid" and campaigns.figures(campaign).money == Decimal(100)


def _revoked_and_granted_again(house: House, matter: Matter) -> Matter:
    """撤销发放 gives the sum back to fund and campaign; when it is overturned it is set aside once."""
    held = lambda: (Campaign.objects.get().promised, Fund.objects.get().promised)  # noqa: E731
    assert held() == (100, 100)
    act(matter.pk, "revoke", house.person("leader", COUNTY, 2), {"text": "单位重复上报。"})
    assert held() == (0, 0) and Offer.objects.get().taken == 0
    owner = worker(7)
    Matter.objects.filter(pk=matter.pk).update(owner_id=owner.account_id)
    Application.objects.filter(matter=matter).update(account_id=owner.account_id)
    matter = act(matter.pk, "contest", owner, {"contest_told": "只报过一次。"})
    matter = act(matter.pk, "overturn", house.person("leader", matter.holder_path, 3), {"text": "查实只有一份。"})
    act(matter.pk, "check", house.person("handler", COUNTY), {"note": "核对接单记录"})
    act(matter.pk, "publish", house.person("leader", COUNTY))
    noticed(matter)
    matter = act(matter.pk, "grant", house.person("leader", COUNTY))
    assert held() == (100, 100) and Offer.objects.get().taken == 1
    return matter


def test_a_claim_in_a_state_that_its_flow_no_longer_has_is_counted_by_its_code(house: House) -> None:
    campaign = opened(house, PLAN)
    matter = claim(worker(0), campaign)
    Matter.objects.filter(pk=matter.pk).update(state="weighed", flow_digest="")
    Application.objects.filter(matter=matter).update(flow_digest="")
    assert campaigns.figures(campaign).states == [("weighed", 1)]
    page = signed_in(house.person("handler", COUNTY)).get(reverse("desk:campaign", args=[campaign.pk]))
    assert "weighed" in page.content.decode()


def add_one(house: House, campaign: Campaign) -> None:
    """One more piece, by two people."""
    more = {"pieces": "1", "reason": "复核撤销，用工会经费"}
    act(campaign.matter_id, "propose_pieces", house.person("handler", COUNTY, 2), more)
    act(campaign.matter_id, "confirm_pieces", house.person("leader", COUNTY), {"agreed": "1"})


def test_an_approved_budget_grows_by_two_people_and_by_what_the_reviews_lack(house: House) -> None:
    campaign = opened(house, {**PLAN, "budget": Decimal(100)})
    handler, city = house.person("handler", COUNTY), house.person("leader", CITY)
    leader, other = house.person("leader", COUNTY), house.person("leader", COUNTY, 2)
    reason = {"reason": "复核撤销，用工会经费"}

    def stands() -> tuple[Decimal, int, int]:
        row = Campaign.objects.select_related("offer", "stock").get(pk=campaign.pk)
        assert row.offer is not None and row.offer.capacity is not None and row.stock is not None
        return row.budget, row.offer.capacity, row.stock.total

    def propose(actor: Any, pieces: int) -> None:
        act(campaign.matter_id, "propose_pieces", actor, {**reason, "pieces": str(pieces)})

    people = [worker(place) for place in range(2)]
    first = claim(people[0], campaign)
    act(first.pk, "verify", handler)
    with pytest.raises(GuardRefused, match="不用追加"):
        propose(leader, 1)
    act(first.pk, "refuse", handler, {"text": "不是高温岗位。"})
    act(first.pk, "contest", people[0], {"contest_told": "我是户外焊工。"})
    with pytest.raises(GuardRefused, match="不用追加"):
        propose(leader, 1)  # the place that the refusal freed is still free
    claim(people[1], campaign, id_no=ID_NUMBERS[1])
    for wrong in (0, 2, 1000):
        with pytest.raises(InvalidData) as told:
            propose(leader, wrong)
        assert list(told.value.errors) == ["pieces"]
    with pytest.raises(InvalidData):
        act(campaign.matter_id, "confirm_pieces", other, {"agreed": "1"})  # nothing is proposed
    propose(leader, 1)
    assert stands() == (Decimal(100), 1, 1), "a proposal alone changes nothing"
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(campaign.matter_id, "confirm_pieces", leader, {"agreed": "1"})
    with pytest.raises(NotAllowed):
        act(campaign.matter_id, "confirm_pieces", handler, {"agreed": "1"})
    with pytest.raises(InvalidData):
        act(campaign.matter_id, "confirm_pieces", other, {"agreed": "2"})
    page = (
        signed_in(other).get(reverse("desk:transition", args=[campaign.matter_id, "confirm_pieces"])).content.decode()
    )
    assert "1 份，共 100.00 元" in page
    act(campaign.matter_id, "confirm_pieces", other, {"agreed": "1"})
    assert stands() == (Decimal(200), 2, 2)
    with pytest.raises(InvalidData):
        act(campaign.matter_id, "confirm_pieces", other, {"agreed": "1"})  # used up
    with pytest.raises(GuardRefused, match="不用追加"):
        propose(leader, 1)
    act(first.pk, "overturn", city, {"text": "属于高温岗位。"})
    assert stands() == (Decimal(200), 2, 2)


def test_whom_a_review_finds_right_gets_a_piece_or_the_campaign_is_given_one_more(house: House) -> None:
    campaign = opened(house, {**PLAN, "budget": Decimal(200)})
    handler, city = house.person("handler", COUNTY), house.person("leader", CITY)
    people = [worker(place) for place in range(3)]
    first = claim(people[0], campaign)
    act(first.pk, "verify", handler)
    act(first.pk, "refuse", handler, {"text": "不是高温岗位。"})
    act(first.pk, "contest", people[0], {"contest_told": "我是户外焊工。"})
    others = [claim(person, campaign, id_no=ID_NUMBERS[place + 1]) for place, person in enumerate(people[1:])]
    for one in others:
        act(one.pk, "verify", handler)
    right = {"text": "属于高温岗位。"}
    with pytest.raises(GuardRefused, match="名额已满"):
        act(first.pk, "overturn", city, right)
    add_one(house, campaign)
    act(first.pk, "overturn", city, right)
    act(first.pk, "verify", handler)
    voucher = Voucher.objects.get(application__matter=first)
    assert voucher.pickup_code and voucher.returned_at is None
    campaign.refresh_from_db()
    offer = Offer.objects.get(pk=campaign.offer_id or 0)
    assert (campaign.budget, campaign.promised) == (Decimal("300"), Decimal("300"))
    assert (offer.capacity, offer.taken) == (3, 3)
    assert campaign.stock is not None and (campaign.stock.total, campaign.stock.promised) == (3, 3)
