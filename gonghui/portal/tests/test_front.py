"""What the worker meets first: the home in the order of what they need, one list of their own, messages, the search."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals import actions
from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel import front
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.flow import all_flows, get_flow
from gonghui.kernel.matters import open_matter
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.outbox import enqueue
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.kernel.vault import blind_index
from gonghui.people.actions import erase
from gonghui.people.actors import actor_for
from gonghui.people.models import Account, Person
from gonghui.people.testing import worker_client
from gonghui.portal.tests.support import lodge
from gonghui.services import actions as services
from gonghui.services import facts
from gonghui.services.catalogue import catalogue
from gonghui.services.showing import grouped
from gonghui.services.tests.support import KIT, goods
from gonghui.venues import bookings, faults
from gonghui.venues.tests.support import slot, venue

HOME, MY = "portal:home", "portal:my"


def page(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return str(response.content.decode())


def parts(client: Client) -> list[str]:
    return re.findall(r'data-part="(\w+)"', page(client, HOME))


def account(phone: str = "13800138000") -> Account:
    return Account.objects.get(kind="worker", phone_index=blind_index("phone", phone))


def test_the_home_puts_first_what_this_person_most_likely_needs(house: House) -> None:
    assert parts(Client())[:3] == ["ask", "services", "near"]
    client = worker_client("13800138000")
    assert parts(client)[:3] == ["ask", "services", "near"]
    appeal = lodge(client)
    assert parts(client)[:3] == ["ask", "matters", "services"]
    matter = appeal.orders.get().matter
    house.handling(matter)
    actions.ask_worker(house.person("handler", COUNTY), matter, "请问工资怎么发的？")
    assert parts(client)[:2] == ["matters", "ask"]
    assert "有 1 件事等您办" in page(client, HOME)
    assert "no-store" in client.get(reverse(HOME))["Cache-Control"]


def test_services_that_fit_come_first_and_what_one_had_is_left_out(house: House) -> None:
    client = worker_client("13800138000")
    person = Person.objects.create(account=account(), region_id="520102", worker_type="rider", birth_year=1990)
    goods(5)
    with as_system("test"):
        actor = actor_for(person.account)
    assert reverse("portal:service", args=["M04"]) in page(client, HOME)
    services.apply(actor, services.service_for("M04", "520102"), KIT, key="one")
    person.id_no = KIT["id_no"]
    person.save()
    shown = page(client, HOME)
    assert reverse("portal:service", args=["M04"]) not in shown.split('data-part="services"')[1]
    venue(name="青松工会驿站")
    assert "青松工会驿站" in page(client, HOME).split('data-part="near"')[1]


def test_what_surely_fits_goes_before_what_is_not_known_yet(house: House) -> None:
    client = worker_client("13800138000")
    Person.objects.create(account=account(), region_id="520102", worker_type="rider", birth_year=1990)
    shown = page(client, HOME).split('data-part="services"')[1].split("</section>")[0]
    known = {"worker_type": "rider", "age": 30}
    offered = [
        one for one in catalogue().offered(today(), "520102") if reverse("portal:service", args=[one.id]) in shown
    ]
    offered.sort(key=lambda one: shown.index(reverse("portal:service", args=[one.id])))
    ranks = [
        (
            today().month not in one.months,
            not any(condition.fact == "worker_type" for condition in one.eligibility),
            not (one.eligibility and facts.judge(one, known).status == "fits"),
        )
        for one in offered
    ]
    assert ranks == sorted(ranks) and len(set(ranks)) > 1


def test_one_list_has_the_matters_of_every_room_by_whose_turn_it_is(house: House) -> None:
    client = worker_client("13800138000")
    appeal = lodge(client)
    actor = actor_for(account())
    place = venue()
    fault = faults.report(actor, place, "微波炉不热了")
    booking = bookings.book(actor, slot(place).pk)
    shown = page(client, MY)
    for text in (appeal.number, fault.number, "羽毛球"):
        assert text in shown
    mine, working = shown.index("等您办</h2>"), shown.index("工会在办</h2>")
    assert mine < shown.index("羽毛球") < working < shown.index(fault.number)
    assert "card-soon" in shown
    bookings.cancel(actor, booking.pk) if bookings.may_cancel(booking) else None
    only = page(client, MY, group="working")
    assert "等您办</h2>" not in only and fault.number in only
    with as_system("the union repairs it"):
        Matter.objects.filter(pk=fault.pk).update(state="repaired")
    shown = page(client, MY)
    assert shown.index(fault.number) < shown.index("工会在办</h2>")


def test_a_kind_nobody_has_spoken_for_is_in_the_list_and_has_a_page(house: House) -> None:
    client = worker_client("13800138000")
    kind = next(f for f in all_flows() if f.name == "venues.fault")
    matter = open_matter(
        kind.name, actor=SYSTEM, title="新房间的事", holder_path=COUNTY, number="XX-1", owner_id=account().pk, at=now(),
    )  # fmt: skip
    taken = front._opens.pop("venues.fault")
    try:
        assert reverse("portal:matter", args=[matter.pk]) in page(client, MY)
        address = reverse("portal:matter", args=[matter.pk])
        Matter.objects.filter(pk=matter.pk).update(state="repaired")
        assert "确认修好" in client.get(address).content.decode()
        assert client.post(address, {"step": "nothing"}).status_code == 404
        assert client.post(address, {"step": "confirm"}).status_code == 302
        matter.refresh_from_db()
        assert get_flow(matter.kind).states[matter.state].final
        assert client.post(address, {"step": "confirm"}).status_code == 404
        assert worker_client("13900139000").get(address).status_code == 404
    finally:
        front._opens["venues.fault"] = taken


def test_a_long_list_has_pages(house: House) -> None:
    client = worker_client("13800138000")
    for number in range(23):
        open_matter(
            "venues.fault", actor=SYSTEM, title=f"报修{number}", holder_path="cn.52.5201.520102", number=f"BX-{number}",
            owner_id=account().pk, at=now() - timedelta(hours=number),
        )  # fmt: skip
    assert "BX-0" in page(client, MY) and "BX-22" not in page(client, MY)
    assert "BX-22" in page(client, MY, page="2")
    assert client.get(reverse(MY), {"page": "x'"}).status_code == 200


def test_whose_turn_it_is_follows_from_every_flow() -> None:
    for flow in all_flows():
        for name, state in flow.states.items():
            assert not (state.final and flow.awaits_owner(name)), (flow.name, name)
    kit = next(flow for flow in all_flows() if flow.name.startswith("services.M04"))
    assert [name for name in kit.states if kit.awaits_owner(name)] == ["returned", "ready", "sent", "signed"]


def test_messages_are_counted_until_they_are_read(house: House) -> None:
    client, other = worker_client("13800138000"), worker_client("13900139000")
    enqueue("notice.app", "test:1", {"text": "您的礼包可以领了"}, account_id=account().pk)
    assert "条未读消息" in page(client, HOME) and "条未读消息" not in page(other, HOME)
    assert "您的礼包可以领了" not in page(other, "portal:messages")
    assert "您的礼包可以领了" in page(client, "portal:messages")
    assert "条未读消息" not in page(client, HOME)


@pytest.mark.django_db
def test_the_search_page_groups_suggests_and_never_leaves_one_alone(client: Client) -> None:
    shown = page(client, "portal:search", q="gongshang")
    assert "工伤认定" in shown and "?topic=R51" in shown and "法律法规" in shown
    assert "Recognition of a work injury" in client.get(
        reverse("portal:search"), {"q": "work injury"}, headers={"accept-language": "en"}
    ).content.decode()  # fmt: skip
    nothing = page(client, "portal:search", q="qqqzzz<script>")
    assert "没有找到" in nothing and "<script>" not in nothing.split("<main")[1].split("</main>")[0]
    assert "110" in page(client, "portal:search", q="我不想活了，要跳楼").split("<main")[1].split("</main>")[0]
    assert "劳动合同法" in page(client, "portal:search", q="劳动合同法第三十八条")
    names = client.get(reverse("portal:suggest"), {"q": "jiabanf"}).json()["names"]
    assert "加班费" in names


@pytest.mark.django_db
def test_the_app_is_installable_and_its_worker_keeps_nothing_of_anybody(client: Client) -> None:
    manifest = client.get(reverse("portal:manifest"))
    told = json.loads(manifest.content)
    assert told["display"] == "standalone" and {icon["sizes"] for icon in told["icons"]} == {"192x192", "512x512"}
    worker = client.get("/sw.js")
    script = worker.content.decode()
    assert worker["Content-Type"].startswith("text/javascript") and worker["Cache-Control"] == "no-cache"
    assert 'credentials: "omit"' in script and '"/my/"' not in script
    shown = page(client, "portal:offline")
    assert 'data-draft="ask"' in shown and "12351" in shown
    blank = page(client, "portal:blank_form", "M04")
    assert 'data-draft="service-M04"' in blank and 'name="platform"' in blank and 'type="file"' not in blank
    assert client.get(reverse("portal:blank_form", args=["M06"])).status_code == 404
    gone = worker_client("13800138000").post(reverse("people:sign_out"))
    assert gone["Clear-Site-Data"] == '"storage"'


def test_pages_of_everybody_are_compressed_and_pages_of_somebody_are_not(house: House) -> None:
    headers = {"accept-encoding": "gzip"}
    assert Client().get(reverse(HOME), headers=headers)["Content-Encoding"] == "gzip"
    assert len(Client().get(reverse(HOME), headers=headers).content) < 6_000
    assert "Content-Encoding" not in worker_client("13800138000").get(reverse(MY), headers=headers)


def test_the_profile_shows_what_is_kept_what_stays_and_takes_the_place_of_work(house: House) -> None:
    client = worker_client("13800138000")
    lodge(client)
    shown = page(client, "people:profile")
    for text in ("138****8000", "诉求和往来", "服务申请", "会计凭证"):
        assert text in shown
    told = {"name": "王小明", "worker_type": "rider", "region_id": "520102"}
    assert client.post(reverse("people:profile"), told).status_code == 302
    person = Person.objects.get(account=account())
    assert (person.worker_type, person.region_id) == ("rider", "520102")
    wrong = client.post(reverse("people:profile"), {**told, "region_id": "没有的地方"})
    assert wrong.status_code == 422 and "没有的地方" in wrong.content.decode()
    data = client.get(reverse("people:own_data")).json()
    assert data["cases"][0]["name"] == "王小明" and "messages" in data and "applications" in data


def test_an_erased_account_takes_its_messages_and_bookings_along(house: House) -> None:
    worker_client("13800138000")
    enqueue("notice.app", "test:2", {"text": "您好"}, account_id=account().pk)
    booking = bookings.book(actor_for(account()), slot(venue()).pk)
    with as_system("the worker process"):
        erase(SYSTEM, account().pk)
    assert not OutboxMessage.objects.filter(key="test:2").exists()
    booking.refresh_from_db()
    assert booking.account_id is None


def test_every_service_stands_in_one_group_of_the_list() -> None:
    offered = [one for one in catalogue().offered(today()) if one.kind == "service"]
    titles = grouped(offered)
    assert sorted(one.id for _title, rows in titles for one in rows) == sorted(one.id for one in offered)
    assert "其他服务" not in dict(titles)
    assert dict(grouped([offered[0].model_copy(update={"group": "new"})])) == {
        "其他服务": [offered[0].model_copy(update={"group": "new"})]
    }
