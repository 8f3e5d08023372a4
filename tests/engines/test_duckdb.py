"""DuckDB in its cage: nothing outside the folders it was given is read, written or called, whatever the SQL says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kundig.engine import Session, find
from kundig.engines import duckdb as module
from kundig.errors import EngineError, StorageError

NUMBERS = pa.table({"n": pa.array(range(100), pa.int64())})


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    folder = tmp_path / "lake's own"
    folder.mkdir()
    pq.write_table(NUMBERS, folder / "a.parquet")
    pq.write_table(NUMBERS, tmp_path / "secret.parquet")
    return folder


@pytest.fixture
def session(inside: Path) -> Iterator[Session]:
    with find("duckdb", memory="500MB", threads=1, spill="1GB", master="of another engine").session([inside], inside) as session:
        session.arrow("numbers", NUMBERS)
        yield session


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_parquet('{outside}/secret.parquet')",
        "select * from '{outside}/secret.parquet'",
        "select * from read_parquet('{inside}/../secret.parquet')",
        "select * from read_text('/etc/hostname')",
        "select * from read_csv('/etc/hostname')",
        "select * from glob('{outside}/*')",
        "copy numbers to '{outside}/copied.parquet'",
        "attach '{outside}/other.db'",
        "export database '{outside}/all'",
        "install httpfs",
        "load httpfs",
        "create persistent secret s (type s3)",
        "set enable_external_access = true",
        "set allowed_directories = ['/']",
        "set lock_configuration = false",
        "reset memory_limit",
        "set temp_directory = '{outside}'",
        "select * from read_parquet('https://example.org/a.parquet')",
    ],
)
def test_the_cage_holds(session: Session, inside: Path, sql: str) -> None:
    outside = inside.parent
    with pytest.raises(EngineError):
        session.query(sql.format(inside=str(inside).replace("'", "''"), outside=outside)).to_pylist()
    assert sorted(p.name for p in outside.iterdir()) == [inside.name, "secret.parquet"]


def test_a_foreign_file_is_no_relation(session: Session, inside: Path) -> None:
    with pytest.raises(EngineError):
        session.files("secret", [str(inside.parent / "secret.parquet")], NUMBERS.schema)


def test_its_own_folder_is_open(session: Session, inside: Path) -> None:
    session.files("a", [str(inside / "a.parquet")], NUMBERS.schema, named=True)
    session.files("none", [], NUMBERS.schema)
    session.define("few", "select filename, n from a where n < :most union all select '', n from none", {"most": 2})
    session.define("fewer", "select n from few where n = 1")
    assert session.query("select * from fewer, few order by few.n").num_rows == 2
    assert session.query("select distinct filename from few").to_pylist() == [{"filename": str(inside / "a.parquet")}]


def test_files_it_writes(session: Session, inside: Path) -> None:
    written = session.write(
        "select n from numbers where n < :most order by n desc", inside, params={"most": 3}, rows_per_file=2, stem="b"
    )
    assert [(w.path.name, w.rows, w.size) for w in written] == [("b-0.parquet", 3, written[0].path.stat().st_size)]
    assert session.write("select n from numbers where n < 0", inside, rows_per_file=2, stem="c") == []
    parts = session.split("numbers", "n", 2, inside / "parts")
    assert sorted(n for part in parts for p in part for n in pq.ParquetFile(p).read()["n"].to_pylist()) == list(range(100))


def test_many_rows_are_cut_into_files_of_whole_row_groups(session: Session, inside: Path) -> None:
    sql = f"select range as n from range({module.ROW_GROUP * 3})"
    written = session.write(sql, inside, rows_per_file=module.ROW_GROUP * 2, stem="d")
    assert [(w.path.name, w.rows) for w in written] == [("d-0.parquet", module.ROW_GROUP * 2), ("d-1.parquet", module.ROW_GROUP)]


def test_what_is_spilled_is_gone_with_the_session(inside: Path) -> None:
    session = find("duckdb", memory="50MB", threads=1).session([inside], inside)
    session.define("big", "select range as n, md5(cast(range as string)) as word from range(1500000)", stored=True)
    assert session.query("select count(*) as n from big").to_pylist() == [{"n": 1_500_000}]
    assert [p for p in inside.iterdir() if p.is_dir()]
    session.close()
    assert not [p for p in inside.iterdir() if p.is_dir()]


def test_too_little_memory_is_said_so(inside: Path) -> None:
    with (
        find("duckdb", memory="20MB", threads=1).session([inside]) as session,
        pytest.raises(EngineError, match="Raise `memory`"),
    ):
        session.query("select list(md5(cast(range as string))) as words from range(3000000)")


def test_kept_sessions_share_a_database_and_no_relations(inside: Path) -> None:
    engine = find("duckdb", threads=1)
    one, other = (engine.session([inside], inside, kept=True) for _ in range(2))
    one.arrow("numbers", NUMBERS)
    one.define("stored", "select * from numbers", stored=True)
    for name in ("numbers", "stored"):
        with pytest.raises(EngineError):
            other.query(f"select * from {name}")
    one.close()
    assert other.query("select 1 as a").to_pylist() == [{"a": 1}]
    with pytest.raises(EngineError):
        other.query("select * from read_text('/etc/hostname')")
    other.close()


def test_a_full_disk_and_a_torn_file_are_said_so(session: Session, inside: Path) -> None:
    with pytest.raises(StorageError, match="disk is full"), module._worded():
        raise duckdb.IOException("IO Error: No space left on device")
    with pytest.raises(EngineError, match="could not read or write"), module._worded():
        raise duckdb.IOException("IO Error: gone")
    (inside / "torn.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(EngineError, match="torn"):
        session.files("torn", [str(inside / "torn.parquet")], NUMBERS.schema)


def test_the_shared_sql_in_duckdbs_words() -> None:
    shared = "select last_known(a) over w, ':b', ':b'':b' from c where d::text = :b"
    assert module._dialect(shared) == "select last_value(a ignore nulls) over w, ':b', ':b'':b' from c where d::text = $b"


def test_a_median_beside_a_percentile_of_the_same_values_shares_their_sorting() -> None:
    shared = "select avg(x), median(x) / 2, percentile(x, 0.9), median(y)"
    both = "quantile_cont(x, [0.5, 0.9])"
    assert module._dialect(shared) == f"select avg(x), {both}[1] / 2, {both}[2], median(y)"
    assert module._dialect("select median(x), percentile(y, 0.9)") == "select median(x), percentile(y, 0.9)"
    with module.make().session([]) as session:
        sql = "select median(x) as m, percentile(x, 0.9) as p from (values (1), (2), (4)) given(x)"
        assert session.query(sql).to_pylist() == [{"m": 2.0, "p": pytest.approx(3.6)}]


@pytest.mark.parametrize("sql", ["select n from people", "select people from numbers"])
def test_a_table_or_column_that_is_not_there_names_the_next_step(session: Session, sql: str) -> None:
    with pytest.raises(EngineError, match=r"people, or this purpose may not read it.*--purpose"):
        session.query(sql)


@pytest.mark.parametrize(
    "command",
    [
        "create table t as select 1 as n",
        "create or replace macro percentile(x, p) as 42",
        "select 1; select 2",
        "drop view x",
        "set threads = 1",
    ],
)
def test_a_question_is_one_select_and_nothing_else(tmp_path: Path, command: str) -> None:
    """Kept sessions share a database, so a command of one could change what the next one reads."""
    engine = find("duckdb")
    session = engine.session([tmp_path], tmp_path, kept=True)
    with pytest.raises(EngineError, match="command"):
        session.query(command)
    assert session.query("select percentile(n, 0.5) as m from (select 3 as n) numbers").to_pylist() == [{"m": 3}]
    session.close()
