"""Why a service is refused (不予受理的理由), and what one may have instead: every reason leads on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from gonghui.brain.match import Condition
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow.schema import Text
from gonghui.kernel.times import today
from gonghui.services import conditions, rounds
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Application
from gonghui.services.sources import REGISTER
from gonghui.services.spec import Rule, Service


@dataclass(frozen=True)
class Why:
    """One reason. `instead`: the service one may have; `earlier`: the matter of one's own that stands in the way."""

    text: str
    instead: Service | None = None
    earlier: int | None = None


class Refused(GuardRefused):
    """A refusal whose reasons lead on; in plain words (`reasons`) for who cannot follow a link."""

    def __init__(self, whys: Sequence[Why]) -> None:
        self.whys = list(whys)
        super().__init__([told(why) for why in whys])


def told(why: Why) -> str:
    """The reason with the name of what one may have instead."""
    if why.instead is None:
        return why.text
    return _("%(reason)s（可以看看“%(other)s”）") % {"reason": why.text, "other": str(why.instead)}


def whys_of(error: GuardRefused) -> list[Why]:
    """The reasons of any refusal; those of a guard lead nowhere."""
    return error.whys if isinstance(error, Refused) else [Why(reason) for reason in error.reasons]


def of_condition(condition: Condition, *, known: bool = True) -> Why:
    """`known`: the fact is known and wrong; else the register has nothing of this person."""
    text = str(Text(zh=condition.zh, en=condition.en))
    if not known and condition.fact in REGISTER:
        text = _(
            "%(condition)s：会员登记里没有和您的手机号、身份证号对上的会籍。还没有入会的，先申请入会（免费）；入了会的，"
            "到“我的”→“电子会员证”认领；登记的手机号不对或者换了号的，带身份证请您的工会更正。"
        ) % {"condition": text}
    return Why(text, other(condition.instead))


def of_taken(service: Service, taken: tuple[int, Application | None], account_id: int | None) -> Why:
    """已经申请过: with one's own earlier application. Somebody else's (same car, same child) is not shown."""
    place, application = taken
    if application is None:
        said = _("%(reason)s（工会导入的以前的领取名单里有；记错了的，请联系您所在区县的工会更正）")
        return Why(said % {"reason": service.once[place]})
    own = account_id is not None and application.account_id == account_id
    return Why(str(service.once[place]), earlier=application.matter_id if own else None)


def of_rounds(service: Service, day: date) -> Why | None:
    """Why nobody can apply on a day between two rounds; None where a round is open, or there are none."""
    if not service.rounds or rounds.on(service.rounds, day) is not None:
        return None
    coming = rounds.following(service.rounds, day)
    if coming is None:
        return Why(_("这一批已经截止，下一批的时间还没有公布。"))
    return Why(_("现在不在申报时间，下一批从 %(day)s 开始。") % {"day": coming.since.isoformat()})


def other(service_id: str) -> Service | None:
    """The service of this id as it is offered today; None for what nobody can have now."""
    found = catalogue().services.get(service_id) if service_id else None
    return found if found is not None and found.state == "open" and found.valid(today()) else None


def broken(service: Service, values: Mapping[str, Any]) -> list[Rule]:
    """The conditions over several fields that do not hold."""
    return [rule for rule in service.rules if conditions.holds(rule.that, values) is False]


def instead_of(rules: Iterable[Rule]) -> list[Service]:
    """What one may have instead where these rules are broken, each once."""
    found = {rule.instead: other(rule.instead) for rule in rules}
    return [service for service in found.values() if service is not None]
