"""换届: begun 90 days before a term ends, at the union above, with the union itself taking part."""

from __future__ import annotations

from datetime import timedelta

from gonghui.founding import tables
from gonghui.founding.models import Term
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.matters import open_matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today

KIND = "founding.renewal"


def begin_due() -> int:
    """How many changes of term were begun: one for each union whose newest term ends soon and has none yet."""
    begun = 0
    with as_system("terms that end"):
        soon = today() + timedelta(days=tables.number("renewal_days"))
        ending = Term.objects.select_related("union__parent").filter(approved=True, renewal=None, until__lte=soon)
        for term in ending.order_by("pk"):
            union = term.union
            newer = Term.objects.filter(union=union, approved=True, since__gt=term.since).exists()
            if newer or union.parent is None or not union.active:
                continue
            at = now()
            term.renewal = open_matter(
                KIND,
                actor=SYSTEM,
                title=f"{union.name}换届（任期到 {term.until:%Y-%m-%d}）",
                holder_path=union.parent.path,
                number=f"HJ-{at:%Y%m%d}-{next_number(f'founding.renewal:{at:%Y%m%d}'):04d}",
                region=union.region_id or "",
                assist=[union.path],
                at=at,
            )
            term.save(update_fields=["renewal"])
            begun += 1
    return begun
