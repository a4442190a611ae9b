"""裁判 with accounts: the organiser names experts as judges; each sees the numbers they judge and their own sheets, and
nothing else, hands them in or stays away; a sheet handed in is opened again by the organiser only, with a reason
(handbook 5.9).

A judge is one of the union's 评审专家: one register, one duty (`expert`), one page with all that waits to be scored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.appeals.staff import on_duty
from gonghui.craft import contests, rounds, sheets, tables
from gonghui.craft.experts import ROLE
from gonghui.craft.models import Contest, Contestant, Expert, Judge, JudgeSheet
from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now

SCORING = "drawn"
REASON_MOST = 200
State = JudgeSheet.State


def open_tasks(contest: Contest) -> QuerySet[JudgeSheet]:
    """What was handed to judges in the round under way, of who still takes part in it."""
    return JudgeSheet.objects.filter(
        contestant__contest=contest, contestant__out_after=None, round=contest.round
    ).order_by("contestant__blind_number", "pk")  # fmt: skip


# The organiser's side


def candidates(contest: Contest) -> list[Expert]:
    """Experts of the union that holds the contest who are free to judge it: of no contestant's unit, not one of those
    who handle it (they know whose number is whose), not somebody who signed up for it themselves."""
    holder = contest.matter.holder_path
    handling = {account.pk for account in on_duty(holder, contests.HANDS)}
    with as_system("the caller may name the judges"):
        units = set(contest.contestants.values_list("unit", flat=True))
        signed_up = set(contest.contestants.values_list("application__account_id", flat=True))
        found = Expert.objects.select_related("account").filter(organisation__path=holder, active=True)
        return [
            one
            for one in found.exclude(pk__in=contest.judges.exclude(expert=None).values("expert")).order_by("pk")
            if one.unit not in units and one.account_id not in handling | signed_up
        ]


def _judge(actor: Actor, contest: Contest, expert_id: int, numbers: list[int] | None) -> Judge:
    """One more judge with an account. InvalidData beside `expert`."""
    expert = next((one for one in candidates(contest) if one.pk == expert_id), None)
    if expert is None:
        raise InvalidData({"expert": [_("这位专家不能当裁判：已经是裁判，或者要回避。")]})
    trade = "、".join(tables.names(tables.trades(), expert.trades))[:60]
    try:
        with transaction.atomic():
            row = Judge.objects.create(
                contest=contest, name=expert.account.display_name[:30], unit=expert.unit, trade=trade, expert=expert,
                rounds=numbers,
            )  # fmt: skip
    except IntegrityError:
        raise InvalidData({"expert": [_("这位裁判已经登记过。")]}) from None
    contests.record(actor, contest, "add_judge", {"judge": row.pk, "expert": expert.pk, "rounds": numbers})
    return row


@transaction.atomic
def name_judge(actor: Actor, contest: Contest, expert_id: int, numbers: Iterable[int] = ()) -> Judge:
    """聘为裁判 for every round, or for the rounds told. Once numbers are drawn, the sheets wait for them at once."""
    contest = contests.may_enter(actor, contest)
    known = range(len(contest.rounds) + 1)
    chosen = sorted({number for number in numbers if number in known})
    with as_system("the union's own contest"):
        row = _judge(actor, contest, expert_id, chosen or None)
        if contest.matter.state == SCORING:
            _open(contest, [row], actor)
    return row


def hand_out(contest: Contest, actor: Actor) -> None:
    """The round's numbers are drawn: every judge with an account has a sheet of each. In an effect."""
    _open(contest, list(contest.judges.exclude(expert=None)), actor)


def _open(contest: Contest, judges: list[Judge], actor: Actor) -> None:
    if not rounds.weights(contest)[1]:
        return
    people = list(rounds.active(contest).exclude(blind_number=None))
    for judge in judges:
        if judge.rounds is not None and contest.round not in judge.rounds:
            continue
        free = [person for person in people if person.unit != judge.unit]
        _hand(judge, free, contest.round, actor, f"craft:judge:{judge.pk}:{contest.round}")


def _hand(judge: Judge, people: list[Contestant], number: int, actor: Actor, key: str) -> None:
    JudgeSheet.objects.bulk_create(
        [
            JudgeSheet(judge=judge, contestant=person, round=number, assigned_by_id=actor.account_id, assigned_at=now())
            for person in people
        ],
        ignore_conflicts=True,
    )
    _tell(judge, key)


def _tell(judge: Judge, key: str) -> None:
    assert judge.expert is not None, "told to judges with accounts"
    words = _("有比赛要您评分，请登录后在“专家评分”里查看。")
    outbox.enqueue("notice.app", key, {"text": words}, account_id=judge.expert.account_id)


@transaction.atomic
def give(actor: Actor, contest: Contest, number: int, expert_id: int) -> JudgeSheet:
    """另请裁判 for one number: in place of who stays away, or as one more. An expert who is no judge yet becomes one
    for the numbers given alone (替补裁判)."""
    contest = _scoring(contests.may_enter(actor, contest))
    person = contests.numbered(contest, number)
    with as_system("the union's own contest"):
        judge = contest.judges.filter(expert_id=expert_id).first() or _judge(actor, contest, expert_id, [])
        if sheets.task_of(judge, person, contest.round) is not None:
            raise InvalidData({"expert": [_("这个编号已经分给过这位裁判。")]})
        if judge.unit == person.unit:
            raise InvalidData({"expert": [_("裁判和这个编号的选手同单位，要回避。")]})
        _hand(judge, [person], contest.round, actor, f"craft:judge:{judge.pk}:{contest.round}:{number}")
        contests.record(actor, contest, "give_sheet", {"number": number, "judge": judge.pk})
        return JudgeSheet.objects.get(judge=judge, contestant=person, round=contest.round)


def _scoring(contest: Contest) -> Contest:
    if contest.matter.state != SCORING:
        raise GuardRefused([_("现在不在评分。")])
    return contest


@transaction.atomic
def take_back(actor: Actor, contest: Contest, judge_id: int) -> int:
    """收回 what a judge has not handed in in this round. How many sheets; NotFound for none."""
    contest = _scoring(contests.may_enter(actor, contest))
    with as_system("the union's own contest"):
        rows = open_tasks(contest).filter(judge_id=judge_id, state=State.ASSIGNED)
        numbers = sorted(number or 0 for number in rows.values_list("contestant__blind_number", flat=True))
        if not numbers:
            raise NotFound
        JudgeSheet.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).delete()
        contests.record(actor, contest, "take_back_sheets", {"judge": judge_id, "numbers": numbers})
    return len(numbers)


@transaction.atomic
def reopen(actor: Actor, contest: Contest, task_id: int, reason: str) -> JudgeSheet:
    """退回 a sheet that was handed in, before the scores are locked: the judge finds it as it was and hands it in anew.
    The reason and the old scores stay in the trail."""
    reason = reason.strip()[:REASON_MOST]
    if not reason:
        raise InvalidData({"reason": [_("请写明为什么退回。")]})
    contest = _scoring(contests.may_enter(actor, contest))
    with as_system("the union's own contest"):
        task = open_tasks(contest).select_related("sheet", "judge__expert", "contestant").filter(pk=task_id).first()
        if task is None or task.sheet is None or task.state != State.SCORED:
            raise NotFound
        sheet = task.sheet
        facts = {"number": task.contestant.blind_number, "judge": task.judge_id}
        facts |= {code: one[0] for code, one in sheet.points.items()}
        task.state, task.draft, task.sheet, task.declared_at = State.ASSIGNED, sheet.points, None, None
        task.save(update_fields=["state", "draft", "sheet", "declared_at"])
        sheet.delete()
        contests.record(actor, contest, "reopen_sheet", facts, reason)
        _tell(task.judge, f"craft:judge:{task.judge_id}:again:{task.pk}:{now().timestamp():.0f}")
    return task


@dataclass(frozen=True)
class Line:
    """How the judges stand with one number. No score is in it."""

    number: int
    tasks: list[JudgeSheet]
    on_paper: list[str]


def board(contest: Contest) -> list[Line]:
    """The round under way, by number. The caller sees the contest."""
    with as_system("the actor sees this contest"):
        tasks: dict[int, list[JudgeSheet]] = {}
        for task in open_tasks(contest).select_related("judge__expert", "sheet"):
            tasks.setdefault(task.contestant_id, []).append(task)
        lines = []
        people = rounds.active(contest).exclude(blind_number=None).order_by("blind_number")
        for person in people.prefetch_related("sheets__judge"):
            own = tasks.get(person.pk, [])
            known = {task.sheet_id for task in own}
            paper = [one.judge.name for one in contests.sheets_of(contest, person) if one.pk not in known]
            lines.append(Line(person.blind_number or 0, own, paper))
        return lines


# The judge's side


@dataclass(frozen=True)
class Judging:
    """One contest that somebody judges. `tasks`: of the round under way."""

    judge: Judge
    contest: Contest
    round: str
    tasks: list[JudgeSheet]

    @property
    def waiting(self) -> int:
        return sum(task.state == State.ASSIGNED for task in self.tasks)

    @property
    def open(self) -> bool:
        return self.contest.matter.state == SCORING and not self.contest.lock_hash


def own(actor: Actor, **only: int) -> list[Judging]:
    """The contests the actor judges, the newest first."""
    if actor.account_id is None or not actor.has_role(ROLE):
        return []
    with as_system("judged by this expert"):
        found = Judge.objects.select_related("contest__matter", "expert").filter(expert__account_id=actor.account_id)
        return [_judging(judge) for judge in found.filter(**only).order_by("-pk").distinct()[:100]]


def _judging(judge: Judge) -> Judging:
    contest = judge.contest
    tasks = open_tasks(contest).filter(judge=judge).select_related("contestant", "sheet")
    return Judging(judge, contest, rounds.name_of(contest, contest.round), list(tasks))


def own_one(actor: Actor, judge_id: int) -> Judging:
    """NotFound for what another judges."""
    found = own(actor, pk=judge_id)
    if not found:
        raise NotFound
    return found[0]


def own_sheet(actor: Actor, task_id: int) -> tuple[Judging, JudgeSheet]:
    """NotFound for another's sheet, and for one of a round that is over."""
    for judging in own(actor, tasks=task_id):
        for task in judging.tasks:
            if task.pk == task_id:
                return judging, task
    raise NotFound


@transaction.atomic
def declare(actor: Actor, judge_id: int) -> None:
    """回避承诺: once a contest, before the first sheet."""
    judging = own_one(actor, judge_id)
    if judging.judge.declared_at is not None:
        return
    with as_system("judged by this expert"):
        matter = Matter.objects.select_for_update(of=("self",)).get(pk=judging.contest.matter_id)
        judging.contest.matter = matter
        judging.judge.declared_at = now()
        judging.judge.save(update_fields=["declared_at"])
        contests.record(actor, judging.contest, "declare_fair", {"judge": judge_id})


def _mine(actor: Actor, task_id: int) -> tuple[Judging, JudgeSheet]:
    """The actor's own sheet, still to be handed in, with its contest locked."""
    judging, task = own_sheet(actor, task_id)
    with as_system("judged by this expert"):
        Matter.objects.select_for_update(of=("self",)).get(pk=judging.contest.matter_id)
    judging, task = own_sheet(actor, task_id)
    if task.state != State.ASSIGNED or not judging.open:
        raise GuardRefused([_("这份评分表已经交过、回避过，或者评分已经结束。")])
    return judging, task


def _typed(contest: Contest, points: sheets.Typed) -> dict[str, list[str]]:
    codes = [item["code"] for item in contest.items]
    return {code: [points[code][0][:8], points[code][1][: sheets.REASON_MOST]] for code in codes if code in points}


@transaction.atomic
def keep_draft(actor: Actor, task_id: int, points: sheets.Typed) -> None:
    """存草稿: as typed, right or wrong. Read by the judge alone, and no score yet."""
    judging, task = _mine(actor, task_id)
    with as_system("judged by this expert"):
        task.draft = _typed(judging.contest, points)
        task.save(update_fields=["draft"])


@transaction.atomic
def hand_in(actor: Actor, task_id: int, points: sheets.Typed) -> None:
    """交表: from then on it is locked. InvalidData beside each item that does not fit."""
    judging, task = _mine(actor, task_id)
    if judging.judge.declared_at is None:
        raise GuardRefused([_("请先作回避承诺，再评分。")])
    with as_system("judged by this expert"):
        sheet, _made, facts = sheets.write(actor, judging.contest, task.contestant, judging.judge, points)
        sheets.hand_over(task, sheet)
        contests.record(actor, judging.contest, "hand_in_sheet", facts)


@transaction.atomic
def recuse(actor: Actor, task_id: int, reason: str) -> None:
    """申请回避 for one number. The organiser reads why and asks somebody else; the trail keeps only that it was."""
    if not reason.strip():
        raise InvalidData({"reason": [_("请写明有什么关系。")]})
    judging, task = _mine(actor, task_id)
    with as_system("judged by this expert"):
        task.state, task.conflict_text, task.declared_at, task.draft = State.RECUSED, reason.strip()[:500], now(), {}
        task.save(update_fields=["state", "conflict_text", "declared_at", "draft"])
        contests.record(
            actor, judging.contest, "recuse", {"number": task.contestant.blind_number, "judge": judging.judge.pk}
        )
