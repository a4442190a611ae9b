"""The watch over the stream: rates by employer, place and matter, alarms that go on until it is quiet."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gonghui.brain.warn.matter import Matters
from gonghui.brain.warn.rates import tail
from gonghui.brain.warn.seasons import Season, Seasons, UsualDays
from gonghui.brain.warn.types import Alarm, Case, Kind, Message, Rules, load_rules

_DAY = timedelta(days=1)
_MOST_CASES = 200
_PRUNE_EVERY = 1000


@dataclass(slots=True)
class _Key:
    """What is remembered under one key: messages in the order of their time, and the event that goes on."""

    messages: list[tuple[datetime, str, Message]] = field(default_factory=list)
    alarm: Alarm | None = None


@dataclass(frozen=True, slots=True)
class _Burst:
    window: int
    people: int
    expected: float
    chance: float
    members: tuple[Message, ...]


class Watcher:
    """One per stream. Feed messages about in the order of their time; a late one is counted where it belongs.

    season: what to multiply the usual rate by on a day in a level-1 category (春节前, 发薪日), by default the packaged
    seasons: what every year and month bring is no alarm. The same messages give the same alarms however they are cut
    into calls.
    """

    def __init__(self, rules: Rules | None = None, season: Season | None = None) -> None:
        self.rules = rules or load_rules()
        self._days = UsualDays(season or Seasons(self.rules.seasons))
        self.matters = Matters(self.rules.matter)
        self._keys: dict[tuple[Kind, str], _Key] = {}
        self._first: datetime | None = None
        self._recent: deque[datetime] = deque()
        self._number = self._seen = 0
        # Which open alarm tells of a message: a place's rise is not told twice.
        self._told: dict[str, int] = {}

    @property
    def open(self) -> list[Alarm]:
        """Events that go on, oldest first."""
        found = [key.alarm for key in self._keys.values() if key.alarm is not None]
        return sorted(found, key=lambda alarm: alarm.number)

    def see_all(self, messages: Iterable[Message]) -> list[Alarm]:
        """All alarms that began or changed, in order."""
        return [alarm for message in messages for alarm in self.see(message)]

    def see(self, message: Message) -> list[Alarm]:
        """The alarms that this message begins or changes: that of its matter, its employer, its place."""
        self._first = min(self._first or message.at, message.at)
        self._recent.append(message.at)
        while self._recent and self._recent[0] < message.at - 28 * _DAY:
            self._recent.popleft()
        matter = str(self.matters.place_of(message))
        # The words have done their work; what is remembered for a year is short.
        message = replace(message, text="", title="")
        self._seen += 1
        if self._seen % _PRUNE_EVERY == 0:
            self._prune(message.at)
        found = [self._look("matter", matter, message)]
        found.append(self._repeated(matter, message))
        if message.employer:
            found.append(self._look("employer", message.employer, message))
        if message.place and message.category:
            found.append(self._look("place", f"{message.place}:{message.category[:2]}", message))
        return [alarm for alarm in found if alarm is not None]

    def level(self, people: int, words: tuple[str, ...]) -> str:
        """Level by people; alarm words raise it by one."""
        codes = [code for code, _ in self.rules.levels]
        place = next(n for n, (_, least) in enumerate(self.rules.levels) if people >= least)
        return codes[max(0, place - 1)] if words else codes[place]

    def _remember(self, kind: Kind, name: str, message: Message) -> tuple[_Key, datetime]:
        """What is kept under a key, the message in its place and the old forgotten; and the newest message's time."""
        kept = self._keys.setdefault((kind, name), _Key())
        insort(kept.messages, (message.at, message.id, message), key=lambda row: (row[0], row[1]))
        now = kept.messages[-1][0]
        self._expire(kept, now)
        return kept, now

    def _look(self, kind: Kind, name: str, message: Message) -> Alarm | None:
        kept, now = self._remember(kind, name, message)
        burst = self._burst(kind, kept, now, message.category)
        going = kept.alarm
        if going is None and (burst is None or burst.chance > self._threshold()):
            return None
        members = list(burst.members) if burst is not None else []
        if going is not None:
            known = {case.id for case in going.cases}
            since = going.since
            members = [row for at, _, row in kept.messages if at >= since or row.id in known]
        if kind == "place" and going is None and self._absorbed(members):
            return None
        return self._tell(kind, name, kept, members, burst, now)

    def _tell(
        self, kind: Kind, name: str, kept: _Key, members: list[Message], burst: _Burst | None, now: datetime
    ) -> Alarm:
        going = kept.alarm
        people, words = crowd(members), tuple(dict.fromkeys(word for row in members for word in row.words))
        if going is None:
            self._number += 1
        # The strongest moment stays the reason; later, quieter days do not make an event less of one.
        strongest = burst is not None and (going is None or burst.chance < going.chance)
        alarm = Alarm(
            number=going.number if going else self._number,
            version=going.version + 1 if going else 1,
            kind=kind,
            key=name,
            place=_narrowest(members),
            level=self.level(people, words),
            since=min(row.at for row in members),
            until=now,
            people=people,
            messages=len(members),
            window_days=burst.window if strongest and burst else going.window_days if going else 0,
            expected=burst.expected if strongest and burst else going.expected if going else 0.0,
            chance=burst.chance if strongest and burst else going.chance if going else 1.0,
            words=words,
            cases=tuple(Case(row.id, row.at, row.words) for row in _shown(members)),
            also=going.also if going else (),
        )
        kept.alarm = alarm
        for row in members:
            self._told.setdefault(row.id, alarm.number)
        return alarm

    def _burst(self, kind: Kind, kept: _Key, now: datetime, category: str) -> _Burst | None:
        """The window that is least like the key's own rate; None where too few people speak.

        Both the window and the time from which the rate is known are counted in usual days.
        """
        shape, days = self.rules.prior[kind]
        first, group = self._first or now, category[:2]
        best: _Burst | None = None
        for window in self.rules.windows:
            begins = now - window * _DAY
            start = bisect_right(kept.messages, begins, key=lambda row: row[0])
            members = [row for _, _, row in kept.messages[start:]]
            different = voices(members)
            needed = self.rules.least_with_words if any(m.words for m in members) else self.rules.least_people
            if different < needed:
                continue
            since = max(first, begins - self.rules.memory_days * _DAY)
            exposure = days + self._days.between(since, begins, group)
            usual = max(self._days.between(begins, now, group), 1e-6)
            # That somebody wrote is why we look at all: the question is how many others did.
            chance = tail(different - 1, shape + start, exposure, usual)
            if best is None or chance < best.chance:
                expected = (shape + start) / exposure * usual
                best = _Burst(window, crowd(members), expected, chance, tuple(members))
        return best

    def _threshold(self) -> float:
        """Chance below which it is an alarm: the week's budget over the week's looks (Bonferroni).

        Windows of one key overlap, so that together they count as two looks, not as five.
        """
        if not self._recent or self._first is None:
            return 0.0
        span = max((self._recent[-1] - max(self._first, self._recent[0])) / _DAY, 7.0)
        looks = max(len(self._recent) / span * 7.0, 10.0) * 2.0
        return self.rules.budget / looks

    def _expire(self, kept: _Key, now: datetime) -> None:
        if kept.alarm is not None and now - kept.alarm.until > self.rules.quiet_days * _DAY:
            kept.alarm = None
        since = now - self.rules.memory_days * _DAY
        del kept.messages[: bisect_left(kept.messages, since, key=lambda row: row[0])]

    def _prune(self, now: datetime) -> None:
        """Forget what can bring nothing any more: a matter so long quiet is another one when it comes back."""
        short = timedelta(days=self.rules.matter.days + self.rules.quiet_days)
        for (kind, name), kept in list(self._keys.items()):
            keep = self.rules.memory_days * _DAY if kind in ("employer", "place") else short
            if not kept.messages or kept.messages[-1][0] < now - keep:
                for _, _, row in kept.messages:
                    self._told.pop(row.id, None)
                del self._keys[kind, name]

    def _absorbed(self, members: list[Message]) -> bool:
        """Whether an event that is told already makes most of this; then it is noted there."""
        told = [self._told[row.id] for row in members if row.id in self._told]
        if len(told) < self.rules.absorbed_share * len(members):
            return False
        for kept in self._keys.values():
            if kept.alarm is not None and kept.alarm.number == max(set(told), key=told.count):
                places = dict.fromkeys([*kept.alarm.also, *(row.place for row in members if row.place)])
                kept.alarm = replace(kept.alarm, also=tuple(places)[:10])
        return True

    def _repeated(self, matter: str, message: Message) -> Alarm | None:
        """One person who comes back about the same matter: nobody has helped yet."""
        if not message.reporter:
            return None
        name = f"{matter}:{message.reporter}"
        kept, now = self._remember("repeat", name, message)
        near = [row for at, _, row in kept.messages if at > now - self.rules.repeat_days * _DAY]
        if kept.alarm is None and len(near) < self.rules.repeat_times:
            return None
        burst = _Burst(int(self.rules.repeat_days), 1, 0.0, 1.0, tuple(near))
        return self._tell("repeat", name, kept, near, burst, now)


def _shown(members: list[Message]) -> list[Message]:
    """The first, by which the event is known, and the newest."""
    return members if len(members) <= _MOST_CASES else [members[0], *members[1 - _MOST_CASES :]]


def voices(messages: Iterable[Message]) -> int:
    """Different people who wrote; one without a key counts for each message."""
    return len({row.reporter or f"message {row.id}" for row in messages})


def crowd(messages: Iterable[Message]) -> int:
    """People spoken for: each writer once, with the largest number of their messages."""
    most: dict[str, int] = {}
    for row in messages:
        key = row.reporter or f"message {row.id}"
        most[key] = max(most.get(key, 0), row.people)
    return sum(most.values())


def _narrowest(messages: list[Message]) -> str:
    """The place most of the messages name, the narrower of two that are named as often."""
    places = [row.place for row in messages if row.place]
    return max(sorted(set(places)), key=lambda place: (places.count(place), len(place)), default="")
