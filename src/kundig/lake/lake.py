"""The lake of one workspace: what a workspace, an import and an insight need of it, in one place."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.engine import Engine, find
from kundig.lake import compact as compaction
from kundig.lake import erase as erasure
from kundig.lake import fold as folding
from kundig.lake import verify as proof
from kundig.lake.append import append
from kundig.lake.compact import Compacted
from kundig.lake.erase import Receipt
from kundig.lake.export import export
from kundig.lake.labels import label
from kundig.lake.ledger import Ledger
from kundig.lake.persons import Person, find_ids, find_person, memory_of
from kundig.lake.reading import Reading, open_reading
from kundig.lake.staged import Appended, Staged
from kundig.lake.store import Store
from kundig.lake.traces import traces_of
from kundig.lake.verify import Verified
from kundig.lake.where import Where

if TYPE_CHECKING:
    import pyarrow as pa


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
        session = self.engine.session([self.store.folder], self._reading_scratch, kept=True)
        try:
            return open_reading(session, self.store.snapshot(), purpose, where or Where(), self.clock(), self.store.state.runs())
        except BaseException:
            session.close()
            raise

    def record_run(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep the accounting of an import: one mapping per file with the keys of ``state.RUN_COLUMNS``."""
        self.store.state.record_run(rows)

    def compact(self) -> Compacted:
        """Merge small files and fold; changes no answer."""
        return compaction.compact(self.store, self.engine)

    def verify(self) -> Verified:
        """Look at every file, log entry and journey; repairs nothing."""
        return proof.verify(self.store, self.engine)

    def find(self, key: bytes, identifier: str, kind: str = "") -> Person:
        """The one person known by ``identifier``; QuestionError where there is none or several."""
        with self.read("privacy") as reading:
            return find_person(reading, key, identifier, kind)

    def memory(self, key: bytes, identifier: str, kind: str = "") -> pa.Table:
        """All events of one person in order, with their texts."""
        with self.read("service") as reading:
            return memory_of(reading, find_ids(reading, key, identifier, kind))

    def export(
        self, key: bytes, identifier: str, folder: Path, *, kind: str = "", firm: str = "", lang: str = "en"
    ) -> list[Path]:
        """Write all that is stored about a person as JSON, CSV and HTML; returns the files."""
        with self.read("privacy") as reading:
            return export(reading, find_person(reading, key, identifier, kind), folder, firm, lang)

    def erase(self, key: bytes, identifier: str, kind: str = "") -> Receipt:
        """Erase a person everywhere and prove it. PrivacyError where something of him is left."""
        with self.read("privacy") as reading:
            traces = traces_of(reading, find_person(reading, key, identifier, kind))
        return erasure.erase(self.store, self.engine, traces, self.clock())

    def resume_erasures(self) -> list[Receipt]:
        """Finish erasures that a crash interrupted."""
        return erasure.resume(self.store, self.engine)

    def record_consent(
        self, persons: Person | str | Sequence[str], purpose: str, status: str, *,
        source: str, author: str = "", notice: str = "", evidence: str = "", at: dt.datetime | None = None,
    ) -> int:  # fmt: skip
        """Write a decision down for all identifiers (pseudonyms) of a person; see :class:`kundig.lake.ledger.Ledger`."""
        return self.ledger.record_consent(
            persons, purpose, status, source=source, author=author, notice=notice, evidence=evidence, at=at
        )

    def label(self, name: str, scored: pa.Table, model: str) -> int:
        """Keep what a model believes about events, such as their reason; returns how many labels are new.

        scored: ``event_id``, ``value`` (null where the model abstains), ``probability``; model: the version of the learned model.
        """
        return label(self.store, lambda: self.read("privacy"), name, scored, model, self.clock())

    def link(
        self, person: Person | str, same_as: Person | str, *,
        evidence: str, author: str, at: dt.datetime | None = None, sure: bool = False,
    ) -> int:  # fmt: skip
        """Read one person as another from now on; ``sure`` where both have a key of the same strong kind."""
        return self.ledger.link(person, same_as, evidence=evidence, author=author, at=at, sure=sure)

    def unlink(self, person: str, same_as: str, *, evidence: str, author: str, at: dt.datetime | None = None) -> int:
        """Take a link between two pseudonyms back."""
        return self.ledger.unlink(person, same_as, evidence=evidence, author=author, at=at)

    def consents_of(self, person: Person | str) -> list[dict[str, Any]]:
        """Every decision of a person, oldest first."""
        return self.ledger.consents_of(person)

    def links_of(self, person: Person | str) -> list[dict[str, Any]]:
        """Every row about a person's links, oldest first; ``live`` says which hold."""
        return self.ledger.links_of(person)

    @property
    def ledger(self) -> Ledger:
        """The ledgers of consents and links."""
        return Ledger(self.store, lambda: self.read("privacy"), self.clock)

    @cached_property
    def _reading_scratch(self) -> Path:
        """Where this process spills while reading; the next writer removes it when the process has ended."""
        return self.store.new_folder("reading")
