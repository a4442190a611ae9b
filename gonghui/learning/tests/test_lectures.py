"""大思政课 whole: written, reviewed by another, held, attended, the quiz, the hours; record, targets, light."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.matters import act
from gonghui.kernel.times import SHANGHAI, now, time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.learning import counting, study
from gonghui.learning.models import Attempt, Certificate, Course, Progress, Question
from gonghui.learning.tests.support import course, session
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.resolution.tests.support import PNG
from gonghui.services import actions
from gonghui.services.models import Application, Offer, Seat
from gonghui.services.rules.attending import door_codes
from gonghui.services.tests.support import worker

pytestmark = pytest.mark.django_db


def desk_of(house: House, role: str, path: str = COUNTY) -> Client:
    return sign_in(Client(), Account.objects.get(pk=house.person(role, path).account_id or 0))


def apply(actor: Any, row: Offer) -> Any:
    values = {"offer": row.pk, "name": "王小明", "phone": "13800138000"}
    return actions.apply(actor, actions.service_for("M08"), values).matter


def written(desk: Client) -> Course:
    """A lecture as a colleague enters it at the desk, sent for review."""
    told = {"kind": "lecture", "title": "一把扳手的三十年", "about": "把平凡的事做好", "hours": "1.5"}
    desk.post(reverse("desk:course_new"), told)
    row = Course.objects.get()
    page = reverse("desk:course", args=[row.pk])
    assert desk.post(page, {"verb": "send"}).status_code == 409
    desk.post(reverse("desk:course_change", args=[row.pk]), {**told, "speaker": "陈劳模", "speaker_kind": "model"})
    lesson = reverse("desk:lesson_new", args=[row.pk])
    assert desk.post(lesson, {"title": "讲稿", "minutes": "45", "body": ""}).status_code == 422
    desk.post(lesson, {"title": "讲稿", "minutes": "45", "body": "三十年只做一件事。"})
    question = reverse("desk:question_new", args=[row.pk])
    wrong = desk.post(question, {"stem": "做了几年？", "choices": "三十年", "right": "1"})
    assert wrong.status_code == 422 and "至少写两个" in wrong.content.decode()
    desk.post(question, {"stem": "做了几年？", "choices": "三年\n三十年", "right": "2"})
    desk.post(page, {"verb": "send"})
    return row


def test_from_the_manuscript_to_the_hours_and_the_target(house: House) -> None:
    writer, leader = desk_of(house, "handler"), desk_of(house, "leader")
    row = written(writer)
    page = reverse("desk:course", args=[row.pk])
    assert writer.post(page, {"verb": "publish"}).status_code == 404
    assert leader.post(page, {"verb": "send_back"}).status_code == 422
    starts = (now() + timedelta(minutes=30)).astimezone(SHANGHAI).replace(second=0, microsecond=0)
    typed = {
        "title": "劳模进班组", "starts": f"{starts:%Y-%m-%dT%H:%M}", "place": "文化宫三楼", "capacity": "60",
        "ends": f"{starts + timedelta(hours=1):%Y-%m-%dT%H:%M}", "data_course": str(row.pk), "data_mode": "site",
    }  # fmt: skip
    # What is not reviewed cannot be held.
    assert writer.post(reverse("desk:offer_new", args=["M08"]), typed).status_code == 422
    leader.post(page, {"verb": "publish"})
    wrong = {**typed, "ends": typed["starts"]}
    again = writer.post(reverse("desk:offer_new", args=["M08"]), wrong)
    assert (
        again.status_code == 422
        and "结束要晚于开始" in again.content.decode()
        and "劳模进班组" in again.content.decode()
    )
    writer.post(reverse("desk:offer_new", args=["M08"]), typed)
    held = Offer.objects.get()
    at_desk, public = reverse("desk:offer", args=[held.pk]), reverse("portal:offer", args=[held.pk])
    phone = sign_in(Client(), account := Account.objects.create_worker("13900000001"))
    assert phone.get(public).status_code == 404
    writer.post(at_desk, {"verb": "publish"})
    assert desk_of(house, "leader", OTHER_COUNTY).get(at_desk).status_code == 404

    assert "还有 60 个名额" in phone.get(reverse("portal:service", args=["M08"])).content.decode()
    first = reverse("portal:service_step", args=["M08", "session"]) + f"?offer={held.pk}"
    assert first in (shown := phone.get(public).content.decode()) and "陈劳模" in shown
    assert "checked" in phone.get(first).content.decode()
    address = phone.post(first, {"offer": str(held.pk)})["Location"]
    address = phone.post(address, {"name": "王小明", "phone": "13900000001"})["Location"]
    assert "文化宫三楼" in phone.post(address, follow=True).content.decode()
    matter = Application.objects.get().matter

    code = door_codes(held, False, now())[0]
    assert code[:4] in writer.get(reverse("desk:offer_door", args=[held.pk])).content.decode()
    here = reverse("portal:offer_here", args=[held.pk, code])
    assert phone.post(reverse("portal:offer_here", args=[held.pk, "00000000"])).status_code == 409
    assert phone.post(here).status_code == 302
    assert phone.post(here).status_code == 409, "to leave at once is not to attend"
    with time_shifted(timedelta(minutes=80)):
        phone = sign_in(Client(), account)
        out = reverse("portal:offer_here", args=[held.pk, door_codes(held, False, now())[0]])
        typed = {"step": "check_out", "code": door_codes(held, False, now())[0]}
        assert phone.post(reverse("portal:application", args=[matter.pk]), typed).status_code == 302
        assert phone.post(out).status_code == 200, "twice is nothing more"
        # It began 50 to 51 minutes ago, at a full minute, and the test itself takes a while.
        assert 49 <= Seat.objects.get().minutes <= 53
        quiz, number = reverse("portal:quiz", args=[matter.pk]), Question.objects.get().pk
        assert phone.post(quiz, {}).status_code == 422
        phone.post(quiz, {f"q{number}": "0"})
        assert Attempt.objects.get().score == 0 and phone.post(quiz, {f"q{number}": "1"}).status_code == 409
        learn = reverse("portal:learn", args=[matter.pk])
        phone.post(learn, {"verb": "ask", "asked": "怎样带徒弟？"})
        writer, leader = desk_of(house, "handler"), desk_of(house, "leader")
        record = reverse("desk:lecture_record", args=[held.pk])
        asked = writer.get(record).content.decode()
        assert "怎样带徒弟" in asked and "王小明" not in asked
        writer.post(record, {"verb": "say", "question": held.speaker_questions.get().pk, "said": "先让他看。"})
        assert "先让他看" in phone.get(learn).content.decode()
        # Counted only with enough people, a photo and the sign sheet.
        year = now().astimezone(SHANGHAI).year
        union = str(held.organisation_id)
        goal = {"union": union, "year": str(year), "quarter": "0", "sessions": "1", "people": "20"}
        leader.post(reverse("desk:lecture_targets"), goal)
        assert "不到 10 人" in leader.get(reverse("desk:lecture_targets")).content.decode()
        papers = [SimpleUploadedFile(f"{name}.png", PNG, content_type="image/png") for name in ("现场", "签到")]
        writer.post(record, {"verb": "record", "others": "12", "photo": papers[0], "sheet": papers[1]})
        line = counting.standings([COUNTY], year)[0]
        assert (line.sessions.done, line.people.done, line.people.target) == (1, 13, 20)
        assert (line.sessions.light, line.people.light) == ("green", "red")
        assert "到今天应有" in leader.get(reverse("desk:lecture_targets")).content.decode()
    with time_shifted(timedelta(hours=27)):
        phone = sign_in(Client(), account)
        done = phone.post(quiz, {f"q{number}": "1"}, follow=True).content.decode()
        assert "1.5 学时" in done
        row_of = Certificate.objects.get()
        checked = Client().get(reverse("portal:certificate", args=[row_of.number])).content.decode()
        assert "有效" in checked and "王小明" not in checked and "王" in checked
        assert Client().get(reverse("portal:certificate", args=["M08-2026-000001-000000"])).status_code == 404
        assert "1.5" in phone.get(reverse("portal:certificates")).content.decode()
        act(matter.pk, "rate", actor_for(account), {"stars": "5"})
    matter.refresh_from_db()
    assert matter.state == "closed" and Application.objects.get().rating == 5


def test_an_online_session_counts_when_enough_of_it_was_watched(house: House) -> None:
    row = course("lecture", title="线上课")
    held = session(row, hours=0.1)
    Offer.objects.filter(pk=held.pk).update(data={"course": str(row.pk), "mode": "online"})
    person = worker(1)
    matter = apply(person, held)
    first, second = row.lessons.order_by("place")
    with time_shifted(timedelta(minutes=10)):
        study.open_lesson(matter, first)
        study.open_lesson(matter, second)
    with time_shifted(timedelta(minutes=11)):
        phone = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
        learn = reverse("portal:learn", args=[matter.pk])
        study.finish_lesson(matter, first)
        phone.post(learn)
        matter.refresh_from_db()
        assert matter.state == "confirmed" and "学满 80%" in phone.get(learn).content.decode()
        study.finish_lesson(matter, second)
        phone.post(learn)
    matter.refresh_from_db()
    assert matter.state == "attended" and Seat.objects.get().minutes == 20 and Progress.objects.count() == 2
    with time_shifted(timedelta(days=20)):
        run_once()
    matter.refresh_from_db()
    assert matter.state == "no_credit" and not Certificate.objects.exists()


@settings(max_examples=30, deadline=None)
@given(st.integers(2020, 2030), st.integers(0, 4), st.integers(0, 400), st.integers(1, 50_000), st.integers(0, 60_000))
def test_the_light_follows_the_share_of_the_time(year: int, quarter: int, days: int, target: int, done: int) -> None:
    since, until = counting.period(year, quarter)
    assert (until - since).days + 1 in ((365, 366) if not quarter else (90, 91, 92))
    due = counting.due_share(since, until, since + timedelta(days=days))
    assert 0 < due <= 1 and counting.due_share(since, until, since - timedelta(days=1)) == 0
    colour = counting.light(done, target, due)
    share = Decimal(done) * 100 / (target * due)
    assert colour == ("green" if share >= 95 else "yellow" if share >= 80 else "red")
    assert counting.light(done + target, target, due) == "green" and counting.light(done, target, Decimal(0)) == "grey"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sets(st.integers(0, 3), min_size=1), min_size=1, max_size=8), st.data())
def test_a_question_is_right_only_with_all_its_right_choices(rights: list[set[int]], data: st.DataObject) -> None:
    questions = [Question(pk=n, choices=list("甲乙丙丁"), right=sorted(right)) for n, right in enumerate(rights, 1)]
    good = data.draw(st.sets(st.integers(1, len(rights))))
    told = {q.pk: list(q.right) if q.pk in good else [c for c in range(4) if c not in q.right] for q in questions}
    assert study.judge(questions, told) == len(good) * 100 // len(rights)


def test_periods_meet_without_a_gap() -> None:
    edges = [counting.period(today().year, quarter) for quarter in (1, 2, 3, 4)]
    assert edges[0][0] == date(today().year, 1, 1) and edges[3][1] == date(today().year, 12, 31)
    assert all(edges[n][1] + timedelta(days=1) == edges[n + 1][0] for n in range(3))
