"""书屋与社团: a book from the search to its return, the queue, a file with errors, a text, a club and its year."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.tests.support import xlsx
from gonghui.kernel.times import now, time_shifted
from gonghui.kernel.worker import run_once
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.models import Draft, Offer
from gonghui.services.tests.support import offer, worker
from gonghui.wellbeing.models import Book, Club, ClubMember, Loan
from gonghui.wellbeing.tests.support import book, club
from gonghui.wellbeing.trial import a_matter

pytestmark = pytest.mark.django_db


def client_of(actor: Any) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def borrow(actor: Any, row: Book) -> Matter:
    values = {"book_no": row.pk, "region": "520102", "name": "王小明", "phone": "13900000001", "promise": True}
    return actions.apply(actor, actions.service_for("M25", "520102"), values).matter


def test_from_the_search_to_the_return_with_a_queue_that_moves(house: House) -> None:
    row = book(OTHER_COUNTY)
    first, second = worker(1), worker(2)
    phone = client_of(first)
    assert row.title in phone.get(reverse("portal:books"), {"q": "978-7-5302-1200-4"}).content.decode()
    address = phone.post(reverse("portal:book", args=[row.pk]))["Location"]
    assert f'value="{row.pk}"' in phone.get(address).content.decode()
    matter, later = borrow(first, row), borrow(second, row)
    # The library that has the book handles it, wherever the worker is.
    assert matter.holder_path == OTHER_COUNTY and (matter.state, later.state) == ("ready", "waiting")
    with pytest.raises(GuardRefused, match="在排队"):
        borrow(second, row)
    keeper = house.person("handler", OTHER_COUNTY)
    act(matter.pk, "lend", keeper)
    with pytest.raises(GuardRefused, match="有人在排队"):
        act(matter.pk, "renew", first)
    with time_shifted(timedelta(days=31)):
        run_once()
        matter.refresh_from_db()
        assert matter.state == "overdue"
        act(matter.pk, "take_back", keeper, {"shape": "good"})
        run_once()
        later.refresh_from_db()
        assert later.state == "ready" and Book.objects.get().out == 1
        act(later.pk, "lend", keeper)
        act(later.pk, "renew", second)
        assert "到期" in client_of(second).get(reverse("portal:application", args=[later.pk])).content.decode()
        act(later.pk, "take_back", keeper, {"shape": "lost"})
    assert (Book.objects.get().copies, Book.objects.get().out) == (0, 0)
    assert set(Loan.objects.values_list("state", flat=True)) == {"back"}


def sheet(*rows: list[Any]) -> SimpleUploadedFile:
    return SimpleUploadedFile("books.xlsx", xlsx(["ISBN", "书名", "作者", "册数", "架位"], *rows))


def test_a_file_of_books_is_taken_whole_or_not_at_all(house: House) -> None:
    desk = client_of(house.person("handler", COUNTY))
    address = reverse("desk:library")
    good = ["9787530212004", "平凡的世界", "路遥", 3, "一楼"]
    wrong = desk.post(address, {"file": sheet(good, ["123", "", "", "x", ""], good)})
    page = wrong.content.decode()
    assert wrong.status_code == 422 and "第 3 行" in page and "ISBN 不对" in page and "重复" in page
    assert not Book.objects.exists()
    assert desk.post(address, {"file": sheet(good)}).status_code == 302
    assert desk.post(address, {"file": sheet([*good[:3], 5, "二楼"])}).status_code == 302
    assert (Book.objects.get().copies, Book.objects.get().shelf) == (5, "二楼")
    borrow(worker(1), Book.objects.get())
    assert "册数不能少于" in desk.post(address, {"file": sheet([*good[:3], 0, ""])}).content.decode()
    assert desk.get(reverse("desk:library_template")).status_code == 200


def test_a_text_that_may_stand_here_is_read_page_by_page(house: House) -> None:
    desk = client_of(house.person("handler", COUNTY))
    said = {"title": "故乡", "author": "鲁迅", "rights": "public", "source": "作者1936年去世"}
    assert desk.post(reverse("desk:library_text"), said).status_code == 422
    body = "\n".join(f"第{number}段。" + "我冒了严寒，" * 100 for number in range(9))
    sent = SimpleUploadedFile("a.txt", body.encode("gb18030"))
    assert desk.post(reverse("desk:library_text"), {**said, "file": sent}).status_code == 302
    reader = Client()
    address = reader.get(reverse("portal:reads")).content.decode()
    assert "故乡" in address
    link = reverse("portal:read", args=[1])
    assert "第0段" in reader.get(link).content.decode() and "第8段" in reader.get(link, {"page": "99"}).content.decode()
    assert desk.post(reverse("desk:library"), {"step": "withdraw", "text": "1"}).status_code == 302
    assert reader.get(link).status_code == 404


def test_a_club_from_the_founding_to_its_yearly_check_and_its_members(house: House) -> None:
    leader, member = worker(1), worker(2)
    service = actions.service_for("W03", "520102")
    values = {
        "club_name": "摄影社", "kind": "art", "purpose": "每月一次外拍", "founders": 8, "region": "520102",
        "name": "王小明", "phone": "13900000001",
    }  # fmt: skip
    matter = actions.apply(leader, service, values).matter
    handler = house.person("handler", COUNTY)
    act(matter.pk, "approve", handler, {})
    row = Club.objects.get()
    phone = client_of(member)
    assert "摄影社" in phone.get(reverse("portal:clubs")).content.decode()
    assert phone.post(reverse("portal:clubs"), {"club": row.pk}).status_code == 302
    assert f'"club_no": {row.pk}' in Draft.objects.get(service="W04").values_json
    joining = {"club_no": row.pk, "region": "520102", "name": "李梅", "phone": "13900000002"}
    joined = actions.apply(member, actions.service_for("W04", "520102"), joining).matter
    act(joined.pk, "accept", handler)
    with pytest.raises(GuardRefused, match="已经是"):
        actions.apply(member, actions.service_for("W04", "520102"), joining)
    with time_shifted(timedelta(days=340)):
        run_once()
        act(matter.pk, "report", leader, {"events": "12", "people": "9", "said": "外拍十二次，花了两千元。"})
        act(matter.pk, "pass_check", handler)
        assert Club.objects.get().checked_on is not None
        act(matter.pk, "close_club", leader)
    assert ClubMember.objects.get().until is not None and club(COUNTY).state == "active"


def asks(person: Any, row: Club, name: str, skill: str = "") -> Matter:
    values = {"club_no": row.pk, "region": "520102", "name": name, "phone": "13900000002", "skill": skill}
    return actions.apply(person, actions.service_for("W04", "520102"), values).matter


def told(person: Any) -> list[str]:
    rows = OutboxMessage.objects.filter(topic="notice.app", account_id=person.account_id)
    return [row.payload["text"] for row in rows]


def test_a_clubs_leader_answers_who_asks_and_sees_nothing_of_other_clubs(house: House) -> None:
    leader, stranger, first, second = (worker(number) for number in range(1, 5))
    row = club(COUNTY, Account.objects.get(pk=leader.account_id or 0))
    wanted, unwanted = asks(first, row, "李梅", "会打双打"), asks(second, row, "赵刚")
    assert len([text for text in told(leader) if "申请加入" in text]) == 2
    phone, address = client_of(leader), reverse("portal:club", args=[row.pk])
    assert address in phone.get(reverse("portal:clubs")).content.decode()
    page = phone.get(address).content.decode()
    assert "李梅" in page and "会打双打" in page and "赵刚" in page and "13900000002" not in page
    assert client_of(stranger).get(address).status_code == 404 and client_of(first).get(address).status_code == 404
    assert client_of(stranger).post(address, {"person": wanted.pk, "step": "accept"}).status_code == 404
    assert phone.post(address, {"person": wanted.pk, "step": "accept"}).status_code == 302
    assert phone.post(address, {"person": unwanted.pk, "step": "refuse"}).status_code == 422
    assert phone.post(address, {"person": unwanted.pk, "step": "refuse", "text": "场地满了"}).status_code == 302
    assert phone.post(address, {"person": unwanted.pk, "step": "accept"}).status_code == 404
    wanted.refresh_from_db()
    unwanted.refresh_from_db()
    assert (wanted.state, unwanted.state) == ("member", "refused")
    assert "场地满了" in client_of(second).get(reverse("portal:application", args=[unwanted.pk])).content.decode()
    page = phone.get(address).content.decode()
    assert "李梅" in page and "赵刚" not in page


def test_nobody_asks_a_club_twice_but_may_ask_two_clubs(house: House) -> None:
    member = worker(2)
    row = club(COUNTY)
    other = Club.objects.create(
        matter=a_matter("W03", "active", COUNTY, None), organisation=row.organisation, name="合唱社", kind="music",
        purpose="唱歌", since=now(),
    )  # fmt: skip
    first = asks(member, row, "李梅")
    with pytest.raises(GuardRefused, match="正在等答复"):
        asks(member, row, "李梅")
    asks(member, other, "李梅")
    act(first.pk, "withdraw", member)
    again = asks(member, row, "李梅")
    act(again.pk, "accept", house.person("handler", COUNTY))
    act(again.pk, "leave", member)
    asks(member, row, "李梅")


def test_a_clubs_members_are_told_of_its_events(house: House) -> None:
    leader, member, gone, outsider = (worker(number) for number in range(1, 5))
    row, elsewhere = club(COUNTY, Account.objects.get(pk=leader.account_id or 0)), club(OTHER_COUNTY)
    handler = house.person("handler", COUNTY)
    for person, name in ((member, "李梅"), (gone, "赵刚")):
        act(asks(person, row, name).pk, "accept", handler)
    act(Matter.objects.get(owner_id=gone.account_id).pk, "leave", gone)
    desk, starts = client_of(handler), now() + timedelta(days=5)
    sent = {
        "title": "周三双打", "starts": f"{starts:%Y-%m-%dT19:00}", "ends": f"{starts:%Y-%m-%dT21:00}",
        "place": "文化宫", "capacity": "16",
    }  # fmt: skip
    address = reverse("desk:offer_new", args=["W05"])
    assert desk.post(address, {**sent, "data_club": str(elsewhere.pk)}).status_code == 422
    assert desk.post(address, {**sent, "data_club": str(row.pk)}).status_code == 302
    event = Offer.objects.get()
    assert not any("周三双打" in text for text in told(member))
    for verb in ("publish", "close", "publish"):
        desk.post(reverse("desk:offer", args=[event.pk]), {"verb": verb})
    assert len([text for text in told(member) if "周三双打" in text and row.name in text]) == 1
    assert any("周三双打" in text for text in told(leader))
    assert not any("周三双打" in text for person in (gone, outsider) for text in told(person))
    page = client_of(leader).get(reverse("portal:club", args=[row.pk])).content.decode()
    assert "周三双打" in page
    assert row.name in Client().get(reverse("portal:offer", args=[event.pk])).content.decode()


def test_no_event_of_a_dissolved_club_is_published(house: House) -> None:
    row = club(COUNTY)
    event = offer("W05", COUNTY, data={"club": str(row.pk)})
    Offer.objects.update(status="draft")
    Club.objects.update(state="dissolved")
    desk = client_of(house.person("handler", COUNTY))
    page = desk.post(reverse("desk:offer", args=[event.pk]), {"verb": "publish"}, follow=True).content.decode()
    event.refresh_from_db()
    assert "已经注销" in page and event.status == "draft"


def test_an_event_that_named_its_club_by_a_text_is_linked(house: House) -> None:
    row = club(COUNTY)
    known = offer("W05", COUNTY, data={"club_name": row.name})
    unknown = offer("W05", COUNTY, data={"club_name": "没有这个社"})
    import_module("gonghui.wellbeing.migrations.0005_events_of_clubs").by_number(apps, connection.schema_editor())
    known.refresh_from_db()
    unknown.refresh_from_db()
    assert known.data["club"] == str(row.pk) and "club" not in unknown.data
