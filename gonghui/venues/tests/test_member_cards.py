"""证件照 and 核验记录: a photo shows once the union has accepted it; each online verification is told its member."""

from __future__ import annotations

import base64
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from gonghui.appeals.actions.attachments import EICAR
from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel import tickets
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import InvalidData, NotAllowed, NotFound
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.times import time_shifted
from gonghui.membership import actions, cards, photos, tables
from gonghui.membership.models import CardPhoto, Membership
from gonghui.membership.tests.support import member
from gonghui.people.actions import erase, own_data
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.venues import card_scans
from gonghui.venues import tables as places
from gonghui.venues.models import CardScan
from gonghui.venues.tests.support import venue

pytestmark = pytest.mark.django_db


def picture(size: tuple[int, int] = (900, 700), form: str = "JPEG") -> SimpleUploadedFile:
    """A picture with a place in its metadata, as a phone takes it."""
    image = Image.effect_noise(size, 60).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = "SECRET-PLACE"
    body = io.BytesIO()
    image.save(body, form, exif=exif)
    return SimpleUploadedFile(f"me.{form.lower()}", body.getvalue(), content_type=f"image/{form.lower()}")


@pytest.fixture
def mine(house: House) -> tuple[Account, Membership, Client]:
    account = Account.objects.create_worker("13900000001")
    return account, member(account_id=account.pk, phone="13900000001"), sign_in(Client(), account)


def desk(house: House, role: str = "handler", path: str = COUNTY) -> Client:
    return sign_in(Client(), Account.objects.get(pk=house.person(role, path).account_id or 0))


def send(phone: Client, **changes: Any) -> Any:
    return phone.post(reverse("portal:card"), {"step": "photo", "photo": picture(), "consent": "on", **changes})


def test_a_photo_shows_after_the_union_accepted_it_and_never_in_the_code(house: House, mine: Any) -> None:
    account, row, phone = mine
    assert send(phone, consent="").status_code == 422 and not CardPhoto.objects.exists()
    assert send(phone, photo=SimpleUploadedFile("a.txt", b"no picture")).status_code == 422
    assert send(phone, photo=picture((200, 200))).status_code == 422
    assert send(phone).status_code == 302
    waiting = CardPhoto.objects.get()
    body = base64.b64decode(waiting.portrait)
    kept = Image.open(io.BytesIO(body))
    numbers = tables.numbers().photo
    assert kept.size == (numbers.width, numbers.height) and len(body) <= numbers.bytes_most
    assert b"SECRET-PLACE" not in body and not kept.getexif()
    assert not photos.shown(row), "not before the union has looked"

    keeper, address = desk(house), reverse("desk:member", args=[row.pk])
    assert row.number in keeper.get(reverse("desk:members")).content.decode()
    assert desk(house, path=OTHER_COUNTY).post(address, {"photo": waiting.pk, "accepted": "yes"}).status_code == 404
    assert keeper.post(address, {"photo": waiting.pk, "accepted": "no", "refusal": ""}).status_code == 422
    keeper.post(address, {"photo": waiting.pk, "accepted": "no", "refusal": "看不清脸"})
    assert "看不清脸" in phone.get(reverse("portal:card")).content.decode()
    assert CardPhoto.objects.get().portrait == "", "a refused picture is not kept"
    send(phone)
    second = CardPhoto.objects.get(state="pending")
    assert keeper.post(address, {"photo": second.pk, "accepted": "yes"}).status_code == 302
    assert keeper.post(address, {"photo": second.pk, "accepted": "yes"}).status_code == 409
    page = phone.get(reverse("portal:card"))
    second.refresh_from_db()
    assert photos.picture(second) in page.content.decode()
    assert second.portrait[:40] not in page.context["token"] and len(page.context["token"]) < cards.TOKEN_MOST
    seen = keeper.post(reverse("desk:card_check"), {"token": page.context["token"]}).content.decode()
    assert photos.picture(second) in seen and "小明" not in seen and row.number not in seen
    assert OutboxMessage.objects.filter(account_id=account.pk, topic="notice.app").count() == 2


def test_a_new_photo_waits_while_the_old_one_shows_and_the_history_stays(house: House, mine: Any) -> None:
    _account, row, phone = mine
    keeper = house.person("handler", COUNTY)
    send(phone)
    photos.decide(keeper, row.pk, CardPhoto.objects.get().pk, True)
    old = photos.shown(row)
    send(phone)
    send(phone)
    assert photos.shown(row) == old
    assert CardPhoto.objects.filter(state="pending").count() == 1, "another one takes the waiting one's place"
    photos.decide(keeper, row.pk, CardPhoto.objects.get(state="pending").pk, True)
    assert photos.shown(row) not in ("", old)
    states = list(CardPhoto.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["replaced", "replaced", "accepted"]
    assert [bool(one.portrait) for one in CardPhoto.objects.order_by("pk")] == [False, False, True]
    with pytest.raises(NotFound):
        photos.send(actor_for(Account.objects.create_worker("13900000002")), row.pk, picture(), True)
    phone.post(reverse("portal:card"), {"step": "remove_photo"})
    assert not photos.shown(row) and not CardPhoto.objects.exclude(portrait="").exists()


@pytest.mark.parametrize("goes", ["leaves", "erased"])
def test_who_leaves_or_is_erased_leaves_no_picture(house: House, mine: Any, goes: str) -> None:
    account, row, phone = mine
    send(phone)
    photos.decide(house.person("handler", COUNTY), row.pk, CardPhoto.objects.get().pk, True)
    card_scans.verify(house.person("handler", COUNTY), cards.issue(row))
    assert "data:image" in str(own_data(account))
    assert len(card_scans.seen(account.pk)) == 1
    if goes == "leaves":
        actions.set_state(SYSTEM, row.pk, "withdrawn", "本人退会")
    else:
        erase(SYSTEM, account.pk)
        assert CardScan.objects.get().account_id is None and CardScan.objects.get().result == "valid"
    assert not CardPhoto.objects.exclude(portrait="").exists()


def test_each_verification_is_kept_told_to_the_member_and_counted_at_the_place(house: House, mine: Any) -> None:
    account, row, phone = mine
    station, elsewhere = venue(), venue(name="别处驿站", path=OTHER_COUNTY)
    staff = desk(house)
    address = reverse("desk:card_check")
    token = phone.get(reverse("portal:card")).context["token"]
    with time_shifted(timedelta(minutes=2)):
        late = staff.post(address, {"token": token, "venue": station.pk})
        assert (
            late.status_code == 422 and "过期" in late.content.decode() and "南明区" not in late.context["found"].said
        )
    phone.post(reverse("portal:card"), {"step": "code"})
    code = cards.spoken(row)
    assert code is not None and code.card_code[:4] in phone.get(reverse("portal:card")).content.decode()
    # A person who tries one code after another at the counter is not told whose the right one is.
    cache.clear()
    guesser = house.person("dispatcher", COUNTY)
    for number in range(tickets.WRONG_MOST):
        assert "没有这个会员码" in card_scans.verify(guesser, f"{(int(code.card_code) + number + 1) % 10**8:08}").said
    assert "一小时后" in card_scans.verify(guesser, code.card_code).said
    CardScan.objects.filter(by_id=guesser.account_id).delete()
    good = staff.post(address, {"token": f"{code.card_code[:4]} {code.card_code[4:]}", "venue": station.pk})
    assert good.status_code == 200 and "王**" in good.content.decode() and "小明" not in good.content.decode()
    assert staff.post(address, {"token": token, "venue": elsewhere.pk}).status_code == 422, "not one's own place"
    staff.post(address, {"token": "x" + token[:-30], "venue": station.pk})
    phone.post(reverse("portal:card"), {"step": "lose"})
    staff.post(address, {"token": token, "venue": station.pk})
    phone.post(reverse("portal:card"), {"step": "found"})
    with time_shifted(timedelta(minutes=10)):
        assert "过期" in staff.post(address, {"token": code.card_code}).content.decode()
    assert sorted(CardScan.objects.values_list("result", flat=True)) == [
        "expired", "expired", "lost", "unreadable", "valid",
    ]  # fmt: skip
    own = phone.get(reverse("portal:card")).content.decode()
    assert "谁在什么时候看了" in own and "河滨驿站" in own and "已挂失" in own
    assert [one.result for one in card_scans.seen(account.pk)].count("有效") == 1
    figures = card_scans.figures(station)
    assert figures.total == 1 and figures.days[-1][1] == 1
    assert "会员证核验" in staff.get(reverse("desk:venue", args=[station.pk])).content.decode()
    with pytest.raises(NotAllowed):
        card_scans.verify(house.person("handler", COUNTY), token, elsewhere)
    with pytest.raises(NotAllowed):
        card_scans.verify(actor_for(account), token)


def test_after_the_time_of_the_table_a_verification_names_nobody(house: House, mine: Any) -> None:
    account, row, _phone = mine
    card_scans.verify(house.person("handler", COUNTY), cards.issue(row))
    assert card_scans.make_nameless() == 0
    with time_shifted(timedelta(days=places.numbers().scans.named_days + 1)):
        assert card_scans.make_nameless() == 1 and card_scans.make_nameless() == 0
    scan = CardScan.objects.get()
    assert (scan.account_id, scan.by_id, scan.result) == (None, None, "valid") and card_scans.seen(account.pk) == []


def test_a_file_with_the_test_virus_is_no_photo(mine: Any) -> None:
    account, row, _phone = mine
    file = picture()
    infected = SimpleUploadedFile("me.jpg", file.read() + EICAR, content_type="image/jpeg")
    with pytest.raises(InvalidData):
        photos.send(actor_for(account), row.pk, infected, True)
