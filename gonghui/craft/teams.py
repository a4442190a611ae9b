"""参赛队: who signed up makes a team or joins one by its code; so each member consents by joining (handbook 5.9)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.craft import scoring, tables
from gonghui.craft.models import Contest, Contestant, Team, TeamMember
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import locked, set_fields
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.tickets import new_letters
from gonghui.kernel.times import now
from gonghui.services.actions import application_of
from gonghui.services.models import Application

CODE_LENGTH = 8
PLACES = ("applied", "qualified")


@dataclass(frozen=True)
class Own:
    """The team of an application, for its owner: names are its members' own affair, so only how many there are."""

    contest: Contest
    team: Team | None
    count: int
    open: bool
    least: int
    most: int


def own(application: Application) -> Own | None:
    """None where the contest is not for teams. The caller has found that the application is the reader's own."""
    with as_system("one's own application"):
        contest = (
            Contest.objects.select_related("matter")
            .filter(offer__seats__application=application, entry=Contest.Entry.TEAM)
            .first()
        )
        if contest is None:
            return None
        place = TeamMember.objects.select_related("team").filter(application=application).first()
        limits = tables.rounds().team
        return Own(
            contest,
            place.team if place is not None else None,
            place.team.members.count() if place is not None else 0,
            contest.matter.state == "open" and application.matter.state in PLACES,
            limits.least,
            limits.most,
        )


def _open(actor: Actor, matter_id: int) -> tuple[Application, Contest]:
    """The worker's own application, and its contest, locked, while teams may still be made."""
    application, _service = application_of(actor, matter_id)
    found = own(application)
    if found is None:
        raise NotFound
    with as_system("one's own application"):
        # Locked as the draw locks it: nobody joins a team while it is drawn.
        matter = Matter.objects.select_for_update(of=("self",)).get(pk=found.contest.matter_id)
        if matter.state != "open" or application.matter.state not in PLACES:
            raise GuardRefused([_("已经抽签或不再参赛，不能再组队。")])
    return application, found.contest


def _consented(consent: bool) -> None:
    if not consent:
        raise InvalidData({"consent": [_("请勾选同意，才能组队。")]})


@transaction.atomic
def make(actor: Actor, matter_id: int, name: str, consent: bool) -> Team:
    """组队. InvalidData beside the name; GuardRefused after the draw."""
    _consented(consent)
    application, contest = _open(actor, matter_id)
    name = " ".join(name.split())
    if not name:
        raise InvalidData({"name": [_("请写队名。")]})
    try:
        with as_system("one's own application"), transaction.atomic():
            code = new_letters(CODE_LENGTH)
            team = Team.objects.create(contest=contest, name=name, code=code, made_at=now())
    except IntegrityError:
        raise InvalidData({"name": [_("这个队名已经有了，请换一个。")]}) from None
    _place(application, team)
    return team


@transaction.atomic
def join(actor: Actor, matter_id: int, code: str, consent: bool) -> Team:
    """凭队码加入. InvalidData beside the code: none such in this contest, or the team is full."""
    _consented(consent)
    application, contest = _open(actor, matter_id)
    with as_system("one's own application"):
        team = contest.teams.filter(code="".join(code.split()).upper()).first()
        if team is None:
            raise InvalidData({"code": [_("这场竞赛没有这个队码，请向队友核对。")]})
        most = tables.rounds().team.most
        if team.members.count() >= most:
            raise InvalidData({"code": [_("这支队伍已经满 %(most)d 人。") % {"most": most}]})
    _place(application, team)
    return team


def _place(application: Application, team: Team) -> None:
    with as_system("one's own application"):
        if TeamMember.objects.filter(application=application).exists():
            raise GuardRefused([_("您已经在一支队伍里，要换队请先退出。")])
        TeamMember.objects.create(team=team, application=application, consented_at=now())


@transaction.atomic
def leave(actor: Actor, matter_id: int) -> None:
    """退出队伍. The last one out takes the team with them."""
    application, _contest = _open(actor, matter_id)
    with as_system("one's own application"):
        drop(application)


def drop(application: Application) -> None:
    """Out of its team, where it is in one: by its owner, or because it no longer takes part."""
    place = TeamMember.objects.select_related("team").filter(application=application).first()
    if place is None:
        return
    team = place.team
    place.delete()
    if not team.members.exists():
        team.delete()


@transaction.atomic
def dissolve(actor: Actor, contest: Contest, team_id: int, hands: tuple[str, ...]) -> None:
    """解散 by the host, before the draw: a name that cannot be shown, a team that does not come about."""
    if contest.matter.holder_path not in actor.paths_as(*hands):
        raise NotAllowed
    with as_system("the union's own contest"):
        matter = locked(contest.matter_id, actor)
        team = contest.teams.filter(pk=team_id).first()
        if team is None:
            raise NotFound
        if matter.state != "open":
            raise GuardRefused([_("已经抽签，不能再改队伍。")])
        after = {"team": team.name}
        team.delete()
        trail.record(f"matter:{contest.matter_id}", "dissolve", actor=actor, matter=matter, after=after)


def wrong(contest: Contest) -> str | None:
    """What keeps a contest for teams from its draw: somebody without a team, a team too small."""
    if contest.entry != Contest.Entry.TEAM:
        return None
    alone = contest.contestants.filter(application__team_place=None).count()
    if alone:
        return _("还有 %(n)d 名选手没有组队。") % {"n": alone}
    least = tables.rounds().team.least
    for team in contest.teams.order_by("pk"):
        count = contestants(team).count()
        if count < least:
            return _("“%(team)s”只有 %(n)d 名审核通过的队员，至少要 %(least)d 名；请等队友报名或解散这支队伍。") % {
                "team": team.name,
                "n": count,
                "least": least,
            }
    return None


def rank(contest: Contest, standings: dict[int, scoring.Standing]) -> list[Team]:
    """团体成绩 from the members' standings (by the contestant's key); the ranked teams, the best first. A team of which
    fewer than the least came has no score, no rank, and does not go on."""
    rule, least = tables.rounds().rule(contest.team_rule), tables.rounds().team.least
    teams, rows = {team.pk: team for team in contest.teams.filter(out_after=None)}, []
    for team in teams.values():
        members = contestants(team).values_list("pk", flat=True)
        counted = [standings[pk] for pk in members if pk in standings]
        if len(counted) < least:
            set_fields(team, total=None, rank=None, goes_on=None if contest.final else False)
        else:
            rows.append(scoring.of_team(counted, rule.best, team.pk, team.made_at))
    ordered = scoring.ranked(rows)
    for place, row in ordered:
        set_fields(teams[row.key], total=row.total, rank=place)
    return [teams[row.key] for _place, row in ordered]


def contestants(team: Team) -> QuerySet[Contestant]:
    """The members that were admitted."""
    return Contestant.objects.filter(contest_id=team.contest_id, application__team_place__team=team)


def close(contest: Contest) -> None:
    """A round is over: what each team reached is kept; who goes on begins anew."""
    for team in contest.teams.filter(out_after=None):
        earlier = [*team.earlier, [str(team.total) if team.total is not None else "", team.rank, bool(team.goes_on)]]
        if team.goes_on:
            set_fields(team, earlier=earlier, total=None, rank=None, goes_on=None)
        else:
            set_fields(team, earlier=earlier, total=None, rank=None, out_after=contest.round)


def facts(contest: Contest) -> dict[str, list[str]]:
    """What the fingerprint of the scores covers of the teams."""
    rows = contest.teams.filter(out_after=None).order_by("pk")
    return {str(team.pk): [team.name, str(team.total), str(team.rank), str(team.goes_on)] for team in rows}


@dataclass(frozen=True)
class RankedTeam:
    """One line of a published ranking of teams. `rank` is None for a team too few of which came."""

    name: str
    rank: int | None
    total: str
    goes_on: bool
    award: str
    members: int


def ranking(contest: Contest, number: int) -> list[RankedTeam]:
    """The teams of one round, the best first. The caller has found that it is published."""
    rows = []
    for team in contest.teams.prefetch_related("members"):
        count = len(team.members.all())
        if number < len(team.earlier):
            total, place, goes_on = team.earlier[number]
            rows.append(RankedTeam(team.name, place, total, goes_on, "", count))
        elif number == contest.round and team.out_after is None:
            total = str(team.total) if team.total is not None else ""
            rows.append(RankedTeam(team.name, team.rank, total, bool(team.goes_on), team.award, count))
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, row.name))
