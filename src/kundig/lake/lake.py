"""The lake of one workspace: what a workspace, an import and an insight need of it, in one place."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kundig.engine import Engine, find
from kundig.lake import fold as folding
from kundig.lake.append import append
from kundig.lake.reading import Reading, open_reading
from kundig.lake.staged import Appended, Staged
from kundig.lake.store import Store
from kundig.lake.where import Where


def utc_now() -> dt.datetime:
    """The system's clock."""
    return dt.datetime.now(dt.UTC)


class Lake:
    """Everything stored of one firm.

    workspace: the folder; engine: what runs the SQL (DuckDB by default); clock: what time it is.
    """

    def __init__(self, workspace: Path, engine: Engine | None = None, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self.workspace = Path(workspace)
        self.engine = engine or find("duckdb")
        self.clock = clock
        self.store = Store(self.workspace)

    def create(self) -> None:
        """Make the empty tables; does nothing where they are."""
        self.store.create()

    @property
    def version(self) -> int:
        """Grows by one with everything that can change an answer."""
        return self.store.state.version()

    def staging(self) -> Path:
        """A fresh folder for staged files; give it to :meth:`discard` when done."""
        return self.store.new_folder("staging")

    def discard(self, folder: Path) -> None:
        """Remove a staging folder."""
        shutil.rmtree(folder, ignore_errors=True)

    def append(self, staged: Staged, why: str = "append") -> Appended:
        """Store what is new; returns when it is on the disk. StorageError where it is full, BusyError where locked."""
        return append(self.store, self.engine, staged, why)

    def fold(self, *, always: bool = False) -> bool:
        """Lay journeys down where enough is fresh (or ``always``); True where something was folded."""
        if not always and not folding.is_due(self.store):
            return False
        folding.fold(self.store, self.engine)
        return True

    def read(self, purpose: str, where: Where | None = None) -> Reading:
        """Relations for a purpose and filter; a context manager. PrivacyError where the purpose is unknown."""
        scratch = self.store.new_folder("reading")
        session = self.engine.session([self.store.folder], scratch)
        try:
            return open_reading(session, self.store.snapshot(), purpose, where or Where(), self.clock(), self._intake(), scratch)
        except BaseException:
            session.close()
            shutil.rmtree(scratch, ignore_errors=True)
            raise

    def record_run(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep the accounting of an import: one mapping per file with the keys of ``state.RUN_COLUMNS``."""
        self.store.state.record_run(rows)

    def _intake(self) -> list[dict[str, Any]]:
        return self.store.state.runs()
