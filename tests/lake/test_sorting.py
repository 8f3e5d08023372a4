"""New events are laid down as SQL would sort them, whatever the buckets."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kundig import event
from kundig.lake import sorting
from tests.rows import events_table

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
one = st.tuples(st.integers(-500, 900), st.integers(0, 2), st.sampled_from([None, "", "a", "b", "ä", "ff"]), st.integers(0, 1))


def days_of(table: pa.Table) -> pa.Table:
    days = pa.array([(t - EPOCH).days for t in table["occurred_at"].to_pylist()], pa.int64())
    return pa.table({"day": days, "n": pa.array([1] * len(days), pa.int64())})


def laid(table: pa.Table, files: int, work: Path) -> list[dict[str, object]]:
    """All rows in the order of the files written."""
    paths = [work / f"in-{n}.parquet" for n in range(files)]
    for n, path in enumerate(paths):
        pq.write_table(table.take(pa.array(range(n, table.num_rows, files), pa.int64())), path)
    written = sorting.sorted_events(paths, days_of(table), work, 1000)
    return [row for w in written for row in pq.read_table(w.path).to_pylist()]


@given(st.lists(one, min_size=1, max_size=40), st.integers(1, 4), st.sampled_from([1, 3, 1000]))
@settings(max_examples=40)
def test_sorted_by_month_person_time_and_position(
    drawn: list[tuple[int, int, str | None, int]], files: int, rows_per_bucket: int
) -> None:
    rows = [
        {"occurred_at": EPOCH + dt.timedelta(days=d, hours=h), "person_id": p, "position": n, "extra": None if n else '{"a":"ü"}'}
        for d, h, p, n in drawn
    ]
    table = events_table([{**row, "event_id": f"{(n * 7919) % 100_003:032x}"} for n, row in enumerate(rows)])
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(sorting, "ROWS_PER_BUCKET", rows_per_bucket)
        found = laid(table, files, Path(folder))

    def key(row: dict[str, object]) -> tuple[object, ...]:
        time, person = row["occurred_at"], row["person_id"]
        assert isinstance(time, dt.datetime)
        return time.year, time.month, person is None, str(person).encode(), time, row["position"], row["event_id"]

    assert found == sorted(table.to_pylist(), key=key)


def test_one_large_month_is_sliced_by_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "ROWS_PER_BUCKET", 100)
    rows = [{"occurred_at": "2026-03-01T00:00", "person_id": f"{n % 97:032x}"} for n in range(400)]
    table = events_table(rows)
    pq.write_table(table, tmp_path / "in.parquet")
    written = sorting.sorted_events([tmp_path / "in.parquet"], days_of(table), tmp_path, 1000)
    persons = [pq.read_table(w.path)["person_id"].to_pylist() for w in written]
    assert len(written) == 4 and max(len(p) for p in persons) <= 120
    assert [p for part in persons for p in part] == sorted(row["person_id"] for row in rows)


def test_no_events_make_no_file(tmp_path: Path) -> None:
    assert sorting.sorted_events([], days_of(event.EVENTS.arrow().empty_table()), tmp_path, 1000) == []
