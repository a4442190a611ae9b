"""What a reader sees of the partners' services: those of active partners whose catalogue has not run out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from gonghui.exchange.document import Entry
from gonghui.exchange.models import ForeignService, Partner
from gonghui.kernel.errors import NotFound
from gonghui.kernel.language import in_english
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.organisations.models import Region
from gonghui.organisations.regions import stem
from gonghui.services.catalogue import catalogue
from gonghui.services.spec import Service

PUBLIC = "what partners publish is open to everybody"
LEVELS = ("national", "province", "city", "county")


@dataclass(frozen=True)
class Shown:
    """A partner's service as it is shown: its entry, who publishes it, and our own service of the same module."""

    pk: int
    entry: Entry
    partner: Partner
    local: Service | None

    @property
    def by(self) -> str:
        """The union's name, in the reader's language where it has one."""
        return self.partner.name_en if in_english() and self.partner.name_en else str(self.partner)

    @property
    def host(self) -> str:
        """The site that one is led to, as its name is read."""
        return self.partner.issuer.partition("://")[2]

    @property
    def variant(self) -> str:
        return variant_label(self.partner.level)


def variant_label(level: str) -> str:
    """省级办理 beside 本地办理: whose installation takes the application."""
    labels = {"national": _("全国办理"), "province": _("省级办理"), "city": _("市级办理"), "county": _("县级办理")}
    return labels.get(level, _("其他工会办理"))


def level_choices() -> list[tuple[str, str]]:
    return [(level, variant_label(level)) for level in LEVELS]


def open_rows() -> QuerySet[ForeignService]:
    """Of active partners, unexpired, valid today. To be read as system."""
    day = today()
    return (
        ForeignService.objects.select_related("partner")
        .filter(partner__state=Partner.State.ACTIVE, partner__expires_at__gt=now(), valid_from__lte=day)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))
    )


def serving(rows: QuerySet[ForeignService], region: str, *, around: bool = False) -> QuerySet[ForeignService]:
    """Those for a place: everywhere, or in it or what it lies in. `around`: also those for parts of it."""
    if not region:
        return rows
    codes = {stem(region)[:length] for length in (2, 4, 6)}
    wanted = Q(stems=",,")
    for code in codes:
        wanted |= Q(stems__contains=f",{code},")
    if around:
        wanted |= Q(stems__contains=f",{stem(region)}")
    return rows.filter(wanted)


def listed(region: str = "", level: str = "", *, around: bool = True) -> QuerySet[ForeignService]:
    """Filtered by place and by the level of who publishes, the wider unions first. To be read as system."""
    rows = serving(open_rows(), region, around=around)
    if level in LEVELS:
        rows = rows.filter(partner__level=level)
    return rows.order_by("partner__organisation", "partner_id", "place")


def shown(rows: Any) -> list[Shown]:
    """Rows as they are shown. Rows of a query are read here, so that the second lock lets them through."""
    services = catalogue().services
    with as_system(PUBLIC):
        return [Shown(row.pk, row.entry, row.partner, _local(services.get(row.service_id))) for row in rows]


def _local(service: Service | None) -> Service | None:
    return service if service is not None and service.state == "open" and service.valid(today()) else None


def listed_if_any(region: str) -> list[Shown]:
    """For the command line, which also runs where no database was made: then there are none. Nothing is created."""
    place = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and not Path(place).is_file():
        return []
    try:
        return shown(listed(region, around=False))
    except DatabaseError:
        return []


def one(foreign_id: int) -> Shown:
    """NotFound for what is not shown (any more)."""
    found = shown(open_rows().filter(pk=foreign_id))
    if not found:
        raise NotFound(_("没有这项服务，或者对方已经不再提供。"))
    return found[0]


def variants_of(service_id: str, region: str) -> list[Shown]:
    """The same module at partners that serve a place; a partner's variant for the narrower place goes before."""
    rows = serving(open_rows().filter(service_id=service_id), region)
    found: dict[int, Shown] = {}
    for row in shown(rows.order_by("partner__organisation", "-variant")):
        found.setdefault(row.partner.pk, row)
    return list(found.values())


def fitting(region: str, most: int) -> list[Shown]:
    """For the first page: what is offered for this place and not here. Nothing where the place is not known."""
    if not region:
        return []
    ours = [service.id for service in catalogue().offered(today(), region)]
    rows = serving(open_rows(), region).exclude(service_id__in=ours).filter(data__kind="service")
    return shown(rows.order_by("-partner__organisation", "place")[:most])


def places(entry: Entry) -> str:
    """适用地区 in words."""
    if not entry.regions:
        return _("全国")
    names = dict(Region.objects.filter(pk__in=entry.regions).values_list("code", "full_name"))
    return "、".join(names.get(code, code) for code in entry.regions)


def provinces() -> list[tuple[str, str]]:
    return list(Region.objects.filter(level=1).order_by("code").values_list("code", "name"))


def place_name(code: str) -> str:
    """A union's place in words; the whole country without a code."""
    region = Region.objects.filter(pk=code).first() if code else None
    return region.full_name if region is not None else code or _("全国")


def level_label(level: str) -> str:
    """省级工会, as the union tree calls its levels."""
    labels = {
        "national": _("全国总工会"), "province": _("省级工会"), "city": _("市级工会"), "county": _("县级工会"),
        "town": _("乡镇（街道、园区）工会"), "grassroots": _("基层工会"), "industrial": _("产业工会"),
    }  # fmt: skip
    return labels[level]
