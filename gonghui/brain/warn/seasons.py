"""季节: what every year and every month bring, which is therefore expected and no alarm (handbook 1.9).

Arrears of wages pile up before the Spring Festival and are spoken of around the pay days. Both are data of
`data/warn.yaml`; a pay day that is no working day is moved to the working day before (工资支付暂行规定 7).
"""

from __future__ import annotations

from array import array
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

from gonghui.brain.moments import SHANGHAI
from gonghui.brain.warn.types import SeasonRules, load_rules

# So many times the usual number is usual on a day in a level-1 category ("" when unknown).
Season = Callable[[date, str], float]
_DAY = timedelta(days=1)
# Between these days seasons are counted: a wrong date must not make the watch count through millennia.
_FROM, _TO = date(2010, 1, 1), date(2100, 1, 1)


def weekday(day: date) -> bool:
    """Monday to Friday: the working days where no calendar is given."""
    return day.weekday() < 5


class Seasons:
    """The packaged seasons; `works` tells working days (the platform's dated calendar knows holidays and swaps)."""

    def __init__(self, rules: SeasonRules | None = None, works: Callable[[date], bool] = weekday) -> None:
        self.rules, self.works = rules or load_rules().seasons, works
        self._paid: dict[tuple[int, int], tuple[date, ...]] = {}

    def __call__(self, day: date, category: str) -> float:
        """The greatest factor of the seasons the day is in, 1 in none.

        Two at once are not multiplied: neither factor is known so well.
        """
        if category not in self.rules.categories:
            return 1.0
        return max(
            1.0,
            self.rules.festival_factor if self.before_spring_festival(day) else 1.0,
            self.rules.pay_factor if self.near_pay_day(day) else 1.0,
        )

    def before_spring_festival(self, day: date) -> bool:
        """Within the days before the Spring Festival; False in years whose festival the file does not name."""
        return any(day < festival <= day + self.rules.festival_days * _DAY for festival in self.rules.festivals)

    def near_pay_day(self, day: date) -> bool:
        """From so many days before a usual pay day to so many after, when wages are missed."""
        first, last = day - self.rules.pay_after * _DAY, day + self.rules.pay_before * _DAY
        # A pay day moved before a long holiday may lie in the month before its own.
        months = {(day.year, day.month), (first.year, first.month)}
        months.add(((day + 15 * _DAY).year, (day + 15 * _DAY).month))
        return any(first <= pay_day <= last for year, month in months for pay_day in self.pay_days(year, month))

    def pay_days(self, year: int, month: int) -> tuple[date, ...]:
        """The usual pay days of a month, each on a working day; looked up in the calendar once."""
        if (year, month) not in self._paid:
            self._paid[year, month] = tuple(self._pay_days(year, month))
        return self._paid[year, month]

    def _pay_days(self, year: int, month: int) -> Iterator[date]:
        for number in self.rules.pay_days:
            day = date(year, month, min(number, monthrange(year, month)[1]))
            # No holiday is so long; a calendar without working days ends the search.
            earlier = (day - n * _DAY for n in range(15))
            yield next((one for one in earlier if self.works(one)), day)


class UsualDays:
    """Time counted in usual days: a day on which twice as much is usual counts twice."""

    def __init__(self, season: Season) -> None:
        self.season = season
        self._sums: dict[str, array[float]] = {}

    def between(self, start: datetime, end: datetime, category: str) -> float:
        """Usual days from `start` to `end` (aware); 0 where `end` is not later."""
        return self._until(end, category) - self._until(start, category) if end > start else 0.0

    def _until(self, at: datetime, category: str) -> float:
        local = at.astimezone(SHANGHAI)
        day = local.date()
        part = (local - datetime.combine(day, time(), SHANGHAI)) / _DAY
        # Outside the years that are counted every day is a usual one.
        if day < _FROM:
            return (day - _FROM).days + part
        if day >= _TO:
            return self._sum(_TO, category) + (day - _TO).days + part
        before = self._sum(day, category)
        return before + part * (self._sum(day + _DAY, category) - before)

    def _sum(self, day: date, category: str) -> float:
        """Usual days from the first day counted to the beginning of `day`."""
        sums = self._sums.setdefault(category, array("d", [0.0]))
        number = (day - _FROM).days
        while len(sums) <= number:
            sums.append(sums[-1] + self.season(_FROM + (len(sums) - 1) * _DAY, category))
        return sums[number]
