"""交友联谊: who may, only mutual choices told to both at once, kept apart, reported, and leaving deletes everything."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now, time_shifted, today
from gonghui.people.identity import with_check
from gonghui.people.models import Account
from gonghui.people.testing import PNG, sign_in
from gonghui.services import actions, files
from gonghui.services.models import Application, FormFile, Offer, Seat
from gonghui.services.tests.support import offer, worker
from gonghui.wellbeing.meeting import choosing
from gonghui.wellbeing.models import AbuseReport, MeetingChoice, MeetingFeedback, Profile
from gonghui.wellbeing.tests.support import profile

pytestmark = pytest.mark.django_db


def born(years: int, gender: str) -> str:
    return with_check(f"520102{today().year - years}0101{'123' if gender == 'M' else '124'}0")


def join(actor: Any, **changes: Any) -> Matter:
    picture = SimpleUploadedFile("me.png", PNG, content_type="image/png")
    values = {
        "name": "王小明", "id_no": born(30, "M"), "phone": "13900000001", "region": "520102", "single": True,
        "unit_name": "甲厂", "nick": "山风", "about_me": "喜欢爬山", "never_shown": "李雷\n乙厂",
        "photo": [files.keep_file(actor.account_id, "M24", picture).pk],
        "true_promise": True, "good_promise": True, "match_promise": True, **changes,
    }  # fmt: skip
    return actions.apply(actor, actions.service_for("M24", "520102"), values).matter


def came(event: Offer, *profiles: Profile) -> None:
    """They were at the event, by the sign sheet."""
    for number, row in enumerate(profiles):
        matter = Matter.objects.create(
            kind="services.W06.1", number=f"W06-T-{event.pk}-{number}", title="联谊活动", state="attended",
            state_since=now(), holder_path=COUNTY, opened_at=now(), owner_id=row.account_id,
        )  # fmt: skip
        application = Application.objects.create(
            matter=matter, service="W06", kind="services.W06.1", account_id=row.account_id, values_json="{}",
            applied_at=now(),
        )  # fmt: skip
        Seat.objects.create(application=application, offer=event, state="taken", at=now(), checked_in_at=now())


def client_of(row: Profile) -> Client:
    return sign_in(Client(), row.account)


@pytest.mark.parametrize(
    ("years", "gender", "fits"), [(21, "M", False), (22, "M", True), (20, "F", True), (19, "F", False)]
)
def test_men_from_twenty_two_and_women_from_twenty(house: House, years: int, gender: str, fits: bool) -> None:
    if fits:
        assert join(worker(1), id_no=born(years, gender)).state == "applied"
        return
    with pytest.raises(GuardRefused, match="22"):
        join(worker(1), id_no=born(years, gender))


def test_leaving_deletes_profile_photo_choices_and_what_was_filled_in(
    house: House, django_capture_on_commit_callbacks: Any
) -> None:
    me, commits = worker(1), django_capture_on_commit_callbacks
    with pytest.raises(GuardRefused, match="单身"):
        join(me, single=False)
    FormFile.objects.all().delete()
    matter = join(me)
    stored = Path(settings.MEDIA_ROOT) / FormFile.objects.get().stored_name
    assert stored.exists()
    act(matter.pk, "verify", house.person("handler", COUNTY), {"seen": ["member", "person"]})
    mine, other = Profile.objects.get(), profile(Account.objects.create_worker("13900007777"), COUNTY, "F", "小云")
    event = offer("W06", COUNTY, hours=-4)
    MeetingChoice.objects.create(offer=event, by=mine, chosen=other, at=now())
    MeetingChoice.objects.create(offer=event, by=other, chosen=mine, at=now())
    # A step that is rolled back gives the photo back with the rest; a step that stands takes it off the disk.
    with commits(execute=True), pytest.raises(RuntimeError), transaction.atomic():
        act(matter.pk, "leave", me)
        raise RuntimeError
    assert FormFile.objects.exists() and stored.exists()
    with commits(execute=True):
        act(matter.pk, "leave", me)
    assert Profile.objects.count() == 1 and not MeetingChoice.objects.exists()
    assert not FormFile.objects.exists() and not stored.exists()
    left = Application.objects.get(matter=matter)
    assert (left.values_json, left.id_no, left.person_index, left.figures) == ("{}", "", "", {})
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM wellbeing_profile")
        assert cursor.fetchone()[0] == 1
    join(me)


def test_only_what_is_mutual_is_told_to_both_at_once(house: House) -> None:
    him = profile(Account.objects.create_worker("13900001001"), COUNTY, "M", "山风", unit_name="甲厂有限公司")
    her = profile(Account.objects.create_worker("13900001002"), COUNTY, "F", "小云")
    shy = profile(Account.objects.create_worker("13900001003"), COUNTY, "F", "小雨")
    away = profile(Account.objects.create_worker("13900001004"), COUNTY, "F", "小雪", never_shown="甲厂")
    event = offer("W06", COUNTY, hours=-4)
    came(event, him, her, shy, away)
    page = client_of(him).get(reverse("portal:meeting")).content.decode()
    assert "小云" in page and "小雪" not in page and "真名" not in page and "13900005555" not in page
    assert "山风" not in client_of(away).get(reverse("portal:meeting")).content.decode().replace(away.nick, "")
    sent = {"step": "choose", "offer": event.pk}
    assert client_of(him).post(reverse("portal:meeting"), {**sent, "chosen": [her.pk, shy.pk]}).status_code == 302
    assert client_of(her).post(reverse("portal:meeting"), {**sent, "chosen": [him.pk]}).status_code == 302
    (own,) = client_of(her).get(reverse("people:own_data")).json()["meeting"]
    assert own["real_name"] == "小云真名" and [one["nick"] for one in own["chosen"]] == ["山风"]
    (own,) = client_of(shy).get(reverse("people:own_data")).json()["meeting"]
    assert "山风" not in str(own), "who chose her is told only when it is mutual"
    for row in (him, her):
        assert "真名" not in client_of(row).get(reverse("portal:meeting")).content.decode()
    with time_shifted(timedelta(days=4)):
        assert "小云真名" in (told := client_of(him).get(reverse("portal:meeting")).content.decode())
        assert "小雨真名" not in told and "山风真名" in client_of(her).get(reverse("portal:meeting")).content.decode()
        assert "山风真名" not in client_of(shy).get(reverse("portal:meeting")).content.decode()
        assert client_of(shy).post(reverse("portal:meeting"), {**sent, "chosen": [him.pk]}).status_code == 409
    stranger = profile(Account.objects.create_worker("13900001005"), COUNTY, "M", "路人")
    assert client_of(stranger).post(reverse("portal:meeting"), {**sent, "chosen": [her.pk]}).status_code == 404
    assert client_of(stranger).get(reverse("portal:meeting_photo", args=[her.pk])).status_code == 404


def test_a_report_that_is_true_suspends_and_closes_the_events(house: House) -> None:
    him = profile(Account.objects.create_worker("13900001001"), COUNTY, "M", "山风")
    her = profile(Account.objects.create_worker("13900001002"), COUNTY, "F", "小云")
    event = offer("W06", COUNTY, hours=-4)
    came(event, him, her)
    report = {"step": "report", "about": him.pk, "told": "已婚，资料是假的。"}
    assert client_of(her).post(reverse("portal:meeting"), {**report, "told": " "}).status_code == 422
    assert client_of(her).post(reverse("portal:meeting"), report).status_code == 302
    handler = sign_in(Client(), Account.objects.get(pk=house.person("handler", COUNTY).account_id or 0))
    assert "资料是假的" in handler.get(reverse("desk:meeting")).content.decode()
    settled = {"report": AbuseReport.objects.get().pk, "upheld": "yes"}
    assert handler.post(reverse("desk:meeting"), settled).status_code == 302
    him.refresh_from_db()
    assert him.suspended and not choosing.evenings(him) and not choosing.others(her, event)
    with pytest.raises(GuardRefused, match="停用"):
        coming = offer("W06", COUNTY)
        values = {"event": coming.pk, "region": "520102", "promise": True}
        actor = choosing_actor(him)
        actions.apply(actor, actions.service_for("W06", "520102"), values)


def choosing_actor(row: Profile) -> Any:
    from gonghui.people.actors import actor_for

    return actor_for(row.account)


def test_feedback_after_an_event_is_read_without_names_once_enough_have_answered(house: House) -> None:
    people = [
        profile(Account.objects.create_worker(f"1390000110{place}"), COUNTY, gender, f"云{place}")
        for place, gender in enumerate("MFF")
    ]
    event = offer("W06", COUNTY, hours=-4)
    came(event, *people)
    page = reverse("portal:meeting")
    said = {"step": "feedback", "offer": event.pk, "stars": "5", "respected": "yes", "again": "yes"}
    wrong = client_of(people[0]).post(page, {**said, "stars": "9", "feedback_text": "音乐太吵"})
    assert wrong.status_code == 422 and "音乐太吵" in wrong.content.decode()
    desk = sign_in(Client(), Account.objects.get(pk=house.person("handler", COUNTY).account_id or 0))
    for place, row in enumerate(people):
        shown = desk.get(reverse("desk:meeting")).content.decode()
        assert "音乐太吵" not in shown and "受尊重" not in shown, "so few are guessed"
        told = {**said, "stars": str(5 - place), "feedback_text": "音乐太吵" if place == 0 else ""}
        assert client_of(row).post(page, told).status_code == 302
    shown = desk.get(reverse("desk:meeting")).content.decode()
    assert "3 人反馈：4.0 分" in shown and "音乐太吵" in shown and "云0" not in shown
    assert "已反馈" in client_of(people[0]).get(page).content.decode()
    client_of(people[0]).post(page, {**said, "stars": "2"})
    assert MeetingFeedback.objects.count() == 3, "said again it takes the place of what was said"
    stranger = profile(Account.objects.create_worker("13900001109"), COUNTY, "M", "路人")
    assert client_of(stranger).post(page, said).status_code == 404
    with time_shifted(timedelta(days=31)):
        assert client_of(people[1]).post(page, said).status_code == 409
    people[0].delete()
    assert MeetingFeedback.objects.count() == 2
