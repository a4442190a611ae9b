"""劳模工匠库: who is shown to everybody and how; the register that the desk keeps (handbook 5.10, 5.17)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

from django.db.models import Prefetch, Q, QuerySet

from gonghui.appeals.actions.attachments import open_stored
from gonghui.craft import tables
from gonghui.craft.models import Achievement, Craftsman, CraftsmanVideo, Honour, Innovation, NoticeDeeds
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotFound
from gonghui.kernel.scope import as_system, at_or_below
from gonghui.organisations.models import Region
from gonghui.services.models import FormFile, PublicNotice

READERS = ("handler", "dispatcher", "leader", "supervisor")
KEEPERS = ("handler", "leader")
HIGH = ("province", "national")


def _standing() -> Prefetch[str, QuerySet[Honour], str]:
    """Honours that were not taken back, the newest first."""
    return Prefetch(
        "honours", queryset=Honour.objects.filter(cancelled_on=None).order_by("-year", "kind"), to_attr="standing"
    )


def shown(region: str = "", kind: str = "") -> QuerySet[Craftsman]:
    """风采: who holds an honour and consented to be shown."""
    honoured = Q(honours__isnull=False, honours__cancelled_on=None)
    if kind:
        honoured &= Q(honours__kind=kind)
    found = Craftsman.objects.select_related("region").filter(honoured, consented_at__isnull=False)
    prefix = region[:2] if region.endswith("0000") else region[:4] if region.endswith("00") else region[:6]
    if prefix:
        found = found.filter(region__code__startswith=prefix)
    return found.exclude(state=Craftsman.State.GONE).distinct().order_by("-listed_at", "pk")


@dataclass(frozen=True)
class Card:
    """One person in a list: the words for codes beside the row."""

    person: Craftsman
    trades: list[str]
    honours: list[str]
    level: str


def cards(rows: Iterable[Craftsman] | QuerySet[Craftsman]) -> list[Card]:
    people = list(rows)
    honours: dict[int, list[str]] = {}
    for row in Honour.objects.filter(craftsman__in=people, cancelled_on=None).order_by("-year"):
        honours.setdefault(row.craftsman_id, []).append(f"{row.year} {words_of(row.kind)}")
    return [
        Card(
            person,
            tables.names(tables.trades(), person.tags),
            honours.get(person.pk, []),
            "".join(tables.names(tables.levels(), [person.skill_level])) if person.skill_level != "none" else "",
        )
        for person in people
    ]


def words_of(kind: str) -> str:
    """The words for an honour; the code where the table no longer has it."""
    return next((str(row) for row in tables.honours() if row.code == kind), kind)


def regions() -> list[Region]:
    """Counties from which somebody is shown, and the cities above them."""
    codes = set(Craftsman.objects.filter(consented_at__isnull=False).values_list("region_id", flat=True).distinct())
    codes |= {f"{code[:4]}00" for code in codes}
    return list(Region.objects.filter(pk__in=codes).order_by("pk"))


@dataclass(frozen=True)
class Page:
    """A person's own page."""

    card: Card
    achievements: list[Achievement]
    videos: list[tuple[CraftsmanVideo, str]]


def page(craftsman_id: int) -> Page:
    """NotFound for who did not consent, or is no longer in the library."""
    found = Craftsman.objects.select_related("region").filter(pk=craftsman_id).first()
    if found is None or not found.shown:
        raise NotFound
    shown_videos = [(row, host_words(row.link)) for row in found.videos.order_by("pk")]
    return Page(cards([found])[0], list(found.achievements.order_by("pk")), shown_videos)


def host_words(link: str) -> str:
    """The words for the site that a link leads to; empty for no link."""
    name = urlsplit(link).hostname or ""
    return str(tables.media().host(name) or name)


def photo(craftsman_id: int) -> tuple[FormFile, IO[bytes]]:
    """The photo on a person's page. NotFound without one, or without a page."""
    # A form's file is its owner's; with the person's consent this one is on their page.
    with as_system("the photo of a page that everybody may read"):
        found = Craftsman.objects.select_related("photo").filter(pk=craftsman_id).first()
    if found is None or not found.shown or found.photo is None or not found.photo.mime.startswith("image/"):
        raise NotFound
    return found.photo, open_stored(found.photo.stored_name)


def innovations() -> QuerySet[Innovation]:
    """Innovations that were graded above the unit and may be public."""
    return Innovation.objects.filter(open_to_all=True).exclude(grade="").order_by("-at")


def register(actor: Actor, *, high: bool = False) -> QuerySet[Craftsman]:
    """The people registered by the actor's unions or those below; `high`: honoured by a province or above."""
    found = Craftsman.objects.select_related("region", "organisation").prefetch_related(_standing())
    rows = found.filter(at_or_below("organisation__path", actor.paths_as(*READERS)))
    if high:
        kinds = [row.code for row in tables.honours() if row.level in HIGH]
        rows = rows.filter(honours__kind__in=kinds, honours__cancelled_on=None).distinct()
    return rows.order_by("region_id", "pk")


def kept(actor: Actor, craftsman_id: int) -> Craftsman:
    """A person whom one of the actor's own unions, or one below it, registered. NotFound for others."""
    found = register(actor).filter(pk=craftsman_id).first()
    if found is None:
        raise NotFound
    return found


def deeds_of(notices: Iterable[PublicNotice]) -> dict[int, NoticeDeeds]:
    """What the notices of nominations tell besides the name, by notice."""
    return {row.notice_id: row for row in NoticeDeeds.objects.filter(notice__in=list(notices))}
