"""How a file would be read, and which mappings a person's choices make of it; needs the core alone.

The file lies in ``uploads/<id>/`` of the workspace. Nothing is written to the workspace before :func:`poured`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kundig import channel
from kundig.channel import ROW, Source
from kundig.errors import DataError
from kundig.ingest import Places, import_files, mapping_file
from kundig.ingest.mapping import Mapping as ColumnMapping
from kundig.ingest.mapping import Table
from kundig.ingest.plan import Job, open_all, plan, sample, source_name
from kundig.ingest.profile import profiled
from kundig.message import Message
from kundig.server.sources.imports.columns import Choices, changed

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.ingest import ImportReport, Progress
    from kundig.workspace import Workspace

LOOKED_AT = 1 << 20
"""Bytes from which the number of lines of a text file is guessed."""
_TEXT = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Found:
    """The tables of a file that can be read, those in which no time was found, and what cannot be read with the reason."""

    jobs: Sequence[Job]
    timeless: Sequence[Job]
    left_out: Sequence[Message]

    @property
    def all(self) -> list[Job]:
        """Every table whose columns can be given a part."""
        return [*self.jobs, *self.timeless]


def found(path: Path, places: Places, scratch: Path) -> Found:
    """What is in the file at ``path``; DataError where it is damaged or dangerous."""
    sources, unknown = open_all([path], scratch)
    made = plan(sources, given=None, saved=places.mappings, words=places.words(), source="", time_zone=places.time_zone)
    known = {job.source.name for job in made.jobs}
    timeless = [job for source in _parts(sources) if source.name not in known and (job := _timeless(source, places))]
    binary = [job.source.name for job in timeless if not all(name.isprintable() for name in job.table.columns)]
    told = {job.source.name for job in timeless}
    left_out = [message for message in made.left_out if message.values.get("file") not in told]
    left_out += [Message("{file} is in no format that kundig reads.", {"file": name}) for name in [*unknown, *binary]]
    return Found(made.jobs, [job for job in timeless if job.source.name not in binary], left_out)


def decided(found: Found, choices: Mapping[str, Choices]) -> dict[Path, ColumnMapping]:
    """The mappings that differ from what was proposed or saved, by the file each belongs into."""
    made: dict[Path, ColumnMapping] = {}
    for job in found.all:
        chosen = choices.get(job.source.name)
        if job.path is None or chosen is None or not chosen.says:
            continue
        mapping = changed(made.get(job.path, job.mapping), job.table.name, chosen, _ends(job.source))
        if mapping.table(job.table.name).tells or job not in found.timeless:
            made[job.path] = mapping
    return made


def poured(workspace: Workspace, path: Path, choices: Mapping[str, Choices], progress: Progress) -> ImportReport:
    """Import the file as chosen; the mappings chosen stay for the next time, unless nothing can be imported."""
    places = workspace.places()
    made: dict[Path, ColumnMapping] = {}
    if any(choice.says for choice in choices.values()):
        with scratch() as folder:
            made = decided(found(path, places, folder), choices)
    with _saved(made):
        return import_files(workspace.lake, [path], places, now=workspace.lake.clock(), progress=progress)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for what must be unpacked, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="kundig-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def expected(path: Path) -> int:
    """About how many rows a text file has, by the lines of its beginning; 0 where nobody can tell."""
    if path.suffix.lower() not in _TEXT:
        return 0
    with path.open("rb") as stream:
        start = stream.read(LOOKED_AT)
    return start.count(b"\n") * path.stat().st_size // max(1, len(start))


def columns_of(rows: pa.Table) -> list[str]:
    """The names of a sample's own columns."""
    return [name for name in rows.column_names if name != ROW]


@contextmanager
def _saved(made: Mapping[Path, ColumnMapping]) -> Iterator[None]:
    """The mappings in their place; as it was where the import fails."""
    before = {path: path.read_bytes() if path.exists() else None for path in made}
    try:
        for path, mapping in made.items():
            mapping_file.save(mapping, path)
        yield
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        raise


def _parts(sources: Sequence[Source]) -> Iterator[Source]:
    for source in sources:
        with suppress(DataError):
            yield from channel.find(source).parts(source)


def _timeless(source: Source, places: Places) -> Job | None:
    """A table that can be read, though no column in it looks like a time."""
    with suppress(DataError):
        rows = sample(source)
        if rows.num_rows:
            name = source_name(source.name)
            last = source.name.replace("\\", "/").rsplit("/", 1)[-1]
            table = Table(name, files=(_glob(last),), columns=tuple(columns_of(rows)))
            mapping = ColumnMapping(name, (table,), places.time_zone)
            return Job(source, mapping, table, "proposed", _free(places.mappings, name))
    return None


def _glob(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _free(folder: Path, name: str) -> Path:
    number = next(n for n in range(1, 10_000) if not (folder / f"{name}{'' if n == 1 else f'-{n}'}.toml").exists())
    return folder / f"{name}{'' if number == 1 else f'-{number}'}.toml"


def _ends(source: Source) -> Callable[[str], tuple[float, float]]:
    """The least and the greatest number of a column, looked up when it is asked for."""

    def ends(column: str) -> tuple[float, float]:
        rows = sample(source)
        if column not in rows.column_names:
            return 0.0, 0.0
        told = profiled(rows.select([column, ROW]))[column]
        return told.low or 0.0, told.high or 0.0

    return ends


def renamed(places: Places, folder: Path) -> Places:
    """The same places with a copy of the mappings in ``folder``, where they may be changed for a look."""
    copy = folder / "mappings"
    copy.mkdir()
    for path in places.mappings.glob("*.toml"):
        shutil.copyfile(path, copy / path.name)
    return replace(places, mappings=copy)
