"""我的会费: a member sees their own months and receipts, in plain words, and nobody else's."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import House
from gonghui.dues.models import Line
from gonghui.dues.tests.conftest import house
from gonghui.dues.tests.support import NEXT, long_member, posted
from gonghui.people.models import Account
from gonghui.people.testing import sign_in

__all__ = ["house"]
pytestmark = pytest.mark.django_db


def test_a_member_reads_their_own_dues_and_takes_the_receipt(house: House) -> None:
    account = Account.objects.create_worker("13900000001")
    row = long_member(account_id=account.pk)
    posted(house, row, "20", "20")
    posted(house, row, "20", "15", NEXT)
    own = sign_in(Client(), account)
    assert reverse("portal:dues") in own.get(reverse("portal:my")).content.decode()
    page = own.get(reverse("portal:dues")).content.decode()
    assert "2026 年 9 月" in page and "还有 5.00 元没有缴" in page and "甲厂工会" in page
    receipt = reverse("portal:dues_receipt", args=[Line.objects.filter(month=NEXT).exclude(receipt="").get().pk])
    assert receipt in page and "壹拾伍元" in own.get(receipt).content.decode()
    assert own.get(receipt, {"as": "word"})["Content-Type"].endswith("wordprocessingml.document")
    other = sign_in(Client(), Account.objects.create_worker("13900000002"))
    assert other.get(receipt).status_code == 404
    assert "还没有会籍" in other.get(reverse("portal:dues")).content.decode()
    assert Client().get(receipt).status_code == 404


def test_who_need_not_pay_is_told_so(house: House) -> None:
    account = Account.objects.create_worker("13900000001")
    row = long_member(account_id=account.pk)
    row.state = "retired"
    row.save(update_fields=["state"])
    page = sign_in(Client(), account).get(reverse("portal:dues")).content.decode()
    assert "不用缴会费" in page and "退休会员" in page
