"""The remaining time: bills end sooner than faults, the interval holds what it promises, and nothing worse than a median is told."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from kundig import model
from kundig.errors import ModelError
from kundig.models import remaining_time
from kundig.models.remaining_time import BOOSTING, MEDIAN, RemainingTime, judged
from tests.models.journeys import START, Firm, firm
from tests.rows import RowsLake

DAY = 86_400.0
ASKED = RemainingTime()


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    with RowsLake(firm(450)).read("analysis") as reading:
        return model.read(reading, ASKED)[0]


@pytest.fixture(scope="module")
def now(tables: dict[str, pa.Table]) -> dt.datetime:
    return max(tables["journeys"]["occurred_at"].to_pylist())


def test_it_is_off_by_less_than_one_median_for_all(tables: dict[str, pa.Table], now: dt.datetime) -> None:
    told = ASKED.evaluate(tables, now)
    figures = told.figures
    assert figures["error_s_high"] < figures["median_error_s"] / 2
    assert figures["coverage_80_share_low"] < 0.9
    assert figures["coverage_80_share_high"] > 0.75
    assert figures["coverage_90_share"] >= figures["coverage_80_share"]
    assert "if one median is told for all" in str(told.sentences[0])


def test_running_cases_are_told_their_end_with_an_interval() -> None:
    lake = Firm(firm(450))
    told = model.predict(lake, model.fit(lake, ASKED, judge=False)).to_pylist()
    assert told
    for row in told:
        ends = [row[f"remaining_s{end}"] for end in ("_low_90", "_low", "", "_high", "_high_90")]
        assert ends == sorted(ends)
    by_sort = {name: [row["remaining_s"] for row in told if row["activity"] == f"asked {name}"] for name in ("bill", "fault")}
    if by_sort["bill"] and by_sort["fault"]:
        assert np.median(by_sort["bill"]) < np.median(by_sort["fault"])


def test_where_nothing_tells_more_the_median_is_told(tables: dict[str, pa.Table], now: dt.datetime) -> None:
    """Times without any pattern: each case takes its own, whatever happens in it."""
    chance = np.random.default_rng(2)
    rows = []
    for n in range(700):
        at = START + dt.timedelta(days=n / 4)
        for kind, days in (("other", 0.0), ("closed", float(chance.exponential(3)))):
            rows.append({"case_id": f"c{n}", "activity": kind, "kind": kind, "occurred_at": at + dt.timedelta(days=days)})
    with RowsLake(rows).read("analysis") as reading:
        tables = model.read(reading, ASKED)[0]
    learned = ASKED.learn(tables, now)
    assert learned.method == MEDIAN
    told = ASKED.evaluate(tables, now)
    assert told.figures["error_s"] == pytest.approx(told.figures["median_error_s"])
    assert "Nothing foresees later cases better" in str(told.sentences[0])


def test_right_after_an_event_and_in_a_silence_are_judged_apart(tables: dict[str, pa.Table], now: dt.datetime) -> None:
    learned = ASKED.learn(tables, now)
    assert learned.method == BOOSTING
    rows = remaining_time._ended(tables["journeys"])
    kept, waited = remaining_time._silences(rows, 0)
    assert (waited[: rows.num_rows] == 0).all()
    assert (waited[rows.num_rows :] > 0).all()
    assert len(set(remaining_time._alike(rows.take(kept), waited))) == 2 * len(
        set(remaining_time._alike(rows, np.zeros(rows.num_rows)))
    )
    assert judged(learned, rows)["error_s_n"] == rows.num_rows


def test_too_little_is_refused_with_a_reason(now: dt.datetime) -> None:
    with RowsLake(firm(20)).read("analysis") as reading, pytest.raises(ModelError, match="Too few cases are over to learn from"):
        ASKED.learn(model.read(reading, ASKED)[0], now)
    with (
        RowsLake(firm(60, open_share=0)).read("analysis") as reading,
        pytest.raises(ModelError, match="Too few"),
    ):
        ASKED.evaluate(model.read(reading, ASKED)[0], now)
    at_once = [{**row, "kind": "other", "occurred_at": START} for row in firm(60, open_share=0)]
    later = [{"kind": "other", "case_id": "late", "occurred_at": START + dt.timedelta(days=2)}]
    with RowsLake([*at_once, *later]).read("analysis") as reading, pytest.raises(ModelError, match="Every case is over at once"):
        ASKED.learn(model.read(reading, ASKED)[0], now)


def test_where_too_little_came_later_one_median_is_told(now: dt.datetime) -> None:
    with RowsLake(firm(60, open_share=0)).read("analysis") as reading:
        tables = model.read(reading, ASKED)[0]
    learned, rows = ASKED.learn(tables, now), remaining_time._ended(tables["journeys"])
    assert learned.method == MEDIAN
    assert judged(learned, rows)["error_s"] == judged(learned, rows)["median_error_s"]


def test_the_end_of_the_interval_is_the_conformal_quantile() -> None:
    """Of 99 equally weighted errors 1 ... 99 the 80 % interval reaches from the 10th to the 90th (Lei et al. 2018)."""
    off = np.arange(1.0, 100.0)
    ends = remaining_time._ends(off, np.ones(99))
    assert ends[0.8] == (10.0, 90.0)
    assert ends[0.9] == (5.0, 95.0)


def test_the_weighted_median() -> None:
    assert remaining_time._median(np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 1.0])) == 2.0
    assert remaining_time._median(np.array([3.0, 1.0, 2.0]), np.array([5.0, 1.0, 1.0])) == 3.0
