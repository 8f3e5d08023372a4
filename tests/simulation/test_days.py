"""The simulated calendar: holidays, opening hours, local time."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundig.simulation.days import DAY, HOUR, Calendar, easter, holidays, last_sunday

CALENDAR = Calendar(dt.date(2025, 5, 1), 18, bad_month=10, bad_volume=3.0)


def seconds(*moment: int) -> int:
    return int((dt.datetime(*moment) - dt.datetime(2025, 5, 1)).total_seconds())


# Easter Sundays as published (Physikalisch-Technische Bundesanstalt, table of Easter dates), with the extreme years.
@pytest.mark.parametrize(
    ("year", "day"), [(1818, (3, 22)), (1943, (4, 25)), (2000, (4, 23)), (2025, (4, 20)), (2026, (4, 5)), (2038, (4, 25))]
)
def test_easter(year: int, day: tuple[int, int]) -> None:
    assert easter(year) == dt.date(year, *day)


def test_holidays_of_2026() -> None:
    found = sorted((date.month, date.day) for date in holidays(2026))
    assert found == [(1, 1), (4, 3), (4, 6), (5, 1), (5, 14), (5, 25), (6, 4), (10, 3), (11, 1), (12, 25), (12, 26)]


def test_clocks_change_on_the_last_sunday() -> None:
    assert (last_sunday(2026, 3), last_sunday(2026, 10)) == (dt.date(2026, 3, 29), dt.date(2026, 10, 25))


def test_work_goes_on_after_the_weekend_and_holidays() -> None:
    friday_evening = np.array([seconds(2026, 4, 2, 19, 30)])  # Maundy Thursday; then Good Friday, Saturday open, Easter
    assert CALENDAR.later(friday_evening, HOUR)[0] == seconds(2026, 4, 4, 9, 30)
    assert CALENDAR.later(friday_evening, 8 * HOUR)[0] == seconds(2026, 4, 7, 8, 30)


def test_due_is_the_close_of_an_open_day() -> None:
    assert CALENDAR.due(np.array([seconds(2026, 4, 1, 10)]), np.array([2]))[0] == seconds(2026, 4, 4, 16)


@given(st.integers(0, CALENDAR.end), st.integers(0, 40 * HOUR))
def test_work_never_takes_less_time_than_it_is(time: int, work: int) -> None:
    assert CALENDAR.later(np.array([time]), work)[0] >= time + work - 1


@given(st.integers(0, CALENDAR.end))
def test_utc_agrees_with_the_time_zone_database(time: int) -> None:
    local = CALENDAR.exists(np.array([time]))
    moment = (dt.datetime(2025, 5, 1) + dt.timedelta(seconds=int(local[0]))).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    assert CALENDAR.utc(local)[0] == int(moment.timestamp())
    assert moment.astimezone(dt.UTC).astimezone(ZoneInfo("Europe/Berlin")).replace(fold=0) == moment, "a time that does not exist"


def test_volume_follows_the_week_and_the_bad_month() -> None:
    volume = CALENDAR.volume
    monday, sunday = seconds(2025, 6, 16) // DAY, seconds(2025, 6, 15) // DAY
    assert volume[monday] > 3 * volume[sunday]
    assert 2.7 < CALENDAR.month_volume[10] / np.delete(CALENDAR.month_volume, 10).mean() < 3.3
