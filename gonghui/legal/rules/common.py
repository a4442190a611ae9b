"""Small helpers the rules share."""

from __future__ import annotations

from typing import Any

from gonghui.kernel.matters import Context, set_fields
from gonghui.kernel.models import Matter
from gonghui.law.answer import law_version
from gonghui.law.store import LawStore
from gonghui.legal.models import Counsel, FileEntry, LegalCase
from gonghui.legal.rota import PARTICIPANT

QUESTION_KIND, AID_KIND = "legal.consultation", "legal.aid"
KINDS = (QUESTION_KIND, AID_KIND)
BOOKING_KIND = "legal.booking"


def case_of(ctx: Context) -> LegalCase:
    """The case of the matter that is being changed, read once for each transition."""
    return ctx.once(case_for)


def case_for(matter: Matter) -> LegalCase:
    case = LegalCase.objects.select_related("counsel__account", "employer__union").get(matter_id=matter.pk)
    case.matter = matter
    return case


def stamp(ctx: Context, **values: Any) -> LegalCase:
    """Set fields of the case and save them."""
    return set_fields(case_of(ctx), **values)


def write(ctx: Context, kind: FileEntry.Kind, text: str, **more: Any) -> FileEntry:
    """One more entry in the file."""
    return FileEntry.objects.create(
        matter=ctx.matter,
        kind=kind,
        text=text,
        from_worker=ctx.role == "owner",
        by_id=ctx.actor.account_id,
        at=ctx.now,
        **more,
    )


def own_counsel(ctx: Context) -> Counsel | None:
    return Counsel.objects.filter(account_id=ctx.actor.account_id).first() if ctx.actor.account_id else None


def end_participation(ctx: Context, case: LegalCase) -> None:
    """The counsel no longer takes part: from their next request on they see neither the matter nor the file."""
    if case.counsel is None:
        return
    ctx.matter.participants.filter(account_id=case.counsel.account_id, role=PARTICIPANT, until=None).update(
        until=ctx.now
    )


def resolved(articles: list[str]) -> list[dict[str, str]]:
    """Citations with the article each names in the law at hand (empty: not there) and the version of the law data."""
    store = LawStore.default()
    found = []
    for text in articles:
        hit = store.parse(text)
        found.append({"article": text, "id": hit[1].id if hit else "", "law_version": law_version()})
    return found
