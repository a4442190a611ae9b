"""Learning: lessons and how far one has come, the quiz, the question to the speaker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now
from gonghui.learning.models import Attempt, Course, Lesson, Progress, Question, SpeakerQuestion
from gonghui.learning.tables import numbers
from gonghui.services import offers
from gonghui.services.models import Offer

LEARNING = ("confirmed", "attending", "attended", "learning", "examining", "credited", "certified")
BEAT_MOST = 45
QUESTIONS_MOST, TEXT_MOST = 5, 500


def course_of(matter: Matter) -> tuple[Offer, Course]:
    """The session or class an application is for, and its course. NotFound where it has none."""
    offer = offers.offer_of(matter)
    course = Course.objects.filter(pk=offer.data.get("course") or 0).first() if offer is not None else None
    if offer is None or course is None:
        raise NotFound
    return offer, course


def course_of_offer(offer: Offer) -> Course | None:
    number = str(offer.data.get("course") or "")
    return Course.objects.select_related("organisation").filter(pk=int(number)).first() if number.isdigit() else None


def own(actor: Actor, matter_id: int) -> Matter:
    """A worker's own application. NotFound for anybody else's."""
    with as_system("whose it is is asked here"):
        matter = Matter.objects.filter(pk=matter_id, owner_id=actor.account_id, kind__startswith="services.").first()
    if matter is None or actor.kind != "worker" or actor.account_id is None:
        raise NotFound
    return matter


@dataclass(frozen=True)
class Step:
    """A lesson as its learner has it."""

    lesson: Lesson
    progress: Progress | None

    @property
    def done(self) -> bool:
        return self.progress is not None and self.progress.done_at is not None


def steps(matter: Matter, course: Course) -> list[Step]:
    """The lessons in order, with the learner's progress. The caller has found that the matter is the learner's."""
    with as_system("the learner's own progress"):
        held = {row.lesson_id: row for row in Progress.objects.filter(matter=matter)}
    return [Step(lesson, held.get(lesson.pk)) for lesson in course.lessons.order_by("place")]


def share(rows: list[Step]) -> int:
    """How much is learned, in percent of the minutes."""
    whole = sum(row.lesson.minutes for row in rows)
    return sum(row.lesson.minutes for row in rows if row.done) * 100 // whole if whole else 0


def lesson_of(matter: Matter, lesson_id: int) -> tuple[Offer, Course, Lesson]:
    """NotFound for a lesson of another course, or while the learner is not learning."""
    offer, course = course_of(matter)
    lesson = course.lessons.filter(pk=lesson_id).first()
    if lesson is None or matter.state not in LEARNING:
        raise NotFound
    return offer, course, lesson


def open_lesson(matter: Matter, lesson: Lesson) -> Progress:
    with as_system("the learner's own progress"):
        at = now()
        row, _made = Progress.objects.get_or_create(
            matter=matter, lesson=lesson, defaults={"opened_at": at, "last_at": at}
        )
    return row


def beat(matter: Matter, lesson: Lesson, seconds: int) -> Progress:
    """The player tells that it has played so many seconds since it last told; never more than have passed since it, or
    the player of another lesson, last told: who plays two at once has watched one."""
    with as_system("the learner's own progress"), transaction.atomic():
        open_lesson(matter, lesson)
        rows = _held(matter)
        row = rows.pop(lesson.pk)
        since = max([row.last_at, *(other.last_at for other in rows.values() if _played(other))])
        passed = max(0, int((now() - since).total_seconds()))
        row.seconds += max(0, min(seconds, passed, BEAT_MOST))
        # The part of a second that is left counts with the next: a film watched whole must not fall short by them.
        row.last_at = since + timedelta(seconds=passed)
        row.save(update_fields=["seconds", "last_at"])
    return row


def seconds_needed(lesson: Lesson) -> int:
    """How long a lesson must be open, or its video played, before it can be done."""
    table = numbers()
    return lesson.minutes * 60 * table.watched_share // 100 if lesson.video_name else table.read_seconds


def _held(matter: Matter) -> dict[int, Progress]:
    """The learner's progress by lesson, locked: what is counted for one lesson depends on all."""
    rows = Progress.objects.select_for_update(of=("self",)).select_related("lesson").filter(matter=matter)
    return {row.lesson_id: row for row in rows.order_by("pk")}


def _played(row: Progress) -> bool:
    """Whether a player has told of this lesson: then what was played counts, and not that the page stood open."""
    return row.last_at > row.opened_at


def _counted(row: Progress) -> tuple[datetime, int]:
    """Until when this lesson counted, and how many seconds."""
    if _played(row):
        return row.last_at, row.seconds
    return (row.done_at, seconds_needed(row.lesson)) if row.done_at is not None else (row.opened_at, 0)


def _open_for(row: Progress, others: Iterable[Progress], at: datetime) -> int:
    """Seconds since a lesson was opened, less those that counted for other lessons meanwhile: lessons are learned one
    after the other, however many pages stand open."""
    whole = int((at - row.opened_at).total_seconds())
    for until, seconds in map(_counted, others):
        whole -= max(0, min(seconds, int((until - row.opened_at).total_seconds())))
    return whole


def finish_lesson(matter: Matter, lesson: Lesson) -> Progress:
    """学完一课. Of a video what the player told counts; where no script runs, and of a text, the time since it was
    opened that counted for no other lesson. GuardRefused says how long is still missing."""
    with as_system("the learner's own progress"), transaction.atomic():
        open_lesson(matter, lesson)
        rows = _held(matter)
        row = rows.pop(lesson.pk)
        if row.done_at is not None:
            return row
        at = now()
        played = bool(lesson.video_name) and _played(row)
        left = seconds_needed(lesson) - (row.seconds if played else _open_for(row, rows.values(), at))
        if left > 0 and played:
            raise GuardRefused([_("视频还要再播放 %(n)d 秒才算学完这一课。") % {"n": left}])
        if left > 0:
            raise GuardRefused([_("还要再学 %(n)d 秒才算学完这一课。") % {"n": left}])
        row.done_at = at
        row.save(update_fields=["done_at"])
    return row


def can(matter: Matter, name: str) -> bool:
    """Whether the flow has this step from where the matter stands."""
    return any(step.name == name for step in flow_of(matter).leaving(matter.state))


def video(lesson: Lesson) -> Path:
    path = Path(settings.MEDIA_ROOT) / lesson.video_name
    if not lesson.video_name or not path.is_file():
        raise NotFound
    return path


@dataclass(frozen=True)
class Sitting:
    """How somebody stands to a quiz: how often they tried, and from when they may try again (None: now)."""

    attempts: list[Attempt]
    again_at: datetime | None
    left: int

    @property
    def open(self) -> bool:
        return self.again_at is None and self.left > 0


def sitting(matter: Matter) -> Sitting:
    table = numbers()
    with as_system("the learner's own attempts"):
        rows = list(Attempt.objects.filter(matter=matter).order_by("-at"))
    again = rows[0].at + timedelta(hours=table.retry_hours) if rows and not rows[0].passed else None
    return Sitting(rows, again if again is not None and again > now() else None, table.tries - len(rows))


def judge(questions: list[Question], given: Mapping[int, list[int]]) -> int:
    """Right answers in a hundred, rounded down; of several right choices all must be chosen and no other."""
    if not questions:
        return 0
    good = sum(sorted(set(given.get(row.pk, []))) == sorted(row.right) for row in questions)
    return good * 100 // len(questions)


def answer(actor: Actor, matter: Matter, given: Mapping[int, list[int]]) -> Attempt:
    """交卷. A passed one moves the application on; the last failed one ends it."""
    _offer, course = course_of(matter)
    if not can(matter, "pass_quiz"):
        raise GuardRefused([_("现在还不能测验，先学完再来。")])
    questions = list(course.questions.order_by("pk"))
    missing = [row.pk for row in questions if not given.get(row.pk)]
    if missing:
        raise InvalidData({f"q{pk}": [_("这一题还没有选。")] for pk in missing})
    with transaction.atomic(), as_system("the learner's own quiz"):
        Matter.objects.select_for_update(of=("self",)).get(pk=matter.pk)
        state = sitting(matter)
        if state.left <= 0:
            raise GuardRefused([_("次数已经用完。")])
        if state.again_at is not None:
            day = f"{state.again_at.astimezone(SHANGHAI):%m-%d %H:%M}"
            raise GuardRefused([_("上次没有通过，%(day)s 之后可以再测。") % {"day": day}])
        score = judge(questions, given)
        row = Attempt.objects.create(
            matter=matter, score=score, passed=score >= numbers().pass_score,
            given={str(pk): places for pk, places in given.items()}, at=now(),
        )  # fmt: skip
        if row.passed:
            act(matter.pk, "pass_quiz", actor)
        elif state.left == 1 and can(matter, "fail_quiz"):
            act(matter.pk, "fail_quiz", SYSTEM)
    return row


def ask_speaker(matter: Matter, text: str) -> SpeakerQuestion:
    """向主讲人提问, or what one thinks of the lecture."""
    offer, _course = course_of(matter)
    text = text.strip()
    if not text:
        raise InvalidData({"asked": [_("请写下想问的。")]})
    if len(text) > TEXT_MOST:
        raise InvalidData({"asked": [_("最多 %(most)d 个字。") % {"most": TEXT_MOST}]})
    with as_system("the learner's own question"):
        if SpeakerQuestion.objects.filter(matter=matter).count() >= QUESTIONS_MOST:
            raise InvalidData({"asked": [_("已经提了 %(n)d 个问题。") % {"n": QUESTIONS_MOST}]})
        return SpeakerQuestion.objects.create(matter=matter, offer=offer, asked_text=text, at=now())


def asked(matter: Matter) -> list[SpeakerQuestion]:
    with as_system("the learner's own questions"):
        return list(SpeakerQuestion.objects.filter(matter=matter).order_by("at"))


def facts(matter: Matter) -> dict[str, Any] | None:
    """What the union's page of an application shows of the learning; None where it is for no course. The caller has
    found that the actor sees the matter."""
    try:
        _offer, course = course_of(matter)
    except NotFound:
        return None
    rows = steps(matter, course)
    return {"course": course, "share": share(rows), "sitting": sitting(matter)}


@dataclass(frozen=True)
class Figures:
    """结业人数、通过率 (handbook 4.1 M09): of a course; only numbers. `rate` in percent, None before the first quiz."""

    certified: int
    learners: int
    rate: int | None


def figures(course: Course) -> Figures:
    with as_system("counted, nobody is named"):
        certified = course.certificates.filter(revoked_at=None).count()
        learners = Progress.objects.filter(lesson__course=course).values("matter").distinct().count()
        number = str(course.pk)
        mine = Offer.objects.filter(service__in=("M08", "M09", "L02"), data__course=number).values("pk")
        tried = Attempt.objects.filter(matter__application__seat__offer__in=mine)
        people = tried.values("matter").distinct().count()
        good = tried.filter(passed=True).values("matter").distinct().count()
    return Figures(certified, learners, good * 100 // people if people else None)
