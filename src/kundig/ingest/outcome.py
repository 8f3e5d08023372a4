"""What became of each row once the lake has judged its events: used, duplicate, withheld, or refused as a conflict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kundig.channel import ROW
from kundig.engine import Session
from kundig.ingest.account import Rows
from kundig.ingest.chunks import chunks
from kundig.ingest.rejected import RejectedLog, RejectedRow
from kundig.lake import Appended, Staged
from kundig.message import sentence

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.ingest.plan import Intake, Job

CONFLICT = sentence("The same id is stored with other content.")

_JUDGED = """
with told as (
  select row, count(*) as n, count(*) filter (outcome = 'conflict') as conflicts,
    count(*) filter (outcome = 'withheld') as withheld
  from outcomes group by row),
all_of as (select row, count(*) as n from staged where row in (select row from told) group by row)
select t.row, t.n as events, case when a.n > t.n then 'used' when t.conflicts > 0 then 'conflict'
  when t.withheld > 0 then 'withheld' else 'duplicate' end as outcome
from told t join all_of a on a.row = t.row
"""
_BY_FILE = """
select f.file, j.outcome, count(*) as rows, cast(sum(j.events) as bigint) as events
from judged j join files f on j.row between f.first and f.last group by f.file, j.outcome
"""
_CONFLICTS = """
select f.file, j.row - f.first as place from judged j join files f on j.row between f.first and f.last
where j.outcome = 'conflict' order by f.file, j.row
"""


@dataclass
class Outcome:
    """Of one file: rows none of whose events were new, and the events that were not new."""

    duplicate: int = 0
    withheld: int = 0
    events: int = 0
    conflicts: set[int] = field(default_factory=set)
    """Places of the rows refused because their id is stored with other content."""

    def rows(self, intake: Intake) -> Rows:
        """The accounting of the file."""
        rejected = intake.rejected + len(self.conflicts)
        used = intake.with_events - len(self.conflicts) - self.duplicate - self.withheld
        return Rows(intake.read, used, rejected, self.duplicate, intake.without_event, self.withheld)


def outcomes(session: Session, intakes: Sequence[Intake], staged: Staged, appended: Appended) -> list[Outcome]:
    """One outcome per intake, in their order."""
    found = [Outcome() for _ in intakes]
    if not appended.outcomes:
        return found
    _open(session, intakes, staged, appended)
    for line in session.query(_BY_FILE).to_pylist():
        outcome = found[line["file"]]
        outcome.events += line["events"]
        if line["outcome"] in ("duplicate", "withheld"):
            setattr(outcome, line["outcome"], line["rows"])
    for line in session.query(_CONFLICTS).to_pylist():
        found[line["file"]].conflicts.add(line["place"])
    return found


def reject_conflicts(log: RejectedLog, job: Job, rows: Iterable[pa.RecordBatch], places: set[int]) -> None:
    """Put those of ``rows`` (the file, read again) that stand at ``places`` into the log, whole."""
    for place, cells in _rows_at(rows, places):
        value = cells.get(job.table.event_id, "")
        log.add(
            RejectedRow(
                job.source.name,
                place,
                job.table.event_id,
                value,
                CONFLICT,
                cells=cells,
                source=job.mapping.source,
                table=job.table.name,
            )
        )


def _rows_at(rows: Iterable[pa.RecordBatch], places: set[int]) -> Iterator[tuple[int, dict[str, str]]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(sorted(places), pa.int64())
    for chunk in chunks(rows):
        for row in chunk.filter(pc.is_in(chunk[ROW], wanted)).to_pylist():
            place = row.pop(ROW)
            yield place, {name: value for name, value in row.items() if value is not None}


def _open(session: Session, intakes: Sequence[Intake], staged: Staged, appended: Appended) -> None:
    import pyarrow as pa

    fields: list[tuple[str, Any]] = [("row", pa.int64()), ("event_id", pa.string()), ("outcome", pa.string())]
    schema = pa.schema(fields)
    session.files("outcomes", [str(path) for path in appended.outcomes], schema)
    session.files("staged", [str(path) for path in staged.events], schema)
    ranges = [(i, each.first, each.last) for i, each in enumerate(intakes) if each.staged]
    session.arrow("files", pa.table(list(zip(*ranges, strict=True)), names=["file", "first", "last"]))
    session.define("judged", _JUDGED, stored=True)
