"""Chunks of rows become staged events: translate, join, read, write; what does not fit goes to the log of rejected rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from kundig.channel import ROW
from kundig.engine import Session
from kundig.event import KINDS, PEOPLE
from kundig.ingest.account import NewColumn
from kundig.ingest.ahead import Behind
from kundig.ingest.compile import Compiled, Role
from kundig.ingest.lookups import Lookups
from kundig.ingest.mapping import Mapping, Table
from kundig.ingest.plan import Intake
from kundig.ingest.quick import read_quickly, trimmed
from kundig.ingest.rejected import RejectedLog, RejectedRow
from kundig.ingest.translate import Translation
from kundig.ingest.words import Words, plain
from kundig.lake.identity import person_id

if TYPE_CHECKING:
    import pyarrow as pa

_LONG = ("text", "extra")
_MOST_DISTINCT = 1000
_SLICE = 30_720


@dataclass
class Profile:
    """A column never seen before, as far as it was read."""

    filled: int = 0
    values: set[str] = field(default_factory=set)
    example: str = ""

    def add(self, column: pa.ChunkedArray[Any]) -> None:
        self.filled += len(column) - column.null_count
        if len(self.values) < _MOST_DISTINCT:
            self.values.update(value for value in column.unique().to_pylist() if value)
        self.example = self.example or next((value[:80] for value in sorted(self.values)), "")


@dataclass(frozen=True)
class Parsed:
    """A chunk whose dates and numbers are read: rows with events, rejected rows, rows without, and the years of each date."""

    compiled: Compiled
    good: int
    bad: int
    empty: int
    years: list[list[int]]


class Stage:
    """The staging of one import: one engine session, one folder, one key."""

    def __init__(
        self, session: Session, folder: Path, key: bytes, words: Words, received_at: dt.datetime, log: RejectedLog
    ) -> None:
        self.session = session
        self.folder = folder
        self.lookups = Lookups(session, folder)
        self.people: list[Path] = []
        self.agents: list[Path] = []
        self._key = key
        self._words = words
        self._received_at = received_at
        self._log = log
        self._translations: dict[tuple[str, Role], Translation] = {}
        self._compiled: dict[tuple[int, tuple[str, ...]], Compiled] = {}
        self._profiles: dict[tuple[str, str], Profile] = {}
        self._files = 0
        self._behind = Behind()

    @property
    def new_columns(self) -> list[NewColumn]:
        """Columns no mapping knew, with their profile."""
        return [NewColumn(f, c, p.filled, len(p.values), p.example) for (f, c), p in self._profiles.items()]

    def chunk(self, intake: Intake, rows: pa.Table) -> None:
        """Stage the events of ``rows`` and count what became of them in ``intake``."""
        self._profile(intake, rows)
        parsed = self.parse(intake.job.mapping, intake.job.table, rows, intake.first)
        intake.rejected += parsed.bad
        intake.without_event += parsed.empty
        intake.with_events += parsed.good
        if parsed.bad:
            for row in rejected_rows(self.session, parsed.compiled, intake.file):
                self._log.add(row)
        self._write(parsed, intake)

    def finish(self) -> None:
        """Return when every staged row lies in its file."""
        self._behind.wait()

    def parse(self, mapping: Mapping, table: Table, rows: pa.Table, first: int) -> Parsed:
        """Make relation ``parsed`` of ``rows`` and count it."""
        names, ready = self.lookups.joined(mapping, table, rows, first)
        compiled = self._compile(mapping, table, names)
        chunk, quick = read_quickly(compiled, self._translate(compiled, trimmed(compiled, ready)))
        self.session.arrow("chunk", in_slices(chunk))
        self.session.define("parsed", compiled.parsed(quick), stored=not compiled.all_read(quick))
        counts = self.session.query(compiled.summary()).to_pylist()[0]
        years = [counts[f"y{i}"] or [] for i in range(len(compiled.times))]
        return Parsed(compiled, counts["good"], counts["bad"], counts["empty"], years)

    def _write(self, parsed: Parsed, intake: Intake) -> None:
        compiled = parsed.compiled
        if compiled.made:
            paths, count = self._stored(compiled.events(parsed.years, all_good=not parsed.bad), "events")
            intake.events += paths
            intake.staged += count
        self._write_people(compiled, all_good=not parsed.bad)
        if agents := compiled.agents():
            self.agents += self._stored(agents, "agents")[0]

    def _write_people(self, compiled: Compiled, *, all_good: bool) -> None:
        """The persons of a chunk; where only their keys are known, those not met before."""
        role = compiled.person_role
        fresh = self._translation(compiled.mapping, compiled.table, role).fresh() if role else {}
        if role and all_good:
            self.people += self._kept(_people(role, fresh, self._received_at), "people")[0]
        elif people := compiled.people():
            self.people += self._stored(people, "people")[0]

    def _stored(self, sql: str, what: str) -> tuple[list[Path], int]:
        return self._kept(self.session.query(sql), what)

    def _kept(self, rows: pa.Table, what: str) -> tuple[list[Path], int]:
        """The file the rows are going to lie in, if there are any, and how many."""
        if not rows.num_rows:
            return [], 0
        self._files += 1
        path = self.folder / f"{what}-{self._files}.parquet"
        self._behind(lambda: _write(rows, path))
        return [path], rows.num_rows

    def _compile(self, mapping: Mapping, table: Table, names: Sequence[str]) -> Compiled:
        key = (id(table), tuple(names))
        if key not in self._compiled:
            self._compiled[key] = Compiled(
                mapping, table, names, self._received_at, lambda role: meaning(role, mapping, table, self._words, self._key)
            )
        return self._compiled[key]

    def _translate(self, compiled: Compiled, rows: pa.Table) -> pa.Table:
        """The rows with one more column per role: pseudonyms, kinds, channels."""
        for role, name in compiled.roles.items():
            rows = rows.append_column(
                name, self._translation(compiled.mapping, compiled.table, role)(_cells(compiled, role, rows))
            )
        return rows

    def _translation(self, mapping: Mapping, table: Table, role: Role) -> Translation:
        key = (mapping.source + "\x1f" + table.name, role)
        if key not in self._translations:
            self._translations[key] = Translation(meaning(role, mapping, table, self._words, self._key))
        return self._translations[key]

    def _profile(self, intake: Intake, rows: pa.Table) -> None:
        known = {*intake.job.table.columns, ROW}
        if len(known) == 1:
            return
        for name in rows.column_names:
            if name not in known and rows[name].null_count < rows.num_rows:
                self._profiles.setdefault((intake.file, name), Profile()).add(rows[name])


def _write(rows: pa.Table, path: Path) -> None:
    """What repeats once, and only long texts packed, since the lake soon reads and writes the rows again."""
    import pyarrow.parquet as pq

    from kundig.lake.columns import REPEATING

    packed: Any = {name: "lz4" if name in _LONG else "none" for name in rows.column_names}
    repeated: Any = [name for name in rows.column_names if name in REPEATING]
    pq.write_table(rows, path, compression=packed, use_dictionary=repeated, write_statistics=False)


def _people(role: Role, fresh: dict[str, str], received_at: dt.datetime) -> pa.Table:
    import pyarrow as pa

    count = len(fresh)
    columns: dict[str, Any] = {
        "person_id": list(fresh.values()), "identifier_kind": [role.kind] * count, "identifier": list(fresh),
        "name": [None] * count, "email": [None] * count, "phone": [None] * count, "account_id": [None] * count,
        "received_at": [received_at] * count,
    }  # fmt: skip
    return pa.table(columns, schema=PEOPLE.arrow())


def in_slices(rows: pa.Table) -> pa.Table:
    """The same rows in batches, which the engine reads on all its threads; one large batch it reads on one."""
    import pyarrow as pa

    return pa.Table.from_batches(rows.to_batches(max_chunksize=_SLICE), rows.schema)


def rejected_rows(session: Session, compiled: Compiled, file: str) -> Iterator[RejectedRow]:
    """The rows of relation ``parsed`` that failed a check, each with the first value that is wrong."""
    for batch in session.query(compiled.rejected()).to_batches(max_chunksize=1000):
        for place, bad, *cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            found = {name: cell for name, cell in zip(compiled.columns, cells, strict=True) if cell is not None}
            check = compiled.checks[bad]
            wrong = " ".join(found.get(name, "") for name in check.columns).strip()
            yield RejectedRow(
                file, place, " + ".join(check.columns), wrong, check.reason,
                cells=found, source=compiled.mapping.source, table=compiled.table.name,
            )  # fmt: skip


def meaning(role: Role, mapping: Mapping, table: Table, words: Words, key: bytes) -> Callable[[str], str | None]:
    """The function that translates one value of a role."""
    own = tuple("@" + domain.casefold() for domain in table.person.own_domains) if table.person else ()

    def pseudonym(value: str) -> str | None:
        outsider = not words.is_placeholder(value) and not value.casefold().endswith(own or ("\0",))
        return person_id(key, role.kind or role.what, value) if outsider else None

    def kind(value: str) -> str | None:
        found = mapping.kinds.get(value) or (plain(value) if plain(value) in KINDS else words.kind(value))
        return found if role.what == "activity" or found != "other" else None

    return {
        "activity": kind,
        "kind": lambda value: value if value in KINDS else kind(value),
        "channel": lambda value: mapping.channels.get(value) or words.channel(value),
        "direction": words.direction,
        "actor": words.actor,
        "mail direction": lambda value: "outbound" if value.casefold().endswith(own) else "inbound",
    }.get(role.what, pseudonym)


def _cells(compiled: Compiled, role: Role, rows: pa.Table) -> pa.Array[Any]:
    import pyarrow.compute as pc

    join: Any = pc.binary_join_element_wise
    first: Any = pc.coalesce
    columns = [rows[f"c{list(compiled.columns).index(name)}"].combine_chunks() for name in role.columns]
    if len(columns) == 1:
        return columns[0]
    if role.what == "person":
        return cast("pa.Array[Any]", first(*columns))
    return cast("pa.Array[Any]", join(*columns, " ", null_handling="skip"))
