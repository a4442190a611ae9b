"""What the flows of lectures and courses name: whether enough is learned, the quiz, the certificate, the limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar import months_later
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.flow import choices, effect, guard, limit
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of, now
from gonghui.learning import certificates, counting, courses, honoraria, study
from gonghui.learning import trial as trial
from gonghui.learning.models import Attempt, Certificate, Teaching
from gonghui.learning.tables import numbers
from gonghui.services import offers
from gonghui.services.amounts import Amount
from gonghui.services.hooks import checks, holders, reckons
from gonghui.services.models import Application, Seat
from gonghui.services.rules.common import application_of, values_of
from gonghui.services.spec import Service


@choices("learning.lectures")
def lectures(matter: Matter | None, actor: Actor | None) -> list[tuple[str, str]]:
    """The reviewed lectures that a union may hold."""
    return [(str(row.pk), _labelled(row)) for row in courses.holdable("lecture", actor)]


@choices("learning.skills")
def skills(matter: Matter | None, actor: Actor | None) -> list[tuple[str, str]]:
    return [(str(row.pk), _labelled(row)) for row in courses.holdable("skill", actor)]


def _labelled(row: Any) -> str:
    return f"{row.title}（{row.speaker}）" if row.speaker else row.title


@guard("learning.watched")
def watched(ctx: Context, args: Any) -> str | None:
    """Of an online session, enough was watched; it can be watched from its start on."""
    offer, course = study.course_of(ctx.matter)
    if offer.data.get("mode") != "online":
        return _("这一场在现场举行，请到现场签到。")
    if offer.starts is not None and offer.starts > ctx.now:
        return _("还没有开始。")
    least = numbers().watched_share
    have = study.share(study.steps(ctx.matter, course))
    return (
        None if have >= least else _("看满 %(least)d%% 才算参加，现在是 %(have)d%%。") % {"least": least, "have": have}
    )


@effect("learning.count_online")
def count_online(ctx: Context, args: Any) -> None:
    """Attendance of an online session: the minutes of the lessons that were watched."""
    _offer, course = study.course_of(ctx.matter)
    row = Seat.objects.get(application=application_of(ctx))
    done = [step for step in study.steps(ctx.matter, course) if step.done]
    row.minutes = sum(step.lesson.minutes for step in done)
    row.checked_in_at = min((s.progress.opened_at for s in done if s.progress is not None), default=ctx.now)
    row.checked_out_at = ctx.now
    row.save(update_fields=["minutes", "checked_in_at", "checked_out_at"])


@guard("learning.learned")
def learned(ctx: Context, args: Any) -> str | None:
    _offer, course = study.course_of(ctx.matter)
    least, have = numbers().learned_share, study.share(study.steps(ctx.matter, course))
    return (
        None if have >= least else _("学满 %(least)d%% 才能考核，现在是 %(have)d%%。") % {"least": least, "have": have}
    )


@guard("learning.passed")
def passed(ctx: Context, args: Any) -> str | None:
    if Attempt.objects.filter(matter=ctx.matter, passed=True).exists():
        return None
    return _("测验 %(least)d 分以上才算通过。") % {"least": numbers().pass_score}


@effect("learning.issue")
def issue(ctx: Context, args: Any) -> None:
    """The hours are credited and the certificate made."""
    ctx.record(certificate=certificates.issue(ctx.matter).number)


@limit("learning.limit_learn")
def limit_learn(matter: Matter) -> Limit:
    """Until the class ends, or the days of an open course."""
    offer = offers.offer_of(matter)
    if offer is None or offer.ends is None:
        return Limit.model_validate({"days": numbers().learn_days})
    left = offer.ends + timedelta(days=7) - now()
    return Limit.model_validate({"minutes": Decimal(max(1, int(left.total_seconds()) // 60))})


@guard("learning.certificate_stands")
def certificate_stands(ctx: Context, args: Any) -> str | None:
    """The subsidy is for a certificate of the applicant's own, not too old."""
    number = str(values_of(ctx).get("certificate_no") or "").upper()
    with as_system("whose certificate it is is asked next"):
        row = Certificate.objects.filter(number=number, revoked_at=None).first()
    application: Application = application_of(ctx)
    if row is None or row.account_id is None or row.account_id != application.account_id:
        return _("没有查到本人的这张证书，请核对证书编号。")
    last = months_later(day_of(row.issued_at), numbers().subsidy_months)
    if day_of(application.applied_at) > last:
        return _("发证已超过 %(n)d 个月。") % {"n": numbers().subsidy_months}
    return None


@checks("L01")
def own_certificate(actor: Actor, service: Service, values: Mapping[str, Any]) -> None:
    """Said at once, beside the field: the number must be of a certificate of one's own."""
    number = str(values.get("certificate_no") or "").upper()
    with as_system("one's own certificates"):
        own = Certificate.objects.filter(number=number, revoked_at=None, account_id=actor.account_id or 0).exists()
    if not own:
        raise InvalidData({"certificate_no": [_("没有查到本人的这张证书，请核对证书编号。")]})


@guard("learning.course_there")
def course_there(ctx: Context, args: Any) -> str | None:
    """Something to learn is there: the class names a course that is published."""
    try:
        _offer, course = study.course_of(ctx.matter)
    except NotFound:
        return _("这个班次还没有对应的课程，请先在“报名活动”里选好课程。")
    return None if course.status == course.Status.PUBLISHED else _("课程还没有审核发布。")


# 讲师课酬


@choices("learning.taught")
def taught(matter: Matter | None, actor: Actor | None) -> list[tuple[str, str]]:
    """The sessions that the actor taught; nobody in particular: all, so that a chosen one can be shown."""
    if actor is not None:
        rows = honoraria.claimable(actor.account_id)
    else:
        with as_system("the sessions are public"):
            rows = list(Teaching.objects.select_related("offer").order_by("-pk")[:1000])
    return [(str(row.offer_id), f"{row.offer.title} {offers.when(row.offer)}".strip()) for row in rows]


@checks(honoraria.SERVICE)
def taught_oneself(actor: Actor, service: Service, values: Mapping[str, Any]) -> None:
    row = honoraria.of_session(int(values["session"]))
    if row is None or row.account_id is None or row.account_id != actor.account_id:
        raise InvalidData({"session": [_("举办的工会还没有登记您讲过这一场，请和他们联系。")]})


@holders(honoraria.SERVICE)
def host_of(service: Service, values: Mapping[str, Any]) -> str:
    """The union that held the session."""
    row = honoraria.of_session(int(values["session"]))
    return row.offer.organisation.path if row is not None else ""


@reckons(honoraria.SERVICE)
def honorarium(application: Application) -> Amount | None:
    found = honoraria.of_application(application)
    return found.amount if found is not None else None


@guard("learning.session_held")
def session_held(ctx: Context, args: Any) -> str | None:
    """Only what was really held is paid: enough people, a photo, the sign sheet."""
    row = honoraria.of_session(int(values_of(ctx)["session"]))
    held = counting.session(row.offer) if row is not None else None
    if held is None:
        return _("这一场还没有举办。")
    return _("这一场还不算数：%(missing)s。") % {"missing": "、".join(held.missing)} if held.missing else None
