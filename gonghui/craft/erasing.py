"""删除: with an account go the page, the telephone and the survey; who holds which honour is the union's record."""

from __future__ import annotations

from gonghui.craft import videos
from gonghui.craft.models import Craftsman, NoticeDeeds
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account
from gonghui.services import retention
from gonghui.services.models import Application


@erasure_part
def take_page_down(account: Account) -> None:
    for person in Craftsman.objects.filter(account=account):
        person.consented_at, person.phone, person.survey_json, person.hours_month = None, "", "{}", 0
        person.story, person.quote, person.photo, person.account = "", "", None, None
        person.save()
        videos.forget(person)


@retention.retention_part
def forget_deeds(application: Application) -> None:
    """What the public notice of a nomination told of the person; the library keeps what was consented to."""
    NoticeDeeds.objects.filter(notice__application=application).delete()
