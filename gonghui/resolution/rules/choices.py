"""What a person may pick in the steps of a letter."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import choices
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import ancestors, as_system
from gonghui.kernel.times import today
from gonghui.resolution import tables
from gonghui.resolution.rules.common import letter_for, members

Pairs = list[tuple[str, str]]


def _from(name: str) -> Callable[[Matter, Actor], Pairs]:
    def of(matter: Matter, actor: Actor) -> Pairs:
        return tables.pairs(getattr(tables.words(), name))

    return of


for _name in ("refusals", "told_by", "services", "ways", "corrected", "escalations", "onward"):
    choices(f"resolution.{_name}")(_from(_name))


@choices("resolution.stances")
def _stances(matter: Matter, actor: Actor) -> Pairs:
    with as_system("the caller has seen this matter"):
        return tables.pairs(tables.first_stances(letter_for(matter).kind))


@choices("resolution.results")
def _results(matter: Matter, actor: Actor) -> Pairs:
    with as_system("the caller has seen this matter"):
        return tables.pairs(tables.results(letter_for(matter).kind))


@choices("resolution.supervisors")
def _supervisors(matter: Matter, actor: Actor) -> Pairs:
    """Supervisors of the issuing union and of those above it; the higher union may help."""
    return [
        (str(one.pk), _("%(name)s（监督员证 %(no)s）") % {"name": one.name, "no": one.certificate_no})
        for one in members(ancestors(matter.holder_path), today())
    ]
