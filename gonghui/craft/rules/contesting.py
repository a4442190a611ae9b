"""技能竞赛: the steps of a contest, and those of its contestants (handbook 5.9)."""

from __future__ import annotations

import secrets
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.craft import contests, judging, objecting, rounds, tables, teams
from gonghui.craft.models import Contest, Contestant
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.flow import effect, flow_of, guard, limit
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context, act, set_fields
from gonghui.kernel.models import Matter
from gonghui.services import offers
from gonghui.services.actions import service_for
from gonghui.services.models import Application, Offer
from gonghui.services.review import takes_back
from gonghui.services.rules.common import application_of, values_of


def contest_for(ctx: Context) -> Contest:
    return ctx.once(_contest)


def _contest(matter: Matter) -> Contest:
    return Contest.objects.select_related("offer__organisation").get(matter_id=matter.pk)


# A contestant's own steps


def _own_contest(ctx: Context) -> Contest | None:
    return contests.contest_of(int(ctx.matter.data.get("offer") or 0))


@guard("craft.contest_takes")
def contest_takes(ctx: Context, args: Any) -> str | None:
    contest = _own_contest(ctx)
    if contest is None:
        return _("这个报名没有对应的竞赛，请先在“技能竞赛”里立项。")
    if contest.matter.state != "open":
        return _("已经抽签，不能再增加选手。")
    if contest.judges.filter(unit=values_of(ctx)["unit"]).exists():
        return _("选手单位有人当裁判，请先换裁判。")
    return None


@effect("craft.enter_contestant")
def enter_contestant(ctx: Context, args: Any) -> None:
    contest, application = _own_contest(ctx), application_of(ctx)
    assert contest is not None
    values = values_of(ctx)
    Contestant.objects.get_or_create(
        application=application,
        defaults={
            "contest": contest,
            "unit": values["unit"],
            "region": str(values.get("unit_region") or application.region),
            "registered_at": application.applied_at,
        },
    )


@effect("craft.leave_contest")
def leave_contest(ctx: Context, args: Any) -> None:
    application = application_of(ctx)
    Contestant.objects.filter(application=application).delete()
    teams.drop(application)


def _drawn(ctx: Context) -> str | None:
    contest = _own_contest(ctx)
    return _("已经抽签，不能再增加选手。") if contest is None or contest.matter.state != "open" else None


@takes_back("craft.leave_contest", too_late=_drawn)
def sign_up_again(ctx: Context) -> None:
    """Nothing to undo: a contestant is entered anew at the admission, a team is joined by its members' consent."""


@guard("craft.appeal_in_time")
def appeal_in_time(ctx: Context, args: Any) -> str | None:
    row = Contestant.objects.select_related("contest__matter").get(application=application_of(ctx))
    published, hours = row.contest.published_at, tables.numbers().appeal_hours
    if row.contest.matter.state != "published" or published is None or ctx.now > published + timedelta(hours=hours):
        return _("申诉要在成绩公布后 %(n)d 小时内提出，现在已经过了。") % {"n": hours}
    if "appeal" in ctx.matter.data:
        return _("您已经申诉过，答复见上。")
    return None


@effect("craft.appeal_answered")
def appeal_answered(ctx: Context, args: Any) -> None:
    ctx.matter.data = {**ctx.matter.data, "appeal": ctx.data["upheld"]}


# The contest's steps


@limit("craft.limit_appeal")
def limit_appeal(matter: Matter) -> Limit | None:
    return Limit(minutes=Decimal(60 * tables.numbers().appeal_hours))


@effect("craft.open_sign_up")
def open_sign_up(ctx: Context, args: Any) -> None:
    offers.turn(ctx.actor, service_for(contests.SERVICE), contest_for(ctx).offer, "publish")


@effect("craft.drop_sign_up")
def drop_sign_up(ctx: Context, args: Any) -> None:
    """Everybody who signed up is told."""
    offers.turn(ctx.actor, service_for(contests.SERVICE), contest_for(ctx).offer, "cancel")


def _applications(contest: Contest, *states: str) -> list[Application]:
    return list(
        Application.objects.select_related("matter").filter(seat__offer_id=contest.offer_id, matter__state__in=states)
    )


@guard("craft.ready_to_draw")
def ready_to_draw(ctx: Context, args: Any) -> str | None:
    contest, least = contest_for(ctx), tables.numbers().judges_least
    waiting = len(_applications(contest, "applied"))
    if waiting:
        return _("还有 %(n)d 个报名没有审核资格。") % {"n": waiting}
    if not contest.contestants.exists():
        return _("还没有审核通过的选手。")
    if (wrong := teams.wrong(contest)) is not None:
        return wrong
    count = contest.judges.count()
    if count < least:
        return _("至少要 %(least)d 位裁判，现在有 %(count)d 位。") % {"least": least, "count": count}
    return None


@effect("craft.draw")
def draw(ctx: Context, args: Any) -> None:
    """抽签: the sign-up is closed, and each contestant gets a number by lot."""
    contest = contest_for(ctx)
    row = contest.offer
    if row.status == Offer.Status.PUBLISHED:
        offers.turn(ctx.actor, service_for(contests.SERVICE), row, "close")
    _number(contest, list(contest.contestants.order_by("pk")), "numbered", ctx)


def _number(contest: Contest, people: list[Contestant], step: str, ctx: Context) -> None:
    """Numbers by lot, from 1 on."""
    numbers = list(range(1, len(people) + 1))
    secrets.SystemRandom().shuffle(numbers)
    for person, number in zip(people, numbers, strict=True):
        set_fields(person, blind_number=number)
        _move(person, step, ctx)
    judging.hand_out(contest, ctx.actor)
    ctx.record(contestants=len(people))


def _move(person: Contestant, step: str, ctx: Context) -> None:
    """The contestant's own application follows, where its flow says so from where it stands."""
    matter = person.application.matter
    flow = flow_of(matter)
    if step in flow.by_name and matter.state in flow.sources_of(flow.by_name[step]):
        act(matter.pk, step, SYSTEM, at=ctx.now)


@guard("craft.scores_whole")
def scores_whole(ctx: Context, args: Any) -> str | None:
    """Everybody has a theory paper and enough judges' sheets, as far as the round counts them."""
    contest, least = contest_for(ctx), tables.numbers().judges_least
    theory, practice = rounds.weights(contest)
    for row in rounds.active(contest).order_by("blind_number").prefetch_related("sheets"):
        if theory and row.theory is None:
            return _("%(n)d 号还没有理论成绩。") % {"n": row.blind_number or 0}
        if practice and len(contests.sheets_of(contest, row)) < least:
            return _("%(n)d 号还没有 %(least)d 位裁判的评分。") % {"n": row.blind_number or 0, "least": least}
    waiting = judging.open_tasks(contest).filter(state=judging.State.ASSIGNED).count()
    if waiting:
        return _("还有 %(n)d 份裁判评分表没有交：请裁判交表，或者收回。") % {"n": waiting}
    return None


@effect("craft.lock")
def lock(ctx: Context, args: Any) -> None:
    contest = contest_for(ctx)
    contests.rank_all(contest)
    set_fields(contest, lock_hash=contests.fingerprint(contest))
    ctx.record(lock=contest.lock_hash)


@guard("craft.lock_intact")
def lock_intact(ctx: Context, args: Any) -> str | None:
    if contests.intact(contest_for(ctx)):
        return None
    return _("分数和锁定时的校验码对不上，请报告督办员。")


@effect("craft.publish_ranking")
def publish_ranking(ctx: Context, args: Any) -> None:
    """Each contestant is told; also who had been ranked before the scores were corrected."""
    contest = set_fields(contest_for(ctx), published_at=ctx.now)
    for person in rounds.active(contest).select_related("application__matter").order_by("pk"):
        first = person.application.matter.state == "competing"
        _move(person, "scored" if first else "scored_anew", ctx)


def _appeals(contest: Contest) -> list[Matter]:
    """Of everybody who took part, also of those who are out since: what they said stands until it is answered."""
    return [
        person.application.matter
        for person in contest.contestants.select_related("application__matter")
        if person.application.matter.state == "appealed" or "appeal" in person.application.matter.data
    ]


@guard("craft.no_open_appeal")
def no_open_appeal(ctx: Context, args: Any) -> str | None:
    found = _appeals(contest_for(ctx))
    if any(matter.state == "appealed" for matter in found):
        return _("还有申诉没有答复。")
    if _to_correct(ctx):
        return _("有申诉或异议成立，请先更正成绩。")
    return None


def _to_correct(ctx: Context) -> bool:
    """Whether an appeal or an objection was right and the scores have not been corrected since."""
    contest, corrected = contest_for(ctx), set(ctx.matter.data.get("corrected") or ())
    answered = set(ctx.matter.data.get("answered") or ())
    return any(m.data.get("appeal") == "yes" and m.pk not in corrected for m in _appeals(contest)) or any(
        pk not in answered for pk in contest.objections.filter(upheld=True).values_list("pk", flat=True)
    )


@guard("craft.appeal_upheld")
def appeal_upheld(ctx: Context, args: Any) -> str | None:
    return None if _to_correct(ctx) else _("没有成立的申诉或异议，成绩不能改。")


@effect("craft.unlock")
def unlock(ctx: Context, args: Any) -> None:
    """The old fingerprint stays in the trail."""
    contest = contest_for(ctx)
    upheld = [matter.pk for matter in _appeals(contest) if matter.data.get("appeal") == "yes"]
    objections = list(contest.objections.filter(upheld=True).values_list("pk", flat=True))
    ctx.matter.data = {**ctx.matter.data, "corrected": upheld, "answered": objections}
    ctx.record(unlocked=contest.lock_hash)
    set_fields(contest, lock_hash="", published_at=None)


# Rounds


@guard("craft.more_rounds")
def more_rounds(ctx: Context, args: Any) -> str | None:
    return None if not contest_for(ctx).final else _("这是决赛，没有下一轮；请公示名次。")


@guard("craft.last_round")
def last_round(ctx: Context, args: Any) -> str | None:
    contest = contest_for(ctx)
    if contest.final:
        return None
    return _("%(round)s以后还有下一轮，请先让晋级的选手进入下一轮。") % {
        "round": rounds.name_of(contest, contest.round)
    }


@effect("craft.next_round")
def next_round(ctx: Context, args: Any) -> None:
    """The round's results are kept; who goes on gets a new number by lot and may appeal anew."""
    contest = contest_for(ctx)
    on, out = rounds.close(contest)
    again = {person.application.matter_id for person in on}
    corrected = [pk for pk in ctx.matter.data.get("corrected") or () if pk not in again]
    ctx.matter.data = {**ctx.matter.data, "corrected": corrected}
    for person in on:
        matter = person.application.matter
        if "appeal" in matter.data:
            matter.data = {name: value for name, value in matter.data.items() if name != "appeal"}
            matter.save(update_fields=["data"])
    _number(contest, sorted(on, key=lambda row: row.pk), "goes_on", ctx)
    ctx.record(goes_on=len(on), out=len(out))


# Objections of anybody, while the ranking stands under notice


@effect("craft.settle_objections")
def settle_objections(ctx: Context, args: Any) -> None:
    for one in contest_for(ctx).objections.filter(upheld=None):
        one.settle(ctx.data["finding"], ctx.data["upheld"] == "yes", ctx.actor.account_id, ctx.now)


@guard("craft.no_open_objection")
def no_open_objection(ctx: Context, args: Any) -> str | None:
    return _("还有没核查完的异议，核查清楚才能表彰。") if objecting.open_ones(contest_for(ctx)) else None


PRIZES = ("first", "second", "third")


@guard("craft.prizes_fit")
def prizes_fit(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    contest, count = contest_for(ctx), sum(ctx.data[name] for name in PRIZES)
    if contest.entry == Contest.Entry.TEAM:
        ranked = contest.teams.exclude(rank=None).count()
        return _("奖项总数不能多于有名次的队伍。") if count > ranked else None
    if count > rounds.active(contest).count():
        return _("奖项总数不能多于选手人数。")
    return None


@effect("craft.award_contest")
def award_contest(ctx: Context, args: Any) -> None:
    """表彰: prizes by rank in the final, to teams where teams compete; every contestant's application ends."""
    contest = contest_for(ctx)
    prizes = [name for name in PRIZES for _one in range(ctx.data[name])]
    won: dict[int, str] = {}
    if contest.entry == Contest.Entry.TEAM:
        for team in contest.teams.exclude(rank=None):
            set_fields(team, award=_prize(prizes, team.rank))
            won |= dict.fromkeys(teams.contestants(team).values_list("pk", flat=True), team.award)
    else:
        won = {row.pk: _prize(prizes, row.rank) for row in rounds.active(contest)}
    for person in contest.contestants.select_related("application__matter").order_by("rank"):
        set_fields(person, award=won.get(person.pk, ""))
        _move(person, "finish", ctx)
    ctx.matter.data = {**ctx.matter.data, "organised": ctx.data["organised"] or ""}


def _prize(prizes: list[str], rank: int | None) -> str:
    return prizes[rank - 1] if rank and rank <= len(prizes) else ""


@effect("craft.sum_up")
def sum_up(ctx: Context, args: Any) -> None:
    set_fields(contest_for(ctx), summary=ctx.data["summary"])
    ctx.matter.data = {**ctx.matter.data, "promoted": ctx.data["promoted"]}
