"""The desk's pages of dues and rebates: files, two people to a voucher, receipts, both sides of a rebate."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from gonghui.appeals.tests.support import House
from gonghui.dues import rebates
from gonghui.dues.models import DuesList, Exemption, Line, Posting, Rebate
from gonghui.dues.tests.conftest import house
from gonghui.dues.tests.support import COUNTY, ENTERPRISE, book, long_member, posted, sheet
from gonghui.organisations.models import Organisation
from gonghui.people.testing import staff_client

__all__ = ["house"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def enters(house: House) -> Client:
    return staff_client("treasurer-e", "treasurer", ENTERPRISE)


@pytest.fixture
def posts(house: House) -> Client:
    return staff_client("handler-e", "handler", ENTERPRISE)


def upload(client: Client, *rows: tuple[Any, ...]) -> Any:
    file = SimpleUploadedFile("dues.xlsx", sheet(*rows).read())
    url = reverse("desk:dues_list_new", args=[book().pk])
    return client.post(url, {"month": "2026-09", "way": "wages", "file": file})


def test_a_month_from_the_file_to_the_close(enters: Client, posts: Client) -> None:
    row = long_member()
    page = upload(enters, (row.number, "王小明", 4000, "", "许多"))
    assert page.status_code == 422
    assert "许多”不是金额" in page.content.decode() and not DuesList.objects.exists()
    assert upload(enters, (row.number, "王小明", 4000, "", 15)).status_code == 302
    kept = DuesList.objects.get()
    address = reverse("desk:dues_list", args=[kept.pk])
    assert "请另一位同事" in enters.get(address).content.decode()
    assert "复核入账" in posts.get(address).content.decode()
    enters.post(address, {"step": "post"})
    assert not Posting.objects.exists()
    posts.post(address, {"step": "post"})
    month = reverse("desk:dues_month", args=[book().pk, "2026-09"])
    page = enters.get(month).content.decode()
    assert "20.00" in page and "5.00" in page and Posting.objects.get().number in page
    assert "王小明" not in page
    body = enters.get(reverse("desk:dues_export", args=[book().pk, "2026-09"]))
    shown = load_workbook(io.BytesIO(body.content)).active
    assert shown is not None
    sheet_rows = list(shown.iter_rows(values_only=True))
    assert sheet_rows[1][:5] == (row.number, "王小明", 20, 15, 5)
    enters.post(month)
    assert "已结账" in enters.get(month).content.decode()
    home = enters.get(reverse("desk:dues")).content.decode()
    assert "2026-09" in home and "已结账" in home


def test_the_counter_an_exemption_and_the_receipt(enters: Client, house: House) -> None:
    row = long_member()
    posted(house, row, "20", "15")
    address = reverse("desk:dues_member", args=[row.pk])
    page = enters.post(address, {"step": "counter", "month": "2026-09", "paid": "9"})
    assert page.status_code == 422 and "还欠的 5.00 元" in page.content.decode()
    assert enters.post(address, {"step": "counter", "month": "2026-09", "paid": "5"}).status_code == 302
    assert enters.post(address, {"step": "exempt", "code": "unpaid_leave", "since": "2026-10"}).status_code == 302
    assert "停薪留职" in enters.get(address).content.decode()
    ending = {"step": "end", "exemption": str(Exemption.objects.get().pk), "until": "2026-09"}
    page = enters.post(address, ending)
    assert page.status_code == 422 and "不能早于开始" in page.content.decode()
    assert enters.post(address, {**ending, "until": "2026-11"}).status_code == 302
    assert Exemption.objects.get().until == date(2026, 11, 1)
    receipt = reverse("desk:dues_receipt", args=[Line.objects.exclude(receipt="").get().pk])
    told = enters.get(receipt).content.decode()
    assert "工会会费收据" in told and "壹拾伍元" in told and "王小明" in told
    assert enters.get(receipt, {"as": "word"})["Content-Type"].endswith("wordprocessingml.document")
    voucher = Posting.objects.get()
    enters.post(reverse("desk:dues_reverse", args=[voucher.pk]), {"note": "记错了月份"})
    assert Posting.objects.filter(reverses=voucher).exists() and enters.get(receipt).status_code == 404


def test_a_rebate_is_proposed_decided_and_seen_by_both(enters: Client, house: House) -> None:
    above = staff_client("treasurer-c", "treasurer", COUNTY)
    union = Organisation.objects.get(path=ENTERPRISE)
    own = book(COUNTY).pk
    enters.post(
        reverse("desk:rebate_account", args=[book().pk]), {"bank_name": "工商银行", "bank_account": "622202000000018"}
    )
    funds = {"about": union.name, "month": "2026-09", "wages": "500000", "value": "10000", "note": "流水 1"}
    assert above.post(reverse("desk:funds_new", args=[own]), funds).status_code == 302
    asked = {"about": union.name, "since": "2026-09", "until": "2026-09", "percent": "", "source": ""}
    page = above.post(reverse("desk:rebate_new", args=[own]), asked)
    assert page.status_code == 422 and "没有核对过原文" in page.content.decode()
    assert above.post(reverse("desk:rebate_new", args=[own]), {**asked, "source": "省分成表"}).status_code == 302
    row = Rebate.objects.get()
    address = reverse("desk:rebate", args=[row.pk])
    assert row.value == Decimal(6000) and "10,000 元 × 60%" in enters.get(address).content.decode()
    page = above.post(address, {"step": "yes"})
    assert page.status_code == 422 and "三个人" in page.content.decode()
    rebates.decide(house.person("handler", COUNTY), row.pk, True)
    page = staff_client("leader-c", "leader", COUNTY).post(address, {"step": "yes"})
    assert "资金不够" in page.content.decode()
    for client in (enters, above):
        assert row.number in client.get(reverse("desk:rebates")).content.decode()
