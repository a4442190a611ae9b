"""技能竞赛: propose one, judges, theory papers, score sheets, the ranking (handbook 5.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.craft import rounds, scoring, sheets, tables, teams
from gonghui.craft.models import Contest, Contestant, Judge, RoundResult, ScoreSheet
from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act, locked, open_matter, set_fields
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system, bind, visible_to
from gonghui.kernel.times import now
from gonghui.kernel.vault import mask_name
from gonghui.organisations.models import Organisation
from gonghui.services import offers
from gonghui.services.actions import load, service_for
from gonghui.services.catalogue import service_of
from gonghui.services.models import Offer

KIND, SERVICE, SAFETY = "craft.contest", "M11", "safety"
HANDS = ("handler", "dispatcher", "leader")
READERS = (*HANDS, "supervisor")
RANKED_STATES = ("published", "arbitrated", "noticed", "inquiry", "to_award", "awarded", "closed")
PUBLIC_STATES = ("open", "drawn", "locked", *RANKED_STATES)
HUNDRED = Decimal(100)


def items_of(text: str) -> list[dict[str, Any]]:
    """The score sheet, one line an item: `操作规范 30`. The weights make 100. InvalidData beside `items`."""
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(filter(None, (part.strip() for part in text.splitlines())), 1):
        name, _space, weight = line.replace("　", " ").rpartition(" ")
        if not name.strip() or not weight.isdecimal() or int(weight) == 0:
            raise InvalidData({"items": [_("第 %(n)d 行请写成“项目 分值”，例如：操作规范 30。") % {"n": number}]})
        code = SAFETY if "安全" in name and not any(row["code"] == SAFETY for row in rows) else f"i{number}"
        rows.append({"code": code, "zh": name.strip(), "weight": int(weight)})
    if sum(row["weight"] for row in rows) != 100:
        raise InvalidData({"items": [_("各项分值加起来要正好 100。")]})
    return rows


@transaction.atomic
def propose(actor: Actor, path: str, values: Mapping[str, Any]) -> Matter:
    """立项: the contest with its score sheet, and what people will sign up for, not open yet."""
    if path not in actor.paths_as(*HANDS):
        raise NotAllowed
    items, planned, at = items_of(str(values["items"])), rounds.planned(values), now()
    rule = values.get("team_rule") or ""
    if rule and rule not in {one.code for one in tables.rounds().team.rules}:
        raise InvalidData({"team_rule": [_("请从列表里选。")]})
    union = Organisation.objects.get(path=path)
    told = {name: values[name] for name in ("starts", "ends", "closes", "place", "capacity")}
    data = {"brand": values["brand"] or "", "about": values["plan"][:1000]}
    sheet = {"title": values["name"], "region": union.region_id or "", "opens": None, "venue_number": None, **told}
    with as_system("the union's own contest"):
        row = offers.save(actor, service_for(SERVICE), Offer(organisation=union), {**sheet, "data": data})
        matter = open_matter(
            KIND,
            actor=actor,
            title=str(values["name"]),
            holder_path=path,
            number=f"JS-{at:%Y%m%d}-{next_number(f'craft:JS:{at:%Y%m%d}'):05d}",
            region=union.region_id or "",
            at=at,
        )
        numbers = tables.numbers()
        Contest.objects.create(
            matter=matter,
            organisation=union,
            offer=row,
            items=items,
            rounds=planned,
            entry=Contest.Entry.TEAM if rule else Contest.Entry.SINGLE,
            team_rule=rule,
            theory=numbers.theory,
            practice=numbers.practice,
            budget=values["budget"] or Decimal(0),
            **{name: values[name] or "" for name in ("name", "brand", "trade", "level", "plan", "organiser")},
        )
    return matter


def of_matter(matter: Matter) -> Contest:
    """The caller has checked that the actor sees the matter."""
    with as_system("the actor sees this matter"):
        return Contest.objects.select_related("organisation", "matter").get(matter=matter)


def seen(actor: Actor, contest_id: int) -> Contest:
    """A contest of the actor's unions. NotFound otherwise."""
    with as_system("whether the actor sees it is asked next"):
        found = Contest.objects.select_related("organisation", "matter").filter(pk=contest_id).first()
    with bind(actor):
        if found is None or not visible_to(actor).filter(pk=found.matter_id).exists():
            raise NotFound
    return found


def listed(actor: Actor) -> list[Contest]:
    """The contests the actor's unions see, the newest first."""
    with bind(actor):
        keys = list(visible_to(actor).filter(kind=KIND).order_by("-opened_at").values_list("pk", flat=True)[:200])
    with as_system("the actor sees these matters"):
        found = Contest.objects.select_related("matter", "organisation").filter(matter__in=keys)
        return sorted(found, key=lambda row: row.matter.opened_at, reverse=True)


def public() -> QuerySet[Contest]:
    """What everybody may look at: contests that were approved."""
    return (
        Contest.objects.select_related("matter", "organisation")
        .filter(matter__state__in=PUBLIC_STATES)
        .order_by("-matter__opened_at")
    )


def contest_of(offer_id: int) -> Contest | None:
    """The contest that people sign up for by this offer."""
    return Contest.objects.select_related("matter").filter(offer_id=offer_id).first()


# Judges and scores


def may_enter(actor: Actor, contest: Contest) -> Contest:
    """The contest, locked for scores to be entered by the union that holds it. GuardRefused once they are locked."""
    if contest.matter.holder_path not in actor.paths_as(*HANDS):
        raise NotAllowed
    matter = locked(contest.matter_id, actor)
    with as_system("the union's own contest"):
        fresh = Contest.objects.select_related("matter").get(pk=contest.pk)
    if fresh.lock_hash or matter.state not in ("open", "drawn"):
        raise GuardRefused([_("评分已经锁定，不能再改。")])
    return fresh


@transaction.atomic
def add_judge(actor: Actor, contest: Contest, name: str, unit: str, trade: str = "") -> Judge:
    """裁判: never of a contestant's unit."""
    contest = may_enter(actor, contest)
    if contest.contestants.filter(unit=unit.strip()).exists():
        raise InvalidData({"unit": [_("这个单位有选手参赛，裁判要回避。")]})
    try:
        with transaction.atomic():
            row = Judge.objects.create(contest=contest, name=name.strip(), unit=unit.strip(), trade=trade.strip())
    except IntegrityError:
        raise InvalidData({"name": [_("这位裁判已经登记过。")]}) from None
    record(actor, contest, "add_judge", {"judge": row.pk})
    return row


def record(actor: Actor, contest: Contest, verb: str, after: dict[str, Any], note: str = "") -> None:
    trail.record(f"matter:{contest.matter_id}", verb, actor=actor, matter=contest.matter, after=after, note=note)


@transaction.atomic
def enter_paper(actor: Actor, contest: Contest, number: int, theory: Decimal, seconds: int | None = None) -> Contestant:
    """The theory paper and the time of one number."""
    contest = may_enter(actor, contest)
    row = numbered(contest, number)
    if not 0 <= theory <= HUNDRED:
        raise InvalidData({"theory": [_("理论成绩在 0 到 100 之间。")]})
    row.theory, row.seconds = theory, seconds
    row.save(update_fields=["theory", "seconds"])
    record(actor, contest, "enter_paper", {"number": number, "theory": str(theory), "seconds": seconds})
    return row


def numbered(contest: Contest, number: int) -> Contestant:
    row = rounds.active(contest).filter(blind_number=number).first()
    if row is None:
        raise InvalidData({"number": [_("没有这个编号。")]})
    return row


@transaction.atomic
def absent(actor: Actor, contest: Contest, number: int) -> None:
    """未参赛: who did not come is taken out; their application ends so."""
    contest = may_enter(actor, contest)
    row = numbered(contest, number)
    with as_system("the union's own contest"):
        if row.sheets.filter(round=contest.round).exists():
            raise GuardRefused([_("这个编号已经有评分，不能登记未到。")])
        matter_id = row.application.matter_id
        if contest.round:
            # What was reached in the rounds before stands.
            set_fields(row, out_after=contest.round - 1, blind_number=None, goes_on=None)
        else:
            row.delete()
        act(matter_id, "absent", SYSTEM)
    record(actor, contest, "absent", {"number": number})


@transaction.atomic
def enter_sheet(
    actor: Actor, contest: Contest, number: int, judge_id: int, points: Mapping[str, tuple[str, str]]
) -> ScoreSheet:
    """One judge's sheet on paper for one number: by item (score, reason of the deduction). It may be entered anew until
    the scores are locked, each time stands in the trail; but never over what the judge handed in or declined."""
    contest = may_enter(actor, contest)
    row, judge = numbered(contest, number), contest.judges.filter(pk=judge_id).first()
    if judge is None:
        raise InvalidData({"judge": [_("没有这位裁判。")]})
    if judge.unit == row.unit:
        raise InvalidData({"judge": [_("裁判和这个编号的选手同单位，要回避。")]})
    with as_system("the union's own contest"):
        task = sheets.task_of(judge, row, contest.round)
        if task is not None and (reason := sheets.not_on_paper(task)):
            raise InvalidData({"judge": [reason]})
        sheet, made, facts = sheets.write(actor, contest, row, judge, points)
        if task is not None:
            sheets.hand_over(task, sheet)
            facts["paper"] = True
    record(actor, contest, "enter_sheet" if made else "change_sheet", facts)
    return sheet


# Sums


def practice_of(contest: Contest, judged: list[ScoreSheet]) -> tuple[Decimal, Decimal]:
    """(practice, safety): each item the mean of the judges, from some number on without the highest and lowest."""
    total, safety = Decimal(0), Decimal(0)
    for item in contest.items:
        scores = [Decimal(sheet.points[item["code"]][0]) for sheet in judged]
        mean = scoring.mean(scores, tables.numbers().judges_drop)
        total += mean
        if item["code"] == SAFETY:
            safety = mean
    return total, safety


def sheets_of(contest: Contest, row: Contestant) -> list[ScoreSheet]:
    """The sheets of the round under way. `row` comes with its sheets."""
    return [sheet for sheet in row.sheets.all() if sheet.round == contest.round]


def fingerprint(contest: Contest) -> str:
    """Of all that the ranking of the round under way rests on."""
    rows: dict[str, Any] = {"items": contest.items, "weights": list(rounds.weights(contest))}
    for row in rounds.active(contest).order_by("pk").prefetch_related("sheets"):
        judged = {str(sheet.judge_id): sheet.points for sheet in sheets_of(contest, row)}
        rows[str(row.blind_number)] = [str(row.theory), row.seconds, str(row.total), row.rank, judged]
        if contest.rounds:
            rows[str(row.blind_number)].append(row.goes_on)
    if contest.entry == Contest.Entry.TEAM:
        rows["teams"] = teams.facts(contest)
    return scoring.lock_hash(rows)


def intact(contest: Contest) -> bool:
    """Whether the scores are still those that were locked."""
    return bool(contest.lock_hash) and contest.lock_hash == fingerprint(contest)


def rank_all(contest: Contest) -> None:
    """Totals and ranks of everybody in the round, and who goes on, written down."""
    theory, practice = rounds.weights(contest)
    rows = {row.pk: row for row in rounds.active(contest).prefetch_related("sheets")}
    standings = {}
    for row in rows.values():
        judged = sheets_of(contest, row)
        row.practice, row.safety = practice_of(contest, judged) if judged else (Decimal(0), Decimal(0))
        row.total = scoring.weighted([(row.theory or Decimal(0), theory), (row.practice, practice)])
        standings[row.pk] = scoring.Standing(
            row.pk, row.total, row.practice, row.seconds, row.safety, row.registered_at
        )
    ordered = scoring.ranked(list(standings.values()))
    for rank, standing in ordered:
        rows[standing.key].rank = rank
    ranked_teams = teams.rank(contest, standings) if contest.entry == Contest.Entry.TEAM else []
    rounds.choose(contest, [rows[standing.key] for _rank, standing in ordered], ranked_teams)
    for row in rows.values():
        row.save(update_fields=["practice", "safety", "total", "rank", "goes_on"])


def award_words(code: str) -> str:
    """The words for a prize; empty for none."""
    return {"first": _("一等奖"), "second": _("二等奖"), "third": _("三等奖")}.get(code, "")


@dataclass(frozen=True)
class Ranked:
    """One line of a published ranking: the name masked, as everybody reads it. `row`: theory, practice, total."""

    rank: int
    name: str
    unit: str
    row: Contestant | RoundResult
    award: str = ""
    goes_on: bool = False


@dataclass(frozen=True)
class Round:
    """The published results of one round, the best first."""

    name: str
    rows: list[Ranked]
    teams: list[teams.RankedTeam]


def ranking(contest: Contest) -> list[Round]:
    """The published rounds, the last first; empty before the first is published."""
    found = []
    if contest.matter.state in RANKED_STATES:
        current = rounds.active(contest).select_related("application").exclude(rank=None).order_by("rank")
        rows = [
            Ranked(row.rank or 0, mask_name(_name(row)), row.unit, row, award_words(row.award), bool(row.goes_on))
            for row in current
        ]
        found.append(_round(contest, contest.round, rows))
    for number in range(contest.round - 1, -1, -1):
        over = RoundResult.objects.select_related("contestant__application").filter(
            contestant__contest=contest, round=number
        )
        rows = [
            Ranked(row.rank, mask_name(_name(row.contestant)), row.contestant.unit, row, goes_on=row.goes_on)
            for row in over.order_by("rank")
        ]
        found.append(_round(contest, number, rows))
    return found


def _round(contest: Contest, number: int, rows: list[Ranked]) -> Round:
    of_teams = teams.ranking(contest, number) if contest.entry == Contest.Entry.TEAM else []
    return Round(rounds.name_of(contest, number), rows, of_teams)


def _name(row: Contestant) -> str:
    service = service_of(row.application)
    return str(load(service, row.application.values_json).get("name") or "")


@dataclass(frozen=True)
class Own:
    """A contestant's own result, on the page of their application."""

    contest: Contest
    row: Contestant
    published: datetime | None

    results: list[tuple[str, RoundResult]]
    round: str

    @property
    def award(self) -> str:
        return award_words(self.row.award)


def own_result(matter_id: int) -> Own | None:
    """The caller has checked whose application it is."""
    with as_system("one's own result"):
        row = Contestant.objects.select_related("contest__matter").filter(application__matter_id=matter_id).first()
        if row is None:
            return None
        over = [(rounds.name_of(row.contest, one.round), one) for one in row.results.order_by("round")]
        published = row.contest.published_at if row.out_after is None else None
        return Own(row.contest, row, published, over, rounds.name_of(row.contest, row.contest.round))
