"""The knowledge at the desk: a change from its first word to its roll-back, by two people, and an answer kept."""

from __future__ import annotations

import re
from datetime import timedelta

from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, FAR_COUNTY, PROVINCE, House
from gonghui.desk.tests.conftest import SignedIn
from gonghui.kernel.times import today
from gonghui.knowledge import actions
from gonghui.knowledge.models import KeptAnswer, KnowledgeChange
from gonghui.law.topics.library import packaged

HOME, BEGIN = reverse("desk:knowledge"), reverse("desk:knowledge_begin")
OLD, NEW = "单位应当按时足额发工资。", "单位必须按月足额发工资。"


def page_of(change: KnowledgeChange) -> str:
    return reverse("desk:knowledge_change", args=[change.pk])


def test_a_change_is_written_proposed_approved_and_rolled_back_in_the_browser(house: House, at_desk: SignedIn) -> None:
    editor, second = at_desk("knowledge", "cn"), at_desk("knowledge", "cn", 2)
    editor.post(BEGIN, {"kind": "situation", "code": "R01"})
    change = KnowledgeChange.objects.get()
    text = packaged().packaged("R01")
    assert change.content == text and "还没有改动" in editor.get(page_of(change)).content.decode()
    written = {"content": text.replace(OLD, NEW), "reason": "照新规定", "source": "劳动法第五十条"}
    tried = editor.post(page_of(change), {**written, "do": "write"}, follow=True).content.decode()
    assert f"{OLD}" in tried.partition('id="compared"')[2] and NEW in tried.partition('id="compared"')[2]
    answer = editor.post(page_of(change), {"do": "try", "question": ""}).content.decode()
    assert "回答会变成这样" in answer and NEW in answer.partition("回答会变成这样")[2]
    editor.post(page_of(change), {**written, "do": "propose"})
    assert "等我审批" in second.get(HOME).content.decode()
    refused = editor.post(page_of(change), {"do": "approve"}, follow=True).content.decode()
    assert "另一位同事" in refused
    early = second.post(page_of(change), {"do": "approve", "valid_from": str(today() - timedelta(days=1))})
    assert early.status_code == 422 and "不能早于今天" in early.content.decode()
    second.post(page_of(change), {"do": "approve", "valid_from": str(today())})
    matter = house.receive().matter
    house.handling(matter)
    rights = reverse("desk:rights", args=[matter.pk])
    assert NEW in at_desk("handler", COUNTY).post(rights, {"topic": "R01"}).content.decode()
    assert second.post(page_of(change), {"do": "roll_back", "reason": ""}).status_code == 422
    second.post(page_of(change), {"do": "roll_back", "reason": "写错了"})
    assert OLD in at_desk("handler", COUNTY).post(rights, {"topic": "R01"}).content.decode()
    assert "写错了" in second.get(page_of(change)).content.decode()


def test_what_was_typed_stays_with_its_errors_beside_it(house: House, at_desk: SignedIn) -> None:
    editor = at_desk("knowledge", PROVINCE)
    editor.post(BEGIN, {"kind": "parameter", "key": "min_wage_month", "region": "52"})
    change = KnowledgeChange.objects.get()
    fields = {"value": "两千三", "valid_from": "2026-13-01", "status": "V", "source": "通知"}
    shown = editor.post(page_of(change), {**fields, "do": "propose"})
    text = shown.content.decode()
    assert shown.status_code == 422 and "两千三" in text and "2026-13-01" in text and 'id="id_value_error"' in text
    banded = {
        **fields,
        "value": "一档: 2380\n二档：2200",
        "valid_from": "2026-10-01",
        "reason": "新标准",
        "do": "propose",
    }
    editor.post(page_of(change), banded)
    change.refresh_from_db()
    assert change.state == "proposed" and "一档: 2380" in change.content


def test_a_wrong_situation_shows_its_lines_and_keeps_the_text(house: House, at_desk: SignedIn) -> None:
    editor = at_desk("knowledge", "cn")
    editor.post(BEGIN, {"kind": "situation", "code": "R01"})
    change = KnowledgeChange.objects.get()
    wrong = change.content.replace("劳动法 50, 工资支付", "劳动法 5000, 工资支付")
    sent = {"content": wrong, "reason": "试", "source": "试", "do": "propose"}
    shown = editor.post(page_of(change), sent)
    number = next(n for n, line in enumerate(wrong.splitlines(), start=1) if "劳动法 5000" in line)
    text = shown.content.decode()
    assert shown.status_code == 422 and f"第 {number} 行" in text and "劳动法 5000, 工资支付" in text
    change.refresh_from_db()
    assert change.content.strip() == wrong.strip() and change.state == "draft"


def test_others_do_not_reach_the_knowledge(house: House, at_desk: SignedIn) -> None:
    change = actions.begin(house.person("knowledge", "cn"), "situation", "R01", content="id: R01")
    for role in ("supervisor", "admin", "analyst"):
        client = at_desk(role, "cn")
        assert {client.get(url).status_code for url in (HOME, page_of(change), reverse("desk:knowledge_review"))} == {
            403
        }
        assert client.post(BEGIN, {"kind": "situation", "code": "R01"}).status_code == 403
    province = at_desk("knowledge", PROVINCE)
    province.post(BEGIN, {"kind": "situation", "code": "R01"})
    province.post(BEGIN, {"kind": "parameter", "key": "min_wage_month", "region": "62"})
    assert KnowledgeChange.objects.count() == 1
    assert province.post(BEGIN, {"kind": "nothing", "code": "R01"}).status_code == 404


def test_the_review_is_a_page_and_counts_at_the_desk(house: House, at_desk: SignedIn) -> None:
    editor = at_desk("knowledge", PROVINCE)
    shown = editor.get(reverse("desk:knowledge_review")).content.decode()
    assert "月最低工资标准" in shown and f"{today().year + 1} 年" in shown
    start = editor.get(reverse("desk:home")).content.decode()
    assert re.search(r'tile-count">[1-9]\d*</span> <span>知识待复核', start)


def test_a_kept_answer_is_shown_as_it_was_after_a_change(house: House, at_desk: SignedIn) -> None:
    matter = house.receive().matter
    house.handling(matter)
    handler = at_desk("handler", COUNTY)
    rights = reverse("desk:rights", args=[matter.pk])
    sent = {"topic": "R01", "employer_kind": "company", "keep": "1"}
    kept_url = handler.post(rights, sent).headers["Location"]
    handler.post(rights, sent)
    row = KeptAnswer.objects.get()
    before = handler.get(kept_url).content.decode()
    assert OLD in before and "没有变" in before and row.version in before
    editor = house.person("knowledge", "cn")
    text = packaged().packaged("R01").replace(OLD, NEW)
    change = actions.begin(editor, "situation", "R01", content=text, reason="照新规定", source="劳动法第五十条")
    actions.propose(editor, change.pk)
    actions.approve(house.person("knowledge", "cn", 2), change.pk)
    after = handler.get(kept_url).content.decode()
    assert OLD in after and NEW not in after and "照新规定" in after
    assert kept_url in handler.get(rights).content.decode()
    for role, path in (("handler", FAR_COUNTY), ("analyst", COUNTY), ("knowledge", "cn")):
        assert at_desk(role, path).get(kept_url).status_code in (403, 404)
    other = house.receive(key="other").matter
    house.handling(other)
    assert handler.get(reverse("desk:kept_answer", args=[other.pk, row.pk])).status_code == 404
