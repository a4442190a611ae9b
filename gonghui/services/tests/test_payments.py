"""A granted sum on its way: revoked, returned by the bank, sent to another card, got back; who may do what, from which
fund, and what an auditor reads of it."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import ABROAD, COUNTY, PROVINCE, House
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.flow import get_flow
from gonghui.kernel.flow.kept import keep
from gonghui.kernel.flow.schema import Flow, plain
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.times import time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions, banking, funds
from gonghui.services.models import Application, BankAnswer, Fund, Payment, PaymentBatch
from gonghui.services.tests.support import CARDS, fund, verified, worker
from gonghui.services.tests.support import study as study_form

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def desk(actor: Actor) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def decided(house: House, person: Actor) -> Matter:
    """A study grant at the province, with the notice over: for the leader to decide."""
    matter = actions.apply(person, actions.service_for("M10", "520102"), study_form(person)).matter
    verified(house, matter)
    act(matter.pk, "publish", house.person("leader", PROVINCE))
    return act(matter.pk, "end_notice", SYSTEM)


def granted(house: House, person: Actor) -> Matter:
    fund("M10", "5000.00", PROVINCE)
    return act(decided(house, person).pk, "grant", house.person("leader", PROVINCE))


def sent(house: House) -> PaymentBatch:
    payer = house.person("treasurer", PROVINCE)
    return banking.make_batches(payer, Organisation.objects.get(path=PROVINCE))[0]


def returned(house: House, matter: Matter) -> Matter:
    """The bank has sent it back."""
    payer = house.person("treasurer", PROVINCE)
    banking.reconcile(payer, sent(house), [[matter.number, "1000.00", "失败", "户名不符"]])
    matter.refresh_from_db()
    return matter


def told(matter: Matter) -> str:
    rows = OutboxMessage.objects.filter(matter=matter, topic="notice.app", account_id=matter.owner_id)
    return "\n".join(str(row.payload["text"]) for row in rows)


def own_page(person: Actor, matter: Matter) -> str:
    browser = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    return browser.get(reverse("portal:application", args=[matter.pk])).content.decode()


# 撤销发放


def test_a_grant_is_revoked_by_another_and_everything_it_held_is_free(house: House) -> None:
    person, leader, other = worker(1), house.person("leader", PROVINCE), house.person("leader", PROVINCE, 2)
    matter = granted(house, person)
    with pytest.raises(GuardRefused, match="您批准的"):
        act(matter.pk, "revoke", leader, {"text": "重复享受。"})
    matter = act(matter.pk, "revoke", other, {"text": "在外省已经领过。"})
    assert matter.state == "refused" and Payment.objects.get().status == "cancelled"
    assert Fund.objects.get().promised == 0
    with pytest.raises(GuardRefused, match="没有待发放"):
        sent(house)
    page = own_page(person, matter)
    assert "在外省已经领过" in page and "申请复核" in page and "已取消" in page
    assert "已撤销发放" in told(matter)
    again = actions.apply(person, actions.service_for("M10", "520102"), study_form(person))
    assert again.matter.state == "applied"


def test_a_revocation_that_is_overturned_is_granted_and_paid_once(house: House) -> None:
    person = worker(1)
    matter = returned(house, granted(house, person))
    act(matter.pk, "give_card", person, {"card": CARDS[1]})
    act(matter.pk, "revoke", house.person("leader", PROVINCE, 2), {"text": "查无此证。"})
    matter = act(matter.pk, "contest", person, {"contest_told": "学校已经补录。"})
    matter = act(matter.pk, "overturn", house.person("leader", matter.holder_path, 7), {"text": "学校来函证明。"})
    assert (matter.state, matter.holder_path) == ("applied", COUNTY)
    verified(house, matter)
    act(matter.pk, "publish", house.person("leader", PROVINCE))
    act(matter.pk, "end_notice", SYSTEM)
    act(matter.pk, "grant", house.person("leader", PROVINCE))
    assert Payment.objects.get().status == "promised" and Fund.objects.get().promised == Decimal(1000)
    payer, batch = house.person("treasurer", PROVINCE), sent(house)
    file = banking.file_of(payer, batch)
    assert CARDS[1] in file and CARDS[0] not in file, "the card that was put right, not that of the form"
    assert "卡号更正过" in desk(payer).get(reverse("desk:batch", args=[batch.pk])).content.decode()
    banking.reconcile(payer, batch, [[matter.number, "1000.00", "成功"]])
    row = Fund.objects.get()
    assert (row.promised, row.paid) == (0, Decimal(1000))


def test_what_is_at_the_bank_is_not_revoked_until_it_came_back(house: House) -> None:
    matter, other = granted(house, worker(1)), house.person("leader", PROVINCE, 2)
    batch = sent(house)
    with pytest.raises(GuardRefused, match="已经在送银行的文件里"):
        act(matter.pk, "revoke", other, {"text": "本人已去世。"})
    banking.reconcile(house.person("treasurer", PROVINCE), batch, [[matter.number, "1000", "失败", "销户"]])
    act(matter.pk, "revoke", other, {"text": "本人已去世。"})
    assert Payment.objects.get().status == "cancelled" and Fund.objects.get().promised == 0


def test_what_came_back_of_a_payment_is_on_record_and_never_more_than_was_paid(house: House) -> None:
    person, handler = worker(1), house.person("handler", PROVINCE)
    matter = granted(house, person)
    banking.reconcile(house.person("treasurer", PROVINCE), sent(house), [[matter.number, "1000", "成功"]])
    back = {"recovered": "600", "recovered_on": today().isoformat(), "reason_told": "虚报在岗。"}
    with pytest.raises(GuardRefused, match=r"最多 1,000\.00 元"):
        act(matter.pk, "recover", handler, {**back, "recovered": "1000.01"})
    with pytest.raises(GuardRefused, match="不晚于今天"):
        act(matter.pk, "recover", handler, {**back, "recovered_on": (today() + timedelta(days=1)).isoformat()})
    act(matter.pk, "recover", handler, back)
    act(matter.pk, "rate", person, {"stars": "5"})
    act(matter.pk, "recover", handler, {**back, "recovered": "400"})
    with pytest.raises(GuardRefused, match="全部追回"):
        act(matter.pk, "recover", handler, {**back, "recovered": "1"})
    assert sum(row.amount for row in Payment.objects.get().recoveries.all()) == Decimal(1000)
    page = desk(handler).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "600.00" in page and "虚报在岗" in page and "已登记到账" in told(matter)


# The bank returned it


def test_who_waits_and_who_handles_it_are_told_that_the_bank_returned_it(house: House) -> None:
    person, handler = worker(1), house.person("handler", PROVINCE)
    matter = granted(house, person)
    before = matter.due_at
    with time_shifted(timedelta(days=3)):
        matter = returned(house, matter)
        run_once()
    assert matter.due_at is not None and before is not None and matter.due_at > before
    page = own_page(person, matter)
    assert "正在发放" not in page and "银行退回了这一笔" in page and "户名不符" in page
    assert "被银行退回" in told(matter)
    assert OutboxMessage.objects.filter(topic="notice.app", account_id=handler.account_id, matter=matter).exists()


def test_the_owner_puts_their_own_card_right(house: House) -> None:
    person = worker(1)
    matter = returned(house, granted(house, person))
    browser = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    address = reverse("portal:application", args=[matter.pk])
    wrong = browser.post(address, {"step": "give_card", "card": "6222020000000000001"})
    assert wrong.status_code in (409, 422) and "卡号不对" in wrong.content.decode()
    assert browser.post(address, {"step": "give_card", "card": CARDS[1]}).status_code == 302
    matter.refresh_from_db()
    payment = Payment.objects.get()
    assert (matter.state, payment.status, payment.bank_card) == ("granted", "promised", CARDS[1])
    assert f"尾号{CARDS[1][-4:]}" in told(matter)
    assert CARDS[1] in banking.file_of(house.person("treasurer", PROVINCE), sent(house))


def test_no_single_member_of_staff_sends_the_money_to_another_card(house: House) -> None:
    person, handler = worker(1), house.person("handler", PROVINCE)
    matter = returned(house, granted(house, person))
    with pytest.raises(InvalidData):
        act(matter.pk, "confirm_card", handler, {"agreed": CARDS[1][-4:]})
    act(matter.pk, "correct_card", handler, {"card": CARDS[1]})
    assert Payment.objects.get().status == "failed", "nothing is sent before another person confirms it"
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "confirm_card", handler, {"agreed": CARDS[1][-4:]})
    with pytest.raises(InvalidData):
        act(matter.pk, "confirm_card", house.person("handler", PROVINCE, 2), {"agreed": "0000"})
    matter = act(matter.pk, "confirm_card", house.person("handler", PROVINCE, 2), {"agreed": CARDS[1][-4:]})
    assert matter.state == "granted" and Payment.objects.get().bank_card == CARDS[1]
    assert f"尾号{CARDS[1][-4:]}" in told(matter) and CARDS[1] not in told(matter)
    batch = sent(house)
    page = desk(house.person("treasurer", PROVINCE)).get(reverse("desk:batch", args=[batch.pk])).content.decode()
    assert "卡号更正过" in page and CARDS[1] not in page


def test_in_an_application_of_an_older_text_two_enter_the_same_card(house: House) -> None:
    matter = granted(house, worker(1))
    text = plain(get_flow(matter.kind))
    newer = ("bounced", "give_card", "confirm_card", "send_again", "revoke", "recover")
    steps = [step for step in text["transitions"] if step["name"] not in newer]
    del text["states"]["bounced"], text["clocks"]["card"]
    for step in steps:
        if step["name"] == "correct_card":
            step |= {"from": ["granted"], "effects": [{"name": "services.correct_card"}]}
            step["guards"] = [{"name": "services.payment_failed"}, {"name": "services.card_is_right"}]
    old = Flow.model_validate({**text, "transitions": steps})
    digest = keep(old)
    Matter.objects.filter(pk=matter.pk).update(flow_digest=digest)
    Application.objects.update(flow_digest=digest)
    matter = returned(house, matter)
    assert matter.state == "granted" and "被银行退回" in told(matter)
    handler = house.person("handler", PROVINCE)
    act(matter.pk, "correct_card", handler, {"card": CARDS[1]})
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "correct_card", handler, {"card": CARDS[1]})
    assert Payment.objects.get().status == "failed"
    act(matter.pk, "correct_card", house.person("handler", PROVINCE, 2), {"card": CARDS[1]})
    assert (Payment.objects.get().status, Payment.objects.get().bank_card) == ("promised", CARDS[1])


# Who pays, and what is kept of it


def test_whoever_granted_touches_neither_the_file_nor_the_answer(house: House) -> None:
    matter, leader = granted(house, worker(1)), house.person("leader", PROVINCE)
    with pytest.raises(GuardRefused, match="您批准的"):
        banking.make_batches(leader, Organisation.objects.get(path=PROVINCE))
    batch = sent(house)
    with pytest.raises(GuardRefused, match="您批准的"):
        banking.file_of(leader, batch)
    with pytest.raises(GuardRefused, match="您批准的"):
        banking.reconcile(leader, batch, [[matter.number, "1000.00", "成功"]])
    browser = desk(leader)
    answer = SimpleUploadedFile("回盘.csv", f"{matter.number},1000.00,成功\n".encode(), content_type="text/csv")
    page = browser.post(reverse("desk:batch", args=[batch.pk]), {"file": answer})
    assert page.status_code == 409 and "您批准的" in page.content.decode()
    assert browser.get(reverse("desk:batch_file", args=[batch.pk])).status_code == 302
    assert Payment.objects.get().status == "sent" and not BankAnswer.objects.exists()


def test_the_banks_answer_is_kept_with_its_hash_and_who_sent_it(house: House) -> None:
    matter = granted(house, worker(1))
    payer, batch = house.person("treasurer", PROVINCE), sent(house)
    browser, address = desk(payer), reverse("desk:batch", args=[batch.pk])
    assert browser.get(reverse("desk:grants")).status_code == 200
    wrong = f"{matter.number},1.00,成功\n".encode()
    assert browser.post(address, {"file": SimpleUploadedFile("错.csv", wrong)}).status_code == 422
    assert not BankAnswer.objects.exists()
    content = f"编号,金额,结果\n{matter.number},1000.00,成功\n".encode("gb18030")
    assert browser.post(address, {"file": SimpleUploadedFile("回盘.csv", content)}).status_code == 302
    kept = BankAnswer.objects.get()
    assert (kept.sha256, kept.by_id) == (hashlib.sha256(content).hexdigest(), payer.account_id)
    assert TrailEntry.objects.get(verb="reconcile").after["sha256"] == kept.sha256
    auditor = desk(house.person("auditor", PROVINCE))
    assert kept.sha256 in auditor.get(address).content.decode()
    opened = auditor.get(reverse("desk:bank_answer", args=[kept.pk]))
    assert b"".join(opened) == content and TrailEntry.objects.filter(verb="open_answer").exists()
    far = desk(house.person("auditor", ABROAD))
    assert far.get(reverse("desk:bank_answer", args=[kept.pk])).status_code == 404


def test_a_budget_holds_when_another_leader_has_confirmed_it(house: House) -> None:
    treasurer, leader = house.person("treasurer", COUNTY), house.person("leader", COUNTY)
    form = {"service": "A03", "source": "donation", "total": "3000", "why": "区总工会预算批复〔2026〕1号"}
    assert desk(treasurer).post(reverse("desk:fund_new"), {**form, "why": ""}).status_code == 422
    assert desk(treasurer).post(reverse("desk:fund_new"), form).status_code == 302
    row = Fund.objects.get()
    assert row.total == 0 and funds.with_room("A03", COUNTY, today().year, Decimal(1)) == []
    page = desk(leader).get(reverse("desk:grants")).content.decode()
    assert "批复〔2026〕1号" in page and "确认预算" in page
    confirm = reverse("desk:fund_confirm", args=[row.pk])
    desk(leader).post(confirm, {"total": "30000.00"})
    assert Fund.objects.get().total == 0, "another number than the one that was proposed"
    desk(leader).post(confirm, {"total": "3000.00", "below": "yes"})
    assert Fund.objects.get().total == 0, "nor for the unions below, whom nobody proposed"
    desk(leader).post(confirm, {"total": "3000.00", "below": "no"})
    assert Fund.objects.get().total == Decimal(3000)
    desk(leader).post(reverse("desk:fund", args=[row.pk]), {"total": "9000", "why": "追加"})
    with pytest.raises(GuardRefused, match="另一位领导"):
        funds.confirm(leader, Fund.objects.get(), Decimal(9000), False)
    with pytest.raises(NotAllowed):
        funds.confirm(treasurer, Fund.objects.get(), Decimal(9000), False)
    funds.confirm(house.person("leader", COUNTY, 2), Fund.objects.get(), Decimal(9000), False)
    assert Fund.objects.get().total == Decimal(9000)
    with pytest.raises(InvalidData):
        Fund.objects.update(promised=Decimal(500))
        funds.propose(treasurer, Fund.objects.get(), Decimal(499), "核减", False)


def test_what_the_unions_below_may_use_is_confirmed_as_it_was_read(house: House) -> None:
    treasurer, leader = desk(house.person("treasurer", PROVINCE)), desk(house.person("leader", PROVINCE))
    row = a_fund(PROVINCE, "union", for_below=True)
    form, confirm = reverse("desk:fund", args=[row.pk]), reverse("desk:fund_confirm", args=[row.pk])

    def read() -> dict[str, str]:
        """What the leader's page sends when its button is pressed."""
        page = leader.get(reverse("desk:grants")).content.decode()
        return dict(re.findall(r'name="(total|below)" value="([^"]*)"', page))

    treasurer.post(form, {"total": "6000", "below": "on", "why": "追加"})
    seen = read()
    assert seen == {"total": "6000.00", "below": "yes"}
    treasurer.post(form, {"total": "6000", "why": "追加，只给本级"})
    told = leader.post(confirm, seen, follow=True).content.decode()
    assert "提请的内容已经变了" in told and "下级工会不能再使用" in told
    row.refresh_from_db()
    assert (row.total, row.for_below) == (5000, True)
    leader.post(confirm, read())
    row.refresh_from_db()
    assert (row.total, row.for_below) == (6000, False)


# From which fund


def a_fund(path: str, source: str, *, for_below: bool = False) -> Fund:
    union = Organisation.objects.get(path=path)
    return Fund.objects.create(
        service="M10", organisation=union, year=today().year, source=source, total=Decimal(5000), for_below=for_below
    )


def test_where_several_sources_have_enough_one_is_chosen_and_each_has_a_file_of_its_own(house: House) -> None:
    fiscal, donation = a_fund(PROVINCE, "fiscal"), a_fund(PROVINCE, "donation")
    leader, person = house.person("leader", PROVINCE), worker(1)
    matter = decided(house, person)
    page = desk(leader).get(reverse("desk:transition", args=[matter.pk, "grant"])).content.decode()
    assert "财政专项" in page and "社会捐赠" in page and "还剩 5,000.00 元" in page
    with pytest.raises(InvalidData) as refusal:
        act(matter.pk, "grant", leader)
    assert list(refusal.value.errors) == ["fund"]
    act(matter.pk, "grant", leader, {"fund": str(donation.pk)})
    fiscal.refresh_from_db()
    donation.refresh_from_db()
    assert (fiscal.promised, donation.promised) == (0, Decimal(1000))
    Payment.objects.create(
        purpose="other", reference="X-1", fund=fiscal, holder_path=PROVINCE, amount=Decimal(5), payee="某人",
        bank_card=CARDS[1], at=matter.opened_at,
    )  # fmt: skip
    payer = house.person("treasurer", PROVINCE)
    batches = banking.make_batches(payer, Organisation.objects.get(path=PROVINCE))
    assert {(batch.fund_id, batch.count) for batch in batches} == {(fiscal.pk, 1), (donation.pk, 1)}
    files = {batch.fund_id: banking.file_of(payer, batch) for batch in batches}
    assert "社会捐赠" in files[donation.pk] and "财政专项" not in files[donation.pk]


def test_another_unions_money_is_used_only_where_it_was_allotted(house: House) -> None:
    nation = a_fund("cn", "union")
    matter, leader = decided(house, worker(1)), house.person("leader", PROVINCE)
    with pytest.raises(GuardRefused, match="资金不够"):
        act(matter.pk, "grant", leader)
    Fund.objects.filter(pk=nation.pk).update(for_below=True)
    act(matter.pk, "grant", leader)
    nation.refresh_from_db()
    assert nation.promised == Decimal(1000)


def test_a_budget_from_above_goes_on_for_the_unions_below_after_the_upgrade(house: House) -> None:
    """Used before or not: until then every budget was theirs too, and nobody had said otherwise."""
    nation = a_fund("cn", "union")
    matter = decided(house, worker(1))
    import_module("gonghui.services.migrations.0014_money_by_two").carry_over(apps, connection.schema_editor())
    act(matter.pk, "grant", house.person("leader", PROVINCE))
    nation.refresh_from_db()
    assert nation.promised == Decimal(1000)


# 审计


def test_an_auditor_reads_the_payments_of_the_unions_below_masked_by_year_and_exports_them(house: House) -> None:
    matter = granted(house, worker(1))
    batch = sent(house)
    banking.reconcile(house.person("treasurer", PROVINCE), batch, [[matter.number, "1000.00", "成功"]])
    # As if the county had granted and paid it.
    Payment.objects.update(holder_path=COUNTY)
    PaymentBatch.objects.update(organisation=Organisation.objects.get(path=COUNTY))
    for role in ("auditor", "supervisor"):
        browser = desk(house.person(role, PROVINCE))
        page = browser.get(reverse("desk:payments")).content.decode()
        assert matter.number in page and "王**" in page and "已到账" in page and "工会经费" in page
        assert "王小明" not in page and CARDS[0] not in page
        assert browser.get(reverse("desk:batch", args=[batch.pk])).status_code == 200
        assert browser.get(reverse("desk:batch_file", args=[batch.pk])).status_code in (403, 404)
        assert matter.number not in browser.get(reverse("desk:payments"), {"year": today().year - 1}).content.decode()
        assert browser.post(reverse("desk:payments"), {"reason": ""}).status_code == 422
        file = browser.post(reverse("desk:payments"), {"reason": "年度审计"}).content.decode("utf-8-sig")
        assert matter.number in file and "王**" in file and CARDS[0] not in file
    assert TrailEntry.objects.filter(verb="export_payments").count() == 2
    far = desk(house.person("auditor", ABROAD))
    assert matter.number not in far.get(reverse("desk:payments")).content.decode()
    assert far.get(reverse("desk:batch", args=[batch.pk])).status_code == 404
    county_leader = desk(house.person("leader", PROVINCE, 5))
    assert matter.number not in county_leader.get(reverse("desk:payments")).content.decode(), "no auditor"
