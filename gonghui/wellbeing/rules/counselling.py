"""心理服务: what applying and the steps of `patterns/counsel.yaml` do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.flow import choices, effect, guard, limit, tick
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context, act, set_fields
from gonghui.kernel.models import Clock, Matter, MatterParticipant, MatterScope
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of, today
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.services.hooks import follows
from gonghui.services.models import Application
from gonghui.services.spec import Service
from gonghui.wellbeing.counselling import anew, meetings, people, risk
from gonghui.wellbeing.models import Counselling, Counsellor, Session, SessionNote

# What was talked about is written down within so many days of it.
WRITTEN_DAYS = 3


@follows("M23")
def applied(actor: Actor, service: Service, application: Application, values: Mapping[str, Any]) -> None:
    """No organisation sees it: its scope rows go, and the counsellors of the nearest union that has some take part."""
    matter = application.matter
    MatterScope.objects.filter(matter=matter).delete()
    Counselling.objects.create(
        matter=matter,
        organisation=Organisation.objects.get(path=matter.holder_path),
        topic=str(values["topic"]),
        way=str(values["way"]),
        alarms=(alarms := risk.alarms_of(values)),
        answers_json=str(values.get("scale_points") or ""),
        at=application.applied_at,
    )
    accounts = people.nearest(matter.holder_path)
    people.open_to(matter, accounts)
    if alarms:
        act(matter.pk, "alarm", SYSTEM)
        matter.refresh_from_db()
    else:
        people.tell_waiting(matter, accounts, f"counsel:{matter.pk}:new")


def case_of(ctx: Context) -> Counselling:
    return ctx.once(_case_for)


def _case_for(matter: Matter) -> Counselling:
    return Counselling.objects.select_related("organisation").get(matter_id=matter.pk)


@effect("wellbeing.alarm")
def alarm(ctx: Context, args: Any) -> None:
    """P0: the counsellor who has it, else those on duty, are told at once."""
    case = case_of(ctx)
    found = case.alarms if ctx.role == "system" else [*case.alarms, "read"]
    set_fields(case, risk=Counselling.Risk.CRISIS, alarms=found)
    ctx.matter.priority = 0
    ctx.record(alarms=found)
    people.call(ctx.matter, people.present(ctx.matter), f"counsel:{ctx.matter.pk}:alarm:{ctx.matter.version}")


@tick("wellbeing.remind")
def remind(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    key = f"counsel:{matter.pk}:{clock.pk}:{clock.step}:{clock.started_at.timestamp():.0f}"
    people.tell_waiting(matter, people.present(matter), key)


@tick("wellbeing.widen")
def widen(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    """Nobody took it on in time: the counsellors of the unions above are asked as well."""
    accounts = people.all_above(matter.holder_path)
    people.open_to(matter, accounts)
    people.tell_waiting(matter, accounts, f"counsel:{matter.pk}:{clock.pk}:w{clock.step}")


@effect("wellbeing.reopen")
def reopen(ctx: Context, args: Any) -> None:
    anew.open_again(ctx.matter, case_of(ctx))


@tick("wellbeing.alarm_again")
def alarm_again(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    """Who has it has not answered: their colleagues are called as well, halfway."""
    people.open_to(matter, people.nearest(matter.holder_path))
    people.call(matter, people.present(matter), f"counsel:{matter.pk}:{clock.pk}:{clock.step}")


@tick("wellbeing.alarm_wider")
def alarm_wider(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    """Nobody answered: the counsellors of the unions above take part as well."""
    accounts = people.all_above(matter.holder_path)
    people.open_to(matter, accounts)
    text, key = people.ALARM.format(number=matter.number), f"counsel:{matter.pk}:{clock.pk}:w{clock.step}"
    people.tell(matter, accounts, text, key, sms=True)


@choices("wellbeing.counsellors")
def counsellors(matter: Matter, actor: Actor) -> list[tuple[str, str]]:
    """Those of the union, and who takes part already; the one with least to do first."""
    with as_system("the actor sees this matter"):
        rows_now = people.present(matter)
    found = {account.pk: account for account in [*people.nearest(matter.holder_path), *rows_now]}
    loads = {pk: load_of(pk) for pk in found}
    rows = sorted(found.values(), key=lambda account: (loads[account.pk], account.pk))
    return [(str(row.pk), _("%(who)s（在办 %(n)d）") % {"who": row, "n": loads[row.pk]}) for row in rows]


def load_of(account_id: int) -> int:
    with as_system("a number, not whose cases"):
        return Counselling.objects.filter(counsellor_id=account_id, matter__is_open=True).count()


@guard("wellbeing.has_room")
def has_room(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    row = Counsellor.objects.filter(account_id=int(ctx.data["counsellor"])).first()
    if row is not None and row.pk and load_of(row.account_id) >= row.max_open:
        return _("这位咨询师在办的已满，请换一位。")
    return None


@effect("wellbeing.triage")
def triage(ctx: Context, args: Any) -> None:
    set_fields(case_of(ctx), risk=ctx.data["risk"])


@effect("wellbeing.assign")
def assign(ctx: Context, args: Any) -> None:
    _give(ctx, int(ctx.data["counsellor"]))


@effect("wellbeing.take_self")
def take_self(ctx: Context, args: Any) -> None:
    assert ctx.actor.account_id is not None, "a counsellor has an account"
    _give(ctx, ctx.actor.account_id)


def _give(ctx: Context, account_id: int) -> None:
    set_fields(case_of(ctx), counsellor_id=account_id)
    ctx.matter.assignee_id = account_id
    people.only(ctx.matter, account_id)
    if account_id != ctx.actor.account_id:
        key = f"counsel:{ctx.matter.pk}:given:{ctx.matter.version}"
        people.tell_waiting(ctx.matter, people.present(ctx.matter), key)


def _write(ctx: Context, kind: SessionNote.Kind) -> None:
    assert ctx.actor.account_id is not None, "a counsellor has an account"
    SessionNote.objects.create(
        case=case_of(ctx), kind=kind, noted_text=ctx.data["note"], by_id=ctx.actor.account_id, at=ctx.now
    )


@effect("wellbeing.respond")
def respond(ctx: Context, args: Any) -> None:
    set_fields(case_of(ctx), responded_at=ctx.now)
    _write(ctx, SessionNote.Kind.CRISIS)


def _span(ctx: Context) -> tuple[datetime, datetime]:
    return ctx.data["starts"], ctx.data["starts"] + timedelta(minutes=ctx.data["minutes"])


@guard("wellbeing.time_free")
def time_free(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    if case_of(ctx).counsellor_id is None:
        return _("还没有定由谁负责，请先用“换一位咨询师”定下来。")
    if not ctx.data["minutes"]:
        return _("请写明要多长时间。")
    if re.search(r"https?://|www\.", ctx.data["place"] or "", re.IGNORECASE):
        return _("会议地址不要写在地点里；定好时间以后填在“视频会议地址”里，只有本人看得到。")
    starts, ends = _span(ctx)
    if starts <= ctx.now:
        return _("时间要在现在以后。")
    return _("这段时间您已经约了别人。") if _clashes(ctx, starts, ends) else None


def _clashes(ctx: Context, starts: datetime, ends: datetime) -> bool:
    """Locked: two times set at once for one counsellor must not overlap."""
    case = case_of(ctx)
    Account.objects.select_for_update(of=("self",)).get(pk=case.counsellor_id or 0)
    rows = Session.objects.filter(
        counsellor_id=case.counsellor_id, state=Session.State.AGREED, starts__lt=ends, ends__gt=starts
    )
    return rows.exclude(case=case).exists()


@limit("wellbeing.limit_talk")
def limit_talk(matter: Matter) -> Limit:
    """Some days after the agreed time, as whole days from today: then what was talked must be written down."""
    with as_system("the clock of the case itself"):
        agreed = Session.objects.filter(case__matter_id=matter.pk, state=Session.State.AGREED).order_by("starts").last()
    ahead = (day_of(agreed.starts) - today()).days if agreed is not None else 0
    return Limit.model_validate({"days": max(0, ahead) + WRITTEN_DAYS})


@effect("wellbeing.schedule")
def schedule(ctx: Context, args: Any) -> None:
    case, (starts, ends) = case_of(ctx), _span(ctx)
    assert case.counsellor_id is not None, "a time is set by who has the case"
    Session.objects.create(
        case=case, counsellor_id=case.counsellor_id, starts=starts, ends=ends, way=ctx.data["way"],
        place=ctx.data["place"] or "",
    )  # fmt: skip


def _end_session(ctx: Context, state: Session.State) -> None:
    Session.objects.filter(case=case_of(ctx), state=Session.State.AGREED).update(state=state, meeting_text="")


def _video(ctx: Context) -> Session | None:
    agreed = Session.objects.filter(case=case_of(ctx), state=Session.State.AGREED, way=meetings.VIDEO)
    return agreed.order_by("-starts").first()


@guard("wellbeing.is_video")
def is_video(ctx: Context, args: Any) -> str | None:
    return None if _video(ctx) is not None else _("约的不是视频；要改成视频请先改时间和方式。")


@effect("wellbeing.meet")
def meet(ctx: Context, args: Any) -> None:
    """A new address takes the place of an earlier one."""
    row = _video(ctx)
    assert row is not None, "the guard has found it"
    set_fields(row, meeting_text=ctx.data["meeting"])


@effect("wellbeing.cancel_session")
def cancel_session(ctx: Context, args: Any) -> None:
    _end_session(ctx, Session.State.CANCELLED)


@effect("wellbeing.missed")
def missed(ctx: Context, args: Any) -> None:
    _end_session(ctx, Session.State.MISSED)


@effect("wellbeing.hold")
def hold(ctx: Context, args: Any) -> None:
    _end_session(ctx, Session.State.HELD)
    set_fields(case_of(ctx), risk=ctx.data["risk"])
    _write(ctx, SessionNote.Kind.SESSION)


@effect("wellbeing.follow")
def follow(ctx: Context, args: Any) -> None:
    set_fields(case_of(ctx), how=ctx.data["how"])
    _write(ctx, SessionNote.Kind.FOLLOW)


@effect("wellbeing.end")
def end(ctx: Context, args: Any) -> None:
    """Over: who counselled keeps reading their own notes, others nothing."""
    case = case_of(ctx)
    rows = MatterParticipant.objects.filter(matter=ctx.matter, role=people.ROLE, until=None)
    rows.exclude(account_id=case.counsellor_id or 0).update(until=ctx.now)
