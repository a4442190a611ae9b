"""What the search takes in of the rooms that were there before it: services, situations, laws, places, notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gonghui.content import queries as texts
from gonghui.content.models import Item as Text
from gonghui.kernel.front import Item, searchable
from gonghui.kernel.tables import read_table
from gonghui.kernel.times import day_of, today
from gonghui.law.shelf import Shelf
from gonghui.law.topics import topics
from gonghui.services import notices as public
from gonghui.services.catalogue import catalogue, service_of
from gonghui.services.models import Offer, PublicNotice
from gonghui.venues import tables
from gonghui.venues.models import Venue

NATION = "中华人民共和国"
SAID = Path(__file__).parent / "data" / "said.yaml"


@cache
def said() -> dict[str, tuple[str, ...]]:
    """Everyday words for a service, by its id."""
    words: dict[str, tuple[str, ...]] = read_table(SAID, dict[str, tuple[str, ...]])
    return words


@searchable("services", _("服务"), stored=False)
def services(keys: Sequence[str] | None) -> Iterator[Item]:
    """Every service that is there today, with its steps (转会) and the ways of asking for it."""
    for service in catalogue().services.values():
        if service.valid(today()) and service.state == "open":
            yield Item(
                service.id,
                service.zh,
                reverse("portal:service", args=[service.id]),
                service.en,
                service.purpose.zh,
                service.purpose.en,
                also=(*service.needs, *said().get(service.id, ()), service.purpose.en),
            )


@searchable("situations", _("我的权利"), stored=False)
def situations(keys: Sequence[str] | None) -> Iterator[Item]:
    """The situations of the law (R01 …), with how people tell of them."""
    for topic in topics().topics.values():
        address = f"{reverse('portal:rights')}?topic={topic.id}"
        # 满一年没签合同，视为无固定期限 is found by either half.
        halves = tuple(part for part in topic.zh.replace("，", "、").split("、") if len(part) > 1)
        also = (*(halves if len(halves) > 1 else ()), *topic.phrasings)
        yield Item(topic.id, topic.zh, address, topic.en, topic.definition, also=also)


@searchable("laws", _("法律法规"), stored=False)
def laws(keys: Sequence[str] | None) -> Iterator[Item]:
    """The newest text of each law, by its name with and without that of the country."""
    seen = set()
    shelf = Shelf.default()
    for volume in shelf.volumes:
        newest = shelf.newest(volume.law) if volume.law not in seen else None
        seen.add(volume.law)
        if newest is not None and newest.in_force:
            short = newest.law.removeprefix(NATION)
            address = reverse("law:law", args=[newest.slug])
            yield Item(newest.law, short, address, text=newest.category, region="", also=())


@searchable("places", _("阵地"), model=Venue)
def places(keys: Sequence[str] | None) -> Iterator[Item]:
    """Stations, halls and nursing rooms that are not given up."""
    rows = Venue.objects.exclude(state=Venue.State.GONE).select_related("region")
    names = {row.code: str(row) for row in tables.equipment()}
    for row in (rows if keys is None else rows.filter(pk__in=keys)).iterator(1000):
        has = "、".join(names[code] for code in row.equipment if code in names)
        text = f"{row.address} {tables.kind(row.kind).zh} {has}".strip()
        yield Item(str(row.pk), row.name, reverse("portal:venue", args=[row.pk]), text=text, region=row.region_id)


@searchable("offers", _("活动和课程"), model=Offer)
def offered(keys: Sequence[str] | None) -> Iterator[Item]:
    """What unions have put up to take part in, while one can still sign up."""
    rows = Offer.objects.filter(status=Offer.Status.PUBLISHED).select_related("organisation")
    for row in (rows if keys is None else rows.filter(pk__in=keys)).iterator(1000):
        service = catalogue().services.get(row.service)
        end = row.closes or row.ends or row.starts
        yield Item(
            str(row.pk),
            row.title,
            reverse("portal:offer", args=[row.pk]),
            text=f"{service.zh if service else ''} {row.place} {row.organisation.name}".strip(),
            region=row.region,
            until=day_of(end) if end is not None else None,
        )


@searchable("news", _("新闻和政策"), model=Text)
def news(keys: Sequence[str] | None) -> Iterator[Item]:
    """What is published of the news, policies and cases, as it is read now."""
    rows = texts.published()
    for row in (rows if keys is None else rows.filter(pk__in=keys)).iterator(500):
        if row.live is not None:
            yield Item(
                str(row.pk),
                row.live.title,
                reverse("portal:news_item", args=[row.pk]),
                text=f"{row.live.summary} {row.live.body[:800]}".strip(),
                also=tuple(str(tag) for tag in row.live.tags),
            )


@searchable("notices", _("公示"), model=PublicNotice)
def notices(keys: Sequence[str] | None) -> Iterator[Item]:
    """公示 by service, union and unit. Nobody is to be found by a name, not even a masked one."""
    rows = public.published()
    for row in (rows if keys is None else rows.filter(pk__in=keys)).iterator(1000):
        service = service_of(row.application)
        yield Item(
            str(row.pk),
            f"{service.zh}公示：{row.organisation.name}",
            reverse("portal:notices"),
            text=row.unit,
            until=row.closes,
        )
