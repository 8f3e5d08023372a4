"""From files to the lake: open, map, stage, append, account. Nothing is stored before all of it is staged."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kundig import channel
from kundig.channel import Reject, Rejected
from kundig.engine import Session, find
from kundig.errors import DataError, MappingError
from kundig.ingest import mapping_file, settle
from kundig.ingest import words as word_lists
from kundig.ingest.account import FileReport, ImportReport
from kundig.ingest.ahead import ahead
from kundig.ingest.chunks import CHUNK_ROWS, chunks
from kundig.ingest.consents import Decisions
from kundig.ingest.outcome import Outcome, outcomes, reject_conflicts
from kundig.ingest.plan import Intake, Job, Plan, open_all, plan
from kundig.ingest.rejected import RejectedLog, sweep
from kundig.ingest.stage import Stage
from kundig.ingest.words import Words
from kundig.lake import Appended, Lake, Staged
from kundig.lake.disk import disk_errors
from kundig.message import Message

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[str, int], None]
"""Called with a file's name and the rows read of it so far."""


Read = Callable[[Job, Reject], "Iterator[pa.RecordBatch]"]
"""How a job's rows are read."""


def from_channel(job: Job, reject: Reject) -> Iterator[pa.RecordBatch]:
    """The rows of a job's source, by the channel that reads it."""
    return channel.find(job.source).rows(job.source, reject)


@dataclass(frozen=True)
class Places:
    """Where a workspace keeps what an import needs: its mappings and word list, its rejected rows, its key."""

    mappings: Path
    rejected: Path
    key: bytes
    time_zone: str = "UTC"
    memory: str = "2GB"
    threads: int = 0

    def words(self) -> Words:
        """The word lists, the workspace's own first."""
        return word_lists.load(self.mappings / "words.toml")


def import_files(
    lake: Lake,
    paths: Sequence[Path],
    places: Places,
    *,
    mapping: Path | None = None,
    source: str = "",
    now: dt.datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Import files, folders and archives into ``lake``; what does not fit goes to ``places.rejected``.

    mapping: a mapping file; else saved ones are reused and missing ones proposed and saved. source: the system's name.
    DataError or MappingError where nothing can be imported; then nothing is stored.
    """
    folder = lake.staging()
    try:
        sources, unknown = open_all(paths, folder / "unpacked")
        given = (mapping, mapping_file.load(mapping)) if mapping else None
        made = plan(sources, given=given, saved=places.mappings, words=places.words(), source=source, time_zone=places.time_zone)
        made.left_out += [Message("{file} is in no format that kundig reads.", {"file": name}) for name in unknown]
        if error := why_nothing(made):
            raise error
        return Pouring(lake, folder, places, made, now, progress).run()
    finally:
        lake.discard(folder)


class Pouring:
    """One import: its session, its log of rejected rows and its row numbers."""

    def __init__(
        self, lake: Lake, folder: Path, places: Places, made: Plan, now: dt.datetime, progress: Progress | None = None,
        read: Read = from_channel,
    ) -> None:  # fmt: skip
        self._lake = lake
        self._folder = folder
        self._places = places
        self._plan = made
        self._now = now
        self._progress = progress or (lambda file, rows: None)
        self._read = read
        self._started = time.monotonic()
        self._next = 0
        self.run_id = f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%S}-{folder.name[-6:]}"
        sweep(places.rejected, now)
        self.log = RejectedLog(places.rejected, self.run_id)

    def run(self) -> ImportReport:
        """Stage every file, append, account."""
        engine = find("duckdb", memory=self._places.memory, threads=self._places.threads)
        session = engine.session([self._folder], self._folder)
        try:
            with disk_errors():
                return self._run(session)
        except BaseException:
            self.log.abandon()
            raise
        finally:
            session.close()

    def _run(self, session: Session) -> ImportReport:
        stage = Stage(session, self._folder, self._places.key, self._places.words(), self._now, self.log)
        self._decisions = Decisions(session, self._places.words(), self._places.key)
        intakes = self._stage(stage)
        self._settle(session, intakes)
        staged = Staged([path for each in intakes for path in each.events], stage.people, stage.agents)
        appended = (
            self._lake.append(staged, "import") if staged.events or staged.people else Appended(0, 0, 0, 0, self._lake.version)
        )
        found = outcomes(session, intakes, staged, appended)
        for intake, outcome in zip(intakes, found, strict=True):
            if outcome.conflicts:
                reject_conflicts(self.log, intake.job, self._read(intake.job, _ignored), outcome.conflicts)
        decided = self._decisions.record(self._lake)
        path = self.log.finish()
        return self._report(stage, intakes, found, appended, path, decided)

    def _stage(self, stage: Stage) -> list[Intake]:
        """Lookup tables first, then every file; a file that cannot be read to its end is left out whole."""
        looked_up = [self._intake(job, lambda intake: self._look_up(intake, stage)) for job in self._plan.jobs if _is_lookup(job)]
        intakes = [each for each in looked_up if each.problem or not each.job.table.tells]
        intakes += [self._intake(job, lambda intake: self._pour(intake, stage)) for job in self._plan.jobs if job.table.tells]
        problems = [each.problem for each in intakes if each.problem]
        if len(problems) == len(intakes):
            raise DataError(problems[0].text, **problems[0].values)
        return intakes

    def _intake(self, job: Job, read: Callable[[Intake], None]) -> Intake:
        intake = Intake(job, self._next, self._next)
        mark, decided = self.log.mark(), self._decisions.mark()
        try:
            read(intake)
        except MappingError:
            raise
        except DataError as error:
            self.log.back_to(mark)
            self._decisions.back_to(decided)
            _forget(intake, Message(error.text, error.values))
        self._next = intake.last + 1
        return intake

    def _look_up(self, intake: Intake, stage: Stage) -> None:
        """Keep what others want of a table; where it tells nothing itself, its unreadable rows count here."""
        alone = not intake.job.table.tells
        reject = self._rejecting(intake) if alone else _ignored
        rows = stage.lookups.add(intake.job.mapping, intake.job.table, chunks(self._read(intake.job, reject)))
        if alone:
            intake.looked_up = rows
            intake.read = intake.rejected = intake.unread

    def _pour(self, intake: Intake, stage: Stage) -> None:
        table = intake.job.table
        rows = CHUNK_ROWS // max(1, (len(table.all_events) + 2 * len(table.promises)) // 2)
        try:
            for chunk in ahead(chunks(self._read(intake.job, self._rejecting(intake)), rows)):
                intake.read += chunk.num_rows
                intake.last = max(intake.last, intake.first + _last_place(chunk))
                stage.chunk(intake, chunk)
                self._decisions.add(intake.job.mapping, table, chunk, intake.file)
                self._progress(intake.file, intake.read)
        finally:
            stage.finish()
        intake.read += intake.unread
        intake.rejected += intake.unread

    def _rejecting(self, intake: Intake) -> Reject:
        def reject(row: Rejected) -> None:
            intake.unread += 1
            self.log.add_unread(row, intake.job.mapping.source, intake.job.table.name)

        return reject

    def _settle(self, session: Session, intakes: Sequence[Intake]) -> None:
        """Number true duplicates within a file, cut sessions over all files of a source."""
        groups: dict[tuple[str, int], list[Intake]] = {}
        for number, intake in enumerate(intakes):
            table = intake.job.table
            if intake.events and not table.event_id:
                intake.events = settle.number_duplicates(
                    session, self._folder, intake.events, intake.staged, f"numbered-{number}"
                )
            if intake.events and table.case and table.case.session_minutes:
                groups.setdefault((intake.job.mapping.source, table.case.session_minutes), []).append(intake)
        for number, ((_, minutes), group) in enumerate(groups.items()):
            files = [path for each in group for path in each.events]
            cut = settle.cut_sessions(
                session, self._folder, files, sum(each.staged for each in group), minutes, f"sessions-{number}"
            )
            group[0].events = cut
            for each in group[1:]:
                each.events = []

    def _report(
        self, stage: Stage, intakes: Sequence[Intake], found: Sequence[Outcome], appended: Appended, rejected: Path | None,
        decided: int,
    ) -> ImportReport:  # fmt: skip
        files = [_file_report(intake, outcome) for intake, outcome in zip(intakes, found, strict=True)]
        self._record(files)
        return ImportReport(
            self.run_id, files, appended.new, appended.duplicate, appended.conflict, appended.withheld, stage.new_columns,
            self._save_mappings(), [*self._warnings(files), *self._decisions.warnings], rejected,
            self._lake.version if decided else appended.version, time.monotonic() - self._started, decided,
        )  # fmt: skip

    def _record(self, files: Iterable[FileReport]) -> None:
        finished = self._now.astimezone(dt.UTC).isoformat()
        rows = [
            {"run": self.run_id, "file": f.file, "source": f.mapping, **vars(f.rows), "events": f.events, "finished_at": finished}
            for f in files if f.rows.read
        ]  # fmt: skip
        if rows:
            self._lake.record_run(rows)

    def _save_mappings(self) -> list[Path]:
        """Keep what was proposed or given for the next time; the paths of all mappings used."""
        for job in self._plan.jobs:
            if job.origin == "proposed" and job.path and not job.path.exists():
                mapping_file.save(job.mapping, job.path)
        given = dict.fromkeys(job.path for job in self._plan.jobs if job.origin == "given" and job.path)
        kept = {path: mapping_file.keep(path, self._places.mappings) for path in given}
        return [kept.get(path, path) for path in dict.fromkeys(job.path for job in self._plan.jobs if job.path)]

    def _warnings(self, files: Sequence[FileReport]) -> Iterator[Message]:
        yield from self._plan.left_out
        for job in self._plan.jobs:
            if not job.table.tells and not _is_lookup(job):
                yield Message(
                    "Table {table} of the mapping has no events and no other table looks into it: {file} was not read.",
                    {"table": job.table.name, "file": job.source.name},
                )
        yield from (file.problem for file in files if file.problem)
        for job in self._plan.jobs:
            yield from job.warnings
            if job.origin == "saved":
                yield Message("{file} was read with the mapping {mapping}.", {"file": job.source.name, "mapping": str(job.path)})
            elif job.origin == "proposed":
                yield Message(
                    "The mapping for {file} was proposed and saved as {mapping}.",
                    {"file": job.source.name, "mapping": str(job.path)},
                )


def why_nothing(made: Plan) -> DataError | None:
    """The reason where ``made`` would import nothing, else None."""
    if any(job.table.tells for job in made.jobs):
        return None
    return made.error or DataError("There is nothing to import.", "Name a file, a folder or an archive with data.")


def _last_place(rows: pa.Table) -> int:
    import pyarrow.compute as pc

    return int(pc.max(rows[channel.ROW]).as_py())


def _ignored(_: Rejected) -> None:
    """The row is counted when the table is read for its own events."""


def _forget(intake: Intake, problem: Message) -> None:
    for path in intake.events:
        path.unlink(missing_ok=True)
    intake.events, intake.staged, intake.problem = [], 0, problem
    intake.read = intake.unread = intake.rejected = intake.without_event = intake.with_events = intake.looked_up = 0


def _is_lookup(job: Job) -> bool:
    return any(lookup.table == job.table.name for table in job.mapping.tables for lookup in table.lookups)


def _file_report(intake: Intake, outcome: Outcome) -> FileReport:
    rows = outcome.rows(intake)
    rows.check(intake.file)
    job = intake.job
    return FileReport(
        intake.file, job.mapping.source, job.table.name, rows, intake.looked_up, intake.staged - outcome.events, intake.problem
    )
