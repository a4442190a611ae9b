"""Small helpers the rules share: the letter of a matter, its chain, which union issues it, who inquires."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from gonghui.kernel.matters import Context, set_fields
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import ancestors
from gonghui.resolution import tables
from gonghui.resolution.models import Committee, Letter, Member, Service

KIND = "resolution.letter"


def letter_for(matter: Matter) -> Letter:
    letter = Letter.objects.select_related("committee__organisation", "previous", "source").get(matter_id=matter.pk)
    letter.matter = matter
    return letter


def letter_of(ctx: Context) -> Letter:
    """The letter of the matter that is being changed, read once for each transition."""
    return ctx.once(letter_for)


def stamp(ctx: Context, **values: Any) -> Letter:
    """Set fields of the letter and save them."""
    return set_fields(letter_of(ctx), **values)


def service_of(ctx: Context) -> Service:
    """The try to serve the letter that runs: a letter that was sent has one."""
    return Service.objects.filter(matter=ctx.matter, failed=False).latest("pk")


def chain(letter: Letter) -> list[Letter]:
    """The letters before this one, the first one first, and this one."""
    found = [letter]
    while (before := found[-1].previous) is not None:
        found.append(before)
    return found[::-1]


def issuer(path: str, kind: str) -> Committee | None:
    """The committee that issues a letter of this kind for a union: its own, or the nearest above it that may.

    A recommendation is a matter of local general unions of county level and above (浙江 10(6)).
    """
    levels = tables.kind(kind).levels
    found = Committee.objects.filter(active=True, organisation__active=True, organisation__path__in=ancestors(path))
    if levels:
        found = found.filter(organisation__level__in=levels)
    return max(found.select_related("organisation__region"), key=lambda one: len(one.organisation.path), default=None)


def no_issuer(kind: str) -> str:
    name = tables.kind(kind).label
    if tables.kind(kind).levels:
        return _(
            "%(kind)s由县级以上地方总工会发出，本单位和上级里没有登记监督委员会的地方总工会。请先在“监督委员会”里登记。"
        ) % {"kind": name}
    return _("本单位和上级工会都没有登记劳动法律监督委员会，不能发%(kind)s。请先在“监督委员会”里登记。") % {
        "kind": name
    }


def members(paths: Iterable[str], day: date) -> list[Member]:
    """Those with a certificate that is valid on a day, of the committees of these organisations."""
    rows = Member.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day),
        active=True,
        committee__active=True,
        committee__organisation__path__in=list(paths),
    ).exclude(certificate_no="")
    return list(rows.order_by("committee__organisation__path", "pk"))


def chosen(codes: list[str] | None) -> list[Member]:
    """The members that were ticked, each once."""
    wanted = [int(code) for code in dict.fromkeys(codes or []) if code.isdigit()]
    found = Member.objects.in_bulk(wanted)
    return [found[pk] for pk in wanted if pk in found]


def shown(people: Iterable[Member]) -> list[dict[str, str]]:
    """As it is written down: the certificate of the day stays, whatever becomes of the member."""
    return [{"name": one.name, "certificate": one.certificate_no} for one in people]
