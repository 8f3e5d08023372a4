"""Spark, on a cluster or on this machine: the same questions over the same lake files, for firms whose data outgrow one machine.

All sessions of a process share one Spark application, and each has its own relations. Spark means a few things
differently than the contract says; ``_dialect`` and ``_SETTINGS`` are all there is between the shared SQL and Spark.
The cluster must see the lake's folder under the same path as this machine. Memory of the executors and whatever else
belongs to the cluster is set where Spark looks for it (``spark-defaults.conf``).
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
import threading
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.engine import Written, bound
from kundig.errors import EngineError, StorageError
from kundig.message import sentence

if TYPE_CHECKING:
    import pyarrow as pa

name = "spark"

GAPS: Mapping[str, str] = {
    "cage": sentence(
        "Questions and paths are checked here; what else the cluster's account may read is for the cluster to limit."
    ),
    "spill": sentence("Spark spills into its own local folders, not into the workspace; it empties them when the program ends."),
    "division": sentence("A division by zero is an error here; DuckDB answers with infinity."),
}
"""What this engine does not do as DuckDB does it, and why."""

ROW_GROUP = 61_440
SMALL = 4_096
"""A stored relation of at most so many rows is kept with the question instead of on the cluster."""

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.variable.substitute": "false",
    "spark.sql.runSQLOnFiles": "false",
    "spark.sql.broadcastTimeout": "3600",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
}
"""What makes Spark mean the same as DuckDB: times in UTC, errors instead of silent nulls, "x" a name, no files by name."""

_LOGGING = """
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n
logger.shell.name = org.apache.spark.api.python.PythonGatewayServer
logger.shell.level = error
"""


class SparkEngine:
    """Makes sessions of the one Spark application of this process.

    master: where the cluster is ("spark://host:7077"), else this machine;
    memory: the limit of this process's part ("4GB"); threads: most cores to take, 0 for all.
    """

    name = "spark"

    def __init__(self, master: str = "", memory: str = "4GB", threads: int = 0) -> None:
        self.master = master or f"local[{threads or '*'}]"
        self.memory = memory
        self.threads = threads

    def session(self, readable: Sequence[Path], scratch: Path | None = None, *, kept: bool = False) -> ClusterSession:
        """A session of its own; what is dear to open is shared by all anyway, so ``kept`` changes nothing."""
        folders = [Path(p).resolve() for p in [*readable, *([scratch] if scratch else [])]]
        return ClusterSession(_application(self).newSession(), folders)


def make(**settings: Any) -> SparkEngine:
    """The engine with ``master``, ``memory`` and ``threads`` where given; EngineError where Spark or Java is missing."""
    _must_be_installed()
    known = {key: value for key, value in settings.items() if key in ("master", "memory", "threads")}
    return SparkEngine(**known)


class ClusterSession:
    """One Spark session: relations of its own within the shared application."""

    embedded = False

    def __init__(self, spark: Any, folders: Sequence[Path]) -> None:
        self._spark = spark
        self._folders = folders
        self._kept: list[Any] = []
        for key, value in _SETTINGS.items():
            spark.conf.set(key, value)

    def files(self, name: str, paths: Sequence[str], schema: pa.Schema, *, named: bool = False) -> None:
        import pyarrow.parquet as pq
        from pyspark.sql.pandas.types import from_arrow_schema

        if not paths:
            self.arrow(name, schema.empty_table())
            return
        for path in paths:
            self._must_be_inside(Path(path))
        columns = from_arrow_schema(_plain_schema(pq.read_schema(paths[0])))
        frame = self._spark.read.schema(columns).parquet(*(_literally(str(path)) for path in paths))
        self._name(frame.withColumn("filename", _file_name()) if named else frame, name)

    def arrow(self, name: str, table: pa.Table) -> None:
        self._name(self._spark.createDataFrame(table.cast(_plain_schema(table.schema))), name)

    def define(self, name: str, sql: str, params: Mapping[str, Any] | None = None, *, stored: bool = False) -> None:
        values = bound(sql, params)
        with _worded():
            frame = self._frame(sql, values)
            self._name(self._stored(frame) if stored or values else frame, name)

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        values = bound(sql, params)
        with _worded():
            table: pa.Table = self._frame(sql, values).toArrow()
        return table

    def write(
        self, sql: str, folder: Path, *, params: Mapping[str, Any] | None = None, rows_per_file: int, stem: str
    ) -> list[Written]:
        self._must_be_inside(folder)
        into = folder / f".{stem}-{uuid.uuid4().hex[:8]}"
        values = bound(sql, params)
        with _worded():
            writer = self._frame(sql, values).write.option("maxRecordsPerFile", rows_per_file)
            writer.option("parquet.block.row.count.limit", ROW_GROUP).parquet(str(into))
        return _collect(into, folder, stem)

    def split(self, relation: str, column: str, parts: int, folder: Path) -> list[list[str]]:
        from pyspark.sql import functions as f

        self._must_be_inside(folder)
        with _worded():
            frame = self._spark.table(relation).withColumn("part", f.pmod(f.hash(column), f.lit(parts)))
            frame.write.partitionBy("part").option("compression", "lz4_raw").parquet(str(folder))
        return [sorted(str(p) for p in folder.glob(f"part={n}/*.parquet")) for n in range(parts)]

    def close(self) -> None:
        for frame in self._kept:
            frame.unpersist()
        self._kept.clear()

    def __enter__(self) -> ClusterSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _name(self, frame: Any, name: str) -> None:
        frame.createOrReplaceTempView(f"`{name}`")

    def _frame(self, sql: str, values: Mapping[str, Any]) -> Any:
        """The question as Spark plans it; nothing is computed yet. Whole numbers have 64 bits, as in the lake."""
        from pyspark.sql import functions as f

        _must_be_a_question(sql)
        frame = self._spark.sql(_dialect(sql), args={key: _value(value) for key, value in values.items()} or None)
        narrow = [column for column, kind in frame.dtypes if kind in ("int", "smallint", "tinyint")]
        return frame.withColumns({column: f.col(f"`{column}`").cast("bigint") for column in narrow}) if narrow else frame

    def _stored(self, frame: Any) -> Any:
        """Computed once. Few rows become part of the questions, so that Spark sees that there are few, or none."""
        frame = frame.persist()
        head = frame.limit(SMALL + 1).toArrow()
        if head.num_rows > SMALL:
            self._kept.append(frame)
            return frame
        frame.unpersist()
        return self._spark.createDataFrame(head)

    def _must_be_inside(self, path: Path) -> None:
        if not any(path.resolve().is_relative_to(folder) for folder in self._folders):
            raise EngineError("The engine could not read or write: {why}", why=f"{path} is outside its folders")


def stop() -> None:
    """End the Spark application of this process; the next session starts a new one."""
    global _running
    with _starting:
        if _running:
            _forget(_running.folder)
            _running = None


@dataclass(frozen=True)
class _Application:
    spark: Any
    master: str
    folder: Path


_running: _Application | None = None
_starting = threading.Lock()


def _application(engine: SparkEngine) -> Any:
    """The Spark session all others are made from; started on first use."""
    global _running
    with _starting:
        if _running and _is_dead(_running.spark):
            _forget(_running.folder)
            _running = None
        if _running is None:
            _running = _start(engine)
            atexit.register(stop)
        if _running.master != engine.master:
            raise EngineError(
                "Spark already runs on {running} in this process.", "Start a new process to use {wanted}.",
                running=_running.master, wanted=engine.master,
            )  # fmt: skip
        return _running.spark


def _start(engine: SparkEngine) -> _Application:
    from py4j.protocol import Py4JError  # type: ignore[import-untyped, unused-ignore]
    from pyspark.errors import PySparkException
    from pyspark.logger import PySparkLogger

    folder = Path(tempfile.mkdtemp(prefix="kundig-spark-"))
    try:
        spark = _connected(_launch(engine, folder))
    except (PySparkException, Py4JError, OSError) as error:
        _forget(folder)
        raise EngineError(
            "Spark did not start on {master}: {why}", "Look whether the cluster is there and Java is 17 or newer.",
            master=engine.master, why=_first_line(error),
        ) from error  # fmt: skip
    PySparkLogger.getLogger("SQLQueryContextLogger").setLevel("CRITICAL")  # it prints every error as JSON; ours say it in words
    return _Application(spark, engine.master, folder)


def _is_dead(spark: Any) -> bool:
    """Whether the cluster has ended the application."""
    context = spark.sparkContext._jsc
    return context is None or bool(context.sc().isStopped())


def _forget(folder: Path) -> None:
    """End what is left of an application, also of one that did not come to life, so that another can start."""
    from pyspark import SparkContext

    if SparkContext._active_spark_context:
        SparkContext._active_spark_context.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _connected(settings: Mapping[str, str]) -> Any:
    """A new application; pyspark warns of pandas 3 while it starts, which is not used here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.appName("kundig")
        for key, value in settings.items():
            builder = builder.config(key, value)
        return builder.getOrCreate()


def _launch(engine: SparkEngine, folder: Path) -> dict[str, str]:
    """Settings the application is started with; a cluster's own win where Spark reads them later."""
    settings = {
        "spark.master": engine.master,
        "spark.driver.memory": _mebibytes(engine.memory),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
    if engine.threads and not engine.master.startswith("local"):
        settings["spark.cores.max"] = str(engine.threads)
    if re.match(r"local|spark://(127\.0\.0\.1|localhost)", engine.master):
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    if "SPARK_CONF_DIR" not in os.environ:
        (folder / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
        settings["spark.driver.extraJavaOptions"] = f"-Dlog4j2.configurationFile=file:{folder}/log4j2.properties"
    return settings


def _must_be_installed() -> None:
    import importlib.util

    if importlib.util.find_spec("pyspark") is None:
        raise EngineError(
            "The engine spark is not installed.", "Run `pip install kundig[spark]`; it also needs Java 17 or newer."
        )
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise EngineError("Spark needs Java, and there is none here.", "Install Java 17 or newer, or set JAVA_HOME.")


@contextmanager
def _worded() -> Iterator[None]:
    """Spark's errors as ours, each with the next step."""
    from py4j.protocol import Py4JError  # type: ignore[import-untyped, unused-ignore]
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        if "No space left" in str(error):
            raise StorageError("The disk is full.", "Free some space and run the command again.") from error
        raise EngineError("The engine could not answer: {why}", why=_first_line(error)) from error


def _first_line(error: Exception) -> str:
    """What went wrong, without Java's trail: the innermost cause where Spark only says that a call failed."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    if lines[0].startswith("An error occurred") and len(lines) > 1:
        causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
        return (causes or [lines[1].removeprefix(": ")])[-1][:300]
    return lines[0][:300]


def _mebibytes(size: str) -> str:
    """ "1.5GB" as Spark writes it ("1430m")."""
    found = re.fullmatch(r"([\d.]+) ?([MGT])(i?)B", size)
    if not found:
        return size
    power = "MGT".index(found[2]) + 2
    return f"{int(float(found[1]) * (1024 if found[3] else 1000) ** power / 2**20)}m"


def _plain_schema(schema: pa.Schema) -> pa.Schema:
    """The schema without dictionaries and large or viewed strings, which Spark does not know."""
    import pyarrow as pa

    def plain(kind: pa.DataType) -> pa.DataType:
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        return pa.string() if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) else kind

    return pa.schema([field.with_type(plain(field.type)) for field in schema])


def _literally(path: str) -> str:
    """A path in which Spark finds no pattern."""
    return re.sub(r"([\\*?{}\[\]])", r"\\\1", path)


def _file_name() -> Any:
    """The path of a row's file as this machine writes it; Spark gives an address, in which only "+" stays as it is."""
    from pyspark.sql import functions as f

    address = f.regexp_replace(f.col("_metadata.file_path"), "^file:(//)?", "")
    return f.url_decode(f.replace(address, f.lit("+"), f.lit("%2B")))


def _value(value: Any) -> Any:
    """A time without a zone is UTC, as in the session; Python would take the machine's zone."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def _collect(made: Path, folder: Path, stem: str) -> list[Written]:
    """Move the files Spark made to their names, in order, leaving out empty ones."""
    import pyarrow.parquet as pq

    written: list[Written] = []
    for file in sorted(made.glob("part-*.parquet"), key=_place):
        rows = pq.read_metadata(file).num_rows
        if not rows:
            continue
        target = folder / f"{stem}-{len(written)}.parquet"
        file.rename(target)
        written.append(Written(target, rows, target.stat().st_size))
    shutil.rmtree(made)
    return written


def _place(file: Path) -> tuple[int, ...]:
    """part-00002-<id>-c001.zstd.parquet is the second file of the third part."""
    return tuple(int(n) for n in re.findall(r"^part-(\d+)|-c(\d+)\.", file.name) for n in n if n)


_HIDDEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_COMMAND = re.compile(
    r"\b(insert\s+(into|overwrite)|delete\s+from|merge\s+(into|with)|update\s+\S+\s+set)\b|\b(java_method|(try_)?reflect)\b",
    re.IGNORECASE,
)


def _must_be_a_question(sql: str) -> None:
    """Spark carries out a command the moment it sees it, so it must not see one."""
    plain = _HIDDEN.sub(lambda found: " " if found[0][0] in "-/'\"" else found[0], sql)
    if not re.match(r"[\s(]*(select|with|values)\b", plain, re.IGNORECASE) or _COMMAND.search(plain):
        raise EngineError("This is a command, not a question.", "Ask with SELECT.")


_TOKEN = re.compile(rf"{_HIDDEN.pattern}|\w+|\s+|.", re.DOTALL)
_AFTER_ORDER = {"rows", "range", "limit", "offset", "union", "except", "intersect"}
_CALLS: Mapping[str, Callable[..., str]] = {
    "max_by": lambda x, y: f"max_by({x}, case when ({x}) is not null then {y} end)",
    "min_by": lambda x, y: f"min_by({x}, case when ({x}) is not null then {y} end)",
    "joined_in_order": lambda x, by: (  # not listagg, which fails beside a count(distinct) (Spark 4.3)
        f"case when count({x}) > 0 then array_join(transform(array_sort(collect_list(case when ({x}) is not null then "
        f"struct(({by}) is null, {by}, {x} as joined) end)), part -> part.joined), ' > ') end"
    ),
    "last_known": lambda x: f"last_value({x}, true)",
    "unnest": lambda x: f"explode({x})",
    "regexp_replace": lambda text, pattern, by, *_: f"regexp_replace({text}, {pattern}, {by})",
}


def _dialect(sql: str) -> str:
    """The shared SQL in Spark's words: nulls come last in every order, a backslash is a character, missing functions."""
    tokens = [_token(found[0]) for found in _TOKEN.finditer(sql)]
    rest = iter(tokens)
    grouped = _grouped(rest)
    balanced = tokens.count("(") == tokens.count(")") and not list(rest)
    return _told(grouped) if balanced else "".join(tokens)


def _token(token: str) -> str:
    if token.startswith(("--", "/*")):
        return " "
    return token.replace("\\", "\\\\") if token.startswith("'") else token


def _grouped(tokens: Iterator[str]) -> list[Any]:
    """Tokens up to the closing parenthesis, those between two parentheses as a list of their own."""
    level: list[Any] = []
    for part in tokens:
        if part == ")":
            return level
        level.append(_grouped(tokens) if part == "(" else part)
    return level


def _told(level: Sequence[Any]) -> str:
    said: list[str] = []
    for part in _nulls_last(level):
        if isinstance(part, str):
            said.append(part)
        elif said and said[-1].lower() in _CALLS:
            said[-1] = _CALLS[said[-1].lower()](*map(_told, _arguments(part)))
        else:
            said.append(f"({_told(part)})")
    return "".join(said)


def _arguments(group: Sequence[Any]) -> list[list[Any]]:
    arguments: list[list[Any]] = [[]]
    for part in group:
        if part == ",":
            arguments.append([])
        else:
            arguments[-1].append(part)
    return arguments


def _nulls_last(level: Sequence[Any]) -> list[Any]:
    """Every sort key that does not say where nulls go gets them last; Spark has them first in rising order."""
    made: list[Any] = []
    before, ordering, said = "", False, False
    for part in level:
        word = part.lower() if isinstance(part, str) else "()"
        if ordering and (word == "," or word in _AFTER_ORDER):
            made += [] if said else [" nulls last "]
            ordering, said = word == ",", False
        ordering = ordering or (before == "order" and word == "by")
        said = ordering and (said or word == "nulls")
        before = before if word.isspace() else word
        made.append(part)
    return made if said or not ordering else [*made, " nulls last "]
