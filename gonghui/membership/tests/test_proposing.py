"""What takes two people: a phone that locks a member out is corrected, a membership is ended and restored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.adapters import ADAPTERS
from gonghui.kernel.errors import GuardRefused, NotFound
from gonghui.kernel.models import OutboxMessage, TrailEntry
from gonghui.kernel.times import time_shifted
from gonghui.kernel.worker import run_once
from gonghui.membership import actions, proposing
from gonghui.membership.models import Membership, MembershipProposal
from gonghui.membership.tests.support import ID_NUMBERS, end, member
from gonghui.people.actions.erasure import erase
from gonghui.people.actors import actor_for
from gonghui.people.models import Account, Person
from gonghui.people.testing import sign_in

pytestmark = pytest.mark.django_db
PHONE, NEW = "13900000001", "13900000002"


def desk(house: House, role: str, path: str = COUNTY) -> Client:
    return sign_in(Client(), Account.objects.get(pk=house.person(role, path).account_id or 0))


def notices(account: Account) -> list[str]:
    return [
        one.payload["text"]
        for one in OutboxMessage.objects.filter(topic="notice.app", account_id=account.pk).order_by("pk")
    ]


@pytest.mark.parametrize("registered", ["", "13700000000"])
def test_a_member_registered_without_the_right_phone_claims_after_two_people_corrected_it(
    house: House, registered: str
) -> None:
    row = member(phone=registered)
    account = Account.objects.create_worker(NEW)
    phone = sign_in(Client(), account)
    told = phone.post(reverse("portal:card"), {"step": "claim", "id_no": ID_NUMBERS[0]})
    assert told.status_code == 422 and "请您的工会更正" in told.content.decode()

    first, second, address = desk(house, "handler"), desk(house, "leader"), reverse("desk:member", args=[row.pk])
    assert "更正手机号" in first.get(address).content.decode()
    asked = {"what": "phone", "correct-phone": "123", "correct-reason": "看了身份证"}
    assert first.post(address, asked).status_code == 422
    assert first.post(address, {**asked, "correct-phone": NEW, "correct-reason": ""}).status_code == 422
    assert first.post(address, {**asked, "correct-phone": NEW}).status_code == 302
    waiting = MembershipProposal.objects.get()
    # Whoever proposed it cannot confirm it, and nothing has changed yet.
    assert 'value="yes"' not in first.get(address).content.decode()
    refused = first.post(address, {"proposal": waiting.pk, "agreed": "yes"}, follow=True)
    assert "另一位同事" in refused.content.decode()
    with pytest.raises(NotFound):
        actions.claim(actor_for(account), ID_NUMBERS[0])

    assert f"/members/{row.pk}/#proposal" in second.get(reverse("desk:members")).content.decode()
    assert NEW in second.get(address).content.decode()
    second.post(address, {"proposal": waiting.pk, "agreed": "yes"})
    assert phone.post(reverse("portal:card"), {"step": "claim", "id_no": ID_NUMBERS[0]}).status_code == 302
    row.refresh_from_db()
    assert row.account_id == account.pk
    page = first.get(address).content.decode()
    assert "看了身份证" in page and "提出更正" not in page
    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.phone) == ("confirmed", "")
    verbs = set(TrailEntry.objects.filter(stream=f"membership:{row.pk}").values_list("verb", flat=True))
    assert {"propose_change", "decide_change", "correct_phone"} <= verbs
    assert NEW not in str(list(TrailEntry.objects.values_list("after", flat=True)))
    with pytest.raises(GuardRefused, match="已由本人认领"):
        proposing.propose_phone(house.person("handler", COUNTY), row.pk, "13900000009", "又换了")


def test_who_had_the_account_erased_comes_back_with_another_phone_and_a_card_that_holds(house: House) -> None:
    row = member(phone=PHONE)
    old = Account.objects.create_worker(PHONE)
    actions.claim(actor_for(old), ID_NUMBERS[0])
    erase(house.person("handler", COUNTY), old.pk)
    proposed = proposing.propose_phone(house.person("handler", COUNTY), row.pk, NEW, "本人到场")
    proposing.decide(house.person("leader", COUNTY), row.pk, proposed.pk, True)
    again = Account.objects.create_worker(NEW)
    actions.claim(actor_for(again), ID_NUMBERS[0])
    row.refresh_from_db()
    assert (row.account_id, row.card) == (again.pk, "active")


def test_a_card_that_staff_froze_stays_frozen_through_a_claim(house: House) -> None:
    row = member(phone=PHONE)
    actions.set_card(house.person("handler", COUNTY), row.pk, "frozen", "有人冒用")
    actions.claim(actor_for(Account.objects.create_worker(PHONE)), ID_NUMBERS[0])
    row.refresh_from_db()
    assert row.card == "frozen"


def test_a_proposal_lapses_when_the_member_claims_and_another_union_sees_none(house: House) -> None:
    row = member(phone=PHONE)
    proposed = proposing.propose_phone(house.person("handler", COUNTY), row.pk, NEW, "听说换了号")
    stranger = house.person("leader", OTHER_COUNTY)
    assert not proposing.waiting(stranger)
    with pytest.raises(NotFound):
        proposing.decide(stranger, row.pk, proposed.pk, True)
    actions.claim(actor_for(Account.objects.create_worker(PHONE)), ID_NUMBERS[0])
    with pytest.raises(NotFound):
        proposing.decide(house.person("leader", COUNTY), row.pk, proposed.pk, True)
    proposed.refresh_from_db()
    row.refresh_from_db()
    assert (proposed.outcome, proposed.phone, row.phone) == ("lapsed", "", PHONE)


@pytest.mark.parametrize("state", ["expelled", "withdrawn", "deceased"])
def test_one_clerk_ends_no_membership_and_two_tell_the_member(house: House, state: str) -> None:
    row, account = member(phone=PHONE), Account.objects.create_worker(PHONE)
    actions.claim(actor_for(account), ID_NUMBERS[0])
    handler = house.person("handler", COUNTY)
    with pytest.raises(GuardRefused, match="另一人确认"):
        actions.set_state(handler, row.pk, state, "违反章程")
    first, address = desk(house, "handler"), reverse("desk:member", args=[row.pk])
    assert first.post(address, {"to": f"state:{state}", "reason": "违反章程"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "active" and not notices(account)
    waiting = MembershipProposal.objects.get()
    with pytest.raises(GuardRefused):
        proposing.decide(handler, row.pk, waiting.pk, True)
    desk(house, "leader").post(address, {"proposal": waiting.pk, "agreed": "yes"})
    row.refresh_from_db()
    assert row.state == state
    assert any("违反章程" in text and "15天内" in text for text in notices(account))


def test_what_was_ended_wrongly_is_restored_by_two_within_the_days(house: House) -> None:
    row, account = member(phone=PHONE), Account.objects.create_worker(PHONE)
    actions.claim(actor_for(account), ID_NUMBERS[0])
    actions.set_state(house.person("handler", COUNTY), row.pk, "retired", "到龄")
    end(house, row, "expelled", "弄错了人")
    assert not Person.objects.filter(account=account, member_no=row.number).exists()
    first, address = desk(house, "handler"), reverse("desk:member", args=[row.pk])
    assert "恢复会籍" in first.get(address).content.decode()
    assert first.post(address, {"what": "restore", "restore-reason": "查错了"}).status_code == 302
    desk(house, "leader").post(address, {"proposal": proposing.of(row).pk, "agreed": "yes"})  # type: ignore[union-attr]
    row.refresh_from_db()
    assert row.state == "retired"
    assert Person.objects.get(account=account).member_no == row.number
    assert "退休会员" in notices(account)[-1] and "查错了" in notices(account)[-1]

    end(house, row, "expelled", "再次")
    with time_shifted(timedelta(days=16)):
        assert "提出恢复" not in first.get(address).content.decode()
        with pytest.raises(GuardRefused, match="不能恢复"):
            proposing.propose_restore(house.person("handler", COUNTY), row.pk, "太晚")


def test_who_joined_anew_meanwhile_is_not_a_member_twice(house: House) -> None:
    row = member()
    end(house, row, "expelled")
    member()
    proposed = proposing.propose_restore(house.person("handler", COUNTY), row.pk, "查错了")
    with pytest.raises(GuardRefused, match="只有一个会籍"):
        proposing.decide(house.person("leader", COUNTY), row.pk, proposed.pk, True)
    assert Membership.objects.filter(state="active").count() == 1


def test_who_left_of_their_own_will_is_not_restored_by_the_union(house: House) -> None:
    row = member()
    proposed = proposing.propose_end(house.person("handler", COUNTY), row.pk, "withdrawn", "提错了")
    proposing.decide(house.person("handler", COUNTY), row.pk, proposed.pk, False)
    proposed.refresh_from_db()
    row.refresh_from_db()
    assert (proposed.outcome, row.state) == ("taken_back", "active")
    with pytest.raises(GuardRefused, match="不能恢复"):
        proposing.propose_restore(house.person("handler", COUNTY), row.pk, "没有终止")


def test_the_member_is_told_of_a_frozen_card_and_of_any_state_and_the_register_phone_of_an_end(
    house: House, monkeypatch: Any, settings: Any
) -> None:
    sent: list[tuple[str, str]] = []
    monkeypatch.setitem(ADAPTERS, "list", lambda channel, to, text, key, subject: sent.append((to, text)))
    settings.OUTBOX_ADAPTERS = {"sms": "list"}
    handler = house.person("handler", COUNTY)
    claimed, account = member(phone=PHONE), Account.objects.create_worker(PHONE)
    actions.claim(actor_for(account), ID_NUMBERS[0])
    actions.set_card(handler, claimed.pk, "frozen", "有人冒用")
    actions.set_state(handler, claimed.pk, "dormant", "失业")
    told = notices(account)
    assert len(told) == 2 and "已冻结" in told[0] and "有人冒用" in told[0] and "保留会籍" in told[1]
    unclaimed = member(number=1, phone=NEW)
    end(house, unclaimed, "expelled")
    run_once()
    [(to, text)] = sent
    assert to == NEW and len(text) <= 70 and "15天" in text
