"""What the steps of an application for a job do: interview, hiring, beginning, asking after 30 and 90 days."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from gonghui.jobs import applying, taps
from gonghui.jobs.applying import ARRIVE_DAYS
from gonghui.jobs.models import JobApplication, Posting, Seeker
from gonghui.kernel import adapters, outbox
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.calendar import default_calendar
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow import effect, guard, limit, notifier, tick
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context, act
from gonghui.kernel.models import Clock, Matter, OutboxMessage
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, day_of, now

START_MOST_DAYS = 90
# How far ahead an interview may be, and how long after it the employer answers.
INTERVIEW_MOST_DAYS, RESULT_WORKING_DAYS = 60, 15
# At most 70 letters with the longest title cut (handbook 1.14).
NOTICES = {
    "seen": "单位已查看您投的“{title}”，编号{number}。",
    "interview": "“{title}”约您面试，时间地点请在“找工作”里查看，编号{number}。",
    "interview_moved": "“{title}”改了面试时间或地点，请在“找工作”里查看，编号{number}。",
    "hired": "“{title}”录用了您，{start} 到岗。到岗后请点：{secret}",
    "not_hired": "“{title}”没有录用您，原因请在“找工作”里查看，编号{number}。",
    "unanswered": "“{title}”没有按时答复，可以投别的岗位，编号{number}。",
    "not_there": "“{title}”登记为没有到岗；已到岗请{until}前在“找工作”里更正，编号{number}。",
    "ask_30": "到岗30天了，“{title}”还在干吗？点一下告诉工会：{secret}",
    "ask_90": "到岗90天了，“{title}”还在干吗？点一下告诉工会：{secret}",
    "left": "已记下您离开了“{title}”。被欠薪、被辞退可找工会：12351。",
    "remind_hired": "“{title}”您到岗了吗？点一下告诉工会：{secret}",
}
# What goes out by SMS too: short enough for one message with the link, and no word of who hired whom.
SMS = {"ask_30": "到岗30天了，还在干吗？请点：", "ask_90": "到岗90天了，还在干吗？请点："}
EMPLOYER_NOTICES = {
    "given_up": "有人放弃了“%(title)s”，编号%(number)s。",
    "arrived": "您录用的人确认到岗：“%(title)s”，编号%(number)s。",
    "reminder": "“%(title)s”有人投递或面试后等您答复，编号%(number)s，逾期自动关闭。",
}
TITLE_MOST = 14
ANSWERED = "（已经答复）"


def _row_for(matter: Matter) -> JobApplication:
    return JobApplication.objects.select_related("posting", "posting__matter", "seeker").get(matter=matter)


def row_of(ctx: Context) -> JobApplication:
    return ctx.once(_row_for)


def _days_after(day: Any, days: int) -> Limit:
    """A limit that ends so many days after a day, counted from now."""
    end = datetime.combine(day + timedelta(days=days), time(9), SHANGHAI)
    minutes = max(1, int((end - now()).total_seconds() // 60))
    return Limit.model_validate({"minutes": minutes})


@limit("jobs.limit_after_interview")
def limit_after_interview(matter: Matter) -> Limit:
    """面试后15个工作日, from the interview itself and not from the invitation."""
    at = _row_for(matter).interview_at or now()
    due = default_calendar().add_working_days(at, RESULT_WORKING_DAYS).at
    minutes = max(1, int((due - now()).total_seconds() // 60))
    return Limit.model_validate({"minutes": minutes})


@limit("jobs.limit_arrive")
def limit_arrive(matter: Matter) -> Limit:
    row = _row_for(matter)
    return _days_after(row.starts_on or day_of(now()), ARRIVE_DAYS)


@limit("jobs.limit_30")
def limit_30(matter: Matter) -> Limit:
    return _days_after(_row_for(matter).arrived_on or day_of(now()), 30)


@limit("jobs.limit_90")
def limit_90(matter: Matter) -> Limit:
    return _days_after(_row_for(matter).arrived_on or day_of(now()), 90)


@guard("jobs.interview_ahead")
def interview_ahead(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    if ctx.data["at"] <= ctx.now:
        return _("面试时间要在现在以后。")
    if day_of(ctx.data["at"]) > day_of(ctx.now) + timedelta(days=INTERVIEW_MOST_DAYS):
        return _("面试时间要在今天起 %(days)d 天以内。") % {"days": INTERVIEW_MOST_DAYS}
    return None


@guard("jobs.place_left")
def place_left(ctx: Context, args: Any) -> str | None:
    posting = row_of(ctx).posting
    return _("这个岗位要招的人已经录满。") if posting.hired >= posting.number else None


@guard("jobs.start_near")
def start_near(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    day = day_of(ctx.now)
    if day <= ctx.data["start"] <= day + timedelta(days=START_MOST_DAYS):
        return None
    return _("到岗日期要在今天起 %(days)d 天以内。") % {"days": START_MOST_DAYS}


def _told(row: JobApplication, ctx: Context) -> None:
    row.told_text = ctx.data.get("text") or ""


@effect("jobs.invite")
def invite(ctx: Context, args: Any) -> None:
    """From here the employer reads name and phone: that is what the worker agreed to."""
    row = row_of(ctx)
    row.interview_at, row.interview_place, row.revealed = ctx.data["at"], ctx.data["place"], True
    _told(row, ctx)
    row.save(update_fields=["interview_at", "interview_place", "revealed", "told_text"])


@effect("jobs.hire")
def hire(ctx: Context, args: Any) -> None:
    """录用: one of the posting's places, never more than there are."""
    row = row_of(ctx)
    free = Posting.objects.filter(pk=row.posting_id, hired__lt=F("number"))
    if not free.update(hired=F("hired") + 1):
        # Somebody was hired for the last place by an instant sooner.
        raise GuardRefused([_("这个岗位要招的人已经录满。")])
    row.starts_on, row.hired_at, row.revealed = ctx.data["start"], ctx.now, True
    _told(row, ctx)
    row.save(update_fields=["starts_on", "hired_at", "revealed", "told_text"])
    # Good until the day by which the beginning is asked for, and a little longer.
    day = row.starts_on + timedelta(days=ARRIVE_DAYS + 1)
    taps.renew(row, datetime.combine(day, time(0), SHANGHAI))


@effect("jobs.free_place")
def free_place(ctx: Context, args: Any) -> None:
    _free(row_of(ctx))


def _free(row: JobApplication) -> None:
    Posting.objects.filter(pk=row.posting_id, hired__gt=0).update(hired=F("hired") - 1)


@effect("jobs.end")
def end(ctx: Context, args: Any) -> None:
    """It came to nothing, or to its end: one may apply for this job again."""
    row = row_of(ctx)
    if ctx.transition.name == "give_up" and ctx.previous_state == "hired":
        _free(row)
    row.live = False
    row.save(update_fields=["live", *taps.clear(row)])


@effect("jobs.say_why")
def say_why(ctx: Context, args: Any) -> None:
    row = row_of(ctx)
    row.why = ctx.data["why"]
    _told(row, ctx)
    row.save(update_fields=["why", "told_text"])


@guard("jobs.may_correct")
def may_correct(ctx: Context, args: Any) -> str | None:
    """更正未到岗: for some days, and unless one has applied for the same job again."""
    row = row_of(ctx)
    if ctx.matter.state != "not_there":
        return None
    if (last := applying.correct_until(row, ctx.matter)) < day_of(ctx.now):
        return _("没有到岗的登记可以更正到 %(day)s 为止，已经过了。") % {"day": f"{last:%Y-%m-%d}"}
    if row.account_id and JobApplication.objects.filter(posting=row.posting_id, account=row.account_id, live=True):
        return _("这个岗位又投递过一次，请在新的投递里登记到岗。")
    return None


@effect("jobs.arrive")
def arrive(ctx: Context, args: Any) -> None:
    """到岗: it counts as employment; the registration ends, unless it has already. After 未到岗 one of the places is
    taken again, if there is one left: whether somebody is at work does not hang on that."""
    row = row_of(ctx)
    if ctx.previous_state == "not_there":
        Posting.objects.filter(pk=row.posting_id, hired__lt=F("number")).update(hired=F("hired") + 1)
        row.live = True
    row.arrived_on = day_of(ctx.now)
    row.save(update_fields=["arrived_on", "live", *taps.clear(row)])
    seeker = Seeker.objects.select_related("matter").get(pk=row.seeker_id)
    if seeker.active and seeker.matter.state in ("applied", "seeking"):
        act(seeker.matter_id, "found_work", SYSTEM, {"how": "platform"}, at=ctx.now)


@effect("jobs.new_tap")
def new_tap(ctx: Context, args: Any) -> None:
    taps.renew(row_of(ctx))


@effect("jobs.answer_30")
def answer_30(ctx: Context, args: Any) -> None:
    row = row_of(ctx)
    row.day30 = str(args)
    row.save(update_fields=["day30", *taps.clear(row)])


@effect("jobs.answer_90")
def answer_90(ctx: Context, args: Any) -> None:
    row = row_of(ctx)
    row.day90 = str(args)
    if not row.day30:
        row.day30 = str(args)
    row.save(update_fields=["day30", "day90", *taps.clear(row)])


@effect("jobs.left")
def left(ctx: Context, args: Any) -> None:
    row = row_of(ctx)
    gone = JobApplication.Answer.LEFT
    if not row.day30 and ctx.previous_state in ("arrived", "check30"):
        row.day30 = gone
    row.day90 = gone
    row.why, row.live = ctx.data["why"] or "", False
    row.save(update_fields=["day30", "day90", "why", "live", *taps.clear(row)])


# Messages.


def _short(title: str) -> str:
    return title if len(title) <= TITLE_MOST else f"{title[: TITLE_MOST - 1]}…"


def _tell(row: JobApplication, name: str, key: str) -> None:
    if row.account_id is None:
        return
    text = NOTICES[name].format(
        title=_short(row.posting.title),
        number=row.matter.number,
        start=row.starts_on.isoformat() if row.starts_on else "",
        until=f"{applying.correct_until(row, row.matter):%m-%d}",
        secret=outbox.HERE,
    )
    payload = {"text": text}
    if outbox.HERE in text:
        payload |= {"secret": "jobs.tap", "question": row.matter.state}
    outbox.enqueue("notice.app", key, payload, matter=row.matter, account_id=row.account_id)
    if name in SMS:
        asked = {"application": row.pk, "question": row.matter.state, "name": name}
        outbox.enqueue("notice.job_sms", f"{key}:sms", asked, matter=row.matter, account_id=row.account_id)


@outbox.secret("jobs.tap")
def tap_link(message: OutboxMessage) -> str:
    """The link that answers the message's question; once it is answered, the words that say so."""
    with as_system("the receiver's own message"):
        row = JobApplication.objects.select_related("matter").filter(matter_id=message.matter_id or 0).first()
    if row is None or row.matter.state != message.payload["question"]:
        return ANSWERED
    return taps.link(row, row.matter.state) or ANSWERED


@outbox.handler("notice.job_sms")
def job_sms(message: OutboxMessage) -> None:
    """The question by SMS. Phone and link are looked up now: the outbox never held them. Not sent once it is
    answered."""
    row = JobApplication.objects.select_related("account", "matter").get(pk=message.payload["application"])
    if row.matter.state != message.payload["question"] or not row.tap_code:
        return
    if row.account is None or not row.account.phone:
        raise outbox.Undeliverable("the account has no phone any more")
    name = settings.OUTBOX_ADAPTERS.get("sms", "")
    if name not in adapters.ADAPTERS:
        raise outbox.Undeliverable(f"no adapter {name!r} for the channel 'sms'")
    text = SMS[message.payload["name"]] + taps.link(row, row.matter.state)
    adapters.ADAPTERS[name]("sms", row.account.phone, text, message.key, "")


@notifier("jobs.application")
def notify(ctx: Context, name: str) -> None:
    row = row_of(ctx)
    row.matter = ctx.matter
    if name in EMPLOYER_NOTICES:
        applying.tell_employer(row, EMPLOYER_NOTICES[name], name)
    if name == "interview" and ctx.previous_state == "interview":
        name = "interview_moved"
    if name in NOTICES:
        _tell(row, name, f"jobs:{ctx.matter.pk}:{name}:{ctx.matter.version}")


@tick("jobs.remind_employer")
def remind_employer(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    row = _row_for(matter)
    if matter.state == "interview" and row.interview_at is not None and row.interview_at > now:
        # There is nothing to answer yet.
        return
    applying.tell_employer(row, EMPLOYER_NOTICES["reminder"], f"reminder-{clock.pk}-{clock.step}")


@tick("jobs.ask_worker")
def ask_worker(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    """Once more what the last message asked."""
    row = _row_for(matter)
    name = {"hired": "remind_hired", "check30": "ask_30", "check90": "ask_90"}.get(matter.state)
    if name:
        _tell(row, name, f"jobs:{matter.pk}:again:{clock.pk}:{clock.step}")
