"""Contact volume: what is expected adds up, growth is told only where it is sure, and agents follow from the hours."""

from __future__ import annotations

import datetime as dt
import random
from functools import cache
from typing import Any

import pytest

from kundig.answer import Answer
from kundig.errors import QuestionError
from kundig.insight import ask
from kundig.insights.contact_volume import ContactVolume
from kundig.measures.erlang import needed_agents
from tests.rows import RowsLake

Row = dict[str, Any]
DAYS = 84
START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def contacts(days: int = DAYS, growing: float = 1.0, **more: Any) -> list[Row]:
    """From 8 to 16 o'clock about six contacts an hour: two of three by phone; "moving" grows in the last four weeks."""
    chance, rows = random.Random(7), []
    for day in range(days):
        for hour in range(8, 16):
            for n in range(chance.randint(5, 7)):
                when = START + dt.timedelta(days=day, hours=hour, minutes=8 * n)
                reason, channel = ("moving" if n == 0 else "bill"), ("email" if n % 3 == 2 else "phone")
                row = {
                    "kind": "contact",
                    "occurred_at": when,
                    "reason": reason,
                    "channel": channel,
                    "person_id": f"p{n}{hour}{day}",
                }
                rows += [{**row, **more}] * (round(growing) if reason == "moving" and day >= days - 28 else 1)
    return [*rows, {"kind": "other", "occurred_at": START + dt.timedelta(days=days, hours=1), "person_id": "last"}]


@cache
def answered() -> Answer:
    return ask(RowsLake(contacts(growing=3.0)), ContactVolume(minutes=6, zone="UTC"))  # type: ignore[arg-type]


def said(answer: Answer) -> str:
    return " ".join(str(message) for message in answer.sentences)


def rows(answer: Answer, dimension: str) -> list[Row]:
    return [row for row in answer.table.to_pylist() if row["dimension"] == dimension]


def test_the_days_make_the_week_and_its_parts_add_up_to_it() -> None:
    (week,) = rows(answered(), "week")
    first = dt.date.fromisoformat(week["value"])
    assert first.weekday() == 0
    days = [row["expected"] for row in rows(answered(), "day") if 0 <= (dt.date.fromisoformat(row["value"]) - first).days < 7]
    assert sum(days) == pytest.approx(week["expected"])
    for dimension in ("channel", "reason"):
        assert sum(row["expected"] for row in rows(answered(), dimension)) == pytest.approx(week["expected"])
    assert week["expected"] == answered().figures["next_week"]


def test_tomorrow_is_the_day_after_the_last_complete_one() -> None:
    figures = answered().figures
    assert rows(answered(), "day")[0]["value"] == "2026-05-25"
    assert figures["tomorrow_low"] < figures["tomorrow"] < figures["tomorrow_high"]  # type: ignore[operator]
    assert "On 25 May 2026, the first day after the data" in said(answered())
    assert "25 May 2026 is a public holiday." in said(answered())


def test_what_grows_beyond_chance_is_told_with_its_numbers() -> None:
    assert '"moving" grows: 672 contacts in the last four weeks, 224 in the four before, 200% more' in said(answered())
    assert "bill" not in said(answered())
    steady = ask(RowsLake(contacts()), ContactVolume())  # type: ignore[arg-type]
    assert "No reason and no channel grows" in said(steady)


def test_agents_are_those_of_erlang_c_for_phone_and_chat_by_hour() -> None:
    hours = rows(answered(), "hour")
    assert [row["value"][-5:] for row in hours[:8]] == [f"{hour:02}:00" for hour in range(8, 16)]
    for row in hours:
        assert row["agents"] == needed_agents(row["expected"] * 360 / 3600, 360, 0.8, 20)
    by_phone = sum(row["expected"] for row in hours)
    assert by_phone < rows(answered(), "week")[0]["expected"]
    assert answered().figures["agent_hours"] == sum(row["agents"] for row in hours)
    assert answered().figures["agents_peak"] == max(row["agents"] for row in hours)


def test_customers_who_hang_up_need_no_more_agents() -> None:
    impatient = ask(RowsLake(contacts(growing=3.0)), ContactVolume(minutes=6, patience_s=60))  # type: ignore[arg-type]
    assert impatient.figures["agent_hours"] <= answered().figures["agent_hours"]  # type: ignore[operator]


def test_the_handling_time_is_that_of_the_data() -> None:
    answer = ask(RowsLake(contacts(duration_s=420.0)), ContactVolume())  # type: ignore[arg-type]
    assert answer.figures["handling_s"] == 420
    unknown = ask(RowsLake(contacts()), ContactVolume())  # type: ignore[arg-type]
    assert unknown.figures["agents_peak"] is None
    assert "does not say how long a contact takes" in said(unknown)


def test_letters_wait_for_no_agent() -> None:
    answer = ask(RowsLake(contacts(channel="letter")), ContactVolume(minutes=6))  # type: ignore[arg-type]
    assert "too few contacts come over these" in said(answer)
    assert answer.figures["agent_hours"] is None


def test_a_short_history_is_refused_with_what_is_needed() -> None:
    answer = ask(RowsLake(contacts(30)), ContactVolume())  # type: ignore[arg-type]
    assert said(answer) == "The history is too short: 30 days, at least 8 weeks are needed. Import older contacts, or wait."
    assert answer.figures["tomorrow"] is None
    assert answer.chart is None
    assert answer.table.num_rows == 0


def test_a_day_that_is_not_complete_and_a_gap_are_told() -> None:
    torn = [
        row for row in contacts()
        if not 20 <= (row["occurred_at"] - START).days < 30 and row["occurred_at"] < START + dt.timedelta(days=83, hours=11)
    ]  # fmt: skip
    answer = ask(RowsLake(torn), ContactVolume())  # type: ignore[arg-type]
    assert "24 May 2026 is not complete in the data and is left out." in said(answer)
    assert "10 days lie in gaps of a week or more" in said(answer)
    assert "meant in UTC" in said(answer)


def test_few_weeks_give_no_interval_of_the_week() -> None:
    answer = ask(RowsLake(contacts(59)), ContactVolume())  # type: ignore[arg-type]
    assert answer.figures["next_week_low"] is None
    assert "how sure that is cannot be told from so few weeks" in said(answer)


def test_shared_days_with_few_contacts_are_not_drawn() -> None:
    few = [row for row in contacts() if (row["occurred_at"] - START).days != 80 or row["occurred_at"].minute == 0]
    few = [row for row in few if (row["occurred_at"] - START).days != 80 or row["occurred_at"].hour in (8, 15)]
    drawn = {}
    for share in (False, True):
        chart: Any = ask(RowsLake(few), ContactVolume(), share=share).chart  # type: ignore[arg-type]
        drawn[share] = {row["day"] for row in chart.rows}
    assert drawn[False] - drawn[True] == {dt.date(2026, 5, 21)}


@pytest.mark.parametrize("wrong", [{"level": 1.0}, {"minutes": -1.0}, {"state": "Bayern"}, {"zone": "Berlin"}])
def test_inputs_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(QuestionError):
        ContactVolume(**wrong)


@pytest.mark.parametrize(("often", "told"), [(1, "1 contact is expected"), (3, "3 contacts are expected")])
def test_one_contact_is_not_told_in_the_plural(often: int, told: str) -> None:
    rows = [
        {"kind": "contact", "occurred_at": START + dt.timedelta(days=day, hours=9 + n), "person_id": f"p{day}{n}"}
        for day in range(2 * DAYS) for n in range(often)
    ]  # fmt: skip
    last = {"kind": "other", "occurred_at": START + dt.timedelta(days=2 * DAYS, hours=1), "person_id": "last"}
    assert told in said(ask(RowsLake([*rows, last]), ContactVolume(zone="UTC")))
