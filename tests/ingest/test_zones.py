"""Wall time to UTC: what ``datetime`` says with fold=0, for whole columns."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from kundig.engine import find
from kundig.ingest.zones import changes_of, in_gap, offset_us

ZONES = ("Europe/Berlin", "America/New_York", "UTC", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo")


def read(walls: list[dt.datetime], zone: str) -> list[tuple[dt.datetime, bool]]:
    years = {wall.year for wall in walls}
    session = find("duckdb").session([])
    try:
        session.arrow("t", pa.table({"i": range(len(walls)), "w": pa.array(walls, pa.timestamp("us"))}))
        sql = f"select make_timestamptz(epoch_us(w) - {offset_us('w', zone, years)}) as at, {in_gap('w', zone, years)} as gap from t order by i"
        return [(row["at"], row["gap"]) for row in session.query(sql).to_pylist()]
    finally:
        session.close()


def expected(wall: dt.datetime, zone: str) -> tuple[dt.datetime, bool]:
    place = ZoneInfo(zone)
    instant = wall.replace(tzinfo=place).astimezone(dt.UTC)
    return instant, instant.astimezone(place).replace(tzinfo=None) != wall


@pytest.mark.parametrize("zone", ZONES)
@effort(max_examples=10)
@given(walls=st.lists(st.datetimes(dt.datetime(1985, 1, 1), dt.datetime(2045, 1, 1)), min_size=1, max_size=30))
def test_any_time(zone: str, walls: list[dt.datetime]) -> None:
    assert read(walls, zone) == [expected(wall, zone) for wall in walls]


@pytest.mark.parametrize("zone", ZONES)
def test_around_every_change(zone: str) -> None:
    steps = (-7200, -3601, -3600, -1801, -1, 0, 1, 1800, 3599, 3600)
    changes = [change for year in range(2005, 2026) for change in changes_of(zone, year)]
    walls = [change.until + dt.timedelta(seconds=step) for change in changes for step in steps]
    assert read(walls, zone) == [expected(wall, zone) for wall in walls]


def test_a_time_that_does_not_exist_is_moved_forward_and_a_double_one_is_the_first() -> None:
    gap, double = dt.datetime(2026, 3, 29, 2, 30), dt.datetime(2026, 10, 25, 2, 30)
    assert read([gap, double], "Europe/Berlin") == [
        (dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC), True),
        (dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC), False),
    ]


def test_a_zone_without_change_is_a_number() -> None:
    assert offset_us("w", "Asia/Kolkata", [2024]) == str(19_800_000_000)
    assert offset_us("w", "UTC", []) == "0"
