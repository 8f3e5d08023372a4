"""Sorting out into buckets loses nothing, tears no case apart, and journeys do not depend on it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kundig.lake import buckets, fold
from kundig.lake.weave import OF_EVENTS, OF_STEPS
from tests.lake.staging import lake_in, put
from tests.lake.test_fold import recomputed, stored
from tests.rows import events_table

ROWS = [
    {"occurred_at": f"2026-01-{1 + n % 28:02d}T10:00", "case_id": None if n % 10 == 9 else f"k{n % 7}", "person_id": f"p{n % 5}", "activity": f"a{n % 4}", "team": "xyz"[n % 3]}
    for n in range(60)
]  # fmt: skip
WITH_CASE = [row for row in ROWS if row["case_id"]]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """The rows in three files whose dictionaries differ."""
    table = events_table(ROWS)
    paths = [tmp_path / f"{n}.parquet" for n in range(3)]
    for n, path in enumerate(paths):
        pq.write_table(table.slice(n * 20, 20), path, row_group_size=7)
    return paths


def dealt(files: list[Path], folder: Path, number: int, **options: Any) -> list[pa.Table]:
    rows = [buckets.Rows(path, OF_EVENTS, given="case_id", **options) for path in files]
    return [bucket.rows() for bucket in buckets.deal(rows, buckets.ByText("case_id", number), folder)]


@pytest.mark.parametrize("number", [1, 2, 3, 50])
def test_each_event_with_a_case_is_in_one_bucket_and_no_case_in_two(files: list[Path], tmp_path: Path, number: int) -> None:
    tables = dealt(files, tmp_path / "out", number)
    assert Counter(id for t in tables for id in t["event_id"].to_pylist()) == Counter(
        id for row, id in zip(ROWS, events_table(ROWS)["event_id"].to_pylist(), strict=True) if row["case_id"]
    )
    cases = [set(t["case_id"].to_pylist()) for t in tables]
    assert sum(map(len, cases)) == len(set.union(*cases)) == 7
    assert not list(tmp_path.glob("out/*"))


def test_rows_keep_their_values_and_order(files: list[Path], tmp_path: Path) -> None:
    (table,) = dealt(files, tmp_path / "out", 1)
    expected = events_table(ROWS).select(list(OF_EVENTS.values())).rename_columns(list(OF_EVENTS)).to_pylist()
    by_id = {row["event_id"]: row for row in table.to_pylist()}
    assert by_id == {row["event_id"]: row for row in expected if row["case_id"]}


def test_only_the_cases_meant_are_read(files: list[Path]) -> None:
    read = buckets.Rows(files[0], OF_EVENTS, "case_id", pa.array(["k1", "k5", "elsewhere"])).read()
    assert set(read["case_id"].to_pylist()) == {"k1", "k5"}
    assert buckets.Rows(files[0], OF_EVENTS, "case_id", pa.array([], pa.string())).read().num_rows == 0
    others = buckets.Rows(files[0], OF_EVENTS, "case_id", pa.array(["k1", "k5"]), apart=True).read()
    assert set(others["case_id"].to_pylist()) == {"k0", "k2", "k3", "k4", "k6"}


def test_what_steps_call_a_knot_is_read_back() -> None:
    assert (OF_STEPS["activity"], OF_STEPS["team"], OF_STEPS["source_position"]) == ("from_activity", "team", "source_position")


def test_every_worker_gets_a_bucket_where_there_are_enough_rows() -> None:
    few = buckets.FEW_ROWS
    assert [buckets.number_of(rows, 4 * few) for rows in (0, few, few + 1, 8 * few, 8 * few + 1)] == [1, 1, 2, 2, 3]


def test_the_first_error_ends_all() -> None:
    done: list[int] = []

    def work(n: int) -> None:
        if n == 0:
            raise OSError("disk")
        done.append(n)

    with pytest.raises(OSError, match="disk"):
        list(buckets.in_turn(work, range(1000)))
    assert len(done) < 999


@pytest.mark.parametrize("rows_per_bucket", [4, 1_000])
def test_journeys_do_not_depend_on_buckets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_per_bucket: int) -> None:
    monkeypatch.setattr(fold, "ROWS_PER_BUCKET", rows_per_bucket)
    lake = lake_in(tmp_path)
    numbered = [{**row, "event_id": f"{n:032x}", "position": n, "content_hash": n} for n, row in enumerate(ROWS)]
    for part in (numbered[:25], numbered[25:50], numbered[50:]):
        put(lake, part)
        lake.fold(always=True)
    assert stored(lake) == recomputed(numbered)
    assert not lake.verify().problems
    assert not list((tmp_path / "lake" / ".scratch").glob("fold-*"))
