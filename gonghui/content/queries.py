"""What may be asked: what is published for a reader, one text, its files; what an organisation is writing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from gonghui.appeals.actions.attachments import open_stored
from gonghui.content.actions import KIND
from gonghui.content.models import Item, ItemFile
from gonghui.content.rendering import pictures_in
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotFound
from gonghui.kernel.scope import ancestors, as_system, bind, visible_to
from gonghui.kernel.times import today

LISTED_MOST = 200
WORDS_MOST = 5


def published(path: str = "", worker_type: str = "", column: str = "", words: str = "") -> QuerySet[Item]:
    """What a reader is shown, pinned first, then the newest. `path`: the union of their place, whose texts and those of
    all above it are theirs; empty: everything. To be read `as_system`: what is published is open to all."""
    rows = Item.objects.select_related("live", "matter").filter(live__isnull=False)
    if path:
        rows = rows.filter(live__audience_path__in=ancestors(path))
    if worker_type:
        rows = rows.filter(Q(live__worker_types="") | Q(live__worker_types__contains=f",{worker_type},"))
    if column:
        rows = rows.filter(live__column=column)
    for word in words.split()[:WORDS_MOST]:
        named = Q(live__title__icontains=word) | Q(live__summary__icontains=word) | Q(live__body__icontains=word)
        rows = rows.filter(named)
    pinned = ExpressionWrapper(Q(live__pinned_until__gte=today()), output_field=BooleanField())
    return rows.annotate(pinned=pinned).order_by("-pinned", "-live__released_at", "-pk")


def public_item(item_id: int) -> Item:
    """A published text. NotFound for drafts and what was taken down."""
    with as_system("what is published is open to all"):
        found = Item.objects.select_related("live", "matter").filter(pk=item_id, live__isnull=False).first()
    if found is None:
        raise NotFound
    return found


def still_published(numbers: Iterable[int]) -> set[int]:
    """Those of these texts that everybody can read now."""
    with as_system("what is published is open to all"):
        return set(Item.objects.filter(pk__in=set(numbers), live__isnull=False).values_list("pk", flat=True))


def open_file(actor: Actor, file_id: int) -> tuple[ItemFile, IO[bytes]]:
    """A picture or paper of a published text, for everybody; of a draft for who sees the draft. NotFound otherwise."""
    with as_system("whether it is public is asked next"):
        row = ItemFile.objects.select_related("item__live").filter(pk=file_id).first()
    if row is None or not (_is_public(row) or _sees(actor, row)):
        raise NotFound
    return row, open_stored(row.stored_name)


def _is_public(row: ItemFile) -> bool:
    """Papers and the cover go with the version they were reviewed with; a picture only where that version shows it."""
    live = row.item.live
    if live is None or row.pk not in live.files:
        return False
    return not row.is_picture or row.pk == live.cover or row.pk in pictures_in(live.body)


def _sees(actor: Actor, row: ItemFile) -> bool:
    with bind(actor):
        return actor.kind == "staff" and visible_to(actor).filter(pk=row.item.matter_id).exists()


def own_items(actor: Actor, state: str = "") -> list[Item]:
    """The texts of the organisations somebody sees, the newest first. Empty state: those not at an end."""
    with bind(actor):
        seen = visible_to(actor).filter(kind=KIND)
        seen = seen.filter(state=state) if state else seen.exclude(state__in=("withdrawn", "dropped"))
        numbers = list(seen.order_by("-opened_at").values_list("pk", flat=True)[:LISTED_MOST])
    with as_system("the actor sees these matters"):
        rows = Item.objects.select_related("matter", "live").filter(matter__in=numbers)
        return sorted(rows, key=lambda row: row.matter.opened_at, reverse=True)


def item_of_matter(matter_id: int) -> Item:
    """The text of a matter that the actor sees, as the caller has found."""
    with as_system("the actor sees this matter"):
        return Item.objects.select_related("matter", "live").get(matter_id=matter_id)
