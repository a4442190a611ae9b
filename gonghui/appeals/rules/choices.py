"""Choices and field types of the appeal flows: what a person may pick, and how an answer is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.appeals import categories, tables
from gonghui.appeals.staff import on_duty
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import choices, field_type
from gonghui.kernel.flow.schema import FieldSpec
from gonghui.kernel.models import Matter, MatterParticipant
from gonghui.kernel.scope import ancestors
from gonghui.organisations.models import Organisation

Pairs = list[tuple[str, str]]


def _from(items: Callable[[], tuple[tables.Item, ...]]) -> Callable[[Matter, Actor], Pairs]:
    def of(matter: Matter, actor: Actor) -> Pairs:
        return tables.pairs(items())

    return of


choices("appeals.urgencies")(_from(lambda: tables.intake().urgencies))
choices("appeals.natures")(_from(lambda: tables.intake().natures))
choices("appeals.difficulties")(_from(lambda: tables.intake().difficulties))
choices("appeals.worker_types")(_from(lambda: tables.intake().worker_types))
choices("appeals.return_reasons")(_from(lambda: tables.handling().return_reasons))
choices("appeals.suspend_reasons")(_from(lambda: tables.handling().suspend_reasons))
choices("appeals.reject_reasons")(_from(lambda: tables.handling().reject_reasons))
choices("appeals.invalid_reasons")(_from(lambda: tables.handling().invalid_reasons))
choices("appeals.terminate_reasons")(_from(lambda: tables.handling().terminate_reasons))
choices("appeals.result_codes")(_from(lambda: tables.handling().result_codes))
choices("appeals.union_actions")(_from(lambda: tables.handling().union_actions))
choices("appeals.contact_ways")(_from(lambda: tables.handling().contact_ways))
choices("appeals.satisfactions")(_from(lambda: tables.handling().satisfaction))
choices("appeals.resolutions")(_from(lambda: tables.handling().resolution))
choices("appeals.report_receivers")(_from(lambda: tables.handling().report_receivers))
choices("appeals.petition_decisions")(_from(lambda: tables.handling().petition_decisions))
choices("appeals.report_ways")(_from(lambda: tables.handling().report_ways))
choices("appeals.vetoes")(_from(lambda: tables.quality().vetoes))


@choices("appeals.categories")
def _categories(matter: Matter, actor: Actor) -> Pairs:
    return categories.pairs()


@choices("appeals.colleagues")
def _colleagues(matter: Matter, actor: Actor) -> Pairs:
    """Handlers and leaders of the organisation that holds the matter, without those who stepped aside."""
    recused = {int(pk) for pk in matter.data.get("recused", [])}
    rows = on_duty(matter.holder_path, ("handler", "leader"))
    return [(str(account.pk), str(account)) for account in rows if account.pk not in recused]


@choices("appeals.lawyers")
def _lawyers(matter: Matter, actor: Actor) -> Pairs:
    """Lawyers and mediators of the organisation that holds the matter and of those above it, the nearest first."""
    taken = set(assigned(matter).values_list("account_id", flat=True))
    found = [account for path in reversed(ancestors(matter.holder_path)) for account in on_duty(path, ("lawyer",))]
    return [(str(account.pk), str(account)) for account in dict.fromkeys(found) if account.pk not in taken]


@choices("appeals.assigned_lawyers")
def _assigned_lawyers(matter: Matter, actor: Actor) -> Pairs:
    return [(str(row.account_id), str(row.account)) for row in assigned(matter).select_related("account")]


def assigned(matter: Matter) -> QuerySet[MatterParticipant]:
    """Lawyers and mediators who take part now."""
    return matter.participants.filter(role="lawyer", until__isnull=True).order_by("since")


def known_paths(given: list[str]) -> list[str]:
    """The paths of organisations given by path or by full name, in order; ValueError for an unknown one, and for a name
    that several have (城关区总工会): guessing would send a case to strangers."""
    active = Organisation.objects.filter(active=True)
    names = [one for one in given if not one.startswith("cn")]
    rows = list(active.filter(name__in=names).values_list("name", "path")) if names else []
    by_name = dict(rows)
    shared = sorted({name for name, path in rows if by_name[name] != path})
    if shared:
        raise ValueError(_("有几个单位叫“%(names)s”，请从列表里选择。") % {"names": "、".join(shared)[:100]})
    paths = [by_name.get(one, one) for one in given]
    found = set(active.filter(path__in=paths).values_list("path", flat=True))
    missing = [path for path in paths if path not in found]
    if missing:
        raise ValueError(_("没有找到这个单位：%(paths)s。请从列表里选择。") % {"paths": "、".join(missing)[:100]})
    return list(dict.fromkeys(paths))


@field_type("appeals.organisation")
def _organisation(raw: Any, spec: FieldSpec, matter: Matter) -> str:
    given = raw if isinstance(raw, list) else [raw]
    if len(given) != 1:
        raise ValueError(_("主办单位只能有一个。"))
    return known_paths([str(given[0]).strip()])[0]


@field_type("appeals.organisations")
def _organisations(raw: Any, spec: FieldSpec, matter: Matter) -> list[str]:
    given = raw if isinstance(raw, list | tuple) else re.split(r"[,，\s]+", str(raw))
    return known_paths([str(path).strip() for path in given if str(path).strip()])


@field_type("appeals.articles")
def _articles(raw: Any, spec: FieldSpec, matter: Matter) -> list[str]:
    """Article ids or plain citations, one a line or separated by ；. At most 20 of 120 characters."""
    given = raw if isinstance(raw, list | tuple) else re.split(r"[\n;；]+", str(raw))
    cited = [str(one).strip() for one in given if str(one).strip()]
    if not cited:
        raise ValueError(_("请写明依据的法条或规定。"))
    if len(cited) > 20 or any(len(one) > 120 for one in cited):
        raise ValueError(_("最多列20条依据，每条不超过120个字。"))
    return cited


@field_type("appeals.order_number")
def _order_number(raw: Any, spec: FieldSpec, matter: Matter) -> int:
    """The number of another work order of the same kind; its matter's id."""
    found = Matter.objects.filter(number=str(raw).strip(), kind=matter.kind).exclude(pk=matter.pk).first()
    if found is None:
        raise ValueError(_("没有找到这个编号的工单，请核对。"))
    return found.pk
