"""Live events poured like an export: fixed mappings, the core's own ingest, one append for everything that has come.

Repeating is harmless: an event's id comes from its source and id, and the lake takes an id once. Every event that does not
end in the lake is handed back with the reason.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.channel import ROW, Reject, Source
from kundig.errors import DataError
from kundig.ingest.mapping import Case, Field, Person, Table
from kundig.ingest.mapping import Mapping as ColumnMapping
from kundig.ingest.plan import Job, Plan
from kundig.ingest.pour import Places, Pouring
from kundig.ingest.rejected import read_rejected
from kundig.lake import Lake
from kundig.lake.identity import person_id
from kundig.lake.state import RUN_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

MOST_COLUMNS = 300
"""Of one table; events with ever other fields are poured as several."""
_DERIVED = ("kind", "direction", "actor")
"""Fields that kundig derives where the sender does not say them: then they are no content of the event."""
_TOLD = (
    "occurred_at", "activity", "channel", "touchpoint", "team", "reason", "promise_id", "due_at", "duration_s", "cost", "text",
)  # fmt: skip
_TRAITS = ("person_name", "person_email", "person_phone")
_COUNTS = RUN_COLUMNS[3:-1]


Event = Mapping[str, Any]
"""A live event, read from JSON."""


@dataclass(frozen=True)
class Row:
    """A waiting event and its place among all that ever waited, which is its place in the lake at equal times."""

    place: int
    event: Event


@dataclass(frozen=True)
class Refused:
    """An event that the lake did not take: the row, the column at fault, and the reason as a catalogue sentence."""

    row: Row
    column: str
    reason: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    """What must be alike for events to be read by the same table."""

    source: str
    person_kind: str
    case_kind: str
    score_scale: str
    derived: tuple[str, ...]
    has_traits: bool
    only_traits: bool

    @classmethod
    def of(cls, event: Event) -> Group:
        """The group of one event."""
        return cls(
            event["source"], event.get("person_kind", "customer"), event.get("case_kind", ""), event.get("score_scale", ""),
            tuple(name for name in _DERIVED if name in event), any(name in event for name in _TRAITS), "only_traits" in event,
        )  # fmt: skip

    def mapping(self, time_zone: str) -> ColumnMapping:
        """The fixed mapping of these events: columns are called like the fields."""
        fields = {name: Field((name,)) for name in (*_TOLD, *self.derived)}
        fields |= {
            "agent": Field(("agent_key",)), "account": Field(("account_key",)), "score": Field(("score",), scale=self.score_scale),
        }  # fmt: skip
        name, email, phone = _TRAITS if self.has_traits or self.only_traits else ("", "", "")
        table = Table(
            "live",
            fields={} if self.only_traits else fields,
            case=Case("case_id", self.case_kind),
            event_id="id",
            person=Person("person_key", self.person_kind, name=name, email=email, phone=phone),
        )
        return ColumnMapping(self.source, (table,), time_zone)


def pour(lake: Lake, places: Places, rows: Sequence[Row]) -> list[Refused]:
    """Bring ``rows`` into the lake, each once, and say which it refused; returns when all is synced.

    Raises what stopped the whole: DataError and others where a row may be at fault, LakeError where the lake is.
    """
    jobs, parts = _jobs(rows, places)
    folder = lake.staging()
    try:

        def read(job: Job, reject: Reject) -> Iterator[pa.RecordBatch]:
            yield _batch(parts[int(job.source.part)])

        kept = replace(places, rejected=folder / "rejected")
        report = Pouring(_Booked(lake), folder, kept, Plan(jobs), lake.clock(), read=read).run()  # type: ignore[arg-type]
        for file in report.files:
            if file.problem:
                raise DataError(file.problem.text, **file.problem.values)
        return _refused(report.rejected, rows)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _refused(log: Path | None, rows: Sequence[Row]) -> list[Refused]:
    if log is None:
        return []
    at = {row.place: row for row in rows}
    return [Refused(at[found.row], found.column, found.reason, found.values) for found in read_rejected(log)]


def _jobs(rows: Sequence[Row], places: Places) -> tuple[list[Job], list[list[dict[str, Any]]]]:
    """One job per group, and its rows as flat texts; more than one where there would be too many columns."""
    groups: dict[Group, list[tuple[set[str], list[dict[str, Any]]]]] = {}
    for row in rows:
        event = row.event
        if "by_day" in event:
            event = _by_day(event, places.key)
        flat = {**event, **event.get("extra", {}), ROW: row.place}
        flat.pop("extra", None)
        tables = groups.setdefault(Group.of(event), [(set(), [])])
        if len(tables[-1][0] | flat.keys()) > MOST_COLUMNS:
            tables.append((set(), []))
        tables[-1][0].update(flat)
        tables[-1][1].append(flat)
    jobs: list[Job] = []
    parts: list[list[dict[str, Any]]] = []
    for group, tables in groups.items():
        mapping = group.mapping(places.time_zone)
        for _, part in tables:
            source = Source(Path("live"), f"live/{group.source}", str(len(parts)))
            jobs.append(Job(source, mapping, mapping.tables[0], "live"))
            parts.append(part)
    return jobs, parts


def _by_day(event: Event, key: bytes) -> Event:
    """The event with its person's day as its case; named by the pseudonym, so that a case gives nobody away."""
    pseudonym = person_id(key, event.get("person_kind", "customer"), event["person_key"])
    return {**event, "case_kind": "day", "case_id": f"{pseudonym}:{event['occurred_at'][:10]}"}


_HIDDEN = ("source", "person_kind", "case_kind", "score_scale", "by_day", "only_traits")


def _batch(rows: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
    """Rows as text columns."""
    import pyarrow as pa

    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in (*_HIDDEN, ROW)]
    columns: list[Any] = [pa.array([_text(row.get(name)) for row in rows], pa.string()) for name in names]
    return pa.RecordBatch.from_arrays([*columns, pa.array([row[ROW] for row in rows], pa.int64())], [*names, ROW])


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else repr(value)


class _Booked:
    """The lake, with the accounting of all live events of a day and source in one line instead of one each second."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lake, name)

    def record_run(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add to today's lines."""
        run = f"live-{rows[0]['finished_at'][:10]}"
        known = {line["file"]: line for line in self._lake.store.state.runs() if line["run"] == run}
        for row in rows:
            before = known.get(row["file"], {})
            sums = {name: row[name] + before.get(name, 0) for name in _COUNTS}
            known[row["file"]] = {**row, **sums, "run": run}
        self._lake.record_run([known[name] for name in dict.fromkeys(row["file"] for row in rows)])
