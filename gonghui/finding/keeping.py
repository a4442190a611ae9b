"""Keeping the index like the rooms: one entry when its row is saved, everything in the worker's rounds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from gonghui.finding import words
from gonghui.finding.models import Entry
from gonghui.finding.terms import text_terms, title_terms, unique
from gonghui.kernel import front
from gonghui.kernel.front import Item, Source
from gonghui.kernel.scope import as_system

BATCH = 500
SHOWN = 120


def digest(item: Item) -> str:
    return hashlib.blake2b(repr(item).encode(), digest_size=16).hexdigest()


def listen() -> None:
    """Take in what is saved and let go what is deleted, for sources that name their model."""
    for source in front.sources().values():
        if source.stored and source.model is not None:
            post_save.connect(_saved, sender=source.model, dispatch_uid=f"finding {source.name}")
            post_delete.connect(_deleted, sender=source.model, dispatch_uid=f"finding {source.name}")


def _of(sender: Any) -> list[Source]:
    return [source for source in front.sources().values() if source.stored and source.model is sender]


def _saved(sender: Any, instance: Any, **kwargs: Any) -> None:
    for source in _of(sender):
        take_in(source, [str(instance.pk)])


def _deleted(sender: Any, instance: Any, **kwargs: Any) -> None:
    for source in _of(sender):
        _drop(Entry.objects.filter(source=source.name, key=str(instance.pk)).values_list("pk", flat=True))


@transaction.atomic
def take_in(source: Source, keys: list[str]) -> int:
    """Make the entries with these keys what the room says of them now; how many changed."""
    with as_system("what a source gives is open to everybody"):
        given = {item.key: item for item in source.give(keys)}
    held = {entry.key: entry for entry in Entry.objects.filter(source=source.name, key__in=keys)}
    gone = [entry.pk for key, entry in held.items() if key not in given]
    _drop(gone)
    return len(gone) + _write(source, given.values(), {key: entry.digest for key, entry in held.items()})


def refresh() -> int:
    """All stored sources against the index; how many entries changed. Run by one worker at a time."""
    changed = 0
    for source in front.sources().values():
        if source.stored:
            changed += _refresh(source)
    gone = Entry.objects.exclude(source__in=[s.name for s in front.sources().values() if s.stored])
    changed += _drop(gone.values_list("pk", flat=True))
    if changed:
        with transaction.atomic():
            words.count()
    return changed


def _refresh(source: Source) -> int:
    held = dict(Entry.objects.filter(source=source.name).values_list("key", "digest"))
    changed, seen = 0, set()
    with as_system("what a source gives is open to everybody"):
        items = iter(source.give(None))
        while some := list(islice(items, BATCH)):
            seen |= {item.key for item in some}
            with transaction.atomic():
                changed += _write(source, some, held)
    gone = [key for key in held if key not in seen]
    for keys in (gone[n : n + BATCH] for n in range(0, len(gone), BATCH)):
        with transaction.atomic():
            changed += _drop(Entry.objects.filter(source=source.name, key__in=keys).values_list("pk", flat=True))
    return changed


def _write(source: Source, items: Iterable[Item], held: dict[str, str]) -> int:
    """Write those of the items that are new or not as they were."""
    fresh = [item for item in items if held.get(item.key) != digest(item)]
    if not fresh:
        return 0
    rows = [
        Entry(
            source=source.name,
            key=item.key,
            title=item.title[:200],
            title_en=item.title_en[:200],
            shown=item.text[:SHOWN],
            shown_en=item.text_en[:SHOWN],
            address=item.address[:300],
            region=item.region,
            until=item.until,
            digest=digest(item),
        )
        for item in fresh
    ]
    fields = ["title", "title_en", "shown", "shown_en", "address", "region", "until", "digest"]
    Entry.objects.bulk_create(rows, update_conflicts=True, unique_fields=["source", "key"], update_fields=fields)
    numbers = dict(
        Entry.objects.filter(source=source.name, key__in=[item.key for item in fresh]).values_list("key", "pk")
    )
    words.write({numbers[item.key]: terms_of(item) for item in fresh})
    return len(fresh)


def terms_of(item: Item) -> tuple[list[str], list[str]]:
    """The terms of an item's names, and of its text."""
    named = unique(term for name in (item.title, item.title_en, *item.also) if name for term in title_terms(name))
    return named, text_terms(f"{item.text} {item.text_en}")


def _drop(entries: Iterable[int]) -> int:
    numbers = list(entries)
    words.remove(numbers)
    for start in range(0, len(numbers), BATCH):
        Entry.objects.filter(pk__in=numbers[start : start + BATCH]).delete()
    return len(numbers)
