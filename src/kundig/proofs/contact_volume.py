"""The forecast of contacts held against simple ones: on a bank's calls, and day by day in a simulated firm."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kundig import model
from kundig.measures import forecast_error
from kundig.message import sentence
from kundig.models.contact_volume import trial
from kundig.proof import Given, Line, simulated

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

title = sentence("The forecast of contacts: beside the simple ones, a bank's calls and a firm whose volume is known")
data = ("bank_calls",)

SLOTS = 28
"""Half-hours from 7:00 to 21:00; the five minutes after that are left out."""
LIGHTGBM = {"half_hours": 0.860, "days": 0.889}
"""LightGBM 4.7 on lags, level and calendar, with another treatment of the six missing days; measured apart from this run."""
PROTOCOL = "170 business days, the six without calls unknown; 10 weekly origins, horizon a week; US public holidays known"


def prove(given: Given) -> Iterator[Line]:
    """The lines of the bank, where its data is here, and of the simulated firm."""
    folder = given.folder("bank_calls")
    if folder:
        yield from _bank(folder, given)
    yield from _firm(given)


def _bank(folder: Path, given: Given) -> Iterator[Line]:
    counts, dates = _calls(folder / "bank_calls.csv")
    free = _american(dates)
    yield from _half_hours(trial(counts, dates, free, 5, 5, given.seed))
    yield from _days(trial(counts.sum(axis=1, keepdims=True), dates, free, 5, 5, given.seed))
    blind = trial(counts, dates, [False] * len(dates), 5, 5, given.seed)
    key = "contact_volume.bank_calls.mase_half_hours_without_holidays"
    yield Line(key, blind.mase(blind.best()), "<= 0.90", _beside(blind, "half_hours"), f"used: {blind.best()}")


def _half_hours(past: Any) -> Iterator[Line]:
    key, used = "contact_volume.bank_calls", past.best()
    yield Line(f"{key}.mase_half_hours", past.mase(used), "<= 0.90", _beside(past, "half_hours"), f"{PROTOCOL}; used: {used}")
    yield Line(f"{key}.wape_half_hours", past.wape(used), "", {"LightGBM": 0.065, "profile x level": past.wape("profile")})
    share, n = past.coverage(used)
    note = f"intervals from the errors at earlier origins only, {n} half-hours"
    yield Line(f"{key}.coverage_80_half_hours", share, ">= 0.75", {"LightGBM": 0.83}, note)
    yield Line(f"{key}.coverage_80_half_hours_most", share, "<= 0.88", {"LightGBM": 0.83}, note)


def _days(past: Any) -> Iterator[Line]:
    key, used = "contact_volume.bank_calls", past.best()
    yield Line(f"{key}.mase_days", past.mase(used), "", _beside(past, "days"), f"used: {used}")
    share, n = past.coverage(used)
    yield Line(f"{key}.coverage_80_days", share, "", {"LightGBM": 0.75}, f"{n} days")


def _beside(past: Any, of: str) -> dict[str, float | None]:
    return {
        "LightGBM": LIGHTGBM[of],
        "profile x level": past.mase("profile"),
        "seasonal naive": past.mase("seasonal_naive"),
    }


def _calls(path: Path) -> tuple[npt.NDArray[np.float64], list[dt.date]]:
    """Calls by business day and half-hour, ``nan`` on days without any, and the days, a week further than the calls."""
    import numpy as np

    found: dict[tuple[dt.date, int], float] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            at = dt.datetime.fromisoformat(row["DateTime"].removesuffix("Z"))
            place = (at.date(), (at.hour * 60 + at.minute - 420) // 30)
            found[place] = found.get(place, 0.0) + float(row["Calls"])
    first, last = min(found)[0], max(found)[0]
    every = (first + dt.timedelta(days=n) for n in range((last - first).days + 8))
    dates = [day for day in every if day.weekday() < 5]
    counts = [[found.get((day, slot), np.nan) for slot in range(SLOTS)] for day in dates if day <= last]
    return np.array(counts), dates


def _american(dates: list[dt.date]) -> list[bool]:
    from holidays import country_holidays

    known = country_holidays("US", years=sorted({day.year for day in dates}))
    return [day in known for day in dates]


def _firm(given: Given) -> Iterator[Line]:
    """Tomorrow, foretold on each of six weeks' days from what was known the day before."""
    with simulated(given, customers=500 if given.quick else 2_000) as (workspace, _):
        foretells = model.find("contact-volume")(zone="Europe/Berlin", state="NW")
        with workspace.lake.read(foretells.purpose) as reading:
            tables, now = model.read(reading, foretells)
    days = range(2, 5 if given.quick else 44)
    told = [_tomorrow(foretells, tables["hours"], now - dt.timedelta(days=n), given.seed) for n in days]
    came, expected, low, high, before = ([row[n] for row in told] for n in range(5))
    rival = forecast_error.mae(came, before)
    key, note = "contact_volume.simulation", f"{len(told)} days, each foretold the day before; learned anew each day"
    goals = ("", "", "") if given.quick else (f"<= {rival:.3f}", ">= 0.70", "<= 0.90")
    yield Line(f"{key}.tomorrow_mae", forecast_error.mae(came, expected), goals[0], {"seasonal naive": rival}, note)
    share = forecast_error.coverage(came, low, high)
    yield Line(f"{key}.tomorrow_coverage_80", share, goals[1], {}, note)
    yield Line(f"{key}.tomorrow_coverage_80_most", share, goals[2], {}, note)


def _tomorrow(foretells: Any, hours: Any, now: dt.datetime, seed: int) -> tuple[float, ...]:
    """What came the day after ``now``'s, what was expected, its ends, and what had come a week before."""
    place = ZoneInfo(foretells.zone)
    end = dt.datetime.combine(now.astimezone(place).date() + dt.timedelta(days=1), dt.time(), place)
    times = [_local(time, place) for time in hours["hour_at"].to_pylist()]
    known = sum(time < end for time in times)
    row = foretells.learn({"hours": hours.slice(0, known)}, end - dt.timedelta(seconds=1), seed).rows[0]
    per_day = Counter[dt.date]()
    for time, n in zip(times, hours["chosen"].to_pylist(), strict=True):
        per_day[time.date()] += n
    came, before = per_day[end.date()], per_day[end.date() - dt.timedelta(days=7)]
    return float(came), row["contacts"], row["contacts_low"], row["contacts_high"], float(before)


def _local(time: dt.datetime, place: ZoneInfo) -> dt.datetime:
    return (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).astimezone(place)
