"""Dates and numbers as exports write them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from kundig.engine import find
from kundig.ingest import values


def read(texts: list[str], *expressions: str) -> list[tuple[Any, ...]]:
    session = find("duckdb").session([])
    try:
        session.arrow("t", pa.table({"i": range(len(texts)), "x": pa.array(texts, pa.string())}))
        listed = ", ".join(f"{sql} as e{i}" for i, sql in enumerate(expressions))
        return [tuple(row.values()) for row in session.query(f"select {listed} from t order by i").to_pylist()]
    finally:
        session.close()


DATES = {
    "2024-03-13T10:21:14.123456789Z": ("2024-03-13 10:21:14.123456", True),
    "2024-03-13 10:21": ("2024-03-13 10:21:00", False),
    "2024-03-13T10:21:14,5": ("2024-03-13 10:21:14.500000", False),
    "2024-03-13T10:21:14 +02:00": ("2024-03-13 08:21:14", True),
    "2024-03-13T10:21:14+02": ("2024-03-13 08:21:14", True),
    "2026-11-21 10:00:00 Europe/Berlin": ("2026-11-21 09:00:00", True),
    "2024/03/13 10:21": ("2024-03-13 10:21:00", False),
    "2024-03-13": ("2024-03-13 00:00:00", False),
    "21.11.2026": ("2026-11-21 00:00:00", False),
    "21.11.2026 14:05": ("2026-11-21 14:05:00", False),
    "21.11.26 14:05:33": ("2026-11-21 14:05:33", False),
    "1.2.24": ("2024-02-01 00:00:00", False),
    "21.11.2026, 14:05 Uhr": ("2026-11-21 14:05:00", False),
    "21.11.2026 14:05:33.5": ("2026-11-21 14:05:33.500000", False),
    "03/04/2024": ("2024-04-03 00:00:00", False),
    "13/04/2024 2:05 PM": ("2024-04-13 14:05:00", False),
    "3/4/24 1:00": ("2024-04-03 01:00:00", False),
    "21-11-2026 10:00": ("2026-11-21 10:00:00", False),
    "1700000000": ("2023-11-14 22:13:20", True),
    "1700000000123": ("2023-11-14 22:13:20.123000", True),
    "1700000000.5": ("2023-11-14 22:13:20.500000", True),
    "20240313": ("2024-03-13 00:00:00", False),
    "20240313101500": ("2024-03-13 10:15:00", False),
    "Wed, 13 Mar 2024 10:00:00 +0100": ("2024-03-13 09:00:00", True),
    "13 Mar 2024 10:00:00 +0100 (CET)": ("2024-03-13 09:00:00", True),
    "21. März 2026 14:05": ("2026-03-21 14:05:00", False),
    "1 Mai 2024": ("2024-05-01 00:00:00", False),
    "Nov 21, 2026": ("2026-11-21 00:00:00", False),
    "Sep 5, 2024 3:04 PM": ("2024-09-05 15:04:00", False),
}
NO_DATES = [
    "2024-02-30", "31.02.2024", "04/13/2024", "foo", "12", "1.234", "10.10.2", "infinity", "21.11.2026 25:00", "1e9", "12345678901234567890123",
    "2024-03-13 10:21:14 (local)", "'; drop table events; --",
]  # fmt: skip


def test_dates_by_their_shape() -> None:
    found = read(list(DATES), values.wall_time("x"), values.is_absolute("x"))
    for (text, (wall, absolute)), (got, zoned) in zip(DATES.items(), found, strict=True):
        assert (str(got), zoned) == (wall, absolute), text


def test_no_dates() -> None:
    found = read(NO_DATES, values.wall_time("x"))
    assert [text for text, (got,) in zip(NO_DATES, found, strict=True) if got] == []


def test_month_first_where_the_mapping_says_so() -> None:
    assert read(["03/04/2024", "13/04/2024"], values.wall_time("x", "mdy")) == [(dt.datetime(2024, 3, 4),), (None,)]


@effort(max_examples=5)
@given(
    st.lists(
        st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2090, 1, 1)).map(lambda t: t.replace(microsecond=0)),
        min_size=1,
        max_size=20,
    )
)
def test_every_date_survives_being_written(times: list[dt.datetime]) -> None:
    patterns = ("%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%Y%m%d%H%M%S")
    written = [(t, t.strftime(pattern)) for t in times for pattern in patterns]
    assert read([text for _, text in written], values.wall_time("x")) == [(t,) for t, _ in written]


@pytest.mark.parametrize(
    ("text", "comma", "point"),
    [
        ("1.234,56", 1234.56, 1234.56), ("1,234.56", 1234.56, 1234.56), ("12.5", 12.5, 12.5), ("12,5", 12.5, 12.5),
        ("1.234", 1234.0, 1.234), ("1,234", 1.234, 1234.0), ("1\u00a0234,5 €", 1234.5, 1234.5), ("-5", -5.0, -5.0), ("1e5", 1e5, 1e5),
        ("1'234.50", 1234.5, 1234.5), ("nan", None, None), ("inf", None, None), ("abc", None, None), ("1.2.3", None, None), ("5,", None, None),
    ],
)  # fmt: skip
def test_numbers(text: str, comma: float | None, point: float | None) -> None:
    assert read([text], values.number("x", ","), values.number("x", ".")) == [(comma, point)]


def test_lengths_of_time() -> None:
    found = read(["1:30:00", "02:05", "1,5", "x"], values.seconds("x", ",", 60.0))
    assert found == [(5400.0,), (125.0,), (90.0,), (None,)]


def test_words_for_nothing() -> None:
    assert read(["N/A", "0000-00-00", "-", "0"], values.is_empty("x")) == [(True,), (True,), (True,), (False,)]


def test_a_quote_ends_no_literal() -> None:
    assert read(["x"], values.literal("it's; --")) == [("it's; --",)]
