"""All regions of the country and the unions of every province, city and county (handbook 0.2)."""

from __future__ import annotations

from django.db import transaction

from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM
from gonghui.organisations.build import read
from gonghui.organisations.models import Organisation, Region
from gonghui.organisations.names import MADE_UP, region_short_name, union_name

NATIONAL = "cn"
# The All-China Federation has no provincial council in 台湾, 香港 and 澳门.
PROVINCES_WITHOUT_UNION = frozenset(("71", "81", "82"))
# 西沙群岛, 南沙群岛, 中沙群岛: the union of 三沙市 is there for them.
COUNTIES_WITHOUT_UNION = frozenset(("460321", "460322", "460323"))
WORKING_HOURS = "工作日 9:00–18:00"
HOURS = {str(weekday): [["09:00", "18:00"]] for weekday in range(5)}
LEVELS = {1: "province", 2: "city", 3: "county", 4: "town"}


def union_path(code: str, level: int) -> str:
    """The path of a region's union: `520102` level 3 → `cn.52.5201.520102`."""
    parts = [NATIONAL, code[:2], code[:4], code[:6], code][: level + 1]
    if level == 4:
        # Towns stand under their county, or directly under a city without districts (东莞: 441900 + 003).
        parts = (
            [NATIONAL, code[:2], code[:4], code]
            if code[4:6] == "00"
            else [NATIONAL, code[:2], code[:4], code[:6], code]
        )
    return ".".join(parts)


def made_up(row: Region | dict[str, str]) -> bool:
    """A level-2 row that only exists in the code table (市辖区 of a municipality and the like)."""
    name, level = (row["name"], int(row["level"])) if isinstance(row, dict) else (row.name, row.level)
    return level == 2 and name in MADE_UP


def has_union(row: dict[str, str]) -> bool:
    """Whether the seed founds a union for a region of level 1–3."""
    return (
        not made_up(row)
        and row["code"][:2] not in PROVINCES_WITHOUT_UNION
        and row["code"] not in COUNTIES_WITHOUT_UNION
    )


@transaction.atomic
def seed() -> dict[str, int]:
    """Write regions and unions that are missing; what is there stays as people edited it. Safe to repeat.

    Returns how many of each there are now.
    """
    rows = read()
    by_code = {row["code"]: row for row in rows}
    known = set(Region.objects.values_list("code", flat=True))
    had = (len(known), Organisation.objects.count())
    for level in ("1", "2", "3", "4"):
        Region.objects.bulk_create(
            [
                Region(
                    code=row["code"],
                    name=row["name"],
                    level=int(level),
                    parent_id=row["parent"] or None,
                    full_name=_full_name(row, by_code),
                    short_name=region_short_name(row["name"]),
                )
                for row in rows
                if row["level"] == level and row["code"] not in known
            ],
            batch_size=500,
        )
    _unions(rows, by_code)
    have = (Region.objects.count(), Organisation.objects.count())
    counts = {"regions": have[0], "organisations": have[1]}
    if have != had:
        # One entry for all of them: 3,300 chains of one link each would tell nobody more.
        trail.record("organisations", "seed", actor=SYSTEM, after=counts, note="regions.csv.gz")
    return counts


def _full_name(row: dict[str, str], by_code: dict[str, dict[str, str]]) -> str:
    names, at = [], row
    while True:
        if not made_up(at):
            names.append(at["name"])
        if not at["parent"]:
            return "".join(reversed(names))
        at = by_code[at["parent"]]


def _unions(rows: list[dict[str, str]], by_code: dict[str, dict[str, str]]) -> None:
    national, _created = Organisation.objects.get_or_create(
        path=NATIONAL, defaults={"name": "中华全国总工会", "short_name": "全总", "level": Organisation.Level.NATIONAL}
    )
    ids = dict(Organisation.objects.values_list("path", "pk"))
    for level in (1, 2, 3):
        wanted = [row for row in rows if int(row["level"]) == level and has_union(row)]
        Organisation.objects.bulk_create(
            [
                Organisation(
                    path=union_path(row["code"], level),
                    name=union_name(row["name"]),
                    short_name=region_short_name(row["name"]),
                    level=LEVELS[level],
                    region_id=row["code"],
                    parent_id=_parent(row, by_code, ids) or national.pk,
                    working_hours=WORKING_HOURS,
                    hours=HOURS,
                )
                for row in wanted
                if union_path(row["code"], level) not in ids
            ],
            batch_size=500,
        )
        ids = dict(Organisation.objects.values_list("path", "pk"))


def _parent(row: dict[str, str], by_code: dict[str, dict[str, str]], ids: dict[str, int]) -> int | None:
    """The nearest union above; a made-up level is passed over."""
    at = row
    while at["parent"]:
        at = by_code[at["parent"]]
        found = ids.get(union_path(at["code"], int(at["level"])))
        if found:
            return found
    return None
