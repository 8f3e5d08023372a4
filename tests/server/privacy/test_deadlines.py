"""One calendar month, as the regulation on periods counts it."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundig.server.privacy.deadlines import after_months, due


@pytest.mark.parametrize(
    ("received", "expected"),
    [("2026-01-15", "2026-02-15"), ("2026-01-31", "2026-02-28"), ("2028-01-31", "2028-02-29"), ("2026-12-03", "2027-01-03")],
)
def test_one_month(received: str, expected: str) -> None:
    assert due(dt.date.fromisoformat(received)) == dt.date.fromisoformat(expected)


def test_two_months_more() -> None:
    assert due(dt.date(2026, 11, 30), extended=True) == dt.date(2027, 2, 28)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)), st.integers(1, 24))
def test_never_in_another_month_and_never_later_in_the_month(day: dt.date, months: int) -> None:
    later = after_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day
