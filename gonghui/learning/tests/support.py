"""Courses that were reviewed, and sessions and classes of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gonghui.appeals.tests.support import COUNTY
from gonghui.kernel.times import now
from gonghui.learning import certificates
from gonghui.learning.models import Certificate, Course, Evidence, Lesson, Question, SessionRecord, Teaching
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.services import actions
from gonghui.services.models import Offer
from gonghui.services.tests.support import offer


def course(kind: str = "skill", path: str = COUNTY, *, title: str = "电工入门", questions: int = 2) -> Course:
    """A published course of two lessons, with questions of which the first choice is right."""
    union = Organisation.objects.get(path=path)
    row = Course.objects.create(
        kind=kind, organisation=union, title=title, about="从头学起", speaker="罗工", speaker_kind="craftsman", hours=2,
        status="published", changed_at=now(),
    )  # fmt: skip
    for place in (1, 2):
        Lesson.objects.create(course=row, place=place, title=f"第{place}课", body="先断电，再动手。", minutes=10)
    for number in range(questions):
        Question.objects.create(course=row, stem=f"第{number + 1}题", choices=["对的", "错的"], right=[0])
    return row


def session(row: Course | None = None, **changes: Any) -> Offer:
    """A lecture that is held in two days."""
    row = row or course("lecture", title="劳模讲工匠精神")
    return offer("M08", data={"course": str(row.pk), "mode": "site"}, **changes)


def held(row: Offer, people: int = 20) -> SessionRecord:
    """The record by which a session counts: enough people, a photo, the sign sheet."""
    record = SessionRecord.objects.create(offer=row, others=people, at=now())
    for kind in ("photo", "sheet"):
        Evidence.objects.create(
            record=record, kind=kind, stored_name=f"{row.pk}-{kind}.png", original_name=f"{kind}.png",
            mime="image/png", sha256="0" * 64, at=now(),
        )  # fmt: skip
    return record


def taught(row: Offer, account: Account) -> Teaching:
    """The session was held, and this account taught it for two hours."""
    held(row)
    return Teaching.objects.create(
        offer=row, account=account, lecturer_name="罗师傅", title="model", title_proof="劳模证书 1 号",
        hours=Decimal(2), at=now(),
    )  # fmt: skip


def school_class(row: Course | None = None, **changes: Any) -> Offer:
    row = row or course()
    return offer("M09", data={"course": str(row.pk), "mode": "online"}, title=f"{row.title}班", **changes)


def open_course(row: Course | None = None) -> Offer:
    row = row or course()
    data = {"course": str(row.pk)}
    return offer("L02", data=data, title=row.title, capacity=None, starts=None, ends=None)


def certified(account: Account) -> Certificate:
    """A certificate of this account, as if it had come from another union's platform: without its application."""
    learner = actor_for(Account.objects.create_worker("13900008888"))
    values = {"offer": open_course().pk, "name": "王小明"}
    row = certificates.issue(actions.apply(learner, actions.service_for("L02"), values).matter)
    row.account = account
    row.save()
    return row


def ready_for(service_id: str, path: str) -> dict[str, Any]:
    """What somebody who signs up finds: a session that begins soon, a class, an open course; for the subsidy the
    newest worker has a certificate. The values that the form must have."""
    if service_id == "M08":
        return {"offer": session(course("lecture", path, title="劳模讲工匠精神"), path=path, hours=0.5, capacity=50).pk}
    if service_id == "M09":
        return {"offer": school_class(course("skill", path), path=path).pk}
    if service_id == "L02":
        return {"offer": open_course(course("skill", path)).pk}
    if service_id == "L03":
        row = session(course("lecture", path, title="劳模讲工匠精神"), path=path, hours=-5)
        return {"session": str(taught(row, Account.objects.filter(kind="worker").latest("pk")).offer_id)}
    if service_id == "L01":
        return {"certificate_no": certified(Account.objects.filter(kind="worker").latest("pk")).number}
    return {}
