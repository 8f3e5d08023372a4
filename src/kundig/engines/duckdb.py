"""DuckDB, embedded and caged: it reads the folders it was given, spills and writes into one scratch folder, and nothing else.

Once the cage is locked no SQL can widen it: no other file, no extension, no network, no changed setting.
"""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from kundig.engine import PARAMETER, Written, bound
from kundig.errors import EngineError, StorageError

if TYPE_CHECKING:
    import pyarrow as pa

name = "duckdb"

ROW_GROUP = 61_440
"""Rows per row group: small, so that one person's rows are found without reading his neighbours' (measured: 0.04 s of 10 million)."""

_SHARED = (
    "create or replace macro percentile(x, p) as quantile_cont(x, p)",
    "create or replace macro regexp_like(s, p) as regexp_matches(s, p)",
    "create or replace macro unix_micros(t) as epoch_us(t)",
    "create or replace macro timestamp_micros(n) as make_timestamptz(n)",
    "create or replace macro joined_in_order(x, b) as string_agg(x, ' > ' order by b)",
)
_PERCENTILE = re.compile(r"\bpercentile\(([^()]*), ([\d.]+)\)")
_LAST_KNOWN = re.compile(r"\blast_known\(([^()]*)\)", re.IGNORECASE)


class DuckDBEngine:
    """Makes caged DuckDB sessions.

    memory: the limit as DuckDB writes it ("4GB"); threads: 0 for all cores; spill: most disk space for spilling.
    """

    name = "duckdb"

    def __init__(self, memory: str = "4GB", threads: int = 0, spill: str = "50GB") -> None:
        self.memory = memory
        self.threads = threads
        self.spill = spill

        self._kept: dict[tuple[str, ...], duckdb.DuckDBPyConnection] = {}

    def session(self, readable: Sequence[Path], scratch: Path | None = None, *, kept: bool = False) -> DuckDBSession:
        if not kept:
            own = (scratch / f"duckdb-{uuid.uuid4().hex[:12]}") if scratch else None
            return DuckDBSession(self._database(readable, scratch, own), own)
        folders = tuple(str(p) for p in (*readable, scratch))
        if folders not in self._kept:
            self._kept[folders] = self._database(readable, scratch, scratch)
        return DuckDBSession(self._kept[folders].cursor(), None)

    def _database(self, readable: Sequence[Path], scratch: Path | None, spill: Path | None) -> duckdb.DuckDBPyConnection:
        """A database in memory, its cage locked."""
        database = duckdb.connect(":memory:", config=self._settings(spill))
        run = database.execute
        run("set global TimeZone = 'UTC'")
        run("set parquet_metadata_cache = true")
        run("set enable_progress_bar = false")
        for macro in _SHARED:
            run(macro)
        folders = [str(p.resolve()) + "/" for p in (*readable, *([scratch] if scratch else []))]
        run(f"set allowed_directories = [{', '.join(_quoted(f) for f in folders)}]")
        run("set enable_external_access = false")
        run("set lock_configuration = true")
        return database

    def _settings(self, spill: Path | None) -> dict[str, Any]:
        settings: dict[str, Any] = {"memory_limit": self.memory, "autoinstall_known_extensions": "false"}
        if self.threads:
            settings["threads"] = self.threads
        if spill:
            settings |= {"temp_directory": str(spill), "max_temp_directory_size": self.spill}
        return settings


class DuckDBSession:
    """One caged connection."""

    embedded = True

    def __init__(self, connection: duckdb.DuckDBPyConnection, spill: Path | None) -> None:
        self._connection = connection
        self._defined: dict[str, str] = {}
        self._own = spill

    def files(self, name: str, paths: Sequence[str], schema: pa.Schema, *, named: bool = False) -> None:
        if not paths:
            self.arrow(name, schema.empty_table())
            return
        listed = ", ".join(_quoted(str(path)) for path in paths)
        option = ", filename = true" if named else ""
        self._run(f'create or replace temp view "{name}" as select * from read_parquet([{listed}]{option})')

    def arrow(self, name: str, table: pa.Table) -> None:
        self._connection.register(name, table)

    def split(self, relation: str, column: str, parts: int, folder: Path) -> list[list[str]]:
        part = f'cast(hash("{column}") % {parts} as integer) as part'
        options = "format parquet, compression lz4, partition_by (part), overwrite_or_ignore"
        self._run(f'copy (select *, {part} from "{relation}") to {_quoted(str(folder))} ({options})')
        return [sorted(str(p) for p in folder.glob(f"part={n}/*.parquet")) for n in range(parts)]

    def define(self, name: str, sql: str, params: Mapping[str, Any] | None = None, *, stored: bool = False) -> None:
        values = bound(sql, params)
        what = "table" if stored or values else "view"
        before = self._defined.get(name, what)
        if before != what:
            self._run(f'drop {before} "{name}"')
        self._defined[name] = what
        self._run(f'create or replace temp {what} "{name}" as {sql}', values)

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        values, text = bound(sql, params), _dialect(sql)
        with _worded():
            # kept sessions share a database: a command could leave tables or macros there for the next one
            found = self._connection.extract_statements(text)
            if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT:
                raise EngineError("This is a command, not a question.", "Ask with SELECT.")
            table: pa.Table = self._connection.sql(text, params=values or None).to_arrow_table()
            return table

    def write(
        self, sql: str, folder: Path, *, params: Mapping[str, Any] | None = None, rows_per_file: int, stem: str
    ) -> list[Written]:
        into = folder / f".{stem}-{uuid.uuid4().hex[:8]}"
        groups = max(1, -(-rows_per_file // ROW_GROUP))
        options = (
            f"format parquet, compression zstd, compression_level 1, row_group_size {ROW_GROUP}, row_groups_per_file {groups}"
        )
        self._run(f"copy ({sql}) to {_quoted(str(into))} ({options})", bound(sql, params))
        return _collect(into, folder, stem)

    def close(self) -> None:
        self._connection.close()
        if self._own:
            shutil.rmtree(self._own, ignore_errors=True)

    def __enter__(self) -> DuckDBSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        with _worded():
            self._connection.execute(_dialect(sql), dict(values) if values else None)


@contextmanager
def _worded() -> Iterator[None]:
    """DuckDB's errors as ours, each with the next step."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise EngineError(
            "The question needs more memory or spill space than allowed: {why}",
            "Raise `memory` in kundig.toml, free disk space, or narrow the filter.",
            why=_first_line(error),
        ) from error
    except duckdb.IOException as error:
        if "No space left" in str(error):
            raise StorageError("The disk is full.", "Free some space and run the command again.") from error
        raise EngineError("The engine could not read or write: {why}", why=_first_line(error)) from error
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise _unnamed(error) from error
    except duckdb.Error as error:
        raise EngineError("The engine could not answer: {why}", why=_first_line(error)) from error


_NO_TABLE = re.compile(r"Table with name (.+?) does not exist")
_NO_COLUMN = re.compile(r'Referenced column "(.+?)" not found')


def _unnamed(error: duckdb.Error) -> EngineError:
    """What to do about a table or column that is not there; other errors of this sort in DuckDB's words."""
    if found := _NO_TABLE.search(str(error)):
        return EngineError(
            "There is no table {name}, or this purpose may not read it.",
            "`kundig schema` lists the tables; texts, people and agents need another --purpose, such as service.",
            name=found[1],
        )
    if found := _NO_COLUMN.search(str(error)):
        return EngineError(
            "There is no column {name}, or this purpose may not read it.",
            "`kundig schema` lists the columns of each table; free text and names need another --purpose, such as service.",
            name=found[1],
        )
    return EngineError("The engine could not answer: {why}", why=_first_line(error))


def make(**settings: Any) -> DuckDBEngine:
    """The engine with ``memory``, ``threads`` and ``spill`` where given."""
    known = {key: value for key, value in settings.items() if key in ("memory", "threads", "spill")}
    return DuckDBEngine(**known)


def _dialect(sql: str) -> str:
    """The shared SQL in DuckDB's words: ``:name`` becomes ``$name`` outside quotes, last_known ignores nulls."""
    parts = re.split(r"('(?:[^']|'')*')", sql)
    parts[::2] = [_LAST_KNOWN.sub(r"last_value(\1 ignore nulls)", PARAMETER.sub(r"$\1", part)) for part in parts[::2]]
    return "".join(_shared_quantiles(part) if n % 2 == 0 else part for n, part in enumerate(parts))


def _shared_quantiles(sql: str) -> str:
    """The median beside a percentile of the same values as one aggregate: two would collect the values twice."""
    for x, p in set(_PERCENTILE.findall(sql)):
        both = f"quantile_cont({x}, [0.5, {p}])"
        if f" median({x})" in sql:
            sql = sql.replace(f" median({x})", f" {both}[1]").replace(f"percentile({x}, {p})", f"{both}[2]")
    return sql


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]


def _collect(made: Path, folder: Path, stem: str) -> list[Written]:
    """Move the files DuckDB made to their names, leaving out empty ones."""
    import pyarrow.parquet as pq

    written: list[Written] = []
    for file in sorted(made.glob("*.parquet")):
        rows = pq.read_metadata(file).num_rows
        if not rows:
            continue
        target = folder / f"{stem}-{len(written)}.parquet"
        file.rename(target)
        written.append(Written(target, rows, target.stat().st_size))
    shutil.rmtree(made)
    return written
