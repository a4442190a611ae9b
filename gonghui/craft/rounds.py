"""分轮: what counts in the round under way, who goes on by quota, what the rounds before came to (handbook 5.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.craft import scoring, tables, teams
from gonghui.craft.models import Contest, Contestant, RoundResult, Team
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.matters import set_fields
from gonghui.organisations.models import Organisation


def planned(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rounds before the final as the proposal's form asks for them: a round is held where its places are told.
    InvalidData beside what does not fit."""
    rows: list[dict[str, Any]] = []
    wrong: dict[str, list[str]] = {}
    for item in tables.rounds().rounds:
        told = {name: values.get(f"{item.code}_{name}") for name in ("places", "most", "least", "theory")}
        if not told["places"]:
            if any(told[name] for name in ("most", "least")):
                wrong[f"{item.code}_places"] = [_("要有这一轮，请填写晋级名额。")]
            continue
        if rows and told["places"] >= rows[-1]["places"]:
            wrong[f"{item.code}_places"] = [_("要少于上一轮的晋级名额。")]
        if told["most"] and told["least"] and told["least"] > told["most"]:
            wrong[f"{item.code}_least"] = [_("每个地区至少的人数不能多于最多的人数。")]
        theory = told["theory"] if told["theory"] is not None else tables.numbers().theory
        rows.append(
            {"code": item.code, "places": told["places"], "most": told["most"] or 0, "least": told["least"] or 0,
             "theory": theory}
        )  # fmt: skip
    if wrong:
        raise InvalidData(wrong)
    return rows


def weights(contest: Contest) -> tuple[int, int]:
    """(theory, practice) of the round under way, together 100."""
    if contest.final:
        return contest.theory, contest.practice
    theory = int(contest.rounds[contest.round]["theory"])
    return theory, 100 - theory


def name_of(contest: Contest, number: int) -> str:
    """What the round is called; empty for a contest of one round."""
    if not contest.rounds:
        return ""
    code = contest.rounds[number]["code"] if number < len(contest.rounds) else tables.rounds().final.code
    return tables.rounds().word(code)


def active(contest: Contest) -> QuerySet[Contestant]:
    """Who takes part in the round under way."""
    return contest.contestants.filter(out_after=None)


def region_of(organisation: Organisation, region: str) -> str:
    """The region that a quota counts: the city for a contest of a province or the nation, else the county."""
    high = (Organisation.Level.PROVINCE, Organisation.Level.NATIONAL)
    return region[: 4 if organisation.level in high else 6]


def choose(contest: Contest, ordered: Sequence[Contestant], ranked_teams: Sequence[Team]) -> None:
    """Note who goes on, the best first given; in the final nobody does. Of a contest for teams whole teams go on."""
    if contest.final:
        for row in ordered:
            row.goes_on = None
        return
    plan = contest.rounds[contest.round]
    limits = (plan["places"], plan["most"], plan["least"])
    if contest.entry == Contest.Entry.TEAM:
        homes = {team.pk: teams.contestants(team).order_by("registered_at", "pk") for team in ranked_teams}
        keys = [(pk, region_of(contest.organisation, rows[0].region)) for pk, rows in homes.items()]
        chosen = scoring.going_on(keys, *limits)
        for team in ranked_teams:
            set_fields(team, goes_on=team.pk in chosen)
        members = {row.pk for pk in chosen for row in homes[pk]}
        for row in ordered:
            row.goes_on = row.pk in members
        return
    chosen = scoring.going_on([(row.pk, region_of(contest.organisation, row.region)) for row in ordered], *limits)
    for row in ordered:
        row.goes_on = row.pk in chosen


def close(contest: Contest) -> tuple[list[Contestant], list[Contestant]]:
    """The round is over: its results are written down, who goes on begins anew without number or score.
    (who goes on, who is out)."""
    rows = list(active(contest).select_related("application__matter").order_by("rank"))
    RoundResult.objects.bulk_create(
        RoundResult(
            contestant=row, round=contest.round, blind_number=row.blind_number or 0, theory=row.theory,
            practice=row.practice, seconds=row.seconds, total=row.total or 0, rank=row.rank or 0,
            goes_on=bool(row.goes_on),
        )
        for row in rows
    )  # fmt: skip
    for row in rows:
        blank = {"blind_number": None, "theory": None, "practice": None, "seconds": None, "safety": None}
        set_fields(row, out_after=None if row.goes_on else contest.round, **blank, total=None, rank=None)
    teams.close(contest)
    set_fields(contest, round=contest.round + 1, lock_hash="", published_at=None)
    return [row for row in rows if row.goes_on], [row for row in rows if not row.goes_on]


@dataclass(frozen=True)
class Plan:
    """One round as everybody reads it."""

    name: str
    theory: int
    places: int = 0
    most: int = 0
    least: int = 0

    @property
    def practice(self) -> int:
        return 100 - self.theory


def plans(contest: Contest) -> list[Plan]:
    """The rounds of a contest, the final last; none for a contest of one round."""
    if not contest.rounds:
        return []
    rows = [
        Plan(name_of(contest, place), row["theory"], row["places"], row["most"], row["least"])
        for place, row in enumerate(contest.rounds)
    ]
    return [*rows, Plan(name_of(contest, len(contest.rounds)), contest.theory)]
