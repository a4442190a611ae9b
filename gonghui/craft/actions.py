"""What craftsmen and companies do: answer an ask, take the steps of the work, talk, decide about their page."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.craft.models import Ask, Craftsman, TalkLine
from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, bind, visible_to
from gonghui.kernel.times import now

HANDS = ("handler", "dispatcher", "leader")
TALK_MOST = 1000
# What a craftsman may do with a need: while asked, and after taking it.
ANSWERS = ("accept", "decline")
WORK = ("diagnose", "plan", "finish", "visit")


def craftsman_of(actor: Actor) -> Craftsman | None:
    """The entry of the library that belongs to a worker's account."""
    if actor.kind != "worker" or actor.account_id is None:
        return None
    with as_system("one's own entry"):
        found = Craftsman.objects.select_related("region", "organisation").filter(account_id=actor.account_id).first()
    return found if found is not None and found.state != Craftsman.State.GONE else None


def ask_of(actor: Actor, matter_id: int) -> Ask:
    """The need that this craftsman is asked for, or took. NotFound for anybody else."""
    person = craftsman_of(actor)
    with as_system("who is asked is asked with it"):
        found = (
            Ask.objects.select_related("matter", "craftsman")
            .filter(matter_id=matter_id, craftsman=person, state__in=(Ask.State.ASKED, Ask.State.ACCEPTED))
            .first()
            if person is not None
            else None
        )
    if found is None:
        raise NotFound
    return found


def as_craftsman(actor: Actor, matter_id: int, step: str, data: dict[str, Any]) -> Matter:
    """Take one of the craftsman's steps. The flow grants them to the platform, which has seen here that it is the one
    who is asked; the trail names the account."""
    row = ask_of(actor, matter_id)
    allowed = ANSWERS if row.state == Ask.State.ASKED else WORK
    if step not in allowed:
        raise NotAllowed
    acting = Actor("system", actor.account_id, actor.name, via=actor.via)
    if step == "decline":
        return _decline(acting, row, data)
    return act(matter_id, step, acting, data)


def _decline(acting: Actor, row: Ask, data: dict[str, Any]) -> Matter:
    """The next one is asked; after the last one it goes back to be matched."""
    with transaction.atomic():
        with as_system("whether somebody is left to ask"):
            left = Ask.objects.filter(matter=row.matter, state=Ask.State.PROPOSED).exists()
        return act(row.matter_id, "decline" if left else "run_out", acting, data)


def side_of(actor: Actor, matter: Matter) -> str:
    """On whose side somebody takes part in a need's talk. NotFound for who takes no part."""
    if actor.kind == "worker" and matter.owner_id == actor.account_id:
        return TalkLine.Side.COMPANY
    if actor.kind == "staff" and matter.holder_path in actor.paths_as(*HANDS):
        return TalkLine.Side.UNION
    if ask_of(actor, matter.pk).state != Ask.State.ACCEPTED:
        raise NotFound
    return TalkLine.Side.CRAFTSMAN


def say(actor: Actor, matter_id: int, text: str) -> TalkLine:
    """One line of the talk; the others are told. InvalidData for an empty text, GuardRefused once all is over."""
    text = text.strip()
    if not 1 <= len(text) <= TALK_MOST:
        raise InvalidData({"text": [_("请写 1 到 %(n)d 个字。") % {"n": TALK_MOST}]})
    with transaction.atomic():
        with as_system("on which side somebody stands is asked next"):
            matter = Matter.objects.select_for_update(of=("self",)).filter(pk=matter_id).first()
        if matter is None:
            raise NotFound
        side = side_of(actor, matter)
        with as_system("who takes part may say something"):
            if not matter.is_open:
                raise GuardRefused([_("已经结束，不能再说话了。")])
            line = TalkLine.objects.create(matter=matter, side=side, by_id=actor.account_id, said_text=text, at=now())
            trail.record(f"matter:{matter.pk}", "talk", actor=actor, matter=matter, after={"side": side})
            _tell_others(matter, line)
    return line


def _tell_others(matter: Matter, line: TalkLine) -> None:
    row = Ask.objects.filter(matter=matter, state=Ask.State.ACCEPTED).select_related("craftsman").first()
    told = {
        TalkLine.Side.COMPANY: matter.owner_id,
        TalkLine.Side.CRAFTSMAN: row.craftsman.account_id if row is not None else None,
    }
    for side, account in told.items():
        if account is not None and side != line.side:
            outbox.enqueue(
                "notice.app",
                f"craft:{matter.pk}:talk:{line.pk}:{account}",
                {"text": f"助企行需求{matter.number}有新的消息，请到“我的”里查看。"},
                matter=matter,
                account_id=account,
            )


def set_own(actor: Actor, *, publish: bool, hours: int, paused: bool) -> Craftsman:
    """A craftsman decides about their own page, hours and whether they are asked at present."""
    person = craftsman_of(actor)
    if person is None:
        raise NotFound
    if not 0 <= hours <= 200:
        raise InvalidData({"hours": [_("请填写 0 到 200 之间的小时数。")]})
    with transaction.atomic(), as_system("one's own entry"):
        before = {"consent": person.consented_at is not None, "hours": person.hours_month, "state": person.state}
        if publish != (person.consented_at is not None):
            person.consented_at = now() if publish else None
        person.hours_month = hours
        person.state = Craftsman.State.PAUSED if paused else Craftsman.State.LISTED
        person.save(update_fields=["consented_at", "hours_month", "state"])
        after = {"consent": publish, "hours": hours, "state": person.state}
        trail.record(f"craftsman:{person.pk}", "own_change", actor=actor, before=before, after=after)
    return person


def seen_need(actor: Actor, matter_id: int) -> Matter:
    """The matter, for staff who see it. NotFound."""
    with bind(actor):
        found = visible_to(actor).filter(pk=matter_id).first()
    if found is None:
        raise NotFound
    return found
