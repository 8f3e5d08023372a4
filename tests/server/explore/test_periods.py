"""The period before, and when a difference is more than chance."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundig.server.explore import colours, form, periods

DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))


@given(DAYS, st.integers(1, 400))
def test_the_period_before_ends_where_this_one_begins(since: dt.date, length: int) -> None:
    until = since + dt.timedelta(days=length)
    start, end = periods.before(since, until)
    assert end == since
    assert end - start == until - since or (since.day == until.day == start.day == 1)


def test_a_month_is_compared_with_a_month() -> None:
    assert periods.before(dt.date(2026, 3, 1), dt.date(2026, 4, 1)) == (dt.date(2026, 2, 1), dt.date(2026, 3, 1))
    assert periods.before(dt.date(2026, 1, 1), dt.date(2026, 4, 1)) == (dt.date(2025, 10, 1), dt.date(2026, 1, 1))


@pytest.mark.parametrize(
    ("name", "value", "old", "told"),
    [
        ("contacts", 120, 100, "+20 (+20%)"), ("contacts", 90, 100, "−10 (−10%)"), ("contacts", 0, 0, "±0"),
        ("kept_share", 0.5, 0.75, "−25.0 points"), ("median_s", 7200.0, 3600.0, "+1 h"), ("mean_contacts", 1.5, 1.25, "+0.25"),
        ("contacts", 5, None, "–"),
    ],
)  # fmt: skip
def test_a_difference_is_worded_by_what_it_is(name: str, value: float, old: float | None, told: str) -> None:
    assert periods.changed(name, value, old, "en") == told


def test_a_change_is_clear_where_the_intervals_lie_apart() -> None:
    now, then = {"x": 0.5, "x_low": 0.45, "x_high": 0.55}, {"x": 0.6, "x_low": 0.56, "x_high": 0.64}
    assert periods.clear(now, then, "x") is True
    assert periods.clear(now, {**then, "x_low": 0.54}, "x") is False
    assert periods.clear({"n": 100}, {"n": 129}, "n") is False  # 1.96 * sqrt(229) = 29.7
    assert periods.clear({"n": 100}, {"n": 130}, "n") is True
    assert periods.clear({"x": 1.5}, {"x": 1.0}, "x") is None


def test_what_is_written_is_read() -> None:
    asked = form.read("contact-reasons", {"achievable": "0,5", "since": "2026-03", "channel": "Telefon", "page": "2"}, ("page",))
    assert asked.inputs == {"achievable": 0.5} and asked.where == {"since": "2026-03-01", "channel": "phone"} and not asked.wrong
    assert asked.query(page=3) == "achievable=0%2C5&since=2026-03&channel=Telefon&page=3"


def test_a_number_may_be_what_its_insight_allows() -> None:
    assert form.read("habits", {"utc_offset": "-12"}).inputs == {"utc_offset": -12}
    assert {"utc_offset", "back"} == set(form.read("habits", {"utc_offset": "15", "back": "-1"}).wrong)
    field = next(one for one in form.fields_of(form.read("habits", {})) if one.name == "utc_offset")
    assert (field.least, field.most) == (-12, 14)


@given(st.text(max_size=30))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    asked = form.read("contact-reasons", {"achievable": text, "since": text, "reason": text})
    for key in asked.written:
        assert (key in asked.wrong) != (key in asked.inputs or key in asked.where)


def test_a_dark_page_exchanges_every_colour_of_a_picture() -> None:
    from kundig.answer.palette import DARK

    css = colours.stylesheet()
    for colour, twin in DARK.items():
        assert css.count(f'svg [fill="{colour}"]{{fill:{twin}}}') == 2
    assert ":root[data-theme=dark] .kundig svg" in css and ":root:not([data-theme=light]) .kundig svg" in css
