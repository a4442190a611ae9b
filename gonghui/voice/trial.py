"""试办: the session, the round and the unit that a walk through this room's services finds; who seconds and judges."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.organisations.actions import create_employer
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.services.trial.walkers import Hands, Scene, stages, walks
from gonghui.services.trial.world import free_phone
from gonghui.voice import congresses, seconding, tables
from gonghui.voice.models import Congress, Delegate, Proposal, Round

UNIT = "试办精密仪器有限公司"
JUDGES = 3


@stages("proposal")
def a_session_and_a_round(scene: Scene) -> None:
    """A session of the congress that takes proposals, and above it this year's round of recommendations."""
    day = today()
    if congresses.current(scene.union, day) is None:
        Congress.objects.create(
            organisation=scene.union, name="试办的届次", meets=day + timedelta(days=20), opens=day,
            closes=day + timedelta(days=15),
        )  # fmt: skip
    if scene.union.parent is not None:
        Round.objects.get_or_create(
            organisation=scene.union.parent, year=day.year,
            defaults={"quota_in": 5, "quota_out": 2, "opens": day, "closes": day + timedelta(days=200)},
        )  # fmt: skip


@stages("unit_worker")
def a_unit_with_a_union(scene: Scene) -> dict[str, Any]:
    """Only a unit with a union confirms its workers."""
    union = Organisation.objects.create(
        path=f"{scene.union.path}.t{scene.worker.account_id}", name=f"{UNIT}工会", parent=scene.union,
        level=Organisation.Level.GRASSROOTS, region=scene.union.region,
    )  # fmt: skip
    create_employer(SYSTEM, UNIT, region=scene.union.region, union=union)
    return {"employer": UNIT}


@walks("proposal.submit")
def submit(hands: Hands, matter: Matter) -> str:
    """The delegate is put on the list if need be, two others second it, and it is handed in."""
    with as_system("the proposal of the walk"):
        proposal = Proposal.objects.select_related("congress").get(matter=matter)
    if proposal.delegate_id is None:
        act(matter.pk, "confirm_delegate", hands.clerk("handler", matter.holder_path), {"group": "一组"})
        proposal.refresh_from_db()
    assert proposal.congress is not None
    for number in range(seconding.needed()):
        account = Account.objects.create_worker(free_phone())
        with as_system("another delegate of the session"):
            Delegate.objects.create(congress=proposal.congress, name=f"代表{number + 1}", phone=account.phone)
        seconding.say(Actor("worker", account.pk), proposal.pk, True)
    act(matter.pk, "submit", hands.worker)
    return _("工会核对代表资格，%(n)d 位代表在“本单位公开栏”附议，再提交。") % {"n": seconding.needed()}


def marks(less: int) -> dict[str, str]:
    """One judge's sheet: each item its most less so much, never below 0."""
    return {item.code: str(max(0, item.most - less)) for item in tables.scoring().items}


@walks("proposal.conclude")
def conclude(hands: Hands, matter: Matter) -> str:
    """The judges mark it, and the marks are summed up."""
    for less in range(JUDGES):
        act(matter.pk, "judge", hands.clerk("leader", matter.holder_path), marks(less))
    act(matter.pk, "conclude", hands.clerk("handler", matter.holder_path))
    return _("%(n)d 位评委各自打分，再汇总。") % {"n": JUDGES}
