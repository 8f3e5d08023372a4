"""Time in the simulated firm: German holidays, opening hours, daily and weekly volume, local time and UTC.

All times inside the simulation are whole seconds (int64) of German local time since midnight of the first day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DAY = 86_400
HOUR = 3_600
WEEKDAY_VOLUME = (1.35, 1.15, 1.05, 1.05, 1.0, 0.6, 0.35)
HOLIDAY_VOLUME = 0.3
FIRST_DAYS_VOLUME = 1.3
"""Bills go out on the first: the first five days of a month bring 30 % more."""
MARGIN_DAYS = 150
"""Days kept beyond the last month, so that what is scheduled there has opening hours; it is cut off later."""


def easter(year: int) -> dt.date:
    """Easter Sunday in the Gregorian calendar (Meeus, Astronomical Algorithms, 1991, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return dt.date(year, month, day + 1)


def holidays(year: int) -> set[dt.date]:
    """Public holidays in North Rhine-Westphalia, where the firm sits: the nine German ones, Corpus Christi, All Saints."""
    fixed = {dt.date(year, m, d) for m, d in ((1, 1), (5, 1), (10, 3), (11, 1), (12, 25), (12, 26))}
    return fixed | {easter(year) + dt.timedelta(days=n) for n in (-2, 1, 39, 50, 60)}


def last_sunday(year: int, month: int) -> dt.date:
    """The last Sunday of March or October, when Germany changes its clocks."""
    end = dt.date(year, month, 31)
    return end - dt.timedelta(days=(end.weekday() + 1) % 7)


@dataclass(frozen=True)
class Calendar:
    """``months`` calendar months from ``start`` (a first of month), with opening hours and volumes per day."""

    start: dt.date
    months: int
    bad_month: int
    """Index of the month in which things go wrong; -1 for none."""
    bad_volume: float = 1.0

    @cached_property
    def month_starts(self) -> Ints:
        """Seconds at which each month begins, and the end: ``months + 1`` values."""
        first = np.datetime64(self.start, "M")
        days = (first + np.arange(self.months + 1)).astype("datetime64[D]") - np.datetime64(self.start, "D")
        return days.astype(np.int64) * DAY

    @property
    def end(self) -> int:
        return int(self.month_starts[-1])

    @cached_property
    def dates(self) -> list[dt.date]:
        return [self.start + dt.timedelta(days=n) for n in range(self.end // DAY + MARGIN_DAYS)]

    @cached_property
    def _free(self) -> set[dt.date]:
        years = {date.year for date in self.dates}
        return set().union(*(holidays(year) for year in years))

    @cached_property
    def hours(self) -> Ints:
        """Opening and closing second of each day, shape (days, 2); both 0 on a closed day."""
        return np.array([self._hours(date) for date in self.dates], dtype=np.int64) * HOUR

    def _hours(self, date: dt.date) -> tuple[int, int]:
        if date in self._free or date.weekday() == 6:
            return (0, 0)
        return (9, 16) if date.weekday() == 5 else (8, 20)

    @cached_property
    def next_open(self) -> Ints:
        """For each day the first open day from it on."""
        open_days = np.flatnonzero(self.hours[:, 1] > 0)
        place = np.searchsorted(open_days, np.arange(len(self.dates)))
        return open_days[np.minimum(place, len(open_days) - 1)].astype(np.int64)

    @cached_property
    def volume(self) -> Floats:
        """How much is asked on each day, 1 on a normal one; only the days before the end."""
        return np.array([self._volume(date) for date in self.dates[: self.end // DAY]])

    def _volume(self, date: dt.date) -> float:
        month = (date.year - self.start.year) * 12 + date.month - self.start.month
        weight = HOLIDAY_VOLUME if date in self._free else WEEKDAY_VOLUME[date.weekday()]
        return weight * (FIRST_DAYS_VOLUME if date.day <= 5 else 1.0) * (self.bad_volume if month == self.bad_month else 1.0)

    @cached_property
    def month_volume(self) -> Floats:
        """The volume of each month in months of normal length."""
        edges = self.month_starts // DAY
        running = np.concatenate([[0.0], np.cumsum(self.volume)])
        return np.asarray((running[edges[1:]] - running[edges[:-1]]) / 30.4)

    def month_of(self, times: Ints) -> Ints:
        """Index of the month of each time; -1 before the start."""
        return np.searchsorted(self.month_starts, times, side="right").astype(np.int64) - 1

    @cached_property
    def _knots(self) -> tuple[Floats, Floats]:
        """Opening and closing times, and the hours worked up to each."""
        days = np.flatnonzero(self.hours[:, 1] > 0)
        edges = (days[:, None] * DAY + self.hours[days]).ravel().astype(np.float64)
        spans = np.diff(self.hours[days], axis=1).ravel()
        worked = np.concatenate([[0], np.cumsum(spans)])
        return edges, np.stack([worked[:-1], worked[1:]], axis=1).ravel().astype(np.float64)

    def later(self, times: Ints, work: Floats | Ints | int) -> Ints:
        """``times`` plus ``work`` seconds in which the firm is open; with 0 the next opening."""
        edges, worked = self._knots
        done = np.interp(times, edges, worked)
        moved = np.interp(done + work, worked, edges)
        return np.maximum(np.ceil(moved).astype(np.int64), times)

    def due(self, times: Ints, days: Ints) -> Ints:
        """The close of business ``days`` calendar days after ``times``, or of the next open day."""
        day = self.next_open[np.minimum(times // DAY + days, len(self.dates) - 1)]
        return np.asarray(day * DAY + self.hours[day, 1])

    @cached_property
    def _clock_changes(self) -> tuple[Ints, Ints]:
        years = range(self.dates[0].year, self.dates[-1].year + 1)
        spring = [(last_sunday(year, 3) - self.start).days * DAY + 2 * HOUR for year in years]
        autumn = [(last_sunday(year, 10) - self.start).days * DAY + 3 * HOUR for year in years]
        return np.array(spring, dtype=np.int64), np.array(autumn, dtype=np.int64)

    def exists(self, times: Ints) -> Ints:
        """``times`` with those in the hour that is skipped in spring moved one hour on."""
        spring, _ = self._clock_changes
        skipped = np.zeros(times.shape, dtype=bool)
        for change in spring:
            skipped |= (times >= change) & (times < change + HOUR)
        return np.asarray(times + skipped * HOUR)

    def utc(self, times: Ints) -> Ints:
        """Seconds since 1970 in UTC; an hour that exists twice is taken as the first."""
        summer = np.zeros(times.shape, dtype=bool)
        for spring, autumn in zip(*self._clock_changes, strict=True):
            summer |= (times >= spring) & (times < autumn)
        epoch = (self.start - dt.date(1970, 1, 1)).days * DAY
        return np.asarray(times + epoch - HOUR - summer * HOUR)
