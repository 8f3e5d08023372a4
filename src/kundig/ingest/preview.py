"""What an import would do, with nothing written to the workspace: ``kundig import FILE --dry-run``."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from kundig.channel import ROW, Rejected
from kundig.engine import find
from kundig.errors import DataError
from kundig.ingest import mapping_file
from kundig.ingest.account import Rows
from kundig.ingest.chunks import chunks
from kundig.ingest.consents import Decisions
from kundig.ingest.mapping import Mapping, Table
from kundig.ingest.plan import Job, open_all, plan
from kundig.ingest.pour import Places, from_channel, why_nothing
from kundig.ingest.propose import Proposal
from kundig.ingest.rejected import RejectedLog, RejectedRow
from kundig.ingest.stage import Stage, rejected_rows
from kundig.message import Message, sentences

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 20_000
EVENTS = 10
_MOST_REJECTED = 20


@dataclass(frozen=True)
class FilePreview:
    """One file: the mapping it would take, its first events, and what would become of its first rows."""

    file: str
    origin: str
    """"given", "saved" or "proposed"."""
    mapping: Mapping
    table: Table
    proposals: Sequence[Proposal]
    """What each column is taken for, where the mapping was proposed."""
    events: pa.Table
    """The first ten events in the columns of ``event.EVENTS`` and ``text``; no rows where the table only serves lookups."""
    unused: Sequence[str]
    """Columns without a field, which go to ``extra``."""
    rows: Rows
    """The rows looked at; "used" are those with events."""
    rejected: Sequence[RejectedRow]
    whole: bool
    """True where the whole file was looked at."""
    warnings: Sequence[Message] = ()


@dataclass(frozen=True)
class Preview:
    """What an import would do."""

    files: Sequence[FilePreview]
    left_out: Sequence[Message] = ()
    error: DataError | None = None
    """What an import would end with, where nothing of it can be imported."""


def preview(
    paths: Sequence[Path], places: Places, *, mapping: Path | None = None, source: str = "", now: dt.datetime, rows: int = ROWS
) -> Preview:
    """Look at the first ``rows`` rows of every file. DataError or MappingError as ``import_files`` raises them."""
    with tempfile.TemporaryDirectory(prefix="kundig-") as name:
        folder = Path(name)
        sources, unknown = open_all(paths, folder / "unpacked")
        given = (mapping, mapping_file.load(mapping)) if mapping else None
        made = plan(sources, given=given, saved=places.mappings, words=places.words(), source=source, time_zone=places.time_zone)
        left_out = [*made.left_out, *(Message("{file} is in no format that kundig reads.", {"file": each}) for each in unknown)]
        session = find("duckdb", memory=places.memory, threads=places.threads).session([folder], folder)
        try:
            stage = Stage(session, folder, places.key, places.words(), now, RejectedLog(folder, "preview"))
            _look_up(stage, made.jobs)
            return Preview(
                [_file(stage, job, rows, Decisions(session, places.words(), places.key)) for job in made.jobs],
                left_out, why_nothing(made),
            )  # fmt: skip
        finally:
            session.close()


def _look_up(stage: Stage, jobs: Sequence[Job]) -> None:
    for job in jobs:
        if any(lookup.table == job.table.name for table in job.mapping.tables for lookup in table.lookups):
            stage.lookups.add(job.mapping, job.table, chunks(from_channel(job, _ignored)))


def _file(stage: Stage, job: Job, most: int, found: Decisions) -> FilePreview:
    unread: list[RejectedRow] = []

    def reject(row: Rejected) -> None:
        unread.append(RejectedRow(row.file, row.row, row.column, row.value, row.reason, row.raw, {}, dict(row.values)))

    sample, whole = _first(job, most, reject)
    parsed = stage.parse(job.mapping, job.table, sample, 0)
    compiled = parsed.compiled
    events = (
        stage.session.query(f"select * exclude (row) from ({compiled.events(parsed.years)}) order by position limit {EVENTS}")
        if (compiled.made)
        else sample.slice(0, 0)
    )
    found.add(job.mapping, job.table, sample, job.source.name)
    bad = list(islice(rejected_rows(stage.session, compiled, job.source.name), _MOST_REJECTED))
    used = job.table.used()
    rows = Rows(sample.num_rows + len(unread), parsed.good, parsed.bad + len(unread), 0, parsed.empty, 0)
    return FilePreview(
        job.source.name, job.origin, job.mapping, job.table, job.proposals, events,
        [name for name in sample.column_names if name != ROW and name not in used], rows,
        [*unread, *bad][:_MOST_REJECTED], whole, [*job.warnings, *_decided(found)],
    )  # fmt: skip


def _decided(found: Decisions) -> list[Message]:
    """What the rows looked at say about consents."""
    counts = found.counts()
    if not counts:
        return found.warnings
    told = sentences(
        "{n} consent decision is in these rows: {decisions}.", "{n} consent decisions are in these rows: {decisions}.",
        sum(counts.values()), decisions=", ".join(f"{status} {n}" for status, n in sorted(counts.items())),
    )  # fmt: skip
    return [told, *found.warnings]


def _first(job: Job, most: int, reject: object) -> tuple[pa.Table, bool]:
    """The first ``most`` rows, and whether these are all."""
    found: Iterator[pa.Table] = chunks(from_channel(job, reject), most)  # type: ignore[arg-type]
    first = next(found, None)
    if first is None:
        return _none(job), True
    return first.slice(0, most), first.num_rows <= most and next(found, None) is None


def _none(job: Job) -> pa.Table:
    import pyarrow as pa

    columns = {name: pa.array([], pa.string()) for name in job.table.columns}
    return pa.table({**columns, ROW: pa.array([], pa.int64())})


def _ignored(_: Rejected) -> None:
    """Rows that cannot be read are told where the file is previewed."""
