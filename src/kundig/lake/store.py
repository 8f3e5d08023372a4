"""The files of the lake and how they change: several Delta tables in one step, or not at all.

A change is written in four moves: Parquet files (synced), Delta commits (synced), one transaction in the state
(the moment it counts), and later the sweeping of files no reader needs. A process that dies in between leaves Delta
ahead of the state or files nobody names; the next writer rolls the one back and deletes the others before it begins.
"""

from __future__ import annotations

import os
import shutil
import time
import uuid
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from kundig import event
from kundig.engine import Written
from kundig.errors import LakeError
from kundig.lake import delta
from kundig.lake.disk import checksum, disk_errors, drop_unless_held, hold, only_writer
from kundig.lake.reading import Snapshot
from kundig.lake.state import File, State

GRACE = 600.0
"""Seconds a replaced file stays on the disk, so that questions under way can end."""


class Store:
    """The lake folder of a workspace and its state."""

    def __init__(self, workspace: Path) -> None:
        self.folder = workspace / "lake"
        self.state = State(workspace / "state.sqlite3")
        self.scratch = self.folder / ".scratch"

    def create(self) -> None:
        """Make the tables that are not there yet."""
        with self.writing():
            pass

    def table(self, name: str) -> Path:
        """The folder of a table."""
        return self.folder / name

    def snapshot(self) -> Snapshot:
        """The lake as it is now; LakeError where a table is missing."""
        version, deltas, files = self.state.snapshot()
        if not deltas:
            raise LakeError("There is no lake in {folder}.", "Run `kundig init` or restore the folder.", folder=str(self.folder))
        by_table = {t.name: [self._path(f) for f in files if f.table == t.name] for t in event.TABLES}
        return Snapshot(version, by_table, [self._path(f) for f in files if f.fresh])

    def files(self, name: str) -> list[File]:
        """The live files of a table."""
        return [f for f in self.state.snapshot()[2] if f.table == name]

    @contextmanager
    def writing(self, patience: float = 600.0) -> Iterator[None]:
        """Be the only writer; what an earlier one left half done is put right first."""
        with only_writer(self.folder / ".lock", patience), disk_errors():
            self._recover()
            yield

    def new_folder(self, what: str) -> Path:
        """A fresh scratch folder on the lake's disk; removed by the next writer if its owner dies."""
        folder = self.scratch / f"{what}-{self._owner}-{uuid.uuid4().hex[:12]}"
        folder.mkdir(parents=True)
        return folder

    def adopt(self, name: str, written: Sequence[Written], *, fresh: bool = False) -> list[File]:
        """Move written files into a table's folder under names of their own; they do not count yet."""
        adopted = []
        for file in written:
            target = f"{uuid.uuid4().hex}.parquet"
            file.path.rename(self.table(name) / target)
            crc = checksum(self.table(name) / target)
            adopted.append(File(name, target, file.rows, file.size, crc, fresh))
        return adopted

    def commit(self, add: Sequence[File], remove: Sequence[File], why: str, *, folded: bool = False) -> int:
        """Make a change of any number of tables count at once; returns the lake's new version."""
        _, deltas, _ = self.state.snapshot()
        for name in sorted({f.table for f in [*add, *remove]}):
            adding, removing = [f for f in add if f.table == name], [f for f in remove if f.table == name]
            deltas[name] = delta.commit(self.table(name), deltas[name], adding, removing, {"kundig.why": why})
        return self.state.commit(deltas, add, remove, time.time(), folded=folded)

    def sweep(self, grace: float = GRACE) -> None:
        """Delete replaced files that nobody can be reading any more."""
        before = time.time() - grace
        for name, path in self.state.removed(before):
            (self.table(name) / path).unlink(missing_ok=True)
        self.state.forget_removed(before)

    def clean(self) -> None:
        """Leave nothing of older versions: no replaced file and no old log entry. Questions under way lose their files."""
        for name in self.state.snapshot()[1]:
            delta.clean(self.table(name), {f.path for f in self.files(name)})
        self.sweep(-1.0)

    @cached_property
    def _owner(self) -> str:
        """Whom this store's scratch folders are named after: a lock tells whether it lives, since in a container the next
        process often has the same number."""
        owner = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        weakref.finalize(self, os.close, hold(self._lock_of(owner)))
        return owner

    def _lock_of(self, owner: str) -> Path:
        return self.scratch / f"{owner}.lock"

    def _path(self, file: File) -> str:
        return str(self.table(file.table) / file.path)

    def _recover(self) -> None:
        _, deltas, files = self.state.snapshot()
        changed = {}
        for table in event.TABLES:
            known = deltas.get(table.name)
            now = self._recover_table(table, known, [f for f in files if f.table == table.name])
            if now != known:
                changed[table.name] = now
        if changed:
            self.state.commit(changed, [], [], time.time())
        self._drop_orphans(files)
        self.sweep()

    def _recover_table(self, table: event.Table, known: int | None, files: Sequence[File]) -> int:
        folder = self.table(table.name)
        if not (folder / "_delta_log").exists():
            if known is None:
                return delta.create(folder, table)
            raise LakeError("Table {table} is missing.", "Restore {folder} from a backup.", table=table.name, folder=str(folder))
        opened = delta.opened(folder)
        version = int(opened.version())
        if known is not None and version < known:
            raise LakeError(
                "Table {table} ends at version {found}, but {expected} was stored.",
                "Run `kundig verify`; restore the log from a backup.",
                table=table.name, found=version, expected=known,
            )  # fmt: skip
        if version == known:
            _same_files(table.name, delta.live(opened), files)
            return version
        return _roll_back(folder, version, delta.live(opened), files)

    def _drop_orphans(self, files: Sequence[File]) -> None:
        gone = {lock for lock in self.scratch.glob("*.lock") if drop_unless_held(lock)}
        for folder in self.scratch.glob("*-*-*"):
            lock = self._lock_of("-".join(folder.name.split("-")[1:3]))
            if lock in gone or not lock.exists():
                shutil.rmtree(folder, ignore_errors=True)
        named = {(f.table, f.path) for f in files} | set(self.state.removed(float("inf")))
        for table in event.TABLES:
            for file in self.table(table.name).glob("*.parquet"):
                if (table.name, file.name) not in named:
                    file.unlink()


def _same_files(name: str, live: Mapping[str, tuple[int, int]], files: Sequence[File]) -> None:
    """An emptied log entry loses its files without an error, so the log is compared before anything builds on it."""
    if set(live) != {f.path for f in files}:
        raise LakeError(
            "The log of table {table} names other files than were stored.",
            "Run `kundig verify`; restore the log from a backup.",
            table=name,
        )


def _roll_back(folder: Path, version: int, live: Mapping[str, tuple[int, int]], files: Sequence[File]) -> int:
    """Take back what was committed to Delta but never counted: its files out, those it replaced in again."""
    wanted = {f.path: f for f in files}
    remove = [File(folder.name, path, rows, size, 0) for path, (size, rows) in live.items() if path not in wanted]
    add = [f for path, f in wanted.items() if path not in live]
    if not remove and not add:
        return version
    return delta.commit(folder, version, add, remove, {"kundig.why": "roll back"})
