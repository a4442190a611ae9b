"""The page of rights: an answer at once, questions that may stay open, nothing lost when something is wrong."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from icalendar import Calendar

from gonghui.appeals.models import Appeal
from gonghui.kernel.calendar import reload
from gonghui.kernel.models import CalendarDay
from gonghui.kernel.times import today

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
    # The whole answer is English; Chinese names are marked for those who listen.
    assert "Step 2: Complain to the labour inspectorate." in page and "第2步" not in page
    assert 'Art. 50 of <span lang="zh">劳动法</span>' in page
    assert 'Demand for wages (<span lang="zh">工资支付催告函</span>)' in page
    assert '<p class="article-text" lang="zh">' in page
    assert "You have to state clearly how much you claim." in page or "One year is counted" in page


def test_a_paper_opened_in_english_says_what_it_is(client: Client) -> None:
    page = client.get("/rights/paper/wage_demand_letter/", headers={"accept-language": "en"}).content.decode()
    assert 'Demand for wages (<span lang="zh">工资支付催告函</span>)</h1>' in page
    assert "<title>Demand for wages (工资支付催告函)" in page and "Send it by postal express" in page


def test_the_last_day_can_be_put_into_a_calendar(client: Client) -> None:
    given = {"text": UNPAID, "employed": "no", "ended_on": "2026-08-03", "calendar": "1"}
    response = client.post("/rights/", given)
    assert response["Content-Type"].startswith("text/calendar")
    [event] = Calendar.from_ical(response.content).walk("VEVENT")
    assert event.decoded("dtstart").isoformat() == "2027-08-03"
    assert len(event.walk("VALARM")) == 3


def test_a_wrong_answer_is_named_on_top_and_has_the_focus(client: Client) -> None:
    page = client.post("/rights/", {"text": UNPAID, "owed": "很多钱"}).content.decode()
    summary = page.partition('role="alert"')[2].partition("</div>")[0]
    assert 'href="#id_owed"' in summary and "一共欠您多少钱" in summary
    field = page.partition('id="id_owed"')
    tag = field[0].rpartition("<")[2] + field[2].partition(">")[0]
    assert "autofocus" in tag and 'aria-invalid="true"' in tag
    assert page.count("autofocus") == 1
    assert "autofocus" not in client.post("/rights/", {"text": UNPAID}).content.decode()


def test_line_breaks_count_as_the_writer_sees_them(client: Client) -> None:
    longest = "\n".join(["欠工资"] * 1000)
    assert len(longest) == 3999
    sent = longest.replace("\n", "\r\n")
    assert client.post("/rights/", {"text": sent}).status_code == 200
    assert client.post("/rights/", {"text": sent + "欠薪"}).status_code == 422


def test_looking_up_situations_has_its_measure_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonghui.portal.views.rights.RIGHTS_RATE", "2/h")
    codes = [client.get("/rights/", {"topic": "R01"}).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    refused = client.get("/rights/", {"topic": "R01"}).content.decode()
    assert "12351" in refused and 'role="alert"' in refused
    # The page itself is always open.
    assert client.get("/rights/").status_code == 200


def test_days_entered_by_hand_move_the_last_day(client: Client) -> None:
    """The platform's calendar counts on the page, as it does at the desk."""
    given = {"text": UNPAID, "employed": "no", "ended_on": "2026-08-03"}
    assert "2027年8月3日" in client.post("/rights/", given).content.decode()
    CalendarDay.objects.create(date=date(2027, 8, 3), kind="holiday", name="补休", source="本单位通知")
    reload()
    try:
        assert "2027年8月4日" in client.post("/rights/", given).content.decode()
    finally:
        CalendarDay.objects.all().delete()
        reload()


def test_a_text_that_is_too_long_is_kept_and_its_length_said_plainly(client: Client) -> None:
    response = client.post("/rights/", {"text": "欠薪" * 2500})
    page = response.content.decode()
    assert response.status_code == 422 and "请精简到 4000 字以内。现在是 5000 字" in page
    assert "欠薪" * 2500 in page


def test_a_right_that_is_nearly_lost_stands_red_above_the_answer(client: Client) -> None:
    page = client.post(
        "/rights/", {"text": "仲裁裁决书收到了，不服", "award_received_on": str(today())}
    ).content.decode()
    assert "notice-emergency" in page.partition("不服仲裁裁决向法院起诉：最后一天")[0]
