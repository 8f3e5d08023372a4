"""Batches of any columns become chunks of text."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Literal

import pyarrow as pa
import pytest

from kundig.channel import ROW
from kundig.ingest.chunks import as_text, chunks, written


def batch(first: int, rows: int, **columns: list[str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({**columns, ROW: pa.array(range(first, first + rows), pa.int64())})


def test_chunks_are_bounded_and_lose_nothing() -> None:
    batches = [batch(i * 10, 10, a=["x"] * 10) for i in range(25)]
    found = list(chunks(batches, rows=40))
    assert [table.num_rows for table in found] == [40] * 6 + [10]
    assert [n for table in found for n in table[ROW].to_pylist()] == list(range(250))
    assert len(list(chunks(batches, size=200))) > 7


def test_columns_may_differ_from_batch_to_batch() -> None:
    (table,) = chunks([batch(1, 1, a=["x"]), batch(2, 1, b=["y"])])
    assert table.select(["a", "b"]).to_pylist() == [{"a": "x", "b": None}, {"a": None, "b": "y"}]
    assert list(chunks([batch(1, 0, a=[])])) == []


def test_every_type_becomes_text() -> None:
    when = dt.datetime(2026, 11, 21, 14, 5, tzinfo=dt.UTC)
    columns = {
        "text": ["ä"], "number": [1.5], "whole": [7], "time": pa.array([when], pa.timestamp("us", "UTC")), "day": [when.date()], "truth": [True],
        "money": [decimal.Decimal("1.50")], "bytes": [b"\xff!"], "list": [[1, None]], "object": [{"b": 1, "a": "ü"}], "span": [dt.timedelta(minutes=1)],
        "word": pa.array(["w"]).dictionary_encode(), "none": pa.nulls(1),
    }  # fmt: skip
    made = pa.RecordBatch.from_pydict({**columns, ROW: pa.array([1], pa.int64())})
    row = as_text(made).to_pylist()[0]
    assert row == {
        "text": "ä", "number": "1.5", "whole": "7", "time": "2026-11-21 14:05:00.000000Z", "day": "2026-11-21", "truth": "true", "money": "1.50",
        "bytes": "\\xff!", "list": "[1, null]", "object": '{"a": "ü", "b": 1}', "span": "60.0", "word": "w", "none": None, ROW: 1,
    }  # fmt: skip


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "+02:00", None])
def test_times_are_written_as_arrow_writes_them(unit: Literal["s", "ms", "us", "ns"], zone: str | None) -> None:
    """The text goes into the ids of rows without one of their own: it must stay what it was."""
    times = pa.array([0, 1_755_555_555, -1, None], pa.int64()).cast(pa.timestamp(unit, zone))
    made = as_text(pa.RecordBatch.from_arrays([times], ["at"]))
    assert made["at"].to_pylist() == times.cast(pa.string()).to_pylist()
    assert made["at"].type == pa.string()


def test_nested_values_are_json() -> None:
    assert written([when := dt.date(2026, 1, 2), decimal.Decimal("1.0"), b"x", dt.timedelta(seconds=2), {1}]) == (
        f'["{when}", "1.0", "x", 2.0, "{{1}}"]'
    )
