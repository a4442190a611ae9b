"""Following a case: by code or account, never somebody else's; every verb of the worker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals import actions
from gonghui.appeals.models import Appeal
from gonghui.appeals.tests.support import COUNTY, House, order_of, run_outbox
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.times import time_shifted
from gonghui.people.testing import staff_client, worker_client
from gonghui.portal.tests.support import lodge, picture, png

TRACK = "portal:track"


@pytest.fixture
def matter(client: Client, house: House) -> Matter:
    """A case just lodged by `client`, with one file."""
    appeal = lodge(client, files=(picture(),))
    return appeal.orders.get().matter


def shown(client: Client, matter: Matter) -> str:
    response = client.get(reverse("portal:case", args=[matter.pk]))
    assert response.status_code == 200
    return str(response.content.decode())


def act(client: Client, matter: Matter, verb: str, **data: Any) -> Any:
    return client.post(reverse("portal:case_act", args=[matter.pk, verb]), data)


def test_the_code_opens_the_case_in_any_spelling(matter: Matter) -> None:
    code = Appeal.objects.get().query_code
    for spelling in (code, code.lower(), f" {code[:4]} {code[4:]} "):
        visitor = Client()
        response = visitor.post(reverse(TRACK), {"code": spelling})
        assert response["Location"] == reverse("portal:case", args=[matter.pk])
        assert "已收到" in shown(visitor, matter)


@pytest.mark.parametrize("code", ["AAAAAAAA", "x", "0" * 40, "<script>", "' OR 1=1"])
def test_wrong_and_unknown_codes_are_answered_alike(matter: Matter, code: str) -> None:
    response = Client().post(reverse(TRACK), {"code": code})
    assert response.status_code == 422
    assert "没有找到这个查询码" in response.content.decode()


def test_an_empty_code_is_asked_for(house: House) -> None:
    response = Client().post(reverse(TRACK), {"code": ""})
    assert response.status_code == 422
    assert "请填写查询码" in response.content.decode()


def test_guessing_codes_is_stopped(house: House) -> None:
    visitor = Client()
    answers = [visitor.post(reverse(TRACK), {"code": "AAAAAAAA"}).status_code for _try in range(31)]
    assert answers == [422] * 30 + [429]


def test_other_peoples_cases_and_files_are_not_there(matter: Matter) -> None:
    attachment = Appeal.objects.get().attachments.get()
    strangers = [Client(), worker_client("13900139000"), staff_client("far", "handler", "cn.62")]
    for stranger in strangers:
        assert stranger.get(reverse("portal:case", args=[matter.pk])).status_code == 404
        assert stranger.get(reverse("portal:attachment", args=[attachment.pk])).status_code == 404
        for verb in ("add", "answer", "speed_up", "rate", "withdraw", "dispute", "review"):
            assert act(stranger, matter, verb, text="我来看看").status_code == 404
    assert Matter.objects.get().state == "registered"
    assert Client().get(reverse("portal:case", args=[matter.pk + 1])).status_code == 404


def test_a_code_opens_one_case_only(matter: Matter, house: House) -> None:
    other = Client()
    second = lodge(other).orders.get().matter
    visitor = Client()
    visitor.post(reverse(TRACK), {"code": Appeal.objects.get(orders__matter=matter).query_code})
    assert visitor.get(reverse("portal:case", args=[second.pk])).status_code == 404


def test_a_file_comes_as_a_download_that_no_browser_runs(client: Client, matter: Matter) -> None:
    response = client.get(reverse("portal:attachment", args=[Appeal.objects.get().attachments.get().pk]))
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


def test_material_is_added_and_the_staff_are_told(client: Client, matter: Matter) -> None:
    assert (
        act(client, matter, "add", text="补充一句话", files=[picture("考勤表.png", png(shade=200))]).status_code == 302
    )
    page = shown(client, matter)
    assert "补充一句话" in page
    assert "考勤表.png" in page
    assert OutboxMessage.objects.filter(topic="notice.staff").exists()
    assert TrailEntry.objects.filter(matter=matter, verb="material").exists()


def test_an_empty_addition_is_told_beside_its_form(client: Client, matter: Matter) -> None:
    response = act(client, matter, "add", text="")
    assert response.status_code == 422
    assert "请写下内容" in response.content.decode()


def test_too_long_an_addition_keeps_what_was_typed(client: Client, matter: Matter) -> None:
    response = act(client, matter, "add", text="长" * 2001)
    assert response.status_code == 422
    assert "长" * 2001 in response.content.decode()


def test_the_page_of_a_refusal_reloads_as_the_case(client: Client, matter: Matter) -> None:
    response = client.get(reverse("portal:case_act", args=[matter.pk, "add"]))
    assert response["Location"] == reverse("portal:case", args=[matter.pk])


def test_a_question_is_answered_once(client: Client, matter: Matter, house: House) -> None:
    matter = house.handling(matter)
    question = actions.ask_worker(house.person("handler", COUNTY), matter, "请问工资怎么发的？")
    assert "请问工资怎么发的？" in shown(client, matter)
    assert act(client, matter, "answer", question=question.pk, text="").status_code == 422
    assert act(client, matter, "answer", question="x", text="微信").status_code == 422
    assert act(client, matter, "answer", question=question.pk, text="微信转账").status_code == 302
    assert "微信转账" in shown(client, matter)
    assert act(client, matter, "answer", question=question.pk, text="再答一次").status_code == 409


def test_internal_notes_are_not_shown(client: Client, matter: Matter, house: House) -> None:
    matter = house.handling(matter)
    actions.note(house.person("handler", COUNTY), matter, "内部备注不给职工看")
    assert "内部备注" not in shown(client, matter)


def test_speed_up_is_asked_once_in_some_days(client: Client, matter: Matter) -> None:
    assert act(client, matter, "speed_up").status_code == 302
    assert act(client, matter, "speed_up").status_code == 409
    with time_shifted(timedelta(days=30)):
        again = Client()
        again.post(reverse(TRACK), {"code": Appeal.objects.get().query_code})
        assert act(again, matter, "speed_up").status_code == 302


def test_withdrawing_ends_the_case_and_its_verbs(client: Client, matter: Matter) -> None:
    assert act(client, matter, "withdraw", text="已经解决").status_code == 302
    assert Matter.objects.get().state == "withdrawn"
    assert "确认撤回" not in shown(client, matter)
    assert act(client, matter, "withdraw", text="再来").status_code == 409


def test_the_result_is_rated_with_every_question_of_the_handbook(client: Client, matter: Matter, house: House) -> None:
    matter = house.in_callback(matter)
    page = shown(client, matter)
    assert "单位已经补发工资" in page
    for name in ("contacted", "resolution", "satisfaction", "attitude"):
        assert f'name="{name}"' in page
    missing = act(client, matter, "rate", contacted="yes", resolution="solved")
    assert missing.status_code == 422
    assert 'value="solved" checked' in missing.content.decode()
    assert 'id="satisfaction-error"' in missing.content.decode()
    assert 'id="resolution-error"' not in missing.content.decode()
    answers = {"contacted": "yes", "resolution": "solved", "satisfaction": "good", "attitude": "good"}
    assert act(client, matter, "rate", **answers).status_code == 302
    assert order_of(matter).callbacks.filter(by_worker=True).count() == 1


def test_a_closed_case_can_be_disputed(client: Client, matter: Matter, house: House) -> None:
    matter = house.closed(matter)
    assert "提出异议" in shown(client, matter)
    assert act(client, matter, "dispute", text="").status_code == 422
    assert act(client, matter, "dispute", text="钱只发了一半").status_code == 302


def test_the_page_names_who_handles_it_and_until_when(client: Client, matter: Matter, house: House) -> None:
    matter = house.handling(matter)
    page = shown(client, matter)
    assert "南明区总工会" in page
    assert "tel:0851-12351" in page
    assert "<time datetime=" in page


def test_an_unknown_verb_is_not_there(client: Client, matter: Matter) -> None:
    assert act(client, matter, "delete").status_code == 404


def test_the_own_list_is_for_workers_and_has_an_empty_state(house: House) -> None:
    assert Client().get(reverse("portal:my"))["Location"].startswith(reverse("people:worker_sign_in"))
    page = worker_client("13900139000").get(reverse("portal:my")).content.decode()
    assert "还没有登录后办过的事" in page


def test_notices_reach_the_workers_list(house: House) -> None:
    client = worker_client("13800138000")
    lodge(client)
    run_outbox()
    assert "条未读消息" in client.get(reverse("portal:my")).content.decode()
    assert "已登记" in client.get(reverse("portal:messages")).content.decode()
    assert "条未读消息" not in client.get(reverse("portal:my")).content.decode()
