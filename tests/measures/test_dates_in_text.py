"""Dates as people write them, reckoned from Wednesday, 11 March 2026, 10:30 in Berlin."""

from __future__ import annotations

import datetime as dt

import pytest

from kundig.measures._dates_in_text import dates_in

WRITTEN = dt.datetime(2026, 3, 11, 9, 30, tzinfo=dt.UTC)
END = "23:59"


def found(text: str, at: dt.datetime = WRITTEN) -> list[str]:
    return [f"{due.at:%m-%d %H:%M}" for due in dates_in(text, at, "Europe/Berlin")]


@pytest.mark.parametrize(("text", "day"), [
    ("bis Freitag", "03-13"), ("am Mittwoch", "03-18"), ("diesen Mittwoch", "03-11"), ("morgen", "03-12"), ("übermorgen", "03-13"),
    ("heute noch", "03-11"), ("spätestens am 12.3.", "03-12"), ("bis zum 12.03.2026", "03-12"), ("am 2. April", "04-02"),
    ("bis Montag, den 16. März 2026", "03-16"), ("innerhalb von 3 Werktagen", "03-16"), ("in zwei bis drei Tagen", "03-14"),
    ("innerhalb einer Woche", "03-18"), ("in einem Monat", "04-11"), ("bis Ende der Woche", "03-13"), ("Anfang nächster Woche", "03-17"),
    ("Mitte nächster Woche", "03-18"), ("nächste Woche Dienstag", "03-17"), ("bis Monatsende", "03-31"), ("Anfang April", "04-10"),
    ("vor dem Wochenende", "03-13"), ("in KW 12", "03-20"), ("im Laufe des Tages", "03-11"),
    ("tomorrow morning", "03-12"), ("the day after tomorrow", "03-13"), ("by Friday", "03-13"), ("Friday next week", "03-20"),
    ("within two business days", "03-13"), ("by the end of the week", "03-13"), ("early next week", "03-17"), ("by March 20th", "03-20"),
    ("on 20 March", "03-20"), ("by 2026-03-20", "03-20"), ("12/04/2026", "04-12"), ("03/25/2026", "03-25"),
    ("by the end of the month", "03-31"), ("next month", "04-30"), ("by close of business", "03-11"),
])  # fmt: skip
def test_a_day_ends_at_midnight(text: str, day: str) -> None:
    assert found(text) == [f"{day} {END}"]


@pytest.mark.parametrize(("text", "time"), [
    ("am Freitag zwischen 8 und 12 Uhr", "03-13 12:00"), ("bis heute 17 Uhr", "03-11 17:00"), ("bis 15:30 Uhr", "03-11 15:30"),
    ("by 5 pm tomorrow", "03-12 17:00"), ("by noon tomorrow", "03-12 12:00"), ("binnen 24 Stunden", "03-12 10:30"),
    ("within the hour", "03-11 11:30"), ("in 45 minutes", "03-11 11:15"), ("bis morgen Mittag", "03-12 12:00"),
])  # fmt: skip
def test_an_hour_counts(text: str, time: str) -> None:
    assert found(text) == [time]


@pytest.mark.parametrize("text", [
    "Guten Morgen", "morgens", "ab Montag", "seit Freitag", "since Monday", "jeden Freitag", "Montag bis Freitag von 8 bis 18 Uhr",
    "Mo-Fr", "Version 12.3 ist da", "49,99 Euro", "am 10.3.2026", "bis 32.13.", "nicht vor Montag", "in KW 60", "bis 10 Uhr", "in Kürze",
])  # fmt: skip
def test_what_is_no_date_to_come(text: str) -> None:
    assert found(text) == []


def test_a_date_without_a_year_is_the_next_one_but_one_just_passed_is_past() -> None:
    december = dt.datetime(2026, 12, 28, 9, tzinfo=dt.UTC)
    assert dates_in("bis zum 5.1.", december)[0].at.date() == dt.date(2027, 1, 5)
    assert found("am 2.3.") == []


def test_at_the_weekend_the_week_ends_on_sunday() -> None:
    assert found("bis Ende der Woche", dt.datetime(2026, 3, 14, 9, tzinfo=dt.UTC)) == [f"03-15 {END}"]


def test_the_zone_decides_which_day_it_is() -> None:
    late = dt.datetime(2026, 3, 11, 23, 30)
    assert dates_in("bis morgen", late, "UTC")[0].at.date() == dt.date(2026, 3, 12)
    assert dates_in("bis morgen", late, "Europe/Berlin")[0].at.date() == dt.date(2026, 3, 13)


def test_deadlines_are_told_from_other_dates() -> None:
    text = "morgen wegen des Termins, spätestens am Freitag"
    assert [(due.deadline, text[due.start : due.end]) for due in dates_in(text, WRITTEN)] == [
        (False, "morgen"), (True, "spätestens am Freitag"),
    ]  # fmt: skip
    assert dates_in("Friday at the latest", WRITTEN)[0].deadline
