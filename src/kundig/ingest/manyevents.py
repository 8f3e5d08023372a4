"""Rows that are many events: a ticket or an order with a date column for each thing that happened to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kundig.ingest.guess import FITS, SURE, Guess
from kundig.ingest.headers import hint, is_ignored
from kundig.ingest.mapping import Event, Field, Promise, Table
from kundig.ingest.profile import Column
from kundig.ingest.words import Words, plain

_FILL: frozenset[str] = frozenset({"at", "on", "date", "time", "timestamp", "am", "um", "datum", "zeit", "zeitpunkt", "ts", "dt"})
_OWED = _FILL | {
    "due",
    "faellig",
    "estimated",
    "expected",
    "promised",
    "zugesagt",
    "zugesagte",
    "zugesagter",
    "bis",
    "order",
    "sla",
}
CASE_KINDS = {
    "ticket": ("ticket", "ticketnummer", "vorgang", "vorgangsnummer", "incident"),
    "order": ("order", "bestellung", "bestellnummer", "auftrag", "auftragsnummer"),
}
_STATUS = frozenset(
    {"status", "state", "zustand", "ticketstatus", "ticket status", "order status", "bestellstatus", "case status"}
)
_WORTH = 0.5
_GERMAN = frozenset({"faellig", "zugesagt", "zugesagte", "zugesagter", "liefertermin", "frist", "soll", "bis"})
_GERMAN_FATES = {
    "made": "{name} zugesagt",
    "kept": "{name} eingehalten",
    "broken": "{name} nicht eingehalten",
    "withdrawn": "{name} abgesagt",
}
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])|\d+")
_ORDER = ("contact", "purchase", "handover", "answer", "other", "closed", "reopened", "survey_answer")


@dataclass(frozen=True)
class Dated:
    """A date column and what its header says happened then."""

    column: str
    kind: str
    sure: float


def many_events(columns: Mapping[str, Column], chosen: Mapping[str, Guess], words: Words, table: Table) -> Table | None:
    """The table with an event per date column and a promise per due column; None where a row is one event.

    It must begin with a contact or a purchase: two dates of a review or a call are one event. A ticket may have no other
    date than that of its beginning: its status is then the newest one and nothing that happened at that time.
    """
    dated = [d for column in columns.values() if (d := _dated(column, words))]
    happened = [d for d in dated if d.kind != "due"]
    due = [d for d in dated if d.kind == "due"]
    begins = any(d.kind in ("contact", "purchase") for d in happened)
    if not begins or _is_log(columns, chosen, happened):
        return None
    if len(dated) < 2 and not (happened and _only_begun(columns, chosen, happened[0])):
        return None
    if _is_order(chosen):
        happened = [replace(d, kind="purchase") if d.kind == "contact" else d for d in happened]
    once = {name: table.fields[name] for name in ("score",) if name in table.fields}
    fields = {n: f for n, f in table.fields.items() if n not in ("occurred_at", "activity", "due_at", *once)}
    events = _with_score([_event(d) for d in _in_order(happened)], once)
    return replace(
        table,
        fields=fields,
        events=tuple(events),
        promises=_promises(happened, due, words),
        event_id=_row_id(columns, chosen, table),
    )


def _dated(column: Column, words: Words) -> Dated | None:
    if not FITS["occurred_at"](column) or is_ignored(column.name, words):
        return None
    names = {k: v for k, v in words.of("dates").items() if k not in ("ignored", "kept_by")}
    found = hint(column.name, names)
    return Dated(column.name, found.name, found.confidence) if found else None


def _is_log(columns: Mapping[str, Column], chosen: Mapping[str, Guess], happened: Sequence[Dated]) -> bool:
    """True where an activity column and a case that repeats show that each row is one event.

    A ticket that was written twice with its status and the same date of creation is no log of its statuses.
    """
    activity = next((c for c, guess in chosen.items() if guess.field == "activity" and guess.confidence >= SURE), "")
    case = _case(chosen)
    if not activity or not case:
        return bool(activity)
    if plain(activity) in _STATUS and len(happened) == 1:
        return columns[happened[0].column].distinct > columns[case].distinct
    return columns[case].distinct < 0.99 * columns[case].filled


def _only_begun(columns: Mapping[str, Column], chosen: Mapping[str, Guess], begun: Dated) -> bool:
    """True for tickets or orders of which no column tells anything but when they began; a rating alone is a survey."""
    activity = next((c for c, g in chosen.items() if g.field == "activity" and g.confidence >= _WORTH), "")
    state = any(plain(name) in _STATUS for name in columns)
    told = bool(activity) and plain(activity) not in _STATUS
    rated = not state and any(g.field == "score" for g in chosen.values())
    case = _case(chosen)
    return bool(case) and not told and not rated and columns[begun.column].distinct <= columns[case].distinct


def _is_order(chosen: Mapping[str, Guess]) -> bool:
    found = hint(_case(chosen), CASE_KINDS)
    return found is not None and found.name == "order"


def _case(chosen: Mapping[str, Guess]) -> str:
    return next((c for c, guess in chosen.items() if guess.field == "case"), "")


def _event(dated: Dated) -> Event:
    name = named(dated.column)
    return Event({"occurred_at": Field((dated.column,)), "activity": Field(value=name), "kind": Field(value=dated.kind)})


def named(header: str, dropped: frozenset[str] = _FILL) -> str:
    """What a date column is about, in its own words: "order_approved_at" is "order approved", "Gelöst am" is "Gelöst"."""
    words = [word for word in _WORD.findall(header) if plain(word) not in dropped]
    return " ".join(words) or header


def _in_order(happened: Sequence[Dated]) -> list[Dated]:
    return sorted(happened, key=lambda d: _ORDER.index(d.kind))


def _with_score(events: list[Event], once: Mapping[str, Field]) -> list[Event]:
    """A rating belongs to the survey's answer, else to the last event of the row."""
    if not once or not events:
        return events
    kinds = [event.fields["kind"].value for event in events]
    place = next((i for kind in ("survey_answer", "closed") for i, k in enumerate(kinds) if k == kind), len(events) - 1)
    return [replace(e, fields={**e.fields, **once}) if i == place else e for i, e in enumerate(events)]


def _promises(happened: Sequence[Dated], due: Sequence[Dated], words: Words) -> tuple[Promise, ...]:
    made = next((d.column for kind in ("purchase", "contact") for d in happened if d.kind == kind), "")
    kept = _kept([d.column for d in happened if d.column != made], words)
    return tuple(_promise(d.column, made, kept) for d in due) if made else ()


def _promise(due: str, made: str, kept: str) -> Promise:
    name = named(due, _OWED)
    german = bool(_GERMAN & set(plain(due).split()))
    name = ("Lösung" if german else "solution") if name == due else name
    activities = {fate: pattern.format(name=name) for fate, pattern in _GERMAN_FATES.items()} if german else {}
    return Promise(made=made, due=due, kept=kept, name=name, activities=activities)


def _kept(columns: Sequence[str], words: Words) -> str:
    """The column that says when the promise was kept: what was delivered, else what was resolved, else closed."""
    wanted = words.of("dates").get("kept_by", ())
    return next((column for word in wanted for column in columns if word in plain(column)), "")


def _row_id(columns: Mapping[str, Column], chosen: Mapping[str, Guess], table: Table) -> str:
    """The row's own id, else the case's where each row is a case of its own."""
    case = _case(chosen)
    if table.event_id or not case:
        return table.event_id
    whole = columns[case].distinct == columns[case].filled == columns[case].rows
    return case if whole else ""
