"""Courses that were reviewed, and sessions and classes of them."""

from __future__ import annotations

from typing import Any

from gonghui.appeals.tests.support import COUNTY
from gonghui.learning import trial
from gonghui.learning.models import Course, Teaching
from gonghui.learning.trial import held as held
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.services.models import Offer
from gonghui.services.tests.support import offer


def course(kind: str = "skill", path: str = COUNTY, *, title: str = "电工入门", questions: int = 2) -> Course:
    """A published course of two lessons, with questions of which the first choice is right."""
    return trial.a_course(Organisation.objects.get(path=path), kind, title, questions)


def session(row: Course | None = None, **changes: Any) -> Offer:
    """A lecture that is held in two days."""
    row = row or course("lecture", title="劳模讲工匠精神")
    return offer("M08", data={"course": str(row.pk), "mode": "site"}, **changes)


def taught(row: Offer, account: Account) -> Teaching:
    """The session was held, and this account taught it for two hours."""
    return trial.taught(row, account.pk)


def school_class(row: Course | None = None, **changes: Any) -> Offer:
    row = row or course()
    return offer("M09", data={"course": str(row.pk), "mode": "online"}, title=f"{row.title}班", **changes)


def open_course(row: Course | None = None) -> Offer:
    row = row or course()
    data = {"course": str(row.pk)}
    return offer("L02", data=data, title=row.title, capacity=None, starts=None, ends=None)
