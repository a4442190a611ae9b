"""The intake: a worker writes, is asked only what is missing, checks, submits; nothing is lost or doubled."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.models import Appeal, AppealDraft
from gonghui.appeals.tests.support import TEXT, House
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.times import now
from gonghui.organisations.models import Region
from gonghui.people.testing import worker_client
from gonghui.portal.tests.support import begin, lodge, name_of, picture, step, token_of, walk

FULL = "我在贵阳市南明区星河建筑公司当钢筋工，是农民工，老板欠我们3个人两个月工资共86000元，请帮我们要回来。"


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return str(response.content.decode())


def test_two_sentences_become_an_appeal_with_a_number_a_code_and_articles(client: Client, house: House) -> None:
    address, _asked = walk(client)
    response = client.post(address, {"consent": "on", "files": [picture()]}, follow=True)
    shown = response.content.decode()
    appeal = Appeal.objects.get()
    assert appeal.number in shown
    assert appeal.query_code in shown
    assert "不是法律意见" in shown
    assert shown.count("<article") == 3
    assert (appeal.description, appeal.channel, appeal.phone) == (TEXT, "web", "13800138000")
    assert (appeal.work_region, appeal.consent) == ("520102", True)
    assert appeal.attachments.get().original_name == "工资条.png"
    assert Matter.objects.get().state == "registered"


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("我得了重病住院没有钱治病，家里太困难了，单位也不管，请工会帮帮我。", True),
        ("老板不发工资，今天我要从楼顶跳下去，家里太困难了，不想活了。", False),
    ],
)
def test_services_that_may_fit_are_offered_but_not_in_danger(
    client: Client, house: House, text: str, offered: bool
) -> None:
    address, _asked = walk(client, text)
    shown = client.post(address, {"consent": "on"}, follow=True).content.decode()
    assert ("困难职工帮扶" in shown) is offered


def test_only_what_the_text_leaves_open_is_asked(client: Client, house: House) -> None:
    _address, asked = walk(client, FULL)
    assert not {"place", "employer", "people"} & set(asked)
    assert "contact" in asked
    _address, asked = walk(client, "老板不发工资，一直拖着。")
    assert {"place", "employer", "people", "contact"} <= set(asked)


def test_every_question_but_the_contact_may_be_left_open(client: Client, house: House) -> None:
    appeal = lodge(client, "老板不发工资，一直拖着。", contact={"how": "anonymous"})
    assert (appeal.work_region, appeal.employer_name, appeal.worker_type) == ("", "", "")
    assert (appeal.people_count, appeal.anonymous, appeal.phone) == (1, True, "")


def test_what_was_understood_is_shown_and_can_be_corrected(client: Client, house: House) -> None:
    address, _asked = walk(client, FULL)
    token = token_of(address)
    shown = page(client, address)
    for words in ("拖欠工资", "星河建筑公司", "南明区", "3"):
        assert words in shown
    corrections = {
        "category": {"category": "0301"},
        "place": {"place": "云岩区"},
        "employer": {"employer_name": "乙公司"},
        "demand": {"demand": "补发", "demand_amount": "９０，000元"},
        "people": {"people_count": "5"},
    }
    for name, data in corrections.items():
        assert page(client, step(token, name) + "?back_to=check")
        response = client.post(step(token, name), {**data, "back_to": "check"})
        assert response["Location"] == address, response.content.decode()
    client.post(address, {"consent": "on"})
    appeal = Appeal.objects.get()
    assert (appeal.category, appeal.work_region, appeal.employer_name) == ("0301", "520103", "乙公司")
    assert (appeal.people_count, appeal.demand_amount) == (5, 90000)


def test_the_sum_in_the_text_is_offered_and_only_taken_with_the_answer(client: Client, house: House) -> None:
    token = token_of(begin(client, FULL))
    assert 'value="86000"' in page(client, step(token, "demand"))
    client.post(step(token, "demand"), {"demand_amount": "86000"})
    client.post(step(token, "contact"), {"how": "anonymous"})
    assert "86000 元" in page(client, step(token, "check"))
    client.post(step(token, "demand"), {"demand_amount": ""})
    assert "86000 元" not in page(client, step(token, "check"))


def test_a_city_alone_leads_to_its_counties_and_may_stay_a_city(client: Client, house: House) -> None:
    token = token_of(begin(client, "老板不发工资，一直拖着。"))
    response = client.post(step(token, "place"), {"place": "贵阳市"})
    shown = response.content.decode()
    assert response.status_code == 422
    assert 'value="520102"' in shown
    assert 'value="520103"' in shown
    again = client.post(step(token, "place"), {"place": "贵阳市", "asked": "贵阳市"})
    assert name_of(again["Location"]) == "employer"
    chosen = client.post(step(token, "place"), {"place": "贵阳市", "asked": "贵阳市", "work_region": "520103"})
    assert chosen.status_code == 302
    assert 'value="520103"' in page(client, step(token, "place"))


def test_a_name_that_several_places_have_is_asked_back(client: Client, house: House) -> None:
    for code, above in (("520203", "520200"), ("620103", "620100")):
        Region.objects.create(
            code=code, name="鼓楼区", level=3, parent_id=above, full_name=f"{above}鼓楼区", short_name="鼓楼"
        )
    token = token_of(begin(client, "老板不发工资，一直拖着。"))
    shown = client.post(step(token, "place"), {"place": "鼓楼区"}).content.decode()
    assert "520200鼓楼区" in shown
    assert "620100鼓楼区" in shown
    chosen = client.post(step(token, "place"), {"place": "鼓楼区", "asked": "鼓楼区", "work_region": "620103"})
    assert chosen.status_code == 302


def test_a_choice_does_not_outlive_the_place_it_was_made_for(client: Client, house: House) -> None:
    token = token_of(begin(client, "老板不发工资，一直拖着。"))
    data = {"place": "云岩区", "asked": "贵阳市", "work_region": "520102"}
    assert client.post(step(token, "place"), data).status_code == 302
    assert "云岩区" in page(client, step(token, "place"))
    assert 'value="520103"' in page(client, step(token, "place"))


def test_an_unknown_place_is_told_beside_the_field_with_what_was_typed(client: Client, house: House) -> None:
    token = token_of(begin(client, "老板不发工资，一直拖着。"))
    response = client.post(step(token, "place"), {"place": "无有之乡"})
    shown = response.content.decode()
    assert response.status_code == 422
    assert "没有找到“无有之乡”" in shown
    assert 'value="无有之乡"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="id_place_helptext id_place_error"' in shown
    assert 'id="id_place_error"' in shown


def test_going_back_shows_what_was_answered(client: Client, house: House) -> None:
    address = begin(client)
    token = token_of(address)
    client.post(step(token, "employer"), {"employer_name": "甲厂有限公司"})
    assert 'value="甲厂有限公司"' in page(client, step(token, "employer"))
    assert TEXT in page(client, step(token, "text"))
    response = client.post(step(token, "text"), {"description": TEXT + "已经投诉过。"})
    assert response.status_code == 302
    assert 'value="甲厂有限公司"' in page(client, step(token, "employer"))


def test_the_step_and_their_number_are_told(client: Client, house: House) -> None:
    address = begin(client)
    shown = page(client, address)
    assert "第 2 步，共" in shown


def test_the_first_page_offers_an_unfinished_draft(client: Client, house: House) -> None:
    assert "没写完" not in page(client, reverse("portal:home"))
    begin(client)
    assert "没写完" in page(client, reverse("portal:home"))


def test_contact_needs_a_phone_or_anonymity(client: Client, house: House) -> None:
    token = token_of(begin(client))
    for data, words in (
        ({}, "请选择一种"),
        ({"how": "phone"}, "请填写手机号码"),
        ({"how": "phone", "phone": "123"}, "电话号码不对"),
    ):
        response = client.post(step(token, "contact"), data)
        assert response.status_code == 422
        assert words in response.content.decode()
    assert client.get(step(token, "check"))["Location"] == step(token, "contact")


def test_without_consent_nothing_is_taken(client: Client, house: House) -> None:
    address, _asked = walk(client)
    response = client.post(address, {})
    assert response.status_code == 422
    assert "需要您同意" in response.content.decode()
    assert not Appeal.objects.exists()


def test_submitting_twice_makes_one_appeal(client: Client, house: House) -> None:
    address, _asked = walk(client)
    first = client.post(address, {"consent": "on"})
    second = client.post(address, {"consent": "on"})
    assert first["Location"] == second["Location"]
    assert Appeal.objects.count() == 1
    assert Matter.objects.count() == 1


def test_a_retry_after_a_lost_answer_finds_the_appeal(client: Client, house: House) -> None:
    address, _asked = walk(client)
    client.post(address, {"consent": "on"})
    # The web process died after the appeal was stored and before the draft learned of it.
    draft = AppealDraft.objects.get()
    draft.appeal, draft.content = None, json.dumps({"description": TEXT, "how": "anonymous"})
    draft.save()
    assert name_of(client.post(address, {"consent": "on"})["Location"]) == "done"
    assert Appeal.objects.count() == 1


def test_the_draft_forgets_its_words_once_submitted(client: Client, house: House) -> None:
    lodge(client)
    draft = AppealDraft.objects.get()
    assert draft.content == ""
    assert draft.appeal_id is not None


def test_an_expired_draft_says_so_and_offers_a_new_start(client: Client, house: House) -> None:
    address = begin(client)
    AppealDraft.objects.update(expires_at=now() - timedelta(minutes=1))
    shown = page(client, address, 410)
    assert "草稿已过期" in shown
    assert reverse("portal:ask") in shown
    assert page(client, step("no-such-draft", "check"), 410)


def test_what_is_typed_into_an_expired_draft_is_kept(client: Client, house: House) -> None:
    token = token_of(begin(client))
    AppealDraft.objects.update(expires_at=now() - timedelta(minutes=1))
    response = client.post(step(token, "text"), {"description": TEXT + "新写的一句。"})
    assert response.status_code == 410
    assert "新写的一句。</textarea>" in response.content.decode()


def test_danger_to_life_shows_the_phones_at_once_and_does_not_block(client: Client, house: House) -> None:
    text = "我想跳楼，活不下去了，老板不给工资。"
    address = begin(client, text)
    for number in ("tel:110", "tel:120", "tel:12356"):
        assert number in page(client, address).partition("<footer")[0]
    appeal = lodge(client, text, contact={"how": "anonymous"})
    assert Matter.objects.get().priority == 0
    assert OutboxMessage.objects.filter(topic="notice.staff").exists()
    assert appeal.alarms


def test_an_ordinary_text_shows_no_emergency(client: Client, house: House) -> None:
    assert "notice-emergency" not in page(client, begin(client))


def test_too_many_submissions_keep_what_was_written(client: Client, house: House, settings: Any) -> None:
    settings.INTAKE_RATE_LIMIT = "1/h"
    lodge(client)
    address, _asked = walk(client)
    response = client.post(address, {"consent": "on"})
    shown = response.content.decode()
    assert response.status_code == 429
    assert "您写的内容已保存" in shown
    assert TEXT in shown
    assert Appeal.objects.count() == 1
    settings.INTAKE_RATE_LIMIT = "9/h"
    assert client.post(address, {"consent": "on"}).status_code == 302
    assert Appeal.objects.count() == 2


def test_a_refused_file_stores_nothing_and_says_why(client: Client, house: House) -> None:
    address, _asked = walk(client)
    response = client.post(address, {"consent": "on", "files": [picture("x.png", b"MZ\x90\x00" * 20)]})
    assert response.status_code == 422
    assert "不能上传" in response.content.decode()
    assert not Appeal.objects.exists()
    assert client.post(address, {"consent": "on"}).status_code == 302


def test_a_signed_in_worker_finds_the_appeal_among_the_own(house: House) -> None:
    client = worker_client("13800138000")
    assert "13800138000" in page(client, step(token_of(begin(client)), "contact"))
    appeal = lodge(client)
    assert appeal.owner_id is not None
    shown = page(client, reverse("portal:my"))
    assert appeal.number in shown
    matter = Matter.objects.get()
    assert reverse("portal:case", args=[matter.pk]) in shown
    assert page(worker_client("13800138000"), reverse("portal:case", args=[matter.pk]))


def test_an_anonymous_appeal_is_not_tied_to_the_account(house: House) -> None:
    client = worker_client("13800138000")
    appeal = lodge(client, contact={"how": "anonymous", "phone": "13800138000", "reporter_name": "王小明"})
    matter = Matter.objects.get()
    assert (appeal.owner_id, matter.owner_id, appeal.phone, appeal.reporter_name) == (None, None, "", "")
    assert AppealDraft.objects.get().owner_id is None
    client.post(reverse("portal:case_act", args=[matter.pk, "add"]), {"text": "补充一句"})
    assert matter.conversation.get(kind="material").account_id is None
    assert appeal.number not in page(client, reverse("portal:my"))


@pytest.mark.parametrize("name", ["nonsense", "done"])
def test_an_unknown_step_leads_on(client: Client, house: House, name: str) -> None:
    token = token_of(begin(client))
    assert client.get(step(token, name)).status_code == 302
