"""Parquet, batch by batch.

Numbers, times, decimals and truth values keep their types, dictionaries become text, nested values JSON text.
``_row`` counts from 1: a Parquet file has no header line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kundig.channel import ROW, Reject, Source
from kundig.channels._batches import BATCH_ROWS, unique
from kundig.channels._bytes import head, plain_file
from kundig.errors import DataError
from kundig.message import sentence

if TYPE_CHECKING:
    import pyarrow as pa

title = sentence("Parquet")
suffixes = (".parquet", ".pq")
order = 10


def claims(source: Source) -> bool:
    """A file that begins with Parquet's four letters."""
    return head(source, 4) == b"PAR1"


def parts(source: Source) -> list[Source]:
    return [source]


def rows(source: Source, reject: Reject) -> Iterator[pa.RecordBatch]:
    """Batches with the file's own column types where they are flat; DataError where the file is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = plain_file(source)
    row = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                yield _plain(batch, row)
                row += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise DataError("{file} is damaged: {why}", "Fetch or export it again.", file=source.name, why=str(error)) from error


def _plain(batch: pa.RecordBatch, row: int) -> pa.RecordBatch:
    import pyarrow as pa

    numbers = pa.array(range(row + 1, row + 1 + batch.num_rows), pa.int64())
    columns: list[pa.Array[Any]] = [_column(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays([*columns, numbers], [*unique(batch.schema.names), ROW])


def _column(column: pa.Array[Any]) -> pa.Array[Any]:
    """``column`` as it is, or as text where it is a dictionary, bytes or nested."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _column(column.cast(kind.value_type))
    if pa.types.is_nested(kind):
        return pa.array([_json(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.array([_text(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_null(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    return column


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "backslashreplace")
