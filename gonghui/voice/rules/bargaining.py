"""集体协商 step by step: limits by place, representatives, figures, rounds, the vote, filing, publication, renewal."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel import outbox
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.calendar import months_later
from gonghui.kernel.flow import choices, effect, guard, limit
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context, act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, day_of, now
from gonghui.voice import bargaining, tables, units
from gonghui.voice.models import Bargaining, Fulfilment, Representative, Session, Topic
from gonghui.voice.votes import Vote

OUTSIDE = "外聘"
OUTSIDE_MARK = re.compile(rf"[（(]?{OUTSIDE}[）)]?")
ALERTS = (90, 60, 30)


def bargaining_of(ctx: Context) -> Bargaining:
    """The bargaining of the matter being changed, read once for each transition."""
    return ctx.once(_bargaining_for)


def _bargaining_for(matter: Matter) -> Bargaining:
    return Bargaining.objects.select_related("organisation").get(matter_id=matter.pk)


def _day(ctx: Context) -> date:
    return day_of(ctx.now)


def _by_place(step: str) -> Callable[[Matter], Limit]:
    def find(matter: Matter) -> Limit:
        return tables.limit(step, matter.holder_path)

    return limit(f"voice.limit_{step}")(find)


BY_PLACE = {step: _by_place(step) for step in tables.STEPS}


def _until(day: date, hour: time = time(8)) -> Limit | None:
    """The time from now to a morning; None when it has passed."""
    left = datetime.combine(day, hour, tzinfo=SHANGHAI) - now()
    minutes = math.ceil(left.total_seconds() / 60)
    return Limit.model_validate({"minutes": minutes}) if minutes > 0 else None


@limit("voice.limit_renewal")
def limit_renewal(matter: Matter) -> Limit | None:
    """To the next of 90, 60 and 30 days before the end; none when the last has passed."""
    row = _bargaining_for(matter)
    assert row.valid_to is not None, "in force only with dates"
    found = (_until(row.valid_to - timedelta(days=days)) for days in ALERTS)
    return next((one for one in found if one is not None), None)


@limit("voice.limit_end")
def limit_end(matter: Matter) -> Limit:
    """To the morning after the last day."""
    row = _bargaining_for(matter)
    assert row.valid_to is not None, "in force only with dates"
    return _until(row.valid_to + timedelta(days=1), time(0)) or Limit.model_validate({"minutes": 1})


@choices("voice.subjects")
def subjects(matter: Matter, actor: Actor) -> Iterable[tuple[str, str]]:
    return bargaining.subjects(matter)


@choices("voice.topics")
def topics(matter: Matter, actor: Actor) -> Iterable[tuple[str, str]]:
    rows = Topic.objects.filter(bargaining__matter=matter).order_by("pk")
    return [(str(row.pk), f"{bargaining.subject_name(row.subject)}：{row.workers_say[:40]}") for row in rows]


@effect("voice.add_topic")
def add_topic(ctx: Context, args: Any) -> None:
    row = bargaining_of(ctx)
    Topic.objects.create(
        organisation=row.organisation,
        bargaining=row,
        subject=ctx.data["subject"],
        party=row.party,
        workers_say=ctx.data["workers_say"],
        figures=ctx.data["figures"] or "",
    )


@guard("voice.pool_has_topics")
def pool_has_topics(ctx: Context, args: Any) -> str | None:
    with as_system("the pool of the union whose matter the actor sees"):
        return None if bargaining.pool(bargaining_of(ctx)).exists() else _("议题库里没有等着的议题。")


@effect("voice.take_topics")
def take_topics(ctx: Context, args: Any) -> None:
    ctx.record(topics=bargaining.pool(bargaining_of(ctx)).update(bargaining=bargaining_of(ctx)))


@effect("voice.return_topics")
def return_topics(ctx: Context, args: Any) -> None:
    """Called off: what workers asked for waits again."""
    Topic.objects.filter(bargaining=bargaining_of(ctx), matter__isnull=False).update(bargaining=None)


@guard("voice.has_topics")
def has_topics(ctx: Context, args: Any) -> str | None:
    return None if bargaining_of(ctx).topics.exists() else _("要约里要写明议题，请先加议题。")


@effect("voice.keep_meeting")
def keep_meeting(ctx: Context, args: Any) -> None:
    _keep(ctx, meet_on=ctx.data["meet_on"])


def _keep(ctx: Context, **values: Any) -> None:
    row = bargaining_of(ctx)
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))


def people_in(text: str) -> list[tuple[str, bool]]:
    """(name, outside) for each line that names somebody."""
    found = []
    for line in text.splitlines():
        name = OUTSIDE_MARK.sub("", line).strip(" \t、，,")
        if name:
            found.append((name, OUTSIDE in line))
    return found


@guard("voice.delegates_fit")
def delegates_fit(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    least, share = tables.number("representatives"), tables.numbers()["outside_share"].value
    sides = {name: people_in(ctx.data[name]) for name in ("workers", "employer")}
    for people in sides.values():
        if len(people) < least:
            return _("每方协商代表不能少于 %(least)d 人（按本地规定）。") % {"least": least}
        if len({name for name, _out in people}) != len(people):
            return _("同一方里有重复的姓名。")
        # A third as the table holds it is a little less than a third.
        if sum(outside for _name, outside in people) > len(people) * share + share / 1000:
            return _("外聘的专业人员不能超过本方的三分之一（按本地规定）。")
        if people[0][1]:
            return _("首席代表（第一位）不能是外聘的。")
    if len(sides["employer"]) > len(sides["workers"]):
        return _("用人单位一方的代表不能多于职工一方（按本地规定）。")
    if {name for name, _out in sides["workers"]} & {name for name, _out in sides["employer"]}:
        return _("同一个人不能代表双方。")
    return None


@effect("voice.keep_delegates")
def keep_delegates(ctx: Context, args: Any) -> None:
    row = bargaining_of(ctx)
    row.representatives.all().delete()
    for side in Representative.Side.values:
        for place, (name, outside) in enumerate(people_in(ctx.data[side])):
            Representative.objects.create(bargaining=row, side=side, name=name, chief=place == 0, outside=outside)


@guard("voice.exchanged_in_time")
def exchanged_in_time(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    days = tables.number("exchange_days")
    if (ctx.data["meet_on"] - ctx.data["exchanged_on"]).days < days:
        return _("资料要在首次协商 %(days)d 天前交换（按本地规定）。") % {"days": days}
    return None


@effect("voice.keep_exchange")
def keep_exchange(ctx: Context, args: Any) -> None:
    _keep(ctx, exchanged_on=ctx.data["exchanged_on"], meet_on=ctx.data["meet_on"])


@guard("voice.round_fits")
def round_fits(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    row, held = bargaining_of(ctx), ctx.data["held_on"]
    if held > _day(ctx):
        return _("还没有开的会不能记。")
    if not ctx.data["signed"]:
        return _("会议记录要由双方首席代表签字。")
    last = row.sessions.order_by("-number").first()
    if last is not None and held < last.held_on:
        return _("不能早于上一轮（%(day)s）。") % {"day": last.held_on.isoformat()}
    return None


@effect("voice.keep_round")
def keep_round(ctx: Context, args: Any) -> None:
    row = bargaining_of(ctx)
    number = row.sessions.count() + 1
    Session.objects.create(
        bargaining=row,
        number=number,
        held_on=ctx.data["held_on"],
        place=ctx.data["place"],
        minutes=ctx.data["minutes"],
    )
    ctx.record(round=number)


@effect("voice.settle_topic")
def settle_topic(ctx: Context, args: Any) -> None:
    Topic.objects.filter(pk=int(ctx.data["topic"]), bargaining=bargaining_of(ctx)).update(
        employer_says=ctx.data["employer_says"], agreed=ctx.data["agreed"] or ""
    )


@guard("voice.held_a_round")
def held_a_round(ctx: Context, args: Any) -> str | None:
    return None if bargaining_of(ctx).sessions.exists() else _("还没有记过一轮协商。")


@guard("voice.draft_fits")
def draft_fits(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    begins, ends = ctx.data["valid_from"], ctx.data["valid_to"]
    if ends <= begins:
        return _("结束不能早于开始。")
    if ctx.data["covered"] < 1:
        return _("请写明覆盖多少人。")
    if ctx.matter.kind == bargaining.PLATFORM:
        return None
    least, most = tables.number("years_least"), tables.number("years_most")
    if not months_later(begins, 12 * least) <= ends + timedelta(days=1) <= months_later(begins, 12 * most):
        return _("集体合同期限一般为 %(least)d 至 %(most)d 年（按本地规定）。") % {"least": least, "most": most}
    return None


@effect("voice.keep_draft")
def keep_draft(ctx: Context, args: Any) -> None:
    names = ("agreement", "raise_percent", "covered", "valid_from", "valid_to")
    _keep(ctx, **{name: ctx.data[name] for name in names})


def _vote(ctx: Context) -> Vote:
    return Vote(ctx.data["total"], ctx.data["present"], ctx.data["favour"])


@guard("voice.votes_add_up")
def votes_add_up(ctx: Context, args: Any) -> str | None:
    if ctx.preview or _vote(ctx).adds_up:
        return None
    return _("票数对不上：赞成票不能多于实到人数，实到不能多于应到。")


@guard("voice.vote_passed")
def vote_passed(ctx: Context, args: Any) -> str | None:
    if ctx.preview or not _vote(ctx).adds_up:
        return None
    if not _vote(ctx).quorate:
        return _("到会的不足三分之二，这次表决无效。")
    return None if _vote(ctx).carried else _("赞成的没有超过全体的半数，没有通过；请选“没有通过，重新协商”。")


@guard("voice.vote_failed")
def vote_failed(ctx: Context, args: Any) -> str | None:
    return _("按票数已经通过，请选“职代会通过”。") if not ctx.preview and _vote(ctx).passed else None


@effect("voice.keep_vote")
def keep_vote(ctx: Context, args: Any) -> None:
    vote = _vote(ctx)
    _keep(ctx, vote_total=vote.total, vote_present=vote.present, vote_favour=vote.favour)


@effect("voice.keep_signing")
def keep_signing(ctx: Context, args: Any) -> None:
    _keep(ctx, signed_on=ctx.data["signed_on"])


@effect("voice.keep_filing")
def keep_filing(ctx: Context, args: Any) -> None:
    _keep(ctx, filed_on=ctx.data["filed_on"], filing_no=ctx.data["filing_no"] or "")


@effect("voice.take_effect")
def take_effect(ctx: Context, args: Any) -> None:
    _keep(ctx, effective_on=_day(ctx))


@effect("voice.publish_agreement")
def publish_agreement(ctx: Context, args: Any) -> None:
    """The unit's workers are told; who proposed a topic gets the answer to it."""
    _keep(ctx, published_at=ctx.now)
    row = bargaining_of(ctx)
    asked = list(Topic.objects.select_related("matter").filter(bargaining=row, matter__state="listed"))
    owners = {topic.matter.owner_id for topic in asked if topic.matter is not None}
    for topic in asked:
        act(topic.matter_id or 0, "published", SYSTEM, at=ctx.now)
    if row.kind == Bargaining.Kind.PLATFORM:
        return
    for account in sorted(units.accounts_of(row.organisation) - owners):
        text = f"{row.party}的{row.get_kind_display()}已公布，请到“查本单位集体合同”查看。"
        outbox.enqueue("notice.app", f"voice:{row.pk}:published:{account}", {"text": text}, account_id=account)


@effect("voice.keep_check")
def keep_check(ctx: Context, args: Any) -> None:
    Fulfilment.objects.create(
        bargaining=bargaining_of(ctx), on=_day(ctx), kept=ctx.data["kept"], found=ctx.data["found"]
    )


@guard("voice.may_renew")
def may_renew(ctx: Context, args: Any) -> str | None:
    days, ends = tables.number("alert_days"), bargaining_of(ctx).valid_to
    assert ends is not None, "in force only with dates"
    if _day(ctx) < ends - timedelta(days=days):
        return _("到期前 %(days)d 天内可以提出续订（按本地规定），到 %(day)s 期满。") % {
            "days": days,
            "day": ends.isoformat(),
        }
    return None


@effect("voice.renew")
def renew(ctx: Context, args: Any) -> None:
    """The old one binds until its last day; the new one begins from its topics."""
    row = bargaining_of(ctx)
    new = bargaining.begin(
        ctx.actor, row.organisation, row.kind, row.party, employer=row.employer, follows=row, at=ctx.now
    )
    ctx.record(renewal=new.matter.number)


@effect("voice.end_agreement")
def end_agreement(ctx: Context, args: Any) -> None:
    _keep(ctx, ended_on=bargaining_of(ctx).valid_to)
