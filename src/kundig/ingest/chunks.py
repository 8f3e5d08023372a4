"""Rows from a channel as chunks of text columns: large enough for the engine, small enough for the memory."""

from __future__ import annotations

import datetime as dt
import decimal
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kundig.channel import ROW

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK_ROWS = 250_000
CHUNK_BYTES = 96_000_000


def chunks(batches: Iterable[pa.RecordBatch], rows: int = CHUNK_ROWS, size: int = CHUNK_BYTES) -> Iterator[pa.Table]:
    """Tables of text columns and ``_row``, at most about ``rows`` rows or ``size`` bytes each."""
    waiting: list[pa.Table] = []
    count = volume = 0
    for batch in batches:
        table = as_text(batch)
        if waiting and (count + table.num_rows > rows or volume + table.nbytes > size):
            yield joined(waiting)
            waiting, count, volume = [], 0, 0
        waiting.append(table)
        count, volume = count + table.num_rows, volume + table.nbytes
    if count:
        yield joined(waiting)


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """The tables one after another; a column missing in one is null there."""
    import pyarrow as pa

    return pa.concat_tables(tables, promote_options="default").combine_chunks()


def as_text(batch: pa.RecordBatch) -> pa.Table:
    """Every column but ``_row`` as text; nested values as JSON, times as ISO 8601."""
    import pyarrow as pa

    columns = [batch.column(i) if name == ROW else _text(batch.column(i)) for i, name in enumerate(batch.schema.names)]
    return pa.table(columns, names=batch.schema.names)


def _text(column: pa.Array[Any]) -> pa.Array[Any]:
    import pyarrow as pa
    import pyarrow.types as t

    kind = column.type
    if kind == pa.string():
        return column
    if t.is_nested(kind) or t.is_binary(kind) or t.is_large_binary(kind) or t.is_fixed_size_binary(kind) or t.is_duration(kind):
        return pa.array([None if value is None else written(value) for value in column.to_pylist()], pa.string())
    return _instants(column) if t.is_timestamp(kind) and kind.tz == "UTC" else column.cast(pa.string())


def _instants(column: pa.Array[Any]) -> pa.Array[Any]:
    """What a cast makes of UTC times, ten times quicker: Arrow asks for the time zone at every single one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    join: Any = pc.binary_join_element_wise
    plain: Any = column.cast(pa.timestamp(column.type.unit)).cast(pa.string())
    instants: pa.Array[Any] = join(plain, "Z", "")
    return instants


def written(value: Any) -> str:
    """One nested or binary value as text."""
    match value:
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case dt.timedelta():
            return str(value.total_seconds())
        case _:
            return json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: Any) -> Any:
    match value:
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case decimal.Decimal():
            return str(value)
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case dt.timedelta():
            return value.total_seconds()
        case _:
            return str(value)
