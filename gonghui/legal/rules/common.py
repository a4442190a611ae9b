"""Small helpers the rules share."""

from __future__ import annotations

from typing import Any

from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter
from gonghui.law.answer import law_version
from gonghui.law.store import LawStore
from gonghui.legal.models import Counsel, FileEntry, LegalCase
from gonghui.legal.rota import PARTICIPANT

QUESTION_KIND, AID_KIND = "legal.consultation", "legal.aid"
KINDS = (QUESTION_KIND, AID_KIND)


def case_of(ctx: Context) -> LegalCase:
    """The case of the matter that is being changed, read once for each transition."""
    cache = ctx.__dict__
    if "_case" not in cache:
        case = case_for(ctx.matter)
        case.matter = ctx.matter
        cache["_case"] = case
    return cache["_case"]


def case_for(matter: Matter) -> LegalCase:
    return LegalCase.objects.select_related("counsel__account", "employer__union").get(matter_id=matter.pk)


def stamp(ctx: Context, **values: Any) -> LegalCase:
    """Set fields of the case and save them."""
    case = case_of(ctx)
    for name, value in values.items():
        setattr(case, name, value)
    case.save(update_fields=list(values))
    return case


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
