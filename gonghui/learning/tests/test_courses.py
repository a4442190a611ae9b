"""技能课程 whole: apply, audit, the class begins, learn, quiz, certificate, subsidy; open courses; our own videos."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import CITY, COUNTY, House, run_outbox
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import time_shifted
from gonghui.kernel.worker import run_once
from gonghui.learning import courses, study
from gonghui.learning.models import Certificate, Lesson
from gonghui.learning.tests.support import course, open_course, school_class
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.models import Offer
from gonghui.services.tests.support import CARDS, ID_NUMBERS, SEEN, joined, worker

pytestmark = pytest.mark.django_db

PERSON: dict[str, Any] = {
    "level": "none", "name": "王小明", "id_no": ID_NUMBERS[0], "phone": "13800138000", "unit": "星河建筑",
    "in_hours": "yes", "employer_contact": "李经理 13900139000",
}  # fmt: skip


def apply(actor: Any, row: Offer, **changes: Any) -> Matter:
    return actions.apply(actor, actions.service_for(row.service), {**PERSON, "offer": row.pk, **changes}).matter


def learned(matter: Matter) -> None:
    """Every lesson opened, and a minute later read."""
    _offer, row = study.course_of(matter)
    for lesson in row.lessons.all():
        study.open_lesson(matter, lesson)
    with time_shifted(timedelta(minutes=1)):
        for lesson in row.lessons.all():
            study.finish_lesson(matter, lesson)


def test_from_signing_up_to_the_certificate_and_the_subsidy(house: House) -> None:
    row = school_class()
    person = worker(1)
    with pytest.raises(InvalidData) as refusal:
        apply(person, row, employer_contact="")
    assert list(refusal.value.errors) == ["employer_contact"]
    matter = apply(person, row)
    assert matter.state == "applied"
    handler = house.person("handler", COUNTY)
    # The class is for members: whom the register does not have is not let in without a word how that was made sure of.
    with pytest.raises(GuardRefused, match="查不到"):
        act(matter.pk, "approve", handler)
    act(matter.pk, "approve", handler, SEEN)
    phone = sign_in(Client(), account := Account.objects.get(pk=person.account_id or 0))
    learn = reverse("portal:learn", args=[matter.pk])
    assert "开班以后" in phone.get(learn).content.decode()
    with time_shifted(timedelta(hours=49)):
        run_once()
        phone = sign_in(Client(), account)
        matter.refresh_from_db()
        assert matter.state == "learning"
        lesson = Lesson.objects.order_by("place").first()
        assert lesson is not None
        page = reverse("portal:lesson", args=[matter.pk, lesson.pk])
        assert "先断电" in phone.get(page).content.decode()
        assert "还要再学" in phone.post(page, follow=True).content.decode()
        with pytest.raises(GuardRefused, match="学满 80%"):
            act(matter.pk, "finish_lessons", person)
        assert phone.get(reverse("portal:quiz", args=[matter.pk]))["Location"] == learn
        learned(matter)
        assert "已学 100%" in phone.get(learn).content.decode()
        assert phone.post(learn)["Location"] == reverse("portal:quiz", args=[matter.pk])
        right = {f"q{q.pk}": "0" for q in study.course_of(matter)[1].questions.all()}
        assert "100 分" in phone.post(reverse("portal:quiz", args=[matter.pk]), right, follow=True).content.decode()
        found = Certificate.objects.get()
        assert found.number.startswith("M09-") and found.score == 100
        own = phone.get(reverse("people:own_data")).json()
        assert [row["number"] for row in own["certificates"]] == [found.number]
        assert own["learning"]["lessons"] and own["learning"]["quizzes"][0]["score"] == 100
        mine = phone.get(reverse("portal:certificate", args=[found.number])).content.decode()
        assert "王小明" in mine and reverse("portal:service", args=["L01"]) in mine
        desk = sign_in(Client(), Account.objects.get(pk=handler.account_id or 0))
        assert "学习情况" in desk.get(reverse("desk:matter", args=[matter.pk])).content.decode()
        assert "100%" in desk.get(reverse("desk:course", args=[found.course_id])).content.decode()
        subsidy = {
            "certificate_no": found.number, "trade": "电工", "unit": "星河建筑", "region": "520102", "promise": True,
            "bank_card": CARDS[0], **{name: PERSON[name] for name in ("name", "id_no", "phone")},
        }  # fmt: skip
        own = actions.apply(person, actions.service_for("L01", "520102"), subsidy).matter
        act(own.pk, "check", handler, {"amount": "1000", "note": "证书已查验", "member_seen": "看了会员证"})
        with pytest.raises(GuardRefused, match="已经申请过"):
            actions.apply(person, actions.service_for("L01", "520102"), {**subsidy, "id_no": ID_NUMBERS[1]})
        other = {**subsidy, "certificate_no": "M09-2026-999999-ABCDEF", "id_no": ID_NUMBERS[2]}
        with pytest.raises(InvalidData) as unknown:
            actions.apply(worker(4), actions.service_for("L01", "520102"), other)
        assert "没有查到" in unknown.value.errors["certificate_no"][0]


def test_three_failed_quizzes_end_it_and_free_the_seat(house: House) -> None:
    row = open_course()
    person = worker(1)
    matter = apply(person, row)
    assert matter.state == "learning", "an open course needs no audit"
    learned(matter)
    act(matter.pk, "finish_lessons", person)
    matter.refresh_from_db()
    wrong = {q.pk: [1] for q in study.course_of(matter)[1].questions.all()}
    for day in range(3):
        with time_shifted(timedelta(days=day + 1, minutes=day)):
            study.answer(person, matter, wrong)
            if day < 2:
                with pytest.raises(GuardRefused, match="之后可以再测"):
                    study.answer(person, matter, wrong)
    matter.refresh_from_db()
    row.refresh_from_db()
    assert matter.state == "failed" and row.taken == 0 and not Certificate.objects.exists()
    assert apply(person, row).state == "learning"


def test_a_video_is_ours_counts_as_it_is_played_and_is_sent_in_ranges(
    house: House, settings: Any, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    settings.MEDIA_ROOT, commits = str(tmp_path), django_capture_on_commit_callbacks
    row = course()
    row.status = "draft"
    row.save()
    handler = house.person("handler", COUNTY)
    lesson = row.lessons.get(place=1)
    values = {"title": "接线", "body": "", "minutes": 1}
    with pytest.raises(InvalidData):
        courses.save_lesson(handler, row, lesson, values, SimpleUploadedFile("a.mp4", b"<script>" * 4))
    film = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 8
    courses.save_lesson(handler, row, lesson, values, SimpleUploadedFile("b.mp4", film))
    # A film in place of another takes the other off the disk, and not before that stands.
    before = study.video(lesson)
    with commits(execute=True):
        courses.save_lesson(handler, row, lesson, values, SimpleUploadedFile("c.mp4", film))
        assert before.exists()
    assert not before.exists() and study.video(lesson).exists()
    row.status = "published"
    row.save()
    person = worker(1)
    matter = apply(person, open_course(row))
    phone = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    page, film_at, told = (
        reverse(f"portal:{name}", args=[matter.pk, lesson.pk]) for name in ("lesson", "lesson_video", "lesson_beat")
    )
    assert film_at in phone.get(page).content.decode()
    part = phone.get(film_at, headers={"Range": "bytes=4-7"})
    assert part.status_code == 206 and b"".join(part.streaming_content) == b"ftyp"  # type: ignore[attr-defined]
    assert part["Content-Range"] == f"bytes 4-7/{len(film)}"
    assert phone.get(film_at, headers={"Range": "bytes=99999-"}).status_code == 416
    assert sign_in(Client(), Account.objects.create_worker("13900000077")).get(film_at).status_code == 404
    # Never more than has passed, whatever the player tells.
    assert phone.post(told, {"seconds": "4000"}).json()["seconds"] <= 2
    with time_shifted(timedelta(seconds=60)):
        assert 40 <= study.beat(matter, lesson, 4000).seconds <= 47
    with time_shifted(timedelta(seconds=70)):
        study.beat(matter, lesson, 10)
        assert study.finish_lesson(matter, lesson).done_at is not None


def films(row: Any) -> tuple[Lesson, Lesson]:
    """The course's two lessons as videos of ten minutes, of which eight must be watched."""
    row.lessons.update(video_name="film.mp4", minutes=10)
    first, second = row.lessons.order_by("place")
    return first, second


def test_lessons_opened_at_once_are_learned_one_after_the_other(house: House) -> None:
    """Without a player's word the time a page stands open counts, and never for two lessons at once."""
    first, second = films(row := course())
    person = worker(1)
    matter = apply(person, open_course(row))
    for lesson in (first, second):
        study.open_lesson(matter, lesson)
    with time_shifted(timedelta(minutes=7)), pytest.raises(GuardRefused, match="还要再学"):
        study.finish_lesson(matter, second)
    with time_shifted(timedelta(minutes=9)):
        assert study.finish_lesson(matter, second).done_at is not None
        with pytest.raises(GuardRefused, match=r"还要再学 4\d\d 秒"):
            study.finish_lesson(matter, first)
        with pytest.raises(GuardRefused, match="学满 80%"):
            act(matter.pk, "finish_lessons", person)
    with time_shifted(timedelta(minutes=17)):
        study.finish_lesson(matter, first)
        act(matter.pk, "finish_lessons", person)


def test_a_text_opened_while_a_video_plays_is_read_afterwards(house: House) -> None:
    first, second = films(row := course())
    Lesson.objects.filter(pk=second.pk).update(video_name="")
    second.refresh_from_db()
    matter = apply(worker(1), open_course(row))
    study.open_lesson(matter, second)
    for minute in range(21):
        with time_shifted(timedelta(seconds=30 * minute)):
            study.beat(matter, first, 30)
    with time_shifted(timedelta(minutes=10)):
        assert study.finish_lesson(matter, first).done_at is not None
        with pytest.raises(GuardRefused, match="还要再学"):
            study.finish_lesson(matter, second)
    with time_shifted(timedelta(minutes=11)):
        assert study.finish_lesson(matter, second).done_at is not None


def test_a_video_whose_player_tells_counts_as_far_as_it_was_played(house: House) -> None:
    """A page left open with the film stopped is no film watched, and two films at once are one."""
    first, second = films(row := course())
    matter = apply(worker(1), open_course(row))
    for lesson in (first, second):
        study.open_lesson(matter, lesson)
    for step in range(1, 11):
        with time_shifted(timedelta(seconds=30 * step)):
            study.beat(matter, first, 30)
            study.beat(matter, second, 30)
    played = [study.open_lesson(matter, lesson).seconds for lesson in (first, second)]
    assert 280 <= sum(played) <= 301
    with time_shifted(timedelta(hours=2)), pytest.raises(GuardRefused, match="再播放"):
        study.finish_lesson(matter, first)


def test_who_was_refused_wrongly_is_audited_anew_with_a_seat(house: House) -> None:
    row, person = school_class(capacity=1), worker(1)
    matter = apply(person, row)
    act(matter.pk, "refuse", house.person("handler", COUNTY), {"text": "没有单位同意。"})
    act(matter.pk, "contest", person, {"contest_told": "单位已经同意，有证明。"})
    other = apply(worker(2), row, id_no=ID_NUMBERS[1])
    act(matter.pk, "overturn", house.person("leader", CITY), {"text": "有单位证明。"})
    run_outbox()
    matter.refresh_from_db()
    assert matter.state == "waiting"
    act(other.pk, "refuse", house.person("handler", COUNTY), {"text": "不符合条件。"})
    run_outbox()
    matter.refresh_from_db()
    assert matter.state == "applied"
    # The register has this one: nothing more needs to be said.
    joined(person)
    act(matter.pk, "approve", house.person("handler", COUNTY))
