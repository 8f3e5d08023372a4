"""Contacts as a table of days and hours: from what SQL counted by the hour in UTC to complete local days without gaps."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

WEEK = 7
UNSEEN = 0.01
"""With a smaller chance that nobody turns up in the rest of a day, a day without them is not complete."""
LATE_SHARE = 0.02
"""A day that goes on after the newest event is complete if no more than this share of its contacts usually comes later."""


@dataclass(frozen=True)
class Series:
    """Counts by day (rows) and part of the day (columns); ``nan`` where nothing is known.

    ``dates`` and ``free`` (public holidays) reach ahead of the rows, as far as is to be forecast. ``season`` rows are a week.
    """

    counts: Floats
    dates: tuple[dt.date, ...]
    free: Bools
    season: int = WEEK

    @property
    def rows(self) -> int:
        return int(self.counts.shape[0])

    def of_days(self) -> Series:
        """The same with one column: whole days."""
        return Series(self.counts.sum(axis=1, keepdims=True), self.dates, self.free, self.season)


@dataclass(frozen=True)
class Counted:
    """What was counted: all chosen contacts, and those over channels on which somebody waits for an agent."""

    all: Series
    live: Series
    left_out: dt.date | None
    """The last day, where it is not complete."""
    gap_days: int
    """Days within gaps of a week or more in which nothing at all happened."""


def counted(rows: Sequence[tuple[dt.datetime, int, int, int]], now: dt.datetime, zone: str, state: str, ahead: int) -> Counted:
    """The series from ``rows`` (hour in UTC, contacts of any kind, chosen ones, chosen ones that are live), ``ahead`` days on.

    Days run from the first contact of any kind to the last one, or to ``now`` where it is no wonder that none came since; a day
    within without any has none, unless it lies in a gap.
    """
    place = ZoneInfo(zone)
    hours = [hour.astimezone(place) for hour, *_ in rows]
    first = hours[0].date()
    last = max(hours[-1].date(), now.astimezone(place).date())
    found = np.zeros((3, (last - first).days + 1, 24))
    for hour, (_, *numbers) in zip(hours, rows, strict=True):
        found[:, (hour.date() - first).days, hour.hour] += numbers
    known = _complete(found[0], (hours[-1].date() - first).days, first, now.astimezone(place))
    kept = found[:, :known]
    gaps = _gaps(kept[0].sum(axis=1))
    kept[:, gaps] = np.nan
    dates = tuple(first + dt.timedelta(days=n) for n in range(known + ahead))
    free = holidays(dates, state)
    left_out = dates[known] if hours[-1].date() == dates[known] else None
    return Counted(Series(kept[1], dates, free), Series(kept[2], dates, free), left_out, int(gaps.sum()))


def holidays(dates: Sequence[dt.date], state: str) -> Bools:
    """Which of ``dates`` are public holidays in the German ``state`` (such as "BY"), in all of Germany where it is ""."""
    from holidays import country_holidays

    known = country_holidays("DE", subdiv=state or None, years=sorted({date.year for date in dates}))
    return np.array([date in known for date in dates], dtype=bool)


def _complete(found: Floats, last: int, first: dt.date, now: dt.datetime) -> int:
    """How many days are complete: up to the ``last`` one with a contact, or further where it is no wonder that none came."""
    today, expected = (now.date() - first).days, 0.0
    for day in range(last, found.shape[0]):
        usual = _usual(found, last, day)
        came = np.flatnonzero(found[day])
        expected += usual[int(came[-1]) + 1 if came.size else 0 :].sum()
        to_come = usual[now.hour + 1 :].sum() > LATE_SHARE * usual.sum()
        if math.exp(-expected) < UNSEEN or (day == today and to_come):
            return day
    return int(found.shape[0])


def _usual(found: Floats, last: int, day: int) -> Floats:
    """The mean of the same weekday, by hour, in the eight weeks before ``last``."""
    before = [row for row in range(day - WEEK, last - 8 * WEEK - 1, -WEEK) if 0 <= row < last]
    return np.asarray(found[before].mean(axis=0)) if before else np.zeros(found.shape[1])


def _gaps(per_day: Floats) -> Bools:
    """Days in runs of a week or more without any contact: the data is missing there, the customers were not."""
    gaps, run = np.zeros(per_day.shape, dtype=bool), 0
    for day, n in enumerate(per_day):
        run = 0 if n else run + 1
        if run >= WEEK:
            gaps[day - run + 1 : day + 1] = True
    return gaps
