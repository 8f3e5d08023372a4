"""Consistency: the same reason over two channels, told apart only where chance cannot explain it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from kundig.insight import ask
from kundig.insights.consistency import Consistency
from kundig.measures.median import order_ranks
from tests.rows import RowsLake

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def cases(reason: str, channel: str, hours: list[float], score: float | None = None, closed: bool = True) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for n, length in enumerate(hours):
        name = {"case_id": f"{reason} {channel} {n}", "person_id": f"{channel} {n}", "reason": reason}
        rows.append({**name, "channel": channel, "kind": "contact", "occurred_at": START})
        end = {**name, "kind": "closed" if closed else "answer", "occurred_at": START + dt.timedelta(hours=length)}
        rows.append({**end, "score": None if score is None else score + n % 2, "score_scale": "1-5"})
    return rows


LATER = [{"occurred_at": "2026-06-01T10:00:00"}]


def test_only_gaps_beyond_chance_and_with_enough_cases_are_called_inconsistent():
    rows = [
        *cases("bill", "phone", [1 + n / 10 for n in range(40)], score=4),
        *cases("bill", "email", [48 + n for n in range(40)], score=2),
        *cases("bill", "chat", [100 + n for n in range(29)]),  # too few
        *cases("move", "phone", list(range(40))),
        *cases("move", "email", [n + 3 for n in range(40)]),  # overlaps
        *cases("tariff", "phone", [1] * 40),
        *LATER,
    ]
    answer = ask(RowsLake(rows), Consistency())
    assert answer.figures["reasons_compared"] == 2
    assert answer.figures["inconsistent_reasons"] == 1
    assert answer.figures["largest_gap_s"] == pytest.approx((67.5 - 2.95) * 3600)
    assert (answer.figures["largest_gap_slow_channel"], answer.figures["largest_gap_fast_channel"]) == ("email", "phone")
    assert answer.figures["largest_score_gap"] == 2
    assert answer.figures["largest_closed_gap"] is None
    flagged = {
        (r["reason"], r["channel"]): (r["slower_than_channel"], r["rated_below_channel"]) for r in answer.table.to_pylist()
    }
    assert flagged["bill", "email"] == ("phone", "phone")
    assert all(flags == (None, None) for key, flags in flagged.items() if key != ("bill", "email"))
    said = [str(message) for message in answer.sentences]
    assert said[0] == "1 of 2 reasons that can be compared runs differently depending on the channel."
    assert said[1] == 'Longest gap: "bill" takes 2.8 days by email, but 3.0 h by phone (medians).'
    assert said[2] == '"bill": rated 2.50 by email, but 4.50 by phone.'
    assert answer.chart is not None
    assert [str(row["what"]) for row in answer.chart.rows] == ["bill: email", "bill: phone"]


@pytest.mark.parametrize("n", [6, 30, 41, 100])
def test_the_interval_of_the_median_is_that_of_the_order_statistics(n: int):
    import numpy as np

    hours = [float(x) for x in np.random.default_rng(n).permutation(n)]
    row = ask(RowsLake([*cases("bill", "phone", hours), *LATER]), Consistency()).table.to_pylist()[0]
    low, high = order_ranks(n) or (0, 0)
    assert row["median_s"] == pytest.approx(float(np.median(hours)) * 3600)
    assert row["median_s_low"] == pytest.approx(float(np.quantile(hours, low)) * 3600)
    assert row["median_s_high"] == pytest.approx(float(np.quantile(hours, high)) * 3600)


def test_cases_left_open_show_as_a_difference_in_outcome():
    rows = [*cases("bill", "phone", [1] * 40), *cases("bill", "email", [1] * 20), *LATER]
    rows += [{**row, "case_id": row["case_id"] + "o"} for row in cases("bill", "email", [1] * 25, closed=False)]
    answer = ask(RowsLake(rows), Consistency())
    assert answer.figures["largest_closed_gap"] == pytest.approx(25 / 45)
    assert '"bill": closed in 44.4% of the cases by email, but in 100.0% by phone.' in [str(m) for m in answer.sentences]


def test_where_nothing_is_ever_closed_the_whole_length_is_compared():
    rows = [*cases("bill", "phone", [1.0] * 30, closed=False), *cases("bill", "email", [9.0] * 30, closed=False), *LATER]
    answer = ask(RowsLake(rows), Consistency())
    assert answer.figures["largest_gap_s"] == 8 * 3600
    assert answer.table["closed_share"].to_pylist() == [None, None]


def test_it_says_so_where_nothing_can_be_compared_or_nothing_differs():
    few = ask(RowsLake([*cases("bill", "phone", [1.0] * 30), *LATER]), Consistency())
    assert str(few.sentences[0]) == "No reason has 30 cases or more in two channels, so nothing can be compared."
    assert few.chart is None
    same = ask(RowsLake([*cases("bill", "phone", [1.0] * 30), *cases("bill", "email", [1.0] * 30), *LATER]), Consistency())
    assert str(same.sentences[0]).endswith("shows no difference between channels beyond chance.")


def test_shared_small_groups_are_hidden_in_both_directions():
    rows = [*cases("bill", "phone", [1.0] * 40), *cases("bill", "email", [1.0] * 30), *cases("bill", "chat", [1.0] * 2),
            *cases("move", "phone", [1.0] * 50), *cases("move", "email", [1.0] * 20), *cases("move", "chat", [1.0] * 9), *LATER]  # fmt: skip
    shown = ask(RowsLake(rows), Consistency(), share=True).table.to_pylist()
    keys = {(row["reason"], row["channel"]) for row in shown}
    assert keys == {("bill", "phone"), ("move", "phone")}  # the line and the column of the gap need a second one each


def test_without_reasons_it_cannot_be_told():
    assert ask(RowsLake([{"case_id": "a", "occurred_at": START}]), Consistency()).untold == "reason"


@pytest.mark.parametrize("scales", [("1-5", "0-10"), ("0-10", "1-5")])
def test_of_two_scales_used_as_often_the_first_by_name_counts(scales: tuple[str, str]):
    rows = [*cases("bill", "phone", [1.0], score=3), *cases("bill", "phone", [2.0, 2.0], score=8)[2:]]
    rated = [row for row in rows if row.get("score")]
    for row, scale in zip(rated, scales, strict=True):
        row["score_scale"] = scale
    expected = next(row["score"] for row in rated if row["score_scale"] == "0-10")
    assert ask(RowsLake([*rows, *LATER]), Consistency()).table["score"].to_pylist() == [expected]
