"""Spark on a real standalone cluster: a master and two workers on loopback, reading and folding the same lake files as DuckDB."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kundig.engine import Engine, Session, find
from kundig.engines import spark as module
from kundig.errors import EngineError, StorageError
from tests.engines.cluster import Cluster, alive
from tests.test_every_engine import Suite, incidents

__all__ = ["incidents"]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster
        module.stop()
    assert not [process.pid for process in cluster.processes if alive(process.pid)]


@pytest.fixture(scope="session")
def engine(cluster: Cluster) -> Engine:
    return find("spark", master=cluster.master, memory="1GB", threads=2)


@pytest.mark.spark
class TestSpark(Suite):
    def test_both_workers_work(self, session: Any, cluster: Cluster) -> None:
        context = session._spark.sparkContext
        assert context.master == cluster.master
        status = context._jsc.sc().statusTracker().getExecutorInfos()
        assert len(status) == 3  # the two workers' and the driver's own

    @pytest.mark.parametrize(
        "sql",
        [
            "create table t as select 1 as a", "drop view day", "insert into day select * from day", "with a as (select 1) insert into day select * from a",
            "set spark.sql.ansi.enabled = false", "select reflect('java.lang.System', 'exit', 0)", "select `java_method`('a', 'b')",
            "select * from text.`/etc/hostname`", "add jar '/tmp/a.jar'", "from day select g", "show tables", "select 1; drop view day",
        ],
    )  # fmt: skip
    def test_commands_are_refused(self, session: Session, sql: str) -> None:
        with pytest.raises(EngineError):
            session.query(sql)
        assert session.query("select 1 as a from day limit 1").to_pylist() == [{"a": 1}]

    def test_a_word_in_quotes_is_no_command(self, session: Session) -> None:
        sql = "-- delete from this\n(select 'insert into' as \"update x set\" from day /* drop */ where x = 1)"
        assert session.query(sql).to_pylist() == [{"update x set": "insert into"}]

    def test_many_rows_are_stored_on_the_cluster(self, session: Session) -> None:
        session.arrow("numbers", pa.table({"n": range(module.SMALL + 1)}))
        session.define("kept", "select n from numbers", stored=True)
        assert session.query("select count(*) as n from kept").to_pylist() == [{"n": module.SMALL + 1}]

    def test_another_master_needs_another_process(self, engine: Engine) -> None:
        with pytest.raises(EngineError, match="Start a new process to use local"):
            find("spark", master="local[1]").session([])

    def test_a_full_disk_is_said_so(self, session: Session) -> None:
        with pytest.raises(StorageError, match="disk is full"), module._worded():
            raise _spark_error("java.io.IOException: No space left on device")

    def test_a_division_by_zero_is_an_error(self, session: Session) -> None:
        with pytest.raises(EngineError, match="DIVIDE_BY_ZERO"):
            session.query("select x / 0 as y from day")

    def test_sessions_close_by_leaving(self, engine: Any) -> None:
        with engine.session([]) as session:
            assert session.query("select 1 as a").to_pylist() == [{"a": 1}]


def _spark_error(text: str) -> Exception:
    from pyspark.errors import PySparkException

    return PySparkException(text)


@pytest.mark.spark
def test_an_application_that_died_is_started_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dead, alive_again = (module._Application(object(), "local[1]", tmp_path) for _ in range(2))
    monkeypatch.setattr(module, "_running", dead)
    monkeypatch.setattr(module, "_is_dead", lambda spark: spark is dead.spark)
    monkeypatch.setattr(module, "_forget", lambda folder: None)
    monkeypatch.setattr(module, "_start", lambda engine: alive_again)
    assert module._application(module.SparkEngine("local[1]")) is alive_again.spark


@pytest.mark.spark
def test_a_cluster_out_of_reach_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(_: object) -> None:
        raise _spark_error("An error occurred while calling x.\n: java.lang.IllegalStateException: gone\n\tat y")

    forgotten: list[Path] = []
    monkeypatch.setattr(module, "_connected", unreachable)
    monkeypatch.setattr(module, "_forget", forgotten.append)
    with pytest.raises(EngineError, match=r"did not start on spark://there:1: java.lang.IllegalStateException: gone"):
        module._start(module.SparkEngine("spark://there:1"))
    shutil.rmtree(forgotten[0])


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    with pytest.raises(EngineError, match="Install Java 17"):
        find("spark")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(EngineError, match=r"pip install kundig\[spark\]"):
        find("spark")


def test_the_master_is_the_one_given_or_this_machine() -> None:
    assert module.SparkEngine().master == "local[*]"
    assert module.SparkEngine(threads=3).master == "local[3]"
    assert module.SparkEngine("spark://here:7077").master == "spark://here:7077"


def test_settings_of_the_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPARK_CONF_DIR", raising=False)
    here = module._launch(module.SparkEngine("local[2]", memory="1.5GB"), tmp_path)
    assert here["spark.driver.memory"] == "1430m" and here["spark.driver.bindAddress"] == "127.0.0.1"
    assert (tmp_path / "log4j2.properties").exists() and "log4j2" in here["spark.driver.extraJavaOptions"]
    there = module._launch(module.SparkEngine("spark://there:7077", threads=8), tmp_path)
    assert there["spark.cores.max"] == "8" and "spark.driver.bindAddress" not in there
    assert [module._mebibytes(size) for size in ("2GiB", "800MB", "512m")] == ["2048m", "762m", "512m"]


def test_every_gap_is_declared_with_its_reason() -> None:
    assert set(module.GAPS) == {"cage", "spill", "division"}
    assert all(why.endswith(".") for why in module.GAPS.values())


@pytest.mark.parametrize(
    ("shared", "spark"),
    [
        ("select a from t order by a, b desc, c nulls first limit 3", "select a from t order by a nulls last, b desc nulls last, c nulls first limit 3"),
        ("sum(n) over (order by f(x, y) rows between 1 preceding and current row)", "sum(n) over (order by f(x, y) nulls last rows between 1 preceding and current row)"),
        ("select 'order by ''x'', \\d' -- order by y", "select 'order by ''x'', \\\\d'"),
        ("last_known(max(a)) over w", "last_value(max(a), true) over w"),
        ("max_by(min_by(a, b), c)", "max_by(min_by(a, case when (a) is not null then b end), case when (min_by(a, case when (a) is not null then b end)) is not null then c end)"),
        ("in (select * from unnest(:ids))", "in (select * from explode(:ids))"),
        ("regexp_replace(a, '[^0-9]', '', 'g')", "regexp_replace(a, '[^0-9]', '')"),
        ("select ((1)", "select ((1)"),
        ("select 1) or (2", "select 1) or (2"),
    ],
)  # fmt: skip
def test_the_shared_sql_in_sparks_words(shared: str, spark: str) -> None:
    assert "".join(module._dialect(shared).split()) == "".join(spark.split())
