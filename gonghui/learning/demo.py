"""演示: reviewed courses, sessions behind and before us, an open course, targets (for `make run`). Safe to repeat."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image

from gonghui import yamls
from gonghui.kernel.actor import SYSTEM, Actor, Duty
from gonghui.kernel.matters import act
from gonghui.kernel.times import SHANGHAI, now, time_shifted, today
from gonghui.learning import recording
from gonghui.learning.models import Course, Lesson, Question, Target
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.services import actions
from gonghui.services.models import Offer

PROVINCE, CITY, COUNTY = "cn.52", "cn.52.5201", "cn.52.5201.520102"
# Union, sessions and person-times of a year. The province announced its own for 2026 (seed); the others are examples.
TARGETS = ((PROVINCE, 200, 50_000), (CITY, 40, 8_000), (COUNTY, 6, 600))
# Days from today, place, seats, how many came besides (0: it lies ahead).
SESSIONS = (
    (-40, "南明区工人文化宫三楼", 120, 86),
    (-12, "星河建筑项目部", 80, 64),
    (3, "南明区工人文化宫三楼", 120, 0),
    (9, "市职工服务中心", 60, 0),
)
LISTENERS = ("冯小兰", "蒋大勇", "沈青")


@transaction.atomic
def load_demo() -> int:
    """How many courses were made now."""
    union = Organisation.objects.filter(path=COUNTY).first()
    if union is None or Course.objects.exists():
        return 0
    rows = yamls.read((Path(__file__).parent / "data" / "demo.yaml").read_text(encoding="utf-8"))
    made = {row["title"]: _course(union, row) for row in rows}
    lecture, rights, safety, electric = made.values()
    for days, place, seats, came in SESSIONS:
        _session(union, lecture, days, place, seats, came)
    for course in (rights, safety):
        Offer.objects.create(
            service="L02", organisation=union, region=union.region_id or "", title=course.title,
            data={"course": str(course.pk)}, status="published", made_at=now(),
        )  # fmt: skip
    starts = now().astimezone(SHANGHAI).replace(hour=19, minute=0, second=0, microsecond=0) + timedelta(days=14)
    Offer.objects.create(
        service="M09", organisation=union, region=union.region_id or "", title="电工取证班（第 3 期）", starts=starts,
        ends=starts + timedelta(days=60), place="线上，实操在区职工培训中心", capacity=40, status="published",
        data={"course": str(electric.pk), "mode": "both", "fee": "0"}, made_at=now(),
    )  # fmt: skip
    for path, sessions, people in TARGETS:
        found = Organisation.objects.filter(path=path).first()
        if found is not None:
            Target.objects.create(organisation=found, year=today().year, sessions=sessions, people=people)
    return len(made)


def _course(union: Organisation, row: dict[str, Any]) -> Course:
    leader = Account.objects.filter(username="leader_nm").first()
    plain = {
        name: row.get(name, "") for name in ("kind", "title", "series", "level", "about", "speaker", "speaker_kind")
    }
    course = Course.objects.create(
        organisation=union, hours=Decimal(row["hours"]), status="published", changed_at=now(), reviewed_at=now(),
        reviewed_by=leader, **plain,
    )  # fmt: skip
    for place, lesson in enumerate(row["lessons"], 1):
        Lesson.objects.create(course=course, place=place, **lesson)
    for question in row["questions"]:
        Question.objects.create(course=course, **question)
    return course


def _session(union: Organisation, lecture: Course, days: int, place: str, seats: int, came: int) -> None:
    starts = now().astimezone(SHANGHAI).replace(hour=14, minute=30, second=0, microsecond=0) + timedelta(days=days)
    row = Offer.objects.create(
        service="M08", organisation=union, region=union.region_id or "", title=lecture.title, starts=starts,
        ends=starts + timedelta(hours=2), place=place, capacity=seats, status="published", made_at=now(),
        data={"course": str(lecture.pk), "mode": "site", "audience": "青年职工"},
    )  # fmt: skip
    matters = []
    with time_shifted(timedelta(days=days - 2)):
        for count, name in enumerate(LISTENERS if came else LISTENERS[:1]):
            phone = f"1377100{days + 50:02d}{count:02d}"
            values = {"offer": row.pk, "name": name, "phone": phone}
            person = actor_for(Account.objects.create_worker(phone))
            matters.append(actions.apply(person, actions.service_for("M08"), values).matter)
    handler = _handler()
    if came:
        with time_shifted(timedelta(days=days + 1)):
            for matter in matters:
                act(matter.pk, "mark_present", handler)
                act(matter.pk, "enter_quiz", handler, {"outcome": "passed"})
    if came:
        papers = [_picture(name) for name in ("现场.png", "签到表.png")]
        recording.keep(handler, row, others=came, summary="秩序良好，提问踊跃。", photos=papers[:1], sheets=papers[1:])


def _picture(name: str) -> ContentFile[bytes]:
    """A plain picture that stands for a photo."""
    out = BytesIO()
    Image.new("RGB", (320, 200), "#b0a090").save(out, "PNG")
    return ContentFile(out.getvalue(), name=name)


def _handler() -> Actor:
    staff = Account.objects.filter(username="handler_nm").first()
    if staff is None:
        return SYSTEM
    return Actor("staff", staff.pk, "南明区承办人", (Duty("handler", COUNTY),))
