"""派单建议: who should lead (handbook 1.7). Small rules tried in the order of `data/routing.yaml`; the first that
speaks wins, and its name and reason are stored with the proposal. A person decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from gonghui.appeals import tables
from gonghui.appeals.rules.common import common_path, in_group
from gonghui.kernel.actor import Actor
from gonghui.organisations.models import Employer, Organisation
from gonghui.organisations.queries import organisation_for_region

INTAKE_ROLES = ("agent", "dispatcher", "supervisor", "discipline", "handler", "leader")


@dataclass(frozen=True)
class Proposal:
    """Who should lead and why. `lead` is empty where nobody of the union should (`kind` says what then).

    kind: dispatch | legal_consult_only | restricted | elsewhere | queue.
    """

    rule: str
    kind: str
    lead: str
    reason: str
    assist: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"assist": list(self.assist), "tags": list(self.tags)}


@dataclass
class Facts:
    """What the rules look at; from the appeal's fields, completed by what the brain found in its text."""

    receiving: str
    category: str = ""
    worker_type: str = ""
    region: str = ""
    home_region: str = ""
    places: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    accepted_elsewhere: bool = False
    not_union: bool = False
    disclose_ok: bool = False
    employer: Employer | None = None
    tags: list[str] = field(default_factory=list)

    @cached_property
    def county(self) -> Organisation | None:
        """The county union of the work place, or the lowest union above it that exists."""
        return organisation_for_region(self.region) if self.region else None

    @cached_property
    def union(self) -> Organisation | None:
        """The employer's own union, when it is active."""
        found = self.employer.union if self.employer is not None else None
        return found if found is not None and found.active else None


def propose(facts: Facts) -> Proposal:
    """The first rule that speaks. The last one (`queue`) always does."""
    for row in tables.routing().order:
        proposal = RULES[row.rule](facts)
        if proposal is not None:
            return proposal
    raise LookupError("routing.yaml must end with the rule `queue`")


def legal_exclusion(facts: Facts) -> Proposal | None:
    """1: what arbitration or a court has taken gets legal consultation only."""
    if not facts.accepted_elsewhere:
        return None
    lead = facts.county.path if facts.county else facts.receiving
    return Proposal("legal_exclusion", "legal_consult_only", lead, "已由仲裁或法院受理，只做法律咨询和法律服务")


def discipline(facts: Facts) -> Proposal | None:
    """1: discipline matters go into the restricted box."""
    if not in_group(facts.category, tables.routing().discipline_categories):
        return None
    return Proposal("discipline", "restricted", facts.receiving, "违纪举报只由纪检岗位查看和办理")


def not_union(facts: Facts) -> Proposal | None:
    """1: not a union matter: say where to go."""
    if not (in_group(facts.category, tables.routing().not_union_categories) or facts.not_union):
        return None
    where = tables.routing().elsewhere
    text = where.get(facts.category) or where["default"]
    return Proposal("not_union", "elsewhere", "", text.zh)


def cross_province(facts: Facts) -> Proposal | None:
    """6: the home province's union opened it, the work province's union leads, the former assists."""
    if not facts.region or facts.county is None or not facts.home_region:
        return None
    if facts.home_region[:2] == facts.region[:2] or not facts.receiving.startswith(f"cn.{facts.home_region[:2]}"):
        return None
    return Proposal(
        "cross_province",
        "dispatch",
        facts.county.path,
        "工作地在外省：由工作地工会主办，受理地工会协办",
        assist=(f"cn.{facts.home_region[:2]}",),
    )


def new_form(facts: Facts) -> Proposal | None:
    """5: new forms of work: the city's industrial union if there is one, else the county of the work place."""
    item = tables.item(tables.intake().worker_types, facts.worker_type)
    if not (item and item.new_form) and not in_group(facts.category, tables.routing().new_form_categories):
        return None
    if facts.county is None:
        return None
    city = ".".join(facts.county.path.split(".")[:3])
    industrial = Organisation.objects.filter(
        level=Organisation.Level.INDUSTRIAL, active=True, path__startswith=f"{city}."
    ).order_by("path")
    lead = next((org.path for org in industrial if facts.worker_type in org.worker_types), None)
    if lead is not None:
        return Proposal("new_form", "dispatch", lead, "新就业形态劳动者：市级行业工会主办", assist=(facts.county.path,))
    return Proposal(
        "new_form", "dispatch", facts.county.path, "新就业形态劳动者：没有市级行业工会，由工作地县级工会主办"
    )


def group_employer(facts: Facts) -> Proposal | None:
    """4: an employer of the province or the centre, or two places and more: the common union above."""
    group = facts.employer.group_level if facts.employer is not None else ""
    paths = [org.path for org in map(organisation_for_region, dict.fromkeys(facts.places)) if org is not None]
    if len(set(paths)) >= 2:
        higher = _existing(common_path(list(dict.fromkeys(paths))))
        return (
            Proposal("group_employer", "dispatch", higher, "涉及两个以上县区：由共同的上级工会主办") if higher else None
        )
    if group in tables.routing().group_levels and facts.county is not None:
        higher = _existing(".".join(facts.county.path.split(".")[: tables.routing().group_levels[group]]))
        return Proposal("group_employer", "dispatch", higher, "省属或央属企业：上提一级办理") if higher else None
    return None


def grassroots(facts: Facts) -> Proposal | None:
    """3: the employer's union leads if the worker agreed and nothing speaks of retaliation; the county assists."""
    if facts.union is None or not facts.disclose_ok or facts.county is None:
        return None
    if in_group(facts.category, tables.routing().retaliation_categories):
        return None
    return Proposal(
        "grassroots", "dispatch", facts.union.path, "单位有工会且职工同意：基层工会主办", assist=(facts.county.path,)
    )


def construction(facts: Facts) -> Proposal | None:
    """7: the county of the site, marked for the housing authority."""
    if not in_group(facts.category, tables.routing().construction_categories) or facts.county is None:
        return None
    return Proposal("construction", "dispatch", facts.county.path, "工程项目：项目所在县级工会主办", tags=("住建",))


def higher_for_lower(facts: Facts) -> Proposal | None:
    """8: there is a grassroots union, but it cannot act freely in this: the county acts for it (上代下)."""
    if facts.union is None or facts.county is None:
        return None
    reason = (
        "涉及报复风险，由县级工会代企业工会办理"
        if in_group(facts.category, tables.routing().retaliation_categories)
        else "职工未同意向单位披露，由县级工会代企业工会办理"
    )
    return Proposal("higher_for_lower", "dispatch", facts.county.path, reason)


def work_place(facts: Facts) -> Proposal | None:
    """2: the county union of the work place."""
    if facts.county is None:
        return None
    return Proposal("work_place", "dispatch", facts.county.path, f"工作地在{facts.county.name}辖区")


def queue(facts: Facts) -> Proposal | None:
    """9: no match: the dispatchers of the receiving level look at it."""
    return Proposal("queue", "queue", "", "信息不足，由受理单位派单员研判")


RULES: dict[str, Callable[[Facts], Proposal | None]] = {
    function.__name__: function
    for function in (
        legal_exclusion,
        discipline,
        not_union,
        cross_province,
        new_form,
        group_employer,
        grassroots,
        construction,
        higher_for_lower,
        work_place,
        queue,
    )
}


def _existing(path: str) -> str:
    """The organisation itself or the nearest active one above it."""
    parts = path.split(".")
    candidates = [".".join(parts[: n + 1]) for n in range(len(parts))]
    found = set(Organisation.objects.filter(path__in=candidates, active=True).values_list("path", flat=True))
    return next((candidate for candidate in reversed(candidates) if candidate in found), "")


def receiving_path(actor: Actor, region: str) -> str:
    """Who takes an appeal in: the staff member's own organisation, else the province's union (各省集中), else 全总."""
    for role in INTAKE_ROLES:
        paths = actor.paths_as(role)
        if paths:
            return paths[0]
    if region and Organisation.objects.filter(path=f"cn.{region[:2]}", active=True).exists():
        return f"cn.{region[:2]}"
    return "cn"
