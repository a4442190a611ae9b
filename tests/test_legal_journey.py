"""法务云 through its pages: the worker asks, the desk assigns, the lawyer answers; aid from form to outcome."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.conftest import own_files
from gonghui.appeals.tests.support import ABROAD, COUNTY, ENTERPRISE, PROVINCE
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.legal.models import Counsel, CounselShift, Interest, LegalCase, MeansLine
from gonghui.legal.tests.support import ANSWER, PNG, QUESTION, RESULT, Chambers
from gonghui.people.models import Account
from gonghui.people.testing import sign_in

__all__ = ["own_files"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def chambers(db: Any) -> Chambers:
    cache.clear()
    with as_system("builds the house"):
        return Chambers.build()


def browser(chambers: Chambers, role: str, path: str, which: int = 1) -> Client:
    actor = chambers.house.person(role, path, which)
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def workers(chambers: Chambers) -> Client:
    return sign_in(Client(), Account.objects.get(pk=chambers.worker.account_id or 0))


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def step(client: Client, matter: Matter, name: str, **data: Any) -> None:
    matter.refresh_from_db()
    response = client.post(reverse("desk:transition", args=[matter.pk, name]), {"version": matter.version, **data})
    assert response.status_code == 302, response.content.decode()[:3000]
    matter.refresh_from_db()


def key_on(page: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def ask(worker: Client, source: Matter, kind: str = "ask", **data: Any) -> Matter:
    url = reverse("portal:legal_start", args=[source.pk, kind])
    sent = {"key": key_on(text(worker.get(url))), "question": QUESTION, "share": "on", "language": "zh", **data}
    response = worker.post(url, sent)
    assert response.status_code == 302, response.content.decode()[:3000]
    # Pressed twice, it is one case.
    assert worker.post(url, sent)["Location"] == response["Location"]
    return LegalCase.objects.select_related("matter").latest("pk").matter


def test_a_worker_asks_and_a_lawyer_on_duty_answers(chambers: Chambers) -> None:
    counsel, second = chambers.counsel(1, fields=["01"]), chambers.counsel(2)
    Interest.objects.create(
        counsel=second, kind="acted_for", party_name="甲厂", party_key="甲厂", at=chambers.source.opened_at
    )
    worker, dispatcher = workers(chambers), browser(chambers, "dispatcher", COUNTY)
    assert "问律师" in text(worker.get(reverse("portal:case", args=[chambers.source.pk])))
    matter = ask(worker, chambers.source)
    page = text(worker.get(reverse("portal:legal", args=[matter.pk])))
    assert QUESTION in page
    # The handler sees that there is a case and where it stands, and no word of it.
    handler = browser(chambers, "handler", COUNTY)
    seen = text(handler.get(reverse("desk:matter", args=[chambers.source.pk])))
    assert matter.number in seen
    assert "待派" in seen
    assert QUESTION not in text(handler.get(reverse("desk:matter", args=[matter.pk])))
    # The form proposes who is on duty and says why the other may not have it.
    form = text(dispatcher.get(reverse("desk:transition", args=[matter.pk, "assign"])))
    assert re.search(rf'value="{counsel.pk}"[^>]*checked', form)
    assert "曾经代理对方单位" in form
    refused = dispatcher.post(
        reverse("desk:transition", args=[matter.pk, "assign"]), {"version": matter.version, "counsel": second.pk}
    )
    assert "不能派给" in text(refused, 422)
    step(dispatcher, matter, "assign", counsel=counsel.pk)
    lawyer = browser(chambers, "lawyer", COUNTY, 1)
    assert matter.number in text(lawyer.get(reverse("desk:legal")))
    assert QUESTION not in text(lawyer.get(reverse("desk:matter", args=[matter.pk])))
    step(lawyer, matter, "accept", no_conflict="on")
    page = text(lawyer.get(reverse("desk:matter", args=[matter.pk])))
    assert QUESTION in page
    assert "王小明" in page
    assert "《" in text(lawyer.get(reverse("desk:transition", args=[matter.pk, "answer"])))
    step(lawyer, matter, "answer", text=ANSWER, articles=["劳动合同法第三十一条"], advise_aid="on")
    page = text(worker.get(reverse("portal:legal", args=[matter.pk])))
    assert ANSWER in page
    assert "劳动合同法第三十一条" in page
    assert "律师建议您申请法律援助" in page
    act = reverse("portal:legal_act", args=[matter.pk, "rate"])
    assert text(worker.post(act, {"satisfaction": "great"}), 422)
    assert worker.post(act, {"satisfaction": "very_good"}).status_code == 302
    figures = text(browser(chambers, "supervisor", PROVINCE).get(reverse("desk:legal_figures")))
    assert "1 / 1" in figures


def test_legal_aid_from_the_workers_form_to_the_outcome(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    worker = workers(chambers)
    facts = {"matter": "wages", "migrant": "yes", "has_agent": "no", "income": "abc"}
    url = reverse("portal:legal_start", args=[chambers.source.pk, "aid"])
    text(worker.post(url, {"key": "a1", "question": QUESTION, **facts}), 422)
    matter = ask(worker, chambers.source, "aid", **{**facts, "income": "9000", "household": "1"})
    handler, leader = browser(chambers, "handler", COUNTY), browser(chambers, "leader", COUNTY)
    page = text(handler.get(reverse("desk:matter", args=[matter.pk])))
    assert "免予核查经济困难状况" in page
    assert QUESTION not in page
    step(handler, matter, "check", grant="yes", proof="on")
    step(leader, matter, "grant")
    step(browser(chambers, "dispatcher", COUNTY), matter, "assign", counsel=counsel.pk)
    lawyer = browser(chambers, "lawyer", COUNTY)
    step(lawyer, matter, "accept", no_conflict="on")
    paper = lawyer.post(
        reverse("desk:legal_papers", args=[matter.pk]), {"files": SimpleUploadedFile("裁决书.png", PNG)}
    )
    assert paper.status_code == 302
    step(lawyer, matter, "report", **RESULT)
    step(leader, matter, "finish")
    page = text(worker.get(reverse("portal:legal", args=[matter.pk])))
    assert "裁决或判决支持" in page
    found = re.search(r"/legal-papers/(\d+)/", page)
    assert found
    assert worker.get(found[0]).status_code == 200
    for stranger in (browser(chambers, "leader", COUNTY), browser(chambers, "lawyer", COUNTY, 2), Client()):
        assert stranger.get(found[0]).status_code == 404
        assert stranger.get(reverse("desk:legal_paper", args=[found[1]])).status_code in (302, 404)


def test_a_refused_worker_reads_why_and_objects(chambers: Chambers) -> None:
    worker = workers(chambers)
    facts = {"matter": "wages", "migrant": "no", "has_agent": "no", "income": "30000", "household": "1"}
    facts |= {"no_income_group": "no", "relief": "no"}
    matter = ask(worker, chambers.source, "aid", **facts)
    step(browser(chambers, "handler", COUNTY), matter, "check", grant="no", local_line="2000", text="收入较高")
    step(browser(chambers, "leader", COUNTY), matter, "refuse", text="收入较高")
    page = text(worker.get(reverse("portal:legal", args=[matter.pk])))
    for part in ("不予法律援助决定通知书", "高于经济困难标准", "您还可以", "第四十九条"):
        assert part in page
    worker.post(reverse("portal:legal_act", args=[matter.pk, "object"]), {"text": "已失业"})
    step(browser(chambers, "supervisor", PROVINCE), matter, "uphold", text="核查无误")
    assert "核查无误" in text(worker.get(reverse("portal:legal", args=[matter.pk])))


def test_staff_begin_a_case_with_the_workers_consent(chambers: Chambers) -> None:
    handler = browser(chambers, "handler", COUNTY)
    url = reverse("desk:legal_start", args=[chambers.source.pk, "ask"])
    sent = {"key": key_on(text(handler.get(url))), "question": "代职工问：年休假怎么算？"}
    assert "本人同意" in text(handler.post(url, sent), 422)
    response = handler.post(url, {**sent, "agreed": "on"})
    assert response.status_code == 302
    assert LegalCase.objects.get().by_worker is False
    for role, path in (("handler", ENTERPRISE), ("handler", ABROAD)):
        assert browser(chambers, role, path).get(url).status_code == 404


def test_the_rota_is_kept_on_its_page(chambers: Chambers) -> None:
    chambers.house.person("lawyer", COUNTY)
    keeper, url = browser(chambers, "dispatcher", COUNTY), reverse("desk:legal_rota")
    data = {"what": "counsel", "organisation": COUNTY, "kind": "volunteer", "max_open": "3", "active": "on"}
    assert "律师/调解员" in text(keeper.post(url, {**data, "username": "nobody"}), 422)
    assert keeper.post(url, {**data, "username": f"lawyer-{COUNTY}-1", "fields_": ["01"]}).status_code == 302
    counsel = Counsel.objects.get()
    assert (counsel.kind, counsel.max_open, counsel.fields) == ("volunteer", 3, ["01"])
    shift = {"what": "shift", "counsel": counsel.pk}
    assert text(keeper.post(url, {**shift, "weekday": "1", "starts": "12:00", "ends": "09:00"}), 422)
    assert keeper.post(url, {**shift, "weekday": "1", "starts": "09:00", "ends": "12:00"}).status_code == 302
    interest = {"what": "interest", "counsel": counsel.pk, "kind": "related", "party_name": "甲厂有限公司"}
    assert keeper.post(url, interest).status_code == 302
    assert "09:00–12:00" in text(keeper.get(url))
    assert browser(chambers, "dispatcher", ABROAD).post(url, shift).status_code in (403, 404, 422)
    assert keeper.post(url, {"what": "drop", "shift": CounselShift.objects.get().pk}).status_code == 302
    assert not CounselShift.objects.exists()
    assert browser(chambers, "lawyer", COUNTY).get(url).status_code == 403


def test_the_lawyer_checks_the_draft_before_anything_is_sent(chambers: Chambers) -> None:
    counsel, other = chambers.counsel(1), chambers.counsel(2)
    matter = chambers.accepted(chambers.asked("公司拖欠我三个月工资，能走吗？"), counsel)
    lawyer, url = browser(chambers, "lawyer", COUNTY), reverse("desk:legal_draft", args=[matter.pk])
    assert "请智脑起草答复" in text(lawyer.get(reverse("desk:matter", args=[matter.pk])))
    response = lawyer.post(url)
    assert response.status_code == 302
    form = text(lawyer.get(response["Location"]))
    assert "没有发出" in form
    assert "【" in form
    page = text(lawyer.get(reverse("desk:matter", args=[matter.pk])))
    assert "知识版本" in page
    assert "【" not in text(workers(chambers).get(reverse("portal:legal", args=[matter.pk])))
    assert browser(chambers, "lawyer", COUNTY, 2).post(url).status_code == 404
    assert browser(chambers, "leader", COUNTY).post(url).status_code == 404
    assert other.cases.count() == 0


def test_a_paper_is_a_draft_until_its_worker_confirms_it(chambers: Chambers) -> None:
    matter = chambers.acting(chambers.applied(), chambers.counsel())
    lawyer, worker = browser(chambers, "lawyer", COUNTY), workers(chambers)
    url = reverse("desk:legal_drafting", args=[matter.pk, "arbitration_application"])
    assert "王小明" in text(lawyer.get(url))
    assert "请写下文书内容" in text(lawyer.post(url, {"text": " "}), 422)
    assert lawyer.post(url, {"text": "劳动仲裁申请书第一版"}).status_code == 302
    page = text(worker.get(reverse("portal:legal", args=[matter.pk])))
    assert "草稿—请核对" in page
    assert "案子办到哪里" in page
    found = re.search(r"/legal-drafts/\d+/", page)
    assert found
    assert "watermark" in text(worker.get(found[0]))
    assert "请写明哪里要改" in text(worker.post(found[0], {"remark": ""}), 422)
    for stranger in (lawyer, browser(chambers, "leader", COUNTY), Client()):
        assert stranger.get(found[0]).status_code == 404
        assert stranger.post(found[0], {"right": "yes"}).status_code == 404
    assert worker.post(found[0], {"right": "yes"}).status_code == 302
    assert "watermark" not in text(worker.get(found[0]))
    assert "职工已确认" in text(lawyer.get(url))
    assert browser(chambers, "lawyer", COUNTY, 2).get(url).status_code == 404


def test_a_worker_books_a_talk_and_reads_the_time(chambers: Chambers) -> None:
    worker = workers(chambers)
    url = reverse("portal:legal_start", args=[chambers.source.pk, "book"])
    sent = {"key": key_on(text(worker.get(url))), "service": "talk", "text": "想当面问证据的事。"}
    text(worker.post(url, {**sent, "service": "checkup"}), 422)
    response = worker.post(url, sent)
    assert response.status_code == 302
    assert worker.post(url, sent)["Location"] == response["Location"]
    matter = Matter.objects.get(kind="legal.booking")
    assert "正在安排时间" in text(worker.get(response["Location"]))
    handler = browser(chambers, "handler", COUNTY)
    assert "想当面问证据的事" in text(handler.get(reverse("desk:matter", args=[matter.pk])))
    assert "想当面问证据的事" not in text(
        browser(chambers, "supervisor", PROVINCE).get(reverse("desk:matter", args=[matter.pk]))
    )
    step(handler, matter, "confirm", at="2099-01-05T10:00", mode="site", place="二楼调解室")
    assert "二楼调解室" in text(worker.get(response["Location"]))
    assert "预约：和律师面谈或视频" in text(worker.get(reverse("portal:my")))
    assert worker.post(reverse("portal:legal_act", args=[matter.pk, "cancel"])).status_code == 302
    matter.refresh_from_db()
    assert matter.state == "cancelled"
    for stranger in (browser(chambers, "leader", ENTERPRISE), browser(chambers, "handler", ABROAD), Client()):
        assert stranger.get(response["Location"]).status_code == 404


def test_an_enterprises_union_books_a_lesson_at_the_desk(chambers: Chambers) -> None:
    cadre, url = browser(chambers, "handler", ENTERPRISE), reverse("desk:legal_book")
    assert "预约法律服务" in text(cadre.get(reverse("desk:legal")))
    sent = {"key": key_on(text(cadre.get(url))), "organisation": ENTERPRISE, "service": "lesson", "text": "工伤的课"}
    text(cadre.post(url, sent), 422)
    assert cadre.post(url, {**sent, "name": "老李", "phone": "0851-1"}).status_code == 302
    assert "工伤的课" in text(
        browser(chambers, "handler", COUNTY).get(
            reverse("desk:matter", args=[Matter.objects.get(kind="legal.booking").pk])
        )
    )


def test_the_line_is_entered_by_the_province_and_seen_by_all_who_keep_the_rota(chambers: Chambers) -> None:
    url = reverse("desk:legal_lines")
    supervisor = browser(chambers, "supervisor", PROVINCE)
    assert "还没有录入标准" in text(supervisor.get(url))
    sent = {"what": "set", "region": "52", "monthly": "1500", "valid_from": "2026-01-01", "source": "省文件 1 号"}
    assert "文件名称" in text(supervisor.post(url, {**sent, "source": ""}), 422)
    assert supervisor.post(url, sent).status_code == 302
    page = text(browser(chambers, "dispatcher", COUNTY).get(url))
    assert "仅供参考" in page
    assert "录入标准" not in page
    line = MeansLine.objects.get()
    for stranger in (browser(chambers, "supervisor", ABROAD), browser(chambers, "dispatcher", COUNTY)):
        assert stranger.post(url, {"what": "drop", "line": line.pk}).status_code == 404
    assert text(browser(chambers, "supervisor", ABROAD).post(url, sent), 422)
    assert browser(chambers, "lawyer", COUNTY).get(url).status_code == 403
    assert supervisor.post(url, {"what": "drop", "line": line.pk}).status_code == 302
    assert not MeansLine.objects.exists()


def test_a_foreign_browser_finds_nothing(chambers: Chambers) -> None:
    matter = ask(workers(chambers), chambers.source)
    for role, path, which in (
        ("lawyer", COUNTY, 5),
        ("leader", ENTERPRISE, 1),
        ("handler", ABROAD, 1),
    ):
        client = browser(chambers, role, path, which)
        assert client.get(reverse("desk:matter", args=[matter.pk])).status_code == 404
        assert client.get(reverse("desk:transition", args=[matter.pk, "assign"])).status_code == 404
        assert client.get(reverse("portal:legal", args=[matter.pk])).status_code == 404
    assert Client().get(reverse("portal:legal", args=[matter.pk])).status_code == 404
