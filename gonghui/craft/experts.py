"""评审专家: who they are, which nominations they are handed, what they may see of them, their sheets (handbook 5.10).

An expert signs in and sees the sheets handed to them, nothing else: the duty opens no matter. Where the rule says so
(`blind_nominations`) name, unit, photo and papers are left out, and the name and the unit are taken out of the texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.appeals.staff import on_duty
from gonghui.craft import tables
from gonghui.craft.models import Expert, ExpertSheet, NominationScore
from gonghui.craft.rules.nominating import POINT, dimensions
from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application
from gonghui.services.queries import rows

ROLE = "expert"
KEEPERS = ("handler", "leader")
SCORING = "scoring"
NEVER = frozenset({"id_no", "phone", "way", "publish", "promise", "video_link", "video_words"})
BLINDED = frozenset({"name", "gender", "unit", "ownership", "region", "post", "photo", "papers", "quote", "workshop"})
State = ExpertSheet.State


# The register


def candidates(actor: Actor) -> list[Account]:
    """Who holds the expert's duty at one of the actor's unions and is not registered yet."""
    known = set(Expert.objects.values_list("account_id", flat=True))
    found = {one.pk: one for path in actor.paths_as(*KEEPERS) for one in on_duty(path, (ROLE,))}
    return [one for pk, one in sorted(found.items()) if pk not in known]


def listed(actor: Actor) -> QuerySet[Expert]:
    """The experts of the actor's own unions."""
    found = Expert.objects.select_related("account", "organisation")
    return found.filter(organisation__path__in=actor.paths_as(*KEEPERS)).order_by("-active", "pk")


@transaction.atomic
def register(actor: Actor, account_id: int, unit: str, trades: Iterable[str]) -> Expert:
    """登记专家. InvalidData beside an account that is none, or a unit that is not told."""
    path = next((p for p in actor.paths_as(*KEEPERS) if account_id in {one.pk for one in on_duty(p, (ROLE,))}), "")
    if not path:
        raise InvalidData({"account": [_("先由管理员给这个账号加“评审专家”岗位。")]})
    if Expert.objects.filter(account_id=account_id).exists():
        raise InvalidData({"account": [_("这位专家已经登记过。")]})
    row = Expert.objects.create(
        account_id=account_id, organisation=Organisation.objects.get(path=path), unit=unit.strip(), trades=list(trades)
    )
    trail.record(f"expert:{row.pk}", "register", actor=actor, after={"unit": row.unit}, org_path=path)
    return row


@transaction.atomic
def turn(actor: Actor, expert_id: int) -> Expert:
    """停用 or 恢复. NotFound for an expert of another union."""
    row = listed(actor).filter(pk=expert_id).first()
    if row is None:
        raise NotFound
    row.active = not row.active
    row.save(update_fields=["active"])
    trail.record(f"expert:{row.pk}", "turn", actor=actor, after={"active": row.active}, org_path=row.organisation.path)
    return row


# Handing out


def _values(matter: Matter) -> tuple[Application, dict[str, Any]]:
    with as_system("the caller may handle this nomination"):
        application = Application.objects.get(matter=matter)
    return application, load(service_of(application), application.values_json)


def assignable(matter: Matter) -> list[Expert]:
    """The active experts of the union that holds it, but for those of the nominee's unit, who recommended it, or have
    it already; those of the nominee's fields first."""
    application, values = _values(matter)
    with as_system("the caller may handle this nomination"):
        taken = set(ExpertSheet.objects.filter(matter=matter).values_list("expert_id", flat=True))
    found = Expert.objects.select_related("account").filter(organisation__path=matter.holder_path, active=True)
    wanted = set(values.get("trades") or ())
    free = [
        one
        for one in found.exclude(pk__in=taken).exclude(unit=values["unit"]).order_by("pk")
        if one.account_id != application.account_id
    ]
    return sorted(free, key=lambda one: (not wanted & set(one.trades), one.pk))


def _may_hand_out(actor: Actor, matter: Matter) -> Matter:
    if matter.holder_path not in actor.paths_as(*KEEPERS):
        raise NotAllowed
    with as_system("the actor handles this nomination"):
        fresh = Matter.objects.select_for_update(of=("self",)).get(pk=matter.pk)
    if fresh.state != SCORING:
        raise GuardRefused([_("现在不在专家评分，不能再分派。")])
    return fresh


@transaction.atomic
def assign(actor: Actor, matter: Matter, expert_ids: Iterable[int]) -> int:
    """分派: how many were handed out. Each expert is told that a sheet waits, and not whose."""
    matter = _may_hand_out(actor, matter)
    chosen = [one for one in assignable(matter) if one.pk in set(expert_ids)]
    if not chosen:
        raise InvalidData({"experts": [_("请至少选一位专家。")]})
    with as_system("the actor handles this nomination"):
        for one in chosen:
            row = ExpertSheet.objects.create(
                matter=matter, expert=one, assigned_by_id=actor.account_id, assigned_at=now()
            )
            words = _("有一份评分任务等您评分，请登录后在“专家评分”里查看。")
            outbox.enqueue("notice.app", f"craft:task:{row.pk}", {"text": words}, account_id=one.account_id)
        after = {"experts": [one.pk for one in chosen]}
        trail.record(f"matter:{matter.pk}", "assign_experts", actor=actor, matter=matter, after=after)
    return len(chosen)


@transaction.atomic
def take_back(actor: Actor, matter: Matter, task_id: int) -> None:
    """收回 of a sheet that was not scored."""
    matter = _may_hand_out(actor, matter)
    with as_system("the actor handles this nomination"):
        row = ExpertSheet.objects.filter(pk=task_id, matter=matter, state=State.ASSIGNED).first()
        if row is None:
            raise NotFound
        after = {"expert": row.expert_id}
        row.delete()
        trail.record(f"matter:{matter.pk}", "take_back", actor=actor, matter=matter, after=after)


def tasks(matter: Matter) -> list[ExpertSheet]:
    """Who has the nomination, and how it stands with each. The caller may handle it."""
    with as_system("the caller may handle this nomination"):
        return list(ExpertSheet.objects.select_related("expert__account").filter(matter=matter).order_by("pk"))


# The expert's side


def own(actor: Actor) -> list[ExpertSheet]:
    """The sheets handed to the actor, those that wait first."""
    if actor.account_id is None or not actor.has_role(ROLE):
        return []
    with as_system("handed to this expert"):
        found = ExpertSheet.objects.select_related("matter", "score").filter(expert__account_id=actor.account_id)
        rank = {State.ASSIGNED: 0, State.SCORED: 1, State.RECUSED: 2}
        return sorted(found.order_by("-assigned_at")[:200], key=lambda row: rank[State(row.state)])


def own_one(actor: Actor, task_id: int) -> ExpertSheet:
    """NotFound for anybody else's."""
    row = next((one for one in own(actor) if one.pk == task_id), None)
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True)
class Dossier:
    """What an expert reads of a nomination. `dimensions`: (name, label, most)."""

    task: ExpertSheet
    blind: bool
    open: bool
    rows: list[tuple[str, str]]
    dimensions: list[tuple[str, str, int]]


def dossier(task: ExpertSheet) -> Dossier:
    """The caller has found that the sheet is the reader's own."""
    _application, values = _values(task.matter)
    service = service_of(task.matter)
    blind = tables.numbers().blind_nominations
    hidden = NEVER | (BLINDED if blind else frozenset())
    shown = {name: value for name, value in values.items() if name not in hidden}
    if blind:
        shown = _without(shown, {str(values["name"]): _("被推荐人"), str(values["unit"]): _("所在单位")})
    step = flow_of(task.matter).by_name["score"]
    labels = {field.name.removeprefix(POINT): field.label for field in step.fields}
    found = [(name, labels[name], most) for name, most in dimensions(step).items()]
    is_open = task.state == State.ASSIGNED and task.matter.state == SCORING
    return Dossier(task, blind, is_open, rows(service, shown, clear=True), found)


def _without(value: Any, words: Mapping[str, str]) -> Any:
    """The same with the words replaced in every text."""
    if isinstance(value, str):
        for word, other in words.items():
            value = value.replace(word, other) if word else value
        return value
    if isinstance(value, list):
        return [_without(one, words) for one in value]
    if isinstance(value, dict):
        return {name: _without(one, words) for name, one in value.items()}
    return value


def _mine(actor: Actor, task_id: int) -> ExpertSheet:
    """The actor's own open sheet, with its matter locked."""
    task = own_one(actor, task_id)
    with as_system("handed to this expert"):
        matter = Matter.objects.select_for_update(of=("self",)).get(pk=task.matter_id)
        task.refresh_from_db()
        # Not asked for anew: the expert's own scope shows no matter.
        task.matter = matter
    if task.state != State.ASSIGNED or matter.state != SCORING:
        raise GuardRefused([_("这份评分已经交过、回避过，或者评分已经结束。")])
    return task


@transaction.atomic
def recuse(actor: Actor, task_id: int, reason: str) -> None:
    """申请回避: the expert knows the nominee, or has another interest. The union hands the sheet to somebody else."""
    if not reason.strip():
        raise InvalidData({"reason": [_("请写明有什么关系。")]})
    task = _mine(actor, task_id)
    with as_system("handed to this expert"):
        task.state, task.conflict_text, task.declared_at = State.RECUSED, reason.strip()[:500], now()
        task.save(update_fields=["state", "conflict_text", "declared_at"])
        after = {"expert": task.expert_id}
        trail.record(f"matter:{task.matter_id}", "recuse", actor=actor, matter=task.matter, after=after)


@transaction.atomic
def score(actor: Actor, task_id: int, points: Mapping[str, Decimal], no_conflict: bool) -> NominationScore:
    """交评分, once, with the declaration that there is no interest. InvalidData beside what does not fit."""
    task = _mine(actor, task_id)
    wrong: dict[str, list[str]] = {}
    for name, _label, most in dossier(task).dimensions:
        value = points.get(name)
        if value is None or not 0 <= value <= most:
            wrong[name] = [_("在 0 到 %(most)s 之间。") % {"most": most}]
    if not no_conflict:
        wrong["no_conflict"] = [_("请先声明没有利害关系；有的请申请回避。")]
    if wrong:
        raise InvalidData(wrong)
    _application, values = _values(task.matter)
    if task.expert.unit == values["unit"]:
        raise GuardRefused([_("专家和被推荐人同单位，要回避。")])
    try:
        with as_system("handed to this expert"), transaction.atomic():
            row = NominationScore.objects.create(
                matter_id=task.matter_id, judge=actor.name[:30], judge_unit=task.expert.unit,
                points={name: str(value) for name, value in points.items()},
                total=sum(points.values(), Decimal(0)), by_id=actor.account_id, at=now(),
            )  # fmt: skip
    except IntegrityError:
        raise GuardRefused([_("这位专家的评分已经录入，不能改。")]) from None
    with as_system("handed to this expert"):
        task.state, task.score, task.declared_at = State.SCORED, row, now()
        task.save(update_fields=["state", "score", "declared_at"])
        after = {"expert": task.expert_id, "total": str(row.total), "no_conflict": True}
        trail.record(f"matter:{task.matter_id}", "score_sheet", actor=actor, matter=task.matter, after=after)
    return row
