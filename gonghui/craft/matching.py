"""匹配: which craftsmen of the list fit a need. The brain weighs; a person picks (handbook 5.11)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, When

from gonghui.brain.match import Candidate, Candidates, Match, Need, match_need
from gonghui.craft import tables
from gonghui.craft.models import Ask, Craftsman
from gonghui.kernel.models import Matter
from gonghui.organisations.models import Region


def place_of(region: str) -> str:
    """A region's code as the brain reads places: `52/5201/520102`."""
    code = region[:6]
    return "/".join(part for part in (code[:2], code[:4], code) if part) if code else ""


def need_of(matter: Matter, values: Mapping[str, Any]) -> Need:
    """The need of an application, as it is held against the list."""
    texts = [values.get(name) for name in ("topic", "equipment", "problem", "symptom", "expected")]
    return Need(
        id=str(matter.pk),
        text="。".join(str(text) for text in texts if text),
        tags=tuple(tables.names(tables.trades(), values.get("trades") or ())),
        place=place_of(matter.region),
        remote=values.get("mode") != "site",
        hours=int(values.get("hours") or 0),
        secret=values.get("confidential") == "yes",
    )


def _reaches(region: str) -> Q:
    """Those whose own area takes the place in."""
    own = Region.objects.filter(pk=region[:6]).first()
    if own is None:
        return Q(area=Craftsman.Area.NATIONAL)
    return (
        Q(area=Craftsman.Area.NATIONAL)
        | Q(area=Craftsman.Area.PROVINCE, region__code__startswith=own.pk[:2])
        | Q(area=Craftsman.Area.CITY, region__code__startswith=own.pk[:4])
        | Q(area=Craftsman.Area.COUNTY, region__code=own.pk)
    )


def pool(matter: Matter, values: Mapping[str, Any]) -> dict[str, Craftsman]:
    """The craftsmen to weigh, by the brain's id: listed, with hours, in reach, not asked for this need before; those
    of the same trade and place first, where there are too many."""
    asked = Ask.objects.filter(matter=matter).exclude(state=Ask.State.PROPOSED).values("craftsman")
    rows = (
        Craftsman.objects.filter(_reaches(matter.region), state=Craftsman.State.LISTED, hours_month__gt=0)
        .exclude(pk__in=asked)
        .select_related("region")
    )
    near = Case(
        When(region__code=matter.region[:6], then=0),
        When(region__code__startswith=matter.region[:4], then=1),
        default=2,
        output_field=IntegerField(),
    )
    wanted = set(values.get("trades") or ())
    found = sorted(rows.annotate(near=near).order_by("near", "pk")[:1000], key=lambda row: not wanted & set(row.tags))
    return {f"c{row.pk}": row for row in found[: tables.numbers().candidates]}


def propose(matter: Matter, values: Mapping[str, Any]) -> list[tuple[Craftsman, Match]]:
    """The craftsmen that fit best, the best first; those that a hard limit puts aside are left out."""
    people = pool(matter, values)
    counts: dict[int, Mapping[str, int]] = {
        row["craftsman"]: {name: row[name] for name in ("open", "taken", "solved")}
        for row in Ask.objects.filter(craftsman__in=list(people.values()))
        .values("craftsman")
        .annotate(
            open=Count("pk", filter=Q(state=Ask.State.ACCEPTED, matter__is_open=True)),
            taken=Count("pk", filter=Q(state=Ask.State.ACCEPTED)),
            solved=Count("pk", filter=Q(state=Ask.State.ACCEPTED, matter__state="closed")),
        )
    }
    candidates = tuple(_candidate(key, row, counts.get(row.pk, {})) for key, row in people.items())
    found = match_need(need_of(matter, values), _ready(candidates), k=len(candidates) or 1)
    fitting = [one for one in found if not one.against][: tables.numbers().matched]
    return [(people[one.candidate.id], one) for one in fitting]


def _candidate(key: str, row: Craftsman, counts: Mapping[str, int]) -> Candidate:
    return Candidate(
        id=key,
        kind="expert",
        text="。".join(text for text in (row.trade, row.technology, row.patents, row.workshop) if text),
        tags=tuple(tables.names(tables.trades(), row.tags)),
        place=place_of(row.region_id),
        hours_left=row.hours_month,
        solved=counts.get("solved", 0),
        asked=counts.get("taken", 0),
        open=counts.get("open", 0),
        signs=row.signs,
    )


@lru_cache(maxsize=4)
def _ready(candidates: tuple[Candidate, ...]) -> Candidates:
    """Reading the sentences is the costly part: kept while the list stays as it is."""
    return Candidates(candidates)
