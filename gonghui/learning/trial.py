"""试办: the reviewed course, the certificate and the session held that a walk through this room's services finds."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from gonghui.kernel.times import now
from gonghui.learning import certificates, honoraria
from gonghui.learning.models import Course, Evidence, Lesson, Question, SessionRecord, Teaching
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.services import actions
from gonghui.services.models import Offer
from gonghui.services.trial.walkers import Scene, stages
from gonghui.services.trial.world import NAME, free_phone


def a_course(union: Organisation, kind: str = "skill", title: str = "电工入门", questions: int = 2) -> Course:
    """A published course of two lessons, with questions of which the first choice is right."""
    row = Course.objects.create(
        kind=kind, organisation=union, title=title, about="从头学起", speaker="罗工", speaker_kind="craftsman", hours=2,
        status=Course.Status.PUBLISHED, changed_at=now(),
    )  # fmt: skip
    for place in (1, 2):
        Lesson.objects.create(course=row, place=place, title=f"第{place}课", body="先断电，再动手。", minutes=10)
    for number in range(questions):
        Question.objects.create(course=row, stem=f"第{number + 1}题", choices=["对的", "错的"], right=[0])
    return row


def an_offer(service: str, union: Organisation, course: Course, **changes: Any) -> Offer:
    """A session or class of a course; without days it is open."""
    values: dict[str, Any] = {
        "service": service, "organisation": union, "region": union.region_id or "", "title": course.title,
        "status": Offer.Status.PUBLISHED, "made_at": now(), "data": {"course": str(course.pk)},
    }  # fmt: skip
    return Offer.objects.create(**{**values, **changes})


def held(row: Offer, people: int = 20) -> SessionRecord:
    """The record by which a session counts: enough people, a photo, the sign sheet. No file is written."""
    record = SessionRecord.objects.create(offer=row, others=people, at=now())
    for kind in ("photo", "sheet"):
        Evidence.objects.create(
            record=record, kind=kind, stored_name=f"{row.pk}-{kind}.png", original_name=f"{kind}.png",
            mime="image/png", sha256="0" * 64, at=now(),
        )  # fmt: skip
    return record


def taught(row: Offer, account_id: int | None) -> Teaching:
    """The session was held, and this account taught it for two hours."""
    held(row)
    return Teaching.objects.create(
        offer=row, account_id=account_id, lecturer_name="罗师傅", title="model", title_proof="劳模证书 1 号",
        hours=Decimal(2), at=now(),
    )  # fmt: skip


@stages("lecture", "course")
def of_a_course(scene: Scene) -> None:
    """What one signs up for is of a reviewed course."""
    kind = "lecture" if scene.service.flow.get("pattern") == "lecture" else "skill"
    row = a_course(scene.union, kind)
    for offer in Offer.objects.filter(pk__in=scene.offers):
        offer.data = {**offer.data, "course": str(row.pk), "mode": "site" if kind == "lecture" else "online"}
        offer.save(update_fields=["data"])


@stages("L01")
def a_certificate(scene: Scene) -> dict[str, Any]:
    """A certificate of the applicant's own, as if it had come from another union's platform."""
    learner = actor_for(Account.objects.create_worker(free_phone()))
    offer = an_offer("L02", scene.union, a_course(scene.union))
    row = certificates.issue(
        actions.apply(learner, actions.service_for("L02"), {"offer": offer.pk, "name": NAME}).matter
    )
    row.account_id = scene.worker.account_id
    row.save(update_fields=["account_id"])
    return {"certificate_no": row.number}


@stages(honoraria.SERVICE)
def a_session_held(scene: Scene) -> dict[str, Any]:
    """A session that the applicant taught this morning."""
    starts = now() - timedelta(hours=5)
    course = a_course(scene.union, "lecture", "劳模讲工匠精神")
    data = {"course": str(course.pk), "mode": "site"}
    row = an_offer("M08", scene.union, course, data=data, starts=starts, ends=starts + timedelta(hours=2))
    taught(row, scene.worker.account_id)
    return {"session": str(row.pk)}
