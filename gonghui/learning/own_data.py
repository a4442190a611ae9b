"""What somebody learnt, in the file of the own data that they may take along (个人信息保护法 45)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gonghui.kernel.scope import as_system
from gonghui.learning.models import Attempt, Certificate, Progress
from gonghui.people.actions import own_data_part, stays
from gonghui.people.models import Account

stays(_("证书和学时证明"), _("持证的人和用人单位要能核验；不再和您的账号相连。"))


@own_data_part("certificates", _("证书和学时证明"))
def certificates(account: Account) -> list[dict[str, Any]]:
    """The account's certificates as they were issued."""
    with as_system("one's own certificates"):
        rows = Certificate.objects.filter(account=account).select_related("organisation").order_by("issued_at")
        return [
            {
                "number": row.number,
                "name": row.holder_name,
                "title": row.title,
                "hours": str(row.hours),
                "score": row.score,
                "union": row.organisation.name,
                "issued_at": row.issued_at,
                "revoked_at": row.revoked_at,
            }
            for row in rows
        ]


@own_data_part("learning", _("学习进度和测验"))
def learning(account: Account) -> dict[str, list[dict[str, Any]]]:
    """How far the account came with each lesson, and each quiz it took."""
    with as_system("one's own lessons"):
        lessons = Progress.objects.filter(matter__owner_id=account.pk).select_related("lesson", "matter")
        quizzes = Attempt.objects.filter(matter__owner_id=account.pk).select_related("matter")
        return {
            "lessons": [
                {
                    "number": row.matter.number,
                    "lesson": row.lesson.title,
                    "opened_at": row.opened_at,
                    "seconds": row.seconds,
                    "done_at": row.done_at,
                }
                for row in lessons.order_by("opened_at")
            ],
            "quizzes": [
                {"number": row.matter.number, "at": row.at, "score": row.score, "passed": row.passed}
                for row in quizzes.order_by("at")
            ],
        }
