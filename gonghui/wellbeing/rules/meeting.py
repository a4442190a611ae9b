"""交友联谊: who may, the profile that applying makes and leaving unmakes, events for who is verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow import effect
from gonghui.kernel.matters import Context, set_fields
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.identity import age_on, born_on
from gonghui.services.files import drop_files
from gonghui.services.hooks import checks, follows, moves
from gonghui.services.models import Application, FormFile, Seat
from gonghui.services.rules.common import application_of, values_of
from gonghui.services.spec import Service
from gonghui.wellbeing.models import Profile

# 民法典 1047 [V]: 结婚年龄，男不得早于二十二周岁，女不得早于二十周岁。
LEAST_AGE = {"M": 22, "F": 20}


def gender_of(id_no: str) -> str:
    """M or F by the last but one digit of an identity number (GB 11643)."""
    return "M" if int(id_no[16]) % 2 else "F"


@checks("M24")
def may_meet(actor: Actor, service: Service, values: Mapping[str, Any]) -> None:
    number = str(values["id_no"])
    age = age_on(number, today())
    if age is None or age < LEAST_AGE[gender_of(number)]:
        raise GuardRefused([_("女满20、男满22周岁才能参加（民法典第一千零四十七条）。")])


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    number = str(values["id_no"])
    born = born_on(number)
    assert born is not None, "the form has checked it"
    return {
        "nick": values["nick"],
        "gender": gender_of(number),
        "birth_year": born.year,
        "real_name": values["name"],
        "phone": values["phone"],
        "unit_name": values.get("unit_name") or "",
        "about_me": values["about_me"],
        "looking_for": values.get("looking_for") or "",
        "never_shown": values.get("never_shown") or "",
    }


@follows("M24")
def profile_made(actor: Actor, service: Service, application: Application, values: Mapping[str, Any]) -> None:
    assert actor.account_id is not None, "who applies has signed in"
    if Profile.objects.filter(account_id=actor.account_id).exists():
        raise GuardRefused([_("您已经有联谊资料；要重新填，请先退出。")])
    Profile.objects.create(
        application=application,
        account_id=actor.account_id,
        organisation=Organisation.objects.get(path=application.matter.holder_path),
        **_columns(values),
    )


@moves("M24")
def profile_moved(application: Application, path: str) -> None:
    """Who verifies it has it, and shows it among its own."""
    union = Organisation.objects.get(path=path)
    Profile.objects.filter(application=application).update(organisation=union)


def profile_of(ctx: Context) -> Profile:
    return ctx.once(_profile_for)


def _profile_for(matter: Matter) -> Profile:
    return Profile.objects.get(application__matter_id=matter.pk)


@effect("wellbeing.refill_profile")
def refill_profile(ctx: Context, args: Any) -> None:
    set_fields(profile_of(ctx), **_columns(values_of(ctx)))


@effect("wellbeing.verify_profile")
def verify_profile(ctx: Context, args: Any) -> None:
    set_fields(profile_of(ctx), verified_at=ctx.now)


@effect("wellbeing.suspend_profile")
def suspend_profile(ctx: Context, args: Any) -> None:
    set_fields(profile_of(ctx), suspended=True)


@effect("wellbeing.restore_profile")
def restore_profile(ctx: Context, args: Any) -> None:
    set_fields(profile_of(ctx), suspended=False)


@effect("wellbeing.erase_profile")
def erase_profile(ctx: Context, args: Any) -> None:
    """退出即删除: the profile with all choices by and of it, the photo, what was filled in, the identity number."""
    erase(application_of(ctx))


def erase(application: Application) -> None:
    Profile.objects.filter(application=application).delete()
    drop_files(FormFile.objects.filter(application=application))
    application.values_json, application.id_no, application.figures, application.checked = "{}", "", {}, []
    application.save(update_fields=["values_json", "id_no", "person_index", "figures", "checked"])


@checks("W06")
def may_sign_up(actor: Actor, service: Service, values: Mapping[str, Any]) -> None:
    with as_system("one's own profile"):
        mine = Profile.objects.filter(account_id=actor.account_id or 0).first()
    if mine is None or mine.verified_at is None:
        raise GuardRefused([_("请先填写联谊资料，核验后再报名活动。")])
    if mine.suspended:
        raise GuardRefused([_("您的联谊资料已停用，不能报名。")])


def came_to(profile: Profile) -> list[int]:
    """The events at which somebody was present."""
    rows = Seat.objects.filter(
        application__account_id=profile.account_id, offer__service="W06", checked_in_at__isnull=False
    )
    return list(rows.values_list("offer_id", flat=True))
