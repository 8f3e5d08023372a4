"""Variants: their counts equal pm4py's, and so do the few that make up most cases."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as some

from kundig.answer import Chart
from kundig.insight import Result, ask
from kundig.insights.variants import Variants
from tests.insights.logs import asked, log, reference
from tests.rows import RowsLake


def rows_of(cases: list[str]) -> list[dict[str, Any]]:
    """Cases written as letters, one activity each, an hour apart."""
    return [
        {"case_id": f"{number}", "activity": letter, "occurred_at": f"2026-03-01T{hour:02}:00:00"}
        for number, letters in enumerate(cases)
        for hour, letter in enumerate(letters)
    ]


def test_shares_add_up() -> None:
    answer = ask(RowsLake(rows_of(["AB"] * 6 + ["ABC"] * 3 + ["C"])), Variants())
    told = [
        (r["place"], r["variant"], r["n"], r["share"], round(r["cumulative_share"], 9), r["median_s"])
        for r in answer.table.to_pylist()
    ]
    assert told == [(1, "A > B", 6, 0.6, 0.6, 3600.0), (2, "A > B > C", 3, 0.3, 0.9, 7200.0), (3, "C", 1, 0.1, 1.0, 0.0)]
    figures = answer.figures
    assert (figures["cases"], figures["variants"], figures["top_share"], figures["variants_for_80"]) == (10, 3, 0.6, 2)
    assert figures["single_variants"] == 1
    assert [m.say() for m in answer.sentences][:2] == [
        "10 cases run in 3 different ways.", "The 2 most frequent of them make up 80% of the cases.",
    ]  # fmt: skip
    assert isinstance(answer.chart, Chart)
    assert len(answer.chart.rows) == 3


def test_only_the_most_frequent_are_listed_but_all_are_counted() -> None:
    answer = ask(RowsLake(rows_of(["AB", "AB", "A", "B"])), Variants(most=1))
    assert answer.table.num_rows == 1
    assert (answer.figures["variants"], answer.n) == (3, 4)


@given(some.lists(some.sampled_from(["A", "AB", "ABA", "B", "C", "CA"]), min_size=1, max_size=40))
def test_eighty_per_cent_as_counted_by_hand(cases: list[str]) -> None:
    covered, needed = 0, 0
    for _, n in Counter(cases).most_common():
        if covered * 10 >= len(cases) * 8:
            break
        covered, needed = covered + n, needed + 1
    sizes = Counter(Counter(cases).values())
    spread = pa.table({"size": sorted(sizes, reverse=True), "variants": [sizes[n] for n in sorted(sizes, reverse=True)]})
    nothing = pa.table({"n": pa.array([], pa.int64())})
    figures = Variants().tell(Result(nothing, {"sizes": spread}, None)).figures
    assert (figures["variants_for_80"], figures["cases"], figures["variants"]) == (needed, len(cases), len(set(cases)))


@pytest.mark.parametrize("name", ["helpdesk_italy/helpdesk.xes.gz", "bpic2013/BPI_Challenge_2013_closed_problems.xes.gz"])
def test_counts_equal_pm4py(shared_data: Path, name: str) -> None:
    rows = log(shared_data / name)
    known = {" > ".join(activities): n for activities, n in asked(reference().get_variants, rows).items()}
    answer = ask(RowsLake(rows), Variants(most=100_000))
    assert {row["variant"]: row["n"] for row in answer.table.to_pylist()} == known
    assert answer.figures["variants"] == len(known)
