"""The desk's side of a course: write it, have it reviewed by another person, publish it, take it off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet
from django.utils.translation import gettext as _

from gonghui.appeals.actions.attachments import drop_stored
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.scope import ancestors
from gonghui.kernel.times import now
from gonghui.learning.models import Course, Lesson, Question
from gonghui.learning.tables import numbers
from gonghui.services.videos import keep_video_in

WRITERS = ("handler", "dispatcher", "leader")
REVIEWERS = ("leader", "supervisor")
READERS = ("handler", "dispatcher", "leader", "supervisor")
FIELDS = ("kind", "title", "series", "level", "about", "speaker", "speaker_kind", "hours")
Status = Course.Status


def own(actor: Actor, *roles: str) -> QuerySet[Course]:
    """The courses of the unions at which the actor has one of the roles."""
    rows = Course.objects.select_related("organisation")
    return rows.filter(organisation__path__in=actor.paths_as(*(roles or READERS)))


def holdable(kind: str, actor: Actor | None = None) -> QuerySet[Course]:
    """Published courses that a union may hold: its own and those of the unions above. For nobody in particular: all."""
    rows = Course.objects.filter(kind=kind, status=Status.PUBLISHED)
    if actor is not None:
        above = {path for own_path in actor.paths for path in ancestors(own_path)}
        rows = rows.filter(organisation__path__in=above)
    return rows.order_by("title", "pk")


def _sure(actor: Actor, course: Course, roles: tuple[str, ...] = WRITERS) -> None:
    if course.organisation.path not in actor.paths_as(*roles):
        raise NotAllowed(_("只有编写这门课的工会可以修改。"))


def _draft(actor: Actor, course_id: int) -> Course:
    """The course, locked, if the actor may write in it now."""
    course = Course.objects.select_related("organisation").select_for_update(of=("self",)).get(pk=course_id)
    _sure(actor, course)
    if course.status != Status.DRAFT:
        raise GuardRefused([_("审核中和已发布的课不能改；先退回草稿再改。")])
    return course


def _record(actor: Actor, course: Course, verb: str, after: Mapping[str, Any]) -> None:
    path = course.organisation.path
    trail.record(f"course:{course.pk}", verb, actor=actor, after=dict(after), org_path=path)


def _touch(actor: Actor, course: Course) -> None:
    course.changed_by_id, course.changed_at = actor.account_id, now()
    course.save(update_fields=["changed_by", "changed_at"])


@transaction.atomic
def save(actor: Actor, course: Course, values: Mapping[str, Any]) -> Course:
    """Enter a course, or change a draft. InvalidData beside what does not fit."""
    made = not course.pk
    if made:
        _sure(actor, course)
        course.made_by_id = actor.account_id
    else:
        course = _draft(actor, course.pk)
    for name in FIELDS:
        if name in values:
            setattr(course, name, values[name])
    course.changed_by_id, course.changed_at = actor.account_id, now()
    try:
        with transaction.atomic():
            course.save()
    except IntegrityError as error:
        raise InvalidData({"title": [_("本单位已经有同名的课。")]}) from error
    _record(actor, course, "create" if made else "change", {"title": course.title, "kind": course.kind})
    return course


@transaction.atomic
def save_lesson(actor: Actor, course: Course, lesson: Lesson, values: Mapping[str, Any], video: File | None) -> Lesson:
    """Enter a lesson, or change one: a text, a video of our own, or both."""
    course = _draft(actor, course.pk)
    lesson.course = course
    if not lesson.pk:
        last = course.lessons.order_by("-place").values_list("place", flat=True).first()
        lesson.place = (last or 0) + 1
    for name in ("title", "body", "minutes"):
        setattr(lesson, name, values[name])
    if video is not None:
        drop_stored(lesson.video_name)
        lesson.video_name, lesson.video_mime = keep_video(video)
    if not lesson.body.strip() and not lesson.video_name:
        raise InvalidData({"body": [_("请写正文，或者上传视频。")]})
    lesson.save()
    _touch(actor, course)
    _record(actor, course, "lesson", {"lesson": lesson.place, "video": bool(lesson.video_name)})
    return lesson


def keep_video(file: File) -> tuple[str, str]:
    """Store a video as we play it."""
    return keep_video_in("lessons", file, numbers().video_megabytes)


@transaction.atomic
def save_question(actor: Actor, course: Course, question: Question, values: Mapping[str, Any]) -> Question:
    """Enter a question, or change one. `choices`: texts; `right`: the places of the right ones, from 0."""
    course = _draft(actor, course.pk)
    choices, right = [text.strip() for text in values["choices"] if text.strip()], sorted(set(values["right"]))
    if len(choices) < 2 or len(set(choices)) != len(choices):
        raise InvalidData({"choices": [_("至少写两个不同的选项，一行一个。")]})
    if not right or right[0] < 0 or right[-1] >= len(choices):
        raise InvalidData({"right": [_("请写明哪些选项是对的，例如 1 或 1,3。")]})
    question.course, question.stem, question.choices, question.right = course, values["stem"], choices, right
    question.why = values.get("why", "")
    question.save()
    _touch(actor, course)
    _record(actor, course, "question", {"question": question.pk})
    return question


@transaction.atomic
def remove(actor: Actor, course: Course, row: Lesson | Question) -> None:
    """Take a lesson or a question out of a draft. A lesson that somebody has begun stays."""
    course = _draft(actor, course.pk)
    try:
        row.delete()
    except ProtectedError as error:
        raise GuardRefused([_("已经有人学过这一课，不能删除。")]) from error
    if isinstance(row, Lesson):
        drop_stored(row.video_name)
    _touch(actor, course)
    _record(actor, course, "remove", {"what": type(row).__name__.lower()})


VERBS: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "send": ((Status.DRAFT,), Status.REVIEW, WRITERS),
    "publish": ((Status.REVIEW,), Status.PUBLISHED, REVIEWERS),
    "send_back": ((Status.REVIEW,), Status.DRAFT, REVIEWERS),
    "withdraw": ((Status.PUBLISHED,), Status.WITHDRAWN, REVIEWERS),
    "rework": ((Status.WITHDRAWN,), Status.DRAFT, WRITERS),
}


@transaction.atomic
def turn(actor: Actor, course: Course, verb: str, note: str = "") -> Course:
    """送审、发布、退回、下架、重新修改. Whoever wrote or sent it does not publish it."""
    froms, to, roles = VERBS[verb]
    course = Course.objects.select_related("organisation").select_for_update(of=("self",)).get(pk=course.pk)
    _sure(actor, course, roles)
    if course.status not in froms:
        raise GuardRefused([_("现在的状态不能这样做，请刷新页面。")])
    if verb == "send":
        missing = lacking(course)
        if missing:
            raise GuardRefused(missing)
        course.sent_by_id = actor.account_id
    if verb == "publish" and actor.account_id in (course.made_by_id, course.sent_by_id, course.changed_by_id):
        raise GuardRefused([_("必须由另一位同事审核发布：您编写或送审了这门课。")])
    if verb == "send_back" and not note.strip():
        raise InvalidData({"note": [_("请写明要改什么。")]})
    if verb in ("publish", "send_back"):
        course.reviewed_by_id, course.reviewed_at, course.review_note = actor.account_id, now(), note.strip()[:300]
    course.status = to
    course.save()
    _record(actor, course, verb, {"status": to, "note": course.review_note if verb != "send" else ""})
    return course


def lacking(course: Course) -> list[str]:
    """What is still missing before it can be reviewed."""
    reasons = []
    if not course.lessons.exists():
        reasons.append(_("至少要有一课：讲稿正文或视频。"))
    if not course.questions.exists():
        reasons.append(_("至少要有一道测验题。"))
    if course.kind == Course.Kind.LECTURE and not (course.speaker and course.speaker_kind):
        reasons.append(_("请写明主讲人和身份。"))
    return reasons
