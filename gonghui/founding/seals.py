"""印章备案: the record of a new union's seal with the proof for making it, of what the founding wrote down."""

from __future__ import annotations

from gonghui.founding.models import Founding, Term
from gonghui.kernel.errors import NotFound
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.law.documents import Fields, Record

DOCUMENT = "union_seal_record"


def fields_of(matter: Matter, *, names: bool) -> Fields:
    """What the paper is filled with; what nobody told yet stays a blank. NotFound until the union is there.

    `names`: who was elected stands in it, for who handles the founding only; else that is written by hand.

    The caller has found that its reader may see the matter.
    """
    with as_system("the caller may see the matter"):
        row = Founding.objects.select_related("union__parent").filter(matter=matter).first()
        if row is None or row.union is None:
            raise NotFound
        term = Term.objects.filter(union=row.union).order_by("since").first()
    return Fields(
        record=Record(
            number=matter.number,
            union=row.union.name,
            above=row.union.parent.name if row.union.parent is not None else "",
            approved_on=row.founded_on,
            chair=row.chair_name if names else "",
            legal_code=term.legal_code if term is not None else "",
            seal_on=term.seal_on if term is not None else None,
            bank=term.account_bank if term is not None else "",
        )
    )
