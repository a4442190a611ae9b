"""讲师课酬: only for what was held, by title and hours, by three people, to the lecturer's own card."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.learning import honoraria
from gonghui.learning.erasing import forget_lecturer
from gonghui.learning.models import Teaching
from gonghui.learning.tests.support import held, session
from gonghui.people.actions import own_data
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import banking
from gonghui.services.models import Offer, Payment, PaymentBatch
from gonghui.services.tests.support import CARDS, ID_NUMBERS, fund, worker

pytestmark = pytest.mark.django_db
FORM = {"name": "罗师傅", "phone": "138 0000 0005", "title": "model", "title_proof": "省劳模证书 7 号", "hours": "2.5"}


def desk(house: House, role: str, path: str = COUNTY) -> Client:
    return sign_in(Client(), Account.objects.get(pk=house.person(role, path).account_id or 0))


def test_the_hours_are_those_of_the_session_and_a_half_day_has_its_limit(house: House) -> None:
    row = session(hours=-5)
    for hours, most in ((2, "2.5"), (3.5, "4"), (8, "8")):
        assert row.starts is not None
        starts = row.starts.replace(hour=1, minute=0)  # nine in the morning here
        day = Offer(starts=starts, ends=starts + timedelta(hours=hours))
        assert honoraria.most_hours(day) == Decimal(most)


def test_from_a_lecture_that_was_held_to_the_lecturers_card(house: House) -> None:
    row, writer = session(hours=-5), desk(house, "handler")
    address = reverse("desk:lecture_teaching", args=[row.pk])
    early = writer.post(address, FORM)
    assert (
        early.status_code == 409
        and "不到 10 人" in early.content.decode()
        and 'value="罗师傅"' in early.content.decode()
    )
    held(row)
    unknown = writer.post(address, FORM)
    assert unknown.status_code == 422 and "先用它登录一次" in unknown.content.decode()
    lecturer, other = worker(5), worker(6)
    wrong = writer.post(address, {**FORM, "hours": "3"})
    assert wrong.status_code == 422 and "最多 2.5 学时" in wrong.content.decode()
    assert writer.post(address, FORM).status_code == 302
    assert "500 元 × 2.5 学时 = 1,250 元" in writer.get(address).content.decode()
    assert desk(house, "handler", OTHER_COUNTY).get(address).status_code == 404
    assert "申领课酬" in OutboxMessage.objects.filter(topic="notice.app").latest("pk").payload["text"]

    step = reverse("portal:service_step", args=["L03", "session"])
    stranger = sign_in(Client(), Account.objects.get(pk=other.account_id or 0))
    assert stranger.post(step, {"session": str(row.pk)}).status_code == 422
    phone = sign_in(Client(), Account.objects.get(pk=lecturer.account_id or 0))
    after = phone.post(step, {"session": str(row.pk)})["Location"]
    own = {"name": "罗师傅", "id_no": ID_NUMBERS[0], "phone": "13800000005", "bank_card": CARDS[0], "promise": "on"}
    phone.post(phone.post(after, own)["Location"])
    matter = Matter.objects.get(title="讲师课酬")
    assert matter.holder_path == COUNTY, "the host pays, wherever the lecturer lives"
    mine = phone.get(reverse("portal:application", args=[matter.pk])).content.decode()
    assert "1,250 元" in mine and "个人所得税" in mine and "未核对原文" in mine
    assert writer.post(address, {**FORM, "hours": "1"}).status_code == 409, "claimed is claimed"
    assert Teaching.objects.get().hours == Decimal("2.5")

    fund("L03", "5000")
    handler, leader, second = (
        house.person("handler", COUNTY), house.person("leader", COUNTY), house.person("leader", COUNTY, 2),
    )  # fmt: skip
    page = writer.get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "省劳模证书 7 号" in page and "财行" in page
    with pytest.raises(GuardRefused, match=r"最多 1,250\.00 元"):
        act(matter.pk, "check", handler, {"amount": "1300", "note": "x"})
    act(matter.pk, "check", handler, {"amount": "1250", "note": "和签到表、课件核对一致。"})
    act(matter.pk, "review", leader, {"note": "同意"})
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "grant", leader)
    act(matter.pk, "grant", second)
    payment = Payment.objects.get()
    assert (payment.amount, payment.payee, payment.fund.service) == (Decimal(1250), "罗师傅", "L03")
    (batch,) = banking.make_batches(leader, row.organisation)
    assert CARDS[0] in banking.file_of(leader, batch) and PaymentBatch.objects.count() == 1
    answer = banking.reconcile(leader, batch, [[matter.number, "1250.00", "成功"]])
    assert answer.paid == 1
    matter.refresh_from_db()
    assert matter.state == "paid"
    account = Account.objects.get(pk=lecturer.account_id or 0)
    assert own_data(account)["taught"][0]["hours"] == Decimal("2.5")
    forget_lecturer(account)
    assert Teaching.objects.get().lecturer_name == "" and own_data(account)["taught"][0]["name"] == ""
    assert "已到账" in phone.get(reverse("portal:application", args=[matter.pk])).content.decode()
