"""托管: a fair lottery, the code of the day, whom a child's name is shown to. 疗休养: quotas, priority, two years."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gonghui.aid import drawing, lotteries, trips
from gonghui.aid.models import CareDay, Complaint, Lottery, Quota, TripRecord
from gonghui.aid.own_data import forget_children
from gonghui.aid.tests.support import CHILD, TRIP, care_class, noticed, trip_line
from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, House
from gonghui.kernel.calendar import months_later
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.times import day_of, now, time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.membership.tests.support import member
from gonghui.organisations.models import Organisation
from gonghui.people.actions import own_data
from gonghui.people.identity import age_on, with_check
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions, notices
from gonghui.services.models import Application, Offer, PublicNotice
from gonghui.services.tests.support import ID_NUMBERS, worker


def child(years: int, order: int = 1, on: date | None = None, short: int = 0) -> dict[str, str]:
    """Number and birthday of somebody who is so many full years on a day (today's), or `short` days short of them."""
    born = months_later(on or today(), -12 * years) + timedelta(days=short)
    return {"child_id_no": with_check(f"520102{born:%Y%m%d}{order:03d}0"), "child_birth": born.isoformat()}


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(6, 14))
@example(date(2028, 2, 28), 6)
@example(date(2028, 2, 29), 13)
@example(date(2026, 2, 28), 6)
def test_a_child_of_these_tests_has_its_birthday_on_any_day(day: date, years: int) -> None:
    full, nearly = child(years, on=day), child(years, on=day, short=1)
    assert age_on(full["child_id_no"], day) == years and age_on(nearly["child_id_no"], day) == years - 1


def sign_up(place: int, offer: Offer, **changes: Any) -> Matter:
    raw = {**CHILD, "offer": offer.pk, **child(7 + place % 3, place), **changes}
    return actions.apply(worker(place), actions.service_for("M26", "520102"), raw).matter


@settings(max_examples=30)
@given(st.lists(st.text(min_size=1, max_size=12), unique=True, max_size=30), st.text(max_size=20), st.randoms())
def test_a_draw_is_the_same_in_whatever_order_the_numbers_come(numbers: list[str], seed: str, chance: Any) -> None:
    mixed = list(numbers)
    chance.shuffle(mixed)
    order = drawing.drawn(seed, mixed)
    assert order == drawing.drawn(seed, numbers) and sorted(order) == sorted(numbers)
    count = drawing.share_of(len(numbers), 5)
    assert (count - 1) * 100 < len(numbers) * 5 <= count * 100 or not numbers


def test_a_child_is_as_old_as_the_number_says_on_the_first_day_of_the_class(house: House) -> None:
    offer = care_class()
    assert offer.starts is not None
    begins = day_of(offer.starts)
    assert begins > today() and sign_up(1, offer, **child(6, 80, begins)).pk, "six by then, though not today"
    for place, wrong in enumerate((child(6, 70, begins, 1), child(13, 60, begins)), 5):
        with pytest.raises(InvalidData) as told:
            sign_up(place, offer, **wrong)
        assert list(told.value.errors) == ["child_birth"]
    assert sign_up(3, offer, **child(13, 50, begins, 1)).pk, "still twelve on that day"

    # Another birthday than the identity number's is told beside it.
    with pytest.raises(InvalidData) as told:
        sign_up(4, offer, **{**child(8), "child_birth": child(9)["child_birth"]})
    assert list(told.value.errors) == ["child_birth"]
    assert child(8)["child_birth"] in told.value.errors["child_birth"][0]


def test_a_place_by_lot_and_the_days_of_a_child(house: House) -> None:
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    offer = care_class(places=2)
    sealed = Lottery.objects.get().promise
    with pytest.raises(InvalidData):
        sign_up(9, offer, **child(5))
    matters = [sign_up(place, offer) for place in range(3)]
    with pytest.raises(GuardRefused, match="先抽签"):
        act(matters[0].pk, "admit", handler)
    with pytest.raises(GuardRefused, match="还在报名"):
        lotteries.draw(handler, offer)
    Offer.objects.update(status="closed")
    offer.refresh_from_db()
    desk, other = desk_of(handler), desk_of(leader)
    address = reverse("desk:care_class", args=[offer.pk])
    assert "种子在开班时已经封存" in desk.get(address).content.decode()
    assert other.post(address, {"verb": "draw"}, follow=True).status_code == 200 and not Lottery.objects.get().order
    desk.post(address, {"verb": "draw"})
    drawn = Lottery.objects.get()
    assert drawing.promise_of(drawn.seed_text) == sealed, "the seed is the one that was sealed"
    assert drawn.order == drawing.drawn(drawn.seed_text, [matter.number for matter in matters])
    by_number = {matter.number: matter for matter in matters}
    for matter in matters:
        matter.refresh_from_db()
    assert [by_number[number].state for number in drawn.order] == ["admitted", "admitted", "waiting"]
    with pytest.raises(GuardRefused, match="不能再抽"):
        lotteries.draw(handler, offer)
    page = Client().get(reverse("portal:lottery", args=[offer.pk])).content.decode()
    assert sealed in page and drawn.seed_text in page and drawn.order[0] in page and "小宝" not in page

    first, second, third = (by_number[number] for number in drawn.order)
    act(first.pk, "enrol", handler, {"fee": "free"})
    act(second.pk, "withdraw", worker_of(second))
    act(third.pk, "admit", handler)
    desk.post(address, {"verb": "arrive", "matter": first.pk})
    assert "王小宝" in desk.get(address).content.decode() and "王小宝" not in other.get(address).content.decode()
    code = CareDay.objects.get().pickup_code
    own = sign_in(Client(), Account.objects.get(pk=first.owner_id or 0))
    page_of_it = reverse("portal:application", args=[first.pk])
    assert code in own.get(page_of_it).content.decode()
    with pytest.raises(GuardRefused, match="不能放孩子走"):
        act(first.pk, "fetch", handler, {"fetcher": "guardian", "pickup": "000000" if code != "000000" else "1"})
    act(first.pk, "fetch", handler, {"fetcher": "0", "pickup": code})
    assert CareDay.objects.get().fetched_by_name == "李奶奶" and code not in own.get(page_of_it).content.decode()
    assert own.post(page_of_it, {"step": "complain", "complaint_told": "午饭太凉"}).status_code == 302
    act(first.pk, "reply", leader, {"reply_told": "已换了餐厅。"})
    assert Complaint.objects.get().reply_text and "已换了餐厅" in own.get(page_of_it).content.decode()
    act(first.pk, "finish", handler)

    # The host's list, the page of complaints: names to the handler at the place, masked for the leader beside.
    listed = reverse("desk:offer", args=[offer.pk])
    assert "王小明" in desk.get(listed).content.decode()
    hosted = other.get(listed).content.decode()
    assert first.number in hosted and "王小明" not in hosted and "王**" in hosted

    # A child's name: to the handler at the place, and to nobody else.
    where = reverse("desk:matter", args=[first.pk])
    seen, masked = desk.get(where).content.decode(), other.get(where).content.decode()
    assert "花生过敏" in seen and "花生过敏" not in masked and "小宝" not in masked
    written = str(list(TrailEntry.objects.values_list("after", "note"))) + str(
        list(OutboxMessage.objects.values_list("payload", flat=True))
    )
    assert "小宝" not in written and "李奶奶" not in written and code not in written

    act(first.pk, "rate", worker_of(first), {"stars": "5"})
    account = Account.objects.get(pk=first.owner_id or 0)
    assert own_data(account)["care_days"][0]["fetched_by"] == "李奶奶"
    forget_children(account)
    assert "小宝" not in Application.objects.get(matter=first).values_json
    assert CareDay.objects.get().fetched_by_name == ""


def desk_of(actor: Any) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id))


def worker_of(matter: Matter) -> Any:
    from gonghui.people.actors import actor_for

    return actor_for(Account.objects.get(pk=matter.owner_id or 0))


def traveller(place: int, offer: Offer, group: str) -> Matter:
    actor = worker(place)
    member(ENTERPRISE, place, id_no=ID_NUMBERS[place], account_id=actor.account_id)
    raw = {**TRIP, "offer": offer.pk, "group": group, "id_no": ID_NUMBERS[place]}
    return actions.apply(actor, actions.service_for("M21", "520102"), raw).matter


def test_a_line_by_quota_and_priority_and_not_again_for_two_years(house: House) -> None:
    clerk, handler = house.person("handler", ENTERPRISE), house.person("handler", COUNTY)
    unit = Organisation.objects.get(path=ENTERPRISE)
    offer = trip_line(places=2)
    ordinary, front = traveller(0, offer, "ordinary"), traveller(1, offer, "front_line")
    assert ordinary.holder_path == ENTERPRISE
    assert [one.application.matter_id for one in trips.ranked(ordinary)] == [front.pk, ordinary.pk]
    why = {"why": "生产一线"}
    with pytest.raises(GuardRefused, match="没有给本单位名额"):
        act(front.pk, "recommend", clerk, why)
    desk, address = desk_of(handler), reverse("desk:trip_line", args=[offer.pk])
    many = desk.post(address, {"organisation": unit.pk, "places": "3"})
    assert many.status_code == 422 and "还能给 2 个" in many.content.decode()
    assert desk.post(address, {"organisation": unit.pk, "places": "1"}).status_code == 302
    turn = desk_of(clerk).get(reverse("desk:matter", args=[ordinary.pk])).content.decode()
    assert "1 个名额，还剩 1 个" in turn and turn.index("一线、苦脏累险岗位") < turn.index("其他（0）")
    act(front.pk, "recommend", clerk, why)
    front.refresh_from_db()
    assert front.holder_path == COUNTY and Quota.objects.get().left == 0
    with pytest.raises(GuardRefused, match="已经用完"):
        act(ordinary.pk, "recommend", clerk, why)
    act(front.pk, "publish", handler)
    noticed(front)
    act(front.pk, "clear", handler, {"fit": "yes", "policy_no": "BX-1"})
    with time_shifted(timedelta(days=20)):
        days = {"went_on": (today() - timedelta(days=6)).isoformat(), "back_on": today().isoformat()}
        act(front.pk, "travelled", handler, days)
        act(front.pk, "rate", worker_of(front), {"stars": "5"})
        act(front.pk, "settle", handler, {"cost": "1800"})
        front.refresh_from_db()
        assert front.state == "closed" and TripRecord.objects.get().cost == 1800
        again = trip_line(places=5)
        trips.give(handler, again, unit, 5)
        raw = {**TRIP, "offer": again.pk, "group": "model", "id_no": ID_NUMBERS[1]}
        with pytest.raises(GuardRefused, match="两年内"):
            actions.apply(worker_of(front), actions.service_for("M21", "520102"), raw)
    assert Application.objects.filter(service="M21").count() == 2


def test_an_objection_to_a_traveller_is_settled_by_another_and_shortens_no_notice(house: House) -> None:
    clerk, handler = house.person("handler", ENTERPRISE), house.person("handler", COUNTY)
    offer = trip_line(places=1)
    matter = traveller(0, offer, "front_line")
    trips.give(handler, offer, Organisation.objects.get(path=ENTERPRISE), 1)
    act(matter.pk, "recommend", clerk, {"why": "生产一线"})
    ends = act(matter.pk, "publish", handler).due_at
    notices.object_to(PublicNotice.objects.get().pk, "去年刚去过", "李某", "13900000000")
    settled = {"upheld": "no", "finding": "没有去过。"}
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "settle_objection", handler, settled)
    matter = act(matter.pk, "settle_objection", house.person("leader", COUNTY), settled)
    assert (matter.state, matter.due_at) == ("published", ends)
    noticed(matter)
    assert act(matter.pk, "clear", handler, {"fit": "yes", "policy_no": "BX-1"}).state == "cleared"


RIGHT = {"text": "符合条件，原决定不对。"}


def contested(house: House, matter: Matter, handler: Any) -> None:
    act(matter.pk, "refuse", handler, {"text": "材料不符。"})
    act(matter.pk, "contest", worker_of(matter), {"contest_told": "材料是真的，请再看。"})


def test_a_child_that_was_refused_wrongly_is_first_when_the_class_is_full(house: House) -> None:
    handler, city = house.person("handler", COUNTY), house.person("leader", CITY)
    offer = care_class(places=1)
    matters = [sign_up(place, offer) for place in range(3)]
    contested(house, matters[0], handler)
    Offer.objects.filter(pk=offer.pk).update(status=Offer.Status.CLOSED)
    offer.refresh_from_db()
    drawn = lotteries.draw(handler, offer)
    act(matters[0].pk, "overturn", city, RIGHT)
    with pytest.raises(GuardRefused, match="已满"):
        act(matters[0].pk, "admit", handler)
    first, second = (Matter.objects.get(number=number) for number in drawn.order)
    with pytest.raises((GuardRefused, NotAllowed)):
        act(second.pk, "wait", handler)
    act(matters[0].pk, "wait", handler)
    act(first.pk, "withdraw", worker_of(first))
    with pytest.raises(GuardRefused, match=matters[0].number):
        act(second.pk, "admit", handler)
    act(matters[0].pk, "admit", handler)
    assert lotteries.held(offer) == 1 and Lottery.objects.get().order == drawn.order


def test_a_drawn_child_that_was_refused_wrongly_is_first_whatever_place_it_drew(house: House) -> None:
    handler, city = house.person("handler", COUNTY), house.person("leader", CITY)
    offer = care_class(places=1)
    matters = [sign_up(place, offer) for place in range(4)]
    contested(house, matters[3], handler)
    act(matters[3].pk, "overturn", city, RIGHT)
    Offer.objects.filter(pk=offer.pk).update(status=Offer.Status.CLOSED)
    offer.refresh_from_db()
    drawn = lotteries.draw(handler, offer)
    admitted = Matter.objects.get(number=drawn.order[0])
    assert lotteries.next_waiting(offer, drawn) == drawn.order[1], "who was drawn after a review keeps the place drawn"
    wronged, *others = [Matter.objects.get(number=number) for number in reversed(drawn.order[1:])]
    if wronged == matters[3]:
        wronged, others = others[0], [wronged, *others[1:]]  # each refusal is reviewed once
    contested(house, wronged, handler)
    act(wronged.pk, "overturn", city, RIGHT)
    act(wronged.pk, "wait", handler)
    assert lotteries.next_waiting(offer, drawn) == wronged.number
    act(admitted.pk, "withdraw", worker_of(admitted))
    for other in others:
        with pytest.raises(GuardRefused, match=wronged.number):
            act(other.pk, "admit", handler)
    act(wronged.pk, "admit", handler)
    assert lotteries.held(offer) == 1 and Lottery.objects.get().order == drawn.order


def closed(offer: Offer) -> None:
    Offer.objects.filter(pk=offer.pk).update(status=Offer.Status.CLOSED)
    offer.refresh_from_db()


def completed(matter: Matter) -> None:
    person = worker_of(matter)
    draft = actions.reopen(person, matter.pk)
    service = actions.application_of(person, matter.pk)[1]
    actions.complete(person, draft, actions.load(service, draft.values_json))


def test_who_completes_the_form_is_drawn_with_the_others(house: House) -> None:
    handler = house.person("handler", COUNTY)
    offer = care_class(places=1)
    matters = [sign_up(place, offer) for place in range(2)]
    act(matters[0].pk, "send_back", handler, {"text": "请写明学校和年级。"})
    closed(offer)
    with pytest.raises(GuardRefused, match="先抽签"):
        act(matters[1].pk, "admit", handler)
    page = desk_of(handler).post(reverse("desk:care_class", args=[offer.pk]), {"verb": "draw"}, follow=True)
    assert f"{matters[0].number} 退回补正，最晚到" in page.content.decode() and not Lottery.objects.get().order
    completed(matters[0])
    assert set(lotteries.draw(handler, offer).order) == {matter.number for matter in matters}


def test_who_never_completes_the_form_holds_no_draw_up(house: House) -> None:
    handler = house.person("handler", COUNTY)
    offer = care_class(places=1)
    matters = [sign_up(place, offer) for place in range(3)]
    act(matters[0].pk, "send_back", handler, {"text": "请写明学校和年级。"})
    closed(offer)
    with time_shifted(timedelta(days=8)):
        run_once()
        assert len(lotteries.draw(handler, offer).order) == 2


def test_who_is_checked_after_the_draw_passes_nobody_who_waits(house: House) -> None:
    handler = house.person("handler", COUNTY)
    offer = care_class(places=1)
    late, *_others = [sign_up(place, offer) for place in range(4)]
    act(late.pk, "send_back", handler, {"text": "请写明学校和年级。"})
    closed(offer)
    # The time to complete is over, and the platform has not come to end it yet.
    Matter.objects.filter(pk=late.pk).update(due_at=now() - timedelta(minutes=1))
    drawn = lotteries.draw(handler, offer)
    first, second, third = (Matter.objects.get(number=number) for number in drawn.order)
    completed(late)
    with pytest.raises(GuardRefused, match="已满"):
        act(late.pk, "admit", handler)
    act(first.pk, "withdraw", worker_of(first))
    with pytest.raises(GuardRefused, match=f"候补的 {second.number}"):
        act(late.pk, "admit", handler)
    late = act(late.pk, "queue_last", handler)
    assert late.state == "waiting"
    told = OutboxMessage.objects.filter(matter=late, topic="notice.app").values_list("payload__text", flat=True)
    assert any("候补的最后" in text for text in told)
    with pytest.raises(GuardRefused, match=second.number):
        act(late.pk, "admit", handler)
    act(second.pk, "admit", handler)
    act(second.pk, "withdraw", worker_of(second))
    with pytest.raises(GuardRefused, match=third.number):
        act(late.pk, "admit", handler)
    act(third.pk, "withdraw", worker_of(third))
    assert act(late.pk, "admit", handler).state == "admitted"
    assert Lottery.objects.get().order == drawn.order


def test_a_place_that_is_owed_is_not_drawn_nor_given_to_who_comes_later(house: House) -> None:
    handler, city = house.person("handler", COUNTY), house.person("leader", CITY)
    offer = care_class(places=1)
    owed, first = sign_up(0, offer), sign_up(1, offer)
    contested(house, owed, handler)
    act(first.pk, "admit", handler)
    act(owed.pk, "overturn", city, RIGHT)
    act(owed.pk, "wait", handler)
    act(first.pk, "withdraw", worker_of(first))
    late = sign_up(2, offer)
    with pytest.raises(GuardRefused, match=owed.number):
        act(late.pk, "admit", handler)
    Offer.objects.filter(pk=offer.pk).update(status=Offer.Status.CLOSED)
    offer.refresh_from_db()
    lotteries.draw(handler, offer)
    late.refresh_from_db()
    assert late.state == "waiting"
    act(owed.pk, "admit", handler)
    assert lotteries.held(offer) == 1


def test_a_traveller_who_was_refused_wrongly_is_before_the_unit_again_and_first(house: House) -> None:
    clerk, handler = house.person("handler", ENTERPRISE), house.person("handler", COUNTY)
    offer, unit = trip_line(places=1), Organisation.objects.get(path=ENTERPRISE)
    trips.give(handler, offer, unit, 1)
    ordinary, front = traveller(0, offer, "ordinary"), traveller(1, offer, "front_line")
    act(ordinary.pk, "recommend", clerk, {"why": "长期在一线"})
    contested(house, ordinary, handler)
    assert Quota.objects.get().left == 1
    act(ordinary.pk, "overturn", house.person("leader", CITY), RIGHT)
    ordinary.refresh_from_db()
    assert (ordinary.state, ordinary.holder_path) == ("applied", ENTERPRISE)
    assert [one.application.matter_id for one in trips.ranked(front)] == [ordinary.pk, front.pk]
    act(ordinary.pk, "recommend", clerk, {"why": "复核撤销了原决定"})
    assert Quota.objects.get().left == 0
