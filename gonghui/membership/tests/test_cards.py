"""The card proves itself for a minute, without a network and without telling more than it must."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.errors import GuardRefused, NotFound
from gonghui.membership import actions, cards
from gonghui.membership.tests.support import ID_NUMBERS, a_card, member
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import sign_in

AT = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
PUBLIC = cards.private_key().public_key()


@given(st.integers(-200, 200))
def test_it_is_valid_for_a_minute_and_no_longer(seconds: int) -> None:
    token = cards.issue(a_card(), AT)
    at = AT + timedelta(seconds=seconds)
    if -cards.AHEAD <= seconds <= cards.SECONDS:
        shown = cards.verify(token, PUBLIC, at)
        assert (shown.initial, shown.union, shown.status) == ("王", "南明区总工会", "在籍")
    else:
        with pytest.raises(cards.WrongCard) as wrong:
            cards.verify(token, PUBLIC, at)
        assert wrong.value.code == ("expired" if seconds > 0 else "early")


@given(st.integers(0, 10_000), st.characters(codec="utf-8"))
def test_one_changed_letter_is_noticed(place: int, letter: str) -> None:
    token = cards.issue(a_card(), AT)
    place %= len(token)
    changed = token[:place] + letter + token[place + 1 :]
    if "".join(changed.split()) == token:
        return
    with pytest.raises(cards.WrongCard):
        cards.verify(changed, PUBLIC, AT)


@given(st.text(max_size=60))
def test_any_other_text_is_no_card(text: str) -> None:
    with pytest.raises(cards.WrongCard):
        cards.verify(text, PUBLIC, AT)


def test_a_card_of_another_key_is_forged() -> None:
    with pytest.raises(cards.WrongCard) as wrong:
        cards.verify(cards.issue(a_card(), AT), Ed25519PrivateKey.generate().public_key(), AT)
    assert wrong.value.code == "forged"


def test_the_token_tells_no_more_than_initial_union_and_status_and_never_the_same_twice() -> None:
    tokens = [cards.issue(a_card(), AT) for _time in range(2)]
    contents = []
    for token in tokens:
        content = token.split(".")[1]
        contents.append(json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))))
    assert contents[0][:4] == ["王", "南明区总工会", "active", int(AT.timestamp()) + 60]
    assert contents[0][4] != contents[1][4]
    assert "小明" not in str(contents) and ID_NUMBERS[0] not in str(contents) and "2026000000001" not in str(contents)


@pytest.mark.django_db
def test_shown_scanned_lost_found_and_frozen(house: House) -> None:
    account = Account.objects.create_worker("13900000001")
    row = member(account_id=account.pk, phone="13900000001")
    phone = sign_in(Client(), account)
    page = phone.get(reverse("portal:card"))
    assert "<svg" in page.content.decode() and "南明区总工会" in page.content.decode()
    token = page.context["token"]
    assert phone.get(reverse("portal:card")).context["token"] != token
    desk = sign_in(Client(), Account.objects.get(pk=house.person("handler", OTHER_COUNTY).account_id or 0))
    seen = desk.post(reverse("desk:card_check"), {"token": f" {token}\n"})
    text = seen.content.decode()
    assert seen.status_code == 200 and "王**" in text and "南明区总工会" in text and "有效" in text
    assert "小明" not in text and row.number not in text
    assert desk.post(reverse("desk:card_check"), {"token": "abc"}).status_code == 422

    phone.post(reverse("portal:card"), {"step": "lose"})
    assert "<svg" not in phone.get(reverse("portal:card")).content.decode().partition("<h1>")[2]
    assert "已挂失" in desk.post(reverse("desk:card_check"), {"token": token}).content.decode()
    phone.post(reverse("portal:card"), {"step": "found"})
    own = sign_in(Client(), Account.objects.get(pk=house.person("handler", COUNTY).account_id or 0))
    address = reverse("desk:member", args=[row.pk])
    assert own.post(address, {"to": "card:frozen", "reason": ""}).status_code == 422
    assert own.post(address, {"to": "card:frozen", "reason": "有人冒用"}).status_code == 302
    assert "有人冒用" in own.get(address).content.decode()
    phone.post(reverse("portal:card"), {"step": "found"})
    row.refresh_from_db()
    assert row.card == "frozen"
    with pytest.raises(GuardRefused):
        cards.issue(row)
    assert desk.get(address).status_code == 404


@pytest.mark.django_db
def test_what_the_union_registered_is_claimed_by_phone_and_number_together(house: House) -> None:
    row = member(phone="13900000001")
    mine, other = Account.objects.create_worker("13900000001"), Account.objects.create_worker("13900000002")
    stranger = sign_in(Client(), other)
    assert stranger.post(reverse("portal:card"), {"step": "claim", "id_no": ID_NUMBERS[0]}).status_code == 422
    with pytest.raises(NotFound):
        actions.claim(actor_for(mine), ID_NUMBERS[1])
    phone = sign_in(Client(), mine)
    assert "认领" in phone.get(reverse("portal:card")).content.decode()
    wrong = phone.post(reverse("portal:card"), {"step": "claim", "id_no": "123"})
    assert wrong.status_code == 422 and 'value="123"' in wrong.content.decode()
    assert phone.post(reverse("portal:card"), {"step": "claim", "id_no": ID_NUMBERS[0]}).status_code == 302
    row.refresh_from_db()
    assert row.account_id == mine.pk and "<svg" in phone.get(reverse("portal:card")).content.decode()


@pytest.mark.django_db
def test_the_register_is_read_by_its_own_union_alone(house: House) -> None:
    row = member()
    for path, found in ((COUNTY, True), (OTHER_COUNTY, False), ("cn.52.5201", False)):
        desk = sign_in(Client(), Account.objects.get(pk=house.person("handler", path).account_id or 0))
        for asked in ("", row.number, ID_NUMBERS[0], "13800000000"):
            page = desk.post(reverse("desk:members"), {"q": asked}).content.decode()
            assert (f"/members/{row.pk}/" in page) is found
    assert Client().get(reverse("desk:members")).status_code == 302


@pytest.mark.django_db
def test_an_erased_account_leaves_the_register_without_phone_and_stops_the_card(house: House) -> None:
    from gonghui.kernel.actor import SYSTEM
    from gonghui.people.actions import erase

    account = Account.objects.create_worker("13900000001")
    row = member(account_id=account.pk, phone="13900000001")
    erase(SYSTEM, account.pk)
    row.refresh_from_db()
    assert (row.account_id, row.phone, row.phone_index, row.card, row.state) == (None, "", "", "frozen", "active")
