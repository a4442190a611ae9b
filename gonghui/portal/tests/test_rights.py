"""The page of rights: an answer at once, questions that may stay open, nothing lost when something is wrong."""

from __future__ import annotations

import pytest
from django.test import Client
from icalendar import Calendar

from gonghui.appeals.models import Appeal

pytestmark = pytest.mark.django_db
UNPAID = "我在饭店打工，老板拖欠我三个月工资一万八，要了很多次都不给"


def test_the_first_page_asks_and_offers_situations(client: Client) -> None:
    page = client.get("/rights/").content.decode()
    assert 'name="text"' in page and "?topic=R01" in page


def test_words_get_an_answer_and_nothing_is_stored(client: Client) -> None:
    response = client.post("/rights/", {"text": UNPAID})
    page = response.content.decode()
    assert response.status_code == 200
    assert "拖欠工资" in page and "《劳动法》第五十条" in page and "12333" in page
    assert "18,000" in page
    assert not Appeal.objects.exists()


def test_answers_change_the_answer_and_what_is_unknown_is_not_asked_again(client: Client) -> None:
    page = client.post("/rights/", {"text": UNPAID, "employer_kind": "site", "iou": "unknown"}).content.decode()
    assert "总包单位要先垫付" in page.partition("answer-main")[2][:200]
    assert '<input type="hidden" name="iou" value="unknown">' in page
    assert 'type="radio" name="iou"' not in page


def test_a_wrong_answer_is_said_beside_the_field_and_kept(client: Client) -> None:
    response = client.post("/rights/", {"text": UNPAID, "owed": "很多钱"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "请填 0 以上的数字" in page and 'value="很多钱"' in page and UNPAID in page


def test_an_empty_text_is_asked_for(client: Client) -> None:
    response = client.post("/rights/", {"text": "  "})
    assert response.status_code == 422
    assert "请写两三句话" in response.content.decode()


def test_a_situation_can_be_opened_by_itself(client: Client) -> None:
    assert "拖欠工资" in client.get("/rights/", {"topic": "R01"}).content.decode()
    assert client.get("/rights/", {"topic": "R99"}).status_code == 200


def test_what_is_not_understood_is_said(client: Client) -> None:
    page = client.post("/rights/", {"text": "hello there my friend"}).content.decode()
    assert "还不能确定是哪一种情况" in page and "12351" in page


def test_the_page_reads_in_english(client: Client) -> None:
    page = client.post("/rights/", {"text": UNPAID}, headers={"accept-language": "en"}).content.decode()
    assert "Wages must be paid in full" in page


def test_the_last_day_can_be_put_into_a_calendar(client: Client) -> None:
    given = {"text": UNPAID, "employed": "no", "ended_on": "2026-08-03", "calendar": "1"}
    response = client.post("/rights/", given)
    assert response["Content-Type"].startswith("text/calendar")
    [event] = Calendar.from_ical(response.content).walk("VEVENT")
    assert event.decoded("dtstart").isoformat() == "2027-08-03"
    assert len(event.walk("VALARM")) == 3
