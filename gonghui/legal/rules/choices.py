"""What a person may pick: counsels with their standing, and the words of the tables."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import choices
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now
from gonghui.legal import eligibility, rota, tables
from gonghui.legal.models import Counsel, LegalCase
from gonghui.legal.rules.common import case_for

Pairs = list[tuple[str, str]]


def _from(items: Callable[[], tuple[tables.Item, ...]]) -> Callable[[Matter, Actor], Pairs]:
    def of(matter: Matter, actor: Actor) -> Pairs:
        return tables.pairs(items())

    return of


choices("legal.satisfaction")(_from(lambda: tables.words().satisfaction))
choices("legal.decline_reasons")(_from(lambda: tables.words().decline_reasons))
choices("legal.milestones")(_from(lambda: tables.words().milestones))
choices("legal.aid_forms")(_from(lambda: tables.words().aid_forms))
choices("legal.terminate_grounds")(_from(lambda: tables.words().terminate_grounds))


@choices("legal.outcomes")
def _outcomes(matter: Matter, actor: Actor) -> Pairs:
    return [(code, str(label)) for code, label in LegalCase.Outcome.choices]


@choices("legal.urgent_grounds")
def _urgent(matter: Matter, actor: Actor) -> Pairs:
    return [(ground.code, str(ground)) for ground in eligibility.table().urgent]


@choices("legal.counsels")
def _counsels(matter: Matter, actor: Actor) -> Pairs:
    """Everybody who might be asked, the proposed one first. Who may not have it is listed with the reason: the step
    refuses them, and whoever dispatches sees why a colleague they think of is not proposed."""
    with as_system("the caller has seen this matter"):
        case = case_for(matter)
    at = now()
    found = rota.candidates(case, at)
    first = next((standing for _counsel, standing in found if not standing.reason), None)
    return [(str(counsel.pk), words(counsel, standing, first)) for counsel, standing in found]


def words(counsel: Counsel, standing: rota.Standing, first: rota.Standing | None) -> str:
    at = now()
    parts = [
        f"{counsel} · {counsel.get_kind_display()} · {counsel.organisation.short_name or counsel.organisation.name}"
    ]
    if standing.reason:
        return parts[0] + " · " + _("不能派：%(reason)s") % {"reason": standing.reason}
    if standing is first:
        parts.append(_("建议"))
    if standing.next_shift is None:
        parts.append(_("没有排班"))
    elif standing.next_shift <= at:
        parts.append(_("正在值班"))
    else:
        parts.append(_("下次值班 %(when)s") % {"when": f"{standing.next_shift.astimezone(SHANGHAI):%m-%d %H:%M}"})
    parts.append(_("在办 %(load)d/%(most)d") % {"load": standing.load, "most": standing.max_open})
    if not standing.fits:
        parts.append(_("非专长"))
    return " · ".join(parts)
