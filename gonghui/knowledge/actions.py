"""What may be done with a change: write, propose, approve by somebody else, refuse, roll back. Each writes the trail.

The country's editors change situations and all parameters, a province's the parameters of its own regions.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import Conflict, GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.times import now, today
from gonghui.knowledge.checking import check_change
from gonghui.knowledge.models import KnowledgeChange
from gonghui.knowledge.standing import Kind, State, base_of, fingerprint
from gonghui.law.parameters import NATION, ParameterStore, regions_of
from gonghui.law.topics.library import packaged
from gonghui.organisations.models import Organisation
from gonghui.people.roles import ROLES, role_permissions

PROPOSE, APPROVE = "propose_knowledge", "approve_knowledge"
EDITORS = tuple(role for role in ROLES if {PROPOSE, APPROVE} & role_permissions(role))


def places(actor: Actor, permission: str) -> tuple[str, ...]:
    """The regions whose knowledge the actor's duties permit to change: `CN` for all, or a province's two digits."""
    paths = [duty.path for duty in actor.duties if permission in role_permissions(duty.role)]
    rows = Organisation.objects.filter(path__in=paths, active=True).select_related("region")
    found = [
        NATION if row.level == Organisation.Level.NATIONAL else str(row.region_id)[:2]
        for row in rows
        if row.level == Organisation.Level.NATIONAL
        or (row.level == Organisation.Level.PROVINCE and row.region_id is not None)
    ]
    return tuple(dict.fromkeys(found))


def may(actor: Actor, permission: str, kind: str, region: str) -> bool:
    """Whether the actor may do this to a situation, or to a parameter of that region."""
    held = places(actor, permission)
    if kind == Kind.SITUATION:
        return NATION in held
    return bool(set(regions_of(region)) & set(held)) if region else bool(held)


def begin(actor: Actor, kind: str, code: str, **written: Any) -> KnowledgeChange:
    """A draft for a situation (`R01`) or a row of a parameter (`min_wage_month@52`). It may still be wrong."""
    region = code.partition("@")[2] if kind == Kind.PARAMETER else ""
    known = code in packaged().topics if kind == Kind.SITUATION else _is_series(code)
    if kind not in Kind.values or not known:
        raise NotFound
    if not may(actor, PROPOSE, kind, region):
        raise NotAllowed
    with transaction.atomic():
        change = KnowledgeChange(
            kind=kind, code=code, region=region, base=base_of(kind, code), proposer_id=_account(actor),
            created_at=now(), **_written(written),
        )  # fmt: skip
        change.save()
        _record(change, "begin", actor)
    return change


def _is_series(code: str) -> bool:
    key, at, region = code.partition("@")
    try:
        return bool(at) and key in ParameterStore.packaged().keys and regions_of(region)[0] == region
    except ValueError:
        return False


def _written(data: dict[str, Any]) -> dict[str, str]:
    kept = {}
    for name, most in (("content", None), ("reason", 500), ("source", 300)):
        if name in data:
            text = str(data[name]).replace("\r\n", "\n")
            kept[name] = text if most is None else text.strip()[:most]
    return kept


def write(actor: Actor, change_id: int, **written: Any) -> KnowledgeChange:
    """Keep what the editor typed, right or wrong. Only the proposer, and only while nobody decides on it."""
    with transaction.atomic():
        change = _locked(actor, change_id, State.DRAFT, State.REFUSED)
        if change.proposer_id != actor.account_id:
            raise NotAllowed(_("只有提出人可以修改；请另提一条。"))
        for name, text in _written(written).items():
            setattr(change, name, text)
        change.state = State.DRAFT
        change.save()
        _record(change, "write", actor)
    return change


def begin_anew(actor: Actor, change_id: int) -> KnowledgeChange:
    """Somebody else's change was published meanwhile and has been looked at: what was written now stands over it."""
    with transaction.atomic():
        change = _locked(actor, change_id, State.DRAFT, State.REFUSED)
        if change.proposer_id != actor.account_id:
            raise NotAllowed
        change.base = base_of(change.kind, change.code)
        change.save(update_fields=["base"])
        _record(change, "begin_anew", actor)
    return change


def propose(actor: Actor, change_id: int) -> KnowledgeChange:
    """Hand it to a second person. InvalidData names what is wrong with it; it stays a draft then."""
    with transaction.atomic():
        change = _locked(actor, change_id, State.DRAFT, State.REFUSED)
        if change.proposer_id != actor.account_id or not may(actor, PROPOSE, change.kind, change.region):
            raise NotAllowed
        _fit(change)
        _nobody_was_quicker(change)
        change.state, change.proposed_at, change.refusal = State.PROPOSED, now(), ""
        change.decider, change.decided_at = None, None
        change.save()
        _record(change, "propose", actor)
    return change


def take_back(actor: Actor, change_id: int) -> KnowledgeChange:
    """The proposer wants to go on writing."""
    with transaction.atomic():
        change = _locked(actor, change_id, State.PROPOSED)
        if change.proposer_id != actor.account_id:
            raise NotAllowed
        change.state = State.DRAFT
        change.save()
        _record(change, "take_back", actor)
    return change


def approve(actor: Actor, change_id: int, valid_from: date | None = None) -> KnowledgeChange:
    """Publish it from a day on (today's when left out), by another person than the proposer."""
    day = valid_from or today()
    with transaction.atomic():
        change = _locked(actor, change_id, State.PROPOSED)
        _second_person(actor, change)
        if day < today():
            raise InvalidData({"valid_from": [_("生效日期不能早于今天。")]})
        last = KnowledgeChange.objects.filter(kind=change.kind, code=change.code, state=State.APPROVED).order_by(
            "valid_from", "pk"
        ).last()  # fmt: skip
        if last is not None and last.valid_from is not None and day < last.valid_from:
            raise InvalidData(
                {"valid_from": [_("已有一个版本从 %(day)s 起生效，不能早于它。") % {"day": last.valid_from}]}
            )
        _fit(change)
        _nobody_was_quicker(change)
        change.state, change.decider_id, change.decided_at, change.valid_from = (
            State.APPROVED, actor.account_id, now(), day,
        )  # fmt: skip
        change.cited = check_change(change).cited
        change.save()
        _record(change, "approve", actor)
    return change


def refuse(actor: Actor, change_id: int, reason: str) -> KnowledgeChange:
    """Give it back to the proposer with a reason; the text stays."""
    if not reason.strip():
        raise InvalidData({"reason": [_("请写明退回理由。")]})
    with transaction.atomic():
        change = _locked(actor, change_id, State.PROPOSED)
        _second_person(actor, change)
        change.state, change.decider_id, change.decided_at = State.REFUSED, actor.account_id, now()
        change.refusal = reason.strip()[:500]
        change.save()
        _record(change, "refuse", actor, note=change.refusal)
    return change


def roll_back(actor: Actor, change_id: int, reason: str) -> KnowledgeChange:
    """Publish what stood before the change again, as a new version from today on.

    One person may: the text that comes back was approved by two, or is the package's.
    """
    if not reason.strip():
        raise InvalidData({"reason": [_("请写明撤回理由。")]})
    with transaction.atomic():
        change = _locked(actor, change_id, State.APPROVED)
        if not may(actor, APPROVE, change.kind, change.region):
            raise NotAllowed
        approved = KnowledgeChange.objects.filter(kind=change.kind, code=change.code, state=State.APPROVED)
        rows = list(approved.order_by("valid_from", "pk"))
        if rows[-1].pk != change.pk:
            raise GuardRefused([_("这之后还有更新的版本，请先撤回那一个。")])
        earlier = rows[-2] if len(rows) > 1 else None
        change.state = State.ROLLED_BACK
        change.save()
        _record(change, "roll_back", actor, note=reason.strip()[:500])
        made = KnowledgeChange(
            kind=change.kind, code=change.code, region=change.region, content=earlier.content if earlier else "",
            base=fingerprint(change.content), reason=reason.strip()[:500],
            source=earlier.source if earlier else _("随软件发布的版本"), state=State.APPROVED,
            proposer_id=_account(actor), created_at=now(), proposed_at=now(), decided_at=now(),
            valid_from=max(today(), earlier.valid_from) if earlier and earlier.valid_from else today(),
            restores=change,
        )  # fmt: skip
        checked = check_change(made)
        if checked.problems:
            raise GuardRefused([_("以前的版本现在已经不能用：%(why)s") % {"why": checked.problems[0].text}])
        made.cited = checked.cited
        made.save()
        _record(made, "publish_again", actor, note=made.reason)
    return made


def _account(actor: Actor) -> int:
    """Who stands for a change: always a person."""
    if actor.account_id is None:
        raise NotAllowed
    return actor.account_id


def _locked(actor: Actor, change_id: int, *states: str) -> KnowledgeChange:
    """The change, held until the transaction ends, with all others of its code: of two who approve, one waits."""
    first = KnowledgeChange.objects.filter(pk=change_id).first()
    if first is None or not actor.has_role(*EDITORS):
        raise NotFound
    same = KnowledgeChange.objects.select_for_update().filter(kind=first.kind, code=first.code).order_by("pk")
    change = next(row for row in same if row.pk == change_id)
    if change.state not in states:
        raise Conflict(message=_("这条修改现在是“%(state)s”，刚有人处理过。") % {"state": change.get_state_display()})
    return change


def _second_person(actor: Actor, change: KnowledgeChange) -> None:
    if not may(actor, APPROVE, change.kind, change.region):
        raise NotAllowed
    if change.proposer_id == actor.account_id:
        raise NotAllowed(_("自己提出的修改要由另一位同事审批。"))


def _fit(change: KnowledgeChange) -> None:
    errors: dict[str, list[str]] = {}
    if not change.reason:
        errors["reason"] = [_("请写明修改理由。")]
    if not change.source:
        errors["source"] = [_("请写明依据：文件、条号或网址。")]
    if problems := check_change(change).problems:
        errors["content"] = [
            _("第 %(line)d 行：%(text)s") % {"line": one.line, "text": one.text} if one.line else one.text
            for one in problems
        ]
    if errors:
        raise InvalidData(errors)


def _nobody_was_quicker(change: KnowledgeChange) -> None:
    if base_of(change.kind, change.code) != change.base:
        raise Conflict(message=_("您起草之后，别人已经发布了另一处修改。请在新的版本上重新提出，您写的内容还在。"))


def _record(change: KnowledgeChange, verb: str, actor: Actor, note: str = "") -> None:
    trail.record(
        f"knowledge:{change.pk}", verb, actor=actor, note=note,
        after={
            "kind": change.kind, "code": change.code, "state": change.state,
            "fingerprint": fingerprint(change.content)[:16],
            "valid_from": change.valid_from.isoformat() if change.valid_from else None,
        },
    )  # fmt: skip
