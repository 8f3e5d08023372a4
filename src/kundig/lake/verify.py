"""Verify proves a lake whole: every file as it was stored, every log entry readable, every journey laid down.

It only looks. It never repairs: dropping a missing file from the log would turn damage into silent loss.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kundig import event
from kundig.engine import Engine
from kundig.errors import LakeError
from kundig.lake import delta
from kundig.lake.disk import checksum
from kundig.lake.state import File
from kundig.lake.store import Store
from kundig.message import Message


@dataclass(frozen=True)
class Verified:
    """What was looked at and what is wrong; the lake is whole where ``problems`` is empty."""

    files: int
    rows: int
    size: int
    version: int
    problems: tuple[Message, ...]


def verify(store: Store, engine: Engine) -> Verified:
    """Compare the disk with what was stored, file by file, then the log, then the journeys."""
    version, deltas, files = store.state.snapshot()
    problems: list[Message] = []
    for table in event.TABLES:
        live = [f for f in files if f.table == table.name]
        problems += _files(store, live)
        problems += _log(store.table(table.name), table.name, deltas.get(table.name), live)
    if not problems:
        problems += _journeys(store, engine)
    problems += _accounts(store)
    problems += _sagas(store)
    return Verified(len(files), sum(f.rows for f in files), sum(f.size for f in files), version, tuple(problems))


def _files(store: Store, files: Sequence[File]) -> Iterator[Message]:
    for file in files:
        path = store.table(file.table) / file.path
        what = {"file": f"{file.table}/{file.path}"}
        if not path.exists():
            yield Message("File {file} is missing.", what)
        elif path.stat().st_size == 0:
            yield Message("File {file} is empty.", what)
        elif path.stat().st_size != file.size:
            yield Message(
                "File {file} has {found} bytes, {stored} were stored: it is torn.",
                {**what, "found": path.stat().st_size, "stored": file.size},
            )
        elif checksum(path) != file.crc:
            yield Message("File {file} has changed since it was stored.", what)
        elif _rows(path) != file.rows:
            yield Message(
                "File {file} has {found} rows, {stored} were stored.", {**what, "found": _rows(path), "stored": file.rows}
            )


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def _log(folder: Path, name: str, known: int | None, files: Sequence[File]) -> Iterator[Message]:
    if known is None or not (folder / "_delta_log").exists():
        yield Message("Table {table} is missing.", {"table": name})
        return
    yield from _entries(folder / "_delta_log", name, known)
    try:
        table = delta.opened(folder)
    except LakeError as error:
        yield Message(error.text, error.values)
        return
    if table.version() != known:
        yield Message(
            "The log of table {table} ends at version {found}, {stored} was stored.",
            {"table": name, "found": int(table.version()), "stored": known},
        )
        return
    if delta.live(table) != {f.path: (f.size, f.rows) for f in files}:
        yield Message("The log of table {table} names other files than were stored.", {"table": name})


def _entries(log: Path, name: str, known: int) -> Iterator[Message]:
    """Each log entry since the last checkpoint must be there, not empty, and JSON to the last line."""
    start = max((int(p.name.split(".")[0]) for p in log.glob("*.checkpoint*.parquet")), default=-1)
    for version in range(start + 1, known + 1):
        path = log / f"{version:020d}.json"
        what = {"table": name, "entry": path.name}
        if not path.exists():
            yield Message("Log entry {entry} of table {table} is missing.", what)
        elif path.stat().st_size == 0:
            yield Message("Log entry {entry} of table {table} is empty.", what)
        elif not _is_json_lines(path):
            yield Message("Log entry {entry} of table {table} is torn.", what)


def _is_json_lines(path: Path) -> bool:
    try:
        return all(isinstance(json.loads(line), dict) for line in path.read_text(encoding="utf-8").splitlines())
    except (ValueError, UnicodeDecodeError):
        return False


_COUNTS = """
select (select count(*) from stored_events) as events,
  (select count(distinct event_id) from stored_events) as ids,
  (select count(*) from stored_events where case_id is not null) - (select count(*) from fresh_events where case_id is not null)
    as folded,
  (select count(*) from stored_steps) as steps,
  (select coalesce(sum(events), 0) from stored_cases) as of_cases,
  (select count(*) from stored_cases) as cases,
  (select count(distinct case_id) from stored_steps) as cases_of_steps
"""


def _journeys(store: Store, engine: Engine) -> Iterator[Message]:
    snapshot = store.snapshot()
    scratch = store.new_folder("verify")
    session = engine.session([store.folder], scratch)
    try:
        for table in (event.EVENTS, event.STEPS, event.CASES):
            session.files(f"stored_{table.name}", snapshot.files[table.name], table.arrow())
        session.files("fresh_events", snapshot.fresh, event.EVENTS.arrow())
        found = session.query(_COUNTS).to_pylist()[0]
    finally:
        session.close()
        scratch.rmdir()
    if found["events"] != found["ids"]:
        yield Message("{n} events are stored twice.", {"n": found["events"] - found["ids"]})
    if found["folded"] != found["steps"] or found["steps"] != found["of_cases"] or found["cases"] != found["cases_of_steps"]:
        yield Message(
            "The journeys do not match the events: {events} events, {steps} steps, {cases} in cases.",
            {"events": found["folded"], "steps": found["steps"], "cases": int(found["of_cases"])},
        )


def _accounts(store: Store) -> Iterator[Message]:
    for run in store.state.runs():
        told = run["used"] + run["rejected"] + run["duplicate"] + run["without_event"] + run["withheld"]
        if run["read"] != told:
            yield Message(
                "Import of {file}: {read} rows were read, {told} are accounted for.",
                {"file": run["file"], "read": run["read"], "told": told},
            )


def _sagas(store: Store) -> Iterator[Message]:
    for _, kind, step, _ in store.state.open_sagas():
        yield Message(
            "An unfinished {kind} stands at step {step}; run it again to finish it.", {"kind": kind, "step": step or "0"}
        )
