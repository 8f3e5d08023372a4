"""What a person may say about the columns of a file: each has one part to play, and a mapping is changed part by part.

Only what was changed is touched, so that what kundig found out by itself (promises, lookups, several events a row) stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kundig.event import PURPOSES
from kundig.ingest.headers import hint
from kundig.ingest.manyevents import CASE_KINDS, named
from kundig.ingest.mapping import Case, Consent, Event, Field, Person, Promise, Table
from kundig.ingest.mapping import Mapping as ColumnMapping
from kundig.server.sources.imports.parts import PARTS

DETAILS = ("name", "email", "phone")
_CONSENTS = tuple(f"consent.{purpose.name}" for purpose in PURPOSES if purpose.needs_consent)
SCALES = ((0, 1), (1, 5), (0, 5), (1, 7), (1, 10), (0, 10), (0, 100))


@dataclass(frozen=True)
class Choices:
    """What a person changed for one table; "" and an empty mapping leave everything as proposed."""

    parts: Mapping[str, str] = field(default_factory=dict)
    """Column -> part; "" for none."""
    source: str = ""
    time_zone: str = ""
    date_order: str = ""
    decimal: str = ""
    scale: str = ""
    unit: str = ""

    @property
    def says(self) -> bool:
        """True where anything was changed."""
        return bool(self.parts or self.source or self.time_zone or self.date_order or self.decimal or self.scale or self.unit)


def parts_of(table: Table) -> dict[str, str]:
    """The part each used column plays; the most telling one where a column plays several."""
    used = table.used()
    told = {column: _part(key) for column, key in used.items()}
    told |= {column: name for name in table.fields for column in table.fields[name].columns if name in PARTS}
    told |= {column: "event" for event in table.events for column in _time(event)}
    if table.person:
        told |= {column: f"person.{name}" for name in DETAILS if (column := getattr(table.person, name))}
        told |= {table.person.column: told.get(table.person.column, "person")}
    told |= {table.case.column: "case"} if table.case and table.case.column else {}
    return {column: part for column, part in told.items() if column}


def changed(mapping: ColumnMapping, name: str, choices: Choices, ends: Callable[[str], tuple[float, float]]) -> ColumnMapping:
    """The mapping with the table called ``name`` as chosen; ``ends`` tells the least and greatest number of a column."""
    table = mapping.table(name)
    now = parts_of(table)
    moved = {column: part for column, part in choices.parts.items() if now.get(column, "") != part}
    for column in moved:
        table = _without(table, column)
    for column, part in moved.items():
        table = _with(table, column, part) if part else table
    table = _measured(table, choices, ends)
    tables = tuple(table if each.name == name else each for each in mapping.tables)
    return replace(
        mapping, tables=tables, source=choices.source or mapping.source, time_zone=choices.time_zone or mapping.time_zone,
        date_order=choices.date_order or mapping.date_order, decimal=choices.decimal or mapping.decimal,
    )  # fmt: skip


def _part(key: str) -> str:
    word = key.removeprefix("fields.")
    if word in PARTS:
        return word
    first = word.split(".")[0]
    return {"event": "event", "lookup": "lookup", "promise": _of_promise(word)}.get(first, "other")


def _of_promise(word: str) -> str:
    return word if word in PARTS else "promise"


def _time(event: Event) -> tuple[str, ...]:
    return event.fields["occurred_at"].columns if "occurred_at" in event.fields else ()


# -- taking a column out


def _without(table: Table, column: str) -> Table:
    """The table with ``column`` playing no part."""
    fields = {name: left for name, source in table.fields.items() if (left := _field_without(source, column))}
    return replace(
        table, fields=fields, person=_person_without(table.person, column), case=_case_without(table, column),
        event_id="" if table.event_id == column else table.event_id,
        events=tuple(event for event in table.events if column not in _time(event)),
        promises=tuple(kept for promise in table.promises if (kept := _promise_without(promise, column))),
        consents=tuple(consent for consent in table.consents if column not in consent.columns),
        why={name: why for name, why in table.why.items() if name != column},
    )  # fmt: skip


def _field_without(source: Field, column: str) -> Field | None:
    left = tuple(name for name in source.columns if name != column)
    return replace(source, columns=left) if left or source.value else None


def _person_without(person: Person | None, column: str) -> Person | None:
    if person is None:
        return None
    names = (*DETAILS, "otherwise", "account")
    details: dict[str, Any] = {name: "" if getattr(person, name) == column else getattr(person, name) for name in names}
    if person.column != column:
        return replace(person, **details)
    return _by_address(replace(person, column="", **details))


def _by_address(person: Person) -> Person | None:
    """A person without a number is known by mail address or phone number, else not at all."""
    for kind in ("email", "phone"):
        if address := getattr(person, kind):
            return replace(person, column=address, kind=kind)
    return None


def _case_without(table: Table, column: str) -> Case | None:
    if table.case and table.case.column == column:
        return Case(by_person=True) if table.person and table.person.column != column else None
    return table.case


def _promise_without(promise: Promise, column: str) -> Promise | None:
    if column in (promise.made, promise.due):
        return None
    return replace(
        promise, kept="" if promise.kept == column else promise.kept, broken="" if promise.broken == column else promise.broken
    )


# -- giving a column its part


def _with(table: Table, column: str, part: str) -> Table:
    if part == "occurred_at":
        return _with_time(table, column)
    if part == "event":
        return _with_event(table, column)
    if part.startswith("person"):
        return _with_person(table, column, part)
    if part == "case":
        kinds = hint(column, CASE_KINDS)
        return replace(table, case=Case(column, kind=kinds.name if kinds else ""))
    if part == "event_id":
        return replace(table, event_id=column)
    if part.startswith("promise."):
        return _with_promise(table, column, part)
    if part in _CONSENTS:
        return replace(table, consents=(*table.consents, Consent(column, part.removeprefix("consent."))))
    if part not in PARTS:
        return table
    columns = (*table.fields["text"].columns, column) if part == "text" and "text" in table.fields else (column,)
    return replace(table, fields={**table.fields, part: Field(columns)})


def _with_time(table: Table, column: str) -> Table:
    """Each row is one event: it has no others."""
    fields = {**table.fields, "occurred_at": Field((column,))}
    if "activity" not in fields:
        fields["activity"] = Field(value=named(column))
    return replace(table, fields=fields, events=(), promises=())


def _with_event(table: Table, column: str) -> Table:
    """One more event a row; the one time there was becomes the first of them."""
    events = table.events
    time = table.fields.get("occurred_at")
    if time and not events:
        events = (Event({"occurred_at": time, "activity": table.fields.get("activity", Field(value=named(time.columns[0])))}),)
    made = Event({"occurred_at": Field((column,)), "activity": Field(value=named(column))})
    fields = {name: source for name, source in table.fields.items() if name not in ("occurred_at", "activity", "kind")}
    return replace(table, fields=fields, events=(*events, made))


def _with_person(table: Table, column: str, part: str) -> Table:
    detail = part.removeprefix("person").removeprefix(".")
    if not detail:
        known = table.person or Person(column)
        kind = "customer" if known.kind in DETAILS else known.kind
        person: Person | None = replace(known, column=column, kind=kind)
    else:
        named_so: dict[str, Any] = {detail: column}
        person = replace(table.person, **named_so) if table.person else _by_address(replace(Person(""), **named_so))
    case = table.case or (Case(by_person=True) if person else None)
    return replace(table, person=person, case=case)


def _with_promise(table: Table, column: str, part: str) -> Table:
    if part == "promise.kept":
        return replace(table, promises=tuple(replace(promise, kept=column) for promise in table.promises))
    times = [name for event in table.events for name in _time(event)]
    times += table.fields["occurred_at"].columns[:1] if "occurred_at" in table.fields else []
    made = next((name for name in times if name != column), "")
    return replace(table, promises=(*table.promises, Promise(made, column, name=named(column)))) if made else table


def _measured(table: Table, choices: Choices, ends: Callable[[str], tuple[float, float]]) -> Table:
    """Scores with their scale, lengths of time with their unit."""
    fields = dict(table.fields)
    if score := fields.get("score"):
        fields["score"] = replace(score, scale=choices.scale or score.scale or _scale(score.columns, ends))
    if length := fields.get("duration_s"):
        fields["duration_s"] = replace(length, unit=choices.unit or length.unit or "s")
    return replace(table, fields=fields)


def _scale(columns: Sequence[str], ends: Callable[[str], tuple[float, float]]) -> str:
    low, high = ends(columns[0]) if columns else (0.0, 0.0)
    return next((f"{a}-{b}" for a, b in SCALES if a <= low and high <= b), "")
