"""联谊资料 in the file of the own data (个人信息保护法 45), and away with the account; so are the words of 心理服务."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gonghui.kernel.scope import as_system
from gonghui.people.actions import own_data_part
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account
from gonghui.services import retention
from gonghui.services.models import Application
from gonghui.wellbeing.models import AbuseReport, Counselling, MeetingChoice, MeetingFeedback, Profile, SessionNote

COUNSELLING = "M23"
TOLD = (
    "nick", "gender", "birth_year", "real_name", "phone", "unit_name", "about_me", "looking_for", "never_shown",
    "verified_at", "suspended",
)  # fmt: skip


@own_data_part("meeting", _("联谊资料、互选和反馈"))
def meeting(account: Account) -> list[dict[str, Any]]:
    """The profile with its owner's choices and words. Who chose them is told only when it is mutual."""
    with as_system("one's own profile"):
        return [
            {
                **{name: getattr(row, name) for name in TOLD},
                "chosen": [
                    {"event": one.offer.title, "nick": one.chosen.nick, "at": one.at}
                    for one in MeetingChoice.objects.filter(by=row).select_related("offer", "chosen").order_by("at")
                ],
                "feedback": [
                    {"event": one.offer.title, "stars": one.stars, "text": one.feedback_text, "at": one.at}
                    for one in MeetingFeedback.objects.filter(by=row).select_related("offer").order_by("at")
                ],
                "reports": [
                    {"text": one.reported_text, "state": one.state, "at": one.at}
                    for one in AbuseReport.objects.filter(by=account).order_by("at")
                ],
            }
            for row in Profile.objects.filter(account=account)
        ]


@erasure_part
def drop_profile(account: Account) -> None:
    """Choices and feedback go with the profile; what was reported stays with the union, by nobody."""
    Profile.objects.filter(account=account).delete()
    AbuseReport.objects.filter(by=account).update(by=None)


@retention.retention_part
def forget_answers(application: Application) -> None:
    """What was handed over of the self-check, and what the counsellor wrote, goes with the words of the worker."""
    cases = Counselling.objects.filter(matter=application.matter_id)
    SessionNote.objects.filter(case__in=cases).delete()
    cases.update(answers_json="")


@erasure_part
def forget_counselling(account: Account) -> None:
    """Nobody's accounts need what was told to a counsellor: words, phone, score and notes go with the account."""
    for row in Application.objects.filter(account=account, service=COUNSELLING, matter__is_open=False):
        retention.blank(row)
