"""How long running cases will still take: by where they stand, with an interval that is tested on later cases."""

from __future__ import annotations

import datetime as dt

import pytest

from kundig.insight import ask
from kundig.insights.remaining_time import RemainingTime
from tests.models.journeys import START, firm
from tests.rows import RowsLake

DAY = 86_400.0


@pytest.fixture(scope="module")
def lake() -> RowsLake:
    return RowsLake(firm(500))


def test_faults_will_take_longer_than_bills(lake: RowsLake) -> None:
    answer = ask(lake, RemainingTime())
    rows = {row["activity"]: row for row in answer.table.to_pylist()}
    assert rows["asked bill"]["remaining_s"] < rows["asked fault"]["remaining_s"]
    assert all(row["remaining_s_low"] <= row["remaining_s"] <= row["remaining_s_high"] for row in rows.values())
    assert sum(row["cases"] for row in rows.values()) == answer.figures["running"] == answer.n
    assert sum(row["in_time"] for row in rows.values()) == answer.figures["in_time"]
    assert answer.figures["error_s"] < answer.figures["median_error_s"]
    assert any("of 100 later cases" in str(said) for said in answer.sentences)
    assert answer.chart is not None


def test_a_case_that_takes_longer_than_nine_in_ten_is_overlong(lake: RowsLake) -> None:
    late = [{"case_id": f"late {n}", "person_id": f"late {n}", "activity": "asked bill", "occurred_at": START} for n in range(9)]
    more = ask(RowsLake([*late, *firm(500)]), RemainingTime())
    assert more.figures["longer_than_usual"] >= ask(lake, RemainingTime()).figures["longer_than_usual"] + 9
    assert any("longer than nine in ten cases" in str(said) for said in more.sentences)


def test_too_few_cases_are_told_as_a_sentence_not_as_an_error() -> None:
    answer = ask(RowsLake(firm(20)), RemainingTime())
    assert answer.figures["error_s"] is None
    assert str(answer.sentences[0]).startswith("Too few cases are over to learn from")


def test_where_it_cannot_be_judged_the_time_is_told_all_the_same() -> None:
    answer = ask(RowsLake(firm(60)), RemainingTime())
    assert answer.figures["error_s"] is None
    assert answer.figures["remaining_median_s"] > 0
    assert answer.table.num_rows
    assert any("cannot be judged yet" in str(said) for said in answer.sentences)


def test_shared_it_leaves_out_where_few_customers_stand() -> None:
    at = START + dt.timedelta(days=87)
    few = [{"case_id": f"rare {n}", "person_id": f"rare {n}", "activity": "rare thing", "occurred_at": at} for n in range(3)]
    rows = [*few, *firm(350)]
    assert "rare thing" not in str(ask(RowsLake(rows), RemainingTime(), share=True).to_json())
    assert "rare thing" in str(ask(RowsLake(rows), RemainingTime()).table.to_pylist())


def test_where_no_case_is_running_it_says_so() -> None:
    answer = ask(RowsLake(firm(60, open_share=0)), RemainingTime())
    assert answer.figures["running"] == 0
    assert str(answer.sentences[0]) == "No case is running."
