"""Which file is read by which table of which mapping: the given one, one saved before, or a new proposal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kundig import channel
from kundig.channel import ROW, Rejected, Source
from kundig.errors import DataError, MappingError
from kundig.ingest import mapping_file
from kundig.ingest.chunks import as_text, joined
from kundig.ingest.mapping import Mapping, Table
from kundig.ingest.propose import Proposal, propose
from kundig.ingest.words import Words, plain
from kundig.message import Message

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE_ROWS = 5000
_NUMBERING = re.compile(r"( \d+| copy| kopie| export| de| en)+$")


@dataclass(frozen=True)
class Job:
    """One source, the table that reads it, and where that came from ("given", "saved", "proposed")."""

    source: Source
    mapping: Mapping
    table: Table
    origin: str
    path: Path | None = None
    proposals: Sequence[Proposal] = ()
    warnings: Sequence[Message] = ()


@dataclass
class Intake:
    """A job while it is poured: its range of row numbers in the import and what has happened to its rows so far."""

    job: Job
    first: int
    last: int
    read: int = 0
    unread: int = 0
    """Rows the channel could not read; counted by the reading thread alone."""
    rejected: int = 0
    without_event: int = 0
    with_events: int = 0
    looked_up: int = 0
    staged: int = 0
    """Events staged."""
    events: list[Path] = field(default_factory=list)
    """The staged files of these events."""
    problem: Message | None = None

    @property
    def file(self) -> str:
        return self.job.source.name


@dataclass
class Plan:
    """What is to be read, and what is left out with the reason."""

    jobs: list[Job] = field(default_factory=list)
    left_out: list[Message] = field(default_factory=list)
    error: DataError | None = None
    """The first error, to be raised where nothing else is to be read."""

    def leave_out(self, error: DataError) -> None:
        self.left_out.append(Message(error.text, error.values))
        self.error = self.error or error


def open_all(paths: Sequence[Path], scratch: Path) -> tuple[list[Source], list[str]]:
    """Every table in ``paths`` (files, folders, archives) and the names of files in no known format."""
    from kundig.channels import open_sources

    sources: list[Source] = []
    unknown: list[str] = []
    for number, path in enumerate(paths):
        into = scratch / str(number)
        into.mkdir(parents=True)
        found, foreign = open_sources(path, into)
        sources += found
        unknown += foreign
    return sources, unknown


def plan(
    sources: Sequence[Source], *, given: tuple[Path, Mapping] | None, saved: Path, words: Words, source: str, time_zone: str
) -> Plan:
    """A job for every table of every source that can be read; MappingError where a given mapping does not fit."""
    made = Plan()
    known = [(path, mapping.in_zone(time_zone)) for path, mapping in saved_mappings(saved)]
    given = (given[0], given[1].in_zone(time_zone)) if given else None
    for part in _parts(sources, made):
        try:
            job = _given(part, *given) if given else _found(part, known, words, source, time_zone, saved)
        except DataError as error:
            if given and isinstance(error, MappingError):
                raise
            made.leave_out(error)
        else:
            if job is None:
                made.left_out.append(Message("{file} is named by no table of the mapping.", {"file": part.name}))
                continue
            job = _of_this_import(job, made.jobs)
            if job.origin == "proposed" and (job.path, job.mapping) not in known and job.path:
                known.append((job.path, job.mapping))
            made.jobs.append(job)
    return made


def _of_this_import(job: Job, earlier: Sequence[Job]) -> Job:
    """A table like one before it in the same import was not read with a saved mapping, but with the one just proposed."""
    first = next((e for e in earlier if e.origin == "proposed" and e.path == job.path), None)
    return replace(job, origin="proposed", proposals=first.proposals) if first and job.origin == "saved" else job


def saved_mappings(folder: Path) -> list[tuple[Path, Mapping]]:
    """The mappings in ``folder``, by name; MappingError where one is damaged."""
    return [(path, mapping_file.load(path)) for path in sorted(folder.glob("*.toml")) if path.name != "words.toml"]


def sample(source: Source, rows: int = SAMPLE_ROWS) -> pa.Table:
    """The first ``rows`` rows of a source as text columns; DataError where it has no table."""
    tables: list[pa.Table] = []
    count = 0
    for batch in _quiet(source):
        tables.append(as_text(batch).slice(0, rows - count))
        count += tables[-1].num_rows
        if count >= rows:
            break
    if not tables:
        raise DataError("{file} holds no rows.", "Export it again.", file=source.name)
    return joined(tables)


def source_name(name: str) -> str:
    """The system's name from a file's: "exports/Tickets_2026-05 (2).csv.gz" becomes "tickets"."""
    last, _, sheet = name.replace("\\", "/").rsplit("/", 1)[-1].partition("#")
    stem = last.split(".", 1)[0]
    words = plain(f"{stem} {sheet}" if sheet else stem)
    return _NUMBERING.sub("", words).replace(" ", "-") or "import"


def _quiet(source: Source) -> Iterator[pa.RecordBatch]:
    def ignore(_: Rejected) -> None:
        """A sample does not count what cannot be read."""

    return channel.find(source).rows(source, ignore)


def _parts(sources: Sequence[Source], made: Plan) -> Iterator[Source]:
    for source in sources:
        try:
            yield from channel.find(source).parts(source)
        except DataError as error:
            made.leave_out(error)


def _given(source: Source, path: Path, mapping: Mapping) -> Job | None:
    table = mapping.table_for(source.name)
    if table is None and len(mapping.tables) == 1 and not mapping.tables[0].files:
        table = mapping.tables[0]
    if table is None:
        return None
    source = _with_options(source, table)
    columns = [name for name in sample(source).column_names if name != ROW]
    table.check(columns, source.name)
    return Job(source, mapping, table, "given", path)


def _found(source: Source, known: Sequence[tuple[Path, Mapping]], words: Words, name: str, time_zone: str, folder: Path) -> Job:
    rows = sample(source)
    columns = [column for column in rows.column_names if column != ROW]
    fitting = _saved(columns, known, source, name)
    if fitting:
        path, mapping, table = fitting
        return Job(_with_options(source, table), mapping, table, "saved", path)
    if not rows.num_rows:
        raise _without_rows(source)
    made = propose(rows, source=name or source_name(source.name), file=source.name, words=words, time_zone=time_zone)
    path = _free(folder / f"{plain(made.mapping.source).replace(' ', '-') or 'import'}.toml", known)
    return Job(source, made.mapping, made.mapping.tables[0], "proposed", path, made.proposals, made.warnings)


def _without_rows(source: Source) -> DataError:
    """What to say of a file that gives no row: it has none, or none that can be read."""
    unread: list[Rejected] = []
    n = 0

    def keep_first(row: Rejected) -> None:
        nonlocal n
        n += 1
        unread.extend([row][: 1 - len(unread)])

    for _ in channel.find(source).rows(source, keep_first):
        """No row comes; those that cannot be read are told."""
    if not unread:
        return DataError("{file} holds only column names and no rows.", "Export it again, with its rows.", file=source.name)
    first = unread[0]
    return DataError(
        "No row of {file} can be read. It has {n}; row {row}: {why}",
        "Compare that row with the header: a stray delimiter or quote in either shifts every cell. Correct the file, or export it again.",
        file=source.name, n=n, row=str(first.row), why=Message(first.reason, dict(first.values)),
    )  # fmt: skip


def _saved(
    columns: Sequence[str], known: Sequence[tuple[Path, Mapping]], source: Source, name: str
) -> tuple[Path, Mapping, Table] | None:
    """The saved table whose columns are these: same name of the file before another, more common columns before fewer."""
    fitting = [
        (table.takes(source.name), len(set(table.columns) & set(columns)), path, mapping, table)
        for path, mapping in known for table in mapping.tables
        if table.columns and table.fits(columns) and name in ("", mapping.source) and _alike(table.columns, columns)
    ]  # fmt: skip
    if not fitting:
        return None
    _, _, path, mapping, table = max(fitting, key=lambda each: each[:2])
    return path, mapping, table


def _alike(known: Sequence[str], columns: Sequence[str]) -> bool:
    """At least half of all columns are in both."""
    return 2 * len(set(known) & set(columns)) >= len(set(known) | set(columns))


def _with_options(source: Source, table: Table) -> Source:
    return replace(source, options=(*source.options, *table.options.items())) if table.options else source


def _free(path: Path, known: Sequence[tuple[Path, Mapping]]) -> Path:
    taken = {p for p, _ in known}
    candidate, number = path, 2
    while candidate in taken:
        candidate, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return candidate
