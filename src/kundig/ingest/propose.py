"""A mapping for a file nobody has seen, from its header words and its values, with a reason and a confidence per column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kundig.channel import ROW
from kundig.errors import MappingError
from kundig.ingest import consent_columns, shapes
from kundig.ingest.guess import BY_HEADER, SURE, Guess, guesses
from kundig.ingest.headers import LONGEST_NAME, hint, like_data
from kundig.ingest.manyevents import CASE_KINDS, many_events, named
from kundig.ingest.mapping import Case, Field, Mapping, Person, Table
from kundig.ingest.profile import Column, date_order, decimal, profiled
from kundig.ingest.words import Words, plain
from kundig.message import Message, sentence

if TYPE_CHECKING:
    import pyarrow as pa

KNOWN_SHAPE = sentence("The columns are those of a known format.")
WHOLE_DAY = sentence("{why} Without a time, it is due by the end of the day.")
FIRST_ROW = sentence("The first row of {file} looks like data, not like the names of columns: {value}")
NAME_THEM = sentence("Write a line with the names of the columns above it; one of them must hold the time of the events.")
CLEAR = 0.75
"""From here on a header is a word for time itself, not for what happened then."""
LATER = 0.8
"""How sure a column is that only the dates of a ticket or an order told."""
_SCALES = ((0, 1), (1, 5), (0, 5), (1, 7), (1, 10), (0, 10), (0, 100))
_PLAIN_FIELDS = (
    "occurred_at", "activity", "channel", "direction", "actor", "agent", "team", "reason", "touchpoint", "score", "duration_s",
    "cost", "text", "promise_id", "due_at", "account",
)  # fmt: skip
_DURATION_HINTS = (("min", "min"), ("std", "h"), ("hour", "h"), ("stunde", "h"), ("ms", "ms"), ("tage", "d"), ("day", "d"))
_DOMAIN = re.compile(r"@([\w.-]+\w)")
_SESSION_PAUSE = 30
_NUMBERED = {
    "contact": {"kontakt id", "kontaktnummer", "kontakt nr", "kontaktgrund", "contact reason"},
    "purchase": {"bestellnummer", "bestell nr", "order id", "order number", "auftragsnummer"},
}
_BUSY = 4.0
"""Rows per person from which events without a case look like visits, to be cut into sessions."""


@dataclass(frozen=True)
class Proposal:
    """What one column is taken for ("" for none: kept in extra), why, and how sure that is (0 to 1)."""

    column: str
    field: str
    reason: Message
    confidence: float


@dataclass(frozen=True)
class Proposed:
    """A mapping with one table, what speaks for it, and what a person should look at."""

    mapping: Mapping
    proposals: Sequence[Proposal]
    warnings: Sequence[Message] = ()


def propose(rows: pa.Table, *, source: str, file: str, words: Words, time_zone: str) -> Proposed:
    """A mapping for ``rows`` (a sample, text columns); MappingError where nothing can serve as the time of an event."""
    names = [name for name in rows.column_names if name != ROW]
    columns = profiled(rows)
    known = shapes.recognise(names, words)
    if known:
        table, chosen = _without_own(known, rows), _known_guesses(known)
    else:
        table, chosen = _found(columns, words, source)
    if not table.tells:
        raise _timeless(names, file)
    chosen = _told(names, chosen, table, columns)
    table = replace(table, name=source, files=(_glob(file),), columns=tuple(names), why=_why(chosen))
    order, told = date_order(list(columns.values()))
    mapping = Mapping(source, (table,), time_zone, decimal([c for c in columns.values() if c.is_number]), order)
    mapping = replace(mapping, kinds=_kinds(table, rows, words))
    return Proposed(mapping, _proposals(names, chosen), tuple(_warnings(table, columns, file, order, told)))


def _timeless(names: Sequence[str], file: str) -> MappingError:
    if value := like_data(names):
        return MappingError(FIRST_ROW, NAME_THEM, file=file, value=_cut(value))
    return MappingError(
        "{file} has no column that could be the time of an event. Columns: {columns}.",
        "Add a column with a date, or name it in a mapping.",
        file=file, columns=", ".join(names),
    )  # fmt: skip


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"


def _found(columns: Dict[str, Column], words: Words, source: str) -> tuple[Table, dict[str, Guess]]:
    """The table its columns make; in a list of persons, what they agreed to is nothing that happened."""
    agreed = consent_columns.proposed(columns, words)
    rest = {name: column for name, column in columns.items() if name not in agreed}
    chosen = guesses(rest, words)
    table = consent_columns.of_table(_table(rest, chosen, words, source), columns, agreed)
    if table.consents:
        return table, {**chosen, **{name: guess for name, (_, guess) in agreed.items()}}
    chosen = guesses(columns, words) if agreed else chosen
    return _table(columns, chosen, words, source), chosen


def _table(columns: Dict[str, Column], chosen: Dict[str, Guess], words: Words, source: str) -> Table:
    by_field = {guess.field: column for column, guess in chosen.items()}
    table = Table("", fields=_fields(columns, by_field), person=_person(by_field), event_id=by_field.get("event_id", ""))
    many = many_events(columns, chosen, words, table)
    if many:
        return replace(many, case=_case(columns, by_field, many))
    if _is_people(columns, chosen, table):
        since = Field(value=named(by_field["occurred_at"]))
        told = {k: v for k, v in table.fields.items() if k != "activity"}
        return replace(table, fields=told | {"activity": since, "kind": Field(value="other")})
    table = replace(table, fields=_with_activity(columns, chosen, table, source))
    return replace(table, fields=_with_kind(columns, table, words), case=_case(columns, by_field, table))


def _with_kind(columns: Dict[str, Column], table: Table, words: Words) -> Dict[str, Field]:
    """Where the activity is only a name that says nothing ("export"), what the columns number: orders or contacts."""
    named = table.fields.get("activity", Field()).value
    if not named or "kind" in table.fields or words.kind(named) != "other":
        return table.fields
    kind = next((kind for kind, headers in _NUMBERED.items() if {plain(name) for name in columns} & headers), "")
    return {**table.fields, "kind": Field(value=kind)} if kind else table.fields


def _is_people(columns: Dict[str, Column], chosen: Dict[str, Guess], table: Table) -> bool:
    """A list of persons: each once, by name or address, with one date, and nothing said to have been done or handled.

    Since when somebody is a customer belongs to no case: as a step of one it would lie years before all others.
    """
    person = table.person
    if not person or not (person.name or person.email) or "occurred_at" not in table.fields:
        return False
    sure = {guess.field for guess in chosen.values() if guess.confidence >= SURE}
    dates = sum(column.is_date for column in columns.values())
    once = columns[person.column].rows_per_value < 1.05
    return once and dates == 1 and not sure & {"activity", "case", "session", "text", "reason", "score", "agent", "event_id"}


def _with_activity(columns: Dict[str, Column], chosen: Dict[str, Guess], table: Table, source: str) -> dict[str, Field]:
    """Where no column says what was done: what the date is about ("Kunde seit"), else the file's name.

    Where each row is another person, a column that only looks like an activity ("tariff") is none.
    """
    fields = dict(table.fields)
    time = fields["occurred_at"].columns[0] if "occurred_at" in fields else ""
    if not time:
        return fields
    once_each = table.person and columns[table.person.column].rows_per_value < 1.05
    if "activity" in fields and once_each and chosen[fields["activity"].columns[0]].confidence < SURE:
        del fields["activity"]
    if "activity" not in fields:
        fields["activity"] = Field(value=source if chosen[time].confidence >= CLEAR else named(time))
        fields |= {"kind": Field(value="survey_answer")} if "score" in fields else {}
    return fields


def _fields(columns: Dict[str, Column], by_field: Dict[str, str]) -> dict[str, Field]:
    fields = {name: Field((by_field[name],)) for name in _PLAIN_FIELDS if name in by_field}
    if "score" in fields:
        fields["score"] = replace(fields["score"], scale=_scale(columns[by_field["score"]]))
    if "duration_s" in fields:
        fields["duration_s"] = replace(fields["duration_s"], unit=_unit(by_field["duration_s"]))
    if "clock" in by_field and "occurred_at" in fields:
        fields["occurred_at"] = Field((by_field["occurred_at"], by_field["clock"]))
    return fields


def _person(by_field: Dict[str, str]) -> Person | None:
    details = {key: by_field.get(f"person_{key}", "") for key in ("name", "email", "phone")}
    column, kind = by_field.get("person", ""), "customer"
    if not column and (column := details["email"] or details["phone"]):
        kind = "email" if details["email"] else "phone"
    account = by_field.get("account", "")
    return Person(column, kind, "", details["name"], details["email"], details["phone"], account) if column else None


def _case(columns: Dict[str, Column], by_field: Dict[str, str], table: Table) -> Case | None:
    """The case's column; else the session's; else sessions by a pause where persons are busy; else the person.

    Tickets and orders are named so in every file, so that a survey's ticket is the help desk's.
    """
    if column := by_field.get("case"):
        kinds = hint(column, CASE_KINDS)
        return Case(column, kind=kinds.name if kinds else "")
    if column := by_field.get("session"):
        return Case(column, kind="session")
    if not table.person or not table.has_events:
        return None
    busy = columns[table.person.column].rows_per_value >= _BUSY
    return Case(session_minutes=_SESSION_PAUSE) if busy else Case(by_person=True)


def _without_own(table: Table, rows: pa.Table) -> Table:
    """Mail: the domain that has to do with nearly every message is the firm's own."""
    if not table.person or table.person.kind != "email" or "to" not in rows.column_names:
        return table
    counts: Counter[str] = Counter()
    for sender, to in zip(rows[table.person.column].to_pylist(), rows["to"].to_pylist(), strict=True):
        counts.update({domain.casefold() for domain in _DOMAIN.findall(f"{sender} {to}")})
    domain, count = counts.most_common(1)[0] if counts else ("", 0)
    if len(counts) < 2 or count < 0.8 * rows.num_rows:
        return table
    return replace(table, person=replace(table.person, own_domains=(domain,)))


def _scale(column: Column) -> str:
    low, high = column.low or 0, column.high or 0
    ends = next(((a, b) for a, b in _SCALES if a <= low and high <= b), None)
    return f"{ends[0]}-{ends[1]}" if ends else ""


def _unit(header: str) -> str:
    text = header.casefold()
    return next((unit for word, unit in _DURATION_HINTS if word in text), "s")


def _kinds(table: Table, rows: pa.Table, words: Words) -> dict[str, str]:
    """The kind of each activity in the sample, written out so that a person can correct it."""
    column = next(iter(table.fields["activity"].columns), "") if "activity" in table.fields else ""
    if not column or "kind" in table.fields:
        return {}
    found = sorted({value.strip() for value in rows[column].unique().to_pylist() if value and value.strip()})
    return {value: words.kind(value) for value in found[:200]}


def _glob(file: str) -> str:
    last = file.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(f"[{c}]" if c in "*?[" else c for c in last)


def _why(chosen: Dict[str, Guess]) -> dict[str, str]:
    return {column: f"{guess.field}: {guess.reason} ({guess.confidence:.2f})" for column, guess in chosen.items()}


def _known_guesses(table: Table) -> dict[str, Guess]:
    return {column: Guess(key.removeprefix("fields."), 1.0, Message(KNOWN_SHAPE)) for column, key in table.used().items()}


def _told(names: Sequence[str], chosen: Dict[str, Guess], table: Table, columns: Dict[str, Column]) -> dict[str, Guess]:
    """The guesses the table really uses, under the names it uses them by."""
    days = {name for name, column in columns.items() if column.examples and not any(":" in x for x in column.examples)}
    used = {column: key.removeprefix("fields.") for column, key in table.used().items()}
    later = {column: Guess(used[column], LATER, Message(BY_HEADER, {"word": column})) for column in names if column in used}
    told = {column: replace(chosen.get(column, guess), field=guess.field) for column, guess in later.items()}
    return {column: _to_its_end(guess) if column in days else guess for column, guess in told.items()}


def _to_its_end(guess: Guess) -> Guess:
    if guess.field not in ("promise.due", "due_at"):
        return guess
    return replace(guess, reason=Message(WHOLE_DAY, {"why": guess.reason}))


def _proposals(names: Sequence[str], chosen: Dict[str, Guess]) -> list[Proposal]:
    nothing = Guess("", 0.0, Message("No field fits; it is kept in extra."))
    told = {name: chosen.get(name, nothing) for name in names}
    return [Proposal(name, guess.field, guess.reason, guess.confidence) for name, guess in told.items()]


def _is_since(table: Table) -> bool:
    return table.fields.get("kind") == Field(value="other")


def _warnings(table: Table, columns: Dict[str, Column], file: str, order: str, told: bool) -> list[Message]:
    found = []
    if value := like_data(list(columns)):
        found.append(Message(FIRST_ROW, {"file": file, "value": _cut(value)}))
    if any(column.slashed for column in columns.values()) and not told:
        found.append(
            Message(
                "{file}: dates like 03/04/2024 were read as day/month; set date_order in the mapping if that is wrong.",
                {"file": file},
            )
        )
    if not table.person:
        found.append(Message("{file} names no person: events are stored without one.", {"file": file}))
    if table.has_events and table.case is None and not _is_since(table):
        found.append(Message("{file} names no case: questions about journeys cannot be answered from it.", {"file": file}))
    return found
