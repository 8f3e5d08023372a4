"""Parquet: flat types as they are, the rest as text a mapping can read."""

from __future__ import annotations

import datetime as dt
import decimal
import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.channels.reading import Read, read, stored

from kundig.channel import Source
from kundig.channels import parquet
from kundig.errors import DataError

TIME = dt.datetime(2024, 3, 31, 2, 30, tzinfo=dt.UTC)


def written(folder: Path, columns: dict[str, Any], **options: Any) -> Source:
    path = folder / "a.parquet"
    pq.write_table(pa.table(columns), path, **options)
    return Source(path, "a.parquet")


def of(folder: Path, columns: dict[str, Any], **options: Any) -> Read:
    return read(parquet, written(folder, columns, **options))


def test_flat_types_stay(tmp_path: Path) -> None:
    row = {"t": TIME, "i": 5, "f": 0.1, "b": True, "d": decimal.Decimal("1.50"), "s": "ä", "day": dt.date(2024, 1, 2)}
    found = of(tmp_path, {name: [value, None] for name, value in row.items()})
    assert found.rows == [row, dict.fromkeys(row)]
    assert found.batches[0].schema.field("t").type == pa.timestamp("us", tz="UTC")
    assert found.numbers == [1, 2]


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (pa.array(["x", "y", None, "x"]).dictionary_encode(), ["x", "y", None, "x"]),
        (pa.array([[1, 2], None]), ["[1, 2]", None]),
        (pa.array([{"a": {"b": "ä"}, "t": TIME}]), ['{"a": {"b": "ä"}, "t": "2024-03-31 02:30:00+00:00"}']),
        (pa.array([b"abc", b"\xff", None]), ["abc", "\\xff", None]),
        (pa.array([b"abc"], pa.binary(3)), ["abc"]),
        (pa.array([None, None]), [None, None]),
        (pa.array(["x"], pa.large_string()), ["x"]),
        (pa.array(["x"], pa.string_view()), ["x"]),
    ],
)
def test_other_types_become_text(tmp_path: Path, column: Any, texts: list[str | None]) -> None:
    found = of(tmp_path, {"a": column})
    assert [row["a"] for row in found.rows] == texts
    assert found.batches[0].schema.field("a").type == pa.string()


def test_names_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1])] * 3, ["_row", "a", "a"]), path)
    assert read(parquet, Source(path, "a")).columns == ["_row (2)", "a", "a (2)"]


def test_batches_are_bounded_and_rows_numbered_through(tmp_path: Path) -> None:
    found = of(tmp_path, {"a": range(25_000)}, row_group_size=7_000)
    assert max(batch.num_rows for batch in found.batches) <= 10_000
    assert found.numbers == list(range(1, 25_001))


def test_damage_is_said(tmp_path: Path) -> None:
    source = written(tmp_path, {"a": ["x" * 1000]})
    content = source.path.read_bytes()
    for broken in (b"PAR1", content[:-30], b"PAR1" + b"\0" * 100 + content[104:]):
        with pytest.raises(DataError, match=r"b.parquet is damaged"):
            read(parquet, stored(tmp_path, "b.parquet", broken))
    with pytest.raises(DataError, match="unpacked first"):
        read(parquet, stored(tmp_path, "b.parquet.gz", gzip.compress(content)))
    with pytest.raises(DataError, match="cannot be opened"):
        read(parquet, Source(tmp_path / "none", "none"))


def test_what_it_claims(tmp_path: Path) -> None:
    source = written(tmp_path, {"a": [1]})
    assert parquet.claims(source)
    assert parquet.parts(source) == [source]
    assert not parquet.claims(stored(tmp_path, "b.parquet", b"no"))
