"""Erasure of one person as a saga: written down first, resumable at every step, proved before it is called done.

Steps: bury (a tombstone keeps older events of a re-import out), rewrite (his rows out of every table, his traces out of
other people's texts, his cases folded again), clean (nothing of older versions stays, in files or logs), sweep (rejected
rows, the state's free pages), prove (by count, and by searching the decoded content of every file).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kundig import event
from kundig.engine import Engine, Session
from kundig.errors import PrivacyError
from kundig.lake.append import ROWS_PER_FILE
from kundig.lake.compact import order_of
from kundig.lake.disk import sync
from kundig.lake.fold import fold_now
from kundig.lake.state import File
from kundig.lake.store import Store
from kundig.lake.traces import Traces, holding, in_files, in_lake, literal

KIND = "erasure"
ERASED = "[erased]"
_REDACTED = {"events": ("extra", "touchpoint"), "texts": ("text",)}
"""Where traces of him in other people's rows are replaced; anywhere else the proof finds them and says so."""


@dataclass(frozen=True)
class Receipt:
    """What was erased and how it was proved; holds nothing of the person but a hash of his pseudonym."""

    person_hash: str
    erased_at: dt.datetime
    rows: Mapping[str, int]
    redacted: int
    files_searched: int
    version: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "person_hash": self.person_hash, "erased_at": self.erased_at.isoformat(), "rows": dict(self.rows),
            "redacted": self.redacted, "files_searched": self.files_searched, "lake_version": self.version,
        }  # fmt: skip

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Receipt:
        """The receipt that :meth:`to_json` told."""
        at = dt.datetime.fromisoformat(told["erased_at"])
        return cls(told["person_hash"], at, told["rows"], told["redacted"], told["files_searched"], told["lake_version"])


def erase(store: Store, engine: Engine, traces: Traces, now: dt.datetime) -> Receipt:
    """Erase a person; PrivacyError where something of him is still found. A crash is resumed by :func:`resume`."""
    return finish(store, engine, begin(store, traces, now))


def begin(store: Store, traces: Traces, now: dt.datetime, saga: str = "") -> str:
    """Write down that a person will be erased; the saga's id. Whoever holds more of him than the lake sweeps that first."""
    saga = saga or uuid.uuid4().hex
    plan = {"ids": traces.ids, "texts": traces.texts, "at": now.isoformat()}
    store.state.begin_saga(saga, KIND, plan, now)
    return saga


def planned(store: Store, saga: str) -> Traces | None:
    """What a begun erasure looks for; None where it has ended."""
    step, plan = store.state.saga(saga)
    return None if step == "done" else Traces(tuple(plan["ids"]), tuple(plan["texts"]))


def finish(store: Store, engine: Engine, saga: str) -> Receipt:
    """Do what :func:`begin` wrote down, once; PrivacyError where something of the person is still found."""
    traces = planned(store, saga)
    _, plan = store.state.saga(saga)
    if traces is None:
        return Receipt.of(plan)
    return _run(store, engine, saga, traces, dt.datetime.fromisoformat(plan["at"]))


def person_hash(person_id: str) -> str:
    """What receipts and logs may say of an erased person instead of his pseudonym: 16 hex digits."""
    return hashlib.sha256(person_id.encode()).hexdigest()[:16]


def resume(store: Store, engine: Engine) -> list[Receipt]:
    """Finish erasures that were begun and not ended."""
    receipts = []
    for saga, kind, _, _ in store.state.open_sagas():
        if kind == KIND:
            receipts.append(finish(store, engine, saga))
    return receipts


def _run(store: Store, engine: Engine, saga: str, traces: Traces, now: dt.datetime) -> Receipt:
    """Every step may be done again without harm, so a resumed saga starts from the first."""
    with store.writing():
        store.state.bury(traces.ids, now)
        store.state.step_saga(saga, "bury")
        fold_now(store, engine)
        erasure = _Erasure(store, engine, traces)
        erasure.rewrite()
        store.state.step_saga(saga, "rewrite")
        store.clean()
        store.state.step_saga(saga, "clean")
        _sweep_rejected(store.folder.parent / "rejected", traces)
        _forget_models(store.folder.parent / "models")
        store.state.step_saga(saga, "sweep")
        receipt = Receipt(
            person_hash(traces.ids[0]), now, erasure.rows, erasure.redacted,
            len(store.state.snapshot()[2]), store.state.version(),
        )  # fmt: skip
        _prove_lake(store, engine, traces)
        _prove_files(store, traces, but="state.sqlite3")  # what the saga looks for stands there until it has ended
        _end(store, saga, traces, now, receipt)
        store.state.vacuum()
        _prove_files(store, traces)
        return receipt


def _end(store: Store, saga: str, traces: Traces, now: dt.datetime, receipt: Receipt) -> None:
    """The saga has ended, and with it every other one that was begun for this person."""
    for other, kind, _, plan in store.state.open_sagas():
        if other == saga or (kind == KIND and set(plan["ids"]) <= set(traces.ids)):
            store.state.end_saga(other, now, receipt.to_json())


class _Erasure:
    """The rewriting of all tables as one change of the lake."""

    def __init__(self, store: Store, engine: Engine, traces: Traces) -> None:
        self.store, self.engine, self.traces = store, engine, traces
        self.rows: dict[str, int] = {}
        self.redacted = 0
        self.persons = f"person_id in ({', '.join(literal(i) for i in traces.ids)})"

    def rewrite(self) -> None:
        work = self.store.new_folder("erase")
        session = self.engine.session([self.store.folder], work)
        add: list[File] = []
        remove: list[File] = []
        try:
            self._define_events(session)
            for table in event.TABLES:
                if table.derived:
                    continue
                held = self._held(session, table)
                if held:
                    add += self.store.adopt(table.name, self._kept(session, table, held, work))
                    remove += held
        finally:
            session.close()
        fold_now(self.store, self.engine, without=self.persons, add=add, remove=remove)

    def _define_events(self, session: Session) -> None:
        paths = [str(self.store.table("events") / f.path) for f in self.store.files("events")]
        session.files("all_events", paths, event.EVENTS.arrow())
        session.define("his_events", f"select event_id from all_events where {self.persons}", stored=True)

    def _out(self, table: event.Table) -> str:
        """Which rows of a table are his."""
        if table.name == "labels":
            return "event_id in (select event_id from his_events)"
        if table.name == "links":
            return f"({self.persons} or {self.persons.replace('person_id', 'same_as', 1)})"
        return self.persons if "person_id" in table.names else "false"

    def _traced(self, table: event.Table) -> str:
        columns = _REDACTED.get(table.name)
        return holding(columns, self.traces.texts) if columns else "false"

    def _held(self, session: Session, table: event.Table) -> list[File]:
        """Files with a row of his, or with a trace of him in somebody else's."""
        live = {f.path: f for f in self.store.files(table.name)}
        if not live:
            return []
        session.files("sought", [str(self.store.table(table.name) / p) for p in live], table.arrow(), named=True)
        his, traced = self._out(table), self._traced(table)
        counts = session.query(
            f"select filename, count(*) filter (where {his}) as his, count(*) as n from sought where ({his}) or ({traced}) group by filename"
        ).to_pylist()
        self.rows[table.name] = sum(r["his"] for r in counts)
        self.redacted += sum(r["n"] - r["his"] for r in counts)
        return [live[Path(r["filename"]).name] for r in counts]

    def _kept(self, session: Session, table: event.Table, held: Sequence[File], work: Path) -> Any:
        session.files("held", [str(self.store.table(table.name) / f.path) for f in held], table.arrow())
        redacted = _REDACTED.get(table.name, ())
        columns = [self._without_traces(c) if c in redacted else c for c in table.names]
        sql = f"select {', '.join(columns)} from held where not coalesce({self._out(table)}, false) order by {order_of(table)}"
        return session.write(sql, work, rows_per_file=ROWS_PER_FILE, stem=table.name)

    def _without_traces(self, column: str) -> str:
        expression = column
        for text in sorted(self.traces.texts, key=len, reverse=True):
            expression = f"replace({expression}, {literal(text)}, {literal(ERASED)})"
        return f"{expression} as {column}"


def _sweep_rejected(folder: Path, traces: Traces) -> None:
    """Rejected rows that hold a trace go, whole; the log of an import under way is its own (the proof would find him there)."""
    if not folder.exists():
        return
    for path in in_files(folder, traces):
        if path.suffix != ".part":
            _without(path, traces)


def _forget_models(folder: Path) -> None:
    """What was learned may hold the words of the erased; it is learned again from what is left."""
    for path in folder.glob("*"):
        if path.is_dir():
            shutil.rmtree(path)


def _without(path: Path, traces: Traces) -> None:
    # A value may hold other line ends than \n, which end no row.
    rows = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    temporary = path.with_suffix(".new")
    temporary.write_text("".join(f"{row}\n" for row in rows if not _line_holds(row, traces)), encoding="utf-8")
    sync([temporary])
    temporary.replace(path)
    sync([path.parent])


def _line_holds(line: str, traces: Traces) -> bool:
    return any(t in line or json.dumps(t)[1:-1] in line for t in (*traces.ids, *traces.texts))


def _prove_lake(store: Store, engine: Engine, traces: Traces) -> None:
    scratch = store.new_folder("prove")
    session = engine.session([store.folder], scratch)
    try:
        left = [f"{table}/{file}" for table, file, _ in in_lake(store, session, traces)]
    finally:
        session.close()
        scratch.rmdir()
    _refuse(left)


def _prove_files(store: Store, traces: Traces, but: str = "") -> None:
    """The person's tombstone in the state is his pseudonym on purpose; nothing else may be left outside the tables.

    ``but`` names files, by the beginning of their name, that are not looked at yet.
    """
    workspace = store.folder.parent
    texts = Traces((), traces.texts)
    found = (p for p in _searched(workspace, traces, texts) if not (but and p.name.startswith(but)))
    _refuse([str(p.relative_to(workspace)) for p in found])


def _searched(workspace: Path, traces: Traces, texts: Traces) -> Iterator[Path]:
    # Among the server's many hashes a short number stands by chance; the server looks for texts column by column itself.
    if texts.texts:
        yield from (p for p in in_files(workspace, texts) if not p.name.startswith("server.sqlite3"))
    yield from (p for p in in_files(workspace, Traces(traces.ids, ())) if not p.name.startswith("state.sqlite3"))


def _refuse(left: Sequence[str]) -> None:
    if left:
        raise PrivacyError(
            "The erasure is not complete: traces are left in {where}.", "Run `kundig erase` again; if they stay, look into these files.",
            where=", ".join(left[:5]),
        )  # fmt: skip
