"""What the worker's pages show of a service, for the portal and for the preview of a file that is not in use yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from gonghui.kernel.flow import get_flow
from gonghui.kernel.flow.schema import ClockSpec, Flow
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.services import actions, facts, holding, offers, queries
from gonghui.services.amounts import rule_on
from gonghui.services.catalogue import catalogue
from gonghui.services.forms import SectionForm
from gonghui.services.models import Offer
from gonghui.services.spec import Section, Service
from gonghui.services.veiling import veiled

# 分组: the order of the list; a file's `group` that is none of these stands under the last.
GROUPS: tuple[tuple[tuple[str, ...], Any], ...] = (
    (("rights",), gettext_lazy("维权和民主管理")),
    (("membership", "union"), gettext_lazy("会员和建会")),
    (("work",), gettext_lazy("找工作、学技能")),
    (("money",), gettext_lazy("帮扶和补助")),
    (("care",), gettext_lazy("关爱和福利")),
    (("places",), gettext_lazy("身边的阵地")),
    (("culture",), gettext_lazy("文体和交友")),
    (("craft",), gettext_lazy("劳模工匠和竞赛")),
)


def grouped(services: list[Service]) -> list[tuple[str, list[Service]]]:
    """(title, services) of each group that has any."""
    found = [(str(title), [one for one in services if one.group in names]) for names, title in GROUPS]
    known = {name for names, _title in GROUPS for name in names}
    found.append((gettext("其他服务"), [one for one in services if one.group not in known]))
    return [(title, rows) for title, rows in found if rows]


def conditions_of(service: Service, outcome: facts.Outcome) -> list[dict[str, Any]]:
    """Each condition as it stands, with the service one may have instead."""
    judged = zip(service.eligibility, facts.judged(service, outcome), strict=True)
    return [
        {**row, "instead": catalogue().services.get(condition.instead) if condition.instead else None}
        for condition, row in judged
    ]


def usual_steps(service: Service) -> list[str]:
    """What happens one after the other when nothing goes wrong, and within what time: the clocks of the states on the
    main way, without the wait for a rating."""
    if not service.takes_applications:
        return []
    flow = get_flow(service.kind_of_matter)
    names = [
        name
        for place in _on_the_way(flow)
        if not any(step.name == "rate" for step in flow.leaving(place))
        for name in flow.states[place].clocks
    ]
    return [_step_words(flow.clocks[name]) for name in dict.fromkeys(names)]


def _on_the_way(flow: Flow) -> list[str]:
    """The states that are no side road, in the order in which one comes to them; a file may name them in any."""
    steps = {flow.initial: 0}
    waiting = [flow.initial]
    while waiting:
        place = waiting.pop(0)
        for step in flow.leaving(place):
            if step.to in flow.states and step.to not in steps and not flow.states[step.to].side:
                steps[step.to] = steps[place] + 1
                waiting.append(step.to)
    main = [place for place, state in flow.states.items() if not state.side]
    return sorted(main, key=lambda place: steps.get(place, len(main)))


def _step_words(clock: ClockSpec) -> str:
    """`初审（5 个工作日）`; the title alone where the time depends on the matter or the title says it."""
    title, limit = str(clock.title), clock.limit
    if limit is None or "（" in title or "(" in title:
        return title
    words = {
        "minutes": gettext("%(n)s 分钟"),
        "working_days": gettext("%(n)s 个工作日"),
        "days": gettext("%(n)s 天"),
        "months": gettext("%(n)s 个月"),
    }[limit.unit] % {"n": f"{limit.amount:f}"}
    return gettext("%(step)s（%(time)s）") % {"step": title, "time": words}


def sum_words(service: Service, day: date) -> str:
    """The sum that the rule of the day comes to, in words; empty where there is none."""
    rule = rule_on(service.amounts, day)
    if rule is None:
        return ""
    if rule.fixed is not None:
        return gettext("%(sum)s 元") % {"sum": f"{rule.fixed:,.0f}"}
    of = str(service.field(rule.of)).replace("（元）", "").replace(" (yuan)", "")
    share = (rule.share or Decimal(0)) * 100
    words = gettext("“%(of)s”的 %(share)s%%") % {"of": of, "share": f"{share.normalize():f}"}
    if rule.threshold:
        words = gettext("%(words)s（超过 %(sum)s 元的部分）") % {"words": words, "sum": f"{rule.threshold:,.0f}"}
    if rule.most is not None:
        words = gettext("%(words)s，最多 %(sum)s 元") % {"words": words, "sum": f"{rule.most:,.0f}"}
    return words


def to_prepare(service: Service) -> list[str]:
    """What to have at hand before one begins: numbers that nobody knows by heart, and photos of papers."""
    numbers = {"id_no": gettext("身份证号"), "bank_card": gettext("本人银行卡号")}
    kinds = [spec.type for spec in service.fields]
    found = [text for kind, text in numbers.items() if kind in kinds]
    papers = [spec for spec in service.fields if spec.type == "file"]
    found.extend(str(spec) for spec in papers if spec.required)
    return [*found, *(gettext("%(what)s · 有的话") % {"what": spec} for spec in papers if not spec.required)]


def handled_by(service: Service, region: str) -> Organisation | None:
    """The union that handles it for somebody of this place, unless their own unit's or an offer's does."""
    if not service.takes_applications or service.offers is not None or service.handled_by.first or not region:
        return None
    return holding.holder_of(service, region)


def offer_rows(service: Service, found: Sequence[Offer]) -> list[dict[str, Any]]:
    """Offers as a list shows them."""
    return [
        {"offer": row, "when": offers.when(row), "seats": offers.seats_words(service, row), "left": row.left}
        for row in found
    ]


def service_page(service: Service, standing: actions.Standing, region: str, *, known: bool) -> dict[str, Any]:
    """What it is, for whom, what one gets, how long it takes. `known`: it is known who looks."""
    coming = offers.coming(service, region) if service.offers is not None else None
    return {
        "service": service,
        "standing": standing,
        "conditions": conditions_of(service, standing.outcome),
        "known": known,
        "limits": usual_steps(service),
        "sum": sum_words(service, today()),
        "prepare": to_prepare(service),
        "handled_by": handled_by(service, region),
        "parts": catalogue().parts_of(service.id, today(), region),
        "offers": offer_rows(service, coming) if coming is not None else None,
    }


def form_page(service: Service, section: Section, form: SectionForm) -> dict[str, Any]:
    """One page of the form, with its place among the others."""
    places = [one.id for one in service.form]
    place = places.index(section.id)
    return {
        "service": service,
        "section": section,
        "form": form,
        "number": place + 1,
        "count": len(places),
        "back": places[place - 1] if place else "",
    }


def check_pages(service: Service, values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Everything once more before it is handed in, page by page."""
    found = []
    for section in service.form:
        only = service.model_copy(update={"form": (section,)})
        found.append(
            {
                "section": section,
                "rows": queries.rows(
                    only, {spec.name: veiled(spec, values.get(spec.name)) for spec in section.fields}, clear=True
                ),
                "files": queries.files_of(only, dict(values)),
                "wrong": [(str(spec), text) for spec in section.fields for text in errors.get(spec.name, [])],
            }
        )
    return found
