"""What the search finds of the partners' services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gonghui.exchange.models import ForeignService
from gonghui.exchange.queries import open_rows, variant_label
from gonghui.kernel.front import Item, searchable
from gonghui.kernel.times import SHANGHAI


@searchable("elsewhere", _("其他工会办理的服务"), model=ForeignService)
def elsewhere(keys: Sequence[str] | None) -> Iterator[Item]:
    """Found by names and by how people ask for it, until the catalogue runs out; the address stays on our site."""
    rows = open_rows()
    for row in (rows if keys is None else rows.filter(pk__in=keys)).iterator(500):
        entry, partner = row.entry, row.partner
        ends = partner.expires_at.astimezone(SHANGHAI).date() if partner.expires_at else None
        yield Item(
            str(row.pk),
            entry.name.zh[:200],
            reverse("portal:elsewhere_service", args=[row.pk]),
            entry.name.en[:200],
            f"{partner.name} {variant_label(partner.level)} {entry.purpose.zh}",
            f"{partner.name_en or partner.name} {entry.purpose.en}" if entry.purpose.en else "",
            also=entry.needs,
            region=entry.regions[0] if len(entry.regions) == 1 else "",
            until=min(filter(None, (entry.valid_to, ends)), default=None),
        )
