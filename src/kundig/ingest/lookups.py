"""Columns taken from other tables by declared keys: customers beside their orders, orders beside their reviews."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.channel import ROW
from kundig.engine import Session
from kundig.errors import MappingError
from kundig.ingest.mapping import Lookup, Mapping, Table, near

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_PER_FILE = 10_000_000


class Lookups:
    """The tables of an import that others look into; only keys and wanted columns are kept, on the disk."""

    def __init__(self, session: Session, folder: Path) -> None:
        self._session = session
        self._folder = folder
        self._columns: dict[str, list[str]] = {}
        self._files: dict[str, list[Path]] = {}
        self._ready: dict[tuple[str, tuple[str, ...]], str] = {}

    def add(self, mapping: Mapping, table: Table, rows: Iterable[pa.Table]) -> int:
        """Keep what others want of ``table``; the number of rows read."""
        name = _name(mapping, table.name)
        columns = self._columns.setdefault(name, wanted(mapping, table.name))
        count = 0
        for chunk in rows:
            count += chunk.num_rows
            self._keep(name, columns, chunk)
        return count

    def joined(self, mapping: Mapping, table: Table, rows: pa.Table, first: int) -> tuple[list[str], pa.Table]:
        """Column names, and the rows with columns ``row``, ``place``, c0, c1 ... for them; taken columns come last."""
        names = [name for name in rows.column_names if name != ROW]
        ready = numbered(rows, names, first)
        for lookup in table.lookups:
            if set(lookup.take) <= set(names):
                continue  # a rejected row played again brings along what was looked up for it
            ready = self._join(mapping, lookup, names, ready, table)
            names += lookup.take
        return names, ready

    def _keep(self, name: str, columns: Sequence[str], chunk: pa.Table) -> None:
        present = [c for c in columns if c in chunk.column_names]
        self._session.arrow("looked_up", numbered(chunk, present, 0))
        listed = ", ".join(f"nullif(trim(c{present.index(c)}), '')" if c in present else "null::varchar" for c in columns)
        named = ", ".join(f"v{i}" for i in range(len(columns)))
        part = len(self._files.setdefault(name, []))
        stem = f"lookup-{list(self._columns).index(name)}-{part}"
        written = self._session.write(
            f"select place, {named} from (select place, {listed} from looked_up) as t(place, {named})",
            self._folder, rows_per_file=_ROWS_PER_FILE, stem=stem,
        )  # fmt: skip
        self._files[name] += [file.path for file in written]

    def _join(self, mapping: Mapping, lookup: Lookup, names: list[str], rows: pa.Table, table: Table) -> pa.Table:
        relation = self._relation(mapping, lookup)
        other = self._columns[_name(mapping, lookup.table)]
        for column in lookup.on:
            if column not in names:
                raise MappingError(
                    "Table {table} looks up {other} by column {column}, but the file has no such column.", "Nearest: {near}.",
                    table=table.name, other=lookup.table, column=column, near=near(column, names),
                )  # fmt: skip
        keys = " and ".join(f"trim(r.c{names.index(ours)}) = l.v{other.index(theirs)}" for ours, theirs in lookup.on.items())
        taken = ", ".join(f"l.v{other.index(column)} as c{len(names) + i}" for i, column in enumerate(lookup.take))
        self._session.arrow("looking", rows)
        return self._session.query(f"select r.*, {taken} from looking r left join {relation} l on {keys}")

    def _relation(self, mapping: Mapping, lookup: Lookup) -> str:
        """The relation with the first row of each key."""
        import pyarrow as pa

        name = _name(mapping, lookup.table)
        columns = self._columns.setdefault(name, wanted(mapping, lookup.table))
        keys = tuple(lookup.on.values())
        if (name, keys) not in self._ready:
            relation = self._ready[name, keys] = f"lookup_{len(self._ready)}"
            kinds: dict[str, Any] = {"place": pa.int64(), **{f"v{i}": pa.string() for i in range(len(columns))}}
            schema = pa.schema(kinds)
            self._session.files(f"{relation}_rows", [str(path) for path in self._files.get(name, [])], schema)
            grouped = [f"v{columns.index(key)}" for key in keys]
            first = ", ".join(f"min_by(v{i}, place) as v{i}" for i in range(len(columns)) if f"v{i}" not in grouped)
            listed = ", ".join([*grouped, *([first] if first else [])])
            self._session.define(relation, f"select {listed} from {relation}_rows group by {', '.join(grouped)}", stored=True)
        return self._ready[name, keys]


def wanted(mapping: Mapping, table: str) -> list[str]:
    """The columns of ``table`` that others look up or take."""
    lookups = [lookup for t in mapping.tables for lookup in t.lookups if lookup.table == table]
    return sorted({column for lookup in lookups for column in (*lookup.on.values(), *lookup.take)})


def numbered(rows: pa.Table, names: Sequence[str], first: int) -> pa.Table:
    """``rows`` with columns c0, c1 ... for ``names``, ``place`` for the row's number in its file and ``row`` = first + place."""
    import pyarrow as pa
    import pyarrow.compute as pc

    place = rows[ROW]
    columns = [rows[name] for name in names]
    return pa.table([pc.add(place, first), place, *columns], names=["row", "place", *(f"c{i}" for i in range(len(names)))])


def _name(mapping: Mapping, table: str) -> str:
    return f"{mapping.source}\x1f{table}"
