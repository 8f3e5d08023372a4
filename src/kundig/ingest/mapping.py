"""A mapping says what the columns of an export mean: which field they fill, which events a row holds, what belongs together.

It is data, not code: proposed by kundig, saved as TOML (``mapping_file``), corrected by a person, used again next time.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from kundig.errors import MappingError

FIELDS = (
    "occurred_at", "activity", "kind", "channel", "touchpoint", "direction", "actor", "agent", "team", "reason",
    "score", "promise_id", "due_at", "duration_s", "cost", "account", "text",
)  # fmt: skip
NUMBERS = ("score", "duration_s", "cost")
ONCE = ("text", "score", "duration_s", "cost")
"""Fields of a table that only the first of its declared events gets: what was said or paid once is not said at every step."""
DURATION_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
DATE_ORDERS = ("dmy", "mdy")
DECIMALS = (",", ".")


@dataclass(frozen=True)
class Field:
    """Where a value comes from: one column, several joined by a blank (text: by a line break), or a constant."""

    columns: tuple[str, ...] = ()
    value: str = ""
    scale: str = ""
    """For a score: the ends of its scale, "1-5"."""
    unit: str = ""
    """For a duration: ms, s, min, h or d."""


@dataclass(frozen=True)
class Person:
    """Which column names the person, what sort of key that is, and where the identifying fields are."""

    column: str
    kind: str = "customer"
    otherwise: str = ""
    """The column that counts where ``column`` is empty, such as a visitor's anonymous id."""
    name: str = ""
    email: str = ""
    phone: str = ""
    account: str = ""
    own_domains: tuple[str, ...] = ()
    """Mail domains of the firm itself: such an address is no customer."""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(c for c in (self.column, self.otherwise, self.name, self.email, self.phone, self.account) if c)


@dataclass(frozen=True)
class Case:
    """What an event is about: the value of a column, a session ended by a pause, or the person."""

    column: str = ""
    kind: str = ""
    session_minutes: int = 0
    by_person: bool = False


@dataclass(frozen=True)
class Only:
    """A condition: the column holds one of the values (letter case aside)."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """One of the events a row holds; its fields go before those of the table."""

    fields: Dict[str, Field]
    only_if: Only | None = None


@dataclass(frozen=True)
class Withdrawn:
    """When a promise counts as withdrawn: the column holds one of the values; ``at`` names the column with the time."""

    only_if: Only
    at: str = ""


@dataclass(frozen=True)
class Promise:
    """Something owed by a date: the columns with the times it was made, is due, was kept or broken.

    A promise is late when the time in ``kept`` is after the one in ``due``. A due date without a time means the end of
    that day in the mapping's time zone; with a time, even 00:00:00, it is taken as it is written.
    """

    made: str
    due: str
    kept: str = ""
    broken: str = ""
    withdrawn: Withdrawn | None = None
    name: str = "promise"
    activities: Dict[str, str] = field(default_factory=dict)
    """Own activity names by "made", "kept", "broken", "withdrawn"; else "delivery promised", "delivery kept" ..."""


@dataclass(frozen=True)
class Consent:
    """A column that says whether the person agrees to a purpose: by a yes or no, or by the date of the yes."""

    column: str
    purpose: str
    at: str = ""
    """The column with the date of a yes; without one, the decision counts from the import on."""
    no_at: str = ""
    """The column with the date of a no."""
    yes: str = "given"
    """What a yes decides: one of the ledger's statuses, or "nothing"."""
    no: str = "withdrawn"

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(c for c in (self.column, self.at, self.no_at) if c)


@dataclass(frozen=True)
class Lookup:
    """Columns taken from another table where its keys equal ours; the first row that matches counts."""

    table: str
    on: Dict[str, str]
    """Our column -> the column of the other table."""
    take: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table of an export. Without events of its own it only serves lookups of others."""

    name: str
    files: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    """All columns seen when the mapping was made; others are new."""
    fields: Dict[str, Field] = field(default_factory=dict)
    person: Person | None = None
    case: Case | None = None
    event_id: str = ""
    events: tuple[Event, ...] = ()
    promises: tuple[Promise, ...] = ()
    consents: tuple[Consent, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    options: Dict[str, str] = field(default_factory=dict)
    """What to tell the channel, such as delimiter = ";" or encoding = "cp1252"."""
    why: Dict[str, str] = field(default_factory=dict)

    @property
    def has_events(self) -> bool:
        return bool(self.events or self.promises or "occurred_at" in self.fields)

    @property
    def tells(self) -> bool:
        """True where rows give events, identify persons or say what they agreed to; else the table only serves lookups."""
        person = self.person
        return self.has_events or bool(person and (person.name or person.email or person.phone or self.consents))

    @property
    def all_events(self) -> tuple[Event, ...]:
        """The declared events with the table's fields filled in, or the one event that the table's fields make."""
        declared = self.events or ((Event({}),) if "occurred_at" in self.fields else ())
        later = {name: source for name, source in self.fields.items() if name not in ONCE}
        given = [self.fields, *[later] * len(declared)]
        return tuple(replace(event, fields={**fields, **event.fields}) for event, fields in zip(declared, given, strict=False))

    @property
    def taken(self) -> set[str]:
        """Columns that come from lookups."""
        return {column for lookup in self.lookups for column in lookup.take}

    def used(self) -> dict[str, str]:
        """Every column the mapping reads, with the key of the mapping that names it; lookups included."""
        return {column: key for key, column in _named(self) if column}

    def needed(self) -> dict[str, str]:
        """Like :meth:`used`, but only the columns the file itself must have: an event with a condition may lack its own."""
        always = replace(self, events=tuple(e if e.only_if is None else Event({}, e.only_if) for e in self.events))
        return {column: key for column, key in always.used().items() if column not in self.taken}

    def takes(self, name: str) -> bool:
        """True where a glob of ``files`` fits the source called ``name`` or the last part of it."""
        last = name.replace("\\", "/").rsplit("/", 1)[-1]
        candidates = {name, last, last.removesuffix(".gz"), last.rsplit("#", 1)[-1]}
        return any(fnmatchcase(c, pattern) for c in candidates for pattern in self.files)

    def check(self, columns: Sequence[str], file: str = "") -> None:
        """MappingError naming table, key and column where the file lacks a column the mapping reads."""
        for column, key in self.needed().items():
            if column not in columns:
                raise MappingError(
                    "{file}: table {table} of the mapping reads column {column} for {key}, but the file has no such column.",
                    "Nearest: {near}. Correct the mapping, or import without --mapping to get a new proposal.",
                    file=file, table=self.name, column=column, key=key, near=near(column, columns),
                )  # fmt: skip

    def fits(self, columns: Iterable[str]) -> bool:
        """True where all columns the mapping reads from the file are there."""
        return set(self.needed()) <= set(columns)


@dataclass(frozen=True)
class Mapping:
    """What the columns of one system's export mean; ``source`` is the system's name in the lake."""

    source: str
    tables: tuple[Table, ...]
    time_zone: str = ""
    """Of times that name none; "" for the workspace's."""
    decimal: str = "."
    date_order: str = "dmy"
    """For dates like 03/04/2024, where nothing else tells: dmy or mdy."""
    kinds: Dict[str, str] = field(default_factory=dict)
    """Activity -> kind, before the word lists."""
    channels: Dict[str, str] = field(default_factory=dict)
    """The source's word -> channel, before the word lists."""

    def in_zone(self, time_zone: str) -> Mapping:
        """This mapping, with ``time_zone`` where it names none."""
        return self if self.time_zone else replace(self, time_zone=time_zone)

    def table(self, name: str) -> Table:
        """The table called ``name``; MappingError where there is none."""
        found = next((table for table in self.tables if table.name == name), None)
        if found is None:
            raise MappingError(
                "The mapping has no table called {table}.", "It has: {known}.",
                table=name, known=", ".join(table.name for table in self.tables),
            )  # fmt: skip
        return found

    def table_for(self, name: str) -> Table | None:
        """The table whose globs fit the source called ``name``."""
        return next((table for table in self.tables if table.takes(name)), None)


def near(word: str, known: Iterable[str]) -> str:
    """The names most like ``word``, else all of them, for an error message."""
    names = list(known)
    folded = {name.casefold(): name for name in names}
    best = [folded[key] for key in difflib.get_close_matches(word.casefold(), folded, n=3, cutoff=0.5)]
    return ", ".join(best or names[:20]) or "-"


def _named(table: Table) -> Iterator[tuple[str, str]]:
    for name, source in table.fields.items():
        yield from ((f"fields.{name}", column) for column in source.columns)
    if table.person:
        yield from (("person", column) for column in table.person.columns)
    if table.case:
        yield "case", table.case.column
    yield "event_id", table.event_id
    for event in table.events:
        yield from ((f"event.{name}", column) for name, source in event.fields.items() for column in source.columns)
        yield "event.only_if", event.only_if.column if event.only_if else ""
    for promise in table.promises:
        yield from _named_by(promise)
    for consent in table.consents:
        yield from ((f"consent.{consent.purpose}", column) for column in consent.columns)
    for lookup in table.lookups:
        yield from (("lookup.on", column) for column in lookup.on)


def _named_by(promise: Promise) -> Iterator[tuple[str, str]]:
    yield "promise.made", promise.made
    yield "promise.due", promise.due
    yield "promise.kept", promise.kept
    yield "promise.broken", promise.broken
    if promise.withdrawn:
        yield "promise.withdrawn", promise.withdrawn.only_if.column
        yield "promise.withdrawn.at", promise.withdrawn.at
