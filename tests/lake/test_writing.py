"""What Arrow writes is what the engine would have written: plain texts, sized files, ends of row groups where they are sought."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kundig.engine import find
from kundig.lake import writing
from kundig.lake.columns import dictionary

TABLE = pa.table(
    {
        "case_id": pa.array([f"k{n:03d}" for n in range(100)]),
        "team": dictionary(pa.array(["ä", None] * 50)),
        "occurred_at": pa.array(range(100), pa.timestamp("us", tz="UTC")),
        "cost": pa.array([Decimal("1.5"), None] * 50, pa.decimal128(18, 4)),
        "extra": pa.array(['{"a":1}'] * 100, pa.large_string()),
    }
)


def test_reads_back_plain(tmp_path: Path) -> None:
    (written,) = writing.write(TABLE, tmp_path, "x", 245_760)
    read = pq.read_table(written.path)
    assert read.schema.field("team").type == read.schema.field("extra").type == pa.string()
    assert read.schema.field("occurred_at").type == pa.timestamp("us", tz="UTC")
    assert read.to_pylist() == TABLE.to_pylist()
    assert (written.rows, written.size) == (100, written.path.stat().st_size)


def test_the_engine_reads_the_same(tmp_path: Path) -> None:
    (written,) = writing.write(TABLE, tmp_path, "x", 245_760)
    with find("duckdb").session([tmp_path]) as session:  # type: ignore[attr-defined]
        session.files("x", [str(written.path)], TABLE.schema)
        assert session.query("select * from x order by case_id").to_pylist() == TABLE.to_pylist()
        assert session.query("select typeof(cost) as t from x limit 1").to_pylist() == [{"t": "DECIMAL(18,4)"}]


def test_files_are_of_equal_size_and_in_order(tmp_path: Path) -> None:
    written = writing.write(TABLE, tmp_path, "x", 30)
    assert [w.rows for w in written] == [25, 25, 25, 25]
    assert [c for w in written for c in pq.read_table(w.path)["case_id"].to_pylist()] == TABLE["case_id"].to_pylist()


def test_an_empty_table_makes_no_file(tmp_path: Path) -> None:
    assert writing.write(TABLE.slice(0, 0), tmp_path, "x", 245_760) == []


def test_row_groups_say_where_their_cases_begin_and_end(tmp_path: Path) -> None:
    cases = TABLE.set_column(0, "case_id", dictionary(TABLE["case_id"]))
    (written,) = writing.write(cases, tmp_path, "x", 245_760)
    group = pq.read_metadata(written.path).row_group(0)
    statistics = group.column(0).statistics
    assert statistics is not None and (statistics.min, statistics.max) == ("k000", "k099")
    assert group.column(0).compression == "ZSTD"
