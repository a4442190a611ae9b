"""What goes in and out of the watch, and its numbers as data (`data/warn.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Literal

from gonghui.brain.lexicon import load_yaml

Kind = Literal["matter", "employer", "place", "repeat"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the stream.

    at: aware time. place: path from the largest to the smallest division (`52/5201/520103`), "" when unknown.
    employer: key of a known employer. reporter: opaque key of who wrote, "" when unknown (then each counts as one).
    people: how many it speaks for. words: alarm words found in it.
    """

    id: str
    at: datetime
    text: str
    title: str = ""
    place: str = ""
    category: str = ""
    employer: str = ""
    reporter: str = ""
    people: int = 1
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A message of an alarm, and the alarm words in it. Why it belongs to the event is the alarm's kind."""

    id: str
    at: datetime
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """One event (预警). The same event keeps its `number` while it goes on; `version` counts its changes.

    kind: `matter` the same thing said by several, `employer`, `place` a rise at a place in one category, `repeat` one
    person who comes back. chance: probability of so many in the window by the key's own rate; expected: how many are
    usual in that window. level: yellow, orange, red. people: different people, or as many as they speak for.
    """

    number: int
    version: int
    kind: Kind
    key: str
    place: str
    level: str
    since: datetime
    until: datetime
    people: int
    messages: int
    window_days: int
    expected: float
    chance: float
    words: tuple[str, ...]
    cases: tuple[Case, ...]
    also: tuple[str, ...] = ()

    def why(self) -> tuple[str, str]:
        """The reason in Chinese and English."""
        if self.kind == "repeat":
            return (
                f"同一人就同一事项{self.window_days}天内来了{self.messages}次，可能一直没有得到帮助。",
                f"One person came back {self.messages} times in {self.window_days} days about the same matter.",
            )
        words = f"出现“{'、'.join(self.words)}”。" if self.words else ""
        said = f" Words: {', '.join(self.words)}." if self.words else ""
        usual = f"平常约{self.expected:.1f}人" if self.expected >= 0.1 else "平常几乎没有"
        usually = f"usually about {self.expected:.1f}" if self.expected >= 0.1 else "usually hardly any"
        rare = self.chance < 0.0001
        chance = "不到万分之一" if rare else f"约{self.chance:.1%}"
        odds = "below 0.01%" if rare else f"about {self.chance:.1%}"
        return (
            f"{self.window_days}天内{self.people}人反映，{usual}，碰巧这么多的可能{chance}。{words}",
            f"{self.people} people in {self.window_days} days, {usually}; chance {odds}.{said}",
        )


@dataclass(frozen=True, slots=True)
class MatterRules:
    """When two texts are about one matter."""

    likeness: float
    days: float
    terms: int
    title_weight: int
    power: float
    body_chars: int
    most_members: int
    common_share: float


@dataclass(frozen=True, slots=True)
class SeasonRules:
    """When more than usual is usual, in which level-1 categories. festivals: first days of the lunar year (春节)."""

    categories: tuple[str, ...]
    festival_days: int
    festival_factor: float
    festivals: tuple[date, ...]
    pay_days: tuple[int, ...]
    pay_before: int
    pay_after: int
    pay_factor: float


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of `data/warn.yaml`. prior: kind → (shape, days) of a Gamma distribution of the daily rate."""

    windows: tuple[int, ...]
    memory_days: float
    quiet_days: float
    budget: float
    least_people: int
    least_with_words: int
    prior: Mapping[str, tuple[float, float]]
    levels: tuple[tuple[str, int], ...]
    repeat_times: int
    repeat_days: float
    matter: MatterRules
    absorbed_share: float
    seasons: SeasonRules


@cache
def load_rules() -> Rules:
    """The packaged rules."""
    return rules_from(load_yaml("warn.yaml"))


def rules_from(raw: Mapping[str, Any]) -> Rules:
    """Rules from the form of the YAML file. Raises ValueError for numbers that cannot be."""
    rules = Rules(
        windows=tuple(raw["windows_days"]),
        memory_days=float(raw["memory_days"]),
        quiet_days=float(raw["quiet_days"]),
        budget=float(raw["false_alarms_a_week"]),
        least_people=int(raw["least_people"]),
        least_with_words=int(raw["least_people_with_words"]),
        prior={kind: (float(row["shape"]), float(row["days"])) for kind, row in raw["prior"].items()},
        levels=tuple((row["code"], int(row["people"])) for row in raw["levels"]),
        repeat_times=int(raw["repeat"]["times"]),
        repeat_days=float(raw["repeat"]["days"]),
        matter=MatterRules(**raw["matter"]),
        absorbed_share=float(raw["absorbed_share"]),
        seasons=_seasons_from(raw["seasons"]),
    )
    if not rules.windows or min(rules.windows) <= 0 or rules.budget <= 0 or rules.least_with_words < 2:
        raise ValueError("warn.yaml: windows and budget must be positive, and one person is no crowd")
    if any(shape <= 0 or days <= 0 for shape, days in rules.prior.values()):
        raise ValueError("warn.yaml: a prior must be positive")
    return rules


def _seasons_from(raw: Mapping[str, Any]) -> SeasonRules:
    festival, pay = raw["spring_festival"], raw["pay_days"]
    seasons = SeasonRules(
        categories=tuple(raw["categories"]),
        festival_days=int(festival["days_before"]),
        festival_factor=float(festival["factor"]),
        festivals=tuple(festival["dates"]),
        pay_days=tuple(pay["days_of_month"]),
        pay_before=int(pay["days_before"]),
        pay_after=int(pay["days_after"]),
        pay_factor=float(pay["factor"]),
    )
    if min(seasons.festival_factor, seasons.pay_factor) < 1:
        raise ValueError("warn.yaml: a season's factor is at least 1")
    if any(not (1, 21) <= (day.month, day.day) <= (2, 21) for day in seasons.festivals):
        raise ValueError("warn.yaml: the Spring Festival lies between 21 January and 21 February")
    if any(not 1 <= number <= 31 for number in seasons.pay_days):
        raise ValueError("warn.yaml: a pay day is a day of the month, 31 for its last")
    return seasons
