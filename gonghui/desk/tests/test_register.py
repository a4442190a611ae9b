"""登记 at the desk: quick, never doubled, never lost, and the caller's earlier cases beside it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.models import Appeal, AppealDraft
from gonghui.appeals.tests.support import FAR_COUNTY, PROVINCE, TEXT, House
from gonghui.desk.tests.conftest import SignedIn

URL = "/desk/register/"


def filled(client: Client, **change: Any) -> dict[str, Any]:
    page = client.get(URL).content.decode()
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once is not None
    data = {
        "channel": "phone",
        "phone": "13911112222",
        "reporter_name": "王小明",
        "description": TEXT,
        "place": "南明区",
        "employer_name": "甲厂有限公司",
        "people_count": "3",
        "demand_amount": "15,000",
        "consent": "on",
        "once": once.group(1),
    }
    return {**data, **change}


def test_a_call_becomes_an_appeal_and_the_code_is_shown_to_read_out(house: House, at_desk: SignedIn) -> None:
    client = at_desk("agent", PROVINCE)
    response = client.post(URL, filled(client), follow=True)
    appeal = Appeal.objects.get()
    assert (appeal.channel, appeal.phone, appeal.work_region, appeal.people_count) == (
        "phone",
        "13911112222",
        "520102",
        3,
    )
    assert appeal.received_by_id == house.person("agent", PROVINCE).account_id
    page = response.content.decode()
    assert appeal.number in page
    assert appeal.query_code in page
    other = at_desk("dispatcher", PROVINCE).get(response.request["PATH_INFO"]).content.decode()
    assert appeal.query_code not in other


def test_sent_twice_it_is_one_appeal(house: House, at_desk: SignedIn) -> None:
    client = at_desk("agent", PROVINCE)
    data = filled(client)
    first, second = client.post(URL, data), client.post(URL, data)
    assert first["Location"] == second["Location"]
    assert Appeal.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"description": ""}, "description"),
        ({"description": "😀😀"}, "description"),
        ({"phone": "12345"}, "phone"),
        ({"id_no": "520102199003071234"}, "id_no"),
        ({"place": "不存在的地方"}, "place"),
        ({"incident_date": "2999-01-01"}, "incident_date"),
        ({"people_count": "许多"}, "people_count"),
        ({"demand_amount": "很多钱"}, "demand_amount"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(
    change: dict[str, str], field: str, house: House, at_desk: SignedIn
) -> None:
    client = at_desk("agent", PROVINCE)
    response = client.post(URL, filled(client, **change))
    page = response.content.decode()
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in page
    assert "王小明" in page
    assert Appeal.objects.count() == 0


def test_a_visitor_without_a_phone_keeps_the_name_and_one_without_anything_is_anonymous(
    house: House, at_desk: SignedIn
) -> None:
    client = at_desk("agent", PROVINCE)
    client.post(URL, filled(client, phone="", channel="visit"))
    client.post(URL, filled(client, phone="", reporter_name="", channel="visit"))
    named, nobody = Appeal.objects.order_by("pk")
    assert (named.anonymous, named.reporter_name) == (False, "王小明")
    assert nobody.anonymous


def test_the_callers_earlier_cases_are_found_by_phone(house: House, at_desk: SignedIn) -> None:
    house.receive(phone="13911112222", title="上个月的那一件")
    client = at_desk("agent", PROVINCE)
    url = reverse("desk:history")
    found = client.post(url, {"phone": "139 1111 2222"}).content.decode()
    assert "上个月的那一件" in found
    assert "13911112222" not in found
    assert "上个月的那一件" not in client.post(url, {"phone": "13911113333"}).content.decode()
    assert "上个月的那一件" not in at_desk("agent", FAR_COUNTY).post(url, {"phone": "13911112222"}).content.decode()
    typed = client.post(URL, filled(client, step="lookup", reporter_name="还没写完")).content.decode()
    assert "上个月的那一件" in typed
    assert "还没写完" in typed
    assert Appeal.objects.count() == 1


def test_what_is_typed_is_kept_as_a_draft_and_taken_up_again(house: House, at_desk: SignedIn) -> None:
    client = at_desk("agent", PROVINCE)
    data = filled(client, description="说到一半", tried=["negotiation"])
    answer = client.post(reverse("desk:autosave"), data).content.decode()
    token = re.search(r'value="([^"]+)"', answer)
    assert token is not None
    client.post(reverse("desk:autosave"), {**data, "draft": token.group(1), "description": "说到一半，又说了些"})
    assert AppealDraft.objects.count() == 1
    assert "说到一半，又说了些" in client.get(URL).content.decode()
    page = client.get(URL, {"draft": token.group(1)}).content.decode()
    assert "说到一半，又说了些" in page
    assert 'value="negotiation" id="id_tried_0" checked' in page or "checked" in page
    assert at_desk("agent", PROVINCE, 2).get(URL, {"draft": token.group(1)}).status_code == 404
    client.post(URL, filled(client, draft=token.group(1)))
    assert AppealDraft.objects.get().content == ""
    assert "说到一半" not in client.get(URL).content.decode()


def test_a_draft_is_saved_without_javascript(house: House, at_desk: SignedIn) -> None:
    client = at_desk("agent", PROVINCE)
    response = client.post(URL, filled(client, step="save", description="先存着"), follow=True)
    assert "先存着" in response.content.decode()
    assert Appeal.objects.count() == 0


def test_the_reading_proposes_and_says_what_was_not_said(house: House, at_desk: SignedIn) -> None:
    client = at_desk("agent", PROVINCE)
    page = client.post(reverse("desk:suggest"), {"description": TEXT}).content.decode()
    assert "0101" in page
    assert "还没有说到" in page
    alarm = client.post(reverse("desk:suggest"), {"description": "老板不发工资，我现在站在楼顶，不想活了"})
    assert 'role="alert"' in alarm.content.decode()
    evil = client.post(reverse("desk:suggest"), {"description": "<script>alert(1)</script>拖欠工资"}).content.decode()
    assert "<script>" not in evil


def test_a_threat_to_life_is_an_emergency_at_once(house: House, at_desk: SignedIn) -> None:
    client = at_desk("agent", PROVINCE)
    client.post(URL, filled(client, description="老板不发工资，我现在站在楼顶，不想活了。"))
    assert Appeal.objects.get().orders.get().matter.priority == 0
