"""证书、学时证明: issued when a quiz is passed, checked by anybody who has the number."""

from __future__ import annotations

import secrets

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotFound
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.kernel.vault import mask_name
from gonghui.learning.models import Attempt, Certificate
from gonghui.learning.study import course_of
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application


def issue(matter: Matter) -> Certificate:
    """The certificate of an application, made once. The tail of its number cannot be guessed."""
    offer, course = course_of(matter)
    application = Application.objects.get(matter=matter)
    values = load(service_of(application), application.values_json)
    best = Attempt.objects.filter(matter=matter, passed=True).order_by("-score").values_list("score", flat=True).first()
    at = now()
    count = next_number(f"learning:certificate:{at:%Y}")
    row, _made = Certificate.objects.get_or_create(
        matter=matter,
        defaults={
            "course": course,
            "organisation": offer.organisation,
            "account_id": matter.owner_id,
            "number": f"{application.service}-{at:%Y}-{count:06d}-{secrets.token_hex(3).upper()}",
            "holder_name": str(values.get("name") or ""),
            "title": course.title,
            "hours": course.hours,
            "score": best,
            "issued_at": at,
        },
    )
    return row


def find(number: str) -> tuple[Certificate, str]:
    """A certificate by its whole number, with the masked name. NotFound otherwise."""
    with as_system("whoever has the number may check it"):
        row = Certificate.objects.select_related("organisation").filter(number=number.upper()).first()
    if row is None:
        raise NotFound
    return row, mask_name(row.holder_name)


def of_matter(matter: Matter) -> Certificate | None:
    """The caller has found that the matter is the actor's to see."""
    with as_system("the caller may see the matter"):
        return Certificate.objects.select_related("organisation").filter(matter=matter).first()


def own(actor: Actor) -> list[Certificate]:
    """The worker's certificates, newest first."""
    if actor.account_id is None:
        return []
    with as_system("one's own certificates"):
        rows = Certificate.objects.select_related("organisation").filter(account_id=actor.account_id)
        return list(rows.order_by("-issued_at")[:100])
