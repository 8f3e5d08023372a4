"""Rejected rows played again, after the mapping was corrected or the rows themselves were."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kundig.channel import ROW, Reject, Source
from kundig.errors import DataError
from kundig.ingest.account import ImportReport
from kundig.ingest.mapping import Mapping as ColumnMapping
from kundig.ingest.mapping import Table
from kundig.ingest.plan import Job, Plan, saved_mappings
from kundig.ingest.pour import Places, Pouring
from kundig.ingest.rejected import RejectedRow, list_rejected, read_csv, remove_rejected
from kundig.lake import Lake

if TYPE_CHECKING:
    import pyarrow as pa

Group = tuple[str, str, str]
"""File, source and table of rows that are played together."""


def replay(
    lake: Lake, places: Places, *, now: dt.datetime, edited: Path | None = None, mapping: ColumnMapping | None = None
) -> ImportReport:
    """Import the rejected rows again; what passes is no longer rejected, what does not gets its new reason.

    edited: a CSV as ``write_csv`` wrote it, with corrected cells; then only its rows are played.
    mapping: instead of the saved one. DataError where there is nothing that could be played.
    """
    chosen = _chosen(places.rejected, edited)
    groups = _grouped(chosen)
    jobs = {group: job for group in groups if (job := _job(group, places.mappings, mapping, places.time_zone))}
    if not jobs:
        raise DataError("No rejected row can be played again.", "Rows whose cells could not be told apart need a corrected CSV.")

    def read(job: Job, reject: Reject) -> Iterator[pa.RecordBatch]:
        yield from _batches([chosen[id] for id in groups[job.source.name, job.mapping.source, job.table.name]])

    folder = lake.staging()
    try:
        report = Pouring(lake, folder, places, Plan(list(jobs.values())), now, read=read).run()
    finally:
        lake.discard(folder)
    _forget(lake, places.rejected, {id: chosen[id] for group in jobs for id in groups[group]}, report)
    return report


def _chosen(folder: Path, edited: Path | None) -> dict[str, RejectedRow]:
    """The rows to play, by the id they were rejected under."""
    rows = list_rejected(folder)
    if edited is None:
        return {row.id: row for row in rows if row.cells}
    corrections = read_csv(edited)
    return {row.id: replace(row, cells=cells) for row in rows if (cells := corrections.get(row.id))}


def _grouped(rows: Mapping[str, RejectedRow]) -> dict[Group, list[str]]:
    groups: dict[Group, list[str]] = {}
    for id, row in rows.items():
        groups.setdefault((row.file, row.source, row.table), []).append(id)
    return groups


def _job(group: Group, folder: Path, given: ColumnMapping | None, time_zone: str) -> Job | None:
    file, source, name = group
    known = [given] if given else [m for _, m in sorted(saved_mappings(folder), key=lambda each: -each[0].stat().st_mtime)]
    for mapping in known:
        table = next((t for t in mapping.tables if t.name == name), None)
        if mapping.source == source and table:
            return Job(Source(Path(file), file), mapping.in_zone(time_zone), _lasting(table), "replayed")
    return None


def _lasting(table: Table) -> Table:
    """The table without its list of known columns: what a row brings along is nothing new."""
    return replace(table, columns=())


def _batches(rows: Sequence[RejectedRow]) -> Iterator[pa.RecordBatch]:
    """The rows with their cells, numbered as in their file; a number that occurs twice gets the next free one."""
    import pyarrow as pa

    names = list(dict.fromkeys(name for row in rows for name in row.cells))
    taken: set[int] = set()
    numbers = []
    for row in rows:
        number = row.row
        while number in taken:
            number += 1
        taken.add(number)
        numbers.append(number)
    cells = [pa.array([row.cells.get(name) for row in rows], pa.string()) for name in names]
    yield pa.RecordBatch.from_arrays([*cells, pa.array(numbers, pa.int64())], [*names, ROW])


def _forget(lake: Lake, folder: Path, rows: Mapping[str, RejectedRow], report: ImportReport) -> None:
    """The rows are accounted for in the new run; the old ones no longer name them."""
    remove_rejected(folder, rows, keep=report.rejected)
    for (run, file), count in Counter((row.run, row.file) for row in rows.values()).items():
        lake.store.state.forget_rejected(run, file, count)
