"""Where SQL runs: one contract, the same SQL text, the same answers on every engine.

An engine knows nothing of customers. It is given relations (Parquet files or an Arrow table under a name), defines
further ones by SQL, answers questions and writes sorted Parquet. SQL uses the common subset of DuckDB and Spark
and the functions of :data:`SHARED_FUNCTIONS`, which an engine brings under one name where they are missing.
Parameters are written ``:name`` and bound, never formatted in.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kundig.errors import EngineError

if TYPE_CHECKING:
    import pyarrow as pa

SHARED_FUNCTIONS = {
    "percentile(x, p)": "the exact p-quantile, interpolated, as an aggregate; p from 0 to 1",
    "median(x)": "the exact median, as an aggregate",
    "regexp_like(text, pattern)": "whether the pattern is found in the text",
    "unix_micros(time)": "microseconds since 1970",
    "timestamp_micros(n)": "the time n microseconds after 1970",
    "max_by(x, y), min_by(x, y)": "the x where y is largest, smallest",
    "joined_in_order(x, by)": "all x joined by ' > ' in the order of by, as an aggregate",
    "last_known(x) over (...)": "the last x that is not null in the window so far",
    "stddev_samp(x)": "the standard deviation of a sample, null for one row, as an aggregate",
    "contains(text, part)": "whether the part stands in the text, as it is",
    "regexp_replace(text, pattern, by, 'g')": "every match of the pattern replaced",
    "unnest(:list)": "the values of a list as rows: in (select * from unnest(:list))",
    "hash(x)": "a whole number, the same for the same x on the same engine; another engine may give another",
    "md5(text)": "32 hex digits",
    "date_trunc('month', time)": "the month's first instant",
}
"""What insights and the lake may use beyond plain SQL; each engine passes the same test of these."""

PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")


@dataclass(frozen=True)
class Written:
    """One Parquet file an engine wrote: where, how many rows, how many bytes."""

    path: Path
    rows: int
    size: int


class Session(Protocol):
    """A short conversation with an engine; not to be shared between threads.

    embedded: it runs in this process on this machine's files, so that the lake may work on them itself where that is quicker.
    """

    embedded: bool

    def files(self, name: str, paths: Sequence[str], schema: pa.Schema, *, named: bool = False) -> None:
        """Make the Parquet files readable as relation ``name``; no files make an empty relation of ``schema``.

        ``named`` adds a column ``filename`` with the file each row lies in.
        """
        ...

    def arrow(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable as relation ``name``."""
        ...

    def define(self, name: str, sql: str, params: Mapping[str, Any] | None = None, *, stored: bool = False) -> None:
        """Define relation ``name`` by SQL; ``stored`` computes it once and keeps the rows for this session.

        A definition with parameters is always stored.
        """
        ...

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Answer a question; EngineError with the engine's own words where the SQL is wrong."""
        ...

    def write(
        self, sql: str, folder: Path, *, params: Mapping[str, Any] | None = None, rows_per_file: int, stem: str
    ) -> list[Written]:
        """Write the rows of ``sql``, in its order, to Parquet files ``<stem>-<n>.parquet`` in ``folder`` (zstd, small row groups).

        Files are complete when this returns, but not yet synced to the disk. A query without rows writes no file.
        """
        ...

    def split(self, relation: str, column: str, parts: int, folder: Path) -> list[list[str]]:
        """Write ``relation`` below ``folder`` in ``parts`` by hash of ``column``; the Parquet files of each part."""
        ...

    def close(self) -> None:
        """Give back memory and temporary files."""
        ...


class Engine(Protocol):
    """Something that runs SQL over Parquet files."""

    name: str

    def session(self, readable: Sequence[Path], scratch: Path | None = None, *, kept: bool = False) -> Session:
        """A new session that can read files below ``readable`` only, and spill or write below ``scratch`` only.

        Sessions that are ``kept`` share what is dear to open, for as long as the engine lives; their relations are their own.
        """
        ...


def parameters(sql: str) -> list[str]:
    """Names of the ``:parameters`` in ``sql``, in order of first appearance; text in quotes is left alone."""
    plain = re.sub(r"'(?:[^']|'')*'", "''", sql)
    return list(dict.fromkeys(PARAMETER.findall(plain)))


def bound(sql: str, params: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values for exactly the parameters of ``sql``; EngineError where one is missing."""
    given = params or {}
    missing = [name for name in parameters(sql) if name not in given]
    if missing:
        raise EngineError("The question needs a value for :{name}.", "Give it as a parameter.", name=missing[0])
    return {name: given[name] for name in parameters(sql)}


def engine_names() -> list[str]:
    """All engines on the shelf by name."""
    import kundig.engines as folder

    return [info.name for info in pkgutil.iter_modules(folder.__path__) if not info.name.startswith("_")]


def find(name: str, **settings: Any) -> Engine:
    """The engine called ``name`` made with ``settings``; EngineError where there is none or its library is missing."""
    if name not in engine_names():
        raise EngineError("There is no engine called {name}.", "Use one of: {known}.", name=name, known=", ".join(engine_names()))
    engine: Engine = importlib.import_module(f"kundig.engines.{name}").make(**settings)
    return engine
