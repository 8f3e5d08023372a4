"""The core's own notebook (state.sqlite3): which files make up the lake, runs, erasures and tombstones.

One SQLite transaction is the moment something counts as stored: Delta commits of several tables become visible
together, or not at all. Whatever Delta holds beyond it is rolled back by the next writer (see ``store``).
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kundig import event
from kundig.errors import LakeError
from kundig.lake.disk import disk_errors

_SCHEMA = """
create table if not exists lake (version integer not null);
create table if not exists tables (name text primary key, delta_version integer not null);
create table if not exists files (
  table_name text not null, path text not null, rows integer not null, size integer not null, crc integer not null,
  fresh integer not null default 0, primary key (table_name, path));
create table if not exists removed (table_name text not null, path text not null, removed_at real not null);
create table if not exists runs (
  run text not null, file text not null, source text not null, read integer not null, used integer not null,
  rejected integer not null, duplicate integer not null, without_event integer not null, withheld integer not null,
  events integer not null, finished_at text not null, primary key (run, file));
create table if not exists tombstones (person_id text primary key, erased_at text not null);
create table if not exists sagas (
  id text primary key, kind text not null, step text not null, plan text not null, started_at text not null, ended_at text);
insert into lake select 0 where not exists (select 1 from lake);
"""

RUN_COLUMNS = (
    "run",
    "file",
    "source",
    "read",
    "used",
    "rejected",
    "duplicate",
    "without_event",
    "withheld",
    "events",
    "finished_at",
)


@dataclass(frozen=True)
class File:
    """One live Parquet file of a table, by its path relative to the table's folder."""

    table: str
    path: str
    rows: int
    size: int
    crc: int
    fresh: bool = False


class State:
    """The notebook at ``path``; connections are short and serialised by SQLite.

    LakeError where a newer kundig wrote it, unless ``newer`` says that only its tombstones are wanted: a backup from before an
    update is restored by the older kundig, and whom the newer one erased must stay erased.
    """

    def __init__(self, path: Path, *, newer: bool = False) -> None:
        self.path = path
        with self._open() as db:
            if not newer:
                _refuse_newer(db)
            db.executescript(_SCHEMA)

    def version(self) -> int:
        """The lake's version: grows by one with everything that can change an answer."""
        with self._open() as db:
            return int(db.execute("select version from lake").fetchone()[0])

    def snapshot(self) -> tuple[int, dict[str, int], list[File]]:
        """Version, Delta version of each table, and all live files, read in one transaction."""
        with self._open() as db:
            db.execute("begin")
            version = int(db.execute("select version from lake").fetchone()[0])
            deltas = dict(db.execute("select name, delta_version from tables"))
            files = [File(t, p, r, s, c, bool(f)) for t, p, r, s, c, f in db.execute("select * from files order by 1, 2")]
            return version, deltas, files

    def commit(
        self, deltas: Mapping[str, int], add: Sequence[File], remove: Sequence[File], at: float, *, folded: bool = False
    ) -> int:
        """Make changes count: new Delta versions, files added and removed; returns the new lake version.

        ``folded`` marks all events files as folded; ``at`` is the time in seconds since 1970.
        """
        with self._writing() as db:
            db.executemany("delete from files where table_name = ? and path = ?", [(f.table, f.path) for f in remove])
            db.executemany("insert into removed values (?, ?, ?)", [(f.table, f.path, at) for f in remove])
            rows = [(f.table, f.path, f.rows, f.size, f.crc, int(f.fresh)) for f in add]
            db.executemany("insert into files values (?, ?, ?, ?, ?, ?)", rows)
            db.executemany("insert or replace into tables values (?, ?)", list(deltas.items()))
            if folded:
                db.execute("update files set fresh = 0")
            db.execute("update lake set version = version + 1")
            return int(db.execute("select version from lake").fetchone()[0])

    def removed(self, before: float) -> list[tuple[str, str]]:
        """Files (table, path) taken out of the lake before a time, which no reader can still be reading."""
        with self._open() as db:
            return list(db.execute("select table_name, path from removed where removed_at < ?", (before,)))

    def forget_removed(self, before: float) -> None:
        """Files taken out before a time are gone from the disk."""
        with self._writing() as db:
            db.execute("delete from removed where removed_at < ?", (before,))

    def record_run(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep the accounting of an import, one row per file."""
        marks = ", ".join("?" * len(RUN_COLUMNS))
        with self._writing() as db:
            values = [tuple(row[c] for c in RUN_COLUMNS) for row in rows]
            db.executemany(f"insert or replace into runs values ({marks})", values)

    def runs(self) -> list[dict[str, Any]]:
        """The accounting of all imports, oldest first."""
        with self._open() as db:
            found = db.execute(f"select {', '.join(RUN_COLUMNS)} from runs order by finished_at, run, file")
            return [dict(zip(RUN_COLUMNS, row, strict=True)) for row in found]

    def forget_rejected(self, run: str, file: str, count: int) -> None:
        """Rows of an earlier run that were mended: no longer counted as rejected there."""
        with self._writing() as db:
            db.execute("update runs set rejected = max(0, rejected - ?) where run = ? and file = ?", (count, run, file))

    def tombstones(self) -> dict[str, str]:
        """Erased persons and the time (ISO) up to which their events are kept out."""
        with self._open() as db:
            return dict(db.execute("select person_id, erased_at from tombstones"))

    def bury(self, persons: Sequence[str], at: dt.datetime) -> None:
        """Keep events of these persons up to ``at`` out of the lake from now on."""
        with self._writing() as db:
            db.executemany("insert or replace into tombstones values (?, ?)", [(p, at.isoformat()) for p in persons])

    def begin_saga(self, id: str, kind: str, plan: Mapping[str, Any], at: dt.datetime) -> None:
        """Write down what is about to be done in several steps, so that it can be resumed."""
        with self._writing() as db:
            values = (id, kind, "", json.dumps(plan, sort_keys=True), at.isoformat())
            db.execute("insert into sagas values (?, ?, ?, ?, ?, null)", values)

    def step_saga(self, id: str, step: str) -> None:
        """The saga has finished ``step``."""
        with self._writing() as db:
            db.execute("update sagas set step = ? where id = ?", (step, id))

    def end_saga(self, id: str, at: dt.datetime, keep: Mapping[str, Any]) -> None:
        """The saga is complete; its plan is replaced by ``keep``, so that no personal data stays."""
        with self._writing() as db:
            plan = json.dumps(keep, sort_keys=True)
            db.execute("update sagas set step = 'done', plan = ?, ended_at = ? where id = ?", (plan, at.isoformat(), id))

    def saga(self, id: str) -> tuple[str, dict[str, Any]]:
        """The last step of a saga ("done" for one that has ended) and its plan, or what was kept of it; KeyError where there is none."""
        with self._open() as db:
            row = db.execute("select step, plan from sagas where id = ?", (id,)).fetchone()
        if row is None:
            raise KeyError(id)
        return row[0], json.loads(row[1])

    def open_sagas(self) -> list[tuple[str, str, str, dict[str, Any]]]:
        """Sagas that were begun and not ended: (id, kind, last step, plan), oldest first."""
        with self._open() as db:
            rows = db.execute("select id, kind, step, plan from sagas where ended_at is null order by started_at")
            return [(i, k, s, json.loads(p)) for i, k, s, p in rows]

    def vacuum(self) -> None:
        """Overwrite what was deleted, so that it is on no page of the file or its log."""
        with self._open() as db:
            db.execute("pragma wal_checkpoint(truncate)")
            db.execute("vacuum")
            db.execute("pragma wal_checkpoint(truncate)")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with disk_errors():
            db = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            try:
                db.execute("pragma journal_mode = wal")
                db.execute("pragma synchronous = full")
                db.execute("pragma secure_delete = on")
                yield db
            finally:
                db.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as db:
            db.execute("begin immediate")
            try:
                yield db
            except BaseException:
                db.execute("rollback")
                raise
            db.execute("commit")


def _refuse_newer(db: sqlite3.Connection) -> None:
    """LakeError where a newer kundig wrote the lake: questions read Parquet past Delta's own properties."""
    found = int(db.execute("pragma user_version").fetchone()[0])
    if found > event.SCHEMA_VERSION:
        raise LakeError("The lake was written by a newer kundig (schema {found}).", "Update kundig.", found=found)
    if found < event.SCHEMA_VERSION:
        db.execute(f"pragma user_version = {event.SCHEMA_VERSION}")
