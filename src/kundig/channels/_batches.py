"""Rows with whatever columns they have, gathered into Arrow batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kundig.channel import ROW

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 10_000
_BATCH_CELLS = 500_000

Row = tuple[int, Mapping[str, str | None]]
"""A row's number in its source and its values by column name."""


def batches(rows: Iterable[Row]) -> Iterator[pa.RecordBatch]:
    """The rows as batches of text columns with ``_row``; a batch has the columns its rows have, in order of appearance.

    Few rows with very many different columns make small batches, so that memory stays bounded.
    """
    waiting: list[Row] = []
    columns: dict[str, None] = {}
    for row in rows:
        waiting.append(row)
        columns.update(dict.fromkeys(row[1]))
        if len(waiting) >= BATCH_ROWS or len(waiting) * len(columns) >= _BATCH_CELLS:
            yield _batch(waiting, columns)
            waiting, columns = [], {}
    if waiting:
        yield _batch(waiting, columns)


def table(names: Sequence[str], numbers: Sequence[int], cells: Sequence[Sequence[str | None]]) -> pa.RecordBatch:
    """One batch of text from rows that all have ``len(names)`` cells; "" becomes null."""
    import pyarrow as pa

    columns = list(zip(*cells, strict=True)) if cells else [()] * len(names)
    arrays: list[pa.Array[Any]] = [pa.array([cell or None for cell in column], pa.string()) for column in columns]
    return pa.RecordBatch.from_arrays([*arrays, pa.array(numbers, pa.int64())], [*names, ROW])


def unique(names: Iterable[str]) -> list[str]:
    """Column names that differ: a repeated "name" becomes "name (2)", an empty one "column 3"; "_row" is taken."""
    taken = {ROW}
    counts: dict[str, int] = {ROW: 1}
    result = []
    for position, given in enumerate(names, 1):
        name = candidate = given or f"column {position}"
        while candidate in taken:
            counts[name] = counts.get(name, 1) + 1
            candidate = f"{name} ({counts[name]})"
        taken.add(candidate)
        result.append(candidate)
    return result


def _batch(rows: list[Row], columns: Iterable[str]) -> pa.RecordBatch:
    import pyarrow as pa

    keys = list(columns)
    arrays: list[pa.Array[Any]] = [pa.array([values.get(key) for _, values in rows], pa.string()) for key in keys]
    return pa.RecordBatch.from_arrays([*arrays, pa.array([n for n, _ in rows], pa.int64())], [*unique(keys), ROW])
