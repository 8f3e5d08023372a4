"""The forecast of contacts: it knows what it can know, never loses to the simple ones, and says what it left out."""

from __future__ import annotations

import datetime as dt
import math
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from kundig import model
from kundig.errors import ModelError
from kundig.models._volume_backtest import conformal
from kundig.models._volume_methods import Methods
from kundig.models._volume_series import Series, counted, holidays
from kundig.models.contact_volume import ContactVolume, trial
from tests.rows import RowsLake

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = (1.4, 1.2, 1.0, 1.0, 1.0, 0.5, 0.2)
START = dt.date(2025, 1, 6)
FREE = holidays([START + dt.timedelta(days=n) for n in range(500)], "")


def arrivals(days: int, mean: float = 60.0, seed: int = 1, first_days: float = 1.5) -> np.ndarray[Any, Any]:
    """Contacts by day and hour, open 8 to 18: more on Mondays and on the first days of a month, few on holidays."""
    chance, rows = np.random.default_rng(seed), np.zeros((days, 24))
    for n in range(days):
        date = START + dt.timedelta(days=n)
        expected = mean * (0.1 if FREE[n] else WEEKDAYS[date.weekday()]) * (first_days if date.day <= 5 else 1)
        rows[n, 8:18] = chance.poisson(expected / 10, 10)
    return rows


def table(rows: np.ndarray[Any, Any], chosen: float = 1.0) -> dict[str, pa.Table]:
    """The same as SQL counts it: hours in UTC."""
    found: dict[dt.datetime, int] = {}
    for (day, hour), n in np.ndenumerate(rows):
        if n > 0:
            local = dt.datetime.combine(START + dt.timedelta(days=day), dt.time(hour), BERLIN)
            found[local.astimezone(dt.UTC)] = int(n)
    hours = sorted(found)
    came = [found[hour] for hour in hours]
    picked = [int(n * chosen) for n in came]
    return {"hours": pa.table({"hour_at": hours, "came": came, "chosen": picked, "live": picked})}


def evening(days: int) -> dt.datetime:
    """Late on the last of ``days``."""
    return dt.datetime.combine(START + dt.timedelta(days=days - 1), dt.time(23, 30), BERLIN)


LEARNS = ContactVolume(zone="Europe/Berlin")


def test_a_steady_week_is_foretold_as_it_is() -> None:
    rows = np.zeros((84, 24))
    rows[:, 9:17] = np.array([8, 7, 6, 5, 4, 2, 0])[np.arange(84) % 7, None]
    learned = LEARNS.learn(table(rows), evening(84))
    told = [row["contacts"] for row in learned.rows]
    assert told == pytest.approx([64, 56, 48, 40, 32, 16, 0] * 2)
    assert learned.next_week["contacts"] == pytest.approx(256)
    assert [row["day"] for row in learned.rows][:2] == ["2025-03-31", "2025-04-01"]


@cache
def year(seed: int = 1) -> Any:
    """What is foreseen after 420 days."""
    return LEARNS.learn(table(arrivals(420, seed=seed)), evening(420))


def test_what_is_shipped_never_loses_to_the_simple_ones() -> None:
    scores = year().scores
    assert year().method == "boosted"
    assert scores["mase"] < min(scores["mase_naive"], scores["mase_profile"])
    chance = np.random.default_rng(3).poisson(5, (80, 24)).astype(float)
    learned = LEARNS.learn(table(chance), evening(80))
    assert learned.scores["mase"] <= min(learned.scores["mase_naive"], learned.scores["mase_profile"])  # type: ignore[operator, type-var]


def test_four_in_five_later_values_lie_in_their_interval() -> None:
    inside: list[bool] = []
    for seed in (1, 2, 3):
        came = arrivals(434, seed=seed)[420:].sum(axis=1)
        inside += [row["contacts_low"] <= n <= row["contacts_high"] for row, n in zip(year(seed).rows, came, strict=True)]
    assert 0.65 < np.mean(inside) < 0.95


def test_a_holiday_is_foretold_as_quiet() -> None:
    until = (dt.date(2025, 12, 20) - START).days
    learned = LEARNS.learn(table(arrivals(until)), evening(until))
    told = {row["day"]: row["contacts"] for row in learned.rows}
    assert told["2025-12-25"] < 0.4 * told["2025-12-22"]
    assert learned.holidays == (dt.date(2025, 12, 25), dt.date(2025, 12, 26), dt.date(2026, 1, 1))


def test_until_a_holiday_was_seen_it_is_as_quiet_as_the_quietest_weekday() -> None:
    counts = np.array([70.0, 60, 50, 50, 50, 30, 10] * 10)[:, None]
    free = np.zeros(77, dtype=bool)
    free[70] = True
    series = Series(counts, tuple(START + dt.timedelta(days=n) for n in range(77)), free)
    told = Methods(series, 7).holidays(70)
    assert told[:2, 0] == pytest.approx([10, 60])
    assert Methods(series, 7).profile(70)[0, 0] == pytest.approx(70)


def test_holidays_of_the_states() -> None:
    epiphany, corpus_christi, unity = dt.date(2026, 1, 6), dt.date(2026, 6, 4), dt.date(2026, 10, 3)
    days = (epiphany, corpus_christi, unity)
    assert holidays(days, "").tolist() == [False, False, True]
    assert holidays(days, "BY").tolist() == [True, True, True]
    assert holidays(days, "NW").tolist() == [False, True, True]


def test_no_forecast_sees_what_comes_after_its_origin() -> None:
    rows = arrivals(280)
    changed = rows.copy()
    changed[210:] = 500
    dates = tuple(START + dt.timedelta(days=n) for n in range(294))
    for name in ("seasonal_naive", "profile", "holidays", "boosted"):
        told = [getattr(Methods(Series(values, dates, FREE[:294]).of_days(), 14), name)(210) for values in (rows, changed)]
        assert np.array_equal(*told), name


def test_an_outage_is_not_taken_for_the_days_of_its_month() -> None:
    rows, dates = arrivals(420), tuple(START + dt.timedelta(days=n) for n in range(434))
    shaken = rows.copy()
    shaken[330:360] *= 3
    calm, told = (Methods(Series(values, dates, FREE[:434]).of_days(), 14).boosted(420).sum() for values in (rows, shaken))
    assert told == pytest.approx(calm, rel=0.1)


def rows_of(days: int, per_hour: int = 3, last_hour: int = 17) -> list[tuple[dt.datetime, int, int, int]]:
    """Three contacts in each hour from 8 to 18 UTC; the last day ends after ``last_hour``."""
    start = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    hours = [start + dt.timedelta(days=day, hours=hour) for day in range(days) for hour in range(8, 18)]
    return [(hour, per_hour, per_hour, per_hour) for hour in hours if (hour - start).days < days - 1 or hour.hour <= last_hour]


def test_a_last_day_that_goes_on_is_left_out() -> None:
    noon = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)
    found = counted(rows_of(56, last_hour=12), noon, "UTC", "", 14)
    assert found.left_out == dt.date(2026, 3, 1)
    assert found.all.rows == 55
    whole = counted(rows_of(56), dt.datetime(2026, 3, 1, 17, 50, tzinfo=dt.UTC), "UTC", "", 14)
    assert whole.left_out is None
    assert whole.all.rows == 56


def test_a_last_day_that_broke_off_is_left_out_though_other_events_follow() -> None:
    later = dt.datetime(2026, 3, 4, tzinfo=dt.UTC)
    assert counted(rows_of(56, last_hour=11), later, "UTC", "", 14).left_out == dt.date(2026, 3, 1)
    assert counted(rows_of(56), later, "UTC", "", 14).left_out is None


def test_a_day_without_contacts_is_zero_and_a_week_without_is_unknown() -> None:
    start = dt.date(2026, 1, 5)
    rows = [row for row in rows_of(70) if (row[0].date() - start).days not in (20, *range(40, 49))]
    found = counted(rows, dt.datetime(2026, 6, 1, tzinfo=dt.UTC), "UTC", "", 14)
    assert found.all.counts[20].sum() == 0
    assert np.isnan(found.all.counts[40:49]).all()
    assert found.gap_days == 9
    assert found.all.counts[49].sum() == 30


def test_days_run_in_the_zone_asked_for() -> None:
    late = [(dt.datetime(2026, 1, 5 + n, 23, tzinfo=dt.UTC), 5, 5, 5) for n in range(20)]
    later = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    assert counted(late, later, "UTC", "", 7).all.dates[0] == dt.date(2026, 1, 5)
    local = counted(late, later, "Europe/Berlin", "", 7).all
    assert local.dates[0] == dt.date(2026, 1, 6)
    assert local.counts[0, 0] == 5


def test_a_gap_in_the_history_does_not_lower_the_forecast() -> None:
    rows = arrivals(200, first_days=1.0)
    whole = LEARNS.learn(table(rows), evening(200)).next_week["contacts"]
    rows[175:185] = 0
    torn = LEARNS.learn(table(rows), evening(200))
    assert torn.gap_days == 10
    assert torn.next_week["contacts"] == pytest.approx(whole, rel=0.15)


def test_hours_days_and_weeks_tell_of_the_same_contacts() -> None:
    tables, now = table(arrivals(200, first_days=1.0)), evening(200)
    learned = {by: ContactVolume(by=by, zone="Europe/Berlin").learn(tables, now) for by in ("hour", "day", "week")}
    days = [row for row in learned["day"].rows if learned["week"].rows[0]["day"] <= row["day"]][:7]
    assert learned["week"].rows[0]["contacts"] == pytest.approx(sum(row["contacts"] for row in days))
    assert learned["hour"].next_week["contacts"] == pytest.approx(learned["day"].next_week["contacts"], rel=0.1)
    assert learned["hour"].rows[9]["slot"].endswith(" 09:00")
    assert len(learned["hour"].rows) == 14 * 24


def test_hours_of_a_day_add_up_to_it() -> None:
    learned = LEARNS.learn(table(arrivals(200)), evening(200))
    for row in learned.rows:
        hours = [hour["contacts"] for hour in learned.hours if hour["day"] == row["day"]]
        assert sum(hours) == pytest.approx(row["contacts"])


@pytest.mark.parametrize("days", [20, 55])
def test_a_history_too_short_is_refused_with_what_is_needed(days: int) -> None:
    with pytest.raises(ModelError, match="at least 8 weeks"):
        LEARNS.learn(table(arrivals(days)), evening(days))


def test_too_few_contacts_are_refused() -> None:
    with pytest.raises(ModelError, match="Too few contacts"):
        LEARNS.learn(table(arrivals(200), chosen=0.0), evening(200))
    with pytest.raises(ModelError, match="Too few contacts"):
        LEARNS.learn(table(np.zeros((1, 24))), None)


@pytest.mark.parametrize("wrong", [{"by": "minute"}, {"state": "XX"}, {"horizon": 3}, {"horizon": 90}, {"zone": "Berlin"}])
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ModelError):
        ContactVolume(**wrong)


def test_an_interval_needs_enough_errors() -> None:
    assert math.isnan(conformal(np.array([1.0, 2, 3])))
    assert conformal(np.array([1.0, 2, 3, 4])) == 4
    assert conformal(np.arange(1.0, 100)) == 80


class Lake(RowsLake):
    """A lake of rows that knows the time."""

    def clock(self) -> dt.datetime:
        return self._clock


def lake(days: int = 100) -> Any:
    """Contacts about a bill, two of three by phone, the third by e-mail, and one other a day."""
    rows: list[dict[str, Any]] = []
    chance = np.random.default_rng(5)
    for day in range(days):
        date = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC) + dt.timedelta(days=day)
        for n in range(3 * int(chance.integers(2, 5))):
            channel = "email" if n % 3 == 2 else "phone"
            rows.append(
                {"kind": "contact", "occurred_at": date + dt.timedelta(minutes=30 * n), "reason": "bill", "channel": channel}
            )
        rows.append({"kind": "contact", "occurred_at": date + dt.timedelta(hours=8), "reason": "move", "channel": "phone"})
    return Lake(rows)


@pytest.mark.parametrize(("wanted", "mean"), [({}, 10), ({"reason": "bill"}, 9), ({"reason": "bill", "channel": "email"}, 3)])
def test_it_learns_from_a_lake_by_reason_and_channel(wanted: dict[str, str], mean: float) -> None:
    fitted = model.fit(lake(), ContactVolume(**wanted), judge=False)  # type: ignore[arg-type]
    scored = model.predict(lake(), fitted).to_pylist()
    assert np.mean([row["contacts"] for row in scored]) == pytest.approx(mean, rel=0.15)


def test_it_scores_the_days_asked_for_and_is_judged_beside_the_simple_ones() -> None:
    fitted = model.fit(lake(), ContactVolume())
    (row,) = model.predict(lake(), fitted, ["2026-06-15"]).to_pylist()
    assert row["slot"] == "2026-06-15"
    assert row["contacts_low"] <= row["contacts"] <= row["contacts_high"]
    assert row["reasons"].startswith(fitted.learned.method)
    assert fitted.card.figures["mase"] <= fitted.card.figures["mase_naive"]


def test_it_is_judged_in_words() -> None:
    answer = model.evaluate(lake(), ContactVolume())
    assert "past dates" in str(answer.sentences[0])
    used = [row for row in answer.table.to_pylist() if row["used"]]
    assert [row["mase"] for row in used] == [answer.figures["mase"]]


def test_business_days_may_be_a_week_too() -> None:
    counts = np.tile([50.0, 40, 30, 30, 45], 20)[:, None]
    days = [d for n in range(200) if (d := START + dt.timedelta(days=n)).weekday() < 5][:105]
    past = trial(counts, days, [False] * 105, 5, 5)
    assert past.wape(past.best()) == pytest.approx(0, abs=1e-9)
